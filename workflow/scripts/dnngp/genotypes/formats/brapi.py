"""Allele matrices of BrAPI v2, saved as JSON, to dosages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dnngp.base.errors import UserError
from dnngp.base.seeds import file_sha256
from dnngp.genotypes.formats.calls import CallsWriter, Parser, letter_parser
from dnngp.genotypes.formats.headers import brapi_ids, brapi_result
from dnngp.genotypes.formats.options import Reading
from dnngp.genotypes.store import Genotypes, variant_table

#: Names of the dimensions, the key of their ids, and how to speak of them.
_DIMENSIONS = {"VARIANTS": ("variantDbIds", "variants"), "CALLSETS": ("callSetDbIds", "call sets")}

#: Variants turned into dosages at once.
BLOCK_CALLS = 4_000_000


def read_brapi(path: str | Path, reading: Reading, folder: str | Path | None = None) -> Genotypes:
    """Read a saved answer of ``/brapi/v2/allelematrix``.

    Parameters
    ----------
    path
        JSON, plain or gzip.
    reading
        ``ploidy``, ``multiallelic`` and ``strict``.
    folder
        See :class:`dnngp.genotypes.store.GenotypesWriter`.

    Returns
    -------
    Genotypes
        Samples are call sets. Calls are numbers of alleles (``0/1``: dosage of all that is not 0, where it is
        one) or letters (ALT is the less common). One allele stands for a homozygote, whatever
        ``expandHomozygotes`` says. The answer has neither chromosomes nor positions.

    Raises
    ------
    UserError
        If the file is no such answer, is one page of several, has no matrix ``GT`` or one of another size
        than its ids, or holds text that is no call.
    """
    result = brapi_result(path)
    samples = brapi_ids(result, "callSetDbIds", path)
    ids = brapi_ids(result, "variantDbIds", path)
    _check_whole(result, {"VARIANTS": len(ids), "CALLSETS": len(samples)}, path)
    matrix = _matrix(result, len(ids), len(samples), path)
    unphased, phased = _text(result, "sepUnphased", "/", path), _text(result, "sepPhased", "|", path)
    unknown = _text(result, "unknownString", ".", path)
    places: dict[str, int] = {}
    for row in matrix:
        for cell in row:
            places.setdefault(cell, len(places))
    if len(places) > np.iinfo(np.uint16).max:
        raise UserError(f"the matrix holds {len(places)} different calls.", file=path)
    numbered = not any(character.isalpha() for text in places if text != unknown for character in text)
    letters = letter_parser(reading.ploidy)
    parse = _parser(letters, numbered, reading.ploidy, unphased, phased, unknown)
    source = {"path": Path(path).name, "sha256": file_sha256(path), "format": "brapi"}
    size = max(1, BLOCK_CALLS // len(samples))
    with CallsWriter(path, samples, reading, source, folder, parse, numbered) as writer:
        for start in range(0, len(ids), size):
            part = slice(start, start + size)
            codes = np.array([[places[cell] for cell in row] for row in matrix[part]], np.uint16)
            writer.add(
                codes,
                list(places),
                variant_table("", 0, ids[part], "", ""),
                [()] * len(codes),
                lambda marker, sample, start=start: (  # type: ignore[misc]
                    0,
                    f"dataMatrix[{start + marker}][{sample}] ({ids[start + marker]}, {samples[sample]})",
                ),
            )
        return writer.close()


def _parser(letters: Parser, numbered: bool, ploidy: int, unphased: str, phased: str, unknown: str) -> Parser:
    """Parser of calls with the separators and the missing allele of this answer."""

    def parse(text: str, indel: bool) -> tuple[str, ...] | None:
        parts = text.strip()
        for separator in (phased, unphased):
            if separator:
                parts = parts.replace(separator, "/")
        alleles = parts.split("/") if "/" in parts else [parts]
        if text == unknown or all(allele in (unknown, "", ".") for allele in alleles):
            return None
        if not numbered:
            return letters("/".join("N" if allele == unknown else allele for allele in alleles), indel)
        for allele in alleles:
            if allele not in (unknown, ".") and not (
                allele.isascii() and allele.isdigit() and len(allele) < 4
            ):
                raise ValueError(f"{text!r} is no genotype")
        if len(alleles) not in (1, ploidy):
            raise ValueError(f"the call {text!r} has {len(alleles)} alleles, not {ploidy}")
        if any(allele in (unknown, ".") for allele in alleles):
            return None
        return tuple(str(int(allele)) for allele in (alleles if len(alleles) > 1 else alleles * ploidy))

    return parse


def _check_whole(result: dict[str, Any], found: dict[str, int], path: str | Path) -> None:
    """Refuse one page of several."""
    pages = result.get("pagination", [])
    if not isinstance(pages, list) or not all(isinstance(page, dict) for page in pages):
        raise UserError("`pagination` is not a list of objects.", file=path)
    for page in pages:
        dimension = str(page.get("dimension", "")).upper()
        total = page.get("totalCount")
        if dimension not in _DIMENSIONS or total is None:
            continue
        if total != found[dimension]:
            raise UserError(
                f"the file holds {found[dimension]} of {total} {_DIMENSIONS[dimension][1]} "
                f"(page {page.get('page')} of {page.get('totalPages')}).",
                file=path,
                remedy="Ask the server for all of them in one page (dimensionVariantPageSize, "
                "dimensionCallSetPageSize).",
            )


def _matrix(result: dict[str, Any], n_variants: int, n_samples: int, path: str | Path) -> list[list[str]]:
    """The matrix of calls, a list of texts for every variant."""
    matrices = result["dataMatrices"]
    if not isinstance(matrices, list) or not all(isinstance(matrix, dict) for matrix in matrices):
        raise UserError("`dataMatrices` is not a list of objects.", file=path)
    calls = [matrix for matrix in matrices if matrix.get("dataMatrixAbbreviation") == "GT"]
    if len(calls) != 1:
        names = ", ".join(str(matrix.get("dataMatrixAbbreviation")) for matrix in matrices) or "nothing"
        raise UserError(f"there is not one matrix GT but {names}.", file=path, remedy="Ask for GT.")
    rows = calls[0].get("dataMatrix")
    if not isinstance(rows, list) or len(rows) != n_variants or not n_variants:
        found = len(rows) if isinstance(rows, list) else "no"
        raise UserError(f"the matrix has {found} rows for {n_variants} variants.", file=path)
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != n_samples:
            found = len(row) if isinstance(row, list) else "no"
            raise UserError(
                f"row {number + 1} of the matrix has {found} cells for {n_samples} call sets.", file=path
            )
        for sample, cell in enumerate(row):
            if not isinstance(cell, str):
                raise UserError(f"{cell!r} is no text.", file=path, column=f"dataMatrix[{number}][{sample}]")
    return rows


def _text(result: dict[str, Any], key: str, default: str, path: str | Path) -> str:
    value = result.get(key)
    if value is None:
        return default
    if not isinstance(value, str):
        raise UserError(f"`{key}` is not text.", file=path)
    return value
