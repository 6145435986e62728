"""Class traits of real sets: the phenotype tables that config/examples/class-sets.yaml is run on.

Mouse trait4 and trait5 are yes or no. The others are cut from what was measured, so that ordered scores of
other species are there: rice by days to flowering at Faridpur (60, 70, 80), soybean lodging by rounding,
potato chips by the median of their colour. At most 300 samples of a trait are drawn, by
hashing ids. Tables stay in `resources/class-sets` and are no part of the project.

    ./run bench class_sets
    ./run --configfile config/examples/class-sets.yaml
    ./run bench class_sets picture    # of calibration, from that run: docs/images/calibration.svg
"""

import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from dnngp.base.seeds import hashed_ranks  # noqa: E402

DATA, FOLDER, MOST = Path("../shared/data"), Path("resources/class-sets"), 300

#: Models of the picture: a threshold model, a calibrated machine, a network after ten epochs.
SHOWN = ("gblup", "svr", "deepgs")


def read(name: str) -> pd.DataFrame:
    """Phenotypes of a set."""
    return pd.read_csv(DATA / name / "phenotypes.csv", index_col="id")


def drawn(trait: pd.Series) -> pd.Series:
    """At most so many of the samples that have a value."""
    known = trait.dropna()
    ranks = pd.Series(hashed_ranks(known.index.tolist(), "class sets"), known.index)
    return known[ranks < MOST].astype(int)


def main() -> None:
    """Write a table, and a list of its samples, of each set."""
    mouse, rice = read("mouse_hs1940"), read("rice_rdp44k")["Flowering.time.at.Faridpur"]
    soybean, colour = read("soybean_soynam")["lodging"], read("potato_gwaspoly_tetraploid")["chip_color"]
    tables = {
        "mouse": {"trait4": mouse["trait4"], "trait5": mouse["trait5"]},
        "rice": {"lateness": pd.cut(rice, [0, 60, 70, 80, 400], labels=False) + 1},
        "soybean": {"lodging": soybean.round()},
        "potato": {"dark_chips": (colour > colour.median()).where(colour.notna())},
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, traits in tables.items():
        table = pd.concat({trait: drawn(values) for trait, values in traits.items()}, axis=1).sort_index()
        table.astype("Int64").to_csv(FOLDER / f"{name}.csv", index_label="id", na_rep="NA")
        (FOLDER / f"{name}.ids").write_text("\n".join(table.index) + "\n")
        counts = {trait: table[trait].value_counts().sort_index() for trait in table}
        print(name, {trait: count.astype(int).to_dict() for trait, count in counts.items()})


def picture() -> None:
    """Draw the calibration of three models on the traits of two classes."""
    from dnngp.report.charts.calibration_chart import calibration
    from dnngp.report.charts.style import styles
    from dnngp.report.figure import Figure, row_panels

    table = pd.read_csv("results/class-sets/report/calibration.tsv", sep="\t")
    looks = styles({name: name for name in SHOWN})
    table = table[table["label"].isin([look.label for look in looks])]
    panels = row_panels(table, ["dataset", "trait", "label"], "{label}", "{dataset} {trait}")
    drawn = Figure(
        {"": lambda table, width: calibration(table, looks, width)}, {"calibration": table}, panels
    )
    Path("docs/images/calibration.svg").write_text(drawn.svg() + "\n")


if __name__ == "__main__":
    picture() if sys.argv[1:] == ["picture"] else main()
