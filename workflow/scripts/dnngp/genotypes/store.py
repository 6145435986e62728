"""The genotypes of one population, as every reader makes them and every step takes them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from dnngp.base.errors import UserError
from dnngp.base.tables import intact, read_json, whole_file, write_arrow_table, write_json, write_table
from dnngp.genotypes.crosses import PARENTS, Crosses, stored_crosses, write_crosses

log = logging.getLogger(__name__)

#: Columns of ``Genotypes.variants``.
VARIANT_COLUMNS = ["chrom", "pos", "id", "ref", "alt"]

#: Columns of ``Genotypes.skipped``.
SKIPPED_COLUMNS = ["id", "reason"]

#: Columns of ``Genotypes.defects``.
DEFECT_COLUMNS = ["line", "column", "id", "what"]

#: Missing dosage; real values have NaN instead.
MISSING = -1

#: Bytes of dosages copied at once; bounds the memory of :meth:`Genotypes.save`.
BLOCK_BYTES = 16_000_000

_Index = np.ndarray | None


@dataclass
class Genotypes:
    """Dosages of p variants in n samples, or any numeric table of p features.

    Attributes
    ----------
    samples
        (n,) ids, text, unique.
    variants
        p rows; columns ``chrom``, ``pos`` (integer, 0 where unknown), ``id``, ``ref``, ``alt`` ("" where
        unknown).
    dosages
        (p, n), a variant a row. Copies of the ALT allele as int8, 0 to ``ploidy``, -1 missing, or as
        float32 where they are estimates (the DS of an imputed VCF), NaN missing; or the values of a feature
        table, float32, NaN missing. May be a read-only memory map.
    ploidy
        Sets of chromosomes; None for a feature table.
    source
        ``path`` (file name), ``sha256`` and ``format`` of the file read.
    skipped
        Sites that the reader could not turn into dosages (``id``, ``reason``), for quality control to
        count. Not stored by :meth:`save`.
    defects
        What is wrong in the file but does not touch the dosages (``line``, 0 where the format has none,
        ``column``, ``id`` of the variant, ``what``). Not stored by :meth:`save`.
    warnings
        What the reader doubts, a sentence each. Not stored by :meth:`save`.
    crosses
        The parents of each sample, where the genotypes are made of those of parents; else None.
    """

    samples: np.ndarray
    variants: pd.DataFrame
    dosages: np.ndarray
    ploidy: int | None
    source: dict[str, Any]
    skipped: pd.DataFrame = field(default_factory=lambda: skipped_table([]))
    defects: pd.DataFrame = field(default_factory=lambda: defect_table([]))
    warnings: list[str] = field(default_factory=list)
    crosses: Crosses | None = None

    def __post_init__(self) -> None:
        if self.dosages.shape != (len(self.variants), len(self.samples)):
            raise ValueError(
                f"dosages of shape {self.dosages.shape} for {len(self.variants)} variants "
                f"and {len(self.samples)} samples"
            )
        _check_type(self.dosages.dtype, self.ploidy)
        if self.crosses is not None and len(self.crosses.female) != len(self.samples):
            raise ValueError(f"parents of {len(self.crosses.female)} crosses for {len(self.samples)} samples")

    @property
    def is_dosage(self) -> bool:
        """Whether the values count alleles, so that allele frequencies mean something."""
        return self.ploidy is not None

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return len(self.samples)

    @property
    def n_variants(self) -> int:
        """Number of variants or features."""
        return len(self.variants)

    def positions(self, samples: Iterable[str]) -> np.ndarray:
        """Positions (int64) of samples, found by id, in the order given; KeyError if one is not there."""
        position_of = {sample: position for position, sample in enumerate(self.samples.tolist())}
        return np.array([position_of[sample] for sample in samples], np.int64)

    def select(self, samples: _Index = None, variants: _Index = None) -> Genotypes:
        """The genotypes of some samples and variants, copied.

        Parameters
        ----------
        samples, variants
            Integer or boolean index arrays; None takes all.
        """
        dosages = self.dosages
        if variants is not None:
            dosages = dosages[variants]
        if samples is not None:
            dosages = np.ascontiguousarray(dosages[:, samples])
        return replace(
            self,
            samples=self.samples if samples is None else self.samples[samples],
            variants=self.variants
            if variants is None
            else self.variants.iloc[variants].reset_index(drop=True),
            dosages=dosages,
            crosses=self.crosses and self.crosses.select(samples, variants),
        )

    def at_lines(self, samples: np.ndarray) -> Genotypes:
        """The values of these lines in this order, by id; missing throughout for a line that is not here.

        Parameters
        ----------
        samples
            (n,) ids, unique.
        """
        if np.array_equal(samples, self.samples):
            return self
        column_of = {sample: column for column, sample in enumerate(self.samples)}
        columns = np.array([column_of.get(sample, -1) for sample in samples])
        integer = np.issubdtype(self.dosages.dtype, np.integer)
        dosages = np.full((self.n_variants, len(samples)), MISSING if integer else np.nan, self.dosages.dtype)
        dosages[:, columns >= 0] = self.dosages[:, columns[columns >= 0]]
        return replace(self, samples=np.asarray(samples), dosages=dosages, crosses=None)

    def rows(self, samples: _Index = None, variants: _Index = None) -> np.ndarray:
        """Values as (n, p), a sample a row, copied; dtype and codes as in ``dosages``.

        Parameters
        ----------
        samples, variants
            Integer or boolean index arrays; None takes all.
        """
        return np.array(self.select(samples, variants).dosages.T, order="C")

    def save(self, folder: str | Path, samples: _Index = None, variants: _Index = None) -> None:
        """Write ``dosages.npy``, ``variants.tsv``, ``samples.tsv`` and ``meta.json`` into a folder.

        Block by block: never more than a few blocks of dosages are in memory.

        Parameters
        ----------
        folder
            Made where it does not exist; may be the one that the dosages are mapped from.
        samples, variants
            Integer or boolean index arrays of what to keep; None keeps all.
        """
        ids = self.samples if samples is None else self.samples[samples]
        with GenotypesWriter(ids, self.ploidy, self.source, folder) as writer:
            for part, dosages in self._blocks(samples, variants):
                writer.add(part, dosages)
            writer.close()
        if self.crosses is not None:
            crosses = self.crosses.select(samples)
            crosses.lines.save(Path(folder) / PARENTS, None, variants)
            write_crosses(crosses.table(ids), Path(folder))

    def _blocks(self, samples: _Index, variants: _Index) -> Iterator[tuple[pd.DataFrame, np.ndarray]]:
        """Variants and dosages of a selection, some variants at a time."""
        rows = np.arange(self.n_variants)
        # What keeps all costs no more than nothing to choose.
        if variants is not None and np.array_equal(rows[variants], rows):
            variants = None
        columns = np.arange(self.n_samples)
        if samples is not None:
            columns = columns[samples]
            if np.array_equal(columns, np.arange(self.n_samples)):
                samples = None
        if variants is not None:
            rows = rows[variants]
        size = max(1, BLOCK_BYTES // max(1, self.dosages.dtype.itemsize * self.n_samples))
        for start in range(0, max(1, len(rows)), size):
            picked = rows[start : start + size]
            # A slice is a view of the map; picking rows one by one would copy them first.
            dosages = self.dosages[slice(start, start + size) if variants is None else picked]
            yield (
                self.variants.iloc[picked],
                dosages if samples is None else np.take(dosages, columns, axis=1),
            )

    @classmethod
    def load(cls, folder: str | Path) -> Genotypes:
        """Open what :meth:`save` wrote; the dosages stay on disk and are mapped into memory, read-only."""
        folder = Path(folder)
        samples = stored_samples(folder)
        with _whole_store(folder):
            meta = read_json(folder / "meta.json")
            variants = read_variants(folder / "variants.tsv")
            path = folder / "dosages.npy"
            with intact(path):
                dosages = np.load(path, mmap_mode="r")
                if dosages.shape != (len(variants), len(samples)):
                    raise ValueError(
                        f"{dosages.shape[0]} variants of {dosages.shape[-1]} lines, not "
                        f"{len(variants)} of {len(samples)} as in the tables beside it"
                    )
        parents = stored_crosses(folder)
        return cls(
            samples=samples,
            variants=variants,
            dosages=dosages,
            ploidy=meta["ploidy"],
            source=meta["source"],
            crosses=None if parents is None else Crosses.of(parents, cls.load(folder / PARENTS)),
        )


class GenotypesWriter:
    """Collects the genotypes of a file as its reader goes through it.

    Parameters
    ----------
    samples
        (n,) ids.
    ploidy
        Sets of chromosomes; None for a feature table.
    source
        See :class:`Genotypes`.
    folder
        Where to stream the dosages to, in the layout of :meth:`Genotypes.save`; they never are in memory as
        a whole. Kept in memory if None.

    As a context manager, it removes what it wrote if the block raises before :meth:`close`.
    """

    def __init__(
        self, samples: Any, ploidy: int | None, source: dict[str, Any], folder: str | Path | None = None
    ) -> None:
        self.samples = np.asarray(samples, dtype=str)
        self.ploidy = ploidy
        self.source = source
        self.folder = None if folder is None else Path(folder)
        self._stack = ExitStack()
        self._file: BinaryIO | None = None
        self._dtype: np.dtype | None = None
        self._variants: list[pd.DataFrame | pa.RecordBatch] = []
        self._dosages: dict[int, np.ndarray] = {}
        self._end = 0
        self._warnings: list[str] = []
        if self.folder is not None:
            path = self._stack.enter_context(whole_file(self.folder / "dosages.npy"))
            # Not "wb": to truncate the new file, empty as it is, has ext4 write all of it out at the end.
            self._file = self._stack.enter_context(open(path, "r+b"))  # noqa: SIM115 - closed by the stack

    def __enter__(self) -> GenotypesWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def n_variants(self) -> int:
        """Variants added so far."""
        return sum(map(len, self._variants))

    def warn(self, text: str) -> None:
        """Say something on the terminal that the report repeats: a sentence about the file."""
        text = f"{self.source['path']}: {text}"
        log.warning("%s", text)
        self._warnings.append(text)

    def add(self, variants: pd.DataFrame | pa.RecordBatch, dosages: np.ndarray) -> None:
        """Append k variants.

        Parameters
        ----------
        variants
            k rows in the form of :func:`variant_table`, or a record batch with the same columns in the same
            order, which costs less where there are many calls; the same type in every call.
        dosages
            (k, n) int8 or float32, as in :class:`Genotypes`; the same type in every call. Copied.
        """
        self.fill(self.reserve(variants, dosages), dosages)

    def reserve(self, variants: pd.DataFrame | pa.RecordBatch, dosages: np.ndarray) -> int:
        """Append k variants without copying their dosages.

        Returns
        -------
        int
            Where the dosages go, for :meth:`fill`.
        """
        if dosages.shape != (len(variants), len(self.samples)):
            raise ValueError(
                f"dosages of shape {dosages.shape} for {len(variants)} variants "
                f"and {len(self.samples)} samples"
            )
        if self._dtype is None:
            _check_type(dosages.dtype, self.ploidy)
            self._dtype = dosages.dtype
            self._end = len(self._header(0))
        elif dosages.dtype != self._dtype:
            raise TypeError(f"dosages are {dosages.dtype}, those before {self._dtype}")
        if isinstance(variants, pd.DataFrame) and list(variants.columns) != VARIANT_COLUMNS:
            variants = variants[VARIANT_COLUMNS]
        self._variants.append(variants)
        place = self._end
        self._end += dosages.nbytes
        return place

    def fill(self, place: int, dosages: np.ndarray) -> None:
        """Copy dosages to where :meth:`reserve` found room for them; on any thread, in any order."""
        if not dosages.size:
            return
        if self._file is None:
            self._dosages[place] = np.array(dosages, order="C")
        else:
            _write_at(self._file, place, np.ascontiguousarray(dosages).data.cast("B"))

    def close(self, skipped: pd.DataFrame | None = None, defects: pd.DataFrame | None = None) -> Genotypes:
        """The genotypes added; complete on disk if there is a folder, and their dosages mapped from there.

        Parameters
        ----------
        skipped, defects
            See :class:`Genotypes`; empty if None.
        """
        if self._dtype is None:
            self.add(variant_table([], [], [], [], []), np.empty((0, len(self.samples)), self._empty_type()))
        assert self._dtype is not None
        variants = _one_table(self._variants)
        shape = (len(variants), len(self.samples))
        if self.folder is not None:
            assert self._file is not None
            _write_at(self._file, 0, memoryview(self._header(len(variants))))
            self._stack.close()
            write_variants(variants, self.folder / "variants.tsv")
            write_table(pd.DataFrame({"sample": self.samples}), self.folder / "samples.tsv")
            write_json({"ploidy": self.ploidy, "source": self.source}, self.folder / "meta.json")
        if not all(shape):  # nothing can be neither mapped nor put together
            dosages = np.empty(shape, self._dtype)
        elif self.folder is not None:
            dosages = np.load(self.folder / "dosages.npy", mmap_mode="r")
        else:
            dosages = np.concatenate([self._dosages[place] for place in sorted(self._dosages)])
            self._dosages.clear()
        return Genotypes(
            samples=self.samples,
            variants=variants,
            dosages=dosages,
            ploidy=self.ploidy,
            source=self.source,
            skipped=skipped_table([]) if skipped is None else skipped,
            defects=defect_table([]) if defects is None else defects,
            warnings=self._warnings,
        )

    def _empty_type(self) -> type:
        return np.float32 if self.ploidy is None else np.int8

    def _header(self, rows: int) -> bytes:
        """The head of the .npy file; numpy pads it so that any number of rows takes the same room."""
        assert self._dtype is not None
        head = {
            "descr": np.lib.format.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (rows, len(self.samples)),
        }
        text = BytesIO()
        np.lib.format.write_array_header_1_0(text, head)
        return text.getvalue()


def _write_at(file: BinaryIO, place: int, data: memoryview) -> None:
    while data:
        written = os.pwrite(file.fileno(), data, place)
        place, data = place + written, data[written:]


def _one_table(parts: list[Any]) -> pd.DataFrame:
    """Parts of a table of variants, all of one type, behind one another."""
    if isinstance(parts[0], pa.RecordBatch):
        return pa.Table.from_batches(parts).to_pandas()
    return pd.concat(parts, ignore_index=True)


def variant_table(chrom: Any, pos: Any, id: Any, ref: Any, alt: Any) -> pd.DataFrame:
    """A table of variants in the form that :class:`Genotypes` has; a single value fills its column."""
    table = pd.DataFrame(dict(zip(VARIANT_COLUMNS, (chrom, pos, id, ref, alt), strict=True)))
    return table.astype({"chrom": str, "pos": np.int64, "id": str, "ref": str, "alt": str})


def skipped_table(rows: Any) -> pd.DataFrame:
    """A table of sites that a reader skipped, from rows of ``id`` and ``reason``."""
    return pd.DataFrame(rows, columns=SKIPPED_COLUMNS, dtype=str)


def defect_table(rows: Any) -> pd.DataFrame:
    """A table of defects, from rows of ``line``, ``column``, ``id`` and ``what``."""
    table = pd.DataFrame(rows, columns=DEFECT_COLUMNS)
    return table.astype({"line": np.int64, "column": str, "id": str, "what": str})


def write_variants(variants: pd.DataFrame, path: str | Path) -> None:
    """Write a table of variants, fast: text such as ``NA`` stands for itself, quotes only where needed."""
    table = pa.Table.from_pandas(variants[VARIANT_COLUMNS], preserve_index=False)
    try:
        write_arrow_table(table, path)
    except pa.ArrowInvalid:  # a name holds a quote or a tab
        with whole_file(path) as temporary:
            variants[VARIANT_COLUMNS].to_csv(temporary, sep="\t", index=False, lineterminator="\n")


def variant_names(variants: pd.DataFrame) -> pd.Series:
    """A name for every variant: its id, or ``chrom:pos:ref:alt`` where it has none."""
    names = variants["id"].copy()
    bare = variants[(names == "").to_numpy()]
    if len(bare):
        position = bare["chrom"] + ":" + bare["pos"].astype(str) + ":" + bare["ref"] + ":" + bare["alt"]
        names[(names == "").to_numpy()] = position.to_numpy()
    return names


def read_variants(path: str | Path) -> pd.DataFrame:
    """Read what :func:`write_variants` wrote."""
    return _read_text_table(Path(path))


def stored_samples(folder: str | Path) -> np.ndarray:
    """Ids of the samples in a folder that :meth:`Genotypes.save` wrote."""
    with _whole_store(Path(folder)):
        return _read_text_table(Path(folder) / "samples.tsv")["sample"].to_numpy(dtype=str)


@contextmanager
def _whole_store(folder: Path) -> Iterator[None]:
    """Read a store; a file of it that is damaged or missing can only be made again with the others."""
    remedy = (
        f"The workflow made it and can make it again: delete the folder {folder} and run the same command."
    )
    try:
        yield
    except FileNotFoundError as error:
        raise UserError("the file is missing.", file=error.filename, remedy=remedy) from None
    except UserError as error:
        error.remedy = remedy
        raise


def _read_text_table(path: Path) -> pd.DataFrame:
    """A table of ours; ``pos`` is a number, and no text stands for missing: a marker may be called NA."""
    with intact(path):
        with open(path, "rb") as handle:
            names = handle.readline().decode().rstrip("\n").split("\t")
        types = dict.fromkeys(names, pa.large_string()) | ({"pos": pa.int64()} if "pos" in names else {})
        table = pa.csv.read_csv(
            path,
            # More threads save no time with tables of this size.
            read_options=pa.csv.ReadOptions(use_threads=False),
            parse_options=pa.csv.ParseOptions(delimiter="\t", newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(column_types=types),
        )
        return table.to_pandas()


def _check_type(dtype: np.dtype, ploidy: int | None) -> None:
    """Raise TypeError unless dosages may have this type."""
    if dtype != np.float32 and (ploidy is None or dtype != np.int8):
        raise TypeError(f"dosages are {dtype}, not {'float32' if ploidy is None else 'int8 or float32'}")
