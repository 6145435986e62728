"""The registry of methods."""

import subprocess
import sys
from pathlib import Path

import pytest

from dnngp.encodings.encoding import encoding_kinds
from dnngp.encodings.haplotype_blocks import HaplotypeBlocks
from dnngp.encodings.onehot import OneHot
from dnngp.encodings.pca import PCAScores
from dnngp.methods import registry
from dnngp.methods.declaration import Span
from dnngp.methods.registry import METHODS, create, modules

SCRIPTS = Path(registry.__file__).parents[2]


def test_needs_the_standard_library_alone():
    """The Snakefile imports it in whatever environment Snakemake runs in."""
    code = (
        "import sys; before = set(sys.modules); import dnngp.methods.registry;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(*(new - set(sys.stdlib_module_names) - {'dnngp'}))"
    )
    result = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == ""


@pytest.mark.parametrize("name", METHODS)
def test_declarations_are_complete(name):
    method = METHODS[name]
    assert method.name == name
    assert method.module == f"dnngp.methods.{name}"
    assert (not method.encodings) is method.estimator.OWN_ENCODINGS
    assert not method.problems({key: one.default for key, one in method.parameters.items()})
    assert method.label
    assert method.family
    assert method.summary.endswith(".")
    assert method.citation or method.family == "control"
    assert set(method.encodings) <= set(encoding_kinds())
    if method.encodings:
        assert method.default_encoding["name"] == method.encodings[0]
        options = encoding_kinds()[method.encodings[0]].parameters
        assert set(method.default_encoding) - {"name"} <= set(options)
    for space in method.search.values():
        assert space.low < space.high if isinstance(space, Span) else len(space) > 1


def test_the_page_of_methods_is_up_to_date():
    """Every method, encoding and parameter is in it, as it is declared."""
    root = SCRIPTS.parents[1]
    check = subprocess.run([sys.executable, root / "docs" / "generate_methods.py", "--check"], check=False)
    assert check.returncode == 0, "run: python docs/generate_methods.py"
    page = (root / "docs" / "reference" / "methods.md").read_text()
    for name, method in METHODS.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        assert method.cost in row
        assert all(f"| `{parameter}` |" in page for parameter in method.parameters)


@pytest.mark.parametrize(
    ("method", "params", "problem"),
    [
        ("dnngp", {"epochs": -5}, "must be a whole number from 1, not -5"),
        ("dnngp", {"epochs": 0}, "must be a whole number from 1, not 0"),
        ("dnngp", {"epochs": "many"}, "must be a whole number from 1, not 'many'"),
        ("dnngp", {"learning_rate": -1}, "must be a number above 0, or null, not -1"),
        ("kernel_net", {"variance": 95}, "must be a number above 0 and at most 1, not 95"),
        ("mlp", {"hidden": [64, 0]}, "must be a list, each a whole number from 1, not [64, 0]"),
        ("mlp", {"members": [1]}, "must be a whole number from 1, not [1]"),
        ("rkhs", {"bandwidth": "median"}, "must be one of reml, average or a number above 0, not 'median'"),
        ("bayesb", {"iterations": 500}, "must be less than iterations (500), not 1000"),
        ("stack", {"members": 5}, "must be a list of methods, not 5"),
        ("dnngp", {"branches": 1}, "must be true or false, not 1"),
    ],
)
def test_values_that_a_parameter_does_not_take_are_told(method, params, problem):
    assert list(METHODS[method].problems(params).values()) == [problem]


def test_values_that_parameters_take_are_no_problem():
    for method, params in (
        ("dnngp", {"members": 5, "learning_rate": None, "batch_norm": "paper"}),
        ("kernel_sum", {"kernel": ["linear", "gaussian"]}),
        ("svr", {"gamma": 0.1, "C": 2}),
        ("svr", {"gamma": "auto"}),
    ):
        assert not METHODS[method].problems(params)


def test_dnngp_reads_principal_component_scores_by_default():
    assert METHODS["dnngp"].default_encoding == {"name": "pca", "variance": 0.95}


def test_a_default_encoding_cannot_be_changed_by_a_caller():
    METHODS["dnngp"].default_encoding["variance"] = 0.1
    assert METHODS["dnngp"].default_encoding["variance"] == 0.95


def test_modules_of_a_stack_are_those_of_its_members():
    """The code that a rule depends on covers what a method imports by name."""
    encodings = [f"dnngp.encodings.{name}" for name in ("additive", "haplotype_blocks", "pca")]
    assert modules("svr", {}) == [*encodings, "dnngp.methods.svr"]
    assert "dnngp.methods.lightgbm" in modules("stack", {})
    members = ["svr", {"method": "stack", "params": {"members": ["xgboost", "nothing"]}}]
    assert modules("stack", {"members": members}) == [
        *encodings, "dnngp.methods.stack", "dnngp.methods.svr", "dnngp.methods.xgboost",
    ]  # fmt: skip


def test_create_passes_parameters_and_seed():
    model = create("svr", {"C": 3.0}, 17)
    assert (model.C, model.random_state) == (3.0, 17)
    with pytest.raises(TypeError, match="gama"):
        create("svr", {"gama": 1}, 0)


@pytest.mark.parametrize(
    ("name", "transformer"),
    [("onehot", OneHot), ("pca", PCAScores), ("haplotype_blocks", HaplotypeBlocks)],
)
def test_options_of_encodings_are_parameters_of_their_transformers(name, transformer):
    assert set(encoding_kinds()[name].options) <= set(transformer().get_params())
