"""What a user sees of a run: one progress line, a line a finished fit, warnings, at the end the answer."""

from __future__ import annotations

import csv
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from dnngp.base.jobs import WARNING
from dnngp.base.progress import TimeLeft, duration
from dnngp.cli.workflow_run import Run

#: Seconds between two lines of progress where the console is no terminal.
EVERY = 20.0
#: Traits whose advice is said at the end.
MOST_TRAITS = 4
#: Column of a fold's score and what it is called, the first that a table has.
SCORES = {"auc": "AUC", "pearson": "r"}


class RunConsole:
    """Shows a run while it goes on; events and words are handed to it.

    Parameters
    ----------
    verbose
        Whether everything that Snakemake and its jobs say is shown.
    """

    def __init__(self, verbose: bool = False) -> None:
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        self.verbose = verbose
        self.time = TimeLeft({})
        self.done = self.total = 0
        self.printed = time.monotonic()
        self._jobs: dict[int, Mapping[str, Any]] = {}
        self._about: Mapping[str, Any] = {}
        self._warned: set[str] = set()
        self._bar: Progress | None = None
        self._task = TaskID(0)

    def on_words(self, line: str) -> None:
        """A line of Snakemake or of a job."""
        if self.verbose:
            self.console.print(line, markup=False)
        elif line.startswith(WARNING) and line not in self._warned:
            self._warned.add(line)
            self.console.print(line, style="yellow", markup=False)

    def on_event(self, event: Mapping[str, Any]) -> None:
        """An event of the run (:class:`dnngp.base.progress.Events`)."""
        kind = event["event"]
        if kind == "run":
            self._about = event
        elif kind == "planned":
            self._plan([(rule, wildcards) for rule, wildcards in event["jobs"]])
        elif kind == "started":
            self._jobs[event["id"]] = event
            self.time.start(event["id"], kind_of(event["rule"], event["wildcards"]))
        elif kind == "finished":
            self.done += 1
            self.time.finish(event["id"])
            if line := fit_line(self._jobs.pop(event["id"], {}), Path(self._about.get("directory", "."))):
                self.console.print(line, markup=False)
        elif kind == "failed" and (job := self._jobs.pop(event["id"], None)):
            self.console.print(f"failed: {what(job)}", style="red", markup=False)

    def on_wait(self) -> None:
        """Bring the progress line up to date."""
        if not self.total:
            return
        if self._bar:
            self._bar.update(self._task, completed=self.done, jobs=self.progress())
        elif time.monotonic() - self.printed >= EVERY:
            self.printed = time.monotonic()
            self.console.print(self.progress(), markup=False)

    def progress(self) -> str:
        """How many jobs are done, how long the others will take, and what runs."""
        left, sure = self.time.left()
        words = "less than a minute" if left < 60 else f"{'about' if sure else 'at least'} {duration(left)}"
        now = [what(job) for job in self._jobs.values()]
        running = f": {now[0]}" + (f" and {len(now) - 1} more" if len(now) > 1 else "") if now else ""
        return f"{self.done} of {self.total} jobs, {words} left{running}"

    def close(self) -> None:
        """Take the progress line away."""
        if self._bar:
            self._bar.stop()
            self._bar = None

    def _plan(self, jobs: Sequence[tuple[str, Mapping[str, str]]]) -> None:
        self.total = len(jobs)
        planned = Counter(kind_of(rule, wildcards) for rule, wildcards in jobs)
        self.time = TimeLeft(planned, cores=self._about.get("cores"))
        if self.console.is_terminal:
            self._bar = Progress(
                BarColumn(20), TextColumn("{task.fields[jobs]}"), console=self.console, transient=True
            )
            self._task = self._bar.add_task("", total=self.total, jobs=f"0 of {self.total} jobs")
            self._bar.start()
        # Prices need libraries that take seconds to import.
        threading.Thread(target=self._price, args=(jobs,), daemon=True).start()

    def _price(self, jobs: Sequence[tuple[str, Mapping[str, str]]]) -> None:
        from dnngp.cli.prices import prices

        seconds: defaultdict[str, list[float]] = defaultdict(list)
        for (rule, wildcards), price in zip(jobs, prices(self._about["config"], jobs), strict=True):
            if price is not None:
                seconds[kind_of(rule, wildcards)].append(price)
        self.time.prices = {kind: fmean(each) for kind, each in seconds.items()}


def kind_of(rule: str, wildcards: Mapping[str, str]) -> str:
    """Jobs that take about as long as each other: of one rule, dataset and model."""
    return "/".join([rule, *(wildcards.get(key, "") for key in ("dataset", "model"))])


def what(job: Mapping[str, Any]) -> str:
    """What a job does, in a few words."""
    return job["message"] or job["rule"]


def fit_line(job: Mapping[str, Any], directory: Path) -> str | None:
    """Dataset, trait, model and mean score of a fit that ended; None for another job."""
    folds = [path for path in job.get("output", ()) if path.endswith("folds.tsv")]
    if not folds:
        return None
    with (directory / folds[0]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    names = job["wildcards"]
    where = [names[key] for key in ("dataset", "trait", "scheme") if key in names]
    return f"  {', '.join(where):<36} {names.get('model', ''):<16} {_score(rows)}"


def _score(rows: Sequence[Mapping[str, str]]) -> str:
    failed = sum(row["status"] != "ok" for row in rows)
    for column, name in SCORES.items():
        values = [float(row[column]) for row in rows if row.get(column, "NA") not in ("NA", "")]
        if values:
            score = f"{name} = {fmean(values):.2f}"
            break
    else:
        score = "no score"
    return score + (f" ({failed} of {len(rows)} folds failed)" if failed else "")


def ending(run: Run) -> list[str]:
    """What to use for each trait, and the paths of the pages that the run made, where there are any."""
    pages = [Path(page) for page in run.about.get("pages", ()) if Path(page).is_file()]
    return [*_answer(Path(run.about.get("results", "."))), *(f"Report: {page}" for page in pages)]


def _answer(results: Path) -> list[str]:
    """The advice of the report under the first scheme, a trait a line."""
    path = results / "report" / "advice.tsv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    first = [row for row in rows if row["scheme"] == rows[0]["scheme"]]
    more = [f"... and {len(first) - MOST_TRAITS} more traits."] if len(first) > MOST_TRAITS else []
    return [*map(_advice, first[:MOST_TRAITS]), *more]


def _advice(row: Mapping[str, str]) -> str:
    trait = f"{row['dataset']}, {row['trait']}"
    if row["predicted"] != "True":
        return f"{trait}: no model predicts it beyond chance; do not select on it yet."
    better = f", better than {row['reference']} beyond chance" if row["better"] == "True" else ""
    score = f"{row.get('score', 'r')} = {float(row['pearson']):.2f}"
    return f"{trait}: use {row['model']}, {score} ({row['scheme']}){better}."
