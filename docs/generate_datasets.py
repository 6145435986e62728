"""Write the table of docs/how-to/public-datasets.md from the catalogue.

python docs/generate_datasets.py          write the table between the marks of the page
python docs/generate_datasets.py --check  exit 1 if the page is out of date
"""

import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "workflow" / "resources" / "datasets.yaml"
PAGE = ROOT / "docs" / "how-to" / "public-datasets.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def table() -> str:
    """A row per dataset."""
    rows = ["| preset | what | lines | traits | licence | checksum | conversion |", "|" + " --- |" * 7]
    for name, entry in yaml.safe_load(CATALOGUE.read_text()).items():
        known = [kind for kind in ("sha256", "md5") if all(kind in file for file in entry["files"].values())]
        cells = [
            f"`{name}`",
            entry["title"],
            f"{entry['lines']:,}" if entry["lines"] else "–",
            str(len(entry["traits"])),
            entry["licence"],
            known[0] if known else "–",
            "real files" if entry["tried"]["conversion"] else "files of the same form",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    page = PAGE.read_text()
    head, _, rest = page.partition(BEGIN)
    new = f"{head}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}"
    if "--check" in sys.argv:
        sys.exit(0 if page == new else f"{PAGE.name} is out of date")
    PAGE.write_text(new)
