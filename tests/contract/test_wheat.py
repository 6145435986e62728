"""DNNGP on the wheat lines it was published with: early stopping costs nothing."""

import pandas as pd
import pytest

from dnngp.config.sections.qc import QualityControl
from dnngp.evaluation.evaluate import evaluate
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.phenotypes import read_phenotypes, trait_values
from dnngp.genotypes.quality_control import quality_control
from dnngp.methods.registry import METHODS
from dnngp.validation.comparison import comparisons
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units


def units_of(phenotype):
    """Of the samples that have a value, drawn among all."""
    return Units("wheat599", phenotype.index.tolist(), phenotype.dropna().index.tolist())


@pytest.fixture(scope="module")
def wheat(shared):
    """Genotypes, yield in environment 1, and the first of the hashed repeats of ten folds."""
    folder = shared / "data" / "wheat_cimmyt599"
    qc = QualityControl().model_dump()
    read = read_genotypes(folder / "genotypes.csv.gz", Reading(ploidy=1))
    kept = quality_control(read, qc)
    genotypes = read.select(kept.samples, kept.variants)
    table = read_phenotypes(folder / "phenotypes.csv")
    phenotype = trait_values(table, "yield_env1", "phenotypes.csv").loc[genotypes.samples]
    splits = split_table(units_of(phenotype), "random", 10, 1)
    return genotypes, phenotype, splits


def test_hashed_folds_are_those_of_the_reference(wheat, shared):
    _, _, splits = wheat
    reference = folds_of_reference(shared)
    drawn = splits[splits["role"] == "test"].set_index("sample")["fold"]
    assert drawn.to_dict() == reference


def folds_of_reference(shared):
    """Fold of each line in the first repeat."""
    folds = read_phenotypes(shared / "reference" / "wheat599_folds.csv")["rep1"]
    return folds.astype(int).to_dict()


@pytest.mark.slow
def test_default_stopping_reaches_what_fixed_epochs_reach(wheat):
    """Half of the lines train and the others judge, four times; ``./run bench stopping`` has more of it."""
    genotypes, phenotype, _ = wheat
    splits = split_table(units_of(phenotype), "random", 2, 2)
    ability = {}
    for stopping, params in {"default": {}, "never": {"stopping": "none"}}.items():
        result = evaluate(
            genotypes,
            phenotype,
            splits,
            method="dnngp",
            encoding={"name": "pca", "components": 40},
            params=params,
            maf=0.01,
            names=(1, "wheat599", "yield_env1", "random"),
        )
        assert result.folds["status"].eq("ok").all()
        ability[stopping] = result.folds["pearson"].to_numpy()
    assert ability["default"].mean() >= 0.4
    assert (ability["default"] - ability["never"]).mean() >= -0.02


@pytest.mark.slow
@pytest.mark.parametrize("trait", ["yield_env1", "yield_env2", "yield_env4", "yield_env5"])
def test_a_stack_is_not_worse_than_its_best_member(wheat, shared, trait):
    """By no more than 0.01 of r in any environment, with a kernel far ahead (1, 4, 5) or not (2)."""
    genotypes, phenotype, splits = wheat
    table = read_phenotypes(shared / "data" / "wheat_cimmyt599" / "phenotypes.csv")
    phenotype = trait_values(table, trait, "phenotypes.csv").loc[genotypes.samples]
    ability = {}
    for method in ("gblup", "rkhs", "stack"):
        result = evaluate(
            genotypes,
            phenotype,
            splits,
            method=method,
            encoding=METHODS[method].default_encoding,
            params={"members": ("gblup", "rkhs")} if method == "stack" else {},
            maf=0.01,
            names=(1, "wheat599", trait, "random"),
        )
        ability[method] = result.folds["pearson"].mean()
    assert ability["stack"] >= max(ability["gblup"], ability["rkhs"]) - 0.01


#: Gaussian kernel minus GBLUP over five repeats of ten folds: difference, its interval, corrected p.
KERNEL_GAIN = {
    "yield_env1": (0.065, 0.037, 0.093, 0.0),
    "yield_env2": (0.009, -0.014, 0.031, 0.44),
}


@pytest.mark.parametrize("trait", KERNEL_GAIN)
def test_the_gain_of_a_kernel_is_that_of_another_program(wheat, shared, trait):
    genotypes, _, _ = wheat
    table = read_phenotypes(shared / "data" / "wheat_cimmyt599" / "phenotypes.csv")
    phenotype = trait_values(table, trait, "phenotypes.csv").loc[genotypes.samples]
    splits = split_table(units_of(phenotype), "random", 10, 5)
    results = [
        evaluate(
            genotypes,
            phenotype,
            splits,
            method=method,
            encoding=METHODS[method].default_encoding,
            params={"bandwidth": 1.0} if method == "rkhs" else {},
            maf=0.0,
            names=(1, "wheat599", trait, "random"),
        ).folds.assign(dataset="wheat599", species="wheat", trait=trait, scheme="random", model=method)
        for method in ("gblup", "rkhs")
    ]
    found = comparisons(pd.concat(results), ("gblup",), 0.01).iloc[0]
    expected = dict(zip(("difference", "lower", "upper", "p"), KERNEL_GAIN[trait], strict=True))
    assert found[list(expected)].to_dict() == pytest.approx(expected, abs=0.006)
    assert found["verdict"] == ("better" if trait == "yield_env1" else "undecided")
