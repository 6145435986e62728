"""Encodings: fitted on training rows, equal to independent implementations."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tests.unit.encoded_fold import encoded_fold

from dnngp.base.errors import UserError
from dnngp.encodings.additive import Additive
from dnngp.encodings.onehot import OneHot
from dnngp.encodings.pca import PCAScores
from dnngp.encodings.row_transformer import MarkerFilter
from dnngp.encodings.samples.population import Population
from dnngp.genotypes.store import Genotypes, variant_table

TRAIN, TEST = np.arange(0, 60), np.arange(60, 75)


def rows(n=75, p=300, missing=0.0, seed=0, ploidy=2):
    """Dosages (n, p) at frequencies from 0.02 to 0.6, so that folds differ in what they keep."""
    rng = np.random.default_rng(seed)
    values = rng.binomial(ploidy, rng.uniform(0.02, 0.6, p), (n, p)).astype(np.int8)
    values[rng.random((n, p)) < missing] = -1
    return values


def genotypes(values, ploidy=2):
    n, p = values.shape
    blank = [""] * p
    return Genotypes(
        samples=np.array([f"line{i}" for i in range(n)]),
        variants=variant_table(blank, [0] * p, [f"m{i}" for i in range(p)], blank, blank),
        dosages=np.ascontiguousarray(values.T),
        ploidy=ploidy,
        source={},
    )


def features(n=75, p=40, missing=0.0, seed=0):
    rng = np.random.default_rng(seed)
    values = (rng.normal(size=(n, p)) * np.geomspace(1e-3, 1e3, p) + 5).astype(np.float32)
    values[rng.random((n, p)) < missing] = np.nan
    return values


def floats(values):
    return np.where(values < 0, np.nan, values.astype(float))


def same_up_to_sign(found, expected, tolerance):
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, expected * signs, atol=tolerance * np.abs(expected).max())


# marker filter


def test_filter_counts_minor_alleles_of_the_training_rows():
    values = np.array([[0, 2, 0, -1, 1, 2], [0, 1, 0, -1, 1, 2], [0, 2, 1, -1, 1, 0], [0, 2, 0, -1, 1, 1]])
    kept = MarkerFilter(min_maf=0.2).fit(values.astype(np.int8)).kept_
    # all 0; 1 of 8 alleles; 1 of 8; never called; all heterozygous; 3 of 8
    assert kept.tolist() == [False, False, False, False, False, True]
    assert MarkerFilter(min_maf=0.125).fit(values.astype(np.int8)).kept_.tolist()[1:3] == [True, True]


@pytest.mark.parametrize("ploidy", [1, 2, 4])
def test_filter_equals_counting_by_hand(ploidy):
    values = rows(missing=0.1, ploidy=ploidy)
    frequency = np.nanmean(floats(values), axis=0) / ploidy
    varies = np.nanstd(floats(values), axis=0) > 0
    expected = varies & (np.minimum(frequency, 1 - frequency) >= 0.05)
    fitted = MarkerFilter(0.05, ploidy).fit(values)
    assert 0 < expected.sum() < len(expected)
    assert np.array_equal(fitted.kept_, expected)
    assert np.array_equal(fitted.transform(values[:3]), values[:3, expected])


def test_filter_keeps_every_feature_that_varies():
    values = features(missing=0.2)
    values[:, 3] = 7
    values[:, 4] = np.nan
    assert np.flatnonzero(~MarkerFilter(0.4, None).fit(values).kept_).tolist() == [3, 4]


# transformers


def test_additive_is_imputation_and_centring():
    values = rows(missing=0.1)
    imputed = SimpleImputer().fit(floats(values[TRAIN])).transform(floats(values))
    encoded = Additive().fit(values[TRAIN]).transform(values)
    assert encoded.dtype == np.float32
    np.testing.assert_allclose(encoded, imputed - imputed[TRAIN].mean(axis=0), atol=1e-6)


def test_dosages_may_stay_as_they_are():
    """Only missing calls change: they become the mean of the training lines."""
    values = rows(missing=0.1)
    imputed = SimpleImputer().fit(floats(values[TRAIN])).transform(floats(values))
    encoded = Additive(centre=False).fit(values[TRAIN]).transform(values)
    np.testing.assert_allclose(encoded, imputed, atol=1e-6)


def test_additive_scaled_is_standardisation():
    values = features()
    expected = StandardScaler().fit(values[TRAIN].astype(float)).transform(values.astype(float))
    np.testing.assert_allclose(Additive(scale=True).fit(values[TRAIN]).transform(values), expected, atol=1e-5)


def test_additive_leaves_missing_features_out_of_the_deviation():
    values = features(missing=0.2)
    fitted = Additive(scale=True).fit(values)
    np.testing.assert_allclose(fitted.mean_, np.nanmean(values.astype(float), axis=0))
    np.testing.assert_allclose(fitted.scale_, np.nanstd(values.astype(float), axis=0))


@pytest.mark.parametrize("ploidy", [1, 2, 4])
def test_onehot_equals_sklearn_without_missing_calls(ploidy):
    values = rows(p=30, ploidy=ploidy)
    encoded = OneHot(ploidy).fit(values[TRAIN]).transform(values)
    assert encoded.shape == (75, 30, ploidy + 1)
    assert encoded.dtype == np.float32
    classes = [list(range(ploidy + 1))] * 30
    expected = OneHotEncoder(categories=classes, sparse_output=False).fit_transform(values)
    assert np.array_equal(encoded.reshape(75, -1), expected)


def test_onehot_choices_for_missing_calls():
    train = np.array([[0], [0], [2], [-1]], np.int8)
    missing = np.array([[-1]], np.int8)
    made = {choice: OneHot(2, choice).fit(train).transform(missing)[0, 0] for choice in OneHot.MISSING}
    assert made["frequency"] == pytest.approx([2 / 3, 0, 1 / 3])
    assert made["zeros"].tolist() == [0, 0, 0]
    assert made["class"].tolist() == [0, 0, 0, 1]
    assert OneHot(2, "class").fit(train).transform(train[:1])[0, 0].tolist() == [1, 0, 0, 0]


def test_onehot_of_a_marker_never_called():
    never = np.full((3, 1), -1, np.int8)
    assert OneHot().fit(never).transform(never).tolist() == [[[0, 0, 0]]] * 3


@pytest.mark.parametrize("p", [300, 20], ids=["more markers than lines", "more lines than markers"])
def test_pca_scores_equal_sklearn(p):
    values = rows(p=p)
    expected = PCA(svd_solver="full").fit(values[TRAIN].astype(float))
    fitted = PCAScores().fit(values[TRAIN])
    rank = min(p, len(TRAIN) - 1)
    assert fitted.components_.shape == (rank, p)
    for part in (TRAIN, TEST):
        same_up_to_sign(
            fitted.transform(values[part]), expected.transform(values[part].astype(float))[:, :rank], 1e-9
        )
    np.testing.assert_allclose(
        fitted.explained_variance_ratio_, expected.explained_variance_ratio_[:rank], rtol=1e-9
    )


@pytest.mark.parametrize("options", [{"components": 7}, {"components": 50}, {"variance": 0.8}])
def test_pca_keeps_what_sklearn_keeps(options):
    values = rows(missing=0.05)
    imputed = SimpleImputer().fit(floats(values[TRAIN])).transform(floats(values))
    choice = options.get("components") or options["variance"]
    expected = PCA(choice, svd_solver="full").fit(imputed[TRAIN])
    fitted = PCAScores(**options).fit(values[TRAIN])
    same_up_to_sign(fitted.transform(values[TEST]), expected.transform(imputed[TEST]), 1e-9)


def test_pca_gives_scores_and_not_unit_eigenvectors():
    values = rows()
    scores = PCAScores(components=5).fit_transform(values)
    deviation = scores.std(axis=0, ddof=1)
    np.testing.assert_allclose(
        deviation, np.sqrt(PCA(5, svd_solver="full").fit(values.astype(float)).explained_variance_)
    )
    assert deviation[4] > 1


def test_pca_signs_are_fixed():
    scores = PCAScores(components=9).fit_transform(rows())
    assert (scores[np.abs(scores).argmax(axis=0), np.arange(9)] > 0).all()


def test_pca_never_exceeds_the_rank():
    values = rows(n=10)
    assert PCAScores(components=50).fit(values).components_.shape[0] == 9
    assert PCAScores(variance=1.0).fit(values).components_.shape[0] == 9


@pytest.mark.parametrize(
    "encoder",
    [MarkerFilter(0.05), Additive(), Additive(scale=True), OneHot(2, "class"), PCAScores(4)],
    ids=lambda encoder: type(encoder).__name__,
)
def test_transformers_behave_like_sklearn(encoder):
    values = rows(missing=0.05)
    fitted = clone(encoder).fit(values[TRAIN])
    assert fitted.get_params() == encoder.get_params()
    assert np.array_equal(fitted.transform(values[TRAIN]), clone(encoder).fit_transform(values[TRAIN]))
    alone = fitted.transform(values[TEST[3:4]])
    np.testing.assert_allclose(fitted.transform(values[TEST])[3:4], alone, rtol=1e-10)
    with pytest.raises(ValueError, match="fitted on 300 markers"):
        fitted.transform(values[:, :10])
    with pytest.raises(ValueError, match="not fitted"):
        clone(encoder).transform(values)
    with pytest.raises(ValueError, match="rows of markers"):
        clone(encoder).fit(values[0])


def test_bad_options_are_refused():
    with pytest.raises(ValueError, match="missing must be one of"):
        OneHot(missing="guess").fit(rows())
    with pytest.raises(ValueError, match="not both"):
        PCAScores(3, 0.5).fit(rows())
    with pytest.raises(ValueError, match="do not vary"):
        PCAScores().fit(np.ones((5, 4), np.int8))


# folds


def encoded(values, encoding, form="array", ploidy=2, train=TRAIN, test=TEST, maf=0.05):
    return encoded_fold(genotypes(values, ploidy), encoding, form, train, test, maf)


@pytest.mark.parametrize("missing", [0.0, 0.05])
@pytest.mark.parametrize(
    ("encoding", "make"),
    [
        ({"name": "additive"}, Additive),
        ({"name": "onehot", "missing": "class"}, lambda: OneHot(2, "class")),
        ({"name": "pca", "components": 12}, lambda: PCAScores(12)),
        ({"name": "pca", "variance": 0.9}, lambda: PCAScores(None, 0.9)),
    ],
    ids=["additive", "onehot", "pca by number", "pca by variance"],
)
@pytest.mark.parametrize("p", [300, 50])
def test_folds_equal_the_transformers(missing, encoding, make, p):
    """Shared exact products, or direct, give what the filter and the transformer give one after the other."""
    values = rows(missing=missing, p=p)
    fold = encoded(values, encoding)
    chosen = MarkerFilter(0.05).fit(values[TRAIN])
    transformer = make().fit(chosen.transform(values[TRAIN]))
    for found, part in ((fold.train, TRAIN), (fold.test, TEST)):
        expected = transformer.transform(chosen.transform(values[part]))
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=1e-10 * np.abs(expected).max())
    assert fold.n_features == fold.train.shape[1]


@pytest.mark.parametrize("missing", [0.0, 0.05])
@pytest.mark.parametrize("ploidy", [1, 2, 4])
def test_gram_is_vanraden_one_with_training_frequencies(missing, ploidy):
    values = rows(missing=missing, ploidy=ploidy)
    fold = encoded(values, {"name": "additive"}, "kernel", ploidy)
    known = floats(values[:, MarkerFilter(0.05, ploidy).fit(values[TRAIN]).kept_])
    frequency = np.nanmean(known[TRAIN], axis=0) / ploidy
    centred = np.nan_to_num(known - ploidy * frequency)
    np.testing.assert_allclose(fold.kernel, centred[TRAIN] @ centred[TRAIN].T, atol=1e-9)
    np.testing.assert_allclose(fold.cross, centred[TEST] @ centred[TRAIN].T, atol=1e-9)
    np.testing.assert_allclose(fold.diagonal, (centred[TEST] ** 2).sum(axis=1), atol=1e-9)
    assert fold.scale == pytest.approx(ploidy * np.sum(frequency * (1 - frequency)))
    assert fold.n_features == known.shape[1]


def test_a_missing_call_of_a_test_line_changes_no_bit_of_the_fit():
    """One missing call makes the fold leave the exact path for the test lines, and for them alone."""
    values = rows()
    changed = values.copy()
    changed[TEST[0], 10] = -1
    for form, encoding in (("kernel", {"name": "additive"}), ("array", {"name": "pca"})):
        first, second = (encoded(array, encoding, form) for array in (values, changed))
        assert first.fingerprint == second.fingerprint
        ours = [fold.kernel if form == "kernel" else fold.train for fold in (first, second)]
        assert np.array_equal(*ours)
    assert not np.array_equal(first.test[0], second.test[0])
    np.testing.assert_allclose(first.test[1:], second.test[1:], atol=1e-10)


@pytest.mark.parametrize("form", ["kernel", "array"])
@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_fingerprint_tells_training_lines_apart(form, missing):
    values = rows(missing=missing)
    prints = {
        encoded(values, {"name": "additive"}, form, train=train).fingerprint for train in (TRAIN, TRAIN[1:])
    }
    changed = values.copy()
    changed[0, np.flatnonzero(values[0] == 1)[0]] = 0
    prints.add(encoded(changed, {"name": "additive"}, form).fingerprint)
    assert len(prints) == 3


def test_lines_outside_the_fold_have_no_say():
    """Lines that are neither trained on nor tested (no phenotype) leave everything as it is."""
    values = rows(n=90)
    changed = values.copy()
    changed[75:] = rows(n=15, seed=9, missing=0.5)
    for encoding, form in (({"name": "additive"}, "kernel"), ({"name": "pca"}, "array")):
        first, second = (encoded(array, encoding, form) for array in (values, changed))
        assert first.fingerprint == second.fingerprint
        found = [fold.cross if form == "kernel" else fold.test for fold in (first, second)]
        assert np.array_equal(*found)


def test_order_of_training_rows():
    values = rows()
    order = np.random.default_rng(0).permutation(60)
    first = encoded(values, {"name": "pca", "components": 5})
    second = encoded(values, {"name": "pca", "components": 5}, train=TRAIN[order])
    np.testing.assert_allclose(second.train, first.train[order], atol=1e-10)
    np.testing.assert_allclose(second.test, first.test, atol=1e-10)


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_features_are_standardised(missing):
    values = features(missing=missing)
    values[:, 5] = 2.0
    other = np.delete(values, 5, axis=1)
    scaled = Additive(scale=True).fit(other[TRAIN]).transform(other).astype(float)
    fold = encoded(values, {"name": "additive"}, ploidy=None)
    np.testing.assert_allclose(fold.train, scaled[TRAIN], atol=1e-6)
    fold = encoded(values, {"name": "additive"}, "kernel", None)
    np.testing.assert_allclose(fold.kernel, scaled[TRAIN] @ scaled[TRAIN].T, atol=1e-3)
    np.testing.assert_allclose(fold.cross, scaled[TEST] @ scaled[TRAIN].T, atol=1e-3)
    assert fold.scale == fold.n_features == 39
    scores = encoded(values, {"name": "pca", "components": 3}, ploidy=None).test
    expected = PCA(3, svd_solver="full").fit(scaled[TRAIN]).transform(scaled[TEST])
    same_up_to_sign(scores, expected, 1e-6)


def test_details_say_what_was_kept():
    details = encoded(rows(), {"name": "pca", "variance": 0.9}).details
    assert 0.9 <= details["variance_kept"] < 0.95
    assert details["components"] > 10


def test_nothing_left_is_the_user_s_to_mend():
    with pytest.raises(UserError, match=r"none of 300 markers varies among the 60 training samples.*qc.maf"):
        encoded(np.full((75, 300), 2, np.int8), {"name": "additive"})


@pytest.mark.parametrize(
    ("encoding", "ploidy", "message"),
    [
        ({"name": "onehot"}, None, "needs whole dosages"),
        ({"name": "onehot", "missing": "guess"}, 2, "'guess'"),
        ({"name": "pca", "components": 0}, 2, "`components` must be a whole number from 1, or null, not 0"),
        ({"name": "pca", "components": 2.5}, 2, "2.5"),
        (
            {"name": "pca", "variance": 95},
            2,
            "`variance` must be a number above 0 and at most 1, or null, not 95",
        ),
        ({"name": "pca", "components": 5, "variance": 0.9}, 2, "not both"),
        ({"name": "fourier"}, 2, "the encoding 'fourier' does not exist"),
    ],
)
def test_bad_encodings_are_refused_at_once(encoding, ploidy, message):
    values = features() if ploidy is None else rows()
    with pytest.raises(UserError) as caught:
        Population(genotypes(values, ploidy), 0.05).check(encoding)
    assert message in str(caught.value)
