"""What a network is trained on, and what its output says, for each kind of trait.

Every network has one output. Of a quantity it is the standardised phenotype; of a count the logarithm of
the expectation, of which the mean count is 0; of a class the liability, which cut points that are learnt
beside the network divide into classes. So an output of 0, near which networks start, says the mean, or the
shares of the classes, for every kind of trait.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from dnngp.base.lazy import np
from dnngp.base.serialisation import Stored
from dnngp.methods.regressor import Prediction

if TYPE_CHECKING:
    from dnngp.genotypes.trait_types import TraitType

#: Share of the records taken as spread evenly: a class without any has cut points in order, too.
EVEN = 0.01


class Link(Stored):
    """Of a quantity: the phenotype is mean + scale x output, with the moments of the training records."""

    STATE: ClassVar[tuple[str, ...]] = ("mean", "scale")

    #: Loss of the kind of trait; None: that of the network.
    LOSS: ClassVar[str | None] = None

    mean: float = 0.0
    scale: float = 1.0
    #: Number of cut points.
    cuts: int = 0

    def targets(self, y: np.ndarray, weight: np.ndarray | None, trait: TraitType) -> np.ndarray:
        """Take the moments of phenotypes y (n,) with weights (n,), and give what to train on (n,)."""
        self.mean = float(np.mean(y) if weight is None else np.average(y, weights=weight))
        if weight is None:
            self.scale = float(np.std(y)) or 1.0
        else:
            self.scale = float(np.sqrt(np.average((y - self.mean) ** 2, weights=weight))) or 1.0
        return (y - self.mean) / self.scale

    @property
    def steps(self) -> np.ndarray | None:
        """Where cut points start (:func:`dnngp.methods.networks.losses.cumulative`); None without any."""
        return None

    def prediction(self, outputs: np.ndarray, steps: Sequence[np.ndarray]) -> Prediction:
        """From outputs (members, m) and, of classes, the cut points of each member."""
        spread = self.scale * np.std(outputs, axis=0, ddof=1) if len(outputs) > 1 else None
        return Prediction(self.mean + self.scale * np.mean(outputs, axis=0), spread=spread)


class LogLink(Link):
    """Of a count: ``mean`` is the logarithm of the mean count."""

    LOSS = "poisson"

    def targets(self, y: np.ndarray, weight: np.ndarray | None, trait: TraitType) -> np.ndarray:
        """Counts in units of their mean: learning rates and penalties mean the same for rare and many."""
        # Half a count in all where there is none: its logarithm is finite.
        mean = max(float(np.average(y, weights=weight)), 0.5 / len(y))
        self.mean = float(np.log(mean))
        return y / mean

    def prediction(self, outputs: np.ndarray, steps: Sequence[np.ndarray]) -> Prediction:
        """The mean over members of the expected count."""
        liability = self.mean + outputs
        counts = np.exp(liability)
        return Prediction(counts.mean(axis=0), spread=_spread(counts), liability=liability.mean(axis=0))


class ClassLink(Link):
    """Of two classes or more, in order: proportional odds."""

    STATE = ("cuts",)
    LOSS = "cumulative"

    def targets(self, y: np.ndarray, weight: np.ndarray | None, trait: TraitType) -> np.ndarray:
        """The number of the class."""
        from scipy.special import logit

        self.cuts = len(trait.classes) - 1
        counts = np.bincount(y.astype(int), weight, len(trait.classes))
        shares = (1 - EVEN) * counts / counts.sum() + EVEN / len(counts)
        cuts = logit(np.cumsum(shares)[:-1])
        self._steps = np.concatenate([cuts[:1], np.log(np.diff(cuts))])
        return y

    @property
    def steps(self) -> np.ndarray | None:
        """Those of the shares of the classes."""
        return self._steps

    def prediction(self, outputs: np.ndarray, steps: Sequence[np.ndarray]) -> Prediction:
        """The mean over members of the probabilities; a liability of 0 is at the lowest cut point."""
        from scipy.special import expit

        cuts = [np.cumsum(np.concatenate([one[:1], np.exp(one[1:])])) for one in steps]
        over = expit([output[:, None] - cut for output, cut in zip(outputs, cuts, strict=True)])
        ends = np.ones((*over.shape[:2], 1))
        probability = -np.diff(np.concatenate([ends, over, 0 * ends], axis=2), axis=2)
        liability = [output - cut[0] for output, cut in zip(outputs, cuts, strict=True)]
        classes = over.sum(axis=2)
        return Prediction(
            classes.mean(axis=0),
            spread=_spread(classes),
            probability=probability.mean(axis=0),
            liability=np.mean(liability, axis=0),
        )


def _spread(predicted: np.ndarray) -> np.ndarray | None:
    """Standard deviation (m,) over members of what each predicts (members, m); None of one."""
    return np.asarray(np.std(predicted, axis=0, ddof=1)) if len(predicted) > 1 else None


#: By kind of trait.
LINKS: dict[str, type[Link]] = {
    "continuous": Link,
    "count": LogLink,
    "binary": ClassLink,
    "ordinal": ClassLink,
}
