"""The index of a prediction by covariances of its traits, and the genetic gains that it promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from dnngp.base.errors import UserError
from dnngp.base.tables import read_json
from dnngp.genotypes.records import OVERALL
from dnngp.methods.mixed.trait_covariances import TraitCovariances
from dnngp.prediction.candidates import headline
from dnngp.prediction.selection_index import Goal, chances, gain_errors, gains, passed_on


def by_trait(table: pd.DataFrame, are_traits: bool) -> pd.DataFrame:
    """A table of predictions in which traits that are treated as environments are traits again."""
    if not are_traits:
        return table
    of_each = table[table["environment"] != OVERALL]
    return of_each.assign(trait=of_each["environment"]).drop(columns="environment")


def coefficients_of(
    goal: Goal, predictions: pd.DataFrame, covariances: str | Path | None, jointly: bool
) -> Mapping[str, float]:
    """Coefficients of an index of predictions by trait; without covariances of the traits, the weights.

    ``covariances`` is their file, or empty; for the others see :class:`PredictionIndex`.
    """
    if not covariances:
        return {trait: goal.weights[trait] for trait in goal.traits}
    estimated = TraitCovariances.from_json(read_json(covariances))
    return PredictionIndex.of(goal, predictions, estimated, jointly).coefficients


@dataclass(frozen=True)
class PredictionIndex:
    """An index of the predictions of candidates.

    Attributes
    ----------
    goal
        What is wanted.
    predictions
        A row a candidate that has all, a column a trait of the goal.
    covariances
        Of these traits.
    jointly
        Whether one model predicts all traits together (:func:`dnngp.prediction.selection_index.passed_on`).
    """

    goal: Goal
    predictions: pd.DataFrame
    covariances: TraitCovariances
    jointly: bool

    @classmethod
    def of(
        cls, goal: Goal, predictions: pd.DataFrame, covariances: TraitCovariances, jointly: bool
    ) -> PredictionIndex:
        """From the table of predictions (:func:`by_trait`), of several environments by their mean."""
        wide = headline(predictions).pivot(index="sample", columns="trait", values="predicted")
        return cls(goal, wide[list(goal.traits)].dropna(), covariances, jointly)

    @property
    def variance(self) -> np.ndarray:
        """(t, t) V of the predictions."""
        return np.atleast_2d(np.cov(self.predictions.to_numpy(float), rowvar=False))

    @property
    def passed(self) -> np.ndarray:
        """(t, t) M of :func:`dnngp.prediction.selection_index.passed_on`."""
        return passed_on(self.variance, self.covariances.genetic, self.jointly)

    @property
    def covariance(self) -> np.ndarray:
        """(t, t) C of predictions with genetic values."""
        return np.asarray(self.passed @ self.covariances.genetic)

    @property
    def b(self) -> np.ndarray:
        """(t,) coefficients.

        Raises
        ------
        UserError
            Predictions that do not differ, or gains that the covariances do not allow.
        """
        try:
            return self.goal.coefficients(self.variance, self.covariance)
        except ArithmeticError as error:
            raise UserError(
                f"there is no index of {', '.join(self.goal.traits)}: {error}.",
                remedy="Leave traits out of `select`.",
            ) from None

    @property
    def coefficients(self) -> dict[str, float]:
        """By trait."""
        return dict(zip(self.goal.traits, self.b.tolist(), strict=True))

    def table(self, chosen: Sequence[str], level: float) -> pd.DataFrame:
        """Coefficients and expected gains of choosing some candidates.

        Parameters
        ----------
        chosen
            Ids.
        level
            Nominal coverage of the intervals of the gains.

        Returns
        -------
        DataFrame
            As ``selection_index`` of the catalogue: a row a trait, and with weights the aggregate genotype
            as ``index``.
        """
        found = self._of_traits(chosen)
        width = float(norm.ppf((1 + level) / 2)) * np.hypot(found["se"], found["chance"])
        place = list(found.columns).index("chance") + 1
        found.insert(place, "upper", found["gain"] + width)
        found.insert(place, "lower", found["gain"] - width)
        return found

    def _of_phenotypes(self) -> np.ndarray:
        """Coefficients (t,) of an index of own phenotypes; NaN where there is none."""
        try:
            return self.goal.coefficients(self.covariances.phenotypic, self.covariances.genetic)
        except ArithmeticError:
            return np.full(len(self.goal.traits), np.nan)

    def _of_traits(self, chosen: Sequence[str]) -> pd.DataFrame:
        """The columns of :meth:`table` but for the intervals."""
        goal, of, b = self.goal, self.covariances, self.b
        variance, covariance = self.variance, self.covariance
        index = (self.predictions * b).sum(axis=1)
        differential = float(index.loc[list(chosen)].mean() - index.mean())
        errors = gain_errors(b, variance, self.passed, of, differential)
        chance = chances(b, variance, covariance, of.genetic, len(chosen), len(index))
        own = self._of_phenotypes()
        # The index of phenotypes rises by as many of its standard deviations.
        spreads = [np.sqrt(b @ variance @ b), np.sqrt(own @ of.phenotypic @ own)]
        equally = differential * spreads[1] / spreads[0]
        genetic, free = np.diagonal(of.genetic), [trait not in goal.restricted for trait in goal.traits]
        found = pd.DataFrame(
            {
                "trait": list(goal.traits),
                "weight": [goal.weights.get(trait, np.nan) for trait in goal.traits],
                "desired_gain": [goal.desired.get(trait, np.nan) for trait in goal.traits],
                "restricted": np.logical_not(free),
                "coefficient": b,
                "phenotypic_coefficient": own,
                "accuracy": np.diagonal(covariance) / np.sqrt(np.diagonal(variance) * genetic),
                # What is 0 by the coefficients is 0 but for rounding.
                "gain": np.where(free, gains(b, variance, covariance, differential), 0),
                "se": np.sqrt(np.diagonal(errors).clip(0)),
                "chance": np.sqrt(np.diagonal(chance).clip(0)),
                "phenotypic_gain": np.where(free, gains(own, of.phenotypic, of.genetic, equally), 0),
            }
        )
        if not goal.weights:
            return found
        a = found["weight"].fillna(0).to_numpy()
        whole = {
            **{"trait": "index", "restricted": False},
            "accuracy": a @ covariance.T @ b / (spreads[0] * np.sqrt(a @ of.genetic @ a)),
            **{name: a @ found[name] for name in ("gain", "phenotypic_gain")},
            **{"se": np.sqrt(max(a @ errors @ a, 0)), "chance": np.sqrt(max(a @ chance @ a, 0))},
        }
        return pd.concat([found, pd.DataFrame([whole])], ignore_index=True)

    def covariance_table(self) -> pd.DataFrame:
        """As ``trait_covariances`` of the catalogue: a row a trait and a pair of traits."""
        of, deviations = self.covariances, np.sqrt(np.diagonal(self.covariances.genetic))
        rows = [
            {
                **{"trait": trait, "other": other, "genetic": of.genetic[j, k]},
                "genetic_se": of.genetic_errors[j, k, j, k] ** 0.5,
                "genetic_correlation": of.genetic[j, k] / (deviations[j] * deviations[k]),
                "phenotypic": of.phenotypic[j, k],
                "phenotypic_se": of.phenotypic_errors[j, k, j, k] ** 0.5,
                "predicted": self.variance[j, k],
                "with_genetic": self.covariance[j, k],
            }
            for j, trait in enumerate(self.goal.traits)
            for k, other in enumerate(self.goal.traits[: j + 1])
        ]
        return pd.DataFrame(rows)
