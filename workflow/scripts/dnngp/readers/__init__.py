"""Readers: any file of genotypes to :class:`dnngp.genotypes.Genotypes`."""

from __future__ import annotations

from pathlib import Path

from dnngp.genotypes import Genotypes
from dnngp.headers import genotype_format


def read_genotypes(path: str | Path, *, ploidy: int = 2) -> Genotypes:
    """Read genotypes, or any numeric table, of one population.

    Parameters
    ----------
    path
        VCF (plain, gzip, bgzip), BCF, or a table with a row per line (plain or gzip); told by the content,
        whatever the name.
    ploidy
        Sets of chromosomes; the largest dosage.

    Raises
    ------
    UserError
        If the file is damaged or malformed; see :func:`dnngp.readers.vcf.read_vcf` and
        :func:`dnngp.readers.matrix.read_matrix`.
    """
    if genotype_format(path) == "table":
        from dnngp.readers.matrix import read_matrix

        return read_matrix(path, ploidy=ploidy)
    from dnngp.readers.vcf import read_vcf

    return read_vcf(path, ploidy=ploidy)
