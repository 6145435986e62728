"""What is new in each scheme, and that folds pair with those of the comparison."""

import re

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.validation.draws import draw_folds
from dnngp.validation.schemes import SCHEMES
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

LINES = [f"line{i}" for i in range(40)]
ENVIRONMENTS = ["north", "south", "east"]


def table(missing=0.3, seed=1):
    """Most lines in most environments; the first in one only."""
    rng = np.random.default_rng(seed)
    rows = [
        (line, name)
        for name in ENVIRONMENTS
        for line in LINES
        if rng.random() >= missing and line != LINES[0]
    ]
    return pd.DataFrame([*rows, (LINES[0], "north")], columns=["sample", "environment"])


def folds_of(scheme, records=None, folds=4, repeats=2, together=None, groups=None):
    records = table() if records is None else records
    units = Units(
        "field",
        LINES,
        records["sample"].tolist(),
        together=together or {},
        environments=records["environment"].tolist(),
        environment_groups=groups or {},
    )
    repeats, _ = SCHEMES[scheme].counts({"folds": folds, "repeats": repeats}, None)
    splits = split_table(units, scheme, folds, repeats)
    for place, part in splits.groupby(["repeat", "fold"]):
        yield (
            place,
            *(part.loc[part["role"] == role, ["sample", "environment"]] for role in ("train", "test")),
        )


def pairs(part):
    return set(map(tuple, part.to_numpy()))


def test_names_of_schemes_are_folders_on_every_system():
    assert all(re.fullmatch(r"\w+", name) for name in SCHEMES)


@pytest.mark.parametrize("scheme", ["CV1", "CV2", "CV2star", "CV0", "CV00"])
def test_what_is_new_is_new(scheme):
    for _, train, test in folds_of(scheme):
        lines, environments = (set(test[name]) & set(train[name]) for name in ("sample", "environment"))
        assert not pairs(train) & pairs(test)
        assert lines == (set() if scheme in ("CV1", "CV00") else set(test["sample"]))
        assert environments == (set() if scheme in ("CV0", "CV00") else set(test["environment"]))


@pytest.mark.parametrize(("scheme", "repeats"), [("CV1", 2), ("CV2", 2), ("CV0", 1), ("CV00", 2)])
def test_every_record_is_tested_once_a_repeat(scheme, repeats):
    tested = [
        (repeat, *pair) for (repeat, _), _, test in folds_of(scheme) for pair in map(tuple, test.to_numpy())
    ]
    assert len(tested) == len(set(tested))
    # A line known nowhere else is no test of CV2 or CV0.
    alone = 0 if scheme in ("CV1", "CV00") else int((table().groupby("sample").size() == 1).sum())
    assert len(tested) == repeats * (len(table()) - alone)


def test_lines_are_in_the_folds_of_the_comparison():
    expected = dict(zip(LINES, draw_folds(LINES, "field", 4, 2), strict=True))
    for (repeat, fold), _, test in folds_of("CV1"):
        if repeat == 2:
            assert {expected[line] for line in test["sample"]} == {fold}


def test_folds_do_not_depend_on_the_order_of_records():
    shuffled = table().sample(frac=1, random_state=3)
    for scheme in ("CV1", "CV2", "CV00"):
        one, other = (
            {(place, *pair) for place, _, test in folds_of(scheme, records) for pair in pairs(test)}
            for records in (
                table(),
                shuffled.sort_values("environment", key=lambda c: c.map(ENVIRONMENTS.index)),
            )
        )
        assert one == other


def test_near_duplicates_are_tested_together():
    together = {LINES[1]: "twins", LINES[2]: "twins"}
    for scheme in ("CV1", "CV2"):
        for _, train, test in folds_of(scheme, table(missing=0), together=together):
            for environment in ENVIRONMENTS:
                there = {line for line, name in pairs(test) if name == environment} & set(together)
                assert len(there) != 1, train


def test_a_near_duplicate_never_loses_all_of_its_records():
    """Two folds, three environments of a cluster in turn: the first and the last would share one."""
    twins = ["line1", "line2"]
    rows = [(line, name) for line in LINES for name in ENVIRONMENTS]
    for left_out in ENVIRONMENTS:
        records = pd.DataFrame(
            [row for row in rows if row != ("line1", left_out)], columns=["sample", "environment"]
        )
        together = dict.fromkeys(twins, "twins")
        for _, train, test in folds_of("CV2", records, folds=2, together=together):
            assert set(test["sample"]) <= set(train["sample"])


def test_a_group_of_environments_is_left_out_whole():
    groups = {"north": "2011", "south": "2011", "east": "2012"}
    left_out = [set(test["environment"]) for _, _, test in folds_of("CV0", groups=groups)]
    assert sorted(map(sorted, left_out)) == [["east"], ["north", "south"]]


@pytest.mark.parametrize("scheme", ["CV1", "CV2", "CV00"])
def test_an_environment_of_which_no_fold_tests_enough_is_refused(scheme):
    """r of two records is 1 or -1, of one nothing; that the other environments fill the fold is no help."""
    few = [(line, "east") for line in LINES[1:4]]
    rows = [(line, name) for line in LINES for name in ("north", "south")]
    records = pd.DataFrame([*rows, *few], columns=["sample", "environment"])
    with pytest.raises(UserError, match=f"no fold of {scheme} would test 3 records, .* of east"):
        list(folds_of(scheme, records))


def test_an_environment_whose_lines_share_a_fold_is_refused():
    """All of its records would be tested and none trained on."""
    fold = dict(zip(LINES, draw_folds(LINES, "field", 4, 1), strict=True))
    rows = [(line, name) for line in LINES for name in ("north", "south")]
    few = [(line, "east") for line in LINES if fold[line] == 2]
    records = pd.DataFrame([*rows, *few], columns=["sample", "environment"])
    with pytest.raises(UserError, match="all records and train on none, of east"):
        list(folds_of("CV1", records, repeats=1))


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(UserError, match="one group"):
        list(folds_of("CV0", groups=dict.fromkeys(ENVIRONMENTS, "2011")))
    with pytest.raises(UserError, match="cannot fill 50 folds"):
        list(folds_of("CV1", folds=50))
    with pytest.raises(UserError, match="would test"):
        list(folds_of("CV00", folds=30))
