"""Any method on one fold: what it is handed, whatever its form (:class:`dnngp.methods.registry.Method`)."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from dnngp.base import ledger
from dnngp.encodings.fold import Fold
from dnngp.encodings.fold_encoder import EncodedFold
from dnngp.encodings.omics import Encoding
from dnngp.methods.registry import Method


def encode(method: Method, fold: Fold, encoding: Encoding | Sequence[Encoding]) -> EncodedFold | None:
    """The fold as the method reads it; None for the form ``lines``, which encodes by itself."""
    return None if method.form == "lines" else fold.encode(encoding, method.form)


def fit(method: Method, model: Any, fold: Fold, encoded: EncodedFold | None, y: np.ndarray) -> None:
    """Fit on the training lines of a fold and their phenotypes y (n,)."""
    ledger.saw("fit", fold.ids, y)
    if encoded is None:
        model.fit_lines(fold, y)
        return
    fixed = {"fixed": fold.fixed_train} if method.covariates else {}
    if method.form == "gram":
        model.fit_fold(encoded, y, **fixed)
        return
    # Methods that split their training rows once more are told which line each row is, those that keep
    # layers apart which columns are whose.
    accepted = inspect.signature(model.fit).parameters
    names = {"ids": fold.ids, "groups": fold.groups, "widths": encoded.widths}
    model.fit(encoded.train, y, **fixed, **{key: names[key] for key in names if key in accepted})


def predict(method: Method, model: Any, fold: Fold, encoded: EncodedFold | None) -> np.ndarray:
    """Predicted phenotypes (m,) float64 of the test lines."""
    if encoded is None:
        return np.asarray(model.predict_lines(fold), float)
    fixed = {"fixed": fold.fixed_test} if method.covariates else {}
    if method.form == "gram":
        return np.asarray(model.predict_fold(encoded, **fixed), float)
    return np.asarray(model.predict(encoded.test, **fixed), float)


def reliability(method: Method, model: Any, fold: Fold, encoded: EncodedFold | None) -> np.ndarray | None:
    """Reliability (m,) of the genetic values of the test lines; None where the method knows none."""
    if encoded is None:
        return model.reliability_lines(fold) if hasattr(model, "reliability_lines") else None
    if method.form == "gram":
        return model.reliability_fold(encoded) if hasattr(model, "reliability_fold") else None
    return model.reliability(encoded.test) if hasattr(model, "reliability") else None


def spread(model: Any, encoded: EncodedFold | None) -> np.ndarray | None:
    """Standard deviation (m,) of the predictions over members of an ensemble; None where there are none."""
    if encoded is None or not hasattr(model, "member_spread"):
        return None
    found: np.ndarray = model.member_spread(encoded.test)
    return found
