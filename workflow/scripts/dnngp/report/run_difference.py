"""What differs between two runs: data, settings, versions, numbers and verdicts, from their stored tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from dnngp.base.errors import UserError
from dnngp.base.tables import read_json, read_table
from dnngp.base.tables.catalogue import TABLES

#: What a run was made from, by column of ``provenance.tsv``.
SOURCES = {
    "genotypes_sha256": "genotypes",
    "phenotype_sha256": "phenotypes",
    "splits_sha256": "folds",
}
#: Differences of r that are shown; smaller ones are equal to the two digits of the report.
SHOWN = 0.005


def differences(old: Path, new: Path) -> dict[str, list[str]]:
    """Lines on each thing that differs between two folders of results; empty where nothing does.

    Raises
    ------
    UserError
        A folder is not that of a finished run.
    """
    for folder in (old, new):
        if not (folder / "run.json").is_file():
            raise UserError(
                f"{folder} holds no finished run (no run.json).", remedy="Name a folder of results."
            )
    return {
        "data": list(_data(old, new)),
        "settings": list(_changed(_flat(_settings(old)), _flat(_settings(new)))),
        "versions": list(_changed(_versions(old), _versions(new))),
        "numbers": list(_numbers(old, new)),
        "verdicts": list(_verdicts(old, new)),
    }


def _settings(folder: Path) -> Mapping[str, Any]:
    settings: Mapping[str, Any] = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    return settings


def _versions(folder: Path) -> dict[str, Any]:
    run = read_json(folder / "run.json")
    return {"dnngp-workflow": run["workflow"], "revision": run["revision"], "python": run["python"]} | run[
        "versions"
    ]


def _flat(value: Any, place: str = "") -> dict[str, Any]:
    """Every leaf by its place; datasets by name, so that their order is no difference."""
    if isinstance(value, Mapping):
        parts = value.items()
    elif (
        isinstance(value, list) and value and all(isinstance(one, Mapping) and "name" in one for one in value)
    ):
        parts = {one["name"]: one for one in value}.items()
    else:
        return {place: value}
    return {
        key: leaf for name, one in parts for key, leaf in _flat(one, f"{place}.{name}".lstrip(".")).items()
    }


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*old, *new]):
        before, after = (one.get(key, "-") for one in (old, new))
        if before != after:
            yield f"{key}: {before} -> {after}"


def _keyed(folder: Path, name: str) -> pd.DataFrame:
    """A table of the run, indexed by its keys; a key that is missing, as the environment of one, is empty.

    Raises
    ------
    UserError
        The table is of another version, and has other keys.
    """
    table = TABLES[name]
    frame = read_table(folder / table.path)
    if absent := [key for key in table.keys if key not in frame]:
        raise UserError(
            f"the table has no column {absent[0]!r}.",
            file=folder / table.path,
            remedy="Compare runs of the same version: run it again.",
        )
    keys = list(table.keys)
    return frame.assign(**frame[keys].fillna("").astype(str)).set_index(keys)


def _named(key: Iterable[str]) -> str:
    return ", ".join(filter(None, key))


def _data(old: Path, new: Path) -> Iterator[str]:
    before, after = (_keyed(folder, "provenance") for folder in (old, new))
    both = before.index.intersection(after.index)
    for column, what in SOURCES.items():
        changed = both[(before.loc[both, column] != after.loc[both, column]).to_numpy()]
        for dataset in dict.fromkeys(key[0] for key in changed):
            traits = dict.fromkeys(key[1] for key in changed if key[0] == dataset)
            yield f"{dataset}: other {what} ({', '.join(traits)})"


def _numbers(old: Path, new: Path) -> Iterator[str]:
    before, after = (_keyed(folder, "summary")["pearson"] for folder in (old, new))
    yield from _only(before.index, after.index)
    for key in before.index.intersection(after.index):
        change = after[key] - before[key]
        if abs(change) >= SHOWN:
            yield f"{_named(key)}: r {before[key]:.3f} -> {after[key]:.3f} ({change:+.3f})"


def _only(before: pd.Index, after: pd.Index) -> Iterator[str]:
    for keys, where in ((before.difference(after), "old"), (after.difference(before), "new")):
        for key in keys:
            yield f"{_named(key)}: only in the {where} run"


def _verdicts(old: Path, new: Path) -> Iterator[str]:
    before, after = (_keyed(folder, "comparisons")["verdict"] for folder in (old, new))
    for key in before.index.intersection(after.index):
        if before[key] != after[key]:
            place = dict(zip(before.index.names, key, strict=True))
            models = f"{place.pop('model')} against {place.pop('reference')}"
            yield f"{_named(place.values())}: {models}: {before[key]} -> {after[key]}"


def described(found: Mapping[str, Sequence[str]], most: int = 20) -> list[str]:
    """The differences as lines, no more than ``most`` of a kind."""
    lines = []
    for what, texts in found.items():
        lines.append(f"{what}: {'the same' if not texts else f'{len(texts)} differ'}")
        lines += [f"  {text}" for text in texts[:most]]
        lines += [f"  ... and {len(texts) - most} more"] if len(texts) > most else []
    return lines
