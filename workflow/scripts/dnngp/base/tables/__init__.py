"""Tables on disk: tab-separated, written whole or not at all, every one declared in the catalogue."""

from dnngp.base.tables.frames import (
    concatenated,
    read_table,
    records,
    write_arrow_table,
    write_large_table,
    write_table,
)
from dnngp.base.tables.whole_files import intact, read_json, whole_file, whole_folder, write_json

__all__ = [
    "concatenated",
    "intact",
    "read_json",
    "read_table",
    "records",
    "whole_file",
    "whole_folder",
    "write_arrow_table",
    "write_json",
    "write_large_table",
    "write_table",
]
