"""The page: templates filled with the tables, the charts' data and their library."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import pandas as pd
import vl_convert
from markupsafe import Markup

from dnngp.report.charts.style import Style
from dnngp.report.figure import Figure
from dnngp.report.formatting import encode, number, number_cell
from dnngp.report.results import Results, scheme_name
from dnngp.report.section import Section
from dnngp.report.terms import TERMS, anchor

#: Frame, macros, style and behaviour of pages; templates of sections lie in their folders,
#: and those of the parts of a prediction's page in theirs (``prediction_parts/NAME``).
TEMPLATES = Path(__file__).parent / "templates"
SECTIONS = Path(__file__).parent / "sections"

#: Shapes of models, as in the charts, in a box of twelve by twelve.
SHAPES = {
    "circle": '<circle cx="6" cy="6" r="4.5"/>',
    "square": '<rect x="2" y="2" width="8" height="8"/>',
    "triangle-up": '<path d="M6 1.2 11 10.4H1z"/>',
    "triangle-down": '<path d="M6 10.8 1 1.6h10z"/>',
    "diamond": '<path d="M6 .6 10.6 6 6 11.4 1.4 6z"/>',
    "cross": '<path d="M4.2 1h3.6v3.2H11v3.6H7.8V11H4.2V7.8H1V4.2h3.2z"/>',
}


def environment() -> jinja2.Environment:
    """Where templates are found, and how they are filled: escaped, nothing undefined."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, SECTIONS, TEMPLATES.parent]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def style_sheet() -> Markup:
    """The style of every page."""
    return Markup((TEMPLATES / "report.css").read_text("utf-8"))


def script(*names: str) -> Markup:
    """Behaviour of a page, from files one behind the other."""
    return Markup(_inline("\n".join((TEMPLATES / f"{name}.js").read_text("utf-8") for name in names)))


def render(
    results: Results,
    sections: Mapping[str, tuple[Section, dict[str, Any]]],
    figures: Mapping[str, Figure],
    facts: Mapping[str, float],
    *,
    title: str,
    base: str,
) -> str:
    """The page as text.

    Parameters
    ----------
    sections
        Those to show, with what their templates are filled with.
    facts
        Counts that the text quotes.
    base
        URL of the folder of tables relative to the page, ending in ``/``.
    """
    templates = environment()
    templates.filters |= {"cell": number_cell, "scheme_name": scheme_name, "url": quote}
    shared = {
        **{"base": base, "drawings": figures, "facts": facts, "number": number},
        "fact": lambda name: number(facts[name], "{:d}"),
        **{"symbol": symbol, "scheme_name": scheme_name, "terms": TERMS, "anchor": anchor},
        "styles": results.styles,
        "labels": results.labels,
        **{"answer": results.candidate, "reference": results.reference, "schemes": results.schemes},
        "species_of": dict(zip(results["summary"]["dataset"], results["summary"]["species"], strict=True)),
        "followed": len(results["provenance"]) > 0,
    }
    macros = templates.get_template("macros.html.j2").make_module(shared)
    shared |= {name: value for name, value in vars(macros).items() if not name.startswith("_")}
    words = {
        name: Markup(_flush(templates.get_template(f"{name}/template.html.j2").render(shared | context)))
        for name, (_, context) in sections.items()
    }
    return templates.get_template("report.html.j2").render(
        shared,
        title=title,
        sections=[section for section, _ in sections.values()],
        words=words,
        cells=results.cells,
        shapes={name: Markup(drawn) for name, drawn in SHAPES.items()},
        css=style_sheet(),
        script=script("sorting", "report"),
        library=Markup(_inline(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))),
        data=Markup(_inline_json(_data(results, figures))),
    )


def _data(results: Results, figures: Mapping[str, Figure]) -> dict[str, Any]:
    """What the charts and the filter read."""
    tables: dict[str, pd.DataFrame] = {}
    for figure in figures.values():
        tables |= figure.tables
    if len(results["provenance"]):
        tables["provenance"] = results["provenance"]
    return {
        "figures": {
            name: {"specs": figure.specifications(), "tables": list(figure.tables)}
            for name, figure in figures.items()
        },
        "tables": {name: encode(table) for name, table in tables.items()},
        "labels": [look.label for look in results.styles],
    }


def symbol(look: Style) -> Markup:
    """The mark of a model as a small inline image; the page defines its shape once."""
    return Markup('<svg class="symbol" aria-hidden="true" fill="{}"><use href="#{}"/></svg>').format(
        look.colour, look.shape
    )


def _inline(script: str) -> str:
    """A script that may stand inside a page: nothing in it ends the element."""
    return re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE)


def _inline_json(content: Any) -> str:
    """JSON that may stand inside a page: ``<`` is escaped, so no tag can begin in it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _flush(html: str) -> str:
    """Elements at the left edge: the indentation of templates is a fiftieth of a large page."""
    return re.sub(r"\n +(?=<)", "\n", html)
