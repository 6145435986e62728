"""BCF, the binary form of VCF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.genotypes.parsing.format import Format, Reading, Sink
from dnngp.genotypes.parsing.vcf_header import bcf_header, vcf_samples

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes


def sample_ids(path: Path, samples_in: str) -> list[str]:
    """Names of the columns of samples in the header."""
    return vcf_samples(enumerate(bcf_header(path), start=1), path)


def count_variants(path: Path, n_samples: int) -> int:
    """A diploid call takes two bytes; compressed, about half a bit more than in a VCF."""
    return max(1, round(path.stat().st_size * 4 / max(n_samples, 1)))


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """See :func:`dnngp.genotypes.parsing.bcf_records.read_bcf`."""
    from dnngp.genotypes.parsing.bcf_records import read_bcf

    return read_bcf(path, reading, sink)


FORMAT = Format(
    name="bcf",
    recognise=lambda head: head.start.startswith(b"BCF"),
    sample_ids=sample_ids,
    count_variants=count_variants,
    read=read,
    title="BCF, compressed or not",
    recognised_by="`BCF` at its start",
    alleles="as in a VCF",
    holds=("bcf", "vcf"),
    named=False,
    order=10,
)
