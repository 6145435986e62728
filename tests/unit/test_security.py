"""What comes from outside is data: it is not run, not unpickled, and reaches no shell."""

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from snakemake.common.configfile import load_configfile
from snakemake.exceptions import WorkflowError

from dnngp.base.errors import UserError
from dnngp.base.tables import read_table, write_large_table, write_table
from dnngp.genotypes.store import Genotypes, variant_table

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "workflow").rglob("*.py"))
RULES = [ROOT / "Snakefile", ROOT / "workflow" / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]

#: Modules whose loading of a file runs what the file says.
UNPICKLING = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}

#: Calls that run text, load objects, or write where an archive says.
FORBIDDEN = {
    *("eval", "exec", "os.system", "os.popen", "read_pickle", "to_pickle"),
    *("yaml.load", "yaml.unsafe_load", "yaml.full_load", "extractall", "extract", "torch.load"),
    *("keras.models.load_model", "keras.saving.load_model"),
}


def called(node):
    """The dotted name of what a call calls, and its last part."""
    name = ast.unparse(node.func)
    return {name, name.rpartition(".")[2]}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "workflow")))
def test_no_code_unpickles_evaluates_or_calls_a_shell(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & UNPICKLING
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in UNPICKLING
        elif isinstance(node, ast.Call):
            # `str.extract` of pandas takes a pattern; it is no archive's.
            own = "str.extract" in ast.unparse(node.func)
            assert own or not called(node) & FORBIDDEN, ast.unparse(node)[:100]
            for keyword in node.keywords:
                given = ast.unparse(keyword.value)
                assert (keyword.arg, given) not in {("shell", "True"), ("allow_pickle", "True")}


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_no_rule_has_a_shell(path):
    assert not re.search(r"^\s+(shell|run|notebook|wrapper):", path.read_text(), re.MULTILINE)


class Struck:
    """Leaves a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (Path(self.path),))


def test_an_array_of_objects_among_the_results_is_refused(tmp_path):
    variants = variant_table(["1"], [1], ["m"], ["A"], ["C"])
    dosages = np.array([[0, 1]], np.int8)
    Genotypes(np.array(["a", "b"]), variants, dosages, 2, {}).save(tmp_path)
    struck = tmp_path / "struck"
    array = np.empty((1, 2), object)
    array[:] = Struck(struck)
    np.save(tmp_path / "dosages.npy", array, allow_pickle=True)
    with pytest.raises(UserError, match="Python objects"):
        Genotypes.load(tmp_path)
    assert not struck.exists()


@pytest.mark.parametrize(
    "tag", ["python/object/apply:os.system", "python/name:os.system", "python/module:os"]
)
def test_a_configuration_with_objects_is_refused(tmp_path, tag):
    file = tmp_path / "config.yaml"
    file.write_text(f"title: !!{tag} ['touch {tmp_path / 'struck'}']\n")
    with pytest.raises((WorkflowError, yaml.YAMLError)):
        load_configfile(str(file))
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(file.read_text())
    assert not (tmp_path / "struck").exists()


@pytest.mark.parametrize("write", [write_table, write_large_table])
def test_any_id_comes_back_from_a_table_as_it_was(tmp_path, write):
    ids = [
        "<script>alert(1)</script>",
        'say "hi"',
        "'; rm -rf ~",
        "$(touch struck)",
        "`id`",
        "=1+1",
        "a,b",
        "../x",
    ]
    ids += ["\\N", "nan", "None", "007", "1e5", "ü x", "#a", "{braces}", "%s", "&amp;", "</script>", "-1"]
    write(pd.DataFrame({"sample": ids, "predicted": range(len(ids))}), tmp_path / "t.tsv")
    assert read_table(tmp_path / "t.tsv", text=("sample",))["sample"].tolist() == ids
