"""What a run left: its tables, read once each, as the catalogue declares them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from dnngp.base.tables import concatenated, read_json, read_table
from dnngp.base.tables.catalogue import TABLES
from dnngp.evaluation.summaries import over_environments, with_environment
from dnngp.methods.registry import METHODS
from dnngp.report.charts.style import styles
from dnngp.validation.main_scores import main_metric_of
from dnngp.validation.metric import Metric
from dnngp.validation.schemes import SCHEMES

#: What identifies a comparison of models.
CELL = ["dataset", "trait", "scheme"]


#: What weights of records are, by their kind.
WEIGHTS = {
    "replicates": "numbers of replicates",
    "standard_error": "standard errors",
    "variance": "error variances",
}


class Results:
    """The tables of a run by their names in the catalogue: ``results["summary"]``.

    Where there is a model, its ``label`` stands beside it (a column ``label`` of the table itself is called
    ``mark``). A table that this run did not make is empty, with the columns that are declared.

    Parameters
    ----------
    folder
        The results; ``summary.tsv`` must be there.
    config
        The configuration with every default; ``methods`` and ``models`` give the order of the models,
        ``compare`` the declared ones.
    """

    def __init__(self, folder: Path, config: Mapping[str, Any]) -> None:
        self.folder, self.config = folder, config
        whole = with_environment(read_table(folder / "summary.tsv"))
        summary = over_environments(whole)
        #: Method of each model.
        self.methods = methods = dict(zip(summary["model"], summary["method"], strict=True))
        order = dict.fromkeys([*config.get("methods", []), *config.get("models", {}), *methods])
        #: How each model looks, in the order of the models.
        self.styles = styles({name: methods[name] for name in order if name in methods})
        experiments = (config.get("experiments") or {}).get("models", {})
        own = {name: choice.get("method", name) for name, choice in experiments.items()}
        #: Those, and behind them the models that experiments alone fit.
        self.experiment_styles = styles({look.model: methods[look.model] for look in self.styles} | own)
        #: Datasets and schemes in the order of the run.
        self.datasets, self.schemes = (list(dict.fromkeys(summary[key])) for key in ("dataset", "scheme"))
        self._tables = {"summary": self._labelled(self._in_order(summary))}
        #: Scores within each environment and over all, of datasets that have several.
        self.by_environment = self._labelled(self._in_order(whole[whole["environment"].notna()]))

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            table = self._read(name)
            over_all = over_environments(table) if name in ("accuracy", "comparisons") else table
            self._tables[name] = self._labelled(over_all)
        return self._tables[name]

    def files(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Paths of a table below the results with the names in them; none of an earlier configuration."""
        table = TABLES[name]
        if table.needs and not _wanted(self.config.get(table.needs)):
            return
        paths = self.folder.glob(re.sub(r"\{\w+\}", "*", table.path))
        matches = [table.pattern.match(path.relative_to(self.folder).as_posix()) for path in sorted(paths)]
        found = [(match[0], match.groupdict()) for match in matches if match]
        for dataset in self.datasets if "{dataset}" in table.path else [None]:
            yield from ((path, names) for path, names in found if names.get("dataset") == dataset)

    def json(self, path: str) -> dict[str, Any]:
        """A file of JSON below the results; empty where it is not there."""
        file = self.folder / path
        return read_json(file) if file.is_file() else {}

    def _read(self, name: str) -> pd.DataFrame:
        declared = TABLES[name]
        tables = [pd.DataFrame(columns=list(dict.fromkeys([*declared.names, *declared.pattern.groupindex])))]
        for path, names in self.files(name):
            table = read_table(self.folder / path)
            tables.append(table.assign(**{key: text for key, text in names.items() if key not in table}))
        return concatenated(tables)

    def _labelled(self, table: pd.DataFrame) -> pd.DataFrame:
        if "model" not in table:
            return table
        labels = {look.model: look.label for look in self.experiment_styles}
        table = table.rename(columns={"label": "mark"})
        return table.assign(label=[labels.get(one, one) for one in table["model"]])

    def _in_order(self, summary: pd.DataFrame) -> pd.DataFrame:
        """Cell by cell, in the order of the models."""
        rank = {look.model: number for number, look in enumerate(self.styles)}
        cells = {cell: number for number, cell in enumerate(dict.fromkeys(keys(summary, CELL)))}
        places = [(cells[key[:3]], rank[key[3]]) for key in keys(summary, [*CELL, "model"])]
        return summary.iloc[sorted(range(len(summary)), key=places.__getitem__)]

    @property
    def cells(self) -> list[dict[str, Any]]:
        """Species, dataset, trait and scheme of every comparison of models, in the order of the run."""
        return records(self["summary"][["species", *CELL]].drop_duplicates())

    @property
    def labels(self) -> dict[str, str]:
        """Labels by model."""
        return {look.model: look.label for look in self.styles}

    def main_metric(self, dataset: str, trait: str) -> Metric:
        """The score that models are compared by on a trait."""
        summary = self["summary"]
        return main_metric_of(summary[(summary["dataset"] == dataset) & (summary["trait"] == trait)])

    def classes(self, dataset: str, trait: str) -> list[str]:
        """Names of the classes of a trait, from the lowest; none where it has none."""
        (entry,) = [one for one in self.config.get("datasets", []) if one["name"] == dataset] or [{}]
        told = (entry.get("trait_types") or {}).get(trait)
        return told["order"] if isinstance(told, dict) else ["0", "1"] if told == "binary" else []

    @property
    def several_schemes(self) -> bool:
        """Whether there are schemes to tell apart."""
        return len(self.schemes) > 1

    @cached_property
    def declared(self) -> tuple[str | None, str | None]:
        """Reference and candidate model: as configured, else GBLUP (or the first) and the stack (or it)."""
        compare = self.config.get("compare", {})
        models = [look.model for look in self.styles if not look.control]
        wanted = (compare.get("reference"), "gblup", *models)
        reference = next((name for name in wanted if name in models), None)
        wanted = (compare.get("candidate"), None if compare.get("candidate") else "stack", reference)
        return reference, next((name for name in wanted if name in models), None)

    @property
    def lower(self) -> list[tuple[str, str]]:
        """Datasets with traits of which lower values are better, and these traits."""
        declared = {one["name"]: one.get("better") or {} for one in self.config.get("datasets", [])}
        lower = {name: [trait for trait in of if of[trait] == "lower"] for name, of in declared.items()}
        return [(name, ", ".join(traits)) for name, traits in lower.items() if traits]

    @property
    def weighted(self) -> list[tuple[str, str]]:
        """Datasets whose records have weights, and what these are in words."""
        kinds = {one["name"]: _kind_of_weights(one) for one in self.config.get("datasets", [])}
        return [(name, WEIGHTS[kind]) for name, kind in kinds.items() if kind]

    @property
    def named(self) -> bool:
        """Whether the configuration names the candidate, before there are results, and it ran."""
        return (
            self.candidate is not None and self.config.get("compare", {}).get("candidate") == self.candidate
        )

    @property
    def reference(self) -> str | None:
        """The model that others are compared with."""
        return self.declared[0]

    @property
    def candidate(self) -> str | None:
        """The model named beforehand; the reference where none was named or it did not run."""
        return self.declared[1]


def family(method: str) -> str:
    """Family of a method of the registry; empty for one that is no longer there."""
    return METHODS[method].family if method in METHODS else ""


def scheme_name(scheme: str) -> str:
    """``leave_group_out`` as words."""
    return scheme.replace("_", " ")


def scheme_target(scheme: str) -> str:
    """Whom the predictions under a scheme are for, in a few words."""
    declared = SCHEMES.get(scheme)
    return (declared.target or declared.predicts) if declared else f"{scheme_name(scheme)} folds"


def declared_table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as the table of that name in the catalogue, with its columns."""
    columns = TABLES[name].columns
    table = pd.DataFrame(rows).reindex(columns=[column.name for column in columns])
    return table.astype({column.name: float for column in columns if column.kind == "number"})


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries, ``None`` for missing."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def keys(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Values of ``columns``, a tuple a row."""
    return list(zip(*(table[column] for column in columns), strict=True))


def _kind_of_weights(dataset: Mapping[str, Any]) -> str:
    """What the records of a dataset are weighted by, a key of :data:`WEIGHTS`; empty where they are alike."""
    plots = dataset.get("plots")
    if plots:
        return "" if plots.get("error") == "none" else "variance"
    return (dataset.get("weights") or {"kind": ""})["kind"]


def _wanted(option: Any) -> bool:
    """Whether a section of the configuration asks for anything."""
    return any(option.values()) if isinstance(option, Mapping) else bool(option)
