"""Best linear unbiased prediction of records, all variances by exact REML.

The models differ in what conditions share (:mod:`dnngp.methods.mixed.likelihood`): A is
the covariance of the genomic values of a line in two conditions, B that of the
rest. With 1 a matrix of ones, I the identity and W W'/q the similarity of q
covariates of environments:

=========  =======================================  ==================
structure  A                                        B
=========  =======================================  ==================
within     one condition at a time                  one at a time
main       v 1                                      v_line 1 + v_e I
gxe        v 1 + v_gxe I                            v_line 1 + v_e I
norm       v 1 + v_gxe I + v_w W W'/q               v_line 1 + v_e I
multi      every variance and covariance            every one
=========  =======================================  ==================

Records are standardised within conditions and means of conditions are fixed
effects, both from training records alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dnngp.base import ledger
from dnngp.base.errors import UserError
from dnngp.evaluation.trials.fold import TrialFold, scale_of, with_new_levels
from dnngp.evaluation.trials.methods import CORRELATION, MOST_CONDITIONS
from dnngp.methods.mixed.contrasts import spread_of
from dnngp.methods.mixed.kernel_fit import fit_kernel
from dnngp.methods.mixed.likelihood import likelihood
from dnngp.methods.mixed.maximum import maximise
from dnngp.methods.mixed.structures import ERROR, OWN, Terms, Unstructured
from dnngp.methods.rkhs import RKHS


class TrialBLUP:
    """BLUP of records.

    Parameters
    ----------
    structure
        A row of the table above.
    kernel
        ``additive``: VanRaden's first relationship matrix; ``gaussian``: the kernel of
        :class:`dnngp.methods.rkhs.RKHS`, its bandwidth by REML on the means of the lines.
    random_state
        Taken as by every method; nothing here is random.

    Attributes
    ----------
    components_ : DataFrame
        part, condition, other, value: variances of terms (``within``, ``main``, ``gxe``, ``norm``), or
        entries of A (``genomic``) and B (``rest``) by pair of conditions and the correlations of A
        (``multi``); in units of the
        variance of the condition's records, the kernel scaled to a mean variance of 1 among the lines.
    diagnostics_ : dict
        log_likelihood; bandwidth of a Gaussian kernel.
    """

    def __init__(self, structure: str, kernel: str = "additive", random_state: int = 0) -> None:
        self.structure = structure
        self.kernel = kernel
        self.random_state = random_state

    def fit_records(self, fold: TrialFold, y: np.ndarray) -> TrialBLUP:
        """Fit on the training records y (N,) of a fold."""
        self._scale = scale_of(fold, y)
        z = (y - self._scale.means[fold.condition]) / self._scale.deviations[fold.condition]
        ledger.saw("fit", fold.ids, y)
        self.diagnostics_: dict[str, float] = {}
        kernel, self._cross = self._kernels(fold, z)
        if self.structure == "within":
            self._fit_within(fold, z, kernel)
        else:
            self._fit_jointly(fold, z, kernel)
        return self

    def predict_records(self, fold: TrialFold) -> np.ndarray:
        """Predicted values (M,) of the test records."""
        values = self._levels + self._scale.deviations * self._predicted
        return values[fold.test_line, fold.test_condition]

    def _kernels(self, fold: TrialFold, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Kernel of the training lines (n, n), and of all lines of the fold with them (n + m, n)."""
        kernels = [seen.kernel({"name": "additive"}) for seen in (fold.lines, fold.others)]
        gram, cross = kernels[0].values, kernels[1].values
        if self.kernel == "gaussian":
            counts = np.bincount(fold.line)
            chosen = RKHS().fit_kernels(kernels[:1], np.bincount(fold.line, z) / counts)
            self.diagnostics_["bandwidth"] = chosen.diagnostics_["bandwidth"]
            gram, cross = (chosen.kernel_of([kernel]) for kernel in kernels)
        spread = spread_of(gram)
        return gram / spread, np.vstack([gram, cross]) / spread

    def _fit_within(self, fold: TrialFold, z: np.ndarray, kernel: np.ndarray) -> None:
        t = len(fold.conditions)
        self._predicted, self._levels = np.zeros((len(self._cross), t)), self._scale.means
        rows = []
        for place in np.flatnonzero(fold.known):
            here = fold.condition == place
            lines = fold.line[here]
            found = fit_kernel(kernel[np.ix_(lines, lines)], z[here])
            self._predicted[:, place] = found.predict(self._cross[:, lines])
            name = fold.conditions[place]
            rows += [("genomic", name, name, found.components.vu), ("rest", name, name, found.components.ve)]
        self.components_ = _components(rows)

    def _fit_jointly(self, fold: TrialFold, z: np.ndarray, kernel: np.ndarray) -> None:
        known = fold.known
        seen = np.flatnonzero(known)
        number = np.cumsum(known) - 1
        covariances = self._covariances(fold)
        form = likelihood([kernel], fold.line, number[fold.condition], z)
        parameters, point = maximise(form, covariances)
        a, own, error = covariances.extended(parameters)
        b = own + error
        self._predicted = self._cross @ point.weights @ a[seen]
        self._predicted[: len(kernel)] += point.weights @ b[seen]
        levels = self._scale.means.copy()
        levels[seen] += self._scale.deviations[seen] * point.effects
        if self.structure == "norm":
            levels = with_new_levels(levels, fold)
        else:
            levels[~known] = levels[seen].mean()
        self._levels = levels
        self.diagnostics_ |= {"log_likelihood": point.value}
        if isinstance(covariances, Terms):
            self.components_ = _components(
                [(name, "", "", value) for name, value in zip(covariances.names, parameters, strict=True)]
            )
            return
        deviations = np.sqrt(np.diagonal(a))
        scale = np.outer(deviations, deviations)
        correlations = np.divide(a, scale, out=np.full_like(a, np.nan), where=scale > 0)
        self.components_ = _components(
            [
                (part, fold.conditions[j], fold.conditions[k], matrix[j, k])
                for part, matrix in (("genomic", a), ("rest", b), (CORRELATION, correlations))
                for j in range(len(a))
                for k in range(j + (part != CORRELATION))
            ]
        )

    def _covariances(self, fold: TrialFold) -> Terms | Unstructured:
        t = len(fold.conditions)
        if self.structure == "multi":
            if t > MOST_CONDITIONS:
                raise UserError(
                    f"the multi-trait model estimates a covariance for each pair of {t} conditions.",
                    remedy=f"Name at most {MOST_CONDITIONS} in `conditions`, or use gblup_gxe.",
                )
            return Unstructured(t)
        every, each = np.ones((t, t)), np.eye(t)
        terms = {"genomic": (0, every)}
        if self.structure in ("gxe", "norm"):
            terms["genomic x environment"] = (0, each)
        if self.structure == "norm":
            similarity = fold.similarity()
            assert similarity is not None
            terms["genomic x covariates"] = (0, similarity)
        return Terms(terms | {"line": (OWN, every), "error": (ERROR, each)}, fold.known)


def _components(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["part", "condition", "other", "value"])
