"""A finished run as a Workflow Run RO-Crate: what went in, what ran, what came out, in one JSON-LD file.

Profiles: Process Run Crate and Workflow Run Crate 0.5 (https://w3id.org/ro/wfrun/workflow/0.5) on Workflow
RO-Crate 1.0 and RO-Crate 1.1. The crate is the folder of results; files that went in are not part of it and
are named by their content (RFC 6920).
"""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dnngp.base.seeds import file_sha256
from dnngp.base.tables import read_json, read_table
from dnngp.base.tables.catalogue import table_of

CONTEXT = ["https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"]
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
TYPES = {".tsv": "text/tab-separated-values", ".yaml": "application/yaml", ".smk": "text/x-python"}

#: Results that are no tables.
OTHERS = {
    "run.json": "Versions, machine and digests",
    "config.yaml": "The configuration with every default",
    "report/index.html": "The report",
}

Entity = dict[str, Any]


def run_crate(
    folder: Path,
    *,
    title: str,
    workflow: str | Path,
    inputs: Mapping[str, str],
    results: Iterable[str | Path],
    sources: str,
) -> dict[str, Any]:
    """The metadata file of the crate.

    Parameters
    ----------
    folder
        The results, with ``run.json`` and ``accuracy.tsv``.
    title
        Of the run.
    workflow
        The copy of the Snakefile, below ``folder``.
    inputs
        What every file that went in is, by its path; files with the same content count once.
    results
        Files that came out, below ``folder``; the configuration among them went in as well.
    sources
        Digest of the code.
    """
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    run = read_json(folder / "run.json") | {"code_sha256": sources}
    failed = int((read_table(folder / "accuracy.tsv")["status"] != "ok").sum())
    workflow = _below(folder, workflow)
    outside = list({file["@id"]: file for file in map(_outside, inputs, inputs.values())}.values())
    files = [_file(folder, path, _meaning(path)) for path in (_below(folder, one) for one in results)]
    made = [_ref(file) for file in files if file["@id"] != "config.yaml"]
    action: Entity = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"Run of dnngp-workflow {run['workflow']}",
        "description": f"{title}: every model on the same folds, from genotypes and phenotypes to tables.",
        "instrument": {"@id": workflow},
        "object": [*map(_ref, outside), {"@id": "config.yaml"}],
        "result": made,
        "endTime": ended,
        "actionStatus": f"http://schema.org/{'Failed' if failed else 'Completed'}ActionStatus",
    }
    if failed:
        action["error"] = f"{failed} fits failed"
    facts = {key: run[key] for key in ("config_sha256", "lock_sha256", "code_sha256") if key in run}
    settings = [
        {"@id": f"#{name}", "@type": "PropertyValue", "name": name, "value": value}
        for name, value in facts.items()
    ]
    if settings:
        action["additionalProperty"] = list(map(_ref, settings))
    graph: list[Entity] = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "conformsTo": [
                {"@id": "https://w3id.org/ro/crate/1.1"},
                {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"},
            ],
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": title,
            "description": "Results of genomic prediction with dnngp-workflow, and what they were made from.",
            "datePublished": ended,
            "license": {"@id": "#licence"},
            "conformsTo": [{"@id": profile} for profile in PROFILES],
            "hasPart": [{"@id": workflow}, *map(_ref, files), *map(_ref, outside)],
            "mainEntity": {"@id": workflow},
            "mentions": {"@id": "#run"},
        },
        *(
            {"@id": profile, "@type": "CreativeWork", "name": name, "version": release}
            for profile, (name, release) in PROFILES.items()
        ),
        {
            "@id": "#licence",
            "@type": "CreativeWork",
            "name": "No licence stated",
            "description": "Ask the owners of the data that went in.",
        },
        {
            **_file(folder, workflow, "Copy of the Snakefile; code_sha256 identifies its rules and scripts."),
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
            "name": "dnngp-workflow",
            "version": run["workflow"],
            "conformsTo": {"@id": BIOSCHEMAS},
            "license": "https://spdx.org/licenses/MIT",
            "programmingLanguage": {"@id": "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"},
        },
        {
            "@id": "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
            "@type": "ComputerLanguage",
            "name": "Snakemake",
            "identifier": {"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
            "url": {"@id": "https://snakemake.readthedocs.io"},
            "version": version("snakemake"),
        },
        action,
        *settings,
        *files,
        *outside,
    ]
    return {"@context": CONTEXT, "@graph": graph}


def _file(folder: Path, path: str, description: str) -> Entity:
    return _entity(path, path, folder / path, description, file_sha256(folder / path))


def _outside(path: str, description: str) -> Entity:
    """A file by its content (RFC 6920)."""
    sha256 = file_sha256(path)
    named = base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")
    return _entity(f"ni:///sha-256;{named}", Path(path).name, Path(path), description, sha256)


def _entity(id: str, name: str, file: Path, description: str, sha256: str) -> Entity:
    entity = {
        "@id": id,
        "@type": "Dataset" if file.is_dir() else "File",
        "name": name,
        "description": description,
        "sha256": sha256,
    }
    if file.is_file():
        entity |= {"encodingFormat": _media_type(file.name), "contentSize": str(file.stat().st_size)}
    return entity


def _below(folder: Path, path: str | Path) -> str:
    return Path(path).relative_to(folder).as_posix()


def _meaning(path: str) -> str:
    """What a file of the results holds."""
    table = table_of(path)
    dataset = f" ({path.rpartition('/')[0]})" if table and "{dataset}" in table.path else ""
    return OTHERS[path] if table is None else table.meaning + dataset


def _media_type(name: str) -> str:
    known, compression = mimetypes.guess_type(name)
    if compression == "gzip":
        return "application/gzip"
    return TYPES.get(Path(name).suffix) or known or "application/octet-stream"


def _ref(entity: Entity) -> Entity:
    return {"@id": entity["@id"]}
