"""Numbers of alleles, as binary forms of a VCF hold them, to dosages."""

# mypy: allow-untyped-defs, no-check-untyped-defs

from __future__ import annotations

import numpy as np

from dnngp.base.compiled import compiled

#: Number of an allele that is missing, and of one that a call of lower ploidy does not have.
MISSING, ABSENT = -1, -2

#: What is wrong with a call, which is then missing: an allele that ALT lacks, another ploidy.
GOOD, BEYOND, ODD = range(3)


def count_alleles(
    alleles: np.ndarray, alternatives: np.ndarray, target: int, ploidy: int, others_missing: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Copies of one ALT in each call.

    A call with a missing allele is missing, one of a single allele counts as a homozygote.

    Parameters
    ----------
    alleles
        (k, n, c) integers, the numbers of the alleles of k variants in n samples: 0 is REF.
    alternatives
        (k,) numbers of ALT alleles.
    target
        Number of the ALT to count.
    ploidy
        Alleles of a full call; the dosage of a homozygote.
    others_missing
        Whether an ALT after the first makes the call missing.

    Returns
    -------
    dosages
        (k, n) int8, -1 missing.
    faults
        (k, n) uint8.
    """
    dosages, faults = np.empty(alleles.shape[:2], np.int8), np.empty(alleles.shape[:2], np.uint8)
    _count(alleles, alternatives, target, ploidy, others_missing, dosages, faults)
    return dosages, faults


@compiled
def _count(alleles, alternatives, target, ploidy, others_missing, dosages, faults):
    for variant in range(alleles.shape[0]):
        for sample in range(alleles.shape[1]):
            present = copies = 0
            missing = beyond = False
            for copy in range(alleles.shape[2]):
                allele = alleles[variant, sample, copy]
                present += allele != ABSENT
                copies += allele == target
                missing |= allele == MISSING or (others_missing and allele > 1)
                beyond |= allele > alternatives[variant]
            odd = present > ploidy or (present != ploidy and present > 1 and not missing)
            faults[variant, sample] = BEYOND if beyond else (ODD if odd else GOOD)
            if missing or beyond or odd or present == 0:
                dosages[variant, sample] = MISSING
            else:
                dosages[variant, sample] = copies * ploidy if present == 1 else copies
