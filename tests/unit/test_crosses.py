"""Crosses of genotyped lines: genotypes, kernels against dense algebra, folds by parents, bad tables."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.evaluation.evaluate import evaluate
from dnngp.evaluation.fold_records import FoldRecords, groups_in
from dnngp.genotypes.cross_genotypes import cross_lines
from dnngp.genotypes.cross_tables import CrossTable
from dnngp.genotypes.crosses import Crosses, pairs_of
from dnngp.genotypes.parsing.format import Sink
from dnngp.genotypes.simulate import simulate
from dnngp.genotypes.simulated_crosses import cross_values
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.methods.gca import GCABLUP
from dnngp.methods.gca_sca import SCABLUP
from dnngp.plan import Plan
from dnngp.prediction.bundle_files import load_bundle, save_bundle
from dnngp.prediction.bundle_training import train as train_bundle
from dnngp.validation.hybrids import parents_in_training, warnings_of
from dnngp.validation.schemes import SCHEMES
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

ROOT = Path(__file__).parents[2]


def genotyped(dosages, ids, ploidy=2):
    dosages = np.asarray(dosages).T
    variants = variant_table(
        "1", np.arange(1, len(dosages) + 1), [f"m{i}" for i in range(len(dosages))], "A", "C"
    )
    return Genotypes(np.array(ids), variants, np.ascontiguousarray(dosages), ploidy, {"path": "lines"})


def factorial(rng, females=12, males=12, share=0.6, p=60):
    """Crosses of two pools of inbred lines, made as a reader makes them."""
    dosages = 2 * (rng.random((females + males, p)) < rng.uniform(0.2, 0.8, p)).astype(np.int8)
    lines = genotyped(dosages, [f"F{i}" for i in range(females)] + [f"M{i}" for i in range(males)])
    pairs = [(i, females + j) for i in range(females) for j in range(males) if rng.random() < share]
    side = np.array(pairs).T
    made = genotyped((dosages[side[0]] + dosages[side[1]]) // 2, [f"x{k:03d}" for k in range(len(pairs))])
    return replace(made, crosses=Crosses(lines, *side))


def table(tmp_path, text):
    path = tmp_path / "crosses.csv"
    path.write_text(text)
    return CrossTable(str(path))


# -- genotypes


def made(tmp_path, text, dosages, ids, ploidy=2, **options):
    return cross_lines(
        genotyped(dosages, ids, ploidy), replace(table(tmp_path, text), **options), Sink(), "lines.csv"
    )


THREE = "id,female,male\nx1,A,B\nx2,B,A\nx3,A,C\n"


def test_a_cross_of_inbred_lines_has_the_mean_of_their_dosages(tmp_path):
    lines = np.array([[0, 2, 2, -1], [2, 2, 0, 2], [0, 0, -1, 0]], np.int8)
    found = made(tmp_path, THREE, lines, ["A", "B", "C"])
    assert found.dosages.dtype == np.int8
    assert found.dosages.T.tolist() == [[1, 2, 1, -1], [1, 2, 1, -1], [0, 1, -1, -1]]
    assert found.samples.tolist() == ["x1", "x2", "x3"]
    assert pairs_of(found.crosses.table(found.samples)) == {
        "x1": ("A", "B"), "x2": ("B", "A"), "x3": ("A", "C"),
    }  # fmt: skip
    assert not found.warnings


def test_a_heterozygous_parent_gives_the_expected_dosage_or_a_missing_call(tmp_path):
    lines = np.array([[1, 2, 0], [2, 2, 0], [0, 0, 2]], np.int8)
    found = made(tmp_path, THREE, lines, ["A", "B", "C"])
    assert found.dosages.dtype == np.float32
    assert found.dosages.T.tolist() == [[1.5, 2, 0], [1.5, 2, 0], [0.5, 1, 1]]
    assert "11.11% of the calls of parents are heterozygous" in found.warnings[0]
    whole = made(tmp_path, THREE, lines, ["A", "B", "C"], heterozygous="missing")
    assert whole.dosages.dtype == np.int8
    assert whole.dosages.T.tolist() == [[-1, 2, 0], [-1, 2, 0], [-1, 1, 1]]
    polyploid = made(tmp_path, THREE, np.array([[4, 0], [0, 0], [0, 4]], np.int8), ["A", "B", "C"], 4)
    assert polyploid.dosages.T.tolist() == [[2, 0], [2, 0], [2, 2]]


@pytest.mark.parametrize("ploidy", [1, None])
def test_crosses_need_dosages_with_a_half(tmp_path, ploidy):
    lines = np.zeros((3, 2), np.int8 if ploidy else np.float32)
    with pytest.raises(
        UserError, match=r"lines\.csv: `crosses` are made of dosages of parents of an even ploidy"
    ):
        made(tmp_path, THREE, lines, ["A", "B", "C"], ploidy)


def test_a_stored_cross_keeps_its_parents(tmp_path):
    crosses = factorial(np.random.default_rng(1))
    kept = np.array([5, 2, 9])
    crosses.save(tmp_path / "kept", kept, np.arange(10))
    found = Genotypes.load(tmp_path / "kept")
    assert found.crosses.table(found.samples).equals(
        crosses.crosses.table(crosses.samples).iloc[kept].reset_index(drop=True)
    )
    lines = crosses.crosses.lines
    expected = lines.dosages[:10, lines.positions(found.crosses.lines.samples)]
    np.testing.assert_array_equal(found.crosses.lines.dosages, expected)


# -- bad input


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,mother,male\nx1,A,B\n", "line 1: there is no column 'female'. Set `crosses.female` to one of"),
        ("id,female,male\nx1,A,\n", "line 2: the cross 'x1' has no male. Name both parents"),
        ("id,female,male\n,A,B\n", "line 2: the cross '' has no id."),
        ("id,female,male\n", "the table has no crosses."),
        ("id,female,male\nx1,A,B\nx1,B,C\n", "line 3: the cross 'x1' is there twice (before in line 2)."),
        ("id,female,male\nx1,A,A\n", "line 2: the cross 'x1' has 'A' as both parents: a selfing"),
        ("id,female,male\nx1,A,B\nx2,x1,C\n", "line 3: 'x1', a parent of 'x2', is a cross itself (line 2)."),
        ("id,female,male\nx1,A,B\nC,A,B\n", "line 3: the cross 'C' is among the lines of lines.csv as well."),
        ("id,female,male\nx1,A,B\nx2,A,Z\n", "line 3: 1 parent has no genotypes in lines.csv (Z). Known"),
        ("id,female,male\nx1,a,B\nx2,a,C\n", "line 2: 1 parent has no genotypes in lines.csv (a). 1 more"),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(UserError) as caught:
        table(tmp_path, text).read(["A", "B", "C"], "lines.csv")
    assert f"{tmp_path}/crosses.csv" in str(caught.value)
    assert message in str(caught.value)


def test_ids_of_parents_are_folded_where_the_dataset_says_how(tmp_path):
    found = replace(table(tmp_path, "id,female,male\nx1,a,B\n"), ids="case").read(["A", "B"])
    assert found[0][:3] == ("x1", "A", "B")


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Nine lines, 18 crosses of them, phenotypes of 15."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    lines = [*(f"F{i}" for i in range(3)), *(f"M{i}" for i in range(6))]
    rows = (",".join([name, *map(str, 2 * rng.integers(0, 2, 30))]) for name in lines)
    Path("geno.csv").write_text("\n".join([",".join(["id", *(f"m{i}" for i in range(30))]), *rows, ""]))
    pairs = [(f"F{i}", f"M{j}") for i in range(3) for j in range(6)]
    crosses = [f"{one}x{other},{one},{other}" for one, other in pairs]
    Path("crosses.csv").write_text("\n".join(["id,female,male", *crosses, ""]))
    values = [f"{one}x{other},{rng.normal():.3f}" for one, other in pairs[:15]]
    Path("pheno.csv").write_text("\n".join(["id,yield", *values, "F0,1.5", ""]))
    dataset = {"name": "maize", "genotypes": "geno.csv", "phenotypes": "pheno.csv"}
    return {"datasets": [dataset | {"crosses": {"file": "crosses.csv"}}], "methods": ["mean", "gca"]}


def test_crosses_are_the_samples_of_the_dataset(files):
    new = {"dataset": "maize", "candidates": "new.csv", "model": "gca"}
    Path("new.csv").write_text("id,female,male\nnew,M1,M2\n")
    config = read_configuration(files | {"cv": {"folds": 3, "schemes": ["t2"]}, "predict": {"new": new}})
    prediction = config.predictions["new"]
    assert prediction.files == ["geno.csv", "new.csv"]
    assert prediction.reading["crosses"]["file"] == "new.csv"
    Path("new.csv").write_text("id,female,male\nnew,M1,M9\n")
    with pytest.raises(
        UserError, match=r"predict\.new: new\.csv, line 2: 1 parent has no genotypes in geno\.csv"
    ):
        read_configuration(files | {"cv": {"folds": 3}, "predict": {"new": new}})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crosses": None}, "`cv.schemes` lists t0, but the dataset has no `crosses`."),
        ({"crosses": {"file": "absent.csv"}}, "the file absent.csv does not exist (`crosses.file`"),
        (
            {"crosses": {"file": "crosses.csv", "male": "father"}},
            "crosses.csv, line 1: there is no column 'father'",
        ),
    ],
)
def test_bad_crosses_are_refused_before_anything_runs(files, change, message):
    files["datasets"][0] |= change
    with pytest.raises(UserError) as caught:
        read_configuration(files | {"cv": {"folds": 3, "schemes": ["t0"]}})
    assert message in str(caught.value)


def test_what_does_not_keep_parents_takes_no_model_that_reads_them(files):
    Path("new.csv").write_text("id,female,male\nnew,M1,M2\n")
    mating = {"parents": 5, "number": 3, "cm_per_mb": 1.0}
    new = {"dataset": "maize", "candidates": "new.csv", "model": "gca", "mating": mating}
    with pytest.raises(UserError, match="mating: 'gca' reads the parents of crosses, and offspring"):
        read_configuration(files | {"cv": {"folds": 3}, "predict": {"new": new}}, read_inputs=False)
    there = {"sources": [{"dataset": "maize", "clusters": ["1"]}], "target": "maize", "models": ["gca"]}
    there["target"] = {"dataset": "maize", "clusters": ["2"]}
    with pytest.raises(UserError, match="'gca' reads the parents of crosses, and a transfer takes the"):
        read_configuration(files | {"cv": {"folds": 3}, "transfer": {"t": there}}, read_inputs=False)


def test_methods_for_crosses_need_crosses(files):
    config = {"datasets": [{"name": "lines", "simulate": {}}], "methods": ["gca_sca"]}
    with pytest.raises(
        UserError, match="gca_sca cannot be used: it reads the parents of crosses, and the samples are none"
    ):
        read_configuration(config)


# -- kernels and mixed models against dense algebra


def dense_grm(dosages, of_cross, train):
    """VanRaden's matrix of all crosses by one parent, centred and scaled among the training crosses."""
    rows = dosages.T[of_cross].astype(float)
    means = rows[train].mean(axis=0)
    return (rows - means) @ (rows - means).T / (2 * np.sum(means / 2 * (1 - means / 2)))


@pytest.fixture(scope="module")
def fitted():
    """Crosses, 80 to train on, phenotypes, and the dense kernels of female, male and both."""
    rng = np.random.default_rng(7)
    genotypes = factorial(rng, 14, 12)
    rows = rng.permutation(genotypes.n_samples)
    train, test = np.sort(rows[:80]), np.sort(rows[80:])
    lines = genotypes.crosses.lines.dosages
    vary = np.ptp(genotypes.dosages[:, train], axis=1) > 0
    one, other = (dense_grm(lines[vary], getattr(genotypes.crosses, s), train) for s in ("female", "male"))
    kernels = [one, other, one * other]
    y = sum(np.linalg.cholesky(k + 1e-9 * np.eye(len(k))) @ rng.normal(size=len(k)) for k in kernels)
    return genotypes, train, test, y + rng.normal(size=len(y)), kernels


def test_kernels_of_crosses_equal_dense_algebra(fitted):
    genotypes, train, test, _, kernels = fitted
    training = TrainingSet(Population(genotypes), train)
    for side, dense in zip(("female", "male", "both"), kernels, strict=True):
        encoding = {"name": "parents", "side": side}
        for found, rows in (
            (training.kernel(encoding), train),
            (training.records(test).kernel(encoding), test),
        ):
            np.testing.assert_allclose(found.values / found.scale, dense[np.ix_(rows, train)], atol=1e-12)
            np.testing.assert_allclose(found.diagonal / found.scale, np.diagonal(dense)[rows], atol=1e-12)


def test_a_missing_call_of_a_parent_stands_at_the_mean_of_the_training_crosses(fitted):
    genotypes, train, *_ = fitted
    crosses = genotypes.crosses
    dosages = crosses.lines.dosages.copy()
    parent = crosses.female[train[0]]
    dosages[0, parent] = -1
    gaps = replace(genotypes, crosses=replace(crosses, lines=replace(crosses.lines, dosages=dosages)))
    found = TrainingSet(Population(gaps), train).kernel({"name": "parents", "side": "female"})
    rows = dosages.T[crosses.female[train]].astype(float)
    rows[rows < 0] = np.nan
    centred = np.nan_to_num(rows - np.nanmean(rows, axis=0))
    np.testing.assert_allclose(found.values, centred @ centred.T, atol=1e-9)


@pytest.mark.parametrize("method", [GCABLUP, SCABLUP])
def test_predictions_are_those_of_the_mixed_model_equations(fitted, method):
    """With the variances that REML found, by the inverse of the whole covariance matrix."""
    genotypes, train, test, y, kernels = fitted
    training = TrainingSet(Population(genotypes), train)
    model = method().fit(training, y[train])
    factors = (
        model._factors
    )  # of kernels in units of their own; the encoding's scales are those of the dense ones
    found = model.fit_.components
    whole = sum(factor * kernel for factor, kernel in zip(factors, kernels, strict=False))
    v = whole[np.ix_(train, train)] * found.vu + found.ve * np.eye(len(train))
    inverse, ones = np.linalg.inv(v), np.ones(len(train))
    mean = (ones @ inverse @ y[train]) / (ones @ inverse @ ones)
    expected = mean + found.vu * whole[np.ix_(test, train)] @ inverse @ (y[train] - mean)
    np.testing.assert_allclose(model.predict(training.records(test)).mean, expected, rtol=0, atol=1e-8)
    assert sum(model.diagnostics_[f"share_{one}"] for one in ("female", "male")) <= 1 + 1e-12


def test_one_tester_has_no_variance_of_its_own(fitted):
    genotypes, train, _, y, _ = fitted
    crosses = genotypes.crosses
    tested = replace(genotypes, crosses=replace(crosses, male=np.full_like(crosses.male, crosses.male[0])))
    model = SCABLUP().fit(TrainingSet(Population(tested), train), y[train])
    assert model.diagnostics_["share_male"] == model.diagnostics_["share_sca"] == 0


# -- folds


def units(crosses, **options):
    samples = list(crosses)
    return Units("maize", samples, samples, crosses=crosses, **options)


def sparse(seed, females=9, males=10, share=0.5):
    rng = np.random.default_rng(seed)
    return {
        f"x{i}-{j}": (f"F{i}", f"M{j}") for i in range(females) for j in range(males) if rng.random() < share
    }


def diallel(count=12):
    return {f"x{i}-{j}": (f"L{i}", f"L{j}") for i in range(count) for j in range(count) if i < j}


@pytest.mark.parametrize("crosses", [sparse(1), sparse(2), diallel()], ids=["sparse", "sparser", "diallel"])
@pytest.mark.parametrize(("scheme", "place"), [("t2", 0), ("t1", 1), ("t0", 2)])
def test_a_scheme_tests_crosses_with_so_many_parents_in_training(crosses, scheme, place):
    splits = split_table(units(crosses), scheme, 3, 2)
    found = parents_in_training(splits, crosses)
    assert found[place] == sum(found) > 0
    tested = splits[splits["role"] == "test"]
    # Once a repeat, or once for each side.
    assert tested.groupby(["sample", "repeat"]).size().max() <= (2 if scheme == "t1" else 1)


def test_inner_folds_of_t1_keep_together_what_the_fold_leaves_out():
    """Crosses of a female where females are left out, of a male where males are."""
    parents = sparse(1)
    splits = split_table(units(parents), "t1", 3, 1)
    sides = []
    for _, fold in splits.groupby("fold"):
        train, test = (fold.loc[fold["role"] == role, ["sample", "group"]] for role in ("train", "test"))
        known = {name for sample in train["sample"] for name in parents[sample]}
        left_out = {parents[sample][0] in known for sample in test["sample"]}
        assert len(left_out) == 1
        sides.append(int(left_out.pop()))
        of_side = [parents[sample][sides[-1]] for sample in train["sample"]]
        groups = groups_in(fold, FoldRecords.of(fold[fold["role"] == "train"], None))
        assert train["group"].tolist() == of_side
        assert sorted(groups) == sorted(of_side)
    assert sides == [0] * 3 + [1] * 3


def test_a_parent_of_a_single_cross_is_never_tested_with_both_parents_known():
    crosses = sparse(4, share=0.9) | {"single": ("F99", "M0")}
    splits = split_table(units(crosses), "t2", 3, 1)
    assert set(splits.loc[splits["sample"] == "single", "role"]) == {"train"}
    (told,) = warnings_of("t2", splits, pd.DataFrame(), crosses)
    assert told.startswith(f"t2: 1 of {len(crosses)} crosses are never tested")


def test_reciprocal_crosses_stay_together():
    """They have the same genotypes: the one would be predicted from the other."""
    pairs = diallel(10)
    crosses = pairs | {f"r{name}": pair[::-1] for name, pair in pairs.items()}
    together = {name: "|".join(sorted(pair)) for name, pair in crosses.items()}
    splits = split_table(units(crosses, together=together), "t2", 3, 1)
    for _, fold in splits.groupby("fold"):
        roles = fold.assign(pair=fold["sample"].map(together)).groupby("pair")["role"].nunique()
        assert (roles == 1).all()
        # In inner folds as well.
        assert fold["group"].tolist() == fold["sample"].map(together).tolist()


def test_random_folds_tell_how_many_parents_they_share():
    crosses = sparse(5)
    (told,) = warnings_of("random", split_table(units(crosses), "random", 3, 1), pd.DataFrame(), crosses)
    assert told.startswith(f"random: of {len(crosses)} test samples, ")


@pytest.mark.parametrize("scheme", ["t1", "t0"])
def test_crosses_with_nothing_in_common_cannot_leave_parents_out(scheme):
    crosses = {f"x{i}": (f"F{i}", f"M{i}" if scheme == "t1" else "tester") for i in range(12)}
    with pytest.raises(UserError, match=f"Leave `{scheme}` out of `cv.schemes`"):
        split_table(units(crosses), scheme, 3, 1)


def test_schemes_about_parents_refuse_other_samples():
    with pytest.raises(UserError, match="about the parents of crosses, and the samples are none"):
        SCHEMES["t0"].draw(Units("d", ["a", "b"], ["a", "b"]), 2, 1)


# -- prediction


@pytest.mark.parametrize("method", ["gca_sca", "gblup_ad"])
def test_a_bundle_predicts_new_crosses(fitted, tmp_path, method):
    genotypes, train, test, y, _ = fitted
    known = pd.Series(y[train], index=genotypes.samples[train])
    options = {"encoding": {"name": "own"}, "params": {}, "maf": 0.0, "names": (1,)}
    save_bundle(train_bundle(genotypes, known, method=method, **options), tmp_path)
    bundle, new = load_bundle(tmp_path), genotypes.select(test)
    # The file of the candidates counts the other allele of the first markers.
    turned = new.variants.assign(
        ref=["C"] * 20 + ["A"] * (new.n_variants - 20), alt=["A"] * 20 + ["C"] * (new.n_variants - 20)
    )

    def flipped(one):
        dosages = one.dosages.copy()
        dosages[:20] = 2 - dosages[:20]
        return replace(one, dosages=dosages, variants=turned)

    other = replace(flipped(new), crosses=replace(new.crosses, lines=flipped(new.crosses.lines)))
    splits = pd.DataFrame({"sample": genotypes.samples, "role": "train", "repeat": 1, "fold": 1})
    splits.loc[test, "role"] = "test"
    phenotype = pd.Series(y, index=genotypes.samples)
    expected = evaluate(genotypes, phenotype, splits, method=method, **options).predictions
    expected = expected.set_index("sample")["predicted"]
    for candidates in (new, other):
        found = bundle.predict(candidates, bundle.match(candidates, 0.7, "new"), 0.9).set_index("sample")
        np.testing.assert_allclose(found["predicted"], expected[found.index], atol=1e-8)
    if method == "gca_sca":
        with pytest.raises(UserError, match="the parents of the samples are not known, and the model reads"):
            bundle.predict(replace(new, crosses=None), bundle.match(new, 0.7, "new"), 0.9)


# -- known truth


def settings(**options):
    trait = {"h2": 0.6, "architecture": "additive", "qtl": 50, "epistasis": 0.5, "classes": [], "sca": 0.3}
    common = {"samples": 40, "held_back": 10, "markers": 300, "chromosomes": 3, "founders": 16}
    crosses = {"populations": 2, "missing": 0.0, "inbred": True, "replicates": 1, "crosses": {"number": 150}}
    return common | crosses | {"plots": None, "traits": {"yield": trait}} | options


def test_simulated_crosses_have_the_values_of_their_truth():
    found = simulate("maize", settings(), 5)
    truth, parents = found.truth["traits"]["yield"], found.genotypes
    assert list(truth["genetic_values"]) == list(found.truth["crosses"])
    assert found.phenotypes["yield"].isna().sum() >= 10
    chosen = [one["id"] for one in truth["qtl"]]
    places = [parents.variants["id"].tolist().index(id) for id in chosen]
    alleles = parents.rows()[:, places] // 2
    pairs = np.array([parents.positions(pair) for pair in found.truth["crosses"].values()])
    # Males are all lines that are no females.
    pools = np.where(np.isin(np.arange(40), pairs[:, 0]), "P1", "P2")
    effects = tuple(
        np.array([one[name] for one in truth["qtl"]]) for name in ("gca_female", "gca_male", "sca")
    )
    values = cross_values(alleles, pools, pairs, effects).sum(axis=1)
    np.testing.assert_allclose(values - values.mean(), list(truth["genetic_values"].values()), atol=2e-6)
    every = np.array([(i, j) for i in np.flatnonzero(pools == "P1") for j in np.flatnonzero(pools == "P2")])
    np.testing.assert_allclose(
        cross_values(alleles, pools, every, effects).var(axis=0), [0.21, 0.21, 0.18], rtol=1e-4
    )


def test_a_factorial_has_no_more_crosses_than_pairs():
    with pytest.raises(UserError, match="20 females and 20 males have no more than 400 crosses"):
        simulate("maize", settings(crosses={"number": 401}), 5)


def replicate(seed, variances=(0.3, 0.2, 0.2), error=0.3):
    """Crosses whose values are drawn from the covariances of the model, and the kernels in units of 1."""
    rng = np.random.default_rng(seed)
    genotypes = factorial(rng, 12, 12, 0.9, 80)
    lines, every = genotypes.crosses.lines.dosages, np.arange(genotypes.n_samples)
    one, other = (dense_grm(lines, getattr(genotypes.crosses, side), every) for side in ("female", "male"))
    kernels = [
        kernel / (np.trace(kernel) / len(kernel) - kernel.mean()) for kernel in (one, other, one * other)
    ]
    parts = [
        np.sqrt(variance)
        * np.linalg.cholesky(kernel + 1e-8 * np.eye(len(kernel)))
        @ rng.normal(size=len(kernel))
        for variance, kernel in zip(variances, kernels, strict=True)
    ]
    return genotypes, sum(parts) + np.sqrt(error) * rng.normal(size=genotypes.n_samples)


def test_variances_of_combining_abilities_are_recovered():
    """Within two standard errors of the mean over 24 replicates."""
    found = []
    for seed in range(24):
        genotypes, y = replicate(seed)
        model = SCABLUP().fit(TrainingSet(Population(genotypes), np.arange(len(y))), y)
        genetic = model.fit_.components.h2 / (1 - model.fit_.components.h2) * model.fit_.components.ve
        found.append([genetic * model.diagnostics_[f"share_{one}"] for one in ("female", "male", "sca")])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(mean - [0.3, 0.2, 0.2]) < 2 * error).all(), (mean, error)
    assert (error < 0.05).all()


def test_known_parents_are_worth_more_than_unknown_ones():
    """r falls from t2 over t1 to t0."""
    r = {scheme: [] for scheme in ("t2", "t1", "t0")}
    for seed in range(6):
        genotypes, y = replicate(seed, (0.4, 0.4, 0.1), 0.1)
        crosses = pairs_of(genotypes.crosses.table(genotypes.samples))
        phenotype = pd.Series(y, index=genotypes.samples)
        for scheme, scores in r.items():
            splits = split_table(units(crosses), scheme, 3, 1)
            options = {"encoding": {"name": "own"}, "params": {}, "maf": 0.0, "names": (1,)}
            scores += (
                evaluate(genotypes, phenotype, splits, method="gca", **options).folds["pearson"].tolist()
            )
    means = {scheme: np.mean(scores) for scheme, scores in r.items()}
    assert means["t2"] > means["t1"] + 0.05 > means["t0"] + 0.1, means


# -- the example


def test_the_example_is_priced_and_planned():
    raw = yaml.safe_load((ROOT / "config" / "examples" / "hybrids.yaml").read_text())
    plan = Plan(read_configuration(raw))
    assert {fit.scheme for fit in plan.fits()} == {"random", "t2", "t1", "t0"}
    assert len(plan.of_crosses("{dataset}/{trait}/{scheme}")) == 4
    assert plan.config.datasets["hybrids"].crosses.file == "<resources>/hybrids/crosses.csv"
