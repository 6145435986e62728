"""Types of options whose choices are found by looking through a package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dnngp.genotypes.file_formats import FORMAT_CHOICES
from dnngp.genotypes.id_folding import ASK, EXACT, FOLDINGS
from dnngp.validation.schemes import SCHEMES

if TYPE_CHECKING:
    FormatName = str
    IdMatch = str
    SchemeName = str
else:
    FormatName = Literal[tuple(FORMAT_CHOICES)]
    IdMatch = Literal[(ASK, EXACT, *FOLDINGS)]
    SchemeName = Literal[tuple(SCHEMES)]
