"""What pages tell the reader to type, and the numbers they show, against commands, options and tables."""

import re
import shlex
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pandas as pd
import pytest
import typer.main
import yaml
from snakemake.cli import get_argument_parser

from dnngp.base.tables.catalogue import TABLES, table_of
from dnngp.cli import app
from dnngp.cli.commands.docs import SCRIPTS
from dnngp.config.model_entries import model_problems
from dnngp.config.schema import filled, without_empty

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = typer.main.get_command(app.build()).commands
#: Options of Snakemake, which `./run` hands on.
SNAKEMAKE = {option for action in get_argument_parser()._actions for option in action.option_strings}
#: Programs that are not the project's, and folders whose files are.
OTHERS = {"export", "cd", "cp", "mkdir", "podman", "apptainer", "snakedeploy", "scancel", "sbatch", "python3"}
OTHERS |= {"pip", "uv", "vcf2zarr", "Rscript"}
OURS = ("config/examples/", "profiles/", "tests/", "envs/", "docs/", "benchmarks/")


def blocks(language):
    """Code blocks of a language: page and text."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        parts = re.findall(rf"^[ ]*```{language}\n(.*?)^[ ]*```", text, re.MULTILINE | re.DOTALL)
        found += [pytest.param(part, id=f"{page.relative_to(ROOT)}-{n}") for n, part in enumerate(parts)]
    return found


def lines(block):
    """Commands of a block: words, and the comment behind them."""
    for line in block.replace("\\\n", " ").splitlines():
        command, _, comment = line.partition(" #")
        if words := shlex.split(command, comments=True):
            yield words, comment.strip()


@pytest.mark.parametrize("block", blocks("(?:bash|sh|shell|console)"))
def test_commands_can_be_typed(block):
    for words, comment in lines(block):
        words = words[words[0] == "PYTHONPATH=workflow/scripts" :]
        program, *arguments = words
        for name in arguments:
            assert not name.startswith(OURS) or (ROOT / name.partition("::")[0]).exists(), name
        if program == "./run":
            check_run(arguments)
        elif program == "cut":
            check_cut(arguments, comment)
        elif program.startswith(".venv/bin/"):
            check_tests(arguments)
        else:
            assert program in OTHERS, f"{program} is neither known nor checked"


def check_run(arguments):
    """The subcommand takes its arguments, or Snakemake those that are handed on."""
    if any(one.isupper() or one.startswith("[") for one in arguments):  # a line of the reference
        return
    name, *rest = app.meant(arguments, list(COMMANDS))
    context = COMMANDS[name].make_context(name, rest)
    if name == "bench":
        assert (ROOT / "benchmarks" / f"{context.params['name']}.py").is_file()
    if name in ("run", "predict", "estimate", "report"):
        options = {one.partition("=")[0] for one in context.args if one.startswith("-")}
        assert options <= SNAKEMAKE, options - SNAKEMAKE


def check_cut(arguments, comment):
    """The columns are those that the comment names."""
    _, numbers, path = arguments
    names = table_of(path).names
    picked = []
    for part in numbers.split(","):
        first, _, last = part.partition("-")
        picked += names[int(first) - 1 : int(last or first)]
    assert ", ".join(picked) == comment


def check_tests(arguments):
    """A test that is chosen by name is there."""
    if "-k" in arguments:
        (file,) = [one for one in arguments if one.startswith("tests/")]
        assert f"{arguments[arguments.index('-k') + 1]}" in (ROOT / file).read_text()


@pytest.mark.parametrize("block", blocks("yaml"))
def test_options_are_those_of_the_configuration(block):
    given = yaml.safe_load(block)
    if "executor" in given:  # a profile of Snakemake
        return
    if given.keys() <= {"traits", "time", "groups", "covariates"}:
        given = {"datasets": [{"name": "d", "simulate": {}, **given}]}
    for entry in given.setdefault("datasets", [{"name": "d", "simulate": {}}]):
        if not entry.keys() & {"genotypes", "simulate", "preset"}:
            entry["simulate"] = {}
    given.setdefault("methods", ["mean", "gblup"])
    assert list(model_problems(filled(without_empty(given)))) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_tables_of_results_are_in_the_catalogue(page):
    named = set(re.findall(r"`(results/[\w.{}/-]+\.tsv)`", page.read_text(encoding="utf-8")))
    assert [path for path in named if table_of(path) is None] == []


def script(name):
    """A script of the documentation, as a module."""
    spec = spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_of_the_learning_curves_are_those_stored_beside():
    module = script("generate_experiments")
    for name, folder in module.FOLDERS.items():
        assert SCRIPTS[name] == "generate_experiments"
        begin, end = module.marks(name)
        shown = module.PAGE.read_text().partition(begin)[2].partition(end)[0]
        assert shown.strip() == module.tables(folder).strip()


def test_the_tables_of_known_truth_are_those_stored_beside():
    module = script("generate_overtake")
    shown = module.PAGE.read_text().partition(module.BEGIN)[2].partition(module.END)[0]
    assert shown.strip() == module.text().strip()


def test_the_tables_of_the_benchmark_are_those_stored_beside():
    module, folder = script("generate_results"), ROOT / "docs" / "benchmark"
    text = (folder / "README.md").read_text()
    for name in re.findall(r"<!-- ([\w-]+): begin -->", text):
        shown = text.partition(f"<!-- {name}: begin -->")[2].partition(f"<!-- {name}: end -->")[0]
        assert shown.strip() == module.text_of(folder / module.FOLDERS.get(name, ""), name).strip()


@pytest.mark.parametrize(
    ("page", "paragraph", "run"),
    [
        ("README.md", r"On \[seven real populations\].*?On twelve populations", "benchmark-dnngp"),
        ("README.md", r"In all\ntwelve, uncut.*?On all 599", "benchmark-input"),
        ("docs/index.md", r"seven real populations.*?below GBLUP", "benchmark-dnngp"),
        ("docs/benchmark/README.md", r"\*\*The second was run.*?(?=\*\*Does the input)", "benchmark-dnngp"),
        ("docs/benchmark/README.md", r"\*\*Does the input.*?Not run:", "benchmark-input"),
        ("docs/benchmark/README.md", r"## What they say.*?(?=!\[)", "benchmark-300"),
        ("docs/benchmark/README.md", r"\*\*Priors that let.*?(?=- \*\*Significant)", "benchmark-priors"),
    ],
)
def test_numbers_of_the_text_are_those_of_the_tables(page, paragraph, run):
    """Every r and difference with three digits."""
    (text,) = re.findall(paragraph, (ROOT / page).read_text(), re.DOTALL)
    shown = set(re.findall(r"\d\.\d{3}\b", text))
    module = script("generate_results")
    folder = ROOT / "docs" / "benchmark" / module.FOLDERS[run]
    names = ("ranks", "comparisons", "summary")
    tables = pd.concat([pd.read_csv(folder / f"{name}.tsv", sep="\t").select_dtypes(float) for name in names])
    stored = {f"{abs(value):.3f}" for value in tables.to_numpy().ravel()}
    stored |= set(re.findall(r"\d\.\d{3}\b", module.text_of(folder, run)))
    assert shown
    assert shown - stored == set()


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.tsv")), ids=lambda path: path.name)
def test_stored_tables_have_the_columns_of_the_catalogue(path):
    declared = {Path(table.path).name: table for table in TABLES.values() if "{" not in table.path}
    assert declared[path.name].undeclared(path.open().readline().split()) == []
