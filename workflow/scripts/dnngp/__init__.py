"""Genomic prediction with DNNGP and everything needed to know whether it helps.

Pure functions and classes, no Snakemake. Modules stand on floors; a module
imports only from floors below its own (``pyproject.toml`` has the contract,
``docs/explanation/architecture.md`` the picture).
"""

__version__ = "0.1.0"
