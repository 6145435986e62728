"""Write the tables of docs/reference/results.md from the catalogue of result tables.

python docs/generate_tables.py          write them between the marks of the page
python docs/generate_tables.py --check  exit 1 if the page is out of date
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "results.md"
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from dnngp.base.tables import catalogue  # noqa: E402
from dnngp.base.tables.table_declaration import Table  # noqa: E402


def described(tables: Mapping[str, Table]) -> str:
    """A heading, a sentence and a table of columns for each."""
    return "\n\n".join(map(one, tables.values()))


def one(table: Table) -> str:
    """One result table; the columns that identify a row are bold."""
    lines = [
        f"### `{table.path.replace('{', '<').replace('}', '>')}`",
        f"\n{table.meaning}; a row per {table.row}."
        + (f" Made where the configuration has `{table.needs}`." if table.needs else ""),
        "\n| column | kind | meaning |\n| --- | --- | --- |",
    ]
    for column in table.columns:
        name = f"**`{column.name}`**" if column.name in table.keys else f"`{column.name}`"
        lines.append(f"| {name} | {', '.join(filter(None, (column.kind, column.unit)))} | {column.meaning} |")
    return "\n".join(lines) + (f"\n\nFurther columns: {table.further}." if table.further else "")


def page(text: str) -> str:
    """The page with what stands between its marks written anew."""
    places: dict[str, dict[str, Table]] = {}
    for part in catalogue.PARTS:
        place = getattr(part, "BESIDE", part.__name__.rpartition(".")[2])
        places.setdefault(place, {}).update(part.TABLES)
    for name, tables in places.items():
        mark = rf"(<!-- {name}: begin -->).*(<!-- {name}: end -->)"
        new = described(tables)
        text, found = re.subn(
            mark, lambda marks, new=new: f"{marks[1]}\n\n{new}\n\n{marks[2]}", text, flags=re.S
        )
        assert found == 1, f"the page has no place for the tables of {name}"
    return text


if __name__ == "__main__":
    text = PAGE.read_text()
    if "--check" in sys.argv:
        sys.exit(0 if page(text) == text else f"{PAGE.name} is out of date")
    PAGE.write_text(page(text))
