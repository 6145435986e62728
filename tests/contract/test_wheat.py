"""DNNGP on the wheat lines it was published with: early stopping costs nothing."""

import pytest

from dnngp.evaluate import evaluate
from dnngp.phenotypes import read_phenotypes, trait_values
from dnngp.qc import quality_control
from dnngp.readers import read_genotypes
from dnngp.readers.options import Reading
from dnngp.splits import split_table

QC = {
    "min_call_rate_marker": 0.8,
    "min_call_rate_sample": 0.5,
    "max_heterozygosity": None,
    "drop_duplicate_markers": True,
    "maf": 0.01,
}


@pytest.fixture(scope="module")
def wheat(shared):
    """Genotypes, yield in environment 1, and the first of the hashed repeats of ten folds."""
    folder = shared / "data" / "wheat_cimmyt599"
    genotypes, _, _ = quality_control(read_genotypes(folder / "genotypes.csv.gz", Reading(ploidy=1)), QC)
    table = read_phenotypes(folder / "phenotypes.csv")
    phenotype = trait_values(table, "yield_env1", "phenotypes.csv").loc[genotypes.samples]
    splits = split_table(genotypes.samples, phenotype.notna().to_numpy(), "random", "wheat599", 10, 1)
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
    """Without stopping, ten folds of another draw gave 0.516; stopping on an inner split alone 0.455."""
    genotypes, phenotype, splits = wheat
    result = evaluate(
        genotypes,
        phenotype,
        splits,
        method="dnngp",
        encoding={"name": "pca", "variance": 0.95},
        params={},
        maf=0.01,
        names=(1, "wheat599", "yield_env1", "random"),
    )
    assert result.folds["status"].eq("ok").all()
    assert result.folds["pearson"].mean() >= 0.48
