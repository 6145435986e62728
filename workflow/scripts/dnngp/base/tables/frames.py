"""Tables read and written: tabs, ``NA`` for missing, ten significant digits."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dnngp.base.tables.catalogue import table_of
from dnngp.base.tables.whole_files import intact, whole_file

if TYPE_CHECKING:  # the Snakefile imports the package of tables, and has neither
    import pandas as pd

#: Ten significant digits: enough to repeat every figure, the same text everywhere.
FLOAT_FORMAT = "%.10g"


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
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

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
    from pyarrow import csv

    options = csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
    with whole_file(path) as temporary, open(temporary, "wb") as handle:
        handle.write("\t".join(table.column_names).encode() + b"\n")
        # As one chunk: where the first is empty, pyarrow 26 writes bytes that were never set.
        csv.write_csv(table.combine_chunks(), handle, options)


def _six_digits(numbers: Any) -> Any:
    """Arrow array of texts of numbers, rounded to six significant digits."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    values = numbers.to_numpy()
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scale = 10.0 ** (5 - np.floor(np.log10(np.abs(values))))
        rounded = np.where(np.isfinite(scale), np.round(values * scale) / scale, values)
    return pc.cast(pa.array(rounded), pa.string())


def read_table(path: str | Path, text: Iterable[str] = ()) -> pd.DataFrame:
    """Read a table of ours.

    Columns that the catalogue declares as text stay text (ids such as ``007``), and so do those named in
    ``text``, whose names the configuration gives.
    """
    import pandas as pd

    table = table_of(path)
    names = [*(table.text if table else ()), *text]
    with intact(path):
        return pd.read_csv(
            path, sep="\t", dtype=dict.fromkeys(names, str), na_values=["NA"], keep_default_na=False
        )


def concatenated(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Tables of the same columns as one; those without rows, whose columns have no type, do not count."""
    import pandas as pd

    every = list(tables)
    filled = [table for table in every if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else every[0]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table for :func:`write_json`; missing values become ``null``."""
    return json.loads(frame.to_json(orient="records"))
