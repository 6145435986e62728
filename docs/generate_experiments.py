"""Write the tables of docs/how-to/how-many-lines-and-markers.md from a run of
config/examples/experiments.yaml or learning-curve-input.yaml.

    ./run docs results/lines-and-markers
    ./run docs results/learning-curve-input

Replaces what stands between the marks of the page that have the folder's name, and puts the tables behind it
in docs/experiments.
"""

import shutil
import sys
from pathlib import Path

import pandas as pd

DOCS = Path(__file__).parent
PAGE = DOCS / "how-to" / "how-many-lines-and-markers.md"
#: Where the tables of a run go.
FOLDERS = {
    "lines-and-markers": DOCS / "experiments",
    "learning-curve-input": DOCS / "experiments" / "learning-curve-input",
}


def tables(experiments: Path) -> str:
    """Accuracy and cost of every size as Markdown, and the learning curves over lines and markers."""
    surface = pd.read_csv(experiments / "surface.tsv", sep="\t")
    if (surface.groupby("dataset")["p"].nunique() == 1).all():
        return lines_alone(surface)
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


def lines_alone(surface: pd.DataFrame) -> str:
    """A table for each dataset: models across, each with its difference from the one before."""
    parts = ["Mean r over folds (CPU seconds of a fold); differences: the mean and, in brackets, each fold."]
    for (dataset, trait), part in surface.groupby(["dataset", "trait"], sort=False):
        models = list(dict.fromkeys(part["model"]))
        pairs = list(zip(models[1:], models, strict=False))
        head = [f"{dataset}, {trait}: lines", *(f"`{name}`" for name in models)]
        rows = [head + [f"`{one}` - `{other}`" for one, other in pairs]]
        rows.append(["---"] * len(rows[0]))
        for n, of_size in part.groupby("n"):
            r = of_size.pivot(index=["repeat", "fold"], columns="model", values="pearson")
            cost = of_size.groupby("model")["cpu_s"].mean()
            cells = [f"{r[name].mean():.3f} ({cost[name]:.1f})" for name in models]
            for apart in (r[one] - r[other] for one, other in pairs):
                cells.append(f"{apart.mean():+.3f} [{', '.join(f'{value:+.3f}' for value in apart)}]")
            rows.append([f"{n:,}", *cells])
        parts.append(markdown(rows))
    return "\n\n".join(parts)


def markdown(rows: list[list[str]]) -> str:
    """Rows as a table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(results: Path) -> None:
    """Replace the tables of the page, and keep the run's own."""
    experiments, begin, end = results / "experiments", *marks(results.name)
    head, _, rest = PAGE.read_text().partition(begin)
    PAGE.write_text(f"{head}{begin}\n\n{tables(experiments)}\n\n{end}{rest.partition(end)[2]}")
    FOLDERS[results.name].mkdir(exist_ok=True)
    for name in ("surface.tsv", "curves.tsv"):
        shutil.copyfile(experiments / name, FOLDERS[results.name] / name)


def marks(name: str) -> tuple[str, str]:
    """What stands before and after the tables of a run."""
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
