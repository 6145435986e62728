"""What a run left: its tables, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from dnngp.base.tables import read_json, read_table
from dnngp.methods.registry import METHODS
from dnngp.report.figures.style import Style, styles

#: Columns that hold names, whatever they look like (a line called 007, a trait called 1).
TEXT = (
    *("dataset", "species", "trait", "scheme", "model", "method", "encoding", "status", "message"),
    *("labels", "phase", "sample", "group", "examples", "step", "rule", "kind", "id", "reason"),
    *("measure", "chrom", "unit", "twin", "cluster", "column", "what", "reference", "verdict", "control"),
    *("fitted_on", "trial", "condition", "other", "part", "label", "term", "marker_order", "axis", "seed"),
)
CELL = ["dataset", "trait", "scheme"]
#: Tables of studies; those of an earlier configuration are passed over.
STUDIES = ("surface", "curves", "inputs", "ablation")


@dataclass
class Results:
    """The tables of a run, with ``label`` beside every ``model``; optional ones may be empty.

    ``answer`` and ``reference`` are the models that the configuration
    declares (``compare``); the reference is the answer where no other was
    declared or it did not run.
    """

    accuracy: pd.DataFrame
    summary: pd.DataFrame
    species: pd.DataFrame
    heritability: pd.DataFrame
    ids: pd.DataFrame
    history: pd.DataFrame
    comparisons: pd.DataFrame
    ranks: pd.DataFrame
    gain_curves: pd.DataFrame
    controls: pd.DataFrame
    ledger: pd.DataFrame
    provenance: pd.DataFrame
    trial_folds: pd.DataFrame
    trial_summary: pd.DataFrame
    trial_comparisons: pd.DataFrame
    trial_components: pd.DataFrame
    pareto: pd.DataFrame
    costs: pd.DataFrame
    estimate: pd.DataFrame
    surface: pd.DataFrame
    curves: pd.DataFrame
    inputs: pd.DataFrame
    ablation: pd.DataFrame
    importance: pd.DataFrame
    intervals: pd.DataFrame
    predictions: pd.DataFrame
    waterfall: pd.DataFrame
    defects: pd.DataFrame
    near_duplicates: pd.DataFrame
    distributions: pd.DataFrame
    density: pd.DataFrame
    ld_decay: pd.DataFrame
    relationships: pd.DataFrame
    pca: pd.DataFrame
    pca_share: dict[str, dict[str, float]]
    #: Datasets that were searched for near-duplicates, those without any included.
    searched: list[str]
    run: dict[str, Any]
    styles: list[Style]
    #: Those, and behind them the models that only studies fit.
    study_styles: list[Style]
    reference: str | None
    answer: str | None

    @property
    def cells(self) -> pd.DataFrame:
        """Datasets, traits and schemes of the run, in its order."""
        return self.summary[["species", *CELL]].drop_duplicates(ignore_index=True)

    @property
    def labels(self) -> dict[str, str]:
        """Labels by model."""
        return {look.model: look.label for look in self.styles}


def read_results(folder: Path, config: Mapping[str, Any]) -> Results:
    """Read the tables of a run below ``folder``; see :func:`dnngp.report.build`."""
    summary = _read(folder / "summary.tsv")
    methods = dict(zip(summary["model"], summary["method"], strict=True))
    order = [*config.get("methods", []), *config.get("models", {}), *methods]
    looks = styles({name: methods[name] for name in dict.fromkeys(order) if name in methods})
    names = {look.model: look.label for look in looks}
    rank = {look.model: number for number, look in enumerate(looks)}
    cells = {cell: number for number, cell in enumerate(dict.fromkeys(keys(summary, CELL)))}
    places = [
        (cells[cell], rank[name]) for cell, name in zip(keys(summary, CELL), summary["model"], strict=True)
    ]
    datasets = list(dict.fromkeys(summary["dataset"]))
    study = config.get("study") or {}
    own = {name: choice.get("method", name) for name, choice in study.get("models", {}).items()}
    every = styles({look.model: methods[look.model] for look in looks} | own)
    names |= {look.model: look.label for look in every[len(looks) :]}

    def labelled(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(label=table["model"].map(lambda name: names.get(name, name)))

    def one(name: str) -> pd.DataFrame:
        if not (folder / name).is_file():
            return pd.DataFrame()
        table = _read(folder / name)
        return labelled(table) if "model" in table else table

    def each(name: str) -> pd.DataFrame:
        parts = [one(f"{dataset}/{name}").assign(dataset=dataset) for dataset in datasets]
        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()

    def importance() -> pd.DataFrame:
        """The markers drawn, with the folder of their trait."""
        parts = [
            labelled(_read(path)).assign(dataset=dataset, folder=path.parts[-3])
            for dataset in datasets
            for name in config.get("importance", [])
            for path in sorted((folder / dataset).glob(f"*/markers/{name}.windows.tsv"))
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    shares = {dataset: folder / dataset / "pca.json" for dataset in datasets}
    reference, answer = _declared(config.get("compare", {}), looks)
    ledger = _read(folder / "ledger.tsv") if (folder / "ledger.tsv").is_file() else pd.DataFrame()
    return Results(
        accuracy=one("accuracy.tsv"),
        summary=labelled(summary).iloc[sorted(range(len(summary)), key=places.__getitem__)],
        species=one("species.tsv"),
        heritability=one("heritability.tsv"),
        ids=one("ids.tsv"),
        history=one("history.tsv"),
        comparisons=one("comparisons.tsv"),
        ranks=one("ranks.tsv"),
        gain_curves=one("gain_curves.tsv"),
        controls=one("controls.tsv"),
        # A step of the ledger carries a label of its own, beside that of its method.
        ledger=labelled(ledger.rename(columns={"label": "mark"})) if len(ledger) else ledger,
        provenance=one("provenance.tsv"),
        **{
            f"trial_{name}": one(f"trials/{name}.tsv") if config.get("trials") else pd.DataFrame()
            for name in ("folds", "summary", "comparisons", "components")
        },
        pareto=one("pareto.tsv"),
        costs=one("costs.tsv"),
        estimate=one("estimate.tsv"),
        **{name: one(f"study/{name}.tsv") if any(study.values()) else pd.DataFrame() for name in STUDIES},
        importance=importance(),
        intervals=one("intervals.tsv"),
        predictions=each("predictions.tsv"),
        waterfall=each("qc/waterfall.tsv"),
        defects=each("qc/defects.tsv"),
        near_duplicates=each("qc/near_duplicates.tsv"),
        distributions=each("qc/distributions.tsv"),
        density=each("qc/marker_density.tsv"),
        ld_decay=each("qc/ld_decay.tsv"),
        relationships=each("qc/relationships.tsv"),
        pca=each("pca.tsv"),
        pca_share={dataset: read_json(path) for dataset, path in shares.items() if path.is_file()},
        searched=[name for name in datasets if (folder / name / "qc" / "near_duplicates.tsv").is_file()],
        run=read_json(folder / "run.json") if (folder / "run.json").is_file() else {},
        styles=looks,
        study_styles=every,
        reference=reference,
        answer=answer,
    )


def _declared(compare: Mapping[str, Any], looks: Sequence[Style]) -> tuple[str | None, str | None]:
    """The reference and the answer: as configured, else GBLUP (or the first method) and the stack (or it)."""
    methods = [look.model for look in looks if not look.control]
    wanted = (compare.get("reference"), "gblup", *methods)
    reference = next((name for name in wanted if name in methods), None)
    wanted = (compare.get("candidate"), None if compare.get("candidate") else "stack", reference)
    return reference, next((name for name in wanted if name in methods), None)


def family(method: str) -> str:
    """Family of a method of the registry; empty for one that is no longer there."""
    return METHODS[method].family if method in METHODS else ""


def scheme_name(scheme: str) -> str:
    """``leave_group_out`` as words."""
    return scheme.replace("_", " ")


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries, ``None`` for missing."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def keys(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Values of ``columns``, a tuple a row."""
    return list(zip(*(table[column] for column in columns), strict=True))


def _read(path: Path) -> pd.DataFrame:
    return read_table(path, text=TEXT)
