"""Area under the receiver operating characteristic."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def auc(observed: np.ndarray, predicted: np.ndarray) -> float:
    """Of classes 0 and 1 (m,) and probabilities (m,) of 1."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(observed, predicted))


METRIC = Metric(
    name="auc",
    heading="AUC",
    label="AUC",
    meaning="area under the ROC curve: the share of pairs of a sample of each class that it ranks "
    "rightly; chance gives 0.5",
    best=1,
    function=auc,
    main=("binary",),
    traits=("binary",),
    several_classes=True,
    chance=0.5,
    order=1,
)
