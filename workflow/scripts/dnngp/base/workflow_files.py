"""Where the files of the workflow lie that are no modules: rules, schemas, resources, templates.

``python -m dnngp.base.workflow_files`` writes ``workflow/files.txt`` anew: the files that a workflow which is
imported from elsewhere as a module fetches, one by one. A test says when that is due.
"""

from __future__ import annotations

from pathlib import Path

#: What is fetched: all files of these folders, and single files, seen from the root of the project.
FETCHED = tuple(f"workflow/{name}" for name in ("Snakefile", "scripts", "report", "resources", "schemas"))
FETCHED_ALONE = ("envs/requirements.lock",)

_PACKAGE = Path(__file__).parents[1]


def workflow_folder() -> Path:
    """The folder of ``Snakefile``, ``rules``, ``schemas`` and the rest.

    In a checkout it is the one around the package (``workflow/scripts/dnngp``), of an installed package the
    folder ``workflow`` within.
    """
    around = _PACKAGE.parents[1]
    return around if (around / "Snakefile").is_file() else _PACKAGE / "workflow"


def project_folder() -> Path:
    """The folder above :func:`workflow_folder`, with ``envs`` and ``profiles``."""
    return workflow_folder().parent


def checkout() -> Path | None:
    """The folder of the checkout that the package lies in, with its tests; None for an installed package."""
    folder = project_folder()
    return folder if (folder / "run").is_file() else None


def fetched_files() -> list[str]:
    """Paths of the files that jobs, rules and the report read, seen from the root of the project."""
    root = project_folder()
    below = [path for name in FETCHED for path in [root / name, *(root / name).rglob("*")]]
    files = [path for path in below if path.is_file() and "__pycache__" not in path.parts]
    return sorted([*(path.relative_to(root).as_posix() for path in files), *FETCHED_ALONE])


def list_of_files() -> Path:
    """Where :func:`fetched_files` are listed."""
    return workflow_folder() / "files.txt"


if __name__ == "__main__":
    list_of_files().write_text("".join(f"{path}\n" for path in fetched_files()))
