"""Terms of the report, explained where they stand and in its last section."""

from __future__ import annotations

TERMS = {
    "predictive ability": (
        "Pearson's correlation r of prediction and phenotype in samples that the model has not seen, taken "
        "within a fold and averaged over folds."
    ),
    "accuracy": (
        "Predictive ability divided by the square root of the heritability: an estimate of the correlation "
        "with the true genetic value."
    ),
    "chance": (
        "Tested at five per cent: could folds like these show such an r, or such a difference, if there "
        "were none? The corrected resampled t-test allows for the training samples that folds share."
    ),
    "corrected interval": (
        "Interval of ninety-five per cent that allows for the training samples that folds share (Nadeau and "
        "Bengio). It covers sampling of folds only, not differences between populations."
    ),
    "candidate model": (
        "The model whose predictions you mean to use, named in the configuration (compare.candidate) before "
        "there are results."
    ),
    "reference": "The model that all others are compared with, GBLUP unless the configuration names another.",
    "parent average": (
        "What the pedigree predicts of a sample without its markers: the mean of the breeding values of its "
        "parents. What a model has above it tells relatives of one family apart."
    ),
    "equivalence margin": (
        "Differences of r smaller than this do not matter; an interval within it makes two models equivalent."
    ),
    "scheme": (
        "Which samples are left out together: at random (new samples of known families), whole clusters or "
        "groups (new families), or the latest times."
    ),
    "fold": (
        "A set of samples that is left out of training and predicted; every sample is left out once a repeat."
    ),
    "heritability": "Share of the variance of the phenotype that the markers explain, estimated by REML.",
    "control": (
        "A result that is known beforehand, whatever the data: a permuted phenotype cannot be predicted, "
        "two forms of one model agree, the mean errs as it must."
    ),
    "near-duplicate": (
        "A sample that shares almost all alleles with another; predicted from its twin, it looks better "
        "predicted than a new sample would be."
    ),
    "slope": "Slope of phenotype on prediction; below one, predictions are inflated.",
    "transductive": "A step that saw genotypes of test samples, but no phenotype.",
}


def anchor(term: str) -> str:
    """Where a term is explained on the page."""
    return "term-" + term.replace(" ", "-")
