"""The file of a configuration as it is written: whether it can be read, and what names look like in it.

YAML takes ``2019`` for a number, ``NO`` for false and ``1.10`` for 1.1; where a name is wanted, what is
written counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from dnngp.base.errors import UserError

#: Keys and numbers of entries, from the outside in.
Place = tuple[int | str, ...]


def check_file(path: str | Path) -> None:
    """Whether a configuration can be read.

    Raises
    ------
    UserError
        With line and column where it is no YAML; for a file that is absent, empty, no text in UTF-8 or
        without options.
    """
    path = Path(path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        remedy = "Write one (./run init GENOTYPES PHENOTYPES), or name another: --configfile FILE."
        raise UserError(
            f"the file does not exist (seen from {Path.cwd()}).", file=path, remedy=remedy
        ) from None
    except IsADirectoryError:
        raise UserError("it is a folder; a configuration is a file.", file=path) from None
    except UnicodeDecodeError:
        raise UserError("it is not text in UTF-8.", file=path, remedy="Save it as UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        raise _no_yaml(error, path) from None
    except yaml.YAMLError as error:  # a character that no YAML holds
        raise UserError(f"this is no YAML: {' '.join(str(error).split())}.", file=path) from None
    if content is None:
        raise UserError("the configuration is empty.", file=path, remedy="`datasets:` is the least it needs.")
    if not isinstance(content, dict):
        raise UserError(
            f"the configuration is {_kind(content)} and has no options.",
            file=path,
            remedy="Write `datasets:` in the first line and the entries below it.",
        )


def _no_yaml(error: yaml.MarkedYAMLError, path: Path) -> UserError:
    mark = error.problem_mark or error.context_mark
    problem = (error.problem or error.context or "it cannot be read").replace("character '\\t'", "a tab")
    text = path.read_text(encoding="utf-8-sig").splitlines()
    line = text[mark.line] if mark is not None and mark.line < len(text) else ""
    remedy = "Entries of one list or group begin in the same column, below `name:`."
    if "\t" in line:
        remedy = "Indent with spaces; YAML takes no tabs."
    return UserError(
        f"this is no YAML: {problem}.",
        file=path,
        line=None if mark is None else mark.line + 1,
        column=None if mark is None else mark.column + 1,
        remedy=remedy,
    )


def _kind(content: Any) -> str:
    return "a list" if isinstance(content, list) else f"the text {str(content)[:40]!r}"


def text_at(place: Place, files: Iterable[str | Path]) -> str | None:
    """What is written at a place of the last of the files that has it, None where no file has."""
    texts = [node for path in files if isinstance(node := _node_at(place, path), str)]
    return texts[-1] if texts else None


def keys_at(place: Place, files: Iterable[str | Path]) -> list[str]:
    """The keys of a group as they are written in the last of the files that has it, in their order."""
    groups = [node for path in files if isinstance(node := _node_at(place, path), dict)]
    return list(groups[-1]) if groups else []


def _node_at(place: Place, path: str | Path) -> Any:
    """What stands at a place of a file, with all scalars as text; None where there is no such place."""
    node: Any = yaml.BaseLoader(Path(path).read_text(encoding="utf-8-sig")).get_single_data()
    for part in place:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return None
    return node
