"""The selection index by covariances of its traits, and the genetic gains to expect."""

from __future__ import annotations

from typing import Any

from dnngp.report.prediction_part import Part, PredictionResults, rows_of

#: Columns that the page calls by another name than the tables.
LABELS = {
    "desired_gain": "desired gain",
    "phenotypic_coefficient": "coefficient of a phenotype",
    "phenotypic_gain": "gain by phenotypes",
    "genetic_se": "se",
    "genetic_correlation": "genetic correlation",
    "phenotypic_se": "se",
    "with_genetic": "prediction with genetic",
}

#: Width and height of the picture of the gains, pixels: of a row, and of what stands left of it.
WIDTH, ROW, LEFT = 420, 26, 120


def context(results: PredictionResults) -> dict[str, Any]:
    """Both tables, and the gains as a picture in standard deviations of the genetic values."""
    index, covariances = results["selection_index"], results["trait_covariances"]
    index = index.dropna(axis=1, how="all")
    own = covariances[covariances["trait"] == covariances["other"]].set_index("trait")["genetic"]
    return {
        "index": rows_of(index, LABELS),
        "covariances": rows_of(covariances, LABELS),
        "bars": _bars(results["selection_index"], own**0.5),
        "size": (WIDTH, ROW, LEFT),
        "restricted": index.loc[index["restricted"].astype(bool), "trait"].tolist(),
    }


def _bars(index: Any, deviations: Any) -> dict[str, Any]:
    """Places of the gains and their intervals, in genetic standard deviations, from 0."""
    traits = index[index["trait"].isin(deviations.index)]
    scaled = traits[["lower", "gain", "upper"]].div(traits["trait"].map(deviations), axis=0)
    low, high = min(float(scaled.min().min()), 0.0), max(float(scaled.max().max()), 0.0)
    scale = (WIDTH - LEFT - 16) / ((high - low) or 1.0)
    places = (LEFT + 8 + (scaled - low) * scale).round(1)
    rows = [
        {"trait": trait, "gain": f"{gain:+.2f}", "from": row.lower, "at": row.gain, "to": row.upper}
        for trait, gain, row in zip(traits["trait"], scaled["gain"], places.itertuples(), strict=True)
    ]
    return {"rows": rows, "zero": round(LEFT + 8 - low * scale, 1)}


PART = Part("index", 30, ("selection_index", "trait_covariances"), context)
