"""One file adds a validation scheme: the configuration, the folds and the documentation have it."""

import copy

import pandas as pd
import yaml

NAME = "every_third"

EVERY_THIRD = '''"""Every third sample by id."""

from dnngp.validation.scheme import Folds, Scheme


def draw(units, folds, repeat):
    """The ids in order are dealt to three folds."""
    from dnngp.validation.draws import leave_out

    place = {name: number for number, name in enumerate(sorted(units.everyone))}
    return leave_out([place[name] % 3 + 1 for name in units.samples])


SCHEME = Scheme(
    name="every_third",
    predicts="every third sample by id",
    meaning="The ids in order are dealt to three folds.",
    draw=draw,
)
'''

CONFIG = {
    "title": "Extended",
    "datasets": [{"name": "peas", "simulate": {"samples": 40, "markers": 80, "chromosomes": 2}}],
    "methods": ["gblup"],
    "controls": False,
    "cv": {"schemes": [NAME], "folds": 3},
}


def test_its_folds_are_drawn_and_every_table_names_it(judged_anew):
    results = judged_anew[1] / "results"
    splits = pd.read_csv(results / "peas" / "yield" / NAME / "splits.tsv", sep="\t")
    everyone = pd.read_csv(results / "peas" / "yield" / "phenotype.tsv", sep="\t")["sample"]
    expected = {name: number % 3 + 1 for number, name in enumerate(sorted(everyone))}
    tested = splits[splits["role"] == "test"]
    assert tested["fold"].tolist() == [expected[name] for name in tested["sample"]]
    summary = pd.read_csv(results / "summary.tsv", sep="\t")
    assert summary[["scheme", "folds_ok"]].to_numpy().tolist() == [[NAME, 3]]


def test_it_is_in_the_report(judged_anew):
    page = (judged_anew[1] / "results" / "report" / "index.html").read_text()
    assert 'data-scheme="every_third"' in page


def test_the_check_of_the_configuration_knows_it(judged_anew, tmp_path):
    config = copy.deepcopy(CONFIG)
    config["cv"]["schemes"] = ["every_thrid"]
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    process = judged_anew[0].snakemake(tmp_path, "--dry-run")
    assert process.returncode != 0
    assert "Did you mean 'every_third'?" in process.stdout + process.stderr


def test_it_is_in_the_documentation(judged_anew):
    assert "| `every_third` |" in judged_anew[0].page("validation")
