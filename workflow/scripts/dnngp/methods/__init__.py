"""Methods of genomic prediction, a file each; every one is a regressor of scikit-learn as well.

The classes are attributes of this package, ``from dnngp.methods import GBLUP``. They are looked up when they
are asked for, so that importing the package imports none.
"""

from __future__ import annotations

from typing import Any


def _classes() -> dict[str, Any]:
    """The class of every method by its name; where two methods share one, it is there once."""
    from dnngp.methods.registry import METHODS

    return {method.estimator.__name__: method.estimator for method in METHODS.values()}


def __getattr__(name: str) -> Any:
    # Names in lower case are modules, some of which are being imported.
    if not name[:1].isupper() or name not in (classes := _classes()):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return classes[name]


def __dir__() -> list[str]:
    return sorted([*globals(), *_classes()])
