"""What the files of PLINK 1 and PLINK 2 share."""

from __future__ import annotations

from pathlib import Path

from dnngp.base.errors import UserError
from dnngp.genotypes.parsing.format import Reading

#: A .bed and a .pgen begin alike; the third byte tells them apart (0: samples in rows, 1: .bed).
PLINK_START = b"\x6c\x1b"


def check_diploid(reading: Reading, path: Path) -> None:
    """Raise a :class:`UserError` unless the ploidy is the only one that PLINK knows."""
    if reading.ploidy != 2:
        raise UserError(
            "PLINK files hold diploid calls only.", file=path, remedy="Set `ploidy: 2` for this dataset."
        )


def count_lines(path: Path) -> int:
    """Lines of a ``.bim`` or ``.pvar`` that stand for a variant."""
    with open(path, "rb") as handle:
        return sum(not row.startswith(b"#") for row in handle)
