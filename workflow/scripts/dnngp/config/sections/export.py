"""Files for other programs."""

from __future__ import annotations

from typing import Literal

from dnngp.config.option_types import Section

SECTION = Section(
    "export",
    Literal["r"] | None,
    "`r`: for every trait and scheme of `gblup`, the folds of the first repeat, their relationships and the "
    "phenotypes as CSV, with a script that must find the same r in R; null writes nothing.",
    None,
    order=85,
)
