"""Write the tables of docs/results.md from a finished run of config/examples/real.yaml.

    python docs/generate_results.py results/real

Replaces what stands between the two marks of the page.
"""

import sys
from pathlib import Path

import pandas as pd

PAGE = Path(__file__).parent / "results.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"


def tables(results: Path) -> str:
    """Accuracy, cost and heritability of a run as Markdown."""
    summary = pd.read_csv(results / "summary.tsv", sep="\t")
    order = list(dict.fromkeys(summary["variant"]))
    cells = ["dataset", "trait"]
    rows = list(dict.fromkeys(zip(summary["dataset"], summary["trait"], strict=True)))

    def wide(text: pd.Series) -> str:
        values = {
            key: dict(zip(part["variant"], text[part.index], strict=True))
            for key, part in summary.groupby(cells)
        }
        head = ["dataset", "trait", *order]
        lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
        lines += [f"| {' | '.join([*key, *(values[key][name] for name in order)])} |" for key in rows]
        return "\n".join(lines)

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


if __name__ == "__main__":
    head, _, rest = PAGE.read_text().partition(BEGIN)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}\n\n{tables(Path(sys.argv[1]))}\n\n{END}{tail}")
