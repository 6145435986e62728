"""Samples after quality control."""

from __future__ import annotations

from dnngp.report.figure import Figure
from dnngp.report.results import Results
from dnngp.report.section import Section
from dnngp.report.sections.markers import histograms

MEASURES = {
    "missing of lines": "missing calls",
    "heterozygosity": "heterozygous calls",
    "inbreeding": "inbreeding coefficient F",
}


def figures(results: Results) -> dict[str, Figure]:
    """Histograms."""
    return {"samples": histograms(results, "samples", MEASURES)}


SECTION = Section("samples", "Samples", 54, ("distributions",), figures=figures)
