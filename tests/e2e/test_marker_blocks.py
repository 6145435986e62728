"""Fits whose markers are shared out among jobs of their own: the same bytes, however many jobs."""

import copy
import re

import numpy as np
import pytest
from tests.e2e.conftest import snakemake
from tests.trees import contents

CONFIG = {
    "datasets": [
        {
            "name": "beans",
            "simulate": {
                "samples": 60,
                "markers": 300,
                "traits": {"yield": {"h2": 0.8, "qtl": 10}, "height": {"h2": 0.5, "qtl": 10}},
            },
        }
    ],
    "methods": ["gblup"],
    "models": {"blocks": {"method": "block_ridge", "params": {"block_size": 40}}},
    "cv": {"folds": 3, "repeats": 2, "schemes": ["random"]},
}
FITS = [
    f"results/beans/{trait}/random/blocks/r{repeat}b1.meta.json"
    for trait in ("yield", "height")
    for repeat in (1, 2)
]


@pytest.fixture(scope="module")
def shared_out(tmp_path_factory):
    """A folder with fits by three jobs of markers, and the results of fits without them."""
    folder = tmp_path_factory.mktemp("blocks")
    run(folder, CONFIG)
    alone = contents(folder / "results")
    config = copy.deepcopy(CONFIG)
    config["cv"]["marker_jobs"] = 3
    assert count(run(folder, config), "marker_blocks") == 3
    return folder, alone


def run(folder, config, *arguments):
    process = snakemake(folder, config, *FITS, *arguments)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout + process.stderr


def count(output, rule):
    """Jobs of a rule in the table that Snakemake prints."""
    found = re.search(rf"^{rule}\s+(\d+)", output, re.MULTILINE)
    return 0 if found is None else int(found.group(1))


def test_results_are_those_of_fits_without_other_jobs(shared_out):
    folder, alone = shared_out
    assert contents(folder / "results") == alone
    with np.load(folder / "resources/marker_blocks/beans/random/blocks/p2.npz") as part:
        assert {name.split("/")[0] for name in part} == {"yield", "height"}
        assert part["yield/r2f3/predictors"].shape[0] == 40


def test_a_part_that_is_lost_is_made_again_alone(shared_out):
    folder, alone = shared_out
    parts = folder / "resources" / "marker_blocks" / "beans" / "random" / "blocks"
    before = {path.name: path.read_bytes() for path in parts.glob("*.npz")}
    (parts / "p2.npz").unlink()
    (folder / FITS[0]).unlink()
    output = run(folder, None)
    assert (count(output, "marker_blocks"), count(output, "genotypes")) == (1, 0)
    assert {path.name: path.read_bytes() for path in parts.glob("*.npz")} == before
    assert contents(folder / "results") == alone
