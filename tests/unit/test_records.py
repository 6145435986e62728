"""Records from long and wide tables, and what is wrong with some."""

import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.genotypes.records import environment_covariates, joined, read_long, read_wide

LONG = "id,site,yield\n007,A,1\n007,A,3\n007,B,5\nb,A,NA\nb,B,2.5\n"


@pytest.fixture
def write(tmp_path):
    def written(text, name="records.csv"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return written


def test_plots_of_a_line_are_averaged_and_counted(write):
    records, averaged = read_long(write(LONG), environment="site", value="yield")
    assert records.to_numpy().tolist() == [["007", "A", 2.0], ["007", "B", 5.0], ["b", "B", 2.5]]
    assert averaged == 2


def test_columns_become_environments(write):
    records = read_wide(write("id,x,y\na,1,NA\nb,2,3\n"), columns=["y", "x"])
    assert records.to_numpy().tolist() == [["b", "y", 3.0], ["a", "x", 1.0], ["b", "x", 2.0]]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (LONG.replace("2.5", "tall"), "line 6, column yield: 'tall' is not a finite number"),
        (LONG.replace("b,B", "b,"), "line 6, column site: '' names no environment"),
        (LONG.replace("b,B", ",B"), "line 6: the id is missing"),
        (LONG.replace("yield", "height"), "there is no column 'yield'. It has: id, site, height"),
    ],
)
def test_defects_are_told_with_their_place(write, text, what):
    with pytest.raises(UserError, match=what):
        read_long(write(text), environment="site", value="yield")


def many(environments="AB", lines=4):
    rows = [(f"l{i}", name, float(i + ord(name))) for name in environments for i in range(lines)]
    return pd.DataFrame(rows, columns=["sample", "environment", "value"])


def test_lines_without_genotypes_are_left_out_and_counted():
    records, counts = joined(many(), ["l2", "l0", "l1", "other"], "records.csv", ["B", "A"])
    assert records["environment"].tolist() == ["B"] * 3 + ["A"] * 3
    assert records["sample"].tolist() == ["l0", "l1", "l2"] * 2
    assert counts == {"environments": ["B", "A"], "records": 6, "lines": 3, "without_genotypes": 2}


@pytest.mark.parametrize(
    ("records", "samples", "environments", "what"),
    [
        (many("A"), ["l0", "l1", "l2"], None, "needs two, not 1"),
        (many(), ["l0", "l1", "l2"], ["A", "C"], "'C' has no records. There are: A, B"),
        (many(), ["x"], None, "none of the lines"),
        (many(), ["l0", "l1"], None, "'A' has 2 records"),
        (many().replace("B", "overall"), ["l0", "l1", "l2"], None, "an environment is called 'overall'"),
        (many().assign(value=1.0), ["l0", "l1", "l2"], None, "'A' has one value only"),
    ],
)
def test_records_of_no_use_are_refused(records, samples, environments, what):
    with pytest.raises(UserError, match=what):
        joined(records, samples, "records.csv", environments)


def test_covariates_come_in_the_order_of_the_environments(write):
    path = write("env,rain,soil\nB,1.5,clay\nA,NA,sand\n")
    table = environment_covariates(path, {"rain": "number", "soil": "factor"}, ["A", "B"])
    assert table["environment"].tolist() == ["A", "B"]
    assert table["soil"].tolist() == ["sand", "clay"]
    assert table["rain"].tolist()[1] == 1.5
    with pytest.raises(UserError, match=r"1 environments \(C\) are not in the table"):
        environment_covariates(path, {"rain": "number"}, ["A", "C"])


def test_codes_of_missing_values_are_none_of_a_covariate(write):
    path = write("env,rain\nB,-999\nA,2\n")
    table = environment_covariates(path, {"rain": "number"}, ["A", "B"], missing_values=["-999"])
    assert table["rain"].tolist()[0] == 2
    assert table["rain"].isna().tolist() == [False, True]
