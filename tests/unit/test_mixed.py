"""Exact REML and BLUP against closed forms, other programs and published figures."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from sklearn.base import clone
from sklearn.linear_model import Ridge
from tests.unit.encoded_fold import encoded_fold

from dnngp.base.errors import UserError
from dnngp.encodings.dominance import Dominance
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.encodings.samples.rows import Rows
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.methods.gblup import GBLUP
from dnngp.methods.gblup_ad import DominanceBLUP
from dnngp.methods.mixed.error_contrasts import Contrasts, spread_of
from dnngp.methods.mixed.heritability import heritability, kernel_heritability
from dnngp.methods.mixed.kernel_fit import beside_known_errors, fit_kernel, variance_shares
from dnngp.methods.mixed.kernels import ArcCosine, Gaussian, arccosine
from dnngp.methods.rkhs import RKHS
from dnngp.methods.rrblup import RRBLUP

ENVIRONMENTS = {"E1": "yield_env1", "E2": "yield_env2", "E3": "yield_env4", "E4": "yield_env5"}
KERNELS = ("VR1", "SCALED", "GAUSS1")


def simulated(n=80, p=150, h2=0.5, seed=0):
    """Dosages (n, p) as floats, their VanRaden kernel, an additive trait of mean 20."""
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.1, 0.9, p)
    rows = rng.binomial(2, frequency, (n, p)).astype(float)
    centred = rows - rows.mean(axis=0)
    genetic = centred @ rng.normal(size=p)
    genetic *= np.sqrt(h2) / genetic.std()
    y = 20 + genetic + np.sqrt(1 - h2) * rng.normal(size=n)
    share = rows.mean(axis=0) / 2
    return rows, centred @ centred.T / (2 * np.sum(share * (1 - share))), y


# closed forms


def dense_log_likelihood(kernel, y, vu, ve):
    """The restricted likelihood as in the textbooks, with the projection matrix (Harville 1974)."""
    n, one = len(y), np.ones(len(y))
    covariance = vu * kernel + ve * np.eye(n)
    inverse = np.linalg.inv(covariance)
    information = one @ inverse @ one
    projection = inverse - np.outer(inverse @ one, one @ inverse) / information
    return -0.5 * (
        (n - 1) * np.log(2 * np.pi)
        + np.linalg.slogdet(covariance)[1]
        + np.log(information)
        - np.log(n)
        + y @ projection @ y
    )


def test_likelihood_equals_the_textbook_and_is_largest_there():
    _, kernel, y = simulated()
    found = fit_kernel(kernel, y).components
    best = dense_log_likelihood(kernel, y, found.vu, found.ve)
    assert found.log_likelihood == pytest.approx(best, abs=1e-8)
    for vu, ve in ((1.02, 1), (0.98, 1), (1, 1.02), (1, 0.98), (1.02, 0.98)):
        assert dense_log_likelihood(kernel, y, found.vu * vu, found.ve * ve) < best


def test_lambda_equals_a_general_optimiser_on_the_dense_likelihood():
    _, kernel, y = simulated(n=50)

    def profile(log_ratio):
        covariance = kernel + np.exp(log_ratio) * np.eye(50)
        inverse = np.linalg.inv(covariance)
        information = inverse.sum()
        residual = y - (inverse @ y).sum() / information
        vu = residual @ inverse @ residual / 49
        return -dense_log_likelihood(kernel, y, vu, np.exp(log_ratio) * vu)

    expected = minimize_scalar(profile, bounds=(-3, 4), method="bounded", options={"xatol": 1e-9})
    assert np.log(fit_kernel(kernel, y).components.ratio) == pytest.approx(expected.x, abs=1e-5)


def test_predictions_equal_the_mixed_model_equations():
    _, kernel, y = simulated()
    train, test = slice(0, 60), slice(60, 80)
    fit = fit_kernel(kernel[train, train], y[train])
    inverse = np.linalg.inv(kernel[train, train] + fit.components.ratio * np.eye(60))
    mean = (inverse @ y[train]).sum() / inverse.sum()  # generalised least squares
    genetic = kernel[test, train] @ inverse @ (y[train] - mean)
    assert fit.mean == pytest.approx(mean, abs=1e-9)
    np.testing.assert_allclose(fit.predict(kernel[test, train]), mean + genetic, atol=1e-9)
    assert fit.weights.sum() == pytest.approx(0, abs=1e-9)


def test_contrasts_are_independent_and_free_of_the_mean():
    _, kernel, y = simulated(n=30)
    contrasts = Contrasts(kernel)
    axes = np.stack([contrasts.back(axis) for axis in np.eye(29)], axis=1)
    np.testing.assert_allclose(axes.T @ axes, np.eye(29), atol=1e-12)
    np.testing.assert_allclose(axes.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(axes.T @ kernel @ axes, np.diag(contrasts.values), atol=1e-10)
    np.testing.assert_allclose(contrasts.of(y), axes.T @ y, atol=1e-10)
    assert contrasts.genetic_scale == pytest.approx(np.diag(kernel).mean() - kernel.mean())


@pytest.mark.parametrize("change", [lambda k: 7 * k, lambda k: k + 3, lambda k: k + np.add.outer(k[0], k[0])])
def test_scaling_and_centring_the_kernel_change_no_prediction(change):
    _, kernel, y = simulated()
    other = change(kernel)
    first = fit_kernel(kernel[:60, :60], y[:60])
    second = fit_kernel(other[:60, :60], y[:60])
    assert second.components.h2 == pytest.approx(first.components.h2, rel=1e-7)
    assert second.components.log_likelihood == pytest.approx(first.components.log_likelihood, abs=1e-8)
    np.testing.assert_allclose(second.predict(other[60:, :60]), first.predict(kernel[60:, :60]), atol=1e-8)


def test_gblup_is_ridge_regression_on_the_markers():
    rows, _, y = simulated()
    model = GBLUP().fit(rows[:60], y[:60])
    centred = rows[:60] - rows[:60].mean(axis=0)
    penalty = model.diagnostics_["lambda"] * (centred**2).sum() / 60
    ridge = Ridge(alpha=penalty, solver="svd").fit(rows[:60], y[:60])
    np.testing.assert_allclose(model.predict(rows[60:]), ridge.predict(rows[60:]), atol=1e-6)


def test_heritability_is_found_again():
    """Mean over simulations within three standard errors of the truth."""
    estimates = [heritability(*simulated(150, 300, 0.5, seed)[::2])["h2"] for seed in range(20)]
    assert abs(np.mean(estimates) - 0.5) < 3 * np.std(estimates) / np.sqrt(20)


def test_standard_error_equals_the_dense_average_information():
    _, kernel, y = simulated(n=120)
    found = kernel_heritability(kernel, y)
    n = len(y)
    projector = np.eye(n) - 1 / n
    scaled = projector @ kernel @ projector
    scaled /= np.trace(scaled) / n
    covariance = found["vu"] * scaled + found["ve"] * np.eye(n)
    inverse = np.linalg.inv(covariance)
    projection = inverse - np.outer(inverse.sum(0), inverse.sum(0)) / inverse.sum()
    parts = (scaled, np.eye(n))
    information = np.array(
        [[0.5 * y @ projection @ a @ projection @ b @ projection @ y for b in parts] for a in parts]
    )
    total = found["vu"] + found["ve"]
    slope = np.array([found["ve"], -found["vu"]]) / total**2
    assert found["h2_se"] == pytest.approx(np.sqrt(slope @ np.linalg.inv(information) @ slope), rel=1e-8)
    assert found["h2"] == pytest.approx(found["vu"] / total)
    assert found["lambda"] == pytest.approx(found["ve"] / found["vu"])
    assert found["n"] == 120


def test_standard_error_tells_the_spread_over_simulations():
    found = [heritability(*simulated(150, 300, 0.5, seed)[::2]) for seed in range(40)]
    spread = np.std([one["h2"] for one in found], ddof=1)
    assert np.mean([one["h2_se"] for one in found]) == pytest.approx(spread, rel=0.35)


def test_heritability_of_rows_with_missing_calls():
    rows, _, y = simulated(n=100, p=300)
    holes = rows.astype(np.int8)
    holes[np.random.default_rng(0).random(holes.shape) < 0.03] = -1
    whole = heritability(rows.astype(np.int8), y)
    assert heritability(holes, y)["h2"] == pytest.approx(whole["h2"], abs=0.1)
    scale = np.linspace(1, 1000, rows.shape[1])
    features = heritability(rows * scale, y, standardise=True)
    assert features["h2"] == pytest.approx(heritability(rows, y, standardise=True)["h2"], abs=1e-9)


def test_dosages_have_one_heritability_whatever_their_type():
    """Estimated dosages have the relationships of GBLUP, which does not standardise them."""
    rows, kernel, y = simulated(n=100, p=300)
    calls, estimates = (heritability(rows.astype(kind), y) for kind in (np.int8, np.float32))
    assert calls == pytest.approx(estimates, rel=1e-6)
    assert calls["h2"] == pytest.approx(kernel_heritability(kernel, y)["h2"], rel=1e-6)


# the edges


def test_heritability_stays_within_its_bounds():
    rows, kernel, _ = simulated(n=60)
    noise = np.random.default_rng(5).normal(size=60)
    alternating = noise - kernel @ np.linalg.solve(kernel + 0.1 * np.eye(60), noise)
    low = fit_kernel(kernel, alternating).components
    assert 0.9e-5 < low.h2 < 1.1e-5
    high = fit_kernel(kernel, rows @ np.linspace(-1, 1, rows.shape[1])).components
    assert high.h2 > 0.99
    assert np.isfinite([low.log_likelihood, high.log_likelihood]).all()


@pytest.mark.parametrize("model", [GBLUP(), RKHS(), RKHS(bandwidth="average")])
def test_constant_trait_and_constant_rows_give_the_mean(model):
    rows, _, y = simulated(n=40)
    assert np.array_equal(model.fit(rows, np.full(40, 7.1)).predict(rows), np.full(40, 7.1))
    assert np.isnan(model.diagnostics_["h2"])
    np.testing.assert_allclose(model.fit(np.ones((40, 5)), y).predict(np.ones((3, 5))), y.mean())
    assert np.isnan(heritability(rows, np.full(40, 7.1))["h2"])


def test_more_lines_than_markers_and_identical_lines():
    rows, _, y = simulated(n=80, p=10)
    rows[1] = rows[0]
    for model in (GBLUP(), RKHS()):
        predicted = model.fit(rows, y).predict(rows)
        assert np.isfinite(predicted).all()
        assert predicted[0] == pytest.approx(predicted[1])


@pytest.mark.parametrize("n", [2, 3, 4])
def test_few_lines(n):
    rows, _, y = simulated(n=10)
    assert np.isfinite(RKHS().fit(rows[:n], y[:n]).predict(rows)).all()


# the Gaussian kernel


def test_kernel_by_hand():
    """exp(-h D / mean D over pairs of training lines), for training and test lines alike."""
    rows, _, y = simulated(n=50)
    train, test = rows[:40], rows[40:]
    distance = ((rows[:, None] - train[None]) ** 2).sum(axis=-1)
    mean = distance[:40][np.triu_indices(40, 1)].mean()
    fit = fit_kernel(np.exp(-2 * distance[:40] / mean), y[:40])
    model = RKHS(bandwidth=2).fit(train, y[:40])
    assert model.diagnostics_["log_likelihood"] == pytest.approx(fit.components.log_likelihood, abs=1e-8)
    np.testing.assert_allclose(model.predict(test), fit.predict(np.exp(-2 * distance[40:] / mean)), atol=1e-8)


def test_bandwidth_has_the_largest_likelihood():
    rows, _, y = simulated(n=60)
    fits = {h: RKHS(bandwidth=h).fit(rows, y).diagnostics_["log_likelihood"] for h in Gaussian.BANDWIDTHS}
    chosen = RKHS().fit(rows, y).diagnostics_
    assert chosen["bandwidth"] == max(fits, key=fits.get)
    assert chosen["log_likelihood"] == max(fits.values())


def test_average_is_the_mean_of_three_kernels():
    rows, _, y = simulated(n=50)
    distance = ((rows[:, None] - rows[None]) ** 2).sum(axis=-1)
    mean = distance[np.triu_indices(50, 1)].mean()
    kernel = sum(np.exp(-h * distance / mean) for h in (0.2, 1, 5)) / 3
    found = RKHS(bandwidth="average").fit(rows, y).diagnostics_
    assert found["log_likelihood"] == pytest.approx(fit_kernel(kernel, y).components.log_likelihood, abs=1e-8)
    assert np.isnan(found["bandwidth"])


@pytest.mark.parametrize("bandwidth", ["median", 0, -1])
def test_bad_bandwidths_are_refused(bandwidth):
    rows, _, y = simulated(n=20)
    with pytest.raises(ValueError, match="one of reml, average or a number above 0"):
        RKHS(bandwidth=bandwidth).fit(rows, y)


# published figures


class Wheat:
    """The 599 lines of Crossa et al. (2010), their kernels and the reference figures."""

    def __init__(self, folder):
        self.reference = folder / "reference"
        data = folder / "data" / "wheat_cimmyt599"
        self.markers = pd.read_csv(data / "genotypes.csv.gz", index_col=0)
        self.lines = self.markers.index.astype(str)
        self.markers.index = self.lines
        phenotypes = pd.read_csv(data / "phenotypes.csv", index_col=0)
        phenotypes.index = phenotypes.index.astype(str)
        self.y = {
            name: phenotypes.loc[self.lines, column].to_numpy() for name, column in ENVIRONMENTS.items()
        }
        self.folds = self.table("wheat599_folds.csv")
        x = self.markers.to_numpy(float)
        share, n = x.mean(axis=0), len(x)
        centred = x - share
        scaled = centred / x.std(axis=0, ddof=1)
        squares = (centred**2).sum(axis=1)
        distance = squares[:, None] + squares - 2 * centred @ centred.T
        self.kernels = {
            "VR1": 2 * centred @ centred.T / np.sum(share * (1 - share)),
            "SCALED": scaled @ scaled.T / x.shape[1],
            "GAUSS1": np.exp(-distance / (distance.sum() / (n * (n - 1)))),
        }

    def table(self, name):
        table = pd.read_csv(self.reference / name, dtype={"line": str})
        return table.set_index("line").loc[self.lines] if "line" in table else table

    def genotypes(self):
        p = self.markers.shape[1]
        blank = [""] * p
        return Genotypes(
            samples=np.array(self.lines, dtype=str),
            variants=variant_table(blank, [0] * p, list(self.markers.columns), blank, blank),
            dosages=np.ascontiguousarray(self.markers.to_numpy(np.int8).T),
            ploidy=1,
            source={},
        )

    def splits(self, scheme):
        fold_of = self.folds[scheme].to_numpy()
        return [(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(1, 11)]

    def fold_means(self, model, scheme):
        """Mean over folds of r, per environment."""
        population, means = Population(self.genotypes()), []
        sets = [(train, test, TrainingSet(population, train)) for train, test in self.splits(scheme)]
        folds = [(train, test, training, training.records(test)) for train, test, training in sets]
        for y in self.y.values():
            scores = [
                np.corrcoef(model.fit(training, y[train]).predict(records).mean, y[test])[0, 1]
                for train, test, training, records in folds
            ]
            means.append(np.mean(scores))
        return np.array(means)


@pytest.fixture(scope="module")
def wheat(shared):
    return Wheat(shared)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_variances_equal_the_reference(wheat, kernel, environment):
    expected = wheat.table("wheat599_reml_exact.csv").set_index(["kernel", "env"]).loc[(kernel, environment)]
    fit = fit_kernel(wheat.kernels[kernel], wheat.y[environment])
    # Phenotypes have six digits in the file, hence not 1e-9.
    assert fit.components.ratio == pytest.approx(expected["lambda"], rel=2.5e-6)
    assert fit.components.vu == pytest.approx(expected["Vu"], rel=2e-6)
    assert fit.components.ve == pytest.approx(expected["Ve"], rel=2e-6)
    assert fit.components.log_likelihood == pytest.approx(expected["REML_logL"], abs=2e-4)
    # rrBLUP's optimiser stops at 6e-5 of lambda, and rounds pi in the likelihood.
    rrblup = wheat.table("wheat599_variance_components_rrblup.csv").query("method == 'REML'")
    rrblup = rrblup.set_index(["kernel", "env"]).loc[(kernel, environment)]
    assert fit.components.ratio == pytest.approx(rrblup["lambda"], rel=6e-5)
    assert fit.components.h2 == pytest.approx(rrblup["h2_scaled"], abs=2e-5)
    assert fit.components.log_likelihood == pytest.approx(rrblup["LL"], abs=1e-3)
    genetic = fit.predict(wheat.kernels[kernel]) - fit.mean
    expected = wheat.table("wheat599_gebv_all_lines_rrblup.csv")[f"{kernel}_{environment}"].to_numpy()
    np.testing.assert_allclose(genetic, expected, atol=4e-5)


@pytest.mark.parametrize(
    ("scheme", "name"),
    [("rep1", "wheat599_cv_exactreml_rep1.csv"), ("set_published", "wheat599_cv_rrblup_set_published.csv")],
)
def test_out_of_fold_predictions_equal_the_reference(wheat, scheme, name):
    expected = wheat.table(name)
    for kernel_name in KERNELS:
        kernel = wheat.kernels[kernel_name]
        for environment, y in wheat.y.items():
            predicted = np.empty(len(y))
            for train, test in wheat.splits(scheme):
                fit = fit_kernel(kernel[np.ix_(train, train)], y[train])
                predicted[test] = fit.predict(kernel[np.ix_(test, train)])
            limit = 3.5e-6 if scheme == "rep1" else {"GAUSS1": 3.5e-5}.get(kernel_name, 8e-6)
            np.testing.assert_allclose(predicted, expected[f"{kernel_name}_{environment}"], atol=limit)


def test_gblup_reaches_the_published_ability(wheat):
    found = wheat.fold_means(GBLUP(), "set_published")
    np.testing.assert_allclose(found, [0.512, 0.481, 0.385, 0.478], atol=0.002)


def test_rkhs_reaches_the_published_ability(wheat):
    found = wheat.fold_means(RKHS(), "set_published")
    assert (found >= [0.58, 0.48, 0.43, 0.53]).all(), found


def test_gaussian_kernel_of_one_bandwidth_on_the_published_sets(wheat):
    found = wheat.fold_means(RKHS(bandwidth=1.0), "set_published")
    np.testing.assert_allclose(found, [0.5825, 0.4864, 0.4404, 0.5354], atol=0.002)


@pytest.mark.slow
def test_rkhs_over_five_repeats(wheat):
    found = np.mean([wheat.fold_means(RKHS(), f"rep{repeat}") for repeat in range(1, 6)], axis=0)
    assert (found >= np.array([0.575, 0.500, 0.410, 0.518]) - 0.006).all(), found


def test_heritability_of_mouse_blood_cells_equals_gemma(shared):
    """CD8+ cells of 1,410 heterogeneous stock mice: GEMMA's demo reports 0.609 (standard error 0.033)."""
    from dnngp.genotypes.file_formats import read_genotypes

    folder = shared / "data" / "mouse_hs1940"
    genotypes = read_genotypes(folder / "genotypes.vcf.gz")
    trait = pd.read_csv(folder / "phenotypes.csv", index_col=0)["trait1"].dropna()
    trait.index = trait.index.astype(str)
    present = [row for row, sample in enumerate(genotypes.samples) if sample in trait.index]
    found = heritability(
        genotypes.rows(samples=np.array(present)), trait.loc[genotypes.samples[present]].to_numpy()
    )
    assert found["n"] == 1410
    # GEMMA used 10,768 of the 12,226 markers; 9,286 have alleles and positions here.
    assert found["h2"] == pytest.approx(0.609, abs=0.02)
    assert found["h2_se"] == pytest.approx(0.033, abs=0.005)


# fixed effects


def dense_solution(kernel, y, design, ratio, rows):
    """Fixed effects by generalised least squares, and BLUP of lines with kernel ``rows``."""
    inverse = np.linalg.inv(kernel + ratio * np.eye(len(y)))
    effects = np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ y)
    return effects, rows @ inverse @ (y - design @ effects)


def with_batch(n=80, seed=3):
    """:func:`simulated` with fixed effects (n, 3): a number, a batch, and a copy of the batch."""
    rows, kernel, y = simulated(n=n, seed=seed)
    rng = np.random.default_rng(seed)
    batch = rng.integers(0, 2, n).astype(float)
    fixed = np.column_stack([rng.normal(size=n), batch, 2 * batch - 1])
    return rows, kernel, y + fixed @ [1.0, 2.0, 0.5], fixed


def test_fixed_effects_equal_the_mixed_model_equations():
    _, kernel, y, fixed = with_batch()
    train, test = slice(0, 60), slice(60, 80)
    fit = fit_kernel(kernel[train, train], y[train], fixed[train])
    design = np.column_stack([np.ones(80), fixed[:, :2]])  # the third is collinear
    effects, genetic = dense_solution(
        kernel[train, train], y[train], design[train], fit.components.ratio, kernel[test, train]
    )
    expected = design[test] @ effects + genetic
    np.testing.assert_allclose(fit.predict(kernel[test, train], fixed[test]), expected, atol=1e-8)
    np.testing.assert_allclose(design[train].T @ fit.weights, 0, atol=1e-9)


def test_likelihood_with_fixed_effects_equals_the_textbook():
    _, kernel, y, fixed = with_batch()
    found = fit_kernel(kernel, y, fixed).components
    design = np.column_stack([np.ones(80), fixed[:, :2]])

    def restricted(vu, ve):
        covariance = vu * kernel + ve * np.eye(80)
        inverse = np.linalg.inv(covariance)
        information = design.T @ inverse @ design
        projection = inverse - inverse @ design @ np.linalg.solve(information, design.T @ inverse)
        log_determinants = (
            np.linalg.slogdet(covariance)[1]
            + np.linalg.slogdet(information)[1]
            - np.linalg.slogdet(design.T @ design)[1]
        )
        return -0.5 * (77 * np.log(2 * np.pi) + log_determinants + y @ projection @ y)

    assert found.log_likelihood == pytest.approx(restricted(found.vu, found.ve), abs=1e-8)
    for vu, ve in ((1.02, 1), (0.98, 1), (1, 1.02), (1, 0.98)):
        assert restricted(found.vu * vu, found.ve * ve) < found.log_likelihood


def test_fixed_effects_that_say_nothing_change_nothing():
    _, kernel, y, _ = with_batch()
    plain, with_constant = fit_kernel(kernel, y), fit_kernel(kernel, y, np.full((80, 1), 4.0))
    assert with_constant.components.ratio == pytest.approx(plain.components.ratio, rel=1e-9)
    np.testing.assert_allclose(
        with_constant.predict(kernel, np.full((80, 1), 4.0)), plain.predict(kernel), atol=1e-9
    )


def test_a_trait_that_fixed_effects_explain_is_predicted_by_them():
    _, kernel, _, fixed = with_batch()
    y = 3 + fixed @ [1.0, 2.0, 0.5]
    fit = fit_kernel(kernel, y, fixed)
    assert np.isnan(fit.components.h2)
    np.testing.assert_allclose(fit.predict(kernel, fixed), y, atol=1e-9)


def test_too_many_fixed_effects_are_refused():
    rows, _, y = simulated(n=10)
    with pytest.raises(UserError, match="fixed effects"):
        GBLUP().fit(Rows(rows, fixed=np.random.default_rng(0).normal(size=(10, 12))), y)


@pytest.mark.parametrize("model", [GBLUP(pcs=3), RKHS(bandwidth=1.0, pcs=3)])
def test_principal_components_as_fixed_effects(model):
    """Equal to handing over the scores of an independent decomposition."""
    rows, _, y = simulated(n=80)
    centre = rows[:60].mean(axis=0)
    _, _, axes = np.linalg.svd(rows[:60] - centre, full_matrices=False)
    scores = (rows - centre) @ axes[:3].T
    training = Rows(rows[:60], fixed=scores[:60])
    plain = clone(model).set_params(pcs=0).fit(training, y[:60])
    found = model.fit(rows[:60], y[:60])
    np.testing.assert_allclose(
        found.predict(rows[60:]),
        plain.predict(training.rows_to_predict(rows[60:], scores[60:])).mean,
        atol=1e-7,
    )


# weights


@pytest.mark.parametrize("with_fixed", [False, True])
def test_weighted_records_equal_the_dense_model(with_fixed):
    """Errors of variance ve / weight: likelihood, predictions, reliability, and predictions left out."""
    _, kernel, y, fixed = with_batch()
    weight = np.random.default_rng(1).uniform(0.1, 4, 60)
    fixed = fixed if with_fixed else None
    fit = fit_kernel(kernel[:60, :60], y[:60], None if fixed is None else fixed[:60], RecordWeights(weight))
    design = np.ones((80, 1)) if fixed is None else np.column_stack([np.ones(80), fixed[:, :2]])
    x = design[:60]

    def restricted(vu, ve):
        covariance = vu * kernel[:60, :60] + ve * np.diag(1 / weight)
        inverse = np.linalg.inv(covariance)
        information = x.T @ inverse @ x
        p = inverse - inverse @ x @ np.linalg.solve(information, x.T @ inverse)
        logs = [np.linalg.slogdet(matrix)[1] for matrix in (covariance, information, x.T @ x)]
        total = logs[0] + logs[1] - logs[2] + y[:60] @ p @ y[:60]
        return -0.5 * ((60 - x.shape[1]) * np.log(2 * np.pi) + total), p

    vu, ve = fit.components.vu, fit.components.ve
    best, p = restricted(vu, ve)
    assert fit.components.log_likelihood == pytest.approx(best, abs=1e-8)
    for factors in ((1.02, 1), (0.98, 1), (1, 1.02), (1, 0.98)):
        assert restricted(vu * factors[0], ve * factors[1])[0] < best
    fitted = y[:60] - (vu * kernel[:60, :60] + ve * np.diag(1 / weight)) @ p @ y[:60]
    effects = np.linalg.lstsq(x, fitted)[0]
    expected = design[60:] @ effects + vu * kernel[60:, :60] @ p @ y[:60]
    found = fit.predict(kernel[60:, :60], None if fixed is None else fixed[60:])
    np.testing.assert_allclose(found, expected, atol=1e-8)
    np.testing.assert_allclose(fit.left_out_errors(), p @ y[:60] / np.diag(p), atol=1e-8)
    centred = kernel[60:, :60] - kernel[:60, :60].mean(axis=0)
    total = np.diag(kernel)[60:] - 2 * kernel[60:, :60].mean(axis=1) + kernel[:60, :60].mean()
    expected = vu * np.einsum("mi,ij,mj->m", centred, p, centred) / total
    np.testing.assert_allclose(fit.reliability(kernel[60:, :60], np.diag(kernel)[60:]), expected, atol=1e-8)


def test_equal_weights_of_any_size_are_none():
    _, kernel, y = simulated()
    plain, weighted = fit_kernel(kernel, y), fit_kernel(kernel, y, weight=RecordWeights(np.full(80, 1e-6)))
    np.testing.assert_allclose(weighted.predict(kernel), plain.predict(kernel), atol=1e-9)
    assert weighted.components.h2 == pytest.approx(plain.components.h2)
    assert weighted.components.log_likelihood == pytest.approx(plain.components.log_likelihood)


def test_shares_of_weighted_records_have_the_largest_likelihood():
    rows, codes, y = dominant(n=120)
    weight = RecordWeights(np.random.default_rng(1).uniform(0.1, 4, 120))
    kernels = [part @ part.T for part in (rows - rows.mean(axis=0), codes - codes.mean(axis=0))]
    scaled = [kernel / spread_of(kernel) for kernel in kernels]

    def best(share):
        mixed = (1 - share) * scaled[0] + share * scaled[1]
        return fit_kernel(mixed, y, weight=weight).components.log_likelihood

    share = variance_shares(kernels, y, weight=weight)[1]
    assert best(share) >= max(best(other) for other in np.linspace(0, 1, 21)) - 1e-8


def test_known_errors_equal_the_dense_model():
    """Errors of known variance beside an estimated one: the largest likelihood, predictions, reliability."""
    _, kernel, y, fixed = with_batch()
    rng = np.random.default_rng(2)
    errors = rng.uniform(0.02, 0.4, 60) * y.var()
    y = y + rng.normal(size=len(y)) * y.std()
    train, fixed = kernel[:60, :60], fixed[:, :2]
    weight = RecordWeights(1 / errors, known=True)
    fit = fit_kernel(train, y[:60], fixed[:60], weight)
    x = np.column_stack([np.ones(60), fixed[:60]])
    relative, ratio, vu = beside_known_errors(train, y[:60], fixed[:60], weight)
    rest = (ratio * vu / relative.values - errors).mean()

    def restricted(vu, rest):
        inverse = np.linalg.inv(vu * train + np.diag(rest + errors))
        information = x.T @ inverse @ x
        p = inverse - inverse @ x @ np.linalg.solve(information, x.T @ inverse)
        total = np.linalg.slogdet(information)[1] - np.linalg.slogdet(inverse)[1] + y[:60] @ p @ y[:60]
        return -0.5 * (total - np.linalg.slogdet(x.T @ x)[1] + 57 * np.log(2 * np.pi)), p

    best, p = restricted(vu, rest)
    assert fit.components.log_likelihood == pytest.approx(best, abs=1e-8)
    for factors in ((1.02, 1), (0.98, 1), (1, 1.02), (1, 0.98)):
        assert restricted(vu * factors[0], rest * factors[1])[0] < best
    effects = np.linalg.lstsq(x, y[:60] - (vu * train + np.diag(rest + errors)) @ p @ y[:60])[0]
    expected = effects[0] + fixed[60:] @ effects[1:] + vu * kernel[60:, :60] @ p @ y[:60]
    np.testing.assert_allclose(fit.predict(kernel[60:, :60], fixed[60:]), expected, atol=1e-8)
    centred = kernel[60:, :60] - train.mean(axis=0)
    total = np.diag(kernel)[60:] - 2 * kernel[60:, :60].mean(axis=1) + train.mean()
    expected = vu * np.einsum("mi,ij,mj->m", centred, p, centred) / total
    np.testing.assert_allclose(fit.reliability(kernel[60:, :60], np.diag(kernel)[60:]), expected, atol=1e-8)
    doubled = fit_kernel(train, 3 * y[:60], fixed[:60], RecordWeights(1 / errors / 9, known=True))
    np.testing.assert_allclose(
        doubled.weights * doubled.components.ratio, 3 * fit.weights * fit.components.ratio
    )


def test_heritability_is_that_of_means_of_so_many_replicates():
    """h2 of a record of mean error variance, with the standard error that the dense information gives."""
    _, kernel, y = simulated()
    kernel = kernel / spread_of(kernel)
    rng = np.random.default_rng(3)
    replicates = rng.integers(1, 6, len(y)).astype(float)
    y = y + rng.normal(size=len(y)) * y.std() / np.sqrt(replicates)
    errors = rng.uniform(0.05, 0.3, len(y)) * y.var()
    for weight, of_error in (
        (RecordWeights(replicates), np.diag(1 / replicates)),
        (RecordWeights(1 / errors, known=True), np.eye(len(y))),
    ):
        found = kernel_heritability(kernel, y, weight)
        known = np.diag(errors) if weight.known else 0 * of_error
        unit = (found["ve"] - np.mean(np.diag(known))) / np.mean(np.diag(of_error))
        inverse = np.linalg.inv(found["vu"] * kernel + unit * of_error + known)
        p = inverse - np.outer(inverse.sum(0), inverse.sum(0)) / inverse.sum()
        pulls = np.stack([part @ p @ y for part in (kernel, of_error)])
        slope = np.array([found["ve"], -found["vu"] * np.mean(np.diag(of_error))])
        slope = slope / (found["vu"] + found["ve"]) ** 2
        variance = slope @ np.linalg.inv(pulls @ p @ pulls.T / 2) @ slope
        assert found["h2"] == pytest.approx(found["vu"] / (found["vu"] + found["ve"]))
        assert found["h2_se"] == pytest.approx(variance**0.5, rel=1e-4)
    assert "replicates" not in found
    assert kernel_heritability(kernel, y, RecordWeights(replicates))["replicates"] == pytest.approx(
        len(y) / (1 / replicates).sum()
    )


# reliability


def test_reliability_equals_the_inverse_of_the_mixed_model_equations():
    """PEV is the lower right block of the inverted equations of Henderson, with new lines in them."""
    _, kernel, y, fixed = with_batch(n=50)
    fixed = fixed[:, :2]
    kernel = kernel + 1e-3 * np.eye(50)  # the equations need its inverse
    train = np.arange(40)
    centred = kernel - kernel[train].mean(axis=0) - kernel[:, train].mean(axis=1)[:, None]
    centred += kernel[np.ix_(train, train)].mean()
    fit = fit_kernel(kernel[:40, :40], y[:40], fixed[:40])
    design, seen = np.column_stack([np.ones(40), fixed[:40]]), np.eye(50)[:40]
    # A proper covariance of all 50 lines, of which the centred one is a transformation.
    equations = np.block(
        [
            [design.T @ design, design.T @ seen],
            [seen.T @ design, seen.T @ seen + fit.components.ratio * np.linalg.inv(kernel)],
        ]
    )
    block = np.linalg.inv(equations)[3:, 3:] * fit.components.ve
    contrast = np.eye(50)[40:] - np.r_[np.full(40, 1 / 40), np.zeros(10)]
    error = np.diag(contrast @ block @ contrast.T)
    variance = fit.components.vu * np.diag(centred)[40:]
    found = fit.reliability(kernel[40:, :40], np.diag(kernel)[40:])
    np.testing.assert_allclose(found, 1 - error / variance, atol=1e-6)


def test_reliability_is_the_squared_correlation_in_simulations():
    """Mean over simulated traits of known variances, for the same lines."""
    rows, kernel, _ = simulated(n=160, p=120)
    rng = np.random.default_rng(2)
    root = np.linalg.cholesky(kernel + 1e-9 * np.eye(160))
    truth, predicted, expected = [], [], []
    for _ in range(60):
        genetic = root @ rng.normal(size=160)
        y = genetic + rng.normal(size=160)
        model = GBLUP().fit(rows[:100], y[:100])
        truth.append(genetic[100:] - genetic[:100].mean())
        predicted.append(model.predict(rows[100:]) - model.fit_.mean)
        expected.append(model.predict(Rows(rows[:100]).rows_to_predict(rows[100:])).reliability)
    truth, predicted = np.array(truth), np.array(predicted)
    squared = (truth * predicted).sum() ** 2 / (truth**2).sum() / (predicted**2).sum()
    assert squared == pytest.approx(np.mean(expected), abs=0.04)


def test_reliability_does_not_change_with_centring_and_grows_with_relatives():
    _, kernel, y = simulated()
    other = kernel + 5 + np.add.outer(kernel[0], kernel[0])
    first = fit_kernel(kernel[:60, :60], y[:60]).reliability(kernel[60:, :60], np.diag(kernel)[60:])
    second = fit_kernel(other[:60, :60], y[:60]).reliability(other[60:, :60], np.diag(other)[60:])
    np.testing.assert_allclose(first, second, atol=1e-7)
    own = fit_kernel(kernel[:60, :60], y[:60]).reliability(kernel[:60, :60], np.diag(kernel)[:60])
    assert own.mean() > first.mean()


# markers, dominance, arc-cosine


def test_rrblup_is_gblup_told_in_effects():
    rows, _, y = simulated()
    model = RRBLUP().fit(rows[:60], y[:60])
    expected = GBLUP().fit(rows[:60], y[:60]).predict(rows[60:])
    np.testing.assert_allclose(model.predict(rows[60:]), expected, atol=1e-6)
    told = model.fit_.mean + (rows[60:] - rows[:60].mean(axis=0)) @ model.effects_
    np.testing.assert_allclose(told, expected, atol=1e-6)


def dominant(n=300, p=200, additive=0.3, dominance=0.3, seed=0):
    """Dosages in Hardy-Weinberg proportions, a trait with additive and dominance variance."""
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.2, 0.8, p)
    rows = rng.binomial(2, frequency, (n, p)).astype(float)

    def scaled(values, variance):
        values = values - values.mean()
        return values * np.sqrt(variance) / values.std()

    # One and a half for a heterozygote's deviation from the midpoint, in random directions.
    y = scaled((rows - 2 * frequency) @ rng.normal(size=p), additive)
    q = 1 - frequency
    codes = np.where(rows == 0, -2 * frequency**2, np.where(rows == 1, 2 * frequency * q, -2 * q**2))
    if dominance:
        y = y + scaled(codes @ rng.normal(size=p), dominance)
    return rows, codes, y + scaled(rng.normal(size=n), 1 - additive - dominance)


def test_dominance_codes_are_those_of_vitezica_and_uncorrelated_with_dosages():
    rows, _, _ = dominant(n=4000, p=30)
    found = Dominance().fit(rows.astype(np.int8)).transform(rows.astype(np.int8))
    share = rows.mean(axis=0) / 2
    codes = np.choose(rows.astype(int), [-2 * share**2, 2 * share * (1 - share), -2 * (1 - share) ** 2])
    np.testing.assert_allclose(found, codes - codes.mean(axis=0), atol=1e-12)
    correlations = [np.corrcoef(rows[:, j], found[:, j])[0, 1] for j in range(30)]
    assert np.abs(correlations).max() < 5 / np.sqrt(4000)


def test_variance_shares_have_the_largest_likelihood():
    """No other pair of shares of a fine grid, each with its best lambda, is likelier."""
    rows, codes, y = dominant(n=150)
    kernels = [part @ part.T for part in (rows - rows.mean(axis=0), codes - codes.mean(axis=0))]
    scaled = [kernel / spread_of(kernel) for kernel in kernels]

    def best(share):
        return fit_kernel((1 - share) * scaled[0] + share * scaled[1], y).components.log_likelihood

    shares = variance_shares(kernels, y)
    assert shares.sum() == pytest.approx(1)
    likelihoods = [best(share) for share in np.linspace(0, 1, 51)]
    assert best(shares[1]) >= max(likelihoods) - 1e-6
    for change in (-1e-3, 1e-3):
        if 0 <= shares[1] + change <= 1:
            assert best(shares[1]) >= best(shares[1] + change)


def test_dominance_variance_is_found_again_and_absent_when_absent():
    found, absent = [], []
    for seed in range(12):
        rows, _, y = dominant(seed=seed)
        found.append(DominanceBLUP().fit(rows, y).diagnostics_)
        rows, _, y = dominant(dominance=0, additive=0.5, seed=seed)
        absent.append(DominanceBLUP().fit(rows, y).diagnostics_["d2"])
    for name, truth in (("h2", 0.3), ("d2", 0.3)):
        values = [one[name] for one in found]
        assert abs(np.mean(values) - truth) < 3 * np.std(values) / np.sqrt(12) + 0.02
    assert np.median(absent) < 0.12
    assert min(absent) >= 0


def test_without_dominance_variance_it_is_gblup():
    found = 0
    for seed in range(6):
        rows, _, y = dominant(n=120, additive=0.6, dominance=0, seed=seed)
        model = DominanceBLUP().fit(rows[:90], y[:90])
        if model.diagnostics_["d2"] == 0:
            expected = GBLUP().fit(rows[:90], y[:90])
            np.testing.assert_allclose(model.predict(rows[90:]), expected.predict(rows[90:]), atol=1e-6)
            own, other = (one._rows.rows_to_predict(rows[90:]) for one in (model, expected))
            np.testing.assert_allclose(
                model.predict(own).reliability, expected.predict(other).reliability, atol=1e-6
            )
            found += 1
    assert found


def test_dominance_helps_where_there_is_some():
    gains = []
    for seed in range(4):
        rows, _, y = dominant(n=500, p=80, additive=0.2, dominance=0.6, seed=seed)
        abilities = [
            np.corrcoef(model.fit(rows[:400], y[:400]).predict(rows[400:]), y[400:])[0, 1]
            for model in (DominanceBLUP(), GBLUP())
        ]
        gains.append(abilities[0] - abilities[1])
    assert np.mean(gains) > 0.1


def test_arccosine_kernel_is_the_mean_over_random_rectified_units():
    """Cho & Saul (2009): 2 E[max(w x, 0) max(w z, 0)] over standard normal w."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(6, 4))
    units = np.maximum(rows @ rng.normal(size=(4, 400_000)), 0)
    expected = 2 * units @ units.T / units.shape[1]
    squares = (rows**2).sum(axis=1)
    found, _ = arccosine(rows @ rows.T, squares, squares, 1)
    np.testing.assert_allclose(found, expected, rtol=0.03, atol=0.03)
    # A second layer rectifies what the first gives.
    deep, slope = arccosine(rows @ rows.T, squares, squares, 2)
    np.testing.assert_allclose(deep, arccosine(found, squares, squares, 1)[0], atol=1e-12)
    nudged, _ = arccosine(rows @ rows.T + 1e-6, squares, squares, 2)
    apart = ~np.eye(6, dtype=bool)  # a line cannot come nearer to itself
    np.testing.assert_allclose(((nudged - deep) / 1e-6)[apart], slope[apart], atol=1e-4)


def test_depth_has_the_largest_likelihood():
    rows, _, y = simulated(n=60)
    fits = {
        depth: RKHS("arccosine", depth=depth).fit(rows, y).diagnostics_["log_likelihood"]
        for depth in ArcCosine.DEPTHS
    }
    assert RKHS("arccosine").fit(rows, y).diagnostics_["depth"] == max(fits, key=fits.get)


@pytest.mark.parametrize("params", [{"kernel": "linear"}, {"kernel": "arccosine", "depth": 0}])
def test_bad_kernels_are_refused(params):
    rows, _, y = simulated(n=20)
    with pytest.raises(ValueError, match="must be"):
        RKHS(**params).fit(rows, y)


def test_second_relationship_of_vanraden(wheat):
    """G = (1/m) sum of (x - 2p)(x - 2p)' / 2pq, with one chromosome set in the place of two."""
    genotypes = wheat.genotypes()
    train, test = wheat.splits("rep1")[0]
    fold = encoded_fold(genotypes, {"name": "additive", "standardise": True}, "kernel", train, test)
    x = wheat.markers.to_numpy(float)
    share = x[train].mean(axis=0)
    kept = (share > 0) & (share < 1)
    z = ((x - share) / np.sqrt(share * (1 - share) + ~kept))[:, kept]
    np.testing.assert_allclose(fold.kernel / fold.scale, z[train] @ z[train].T / kept.sum(), atol=1e-9)
    np.testing.assert_allclose(fold.cross / fold.scale, z[test] @ z[train].T / kept.sum(), atol=1e-9)
    np.testing.assert_allclose(fold.diagonal / fold.scale, (z[test] ** 2).sum(axis=1) / kept.sum(), atol=1e-9)
