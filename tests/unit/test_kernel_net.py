"""Networks over a kernel, alone and beside BLUP."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.encodings.samples.rows import Rows
from dnngp.methods.gblup import GBLUP
from dnngp.methods.kernel_net import STEP, KernelComponents, KernelNet, kernel_net
from dnngp.methods.mixed.kernel_fit import fit_kernel
from dnngp.methods.networks.layers import layer_set
from dnngp.methods.networks.network_regressor import NetworkRegressor
from dnngp.methods.residual_net import ResidualNet
from dnngp.methods.rkhs import RKHS


@pytest.fixture(scope="module")
def lines():
    """Rows (90, 60), phenotypes (90,) with interactions, and rows of 30 others."""
    rng = np.random.default_rng(3)
    rows = rng.binomial(2, rng.uniform(0.2, 0.8, 60), (120, 60)).astype(float)
    z = (rows - rows.mean(0)) / rows.std(0)
    y = z[:, :5].sum(1) + z[:, 5] * z[:, 6] + rng.normal(size=120)
    return rows[:90], 10 + y[:90], rows[90:]


def kernel_with(model, rows, others):
    """Kernel between other rows and those that the model was fitted on."""
    return model.kernel_of([Rows(rows).rows_to_predict(others).kernel("additive")])


@pytest.mark.parametrize(("p", "hidden"), [(48, (128,)), (16, (8, 4))])
def test_parameters(p, hidden):
    network = kernel_net((p, 1), layer_set("fused"), hidden, 0.3, 1e-4)
    units = [p, *hidden, 1]
    expected = sum((a + 1) * b for a, b in pairwise(units))
    assert network.count_params() == expected


@pytest.mark.parametrize("regressor", [GBLUP, RKHS])
def test_ridge_on_all_components_is_blup_with_the_kernel(lines, regressor):
    rows, y, others = lines
    model = regressor().fit(rows, y)
    kernel = kernel_with(model, rows, rows)
    components = KernelComponents(1.0).fit(kernel)
    scores = components.transform(kernel)
    unit = np.sum(scores**2) / len(rows)
    assert unit == pytest.approx(1)
    spread = np.trace(kernel) / len(rows) - kernel.mean()
    ridge = Ridge(model.fit_.components.ratio / spread).fit(scores, y)
    predicted = ridge.predict(components.transform(kernel_with(model, rows, others)))
    np.testing.assert_allclose(predicted, model.predict(others), atol=1e-6)


def test_components_explain_the_share_that_is_asked_for(lines):
    rows, y, _ = lines
    kernel = kernel_with(RKHS().fit(rows, y), rows, rows)
    scores = KernelComponents(0.5).fit(kernel).transform(kernel)
    variances = scores.var(axis=0)
    assert (np.diff(variances) <= 1e-12).all()
    assert variances.sum() >= 0.5
    assert scores.shape[1] % STEP == 0
    assert variances[: scores.shape[1] - STEP].sum() < 0.5


def test_a_kernel_that_does_not_vary_has_one_component_of_nothing():
    scores = KernelComponents(0.95).fit(np.ones((20, 20))).transform(np.ones((5, 20)))
    np.testing.assert_array_equal(scores, np.zeros((5, 1)))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("columns", [None, 2])
def test_left_out_errors_are_those_of_leaving_each_line_out(lines, columns, weighted):
    rows, y, _ = lines
    n = len(y)
    fixed = None if columns is None else np.random.default_rng(1).normal(size=(n, columns))
    centred = rows - rows.mean(axis=0)
    kernel = centred @ centred.T / rows.shape[1]
    precision = np.random.default_rng(2).uniform(0.3, 3, n) if weighted else np.ones(n)
    fit = fit_kernel(kernel, y, fixed, RecordWeights(precision) if weighted else None)
    design = np.column_stack([np.ones(n), *([] if fixed is None else [fixed])])
    expected = np.empty(n)
    for i in range(n):
        rest = np.delete(np.arange(n), i)
        v = np.linalg.inv(kernel[np.ix_(rest, rest)] + fit.components.ratio * np.diag(1 / precision[rest]))
        x = design[rest]
        b = np.linalg.solve(x.T @ v @ x, x.T @ v @ y[rest])
        expected[i] = y[i] - design[i] @ b - kernel[i, rest] @ v @ (y[rest] - x @ b)
    np.testing.assert_allclose(fit.left_out_errors(), expected, atol=1e-8)


def spread(model, rows):
    """Standard deviation over members of the predictions of rows."""
    return model.predict(model._rows.rows_to_predict(rows)).spread


class Beside(NetworkRegressor):
    """The network alone, over scores."""

    WEIGHTS = True

    def _network(self):
        return kernel_net, {"hidden": (128,), "dropout": 0.3, "penalty": 1e-4}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kernel", ["gaussian", "linear"])
def test_a_residual_network_is_blup_plus_a_network_of_the_errors(lines, kernel, weighted):
    rows, y, others = lines
    weight = np.random.default_rng(2).uniform(0.3, 3, len(y)) if weighted else None
    blup = (RKHS if kernel == "gaussian" else GBLUP)().fit(rows, y, weight)
    model = ResidualNet(kernel=kernel, epochs=2, members=2, random_state=4).fit(rows, y, weight)
    components = KernelComponents(0.95).fit(kernel_with(blup, rows, rows))
    network = Beside(epochs=2, members=2, batch_size=32, random_state=4)
    network.fit(components.transform(kernel_with(blup, rows, rows)), blup.fit_.left_out_errors(), weight)
    scores = components.transform(kernel_with(blup, rows, others))
    beside = network.predict(scores)
    assert np.ptp(beside) > 0
    np.testing.assert_allclose(model.predict(others), blup.predict(others) + beside, atol=1e-6)
    np.testing.assert_allclose(spread(model, others), spread(network, scores), atol=1e-6)


def test_an_unknown_kernel_is_refused(lines):
    rows, y, _ = lines
    with pytest.raises(ValueError, match="kernel must be one of gaussian, linear, not 'arc'"):
        KernelNet(kernel="arc").fit(rows, y)
