"""What goes wrong on the way: a clear message, no traceback, and after it the bytes of an undisturbed run."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from tests.e2e.conftest import ROOT, snakemake
from tests.trees import contents

from dnngp.base.jobs import BEGUN

TINY = {
    "datasets": [
        {"name": "d", "simulate": {"samples": 30, "markers": 40, "traits": {"t": {"h2": 0.5, "qtl": 9}}}}
    ],
    "methods": ["mean"],
    "cv": {"folds": 2, "schemes": ["random"]},
}
FIT = Path("results/d/t/random/mean")
TARGET = FIT / "r1b1.folds.tsv"
LOG = Path("logs/d/t/random/mean/r1b1.log")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A folder in which a fit, and what it needs, is finished."""
    folder = tmp_path_factory.mktemp("undisturbed")
    process = snakemake(folder, TINY, TARGET)
    assert process.returncode == 0, process.stderr
    return folder


@pytest.fixture
def folder(undisturbed, tmp_path):
    """The same with all but the fit."""
    shutil.copytree(undisturbed, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / FIT)
    (tmp_path / "run" / LOG).unlink()
    return tmp_path / "run"


def said(process):
    """What the user reads of a run that failed."""
    text = process.stdout + process.stderr
    assert process.returncode != 0, text
    assert "Traceback" not in text, text
    return text


def same_after(folder, undisturbed, *arguments):
    """The run goes to its end and leaves the bytes of the undisturbed one."""
    process = snakemake(folder, None, TARGET, *arguments)
    assert process.returncode == 0, process.stdout + process.stderr
    assert contents(folder / "results") == contents(undisturbed / "results")


@contextlib.contextmanager
def started(folder):
    """Snakemake in the background, up to a running fit: the process, and the number of the fit's."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--cores", 1, TARGET]
    with (folder / "output").open("w+") as output:
        process = subprocess.Popen(
            list(map(str, command)), cwd=folder, stdout=output, stderr=output, start_new_session=True
        )
        try:
            while not (fit := running_fit(folder)):
                assert process.poll() is None, "Snakemake ended too early"
                time.sleep(0.02)
            yield process, fit
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def running_fit(folder):
    """Number of the process of a fit that has begun to write its log."""
    log = (folder / LOG).read_text() if (folder / LOG).exists() else ""
    begun = re.match(rf"{BEGUN} (\d+)", log)
    return int(begun.group(1)) if begun else None


@contextlib.contextmanager
def mounted(path, *options):
    """A file system mounted onto ``path``."""
    path.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["mount", *options, path], capture_output=True).returncode:
        pytest.skip("needs the permission to mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", path], check=True)


def test_a_killed_fit_is_named_and_done_again(folder, undisturbed):
    with started(folder) as (process, fit):
        os.kill(fit, signal.SIGKILL)
        assert process.wait(timeout=100) != 0
    output = (folder / "output").read_text()
    assert "Traceback" not in output
    assert f"error: {LOG}: the job was ended from outside" in output
    same_after(folder, undisturbed)


def test_a_second_run_is_refused_and_a_killed_one_is_taken_up(folder, undisturbed):
    with started(folder) as (process, fit):
        os.kill(fit, signal.SIGSTOP)
        text = said(snakemake(folder, None, TARGET))
        assert "Directory cannot be locked" in text
        assert "--unlock" in text
        os.killpg(process.pid, signal.SIGKILL)
    assert snakemake(folder, None, "--unlock").returncode == 0
    same_after(folder, undisturbed)


def test_a_full_disk(folder, undisturbed):
    with mounted(folder / FIT, "-t", "tmpfs", "-o", "size=8k", "none"):
        (folder / FIT / "mount point").touch()  # Snakemake removes empty folders
        text = said(snakemake(folder, None, TARGET))
        assert re.search(rf"error: {FIT}/r1b1\S+: the disk is full. Make room and run the same command", text)
        assert not list((folder / FIT).glob(".*"))
    same_after(folder, undisturbed)


def test_a_folder_that_can_only_be_read(folder, undisturbed):
    results = folder / "results"
    with mounted(results, "--bind", results):
        subprocess.run(["mount", "-o", "remount,bind,ro", results], check=True)
        assert "error: nothing can be written to results." in said(snakemake(folder, None, TARGET))
    same_after(folder, undisturbed)


def test_a_damaged_intermediate_file(folder, undisturbed):
    splits = folder / "results/d/t/random/splits.tsv"
    splits.write_bytes(splits.read_bytes()[:-20])
    text = said(snakemake(folder, None, TARGET))
    assert "error: results/d/t/random/splits.tsv: the file is damaged (it ends within a line)." in text
    splits.unlink()
    same_after(folder, undisturbed)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("d/t/random/splits.tsv", lambda content: b"".join(content.splitlines(keepends=True)[:-2])),
        ("d/t/phenotype.tsv", lambda content: content[:-3] + bytes([content[-3] ^ 1]) + content[-2:]),
        ("d/genotypes/dosages.npy", lambda content: content[:-1] + bytes([content[-1] ^ 1])),
    ],
)
def test_a_change_that_still_parses(folder, undisturbed, name, change):
    path = folder / "results" / name
    before = path.stat()
    path.write_bytes(change(path.read_bytes()))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    text = said(snakemake(folder, None, TARGET))
    assert f"error: results/{name}: the file is damaged (it is not what was written" in text
    shutil.rmtree(path.parent) if path.suffix == ".npy" else path.unlink()
    same_after(folder, undisturbed)


def test_results_of_another_configuration_are_not_overwritten(folder, undisturbed):
    before = contents(folder / "results")
    other = TINY | {"datasets": [{"name": "e", "simulate": {"samples": 30, "markers": 40}}]}
    (folder / "other.yaml").write_text(yaml.safe_dump(other))
    text = said(snakemake(folder, None, "--configfile", "other.yaml"))
    assert (
        "error: the results in results are those of another configuration, config.yaml (datasets d)" in text
    )
    assert contents(folder / "results") == before
    same_after(folder, undisturbed)


def test_leftovers_of_a_killed_job_are_removed(folder, undisturbed):
    left = folder / "results/d/.partial.read.x"
    left.mkdir()
    (left / "dosages.npy").touch()
    same_after(folder, undisturbed)
