"""VCF, plain or compressed."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from dnngp.base.errors import UserError
from dnngp.base.files import BOM, filled_lines, numbered_lines
from dnngp.genotypes.parsing.format import Format, Head, Reading, Sink
from dnngp.genotypes.parsing.table_headers import count_rows
from dnngp.genotypes.parsing.vcf_header import first_record, refuse_gvcf, vcf_samples

if TYPE_CHECKING:
    from dnngp.genotypes.store import Genotypes

#: Records that are looked at for the ploidy.
LOOKED_AT = 200


def recognise(head: Head) -> bool:
    """Whether the text starts as a VCF does; one that is marked or empty is refused."""
    if head.start.startswith(BOM + b"##fileformat"):
        raise UserError(
            "the VCF starts with a byte-order mark.",
            file=head.path,
            line=1,
            remedy="Save it as UTF-8 without one.",
        )
    if not head.start and head.path.name.lower().removesuffix(".gz").endswith((".vcf", ".bcf")):
        raise UserError("the file holds no text.", file=head.path, remedy="Write it again.")
    return head.start.startswith((b"##", b"#CHROM\tPOS"))


def sample_ids(path: Path, samples_in: str) -> list[str]:
    """Names of the columns of samples; a GVCF is refused."""
    lines = iter(numbered_lines(path))
    samples = vcf_samples(lines, path)
    refuse_gvcf(first_record(lines).alt, path)
    return samples


def fields(path: Path) -> list[str]:
    """Names in FORMAT of the first record."""
    return first_record(numbered_lines(path)).fields


def ploidy(path: Path) -> int:
    """Most alleles in the calls of the first samples of the first records."""
    records = (line for _, line in filled_lines(path) if not line.startswith(b"#"))
    calls = (
        cell.partition(b":")[0]
        for record in islice(records, LOOKED_AT)
        for cell in record.rstrip(b"\r\n").split(b"\t")[9:19]
    )
    return max((len(re.split(rb"[/|]", call)) for call in calls), default=2)


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """See :func:`dnngp.genotypes.parsing.vcf_text.read_vcf`."""
    from dnngp.genotypes.parsing.vcf_text import read_vcf

    return read_vcf(path, reading, sink)


FORMAT = Format(
    name="vcf",
    recognise=recognise,
    sample_ids=sample_ids,
    count_variants=lambda path, n_samples: count_rows(path)[0],
    read=read,
    ploidy=ploidy,
    fields=fields,
    title="VCF, plain, gzip or bgzip",
    recognised_by="`##fileformat=VCF` or `#CHROM` at its start",
    alleles="REF and ALT of the file; copies of ALT are counted",
    order=10,
)
