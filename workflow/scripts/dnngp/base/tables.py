"""Tables on disk: tab-separated, written whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from dnngp.base.errors import UserError
from dnngp.base.jobs import PARTIAL

#: Ten significant digits: enough to repeat every figure, the same text everywhere.
FLOAT_FORMAT = "%.10g"


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it onto ``path`` on success.

    A killed job leaves no partial file that could be taken for a whole one. An error of the operating system
    names ``path``.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        prefix = f"{PARTIAL}{path.name[:80]}."
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        error.filename = str(path)
        raise


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Yield a temporary folder beside ``path``; rename it onto ``path``, which must not exist, on success."""
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f"{PARTIAL}{path.name[:80]}."))
        try:
            yield temporary
            os.chmod(temporary, 0o755)
            os.replace(temporary, path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        error.filename = str(path)
        raise


@contextmanager
def intact(path: str | Path) -> Iterator[None]:
    """Read a file that the workflow made; one that cannot be read is the user's to remove."""
    try:
        if Path(path).suffix == ".tsv":
            _check_end(path)
        yield
    except (EOFError, ValueError) as error:
        raise UserError(
            f"the file is damaged ({' '.join(str(error).split())}).",
            file=path,
            remedy="The workflow made it and can make it again: delete it and run the same command.",
        ) from error


def write_table(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a tidy table: tabs, ``NA`` for missing, LF, no index."""
    with whole_file(path) as temporary:
        frame.to_csv(
            temporary,
            sep="\t",
            index=False,
            na_rep="NA",
            float_format=FLOAT_FORMAT,
            lineterminator="\n",
        )


def write_large_table(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a table as :func:`write_table` does, but fast, for many rows; six significant digits a number."""
    columns = {}
    for name in frame.columns:
        values: Any = frame[name]
        if values.dtype.kind == "b":
            values = np.where(values.to_numpy(), "True", "False")
        column = pa.array(values, from_pandas=True)
        if values.dtype.kind == "f":
            # A statistic of many variants has few values: each is turned into text once.
            column = column.dictionary_encode()
            column = pa.DictionaryArray.from_arrays(column.indices, _six_digits(column.dictionary))
        columns[name] = pc.fill_null(pc.cast(column, pa.string()), "NA")
    try:
        write_arrow_table(pa.table(columns), path)
    except pa.ArrowInvalid:  # a name holds a quote or a tab
        write_table(frame, path)


def write_arrow_table(table: Any, path: str | Path) -> None:
    """Write an Arrow table: tabs, LF, texts as they are.

    Raises
    ------
    pyarrow.ArrowInvalid
        If a text would need quotes.
    """
    options = csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
    with whole_file(path) as temporary, open(temporary, "wb") as handle:
        handle.write("\t".join(table.column_names).encode() + b"\n")
        # As one chunk: where the first is empty, pyarrow 26 writes bytes that were never set.
        csv.write_csv(table.combine_chunks(), handle, options)


def _six_digits(numbers: Any) -> Any:
    """Arrow array of texts of numbers, rounded to six significant digits."""
    values = numbers.to_numpy()
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scale = 10.0 ** (5 - np.floor(np.log10(np.abs(values))))
        rounded = np.where(np.isfinite(scale), np.round(values * scale) / scale, values)
    return pc.cast(pa.array(rounded), pa.string())


def read_table(path: str | Path, text: tuple[str, ...] = ()) -> pd.DataFrame:
    """Read a table of ours; the columns in ``text`` stay text (ids such as ``007``)."""
    with intact(path):
        return pd.read_csv(
            path,
            sep="\t",
            dtype=dict.fromkeys(text, str),
            na_values=["NA"],
            keep_default_na=False,
        )


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table for :func:`write_json`; missing values become ``null``."""
    return json.loads(frame.to_json(orient="records"))


def write_json(content: Any, path: str | Path) -> None:
    """Write JSON with sorted keys."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def read_json(path: str | Path) -> Any:
    """Read JSON."""
    with intact(path):
        return json.loads(Path(path).read_text())


def _check_end(path: str | Path) -> None:
    """A table of ours ends with a line feed; one that was cut hardly ever does."""
    with open(path, "rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        handle.seek(max(size - 1, 0))
        if handle.read() != b"\n":
            raise ValueError("it ends within a line" if size else "it is empty")
