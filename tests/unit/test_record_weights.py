"""Weights of training records reach methods, in one way."""

import numpy as np
import pandas as pd
import pytest

from dnngp.encodings.samples.record_weights import RecordWeights, WeightsByRecord
from dnngp.encodings.samples.rows import Rows
from dnngp.genotypes.phenotypes import WEIGHT
from dnngp.genotypes.records import precision_by_sample
from dnngp.genotypes.trait_types import TraitType
from dnngp.methods.declaration import Method
from dnngp.methods.regressor import Prediction, RowRegressor


class Sees(RowRegressor):
    """Keeps the weights that its fit was given."""

    def _fit_rows(self, X, y, training, weight):
        self.seen = weight

    def _predict(self, records):
        return Prediction(np.zeros(len(records)))


Method(name="sees", estimator=Sees, weights=True)
X, Y, W = np.arange(8.0).reshape(4, 2), np.arange(4.0), np.array([1.0, 2, 3, 4])


def test_plain_numbers_are_replicates():
    seen = Sees().fit(X, Y, W).seen
    assert not seen.known
    assert (seen.values == W).all()


def test_weights_of_the_training_records_are_taken():
    weights = RecordWeights(W, known=True)
    assert Sees().fit(Rows(X, weights=weights), Y).seen is weights
    training = Rows(X, weights=weights)
    assert (Sees().fit(training, Y, W[::-1]).seen.values == W[::-1]).all()
    assert training.weights is weights


def test_weights_that_are_alike_say_nothing():
    assert Sees().fit(X, Y, np.full(4, 7.0)).seen is None
    assert Sees().fit(X, Y, RecordWeights(np.ones(4), known=True)).seen.known


@pytest.mark.parametrize(
    ("weight", "message"),
    [([1, 2, 3], "3 weights for 4"), ([1, 2, 3, 0], "above 0"), ([1, 2, 3, np.inf], "above 0")],
)
def test_weights_that_cannot_be(weight, message):
    with pytest.raises(ValueError, match=message):
        Sees().fit(X, Y, weight)


def test_a_method_that_takes_none_refuses():
    class Blind(Sees):
        pass

    Method(name="blind", estimator=Blind)
    with pytest.raises(ValueError, match="Blind takes no weights"):
        Blind().fit(X, Y, W)


def test_weights_are_found_by_record():
    weights = WeightsByRecord(pd.Series([3.0, 1.0, 2.0], index=["c", "a", "b"]), known=True)
    found = weights.of(["b", "c"])
    assert found.known
    assert found.values.tolist() == [2, 3]


def test_weights_of_classes_are_refused_where_they_would_not_count(monkeypatch):
    monkeypatch.setattr(Sees, "WEIGHS_CLASSES", False)
    training = Rows(X, weights=RecordWeights(W), trait=TraitType("binary", ("a", "b")))
    with pytest.raises(ValueError, match="takes no weights of classes"):
        Sees().fit(training, np.array([0.0, 1, 0, 1]))


@pytest.mark.parametrize("known", [False, True])
def test_a_mean_over_environments_is_as_precise_as_its_records(known):
    """One of two records has half of their mean error variance; known ones are standardised as values are."""
    phenotype = pd.DataFrame(
        {
            "sample": ["a", "b", "c", "a", "b", "c"],
            "environment": ["x"] * 3 + ["y"] * 3,
            "value": [1.0, 2.0, 6.0, 10.0, np.nan, 30.0],
            WEIGHT: [2.0, 4.0, 1.0, 2.0, np.nan, 1.0],
        }
    )
    found = precision_by_sample(phenotype, known)
    scale = {"x": np.var([1, 2, 6]), "y": np.var([10, 30])} if known else {"x": 1.0, "y": 1.0}
    assert found["a"] == pytest.approx(4 / (0.5 / scale["x"] + 0.5 / scale["y"]))
    assert found["b"] == pytest.approx(4 * scale["x"])
    assert found["c"] == pytest.approx(4 / (1 / scale["x"] + 1 / scale["y"]))
