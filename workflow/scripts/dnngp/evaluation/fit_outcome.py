"""A fit that may fail without ending the others, and the tables that the fits of all folds become."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base import ledger
from dnngp.base.errors import UserError

log = logging.getLogger(__name__)

#: Columns of a table of training epochs.
HISTORY = ["repeat", "fold", "environment", "phase", "member", "epoch", "loss", "val_loss", "learning_rate"]


@dataclass
class Attempt:
    """How a fit ended: ``ok``, or ``failed`` and why, in one line."""

    status: str = "ok"
    message: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether there are predictions to take."""
        return self.status == "ok"


@contextmanager
def attempt(book: ledger.Book, **place: Any) -> Iterator[Attempt]:
    """Fit and predict within; a failure is taken note of, and what the steps saw is written to ``book``.

    Running out of memory is not the method's failure: it ends the job, which can be retried with more.
    Neither is bad input.
    """
    outcome = Attempt()
    try:
        with ledger.recording(book):
            yield outcome
    except (MemoryError, UserError):
        raise
    except Exception as error:
        outcome.status, outcome.message = "failed", " ".join(f"{type(error).__name__}: {error}".split())
        log.exception("%s failed", " ".join(f"{key} {value}" for key, value in place.items()))


def all_finite(predicted: np.ndarray, n: int) -> np.ndarray:
    """The predictions (n,) float64 of a fit.

    Raises
    ------
    ArithmeticError
        When some are missing or no finite numbers.
    """
    predicted = np.asarray(predicted, float)
    if predicted.shape != (n,) or not np.isfinite(predicted).all():
        raise ArithmeticError("some predictions are not finite numbers")
    return predicted


def stacked(parts: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Tables of several folds as one with these columns, missing where a table has none of the name."""
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True).reindex(columns=columns)
