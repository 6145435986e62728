"""Where a table of genotypes holds its samples, its markers and its values, told by names and shape.

Pure functions on names: :mod:`dnngp.genotypes.file_formats` uses them before any job starts, the readers
when they read, so that both come to the same answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

#: Names of columns that describe a marker, in lower case without signs, by what they hold.
MARKER_COLUMNS = {
    **dict.fromkeys(["chrom", "chr", "chromosome", "linkagegroup", "lg"], "chrom"),
    **dict.fromkeys(["pos", "position", "bp", "ps", "posbp", "positionbp", "physicalposition"], "pos"),
    **dict.fromkeys(["ref", "reference", "refallele", "referenceallele"], "ref"),
    **dict.fromkeys(["alt", "alternate", "alternative", "altallele", "alternateallele"], "alt"),
    **dict.fromkeys(["alleles"], "alleles"),
    **dict.fromkeys(["cm", "geneticposition", "strand", "qual", "filter", "info", "format"], "other"),
    **dict.fromkeys(["assembly", "center", "protlsid", "assaylsid", "panellsid", "panel", "qccode"], "other"),
}

#: Of these, the names that no sample has: a column so called never holds values.
_NEVER_A_SAMPLE = {name for name, kind in MARKER_COLUMNS.items() if kind in ("chrom", "pos", "alleles")} | {
    *("qual", "filter", "info", "format", "assembly", "protlsid", "assaylsid", "panellsid", "qccode")
} - {"lg", "ps", "bp", "chr"}

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

#: Names that markers have and samples seldom do: rs123, SNP_17, chr1_20345, 1:20345, S1_20345.
_MARKER_NAME = re.compile(
    r"(rs|ss)\d+|(snp|marker|mrk|mk|affx|ax|solcap|wpt|iwa|iwb)[-_.:]?\w*[-_.:]?\d+|"
    r"(chr|chrom|chromosome|lg|s|c|gm|ca)?0?\w{1,2}[-_.:]\d{3,}([-_.:]\w+)*",
    re.IGNORECASE,
)

#: Of these, names that samples have as well: DH-1001, L_001.
_LIKE_A_SAMPLE = re.compile(r"(?!chr|lg)[a-z]{1,2}[-_.:]\d+", re.IGNORECASE)

#: Share of the columns, and of their number at most, that may be named unlike the others to be remarked on.
_ALIKE, _ODD = 0.9, 3

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


@dataclass(frozen=True)
class Leading:
    """Columns of a table before its values.

    Attributes
    ----------
    count
        How many there are.
    holds
        Those that describe markers, by what they hold: ``chrom``, ``pos``, ``ref``, ``alt``, ``alleles`` or
        ``other`` to the 0-based column. Empty where none does.
    id
        The column of the names of the rows; None where the rows are markers without names.
    """

    count: int
    holds: dict[str, int]
    id: int | None


def leading_columns(header: Sequence[str]) -> Leading:
    """The columns before the values: the names of the rows, and what describes markers, without a gap.

    A column that is called as what describes a marker never holds the names of the rows. A first value column
    may be called ``alt``, but not beside ``chrom`` or ``pos``.
    """
    holds: dict[str, int] = {}
    id: int | None = None
    count = 0
    for column, name in enumerate(header):
        plain = _plain(name)
        kind = MARKER_COLUMNS.get(plain)
        if kind is None and id is None and (column == 0 or plain in MARKER_WORDS | {"id", "name"}):
            id = column
        elif kind is None or (kind in holds and kind != "other"):
            break
        else:
            holds[kind] = column
        count = column + 1
    if "chrom" in holds or "pos" in holds or {"ref", "alt"} <= set(holds):
        return Leading(count, holds, id)
    return Leading(1, {}, 0)


def map_columns(header: Sequence[str]) -> dict[str, int] | None:
    """Columns of a marker map by what they hold: ``id``, ``chrom`` and others of :data:`MARKER_COLUMNS`.

    None where nothing is called as the names of markers and the first column is none, or no chromosome is.
    """
    plain = [_plain(name) for name in header]
    at: dict[str, int] = {}
    for column, name in enumerate(plain):
        at.setdefault("id" if name in MARKER_WORDS | {"id", "name"} else MARKER_COLUMNS.get(name, ""), column)
    if "id" not in at and plain[0] not in MARKER_COLUMNS:
        at["id"] = 0
    return at if {"id", "chrom"} <= set(at) else None


def misplaced_columns(header: Sequence[str], leading: Leading) -> list[str]:
    """Names of columns among the values that describe markers."""
    return [name for name in header[leading.count :] if _plain(name) in _NEVER_A_SAMPLE]


def odd_names(names: Sequence[str]) -> list[str]:
    """Names of markers that are built unlike nearly all of the others, such as ``pop`` among ``m1, m2, ...``.

    Empty where there are more than a few: then the names have no common form.
    """
    forms = [re.sub(r"[0-9]+", "0", name) for name in names]
    form, most = Counter(forms).most_common(1)[0] if forms else ("", 0)
    odd = [name for name, its in zip(names, forms, strict=True) if its != form]
    return odd if "0" in form and most >= _ALIKE * len(names) and len(odd) <= _ODD else []


def table_layout(header: Sequence[str], row_names: Sequence[str], samples_in: str) -> Layout:
    """Whether the samples of a table are its rows or its columns.

    Parameters
    ----------
    header
        All column names.
    row_names
        Name of every row.
    samples_in
        ``rows`` or ``columns`` where it is known, else ``auto``.
    """
    if samples_in != "auto":
        return Layout(samples_in, "as `samples_in` says")
    if leading_columns(header).holds:
        return Layout("columns", "its columns describe markers")
    first = _plain(header[0])
    if first in MARKER_WORDS:
        return Layout("columns", f"the first column is called {header[0]!r}")
    columns = header[1:]
    by_row, by_column = like_markers(row_names), like_markers(columns)
    like_samples = sum(_LIKE_A_SAMPLE.fullmatch(name) is not None for name in row_names)
    # Of a single row the name says too little: it may be a line called L8-1011.
    sure = first not in SAMPLE_WORDS or (2 * like_samples <= len(row_names) and len(row_names) > 1)
    if by_row >= _MOST and by_column <= _FEW and sure:
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


def like_markers(names: Sequence[str]) -> float:
    """Share of names that are built as those of markers often are."""
    return sum(_MARKER_NAME.fullmatch(name) is not None for name in names) / max(1, len(names))
