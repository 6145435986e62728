"""Inputs that version 0.1.0 got wrong without a word: each is read right, or its message says what to do.

The folders lie in ``cases`` of the shared data, each with a README that says what is RIGHT.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.config.written import check_file
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.quality_control import quality_control
from dnngp.prediction.bundle_files import load_bundle
from dnngp.prediction.bundle_training import train


class Case:
    """A folder of ``cases``; the working directory is there."""

    def __init__(self, folder):
        self.folder = folder

    def problems(self):
        """What the check of the configuration finds, in one text; empty if nothing."""
        try:
            self.configuration()
        except UserError as error:
            return str(error)
        return ""

    def configuration(self):
        return read_configuration(yaml.safe_load((self.folder / "c.yaml").read_text()))

    def genotypes(self):
        """Genotypes as the first dataset has them."""
        dataset = self.configuration().datasets["d"]
        return read_genotypes(dataset.genotypes, Reading(**dataset.reading))

    def control(self):
        """Genotypes and their quality control."""
        genotypes = self.genotypes()
        return genotypes, quality_control(genotypes, self.configuration().datasets["d"].qc)

    def warnings(self):
        """What the report warns of."""
        return "\n".join(self.control()[1].tables["warnings"]["message"])


@pytest.fixture
def case(shared, request, monkeypatch):
    folder = shared / "cases" / request.param
    if not folder.exists():
        pytest.skip(f"no folder {folder}")
    if folder.is_dir():
        monkeypatch.chdir(folder)
    return Case(folder)


def of(name):
    """Run a test on one case."""
    return pytest.mark.parametrize("case", [name], indirect=True)


@of("chrom-first-column-as-id")
def test_a_column_called_chrom_is_no_id(case):
    genotypes, control = case.control()
    assert (genotypes.n_variants, control.variants.sum()) == (400, 400)
    assert genotypes.variants.iloc[1].tolist() == ["1", 1010, "", "A", "G"]


@of("one-id-for-all-markers")
def test_one_id_for_all_markers(case):
    assert case.control()[1].variants.all()
    assert "share their ids" in case.warnings()


@of("trait-among-markers")
def test_a_trait_among_the_markers(case):
    assert "both.csv has resistant, m1, m2, ... among its markers" in case.problems()


@of("factor-column-as-marker")
def test_a_factor_among_the_markers(case):
    assert "'pop' is not named like the other markers" in case.warnings()


@of("id-column-but-lines-like-L_001")
def test_samples_named_like_markers(case):
    assert case.problems() == ""
    assert case.genotypes().samples[0] == "L_001"


@of("dart-one-row")
def test_dart_codes_without_its_heading_rows_are_asked_about(case):
    assert "`format: dart`" in case.problems()


@of("dart-as-exported")
def test_dart_as_exported_is_read(case):
    assert case.problems() == ""
    genotypes = case.genotypes()
    assert genotypes.samples[:2].tolist() == ["L001", "L002"]
    assert genotypes.dosages[0, :4].tolist() == [0, 2, 2, 0]  # 0 1 1 0 in the file


@of("ab-calls-with-NC")
def test_the_no_call_of_illumina(case):
    genotypes = case.genotypes()
    assert (genotypes.dosages < 0).any()
    assert set(genotypes.variants["ref"] + genotypes.variants["alt"]) <= {"AB", "BA", "A", "B"}


@of("gt-strings-in-csv")
def test_calls_as_in_a_vcf_in_a_table(case):
    assert case.problems() == ""
    assert case.genotypes().dosages[0, :4].tolist() == [0, 2, 2, 0]


@of("plink-raw")
def test_plink_raw(case):
    assert case.problems() == ""
    assert case.genotypes().dosages[:4, 0].tolist() == [0, 2, 2, 0]


@of("candidates-count-the-other-allele")
def test_candidates_of_which_other_alleles_are_counted(case):
    genotypes = case.genotypes()
    phenotype = pd.read_csv("p.csv", index_col="id")["yield"]
    truth = pd.read_csv("truth.csv", index_col="id")["yield"]
    options = {"encoding": {"name": "additive"}, "params": {}, "maf": 0.01, "names": ("d",)}
    bundle = train(genotypes, phenotype, method="gblup", **options)
    candidates = read_genotypes("cand.csv")
    match = bundle.match(candidates, 0.75, "cand.csv")
    assert match.counts()["assumed"] == len(bundle.markers)
    predicted = bundle.predict(candidates, match, 0.9).set_index("sample")["predicted"]
    assert predicted.corr(truth) > 0.5
    for name in ("candminor.csv", "candswap.csv"):
        with pytest.raises(UserError, match="the file counts other alleles"):
            bundle.match(read_genotypes(name), 0.75, name)
        assert bundle.match(read_genotypes(name), 0.75, name, min_agreement=0)


@pytest.mark.parametrize(
    "case", ["bundle-sha-devzero", "bundle-about-list", "bundle-lines-short"], indirect=True
)
def test_a_bundle_of_another_form_is_refused_at_once(case):
    with pytest.raises(UserError, match=r"bundle\.json: a bundle of form \d, which this version"):
        load_bundle(case.folder)


@of("bcf-empty-call.bcf")
def test_a_call_without_alleles_is_missing(case):
    dosages = read_genotypes(case.folder).dosages
    assert (dosages[10] < 0).any()


@pytest.mark.parametrize(
    ("case", "message"),
    [("bcf-negative-allele.bcf", "an allele below zero"), ("bcf-huge-record.bcf", "truncated")],
    indirect=["case"],
)
def test_damage_in_a_bcf(case, message):
    with pytest.raises(UserError, match=message):
        read_genotypes(case.folder)


@of("merged-gvcf")
def test_a_gvcf_is_named(case):
    assert "this is a GVCF (<NON_REF>)" in case.problems()
    with pytest.raises(UserError, match="GenotypeGVCFs"):
        read_genotypes("g.vcf")


@of("fam-with-a-line-removed")
def test_a_fam_that_lacks_a_line(case):
    with pytest.raises(UserError, match="more than the 199 samples"):
        case.genotypes()


@of("minus9-in-phenotypes")
def test_a_code_for_missing_values_is_asked_about(case):
    text = case.problems()
    assert "m9.csv, column yield: -9 is there 12 times" in text
    assert "`missing_values: [-9]`" in text


@of("year-as-trait")
def test_a_year_is_the_name_of_a_trait(case):
    assert list(case.configuration().datasets["d"].traits.values()) == ["2019"]


@of("chromosome-numbers")
def test_numbers_are_names_of_chromosomes(case):
    assert case.configuration().datasets["d"].qc["exclude_chromosomes"] == ["1", "2"]


@of("config-in-windows-1252")
def test_a_configuration_in_another_encoding_is_named(case):
    with pytest.raises(UserError, match=r"c\.yaml: it is not text in UTF-8\. Save it as UTF-8\."):
        check_file("c.yaml")


@of("gatk-no-reads-as-0-0")
def test_calls_without_reads_are_counted_and_can_be_missing(case):
    assert "are 0/0 without any reads" in case.warnings()
    called = case.genotypes()
    cleared = read_genotypes("gatk0.vcf", Reading(no_reads="missing"))
    text = (case.folder / "gatk0.vcf").read_text().splitlines()
    lines = [line.split("\t")[9:] for line in text if not line.startswith("#")]
    without = np.array([[cell == "0/0:0,0:0:0:0,0,0" for cell in cells] for cells in lines])
    assert without.sum() > 100
    assert (called.dosages[without] == 0).all()
    assert (cleared.dosages[without] == -1).all()
    assert np.array_equal(cleared.dosages[~without], called.dosages[~without])


@of("ids-differ-by-nbsp-or-unicode-form")
def test_ids_that_look_the_same_are_asked_about(case):
    text = case.problems()
    assert "which look the same" in text
    assert "`ids: characters`" in text
    assert r"\u0308" in text


@of("leading-zero-part")
def test_leading_zeros_are_asked_about(case):
    assert "leading zeros apart: '1' for '01' and '2' for '02'. Write `ids: zeros`" in case.problems()


@of("cr-line-ends")
def test_lines_that_end_as_on_old_macs(case):
    assert case.problems() == ""
    assert case.configuration().datasets["d"].traits == {"yield": "yield"}


@pytest.mark.parametrize("case", ["excel-empty-columns", "excel-empty-rows"], indirect=True)
def test_rows_and_columns_without_content_are_none(case):
    assert case.problems() == ""
    assert case.configuration().datasets["d"].traits == {"yield": "yield"}


def test_every_case_is_held_to_its_right(shared):
    tested = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    names = [path.name for path in (shared / "cases").iterdir() if path.name != "README.md"]
    assert [name for name in names if name not in tested] == []
