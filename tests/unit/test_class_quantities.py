"""What is selected by of traits with classes: named, and the better class of two."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.prediction.class_quantities import ClassQuantities
from dnngp.prediction.selection import select

TYPES = {
    "ill": TraitType("binary", ("healthy", "diseased")),
    "rust": TraitType("ordinal", ("R", "MR", "S")),
    "tillers": TraitType("count"),
    "yield": CONTINUOUS,
}


def tables():
    """Predictions of 30 samples and of 60 held out, the probability of illness growing along both."""
    rng = np.random.default_rng(1)
    parts = []
    for n in (30, 60):
        chance = np.linspace(0.1, 0.9, n)
        ill = pd.DataFrame({"trait": "ill", "sample": [f"s{i:02d}" for i in range(n)], "predicted": chance})
        ill["observed"] = (rng.random(n) < chance).astype(float)
        parts.append(pd.concat([ill, ill.assign(trait="yield", predicted=rng.standard_normal(n))]))
    return parts[0].drop(columns="observed"), parts[1].assign(repeat=1, fold=1)


def test_the_better_class_is_selected_for_and_named():
    """Healthy lines, though the probability that is predicted is that of the disease."""
    weights = {"ill": -2.0, "yield": 0.0}
    found = ClassQuantities.of(TYPES, weights)
    assert found.labels == {"ill": "probability of healthy"}
    assert found.weights == {"ill": 2.0, "yield": 0.0}
    options = {"number": 5, "max_kinship": None, "level": 0.9, "genotypes": None, "path": Path("x")}
    new, held_out = tables()
    selected, response = select(found.seen(new), found.seen(held_out), found.weights, **options)
    plain, of_index = select(new, held_out, weights, **options)
    assert selected["sample"].tolist() == plain["sample"].tolist() == [f"s{i:02d}" for i in range(5)]
    assert selected["ill"].iloc[0] == pytest.approx(0.9)
    table = found.labelled(response).set_index("trait")
    assert table.loc["ill", "quantity"] == "probability of healthy"
    assert table.loc["ill", "expected"] > 0.1
    assert table.loc["ill", "expected"] == pytest.approx(-of_index["expected"].iloc[0])
    assert table.loc["index", "expected"] == pytest.approx(of_index["expected"].iloc[-1])


def test_scores_and_counts_are_named_and_stay_as_they_are():
    found = ClassQuantities.of(TYPES, {"rust": -1.0, "tillers": 1.0, "ill": 1.0})
    assert found.labels["rust"] == "expected class, from 0 (R) to 2 (S)"
    assert found.labels["tillers"] == "expected count"
    assert found.labels["ill"] == "probability of diseased"
    assert found.weights["rust"] == -1
    assert not found.turned


def test_measurements_have_no_label():
    table = pd.DataFrame({"trait": ["yield", "index"], "weight": [1.0, np.nan]})
    assert list(ClassQuantities.of(TYPES, {"yield": 1.0}).labelled(table)) == ["trait", "weight"]
