"""Packages of the distribution; all else is declared in pyproject.toml.

The files of the workflow are installed within the package, where ``dnngp.base.workflow_files`` finds them.
"""

from setuptools import find_namespace_packages, setup

SCRIPTS = "workflow/scripts"
BESIDE = {"dnngp.workflow": "workflow", "dnngp.profiles": "profiles", "dnngp.envs": "envs"}
TEXT = ("j2", "css", "js", "json", "yaml", "rst", "bib", "md", "svg", "tsv")

setup(
    packages=[
        *find_namespace_packages(SCRIPTS, include=["dnngp", "dnngp.*"], exclude=["*.__pycache__"]),
        *BESIDE,
    ],
    package_dir={"": SCRIPTS, **BESIDE},
    package_data={
        "dnngp": [f"**/*.{suffix}" for suffix in TEXT],
        "dnngp.workflow": [
            *("Snakefile", "files.txt", "rules/*.smk", "scripts/*.py"),
            *(f"*/**/*.{suffix}" for suffix in TEXT),
        ],
        "dnngp.profiles": ["*/*.yaml"],
        "dnngp.envs": ["*.yaml", "*.lock"],
    },
)
