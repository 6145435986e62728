"""What a metric declares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dnngp.genotypes.trait_types import EVERY_KIND

#: Before the name of a class, in the columns of probabilities.
PROBABILITY = "probability_"


@dataclass(frozen=True)
class Metric:
    """Declaration of one metric: a column of the tables of scores.

    Attributes
    ----------
    name
        Column in the tables.
    heading, label
        Short, of a column in the report; long, of an axis.
    meaning
        What it says, for the documentation and the report; no full stop.
    best
        The value of perfect predictions: the nearer, the better. Infinite where more is always better.
    function
        ``function(observed, predicted) -> float`` of arrays (m,) of one fold with one value or more, NaN
        where undefined. Of a metric of ``selection``, ``function(observed, predicted, k)`` with the number of
        samples selected; it is asked only where neither observed nor predicted values are constant. Of one
        ``of_probability``, ``predicted`` are probabilities (m, k) of the classes.
    in_units
        Whether its unit is that of the trait; else it has none.
    selection
        Whether it judges the selection of the best samples: it is given larger values where they are wanted.
    weights
        Whether it takes weights of the records, ``function(observed, predicted, weight)`` with precisions
        (m,): it is asked only where records have some, and its column is there only then.
    of_probability
        Whether it judges the probabilities of all classes.
    several_classes
        Whether records of one class alone have no such score: it is not asked.
    traits
        Kinds of trait that it is for (:class:`dnngp.genotypes.trait_types.TraitType`).
    main
        Kinds of trait that methods are compared by it on; if it takes ``weights``, where there are some.
    chance
        The value where nothing is predicted.
    order
        Place among the columns, from the left.
    """

    name: str
    heading: str
    label: str
    meaning: str
    best: float
    function: Callable[..., Any]
    in_units: bool = False
    selection: bool = False
    weights: bool = False
    of_probability: bool = False
    several_classes: bool = False
    traits: tuple[str, ...] = EVERY_KIND
    main: tuple[str, ...] = ()
    chance: float = 0.0
    order: int = 1000
