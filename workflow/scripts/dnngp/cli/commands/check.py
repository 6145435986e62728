"""Look at all data of a configuration before it is run."""

from __future__ import annotations

import logging
from pathlib import Path

import typer

from dnngp.base.errors import UserError
from dnngp.base.jobs import WARNING
from dnngp.cli.command import Command, program, say
from dnngp.cli.workflow_run import configuration_path, run_snakemake, with_configuration


def check(config: Path = typer.Argument(Path("config.yaml"), help="The configuration.")) -> int:
    """Read all data once and show what a run would use; fit nothing.

    Ids that do not match, markers and samples that quality control removes, traits with their values, folds
    of each scheme, suspicious values, the cost. Exit status 1 with every problem.
    """
    import yaml

    from dnngp.cli.inspection import inspect
    from dnngp.config import read_configuration

    logging.basicConfig(format=f"{WARNING}%(message)s", level=logging.WARNING)
    try:
        given = with_configuration([str(config)])
        path = configuration_path(given)
        raw = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        configuration = read_configuration(raw, files=[path])
    except UserError as error:
        say(str(error))
        return 1
    problems = []
    for name, dataset in configuration.datasets.items():
        say(f"{name}: {dataset.genotypes}, {dataset.phenotypes}")
        found = inspect(dataset, configuration)
        for line in found.lines:
            say(line)
        for doubt in found.doubts:
            say(f"  look: {doubt}")
        problems += [f"{name}: {problem}" for problem in found.problems]
    if problems:
        say(f"\n{len(problems)} problem{'s' * (len(problems) > 1)}:")
        for problem in problems:
            say(f"  - {problem}")
        return 1
    say(f"\n{_cost(given)}\nNo problem. Next: {program()} {config}")
    return 0


def _cost(arguments: list[str]) -> str:
    from dnngp.cli.prices import estimator
    from dnngp.cost.estimates import report

    run = run_snakemake(["--dry-run", "--quiet", "all", *arguments], quiet_output=True)
    if run.status:
        return "The cost cannot be estimated."
    total = report(estimator(run.about["config"]), run.jobs, run.about["cores"])
    return next((line for line in total.splitlines() if "CPU hours" in line), total)


COMMAND = Command(check, order=3)
