"""CPU time and memory of variances by REML for 2,500 lines in four environments, 10,000 cells.

All cells recorded, and a fifth of them missing as in the folds of CV2: the model with GxE (four variances)
and the multi-trait model (twenty). One step by the matrix of all records stands beside one by the table of
lines and environments, at a size where both are quick. Simulated, one thread.

    ./run bench environments
"""

import os

# Before numpy loads its linear algebra.
os.environ["OMP_NUM_THREADS"] = "1"

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np

from dnngp.base.timing import peak_memory_mb
from dnngp.methods.mixed.likelihood import Dense, Table
from dnngp.methods.mixed.maximum import maximise
from dnngp.methods.mixed.structures import ERROR, OWN, Structure, Terms, Unstructured

ENVIRONMENTS = 4


def records(lines: int, missing: float) -> tuple[np.ndarray, ...]:
    """Kernel of simulated lines; line, environment and value of each record."""
    rng = np.random.default_rng(1)
    rows = rng.binomial(2, 0.4, (lines, 2 * lines)).astype(float)
    rows -= rows.mean(axis=0)
    effects = rng.normal(size=(2 * lines, ENVIRONMENTS)) + rng.normal(size=(2 * lines, 1))
    kernel = rows @ rows.T / (0.48 * 2 * lines)
    y = rows @ effects / np.std(rows @ effects) + rng.normal(size=(lines, ENVIRONMENTS))
    line, environment = np.nonzero(rng.random((lines, ENVIRONMENTS)) >= missing)
    values = y[line, environment]
    return kernel, line, environment, values / values.std()


def main() -> None:
    every, each = np.ones((ENVIRONMENTS, ENVIRONMENTS)), np.eye(ENVIRONMENTS)
    known = np.ones(ENVIRONMENTS, bool)
    models: dict[str, Structure] = {
        "GxE": Terms(
            {"main": (0, every), "GxE": (0, each), "line": (OWN, every), "error": (ERROR, each)}, known
        ),
        "multi-trait": Unstructured(ENVIRONMENTS),
    }
    data = records(600, 0.3)
    seconds = {}
    for form in (Table, Dense):
        made = form(data[0] if form is Table else data[:1], *data[1:])
        start = time.process_time()
        made.at(models["GxE"].of(models["GxE"].start()))
        seconds[form.__name__] = time.process_time() - start
    print(
        f"one step, {len(data[1]):,} records of 600 lines: {seconds['Table']:.2f} CPU s by the table, "
        f"{seconds['Dense']:.2f} by the matrix of records ({seconds['Dense'] / seconds['Table']:.1f} times)"
    )
    for missing in (0.0, 0.2):
        data = records(2500, missing)
        for name, structure in models.items():
            start = time.process_time()
            maximise(Table(*data), structure)
            spent = time.process_time() - start
            print(
                f"{name}, {len(data[1]):,} records, {missing:.0%} missing: {spent:.1f} CPU s, "
                f"{peak_memory_mb():,.0f} MiB so far",
                flush=True,
            )


if __name__ == "__main__":
    main()
