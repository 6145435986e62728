"""Plug-ins: one file each, found by looking through the folder of a package."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType
from typing import Any


def scan(package: ModuleType, attribute: str) -> dict[str, Any]:
    """What each module of a package declares, by the name of the module.

    Parameters
    ----------
    package
        The package. Its modules are imported; those of packages within it are not.
    attribute
        Name of what a module declares. A module without it declares nothing.

    Returns
    -------
    dict
        In the order of the attribute ``order`` of what is declared (zero where there is none), then of names.
    """
    modules = [
        import_module(f"{package.__name__}.{one.name}") for one in pkgutil.iter_modules(package.__path__)
    ]
    declared = {
        module.__name__.rpartition(".")[2]: getattr(module, attribute)
        for module in modules
        if hasattr(module, attribute)
    }
    return dict(sorted(declared.items(), key=lambda item: (getattr(item[1], "order", 0), item[0])))
