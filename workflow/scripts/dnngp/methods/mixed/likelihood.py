"""Restricted likelihood of records of samples in environments, exactly.

A record is the value of sample i in environment (or trait) j. The model is
y_ij = mu_j + f_ij b + u_ij + e_ij with

    cov(u_ij, u_kl) = sum_m K^m_ik C^m_jl + [i = k] C^own_jl
    cov(e_ij, e_kl) = [i = k] C^error_jl / sqrt(w_ij w_il),

K^m kernels of the samples (n, n) and w weights of the records. Where error variances are
known, cov(e_ij, e_kl) = [i = k] (C^error_jl + [j = l] / w_ij): what is left beside the errors
is estimated (Endelman 2023, Theor Appl Genet 136:65). The matrices C (t, t) say
what environments share of each part; :mod:`dnngp.methods.mixed.structures` gives their forms,
:mod:`dnngp.methods.mixed.maximum` finds the likeliest. One environment with one kernel
(:mod:`dnngp.methods.mixed.spectral`), or with several, are cases of it.

Two ways lead to the same numbers, and the cheaper one is taken:

:class:`Table`
    The samples x environments as a whole, of one kernel. With K = U S U' the covariance
    falls into n blocks s_i C^1 + C^own + C^error of t x t (a Kronecker structure). A missing
    record is a fixed effect of its own, which changes neither likelihood nor predictions
    (Bartlett 1937, Suppl J R Stat Soc 4:137): O(m^2 n + m^3) with m missing records.
:class:`Dense`
    The covariance of the N records, factored: O(N^3), one N x N matrix in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.linalg import cho_solve, eigh
from scipy.linalg.blas import dsymm
from scipy.linalg.lapack import dpotrf, dpotri

from dnngp.encodings.samples.record_weights import RecordWeights
from dnngp.methods.mixed.error_contrasts import COLLINEAR, Reflections
from dnngp.methods.mixed.structures import ERROR, OWN


@dataclass
class Point:
    """The likelihood at one C.

    Attributes
    ----------
    value
        Restricted log likelihood, of orthonormal error contrasts.
    slopes : (k + 2, t, t) float64
        Its derivatives by the entries of C, each entry on its own.
    weights : (n, t) float64
        P y laid out as samples x environments, 0 where there is no record: u of any
        sample with kernel values k is the sum of k @ weights @ C over kernels.
    errors : (n, t) float64
        The same, each divided by the root of the record's weight, unless errors are known.
    effects : (t + q,) float64
        mu and b, by generalised least squares.
    """

    value: float
    slopes: np.ndarray
    weights: np.ndarray
    errors: np.ndarray
    effects: np.ndarray
    _form: Table | Dense
    _state: tuple[np.ndarray, ...]

    def slope(self, changes: np.ndarray) -> np.ndarray:
        """Derivatives (p,) by parameters that change C by (p, k + 2, t, t)."""
        return np.tensordot(changes, self.slopes, axes=3)

    def information(self, changes: np.ndarray) -> np.ndarray:
        """Average information (p, p) of parameters that change C by (p, k + 2, t, t).

        Gilmour et al. 1995, Biometrics 51:1440.
        """
        return self._form.information(self._state, changes)


class Table:
    """Samples x environments, most of them recorded, errors alike.

    Parameters
    ----------
    kernel
        (n, n) float64, symmetric positive semidefinite.
    sample, environment
        (N,) int, where each record stands; none twice, every environment at least once.
    y
        (N,) values.
    fixed
        (N, q) fixed effects beside the means of environments; None for none.
    """

    def __init__(
        self,
        kernel: np.ndarray,
        sample: np.ndarray,
        environment: np.ndarray,
        y: np.ndarray,
        fixed: np.ndarray | None = None,
    ) -> None:
        n, t = len(kernel), int(environment.max()) + 1
        values, self._vectors = eigh(kernel, driver="evd", check_finite=False)
        self._values = np.maximum(values, 0)
        table, recorded = np.zeros((n, t)), np.zeros((n, t), bool)
        table[sample, environment], recorded[sample, environment] = y, True
        self._y = self._vectors.T @ table
        ones = self._vectors.sum(axis=0)[:, None]
        # What each environment fits for itself: a column for each missing record, and the mean.
        self._designs = [np.hstack([self._vectors[~recorded[:, j]].T, ones]) for j in range(t)]
        self._parts = _slices([design.shape[1] for design in self._designs])
        self._columns = _design(environment, fixed)
        own = _beside_means(self._columns, t)
        shared = np.zeros((n, t, own.shape[1]))
        shared[sample, environment] = own
        # What all environments fit together: fixed effects of records, orthonormal beside the means.
        self._shared = np.tensordot(self._vectors, shared, axes=(0, 0))
        self._parts.append(slice(self._parts[-1].stop, self._parts[-1].stop + own.shape[1]))
        self._own = own
        df = len(y) - t - own.shape[1]
        self._constant = df * np.log(2 * np.pi) - np.sum(np.log(recorded.sum(axis=0)))

    def at(self, c: np.ndarray) -> Point | None:
        """The likelihood at C (3, t, t); None where the covariance is not positive definite."""
        t, size = c.shape[1], self._parts[-1].stop
        blocks = self._values[:, None, None] * c[0] + (c[OWN] + c[ERROR])
        try:
            lower = np.linalg.cholesky(blocks)
        except np.linalg.LinAlgError:
            return None
        inverse = np.linalg.inv(blocks)
        crossed, last = np.empty((size, size), order="F"), self._parts[-1]
        together = np.einsum("rjk,rjq->rkq", inverse, self._shared)
        for j in range(t):
            for k in range(j + 1):
                scaled = self._designs[j] * inverse[:, j, k, None]
                crossed[self._parts[j], self._parts[k]] = scaled.T @ self._designs[k]
            crossed[last, self._parts[j]] = together[:, j].T @ self._designs[j]
        crossed[last, last] = np.einsum("rkq,rks->qs", together, self._shared)
        factor, failed = dpotrf(crossed, lower=True, overwrite_a=True)
        if failed:
            return None
        determinant = 2 * np.sum(np.log(np.diagonal(factor)))
        whole, _ = dpotri(factor, lower=True, overwrite_c=True)
        whole = np.tril(whole) + np.tril(whole, -1).T
        effects, contrasts = self._projected((inverse, whole), self._y)
        left = inverse - inverse @ self._covered(whole) @ inverse
        weighed = self._values[:, None] * contrasts
        total = (
            2 * np.sum(np.log(np.diagonal(lower, axis1=1, axis2=2)))
            + determinant
            + np.sum(self._y * contrasts)
            + self._constant
        )
        genomic = contrasts.T @ weighed - np.einsum("r,rjk->jk", self._values, left)
        rest = contrasts.T @ contrasts - left.sum(axis=0)
        weights = self._vectors @ contrasts
        return Point(
            value=float(-total / 2),
            slopes=np.stack([genomic, rest, rest]) / 2,
            weights=weights,
            errors=weights,
            effects=self._effects(effects),
            _form=self,
            _state=(inverse, whole, contrasts),
        )

    def _covered(self, whole: np.ndarray) -> np.ndarray:
        """Blocks (n, t, t) of the covariance of what fixed effects fit, ``whole`` being their own."""
        n, t, _ = self._shared.shape
        covered, last = np.empty((n, t, t)), self._parts[-1]
        beside = [
            design @ whole[part, last] for design, part in zip(self._designs, self._parts, strict=False)
        ]
        for j in range(t):
            for k in range(j + 1):
                part = self._designs[j] @ whole[self._parts[j], self._parts[k]]
                covered[:, j, k] = np.einsum("rq,rq->r", part, self._designs[k])
                if last.stop > last.start:
                    of_both = beside[j] + self._shared[:, j] @ whole[last, last]
                    covered[:, j, k] += np.einsum("rq,rq->r", of_both, self._shared[:, k])
                    covered[:, j, k] += np.einsum("rq,rq->r", beside[k], self._shared[:, j])
                covered[:, k, j] = covered[:, j, k]
        return covered

    def _effects(self, effects: np.ndarray) -> np.ndarray:
        """Means of environments and fixed effects (t + q,)."""
        *parts, last = self._parts
        means = np.array([effects[part.stop - 1] for part in parts])
        if self._columns.shape[1] == len(means):
            return means
        fitted = self._columns[:, : len(means)] @ means + self._own @ effects[last]
        return np.linalg.lstsq(self._columns, fitted, rcond=COLLINEAR)[0]

    def _projected(self, state: tuple[np.ndarray, ...], table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fixed effects of a table (n, t) in the eigenvectors' axes, and P times it."""
        inverse, whole = state[:2]
        once = np.einsum("rjk,rk->rj", inverse, table)
        summed = [design.T @ once[:, j] for j, design in enumerate(self._designs)]
        effects = whole @ np.concatenate([*summed, np.tensordot(self._shared, once, axes=([0, 1], [0, 1]))])
        fitted = [design @ effects[part] for design, part in zip(self._designs, self._parts, strict=False)]
        rest = table - np.column_stack(fitted) - self._shared @ effects[self._parts[-1]]
        return effects, np.einsum("rjk,rk->rj", inverse, rest)

    def information(self, state: tuple[np.ndarray, ...], changes: np.ndarray) -> np.ndarray:
        """As :meth:`Point.information`."""
        contrasts = state[2]
        weighed = self._values[:, None] * contrasts
        images = [weighed @ change[0] + contrasts @ (change[OWN] + change[ERROR]) for change in changes]
        projected = [self._projected(state, image)[1] for image in images]
        return np.array([[np.vdot(one, other) / 2 for other in projected] for one in images])


class Dense:
    """Any records.

    Parameters
    ----------
    kernels
        Each (n, n) float64, symmetric positive semidefinite.
    sample, environment, y
        As of :class:`Table`.
    fixed
        (N, q) fixed effects beside the means of environments; None for none.
    weight
        Of the N records; None where errors are alike.
    """

    def __init__(
        self,
        kernels: Sequence[np.ndarray],
        sample: np.ndarray,
        environment: np.ndarray,
        y: np.ndarray,
        fixed: np.ndarray | None = None,
        weight: RecordWeights | None = None,
    ) -> None:
        order = np.lexsort((sample, environment))
        self._kernels, self._sample, self._environment = kernels, sample[order], environment[order]
        self._y = np.asarray(y, float)[order]
        self._roots, self._known = np.ones(len(y)), None
        if weight is not None and weight.known:
            self._known = 1 / weight.values[order]
        elif weight is not None:
            self._roots = 1 / np.sqrt(weight.values[order])
        self._t = int(environment.max()) + 1
        self._parts = _slices(np.bincount(environment, minlength=self._t).tolist())
        self._shared = {
            (j, k): self._pairs(self._parts[j], self._parts[k]) for j in range(self._t) for k in range(j + 1)
        }
        self._columns = _design(self._environment, None if fixed is None else fixed[order])
        self._design = Reflections.of(self._columns).basis()
        self._constant = (len(y) - self._design.shape[1]) * np.log(2 * np.pi)

    def _pairs(self, one: slice, other: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Records, in each of two environments, of the samples that are in both; product of their roots."""
        _, rows, columns = np.intersect1d(
            self._sample[one], self._sample[other], assume_unique=True, return_indices=True
        )
        return rows, columns, self._roots[one][rows] * self._roots[other][columns]

    def _blocks(self, j: int, k: int) -> list[np.ndarray]:
        """Kernels between the records of two environments."""
        places = np.ix_(self._sample[self._parts[j]], self._sample[self._parts[k]])
        return [kernel[places] for kernel in self._kernels]

    def _covariance(self, c: np.ndarray) -> np.ndarray:
        """Lower triangle of the covariance (N, N) of the records at C."""
        covariance = np.empty((len(self._y), len(self._y)), order="F")
        for (j, k), (rows, columns, roots) in self._shared.items():
            block = reduce(np.add, map(np.multiply, c[:OWN, j, k], self._blocks(j, k)))
            block[rows, columns] += c[OWN, j, k] + c[ERROR, j, k] * roots
            covariance[self._parts[j], self._parts[k]] = block
        if self._known is not None:
            covariance[np.diag_indices(len(covariance))] += self._known
        return covariance

    def at(self, c: np.ndarray) -> Point | None:
        """As :meth:`Table.at`, of C (k + 2, t, t)."""
        factor, failed = dpotrf(self._covariance(c), lower=True, overwrite_a=True, clean=False)
        if failed:
            return None
        determinant = 2 * np.sum(np.log(np.diagonal(factor)))
        solved = cho_solve((factor, True), np.column_stack([self._y, self._design]), check_finite=False)
        inverse, _ = dpotri(factor, lower=True, overwrite_c=True)
        crossed = self._design.T @ solved[:, 1:]
        fitted = np.linalg.solve(crossed, self._design.T @ solved[:, 0])
        contrasts = solved[:, 0] - solved[:, 1:] @ fitted
        # P = inverse - fixed fixed'
        fixed = solved[:, 1:] @ np.linalg.cholesky(np.linalg.inv(crossed))
        weights, errors = self._table(contrasts), self._table(self._roots * contrasts)
        images = [kernel @ weights for kernel in self._kernels]
        squares = [*(weights.T @ image for image in images), weights.T @ weights, errors.T @ errors]
        total = determinant + np.linalg.slogdet(crossed)[1] + self._y @ contrasts + self._constant
        return Point(
            value=float(-total / 2),
            slopes=(np.stack(squares) - self._traces(inverse, fixed)) / 2,
            weights=weights,
            errors=errors,
            effects=np.linalg.lstsq(self._columns, self._design @ fitted, rcond=COLLINEAR)[0],
            _form=self,
            _state=(inverse, fixed, np.stack([*images, weights, errors])),
        )

    def _table(self, values: np.ndarray) -> np.ndarray:
        """Values (N,) of records laid out as samples x environments (n, t)."""
        table = np.zeros((len(self._kernels[0]), self._t))
        table[self._sample, self._environment] = values
        return table

    def _traces(self, inverse: np.ndarray, fixed: np.ndarray) -> np.ndarray:
        """(k + 2, t, t) traces of P times the derivative of the covariance by each entry of C."""
        traces = np.empty((len(self._kernels) + 2, self._t, self._t))
        for (j, k), (rows, columns, roots) in self._shared.items():
            block, one, other = (
                inverse[self._parts[j], self._parts[k]],
                fixed[self._parts[j]],
                fixed[self._parts[k]],
            )
            same = block[rows, columns] - np.einsum("iq,iq->i", one[rows], other[columns])
            if j == k:
                # Only the lower triangle holds the inverse.
                block = np.tril(block) * 2
                np.fill_diagonal(block, np.diagonal(block) / 2)
            genomic = [np.vdot(block, kernel) - np.vdot(one, kernel @ other) for kernel in self._blocks(j, k)]
            traces[:, j, k] = traces[:, k, j] = [*genomic, same.sum(), same @ roots]
        return traces

    def information(self, state: tuple[np.ndarray, ...], changes: np.ndarray) -> np.ndarray:
        """As :meth:`Point.information`."""
        inverse, fixed, tables = state
        where, images = (self._sample, self._environment), np.empty((len(self._y), len(changes)), order="F")
        for image, change in zip(images.T, changes, strict=True):
            shared = np.tensordot(tables[:ERROR], change[:ERROR], axes=([0, 2], [0, 1]))
            image[:] = shared[where] + self._roots * (tables[ERROR] @ change[ERROR])[where]
        projected = dsymm(1.0, inverse, images, lower=True) - fixed @ (fixed.T @ images)
        return images.T @ projected / 2


def likelihood(
    kernels: Sequence[np.ndarray],
    sample: np.ndarray,
    environment: np.ndarray,
    y: np.ndarray,
    fixed: np.ndarray | None = None,
    weight: RecordWeights | None = None,
) -> Table | Dense:
    """The cheaper of the two forms for these records; parameters as of :class:`Dense`."""
    n, t, size = len(kernels[0]), int(environment.max()) + 1, len(y)
    missing = n * t - size + t
    tabular = len(kernels) == 1 and weight is None
    if tabular and 2 * missing**2 * n + missing**3 < size**3:
        return Table(kernels[0], sample, environment, y, fixed)
    return Dense(kernels, sample, environment, y, fixed, weight)


def _design(environment: np.ndarray, fixed: np.ndarray | None) -> np.ndarray:
    """(N, t + q) a 0/1 column for each environment, and fixed effects."""
    means = np.eye(int(environment.max()) + 1)[environment]
    return means if fixed is None else np.hstack([means, fixed])


def _beside_means(columns: np.ndarray, t: int) -> np.ndarray:
    """Orthonormal columns that span, with the first t, a design: what its others add to the means."""
    means, others = columns[:, :t], columns[:, t:]
    if not others.shape[1]:
        return others
    centred = others - means @ (means.T @ others / means.sum(axis=0)[:, None])
    # Rounding is all that is left of a column that means explain.
    left = np.linalg.norm(centred, axis=0) > COLLINEAR * np.linalg.norm(others, axis=0)
    return Reflections.of(centred[:, left]).basis() if left.any() else others[:, :0]


def _slices(sizes: Sequence[int]) -> list[slice]:
    """Consecutive slices of the given sizes."""
    ends = np.cumsum(sizes).tolist()
    return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
