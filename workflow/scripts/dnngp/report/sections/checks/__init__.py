"""Checks of the run: controls, and which samples each fitted step saw."""

from __future__ import annotations

from typing import Any

from dnngp.report.results import Results, records
from dnngp.report.section import Section

#: Steps that the page lists; the table has all.
MOST_STEPS = 400


def context(results: Results) -> dict[str, Any] | None:
    """Controls; steps, those that saw anything of test samples first."""
    if results["controls"].empty and results["ledger"].empty:
        return None
    seen = ["test_phenotypes_seen", "test_genotypes_seen"]
    ledger = results["ledger"].sort_values(seen, ascending=False, kind="stable")
    return {
        "controls": records(results["controls"]),
        "ledger": records(ledger.head(MOST_STEPS)),
        "ledger_left": len(ledger) > MOST_STEPS,
    }


SECTION = Section("checks", "Checks", 80, (), context)
