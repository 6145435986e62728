"""Sheets of Excel workbooks (.xlsx and the like) as rows of text."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

from dnngp.base.errors import UserError, nearest

#: What a workbook begins with: .xlsx is a zip, .xls an OLE file.
MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def is_workbook(path: str | Path) -> bool:
    """Whether a file is a workbook, by its name and first bytes; a file that is not there is none."""
    path = Path(path)
    if path.suffix.lower() not in (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods") or not path.is_file():
        return False
    return _begins(path) in MAGIC


def _begins(path: str | Path) -> bytes:
    with open(path, "rb") as handle:
        return handle.read(4)


def sheet_rows(path: str | Path, sheet: str | None = None) -> Iterator[tuple[int, list[str]]]:
    """Yield ``(row, cells)`` of a sheet as text; rows are numbered from 1, as Excel does.

    Parameters
    ----------
    path
        The workbook.
    sheet
        Name of the sheet; None for the only one that is not empty.

    Raises
    ------
    UserError
        If the workbook is damaged or protected by a password, or there is not the one sheet.
    """
    # Not at the top: the configuration reads tables where Snakemake alone is installed.
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheets = {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}
    except CalamineError as error:
        if Path(path).suffix.lower() != ".xls" and _begins(path) == MAGIC[1]:
            what = "the workbook is protected by a password, or is an old .xls under another name."
            remedy = "Save it as .xlsx without a password."
            raise UserError(what, file=path, remedy=remedy) from None
        raise UserError(
            f"the workbook cannot be read ({error}).", file=path, remedy="Save it again, or as CSV."
        ) from None
    filled = [name for name, rows in sheets.items() if rows]
    if sheet is None and len(filled) != 1:
        raise UserError(
            f"the workbook has {len(filled)} sheets with content ({', '.join(filled)}).",
            file=path,
            remedy="Name the one of the phenotypes (`sheet`); keep other tables in workbooks of their own.",
        )
    name = filled[0] if sheet is None else sheet
    if name not in sheets:
        raise UserError(f"there is no sheet {name!r}. {nearest(name, sheets)}", file=path)
    for number, row in enumerate(sheets[name], start=1):
        yield number, [_text(cell) for cell in row]


def _text(cell: object) -> str:
    """A cell as text: whole numbers without a point, dates in ISO form."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell)
