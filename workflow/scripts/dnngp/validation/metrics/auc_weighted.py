"""Area under the ROC curve of records that count by their weight."""

from __future__ import annotations

from dnngp.base.lazy import np
from dnngp.validation.metric import Metric


def auc_weighted(observed: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> float:
    """Of classes 0 and 1 (m,) and probabilities (m,) of 1, weighted by (m,)."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(observed, predicted, sample_weight=weight))


METRIC = Metric(
    name="auc_weighted",
    heading="AUC, weighted",
    label="AUC, weighted",
    meaning="area under the ROC curve in which each pair counts by the weights of its sampl"
    "es; only where the dataset has `weights`",
    best=1,
    function=auc_weighted,
    main=("binary",),
    traits=("binary",),
    weights=True,
    several_classes=True,
    chance=0.5,
    order=16,
)
