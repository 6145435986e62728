"""Tables of a selection index by covariances of its traits."""

from __future__ import annotations

from dnngp.base.tables import columns as c
from dnngp.base.tables.table_declaration import flag, number, table, text

ORDER, BESIDE = 61, "prediction"

TABLES = {
    "selection_index": table(
        "predict/{prediction}/index.tsv",
        "Selection index by covariances of its traits, and the genetic gains to expect of those selected",
        "trait; with weights, their sum as `index`",
        "trait",
        c.TRAIT,
        number("weight", "weight of the trait"),
        number("desired_gain", "gain asked for", "trait"),
        flag("restricted", "the trait shall not change"),
        number("coefficient", "what the prediction of the trait is multiplied by"),
        number("phenotypic_coefficient", "what the phenotype would be in an index of own phenotypes"),
        number("accuracy", "correlation of prediction and genetic value among the candidates, by the model"),
        number("gain", "expected genetic mean of the selected less that of all candidates", "trait"),
        number("se", "its standard error, from that of the genetic covariances", "trait"),
        number("chance", "standard deviation of the true difference about it, of so few selected", "trait"),
        number("lower", "lower end of the interval of the true difference", "trait"),
        number("upper", "upper end of the interval", "trait"),
        number("phenotypic_gain", "gain of the index of own phenotypes, equally hard", "trait"),
        needs="predict",
    ),
    "trait_covariances": table(
        "predict/{prediction}/covariances.tsv",
        "Covariances of the traits of a selection index, by REML on all samples with a phenotype",
        "pair of traits; a trait with itself is its variance",
        "trait other",
        c.TRAIT,
        text("other", "the other trait of the pair"),
        number("genetic", "genetic covariance, in the units of both traits"),
        number("genetic_se", "its standard error"),
        number("genetic_correlation", "genetic correlation"),
        number("phenotypic", "phenotypic covariance"),
        number("phenotypic_se", "its standard error"),
        number("predicted", "covariance of the predictions among the candidates"),
        number(
            "with_genetic", "covariance of the prediction of the first with the genetic value of the other"
        ),
        needs="predict",
    ),
}
