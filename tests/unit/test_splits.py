"""Folds by hash."""

import hashlib
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.validation.draws import SMALLEST_FIRST, draw_folds, merged, pack_groups, sample_folds, time_blocks
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units
from dnngp.validation.user_folds import assigned_folds

IDS = [f"line{number}" for number in range(53)]


def table(ids=IDS, phenotyped=None, scheme="random", folds=5, repeats=1, groups=None):
    phenotyped = np.ones(len(ids), bool) if phenotyped is None else phenotyped
    samples = [id for id, present in zip(ids, phenotyped, strict=True) if present]
    if groups is not None:
        groups = [group for group, present in zip(groups, phenotyped, strict=True) if present]
    return split_table(Units("wheat", ids, samples, groups), scheme, folds, repeats)


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
    assert list(splits.columns) == ["repeat", "fold", "sample", "environment", "role", "group"]
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
    splits = split_table(Units("k", IDS, IDS, together=cluster_of), "random", 5, 3)
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
        ({"ids": IDS[:4]}, "only 4 samples have a phenotype; that cannot fill 5 folds. Lower `cv.folds`."),
        ({"phenotyped": np.arange(53) < 3}, "only 3 samples have a phenotype"),
        ({"ids": IDS[:14]}, "fold 5 of repeat 1 (random) would have 2 test samples of 14"),
        (
            {"scheme": "leave_group_out", "groups": ["a"] * 51 + ["b"] * 2},
            "fold 2 of repeat 1 (leave_group_out) would have 2 test samples of 53",
        ),
        ({"scheme": "leave_group_out", "groups": ["a"] * 53}, "belong to one group (a)"),
        ({"scheme": "leave_group_out"}, "needs the group of every sample"),
        (
            {"scheme": "leave_group_out", "groups": [float("nan"), "", None, "x"] + ["a"] * 49},
            "3 of 53 phenotyped samples have no group (line0, line1, line2)",
        ),
    ],
)
def test_folds_that_mean_nothing_are_refused(options, message):
    with pytest.raises(UserError) as caught:
        table(**options)
    assert message in str(caught.value)


def test_a_fold_emptied_by_missing_phenotypes_is_refused():
    folds = np.array(draw_folds(IDS, "wheat", 5, 1))
    with pytest.raises(UserError, match=r"fold 5 of repeat 1 \(random\) would have 0 test samples of 43"):
        table(phenotyped=folds != 5)


# --- clusters, times, files


def folds_of(splits):
    """Fold of every tested line."""
    part = splits[splits["role"] == "test"]
    return part.set_index("sample")["fold"]


def everyone(scheme, folds, **known):
    return split_table(Units("k", IDS, IDS, **known), scheme, folds, 1)


def test_clusters_stay_whole_and_are_named_in_the_table():
    clusters = [number % 9 for number in range(len(IDS))]
    splits = everyone(scheme="cluster_out", folds=4, groups=clusters)
    cluster_of = dict(zip(IDS, map(str, clusters), strict=True))
    assert splits["group"].tolist() == splits["sample"].map(cluster_of).tolist()
    folds = folds_of(splits)
    assert sorted(folds.index) == sorted(IDS)
    assert folds.groupby(folds.index.map(cluster_of)).nunique().eq(1).all()
    for _, part in splits.groupby("fold"):
        sides = [set(part.loc[part["role"] == role, "group"]) for role in ("train", "test")]
        assert not sides[0] & sides[1]


def test_clusters_too_small_for_a_fold_share_one():
    clusters = ["a"] * 40 + ["b"] * 11 + ["c"] + ["d"]
    folds = folds_of(everyone(scheme="cluster_out", folds=4, groups=clusters))
    assert folds.groupby(folds).size().to_dict() == {1: 40, 2: 13}


def test_lines_of_one_cluster_cannot_be_cut():
    with pytest.raises(UserError, match="one group"):
        everyone(scheme="cluster_out", folds=4, groups=[1] * len(IDS))
    with pytest.raises(UserError, match=r"fold 2 of repeat 1 \(cluster_out\) would have 1 test samples"):
        everyone(scheme="cluster_out", folds=4, groups=[1] * (len(IDS) - 1) + [2])


def test_clusters_that_share_near_duplicates_become_one():
    names = ["1", "1", "2", "3", "4", "4"]
    twins = {"b": "x", "c": "x", "d": "y", "f": "y"}
    assert merged(names, twins, list("abcdef")) == ["1", "1", "1", "3", "3", "3"]
    together = {IDS[0]: "x", IDS[1]: "x"}
    clusters = [number % 9 for number in range(len(IDS))]
    folds = folds_of(everyone(scheme="cluster_out", folds=4, groups=clusters, together=together))
    assert folds[IDS[0]] == folds[IDS[1]]


def test_forward_trains_on_all_earlier_times_and_no_later_one():
    times = np.array([2010 + number % 7 for number in range(len(IDS))])
    time_of = dict(zip(IDS, times, strict=True))
    splits = everyone(scheme="forward", folds=10, times=times)
    splits["time"] = splits["sample"].map(time_of)
    first = set()
    for fold, part in splits.groupby("fold"):
        train, test = (part[part["role"] == role] for role in ("train", "test"))
        assert train["time"].max() < test["time"].min()
        assert sorted(train["sample"]) == sorted(n for n in IDS if time_of[n] < test["time"].min())
        first |= set(train["sample"]) if fold == 1 else set()
    assert len(first) >= SMALLEST_FIRST
    assert sorted(first | set(folds_of(splits).index)) == sorted(IDS)
    assert not first & set(folds_of(splits).index)


def test_blocks_of_times_are_balanced_and_never_too_small():
    assert time_blocks(np.repeat([1, 2, 3], 20), 5) == [0] * 20 + [1] * 20 + [2] * 20
    # Four years in one fold and one to train on first.
    blocks = time_blocks(np.repeat(np.arange(40), 5), 1)
    assert np.bincount(blocks).tolist() == [100, 100]
    # Few lines at first and at last: years join.
    blocks = time_blocks([1] * 2 + [2] * 30 + [3] * 30 + [4] * 2, 10)
    assert np.bincount(blocks).tolist() == [32, 32]
    assert set(time_blocks(np.ones(30), 5)) == {0}


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (None, "Name the column with `time`"),
        (
            np.array([2010.0] * 50 + [np.nan] * 3),
            r"3 of 53 .* have no time \(line50, line51, line52\)",
        ),
        (np.full(53, 2010.0), "cannot be cut into 10 samples or more to train on"),
    ],
)
def test_times_that_cannot_be_cut_are_refused(times, message):
    with pytest.raises(UserError, match=message):
        everyone(scheme="forward", folds=5, times=times)


@pytest.mark.parametrize("scheme", ["leave_group_out", "forward", "file"])
def test_near_duplicates_of_test_lines_leave_the_training_lines_where_folds_are_given(scheme):
    number = np.arange(len(IDS)) % 4
    together = {IDS[0]: "x", IDS[1]: "x", IDS[2]: "x"}  # in three groups, times, folds
    options = {
        "groups": number,
        "times": number,
        "assigned": [dict(zip(IDS, (number + 1).tolist(), strict=True))],
    }
    with_twins, without = (
        everyone(scheme=scheme, folds=4, together=given, **options) for given in (together, {})
    )
    assert folds_of(with_twins).equals(folds_of(without))
    for fold, part in with_twins.groupby("fold"):
        full = without[without["fold"] == fold]
        gone = set(full["sample"]) - set(part["sample"])
        is_tested = set(part.loc[part["role"] == "test", "sample"])
        trained = set(full.loc[full["role"] == "train", "sample"])
        assert gone == (set(together) & trained if set(together) & is_tested else set())


def write(path, text):
    path.write_text(text)
    return path


def test_a_file_of_folds_may_be_long_or_wide(tmp_path):
    long = write(tmp_path / "a.csv", "id,repeat,set\na,1,x\nb,1,y\na,2,10\nb,2,9\n")
    wide = write(tmp_path / "b.tsv", "line\tfirst\tsecond\na\tx\t10\nb\ty\t9\n")
    expected = [{"a": 1, "b": 2}, {"a": 2, "b": 1}]
    assert assigned_folds(long) == assigned_folds(wide) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,fold\na,1\nb,1\n", r"all lines are in one fold \(1\) of repeat fold"),
        ("id,fold\na,1\nb,NA\n", "line 3, column fold: the line 'b' has no fold"),
        ("id,fold\na,1\na,2\n", "line 3: the line 'a' is there twice in repeat fold"),
        ("id,fold\n", "has no lines"),
        ("id,repeat,fold,more\na,1,1,1\n", "has three columns, not 4"),
    ],
)
def test_files_of_folds_that_mean_nothing_are_refused(tmp_path, text, message):
    with pytest.raises(UserError, match=message):
        assigned_folds(write(tmp_path / "folds.csv", text))


def test_the_folds_of_a_file_are_used_as_they_are():
    assigned = [{name: number % 3 + 1 for number, name in enumerate(IDS)}]
    splits = everyone(scheme="file", folds=10, assigned=assigned)
    assert folds_of(splits).to_dict() == assigned[0]


def test_lines_without_a_fold_are_named():
    assigned = [{name: number % 3 + 1 for number, name in enumerate(IDS[2:])}]
    with pytest.raises(UserError, match=r"2 of 53 .* have no fold in repeat 1 .*line0, line1"):
        everyone(scheme="file", folds=10, assigned=assigned)


@pytest.mark.parametrize(
    "name", ["data/wheat_cimmyt599/folds_bglr10.csv", "data/wheat_iran2000/folds_deepgs10.csv"]
)
def test_folds_published_by_others_can_be_read(shared, name):
    (assigned,) = assigned_folds(shared / name)
    published = pd.read_csv(shared / name, dtype=str)
    assert assigned == dict(zip(published.iloc[:, 0], published.iloc[:, 1].astype(int), strict=True))


@pytest.mark.parametrize("together", [{}, {f"line {n}": f"twins-{n // 2}" for n in range(0, 40)}])
def test_folds_have_their_share_of_each_class(together):
    """Rare classes, too; samples of one cluster stay together; ids alone decide."""
    ids = [f"line {n}" for n in range(97)]
    classes = {name: int(n % 10 == 0) + int(n % 3 == 0) for n, name in enumerate(ids[:90])}
    units = Units("k", ids, ids[:90], classes=classes, together=together)
    folds = dict(zip(units.samples, sample_folds(units, 5, 1), strict=True))
    table = pd.crosstab(pd.Series(folds), pd.Series(classes))
    assert (table.max() - table.min() <= (2 if together else 1)).all()
    for name, cluster in together.items():
        twins = [other for other, of in together.items() if of == cluster]
        assert {folds[other] for other in twins} == {folds[name]}
    turned = Units("k", ids[::-1], ids[:90], classes=classes, together=together)
    assert dict(zip(turned.samples, sample_folds(turned, 5, 1), strict=True)) == folds
