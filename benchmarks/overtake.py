"""From how many samples on, and for which kind of trait, does a network overtake? With known truth.

Populations and traits of known_truth.py: additive, dominant, and half additive, half products of 10, 100 or
1,000 pairs of loci. A cell is a population of p markers, a trait and n training samples; training sets are
nested, the 1,000 test samples the same for every n. Every method of a cell reads its default input. One
thread.

    ./run bench overtake                               # every cell; resumes where it was stopped
    ./run bench overtake --n 1000 3000 --p 1000        # some of them
    ./run bench overtake --hours 1

writes r with the true genetic value and CPU seconds of fit and prediction as a row of
docs/experiments/overtake.csv when a method is done, small n first, all methods of a cell in turn.
"""

import argparse
import csv
import itertools
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
from known_truth import KINDS, TEST, population, trait
from threadpoolctl import threadpool_limits

from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.store import Genotypes
from dnngp.methods.registry import create

TABLE = Path(__file__).parents[1] / "docs" / "experiments" / "overtake.csv"
COLUMNS = ["n", "replicate", "p", "h2", "trait", "method", "pearson", "cpu_s", "epochs"]
KEYS = COLUMNS[:6]
#: Replicates of a number of training samples.
REPLICATES = {1000: 3, 3000: 3, 10_000: 1, 30_000: 1, 100_000: 1}
MARKERS, HERITABILITIES = (1000, 10_000, 50_000), (0.7, 0.3)
#: Updates of the weights of DNNGP in one phase of training, at most, and its batch; other networks are cheap.
UPDATES, BATCH = 1500, 28
METHODS = ("gblup", "gblup_ad", "rkhs", "bayesr", "lightgbm", "prior_net", "mlp", "dnngp")
#: From so many samples on, what the methods do by themselves with one sample more.
MANY = 10_000
MATRIX_FREE: dict[str, dict[str, int | str]] = {"gblup": {"solver": "iterative"}, "rkhs": {"core": 3000}}


def params(method: str, n: int) -> dict[str, int | str]:
    """Those that are not the defaults."""
    if method == "bayesr":
        return {"iterations": 1500, "burn_in": 500}
    if n >= MANY and method in MATRIX_FREE:
        return MATRIX_FREE[method]
    if method == "dnngp":
        return {"epochs": max(1, round(UPDATES * BATCH / (0.9 * n)))}
    return {}


def fitted(genotypes: Genotypes, y: np.ndarray, genetic: np.ndarray, method: str) -> dict[str, object]:
    """r with the truth of the test samples, which come first, CPU seconds, and epochs of a network."""
    rows, start = np.arange(len(y)), time.process_time()
    train, test = rows[TEST:], rows[:TEST]
    training = TrainingSet(Population(genotypes, 0.01), train)
    model = create(method, params(method, len(train)), 1).fit(training, y[train])
    predicted = model.predict(training.records(test)).mean
    seconds = time.process_time() - start
    # A constant has no correlation and tells nothing: 0.
    r = 0.0 if np.ptp(predicted) == 0 else float(np.corrcoef(predicted, genetic[test])[0, 1])
    return {"pearson": f"{r:.4f}", "cpu_s": f"{seconds:.2f}", "epochs": model.diagnostics_.get("epochs", "")}


def cells(given: argparse.Namespace) -> Iterator[tuple[int, int, int, float, str]]:
    """n, replicate, p, heritability and trait, in the order of their cost."""
    for n in given.n:
        replicates = range(1, min(REPLICATES.get(n, 1), given.replicates) + 1)
        yield from itertools.product([n], replicates, given.p, given.h2, given.traits)


def done() -> set[tuple[str, ...]]:
    """Keys of the rows that are there, as text."""
    if not TABLE.exists():
        return set()
    with TABLE.open(newline="") as file:
        return {tuple(row[key] for key in KEYS) for row in csv.DictReader(file)}


def write(row: dict[str, object]) -> None:
    """Add one row, below a header where the table is new."""
    new = not TABLE.exists()
    with TABLE.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def arguments() -> argparse.Namespace:
    """Which cells, and how long."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, nargs="+", default=sorted(REPLICATES))
    parser.add_argument("--p", type=int, nargs="+", default=MARKERS)
    parser.add_argument("--h2", type=float, nargs="+", default=HERITABILITIES)
    parser.add_argument("--traits", nargs="+", choices=KINDS, default=[*KINDS])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--replicates", type=int, default=max(REPLICATES.values()))
    parser.add_argument("--hours", type=float, default=6.0, help="CPU hours after which no cell is begun")
    return parser.parse_args()


def main() -> None:
    """Fit every method in every cell that has no row yet."""
    logging.disable(logging.WARNING)
    given, there = arguments(), done()
    todo = [
        (*cell, method)
        for cell in cells(given)
        for method in given.methods
        if tuple(map(str, (*cell, method))) not in there
    ]
    shown = genotypes = None
    for number, (n, replicate, p, h2, name, method) in enumerate(todo):
        spent = time.process_time()
        if method == given.methods[0] and spent > given.hours * 3600:
            break
        if shown != (n, replicate, p):
            genotypes, shown = population(p, TEST + n, replicate), (n, replicate, p)
        assert genotypes is not None
        y, genetic = trait(genotypes.dosages, name, h2, replicate)
        row = dict(zip(KEYS, (n, replicate, p, h2, name, method), strict=True))
        row |= fitted(genotypes, y, genetic, method)
        write(row)
        spent = time.process_time()
        left = spent / (number + 1) * (len(todo) - number - 1) / 60
        told = " ".join(str(value) for value in row.values())
        print(
            f"{number + 1}/{len(todo)} {told}; {spent / 60:.1f} CPU min, at least {left:.0f} left", flush=True
        )


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
