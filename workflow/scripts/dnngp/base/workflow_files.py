"""Where the files of the workflow lie that are no modules: rules, schemas, resources, templates."""

from __future__ import annotations

from pathlib import Path

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
