"""Terms of the report."""

from __future__ import annotations

from typing import Any

from dnngp.report.results import Results
from dnngp.report.section import Section
from dnngp.report.terms import TERMS, anchor


def context(results: Results) -> dict[str, Any]:
    """Every term with its anchor."""
    return {"terms": [(anchor(term), term, meaning) for term, meaning in TERMS.items()]}


SECTION = Section("terms", "Terms", 95, (), context)
