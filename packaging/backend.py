"""The build backend: setuptools', which also puts the files of the workflow into the package.

Installed, ``dnngp`` holds the folders ``workflow``, ``profiles`` and ``envs`` that lie around it in a
checkout; ``dnngp.base.workflow_files`` finds them in both. A ``setup.py`` would do the same, but Python files
in the root can be imported by mistake.
"""

import shutil
from pathlib import Path

from setuptools.build_meta import *  # noqa: F403 - the hooks of a backend
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parents[1]
FOLDERS = ("workflow", "profiles", "envs")
#: The package itself is installed as such; what Python and editors leave is not.
LEFT_OUT = shutil.ignore_patterns("dnngp", "__pycache__", "*.pyc", ".*", "*.in")


class BuildWithWorkflow(build_py):
    """Copies the files of the workflow beside the modules; an editable install finds them in the checkout."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for name in FOLDERS:
                target = Path(self.build_lib) / "dnngp" / name
                shutil.copytree(ROOT / name, target, ignore=LEFT_OUT, dirs_exist_ok=True)
