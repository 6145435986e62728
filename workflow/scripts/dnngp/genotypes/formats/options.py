"""How a file of genotypes is to be read."""

from __future__ import annotations

from dataclasses import dataclass

#: Names of the formats that a configuration may ask for; ``auto`` is told by the content.
FORMATS = ("auto", "vcf", "plink1", "plink2", "hapmap", "letters", "dosages", "features", "brapi")

#: Fields of a VCF that dosages can come from.
FIELDS = ("GT", "DS", "GP")

#: What to do with a site of more than one ALT allele.
MULTIALLELIC = ("skip", "split", "first")


@dataclass(frozen=True)
class Reading:
    """Options of :func:`dnngp.genotypes.formats.reader.read_genotypes`.

    Attributes
    ----------
    ploidy
        Sets of chromosomes; the largest dosage.
    format
        One of ``FORMATS``; ``vcf`` is BCF as well. ``auto`` goes by the content of the file.
    field
        Field of a VCF that the dosages come from: ``GT`` counts alleles; ``DS`` and ``GP`` are the
        estimates of an imputation and give real values from 0 to ``ploidy``.
    multiallelic
        Sites of more than one ALT allele: ``skip`` them, ``split`` them into one variant for every ALT
        (another ALT counts as not this one), or keep the ``first`` ALT (calls with another ALT are missing).
    samples_in
        Whether the samples of a table are its ``rows`` or its ``columns``; ``auto`` finds out.
    strict
        Whether a defect that does not touch the genotypes stops the reading, or is listed in
        ``Genotypes.defects``.
    """

    ploidy: int = 2
    format: str = "auto"
    field: str = "GT"
    multiallelic: str = "skip"
    samples_in: str = "auto"
    strict: bool = True
