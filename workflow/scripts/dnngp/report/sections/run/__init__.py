"""What was run, what failed, what the controls say."""

from __future__ import annotations

from typing import Any

from dnngp.report.results import Results, records
from dnngp.report.section import Section

#: Failed fits listed one by one; the table has all.
MOST_FAILURES = 30


def context(results: Results) -> dict[str, Any]:
    """Failures, controls, and samples joined by id."""
    failures = results["accuracy"][results["accuracy"]["status"] != "ok"]
    return {
        "failures": records(failures.head(MOST_FAILURES)),
        "failures_left": len(failures) > MOST_FAILURES,
        "controls": records(results["controls"]),
        "ids": records(results["ids"]),
    }


SECTION = Section("run", "Run", 10, (), context)
