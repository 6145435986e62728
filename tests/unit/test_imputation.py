"""Imputation: better than guessing, equal to doing it by hand, and blind to the lines it is not fitted on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from tests.unit.encoded_fold import encoded_fold

from dnngp.base.errors import UserError
from dnngp.encodings.imputation.imputers import ModeImputer, NearestSamplesImputer
from dnngp.encodings.row_transformer import MarkerFilter
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.simulate import simulate
from dnngp.genotypes.store import Genotypes, variant_table

SETTINGS = {
    "samples": 250,
    "markers": 1500,
    "chromosomes": 3,
    "founders": 20,
    "populations": 2,
    "missing": 0.0,
    "inbred": True,
    "traits": {},
    "held_back": 0,
}


def genotypes(values, ploidy=2, chrom="", pos=0):
    n, p = values.shape
    return Genotypes(
        samples=np.array([f"line{i}" for i in range(n)]),
        variants=variant_table(
            np.broadcast_to(chrom, p), np.broadcast_to(pos, p), [f"m{i}" for i in range(p)], "", ""
        ),
        dosages=np.ascontiguousarray(values.T),
        ploidy=ploidy,
        source={},
    )


def families(n=240, p=600, ploidy=2, seed=0, founders=8):
    """Dosages (n, p) int8 of lines whose chromosomes are long pieces of a few founders: LD."""
    rng = np.random.default_rng(seed)
    ancestors = (rng.random((founders, p)) < rng.uniform(0.1, 0.5, p)).astype(np.int8)
    values = np.zeros((n, p), np.int8)
    for _ in range(ploidy):
        switches = rng.random((n, p)) < 0.02
        switches[:, 0] = True
        origin = rng.integers(founders, size=(n, p))
        last = np.maximum.accumulate(np.where(switches, np.arange(p), 0), axis=1)
        values += ancestors[np.take_along_axis(origin, last, axis=1), np.arange(p)]
    return values


def masked(values, share, seed=1):
    """Values with a share of the calls taken away, and where."""
    hidden = (np.random.default_rng(seed).random(values.shape) < share) & (values >= 0)
    return np.where(hidden, -1, values).astype(np.int8), hidden


def accuracies(values, ploidy, chrom=None, pos=None, share=0.05):
    """Share of hidden calls of the test fifth that each way gets right."""
    shown, hidden = masked(values, share)
    test = np.arange(len(values)) % 5 == 0
    truth = values[test][hidden[test]]
    observed = np.where(shown < 0, np.nan, shown)[~test]
    mean = np.broadcast_to(np.rint(np.nanmean(observed, axis=0)), values[test].shape)
    ways = {"mode": ModeImputer(ploidy), "knn": NearestSamplesImputer(ploidy, chrom, pos)}
    found = {"mean": np.mean(mean[hidden[test]] == truth)}
    for name, imputer in ways.items():
        filled = imputer.fit(shown[~test]).transform(shown[test])
        assert np.array_equal(filled[shown[test] >= 0], shown[test][shown[test] >= 0])
        found[name] = np.mean(filled[hidden[test]] == truth)
    return found


# known truth


@pytest.mark.parametrize("ploidy", [1, 2, 4])
def test_neighbours_beat_the_mode_and_the_mode_the_mean(ploidy):
    found = accuracies(families(ploidy=ploidy), ploidy)
    assert found["knn"] > found["mode"] + 0.15
    assert found["mode"] >= found["mean"]
    # Alleles of a haploid are two: the rounded mean is their mode.
    assert ploidy == 1 or found["mode"] > found["mean"]


def test_neighbours_beat_the_mode_in_the_simulated_population():
    made = simulate("oats", SETTINGS, 1).genotypes
    values = np.array(made.dosages.T)
    found = accuracies(values, 2, made.variants["chrom"].to_numpy(), made.variants["pos"].to_numpy())
    assert found["knn"] > 0.9 > found["mode"] > found["mean"]


@pytest.mark.parametrize(
    ("name", "ploidy", "least"),
    [("demo_rice_vcf", 2, 0.93), ("potato_gwaspoly_tetraploid", 4, 0.78)],
)
def test_the_order_holds_on_real_lines(shared, name, ploidy, least):
    found = read_genotypes(shared / "data" / name / "genotypes.vcf.gz", Reading(ploidy=ploidy))
    values = np.array(found.dosages.T)
    known = np.where(values < 0, np.nan, values)
    frequency = np.nanmean(known, axis=0) / ploidy
    common = np.minimum(frequency, 1 - frequency) >= 0.02
    variants = found.variants[common]
    scores = accuracies(
        np.ascontiguousarray(values[:, common]),
        ploidy,
        variants["chrom"].to_numpy(),
        variants["pos"].to_numpy(),
    )
    assert scores["knn"] > least > scores["mode"] + 0.15
    assert scores["mode"] > scores["mean"]


def test_real_valued_dosages_are_averaged():
    values = families()
    noisy = np.clip(values + np.random.default_rng(3).normal(0, 0.05, values.shape), 0, 2).astype(np.float32)
    _, hidden = masked(values, 0.05)
    incomplete = np.where(hidden, np.nan, noisy).astype(np.float32)
    filled = NearestSamplesImputer(2).fit(incomplete[:200]).transform(incomplete[200:])
    assert filled.dtype == np.float32
    error = np.abs(filled - noisy[200:])[hidden[200:]].mean()
    mean = np.abs(np.nanmean(incomplete[:200], axis=0) - noisy[200:])[hidden[200:]].mean()
    assert error < mean / 3


# closed forms


def test_mode_of_a_tiny_matrix():
    train = np.array([[0, 2, 1, -1], [0, 2, 2, -1], [1, 0, 1, -1], [2, 0, 2, -1], [-1, -1, 0, -1]], np.int8)
    imputer = ModeImputer().fit(train)
    assert imputer.mode_.tolist() == [0, 0, 1, 0]  # ties go to the lower dosage
    assert imputer.transform(np.full((1, 4), -1, np.int8)).tolist() == [[0, 0, 1, 0]]
    assert ModeImputer().fit(np.array([[0.2], [0.4], [1.6]], np.float32)).mode_.tolist() == [0]


def test_neighbours_of_a_tiny_matrix():
    """Marker 2 is marker 0 mirrored, marker 1 is unrelated: the missing call follows marker 0."""
    train = np.array([[0, 0, 2], [0, 2, 2], [2, 0, 0], [2, 2, 0], [1, 1, 1]], np.int8)
    imputer = NearestSamplesImputer(lines=1).fit(train)
    assert imputer.neighbours_[:, 0].tolist() == [2, -1, 0]
    assert imputer.weights_[:, 0].tolist() == [100, 0, 100]
    rows = np.array([[0, 2, -1], [2, 0, -1], [1, 0, -1], [-1, -1, -1]], np.int8)
    assert imputer.transform(rows)[:, 2].tolist() == [
        2,
        0,
        1,
        0,
    ]  # the last: no neighbour, a tie of all lines


def test_neighbours_stay_on_their_chromosome():
    """Marker 2 repeats marker 0, but on another chromosome."""
    values = families(n=40, p=3)
    values[:, 2] = values[:, 0]
    split = NearestSamplesImputer(chromosomes=np.array(["1", "1", "2"]), positions=np.array([5, 9, 7])).fit(
        values
    )
    assert split.neighbours_[2].tolist() == [-1] * 30
    assert 2 not in split.neighbours_[0]
    assert NearestSamplesImputer().fit(values).neighbours_[0, 0] == 2


def test_windows_follow_positions_whatever_the_order_of_the_file():
    values = families(n=60, p=200)
    chrom, pos = np.repeat(["a", "b"], 100), np.tile(np.arange(1, 101), 2)
    order = np.random.default_rng(0).permutation(200)
    shown, _ = masked(values, 0.1)
    options = {"markers": 5, "window": 10}
    straight = NearestSamplesImputer(2, chrom, pos, **options).fit(shown)
    shuffled = NearestSamplesImputer(2, chrom[order], pos[order], **options).fit(shown[:, order])
    assert np.array_equal(shuffled.transform(shown[:, order]), straight.transform(shown)[:, order])
    reach = np.abs(straight.neighbours_ - np.arange(200)[:, None])[straight.neighbours_ >= 0]
    assert reach.max() <= 10


def by_hand(train, row, marker, markers, lines, ploidy):
    """The imputer's definition, cell by cell, on one chromosome."""
    known = np.where(train < 0, np.nan, train.astype(float))
    means = np.nanmean(known, axis=0)
    centred = np.nan_to_num(known - means)
    lengths = (centred**2).sum(axis=0)
    r2 = np.array(
        [
            (centred[:, marker] @ centred[:, j]) ** 2 / max(lengths[marker] * lengths[j], 1e-9)
            for j in range(len(row))
        ]
    )
    r2[marker] = -1
    chosen = [j for j in np.argsort(-r2, kind="stable")[:markers] if np.rint(100 * r2[j]) > 0]
    unit = 120 // ploidy
    distance = np.zeros(len(train))
    for j in chosen:
        if row[j] >= 0:
            other = np.where(train[:, j] < 0, np.rint(means[j] * unit), train[:, j] * unit)
            distance += np.rint(100 * r2[j]) * np.abs(row[j] * unit - other)
    calls = train[:, marker] >= 0
    last = np.sort(distance[calls])[: min(lines, calls.sum())][-1]
    votes = np.zeros(ploidy + 1)
    for line in np.flatnonzero(calls & (distance <= last)):
        votes[train[line, marker]] += 1 / (1 + distance[line] / (100 * unit))
    return int(np.argmax(votes))


@pytest.mark.parametrize("ploidy", [2, 4])
def test_every_cell_equals_the_definition(ploidy):
    shown, _ = masked(families(n=50, p=40, ploidy=ploidy, seed=5), 0.15)
    train, test = shown[:40], shown[40:]
    filled = NearestSamplesImputer(ploidy, markers=7, lines=3).fit(train).transform(test)
    cells = np.argwhere(test < 0)
    assert len(cells) > 30
    expected = [by_hand(train, test[line], marker, 7, 3, ploidy) for line, marker in cells]
    assert filled[test < 0].tolist() == expected


# properties


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.02, 0.3, 0.8]), ploidy=st.sampled_from([2, 4]))
def test_what_is_filled_is_a_genotype_that_was_seen(seed, share, ploidy):
    shown, _ = masked(families(n=24, p=30, ploidy=ploidy, seed=seed), share, seed)
    order = np.random.default_rng(seed).permutation(16)
    for imputer in (ModeImputer(ploidy), NearestSamplesImputer(ploidy)):
        filled = imputer.fit(shown[:16]).transform(shown[16:])
        assert np.array_equal(filled[shown[16:] >= 0], shown[16:][shown[16:] >= 0])
        for line, marker in np.argwhere(shown[16:] < 0):
            assert filled[line, marker] in {0, *shown[:16, marker]}
            assert filled[line, marker] >= 0
        # The order of the training lines and the company of a line make no difference.
        assert np.array_equal(clone(imputer).fit(shown[order]).transform(shown[16:]), filled)
        assert np.array_equal(imputer.transform(shown[20:21]), filled[4:5])


def test_calls_are_filled_from_training_lines_with_estimates_and_the_other_way_round():
    """A bundle trained on DS may meet lines that have GT."""
    calls, _ = masked(families(n=60, p=80), 0.1)
    estimates = np.where(calls < 0, np.nan, calls).astype(np.float32)
    by_estimates, by_calls = (NearestSamplesImputer().fit(rows[:40]) for rows in (estimates, calls))
    found = by_estimates.transform(calls[40:])
    np.testing.assert_array_equal(found, by_estimates.transform(estimates[40:]))
    np.testing.assert_array_equal(by_calls.transform(estimates[40:]), found)


@pytest.mark.parametrize("imputer", [ModeImputer(), NearestSamplesImputer()], ids=["mode", "knn"])
def test_imputers_behave_like_sklearn(imputer):
    shown, _ = masked(families(n=30, p=20), 0.2)
    fitted = clone(imputer).fit(shown)
    assert fitted.get_params() == imputer.get_params()
    assert np.array_equal(fitted.transform(shown), clone(imputer).fit_transform(shown))
    assert fitted.transform(shown).dtype == np.int8
    with pytest.raises(ValueError, match="fitted on 20 markers"):
        fitted.transform(shown[:, :3])
    with pytest.raises(ValueError, match="not fitted"):
        clone(imputer).transform(shown)
    with pytest.raises(ValueError, match="rows of markers"):
        clone(imputer).fit(shown[0])


# folds

TRAIN, TEST = np.arange(60), np.arange(60, 75)
ENCODINGS = [
    ({"name": "additive"}, "array"),
    ({"name": "additive"}, "kernel"),
    ({"name": "onehot"}, "array"),
    ({"name": "pca", "components": 8}, "array"),
]


@pytest.mark.parametrize("impute", ["mean", "mode", "knn"])
@pytest.mark.parametrize(("encoding", "form"), ENCODINGS)
def test_test_lines_do_not_touch_what_is_fitted(impute, encoding, form):
    """Other genotypes and other missing calls in the test lines: training bytes and fingerprint stay."""
    shown, _ = masked(families(n=75, p=120), 0.05)
    corrupted = shown.copy()
    corrupted[TEST] = np.random.default_rng(8).integers(-1, 3, (len(TEST), shown.shape[1]))
    complete = shown.copy()
    complete[TEST] = np.abs(shown[TEST])
    folds = [
        encoded_fold(genotypes(values), encoding | {"impute": impute}, form, TRAIN, TEST, 0.05)
        for values in (shown, corrupted, complete)
    ]
    for fold in folds[1:]:
        assert fold.fingerprint == folds[0].fingerprint
        assert np.array_equal(
            *(getattr(f, "kernel" if form == "kernel" else "train") for f in (fold, folds[0]))
        )
    assert not np.array_equal(*(getattr(f, "cross" if form == "kernel" else "test") for f in folds[:2]))


@pytest.mark.parametrize("impute", ["mode", "knn"])
@pytest.mark.parametrize(("encoding", "form"), ENCODINGS)
def test_a_fold_equals_imputing_first(impute, encoding, form):
    """Markers are chosen by their calls; what follows sees complete genotypes."""
    shown, _ = masked(families(n=75, p=120), 0.1)
    fold = encoded_fold(genotypes(shown), encoding | {"impute": impute}, form, TRAIN, TEST, 0.05)
    known = np.where(shown[TRAIN] < 0, np.nan, shown[TRAIN])
    frequency = np.nanmean(known, axis=0) / 2
    kept = shown[:, (np.minimum(frequency, 1 - frequency) >= 0.05) & (np.nanstd(known, axis=0) > 0)]
    imputer = (ModeImputer() if impute == "mode" else NearestSamplesImputer()).fit(kept[TRAIN])
    expected = encoded_fold(genotypes(imputer.transform(kept)), encoding, form, TRAIN, TEST)
    for name in ("train", "test", "kernel", "cross", "diagonal"):
        found, other = getattr(fold, name), getattr(expected, name)
        assert (found is None) == (other is None)
        if found is not None:
            np.testing.assert_allclose(found, other, atol=1e-10 * np.abs(other).max())
    assert fold.fingerprint != expected.fingerprint


def test_none_passes_missing_calls_on():
    shown, _ = masked(families(n=75, p=40), 0.1)
    kept = MarkerFilter(0.0).fit(shown[TRAIN]).kept_
    plain, bare = (
        encoded_fold(genotypes(shown), {"name": "additive", "impute": impute}, "array", TRAIN, TEST)
        for impute in ("mean", "none")
    )
    for left, right, lines in ((plain.train, bare.train, TRAIN), (plain.test, bare.test, TEST)):
        absent = np.isnan(right)
        assert np.array_equal(absent, shown[lines][:, kept] < 0)
        assert np.array_equal(left[~absent], right[~absent])
    assert plain.fingerprint == bare.fingerprint


def test_real_valued_dosages_go_through_every_form():
    values = families(n=75, p=60).astype(np.float32) * np.float32(0.9)
    values[np.random.default_rng(2).random(values.shape) < 0.05] = np.nan
    values[:, 3] = 0.3
    for impute in ("mean", "mode", "knn"):
        fold = encoded_fold(genotypes(values), {"name": "additive", "impute": impute}, "kernel", TRAIN, TEST)
        assert np.isfinite(fold.kernel).all()
        assert fold.n_features <= 59  # the constant one is gone
    with pytest.raises(UserError, match="whole dosages"):
        encoded_fold(genotypes(values), {"name": "onehot"}, "array", TRAIN, TEST)


@pytest.mark.parametrize(
    ("encoding", "ploidy", "form", "message"),
    [
        (
            {"name": "additive", "impute": "guess"},
            2,
            "array",
            "must be one of mean, mode, knn, none, not 'guess'",
        ),
        ({"name": "additive", "impute": "knn"}, None, "array", "table of features"),
        (
            {"name": "pca", "impute": "none"},
            2,
            "array",
            "`impute` must be one of mean, mode, knn, not 'none'",
        ),
        ({"name": "onehot", "impute": "mode", "missing": "class"}, 2, "array", "nothing to `missing`"),
        ({"name": "additive", "impute": "none"}, 2, "kernel", "relationship matrix"),
    ],
)
def test_choices_that_cannot_be_are_refused(encoding, ploidy, form, message):
    values = families(n=75, p=30)
    table = genotypes(values if ploidy else values.astype(np.float32), ploidy)
    with pytest.raises(UserError, match=message):
        encoded_fold(table, encoding, form, TRAIN, TEST)
