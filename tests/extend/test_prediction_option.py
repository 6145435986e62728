"""A group of options of a prediction, its table and its part of the page are a file or folder each."""

import json

OPTION = '''"""Samples to keep as seed."""

from dnngp.config.option_types import Options
from dnngp.config.prediction_option import PredictionOption


class Keep(Options):
    """Samples to keep as seed."""

    number: int = 5
    """Samples to keep."""


def problems(options, asked):
    if options["number"] > 9:
        yield f"keep.number: {options['number']} of {asked.dataset.name} is too many."


OPTION = PredictionOption("keep", Keep, "Samples to keep.", problems, tables=("kept",))
'''
TABLES = '''"""Tables of seed."""

from dnngp.base.tables import columns as c
from dnngp.base.tables.table_declaration import table

BESIDE = "prediction"

TABLES = {"kept": table("predict/{prediction}/kept.tsv", "Samples kept", "sample", "sample", c.SAMPLE)}
'''
PART = '''"""Samples kept."""

from dnngp.report.prediction_part import Part, rows_of

PART = Part("kept", 30, ("kept",), lambda results: {"kept": rows_of(results["kept"])})
'''
ASK = """
import json, sys
from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.plan import Plan
try:
    plan = Plan(read_configuration(json.loads(sys.argv[1])))
    print(plan.prediction_tables(plan.config.predictions["new"])["kept"])
except UserError as error:
    print(error)
"""
SHOW = """
import pandas as pd
from dnngp.report.prediction_part import parts_of, PredictionResults
from dnngp.report.prediction_page import prediction_page
lines = pd.DataFrame({"sample": ["a"], "reliability": [0.5]})
kept = pd.DataFrame({"sample": ["oat 7"]})
print(prediction_page({"candidate_predictions": lines, "kept": kept},
                      name="new", dataset="oats", model="gblup", scheme="random", level=0.9))
"""


def test_a_group_of_options_a_table_and_a_part_of_the_page_are_files(project):
    project.add("config/prediction_options/keep.py", OPTION)
    project.add("base/tables/catalogue/seed.py", TABLES)
    project.add("report/prediction_parts/kept/__init__.py", PART)
    project.add("report/prediction_parts/kept/template.html.j2", "<h2>Kept</h2>\n{{ table(kept) }}\n")
    entry = {"dataset": "peas", "candidates": "unphenotyped"}
    config = {"datasets": [{"name": "peas", "simulate": {}}], "methods": ["gblup"]}

    def asked(**keep):
        return project.python("-c", ASK, json.dumps(config | {"predict": {"new": entry | {"keep": keep}}}))

    assert asked().stdout == "<results>/predict/new/kept.tsv\n"
    assert "predict.new: keep.number: 10 of peas is too many." in asked(number=10).stdout
    assert "predict.new.keep: unknown key 'colour'" in asked(colour=3).stdout
    assert "| `number` | integer | `5` | Samples to keep. |" in project.page("configuration")
    assert project.python(project.root / "docs" / "generate_tables.py").returncode == 0
    assert "### `predict/<prediction>/kept.tsv`" in (project.root / "docs/reference/results.md").read_text()
    page = project.python("-c", SHOW).stdout
    assert "<td>oat 7</td>" in page.partition("<h2>Kept</h2>")[2]
