"""The candidates to phenotype next, and what other choices would give."""

from __future__ import annotations

from typing import Any

from dnngp.report.prediction_part import Part, PredictionResults, rows_of

#: Columns and designs that the page calls by another name than the tables.
LABELS = {
    "determination": "determination now",
    "determination_then": "determination then",
    "cdmean": "CDmean",
    "pevmean": "PEVmean",
}
NAMES = {"none": "none (as now)", "cdmean": "by CDmean", "pevmean": "by PEVmean", "random": "random"}


def context(results: PredictionResults) -> dict[str, Any]:
    """Both tables, and the gain over random candidates."""
    designs = results["phenotype_next_designs"].set_index("design")
    means = designs["cdmean"].to_dict()
    chosen = designs.index[designs["chosen"] == "yes"][0]
    shown = designs[["samples", "cdmean", "pevmean"]].rename(index=NAMES).reset_index()
    return {
        "listed": rows_of(results["phenotype_next"], LABELS),
        "designs": rows_of(shown, LABELS),
        "criterion": NAMES.get(chosen, chosen),
        "h2": float(designs["h2"].iloc[0]),
        "mean": means | {"chosen": means[chosen]},
        "random": designs.loc[["random"], ["cdmean_low", "cdmean_high"]].to_numpy(float)[0].tolist(),
    }


PART = Part("phenotype_next", 40, ("phenotype_next", "phenotype_next_designs"), context)
