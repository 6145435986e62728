"""Lines against markers at a price on 4,904 lines of maize, for docs/how-to/how-many-lines-and-markers.md.

From the surface of the learning curve that the page shows (docs/experiments/surface.tsv), GBLUP: the best
numbers of lines and markers for three budgets, where a line costs 30 and a marker of a line 0.1 or 0.01.
Nothing is fitted.

    ./run bench iso_costs
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import pandas as pd

from dnngp.evaluation.iso_cost import Prices, iso_costs

SURFACE = Path(__file__).parents[1] / "docs" / "experiments" / "surface.tsv"
PRICES, BUDGETS = (Prices(30, 0.1), Prices(30, 0.01)), [20_000.0, 50_000.0, 100_000.0]


def main() -> None:
    """Print the best points."""
    surface = pd.read_csv(SURFACE, sep="\t")
    surface = surface[surface["model"] == "gblup"]
    found = [iso_costs(surface, one, BUDGETS, "", 1)[0].assign(marker_price=one.marker) for one in PRICES]
    columns = ["marker_price", "budget", "n", "p", "cost", "pearson", "reason"]
    print(pd.concat(found)[columns].round(3).to_string(index=False))


if __name__ == "__main__":
    main()
