"""The folds of the user's own table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dnngp.base.errors import UserError, some
from dnngp.base.lazy import np
from dnngp.validation.draws import leave_out
from dnngp.validation.scheme import Folds, Scheme
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """The folds that the table has for a repeat; one whose samples all lack the trait is none."""
    fold_of = units.assigned[repeat - 1]
    absent = [name for name in units.samples if name not in fold_of]
    if absent:
        raise UserError(
            f"{len(absent)} of {len(units.samples)} phenotyped samples have no fold in repeat {repeat} of "
            f"the `folds_file` ({some(absent)}).",
            remedy="Give every sample a fold, or leave the samples out with `qc.exclude_samples`.",
        )
    numbers = np.unique([fold_of[name] for name in units.samples], return_inverse=True)[1] + 1
    if numbers.max() < 2:
        raise UserError(
            f"the `folds_file` has one fold only in repeat {repeat}.", remedy="Give it two folds at least."
        )
    return leave_out(numbers)


def counts(cv: Mapping[str, Any], dataset: Any) -> tuple[int, int]:
    """As the table has them."""
    return dataset.folds


SCHEME = Scheme(
    name="file",
    predicts="what the folds of a paper, or your own, ask",
    target="the folds of the file",
    meaning="Reads the folds of `folds_file`.",
    draw=draw,
    needs="folds_file",
    counts=counts,
    order=50,
)
