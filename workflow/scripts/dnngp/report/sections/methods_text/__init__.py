"""The methods paragraph of a paper on this run, and the BibTeX of what it cites."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from dnngp.encodings.encoding import encoding_kinds
from dnngp.methods.registry import METHODS
from dnngp.report.results import Results, family, scheme_name, scheme_target
from dnngp.report.section import Section

#: What every run uses, beside its methods.
ALWAYS = ("Nadeau & Bengio 2003, Mach Learn 52:239", "Mölder et al. 2021, F1000Research 10:33")
#: What a key of the configuration, where it asks for anything, brings along.
ASKED = {"lr_statistics": "Legarra & Reverter 2018, Genet Sel Evol 50:53"}
#: Packages whose version a paper states, by the families of methods that use them; empty: all.
PACKAGES = {
    "numpy": (),
    "scikit-learn": ("linear", "kernel machine", "trees"),
    "lightgbm": ("trees",),
    "tensorflow-cpu": ("network",),
}
#: Limits of quality control that are stated, in words.
LIMITS = {
    "min_call_rate_marker": "markers called in less than {} of the samples",
    "min_call_rate_sample": "samples with less than {} of the markers called",
    "maf": "within the training samples of each fold, markers with a minor allele frequency below {}",
}


def context(results: Results) -> dict[str, Any]:
    """What the sentences are filled with."""
    cited = [
        citation
        for look in results.styles
        for citation in [*citations(_method(results, look.model)), *_of_encoding(results, look.model)]
    ]
    asked = [citation for name, citation in ASKED.items() if results.config.get(name)]
    families = {family(_method(results, look.model)) for look in results.styles}
    run, datasets = results.json("run.json"), results.config.get("datasets", [])
    versions = run.get("versions", {})
    return {
        "run": run,
        "snakemake": versions.get("snakemake"),
        "packages": [
            f"{name} {versions[name]}"
            for name, users in PACKAGES.items()
            if name in versions and (not users or families & {*users})
        ],
        "models": _listed([_model(results, look.model) for look in results.styles]),
        "folds_of": _listed([_folds(results, scheme) for scheme in results.schemes]),
        "left": _listed(_left(results)),
        "limits": list(dict.fromkeys(_limits(one["qc"]) for one in datasets if one.get("qc"))),
        "beagle": any(one.get("impute") == "beagle" for one in datasets),
        "weighted": _listed([f"{name} by their {what}" for name, what in results.weighted]),
        "lr": bool(results.config.get("lr_statistics")),
        "seed": results.config.get("seed"),
        "bibtex": "\n\n".join(entries([*cited, *asked, *ALWAYS])),
    }


def citations(method: str) -> list[str]:
    """What a method cites, each as author, year, journal and page."""
    return [one for one in METHODS[method].citation.split("; ") if one] if method in METHODS else []


def encoding_citations(name: str) -> list[str]:
    """What an encoding cites, likewise."""
    kind = encoding_kinds().get(name)
    return [kind.citation] if kind and kind.citation else []


def _of_encoding(results: Results, model: str) -> list[str]:
    encoding = results.config.get("models", {}).get(model, {}).get("encoding") or ""
    return encoding_citations(encoding["name"] if isinstance(encoding, Mapping) else encoding)


def key(citation: str) -> str:
    """Key of a citation in ``references.bib``: first author and year."""
    authors, year = re.match(r"(.+?) (\d{4}),", citation).groups()  # type: ignore[union-attr]
    first = unicodedata.normalize("NFKD", re.sub(r" et al\.| &.*", "", authors))
    return re.sub(r"[^a-z]", "", first.lower()) + year


def entries(cited: Iterable[str]) -> list[str]:
    """BibTeX of citations, in the order of their keys; one that is not in the file stands as it is."""
    by_key = {key(one): one for one in cited}
    return [
        references().get(name, f"@misc{{{name},\n  note = {{{by_key[name]}}}}}") for name in sorted(by_key)
    ]


@cache
def references() -> Mapping[str, str]:
    """Entries of ``references.bib`` by key, a field a line."""
    text = (Path(__file__).parent / "references.bib").read_text("utf-8")
    found = re.findall(r"^(@\w+\{(\w+), (.*)\})$", text, re.MULTILINE)
    return {name: re.sub(r", (?=\w+ = \{)", ",\n  ", entry) for entry, name, _ in found}


def _method(results: Results, model: str) -> str:
    return str(results.config.get("models", {}).get(model, {}).get("method", model))


def _model(results: Results, model: str) -> str:
    """Label of a model with what it cites and the settings that are not the defaults."""
    method = _method(results, model)
    choice = results.config.get("models", {}).get(model, {})
    cited = [re.sub(r"(\d{4}), .*", r"\1", one) for one in citations(method)]
    settings = [
        f"{name} {value}" for name, value in (choice.get("params") or {}).items() if name != "members"
    ]
    if encoding := choice.get("encoding"):
        options = encoding if isinstance(encoding, Mapping) else {"name": encoding}
        settings.append(" ".join(f"{name} {value}" for name, value in options.items()))
    label = results.labels[model]
    named = [METHODS[method].label] if method in METHODS and method != model else []
    about = "; ".join([*named, *cited, *settings])
    return f"{label} ({about})" if about else label


def _folds(results: Results, scheme: str) -> str:
    """Number of folds of a scheme and what they leave out."""
    counts = results["accuracy"]
    counts = counts[counts["scheme"] == scheme]
    folds, repeats = counts["fold"].nunique(), counts["repeat"].nunique()
    times = f", repeated {repeats} times" if repeats > 1 else ""
    return f"{folds} {scheme_name(scheme)} folds{times} ({scheme_target(scheme)})"


def _left(results: Results) -> list[str]:
    """Markers and samples of each dataset after quality control."""
    last = results["filter_summary"].groupby("dataset", sort=False).last()
    return [
        f"{row['variants_left']} markers of {row['samples_left']} samples ({dataset})"
        for dataset, row in last.iterrows()
    ]


def _limits(qc: Mapping[str, Any]) -> str:
    return _listed([words.format(qc[name]) for name, words in LIMITS.items() if qc.get(name)])


def _listed(items: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


SECTION = Section("methods_text", "For your paper", 92, (), context)
