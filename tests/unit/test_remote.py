"""Addresses in the place of paths: what a configuration says of them before anything is fetched."""

from pathlib import Path

import pytest

from dnngp.base import remote
from dnngp.base.errors import UserError
from dnngp.base.remote import is_remote
from dnngp.cli.first_look import first_look
from dnngp.config import read_configuration
from dnngp.genotypes.file_formats import genotype_files, sample_ids

ADDRESS = "https://example.org/panel.vcf.gz"


@pytest.fixture
def problems(tmp_path, monkeypatch):
    """What is wrong with a dataset of these options, None if nothing; the plugin of s3 is not installed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(remote, "find_spec", lambda name: None if name.endswith("_s3") else object())
    rows = "".join(f"p{number},{number}.5\n" for number in range(12))
    Path("y.csv").write_text("id,yield\n" + rows)

    def read(**options):
        dataset = {"name": "one", "genotypes": ADDRESS, "phenotypes": "y.csv"} | options
        try:
            read_configuration({"datasets": [dataset], "cv": {"folds": 3}})
        except UserError as error:
            return str(error)
        return None

    return read


def test_genotypes_and_phenotypes_may_be_addresses(problems):
    assert problems() is None
    assert problems(impute="beagle") is None
    assert problems(phenotypes="https://example.org/y.csv", traits=["yield"]) is None
    assert problems(omics={"ions": {"file": "gs://bucket/ions.csv"}}) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"genotypes": "s3://a/b.vcf"}, "python -m pip install snakemake-storage-plugin-s3"),
        ({"genotypes": "htps://a/b.vcf"}, "htps:// cannot be fetched. Did you mean 'https'?"),
        (
            {"samples_file": ADDRESS},
            f"{ADDRESS} (`samples_file`) is read before anything runs. Fetch the file",
        ),
        ({"phenotypes": ADDRESS}, "Beforehand it takes the names of the traits (`traits`)."),
        (
            {"phenotypes": ADDRESS, "traits": ["yield"], "environments": {"traits": ["a", "b"]}},
            "Beforehand it takes a file here, for `environments`.",
        ),
        ({"traits": ["yeild"]}, "y.csv has no trait 'yeild'. Did you mean 'yield'?"),
    ],
)
def test_what_cannot_be_fetched_or_is_needed_beforehand_is_told(problems, options, message):
    assert message in problems(**options)


def test_the_ending_of_an_address_names_the_files_beside_it():
    assert genotype_files("https://a.org/x/p.bed") == [
        f"https://a.org/x/p.{end}" for end in ("bed", "bim", "fam")
    ]
    assert genotype_files(ADDRESS) == [ADDRESS]
    assert sample_ids(ADDRESS) is None


def test_a_path_is_no_address():
    assert not any(map(is_remote, ["data/a.vcf", "/a:/b", "C:/a.vcf", "<results>/a:b"]))
    with pytest.raises(UserError, match=r"is not here to be looked at\. Fetch the file and name it"):
        first_look(Path(ADDRESS), Path("y.csv"))
