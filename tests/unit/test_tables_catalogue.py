"""The catalogue of result tables: what is written is declared, and what is declared is documented."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from tests.unit.report_fixture import write_results, write_trust

from dnngp.base.tables import read_table, write_table
from dnngp.base.tables.catalogue import TABLES, table_of, undeclared

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_its_keys_each_column_once_and_a_meaning_for_all(name):
    table = TABLES[name]
    assert set(table.keys) <= set(table.names)
    assert len(set(table.names)) == len(table.names)
    assert all(column.meaning for column in table.columns)
    assert {column.kind for column in table.columns} <= {"text", "integer", "number", "flag"}


@pytest.mark.parametrize("name", TABLES)
def test_a_path_leads_to_its_table(name):
    path = TABLES[name].path.replace("{", "").replace("}", "")
    assert table_of(path) is TABLES[name]
    assert set(TABLES[name].keys) <= set(table_of(Path("some/results") / path).names)


def test_every_table_and_column_of_a_run_is_declared(tmp_path):
    write_trust(write_results(tmp_path))
    assert list(undeclared(tmp_path)) == []


def test_a_column_or_a_table_that_is_not_declared_is_noticed(tmp_path):
    write_table(pd.DataFrame({"sample": ["a"], "pc9": [1.0]}), tmp_path / "oats" / "pca.tsv")
    write_table(pd.DataFrame({"sample": ["a"]}), tmp_path / "oats" / "new.tsv")
    assert list(undeclared(tmp_path)) == ["oats/new.tsv", "oats/pca.tsv: pc9"]


def test_names_stay_text_whatever_they_look_like(tmp_path):
    path = tmp_path / "oats" / "pca.tsv"
    write_table(pd.DataFrame({"sample": ["007", "1"], "pc1": [1.0, 2.0], "year": ["08", "09"]}), path)
    table = read_table(path)
    assert table["sample"].tolist() == ["007", "1"]
    assert table["year"].tolist() == [8, 9]
    assert read_table(path, text=("year",))["year"].tolist() == ["08", "09"]


def test_the_catalogue_needs_the_standard_library_alone():
    code = "import dnngp.base.tables.catalogue, sys; print('pandas' in sys.modules, 'numpy' in sys.modules)"
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "workflow" / "scripts", capture_output=True, text=True
    )
    assert process.stdout.split() == ["False", "False"], process.stderr


def test_the_reference_page_is_up_to_date():
    check = subprocess.run([sys.executable, ROOT / "docs" / "generate_tables.py", "--check"], check=False)
    assert check.returncode == 0, "run: python docs/generate_tables.py"


def test_the_page_of_the_reports_sections_is_up_to_date():
    check = subprocess.run([sys.executable, ROOT / "docs" / "generate_report_sections.py", "--check"])
    assert check.returncode == 0, "run: python docs/generate_report_sections.py"
