"""End the run in an error when a fit, also of a study, or a control failed; else say where the report is."""

import logging
from pathlib import Path

from dnngp.base.errors import UserError
from dnngp.base.jobs import job
from dnngp.base.tables import read_table, write_json


def main(snakemake):
    accuracy = read_table(snakemake.input.accuracy)
    failed = accuracy[accuracy["status"] != "ok"]
    report = snakemake.input.report
    if len(failed):
        first = failed.iloc[0]
        raise UserError(
            f"{len(failed)} of {len(accuracy)} fits failed, the first being {first['variant']} on "
            f"{first['dataset']}, {first['trait']}, repeat {first['repeat']} fold {first['fold']}: "
            f"{first['message']}.",
            remedy=f"The report shows every one: {report}",
        )
    trials = _judge_trials(*snakemake.input.trials, report) if snakemake.input.trials else 0
    studied = sum(_judge_study(path, report) for path in snakemake.input.studies)
    controls = read_table(snakemake.input.controls)
    failed = controls[controls["status"] != "ok"]
    if len(failed):
        first = failed.iloc[0]
        why = f": {first['message']}" if isinstance(first["message"], str) else ""
        raise UserError(
            f"{len(failed)} of {len(controls)} controls failed, the first being {first['control']!r} of "
            f"{first['variant']} on {first['dataset']} ({first['value']:.3g}, at most "
            f"{first['bound']:.3g}{why}). "
            "The results of this run are not to be trusted.",
            remedy=f"The report shows every one: {report}. Please report it as a bug, or mend your changes.",
        )
    counts = {"fits": len(accuracy), "trials": trials, "studied": studied, "controls": len(controls)}
    write_json(counts | {"failed": 0}, snakemake.output.verdict)
    names = ("fits", "fits of trials", "rows of studies", "controls")
    told = [f"{count} {name}" for count, name in zip(counts.values(), names, strict=True) if count]
    logging.info("None failed: %s. Report: %s", ", ".join(told), Path(report).resolve())


def _judge_study(path, report):
    """Likewise of a study; the number of its rows."""
    table = read_table(path)
    failed = table[table["status"] == "failed"]
    if len(failed):
        first = failed.iloc[0]
        why = f": {first['message']}" if isinstance(first["message"], str) else ""
        raise UserError(
            f"{len(failed)} of {len(table)} rows of {path} failed, the first being {first['variant']} on "
            f"{first['dataset']}, {first['trait']}{why}.",
            remedy=f"The report shows every one: {report}",
        )
    return len(table)


def _judge_trials(folds, ledger, report):
    """Likewise of trials, of which no step may have seen a test record; the number of their fits."""
    table = read_table(folds)
    failed = table[table["status"] != "ok"]
    if len(failed):
        first = failed.iloc[0]
        raise UserError(
            f"{len(failed)} of {len(table)} fits of trials failed, the first being {first['method']} on "
            f"{first['trial']}, {first['scheme']}, repeat {first['repeat']} fold {first['fold']}: "
            f"{first['message']}.",
            remedy=f"The report shows every one: {report}",
        )
    seen = read_table(ledger).query("test_phenotypes_seen > 0")
    if len(seen):
        first = seen.iloc[0]
        raise UserError(
            f"the step {first['step']!r} of {first['method']} on {first['trial']}, {first['scheme']}, saw "
            "test records. The results of this run are not to be trusted.",
            remedy="Please report it as a bug, or mend your changes.",
        )
    return len(table)


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
