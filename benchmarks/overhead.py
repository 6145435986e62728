"""Share of the demo's CPU time that is spent outside fitting: imports, Snakemake, input and output.

Runs config.yaml from scratch in a temporary folder on two cores. Fitting is what
the timing table calls encode, fit and predict; the total is that of the whole
process tree.

    ./run bench overhead
"""

import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
FITTING = ["encode", "fit", "predict"]


def main() -> None:
    """Run the demo, print CPU seconds by stage and the share outside fitting."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "config.yaml", folder)
        command = [
            sys.executable,
            "-m",
            "snakemake",
            "--snakefile",
            ROOT / "Snakefile",
            "--cores",
            "2",
            "--quiet",
        ]
        subprocess.run(command, cwd=folder, check=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        timing = pd.read_csv(Path(folder) / "results" / "timing.tsv", sep="\t")
    total = used.ru_utime + used.ru_stime
    stages = timing.groupby("stage")["cpu_s"].sum()
    fitting = stages[FITTING].sum()
    for stage, seconds in stages.items():
        print(f"{stage:12} {seconds:8.1f} CPU s")
    print(f"{'all else':12} {total - stages.sum():8.1f} CPU s")
    print(f"overhead share={1 - fitting / total:.3f} total_cpu_s={total:.1f} fitting_cpu_s={fitting:.1f}")


if __name__ == "__main__":
    main()
