"""DNNGP on the very lines, folds and settings of its published example."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

from dnngp.encodings.pca import PCAScores
from dnngp.methods.dnngp import DNNGP


@pytest.fixture(scope="module")
def example(shared):
    """Scores and yields of 539 training lines and 60 test lines."""
    folder = shared / "data" / "wheat_cimmyt599"
    dosages = pd.read_csv(folder / "genotypes.csv.gz", index_col=0).to_numpy()
    y = pd.read_csv(folder / "phenotypes.csv")["yield_env1"].to_numpy()
    train, test = next(KFold(10, shuffle=True, random_state=123).split(dosages))
    # The authors' 251 components were taken from all lines; of the training lines alone they are as many.
    encoder = PCAScores(components=251).fit(dosages[train])
    return encoder.transform(dosages[train]), y[train], encoder.transform(dosages[test]), y[test]


def test_ridge_finds_there_what_the_reference_finds(example):
    """0.482 (components of all lines) is what ridge regression reaches on this fold."""
    from sklearn.linear_model import RidgeCV

    x, y, x_test, y_test = example
    assert len(y_test) == 60
    r = np.corrcoef(RidgeCV(np.logspace(0, 5, 30)).fit(x, y).predict(x_test), y_test)[0, 1]
    assert r == pytest.approx(0.482, abs=0.03)


@pytest.mark.slow
def test_the_published_example_is_reproduced(example):
    """100 epochs, no early stopping: their released run has r = 0.582 on these lines, ours 0.50 to 0.60."""
    x, y, x_test, y_test = example
    r = []
    for seed in (1, 2):
        model = DNNGP(stopping="none", epochs=100, random_state=seed).fit(x, y)
        r.append(np.corrcoef(model.predict(x_test), y_test)[0, 1])
    assert 0.5 <= np.mean(r) <= 0.6, r
