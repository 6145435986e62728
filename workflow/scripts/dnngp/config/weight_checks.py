"""Weights before a run: a number for every value, and numbers that are what they are said to be."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Sequence

from dnngp.base.delimited import TextTable, column_values
from dnngp.base.errors import UserError, some
from dnngp.config.dataset_entries import Dataset
from dnngp.genotypes.weight_columns import WeightColumns

#: What words in the name of a column say of its numbers.
NAMED = {
    **dict.fromkeys(
        ("n", "nrep", "nreps", "rep", "reps", "replicates", "replications", "plots"), "replicates"
    ),
    **dict.fromkeys(("nobs", "obs", "count", "weight", "weights", "w"), "replicates"),
    **dict.fromkeys(("se", "sem", "sd", "std", "stderr", "error", "err"), "standard_error"),
    **dict.fromkeys(("var", "variance", "pev"), "variance"),
}


def weight_problems(dataset: Dataset, table: TextTable) -> Iterator[str]:
    """Values without a weight, weights that are no numbers above 0, numbers that may be of another kind."""
    weights = WeightColumns(**dataset.table.weights)
    found = dict[str, None]()
    classed = [of for of in weights.columns if dataset.table.trait_type(of).has_classes]
    if classed and weights.known:
        yield (
            f"`weights` of kind {weights.kind} are of quantities: {some(classed)} has classes "
            "(`trait_types`), and of a class there is no error variance. Write `kind: replicates` if the "
            "column says how often a class was seen, or name the columns of the other traits alone in "
            "`weights.columns`."
        )
        return
    for of, column in weights.columns.items():
        values = column_values(table.columns[of], table.lines, dataset.phenotypes, of, "trait")
        try:
            given = weights.given(table.columns[column], values, table.lines, dataset.phenotypes, column)
        except UserError as error:
            found[str(error)] = None
            continue
        pairs = [pair for pair in zip(values, given, strict=True) if pair[0] == pair[0]]
        if (
            not dataset.weights_confirmed
            and len(pairs) > 1
            and (doubt := _doubt(weights.kind, column, pairs))
        ):
            found[f"{dataset.phenotypes}, column {column}: {doubt}"] = None
    yield from found


def _doubt(kind: str, column: str, pairs: Sequence[tuple[float, float]]) -> str:
    """A question about pairs of values and what is given of them; empty where nothing speaks against it."""
    given = [one for _, one in pairs]
    likely, why = _other_kind(kind, column, given)
    if not why and kind != "replicates":
        errors = [one**2 if kind == "standard_error" else one for one in given]
        likely, why = "replicates", _too_large(errors, [value for value, _ in pairs])
    if not why:
        return ""
    low, high = min(given), max(given)
    times = high / low if kind == "replicates" else (high / low) ** (2 if kind == "standard_error" else 1)
    first, second = (high, low) if kind == "replicates" else (low, high)
    counts = f" A value with {first:g} would count {times:.3g} times as much as one with {second:g}."
    return (
        f"`weights` calls it {kind}, and {why}.{counts if high > low else ''} Write `kind: {likely}` if that "
        f"is what it holds; if it is {kind}, write `confirmed: true` beside it."
    )


def _other_kind(kind: str, column: str, given: Sequence[float]) -> tuple[str, str]:
    """The kind that name or numbers of a column speak for, and why; both empty where it is as said."""
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", column)]
    named = [NAMED[word] for word in words if word in NAMED]
    if named and named[-1] != kind:
        return named[-1], f"its name speaks of {named[-1]}"
    if kind == "replicates" and max(given) < 1:
        return "standard_error", f"no number reaches 1 ({min(given):g} to {max(given):g})"
    whole = all(one.is_integer() for one in given)
    if kind != "replicates" and whole and min(given) < max(given):
        return "replicates", f"all are whole numbers ({min(given):g} to {max(given):g})"
    return "", ""


def _too_large(errors: Sequence[float], values: Sequence[float]) -> str:
    """Why error variances cannot be those of values; empty where they can."""
    typical, total = statistics.median(errors), statistics.variance(values)
    if typical <= total:
        return ""
    return f"the error variance would be {typical:.3g}, more than the variance of the values, {total:.3g}"
