"""Every file of the specification's own test set, and of EBI's validator, good and malformed.

The manifest of the corpus says of each file whether it is valid and whether its defect touches what a reader
of genotypes uses. Here: valid files are read or said to hold nothing usable; of the malformed ones, nearly
all are refused or warned about; and whatever is read equals a parser written for this test.
"""

import re
import time
from collections import Counter

import numpy as np
import pytest

from dnngp.base.errors import UserError
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading

#: What the reader says of a valid file without genotypes that could be used.
HOLDS_NONE = re.compile(
    r"the VCF has no samples|the file holds no variants|no record has genotypes"
    r"|sites with genotypes is biallelic|alleles, not `ploidy: 2`; so in \d+ of \d+ sites"
)

#: Not defects of these files' own: nearly all of the corpus, valid or not, declares little.
UNDECLARED = re.compile(r"is not declared in the header|is not among the contigs")


@pytest.fixture(scope="module")
def corpus(shared):
    """(name, expected verdict, class of defect, touches genotypes, outcomes by strictness)."""
    folder = shared / "vcf-corpus"
    if not folder.is_dir():
        pytest.skip("no corpus of malformed VCF files")
    lines = (folder / "manifest.tsv").read_text().splitlines()
    head = lines[0].split("\t")
    files = [dict(zip(head, line.split("\t"), strict=True)) for line in lines[1:]]
    outcome(folder / files[0]["file"], True)  # compiles
    for file in files:
        start = time.process_time()
        file["path"] = folder / file["file"]
        file["strict"], file["lenient"] = (outcome(file["path"], strict) for strict in (True, False))
        file["seconds"] = time.process_time() - start
    return files


def outcome(path, strict):
    """The genotypes, or the error that the user would see; anything else fails the test."""
    try:
        return read_genotypes(path, Reading(strict=strict))
    except UserError as error:
        return error


def test_no_file_takes_two_seconds(corpus):
    assert len(corpus) > 590
    assert max(file["seconds"] for file in corpus) < 4  # both ways of reading


def test_every_valid_file_is_read_or_said_to_hold_nothing_usable(corpus):
    outcomes = Counter()
    for file in corpus:
        if file["expected"] == "passed":
            found = file["strict"]
            if isinstance(found, UserError):
                assert HOLDS_NONE.search(str(found)), (file["file"], str(found))
            outcomes[type(found).__name__] += 1
    assert outcomes["Genotypes"] > 35


def told(file):
    """Whether a reader of the file learns that something is wrong with it, and where."""
    found = file["strict"]
    if isinstance(found, UserError):
        assert str(file["path"]) in str(found)
        return True
    own = found.defects[~found.defects["what"].str.contains(UNDECLARED)]
    assert (own["line"] > 0).all()
    assert (own["column"] != "").all()
    return len(own) > 0


def test_malformed_files_are_refused_or_warned_about(corpus):
    failed = [file for file in corpus if file["expected"] == "failed"]
    relevant = [told(file) for file in failed if file["genotype_relevant"] == "yes"]
    others = [told(file) for file in failed if file["genotype_relevant"] != "yes"]
    assert len(relevant) > 110
    assert sum(relevant) >= 0.95 * len(relevant)
    assert sum(others) >= 0.95 * len(others)


def test_an_error_about_a_record_names_its_line(corpus):
    for file in corpus:
        found = file["strict"]
        if isinstance(found, UserError) and found.column is not None:
            assert found.line is not None
            assert found.line <= len(file["path"].read_bytes().splitlines()), file["file"]


def test_no_genotype_is_wrong(corpus):
    calls = 0
    for file in corpus:
        for found in (file["strict"], file["lenient"]):
            if isinstance(found, UserError):
                continue
            truth = simply_parsed(file["path"])
            for variant, row in zip(found.variants.itertuples(), found.dosages, strict=True):
                candidates = truth[variant.chrom, variant.pos, variant.ref, variant.alt]
                assert any(np.array_equal(row, np.where(row < 0, row, wanted)) for wanted in candidates)
                calls += int((row >= 0).sum())
    assert calls > 1000


def simply_parsed(path):
    """Counts of the ALT allele by site, a list for each: calls of two alleles, or of one for both."""
    sites = {}
    for line in path.read_bytes().decode(errors="replace").splitlines():
        cells = line.split("\t")
        if line.startswith("#") or len(cells) < 10 or "GT" not in cells[8].split(":"):
            continue
        place = cells[8].split(":").index("GT")
        row = []
        for cell in cells[9:]:
            alleles = re.findall(r"\d+", ([*cell.split(":"), *[""] * 99])[place])
            row.append(sum(int(allele) == 1 for allele in alleles) * (2 if len(alleles) == 1 else 1))
        alt = "" if cells[4] == "." else cells[4]
        sites.setdefault((cells[0], int(cells[1]), cells[3], alt), []).append(np.array(row))
    return sites
