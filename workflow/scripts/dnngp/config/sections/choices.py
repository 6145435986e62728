"""Types of options whose choices are found by looking through a package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dnngp.genotypes.file_formats import FORMAT_CHOICES
from dnngp.validation.schemes import SCHEMES

if TYPE_CHECKING:
    FormatName = str
    SchemeName = str
else:
    FormatName = Literal[tuple(FORMAT_CHOICES)]
    SchemeName = Literal[tuple(SCHEMES)]
