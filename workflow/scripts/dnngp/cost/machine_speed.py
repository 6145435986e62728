"""How fast this machine is, in units of the one on which costs were measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits


@dataclass(frozen=True)
class MachineSpeed:
    """CPU seconds of two fixed pieces of work, on one thread.

    Machines differ more in ``products`` than in ``mixed``, by the width of their vectors.

    Parameters
    ----------
    mixed
        Half arithmetic in double precision and half Python: what most jobs are.
    products
        A product of single-precision matrices: what training a network is.
    """

    mixed: float
    products: float

    @classmethod
    def measured(cls) -> MachineSpeed:
        """Of this machine: idle threads of numerical libraries would spin, and be counted."""
        rng = np.random.default_rng(0)
        double, single = rng.random((500, 500)), rng.random((1000, 1000), dtype=np.float32)

        def mixed() -> None:
            np.linalg.eigvalsh(double + double.T)
            sum(number * number for number in range(300_000))

        with threadpool_limits(1):
            return cls(cpu_seconds(mixed), cpu_seconds(lambda: single @ single))


def cpu_seconds(work: Callable[[], object], tries: int = 5) -> float:
    """CPU seconds of a piece of work, by the fastest of some tries."""
    seconds = []
    for _ in range(tries):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)
