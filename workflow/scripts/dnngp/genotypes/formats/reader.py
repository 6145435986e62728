"""Readers: any file of genotypes to :class:`dnngp.genotypes.store.Genotypes`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from dnngp.genotypes.formats.headers import genotype_format
from dnngp.genotypes.formats.options import Reading
from dnngp.genotypes.store import Genotypes

#: Module and function that read a format; imported when a file needs them. Each is called with the path, the
#: :class:`Reading` and the folder to stream to.
READERS = {
    "vcf": ("vcf", "read_vcf"),
    "bcf": ("bcf", "read_bcf"),
    "plink1": ("plink1", "read_plink1"),
    "plink2": ("plink2", "read_plink2"),
    "hapmap": ("hapmap", "read_hapmap"),
    "letters": ("letters", "read_letters"),
    "brapi": ("brapi", "read_brapi"),
    "parquet": ("columnar", "read_parquet"),
    "table": ("matrix", "read_matrix"),
    "dosages": ("matrix", "read_matrix"),
    "features": ("matrix", "read_matrix"),
}

_DEFAULT = Reading()


def read_genotypes(
    path: str | Path, reading: Reading = _DEFAULT, folder: str | Path | None = None, threads: int = 1
) -> Genotypes:
    """Read genotypes, or any numeric table, of one population.

    Parameters
    ----------
    path
        A file of any format in ``READERS``; told by the content, whatever the name.
    reading
        How to read it.
    folder
        Where to keep the dosages while they are read, and after: they are then mapped from there and never
        are in memory as a whole. In memory if None.
    threads
        Parts of a VCF that are read at a time; the result does not depend on it.

    Raises
    ------
    UserError
        If the file is damaged or malformed; see the readers.
    """
    kind = genotype_format(path)
    # Parquet holds tables of every format; a BCF is a VCF.
    if reading.format != "auto" and kind != "parquet" and (kind, reading.format) != ("bcf", "vcf"):
        kind = reading.format
    module, function = READERS[kind]
    read = getattr(import_module(f"dnngp.genotypes.formats.{module}"), function)
    more = {"threads": threads} if kind == "vcf" else {}
    genotypes: Genotypes = read(path, reading, folder, **more)
    return genotypes
