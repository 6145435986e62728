"""Which samples each fitted step saw."""

from __future__ import annotations

from typing import Any

from dnngp.report.results import Results, records
from dnngp.report.section import Section

#: Steps that the page lists; the table has all.
MOST_STEPS = 400


def context(results: Results) -> dict[str, Any]:
    """Steps, those that saw anything of test samples first."""
    seen = ["test_phenotypes_seen", "test_genotypes_seen"]
    ledger = results["ledger"].sort_values(seen, ascending=False, kind="stable")
    return {"ledger": records(ledger.head(MOST_STEPS)), "ledger_left": len(ledger) > MOST_STEPS}


SECTION = Section("leaks", "Leaks", 170, ("ledger",), context)
