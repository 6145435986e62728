"""What the jobs of this run cost beside what they were estimated to cost."""

from pathlib import Path

from dnngp.base.jobs import job, used
from dnngp.base.tables import write_table
from dnngp.config import read_configuration
from dnngp.cost.estimates import COSTS, Costs, Estimator, compare, job_of
from dnngp.cost.machine_speed import MachineSpeed


def main(snakemake):
    params = snakemake.params
    config = read_configuration(params.config, read_inputs=False)
    estimator = Estimator(config, Costs.load(COSTS), MachineSpeed.measured())
    known = {
        "dataset": config.datasets,
        "model": config.models | config.experiments.models,
        "scheme": config.cv["schemes"],
        "trait": {trait for dataset in config.datasets.values() for trait in dataset.traits},
        "repeat": {str(number) for number in range(1, config.cv["repeats"] + 1)},
    }
    jobs = []
    logs = Path(snakemake.log[0]).parent
    for log in sorted(logs.rglob("*.log")):
        found, cost = job_of(str(log.relative_to(logs)), params.patterns), used(log)
        # Logs of an earlier configuration may lie there still.
        if found and cost and all(found[1].get(key, "") in [*names, ""] for key, names in known.items()):
            jobs.append((*found, *cost))
    write_table(compare(estimator, jobs), snakemake.output.estimate)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
