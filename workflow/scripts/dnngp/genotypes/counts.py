"""Counts of genotypes per variant and per sample, in one pass over the store.

Eight calls are looked at in one machine word: a byte is 0 to 15, or 255 where the call is missing. What is
asked of each byte is brought into its lowest bit, and bits are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import MADV_DONTNEED

import numpy as np

from dnngp.base.compiled import compiled
from dnngp.genotypes.bitplanes import popcount
from dnngp.genotypes.store import MISSING

#: Cells looked at together; bounds the memory beside the genotypes themselves.
BLOCK_CELLS = 16_000_000

#: The lowest bit of each of eight bytes.
_ONES = np.uint64(0x0101010101010101)


@dataclass(frozen=True)
class Counts:
    """What the p variants and n samples chosen hold.

    A call is heterozygous when it is neither 0 nor ``ploidy``. Real-valued dosages count as the nearest whole
    number here, except in ``alleles``. Without a ploidy (features) only ``called`` and ``sample_called``
    are counted; the rest is 0.

    Attributes
    ----------
    called, heterozygous : (p,) int64
        Samples with a call, and with a heterozygous one.
    alleles : (p,) float64
        Sum of the dosages over the calls: copies of the ALT allele.
    sample_called, sample_heterozygous : (n,) int64
        The same of a sample over variants.
    sample_expected : (n,) float64
        Heterozygous calls to be expected of a diploid sample in Hardy-Weinberg proportions: the sum of
        2 q (1 - q) over the variants called in it, q the allele frequency among the samples chosen.
    """

    called: np.ndarray
    heterozygous: np.ndarray
    alleles: np.ndarray
    sample_called: np.ndarray
    sample_heterozygous: np.ndarray
    sample_expected: np.ndarray

    def frequencies(self, ploidy: int) -> np.ndarray:
        """(p,) float64: frequency of the ALT allele; NaN without a call."""
        return self.alleles / np.where(self.called > 0, ploidy * self.called, np.nan)

    def inbreeding(self) -> np.ndarray:
        """(n,) float64: F = 1 - observed / expected heterozygous calls; NaN where none is expected.

        The method-of-moments estimate (O - E) / (N - E) from homozygous calls (Purcell et al. 2007,
        Am J Hum Genet 81:559), written with heterozygous ones. For diploids.
        """
        return 1 - self.sample_heterozygous / np.where(self.sample_expected > 0, self.sample_expected, np.nan)


def count_genotypes(
    dosages: np.ndarray,
    ploidy: int | None,
    variants: np.ndarray | None = None,
    samples: np.ndarray | None = None,
) -> Counts:
    """Count calls, heterozygous calls and alleles.

    Parameters
    ----------
    dosages
        (P, N) int8 with -1 for missing, or float32 with NaN; may be a memory map, which is read once.
    ploidy
        Sets of chromosomes; None for features.
    variants, samples
        (P,) and (N,) bool, what to count; None takes all.
    """
    total, n = dosages.shape
    variants = np.ones(total, bool) if variants is None else variants
    samples = np.ones(n, bool) if samples is None else samples
    size = int(samples.sum())
    missing, heterozygous = np.zeros(total, np.int64), np.zeros(total, np.int64)
    alleles, expected = np.zeros(total), np.zeros(total)
    sample_missing, sample_heterozygous = np.zeros(n, np.int64), np.zeros(n, np.int64)
    sample_missed = np.zeros(n)
    for part, block in marker_blocks(dosages):
        kept = variants[part]
        if ploidy is None:
            absent = np.isnan(block) & kept[:, None] & samples
            missing[part] = absent.sum(axis=1)
            sample_missing += absent.sum(axis=0)
            continue
        _count_block(
            hard_calls(block, ploidy),
            ploidy,
            kept,
            samples,
            missing[part],
            heterozygous[part],
            alleles[part],
            expected[part],
            sample_missing,
            sample_heterozygous,
            sample_missed,
        )
        if block.dtype != np.int8:
            alleles[part] = np.nansum(block[:, samples], axis=1, dtype=np.float64)
    return Counts(
        called=size - missing[variants],
        heterozygous=heterozygous[variants],
        alleles=alleles[variants],
        sample_called=int(variants.sum()) - sample_missing[samples],
        sample_heterozygous=sample_heterozygous[samples],
        sample_expected=expected[variants].sum() - sample_missed[samples],
    )


def marker_blocks(dosages: np.ndarray, rows: np.ndarray | None = None) -> Iterator[tuple[slice, np.ndarray]]:
    """Values of markers, :data:`BLOCK_CELLS` at a time, and which part of the markers they are.

    Of a memory map, what has been passed is given back to the system: the resident memory of a job does not
    grow with the file.

    Parameters
    ----------
    dosages
        (p, n) values.
    rows
        Index array of the markers to take, in this order; None takes all. Markers that follow each other are
        not copied.
    """
    p = len(dosages) if rows is None else len(rows)
    size = max(1, BLOCK_CELLS // max(1, dosages.shape[1]))
    for start in range(0, p, size):
        part = slice(start, min(start + size, p))
        yield part, np.asarray(dosages[part if rows is None else _slice_if_run(rows[part])])
        forget(dosages)


def _slice_if_run(rows: np.ndarray) -> np.ndarray | slice:
    """A slice, which copies nothing, in place of row numbers that follow each other."""
    run = (np.diff(rows) == 1).all()
    return slice(int(rows[0]), int(rows[-1]) + 1) if run else rows


def forget(dosages: np.ndarray) -> None:
    """Let the system drop the pages of a memory map from this process; they stay readable."""
    mapped = getattr(dosages, "_mmap", None)
    if mapped is not None and hasattr(mapped, "madvise") and not dosages.flags.writeable:
        mapped.madvise(MADV_DONTNEED)


def hard_calls(block: np.ndarray, ploidy: int) -> np.ndarray:
    """int8 calls: as they are, or real-valued dosages rounded to the nearest whole number."""
    if block.dtype == np.int8:
        return block
    rounded = np.rint(np.where(np.isnan(block), MISSING, block))
    return np.clip(rounded, MISSING, ploidy).astype(np.int8)


@compiled
def _count_block(  # type: ignore[no-untyped-def]
    block,
    ploidy,
    variants,
    samples,
    missing,
    heterozygous,
    alleles,
    expected,
    sample_missing,
    sample_heterozygous,
    sample_missed,
):
    """Fill the counts of the variants of a block and add to those of the samples.

    ``expected`` is 2 q (1 - q) of each variant; ``sample_missed`` its sum over the calls that a sample lacks.
    """
    m, n = block.shape
    size = -(-n // 8)
    # Padding and samples left out are 0: called and homozygous, they count nowhere.
    row, mask = np.zeros(8 * size, np.uint8), np.zeros(8 * size, np.uint8)
    cells, wanted = row.view(np.uint64), mask.view(np.uint64)
    chosen = 0
    for sample in range(n):
        mask[sample] = 255 if samples[sample] else 0
        chosen += samples[sample]
    all_chosen = chosen == n
    lines_missing, lines_heterozygous = np.zeros(size, np.uint64), np.zeros(size, np.uint64)
    one, two, three, seven = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(7)
    pattern, twos = _ONES * np.uint64(ploidy), _ONES << one
    odd = _ONES if ploidy == 2 else np.uint64(0)
    rows = 0
    for variant in range(m):
        if not variants[variant]:
            continue
        calls = block[variant]
        for sample in range(n):
            row[sample] = np.uint8(calls[sample])
        if not all_chosen:
            for word in range(size):
                cells[word] &= wanted[word]
        absent = mixed = total = first = second = np.uint64(0)
        if ploidy <= 2:
            for word in range(size):
                call = cells[word]
                gone = (call >> seven) & _ONES
                between = call & ~gone & odd
                lines_missing[word] += gone
                lines_heterozygous[word] += between
                absent += popcount(gone)
                mixed += popcount(between)
                first += popcount(call & _ONES)
                second += popcount(call & twos)
            # A missing call has both digits set.
            total = first + 2 * second - 3 * absent
        else:
            for word in range(size):
                call = cells[word]
                gone = (call >> seven) & _ONES
                other = call ^ pattern
                some = call | (call >> one) | (call >> two) | (call >> three)
                less = other | (other >> one) | (other >> two) | (other >> three)
                between = some & less & ~gone & _ONES
                lines_missing[word] += gone
                lines_heterozygous[word] += between
                absent += popcount(gone)
                mixed += popcount(between)
                for digit in (0, 1, 2, 3):
                    total += popcount((call >> np.uint64(digit)) & _ONES & ~gone) << np.uint64(digit)
        missing[variant] = absent
        heterozygous[variant] = mixed
        alleles[variant] = total
        called = chosen - np.int64(absent)
        if called > 0:
            frequency = alleles[variant] / (ploidy * called)
            expected[variant] = 2 * frequency * (1 - frequency)
            if absent > 0:
                share = expected[variant]
                for sample in range(n):
                    sample_missed[sample] += share if row[sample] == 255 else 0.0
        rows += 1
        if rows == 255:
            _flush(lines_missing, sample_missing)
            _flush(lines_heterozygous, sample_heterozygous)
            rows = 0
    _flush(lines_missing, sample_missing)
    _flush(lines_heterozygous, sample_heterozygous)


@compiled
def _flush(packed, totals):  # type: ignore[no-untyped-def]
    """Add counts of up to 255, a byte each, to (n,) totals and set them to 0."""
    single = packed.view(np.uint8)
    for sample in range(len(totals)):
        totals[sample] += single[sample]
    packed[:] = 0
