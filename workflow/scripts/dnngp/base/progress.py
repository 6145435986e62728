"""Time left of a run, told from its own log: jobs of a rule take as long as those of it that are done."""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping


class Progress(logging.Handler):
    """Prints ``12 of 80 jobs, about 3 min left`` now and then, from the events that Snakemake logs.

    The seconds left are those of the jobs to come, each as long as the mean of
    its rule, over the number of jobs that ran side by side so far. While no job
    of a rule with several is done its time is not known, and the line says *at
    least*.

    Parameters
    ----------
    every
        Fewest seconds between two lines.
    clock
        Seconds, and never less than before.
    """

    def __init__(self, every: float = 20, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.every, self.clock = every, clock
        self.begin = self.told = clock()
        self.planned: Mapping[str, int] = {}
        self.running: dict[int, tuple[str, float]] = {}
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.done: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of an event; its kind is in ``record.event``."""
        event = getattr(getattr(record, "event", None), "value", None)
        now = self.clock()
        if event == "run_info":
            stats = getattr(record, "stats", {})
            self.planned = {rule: count for rule, count in stats.items() if rule != "total"}
        elif event == "job_info":
            self.running[getattr(record, "jobid", 0)] = (getattr(record, "rule_name", ""), now)
        elif event == "job_finished":
            rule, start = self.running.pop(getattr(record, "job_id", 0), ("", now))
            self.done[rule] += 1
            self.seconds[rule] += now - start
        elif event == "progress" and now - self.told >= self.every:
            self.told = now
            print(self.line(getattr(record, "done", 0), getattr(record, "total", 0)), file=sys.stderr)

    def line(self, done: int, total: int) -> str:
        """How many jobs are done, and how long the others will take."""
        busy, elapsed = sum(self.seconds.values()), self.clock() - self.begin
        if not busy:
            return f"{done} of {total} jobs"
        left = {rule: count - self.done[rule] for rule, count in self.planned.items()}
        known = sum(
            count * self.seconds[rule] / self.done[rule] for rule, count in left.items() if self.done[rule]
        )
        # Jobs that wait on another, or for nothing, leave less than one running at times.
        minutes = known / max(1.0, busy / elapsed) / 60
        sure = all(self.done[rule] or count < 2 for rule, count in left.items())
        if minutes < 1:
            return f"{done} of {total} jobs" + (", less than a minute left" if sure else "")
        words = f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.0f} h"
        return f"{done} of {total} jobs, {'about' if sure else 'at least'} {words} left"
