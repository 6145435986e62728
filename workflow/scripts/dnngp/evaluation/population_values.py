"""Values of lines from several populations on one scale: within a fold, by its training lines alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from dnngp.encodings.samples.record_weights import WeightsByRecord

#: How values are brought together: each population in its own mean and standard deviation, from its own mean,
#: or as they were measured.
SCALES = ("standardised", "centred", "as_measured")


@dataclass(eq=False)
class PopulationValues:
    """Values of the training lines of each fold, each population on the scale of its own training lines.

    Attributes
    ----------
    values
        By line; as they were measured.
    population
        By line.
    folds
        ``fold``, ``sample`` (line) and ``role``.
    scale
        One of :data:`SCALES`.
    weights
        Of the lines; None where all count the same.
    """

    values: pd.Series
    population: pd.Series
    folds: pd.DataFrame
    scale: str
    weights: WeightsByRecord | None = None

    #: The step of a fit that handed the values on.
    step: ClassVar[str] = "scale of each population: mean, standard deviation"

    def of(self, repeat: object, fold: object) -> tuple[pd.Series, WeightsByRecord | None]:
        """Values and weights of the training lines of a fold, on the common scale."""
        values, units = self._training[fold], self.units[fold]
        means, spreads = (self.population[values.index].map(units[name]) for name in ("mean", "spread"))
        scaled = (values - means) / spreads
        if self.weights is None:
            return scaled, None
        known = self.weights.values[values.index]
        return scaled, WeightsByRecord(
            known * spreads**2 if self.weights.known else known, self.weights.known
        )

    @cached_property
    def units(self) -> Mapping[object, pd.DataFrame]:
        """``mean``, ``spread`` and ``lines`` of each population among the training lines, by fold."""
        return {fold: self._units_of(values) for fold, values in self._training.items()}

    def _units_of(self, values: pd.Series) -> pd.DataFrame:
        groups = values.groupby(self.population[values.index], sort=False)
        found = groups.agg(mean="mean", spread=lambda part: part.std(ddof=1), lines="size")
        if self.scale == "as_measured":
            found["mean"] = 0.0
        if self.scale != "standardised":
            found["spread"] = 1.0
        # Of one line, or of lines that are all alike, nothing is known of the spread.
        return found.assign(spread=found["spread"].where(found["spread"] > 0, 1.0))

    @cached_property
    def _training(self) -> dict[object, pd.Series]:
        """Values of the training lines of each fold."""
        trained = self.folds[self.folds["role"] == "train"]
        return {fold: self.values[part["sample"]] for fold, part in trained.groupby("fold")}

    def unit_of(self, population: str, fold: object) -> tuple[float, float]:
        """Mean and spread of a population, to read predictions by.

        Those of all populations, by their lines, where a fold trains on none of its lines.
        """
        units = self.units[fold]
        means, spreads = units["mean"].to_numpy(float), units["spread"].to_numpy(float)
        own = units.index == population
        share = own.astype(float) if own.any() else (units["lines"] / units["lines"].sum()).to_numpy(float)
        return float(share @ means), float(np.sqrt(share @ spreads**2))

    def measured(self, predicted: pd.Series, lines: pd.Series, fold: object) -> pd.Series:
        """Predictions of lines in units of the trait of their population."""
        found = [self.unit_of(self.population[line], fold) for line in lines]
        means, spreads = np.array(found).T
        return predicted * spreads + means
