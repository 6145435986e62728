"""What the jobs of a run are expected to take on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dnngp.config import read_configuration
from dnngp.cost.estimates import COSTS, Costs, Estimator
from dnngp.cost.machine_speed import MachineSpeed


def estimator(config: Mapping[str, Any]) -> Estimator:
    """An estimator of the jobs of a configuration, priced for this machine."""
    return Estimator(
        read_configuration(config, read_inputs=False), Costs.load(COSTS), MachineSpeed.measured()
    )


def prices(config: Mapping[str, Any], jobs: Sequence[tuple[str, Mapping[str, str]]]) -> list[float | None]:
    """CPU seconds of each job, with what Snakemake takes for it; None where it has no price."""
    each = estimator(config)
    _, driver = each.costs.driver
    seconds = (each.job(rule, wildcards)[0] for rule, wildcards in jobs)
    return [one + driver if one else None for one in seconds]
