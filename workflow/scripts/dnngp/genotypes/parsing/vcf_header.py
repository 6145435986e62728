"""The header of a VCF or BCF: fixed columns and ids of samples."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from dnngp.base.delimited import check_ids
from dnngp.base.errors import UserError
from dnngp.base.files import decoded, open_bytes, read_exactly

#: Fixed columns of a VCF; the sample ids follow.
VCF_COLUMNS = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]


def vcf_samples(lines: Iterable[tuple[int, bytes]], path: str | Path) -> list[str]:
    """Sample ids from the numbered lines of a VCF header; reads up to the ``#CHROM`` line."""
    number = 0
    for number, line in lines:
        if number == 1 and not line.startswith(b"##fileformat=VCF"):
            raise UserError(
                "the first line is not ##fileformat=VCFv4.x.",
                file=path,
                line=1,
                remedy="Restore the header of the VCF.",
            )
        if b"\r" in line.rstrip(b"\r"):
            raise UserError(
                "the lines end with CR alone, as on old Macs.",
                file=path,
                remedy="Convert them: tr '\\r' '\\n' < old.vcf > new.vcf.",
            )
        if line.startswith(b"##"):
            if line.startswith(b"##contig"):
                decoded(line, path, number)
            continue
        if not line.startswith(b"#CHROM"):
            raise UserError(
                "the header line #CHROM is missing.",
                file=path,
                line=number,
                remedy="Restore the header of the VCF; it starts with ##fileformat and ends with #CHROM.",
            )
        return _samples_of_header_line(line, path, number)
    raise UserError("the file ends inside its header.", file=path, line=number, remedy="Copy it again.")


def refuse_gvcf(alt: str, path: str | Path) -> None:
    """Refuse a GVCF, by the ALT column of its first record: its samples are not called together."""
    if "<NON_REF>" in alt.split(",") or alt == "<*>":
        raise UserError(
            "this is a GVCF (<NON_REF>), of which the samples are not yet called together.",
            file=path,
            remedy="Make a VCF of it: gatk GenotypeGVCFs, GLnexus or bcftools convert --gvcf2vcf.",
        )


class FirstRecord(NamedTuple):
    """The first record of a VCF: its column ALT, and the names in FORMAT."""

    alt: str
    fields: list[str]


def first_record(lines: Iterable[tuple[int, bytes]]) -> FirstRecord:
    """The first record among lines of a VCF; without content if there is none."""
    for _, line in lines:
        if not line.startswith(b"#"):
            cells = [cell.decode(errors="replace") for cell in line.split(b"\t", 9)]
            return FirstRecord("".join(cells[4:5]), "".join(cells[8:9]).split(":"))
    return FirstRecord("", [])


def no_genotypes(field: str, there: Collection[str], path: str | Path) -> UserError:
    """The error of records without the field that is to be read, with the others that ``there`` are."""
    return UserError(f"no record has genotypes ({field}).", file=path, remedy=without_field(field, there))


def none_biallelic(sites: int, path: str | Path) -> UserError:
    """The error of sites that all have several ALT alleles."""
    return UserError(
        f"none of the {sites} sites with genotypes is biallelic.",
        file=path,
        remedy="Set `multiallelic: split`, or split the sites, e.g. with bcftools norm -m-any.",
    )


def without_field(field: str, there: Collection[str]) -> str:
    """What to do about records without the field that is to be read, but others."""
    for other in ("GT", "DS", "GP"):
        if other in there:
            return f"Set `field: {other}`."
    if not {"GL", "PL"}.isdisjoint(there):
        return "It has likelihoods (GL, PL) alone: call genotypes from them, or make GP by bcftools +tag2tag."
    return f"Export it with {field}."


def bcf_header(path: str | Path) -> list[bytes]:
    """Lines of the VCF header inside a BCF."""
    with open_bytes(path) as handle:
        start = read_exactly(handle, 9, path)
        if start[:4] != b"BCF\x02":
            raise UserError(
                "the BCF is not of version 2.", file=path, remedy="Convert it with bcftools view."
            )
        text = read_exactly(handle, struct.unpack("<I", start[5:])[0], path)
    return text.rstrip(b"\0").splitlines()


def _samples_of_header_line(line: bytes, path: str | Path, number: int) -> list[str]:
    names = decoded(line, path, number).split("\t")
    fixed = VCF_COLUMNS[: min(len(names), len(VCF_COLUMNS))]
    if names[: len(fixed)] != fixed or len(names) < len(VCF_COLUMNS) - 1:
        raise UserError(
            f"the header line does not start with {' '.join(VCF_COLUMNS)}, separated by tabs.",
            file=path,
            line=number,
        )
    samples = [name.strip() for name in names[len(VCF_COLUMNS) :]]
    if not samples:
        raise UserError(
            "the VCF has no samples.",
            file=path,
            line=number,
            remedy="Export it with genotypes, not as a list of sites.",
        )
    check_ids(samples, path, header_line=number, fixed=len(VCF_COLUMNS))
    return samples
