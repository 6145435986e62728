"""Level 0 made in jobs of their own: from training samples alone, and the same bytes as within the fits."""

import numpy as np
import pandas as pd
import pytest
from tests.unit.test_iterative import genotypes_of

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.marker_blocks import PreparedBlocks, TraitFolds, part_of_markers, write_marker_blocks
from dnngp.plan import Plan

N, P, PARTS = 60, 90, 4
MODEL = {"method": "block_ridge", "encoding": {"name": "additive"}, "params": {"block_size": 15}, "tune": 1}
NAMES, FILTERS = (1, "d", "t", "random"), {"maf": 0.05, "mac": 0}


@pytest.fixture(scope="module")
def data():
    """Genotypes of which a part does not vary, phenotypes, two folds."""
    random = np.random.default_rng(3)
    dosages = random.binomial(2, random.uniform(0.2, 0.8, (P, 1)), (P, N)).astype(np.int8)
    dosages[random.random(dosages.shape) < 0.02] = -1
    dosages[part_of_markers(P, 15, 2, PARTS)] = 1
    genotypes = genotypes_of(dosages)
    phenotype = pd.Series(random.normal(size=P) @ dosages + random.normal(size=N), genotypes.samples)
    parts = [
        pd.DataFrame(
            {"sample": genotypes.samples, "role": np.where(np.arange(N) % 2 == fold, "test", "train")}
        ).assign(repeat=1, fold=fold + 1, environment=None, group=None)
        for fold in (0, 1)
    ]
    return genotypes, phenotype, pd.concat(parts, ignore_index=True)


def write(folder, data, phenotype=None, splits=None, model=MODEL):
    """Files of all parts."""
    genotypes, values, folds = data
    traits = {
        "t": TraitFolds(
            NAMES, values if phenotype is None else phenotype, folds if splits is None else splits
        )
    }
    paths = [folder / f"p{part}.npz" for part in range(1, PARTS + 1)]
    for part, path in enumerate(paths, start=1):
        rows = part_of_markers(P, model["params"]["block_size"], part, PARTS)
        write_marker_blocks(path, genotypes.select(None, rows), P, traits, model, FILTERS)
    return paths


def evaluated(data, prepared=None):
    genotypes, phenotype, splits = data
    return evaluate(genotypes, phenotype, splits, **MODEL, **FILTERS, names=NAMES, prepared=prepared)


@pytest.mark.parametrize(("markers", "size", "parts"), [(90, 15, 4), (7, 10, 3), (1000, 7, 1), (95, 10, 10)])
def test_parts_are_whole_blocks_that_cover_all_markers(markers, size, parts):
    found = [part_of_markers(markers, size, part, parts) for part in range(1, parts + 1)]
    assert np.concatenate(found).tolist() == list(range(markers))
    assert all(rows[0] % size == 0 for rows in found if len(rows))


def test_a_fit_is_the_same_bytes_with_and_without_parts(data, tmp_path):
    alone = evaluated(data)
    shared = evaluated(data, PreparedBlocks(write(tmp_path, data), "t", MODEL))
    assert alone.folds["status"].tolist() == ["ok", "ok"]
    for name in ("predictions", "folds", "ledger"):
        pd.testing.assert_frame_equal(getattr(shared, name), getattr(alone, name), check_exact=True)
    assert "ridge within blocks" in alone.ledger["step"].tolist()
    assert not alone.ledger[["test_genotypes_seen", "test_phenotypes_seen"]].to_numpy().any()


def test_no_phenotype_of_a_test_sample_reaches_a_part(data, tmp_path):
    _, phenotype, splits = data
    first = splits[splits["fold"] == 1]
    changed = phenotype.copy()
    changed[first.loc[first["role"] == "test", "sample"]] = 1e6
    written = []
    for name, values in (("as_is", phenotype), ("changed", changed)):
        (tmp_path / name).mkdir()
        written.append([path.read_bytes() for path in write(tmp_path / name, data, values, first)])
    assert written[0] == written[1]


def test_parts_of_other_phenotypes_are_refused(data, tmp_path):
    paths = write(tmp_path, data, data[1] + 1)
    with pytest.raises(UserError, match="made from other training samples, phenotypes or parameters"):
        evaluated(data, PreparedBlocks(paths, "t", MODEL))


@pytest.mark.parametrize(
    ("model", "parts"),
    [
        ({"method": "block_ridge"}, 3),
        ({"method": "block_ridge", "encoding": {"name": "additive", "impute": "knn"}}, 0),
        ({"method": "block_ridge", "encoding": "haplotype_blocks"}, 0),
        ({"method": "ridge"}, 0),
    ],
)
def test_only_models_that_can_are_shared_out(model, parts):
    simulate = {"samples": 30, "markers": 20, "traits": {"t": {"h2": 0.5}}}
    config = {
        "datasets": [{"name": "d", "simulate": simulate}],
        "methods": ["mean"],
        "models": {"m": model},
        "cv": {"marker_jobs": 3},
    }
    plan = Plan(read_configuration(config))
    assert len(plan.marker_blocks("d", "random", "m")) == parts
    assert not plan.marker_blocks("d", "random", "mean")
    assert len(plan.beside_markers("d", "t", "random", "m").get("marker_blocks", [])) == parts
