"""Stage one, from plots to means: equal to R's lme4 and to dense algebra."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import scipy.sparse.linalg

from dnngp.base.errors import UserError
from dnngp.base.tables import write_table
from dnngp.config import read_configuration
from dnngp.genotypes.records import phenotype_of
from dnngp.genotypes.simulate import simulate
from dnngp.genotypes.table_reading import TableReading
from dnngp.methods.field_trials.design import design_of
from dnngp.methods.field_trials.mixed_model import Point, Sums
from dnngp.methods.field_trials.spatial import Grid
from dnngp.methods.field_trials.stage_one import read_plots, stage_one
from dnngp.methods.field_trials.trial import Model, Plots, analyse
from dnngp.plan import Plan

NESTED = ("replicate:row", "replicate:column")

#: Table, columns of entries and values, fixed and random terms, restricted log likelihood with entries fixed
#: and random (README of the references).
REFERENCES = {
    "john_alpha": ("john.alpha.tsv", "gen", "yield", "rep", ["rep:block"], -32.4492307135, -46.596910121),
    "gilmour_serpentine": (
        *("gilmour.serpentine.tsv", "gen", "yield", "rep", ["row", "col"]),
        *(-1285.39889882, -1874.01159596),
    ),
    "burgueno_rowcol": (
        *("burgueno.rowcol.tsv", "gen", "yield", "rep", ["rep:row", "rep:col"]),
        *(-83.2698236671, -104.098515811),
    ),
    "besag_met_C1": (
        *("besag.met.tsv", "gen", "yield", "rep", ["rep:block"]),
        *(-543.360389599, -783.030257017),
    ),
    "potato_hancock15": (
        *("potato_hancock_plots.csv", "id", "total.yield", None, ["block"]),
        *(-349.195972903, -1411.58376954),
    ),
}


def plots_of(folder, name):
    table = pd.read_csv(folder / name, sep=None, engine="python", dtype={"rep": str})
    for column, environment in (("county", "C1"), ("env", "Hancock15")):
        table = table[table[column] == environment] if column in table else table
    return table


def indicators(table, term):
    return pd.get_dummies(table[term.split(":")].astype(str).agg("\x1f".join, axis=1), dtype=float)


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("name", REFERENCES)
def test_a_trial_is_fitted_as_r_fits_it(shared, name, fixed):
    file, entry, trait, replicate, terms, *values = REFERENCES[name]
    table = plots_of(shared / "data/plots", file).dropna(subset=trait)
    design = indicators(table, entry)
    columns = np.ones((len(table), 0 if fixed else 1))
    if replicate:
        columns = np.column_stack([columns, indicators(table, replicate).to_numpy()[:, 1:]])
    random = [indicators(table, term).to_numpy() for term in terms]
    y, entries = table[trait].to_numpy(float), scipy.sparse.csr_array(design.to_numpy())
    point = Sums(y, entries, columns, random).fit(fixed)
    errors = point.entry_covariance()
    if fixed:
        errors = np.sqrt(np.diag(errors))
    else:  # of lme4, given the fixed effects
        given = Point(Sums(y, entries, columns[:, :0], random), point.ratios, False)
        errors = np.diag(given.entry_covariance()) / given.error_variance * point.error_variance
    kind = "fixed" if fixed else "random"
    folder = shared / "reference/phenotypes"
    expected = pd.read_csv(folder / f"{name}_{kind}_blue.csv", index_col=0).loc[design.columns]
    np.testing.assert_allclose(point.entries, expected.iloc[:, 0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(errors, expected.iloc[:, 1], rtol=1e-5)
    variances = dict(pd.read_csv(folder / f"{name}_{kind}_variances.csv").to_numpy())
    found = dict(zip(terms if fixed else ["gen", *terms], point.variances, strict=True))
    for term, variance in {**found, "Residual": point.error_variance}.items():
        assert variance == pytest.approx(variances[term], rel=1e-4)
    assert point.value == pytest.approx(values[0 if fixed else 1], abs=1e-6)


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("rotated", [True, False])
def test_a_trial_equals_dense_algebra(fixed, rotated):
    rng = np.random.default_rng(1)
    n, g = 40, 15
    design = np.eye(g)[np.r_[:g, rng.integers(g, size=n - g)]]
    columns = np.column_stack([np.ones((n, 0 if fixed else 1)), rng.normal(size=(n, 1))])
    random = [rng.normal(size=(n, 4)), rng.normal(size=(n, 3))]
    y, ratios = rng.normal(size=n), np.array([0.4, 0.7] if fixed else [0.6, 0.4, 0.0])
    sums = Sums(y, design if rotated else scipy.sparse.csr_array(design), columns, random)
    point = sums.at(ratios, fixed)

    spread = np.eye(n) + sum(
        ratio * part @ part.T
        for ratio, part in zip(ratios, random if fixed else [design, *random], strict=True)
    )
    every = np.column_stack([design, columns]) if fixed else columns
    inverse = np.linalg.inv(spread)
    crossed = every.T @ inverse @ every
    hat = inverse @ every @ np.linalg.inv(crossed) @ every.T @ inverse
    projection = inverse - hat
    error = y @ projection @ y / (n - every.shape[1])
    determinants = np.linalg.slogdet(spread)[1], np.linalg.slogdet(crossed)[1]
    value = -((n - every.shape[1]) * (1 + np.log(2 * np.pi * error)) + sum(determinants)) / 2
    assert point.value == pytest.approx(value)
    residual, standard = point.residuals()
    np.testing.assert_allclose(residual, projection @ y, atol=1e-12)
    known = np.isfinite(standard)
    assert known.sum() > n / 2
    scale = np.sqrt(error * np.diag(projection))
    np.testing.assert_allclose(standard[known], (projection @ y)[known] / scale[known])
    if fixed:
        np.testing.assert_allclose(point.entry_covariance(), error * np.linalg.inv(crossed)[:g, :g])
    else:
        left = ratios[0] * np.eye(g) - ratios[0] ** 2 * design.T @ projection @ design
        np.testing.assert_allclose(point.entry_covariance(), error * left)
        full = -(n * np.log(2 * np.pi * error) + n - every.shape[1] + determinants[0]) / 2
        assert point.full_value == pytest.approx(full)
    steps = 1e-5 * np.eye(len(ratios))
    numeric = [(sums.at(ratios + s, fixed).value - point.value) / 1e-5 for s in steps]
    np.testing.assert_allclose(point.quadratic()[0], numeric, rtol=1e-3, atol=1e-3)


def trial_of(n=36, entries=9, seed=3, **labels):
    """Plots on a square field, replicates in its rows, with errors of variance 0.25."""
    rng = np.random.default_rng(seed)
    side = int(np.sqrt(n))
    row, column = np.divmod(np.arange(n), side)
    codes = np.concatenate([rng.permutation(entries) for _ in range(-(-n // entries))])[:n]
    places = {"replicate": np.arange(n) // entries, "row": row, "column": column} | labels
    places = {name: np.asarray(labels).astype(str) for name, labels in places.items()}
    y = rng.normal(size=entries)[codes] + 0.5 * rng.normal(size=n)
    return Plots(y, np.array([f"e{code:02}" for code in codes]), places)


def without(plots, kept):
    places = {name: labels[kept] for name, labels in plots.places.items()}
    return Plots(plots.y[kept], plots.entries[kept], places)


@pytest.mark.parametrize(
    ("labels", "terms"),
    [
        ({"replicate": "11112222", "block": "11221122"}, ("replicate", "replicate:block")),
        ({"replicate": "112233", "block": "112233"}, ("replicate",)),
        ({"block": "1212"}, ("block",)),
        ({"replicate": "1111", "block": "1122"}, ("block",)),
        ({"replicate": "11112222", "row": "11221122", "column": "12121212"}, ("replicate", *NESTED)),
        ({"replicate": "1122", "row": "1122", "column": "1212"}, ("replicate", "column")),
        ({"block": "1111"}, ()),
        ({"block": "abcd"}, ()),
    ],
)
def test_columns_describe_the_design(labels, terms):
    design = design_of({name: np.array(list(cells)) for name, cells in labels.items()})
    assert design.terms == terms
    several = {"replicate"} & set(labels) and len(set(labels["replicate"])) > 1
    assert bool(design.notes) == (len(terms) < len(labels) and (several or "replicate" not in labels))


def test_a_design_is_asked_for_and_written_as_r_does():
    plots = trial_of(block=np.arange(36) // 3)
    design = design_of(plots.places, ["replicate", "replicate:block"])
    assert design.formula("yield", "ar1") == (
        "yield ~ entry + replicate + (1 | replicate:block) + ar1(row):ar1(column)"
    )


def test_neighbours_errors_equal_dense_algebra():
    kept = np.delete(np.arange(36), [4, 17, 30])
    plots, correlations = without(trial_of(), kept), np.array([0.5, 0.3])
    model = Model(plots, design_of(plots.places, ["replicate"]), "ar1", correlations)
    point = model.sums(entries_fixed=False).at(np.array([0.8]), False)

    row, column = (plots.places[name].astype(float) for name in ("row", "column"))
    spread = 0.5 ** abs(row[:, None] - row) * 0.3 ** abs(column[:, None] - column)
    design = np.equal.outer(plots.entries, plots.names).astype(float)
    spread += 0.8 * design @ design.T
    replicates = np.equal.outer(plots.places["replicate"], np.unique(plots.places["replicate"])).astype(float)
    every = np.column_stack([np.ones(len(kept)), replicates[:, 1:]])
    inverse = np.linalg.inv(spread)
    crossed = every.T @ inverse @ every
    projection = inverse - inverse @ every @ np.linalg.solve(crossed, every.T @ inverse)
    df = len(kept) - every.shape[1]
    error = plots.y @ projection @ plots.y / df
    determinants = np.linalg.slogdet(spread)[1], np.linalg.slogdet(crossed)[1]
    assert point.value == pytest.approx(-(df * (1 + np.log(2 * np.pi * error)) + sum(determinants)) / 2)
    full = len(kept) * np.log(2 * np.pi * error) + df + determinants[0]
    assert point.full_value == pytest.approx(-full / 2)
    np.testing.assert_allclose(point.entries, 0.8 * design.T @ projection @ plots.y)


def test_means_are_those_over_replicates_with_their_own_errors():
    plots = trial_of()
    trial = analyse(plots, ["replicate"])
    plain = pd.Series(plots.y).groupby(plots.entries).mean()
    np.testing.assert_allclose(trial.means, plain)
    error = dict(trial.variances["fixed"])["error"]
    np.testing.assert_allclose(trial.standard_errors, np.sqrt(error / 4))
    np.testing.assert_allclose(trial.weights, 4 / error)
    known = dict(trial.variances["random"])
    # Of a balanced trial, Cullis' heritability is the textbook's.
    assert trial.h2 == pytest.approx(known["entry"] / (known["entry"] + known["error"] / 4))
    assert trial.repeatability == pytest.approx(known["entry"] / (known["entry"] + known["error"]))


def test_full_weights_are_the_inverse_of_the_whole_covariance():
    plots = without(trial_of(block=np.arange(36) % 5), np.arange(30))
    point = Model(plots, design_of(plots.places, ["replicate", "block"]), "none").sums(True).fit(True)
    inverse = np.linalg.inv(point.entry_covariance())
    np.testing.assert_allclose(point.own_precisions(), np.diag(inverse))
    plain = analyse(plots, ["replicate", "block"], error="diagonal").weights
    assert (plain <= np.diag(inverse) * (1 + 1e-9)).all()


@pytest.mark.parametrize("trend", ["splines", "ar1"])
def test_a_trend_in_the_field_is_found_and_said(trend):
    rng = np.random.default_rng(5)
    plots = trial_of(n=144, entries=36)
    row, column = (plots.places[name].astype(int) for name in ("row", "column"))
    if trend == "splines":
        field = 2 * np.sin(row / 2) + np.cos(column / 2)
    else:
        field = Grid(row, column).laid(rng.normal(size=144))
        root = Grid(row, column).inverse_root(np.array([0.8, 0.6]))
        field = 2 * scipy.sparse.linalg.spsolve(root.tocsc(), field)
    trial = analyse(Plots(plots.y + field, plots.entries, plots.places), ["replicate"], "auto")
    assert trial.trend == trend
    assert min(trial.aic, key=trial.aic.get) == trend
    assert set(trial.aic) == {"none", "splines", "ar1"}
    plain = analyse(Plots(plots.y + field, plots.entries, plots.places), ["replicate"])
    assert np.nanmedian(trial.standard_errors) < np.nanmedian(plain.standard_errors)


def test_what_cannot_be_fitted_has_a_defined_outcome():
    plots = trial_of()
    single = analyse(without(plots, np.arange(9)))  # one replicate, one plot an entry
    np.testing.assert_array_equal(np.sort(single.means), np.sort(plots.y[:9]))
    assert np.isnan(single.standard_errors).all()
    assert single.notes[-1].startswith("No entry has two plots")

    named = analyse(trial_of(row=np.repeat(list("abcdef"), 6)), spatial="splines")
    assert named.trend == "none"
    assert "rows and columns are not all numbers" in named.notes[-1]

    equal = analyse(Plots(np.ones(36), plots.entries, plots.places))
    assert equal.notes[-1].startswith("All values are equal")

    exact = analyse(Plots(plots.codes.astype(float), plots.entries, plots.places), ["replicate"])
    assert "the model leaves no error" in exact.notes[-1]
    np.testing.assert_allclose(exact.means, np.arange(9))

    apart = np.char.add((plots.codes % 4).astype(str), plots.places["replicate"])
    split = analyse(Plots(plots.y, apart, plots.places), ["replicate"])
    assert split.notes[-1] == "Replicates that share no entries are not adjusted for."

    far = plots.y.copy()
    far[7] += 6
    outliers = analyse(Plots(far, plots.entries, plots.places), ["replicate"])
    np.testing.assert_array_equal(np.flatnonzero(outliers.outliers), [7])


def test_environments_without_replication_borrow_errors():
    frames = [
        pd.DataFrame({"id": plots.entries, "value": plots.y, **plots.places}).assign(environment=name)
        for name, plots in (("wet", trial_of()), ("dry", without(trial_of(seed=4), np.arange(8))))
    ]
    table = pd.concat([*frames, frames[0].assign(environment="lost", value=np.nan)], ignore_index=True)
    table = table.assign(line=np.arange(2, len(table) + 2), family="f")
    found = stage_one(table, "yield", design=["replicate"])
    means = found["means"].set_index(["environment", "id"])
    assert len(means.loc["wet"]) == 9
    assert len(means.loc["dry"]) == 8
    errors = means["error_variance"]
    assert errors.loc["dry"].to_numpy() == pytest.approx(4 * errors.loc["wet"].iloc[0])
    assert set(found["means"]["family"]) == {"f"}
    assert found["trials"]["without_value"].tolist() == [0, 0, 36]
    assert found["trials"]["notes"].iloc[2] == "No plot has a value."
    with pytest.raises(UserError, match="errors of yield cannot be estimated"):
        stage_one(frames[1].assign(line=1), "yield")


def test_simulated_plots_are_of_the_samples_that_grew():
    wish = {"h2": 0.5, "architecture": "additive", "qtl": 10, "epistasis": 0.5}
    settings = {
        **{"samples": 30, "held_back": 6, "markers": 60, "chromosomes": 2, "founders": 8, "populations": 2},
        **{"missing": 0.0, "inbred": True, "traits": {"yield": wish}},
    }
    trial = {"replicates": 2, "columns": 8, "block": 6, "trend": 4.0, "lost": 0.1}
    plots = simulate("field", settings | {"plots": trial}, 1).phenotypes
    without_plots = simulate("field", settings, 1)
    grown = without_plots.phenotypes.dropna(subset="yield")
    counts = plots.groupby("id").size()
    assert counts.pop("check") == 8  # one in each of four blocks of two replicates
    assert set(counts) == {2}
    assert len(counts) == 24
    assert set(grown["id"]) <= set(counts.index)
    assert not plots.duplicated(["row", "column"]).any()
    assert 0 < plots["yield"].isna().sum() < 12
    truth = pd.Series(without_plots.truth["traits"]["yield"]["genetic_values"])
    table = plots.rename(columns={"yield": "value"}).assign(environment="field", line=range(len(plots)))
    table = table.astype(dict.fromkeys(["replicate", "block", "row", "column"], str))
    means = stage_one(table, "yield", spatial="splines")["means"].set_index("id")["value"]
    plain = table.groupby("id")["value"].mean()
    assert means.corr(truth) > plain.corr(truth)


@pytest.mark.parametrize(
    ("error", "environments", "known"), [("full", {"column": "site"}, True), ("none", None, False)]
)
def test_means_of_plots_are_the_phenotypes_with_their_errors(
    tmp_path, monkeypatch, error, environments, known
):
    monkeypatch.chdir(tmp_path)
    trial = trial_of()
    table = pd.DataFrame({"line": trial.entries, "y": trial.y, **trial.places})
    sites = [table.assign(site=site, y=table["y"] + shift) for site, shift in (("wet", 0.0), ("dry", 3.0))]
    pd.concat(sites if environments else sites[:1]).to_csv("plots.csv", index=False)
    ids = trial.names[:-1]  # the last entry is a check
    pd.DataFrame(np.eye(8, 6, dtype=int), index=ids).add_prefix("m").to_csv("genotypes.csv", index_label="id")
    entry = {
        **{"name": "peas", "genotypes": "genotypes.csv", "phenotypes": "plots.csv", "traits": ["y"]},
        "plots": {"replicate": "replicate", "row": "row", "column": "column", "error": error},
    }
    entry |= {"environments": environments} if environments else {}
    scheme = "CV1" if environments else "random"
    given = {"datasets": [entry], "methods": ["gblup"], "cv": {"folds": 2, "schemes": [scheme]}}
    config = read_configuration(given)
    dataset = config.datasets["peas"]
    plots = read_plots("plots.csv", "y", **dataset.plot_options, reading=dataset.table)
    means = stage_one(plots, "y", **dataset.plots.fitting)["means"]
    write_table(means, "means.tsv")
    reading = TableReading(**dataset.joined_table_options)
    phenotype, found = phenotype_of(list(ids), "means.tsv", "value", dataset.record_options, reading=reading)
    assert Plan(config).means == ["<results>/peas/y/field_trials/means.tsv"]
    assert found["with_value"] == 8
    assert found["examples"] == f"only in the phenotypes: {trial.names[-1]}"
    assert len(phenotype) == (16 if environments else 8)
    assert dataset.fit_options["errors_known"] == known
    assert ("weight" in phenotype) == known
    if known:
        errors = means.set_index(["environment", "id"])["error_variance"]
        records = pd.MultiIndex.from_frame(phenotype[["environment", "sample"]])
        np.testing.assert_allclose(phenotype["weight"], 1 / errors.loc[records])
