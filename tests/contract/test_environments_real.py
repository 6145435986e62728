"""Whatever samples of one environment can have, on small parts of real data of several."""

import gzip
from itertools import islice

import numpy as np
import pandas as pd
import pytest
from tests.unit.environment_fixture import genotypes_of

from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.encodings.samples.population import Source
from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.paired_experiments import contrast_table
from dnngp.evaluation.size_experiment import evaluate_size
from dnngp.evaluation.summaries import over_environments, shares_of_folds
from dnngp.genotypes.records import environment_covariates, phenotype_of_records
from dnngp.genotypes.subsets import marker_ranks
from dnngp.prediction.bundle_training import train
from dnngp.prediction.importance import marker_importance
from dnngp.validation.intervals import coverage, with_intervals
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

MARKERS = 200


class Field:
    """Genotypes and records of a dataset, and the folds of them."""

    def __init__(self, genotypes, path, trait, covariates=None, **options):
        self.genotypes = genotypes
        self.table, _ = phenotype_of_records(genotypes.samples.tolist(), path, trait, **options)
        self.table = self.table.dropna(subset="value")
        self.records = self.table.set_index(["sample", "environment"])["value"]
        names = list(self.table["environment"].drop_duplicates())
        about = None if covariates is None else covariates(names).set_index("environment")
        self.environments = Environments(tuple(names), about)

    def splits(self, scheme, folds=3):
        columns = {name: self.table[name].tolist() for name in ("sample", "environment")}
        units = Units(
            "field", self.genotypes.samples.tolist(), columns["sample"], environments=columns["environment"]
        )
        return split_table(units, scheme, folds, 1)

    def run(self, scheme, method, fold=1, **options):
        splits = self.splits(scheme)
        settings = {"encoding": {"name": "additive"}, "params": {}, "maf": 0.02, "names": (1, "field")}
        result = evaluate(
            self.genotypes,
            self.records,
            splits if fold is None else splits[splits["fold"] == fold],
            method=method,
            environments=self.environments,
            **settings | options,
        )
        assert set(result.folds["status"]) == {"ok"}, result.folds["message"].tolist()
        assert result.ledger["test_phenotypes_seen"].sum() == 0
        return result


def from_vcf(path, samples, every):
    """Markers without missing calls, one of so many, of the first samples."""
    with gzip.open(path, "rt") as lines:
        names = next(line for line in lines if line.startswith("#CHROM")).split()[9:][:samples]
        rows = (line.split("\t", 9 + samples)[9 : 9 + samples] for line in islice(lines, 0, None, every))
        calls = ([cell[:3] for cell in row] for row in rows)
        whole = (row for row in calls if not any("." in cell for cell in row))
        dosages = [[cell.count("1") for cell in row] for row in islice(whole, MARKERS)]
    return genotypes_of(np.array(dosages, np.int8), names)


@pytest.fixture(scope="module")
def wheat(shared):
    """Four columns of yields of 150 lines."""
    folder = shared / "data" / "wheat_cimmyt599"
    table = pd.read_csv(folder / "genotypes.csv.gz", dtype={0: str}, nrows=150).set_index("id")
    dosages = np.ascontiguousarray(table.to_numpy().T[:: table.shape[1] // MARKERS].astype(np.int8))
    columns = ["yield_env1", "yield_env2", "yield_env4", "yield_env5"]
    return Field(genotypes_of(dosages, table.index, 1), folder / "phenotypes.csv", "yield", columns=columns)


@pytest.fixture(scope="module")
def soybean(shared):
    """A long table of several traits; 120 lines in three fields."""
    folder = shared / "data" / "soybean_soynam"
    names = ["IA_2013", "IL_2013", "IN_2012"]
    return Field(
        from_vcf(folder / "genotypes.vcf.gz", 120, 15),
        folder / "phenotypes_by_env.csv.gz",
        "yield",
        environment_column="env",
        names=names,
    )


@pytest.fixture(scope="module")
def drops(shared):
    """Hybrids in four fields whose drought and heat were classified."""
    folder = shared / "data" / "maize_drops246"
    kinds = {"scenarioWater": "factor", "scenarioTemp": "factor"}
    return Field(
        from_vcf(folder / "genotypes.vcf.gz", 150, 50),
        folder / "phenotypes_by_env.csv.gz",
        "grain.yield",
        lambda names: environment_covariates(folder / "environments.csv", kinds, names),
        environment_column="env",
        names=["Cam12R", "Gai12W", "Kar13W", "Ner12R"],
    )


def test_hyper_parameters_are_tuned_on_inner_folds_of_records(wheat):
    result = wheat.run("CV1", "svr", tune=2)
    assert set(result.folds["settings_tried"]) == {2}
    assert result.ledger.set_index("step").loc["tuning: scores", "fitted_on"] == "inner"


def test_a_stack_weighs_its_members_within_environments(soybean):
    members = {"members": ["gblup", "ridge"], "folds": 3}
    folds = soybean.run("CV1", "stack", encoding={"name": "own"}, params=members).folds
    assert (folds["weight_gblup"] + folds["weight_ridge"]).to_numpy() == pytest.approx(np.ones(len(folds)))


@pytest.mark.parametrize("method", ["gblup_gxe", "ridge"])
def test_omics_layers_are_read_with_the_markers(drops, method):
    half = MARKERS // 2
    markers, layer = (drops.genotypes.select(variants=part) for part in (slice(half), slice(half, None)))
    encodings = [{"name": "additive"}, {"name": "additive", "omics": "rna"}]
    whole, genotypes = drops.genotypes, markers
    field = Field.__new__(Field)
    field.__dict__ |= drops.__dict__ | {"genotypes": genotypes}
    result = field.run("CV1", method, encoding=encodings, layers={"rna": Source(layer, name="rna")})
    assert result.folds["n_features"].max() <= whole.n_variants
    if method == "gblup_gxe":
        assert {"genomic, layer 1", "genomic, layer 2"} <= set(result.components["part"])


def test_intervals_cover_the_values_of_each_environment(wheat):
    result = wheat.run("CV2", "gblup_multi", fold=None)
    predictions = with_intervals(result.predictions.assign(trait="yield", scheme="CV2", model="m"))
    assert predictions["lower"].notna().all()
    assert coverage(predictions)["coverage"].item() == pytest.approx(0.9, abs=0.06)
    width = (predictions["upper"] - predictions["lower"]).groupby(predictions["environment"]).mean()
    assert width.nunique() == 4


def test_a_new_environment_has_the_intervals_of_the_others(drops):
    result = drops.run("CV0", "gblup_norm", fold=None)
    predictions = with_intervals(result.predictions.assign(trait="yield", scheme="CV0", model="m"))
    assert predictions["lower"].notna().all()


@pytest.mark.parametrize("method", ["gblup", "gblup_multi", "ridge"])
def test_the_importance_of_markers_is_that_of_all_environments(wheat, method):
    bundle = train(
        wheat.genotypes,
        wheat.records,
        method=method,
        encoding={"name": "additive"},
        params={},
        maf=0.02,
        names=(1, "field"),
        environments=wheat.environments,
    )
    names = {id: number for number, id in enumerate(wheat.genotypes.variants["id"])}
    kept = [names[id] for id in bundle.markers["id"]]
    training = wheat.genotypes.select(wheat.genotypes.positions(bundle.samples), kept)
    table = marker_importance(bundle, training)
    assert len(table) == len(bundle.markers)
    assert (table["importance"] >= 0).all()
    assert table["importance"].std() > 0
    assert np.isfinite(table["effect"]).all()
    assert table["rank"].min() == 1


@pytest.mark.parametrize("method", ["gblup_gxe", "gblup"])
def test_covariates_of_samples_are_fixed_effects(soybean, method):
    """A batch that shifts values by three standard deviations is known of the tested samples."""
    samples = soybean.genotypes.samples
    batch = pd.DataFrame({"batch": np.array(["a", "b"])[np.arange(len(samples)) % 2]}, index=samples)
    shifted = Field.__new__(Field)
    of_records = batch["batch"].loc[soybean.records.index.get_level_values("sample")].to_numpy() == "a"
    shifted.__dict__ |= soybean.__dict__ | {"records": soybean.records + 3 * 300 * of_records}
    blind, told = (shifted.run("CV1", method, covariates=one) for one in (None, batch))
    ability = [over_environments(one.folds)["pearson"].item() for one in (blind, told)]
    assert ability[1] > ability[0] + 0.3
    assert "fixed effects" in set(told.ledger["step"])


def test_a_learning_curve_counts_samples(soybean):
    tables = [
        evaluate_size(
            soybean.genotypes,
            soybean.records,
            soybean.splits("random"),
            1,
            lines=lines,
            markers=100,
            ranks=marker_ranks(soybean.genotypes, "random", "field"),
            most_folds=1,
            names=(1, "field"),
            environments=soybean.environments,
            method="gblup_gxe",
            encoding={"name": "additive"},
            params={},
            maf=0.02,
        ).folds
        for lines in (40, None)
    ]
    assert [table["status"].tolist() for table in tables] == [["ok"], ["ok"]]
    assert [table["n"].item() for table in tables] == [40, 80]
    assert tables[0]["n_train"].item() <= 3 * 40 < tables[1]["n_train"].item()


def test_encodings_are_compared_over_environments(wheat):
    tables, timings = [], []
    for model, encoding in (("ridge", {"name": "additive"}), ("pca", {"name": "pca", "components": 10})):
        result = wheat.run("CV1", "ridge", fold=None, encoding=encoding)
        keys = {"dataset": "wheat", "species": "w", "trait": "yield", "scheme": "CV1", "model": model}
        tables.append(result.folds.assign(**keys))
        timings.append(result.timing.assign(**keys))
    accuracy = shares_of_folds(pd.concat(tables))
    contrasts = [("ridge", "ridge", "ridge", "additive"), ("pca", "ridge", "ridge", "pca")]
    found = contrast_table(accuracy, pd.concat(timings), contrasts, 0.01).set_index("model")
    assert found["folds"].tolist() == [3, 3]
    expected = accuracy.groupby("model")["pearson"].mean()
    assert found["pearson"].to_dict() == pytest.approx(expected.to_dict())
    assert found.loc["pca", "difference"] == pytest.approx(expected["pca"] - expected["ridge"])
