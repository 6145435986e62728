"""Several layers of data: joined by id, fitted on training lines, side by side, as kernels, as branches."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize, root
from tests.unit.encoded_fold import encoded

from dnngp.base.errors import UserError
from dnngp.encodings.samples.arrays_and_kernels import Kernel
from dnngp.encodings.samples.fitting import FittedEncoding
from dnngp.encodings.samples.population import Population, Source, load_omics
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.evaluation.contrasts import encoding_text
from dnngp.evaluation.evaluate import evaluate
from dnngp.genotypes.phenotypes import join_layers
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.methods.dnngp import DNNGP, released, schematic
from dnngp.methods.gblup import GBLUP
from dnngp.methods.kernel_sum import KernelSum
from dnngp.methods.mixed.error_contrasts import spread_of
from dnngp.methods.mixed.kernels import ArcCosine
from dnngp.methods.networks.layers import layer_set
from dnngp.methods.registry import chosen_encoding, create, omics_layers_read
from dnngp.methods.stack import Stack
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

MARKERS = {"name": "additive"}
BANDS = {"name": "additive", "omics": "bands"}
N, TRAIN = 120, np.arange(90)
TEST = np.arange(90, N)


def table(values, ploidy=None):
    """Genotypes or features with given values (p, n)."""
    p, n = values.shape
    names = [f"f{i}" for i in range(p)]
    samples = np.array([f"line{i:03}" for i in range(n)])
    return Genotypes(samples, variant_table("", 0, names, "", ""), values, ploidy, {})


class Measured:
    """Lines with markers and bands, and a trait that both carry, in known shares of its variance."""

    def __init__(self, n=N, markers=150, bands=40, shares=(0.3, 0.4, 0.3), seed=0):
        rng = np.random.default_rng(seed)
        dosages = rng.binomial(2, rng.uniform(0.2, 0.8, (markers, 1)), (markers, n)).astype(np.int8)
        values = (50 + 20 * rng.normal(size=(bands, n))).astype(np.float32)
        parts = [
            dosages.T.astype(float) @ rng.normal(size=markers),
            values.T.astype(float) @ rng.normal(size=bands),
            rng.normal(size=n),
        ]
        self.markers, self.bands = table(dosages, 2), table(values)
        self.y = 10 + sum(
            s**0.5 * (part - part.mean()) / part.std() for s, part in zip(shares, parts, strict=True)
        )
        self.layers = {"bands": Source(self.bands, name="bands")}
        self.population = Population(self.markers, 0.0, 0, self.layers)

    def seen(self, train=TRAIN, test=TEST):
        """Training set and records of samples, by row number."""
        training = TrainingSet(self.population, train)
        return training, training.records(test)

    def encode(self, encoding, form):
        """Training and test samples in an encoding."""
        return encoded(*self.seen(), encoding, form)


@pytest.fixture(scope="module")
def data():
    return Measured()


def fit_predict(data, name, encoding, params=None, **lines):
    """The fitted method and its predictions of the test lines."""
    training, records = data.seen(**lines)
    model = create(name, params or {}, 1, encoding).fit(training, data.y[training.rows])
    return model, model.predict(records).mean


# what a choice reads


def test_a_choice_names_its_layers():
    assert chosen_encoding({"method": "gblup"}) == {"name": "additive"}
    assert chosen_encoding({"method": "gblup", "omics": ["markers"]}) == {"name": "additive"}
    assert chosen_encoding({"method": "gblup", "omics": ["bands"]}) == BANDS
    pca = {"name": "pca", "variance": 0.95}
    assert chosen_encoding({"method": "dnngp", "omics": ["markers", "bands"]}) == [
        pca,
        pca | {"omics": "bands"},
    ]
    own = ["markers", {"layer": "bands", "encoding": {"name": "pca", "components": 5}}]
    assert chosen_encoding({"method": "ridge", "encoding": "pca", "omics": own}) == [
        {"name": "pca"},
        {"name": "pca", "components": 5, "omics": "bands"},
    ]


def test_layers_read_are_those_of_the_members_of_a_stack():
    members = ["gblup", {"method": "rkhs", "omics": ["bands"]}, {"method": "stack", "params": {"members": [
        {"method": "svr", "omics": ["markers", "ions"]}]}}]  # fmt: skip
    assert omics_layers_read("stack", {"name": "own"}, {"members": members}) == ["markers", "bands", "ions"]
    assert omics_layers_read("gblup", BANDS, {}) == ["bands"]


def test_layers_are_told_in_one_line():
    assert encoding_text({"name": "pca", "variance": 0.95}) == "pca (variance=0.95)"
    assert encoding_text(BANDS) == "bands: additive"
    assert encoding_text([{"name": "pca", "components": 9}, BANDS]) == (
        "markers: pca (components=9) + bands: additive"
    )


# joined by id


def test_a_layer_is_joined_by_id(data, tmp_path):
    order = np.random.default_rng(1).permutation(N)
    data.bands.select(order[:100]).save(tmp_path / "bands")
    joined = load_omics([tmp_path / "bands"], {"bands": {"maf": 0.0, "mac": 0}}, data.markers.samples)
    found = joined["bands"].genotypes
    assert found.samples.tolist() == data.markers.samples.tolist()
    np.testing.assert_array_equal(found.dosages[:, order[:100]], data.bands.dosages[:, order[:100]])
    assert np.isnan(found.dosages[:, order[100:]]).all()


def test_dosages_of_lines_that_a_layer_lacks_are_missing_calls(data):
    found = data.markers.select(np.arange(5)).at_lines(data.markers.samples[[7, 2]])
    assert found.dosages.dtype == np.int8
    assert (found.dosages[:, 0] == -1).all()
    np.testing.assert_array_equal(found.dosages[:, 1], data.markers.dosages[:, 2])


def test_the_order_of_lines_in_a_layer_does_not_matter(data):
    """Predictions are the same to the bit."""
    order = np.random.default_rng(2).permutation(N)
    other = Measured()
    other.population.sources["bands"] = Source(
        data.bands.select(order).at_lines(data.markers.samples), name="bands"
    )
    for name in ("kernel_sum", "svr"):
        first, second = (fit_predict(one, name, [MARKERS, BANDS])[1] for one in (data, other))
        assert first.tobytes() == second.tobytes()


def test_lines_missing_from_a_layer_are_dropped_or_filled_and_counted():
    phenotype = pd.DataFrame({"sample": list("abcde"), "value": [1.0, 2.0, 3.0, 4.0, np.nan]})
    ids = {"matched": 5, "with_value": 4, "examples": ""}
    layers = {"bands": (set("bcd"), "drop"), "ions": (set("ac"), "impute"), "all": (set("abcde"), "drop")}
    joined, told = join_layers(phenotype, ids, layers, "yield")
    assert joined["value"].isna().tolist() == [True, False, False, False, True]
    # a lacks bands, b and d lack ions; e had no value before
    assert (told["with_value"], told["layers_dropped"], told["layers_filled"]) == (3, 1, 2)
    assert told["examples"] == "not in the layer bands, dropped: a; not in the layer ions, filled: b, d"
    with pytest.raises(UserError, match="none of 4 lines with a value of yield"):
        join_layers(phenotype, ids, {"bands": (set("xy"), "drop")}, "yield")


def test_a_filled_line_stands_at_the_mean_of_the_training_lines(data):
    """Its bands say nothing: linear BLUP on bands alone predicts the mean."""
    gaps = Measured()
    bands = gaps.bands.select(np.arange(N - 1)).at_lines(gaps.markers.samples)
    gaps.population.sources["bands"] = Source(bands, name="bands")
    model, predicted = fit_predict(gaps, "gblup", BANDS)
    assert predicted[-1] == pytest.approx(model.fit_.mean)
    _, expected = fit_predict(data, "gblup", BANDS)
    np.testing.assert_allclose(predicted[:-1], expected[:-1])
    assert fit_predict(gaps, "kernel_sum", [MARKERS, BANDS])[1].shape == (30,)


# side by side


def test_one_layer_is_the_same_as_a_dataset_made_of_it(data):
    alone = Measured()
    alone.population = Population(data.bands)
    for name in ("rkhs", "svr"):
        assert np.array_equal(fit_predict(data, name, BANDS)[1], fit_predict(alone, name, MARKERS)[1])


def test_columns_stand_side_by_side_with_equal_weight(data):
    """Ridge on rows and BLUP on cross products see the same table: each layer of the same total variance."""
    joined = data.encode([MARKERS, BANDS], "array")
    assert joined.widths == (150, 40)
    first, second = joined.train[:, :150], joined.train[:, 150:]
    np.testing.assert_allclose(first, data.encode(MARKERS, "array").train)
    assert second.var(axis=0).sum() == pytest.approx(first.var(axis=0).sum(), rel=1e-5)
    assert np.ptp(second.std(axis=0)) < 1e-4
    gram = data.encode([MARKERS, BANDS], "kernel")
    rows = joined.train.astype(float)
    np.testing.assert_allclose(gram.kernel, rows @ rows.T, atol=1e-2)
    np.testing.assert_allclose(gram.cross, joined.test.astype(float) @ rows.T, atol=1e-2)
    on_rows = GBLUP().fit(rows, data.y[TRAIN]).predict(joined.test)
    np.testing.assert_allclose(fit_predict(data, "gblup", [MARKERS, BANDS])[1], on_rows, atol=1e-4)


def test_the_first_layer_alone_decides_the_scale_of_all(data):
    swapped = data.encode([BANDS, MARKERS], "array")
    np.testing.assert_allclose(swapped.train[:, :40], data.encode(BANDS, "array").train)


def test_channels_cannot_stand_beside_columns(data):
    with pytest.raises(UserError, match="channel"):
        data.encode([{"name": "onehot"}, BANDS], "array")


# kernels


def dense_reml(kernels, y, fixed=None):
    """Variances of several kernels and of the residual: where the score of the textbooks is 0.

    With the projection matrix P of Harville 1977 it is tr(P K) - y'P K P y for each variance.
    """
    parts = [*kernels, np.eye(len(y))]
    design = np.ones((len(y), 1)) if fixed is None else np.column_stack([np.ones(len(y)), fixed])

    def solved(logs):
        inverse = np.linalg.inv(sum(np.exp(log) * part for log, part in zip(logs, parts, strict=True)))
        information = design.T @ inverse @ design
        effects = np.linalg.solve(information, design.T @ inverse @ y)
        projection = inverse - inverse @ design @ np.linalg.solve(information, design.T @ inverse)
        return projection, effects, inverse @ (y - design @ effects)

    def deviance(logs):
        projection, _, weights = solved(logs)
        values = np.linalg.eigvalsh(projection)[design.shape[1] :]
        return weights @ y - np.sum(np.log(values))

    def score(logs):
        projection, _, weights = solved(logs)
        return [
            np.exp(log) * (np.sum(projection * part) - weights @ part @ weights)
            for log, part in zip(logs, parts, strict=True)
        ]

    near = minimize(deviance, np.log(np.full(len(parts), np.var(y) / len(parts))), method="L-BFGS-B")
    found = root(score, near.x, tol=1e-12)
    assert np.abs(found.fun).max() < 1e-7
    return np.exp(found.x), *solved(found.x)[1:]


@pytest.mark.parametrize("kernel", ["linear", "gaussian"])
@pytest.mark.parametrize("covariate", [False, True])
def test_weights_and_predictions_are_those_of_dense_reml(kernel, covariate):
    """Three kernels, with and without fixed effects."""
    rng = np.random.default_rng(5)
    data, ions = (
        Measured(markers=25, bands=12, shares=(0.25, 0.25, 0.5)),
        rng.normal(size=(9, N)).astype(np.float32),
    )
    fixed = rng.normal(size=(N, 1)) if covariate else None
    data.population.sources["ions"] = Source(table(ions), name="ions")
    read = [MARKERS, BANDS, BANDS | {"omics": "ions"}]
    fold = data.encode(read, "kernel")
    y = data.y[TRAIN] + 0.2 * ions[:, TRAIN].sum(axis=0) + (0 if fixed is None else 2 * fixed[TRAIN, 0])
    known = (None, None) if fixed is None else (fixed[TRAIN], fixed[TEST])
    model = KernelSum(kernel, bandwidth=0.2).fit_kernels(fold.layers, y, known[0])

    kernels, crosses = [], []
    for layer, other in zip(fold.layers, fold.others, strict=True):
        if kernel == "linear":
            kernels.append(layer.values / layer.scale)
            crosses.append(other.values / layer.scale)
            continue
        squares = layer.diagonal
        distances = squares[:, None] + squares - 2 * layer.values
        unit = distances.sum() / (90 * 89)
        kernels.append(np.exp(-0.2 * distances / unit))
        crosses.append(np.exp(-0.2 * (other.diagonal[:, None] + squares - 2 * other.values) / unit))
    variances, effects, weights = dense_reml(kernels, y, known[0])
    total = sum(variance * cross for variance, cross in zip(variances[:3], crosses, strict=True))
    expected = effects[0] + total @ weights
    if fixed is not None:
        expected = expected + fixed[TEST] @ effects[1:]
    np.testing.assert_allclose(model.predict_kernels(fold.others, known[1]), expected, atol=1e-6)
    amounts = variances[:3] * [spread_of(one) for one in kernels]
    shares = [model.diagnostics_[f"share_{layer.omics}"] for layer in fold.layers]
    np.testing.assert_allclose(shares, amounts / amounts.sum(), atol=1e-6)
    assert min(shares) > 0.01
    assert 0.1 < model.diagnostics_["h2"] < 0.9
    assert sum(shares) == pytest.approx(1)
    assert model.diagnostics_["ve"] == pytest.approx(variances[3], rel=1e-6)


def test_known_shares_are_found_again():
    """Of simulated data, on average over populations."""
    found = []
    for seed in range(8):
        simulated = Measured(n=300, shares=(0.25, 0.5, 0.25), seed=seed)
        lines = np.arange(300)
        model, _ = fit_predict(
            simulated, "kernel_sum", [MARKERS, BANDS], {"kernel": "linear"}, train=lines, test=lines[:0]
        )
        told = model.diagnostics_
        found.append([told["h2"] * told["share_markers"], told["h2"] * told["share_bands"]])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / 8**0.5
    assert (np.abs(mean - [0.25, 0.5]) < 3 * error + 0.02).all(), (mean, error)


def test_a_layer_of_noise_gets_little_weight_and_does_no_harm():
    shares, agreements = [], []
    for seed in range(5):
        simulated = Measured(n=200, shares=(0.7, 0.0, 0.3), seed=seed)
        lines = {"train": np.arange(150), "test": np.arange(150, 200)}
        params = {"kernel": "linear"}
        model, both = fit_predict(simulated, "kernel_sum", [MARKERS, BANDS], params, **lines)
        _, alone = fit_predict(simulated, "gblup", MARKERS, **lines)
        shares.append(model.diagnostics_["share_bands"])
        agreements.append(np.corrcoef(both, alone)[0, 1])
    assert np.mean(shares) < 0.1
    assert min(shares) >= 0
    assert np.mean(agreements) > 0.95


def test_both_layers_beat_either(data):
    simulated = Measured(n=400, shares=(0.4, 0.4, 0.2), seed=4)
    lines = {"train": np.arange(300), "test": np.arange(300, 400)}
    r = {
        text: np.corrcoef(fit_predict(simulated, "kernel_sum", encoding, **lines)[1], simulated.y[300:])[0, 1]
        for text, encoding in (("markers", MARKERS), ("bands", BANDS), ("both", [MARKERS, BANDS]))
    }
    assert r["both"] > max(r["markers"], r["bands"]) + 0.05


@pytest.mark.parametrize(("kernel", "alike"), [("gaussian", "rkhs"), ("linear", "gblup")])
def test_one_kernel_is_the_method_it_comes_from(data, kernel, alike):
    model, predicted = fit_predict(data, "kernel_sum", MARKERS, {"kernel": kernel, "pcs": 2})
    other, expected = fit_predict(data, alike, MARKERS, {"pcs": 2})
    np.testing.assert_allclose(predicted, expected, rtol=1e-9)
    first, second = (one.predict(data.seen()[0].records(TEST)).reliability for one in (model, other))
    np.testing.assert_allclose(first, second, atol=1e-9)
    assert model.diagnostics_["h2"] == pytest.approx(other.diagnostics_["h2"])


def test_each_layer_may_have_a_kernel_of_its_own(data):
    model, _ = fit_predict(data, "kernel_sum", [MARKERS, BANDS], {"kernel": ["linear", "arccosine"]})
    assert "bandwidth_markers" not in model.diagnostics_
    assert model.diagnostics_["depth_bands"] in ArcCosine.DEPTHS
    with pytest.raises(UserError, match="1 kernels for 2 layers"):
        fit_predict(data, "kernel_sum", [MARKERS, BANDS], {"kernel": ["linear"]})


def test_reliability_of_two_kernels_is_that_of_their_sum(data):
    """1 - PEV / var(u) from the dense inverse, u measured from the mean of the training lines."""
    fold, (training, records) = data.encode([MARKERS, BANDS], "kernel"), data.seen()
    model = KernelSum("linear", encoding=[MARKERS, BANDS]).fit(training, data.y[TRAIN])
    told = model.diagnostics_
    scaled = [
        (layer.values, other.values, other.diagonal)
        for layer, other in zip(fold.layers, fold.others, strict=True)
    ]
    gram, cross, diagonal = (
        sum(f / layer.scale * m for f, m, layer in zip(model._factors, matrices, fold.layers, strict=True))
        for matrices in zip(*scaled, strict=True)
    )
    n = len(TRAIN)
    centre = np.eye(n) - 1 / n
    covariance = told["vu"] * gram + told["ve"] * np.eye(n)
    inverse = np.linalg.inv(covariance)
    projection = inverse - np.outer(inverse.sum(0), inverse.sum(0)) / inverse.sum()
    to_mean = told["vu"] * (cross - gram.mean(axis=0)) @ centre
    variance = told["vu"] * (diagonal - 2 * cross.mean(axis=1) + gram.mean())
    expected = np.einsum("mi,ij,mj->m", to_mean, projection, to_mean) / variance
    np.testing.assert_allclose(model.predict(records).reliability, expected, atol=1e-6)


# late fusion


def test_members_of_a_stack_read_layers_of_their_own(data):
    members = [{"method": "gblup"}, {"method": "gblup", "omics": ["bands"]}]
    training, records = data.seen()
    stack = Stack(members, folds=3).fit(training, data.y[TRAIN])
    expected = sum(
        weight * fit_predict(data, "gblup", encoding)[1]
        for weight, encoding in zip(stack.weights_, (MARKERS, BANDS), strict=True)
    )
    np.testing.assert_allclose(stack.predict(records).mean, expected)
    assert (stack.weights_ > 0.1).all()


# branches


@pytest.mark.parametrize("widths", [(20, 10), (7, 5, 4)])
def test_each_branch_adds_its_convolutions(widths):
    p, more = sum(widths), len(widths) - 1
    options = {"activation": "relu", "dropout1": 0.3, "dropout2": 0.3, "widths": widths}
    for build, expected in (
        (released, 192 * p + 33_991 + 33_984 * more),
        (schematic, 64 * p + 33_473 + 33_472 * more),
    ):
        assert build((p, 1), layer_set("keras"), **options).count_params() == expected


def test_no_filter_of_a_branch_sees_another_layer():
    """What moves in one layer changes the activations of its own branch alone."""
    network = released((9, 1), layer_set("keras"), "relu", 0.3, 0.3, widths=(5, 4))
    flat = next(layer for layer in network.layers if type(layer).__name__ == "Concatenate")
    inner = type(network)(network.input, flat.output)
    rows = np.random.default_rng(0).normal(size=(2, 9, 1)).astype(np.float32)
    rows[1, :5] = rows[0, :5]
    first, second = inner(rows, training=False).numpy()
    assert first.shape == (9 * 64,)
    assert np.array_equal(first[: 5 * 64], second[: 5 * 64])
    assert not np.array_equal(first[5 * 64 :], second[5 * 64 :])


def test_a_network_branches_where_it_is_asked_to(data):
    pca = {"name": "pca", "components": 6}
    both = [pca, pca | {"omics": "bands"}]
    wide, branched = (
        fit_predict(data, "dnngp", both, {"epochs": 2, "branches": branches}) for branches in (False, True)
    )
    assert wide[0].diagnostics_["parameters"] == 192 * 12 + 33_991
    assert branched[0].diagnostics_["parameters"] == 192 * 12 + 33_991 + 33_984
    assert not np.array_equal(wide[1], branched[1])
    one = [
        fit_predict(data, "dnngp", pca, {"epochs": 2, "branches": branches})[1] for branches in (False, True)
    ]
    assert np.array_equal(*one)


# no leak


def split():
    ids = [f"line{i:03}" for i in range(N)]
    return split_table(Units("layers", ids, ids), "random", 4, 1)


def fitted(data, layers, y, name, encoding, params):
    """What the first fold fits, as told by its row, and the ledger."""
    splits = split()
    result = evaluate(
        data.markers,
        pd.Series(y, index=data.markers.samples),
        splits[splits["fold"] == 1],
        method=name,
        encoding=encoding,
        params=params,
        maf=0.0,
        layers=layers,
        names=("firewall",),
    )
    assert result.folds["status"].tolist() == ["ok"], result.folds["message"].tolist()
    return result


MODELS = [
    ("kernel_sum", [MARKERS, BANDS], {}),
    ("svr", [MARKERS, BANDS], {}),
    ("rkhs", BANDS, {}),
    ("stack", {"name": "own"}, {"members": ["gblup", {"method": "svr", "omics": ["bands"]}], "folds": 3}),
    (
        "dnngp",
        [{"name": "pca", "components": 5}, {"name": "pca", "components": 5, "omics": "bands"}],
        {"epochs": 2, "branches": True},
    ),
]


@pytest.mark.parametrize(("name", "encoding", "params"), MODELS, ids=[v[0] for v in MODELS])
def test_noise_in_the_test_lines_changes_nothing_that_is_fitted(monkeypatch, data, name, encoding, params):
    """Bands and phenotypes of the test lines replaced by noise: every fitted number and encoder as before."""
    test = split().query("fold == 1 and role == 'test'")["sample"]
    rows = np.isin(data.markers.samples, test)
    rng = np.random.default_rng(1)
    noisy = data.bands.dosages.copy()
    noisy[:, rows] = 1e3 * rng.normal(size=(40, rows.sum()))
    y = np.where(rows, 1e3 * rng.normal(size=N), data.y)
    prints = []
    made = FittedEncoding.fit

    def recorded(self, *args):
        fitted = made(self, *args)
        prints.append(fitted.fingerprint)
        return fitted

    monkeypatch.setattr(FittedEncoding, "fit", recorded)
    found = []
    for layers, values in ((data.layers, data.y), ({"bands": Source(table(noisy), name="bands")}, y)):
        prints.clear()
        result = fitted(data, layers, values, name, encoding, params)
        row = result.folds.drop(columns=["pearson", "spearman", "rmse", "bias", "slope"])
        found.append((row.to_csv(), result.history.to_csv(), list(prints)))
    assert found[0] == found[1]


def test_noise_in_a_layer_of_the_training_lines_does_change_it(data):
    """The test above can fail."""
    other = data.bands.dosages.copy()
    other[:, 0] += 50
    rows = [
        fitted(
            data, {"bands": Source(table(values), name="bands")}, data.y, "kernel_sum", [MARKERS, BANDS], {}
        ).folds
        for values in (data.bands.dosages, other)
    ]
    assert rows[0]["lambda"].item() != rows[1]["lambda"].item()


def test_the_ledger_names_the_layer(data):
    ledger = fitted(data, data.layers, data.y, "kernel_sum", [MARKERS, BANDS], {}).ledger.set_index("step")
    for step in ("centring, relationships", "bands: centring, relationships", "fit"):
        assert ledger.loc[step, ["fitted_on", "n_rows"]].tolist() == ["training", 90]
    assert (ledger[["test_genotypes_seen", "test_phenotypes_seen"]] == 0).all(axis=None)


def test_missing_values_reach_only_methods_that_take_them(data):
    with pytest.raises(UserError, match="missing calls"):
        fitted(data, data.layers, data.y, "svr", [MARKERS, BANDS | {"impute": "none"}], {})


def test_parts_of_an_encoded_fold_are_kept(data):
    joined = data.encode([MARKERS, BANDS], "kernel")
    assert all(isinstance(part, Kernel) for part in joined.layers)
    assert [part.omics for part in joined.layers] == ["markers", "bands"]
    assert joined.n_features == 190
    assert [one.omics for one in data.encode(BANDS, "kernel").layers] == ["bands"]


def test_parameters_of_the_network_are_a_field(data):
    assert DNNGP(branches=True).get_params()["branches"] is True
