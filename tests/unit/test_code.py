"""Code digests follow content and imports."""

import ast
from pathlib import Path

import pytest

from dnngp.base.code_digest import _SCAN, _imports, code_digest, imported_files, library_versions

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"


def tree(folder, **changes):
    files = {
        "fit.py": "from dnngp.top import f\n",
        "dnngp/__init__.py": "",
        "dnngp/top.py": "from dnngp import base\n",
        "dnngp/base.py": "x = 1\n",
        "dnngp/other.py": "y = 1\n",
    } | changes
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_imports_are_followed_to_any_depth(tmp_path):
    names = {path.relative_to(tmp_path).as_posix() for path in imported_files(tree(tmp_path), "fit")}
    assert names == {"fit.py", "dnngp/__init__.py", "dnngp/top.py", "dnngp/base.py"}


def test_digest_changes_with_an_imported_module_only(tmp_path):
    original = code_digest(tree(tmp_path / "a"), "fit")
    assert code_digest(tree(tmp_path / "b"), "fit") == original
    assert code_digest(tree(tmp_path / "c", **{"dnngp/other.py": "y = 2\n"}), "fit") == original
    assert code_digest(tree(tmp_path / "d", **{"dnngp/base.py": "x = 2\n"}), "fit") != original


def test_modules_imported_by_name_are_added(tmp_path):
    folder = tree(tmp_path)
    assert code_digest(folder, "fit", "dnngp.other") != code_digest(folder, "fit")


def test_modules_that_a_package_finds_by_scanning_itself_are_added(tmp_path):
    folder = tree(
        tmp_path,
        **{
            "dnngp/base.py": "from dnngp.kinds import KINDS\n",
            "dnngp/kinds/__init__.py": 'KINDS = scan(__name__, "KIND")\n',
            "dnngp/kinds/one.py": "KIND = 1\n",
        },
    )
    assert folder / "dnngp" / "kinds" / "one.py" in imported_files(folder, "fit")


@pytest.mark.parametrize(
    "text",
    [
        "import dnngp.base\n",
        "import dnngp.base as b, dnngp.other\n",
        "from dnngp import (\n    base as b,  # why, (or not)\n    other,\n)\n",
        "def f():\n    from dnngp.base import x as y, z  # later\n",
        "import dnngpx\nfrom dnngpx.base import z\nx = 'import dnngp'\n",
        "from collections.abc import (\n    Callable,\n)\n",
    ],
)
def test_imports_are_those_of_the_parser(tmp_path, text):
    path = tmp_path / "module.py"
    path.write_text(text)
    assert _imports(path) == parsed_imports(text)


def test_imports_of_the_package_are_those_of_the_parser():
    scanned = [path for path in SCRIPTS.rglob("*.py") if not _SCAN.search(path.read_text())]
    assert len(scanned) > 300
    for path in scanned:
        assert _imports(path) == parsed_imports(path.read_text()), path


def parsed_imports(text):
    """Dotted names of the package in the import statements of a text, by Python's own parser."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.split(".")[0] == "dnngp"}


def test_light_rules_do_not_depend_on_methods():
    names = {path.name for path in imported_files(SCRIPTS, "splits")}
    assert "splits.py" in names
    assert "networks.py" not in names


def test_versions_of_installed_libraries_alone():
    assert list(library_versions(["numpy", "no-such-library"])) == ["numpy"]
