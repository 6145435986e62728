"""Stage one on many plots: CPU minutes and memory of 128,000 simulated plots in 200 environments.

Each environment has 320 entries in two replicates of 20 blocks, on a field of 32 rows and 20 columns; rows
and columns have effects of their own. One thread.

    ./run bench plots              # without a trend in the field
    ./run bench plots auto         # the trend chosen by AIC among none, splines and ar1
"""

import os
import resource
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from dnngp.methods.field_trials.stage_one import stage_one  # noqa: E402

ENVIRONMENTS, ENTRIES, REPLICATES, BLOCKS, ROWS, COLUMNS = 200, 320, 2, 20, 32, 20


def environment(number: int, rng: np.random.Generator) -> pd.DataFrame:
    """The plots of one environment, heritability 0.5 of a plot."""
    n = ENTRIES * REPLICATES
    row, column = np.divmod(np.arange(n), COLUMNS)
    replicate = np.arange(n) // ENTRIES
    block = np.arange(n) % ENTRIES // (ENTRIES // BLOCKS)
    entry = np.concatenate([rng.permutation(ENTRIES) for _ in range(REPLICATES)])
    value = rng.normal(size=ENTRIES)[entry] + rng.normal(size=n)
    for level, spread in ((replicate * BLOCKS + block, 0.5), (row, 0.3), (column, 0.3)):
        value += spread * rng.normal(size=level.max() + 1)[level]
    places = {"replicate": replicate, "block": block, "row": row, "column": column}
    table = pd.DataFrame({name: codes.astype(str) for name, codes in places.items()})
    return table.assign(line=np.arange(n), id=entry.astype(str), environment=f"E{number}", value=value)


def main() -> None:
    rng = np.random.default_rng(1)
    plots = pd.concat([environment(number, rng) for number in range(ENVIRONMENTS)], ignore_index=True)
    before = time.process_time()
    tables = stage_one(plots, "yield", spatial=sys.argv[1] if sys.argv[1:] else "none")
    spent = (time.process_time() - before) / 60
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    found = tables["variances"].groupby(["entries", "term"], sort=False)["variance"].mean()
    print(found.to_string())
    print(f"plots={len(plots)} environments={ENVIRONMENTS} cpu_min={spent:.2f} peak_gb={peak:.2f}")


if __name__ == "__main__":
    main()
