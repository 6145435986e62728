"""Real populations in every format: the same dosages, and figures that their sources give."""

import gzip
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from dnngp.genotypes.file_formats import genotype_files, genotype_format, read_genotypes, sample_ids
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.store import Genotypes

VCF = "demo_rice_vcf/genotypes.vcf.gz"
IUPAC = {"AC": "M", "AG": "R", "AT": "W", "CG": "S", "CT": "Y", "GT": "K"}


@pytest.fixture(scope="module")
def rice(shared):
    """A diversity panel of rice with bases and positions, from its VCF."""
    return read_genotypes(shared / "data" / VCF)


def plink2(*arguments):
    """Run plink2, or skip where there is none."""
    program = shutil.which("plink2")
    if program is None:
        pytest.skip("plink2 is not installed")
    subprocess.run([program, *map(str, arguments), "--threads", "1"], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("make", "suffix"), [("--make-bed", ".bed"), ("--make-pgen", ".pgen")], ids=["plink1", "plink2"]
)
def test_files_that_plink2_makes_of_a_vcf_equal_it(shared, rice, tmp_path, make, suffix):
    plink2("--vcf", shared / "data" / VCF, make, "--out", tmp_path / "rice")
    path = tmp_path / f"rice{suffix}"
    genotypes = read_genotypes(path, folder=tmp_path / "store")
    assert all(map(str.startswith, genotype_files(path), [str(tmp_path / "rice.")] * 3))
    assert sample_ids(path) == genotypes.samples.tolist() == rice.samples.tolist()
    assert np.array_equal(genotypes.dosages, rice.dosages)
    pd.testing.assert_frame_equal(genotypes.variants, rice.variants)


def test_hapmap_and_letters_equal_the_vcf_they_were_written_from(rice, tmp_path):
    picked = rice.select(variants=np.arange(0, rice.n_variants, 5))
    head = ["rs#", "alleles", "chrom", "pos", "strand", "assembly#", "center", "protLSID", "assayLSID"]
    head += ["panelLSID", "QCcode"]
    one, two = [[*head, *picked.samples]], [["marker", "chrom", "pos", "ref", "alt", *picked.samples]]
    for site, row in zip(picked.variants.itertuples(), picked.dosages, strict=True):
        het = "".join(sorted(site.ref + site.alt))
        letters = [site.ref, IUPAC[het], site.alt, "N"]
        pairs = [site.ref * 2, het, site.alt * 2, "NN"]
        fixed = [site.id, f"{site.ref}/{site.alt}", site.chrom, str(site.pos), "+", *["NA"] * 6]
        one.append([*fixed, *(letters[value] for value in row)])
        two.append([site.id, site.chrom, str(site.pos), site.ref, site.alt, *(pairs[value] for value in row)])
    for name, rows in (("hapmap", one), ("letters", two)):
        path = tmp_path / name
        path.write_bytes(gzip.compress("".join("\t".join(row) + "\n" for row in rows).encode(), mtime=0))
        genotypes = read_genotypes(path)
        assert genotype_format(path) == name
        assert np.array_equal(genotypes.dosages, picked.dosages)
        pd.testing.assert_frame_equal(genotypes.variants, picked.variants)


#: Rows and columns as the collection's table gives them, ploidy, and what the numbers are taken for.
TABLES = {
    "apple_kumar247": (247, 2828, 2, "dosages"),
    "maize_nam": (4923, 4085, 2, "dosages"),
    "pea_groan": (208, 647, 2, "dosages"),
    "wheat_cimmyt599": (599, 1279, 1, "dosages"),
    "wheat_iran2000": (2000, 1000, 1, "dosages"),
    "wheat_cimmyt_htp776": (776, 3438, 2, "features"),
    "arabidopsis_regmap22k": (1234, 22000, 1, "dosages"),
}


@pytest.mark.parametrize("name", TABLES)
def test_real_tables(shared, name, tmp_path):
    n, p, ploidy, kind = TABLES[name]
    path = shared / "data" / name / "genotypes.csv.gz"
    genotypes = read_genotypes(path, Reading(ploidy=ploidy), tmp_path)
    assert (genotypes.n_samples, genotypes.n_variants) == (n, p)
    assert genotypes.source["format"] == kind
    assert genotypes.is_dosage == (kind == "dosages")
    assert genotypes.samples.tolist() == sample_ids(path)
    phenotypes = pd.read_csv(path.with_name("phenotypes.csv"), dtype={0: str}, index_col=0)
    assert len(set(genotypes.samples) & set(phenotypes.index)) > 0.8 * len(phenotypes)


def test_imputed_codes_of_inbred_lines_are_dosages_where_asked(shared):
    path = shared / "data" / "wheat_cimmyt_htp776" / "genotypes.csv.gz"
    genotypes = read_genotypes(path, Reading(format="dosages"))
    expected = pd.read_csv(path, index_col=0).to_numpy(np.float32).T + np.float32(1)
    np.testing.assert_array_equal(genotypes.dosages, expected)
    assert genotypes.ploidy == 2


@pytest.mark.parametrize(
    "name", ["wheat_cimmyt_htp776/omics_hyperspectral_E1.csv.gz", "arabidopsis_regmap22k/omics_ionome.csv"]
)
def test_omics_tables_are_features(shared, name):
    path = shared / "data" / name
    genotypes = read_genotypes(path)
    expected = pd.read_csv(path, index_col=0, dtype={0: str})
    assert genotypes.ploidy is None
    assert genotypes.variants["id"].tolist() == expected.columns.tolist()
    np.testing.assert_array_equal(genotypes.dosages.T, expected.to_numpy(np.float32))


def test_tetraploid_potato_in_a_table_with_positions(shared, tmp_path):
    """As GWASpoly takes it: marker, chromosome, position, then a column a clone."""
    vcf = read_genotypes(
        shared / "data" / "potato_gwaspoly_tetraploid" / "genotypes.vcf.gz", Reading(ploidy=4)
    )
    calls = pd.DataFrame(vcf.dosages, columns=vcf.samples).astype("Int8").mask(vcf.dosages < 0)
    table = pd.concat([vcf.variants[["id", "chrom", "pos"]], calls], axis=1)
    table.columns = ["Marker", "Chrom", "Position", *vcf.samples]
    path = tmp_path / "potato.csv"
    table.to_csv(path, index=False, na_rep="NA")
    genotypes = read_genotypes(path, Reading(ploidy=4))
    assert isinstance(genotypes, Genotypes)
    assert np.array_equal(genotypes.dosages, vcf.dosages)
    assert genotypes.samples.tolist() == sample_ids(path) == vcf.samples.tolist()
    columns = ["chrom", "pos", "id"]
    pd.testing.assert_frame_equal(genotypes.variants[columns], vcf.variants[columns])
