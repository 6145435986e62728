"""Candidates predicted by the bundles of several traits."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.base.tables import write_table
from dnngp.prediction.candidates import predict_candidates


class Samples:
    """As much of genotypes as is looked at."""

    def __init__(self, names):
        self.samples = np.array(names)
        self.n_samples = len(names)

    def select(self, places):
        return Samples(self.samples[places])


def bundle(trait, value):
    """As much of a bundle as is asked."""
    matched = SimpleNamespace(counts=lambda: {"same": 5}, coverage=1.0)
    return SimpleNamespace(
        about={"trait": trait},
        environments=None,
        ploidy=None,
        training=None,
        method="gblup",
        samples=["a", "b"],
        markers=range(5),
        match=lambda *_: matched,
        predict=lambda candidates, *_: pd.DataFrame({"sample": candidates.samples, "predicted": value}),
    )


def predicted(phenotypes):
    return predict_candidates(
        iter([bundle("yield", 1.0), bundle("height", 2.0)]),
        Samples(["a", "b", "c"]),
        path="candidates.vcf",
        phenotypes=phenotypes,
        min_markers=0.5,
        min_agreement=0.5,
        level=0.9,
    )


def known(folder, trait, values):
    path = folder / trait / "phenotype.tsv"
    write_table(pd.DataFrame({"sample": ["a", "b", "c"], "value": values}), path)
    return str(path)


def test_every_trait_has_its_rows_and_its_markers():
    predictions, markers, models = predicted({})
    assert predictions["trait"].tolist() == ["yield"] * 3 + ["height"] * 3
    assert list(predictions.columns[:2]) == ["trait", "sample"]
    assert models["samples"].tolist() == [2, 2]
    assert markers.to_dict("records")[1] == {"trait": "height", "same": 5, "coverage": 1.0}


def test_samples_without_a_value_of_each_trait_are_candidates(tmp_path):
    phenotypes = {
        "height": known(tmp_path, "height", [1.0, np.nan, np.nan]),
        "yield": known(tmp_path, "yield", [np.nan, 2.0, 3.0]),
    }
    predictions, _, _ = predicted(phenotypes)
    pairs = list(predictions[["trait", "sample"]].itertuples(index=False, name=None))
    assert pairs == [("yield", "a"), ("height", "b"), ("height", "c")]


def test_where_every_sample_has_a_value_there_is_nothing_to_predict(tmp_path):
    phenotypes = {trait: known(tmp_path, trait, [1.0, 2.0, 3.0]) for trait in ("yield", "height")}
    with pytest.raises(UserError, match="leaves none to predict"):
        predicted(phenotypes)
