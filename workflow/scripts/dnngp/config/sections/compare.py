"""Comparison of models."""

from __future__ import annotations

from pydantic import Field

from dnngp.config.option_types import Options, Section, Text


class Compare(Options):
    """Which methods the others are compared with, on the same folds."""

    reference: Text | None = None
    """Method or model that all others are measured against; null is `gblup` where it runs, else the first
    that is not `mean`.
    """

    candidate: Text | None = None
    """The one whose predictions you mean to use, named before its results are seen; null is `stack` where it
    runs, else the reference.
    """

    equivalence_margin: float = Field(0.01, ge=0)
    """Differences of r within this are of no practical interest: an interval inside it makes two methods
    equivalent.
    """


SECTION = Section("compare", Compare, order=110)
