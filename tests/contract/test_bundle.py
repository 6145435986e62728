"""A bundle saved by one process predicts the same bytes in another, whatever the method and the threads."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.base.serialisation import part_of, prefixed
from dnngp.methods.registry import METHODS
from dnngp.prediction.bundle_files import load_bundle, save_bundle
from dnngp.prediction.bundle_training import train

from .conftest import QUICK, Population, fit_predict

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"

#: Predict with every bundle of a folder, in a process of its own.
ELSEWHERE = """
import sys
from pathlib import Path
from dnngp.prediction.bundle_files import load_bundle
from dnngp.genotypes.store import Genotypes
folder = Path(sys.argv[1])
candidates = Genotypes.load(folder / "candidates")
for path in sorted(folder.glob("bundles/*")):
    bundle = load_bundle(path)
    table = bundle.predict(candidates, bundle.match(candidates, 0.75, "candidates"), 0.9)
    (folder / path.name).write_bytes(table[["predicted", "reliability"]].to_numpy(float).tobytes())
"""


def bundled(population, name, known=120, **options):
    """The bundle of a method fitted on the first lines of a population."""
    return train(
        population.genotypes,
        population.phenotype[:known],
        method=name,
        encoding=options.pop("encoding", METHODS[name].default_encoding),
        params=options.pop("params", QUICK.get(name, {})),
        maf=population.maf,
        names=("contract", name),
        **options,
    )


@pytest.fixture(scope="module")
def gaps():
    """A population with missing calls."""
    population = Population(n=150, p=200)
    dosages = population.genotypes.dosages
    dosages[np.random.default_rng(4).random(dosages.shape) < 0.05] = -1
    return population


@pytest.fixture(scope="module")
def stored(gaps, tmp_path_factory):
    """Bundles of all methods, predictions of the process that made them, and those of another."""
    folder = tmp_path_factory.mktemp("bundles")
    candidates = gaps.genotypes.select(np.arange(120, 150))
    candidates.save(folder / "candidates")
    here = {}
    for name in METHODS:
        bundle = bundled(gaps, name)
        save_bundle(bundle, folder / "bundles" / name)
        here[name] = bundle.predict(candidates, bundle.match(candidates, 0.75, "candidates"), 0.9)
    subprocess.run(
        [sys.executable, "-c", ELSEWHERE, folder],
        env=os.environ | {"PYTHONPATH": str(SCRIPTS), "OMP_NUM_THREADS": "2"},
        check=True,
        timeout=300,
    )
    return folder, here


@pytest.mark.parametrize("name", METHODS)
def test_another_process_predicts_the_same_bytes(stored, name):
    folder, here = stored
    columns = ["predicted"] if name == "rrblup" else ["predicted", "reliability"]
    found = np.frombuffer((folder / name).read_bytes()).reshape(-1, 2)[:, : len(columns)]
    assert here[name]["predicted"].nunique() > 1 or name == "mean"
    assert found.tobytes() == here[name][columns].to_numpy(float).tobytes()


@pytest.mark.parametrize("name", METHODS)
def test_a_bundle_predicts_what_an_evaluation_does(gaps, stored, name):
    """Up to rounding: the evaluation encodes both kinds of lines together."""
    _, here = stored
    train_rows, test = np.arange(120), np.arange(120, 150)
    order = np.argsort(gaps.genotypes.samples[train_rows])
    seed = load_bundle(stored[0] / "bundles" / name).seed
    _, expected = fit_predict(
        name, gaps.genotypes, gaps.phenotype.to_numpy(), train_rows[order], test, QUICK.get(name, {}), seed
    )
    predicted = here[name].set_index("sample")["predicted"].loc[gaps.genotypes.samples[test]]
    # Networks on components: the last bits of the scores grow with the epochs.
    np.testing.assert_allclose(predicted, expected, rtol=1e-3 if METHODS[name].family == "network" else 1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_a_bundle_holds_nothing_that_runs_code(stored, name):
    folder = stored[0] / "bundles" / name
    assert sorted(path.name for path in folder.iterdir()) == ["arrays.npz", "bundle.json", "markers.tsv"]
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        assert all(arrays[key].dtype.kind in "fiub" for key in arrays.files)
        # Genotypes of training lines, only where relationships to them are what predicts.
        forms = re.findall(r'"form": *"(\w+)"', (folder / "bundle.json").read_text())
        assert ("training" in arrays.files) is ("kernel" in forms)
        assert "kernel" not in forms or METHODS[name].importance not in ("gradients", "shares")


def test_a_damaged_bundle_is_refused(gaps, tmp_path):
    save_bundle(bundled(gaps, "ridge"), tmp_path)
    whole = (tmp_path / "arrays.npz").read_bytes()
    (tmp_path / "arrays.npz").write_bytes(whole[:-9] + b"x" + whole[-8:])
    with pytest.raises(UserError, match="damaged"):
        load_bundle(tmp_path)
    told = (tmp_path / "bundle.json").read_text()
    for text, message in (
        ("[1]", "does not describe a bundle"),
        ("{", "not JSON"),
        (told.replace('"format": 2', '"format": 9'), "a bundle of form 9"),
    ):
        (tmp_path / "bundle.json").write_text(text)
        with pytest.raises(UserError, match=message):
            load_bundle(tmp_path)
    (tmp_path / "markers.tsv").unlink()
    with pytest.raises(UserError, match=r"no bundle: there is no markers\.tsv"):
        load_bundle(tmp_path)


@pytest.mark.parametrize("name", ["gblup", "lightgbm", "stack"])
def test_phenotypes_of_candidates_are_never_used(gaps, name):
    """Not even when the table has them: a bundle is trained on the lines it is given."""
    candidates = gaps.genotypes.select(np.arange(120, 150))
    tables = []
    for noise in (0.0, 1e3):
        changed = Population(n=150, p=200)
        changed.genotypes = gaps.genotypes
        changed.phenotype = gaps.phenotype.copy()
        changed.phenotype.iloc[120:] += noise
        bundle = bundled(changed, name)
        tables.append(bundle.predict(candidates, bundle.match(candidates, 0.75, "candidates"), 0.9))
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_swapped_alleles_change_nothing(gaps):
    """The candidates count the other allele at every second marker: the same bytes."""
    candidates = gaps.genotypes.select(np.arange(120, 150))
    p = candidates.n_variants
    variants = candidates.variants.assign(ref=["A"] * p, alt=["C"] * p)
    named = Population(n=150, p=p)
    named.genotypes = replace(gaps.genotypes, variants=variants)
    bundle = bundled(named, "gblup")
    other = np.arange(p) % 2 == 1
    flipped = np.where(candidates.dosages < 0, -1, 2 - candidates.dosages)
    swapped = replace(
        candidates,
        variants=variants.assign(ref=np.where(other, "C", "A"), alt=np.where(other, "A", "C")),
        dosages=np.where(other[:, None], flipped, candidates.dosages).astype(np.int8),
    )
    tables = []
    for lines in (replace(candidates, variants=variants), swapped):
        tables.append(bundle.predict(lines, bundle.match(lines, 1.0, ""), 0.9))
    pd.testing.assert_frame_equal(*tables, check_exact=True)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("ridge", {"name": "additive", "impute": "knn"}),
        ("ridge", {"name": "additive", "impute": "mode"}),
        ("gblup", {"name": "additive", "impute": "knn"}),
        ("ridge", {"name": "pca", "components": 20}),
        ("rrblup", {"name": "additive", "standardise": True}),
        ("lightgbm", {"name": "additive", "impute": "none"}),
    ],
)
def test_every_encoding_is_stored(gaps, tmp_path, name, encoding):
    candidates = gaps.genotypes.select(np.arange(120, 150))
    bundle = bundled(gaps, name, encoding=encoding)
    save_bundle(bundle, tmp_path)
    again = load_bundle(tmp_path)
    first, second = (b.predict(candidates, b.match(candidates, 0.75, ""), 0.9) for b in (bundle, again))
    assert first["predicted"].to_numpy().tobytes() == second["predicted"].to_numpy().tobytes()


def test_covariates_and_axes_are_stored(gaps, tmp_path):
    """New lines stand at the mean of the covariates; components of the training lines are fixed effects."""
    candidates = gaps.genotypes.select(np.arange(120, 150))
    weight = np.random.default_rng(1).normal(size=150)
    covariates = pd.DataFrame({"weight": weight}, index=gaps.genotypes.samples)
    for name in ("gblup", "rrblup", "bayescpi", "gblup_ad"):
        params = QUICK.get(name, {"pcs": 2})
        bundle = bundled(gaps, name, params=params, covariates=covariates)
        save_bundle(bundle, tmp_path)
        again = load_bundle(tmp_path)
        tables = [b.predict(candidates, b.match(candidates, 0.75, ""), 0.9) for b in (bundle, again)]
        assert bundle.fits[0].fixed == 1
        pd.testing.assert_frame_equal(*(t.drop(columns="reliability") for t in tables), check_exact=True)


def test_members_of_a_network_give_a_spread(gaps):
    """It is the standard deviation over networks that were trained with the members' seeds."""
    candidates = gaps.genotypes.select(np.arange(120, 150))
    alone = bundled(gaps, "mlp", params={"epochs": 2})
    several = bundled(gaps, "mlp", params={"epochs": 2, "members": 3})
    match = alone.match(candidates, 0.75, "")
    assert alone.predict(candidates, match, 0.9)["spread"].isna().all()
    table = several.predict(candidates, match, 0.9).set_index("sample")
    every = several.model.to_arrays()
    predicted = []
    for member in range(3):
        arrays = {"row_shape": every["row_shape"]} | prefixed("link", part_of("link", every))
        arrays |= prefixed("member0", part_of(f"member{member}", every))
        alone.model.from_arrays(arrays)
        predicted.append(alone.predict(candidates, match, 0.9).set_index("sample")["predicted"])
    np.testing.assert_allclose(pd.concat(predicted, axis=1).mean(axis=1)[table.index], table["predicted"])
    np.testing.assert_allclose(pd.concat(predicted, axis=1).std(axis=1)[table.index], table["spread"])
