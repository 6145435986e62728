"""Markers and pedigree in one matrix: H against its inverse's identity, BLUP with it, truth, samples without
genotypes."""

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.base.tables import read_table, write_table
from dnngp.encodings.samples.population import Population, Source
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.ungenotyped import ungenotyped_phenotypes, ungenotyped_samples, with_ungenotyped
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parentage import Pedigree, read_pedigree
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.methods.gblup import GBLUP
from dnngp.methods.gblup_h import SingleStep, SingleStepBLUP, scaling
from dnngp.methods.parent_average import ParentAverage
from dnngp.prediction.individuals import predict_individuals
from dnngp.validation.comparison import _compared
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

PARENTS = {"name": "additive", "omics": "pedigree"}
BOTH = [{"name": "additive"}, {**PARENTS, "centre": False}]


def bred(seed, sizes=(30, 60, 80, 90), chromosomes=8, markers=60, loci=6, h2=0.4, mates=(5, 15)):
    """Four generations of a few sires and more dams: pedigree, dosages, genetic values, phenotypes.

    Markers and loci of the trait are drawn from mosaics of twelve haplotypes, so that founders have linkage.
    """
    rng, n, places = np.random.default_rng(seed), sum(sizes), markers + loci
    generation = np.repeat(np.arange(len(sizes)), sizes)
    parents = np.full((n, 2), -1)
    for born_in in range(1, len(sizes)):
        before = np.flatnonzero(generation == born_in - 1)
        sires, dams = (rng.choice(before, number, replace=False) for number in mates)
        born = generation == born_in
        parents[born] = np.column_stack([rng.choice(one, born.sum()) for one in (sires, dams)])
    ancestral = rng.random((12, chromosomes, places)) < rng.beta(0.8, 0.8, (chromosomes, places))

    def switched(of, rate):
        """Chromosomes made of pieces of ``of`` (k, chromosomes, places)."""
        first = rng.integers(0, len(of), (chromosomes, 1))
        jumps = (rng.random((chromosomes, places)) < rate) * rng.integers(1, len(of), (chromosomes, places))
        pick = (first + np.cumsum(jumps, axis=1)) % len(of)
        return np.take_along_axis(of, pick[None], axis=0)[0]

    haplotypes = np.empty((n, 2, chromosomes, places), bool)
    for i, pair in enumerate(parents):
        for side, parent in enumerate(pair):
            source = ancestral if parent < 0 else haplotypes[parent]
            haplotypes[i, side] = switched(source, 0.1 if parent < 0 else 1 / places)
    dosages = haplotypes.sum(axis=1)
    hidden = rng.choice(places, loci, replace=False)
    value = dosages[:, :, hidden].reshape(n, -1) @ rng.normal(size=chromosomes * loci)
    value = (value - value.mean()) / value.std()
    y = value + rng.normal(size=n) * np.sqrt(1 / h2 - 1)
    visible = np.delete(dosages, hidden, axis=2).reshape(n, -1)
    ids = [f"i{number:03}" for number in range(n)]
    return Pedigree(ids, parents, np.zeros(n)), visible, value, y, generation


def population(pedigree, dosages, genotyped):
    """Markers of some samples, relationships of all."""
    calls = np.where(genotyped[:, None], dosages, -1).T.astype(np.int8)
    ids = np.array(pedigree.ids)
    names = [f"m{number}" for number in range(len(calls))]
    a = pedigree.relationships(pedigree.ids).astype(np.float32)
    markers = Genotypes(ids, variant_table("1", 0, names, "A", "T"), calls, 2, {})
    layer = Genotypes(ids, variant_table("", 0, list(ids), "", ""), a, None, {"holds": "relationships"})
    return Population(markers, 0.0, 0, {"pedigree": Source(layer, name="pedigree")})


def predicted(method, encoding, where, y, train, test):
    training = TrainingSet(where, train)
    return method(encoding=encoding).fit(training, y[train]), training.records(test)


def test_the_inverse_of_h_is_that_of_a_with_the_genotyped_exchanged():
    """H^-1 = A^-1 + [0 0; 0 G*^-1 - A22^-1] (Aguilar et al. 2010; Christensen & Lund 2010)."""
    pedigree, dosages, *_ = bred(1, (20, 20, 20))
    a = pedigree.relationships(pedigree.ids)
    genotyped = np.random.default_rng(1).random(len(a)) < 0.6
    centred = dosages - dosages[genotyped].mean(axis=0)
    g = centred @ centred.T / 100
    joined = SingleStep.of(g, a, genotyped, 0.05)
    within = np.ix_(genotyped, genotyped)
    expected = np.linalg.inv(a)
    expected[within] += np.linalg.inv(a[within] + joined.deviations) - np.linalg.inv(a[within])
    h = joined.rows(g, a, genotyped)
    np.testing.assert_allclose(h, np.linalg.inv(expected), rtol=0, atol=1e-8)
    np.testing.assert_allclose(joined.own(g.diagonal(), a.diagonal(), a, genotyped), h.diagonal(), atol=1e-10)
    scaled = joined.intercept + joined.slope * g[within]
    assert scaled.mean() == pytest.approx(a[within].mean())
    assert scaled.diagonal().mean() == pytest.approx(a[within].diagonal().mean())
    np.testing.assert_allclose(joined.deviations, 0.95 * (scaled - a[within]))


def test_g_that_does_not_vary_keeps_its_scale():
    assert scaling(np.ones((3, 3)), np.eye(3)) == (pytest.approx(1 / 3 - 1), 1.0)


def test_single_step_is_blup_with_h():
    """Generalised least squares with H itself, at the ratio that REML finds; a tested sample has its rows."""
    pedigree, dosages, _, y, _ = bred(2, (20, 30, 40))
    n = len(y)
    genotyped = np.random.default_rng(2).random(n) < 0.6
    train, test = np.arange(0, n, 2), np.arange(1, n, 2)
    model, records = predicted(SingleStepBLUP, BOTH, population(pedigree, dosages, genotyped), y, train, test)
    a = pedigree.relationships(pedigree.ids)
    two = np.intersect1d(train, np.flatnonzero(genotyped))
    frequency = dosages[two].mean(axis=0) / 2
    kept = (frequency > 0) & (frequency < 1)
    centred, scale = dosages[:, kept] - 2 * frequency[kept], 2 * (frequency * (1 - frequency))[kept].sum()
    g = centred @ centred.T / scale
    slope = (np.diag(a[np.ix_(two, two)]).mean() - a[np.ix_(two, two)].mean()) / (
        np.diag(g[np.ix_(two, two)]).mean() - g[np.ix_(two, two)].mean()
    )
    intercept = a[np.ix_(two, two)].mean() - slope * g[np.ix_(two, two)].mean()
    star = 0.95 * (intercept + slope * g) + 0.05 * a
    onto = a[:, two] @ np.linalg.inv(a[np.ix_(two, two)])
    d = np.where(genotyped[:, None], (star - a)[:, two], onto @ (star - a)[np.ix_(two, two)])
    h = a[:, train] + d @ onto[train].T
    h[:, np.isin(train, two)] = a[:, two] + d
    assert model.diagnostics_["without_genotypes"] == len(train) - len(two)
    assert model.diagnostics_["g_slope"] == pytest.approx(slope, rel=1e-5)
    v = np.linalg.inv(h[train] + model.diagnostics_["lambda"] * np.eye(len(train)))
    mu = v.sum(axis=0) @ y[train] / v.sum()
    found = model.predict(records)
    np.testing.assert_allclose(found.mean, mu + h[test] @ v @ (y[train] - mu), atol=1e-5)
    assert ((found.reliability >= 0) & (found.reliability <= 1)).all()


def test_without_blending_all_genotyped_is_gblup():
    """G is scaled, which the ratio of variances makes up for."""
    pedigree, dosages, _, y, _ = bred(3, (20, 30, 40))
    train, test = np.arange(60), np.arange(60, 90)
    where = population(pedigree, dosages, np.full(90, True))
    training = TrainingSet(where, train)
    h = SingleStepBLUP(encoding=BOTH, blend=0.0).fit(training, y[train]).predict(training.records(test))
    g = GBLUP().fit(training, y[train]).predict(training.records(test))
    np.testing.assert_allclose(h.mean, g.mean, atol=1e-6)
    np.testing.assert_allclose(h.reliability, g.reliability, atol=1e-5)


def test_a_sample_without_record_or_offspring_has_the_mean_of_its_parents():
    pedigree, dosages, _, y, generation = bred(4, (20, 30, 40))
    train, test = np.flatnonzero(generation < 2), np.flatnonzero(generation == 2)
    where = population(pedigree, dosages, np.full(90, True))
    model, records = predicted(ParentAverage, PARENTS, where, y, train, test)
    training = TrainingSet(where, train)
    parents = [model.predict(training.records(pedigree.parents[test, side])).mean for side in (0, 1)]
    np.testing.assert_allclose(model.predict(records).mean, np.mean(parents, axis=0), atol=1e-6)


def test_h_predicts_better_than_the_pedigree_and_than_the_genotyped_alone():
    """True values of the youngest in 20 replicates; their parents have a phenotype and no markers."""
    accuracy = {"h": [], "pedigree": [], "genotyped": []}
    for seed in range(20):
        pedigree, dosages, value, y, generation = bred(100 + seed, (20, 60, 80, 160), mates=(3, 6))
        rng = np.random.default_rng(seed)
        genotyped = generation != 2
        where = population(pedigree, dosages, genotyped)
        tested = (generation == 3) & (rng.random(len(y)) < 0.5)
        train, test = np.flatnonzero(~tested), np.flatnonzero(tested)
        for name, method, encoding, rows in (
            ("h", SingleStepBLUP, BOTH, train),
            ("pedigree", ParentAverage, PARENTS, train),
            ("genotyped", GBLUP, None, np.intersect1d(train, np.flatnonzero(genotyped))),
        ):
            model, records = predicted(method, encoding, where, y, rows, test)
            accuracy[name].append(np.corrcoef(model.predict(records).mean, value[test])[0, 1])
    h = np.array(accuracy["h"])
    for other in ("pedigree", "genotyped"):
        gain = h - accuracy[other]
        assert gain.mean() > 2 * gain.std(ddof=1) / np.sqrt(len(gain)), (other, gain.mean())


def test_samples_without_genotypes_train_in_every_fold_and_are_tested_in_none(tmp_path):
    pedigree, dosages, _, y, _ = bred(5, (20, 30, 40))
    genotyped = np.random.default_rng(5).random(90) < 0.7
    whole = population(pedigree, dosages, genotyped)
    ids = np.array(pedigree.ids)
    table = tmp_path / "traits.csv"
    pd.DataFrame({"id": ids, "height": y}).to_csv(table, index=False)
    removed = pd.DataFrame({"kind": ["sample"], "id": [ids[~genotyped][0]]})
    others = ungenotyped_samples(ids[genotyped].tolist(), removed, pedigree.ids)
    assert others == ids[~genotyped][1:].tolist()
    beside = ungenotyped_phenotypes(ids[genotyped].tolist(), others, table, "height")
    write_table(beside, tmp_path / "beside.tsv")
    beside = read_table(tmp_path / "beside.tsv")
    phenotype = pd.DataFrame({"sample": ids[genotyped], "value": y[genotyped]})
    names = ids[genotyped].tolist()
    splits = split_table(Units("d", names, names), "random", 3, 1)
    own = whole.genotypes.select(np.flatnonzero(genotyped))
    joined = with_ungenotyped(own, phenotype, splits, beside)

    def run(genotypes, phenotype, splits, method, encoding):
        layer = Source(whole.sources["pedigree"].genotypes.at_lines(genotypes.samples), name="pedigree")
        values = phenotype.set_index("sample")["value"]
        return evaluate(
            *(genotypes, values, splits),
            **{"method": method, "encoding": encoding, "params": {}, "maf": 0.0, "names": ("h",)},
            layers={"pedigree": layer},
        )

    h = run(*joined, "gblup_h", BOTH)
    g = run(own, phenotype, splits, "gblup", {"name": "additive"})
    assert set(h.folds["status"]) == {"ok"}
    assert sorted(h.predictions["sample"]) == sorted(names)
    assert (h.folds["n_train"] - g.folds["n_train"]).tolist() == [len(others)] * 3
    assert (h.folds["without_genotypes"] == len(others)).all()
    assert (h.ledger[["test_genotypes_seen", "test_phenotypes_seen"]] == 0).all(axis=None)
    compared = [one.folds.set_index(["repeat", "fold"]) for one in (h, g)]
    assert _compared(*compared, 0.02)["verdict"] not in ("refused", "undefined")


def test_wheat_by_its_pedigree_has_the_published_ability(shared):
    """rrBLUP on the published folds (design notes: 0.4151 in the first environment)."""
    folder = shared / "data" / "wheat_cimmyt599"
    layer = read_genotypes(folder / "pedigree_A.csv.gz", Reading(format="relationships"))
    phenotypes = pd.read_csv(folder / "phenotypes.csv", index_col=0)
    phenotypes.index = phenotypes.index.astype(str)
    folds = pd.read_csv(folder / "folds_bglr10.csv", dtype=str)
    samples, fold = folds.iloc[:, 0], folds.iloc[:, 1].astype(int)
    splits = pd.concat(
        pd.DataFrame(
            {"repeat": 1, "fold": one, "sample": samples, "role": np.where(fold == one, "test", "train")}
        )
        for one in sorted(set(fold))
    )
    found = evaluate(
        layer.at_lines(samples.to_numpy(str)),
        phenotypes.iloc[:, 0],
        splits.assign(group=np.nan),
        **{"method": "parent_average", "encoding": PARENTS, "params": {}, "maf": 0.0, "names": ("wheat",)},
        layers={"pedigree": Source(layer.at_lines(samples.to_numpy(str)), name="pedigree")},
    )
    assert found.folds["pearson"].mean() == pytest.approx(0.4151, abs=5e-4)


def test_potato_clones_of_a_published_pedigree(shared):
    """1,372 tetraploid clones: the tabular rule holds of every clone, diagonals are those of polyploids."""
    pedigree = read_pedigree(shared / "data" / "plots" / "potato_pedigree.csv", 4)
    assert len(pedigree.listed) == 1372
    a = pedigree.relationships(pedigree.ids)
    for i, (one, other) in enumerate(pedigree.parents):
        known = [parent for parent in (one, other) if parent >= 0]
        expected = sum((a[parent, :i] for parent in known), np.zeros(i)) / 2
        np.testing.assert_allclose(a[i, :i], expected, atol=1e-12)
    assert (a.diagonal() >= 1).all()
    assert (a.diagonal() <= 4).all()


def test_individuals_without_a_value_are_predicted_genotyped_or_not():
    pedigree, dosages, _, y, generation = bred(6, (20, 30, 40))
    genotyped = np.random.default_rng(6).random(90) < 0.5
    where = population(pedigree, dosages, genotyped)
    ids, known = np.array(pedigree.ids), generation < 2
    own = where.genotypes.select(np.flatnonzero(genotyped))
    phenotype = pd.DataFrame({"sample": ids, "value": np.where(known, y, np.nan)})
    found, counts = predict_individuals(
        *(own, where.sources["pedigree"], phenotype),
        **{"method": "gblup_h", "encoding": BOTH, "params": {}, "maf": 0.0, "mac": 0, "names": ("all",)},
        **{"level": 0.9, "errors": y[known] - y[known].mean()},
    )
    assert sorted(found["sample"]) == ids[~known].tolist()
    assert found["rank"].tolist() == sorted(found["rank"])
    by_id = found.set_index("sample").loc[ids[~known]]
    assert ((by_id["markers_found"] > 0) == genotyped[~known]).all()
    assert counts["samples"] == known.sum()
    training = TrainingSet(where, np.flatnonzero(known))
    model = SingleStepBLUP(encoding=BOTH).fit(training, y[known])
    expected = model.predict(training.records(np.flatnonzero(~known))).mean
    np.testing.assert_allclose(by_id["predicted"], expected, atol=1e-9)
    with pytest.raises(UserError, match="every individual of the pedigree has a value"):
        predict_individuals(
            *(own, where.sources["pedigree"], phenotype.assign(value=y)),
            **{"method": "gblup_h", "encoding": BOTH, "params": {}, "maf": 0.0, "mac": 0, "names": ("all",)},
            **{"level": 0.9, "errors": None},
        )
