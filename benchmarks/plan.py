"""What it costs to plan and to dispatch many jobs.

Plans 50 datasets x 5 traits x 10 models x 5 repeats (12,500 fits) in a dry run, then dispatches jobs that
only sleep, 10,000 of them ready at once, with the scheduler of profiles/default, for a minute. Prints in its
last line

dry_run_s      seconds of the dry run; dry_run_cpu_s, CPU seconds, for a machine that is shared
dry_run_ratio  these CPU seconds over those of a bare Snakefile with as many fits, folds, phenotypes and
               genotypes, and as many files of each
dry_run_mb     peak memory, MB
jobs_per_s     jobs dispatched and finished each second while 10,000 wait

    ./run bench plan
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
METHODS = ["mean", "gblup", "rkhs", "ridge", "bayesb", "lightgbm", "xgboost", "svr", "dnngp", "deepgs"]
READY, SECONDS = 10_000, 60
BARE = """
FIT = "r/{d}/{t}/{m}/{r}"

rule all:
    input: expand(FIT + ".folds.tsv", d=range(50), t=range(5), m=range(10), r=range(5))

rule genotypes:
    output: "r/{d}/genotypes.tsv"
    shell: "touch {output}"

rule phenotypes:
    output: "r/{d}/{t}/phenotype.tsv"
    shell: "touch {output}"

rule splits:
    input: rules.genotypes.output, rules.phenotypes.output
    output: "r/{d}/{t}/splits.tsv"
    shell: "touch {output}"

rule fit:
    input: rules.genotypes.output, rules.phenotypes.output, rules.splits.output
    output: multiext(FIT, ".predictions.tsv", ".folds.tsv", ".history.tsv", ".meta.json")
    shell: "touch {output}"
"""
SLEEPERS = f"""
rule all:
    input: expand("done/{{number}}", number=range({READY}))

rule sleeper:
    output: "done/{{number}}"
    shell: "sleep 0.01; touch {{output}}"
"""


def snakemake(folder: Path, *arguments: object) -> subprocess.Popen:
    """Snakemake with the default profile, in a session of its own, silent."""
    profile = ROOT / "profiles" / "default"
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", profile, *arguments]
    return subprocess.Popen(
        list(map(str, command)),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def planned() -> tuple[float, float, float]:
    """Seconds, CPU seconds and peak MB of planning 12,500 fits."""
    traits = {f"trait{number}": {"h2": 0.5} for number in range(5)}
    simulate = {"samples": 100, "markers": 100, "traits": traits}
    config = {
        "datasets": [{"name": f"dataset{number}", "simulate": simulate} for number in range(50)],
        "methods": METHODS,
        "cv": {"repeats": 5, "schemes": ["random"]},
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.yaml").write_text(yaml.safe_dump(config))
        return dry_run(Path(folder), ROOT / "Snakefile")


def bare() -> tuple[float, float, float]:
    """The same of as many jobs and files in rules that hold nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Snakefile").write_text(BARE)
        return dry_run(Path(folder), Path(folder) / "Snakefile")


def dry_run(folder: Path, snakefile: Path) -> tuple[float, float, float]:
    """Seconds, CPU seconds and peak MB of a dry run in a folder."""
    start = time.perf_counter()
    process = snakemake(folder, "--snakefile", snakefile, "--dry-run", "--quiet")
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"error: the dry run of {snakefile} failed")
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6


def dispatch() -> float:
    """Jobs a second, counted from the first that is done."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Snakefile").write_text(SLEEPERS)
        done = Path(folder) / "done"
        process = snakemake(Path(folder), "--cores", 16)
        try:
            while not (done.is_dir() and any(done.iterdir())):
                if process.poll() is not None:
                    raise SystemExit("error: the sleepers failed")
                time.sleep(0.05)
            start, first = time.perf_counter(), len(os.listdir(done))
            while process.poll() is None and time.perf_counter() - start < SECONDS:
                time.sleep(0.5)
            return (len(os.listdir(done)) - first) / (time.perf_counter() - start)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main() -> None:
    """Measure all and print it in one line."""
    (seconds, cpu, megabytes), (_, least, _) = planned(), bare()
    rate = dispatch()
    print(
        f"dry_run_s={seconds:.1f} dry_run_cpu_s={cpu:.1f} dry_run_ratio={cpu / least:.2f} "
        f"dry_run_mb={megabytes:.0f} jobs_per_s={rate:.0f} "
        f"fits={50 * 5 * len(METHODS) * 5} ready={READY}"
    )


if __name__ == "__main__":
    main()
