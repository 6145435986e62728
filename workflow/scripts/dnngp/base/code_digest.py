"""Which code a rule depends on, told by content and not by time.

Snakemake's own ``code`` trigger compares the age of a script with its outputs:
it retrains everything after a fresh checkout and never sees an imported module.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from dnngp.base.seeds import files_digest

#: Import statements of the package: of members of a module, or of modules. Reading them so takes a tenth of
#: what parsing the files takes, and every start of Snakemake waits for it.
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(dnngp\b[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|.+)|import[ \t]+(dnngp\b.*))",
    re.MULTILINE,
)
_COMMENT = re.compile("#.*")
#: A package that looks into its own folder.
_SCAN = re.compile(r"\b(?:scan|module_names)\(__name__\b")


def imported_files(scripts: Path, script: str, *modules: str) -> set[Path]:
    """Files of the package that ``script`` and ``modules`` import, at any depth, with their own.

    Parameters
    ----------
    scripts
        Folder that holds the scripts and the package ``dnngp``.
    script
        Name of a script without its extension.
    modules
        Dotted names of further modules, for those imported by name at run time.
    """
    files: set[Path] = set()
    todo = [scripts / f"{script}.py", *(_file(scripts, name) for name in modules)]
    while todo:
        path = todo.pop()
        if path is None or path in files:
            continue
        files.add(path)
        todo += [_file(scripts, name) for name in _imports(path)]
    return files


@cache
def code_digest(scripts: Path, script: str, *modules: str) -> str:
    """Sixteen hexadecimal digits over the contents of :func:`imported_files`."""
    return files_digest(sorted(imported_files(scripts, script, *modules)))[:16]


def folder_digest(folder: str | Path) -> str:
    """Sixteen hexadecimal digits over the contents of every file below a folder, compiled ones left out."""
    return files_digest(path for path in sorted(Path(folder).rglob("*")) if _is_source(path))[:16]


def _is_source(path: Path) -> bool:
    return path.is_file() and path.suffix != ".pyc"


def library_versions(names: Iterable[str]) -> dict[str, str]:
    """Versions of those distributions that are installed."""
    versions = {}
    for name in names:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def revision(folder: str | Path) -> str | None:
    """Commit of the checkout that ``folder`` is in, with ``-dirty`` behind it if files were changed."""
    command = ["git", "describe", "--always", "--abbrev=40", "--match=", "--dirty"]
    try:
        found = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()


@cache  # many rules share most files, and reading them is what planning a small run takes longest for
def _imports(path: Path) -> set[str]:
    """Dotted names of the package in the import statements of a file; all beside one that scans itself."""
    text, names = _COMMENT.sub("", path.read_text()), set()
    for module, members, plain in _IMPORT.findall(text):
        imported = [name.split()[0] for name in (members or plain).strip("()").split(",") if name.strip()]
        names |= {module, *(f"{module}.{name}" for name in imported)} if module else {*imported}
    if _SCAN.search(text):
        package = "dnngp" + path.parent.as_posix().rpartition("/dnngp")[2].replace("/", ".")
        names |= {f"{package}.{module.stem}" for module in path.parent.glob("*.py")}
    return names


@cache
def _file(scripts: Path, module: str) -> Path | None:
    # Beside the scripts, or where an installed package lies.
    for folder in (scripts, Path(__file__).parents[2]):
        path = folder.joinpath(*module.split("."))
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None
