"""What must be the same in the results of two runs of one configuration, whatever happened on the way."""

import json
from pathlib import Path

import pandas as pd

#: Endings of the columns that tell what a run cost on the machine it ran on.
COST = ("cpu_s", "wall_s", "peak_mb")

#: What shows time beside its tables.
TIME = ("report/index.html", "report/figures/time.svg")


def contents(results: Path) -> dict[str, bytes]:
    """Every file below ``results`` that a run wrote, without what differs from run to run.

    Left out are tables of time, the page and the figure that show time, and the columns :data:`COST` of other
    tables. Whatever else lies there counts, partial files too.
    """
    found = {}
    for path in sorted(results.rglob("*")):
        name = path.relative_to(results).as_posix()
        if (
            path.is_dir()
            or name.endswith("timing.tsv")
            or name in ("report/index.html", "report/figures/time.svg")
        ):
            continue
        found[name] = _without_cost(path)
    return found


def _without_cost(path: Path) -> bytes:
    if path.name == "run.json":
        run = json.loads(path.read_text())
        del run["tables_sha256"]["summary"]
        return json.dumps(run, sort_keys=True).encode()
    if path.suffix == ".tsv":
        head = path.open().readline().rstrip("\n").split("\t")
        cost = [name for name in head if name.endswith(COST)]
        if cost:
            table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
            return table.drop(columns=cost).to_csv(sep="\t", index=False).encode()
    return path.read_bytes()
