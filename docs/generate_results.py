"""Write tables of docs/results.md from a finished run of an example in config/examples.

    python docs/generate_results.py results/real

Replaces what stands between the two marks of the page that have the folder's name.
"""

import sys
from pathlib import Path

import pandas as pd

PAGE = Path(__file__).parent / "results.md"


def tables(results: Path) -> str:
    """Accuracy, cost and heritability of a run as Markdown."""
    summary = pd.read_csv(results / "summary.tsv", sep="\t")
    order = list(dict.fromkeys(summary["variant"]))
    cells = ["dataset", "trait"]
    rows = list(dict.fromkeys(zip(summary["dataset"], summary["trait"], strict=True)))

    def wide(text: pd.Series) -> str:
        """Methods across, or down where they are more than traits."""
        values = {
            (*key, name): value
            for key, part in summary.groupby(cells)
            for name, value in zip(part["variant"], text[part.index], strict=True)
        }
        if len(order) > len(rows):
            head = ["method", *(" ".join(key) for key in rows)]
            body = [[f"`{name}`", *(values[*key, name] for key in rows)] for name in order]
        else:
            head = ["dataset", "trait", *order]
            body = [[*key, *(values[*key, name] for name in order)] for key in rows]
        lines = [head, ["---"] * len(head), *body]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    accuracy = summary.apply(
        lambda row: (
            "failed"
            if row["status"] != "ok"
            else "–"
            if pd.isna(row["pearson"])
            else f"{row['pearson']:.3f} ({row['pearson_sd']:.3f})"
        ),
        axis=1,
    )
    cost = summary["cpu_s"].map("{:.1f}".format)
    heritability = pd.read_csv(results / "heritability.tsv", sep="\t")
    h2 = ["| dataset | trait | lines | h2 | s.e. |", "| --- | --- | --- | --- | --- |"]
    h2 += [
        f"| {row.dataset} | {row.trait} | {row.n} | {row.h2:.3f} | {row.h2_se:.3f} |"
        for row in heritability.itertuples()
    ]
    return "\n\n".join(
        [
            "Predictive ability: mean over folds of Pearson's r (standard deviation over folds).",
            wide(accuracy),
            "CPU seconds of encoding, fitting and predicting, all folds together, one thread.",
            wide(cost),
            "Genomic heritability, REML on all phenotyped lines.",
            "\n".join(h2),
        ]
    )


def main(results: Path) -> None:
    """Replace the tables of one run on the page."""
    begin, end = (f"<!-- {results.name}: {word} -->" for word in ("begin", "end"))
    head, found, rest = PAGE.read_text().partition(begin)
    if not found:
        sys.exit(f"{PAGE} has no line {begin}")
    PAGE.write_text(f"{head}{begin}\n\n{tables(results)}\n\n{end}{rest.partition(end)[2]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
