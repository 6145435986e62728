"""What a run is doing, from the events that Snakemake logs, and how long it will take."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Seconds of a run for which the number of cores says more of the jobs side by side than what was seen.
SETTLING = 10.0


@dataclass
class TimeLeft:
    """Seconds that are left of a run: jobs of a kind take as long as those of it that are done.

    Parameters
    ----------
    planned
        Number of jobs of each kind, for instance of each rule.
    prices
        Seconds that a job of a kind is expected to take. They are scaled by what the jobs that are done took,
        and count for a kind of which none is done.
    cores
        How many jobs may run side by side; None where that is not known.
    clock
        Seconds, and never less than before.
    """

    planned: Mapping[str, int]
    prices: Mapping[str, float] = field(default_factory=dict)
    cores: int | None = None
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.begin = self.clock()
        self.running: dict[Any, tuple[str, float]] = {}
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.done: Counter[str] = Counter()

    def start(self, job: object, kind: str) -> None:
        """A job has begun."""
        self.running[job] = (kind, self.clock())

    def finish(self, job: object) -> None:
        """A job has ended."""
        kind, begun = self.running.pop(job, ("", self.clock()))
        self.done[kind] += 1
        self.seconds[kind] += self.clock() - begun

    def left(self) -> tuple[float, bool]:
        """Seconds left, and whether every kind that is still to come was counted."""
        now, scale = self.clock(), self._scale()
        expected = {kind: self._each(kind, scale) for kind in self.planned}
        work, sure = 0.0, True
        for kind, count in self.planned.items():
            seconds, to_come = expected[kind], count - self.done[kind]
            work += to_come * (seconds or 0.0)
            sure &= seconds is not None or count < 2
        for kind, begun in self.running.values():
            work -= min(now - begun, expected.get(kind) or 0.0)
        return work / self._side_by_side(now), sure

    def _each(self, kind: str, scale: float) -> float | None:
        if self.done[kind]:
            return self.seconds[kind] / self.done[kind]
        price = self.prices.get(kind)
        return None if price is None else price * scale

    def _scale(self) -> float:
        """What the priced jobs that are done took, over their prices; close to one while that is little."""
        done = [kind for kind in self.done if self.prices.get(kind)]
        priced = sum(self.done[kind] * self.prices[kind] for kind in done)
        certain = 0.02 * sum(count * self.prices.get(kind, 0.0) for kind, count in self.planned.items())
        if priced + certain == 0:
            return 1.0
        return (sum(self.seconds[kind] for kind in done) + certain) / (priced + certain)

    def _side_by_side(self, now: float) -> float:
        busy = sum(self.seconds.values()) + sum(now - begun for _, begun in self.running.values())
        elapsed = now - self.begin
        if self.cores:
            return max(1.0, (busy + SETTLING * self.cores) / (elapsed + SETTLING))
        # Jobs that wait on another, or for nothing, leave less than one running at times.
        return max(1.0, busy / elapsed) if elapsed else 1.0


def duration(seconds: float) -> str:
    """``3 min``, or hours where they are many."""
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.0f} h"


class Progress(logging.Handler):
    """Prints ``12 of 80 jobs, about 3 min left`` now and then, for runs that ``snakemake`` was called for.

    The kinds of jobs are the rules. While no job of a rule with several is done its time is not known, and
    the line says *at least*. ``every`` is the fewest seconds between two lines.
    """

    def __init__(self, every: float = 20, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.every, self.clock = every, clock
        self.printed = clock()
        self.time = TimeLeft({}, clock=clock)

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of an event; its kind is in ``record.event``."""
        event, now = event_of(record), self.clock()
        if event == "run_info":
            stats = getattr(record, "stats", {})
            self.time.planned = {rule: count for rule, count in stats.items() if rule != "total"}
        elif event == "job_info":
            self.time.start(getattr(record, "jobid", 0), getattr(record, "rule_name", ""))
        elif event == "job_finished":
            self.time.finish(getattr(record, "job_id", 0))
        elif event == "progress" and now - self.printed >= self.every:
            self.printed = now
            print(self.line(getattr(record, "done", 0), getattr(record, "total", 0)), file=sys.stderr)

    def line(self, done: int, total: int) -> str:
        """How many jobs are done, and how long the others will take."""
        if not sum(self.time.seconds.values()):
            return f"{done} of {total} jobs"
        left, sure = self.time.left()
        if left < 60:
            return f"{done} of {total} jobs" + (", less than a minute left" if sure else "")
        return f"{done} of {total} jobs, {'about' if sure else 'at least'} {duration(left)} left"


class Events(logging.Handler):
    """Writes what happens in a run to a file, a JSON object a line, for the command that watches it.

    ======== =====================================================================
    event    beside it
    ======== =====================================================================
    run      what the Snakefile notes: configuration, folders, pages
    problem  ``text`` of what is wrong with the configuration
    planned  ``jobs``, each a rule and its wildcards
    started  ``id``, ``rule``, ``wildcards``, ``output``, ``message``
    finished ``id``
    failed   ``id``
    ======== =====================================================================

    Parameters
    ----------
    path
        The file; lines are added to it.
    jobs
        Rule and wildcards of every job, called once they are planned.
    """

    def __init__(self, path: str | Path, jobs: Callable[[], Iterable[tuple[str, Mapping[str, str]]]]) -> None:
        super().__init__()
        self.file = open(path, "a", encoding="utf-8", buffering=1)  # noqa: SIM115, open as long as the run
        self.jobs = jobs
        self.planned = False

    def note(self, event: str, **values: Any) -> None:
        """Add a line."""
        self.file.write(json.dumps({"event": event, **values}) + "\n")

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of an event; its kind is in ``record.event``."""
        event = event_of(record)
        if event == "run_info" and not self.planned:
            self.planned = True
            self.note("planned", jobs=[(rule, dict(wildcards)) for rule, wildcards in self.jobs()])
        elif event == "job_info":
            job = record.__dict__
            self.note(
                "started",
                id=job["jobid"],
                rule=job["rule_name"],
                wildcards=dict(job["wildcards"]),
                output=list(map(str, job["output"])),
                message=job["rule_msg"],
            )
        elif event == "job_finished":
            self.note("finished", id=getattr(record, "job_id", None))
        elif event == "job_error":
            self.note("failed", id=getattr(record, "jobid", None))


def event_of(record: logging.LogRecord) -> str | None:
    """The kind of event that Snakemake logs with a record; None for a mere message."""
    return getattr(getattr(record, "event", None), "value", None)
