"""Bad input: one message that names file, place and remedy; a non-zero exit; nothing half-written."""

import gzip
import math
import random

import pytest
from tests.e2e.conftest import snakemake

LINES = [f"line{number}" for number in range(24)]


def vcf_text(variants=60):
    draw = random.Random(1)
    rows = ["##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
    rows.append("##contig=<ID=1>")
    rows.append("\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *LINES]))
    for position in range(1, variants + 1):
        calls = [draw.choice(["0/0", "0/1", "1/1"]) for _ in LINES]
        rows.append("\t".join(["1", str(position), ".", "A", "C", ".", "PASS", ".", "GT", *calls]))
    return "\n".join(rows) + "\n"


def phenotype_text(value=lambda number: f"{math.sin(number):.4f}"):
    return "id,yield\n" + "".join(f"{name},{value(number)}\n" for number, name in enumerate(LINES))


def write_good(folder):
    (folder / "geno.vcf").write_text(vcf_text())
    (folder / "pheno.csv").write_text(phenotype_text())
    return folder


@pytest.fixture
def folder(tmp_path):
    """A folder with good input; each test breaks one thing."""
    return write_good(tmp_path)


def run(folder, genotypes="geno.vcf", entry=None, targets=(), **sections):
    dataset = {"name": "d", "genotypes": genotypes, "phenotypes": "pheno.csv"} | (entry or {})
    config = {
        "datasets": [dataset],
        "methods": ["gblup"],
        "cv": {"folds": 3, "schemes": ["random"]},
    } | sections
    return snakemake(folder, config, *targets)


def message(process):
    """What the user reads, after the assertions that hold for every bad input."""
    text = process.stdout + process.stderr
    assert process.returncode != 0, text
    assert "Traceback" not in text, text
    return text


@pytest.fixture(scope="module")
def good_run(tmp_path_factory):
    """The folder of a run whose input is good."""
    folder = write_good(tmp_path_factory.mktemp("good"))
    process = run(folder)
    assert process.returncode == 0, process.stdout + process.stderr
    return folder


def test_good_input_passes(good_run):
    assert (good_run / "results" / "report" / "index.html").exists()


def test_wrong_id_column(folder):
    text = message(run(folder, entry={"id_column": "Line"}))
    assert "pheno.csv has no column 'Line' (`id_column`). Known: 'id', 'yield'." in text


def test_text_in_a_trait(folder):
    (folder / "pheno.csv").write_text(phenotype_text(lambda number: "tall" if number == 4 else number))
    text = message(run(folder))
    assert "dataset d: pheno.csv, line 6, column yield: 'tall' is not a finite number." in text
    assert not (folder / "results").exists()


def test_constant_trait(folder):
    (folder / "pheno.csv").write_text(phenotype_text(lambda number: 1.5))
    text = message(run(folder))
    assert (
        "dataset d: pheno.csv, column yield: the trait is constant: all 24 lines with genotypes have" in text
    )
    assert not (folder / "results").exists()


def test_empty_vcf(folder):
    (folder / "geno.vcf").write_text("")
    assert "geno.vcf" in message(run(folder))


def test_vcf_without_variants(folder):
    header = [line for line in vcf_text().splitlines(keepends=True) if line.startswith("#")]
    (folder / "geno.vcf").write_text("".join(header))
    text = message(run(folder))
    assert "error: geno.vcf" in text
    assert "no variants" in text


@pytest.mark.parametrize("variants", [60, 30_000], ids=["seen with the header", "seen by the reader"])
def test_truncated_compressed_vcf(folder, variants):
    whole = gzip.compress(vcf_text(variants).encode())
    (folder / "geno.vcf.gz").write_bytes(whole[: len(whole) * 2 // 3])
    text = message(run(folder, "geno.vcf.gz"))
    assert "geno.vcf.gz: the compressed file is truncated" in text
    assert not (folder / "results" / "d" / "genotypes").exists()


def test_phenotypes_for_nobody(folder):
    (folder / "pheno.csv").write_text(phenotype_text().replace("line", "plot"))
    text = message(run(folder))
    assert "plot0, plot1, plot2, ..." in text
    assert "line0, line1, line2, ..." in text


def test_fewer_lines_than_folds(folder):
    text = message(run(folder, cv={"folds": 25, "schemes": ["random"]}))
    assert "only 24 lines have genotypes and phenotypes; that cannot fill 25 folds" in text


def test_fewer_phenotyped_lines_than_folds(folder):
    (folder / "pheno.csv").write_text(phenotype_text(lambda number: number if number < 4 else "NA"))
    text = message(run(folder))
    assert "error: " in text
    assert "4 lines" in text


def test_markers_without_a_call_are_removed_and_named(folder):
    rows = vcf_text().splitlines()
    cells = rows[5].split("\t")
    rows[5] = "\t".join([*cells[:2], "empty", *cells[3:9], *["./."] * len(LINES)])
    (folder / "geno.vcf").write_text("\n".join(rows) + "\n")
    removed = "results/d/qc/removed.tsv"
    process = run(folder, targets=[removed])
    assert process.returncode == 0, process.stdout + process.stderr
    assert "empty" in (folder / removed).read_text()


def test_nothing_but_missing_calls(folder):
    text = vcf_text()
    for call in ("0/0", "0/1", "1/1"):
        text = text.replace(call, "./.")
    (folder / "geno.vcf").write_text(text)
    assert "error: " in message(run(folder))


def test_after_mending_the_input_the_run_is_that_of_good_input(folder, good_run):
    good = (folder / "geno.vcf").read_text()
    (folder / "geno.vcf").write_text(good[: len(good) // 2])
    message(run(folder))
    (folder / "geno.vcf").write_text(good)
    tables = ["results/accuracy.tsv", "results/d/predictions.tsv"]
    process = run(folder, targets=tables)
    assert process.returncode == 0, process.stdout + process.stderr
    for table in tables:
        assert (folder / table).read_bytes() == (good_run / table).read_bytes()


def test_a_failed_fit_is_shown_as_failed_and_ends_the_run_in_an_error(folder):
    models = {"wild": {"method": "dnngp", "params": {"epochs": 2, "learning_rate": 1e30}}}
    process = run(folder, models=models, controls=False)
    text = message(process)
    assert "fits failed" in text
    assert "wild" in text
    accuracy = (folder / "results" / "accuracy.tsv").read_text().splitlines()
    failed = [row for row in accuracy if "\twild\t" in row]
    assert len(failed) == 3
    assert all("\tfailed\t" in row for row in failed)
    summary = (folder / "results" / "summary.tsv").read_text()
    assert "failed" in summary
    assert "failed" in (folder / "results" / "report" / "index.html").read_text()
