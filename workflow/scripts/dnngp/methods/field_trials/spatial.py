"""Trends in a field: smooth surfaces of row and column, and errors that neighbours share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse
from scipy.interpolate import BSpline

#: Segments between knots along a side, at most; and of the interaction, which has their product of columns.
SEGMENTS = 10
SEGMENTS_BOTH = 5

#: Rows and columns that a trend needs.
FEWEST = 4

#: Cells of the grid by plots, at most, of an autoregression: each cell without a plot costs an effect.
LARGEST_GRID = 2


def positions(labels: np.ndarray) -> np.ndarray | None:
    """(n,) numbers of rows or columns; None where they are not numbers."""
    try:
        return np.array([float(label) for label in labels])
    except ValueError:
        return None


@dataclass(frozen=True)
class Surface:
    """A smooth trend as fixed and random effects: P-splines of rows and columns.

    As SpATS has it (Rodriguez-Alvarez et al. 2018, Spat Stat 23:52): beside the fixed plane and its twist,
    five random parts with a variance each, f(row), f(column), f(row):column, row:f(column), f(row):f(column).
    Simplified in the last one, whose penalty is the product of those of its sides and not their sum.
    """

    rows: np.ndarray
    columns: np.ndarray

    @cached_property
    def fixed(self) -> np.ndarray:
        """(n, 3) row, column and their product, scaled, each of mean 0."""
        row, column = _scaled(self.rows), _scaled(self.columns)
        return _centred(np.column_stack([row, column, row * column]))

    @cached_property
    def random(self) -> dict[str, np.ndarray]:
        """(n, q) design of each random part, by name."""
        row, column = _scaled(self.rows), _scaled(self.columns)
        of_rows, of_columns = (_wiggles(x, SEGMENTS) for x in (row, column))
        both = _products(_wiggles(row, SEGMENTS_BOTH), _wiggles(column, SEGMENTS_BOTH))
        parts = {
            "f(row)": of_rows,
            "f(column)": of_columns,
            "f(row):column": of_rows * column[:, None],
            "row:f(column)": of_columns * row[:, None],
            "f(row):f(column)": both,
        }
        return {name: _centred(part) for name, part in parts.items()}


def _scaled(x: np.ndarray) -> np.ndarray:
    """Positions from -1 to 1."""
    return 2 * (x - x.min()) / np.ptp(x) - 1


def _centred(columns: np.ndarray) -> np.ndarray:
    """So that means of entries are those at the average of the field."""
    return np.asarray(columns - columns.mean(axis=0))


def _products(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.einsum("ni,nj->nij", first, second).reshape(len(first), -1)


def _wiggles(x: np.ndarray, most: int) -> np.ndarray:
    """(n, q) cubic B-splines of positions in [-1, 1] without their straight line, their penalty being I."""
    segments = max(1, min(most, len(np.unique(x)) - 3))
    step = 2 / segments
    knots = -1 + step * np.arange(-3, segments + 4)
    basis = BSpline.design_matrix(np.clip(x, -1, 1), knots, 3).toarray()
    differences = np.diff(np.eye(basis.shape[1]), 2, axis=0)
    values, vectors = np.linalg.eigh(differences.T @ differences)
    return np.asarray(basis @ vectors[:, 2:] / np.sqrt(values[2:]))


class Grid:
    """Plots on a grid of rows x columns, whose errors are first-order autoregressions along both sides.

    Arrays of plots are laid on the grid; a cell without a plot has an effect of its own, which changes
    neither likelihood nor estimates (Bartlett 1937, Suppl J R Stat Soc 4:137).
    """

    def __init__(self, rows: np.ndarray, columns: np.ndarray) -> None:
        row, column = (np.asarray(x - x.min(), int) for x in (rows, columns))
        self._sides = (int(row.max()) + 1, int(column.max()) + 1)
        self.cells = row * self._sides[1] + column
        there = np.zeros(self._sides[0] * self._sides[1], bool)
        there[self.cells] = True
        self.absent = np.flatnonzero(~there)

    @property
    def size(self) -> int:
        """Number of cells."""
        return self._sides[0] * self._sides[1]

    def laid(self, array: np.ndarray) -> np.ndarray:
        """An array of plots (n, ...) as one of cells, 0 where there is no plot."""
        cells = np.zeros((self.size, *array.shape[1:]))
        cells[self.cells] = array
        return cells

    def indicators(self) -> np.ndarray:
        """(cells, absent) 1 at each cell without a plot."""
        marks = np.zeros((self.size, len(self.absent)))
        marks[self.absent, np.arange(len(self.absent))] = 1
        return marks

    def inverse_root(self, correlations: np.ndarray) -> scipy.sparse.csr_array:
        """(cells, cells) W with W R W' = I, R being the errors' correlation."""
        sides = [_bidiagonal(m, rho) for m, rho in zip(self._sides, correlations, strict=True)]
        return scipy.sparse.csr_array(scipy.sparse.kron(*sides))

    def log_determinant(self, correlations: np.ndarray) -> float:
        """log |R|."""
        rows, columns = self._sides
        of_rows, of_columns = np.log1p(-(np.asarray(correlations) ** 2))
        return float((rows - 1) * columns * of_rows + (columns - 1) * rows * of_columns)


def _bidiagonal(m: int, rho: float) -> scipy.sparse.csr_array:
    """(m, m) turns an autoregression of variance 1 into independent errors."""
    scale = np.full(m, 1 / np.sqrt(1 - rho**2))
    scale[0] = 1.0
    return scipy.sparse.csr_array(scipy.sparse.diags_array([scale, -rho * scale[1:]], offsets=[0, -1]))


def unfit(places: Sequence[np.ndarray | None], trend: str) -> str:
    """Why a trend cannot be fitted to plots at such positions; empty where it can."""
    rows, columns = places
    if rows is None or columns is None:
        return "rows and columns are not all numbers"
    if min(len(np.unique(rows)), len(np.unique(columns))) < FEWEST:
        return f"it needs {FEWEST} rows and {FEWEST} columns"
    if len(np.unique(np.column_stack([rows, columns]), axis=0)) < len(rows):
        return "several plots have the same row and column"
    if trend == "ar1":
        if not all(np.array_equal(x, np.round(x)) for x in (rows, columns)):
            return "rows and columns are not whole numbers"
        if np.prod([np.ptp(x) + 1 for x in (rows, columns)]) > LARGEST_GRID * len(rows):
            return "more than half of the field has no plot"
    return ""
