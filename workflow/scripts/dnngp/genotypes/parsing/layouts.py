"""Where a table of genotypes holds its samples, its markers and its values, told by names and shape.

Pure functions on names: :mod:`dnngp.genotypes.file_formats` uses them before any job starts, the readers
when they read, so that both come to the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: Names of columns that describe a marker, in lower case without signs, by what they hold.
MARKER_COLUMNS = {
    **dict.fromkeys(["chrom", "chr", "chromosome", "linkagegroup", "lg"], "chrom"),
    **dict.fromkeys(["pos", "position", "bp", "ps", "posbp", "positionbp", "physicalposition"], "pos"),
    **dict.fromkeys(["ref", "reference", "refallele", "referenceallele"], "ref"),
    **dict.fromkeys(["alt", "alternate", "alternative", "altallele", "alternateallele"], "alt"),
    **dict.fromkeys(["alleles"], "alleles"),
    **dict.fromkeys(["cm", "geneticposition", "strand", "qual", "filter"], "other"),
}

# fmt: off
#: Names of the first column where the rows are samples.
SAMPLE_WORDS = frozenset({
    "id", "ids", "iid", "sample", "samples", "sampleid", "line", "lines", "lineid", "taxa", "taxon",
    "genotype", "genotypes", "accession", "accessions", "individual", "individuals", "ind",
    "designation", "germplasm", "germplasmname", "entry", "variety", "cultivar", "clone", "plant",
    "animal", "strain", "gid", "ecotype", "ecotypeid",
})

#: Names of the first column where the rows are markers or features.
MARKER_WORDS = frozenset({
    "marker", "markers", "markerid", "markername", "snp", "snps", "snpid", "snpname", "locus", "loci",
    "variant", "variants", "variantid", "rs", "rsid", "probe", "probeset", "probeid", "gene", "genes",
    "geneid", "transcript", "metabolite", "feature", "features", "wavelength", "band",
})
# fmt: on

#: Names that markers have and lines seldom do: rs123, SNP_17, chr1_20345, 1:20345, S1_20345.
_MARKER_NAME = re.compile(
    r"(rs|ss)\d+|(snp|marker|mrk|mk|affx|ax|solcap|wpt|iwa|iwb)[-_.:]?\w*[-_.:]?\d+|"
    r"(chr|chrom|chromosome|lg|s|c|gm|ca)?0?\w{1,2}[-_.:]\d{3,}([-_.:]\w+)*",
    re.IGNORECASE,
)

#: Share of names that must look like markers on one side, and at most so many on the other.
_MOST, _FEW = 0.9, 0.1

#: Rows to columns from which a table without any telling name is taken for markers in rows.
_TALL = 2


@dataclass(frozen=True)
class Layout:
    """Where the samples are, and how it was told.

    Attributes
    ----------
    samples_in
        ``rows`` or ``columns``.
    why
        The reason as a clause, for the log.
    """

    samples_in: str
    why: str


def marker_columns(header: Sequence[str]) -> dict[str, int]:
    """Columns that describe markers, by what they hold; they follow the first, without a gap.

    ``chrom``, ``pos``, ``ref``, ``alt``, ``alleles`` or ``other`` to the 0-based column. Empty where the
    table has none: a first value column may be called ``alt``, but not beside ``chrom`` or ``pos``.
    """
    found: dict[str, int] = {}
    for column, name in enumerate(header[1:], start=1):
        kind = MARKER_COLUMNS.get(_plain(name))
        if kind is None or (kind in found and kind != "other"):
            break
        found[kind] = column
    return found if "chrom" in found or "pos" in found or {"ref", "alt"} <= set(found) else {}


def table_layout(header: Sequence[str], row_names: Sequence[str], samples_in: str) -> Layout:
    """Whether the samples of a table are its rows or its columns.

    Parameters
    ----------
    header
        All column names.
    row_names
        First cell of every row.
    samples_in
        ``rows`` or ``columns`` where it is known, else ``auto``.
    """
    if samples_in != "auto":
        return Layout(samples_in, "as `samples_in` says")
    if marker_columns(header):
        return Layout("columns", "the columns after the first describe markers")
    first = _plain(header[0])
    if first in MARKER_WORDS:
        return Layout("columns", f"the first column is called {header[0]!r}")
    columns = header[1:]
    by_row, by_column = _like_markers(row_names), _like_markers(columns)
    if by_row >= _MOST and by_column <= _FEW:
        return Layout("columns", "the names of the rows look like markers")
    if first in SAMPLE_WORDS:
        return Layout("rows", f"the first column is called {header[0]!r}")
    if by_column >= _MOST and by_row <= _FEW:
        return Layout("rows", "the names of the columns look like markers")
    if len(row_names) > _TALL * len(columns):
        return Layout("columns", f"there are {len(row_names)} rows and {len(columns)} columns")
    return Layout("rows", "which is usual")


def _plain(name: str) -> str:
    """A column name in lower case, letters and digits only."""
    return "".join(filter(str.isalnum, name.lower()))


def _like_markers(names: Sequence[str]) -> float:
    return sum(_MARKER_NAME.fullmatch(name) is not None for name in names) / max(1, len(names))
