"""Parameters that methods accept, read from their source: importing TensorFlow to tell them takes seconds.

The Snakefile imports this module, so it needs nothing but the standard library.
"""

from __future__ import annotations

import ast
from pathlib import Path

from dnngp.methods.registry import METHODS

#: Folder of the package.
SCRIPTS = Path(__file__).parents[2]


def parameter_names(method: str) -> list[str]:
    """Parameters that a method's class accepts, read from its source without importing it."""
    entry = METHODS[method]
    return [name for name in _parameters(entry.module, entry.cls) if name != "random_state"]


def _parameters(module: str, cls: str) -> list[str]:
    """Arguments of the constructor of a class, or the fields of a dataclass and of its bases."""
    if not module.startswith("dnngp."):
        return []
    tree = ast.parse((SCRIPTS / (module.replace(".", "/") + ".py")).read_text())
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and cls in [alias.name for alias in node.names]:
            return _parameters(str(node.module), cls)
        if isinstance(node, ast.ClassDef) and node.name == cls:
            fields = any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list)
            own = []
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                    return [argument.arg for argument in [*item.args.args[1:], *item.args.kwonlyargs]]
                if fields and isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                    own += [] if "ClassVar" in ast.unparse(item.annotation) else [item.target.id]
            bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
            inherited = [name for base in bases for name in _parameters(module, base)]
            return list(dict.fromkeys([*own, *inherited]))
    return []
