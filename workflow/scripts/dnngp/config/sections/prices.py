"""What lines and markers cost."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from dnngp.config.option_types import Options, Section, Text, distinct


def _above_zero(price: float) -> float:
    if price <= 0:
        raise ValueError(
            f"{price:g} is no price: of what costs nothing, the most is always best. Write what it costs, "
            "however little, or leave `prices` out."
        )
    return price


Amount = Annotated[float, AfterValidator(_above_zero)]


class Prices(Options):
    """What a training set of n lines and p markers costs: n (line + p marker)."""

    line: Amount
    """Of phenotyping a line, growing it and extracting its DNA."""

    marker: Amount
    """Of genotyping a line at one marker."""

    currency: Text = ""
    """Written behind amounts of money."""

    budgets: Annotated[list[Amount], Field(min_length=1), AfterValidator(distinct)] | None = None
    """Amounts of money to find the best numbers of lines and markers for; null takes five between what the
    cheapest and the dearest size of the learning curve cost.
    """


SECTION = Section(
    "prices",
    Prices | None,
    "Prices of lines and of markers: the best numbers of both for the money, on the surface of "
    "`experiments.learning_curve`, which needs two numbers of each. null leaves it out.",
    default=None,
    order=72,
)
