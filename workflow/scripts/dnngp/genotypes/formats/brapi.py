"""Allele matrices of BrAPI v2, saved as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dnngp.base.delimited import check_ids
from dnngp.base.errors import UserError
from dnngp.base.files import BOM, damage_told, open_bytes
from dnngp.genotypes.parsing.format import Format, Head, Reading, Sink, source_of

if TYPE_CHECKING:
    from dnngp.genotypes.parsing.calls import Parser
    from dnngp.genotypes.store import Genotypes

#: Names of the dimensions, the key of their ids, and how to speak of them.
_DIMENSIONS = {"VARIANTS": ("variantDbIds", "variants"), "CALLSETS": ("callSetDbIds", "call sets")}

#: Variants turned into dosages at once.
BLOCK_CALLS = 4_000_000


def recognise(head: Head) -> bool:
    """Whether the text is a JSON object."""
    return head.start.removeprefix(BOM).lstrip().startswith(b"{")


def brapi_result(path: str | Path) -> dict[str, Any]:
    """The ``result`` of a saved answer to BrAPI's ``/allelematrix``.

    Raises
    ------
    UserError
        If the file is not JSON, or not such an answer.
    """
    with open_bytes(path) as handle, damage_told(path):
        content = handle.read()
    try:
        answer = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UserError(f"byte {error.start + 1} is not UTF-8 text.", file=path) from None
    except json.JSONDecodeError as error:
        raise UserError(
            f"the JSON is broken ({error.msg}).",
            file=path,
            line=error.lineno,
            column=error.colno,
            remedy="Save the answer of the server again, whole.",
        ) from None
    except (RecursionError, ValueError) as error:
        raise UserError(f"the JSON is broken ({error}).", file=path) from None
    result = answer.get("result", answer) if isinstance(answer, dict) else None
    if not isinstance(result, dict) or "dataMatrices" not in result:
        raise UserError(
            "the JSON is not an allele matrix of BrAPI: `result.dataMatrices` is missing.",
            file=path,
            remedy="Save the answer of /brapi/v2/allelematrix.",
        )
    return result


def brapi_ids(result: dict[str, Any], key: str, path: str | Path) -> list[str]:
    """Ids of one dimension of an allele matrix; those of samples are checked to be unique."""
    ids = result.get(key)
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise UserError(f"`{key}` is not a list of texts.", file=path)
    ids = [id.strip() for id in ids]
    if key == "callSetDbIds":
        check_ids(ids, path, header_line=0)
    return ids


def read(path: Path, reading: Reading, sink: Sink) -> Genotypes:
    """Read a saved answer of ``/brapi/v2/allelematrix`` by ``ploidy``, ``multiallelic`` and ``strict``.

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
    import numpy as np

    from dnngp.genotypes.parsing.calls import CallsWriter, letter_parser, number_parser
    from dnngp.genotypes.store import variant_table

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
    calls = (number_parser if numbered else letter_parser)(reading.ploidy)
    parse = _parser(calls, unphased, phased, unknown)
    source = source_of(path, "brapi")
    size = max(1, BLOCK_CALLS // len(samples))
    with CallsWriter(path, samples, reading, source, sink, parse, numbered) as writer:
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


def _parser(calls: Parser, unphased: str, phased: str, unknown: str) -> Parser:
    """Parser of calls with the separators and the missing allele of this answer."""

    def parse(text: str, indel: bool) -> tuple[str, ...] | None:
        parts = text.strip()
        for separator in (phased, unphased):
            if separator:
                parts = parts.replace(separator, "/")
        alleles = parts.split("/") if "/" in parts else [parts]
        if text == unknown or all(allele in (unknown, "", ".") for allele in alleles):
            return None
        texts = ["." if allele == unknown else allele for allele in alleles]
        return calls("/".join(texts), indel)

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


FORMAT = Format(
    name="brapi",
    recognise=recognise,
    sample_ids=lambda path, samples_in: brapi_ids(brapi_result(path), "callSetDbIds", path),
    count_variants=lambda path, n_samples: len(brapi_ids(brapi_result(path), "variantDbIds", path)),
    read=read,
    title="BrAPI v2: the saved answer of `/allelematrix`",
    recognised_by="`{` at its start",
    alleles="REF is allele 0, or the more common letter; copies of the other are counted",
    order=20,
)
