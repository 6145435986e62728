"""Which samples to phenotype: training sets by the error that a mixed model expects of its predictions.

A sample's genetic value is predicted from records y = 1 mu + u + e of a training set T, with u ~ N(0, K vu)
and e ~ N(0, I ve), lambda = ve / vu. What is asked for is how a target differs from the mean of all targets,
the contrast c'u with c = e_i - 1/m. Its prediction error variance is vu (c'Kc - b'P b), with b = K c at T and

    P = V^-1 - V^-1 1 1'V^-1 / 1'V^-1 1,  V = K + lambda I at T,

and its coefficient of determination is b'P b / c'Kc, the squared correlation of true and predicted contrast.
Their means over targets are PEVmean and CDmean (Rincon et al. 2012, Genetics 192:715; Akdemir et al. 2015,
Genet Sel Evol 47:38). No phenotype is needed but for lambda. The targets stay the same whichever samples are
chosen, so that a further record never makes a mean worse.

Both means are, but for a constant, trace(P G) with G the sum of w b b' over targets. The samples that may be
chosen are kept as one matrix, swept (Goodnight 1979, Am Stat 33:149) on those that are: then what every
exchange of one chosen sample for another would change is known at once from its entries, and an exchange made
costs one update of rank one of each of two matrices. Nothing is inverted on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import dgemm, dger

#: Means that are optimised, and what they are called.
CRITERIA = {"cdmean": "CDmean", "pevmean": "PEVmean"}

#: An exchange is made where it gains at least this share of what is explained.
LEAST_GAIN = 1e-10


@dataclass(frozen=True)
class Targets:
    """What is to be predicted, with what lambda.

    Attributes
    ----------
    kernel : (N, N) float64
        Relationships of all samples, symmetric positive semidefinite; centring changes nothing.
    ratio
        lambda = ve / vu on the scale of the kernel, above 0.
    targets : (m,) int
        Rows of the samples to predict, at least two.
    contrasts : (N, m) float64
        Covariances, in units of vu, of every sample with each target's difference from their mean.
    variances : (m,) float64
        Of these differences.
    """

    kernel: np.ndarray
    ratio: float
    targets: np.ndarray
    contrasts: np.ndarray = field(init=False)
    variances: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        covariances = self.kernel[:, self.targets]
        contrasts = covariances - covariances.mean(axis=1, keepdims=True)
        among = contrasts[self.targets]
        object.__setattr__(self, "contrasts", contrasts)
        object.__setattr__(self, "variances", np.diagonal(among - among.mean(axis=0)).copy())

    def explained(self, training: Sequence[int] | np.ndarray) -> np.ndarray:
        """(m,) b'P b of every target, computed afresh from the rows of the training samples."""
        rows = np.asarray(training, np.int64)
        if not len(rows):
            return np.zeros(len(self.targets))
        factor = cho_factor(self.kernel[np.ix_(rows, rows)] + self.ratio * np.eye(len(rows)))
        known, ones = self.contrasts[rows], np.ones(len(rows))
        inverse, of_ones = cho_solve(factor, known), cho_solve(factor, ones)
        return np.einsum("nm,nm->m", known, inverse) - (of_ones @ known) ** 2 / of_ones.sum()

    def determination(self, training: Sequence[int] | np.ndarray) -> np.ndarray:
        """(m,) coefficient of determination of every target; 0 of one that does not differ from the mean."""
        return _shares(self.explained(training), self.variances)

    def means(self, training: Sequence[int] | np.ndarray) -> dict[str, float]:
        """Both criteria of a training set; PEV in units of vu."""
        explained = self.explained(training)
        return {
            "cdmean": float(_shares(explained, self.variances).mean()),
            "pevmean": float(np.mean(self.variances - explained)),
        }

    def weights(self, criterion: str) -> np.ndarray:
        """(m,) what an explained variance counts in a criterion, whose larger sum is better."""
        of_one = np.ones(len(self.targets)) if criterion == "pevmean" else self.variances
        return _shares(np.full(len(of_one), 1 / len(of_one)), of_one)


def _shares(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    """Parts over wholes, 0 where a whole is nothing but rounding."""
    something = wholes > 1e-10 * np.max(wholes, initial=0)
    return np.divide(parts, wholes, out=np.zeros_like(parts), where=something)


class SweptDesign:
    """The samples that may be chosen, swept on those that are.

    Attributes
    ----------
    chosen : (c,) bool
    records : (c, c) float64
        Of two that are not chosen, the covariance of their records given those of the training set, in units
        of vu; of a chosen and another one, the weight of the one in the prediction of the other; of two
        chosen ones -P.
    explains : (c, c) float64
        Weighted sums over targets of the products of what each record still tells of them.
    """

    def __init__(
        self, of: Targets, candidates: np.ndarray, known: np.ndarray, criterion: str = "cdmean"
    ) -> None:
        """Condition on the samples that are in training anyway (rows; at least one)."""
        own = of.kernel[np.ix_(known, known)] + of.ratio * np.eye(len(known))
        factor, ones = cho_factor(own), np.ones(len(known))
        shared, told = of.kernel[np.ix_(known, candidates)], of.contrasts[known]
        of_ones = cho_solve(factor, ones)
        left, of_targets = 1 - of_ones @ shared, -of_ones @ told
        inverse = cho_solve(factor, shared)
        records = of.kernel[np.ix_(candidates, candidates)] - shared.T @ inverse
        records += np.outer(left, left) / of_ones.sum()
        records[np.diag_indices_from(records)] += of.ratio
        still = of.contrasts[candidates] - inverse.T @ told + np.outer(left, of_targets) / of_ones.sum()
        self.chosen = np.zeros(len(candidates), bool)
        self.records = np.asfortranarray(records)
        self.explains = np.asfortranarray((still * of.weights(criterion)) @ still.T)

    def sweep(self, one: int) -> None:
        """Choose a sample, or take a chosen one out again."""
        records, explains = self.records, self.explains
        pivot, size = records[one, one], abs(records[one, one])
        row, told = records[:, one].copy(), explains[:, one].copy()
        own = told[one]
        # The product of two changed rows: (l - v l_j / p)(l - v l_j / p)'.
        half = told / pivot - row * (own / (2 * pivot**2))
        self.records = dger(-1 / pivot, row, row, a=records, overwrite_x=0, overwrite_y=0, overwrite_a=1)
        pair, other = np.column_stack([row, half]), np.column_stack([half, row])
        self.explains = dgemm(-1.0, pair, other, beta=1.0, c=explains, trans_b=1, overwrite_c=1)
        changed = (told - row * (own / pivot)) / size
        self.records[:, one] = self.records[one, :] = row / size
        self.explains[:, one] = self.explains[one, :] = changed
        self.records[one, one], self.explains[one, one] = -1 / pivot, own / pivot**2
        self.chosen[one] = not self.chosen[one]

    def gains(self) -> np.ndarray:
        """(c,) what each sample that is not chosen would add to the criterion; -inf of the others."""
        variances = np.where(self.chosen, 1.0, np.diagonal(self.records))
        return np.where(self.chosen, -np.inf, np.diagonal(self.explains) / variances)

    def losses(self) -> np.ndarray:
        """(k,) what the criterion would lose without each chosen sample, in the order of their rows."""
        inside = np.flatnonzero(self.chosen)
        return self.explains[inside, inside] / -self.records[inside, inside]

    def exchanges(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows (k,) of the chosen and (o,) of the others, and what every exchange would gain (k, o)."""
        inside, outside = np.flatnonzero(self.chosen), np.flatnonzero(~self.chosen)
        precisions = -self.records[inside, inside][:, None]
        own, across = self.explains[inside, inside][:, None], np.ix_(inside, outside)
        factors = self.records[across] / precisions
        # With a chosen one taken out, another tells more of the targets, and its record varies more.
        told = self.explains[outside, outside] + factors * (2 * self.explains[across] + factors * own)
        variances = self.records[outside, outside] + factors**2 * precisions
        return inside, outside, told / variances - own / precisions


def choose_training(
    of: Targets,
    candidates: Sequence[int] | np.ndarray,
    number: int,
    *,
    known: Sequence[int] | np.ndarray = (),
    criterion: str = "cdmean",
) -> np.ndarray:
    """Samples whose records, beside those that are known, tell most of the targets.

    One by one the best is added; then the best of all exchanges of a chosen sample for another is made, until
    none gains (Fedorov 1972; Rincon et al. 2012 try exchanges at random).

    Parameters
    ----------
    of
        What is to be predicted.
    candidates
        (c,) rows of the samples that may be chosen.
    number
        Of samples to choose, from 1 to c; at least 2 where none is known.
    known
        Rows of samples that are in training anyway.
    criterion
        A key of :data:`CRITERIA`.

    Returns
    -------
    (number,) int64
        Rows, the one first without which the criterion would lose most. No exchange of two samples makes the
        set better; that there is no better set is not proved.

    Notes
    -----
    Takes 16 bytes of memory for each pair of candidates, O(c^2) time for each sample added or exchanged.
    """
    candidates, known = np.asarray(candidates, np.int64), np.asarray(known, np.int64)
    if not (1 if len(known) else 2) <= number <= len(candidates):
        raise ValueError(f"{number} of {len(candidates)} candidates cannot be chosen.")
    first = None if len(known) else _best_pair(of, candidates, criterion)
    design = SweptDesign(of, candidates, known if first is None else candidates[first[:1]], criterion)
    if first is not None:
        design = _with_first(design, first)
    while design.chosen.sum() < number:
        design.sweep(int(design.gains().argmax()))
    _exchange(design)
    inside = np.flatnonzero(design.chosen)
    return candidates[inside[np.argsort(-design.losses(), kind="stable")]]


def _with_first(design: SweptDesign, pair: np.ndarray) -> SweptDesign:
    """A design that is conditioned on one candidate, with that one among the chosen, and a second one.

    The row of a sample that is the whole training set: with an unknown mean P is 0, and it predicts each
    other record by its own.
    """
    one, other = pair
    for matrix, value in ((design.records, 1.0), (design.explains, 0.0)):
        matrix[one, :] = matrix[:, one] = value
    design.records[one, one] = 0.0
    design.chosen[one] = True
    design.sweep(int(other))
    return design


def _best_pair(of: Targets, candidates: np.ndarray, criterion: str) -> np.ndarray:
    """Places (2,) of the two candidates that tell most of the targets."""
    contrasts = of.contrasts[candidates]
    told = (contrasts * of.weights(criterion)) @ contrasts.T
    kernel = of.kernel[np.ix_(candidates, candidates)]
    differences = _of_differences(kernel) + 2 * of.ratio
    gains = _of_differences(told) / differences
    np.fill_diagonal(gains, -np.inf)
    return np.array(np.unravel_index(int(gains.argmax()), gains.shape))


def _of_differences(matrix: np.ndarray) -> np.ndarray:
    """Variances of the differences of all pairs."""
    own = np.diagonal(matrix)
    return own[:, None] + own - 2 * matrix


def _exchange(design: SweptDesign) -> None:
    """Make the best exchange until none gains."""
    if design.chosen.all():
        return
    scale = float(design.losses().max(initial=0)) or 1.0
    while True:
        inside, outside, gains = design.exchanges()
        leaves, joins = np.unravel_index(int(gains.argmax()), gains.shape)
        if gains[leaves, joins] <= LEAST_GAIN * scale:
            return
        design.sweep(int(inside[leaves]))
        design.sweep(int(outside[joins]))
