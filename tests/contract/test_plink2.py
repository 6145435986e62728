"""Statistics and pruning agree with plink2 on real data."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnngp.genotypes.counts import count_genotypes
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.hardy_weinberg import hardy_weinberg_p
from dnngp.genotypes.ld import prune_markers
from dnngp.genotypes.parsing.format import Reading

#: Inbred lines with missing calls, outbred mice, lines without missing calls, and families of which plink2
#: does not know the chromosomes, with missing calls and variants that do not vary.
DATASETS = ["demo_rice_vcf", "mouse_hs1940", "maize_drops246", "soybean_soynam"]

#: plink2 writes six significant digits.
PRINTED = 6e-6


class Compared:
    """Genotypes of a dataset as read here, and plink2's tables of the same file."""

    def __init__(self, vcf: Path, folder: Path) -> None:
        self.vcf, self.folder = vcf, folder
        self.genotypes = read_genotypes(vcf, Reading(), folder / "store")
        self.counts = count_genotypes(self.genotypes.dosages, 2)
        frequency = self.counts.frequencies(2)
        self.minor = np.minimum(frequency, 1 - frequency)
        self.run("--freq", "--missing", "--hardy", "--het")

    def run(self, *arguments: str) -> None:
        command = ["plink2", "--threads", "1", "--allow-extra-chr", "--vcf", self.vcf, *arguments]
        subprocess.run([*command, "--out", self.folder / "plink2"], check=True, capture_output=True)

    def table(self, suffix: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"plink2.{suffix}", sep="\t", dtype={"#IID": str, "ID": str})

    def kept(self, *arguments: str) -> set[str]:
        self.run("--indep-pairwise", *arguments)
        return set((self.folder / "plink2.prune.in").read_text().split())

    def pruned(self, r2: float, window: float, unit: str, step: int) -> set[str]:
        variants = self.genotypes.variants
        stay = prune_markers(self.genotypes.dosages, 2, variants, self.minor, r2, window, unit, step)
        return set(variants["id"][stay])


@pytest.fixture(scope="module", params=DATASETS)
def compared(request, shared, tmp_path_factory):
    if shutil.which("plink2") is None:
        pytest.skip("plink2 is not on the PATH (apt-get install plink2)")
    vcf = shared / "data" / request.param / "genotypes.vcf.gz"
    return Compared(vcf, tmp_path_factory.mktemp(request.param))


def test_calls_and_frequencies_of_variants(compared):
    frequency, missing = compared.table("afreq"), compared.table("vmiss")
    assert frequency["ID"].tolist() == compared.genotypes.variants["id"].tolist()
    assert (2 * compared.counts.called == frequency["OBS_CT"]).all()
    assert (compared.genotypes.n_samples - compared.counts.called == missing["MISSING_CT"]).all()
    np.testing.assert_allclose(compared.counts.frequencies(2), frequency["ALT_FREQS"], rtol=PRINTED)


def test_heterozygotes_and_p_values_of_variants(compared):
    hardy, counts = compared.table("hardy"), compared.counts
    assert (counts.heterozygous == hardy["HET_A1_CT"]).all()
    p_value = hardy_weinberg_p(counts.called, counts.heterozygous, counts.alleles)
    # Below the smallest double both give 0, or plink2 a number that prints as such.
    np.testing.assert_allclose(p_value, hardy["P"], rtol=PRINTED, atol=1e-300)


def test_calls_and_inbreeding_of_samples(compared):
    missing, het = compared.table("smiss"), compared.table("het")
    counts = compared.counts
    assert missing["#IID"].tolist() == compared.genotypes.samples.tolist()
    assert (compared.genotypes.n_variants - counts.sample_called == missing["MISSING_CT"]).all()
    # plink2 passes over variants that do not vary, which add as much to observed as to expected homozygotes.
    constant = ((counts.alleles == 0) | (counts.alleles == 2 * counts.called)).sum()
    if not constant:
        assert (counts.sample_called == het["OBS_CT"]).all()
        assert (counts.sample_called - counts.sample_heterozygous == het["O(HOM)"]).all()
    # F is a difference of sums of which plink2 prints six digits.
    np.testing.assert_allclose(counts.inbreeding(), het["F"], atol=2e-5)


@pytest.mark.parametrize("r2", [0.2, 0.8])
def test_the_pruned_set_in_windows_of_variants(compared, r2):
    assert compared.pruned(r2, 50, "variants", 5) == compared.kept("50", "5", str(r2))


@pytest.mark.parametrize("kb", [100, 2000])
def test_the_pruned_set_in_windows_of_kilobases(compared, kb):
    """plink2 leaves a variant that does not vary when no other is in its window."""
    constant = set(compared.genotypes.variants["id"][compared.minor == 0])
    assert compared.pruned(0.5, kb, "kb", 1) == compared.kept(f"{kb}kb", "0.5") - constant
