"""The file of a configuration as it is written: whether it can be read, and what names look like in it.

YAML takes ``2019`` for a number, ``NO`` for false and ``1.10`` for 1.1; where a name is wanted, what is
written counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from dnngp.base.errors import UserError

#: Keys and numbers of entries, from the outside in.
Place = tuple[int | str, ...]

_NO_COLON = "could not find expected ':'"
_IN_QUOTES = "Put a text that begins with a sign such as * & @ % ` in quotes."

#: What to do, by words of what PyYAML finds.
_REMEDIES = {
    _NO_COLON: "Write `key: value` with a colon and a space, and `- ` before each entry of a list.",
    "cannot start any token": _IN_QUOTES,
    "alias": _IN_QUOTES,
    "expected ','": "Close every [ by ] and every { by }.",
    "end of stream": "Close every quote.",
    "escape": "Write a path with / or in single quotes.",
}

#: A value that goes on behind a second colon, and a key without a space behind its colon.
_COLON_IN_TEXT = re.compile(r"\s*(- )?[^:]+: .*: ")
_NO_SPACE = re.compile(r"\s*(- )?\w+:[^\s/\\]")


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
        text = path.read_text(encoding="utf-8-sig")
        content = yaml.safe_load(text)
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
    _refuse_repeated(yaml.compose(text, yaml.SafeLoader), path)


def _refuse_repeated(root: yaml.Node | None, path: Path) -> None:
    """Refuse a key that a group has twice, of which YAML would take the last without a word."""
    nodes, seen = [root], set[int]()
    while nodes:
        node = nodes.pop()
        if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
            continue
        seen.add(id(node))  # aliases may lead back
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
            continue
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in lines and key.value != "<<":
                what = f"the key {key.value!r} is there twice (before in line {lines[key.value]})."
                raise UserError(what, file=path, line=line, remedy="Join the two, or delete one.")
            lines[str(key.value)] = line
            nodes.append(value)


def _no_yaml(error: yaml.MarkedYAMLError, path: Path) -> UserError:
    mark = error.problem_mark or error.context_mark
    problem = (error.problem or error.context or "it cannot be read").replace("character '\\t'", "a tab")
    if _NO_COLON in problem:  # noticed behind the line that lacks it
        mark = error.context_mark
    text = path.read_text(encoding="utf-8-sig").splitlines()
    remedy = _remedy(problem, text[max(mark.line - 1, 0) : mark.line + 1] if mark else [])
    return UserError(
        f"this is no YAML: {problem}.",
        file=path,
        line=None if mark is None else mark.line + 1,
        column=None if mark is None else mark.column + 1,
        remedy=remedy,
    )


def _remedy(problem: str, lines: Sequence[str]) -> str:
    """What to do about a problem that PyYAML found in the last of two lines."""
    if lines and "\t" in lines[-1]:
        return "Indent with spaces; YAML takes no tabs."
    if remedies := [remedy for words, remedy in _REMEDIES.items() if words in problem]:
        return remedies[0]
    if lines and _COLON_IN_TEXT.match(lines[-1]):
        return "Put a text with a colon in quotes."
    if any(map(_NO_SPACE.match, lines)):
        return "Write a space behind the colon of every `key: value`."
    return "Entries of one list or group begin in the same column, below `name:`."


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
