"""Which lines each fitted step was handed, written down while it runs.

Steps report the lines they are fitted on where they take them (:func:`saw`). Within
:func:`recording` the reports of one fold are compared with its test lines; elsewhere
they go nowhere and cost nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from dnngp.base.lazy import np, pd

COLUMNS = ["step", "fitted_on", "folds", "n_rows", "test_genotypes_seen", "test_phenotypes_seen"]
LABELS = ("inductive", "transductive (genotypes only)", "LEAK", "stage one (plots of all entries)")

#: What stage one is fitted on: where it turns plots into means before folds are drawn, it shares estimates of
#: blocks, rows and columns between training and test.
ALL_PLOTS = "all plots"

#: The step that makes means of entries from plots.
STAGE_ONE = "stage one: means of entries"

#: What the lines of a step were, the worst first.
LINES = ("test", "all genotypes", "training", "inner")


@dataclass
class Ledger:
    """The reports of one fold.

    Attributes
    ----------
    train, test
        Ids of the lines of the fold.
    phenotype
        Value of the trait by id.
    """

    train: Collection[str]
    test: Collection[str]
    phenotype: Mapping[Any, float]
    _steps: dict[str, tuple[set[str], set[str], int, int]] = field(default_factory=dict)

    def add(self, step: str, lines: Sequence[str], phenotypes: np.ndarray | None) -> None:
        """A step was handed the genotypes of lines, and perhaps phenotypes (one a line, in their order)."""
        ids, test = set(lines), set(self.test)
        kind = "test" if ids & test else "training" if ids == set(self.train) else "inner"
        tested = 0
        if phenotypes is not None:
            # A value that is not that of its line came from somewhere else: it counts as well.
            pairs = zip(lines, phenotypes, strict=True)
            tested = sum(id in test or value != self.phenotype[id] for id, value in pairs)
        kinds, seen, largest, before = self._steps.get(step, (set(), set(), 0, 0))
        self._steps[step] = kinds | {kind}, seen | ids & test, max(largest, len(ids)), max(before, tested)

    def table(self) -> pd.DataFrame:
        """A row per step, in the order of their first reports, with :data:`COLUMNS`."""
        rows = [
            (step, min(kinds, key=LINES.index), 1, largest, len(seen), tested)
            for step, (kinds, seen, largest, tested) in self._steps.items()
        ]
        return pd.DataFrame(rows, columns=COLUMNS)


class Book(Protocol):
    """Whatever takes reports."""

    def add(self, step: str, lines: Sequence[str], phenotypes: np.ndarray | None) -> None:
        """As :meth:`Ledger.add`."""


_ledger: ContextVar[Book | None] = ContextVar("ledger", default=None)
_within: ContextVar[str] = ContextVar("within", default="")
_codes: ContextVar[Mapping[str, tuple[float, float]] | None] = ContextVar("codes", default=None)


@contextmanager
def recording(ledger: Book) -> Iterator[None]:
    """Hand a ledger what the steps of its fold report."""
    token = _ledger.set(ledger)
    try:
        yield
    finally:
        _ledger.reset(token)


@contextmanager
def within(name: str) -> Iterator[None]:
    """Put ``name`` in front of the steps that report meanwhile: the fits of inner folds."""
    token = _within.set(f"{_within.get()}{name}: ")
    try:
        yield
    finally:
        _within.reset(token)


@contextmanager
def coded(lines: Sequence[str], codes: Iterable[float], phenotypes: Iterable[float]) -> Iterator[None]:
    """Steps are handed the codes of lines meanwhile, which stand for their phenotypes.

    The code of a line counts as its phenotype; any other value is reported as it is.
    """
    token = _codes.set(dict(zip(lines, zip(codes, phenotypes, strict=True), strict=True)))
    try:
        yield
    finally:
        _codes.reset(token)


def saw(step: str, lines: Sequence[str], phenotypes: np.ndarray | None = None) -> None:
    """Report that a step is fitted on lines: their ids, and their phenotypes where it is handed those."""
    ledger, codes = _ledger.get(), _codes.get()
    if ledger is not None:
        if codes is not None and phenotypes is not None:
            pairs = zip(lines, phenotypes, strict=True)
            told = ((codes.get(id, (np.nan, np.nan)), value) for id, value in pairs)
            phenotypes = np.array([known if code == value else value for (code, known), value in told])
        ledger.add(_within.get() + step, list(lines), phenotypes)


def combined(table: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Ledgers of several folds or jobs as one: a row per step (and ``by``), counts summed, sizes at most."""
    if table.empty:
        return table
    return (
        table.groupby([*by, "step"], sort=False)
        .agg(
            fitted_on=("fitted_on", lambda kinds: min(kinds, key=LINES.index)),
            folds=("folds", "sum"),
            n_rows=("n_rows", "max"),
            test_genotypes_seen=("test_genotypes_seen", "sum"),
            test_phenotypes_seen=("test_phenotypes_seen", "sum"),
        )
        .reset_index()
    )


def labelled(table: pd.DataFrame) -> pd.DataFrame:
    """The ledger with a ``label``: what each step knew of the test lines (:data:`LABELS`)."""
    plots = table["fitted_on"] == ALL_PLOTS
    leak, seen = table["test_phenotypes_seen"] > 0, table["test_genotypes_seen"] > 0
    return table.assign(label=np.select([plots, leak, seen], [LABELS[3], LABELS[2], LABELS[1]], LABELS[0]))
