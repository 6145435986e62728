"""Factorial hybrids: whole groups of one parent are left out, the other parent stays."""

import pandas as pd
import pytest

from dnngp.validation.hybrids import parents, shared_parents, warnings_of
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

MOTHERS, FATHERS = [f"M{n}" for n in range(6)], [f"F{n}" for n in range(12)]


def factorial(form):
    """Ids of all crosses, and the mother of each."""
    pairs = [(mother, father) for mother in MOTHERS for father in FATHERS]
    return [form.format(*pair) for pair in pairs], [mother for mother, _ in pairs]


@pytest.mark.parametrize("form", ["{} x {}", "{}×{}", "{}/{}", "{}_X_{}", "{1}*{0}", "{}-{}", "{}.{}"])
def test_factorials_share_the_other_parent(form):
    samples, groups = factorial(form)
    known = parents(samples, groups)
    assert {frozenset(pair) for pair in known.values()} == {
        frozenset((mother, father)) for mother in MOTHERS for father in FATHERS
    }
    units = Units("d", samples, samples, groups=groups)
    assert shared_parents(split_table(units, "leave_group_out", 6, 1), known) == (72, 72)


def test_numbers_are_parents_where_groups_are_numbers():
    samples = [f"{mother}.{father}" for mother in range(500, 506) for father in range(200, 212)]
    assert len(parents(samples, [sample[:3] for sample in samples])) == 72


@pytest.mark.parametrize(
    ("samples", "groups"),
    [
        (
            [f"pop{n}-{m:03}" for n in range(5) for m in range(20)],
            [f"pop{n}" for n in range(5) for _ in range(20)],
        ),
        ([f"line_{n}" for n in range(50)], None),
        ([f"A{n}/B{n}" for n in range(50)], None),
        ([f"line{n}" for n in range(50)], ["a", "b"] * 25),
    ],
    ids=["families and numbers", "numbered", "single crosses", "no parents"],
)
def test_other_names_are_no_hybrids(samples, groups):
    assert parents(samples, groups) == {}


def test_what_is_shared_is_counted_by_hand():
    folds = [("train", "M0/F0"), ("train", "M0/F1"), ("test", "M2/F2"), ("test", "M1/F1"), ("test", "M0/F3")]
    splits = pd.DataFrame(folds, columns=["role", "sample"]).assign(repeat=1, fold=1, group="a")
    known = {sample: tuple(sample.split("/")) for sample in splits["sample"]}
    assert shared_parents(splits, known) == (2, 3)


def test_the_warning_has_the_count_and_only_where_whole_groups_are_left_out():
    samples, groups = factorial("{}/{}")
    units = Units("d", samples, samples, groups=groups)
    table = pd.DataFrame({"sample": samples, "group": groups})
    (told,) = warnings_of("leave_group_out", split_table(units, "leave_group_out", 6, 1), table)
    assert told.startswith("leave_group_out: 72 of 72 test samples are hybrids that share a parent with")
    assert warnings_of("random", split_table(units, "random", 6, 1), table) == []
