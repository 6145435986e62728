"""The page: templates filled with the tables, the charts' data and their library."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd
import vl_convert
import yaml
from markupsafe import Markup

from dnngp.base.workflow_files import workflow_folder
from dnngp.report.answer import leaders, quoted
from dnngp.report.drawings import Drawing
from dnngp.report.figures.style import VERDICTS, Style
from dnngp.report.formatting import encode, number, number_cell
from dnngp.report.results import CELL, Results, keys, records, scheme_name
from dnngp.report.trials import trial_tables
from dnngp.validation.metrics import METRICS

#: Page, style and behaviour; text captions for Snakemake's own report lie there too.
TEMPLATES = workflow_folder() / "report"
#: Failed fits, defects of a file and pairs of lines listed one by one; the table has all.
MOST_FAILURES = 30
MOST_LISTED = 5
MOST_STEPS = 400

#: Sections in the order of a sceptical reader, and what the list of contents calls them.
SECTIONS = {
    "run": "Run",
    "answer": "Answer",
    "results": "Results",
    "accuracy": "Folds",
    "comparison": "Comparison",
    "heritability": "Heritability",
    "time": "Time",
    "trials": "Environments and traits",
    "studies": "Studies",
    "importance": "Importance",
    "qc": "Quality control",
    "markers": "Markers",
    "lines": "Lines",
    "pca": "Structure",
    "training": "Training",
    "predictions": "Predictions",
    "leaks": "Leaks",
    "provenance": "Provenance",
}
#: Shapes of methods, as in the charts, in a box of twelve by twelve.
SHAPES = {
    "circle": '<circle cx="6" cy="6" r="4.5"/>',
    "square": '<rect x="2" y="2" width="8" height="8"/>',
    "triangle-up": '<path d="M6 1.2 11 10.4H1z"/>',
    "triangle-down": '<path d="M6 10.8 1 1.6h10z"/>',
    "diamond": '<path d="M6 .6 10.6 6 6 11.4 1.4 6z"/>',
    "cross": '<path d="M4.2 1h3.6v3.2H11v3.6H7.8V11H4.2V7.8H1V4.2h3.2z"/>',
}
#: Tables that are shown as they are, with their titles.
COST_TABLES = {
    "estimate": "Cost, as estimated before the run and as measured",
    "costs": "What a fold costs, in CPU seconds and MiB: sums of terms in lines, markers and epochs",
}
INTERVAL_TABLES = {"intervals": "How often the intervals of predictions hold the phenotype"}
STUDY_TABLES = {
    "curves": "Fitted learning curves, and what the next hundredth of r would take",
    "inputs": "Form of the input",
    "ablation": "Parts of the network, left out one by one",
}
#: What the verdict on a difference means.
VERDICT_MEANINGS = {
    "better": "the interval lies above zero, and not within the shade",
    "equivalent": "it lies within the shade",
    "undecided": "these folds do not tell",
    "worse": "it lies below zero",
}


def render(
    found: Results,
    drawings: Mapping[str, Drawing],
    answer: pd.DataFrame,
    facts: Mapping[str, float],
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
    tables = {name: encode(table) for drawing in drawings.values() for name, table in drawing.tables.items()}
    if len(found.provenance):
        tables["provenance"] = encode(found.provenance)
    data = {
        "figures": {
            name: {"specs": drawing.specifications(), "tables": list(drawing.tables)}
            for name, drawing in drawings.items()
        },
        "tables": tables,
        "labels": [look.label for look in found.styles],
    }
    failures = found.accuracy[found.accuracy["status"] != "ok"]
    twins = found.near_duplicates
    if len(twins):
        twins = twins.sort_values("ibs", ascending=False, kind="stable")
    ledger = _suspects_first(found.ledger)
    studies = _plain(found, STUDY_TABLES)
    absent = {
        "comparison": not len(found.comparisons) and not len(found.ranks),
        "studies": "surface" not in drawings and not any(rows for *_, rows in studies),
        "leaks": not len(found.ledger),
        "trials": not len(found.trial_summary),
    }
    absent |= {name: name not in drawings for name in ("heritability", "qc", "markers", "lines", "pca")}
    absent |= {name: name not in drawings for name in ("training", "predictions", "importance")}
    template = environment.get_template("report.html.j2")
    return template.render(
        title=title,
        base=base,
        sections=[(name, text) for name, text in SECTIONS.items() if not absent.get(name)],
        styles=found.styles,
        labels=found.labels,
        facts=facts,
        fact=lambda name: number(facts[name], "{:d}"),
        number=number,
        scheme_name=scheme_name,
        symbol=symbol,
        shapes={name: Markup(drawn) for name, drawn in SHAPES.items()},
        controls=records(found.controls),
        answer=found.answer,
        reference=found.reference,
        answers=_side_by_side(answer),
        ranges=quoted(answer),
        leaders=leaders(found.styles, facts, found.summary["scheme"]),
        tested=len(found.comparisons) > 0,
        comparisons=[{"message": None, **row} for row in records(found.comparisons)],
        ranks=records(found.ranks),
        declared=lambda row: _declared(row, found),
        verdicts=[(word, colour, VERDICT_MEANINGS[word]) for word, colour in VERDICTS.items()],
        cells=records(found.cells),
        summary=records(found.summary),
        metrics=[metric for metric in METRICS.values() if metric.name in found.summary],
        h2_method=_first(found.heritability, "h2_method"),
        species=records(found.species),
        highest=set(keys(answer, [*CELL, "highest"])),
        schemes=list(dict.fromkeys(found.summary["scheme"])),
        failures=records(failures.head(MOST_FAILURES)),
        failures_left=len(failures) > MOST_FAILURES,
        ids=records(found.ids),
        undefined=bool((found.summary["pearson"].isna() & (found.summary["status"] == "ok")).any()),
        truth_known="truth" in drawings,
        cost_tables=_plain(found, COST_TABLES),
        interval_tables=_plain(found, INTERVAL_TABLES),
        study_tables=studies,
        waterfall=records(found.waterfall),
        imputed=[entry["name"] for entry in config.get("datasets", []) if entry.get("impute")],
        defects=_first_rows(found.defects),
        searched=found.searched,
        near_duplicates=_first_rows(twins),
        important=list(dict.fromkeys(keys(found.importance, ["dataset", "folder", "model"])))
        if len(found.importance)
        else [],
        groups=_groups(drawings["pca"].tables["pca"]) if "pca" in drawings else {},
        trials=trial_tables(found),
        drawings=drawings,
        species_of=dict(zip(found.summary["dataset"], found.summary["species"], strict=True)),
        first_shown=next((look.label for look in found.styles if not look.control), found.styles[0].label),
        ledger=records(ledger.head(MOST_STEPS)),
        ledger_left=len(ledger) > MOST_STEPS,
        followed=len(found.provenance) > 0,
        run=_flat(found.run),
        config=yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True),
        css=Markup((TEMPLATES / "report.css").read_text("utf-8")),
        script=Markup(_inline((TEMPLATES / "report.js").read_text("utf-8"))),
        library=Markup(_inline(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))),
        data=Markup(_inline_json(data)),
    )


def symbol(look: Style) -> Markup:
    """The mark of a model as a small inline image; the page defines its shape once."""
    return Markup('<svg class="symbol" aria-hidden="true" fill="{}"><use href="#{}"/></svg>').format(
        look.colour, look.shape
    )


def _side_by_side(answer: pd.DataFrame) -> list[dict[str, Any]]:
    """A row per dataset and trait, its schemes in ``schemes``."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for row in records(answer):
        place = {key: row[key] for key in ("species", "dataset", "trait")}
        rows.setdefault((row["dataset"], row["trait"]), {**place, "schemes": {}})["schemes"][
            row["scheme"]
        ] = row
    return list(rows.values())


def _first(table: pd.DataFrame, column: str) -> str | None:
    return table[column].iloc[0] if column in table and len(table) else None


def _declared(row: Mapping[str, Any], found: Results) -> str:
    if row["model"] == found.answer and found.answer != found.reference:
        return "the answer"
    return "the reference" if row["model"] == found.reference else ""


def _suspects_first(ledger: pd.DataFrame) -> pd.DataFrame:
    if not len(ledger):
        return ledger
    seen = ["test_phenotypes_seen", "test_genotypes_seen"]
    return ledger.sort_values(seen, ascending=False, kind="stable")


def _columns(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Columns of a table in words, with the format of those that hold numbers."""
    return [
        (name, _words(name), _form(table[name]))
        for name in map(str, table)
        if name not in ("label", "species")
    ]


def _words(column: str) -> str:
    words = "method" if column == "model" else column.replace("_", " ")
    return words[0].upper() + words[1:].replace("cpu s", "CPU s").replace(" mb", " MiB")


def _form(column: pd.Series) -> str:
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return ""
    return "{:,.0f}" if pd.api.types.is_integer_dtype(column) else "{}"


def _plain(
    found: Results, titles: Mapping[str, str]
) -> list[tuple[str, str, list[tuple[str, str, str]], list[dict[str, Any]]]]:
    """Name, title, columns and rows of tables that the page shows as they are."""
    tables = {name: getattr(found, name) for name in titles}
    return [(name, titles[name], _columns(table), records(table)) for name, table in tables.items()]


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
    return records(table.groupby("dataset", sort=False).head(MOST_LISTED)) if len(table) else []


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


def _inline(script: str) -> str:
    """A script that may stand inside a page: nothing in it ends the element."""
    return re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE)


def _inline_json(content: Any) -> str:
    """JSON that may stand inside a page: ``<`` is escaped, so no tag can begin in it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
