"""The report: stored tables in, one self-contained page out.

Every number on the page is one of the run's tables or of the two written
beside it: ``comparison.tsv`` (the highest mean of each trait against GBLUP) and
``facts.tsv`` (the counts that the text quotes). The page needs no network; its
charts are Vega-Lite specifications, drawn in the browser from one copy of the
data, and stored as SVG files too. The same tables give the same bytes.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import numpy as np
import pandas as pd
import vl_convert
import yaml
from markupsafe import Markup

from dnngp import figures
from dnngp.figures import Style
from dnngp.models.registry import METHODS
from dnngp.seeds import hashed_ranks
from dnngp.tables import read_json, read_table, whole_file, write_table

#: Page, style and behaviour; text captions for Snakemake's own report lie there too.
TEMPLATES = Path(__file__).parents[2] / "report"

#: Columns that hold names, whatever they look like (a line called 007, a trait called 1).
TEXT = (
    *("dataset", "species", "trait", "scheme", "variant", "method", "encoding", "status", "message"),
    *("labels", "phase", "sample", "group", "examples", "step", "rule", "kind", "id", "reason"),
    *("measure", "chrom", "unit", "twin", "cluster", "column", "what"),
)
CELL = ["dataset", "trait", "scheme"]

#: The most points of these kinds that the page carries; beyond, a fixed part is drawn and the page says so.
MOST_PREDICTIONS = 40_000
MOST_EPOCHS = 20_000
MOST_LINES = 10_000
#: Failed fits, defects of a file and pairs of lines listed one by one; the table has all.
MOST_FAILURES = 30
MOST_LISTED = 5
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

#: Standing for a value that does not exist, such as the correlation of a constant.
UNDEFINED = "–"


@dataclass
class Results:
    """The tables of a run, with ``label`` beside every ``variant``; optional ones may be empty."""

    accuracy: pd.DataFrame
    summary: pd.DataFrame
    species: pd.DataFrame
    heritability: pd.DataFrame
    ids: pd.DataFrame
    history: pd.DataFrame
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
    run: dict[str, Any]
    styles: list[Style]

    @property
    def cells(self) -> pd.DataFrame:
        """Datasets, traits and schemes of the run, in its order."""
        return self.summary[["species", *CELL]].drop_duplicates(ignore_index=True)


def build(results: Path, output: Path, *, config: Mapping[str, Any], title: str) -> None:
    """Write the report on a finished run.

    Parameters
    ----------
    results
        Folder of the result tables (docs/reference/results.md). Tables that
        not every run has (training history, known truth, principal
        components) may be missing: their section is then left out.
    output
        The page to write. Beside it: ``figures/*.svg``, ``comparison.tsv``, ``facts.tsv``.
    config
        The configuration of the run with every default; ``methods`` and
        ``variants`` give the order of the methods.
    title
        Heading of the page.
    """
    results, output = Path(results), Path(output)
    found = read_results(results, config)
    comparison = compare_with_gblup(found.summary, found.accuracy)
    facts = count_facts(found, comparison)
    drawings = draw(found)
    for name, drawing in drawings.items():
        with whole_file(output.parent / "figures" / f"{name}.svg") as temporary:
            temporary.write_text(svg(drawing))
    write_table(comparison, output.parent / "comparison.tsv")
    write_table(
        pd.DataFrame({"fact": list(facts), "value": list(facts.values())}), output.parent / "facts.tsv"
    )
    page = render(found, drawings, comparison, facts, config=config, title=title, base=_base(results, output))
    with whole_file(output) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")


def read_results(folder: Path, config: Mapping[str, Any]) -> Results:
    """Read the tables of a run below ``folder``; see :func:`build`."""
    summary = _read(folder / "summary.tsv")
    methods = dict(zip(summary["variant"], summary["method"], strict=True))
    order = [*config.get("methods", []), *config.get("variants", {}), *methods]
    looks = figures.styles({name: methods[name] for name in dict.fromkeys(order) if name in methods})
    rank = {look.variant: number for number, look in enumerate(looks)}
    cells = {cell: number for number, cell in enumerate(dict.fromkeys(_keys(summary, CELL)))}
    places = [
        (cells[cell], rank[name]) for cell, name in zip(_keys(summary, CELL), summary["variant"], strict=True)
    ]
    datasets = list(dict.fromkeys(summary["dataset"]))

    def labelled(table: pd.DataFrame) -> pd.DataFrame:
        names = {look.variant: look.label for look in looks}
        return table.assign(label=table["variant"].map(names)) if "variant" in table else table

    def one(name: str) -> pd.DataFrame:
        return labelled(_read(folder / name)) if (folder / name).is_file() else pd.DataFrame()

    def each(name: str) -> pd.DataFrame:
        parts = [one(f"{dataset}/{name}").assign(dataset=dataset) for dataset in datasets]
        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()

    shares = {dataset: folder / dataset / "pca.json" for dataset in datasets}
    return Results(
        accuracy=one("accuracy.tsv"),
        summary=labelled(summary).iloc[sorted(range(len(summary)), key=places.__getitem__)],
        species=one("species.tsv"),
        heritability=one("heritability.tsv"),
        ids=one("ids.tsv"),
        history=one("history.tsv"),
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
        run=read_json(folder / "run.json") if (folder / "run.json").is_file() else {},
        styles=looks,
    )


def compare_with_gblup(summary: pd.DataFrame, accuracy: pd.DataFrame) -> pd.DataFrame:
    """The variant with the highest mean predictive ability of each trait, against GBLUP on the same folds.

    A description, not a test: the winner is picked after seeing the results.
    Controls and variants with a failed fold are not candidates.

    Returns
    -------
    DataFrame
        A row per dataset, trait and scheme with any candidate: species,
        dataset, trait, scheme; best (variant), its pearson, pearson_sd and
        cpu_s; gblup_pearson and gblup_cpu_s (missing where GBLUP did not run or
        failed). Where another than GBLUP is best: difference = pearson -
        gblup_pearson, and folds_higher of folds in which its r is above GBLUP's.
    """
    usable = summary[(summary["status"] == "ok") & summary["pearson"].notna()]
    usable = usable[usable["method"].map(family) != "control"]
    rows = []
    for (species, dataset, trait, scheme), part in usable.groupby(["species", *CELL], sort=False):
        best = part.sort_values("pearson", ascending=False, kind="stable").iloc[0]
        row = {"species": species, "dataset": dataset, "trait": trait, "scheme": scheme}
        row |= {"best": best["variant"], **best[["pearson", "pearson_sd", "cpu_s"]]}
        baseline = part[part["method"] == "gblup"]
        if len(baseline):
            gblup = baseline.iloc[0]
            row |= {"gblup_pearson": gblup["pearson"], "gblup_cpu_s": gblup["cpu_s"]}
            if gblup["variant"] != best["variant"]:
                here = accuracy[(accuracy[CELL] == [dataset, trait, scheme]).all(axis=1)]
                folds = here.pivot(index=["repeat", "fold"], columns="variant", values="pearson")
                row["difference"] = best["pearson"] - gblup["pearson"]
                row["folds_higher"] = (folds[best["variant"]] > folds[gblup["variant"]]).sum()
                row["folds"] = len(folds)
        rows.append(row)
    columns = ["species", *CELL, "best", "pearson", "pearson_sd", "cpu_s", "gblup_pearson", "gblup_cpu_s"]
    table = pd.DataFrame(rows, columns=[*columns, "difference", "folds_higher", "folds"])
    return table.astype({"folds_higher": "Int64", "folds": "Int64"})


def count_facts(found: Results, comparison: pd.DataFrame) -> dict[str, int]:
    """The counts that the text of the page quotes, by name."""
    summary, accuracy, ids = found.summary, found.accuracy, found.ids
    facts = {
        "species": summary["species"].nunique(),
        "datasets": summary["dataset"].nunique(),
        "traits": len(summary[["dataset", "trait"]].drop_duplicates()),
        "methods": summary["variant"].nunique(),
        "fits": len(accuracy),
        "fits failed": int((accuracy["status"] != "ok").sum()),
        "results failed": int((summary["status"] != "ok").sum()),
        "ids in one file only": int(ids[["genotypes_only", "phenotypes_only"]].sum().sum())
        if len(ids)
        else 0,
    }
    for what, table in (("defects", found.defects), ("near duplicates", found.near_duplicates)):
        if len(table):
            for dataset, number_of in table["dataset"].value_counts(sort=False).items():
                facts[f"{dataset}: {what}"] = int(number_of)
    for scheme, part in accuracy.groupby("scheme", sort=False):
        facts[f"{scheme}: folds"] = len(part[["repeat", "fold"]].drop_duplicates())
    for scheme, part in comparison[_predicted(comparison)].groupby("scheme", sort=False):
        lead = part["difference"]
        facts[f"{scheme}: traits predicted"] = len(part)
        facts[f"{scheme}: traits led by another than gblup"] = int(lead.notna().sum())
        facts[f"{scheme}: leads below the sd over folds"] = int((lead < part["pearson_sd"]).sum())
        for look in found.styles:
            facts[f"{scheme}: traits led by {look.variant}"] = int((part["best"] == look.variant).sum())
    return facts


def _predicted(comparison: pd.DataFrame) -> pd.Series:
    """Traits whose highest mean reaches its standard deviation over folds; a lead elsewhere means nothing."""
    return ~(comparison["pearson"] < comparison["pearson_sd"])


def family(method: str) -> str:
    """Family of a method of the registry; empty for one that is no longer there."""
    return METHODS[method].family if method in METHODS else ""


# --- figures -----------------------------------------------------------------------------------------


@dataclass
class Panel:
    """One small chart: what it is called and which rows it shows."""

    title: str
    note: str
    where: dict[str, str]


@dataclass
class Drawing:
    """One figure: a chart function, the tables it reads, and its panels.

    ``chart`` takes the names of ``tables`` in their order, then a width.
    """

    chart: Callable[..., Any]
    tables: dict[str, pd.DataFrame]
    panels: list[Panel]
    columns: int
    legend: list[Style]
    note: str = ""
    #: Panels of the SVG file, where the page lets the reader choose instead.
    still: list[Panel] | None = None

    def specification(self) -> dict[str, Any]:
        """Vega specification of one panel whose data are still to come."""
        chart = self.chart(*self.tables, figures.CONTAINER).to_dict(validate=False)
        autosize = {"type": "fit-x", "contains": "padding"}
        return vl_convert.vegalite_to_vega(chart | {"autosize": autosize, "config": figures.theme()})


def draw(found: Results) -> dict[str, Drawing]:
    """The figures that these results can fill, by name."""
    drawings = {"accuracy": _accuracy(found)}
    if len(found.heritability):
        drawings["heritability"] = _heritability(found)
    truth = _truth(found)
    if truth is not None:
        drawings["truth"] = truth
    drawings["time"] = _time(found)
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
        drawings["density"] = _per_dataset(figures.marker_density, "density", found.density)
    if len(found.ld_decay):
        enough = found.ld_decay[found.ld_decay["pairs"] >= FEWEST_PAIRS]
        drawings["ld"] = _per_dataset(figures.ld_decay, "ld", enough)
    if len(found.pca):
        drawings["pca"] = _pca(found)
    if len(found.relationships):
        drawings["relationships"] = _per_dataset(
            figures.relationship_map, "relationships", found.relationships
        )
    return drawings


def svg(drawing: Drawing) -> str:
    """The whole figure, all panels, as one SVG document."""
    panels, datasets = [], {}
    for number, panel in enumerate(drawing.still or drawing.panels):
        names = {name: f"{name}-{number}" for name in drawing.tables}
        for name, table in drawing.tables.items():
            datasets[names[name]] = _records(_only(table, panel.where))
        panels.append((panel.title, panel.note, names))
    chart = drawing.chart(*drawing.tables, PANEL_WIDTH)
    figure = figures.grid(chart, panels, min(drawing.columns, len(panels)), drawing.legend)
    figure["datasets"] |= datasets
    return vl_convert.vegalite_to_svg(figure)


def _cell_panels(found: Results) -> list[Panel]:
    return [
        Panel(f"{cell['dataset']} · {cell['trait']}", _scheme_note(found, cell), cell)
        for cell in _records(found.cells)
    ]


def _scheme_note(found: Results, cell: Mapping[str, str]) -> str:
    """The scheme of a panel, where there are several to tell apart."""
    return scheme_name(cell["scheme"]) if found.summary["scheme"].nunique() > 1 else ""


def _accuracy(found: Results) -> Drawing:
    folds = found.accuracy[[*CELL, "label", "repeat", "fold", "pearson"]]
    mark = np.where(
        found.summary["status"] != "ok", "failed", np.where(found.summary["pearson"].isna(), UNDEFINED, "")
    )
    means = found.summary[[*CELL, "label", "pearson", "pearson_sd"]].assign(mark=mark)
    domain = _domain(folds["pearson"])
    return Drawing(
        chart=lambda folds, means, width: figures.accuracy_per_fold(
            folds, means, found.styles, domain, width
        ),
        tables={"folds": folds[folds["pearson"].notna()], "means": means},
        panels=_cell_panels(found),
        columns=3,
        legend=[],
    )


def _heritability(found: Results) -> Drawing:
    table = found.heritability[["dataset", "species", "trait", "h2", "h2_se", "true_h2"]]
    cell = table["dataset"] + " · " + table["trait"]
    return Drawing(
        chart=figures.heritability,
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
        chart=lambda table, width: figures.against_truth(table, found.styles, domain, width),
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
        chart=lambda table, width: figures.accuracy_against_time(table, found.styles, domain, width),
        tables={"costs": table},
        panels=_cell_panels(found),
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
        for cell in _records(history[[*CELL, "label"]].drop_duplicates())
    ]
    return Drawing(
        chart=lambda history, stops, kept, width: figures.training_curves(
            history, stops, kept, found.styles, width
        ),
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
        chart=lambda table, width: figures.predicted_against_observed(table, found.styles, width),
        tables={"predictions": table[[*CELL, "label", "fold", "sample", "observed", "predicted"]]},
        panels=_cell_panels(found),
        columns=len(compared),
        legend=[],
        note=note,
        still=[
            Panel(f"{look.label} · {panel.title}", panel.note, panel.where | {"label": look.label})
            for panel in _cell_panels(found)
            for look in compared
        ],
    )


def _qc(found: Results) -> Drawing:
    return Drawing(
        chart=figures.qc_waterfall,
        tables={"waterfall": found.waterfall},
        panels=_dataset_panels(found.waterfall, lambda dataset: ""),
        columns=2,
        legend=[],
    )


def _distributions(found: Results, name: str, measures: Mapping[str, str]) -> Drawing:
    """Histograms of the measures that each dataset has."""
    table = found.distributions
    table = table[table["measure"].isin(measures)] if len(table) else table
    cells = _records(table[["dataset", "measure"]].drop_duplicates()) if len(table) else []
    return Drawing(
        chart=figures.histogram,
        tables={name: table},
        panels=[Panel(cell["dataset"], measures[cell["measure"]], cell) for cell in cells],
        columns=len(measures),
        legend=[],
    )


def _per_dataset(chart: Callable[..., Any], name: str, table: pd.DataFrame) -> Drawing:
    """A figure with one panel a dataset, from one table."""
    units = dict(zip(table["dataset"], table["unit"], strict=True)) if "unit" in table else {}
    return Drawing(
        chart=chart,
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
        colour=table.groupby("dataset")["group"].transform(
            lambda groups: groups.map(figures.group_colours(groups))
        )
    )

    def share_of(dataset: str) -> str:
        shares = found.pca_share.get(dataset)
        if shares is None:
            return ""
        return ", ".join(f"PC {name[2:]}: {100 * shares[name]:.1f} %" for name in ("pc1", "pc2"))

    return Drawing(
        chart=figures.pca_scatter,
        tables={"pca": table[["dataset", "sample", "pc1", "pc2", "group", "colour"]]},
        panels=_dataset_panels(table, share_of),
        columns=3,
        legend=[],
        note=note,
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


# --- page --------------------------------------------------------------------------------------------


def render(
    found: Results,
    drawings: Mapping[str, Drawing],
    comparison: pd.DataFrame,
    facts: Mapping[str, int],
    *,
    config: Mapping[str, Any],
    title: str,
    base: str,
) -> str:
    """The page as text.

    Parameters
    ----------
    base
        URL of the folder of tables relative to the page, ending in ``/``.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"cell": number_cell, "scheme_name": scheme_name, "url": quote}
    data = {
        "figures": {
            name: {"spec": drawing.specification(), "tables": list(drawing.tables)}
            for name, drawing in drawings.items()
        },
        "tables": {
            name: encode(table) for drawing in drawings.values() for name, table in drawing.tables.items()
        },
        "labels": [look.label for look in found.styles],
    }
    failures = found.accuracy[found.accuracy["status"] != "ok"]
    highest = set(_keys(comparison, [*CELL, "best"]))
    template = environment.get_template("report.html.j2")
    return template.render(
        title=title,
        base=base,
        styles=found.styles,
        labels={look.variant: look.label for look in found.styles},
        facts=facts,
        fact=lambda name: number(facts[name], "{:d}"),
        number=number,
        comparison=_records(comparison),
        ranges=_ranges(comparison),
        winners=_winners(found.styles, facts, found.summary["scheme"]),
        cells=_records(found.cells),
        summary=_records(found.summary),
        species=_records(found.species),
        highest=highest,
        schemes=list(dict.fromkeys(found.summary["scheme"])),
        failures=_records(failures.head(MOST_FAILURES)),
        failures_left=len(failures) > MOST_FAILURES,
        ids=_records(found.ids),
        undefined=bool((found.summary["pearson"].isna() & (found.summary["status"] == "ok")).any()),
        truth_known="truth" in drawings,
        waterfall=_records(found.waterfall),
        imputed=[entry["name"] for entry in config.get("datasets", []) if entry.get("impute")],
        defects=_first_rows(found.defects),
        near_duplicates=_first_rows(
            found.near_duplicates.sort_values("ibs", ascending=False, kind="stable")
            if len(found.near_duplicates)
            else found.near_duplicates
        ),
        groups=_groups(drawings["pca"].tables["pca"]) if "pca" in drawings else {},
        drawings=drawings,
        species_of=dict(zip(found.summary["dataset"], found.summary["species"], strict=True)),
        first_shown=next((look.label for look in found.styles if not look.control), found.styles[0].label),
        run=_flat(found.run),
        config=yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True),
        css=Markup((TEMPLATES / "report.css").read_text("utf-8")),
        script=Markup(_inline((TEMPLATES / "report.js").read_text("utf-8"))),
        library=Markup(_inline(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))),
        data=Markup(_inline_json(data)),
        symbol=symbol,
    )


def number(value: float | None, form: str = "{:.3f}") -> Markup:
    """A number in running text, with the stored value beside its rounded form."""
    if value is None or value != value:
        return Markup(UNDEFINED)
    return Markup('<data value="{}">{}</data>').format(_stored(value), _typeset(value, form))


def number_cell(value: float | None, form: str = "{:.3f}", bold: bool = False) -> Markup:
    """A table cell with a number; ``data-value`` holds what the table on disk holds."""
    if value is None or value != value:
        return Markup('<td class="number none">{}</td>').format(UNDEFINED)
    return Markup('<td class="number{}" data-value="{}">{}</td>').format(
        " highest" if bold else "", _stored(value), _typeset(value, form)
    )


def scheme_name(scheme: str) -> str:
    """``leave_group_out`` as words."""
    return scheme.replace("_", " ")


def symbol(look: Style) -> Markup:
    """The mark of a variant as a small inline image."""
    shapes = {
        "circle": '<circle cx="6" cy="6" r="4.5"/>',
        "square": '<rect x="2" y="2" width="8" height="8"/>',
        "triangle-up": '<path d="M6 1.2 11 10.4H1z"/>',
        "triangle-down": '<path d="M6 10.8 1 1.6h10z"/>',
        "diamond": '<path d="M6 .6 10.6 6 6 11.4 1.4 6z"/>',
        "cross": '<path d="M4.2 1h3.6v3.2H11v3.6H7.8V11H4.2V7.8H1V4.2h3.2z"/>',
    }
    return Markup('<svg class="symbol" viewBox="0 0 12 12" aria-hidden="true" fill="{}">{}</svg>').format(
        look.colour,
        Markup(shapes[look.shape]),
    )


def encode(table: pd.DataFrame) -> dict[str, Any]:
    """A table as short JSON: columns of numbers with five digits, or of codes into their levels."""
    columns: dict[str, Any] = {}
    for name in map(str, table):
        column = table[name]
        if pd.api.types.is_numeric_dtype(column):
            columns[name] = [_five_digits(value) for value in column.tolist()]
        else:
            codes, levels = pd.factorize(column.fillna(""))
            columns[name] = {"codes": codes.tolist(), "levels": levels.tolist()}
    return columns


def _five_digits(value: float | None) -> float | int | None:
    if value is None or value != value:
        return None
    if float(value).is_integer():
        return int(value)
    return float(f"{value:.5g}")


def _stored(value: float) -> str:
    return f"{value:.10g}"


def _typeset(value: float, form: str) -> str:
    """Format with a true minus sign and thin spaces between thousands; no negative zero."""
    text = form.format(_significant(value) if form == "{}" else value)
    if re.fullmatch(r"-0(\.0+)?", text):
        text = text[1:]
    return text.replace("-", "\N{MINUS SIGN}").replace(",", "\N{NARROW NO-BREAK SPACE}")


def _significant(value: float) -> str:
    """Three significant digits, or all digits of the integer part."""
    if value == 0:
        return "0"
    exponent = int(
        f"{value:.2e}".partition("e")[2]
    )  # after rounding: 99.96 has three digits before its point
    decimals = max(0, 2 - exponent)
    return f"{value:,.{decimals}f}"


def _ranges(comparison: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Per scheme, what the text quotes: the rows with the lowest and the highest value of each column."""
    found: dict[str, dict[str, Any]] = {}
    for scheme, part in comparison.groupby("scheme", sort=False):
        predicted = _predicted(part)
        ranges: dict[str, Any] = {"unpredicted": _records(part[~predicted])}
        part = part[predicted]
        for column in ("pearson", "pearson_sd", "cpu_s", "gblup_cpu_s", "difference"):
            if part[column].notna().any():
                ends = part.loc[[part[column].idxmin(), part[column].idxmax()]]
                ranges[column] = _records(ends)
        found[str(scheme)] = ranges
    return found


def _winners(looks: Sequence[Style], facts: Mapping[str, int], schemes: pd.Series) -> dict[str, list[Style]]:
    """Per scheme, the variants that lead in any trait, in most traits first."""
    found = {}
    for scheme in dict.fromkeys(schemes):
        leads = {look.variant: facts.get(f"{scheme}: traits led by {look.variant}", 0) for look in looks}
        leading = [look for look in looks if leads[look.variant]]
        found[scheme] = sorted(leading, key=lambda look: -leads[look.variant])
    return found


def _groups(pca: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Colour of every named group by dataset, where groups have colours of their own."""
    found: dict[str, dict[str, str]] = {}
    for dataset, part in pca.groupby("dataset", sort=False):
        colours = dict(sorted(set(zip(part["group"], part["colour"], strict=True))))
        if len(colours) > 1 and len(set(colours.values())) == len(colours):
            found[str(dataset)] = colours
    return found


def _first_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The first rows of every dataset."""
    return _records(table.groupby("dataset", sort=False).head(MOST_LISTED)) if len(table) else []


def _only(table: pd.DataFrame, keys: Mapping[str, str]) -> pd.DataFrame:
    for key, value in keys.items():
        if key in table:
            table = table[table[key] == value]
    return table


def _flat(run: Mapping[str, Any]) -> dict[str, str]:
    """Provenance as one list: versions by library, other groups with their name in front."""
    flat: dict[str, str] = {}
    for key, value in run.items():
        if isinstance(value, Mapping):
            prefix = "" if key == "versions" else f"{key} "
            flat |= {f"{prefix}{name}": str(inner) for name, inner in value.items()}
        else:
            flat[key] = str(value)
    return flat


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries, ``None`` for missing."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def _keys(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(table[column] for column in columns), strict=True))


def _read(path: Path) -> pd.DataFrame:
    return read_table(path, text=TEXT)


def _base(results: Path, output: Path) -> str:
    return quote(Path(os.path.relpath(results.resolve(), output.parent.resolve())).as_posix()) + "/"


def _inline(script: str) -> str:
    """A script that may stand inside a page: nothing in it ends the element."""
    return re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE)


def _inline_json(content: Any) -> str:
    """JSON that may stand inside a page: ``<`` is escaped, so no tag can begin in it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
