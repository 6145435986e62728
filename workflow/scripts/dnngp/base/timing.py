"""What a stage of work cost: wall and CPU seconds, peak memory."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

#: Of a table of stages; those of all folds together have no repeat and fold.
COLUMNS = ["repeat", "fold", "stage", "wall_s", "cpu_s", "peak_mb"]


@dataclass
class Clock:
    """Adds up wall and CPU seconds (user + system, all threads) per named stage."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the enclosed block; the same name adds up."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall
            self.cpu[name] = self.cpu.get(name, 0.0) + time.process_time() - cpu

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


def peak_memory_mb() -> float:
    """Peak resident memory of this process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
