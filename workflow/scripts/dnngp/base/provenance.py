"""What a fit was made from, and under which circumstances: what ``meta.json`` tells beside its settings."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from dnngp import __version__
from dnngp.base.code_digest import library_versions, revision
from dnngp.base.host import host_facts
from dnngp.base.seeds import digest, file_sha256
from dnngp.base.timing import peak_memory_mb

#: Libraries that numbers may depend on; the name of TensorFlow depends on the platform.
LIBRARIES = [
    *("numpy", "scipy", "pandas", "scikit-learn", "numba"),
    *("lightgbm", "xgboost", "tensorflow", "tensorflow-cpu", "keras"),
]


def made_from(code: str, source: Mapping[str, Any], **tables: str | Path) -> dict[str, Any]:
    """What decides the numbers of a fit: the same wherever and whenever it is made.

    Parameters
    ----------
    code
        Digest of the modules it imports (:func:`dnngp.base.code_digest.code_digest`).
    source
        What the genotypes were read from (``Genotypes.source``).
    tables
        Files it reads; ``NAME_sha256`` tells their content.
    """
    return {
        "code": code,
        "genotypes": dict(source),
        **{f"{name}_sha256": file_sha256(path) for name, path in tables.items()},
        "versions": {"python": platform.python_version()} | library_versions(LIBRARIES),
    }


def circumstances(threads: int) -> dict[str, Any]:
    """Machine, threads, cost of this process so far (CPU seconds, peak MiB) and time of day (UTC)."""
    return {
        "threads": threads,
        "host": host_facts(),
        "blas": np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"],
        "cpu_s": round(time.process_time(), 3),
        "peak_mb": round(peak_memory_mb(), 1),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def fit_facts(
    snakemake: Any, seeds: Mapping[str, int], source: Mapping[str, Any], tables: Iterable[str]
) -> dict[str, Any]:
    """What ``meta.json`` tells of a fit, by the job that made it.

    Parameters
    ----------
    snakemake
        The job; wildcards, and ``trait``, ``model``, ``dataset``
        (:attr:`dnngp.config.dataset_entries.Dataset.fit_options`) and ``code`` of its parameters, are
        settings of the fit.
    seeds
        Of its folds.
    source
        As of :func:`made_from`.
    tables
        Inputs whose content is told, by name.
    """
    params, named = snakemake.params, {name: snakemake.input[name] for name in tables}
    return {
        **dict(snakemake.wildcards.items()),
        "trait_name": params.trait,
        **params.model,
        "covariates": params.dataset["covariates"],
        **params.dataset["filters"],
        "seeds": dict(seeds),
        **made_from(params.code, source, **named),
        **circumstances(snakemake.threads),
    }


def run_facts(
    config: Mapping[str, Any], lock: str, folder: str | Path, tables: Mapping[str, str | Path]
) -> dict[str, Any]:
    """Versions, machine and digests of a whole run.

    Parameters
    ----------
    config
        With every default.
    lock
        SHA-256 of the lock file of the environment.
    folder
        Of the workflow, whose revision is told.
    tables
        Results whose content is told, by name.
    """
    return {
        "workflow": __version__,
        "revision": revision(folder),
        "config_sha256": digest(yaml.safe_dump(dict(config), sort_keys=True)),
        "lock_sha256": lock,
        "python": platform.python_version(),
        "host": host_facts(),
        "versions": library_versions(["snakemake", *LIBRARIES]),
        "tables_sha256": {name: file_sha256(path) for name, path in tables.items()},
    }
