"""Folds by hash."""

import hashlib
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from dnngp.errors import UserError
from dnngp.splits import draw_folds, pack_groups, split_table

IDS = [f"line{number}" for number in range(53)]


def table(ids=IDS, phenotyped=None, scheme="random", folds=5, repeats=1, groups=None):
    phenotyped = np.ones(len(ids), bool) if phenotyped is None else phenotyped
    return split_table(ids, phenotyped, scheme, "wheat", folds, repeats, groups)


def test_folds_by_hand():
    """The rule in words, written out: rank by sha256 of key|rep|id, modulo folds."""
    order = sorted(IDS, key=lambda id: hashlib.sha256(f"wheat|rep3|{id}".encode()).hexdigest())
    expected = [order.index(id) % 5 + 1 for id in IDS]
    assert draw_folds(IDS, "wheat", 5, 3) == expected


@pytest.mark.parametrize("repeat", range(1, 6))
def test_folds_equal_the_published_assignment(shared, repeat):
    published = pd.read_csv(shared / "reference" / "wheat599_folds.csv", dtype={"line": str})
    drawn = draw_folds(published["line"].tolist(), "wheat599", 10, repeat)
    assert drawn == published[f"rep{repeat}"].tolist()


def test_order_of_ids_does_not_matter():
    shuffled = list(np.random.default_rng(0).permutation(IDS))
    assert dict(zip(shuffled, draw_folds(shuffled, "k", 4, 1), strict=True)) == dict(
        zip(IDS, draw_folds(IDS, "k", 4, 1), strict=True)
    )


def test_every_line_is_tested_once_a_repeat():
    splits = table(repeats=3)
    assert list(splits.columns) == ["repeat", "fold", "sample", "role"]
    tested = splits[splits["role"] == "test"]
    assert tested.groupby("repeat")["sample"].apply(sorted).tolist() == [sorted(IDS)] * 3
    for _, part in splits.groupby(["repeat", "fold"]):
        assert sorted(part["sample"]) == sorted(IDS)
        assert part["role"].value_counts()["test"] in (10, 11)


def test_repeats_differ():
    splits = table(repeats=2)
    first, second = (
        splits[(splits["repeat"] == repeat) & (splits["role"] == "test")].set_index("sample")["fold"][IDS]
        for repeat in (1, 2)
    )
    assert (first != second).any()


def test_a_line_is_in_the_same_fold_for_every_trait():
    phenotyped = np.arange(53) % 4 != 0
    tests = [
        splits[splits["role"] == "test"].set_index("sample")["fold"]
        for splits in (table(), table(phenotyped=phenotyped))
    ]
    assert len(tests[1]) == phenotyped.sum()
    assert (tests[0][tests[1].index] == tests[1]).all()


def test_groups_are_folds_when_they_are_few():
    groups = ["a"] * 20 + ["b"] * 23 + ["c"] * 10
    splits = table(scheme="leave_group_out", groups=groups, folds=5)
    tested = splits[splits["role"] == "test"].set_index("sample")["fold"]
    names = pd.Series(groups, index=IDS)
    assert splits["fold"].max() == 3
    assert splits["repeat"].unique().tolist() == [1]
    assert pd.crosstab(tested, names[tested.index]).gt(0).sum().eq(1).all()


def test_many_groups_are_packed_evenly_and_stay_whole():
    sizes = {f"family{number}": 2 + number % 7 for number in range(30)}
    groups = [name for name, size in sizes.items() for _ in range(size)]
    folds = pack_groups(groups, ("k", "group"), 4)
    by_group = pd.Series(folds).groupby(groups).nunique()
    assert (by_group == 1).all()
    lines = Counter(folds)
    assert set(lines) == {1, 2, 3, 4}
    assert max(lines.values()) - min(lines.values()) <= 2


def test_packing_takes_the_largest_first_into_the_smallest_fold():
    groups = ["a"] * 9 + ["b"] * 7 + ["c"] * 5 + ["d"] * 4
    fold_of = dict(zip(groups, pack_groups(groups, ("k", "group"), 2), strict=True))
    assert fold_of == {"a": 1, "b": 2, "c": 2, "d": 1}


def test_packing_does_not_depend_on_the_order_of_lines():
    groups = [f"family{number % 11}" for number in range(50)]
    order = np.random.default_rng(0).permutation(50)
    straight = dict(zip(groups, pack_groups(groups, ("k", "group"), 3), strict=True))
    shuffled = [groups[i] for i in order]
    assert dict(zip(shuffled, pack_groups(shuffled, ("k", "group"), 3), strict=True)) == straight


def test_groups_of_one_line_are_drawn_as_lines_are():
    assert pack_groups(IDS, ("k", "rep2"), 5) == draw_folds(IDS, "k", 5, 2)


def test_near_duplicates_stay_in_one_fold_in_every_repeat():
    cluster_of = {name: f"line{number // 3 * 3}" for number, name in enumerate(IDS[:30])}
    splits = split_table(IDS, np.ones(len(IDS), bool), "random", "k", 5, 3, together=cluster_of)
    tests = splits[splits["role"] == "test"]
    clusters = tests["sample"].map(cluster_of)
    assert (tests.groupby([tests["repeat"], clusters])["fold"].nunique() == 1).all()
    sizes = tests.groupby(["repeat", "fold"]).size()
    assert sizes.min() >= 10
    assert sizes.max() <= 11
    assert len(tests) == 3 * len(IDS)
    first, second = (tests[tests["repeat"] == repeat].set_index("sample")["fold"] for repeat in (1, 2))
    assert (first != second.loc[first.index]).any()


def test_unphenotyped_lines_need_no_group():
    groups = ["a"] * 20 + ["b"] * 20 + [None] * 13
    splits = table(
        scheme="leave_group_out", groups=groups, phenotyped=np.array([g is not None for g in groups])
    )
    assert splits["sample"].nunique() == 40


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ids": IDS[:4]}, "only 4 lines have a phenotype; that cannot fill 5 folds. Lower `cv.folds`."),
        ({"phenotyped": np.arange(53) < 3}, "only 3 lines have a phenotype"),
        ({"ids": IDS[:14]}, "fold 5 of repeat 1 (random) would have 2 test lines of 14"),
        (
            {"scheme": "leave_group_out", "groups": ["a"] * 51 + ["b"] * 2},
            "fold 2 of repeat 1 (leave_group_out) would have 2 test lines of 53",
        ),
        ({"scheme": "leave_group_out", "groups": ["a"] * 53}, "belong to one group (a)"),
        ({"scheme": "leave_group_out"}, "needs the group of every line"),
        (
            {"scheme": "leave_group_out", "groups": [float("nan"), "", None, "x"] + ["a"] * 49},
            "3 of 53 phenotyped lines have no group (line0, line1, line2)",
        ),
    ],
)
def test_folds_that_mean_nothing_are_refused(options, message):
    with pytest.raises(UserError) as caught:
        table(**options)
    assert message in str(caught.value)


def test_a_fold_emptied_by_missing_phenotypes_is_refused():
    folds = np.array(draw_folds(IDS, "wheat", 5, 1))
    with pytest.raises(UserError, match=r"fold 5 of repeat 1 \(random\) would have 0 test lines of 43"):
        table(phenotyped=folds != 5)
