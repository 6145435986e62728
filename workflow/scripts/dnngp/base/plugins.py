"""Plug-ins: the modules of a folder that declare something, found by looking into the folder.

To add one is to add a file. What scans must stay cheap to import: a plug-in imports what it computes with
inside the functions that compute.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import Any


@cache
def scan(package: str, attribute: str) -> dict[str, Any]:
    """What the modules of a package declare, by name.

    Parameters
    ----------
    package
        Dotted name of the package.
    attribute
        Name under which a module holds its declaration, such as ``FORMAT``; modules without it are passed
        over. A declaration may have a ``name``, else its module gives it one, and an ``order``.

    Returns
    -------
    dict
        Sorted by ``order`` (0 where there is none), then by name. Shared between callers: do not change it.

    Raises
    ------
    ValueError
        If two modules declare the same name.
    """
    declared: dict[str, Any] = {}
    for module in module_names(package):
        one = getattr(import_module(module), attribute, None)
        if one is None:
            continue
        name = getattr(one, "name", module.rpartition(".")[2])
        if name in declared:
            raise ValueError(f"{module} declares {name!r}, which {package} has already")
        declared[name] = one
    return dict(sorted(declared.items(), key=lambda item: (getattr(item[1], "order", 0), item[0])))


def module_names(package: str) -> list[str]:
    """Dotted names of the modules and packages directly in a package, sorted."""
    folder = import_module(package).__path__
    return sorted(f"{package}.{module.name}" for module in pkgutil.iter_modules(folder))
