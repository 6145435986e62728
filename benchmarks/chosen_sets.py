"""Chosen training sets against random ones on three panels, for docs/how-to/whom-to-phenotype-next.md.

Ten repeats of five random folds: in each, 25, 50, 100 or 150 training lines of the fold are chosen (as
`experiments.training_sets` does), GBLUP is trained on them and the test lines are predicted. Panels of more
than 5,000 markers are cut to so many, evenly spaced. Writes docs/experiments/training_sets.tsv and
docs/images/training-sets.svg.

    ./run bench chosen_sets

needs the data of DNNGP_SHARED (origins: docs/how-to/whom-to-phenotype-next.md).
"""

import os

# Before numpy loads its linear algebra.
os.environ["OMP_NUM_THREADS"] = "1"

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
import pandas as pd

from dnngp.base.tables import write_table
from dnngp.evaluation.training_sets import RANDOM, design_table, evaluate_designs
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.store import Genotypes
from dnngp.methods.mixed.training_design import CRITERIA
from dnngp.validation.draws import draw_folds

ROOT = Path(__file__).parents[1]
TABLE, PICTURE = (
    ROOT / "docs" / name for name in ("experiments/training_sets.tsv", "images/training-sets.svg")
)

#: File of genotypes, trait and sets of chromosomes of each panel.
PANELS = {
    "wheat_cimmyt599": ("genotypes.csv.gz", "yield_env1", 1),
    "maize_drops246": ("genotypes.vcf.gz", "grain.yield", 2),
    "rice_rdp44k": ("genotypes.vcf.gz", "Plant.height", 2),
}
SIZES, FOLDS, REPEATS, MARKERS, CLUSTERS = (25, 50, 100, 150), 5, 10, 5000, 10
DESIGNS = [*CRITERIA, "stratified", RANDOM]
LABELS = {"cdmean": "CDmean", "pevmean": "PEVmean", "stratified": "stratified", RANDOM: "random"}
COLOURS = {"cdmean": "#1f5fa8", "pevmean": "#1b8a6b", "stratified": "#b7791f", RANDOM: "#777"}


def panel(name: str) -> tuple[Genotypes, pd.Series, str]:
    """Lines with a phenotype at no more than :data:`MARKERS` markers, the phenotypes, and their name."""
    file, trait, ploidy = PANELS[name]
    folder = Path(os.environ.get("DNNGP_SHARED", ROOT.parent / "shared")) / "data" / name
    values = pd.read_csv(folder / "phenotypes.csv", index_col=0, dtype={0: str})[trait].dropna()
    values.index = values.index.astype(str)
    genotypes = read_genotypes(folder / file, Reading(ploidy=ploidy))
    kept = np.unique(np.linspace(0, genotypes.n_variants - 1, MARKERS).astype(int))
    return genotypes.select(np.flatnonzero(np.isin(genotypes.samples, values.index)), kept), values, trait


def folds_drawn(ids: list[str], name: str, repeats: int) -> pd.DataFrame:
    """Random folds of every repeat."""
    rows = []
    for repeat in range(1, repeats + 1):
        of_each = draw_folds(ids, name, FOLDS, repeat)
        for fold in range(1, FOLDS + 1):
            roles = ["test" if number == fold else "train" for number in of_each]
            rows.append(pd.DataFrame({"repeat": repeat, "fold": fold, "sample": ids, "role": roles}))
    return pd.concat(rows, ignore_index=True)


def folds_of(name: str) -> pd.DataFrame:
    """Every set of one panel in every fold."""
    genotypes, values, trait = panel(name)
    ids = genotypes.samples.tolist()
    found = evaluate_designs(
        genotypes,
        values,
        folds_drawn(ids, name, REPEATS),
        numbers=SIZES,
        designs=DESIGNS,
        clusters=CLUSTERS,
        names=(name, trait),
        maf=0.01,
    )
    print(f"{name}: {len(ids)} lines, mean h2 {found.folds['h2'].mean():.2f}", flush=True)
    return found.folds.assign(dataset=name, trait=trait)


def picture(table: pd.DataFrame) -> str:
    """SVG: mean r by number of lines, a panel each population."""
    width, height, left, top = 250, 190, 44, 28
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width * len(PANELS) + 90} {height + 70}" '
        'font-family="sans-serif" font-size="11" fill="#333">'
    ]
    low, high = table["pearson"].min() - 0.02, table["pearson"].max() + 0.02
    for place, (name, panel) in enumerate(table.groupby("dataset", sort=False)):
        at = place * width

        def x(n: float, at: int = at) -> float:
            return at + left + (width - left - 14) * np.log(n / SIZES[0]) / np.log(SIZES[-1] / SIZES[0])

        def y(r: float) -> float:
            return top + height * (high - r) / (high - low)

        parts.append(f'<text x="{at + left}" y="16" font-weight="bold">{name}</text>')
        for r in np.arange(np.ceil(low * 10) / 10, high, 0.1):
            parts.append(f'<path d="M{at + left} {y(r):.1f}H{at + width - 14}" stroke="#ddd"/>')
            parts.append(f'<text x="{at + left - 6}" y="{y(r) + 4:.1f}" text-anchor="end">{r:.1f}</text>')
        for n in SIZES:
            parts.append(f'<text x="{x(n):.1f}" y="{top + height + 16}" text-anchor="middle">{n}</text>')
        for design in panel["design"].unique():
            of = panel[panel["design"] == design]
            points = [f"{x(n):.1f} {y(r):.1f}" for n, r in zip(of["n"], of["pearson"], strict=True)]
            parts.append(
                f'<path d="M{"L".join(points)}" fill="none" stroke="{COLOURS[design]}" stroke-width="2"/>'
            )
            parts += [
                f'<circle cx="{one.split()[0]}" cy="{one.split()[1]}" r="3" fill="{COLOURS[design]}"/>'
                for one in points
            ]
    for number, (design, label) in enumerate(LABELS.items()):
        at, line = width * len(PANELS) + 2, top + 14 + 18 * number
        parts.append(f'<circle cx="{at}" cy="{line - 4}" r="4" fill="{COLOURS[design]}"/>')
        parts.append(f'<text x="{at + 9}" y="{line}">{label}</text>')
    axis = f'x="{width * len(PANELS) // 2}" y="{top + height + 34}" text-anchor="middle"'
    parts.append(f"<text {axis}>training lines (log scale); predictive ability r, mean of 50 folds</text>")
    return "\n".join([*parts, "</svg>\n"])


def main() -> None:
    """Evaluate, write the table and the picture."""
    table = design_table(pd.concat([folds_of(name) for name in PANELS], ignore_index=True), 0.01)
    write_table(table, TABLE)
    PICTURE.write_text(picture(table), encoding="utf-8")
    print(table.drop(columns=["trait", "model", "status", "message"]).round(4).to_string(index=False))


if __name__ == "__main__":
    main()
