"""How near candidates are to training samples."""

import numpy as np
import pytest

from dnngp.genotypes.relatedness import nearest_training
from dnngp.genotypes.store import Genotypes, variant_table

P = 4000


def genotypes(rows):
    names, values = zip(*rows.items(), strict=True)
    blank = [""] * P
    return Genotypes(
        samples=np.array(names),
        variants=variant_table(blank, [0] * P, [f"m{i}" for i in range(P)], blank, blank),
        dosages=np.ascontiguousarray(np.array(values, np.int8).T),
        ploidy=2,
        source={},
    )


@pytest.fixture(scope="module", params=["outbred", "inbred"])
def family(request):
    """Training samples: 60 unrelated ones and a son of two parents who are not there; candidates."""
    rng = np.random.default_rng(3)
    frequency = rng.uniform(0.1, 0.9, P)
    inbred = request.param == "inbred"

    def founder():
        haplotypes = rng.random((2, P)) < frequency
        return haplotypes[[0, 0]] if inbred else haplotypes

    def child(*parents):
        gametes = [np.where(rng.random(P) < 0.5, *parent) for parent in parents]
        if inbred:  # a doubled haploid of the cross
            gametes = [np.where(rng.random(P) < 0.5, *gametes)] * 2
        return np.array(gametes)

    mother, father, other = founder(), founder(), founder()
    training = {f"t{i}": founder().sum(axis=0) for i in range(60)} | {
        "son": child(mother, father).sum(axis=0)
    }
    candidates = {
        "sister": child(mother, father).sum(axis=0),
        "half": child(mother, other).sum(axis=0),
        "stranger": founder().sum(axis=0),
        "son": training["son"],
    }
    candidates["son"] = np.where(rng.random(P) < 0.2, -1, candidates["son"])
    return genotypes(training), genotypes(candidates)


def test_relatives_are_found_and_measured(family):
    training, candidates = family
    table = nearest_training(candidates, training).set_index("sample")
    assert table.loc[["sister", "half", "son"], "nearest"].tolist() == ["son"] * 3
    assert table.loc["sister", "similarity"] == pytest.approx(0.5, abs=0.06)
    assert table.loc["half", "similarity"] == pytest.approx(0.25, abs=0.06)
    assert table.loc["son", "similarity"] > 0.85
    assert table.loc["stranger", "similarity"] < 0.1
    assert (table["similarity_ten"] < table["similarity"]).all()


def test_a_sample_is_measured_alike_whoever_else_is_there(family):
    training, candidates = family
    alone = nearest_training(candidates.select(np.array([1])), training)
    together = nearest_training(candidates, training).iloc[[1]].reset_index(drop=True)
    assert alone["nearest"].tolist() == together["nearest"].tolist()
    assert alone["similarity"].to_numpy() == pytest.approx(together["similarity"].to_numpy(), rel=1e-5)


def test_the_rank_tells_who_lies_outside_of_the_training_samples():
    """Of a training set of two families a further sib lies inside, a stranger outside."""
    rng = np.random.default_rng(4)
    parents = rng.binomial(1, 0.5, (2, 2, P))
    sibs = [[np.where(rng.random(P) < 0.5, *pair) * 2 for _ in range(16)] for pair in parents]
    training = genotypes({f"{f}-{i}": sibs[f][i] for f in range(2) for i in range(15)})
    candidates = genotypes({"sib": sibs[0][15], "stranger": rng.binomial(1, 0.5, P) * 2})
    table = nearest_training(candidates, training).set_index("sample")
    assert table["distance"].tolist() == pytest.approx((1 - table["similarity_ten"]).tolist())
    assert table.loc["stranger", "distance_rank"] == 1
    assert table.loc["sib", "distance_rank"] < 1


def test_features_are_measured_in_their_spread(family):
    """A feature of large numbers does not hide the others."""
    scale = np.where(np.arange(P) == 0, 1e6, 1)[:, None].astype(np.float32)
    values = [np.where(one.dosages < 0, np.nan, one.dosages).astype(np.float32) * scale for one in family]
    training, candidates = (
        Genotypes(one.samples, one.variants, table, None, {})
        for one, table in zip(family, values, strict=True)
    )
    table = nearest_training(candidates, training).set_index("sample")
    whole = nearest_training(family[1], family[0]).set_index("sample")
    assert table.loc["sister", "nearest"] == "son"
    assert table["distance"].to_numpy() == pytest.approx(whole["distance"].to_numpy(), abs=0.05)
    assert table[["similarity", "similarity_ten"]].isna().all(axis=None)
