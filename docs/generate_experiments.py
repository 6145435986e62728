"""Write the tables of docs/how-to/how-many-lines-and-markers.md from a run of
config/examples/experiments.yaml.

    ./run docs results/lines-and-markers

Replaces what stands between the marks of the page, and puts the tables behind it in docs/experiments.
"""

import shutil
import sys
from pathlib import Path

import pandas as pd

DOCS = Path(__file__).parent
PAGE = DOCS / "how-to" / "how-many-lines-and-markers.md"
BEGIN, END = "<!-- lines-and-markers: begin -->", "<!-- lines-and-markers: end -->"


def tables(experiments: Path) -> str:
    """Accuracy and cost of every size, and the learning curves, as Markdown."""
    surface = pd.read_csv(experiments / "surface.tsv", sep="\t")
    parts = ["Mean r over folds; CPU seconds of a fold in brackets."]
    for model, part in surface.groupby("model", sort=False):
        means = part.groupby(["n", "p"])[["pearson", "cpu_s"]].mean()
        sizes = sorted(part["p"].unique())
        rows = [[f"`{model}`: lines", *(f"{p:,} markers" for p in sizes)], ["---"] * (len(sizes) + 1)]
        for n in sorted(part["n"].unique()):
            cells = [means.loc[(n, p)] for p in sizes]
            rows.append([f"{n:,}", *(f"{one['pearson']:.3f} ({one['cpu_s']:.1f})" for one in cells)])
        parts.append(markdown(rows))
    curves = pd.read_csv(experiments / "curves.tsv", sep="\t")
    largest = curves.groupby(["model", "axis"])["other_size"].transform("max")
    rows = [["method", "axis", "r at the largest size", "asymptote", "more for 0.01 of r (90 % range)"]]
    rows.append(["---"] * len(rows[0]))
    for one in curves[curves["other_size"] == largest].to_dict("records"):
        end = one["reason"], ""
        if one["status"] == "ok":
            more, low, high = (
                "–" if pd.isna(one[name]) else f"{one[name]:,.0f}"
                for name in ("extra_needed", "extra_needed_low", "extra_needed_high")
            )
            end = f"{one['asymptote']:.3f} ± {one['asymptote_se']:.3f}", f"{more} ({low} to {high})"
        rows.append([f"`{one['model']}`", one["axis"], f"{one['r_largest']:.3f}", *end])
    parts += ["Learning curves, with all of the other.", markdown(rows)]
    return "\n\n".join(parts)


def markdown(rows: list[list[str]]) -> str:
    """Rows as a table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(results: Path) -> None:
    """Replace the tables of the page, and keep the run's own."""
    experiments = results / "experiments"
    head, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n\n{tables(experiments)}\n\n{END}{rest.partition(END)[2]}")
    for name in ("surface.tsv", "curves.tsv"):
        shutil.copyfile(experiments / name, DOCS / "experiments" / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
