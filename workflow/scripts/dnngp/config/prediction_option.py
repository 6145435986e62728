"""What a group of options of an entry of ``predict`` is: its options, its checks and the tables it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnngp.config.dataset_entries import Dataset
from dnngp.config.model_entries import Model

if TYPE_CHECKING:
    from dnngp.config.prediction_entries import Prediction


@dataclass(frozen=True)
class Asked:
    """What an entry of ``predict`` asks for, as far as the checks of its groups of options need it.

    Attributes
    ----------
    entry
        The entry with every default.
    dataset
        That it is trained on.
    model
        That predicts; None where it is not among those compared, which is a problem of its own.
    traits
        Names of those predicted.
    """

    entry: Mapping[str, Any]
    dataset: Dataset
    model: Model | None
    traits: Sequence[str]


def _nothing(options: Any, asked: Any) -> Iterator[str]:
    return iter(())


def _no_table(options: Any) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class PredictionOption:
    """A group of options of an entry of ``predict``, empty unless it is asked for.

    Attributes
    ----------
    name
        Its key.
    type
        Its options, or what else stands there.
    description
        What it does, for the reference page.
    problems
        What is wrong with what was given (of options a mapping with every default), each a sentence that
        begins with the key. Reads no files.
    input_problems
        The same of options and the whole prediction, from files that are there before a run; not called where
        they cannot be read.
    tables
        Tables of the catalogue, below ``predict/{prediction}/``, that it makes: they are on the page and in
        the workbook of the prediction.
    more_tables
        Those that it makes beside them, of its options.
    order
        Place among the groups.
    """

    name: str
    type: Any
    description: str
    problems: Callable[[Any, Asked], Iterator[str]] = _nothing
    input_problems: Callable[[Any, Prediction, Dataset], Iterator[str]] | None = None
    tables: tuple[str, ...] = ()
    more_tables: Callable[[Any], tuple[str, ...]] = _no_table
    order: int = 100
