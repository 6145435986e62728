"""Relationships of pedigrees against the tabular method, cases worked by hand, gene drop and rrBLUP."""

from math import comb

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.encodings.samples.population import Population, Source
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parentage import MANY_MATES, Pedigree, read_pedigree
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.methods.gblup import GBLUP
from dnngp.methods.kernel_sum import KernelSum

PEDIGREE = {"name": "additive", "omics": "pedigree"}


def tabular(parents, selfing, ploidy=2):
    """A by its definition, row by row (Henderson 1976; Kerr et al. 2012)."""
    half, a = ploidy // 2, np.zeros((len(parents),) * 2)
    for i, pair in enumerate(parents):
        known = [one for one in pair if one >= 0]
        a[i, :i] = a[:i, i] = sum((a[one, :i] for one in known), np.zeros(i)) / 2
        shared = a[pair[0], pair[1]] if len(known) == 2 else 0
        inbred = sum((a[one, one] - 1) / (ploidy - 1) for one in known)
        f = (comb(half, 2) * inbred + half**2 * shared / ploidy) / comb(ploidy, 2)
        for _ in range(int(min(selfing[i], 200))):
            f = (2 * comb(half, 2) * f + half**2 * (1 + (ploidy - 1) * f) / ploidy) / comb(ploidy, 2)
        a[i, i] = 1 + (ploidy - 1) * (1 if np.isinf(selfing[i]) else f)
    return a


def random_pedigree(rng, ploidy=2, count=70):
    parents = np.full((count, 2), -1)
    for i in range(4, count):
        parents[i] = rng.integers(-1, i, 2)
    # A parent of many: what it shares with its mates is found in another way.
    parents[-MANY_MATES - 2 :, 0] = 5
    parents[-MANY_MATES - 2 :, 1] = rng.permutation(np.arange(6, 40))[: MANY_MATES + 2]
    selfing = rng.choice([0, 0, 0, 1, 3, np.inf], count)
    return Pedigree([f"i{number}" for number in range(count)], parents, selfing, ploidy)


def written(tmp_path, text):
    path = tmp_path / "pedigree.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("ploidy", [2, 4, 6])
def test_relationships_are_those_of_the_tabular_method(ploidy):
    rng = np.random.default_rng(ploidy)
    for _ in range(5):
        pedigree = random_pedigree(rng, ploidy)
        expected = tabular(pedigree.parents, pedigree.selfing, ploidy)
        chosen = rng.permutation(len(expected))[:30]
        found = pedigree.relationships([pedigree.ids[one] for one in chosen])
        np.testing.assert_allclose(found, expected[np.ix_(chosen, chosen)], rtol=0, atol=1e-12)
        np.testing.assert_allclose(pedigree.own, np.diag(expected), rtol=0, atol=1e-12)


def test_a_case_worked_by_hand(tmp_path):
    """Founders, full sibs, their offspring, its backcross; rows in no order, one founder without any."""
    text = "id,dam,sire\nback,child,a\nchild,sib1,sib2\nsib1,a,b\nsib2,b,a\na,NA,0\nhalf,a,\n"
    pedigree = read_pedigree(written(tmp_path, text))
    found = pedigree.relationships(["a", "b", "sib1", "sib2", "child", "back", "half"])
    expected = [
        [1, 0, 0.5, 0.5, 0.5, 0.75, 0.5],
        [0, 1, 0.5, 0.5, 0.5, 0.25, 0],
        [0.5, 0.5, 1, 0.5, 0.75, 0.625, 0.25],
        [0.5, 0.5, 0.5, 1, 0.75, 0.625, 0.25],
        [0.5, 0.5, 0.75, 0.75, 1.25, 0.875, 0.25],
        [0.75, 0.25, 0.625, 0.625, 0.875, 1.25, 0.375],
        [0.5, 0, 0.25, 0.25, 0.25, 0.375, 1],
    ]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_selfing_and_tetraploids_worked_by_hand(tmp_path):
    text = "id,p1,p2,selfing\nf2,a,b,1\nline,a,b,inbred\nself,a,a,\n"
    diploid = read_pedigree(written(tmp_path, text))
    assert np.diag(diploid.relationships(["f2", "line", "self"])).tolist() == [1.5, 2, 1.5]
    assert diploid.relationships(["f2", "line"])[0, 1] == 0.5
    tetraploid = read_pedigree(tmp_path / "pedigree.csv", 4)
    # Selfed: 4 of 6 pairs of alleles are from both gametes, alike with probability 1/4: F = 1/6.
    assert np.diag(tetraploid.relationships(["f2", "line", "self"])) == pytest.approx([1.5, 4, 1.5])


@pytest.mark.parametrize("ploidy", [2, 4])
def test_alleles_dropped_through_a_pedigree_have_the_kinship(ploidy):
    rng = np.random.default_rng(9)
    parents = np.array([[-1, -1], [-1, -1], [0, 1], [0, 2], [2, 3], [4, 4], [3, 5]])
    pedigree = Pedigree(list("abcdefg"), parents, np.zeros(7), ploidy)
    drops = 20_000
    alleles = np.zeros((7, drops, ploidy), int)
    for i, pair in enumerate(parents):
        if pair[0] < 0:
            alleles[i] = i * ploidy + np.arange(ploidy)
            continue
        gametes = [rng.permuted(alleles[one], axis=1)[:, : ploidy // 2] for one in pair]
        alleles[i] = np.concatenate(gametes, axis=1)
    for i in range(7):
        for j in range(i + 1):
            alike = ploidy * np.mean(alleles[i][:, :, None] == alleles[j][:, None, :])
            assert pedigree.relationships(["abcdefg"[i], "abcdefg"[j]])[0, 1] == pytest.approx(
                alike, abs=0.05
            )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,p1,p2\na,b,NA\nb,c,NA\nc,a,NA\n", "'a' is among its own ancestors: a <- b <- c <- a"),
        ("id,p1,p2\na,a,NA\n", "'a' is among its own ancestors: a <- a"),
        ("id,p1,p2\na,b,c\na,b,d\n", "line 3: 'a' is there twice"),
        ("id,p1,p2\nNA,b,c\n", "line 2, column id: the individual has no id"),
        ("id,p1\na,b\n", "a pedigree has three columns (id and two parents), not 2"),
        ("id,p1,p2,selfing\na,b,c,few\n", "line 2, column selfing: 'few' is no number of generations"),
    ],
)
def test_a_pedigree_that_cannot_be_is_told(tmp_path, text, told):
    with pytest.raises(UserError) as error:
        read_pedigree(written(tmp_path, text))
    assert told in str(error.value)


def test_a_pedigree_of_odd_ploidy_is_told(tmp_path):
    with pytest.raises(UserError, match="an even ploidy, not 3"):
        read_pedigree(written(tmp_path, "id,p1,p2\na,b,c\n"), 3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,a,b\na,1,0.5\nc,0.5,1\n", "is in a row or a column, but not in both"),
        ("id,a,b\na,1,0.5\nb,0.2,1\n", "'a' and 'b' are related by 0.5 in one triangle and by 0.2"),
        ("id,a,b\na,1,NA\nb,NA,1\n", "the relationship of 'a' and 'b' is missing"),
    ],
)
def test_relationships_that_cannot_be_are_told(tmp_path, text, told):
    path = tmp_path / "relationships.csv"
    path.write_text(text)
    with pytest.raises(UserError) as error:
        read_genotypes(path, Reading(format="relationships"))
    assert told in str(error.value)


class Bred:
    """Founders and their offspring over three generations, with a trait that their pedigree carries."""

    def __init__(self, tmp_path, n=90):
        rng = np.random.default_rng(4)
        parents = np.full((n, 2), -1)
        for i in range(20, n):
            parents[i] = rng.integers(0, i, 2)
        ids = [f"i{number:02}" for number in range(n)]
        rows = [
            f"{id},{','.join('NA' if one < 0 else ids[one] for one in pair)}"
            for id, pair in zip(ids, parents, strict=True)
        ]
        text = "id,p1,p2\n" + "\n".join(rows[::-1])
        self.a = tabular(parents, np.zeros(n))
        genotypes = read_genotypes(written(tmp_path, text), Reading(format="pedigree"))
        self.y = rng.multivariate_normal(np.full(n, 3.0), self.a + 0.5 * np.eye(n))
        dosages = rng.binomial(2, 0.5, (40, n)).astype(np.int8)
        names = [f"m{i}" for i in range(40)]
        markers = Genotypes(np.array(ids), variant_table("1", 1, names, "A", "T"), dosages, 2, {})
        layer = Source(genotypes.at_lines(markers.samples), name="pedigree")
        self.population = Population(markers, 0.0, 0, {"pedigree": layer})

    def split(self, train):
        training = TrainingSet(self.population, train)
        test = np.setdiff1d(np.arange(len(self.y)), train)
        return training, training.records(test), test

    def solved(self, train, ratio):
        """mu, and V^-1 (y - mu), at this ratio of variances."""
        inverse = np.linalg.inv(self.a[np.ix_(train, train)] + ratio * np.eye(len(train)))
        y, ones = self.y[train], np.ones(len(train))
        mu = ones @ inverse @ y / (ones @ inverse @ ones)
        return mu, inverse @ (y - mu)


def test_a_layer_of_a_pedigree_is_blup_with_a(tmp_path):
    """Generalised least squares with A itself, at the ratio that REML finds."""
    bred = Bred(tmp_path)
    train = np.arange(0, 90, 2)
    training, records, test = bred.split(train)
    model = GBLUP(encoding=PEDIGREE).fit(training, bred.y[train])
    found = model.predict(records)
    mu, weights = bred.solved(train, model.diagnostics_["lambda"])
    expected = mu + bred.a[np.ix_(test, train)] @ weights
    np.testing.assert_allclose(found.mean, expected, atol=1e-6)
    assert ((found.reliability >= 0) & (found.reliability < 1)).all()


def test_a_sample_outside_the_pedigree_is_a_founder(tmp_path):
    bred = Bred(tmp_path)
    source = bred.population.sources["pedigree"]
    source.genotypes.dosages[:, 3] = np.nan
    source.genotypes = source.genotypes.select(None, source.genotypes.variants["id"].to_numpy() != "i03")
    train = np.arange(10, 90)
    training, _, _ = bred.split(train)
    model = GBLUP(encoding=PEDIGREE).fit(training, bred.y[train])
    mu, weights = bred.solved(train, model.diagnostics_["lambda"])
    absent, parent = model.predict(training.records(np.array([3, 5]))).mean
    assert absent == pytest.approx(mu, abs=1e-6)
    assert parent == pytest.approx(mu + bred.a[5, train] @ weights, abs=1e-6)


def test_markers_and_pedigree_share_the_variance(tmp_path):
    bred = Bred(tmp_path)
    train = np.arange(90)
    training, _, _ = bred.split(train)
    both = KernelSum(encoding=[{"name": "additive"}, PEDIGREE], kernel="linear").fit(training, bred.y)
    assert both.diagnostics_["share_pedigree"] > 0.8


@pytest.mark.parametrize("environment", [1, 2, 3, 4])
def test_wheat_with_its_pedigree_equals_rrblup(shared, environment):
    """The file has four decimals: dense algebra at rrBLUP's own ratio differs from its values by 2.4e-4."""
    folder = shared / "data" / "wheat_cimmyt599"
    relationships = read_genotypes(folder / "pedigree_A.csv.gz", Reading(format="relationships"))
    y = pd.read_csv(folder / "phenotypes.csv", index_col=0).iloc[:, environment - 1]
    ids = relationships.samples.astype(str)
    y.index = y.index.astype(str)
    population = Population(relationships, 0.0, 0, {"pedigree": Source(relationships, name="pedigree")})
    training = TrainingSet(population, np.arange(len(ids)))
    model = GBLUP(encoding=PEDIGREE).fit(training, y.loc[ids].to_numpy())
    reference = pd.read_csv(shared / "reference" / "wheat599_variance_components_rrblup.csv")
    row = reference.query("kernel == 'PED' and method == 'REML'").iloc[environment - 1]
    assert model.diagnostics_["vu"] == pytest.approx(row["Vu"], rel=2e-4)
    assert model.diagnostics_["ve"] == pytest.approx(row["Ve"], rel=2e-4)
    values = pd.read_csv(shared / "reference" / "wheat599_gebv_all_lines_rrblup.csv", dtype={"line": str})
    expected = values.set_index("line").loc[ids, f"PED_E{environment}"].to_numpy()
    found = model.predict(training.records(np.arange(len(ids)))).mean
    np.testing.assert_allclose(found - found.mean(), expected - expected.mean(), atol=5e-4)
