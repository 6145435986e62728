"""What a stage of work cost: wall and CPU seconds, peak memory."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

#: Of a table of stages; those of all folds together have no repeat and fold.
COLUMNS = ["repeat", "fold", "stage", "wall_s", "cpu_s", "peak_mb"]


@dataclass
class Clock:
    """Adds up wall and CPU seconds (user and system) per stage; one within another counts apart."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    _inner: list[tuple[float, float]] = field(default_factory=list, repr=False)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the enclosed block; the same name adds up."""
        token, start = _clock.set(self), (time.perf_counter(), time.process_time())
        self._inner.append((0.0, 0.0))
        try:
            yield
        finally:
            _clock.reset(token)
            wall, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
            inner = self._inner.pop()
            self.wall[name] = self.wall.get(name, 0.0) + wall - inner[0]
            self.cpu[name] = self.cpu.get(name, 0.0) + cpu - inner[1]
            if self._inner:
                self._inner[-1] = self._inner[-1][0] + wall, self._inner[-1][1] + cpu

    def rows(self, **place: Any) -> list[dict[str, Any]]:
        """A row for each stage so far, with ``place`` in front and the peak memory up to now behind."""
        return [
            {
                **place,
                "stage": stage,
                "wall_s": self.wall[stage],
                "cpu_s": self.cpu[stage],
                "peak_mb": peak_memory_mb(),
            }
            for stage in self.wall
        ]


_clock: ContextVar[Clock | None] = ContextVar("clock", default=None)


def stage(name: str) -> AbstractContextManager[None]:
    """Time the enclosed block apart from the stage that it is part of; nothing where no clock runs."""
    clock = _clock.get()
    return nullcontext() if clock is None else clock.stage(name)


def peak_memory_mb() -> float:
    """Peak resident memory of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
