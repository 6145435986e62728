"""Write the table and the picture of docs/how-to/train-here-predict-there.md from a run of
config/examples/transfer.yaml.

    ./run docs results/transfer

Replaces what stands between the marks of the page; the picture is docs/images/train-here-predict-there.svg.
"""

import sys
from pathlib import Path

import pandas as pd

from dnngp.base.tables import read_table
from dnngp.methods.registry import METHODS
from dnngp.report.charts.style import styles
from dnngp.report.sections.transfer import curve_figure

DOCS = Path(__file__).parent
PAGE = DOCS / "how-to" / "train-here-predict-there.md"
PICTURE = DOCS / "images" / "train-here-predict-there.svg"
BEGIN, END = "<!-- transfer: begin -->", "<!-- transfer: end -->"


def table(curve: pd.DataFrame) -> str:
    """A row per transfer, model and number of lines added, as Markdown."""
    keys = ["transfer", "model", "added"]
    both = {name: curve[curve["training"] == name].set_index(keys) for name in ("joined", "alone")}
    rows = [["transfer", "model", "lines added", "r with sources", "r alone", "slope", "bias", "coverage"]]
    rows.append(["---"] * len(rows[0]))
    for key in both["joined"].index:
        one = both["joined"].loc[key]
        alone = both["alone"]["pearson"].get(key)
        texts = [f"{one['pearson']:.2f} ± {one['pearson_sd']:.2f}", "–" if alone is None else f"{alone:.2f}"]
        texts += [f"{one[name]:.2f}" for name in ("slope", "bias", "coverage")]
        rows.append([f"`{key[0]}`", f"`{key[1]}`", str(key[2]), *texts])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows).replace("| nan |", "| – |")


def main(results: Path) -> None:
    """Replace the table of the page, and draw its picture."""
    curve = read_table(results / "transfer" / "curve.tsv")
    head, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n\n{table(curve)}\n\n{END}{rest.partition(END)[2]}")
    looks = styles({name: name for name in dict.fromkeys(curve["model"]) if name in METHODS})
    labels = {look.model: look.label for look in looks}
    figure = curve_figure(curve.assign(label=curve["model"].map(labels)), looks)
    PICTURE.write_text(figure.svg())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
