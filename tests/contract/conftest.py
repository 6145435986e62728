"""One small population and one way to run a method on it, for every test of a contract."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dnngp.encodings.samples.population import Population as Samples
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.methods.registry import METHODS, create
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

#: Parameters that make a fit short; everything else is the default.
QUICK: dict[str, dict[str, Any]] = {
    name: {"epochs": 3} for name, method in METHODS.items() if method.family == "network"
}
SAMPLERS = [name for name, method in METHODS.items() if "burn_in" in method.parameters]
QUICK |= {name: {"iterations": 300, "burn_in": 100} for name in SAMPLERS}
QUICK |= {name: {"epochs": 3, "members": 1} for name in ("kernel_net", "residual_net", "sparse_net")}
QUICK |= {"random_forest": {"n_estimators": 40}, "stack": {"members": ("gblup", "svr"), "folds": 3}}

NETWORKS = [name for name, method in METHODS.items() if method.family == "network"]


class Population:
    """Dosages of lines from three subpopulations, an additive trait, and five folds."""

    maf = 0.02

    def __init__(self, n: int = 150, p: int = 240, h2: float = 0.8, seed: int = 1) -> None:
        rng = np.random.default_rng(seed)
        ancestral = rng.uniform(0.1, 0.9, p)
        drifted = np.clip(ancestral + rng.normal(0, 0.12, (3, p)), 0.02, 0.98)
        dosages = rng.binomial(2, drifted[np.arange(n) % 3]).astype(np.int8).T
        genetic = (dosages - dosages.mean(axis=1, keepdims=True)).T @ rng.normal(size=p)
        noise = np.sqrt((1 - h2) / h2) * genetic.std() * rng.normal(size=n)
        self.genotypes = self.of(np.ascontiguousarray(dosages))
        self.phenotype = pd.Series(50 + genetic + noise, index=self.genotypes.samples)
        ids = self.genotypes.samples.tolist()
        self.splits = split_table(Units("contract", ids, ids), "random", 5, 1)

    @staticmethod
    def of(dosages: np.ndarray) -> Genotypes:
        """Genotypes with given dosages (p, n)."""
        p, n = dosages.shape
        blank = [""] * p
        return Genotypes(
            samples=np.array([f"line{i}" for i in range(n)]),
            variants=variant_table(blank, [0] * p, [f"m{i}" for i in range(p)], blank, blank),
            dosages=dosages,
            ploidy=2,
            source={},
        )

    def folds(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Row numbers of training and test lines of each fold."""
        row_of = {sample: row for row, sample in enumerate(self.genotypes.samples)}
        parts = []
        for _, part in self.splits.groupby("fold"):
            rows = part["sample"].map(row_of).to_numpy()
            parts.append((rows[part["role"] == "train"], rows[part["role"] == "test"]))
        return parts


def fit_predict(
    name: str,
    genotypes: Genotypes,
    y: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    params: dict[str, Any] | None = None,
    seed: int = 3,
) -> tuple[Any, np.ndarray]:
    """The fitted model and its predictions of the test lines, encoded as is the method's default."""
    training = TrainingSet(Samples(genotypes, Population.maf), train)
    model = create(name, QUICK.get(name, {}) if params is None else params, seed).fit(training, y[train])
    return model, model.predict(training.records(test)).mean


@pytest.fixture(scope="session")
def population() -> Population:
    """A population with an additive trait of heritability 0.8."""
    return Population()
