"""What jobs ask a scheduler for: memory and minutes, by the size of their input.

Imported by the Snakefile at each start, so it needs nothing but the standard library. What is returned is
called by Snakemake with arguments by name: ``wildcards``, ``input`` and ``attempt``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from dnngp.methods.registry import METHODS
from dnngp.plan import Plan

Request = Callable[[Any, Any, int], int]

#: Minutes of one fold by the family of the method, at least and per MB of input: several times what was
#: measured, as a job that runs into its limit is lost. Others take the last.
FOLD_MINUTES = {"network": (3, 0.5), "linear": (1, 0.3), "ensemble": (10, 1.5)}
OTHER_FOLD_MINUTES = (1, 0.1)


def memory_mb(base: float, per_input: float = 4) -> Request:
    """MB that grow with the input (MB per MB) and double with each attempt."""

    def request(wildcards: Any, input: Any, attempt: int) -> int:
        return int((base + per_input * size_mb(input)) * 2 ** (attempt - 1))

    return request


def runtime(base: float = 30, per_input: float = 0.2) -> Request:
    """Minutes that grow with the input (minutes per MB) and double with each attempt."""
    return memory_mb(base, per_input)


def fit_runtime(plan: Plan) -> Request:
    """Minutes of a fit: by the family of the method, its tuning, the folds of the job and the input."""

    def request(wildcards: Any, input: Any, attempt: int) -> int:
        model = plan.models[wildcards.model]
        base, per_input = FOLD_MINUTES.get(METHODS[model.method].family, OTHER_FOLD_MINUTES)
        folds = (plan.config.cv["folds_per_job"] or plan.config.cv["folds"]) * model.tune
        return runtime(30 + folds * base, folds * per_input)(wildcards, input, attempt)

    return request


def fit_memory(plan: Plan) -> Request:
    """MB of a fit: by the input and, of methods that take environments together, three of all records."""

    def request(wildcards: Any, input: Any, attempt: int) -> int:
        joint = METHODS[plan.models[wildcards.model].method].environments
        tables = [input.phenotype] if joint else []
        return int(memory_mb(2000, per_input=12)(wildcards, input, attempt) + _of_records(tables))

    return request


def covariance_memory() -> Request:
    """MB of the covariances of traits: by the input, and three of all records."""

    def request(wildcards: Any, input: Any, attempt: int) -> int:
        return int(memory_mb(2000, per_input=12)(wildcards, input, attempt) + _of_records(input.phenotypes))

    return request


def _of_records(tables: Iterable[str]) -> float:
    """MB of three covariances of the records of phenotype tables, a row of 20 bytes or more each."""
    return float(24e-6 * (sum(map(os.path.getsize, tables)) / 20) ** 2)


def size_mb(files: Any) -> float:
    """As ``input.size_mb``, but without an event loop for each job (a fifth of the time of a large plan)."""
    if any(file.is_storage for file in files):
        return files.size_mb
    return sum(map(_size_of, files)) / 2**20


def _size_of(path: str) -> int:
    """Bytes of a file, or of all files in a folder."""
    if not os.path.isdir(path):
        return os.path.getsize(path)
    return sum(
        entry.stat().st_size if entry.is_file() else _size_of(entry.path) for entry in os.scandir(path)
    )
