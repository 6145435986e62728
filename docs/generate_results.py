"""Write the tables of a page from a finished run of an example in config/examples.

    ./run docs results/real

Replaces what stands between the two marks that have the folder's name, on the page that has them. Beside a
page of its own folder (docs/benchmark/README.md) go the tables it is made from and the figures that it shows.
"""

import re
import shutil
import sys
from pathlib import Path

import pandas as pd
from scipy import stats

DOCS = Path(__file__).parent
#: What is kept of a run beside its page: scores, never genotypes or phenotypes.
TABLES = ("summary", "comparisons", "ranks", "controls", "heritability", "intervals", "pareto", "costs")
#: Where the files of a run go, where not beside its page.
FOLDERS = {
    **{"benchmark-300": "300-lines", "benchmark-dnngp": "dnngp", "benchmark-input": "input"},
    "benchmark-priors": "priors",
}
#: Questions that a run answers by the difference of two models, by its folder: what the reduction to
#: components loses, what a network adds on the same input, what its training changes.
PAIRS = {
    "benchmark": [("ridge_pca", "ridge"), ("ridge_pca", "gblup"), ("svr_pca", "svr"), ("rkhs", "gblup")],
    "benchmark-300": [
        (name, "gblup")
        for name in (
            *("stack", "rkhs", "bayescpi", "svr", "random_forest", "xgboost", "lightgbm", "elastic_net"),
            "dnngp_pc100",
        )
    ],
    "benchmark-input": [("ridge_pca", "gblup")],
    "benchmark-dnngp": [
        ("ridge_pca", "gblup"),
        ("dnngp", "ridge_pca"),
        ("dnngp", "svr_pca"),
        ("dnngp", "gblup"),
        ("dnngp", "rkhs"),
    ],
    "benchmark-priors": [
        *((name, "gblup") for name in ("bayesr", "bayesa", "bayescpi", "bayesian_lasso")),
        *((name, "gblup") for name in ("weighted_rkhs", "rkhs", "gblup_epistasis", "gblup_large")),
        ("weighted_rkhs", "rkhs"),
        ("gblup_epistasis", "rkhs"),
        ("bayesr", "bayescpi"),
    ],
    "training-budget": [
        ("dnngp_u2000", "dnngp"),
        ("dnngp_none_u2000", "dnngp"),
        ("dnngp", "ridge_pca"),
        ("dnngp_none_u2000", "ridge_pca"),
        ("dnngp_none_u2000", "svr_pca"),
    ],
    "training-budget-confirmed": [
        ("dnngp_none_u2000", "dnngp"),
        ("dnngp", "ridge_pca"),
        ("dnngp_none_u2000", "ridge_pca"),
    ],
}


def table(head: list[str], body: list[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *body])


def wide(summary: pd.DataFrame, text: pd.Series) -> str:
    """One cell a trait and method: methods across, or down where they are more than traits."""
    order = list(dict.fromkeys(summary["model"]))
    rows = list(dict.fromkeys(zip(summary["dataset"], summary["trait"], strict=True)))
    keys = zip(summary["dataset"], summary["trait"], summary["model"], strict=True)
    values = dict(zip(keys, text, strict=True))
    if len(order) > len(rows):
        head = ["method", *(" ".join(key) for key in rows)]
        return table(head, [[f"`{name}`", *(values[*key, name] for key in rows)] for name in order])
    head = ["dataset", "trait", *order]
    return table(head, [[*key, *(values[*key, name] for name in order)] for key in rows])


def score(row: pd.Series) -> str:
    """Mean and standard deviation of r."""
    if row["status"] != "ok":
        return "failed"
    return "–" if pd.isna(row["pearson"]) else f"{row['pearson']:.3f} ({row['pearson_sd']:.3f})"


def over_datasets(ranks: pd.DataFrame) -> str:
    """Methods over all datasets by mean rank, a table for each scheme below the other, with what it says."""
    ranks = ranks.dropna(subset="mean_rank").sort_values(["scheme", "mean_rank"], ascending=[False, True])
    head = ["scheme", "method", "mean r", "data sets", "difference from the reference", "data sets of both"]
    head += ["Wilcoxon p", "p, adjusted", "mean rank", "won", "lost"]
    form = {"difference": "{:+.3f}", "pairs": "{:.0f}", "wilcoxon_p": "{:.4f}", "p_adjusted": "{:.4f}"}
    form |= {"mean_rank": "{:.2f}", "wins": "{:.0f}", "losses": "{:.0f}"}
    body = [
        [row["scheme"], f"`{row['model']}`", f"{row['pearson']:.3f}", f"{row['datasets']:.0f}"]
        + ["–" if pd.isna(row[name]) else text.format(row[name]) for name, text in form.items()]
        for row in ranks.to_dict("records")
    ]
    told = [
        f"`{scheme}`: ranked over {part['ranked'].iloc[0]:.0f} data sets; mean ranks that differ by "
        f"less than {part['critical_difference'].iloc[0]:.2f} are not told apart (Nemenyi, 0.05)."
        for scheme, part in ranks.groupby("scheme", sort=False)
    ]
    return "\n\n".join([table(head, body), *told])


def paired(summary: pd.DataFrame, pairs: list[tuple[str, str]]) -> str:
    """Mean difference of r over datasets for each pair, with its t interval: what varies is the dataset."""
    r = summary.pivot(index=["scheme", "dataset", "trait"], columns="model", values="pearson")
    body = []
    for scheme, part in r.groupby("scheme", sort=False):
        for one, other in pairs:
            apart = (part[one] - part[other]).dropna()
            low, high = stats.t.interval(0.95, len(apart) - 1, apart.mean(), apart.sem())
            ahead = f"{(apart > 0).sum()} of {len(apart)}"
            span = f"{apart.mean():+.3f} [{low:+.3f}, {high:+.3f}]"
            body.append([str(scheme), f"`{one}` - `{other}`", span, ahead])
    return table(["scheme", "difference", "mean over datasets [95 % interval]", "ahead"], body)


def text_of(results: Path, name: str) -> str:
    """Accuracy, cost and heritability of a run as Markdown; ``name`` is that of its folder of results."""
    summary = pd.read_csv(results / "summary.tsv", sep="\t")
    ranks = pd.read_csv(results / "ranks.tsv", sep="\t")
    heritability = pd.read_csv(results / "heritability.tsv", sep="\t")
    parts = []
    if summary["dataset"].nunique() > 1:
        parts += ["Over all datasets, each with the same weight.", over_datasets(ranks)]
    pairs = [pair for pair in PAIRS.get(name, []) if {*pair} <= {*summary["model"]}]
    if pairs:
        parts += ["Paired differences of r, a dataset counting once.", paired(summary, pairs)]
    schemes = summary.groupby("scheme", sort=False)
    for scheme, part in schemes:
        of_scheme = f", scheme `{scheme}`" if len(schemes) > 1 else ""
        ability = "Predictive ability: mean over folds of Pearson's r (standard deviation over folds)"
        parts.append(f"{ability}{of_scheme}.")
        parts.append(wide(part, part.apply(score, axis=1)))
    parts.append("CPU seconds of encoding, fitting and predicting, all folds together, one thread.")
    cost = summary.groupby(["dataset", "trait", "model"], sort=False)["cpu_s"].sum().reset_index()
    parts.append(wide(cost, cost["cpu_s"].map("{:.1f}".format)))
    parts.append("Genomic heritability, REML on all phenotyped lines.")
    parts.append(
        table(
            ["dataset", "trait", "lines", "h2", "s.e."],
            [
                [row.dataset, row.trait, str(row.n), f"{row.h2:.3f}", f"{row.h2_se:.3f}"]
                for row in heritability.itertuples()
            ],
        )
    )
    return "\n\n".join(parts)


def main(results: Path) -> None:
    """Replace the tables of one run on its page."""
    begin, end = (f"<!-- {results.name}: {word} -->" for word in ("begin", "end"))
    pages = [page for page in sorted(DOCS.rglob("*.md")) if begin in page.read_text()]
    if len(pages) != 1:
        sys.exit(f"{len(pages)} pages of {DOCS} have the line {begin}")
    head, _, rest = pages[0].read_text().partition(begin)
    pages[0].write_text(f"{head}{begin}\n\n{text_of(results, results.name)}\n\n{end}{rest.partition(end)[2]}")
    if pages[0].name == "README.md":
        files = [results / f"{name}.tsv" for name in TABLES]
        folder = pages[0].parent / FOLDERS.get(results.name, "")
        shown = re.findall(rf"\]\({folder.name}/(\w+\.svg)\)", head)
        files += [results / "report" / "figures" / name for name in shown]
        folder.mkdir(exist_ok=True)
        for file in files:
            shutil.copyfile(file, folder / file.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
