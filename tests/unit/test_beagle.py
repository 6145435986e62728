"""Imputation by Beagle: better than the mode, repeatable, and a reason where it does not work."""

import gzip
import shutil

import numpy as np
import pytest

from dnngp.base.errors import UserError
from dnngp.base.files import BGZF_EOF
from dnngp.genotypes import beagle
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.simulate import simulate, write
from dnngp.genotypes.store import MISSING

SETTINGS = {
    "samples": 120,
    "markers": 250,
    "chromosomes": 1,
    "founders": 12,
    "populations": 1,
    "missing": 0.05,
    "inbred": False,
    "traits": {},
    "held_back": 0,
}

needs_beagle = pytest.mark.skipif(
    shutil.which("beagle") is None, reason="needs beagle (Debian: apt-get install beagle)"
)


@pytest.fixture(scope="module")
def vcf(tmp_path_factory):
    """A VCF whose folder has a space in its name, and the calls before some were taken away."""
    folder = tmp_path_factory.mktemp("with space")
    write(simulate("oats", SETTINGS, 1), folder)
    complete = simulate("oats", SETTINGS | {"missing": 0.0}, 1)
    return folder / "genotypes.vcf.gz", complete.genotypes.dosages


@needs_beagle
@pytest.mark.slow
def test_missing_calls_are_filled_and_the_others_kept(vcf, tmp_path):
    path, truth = vcf
    outputs = [tmp_path / "first.vcf.gz", tmp_path / "second.vcf.gz"]
    for output in outputs:
        beagle.impute(path, output, seed=3, memory_mb=1000)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    before, after = (read_genotypes(file, Reading()) for file in (path, outputs[0]))
    assert after.samples.tolist() == before.samples.tolist()
    assert after.variants["pos"].tolist() == before.variants["pos"].tolist()
    hidden = before.dosages == MISSING
    assert 0.03 < hidden.mean() < 0.07
    assert np.array_equal(after.dosages[~hidden], before.dosages[~hidden])
    mode = np.array([np.bincount(row[row >= 0], minlength=3).argmax() for row in before.dosages])
    found = np.mean(after.dosages[hidden] == truth[hidden])
    assert found > 0.9 > np.mean(np.broadcast_to(mode[:, None], truth.shape)[hidden] == truth[hidden])


@needs_beagle
def test_what_beagle_refuses_is_told_in_one_line(vcf, tmp_path):
    path, _ = vcf
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    single = tmp_path / "single.vcf"
    head = [line for line in lines if line.startswith(b"#")]
    single.write_bytes(b"".join([*head, lines[len(head)]]))
    with pytest.raises(UserError, match=r"single.vcf.*Beagle does not take it: Window has only one position"):
        beagle.impute(single, tmp_path / "out.vcf.gz", seed=1, memory_mb=500)
    assert not (tmp_path / "out.vcf.gz").exists()


def test_a_missing_program_is_named(vcf, tmp_path, monkeypatch):
    monkeypatch.setattr(beagle.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match=r"not installed.*apt-get install beagle"):
        beagle.impute(vcf[0], tmp_path / "out.vcf.gz", seed=1, memory_mb=500)


def test_files_that_beagle_would_misread_do_not_reach_it(vcf, tmp_path, monkeypatch):
    monkeypatch.setattr(beagle.shutil, "which", lambda name: "/bin/false")
    truncated = tmp_path / "truncated.vcf.gz"
    truncated.write_bytes(vcf[0].read_bytes()[: -len(BGZF_EOF)])
    with pytest.raises(UserError, match="truncated"):
        beagle.impute(truncated, tmp_path / "out.vcf.gz", seed=1, memory_mb=500)
    binary = tmp_path / "calls.bcf"
    binary.write_bytes(gzip.compress(b"BCF\2\2", mtime=0))
    with pytest.raises(UserError, match="not BCF"):
        beagle.impute(binary, tmp_path / "out.vcf.gz", seed=1, memory_mb=500)
