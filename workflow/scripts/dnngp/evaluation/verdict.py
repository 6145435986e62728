"""The last word on a run: an error when a fit, also of an experiment, or a control failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from dnngp.base.errors import UserError
from dnngp.base.tables import read_table


def verdict(accuracy: str, controls: str, experiments: Sequence[str], report: str) -> dict[str, int]:
    """Numbers of what was judged, from the paths of tables, where nothing failed.

    Returns
    -------
    dict
        ``fits``, ``studied`` (rows of experiments), ``controls`` and ``failed`` (0).

    Raises
    ------
    UserError
        The first that failed, and of how many.
    """
    counts = {
        "fits": _judge_fits(accuracy, report),
        "studied": sum(_judge_experiment(path, report) for path in experiments),
        "controls": _judge_controls(controls, report),
    }
    return counts | {"failed": 0}


def in_words(counts: dict[str, int]) -> str:
    """What was judged and did not fail, as a sentence."""
    names = {"fits": "fits", "studied": "rows of experiments", "controls": "controls"}
    return f"None failed: {', '.join(f'{counts[key]} {name}' for key, name in names.items() if counts[key])}."


def _judge(table: pd.DataFrame, failed: pd.Series, told: Callable[[pd.Series], str], remedy: str) -> int:
    """Rows of a table none of which may have failed; ``told`` says what failed, of the first that did."""
    if failed.any():
        first = table[failed].iloc[0]
        raise UserError(f"{failed.sum()} of {len(table)} {told(first)}", remedy=remedy)
    return len(table)


def _judge_fits(path: str, report: str) -> int:
    table = read_table(path)
    return _judge(
        table,
        table["status"] != "ok",
        lambda first: (
            f"fits failed, the first being {first['model']} on {first['dataset']}, {first['trait']}, "
            f"repeat {first['repeat']} fold {first['fold']}: {first['message']}."
        ),
        f"The report shows every one: {report}",
    )


def _judge_controls(path: str, report: str) -> int:
    table = read_table(path)
    return _judge(
        table,
        table["status"] != "ok",
        lambda first: (
            f"controls failed, the first being {first['control']!r} of {first['model']} on "
            f"{first['dataset']} ({first['value']:.3g}, at most {first['bound']:.3g}{_why(first)}). "
            "The results of this run are not to be trusted."
        ),
        f"The report shows every one: {report}. Please report it as a bug, or mend your changes.",
    )


def _judge_experiment(path: str, report: str) -> int:
    table = read_table(path)
    return _judge(
        table,
        table["status"] == "failed",
        lambda first: (
            f"rows of {path} failed, the first being {first['model']} on "
            f"{first['dataset']}, {first['trait']}{_why(first)}."
        ),
        f"The report shows every one: {report}",
    )


def _why(row: pd.Series[Any]) -> str:
    return f": {row['message']}" if isinstance(row["message"], str) else ""
