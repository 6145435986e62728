"""What must be the same in the results of two runs of one configuration, whatever happened on the way."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from dnngp.base.digests import LIST
from dnngp.config.ownership import OWNER

#: What tells when, where and at what cost a file was made: endings of columns, keys of JSON.
COST = ("cpu_s", "wall_s", "peak_mb")
CIRCUMSTANCES = {*COST, "timing", "host", "ended"}
#: Files about cost, and pages and figures that show it.
COSTS = (
    *("timing.tsv", "pareto.tsv", "costs.tsv", "estimate.tsv", "report/index.html", "ro-crate-metadata.json"),
    *(f"figures/{name}.{kind}" for name in ("time", "pareto") for kind in ("svg", "png", "csv")),
)


def contents(results: Path) -> dict[str, bytes]:
    """Every file below ``results``, without :data:`COSTS` and the columns and keys that tell circumstances.

    Whatever else lies there counts, partial files too, but not what the run notes for itself.
    """
    return {
        path.relative_to(results).as_posix(): _without_circumstances(path)
        for path in sorted(results.rglob("*"))
        if path.is_file() and path.name not in (LIST, OWNER) and not path.as_posix().endswith(COSTS)
    }


def _without_circumstances(path: Path) -> bytes:
    if path.suffix == ".json":
        told = json.loads(path.read_text())
        told = {key: value for key, value in told.items() if key not in CIRCUMSTANCES}
        if path.name == "run.json":
            del told["tables_sha256"]["summary"]
        return json.dumps(told, sort_keys=True).encode()
    if path.suffix == ".xlsx":
        return repr(dict(_sheets(path))).encode()
    if path.suffix == ".tsv":
        cost = [name for name in path.open().readline().rstrip("\n").split("\t") if name.endswith(COST)]
        if cost:
            table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
            return table.drop(columns=cost).to_csv(sep="\t", index=False).encode()
    return path.read_bytes()


def _sheets(path: Path) -> Iterator[tuple[str, str]]:
    """The sheets of a workbook, without those and the columns that tell costs."""
    for name, table in pd.read_excel(path, sheet_name=None, engine="calamine").items():
        if f"{name}.tsv" not in COSTS:
            yield name, table[[column for column in table if not str(column).endswith(COST)]].to_csv()
