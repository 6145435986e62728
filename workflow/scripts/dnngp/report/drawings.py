"""The figures of the report: which chart draws which rows of which tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import vl_convert

from dnngp.base.seeds import hashed_ranks
from dnngp.report.answer import against_reference
from dnngp.report.experiments_view import learning_curves
from dnngp.report.figures import (
    comparison_charts,
    experiment_charts,
    fit_charts,
    genotype_charts,
    panel_grid,
    score_charts,
)
from dnngp.report.figures.style import CONTAINER, Style, group_colours, theme
from dnngp.report.results import CELL, Results, keys, records, scheme_name
from dnngp.validation.metrics import METRICS

#: The most points of these kinds that the page carries; beyond, a fixed part is drawn and the page says so.
MOST_PREDICTIONS = 30_000
MOST_EPOCHS = 15_000
MOST_LINES = 10_000
#: Pairs of markers whose mean r2 is drawn; of fewer, chance is most of it.
FEWEST_PAIRS = 20

#: Measures of markers and of lines, as panels call them.
MARKER_MEASURES = {"allele frequency": "minor allele frequency", "missing of markers": "missing calls"}
LINE_MEASURES = {
    "missing of lines": "missing calls",
    "heterozygosity": "heterozygous calls",
    "inbreeding": "inbreeding coefficient F",
}

#: Width of a panel of the SVG files, in pixels.
PANEL_WIDTH = 230

#: What a study measures at every size: its name and the format of a number in a cell.
STUDY_MEASURES = {
    "pearson": ("predictive ability r", ".2f"),
    "cpu_s": ("CPU seconds a fit", ".3~g"),
    "peak_mb": ("memory, MiB", ".3~s"),
}
#: Intervals wider than this many times the largest difference are cut.
WIDEST = 2.5


@dataclass
class Panel:
    """One small chart: what it is called and which rows it shows."""

    title: str
    note: str
    where: dict[str, str]


@dataclass
class Drawing:
    """One figure: a chart function, the tables it reads, and its panels.

    ``charts`` are what the reader can choose from, by name; most figures have
    one. Each takes the names of ``tables`` in their order, then a width.
    """

    charts: Mapping[str, Callable[..., Any]]
    tables: dict[str, pd.DataFrame]
    panels: list[Panel]
    columns: int
    legend: list[Style]
    note: str = ""
    #: Panels of the SVG file, where the page lets the reader choose instead.
    still: list[Panel] | None = None

    def specifications(self) -> dict[str, dict[str, Any]]:
        """Vega specification of one panel whose data are still to come, for each choice."""
        autosize = {"type": "fit-x", "contains": "padding"}
        found = {}
        for name, chart in self.charts.items():
            specification = chart(*self.tables, CONTAINER).to_dict(validate=False)
            specification |= {"autosize": autosize, "config": theme()}
            found[name] = vl_convert.vegalite_to_vega(specification)
        return found


def draw(found: Results, surfaces: pd.DataFrame) -> dict[str, Drawing]:
    """The figures that these results can fill, by name."""
    drawings = {"accuracy": _accuracy(found)}
    if len(found.ranks) and found.ranks["critical_difference"].notna().any():
        drawings["ranks"] = _ranks(found)
    if len(found.comparisons) and against_reference(found)["difference"].notna().any():
        drawings["differences"] = _differences(found)
    if len(found.gain_curves) and found.gain_curves["gain"].notna().any():
        drawings["gains"] = _gains(found)
    if len(found.heritability):
        drawings["heritability"] = _heritability(found)
    truth = _truth(found)
    if truth is not None:
        drawings["truth"] = truth
    drawings["time"] = _time(found)
    if len(found.pareto):
        drawings["pareto"] = _pareto(found)
    if len(surfaces):
        drawings["surface"] = _surface(surfaces)
        points, ends = learning_curves(surfaces, found.curves)
        if len(points):
            drawings["learning"] = _learning(found, points, ends)
    if len(found.importance):
        drawings["importance"] = _importance(found)
    if len(found.history):
        drawings["training"] = _training(found)
    if len(found.predictions):
        drawings["predictions"] = _predictions(found)
    if len(found.waterfall):
        drawings["qc"] = _qc(found)
    for name, measures in (("markers", MARKER_MEASURES), ("lines", LINE_MEASURES)):
        drawing = _distributions(found, name, measures)
        if drawing.panels:
            drawings[name] = drawing
    if len(found.density):
        drawings["density"] = _per_dataset(genotype_charts.marker_density, "density", found.density)
    if len(found.ld_decay):
        enough = found.ld_decay[found.ld_decay["pairs"] >= FEWEST_PAIRS]
        drawings["ld"] = _per_dataset(genotype_charts.ld_decay, "ld", enough)
    if len(found.pca):
        drawings["pca"] = _pca(found)
    if len(found.relationships):
        drawings["relationships"] = _per_dataset(
            genotype_charts.relationship_map, "relationships", found.relationships
        )
    return drawings


def svg(drawing: Drawing) -> str:
    """The whole figure, all panels, as one SVG document; of several charts the first."""
    panels, datasets = [], {}
    for number, panel in enumerate(drawing.still or drawing.panels):
        names = {name: f"{name}-{number}" for name in drawing.tables}
        for name, table in drawing.tables.items():
            datasets[names[name]] = records(_only(table, panel.where))
        panels.append((panel.title, panel.note, names))
    chart = next(iter(drawing.charts.values()))(*drawing.tables, PANEL_WIDTH)
    figure = panel_grid.grid(chart, panels, min(drawing.columns, len(panels)), drawing.legend)
    figure["datasets"] |= datasets
    return vl_convert.vegalite_to_svg(figure)


def _cell_panels(found: Results, table: pd.DataFrame) -> list[Panel]:
    """A panel for every dataset, trait and scheme that ``table`` has rows of, in the order of the run."""
    there = set(keys(table, CELL))
    return [
        Panel(f"{cell['dataset']} · {cell['trait']}", _scheme_note(found, cell), cell)
        for cell in records(found.cells)
        if tuple(cell[key] for key in CELL) in there
    ]


def _scheme_note(found: Results, cell: Mapping[str, str]) -> str:
    """The scheme of a panel, where there are several to tell apart."""
    return scheme_name(cell["scheme"]) if found.summary["scheme"].nunique() > 1 else ""


def _accuracy(found: Results) -> Drawing:
    measures = [name for name in METRICS if name in found.accuracy and found.accuracy[name].notna().any()]
    measures = measures or ["pearson"]
    folds = found.accuracy[[*CELL, "label", "repeat", "fold", *measures]]
    means = found.summary.reindex(columns=[*CELL, "label", "status", "pearson_sd", *measures])

    def chart(measure: str) -> Callable[..., Any]:
        return partial(
            score_charts.score_per_fold,
            looks=found.styles,
            measure=measure,
            title=METRICS[measure].label,
            # Scores in the unit of the trait have an axis a panel.
            domain=None if METRICS[measure].in_units else _domain(folds[measure]),
        )

    return Drawing(
        charts={METRICS[measure].label: chart(measure) for measure in measures},
        tables={"folds": folds[folds[measures].notna().any(axis=1)], "means": means},
        panels=_cell_panels(found, means),
        columns=3,
        legend=[],
    )


def _differences(found: Results) -> Drawing:
    """Differences from the reference; a model compared with several is drawn against the declared one."""
    table = against_reference(found)
    table = table[table["difference"].notna()]
    margin = float(found.comparisons["equivalence_margin"].iloc[0])
    furthest = WIDEST * table["difference"].abs().max() + 2 * margin
    low, high = max(table["lower"].min(), -furthest), min(table["upper"].max(), furthest)
    reference = found.labels.get(found.reference or "", "the reference")
    return Drawing(
        charts={
            "": partial(
                comparison_charts.differences,
                looks=[look for look in found.styles if look.label in set(table["label"])],
                domain=(min(low, -2 * margin), max(high, 2 * margin)),
                margin=margin,
                reference=reference,
            )
        },
        tables={
            "differences": table[
                [*CELL, "label", "difference", "lower", "upper", "p", "verdict", "equivalence_margin"]
            ]
        },
        panels=_cell_panels(found, table),
        columns=3,
        legend=[],
    )


def _ranks(found: Results) -> Drawing:
    table = found.ranks[found.ranks["critical_difference"].notna()]
    groups = [
        {"scheme": scheme, **group}
        for scheme, part in table.groupby("scheme", sort=False)
        for group in rank_groups(part["mean_rank"], part["critical_difference"].min())
    ]
    return Drawing(
        charts={"": partial(comparison_charts.critical_difference, looks=found.styles)},
        tables={
            "ranks": table[["scheme", "label", "mean_rank", "critical_difference"]],
            "groups": pd.DataFrame(groups, columns=["scheme", "low", "high", "level"]),
        },
        panels=[
            Panel(f"{scheme_name(scheme)} folds", "", {"scheme": scheme})
            for scheme in dict.fromkeys(table["scheme"])
        ],
        columns=2,
        legend=[],
    )


def rank_groups(ranks: pd.Series, difference: float) -> list[dict[str, float]]:
    """Bars over the longest runs of methods whose ranks lie within the difference: low, high, level."""
    ordered = sorted(ranks)
    bars: list[dict[str, float]] = []
    for start, low in enumerate(ordered):
        within = [rank for rank in ordered[start:] if rank - low <= difference]
        if len(within) > 1 and (not bars or within[-1] > bars[-1]["high"]):
            bars.append({"low": low, "high": within[-1], "level": len(bars) + 1})
    return bars


def _gains(found: Results) -> Drawing:
    table = found.gain_curves[found.gain_curves["gain"].notna()]
    return Drawing(
        charts={"": partial(score_charts.gain_curves, looks=found.styles)},
        tables={"gains": table[[*CELL, "label", "share", "gain"]]},
        panels=_cell_panels(found, table),
        columns=3,
        legend=[look for look in found.styles if look.label in set(table["label"])],
    )


def _learning(found: Results, points: pd.DataFrame, ends: pd.DataFrame) -> Drawing:
    looks = found.study_styles
    places = ["dataset", "trait", "axis", "other_size"]
    other = {"lines": "markers", "markers": "lines"}
    reached = pd.concat([points["pearson"], ends["asymptote"]])
    return Drawing(
        charts={"": partial(experiment_charts.learning_curves, looks=looks, domain=_domain(reached))},
        tables={"learning": points, "ends": ends},
        panels=[
            Panel(
                f"{row['dataset']} · {row['trait']}",
                f"by number of {row['along']}, with {row['at']:,} {other[row['along']]}",
                {key: row[key] for key in places[:3]},
            )
            for row in records(points[places].drop_duplicates(places[:3]))
        ],
        columns=3,
        legend=[look for look in looks if look.label in set(points["label"])],
    )


def _pareto(found: Results) -> Drawing:
    table = found.pareto[["dataset", "scheme", "label", "pearson", "cpu_s", "on_front"]]
    # All datasets together have no name, and come first; of a single one they say nothing new.
    if table["dataset"].nunique() < 3:
        table = table[table["dataset"] != ""]
    cells = sorted(
        records(table[["dataset", "scheme"]].drop_duplicates()), key=lambda cell: cell["dataset"] != ""
    )
    several = table["scheme"].nunique() > 1
    return Drawing(
        charts={"": partial(fit_charts.pareto_front, looks=found.styles, domain=_domain(table["pearson"]))},
        tables={"pareto": table.assign(on_front=table["on_front"].astype(str))},
        panels=[
            Panel(cell["dataset"] or "all datasets", scheme_name(cell["scheme"]) if several else "", cell)
            for cell in cells
        ],
        columns=3,
        legend=[look for look in found.styles if look.label in set(table["label"])],
    )


def _surface(means: pd.DataFrame) -> Drawing:
    cells = ["dataset", "trait", "label", "marker_order"]
    several = means["marker_order"].nunique() > 1
    return Drawing(
        charts={
            title: partial(
                experiment_charts.surface,
                measure=measure,
                title=title,
                digits=digits,
                domain=(means[measure].min(), means[measure].max()),
            )
            for measure, (title, digits) in STUDY_MEASURES.items()
        },
        tables={"surface": means[[*cells, "n", "p", *STUDY_MEASURES, "folds"]]},
        panels=[
            Panel(
                f"{cell['label']} · {cell['dataset']} · {cell['trait']}",
                f"markers: {cell['choose']}" if several else "",
                cell,
            )
            for cell in records(means[cells].drop_duplicates())
        ],
        columns=3,
        legend=[],
    )


def _heritability(found: Results) -> Drawing:
    table = found.heritability[["dataset", "species", "trait", "h2", "h2_se", "true_h2"]]
    cell = table["dataset"] + " · " + table["trait"]
    return Drawing(
        charts={"": score_charts.heritability},
        tables={"heritability": table.assign(cell=cell)},
        panels=[Panel(title="Genomic heritability by REML", note="", where={})],
        columns=1,
        legend=[],
    )


def _truth(found: Results) -> Drawing | None:
    if "true_h2" not in found.summary:
        return None
    known = found.summary[found.summary["true_h2"].notna() & found.summary["pearson"].notna()]
    if known.empty:
        return None
    expected = known["true_accuracy"] * np.sqrt(known["true_h2"])
    columns = ["species", *CELL, "label", "pearson", "true_accuracy", "true_h2"]
    table = known[columns].assign(expected=expected.mask(known["true_h2"] == 0, 0.0))
    domain = _domain(pd.concat([table["expected"], table["pearson"]]))
    schemes = list(dict.fromkeys(table["scheme"]))
    return Drawing(
        charts={"": lambda table, width: score_charts.against_truth(table, found.styles, domain, width)},
        tables={"truth": table},
        panels=[Panel(f"{scheme_name(name)} folds", "", {"scheme": name}) for name in schemes],
        columns=2,
        legend=[look for look in found.styles if look.label in set(table["label"])],
    )


def _time(found: Results) -> Drawing:
    table = found.summary[[*CELL, "label", "pearson", "pearson_sd", "cpu_s"]]
    spread = table["pearson_sd"].fillna(0)
    domain = _domain(pd.concat([table["pearson"] - spread, table["pearson"] + spread]))
    return Drawing(
        charts={
            "": lambda table, width: fit_charts.accuracy_against_time(table, found.styles, domain, width)
        },
        tables={"costs": table},
        panels=_cell_panels(found, table),
        columns=3,
        legend=[look for look in found.styles if not look.control],
    )


def _training(found: Results) -> Drawing:
    history = found.history
    run = [*CELL, "label", "repeat", "fold", "phase", "member"]
    last = history["epoch"] == history.groupby(run, dropna=False)["epoch"].transform("max")
    step = math.ceil(len(history) / MOST_EPOCHS)
    shown = history[last | (history["epoch"] % step == 1 % step)]
    stops = history[last & (history["phase"] == "inner")]
    stops = stops.assign(end=stops["val_loss"].fillna(stops["loss"]))[[*run[:6], "member", "epoch", "end"]]
    kept = found.accuracy[found.accuracy["label"].isin(history["label"])]
    kept = kept.reindex(columns=[*CELL, "label", "repeat", "fold", "best_epoch"])
    panels = [
        Panel(f"{cell['label']} · {cell['dataset']} · {cell['trait']}", _scheme_note(found, cell), cell)
        for cell in records(history[[*CELL, "label"]].drop_duplicates())
    ]
    return Drawing(
        charts={
            "": lambda history, stops, kept, width: fit_charts.training_curves(
                history, stops, kept, found.styles, width
            )
        },
        tables={
            "history": shown[[*run, "epoch", "loss", "val_loss"]],
            "stops": stops,
            "kept": kept[kept["best_epoch"].notna()],
        },
        panels=panels,
        columns=3,
        legend=[look for look in found.styles if look.label in set(history["label"])],
        note=f"Every {step}th epoch is drawn, and the last; the table has all." if step > 1 else "",
    )


def _predictions(found: Results) -> Drawing:
    compared = [look for look in found.styles if not look.control] or found.styles
    table = found.predictions
    table = table[table["repeat"] == table["repeat"].min()]
    note = ""
    if len(table) > MOST_PREDICTIONS:
        # The same lines for every method, chosen by their names alone.
        share = MOST_PREDICTIONS / len(table)
        kept: dict[tuple[str, str], bool] = {}
        for dataset, part in table.groupby("dataset", sort=False):
            names = list(dict.fromkeys(part["sample"]))
            ranks = hashed_ranks(names, "drawn", dataset)
            kept |= {
                (dataset, name): rank < max(1, int(share * len(names)))
                for name, rank in zip(names, ranks, strict=True)
            }
        table = table[[kept[pair] for pair in zip(table["dataset"], table["sample"], strict=True)]]
        note = "A part of the lines is drawn, the same for every method, chosen by hashing their ids."
    return Drawing(
        charts={"": lambda table, width: score_charts.predicted_against_observed(table, found.styles, width)},
        tables={"predictions": table[[*CELL, "label", "fold", "sample", "observed", "predicted"]]},
        panels=_cell_panels(found, table),
        columns=len(compared),
        legend=[],
        note=note,
        still=[
            Panel(f"{look.label} · {panel.title}", panel.note, panel.where | {"label": look.label})
            for panel in _cell_panels(found, table)
            for look in compared
        ],
    )


def _qc(found: Results) -> Drawing:
    return Drawing(
        charts={"": genotype_charts.qc_waterfall},
        tables={"waterfall": found.waterfall},
        panels=_dataset_panels(found.waterfall, lambda dataset: ""),
        columns=2,
        legend=[],
    )


def _distributions(found: Results, name: str, measures: Mapping[str, str]) -> Drawing:
    """Histograms of the measures that each dataset has."""
    table = found.distributions
    table = table[table["measure"].isin(measures)] if len(table) else table
    cells = records(table[["dataset", "measure"]].drop_duplicates()) if len(table) else []
    return Drawing(
        charts={"": genotype_charts.histogram},
        tables={name: table},
        panels=[Panel(cell["dataset"], measures[cell["measure"]], cell) for cell in cells],
        columns=len(measures),
        legend=[],
    )


def _per_dataset(chart: Callable[..., Any], name: str, table: pd.DataFrame) -> Drawing:
    """A figure with one panel a dataset, from one table."""
    units = dict(zip(table["dataset"], table["unit"], strict=True)) if "unit" in table else {}
    return Drawing(
        charts={"": chart},
        tables={name: table},
        panels=_dataset_panels(table, lambda dataset: f"distance in {units[dataset]}" if units else ""),
        columns=3,
        legend=[],
    )


def _pca(found: Results) -> Drawing:
    table, note = found.pca, ""
    if len(table) > MOST_LINES:
        share = MOST_LINES / len(table)
        ranks = hashed_ranks((table["dataset"] + "|" + table["sample"]).tolist(), "drawn")
        table = table[np.array(ranks) < share * len(table)]
        note = "A part of the lines is drawn, chosen by hashing their ids."
    table = table.assign(group=table["group"].fillna("") if "group" in table else "")
    table = table.assign(
        colour=table.groupby("dataset")["group"].transform(lambda groups: groups.map(group_colours(groups)))
    )

    def share_of(dataset: str) -> str:
        shares = found.pca_share.get(dataset)
        if shares is None:
            return ""
        return ", ".join(f"PC {name[2:]}: {100 * shares[name]:.1f} %" for name in ("pc1", "pc2"))

    return Drawing(
        charts={"": genotype_charts.pca_scatter},
        tables={"pca": table[["dataset", "sample", "pc1", "pc2", "group", "colour"]]},
        panels=_dataset_panels(table, share_of),
        columns=3,
        legend=[],
        note=note,
    )


def _importance(found: Results) -> Drawing:
    panel, table = ["dataset", "trait", "label"], found.importance
    return Drawing(
        charts={"": genotype_charts.manhattan},
        tables={"importance": table.drop(columns=["model", "folder"])},
        panels=[
            Panel(f"{one['dataset']} · {one['trait']}", one["label"], one)
            for one in records(table[panel].drop_duplicates())
        ],
        columns=2,
        legend=[],
    )


def _dataset_panels(table: pd.DataFrame, note: Callable[[str], str]) -> list[Panel]:
    return [
        Panel(title=name, note=note(name), where={"dataset": name})
        for name in dict.fromkeys(table["dataset"])
    ]


def _domain(values: pd.Series) -> tuple[float, float]:
    """Range of an axis of correlations: of the values, with 0 always in it."""
    finite = values[np.isfinite(values.astype(float))]
    low, high = min(0.0, finite.min()), max(0.0, finite.max())
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        return -1.0, 1.0
    return math.floor(low * 20) / 20, math.ceil(high * 20) / 20


def _only(table: pd.DataFrame, keys: Mapping[str, str]) -> pd.DataFrame:
    for key, value in keys.items():
        if key in table:
            table = table[table[key] == value]
    return table
