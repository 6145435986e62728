"""Genomic prediction with DNNGP and everything needed to know whether it helps.

Functions and classes without Snakemake. A room (a folder here) imports only from rooms below it:
``pyproject.toml`` has the contract, ``docs/explanation/architecture.md`` the picture.
"""

__version__ = "0.2.0"
