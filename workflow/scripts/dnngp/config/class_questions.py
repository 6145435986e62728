"""Traits that look like classes or counts and of which nothing is said: what to write, never assumed."""

from __future__ import annotations

from collections.abc import Sequence

from dnngp.base.delimited import MISSING, TextTable, is_number
from dnngp.config.dataset_entries import Dataset

#: The most classes that are asked about, as of scores from 1 to 9.
MOST_CLASSES = 9
#: How often values of classes repeat on average at least.
REPEATS = 3


def class_questions(dataset: Dataset, table: TextTable) -> dict[str, str]:
    """A sentence for each trait of few whole numbers, or words, whose type is not told, by its columns."""
    asked: dict[str, str] = {}
    for trait in dataset.traits.values():
        columns = [trait] if trait in table.columns else dataset.value_columns
        cells = [cell for column in columns for cell in table.columns[column] if cell not in MISSING]
        if trait not in dataset.trait_types and (classes := _classes(cells)):
            question = f"{dataset.phenotypes}, column {trait}: {_question(trait, classes)}"
            asked |= dict.fromkeys(columns, question)
    return asked


def _classes(cells: Sequence[str]) -> list[str]:
    """Classes that cells may be of, in order; none where they look like measurements."""
    if all(map(is_number, cells)):
        values = {float(cell) for cell in cells}
        whole = all(value.is_integer() for value in values)
        found = [f"{value:g}" for value in sorted(values)] if whole else []
    else:
        found = [] if any(map(is_number, cells)) else sorted(set(cells))
    few = 2 <= len(found) <= min(MOST_CLASSES, len(cells) / REPEATS)
    return found if few else []


def _question(trait: str, classes: Sequence[str]) -> str:
    order = ", ".join(classes)
    kind = "binary" if len(classes) == 2 else "ordinal"
    asked = f"`trait_types: {{{trait}: {{type: {kind}, order: [{order}]}}}}`"
    if classes == ["0", "1"]:
        asked = f"`trait_types: {{{trait}: binary}}`"
    if not is_number(classes[0]):
        return f"are its words ({order}) classes? Then write {asked} in the dataset, in their order."
    others = f"`trait_types: {{{trait}: continuous}}` if it was measured"
    if float(classes[0]) >= 0 and kind == "ordinal":
        others = f"`trait_types: {{{trait}: count}}` if it counts something, {others}"
    return f"it has no values but {order}. Write {asked} in the dataset if these are classes, {others}."
