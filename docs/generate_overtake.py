"""Write the tables and the picture of docs/explanation/when-a-network-helps.md.

They are made of docs/experiments/overtake.csv, which `./run bench overtake` fills.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

import altair as alt  # noqa: E402
import pandas as pd  # noqa: E402
import vl_convert  # noqa: E402

from dnngp.report.charts.style import theme  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "when-a-network-helps.md"
TABLE = ROOT / "docs" / "experiments" / "overtake.csv"
PICTURE = ROOT / "docs" / "images" / "overtake.svg"
BEGIN, END = "<!-- overtake: begin -->", "<!-- overtake: end -->"
CELL = ["p", "h2", "trait", "n"]


def text() -> str:
    """Both tables as Markdown: r with the truth, and what it cost."""
    found = pd.read_csv(TABLE)
    cells = found.groupby([*CELL, "method"], sort=False)
    r, cost = cells["pearson"].mean().map("{:.3f}".format), cells["cpu_s"].mean().map("{:.0f}".format)
    most = found["replicate"].max()
    return "\n\n".join(
        [
            f"r with the true genetic value of 1,000 test samples; populations: {most}.",
            markdown(r.unstack().sort_index()),
            "CPU seconds of fitting and predicting, one thread.",
            markdown(cost.unstack().sort_index()),
        ]
    )


def markdown(table: pd.DataFrame) -> str:
    """Cells by method, the methods in the order of the benchmark."""
    rows = [["markers", "h2", "trait", "training samples", *(f"`{name}`" for name in table)]]
    rows.append(["---"] * len(rows[0]))
    for row in table.fillna("–").reset_index().to_dict("records"):
        place = [f"{row['p']:,}", f"{row['h2']:g}", row["trait"].replace("_", " "), f"{row['n']:,}"]
        rows.append([*place, *(row[name] for name in table)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def picture() -> str:
    """r against the number of training samples, a panel for each kind of trait, as SVG."""
    found = pd.read_csv(TABLE).groupby([*CELL, "method"], sort=False)["pearson"].mean().reset_index()
    found["trait"] = found["trait"].str.replace("_", " ")
    chart = (
        alt.Chart(found)
        .mark_line(point=True)
        .encode(
            x=alt.X("n:Q", title="training samples", scale=alt.Scale(type="log")),
            y=alt.Y("pearson:Q", title="r with the truth", scale=alt.Scale(zero=False)),
            color=alt.Color("method:N", sort=None),
            column=alt.Column("trait:N", title=None, sort=None),
        )
        .properties(width=120, height=160)
    )
    return vl_convert.vegalite_to_svg(chart.to_dict() | {"config": theme()})


def main() -> None:
    """Write both."""
    head, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n\n{text()}\n\n{END}{rest.partition(END)[2]}")
    PICTURE.write_text(picture() + "\n")


if __name__ == "__main__":
    main()
