"""BLUP with markers weighed and kernels mixed by a network that was trained on simulated populations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnngp.base.lazy import np
from dnngp.base.parameters import choice, setting
from dnngp.methods.declaration import Method
from dnngp.methods.gblup import GBLUP
from dnngp.methods.mixed.kernels import Gaussian, Linear
from dnngp.methods.prior.scored_markers import ScoredMarkersBLUP
from dnngp.methods.regressor import Prediction
from dnngp.methods.rkhs import RKHS

if TYPE_CHECKING:
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet
    from dnngp.methods.prior.marker_features import Genome
    from dnngp.methods.prior.weighted_kernels import WeightedKernels

#: What a marker's weight is multiplied by with every unit of |z|, where no network says it.
MILD = 1.25


@dataclass(eq=False, repr=False)
class PriorNet(ScoredMarkersBLUP):
    """BLUP with four kernels, markers weighed and kernels mixed by a network that never saw this trait.

    Every marker is tested beside the sum of all (the score test of a GBLUP fitted to the training samples). A
    small network that runs along the genome turns the statistics into two weights a marker; its head mixes
    four kernels, linear and Gaussian, of all markers alike and of weighted ones. It learnt on simulated
    populations how far weights can be trusted that were made from the phenotypes that are then fitted. In a
    fold nothing is trained: there is one fit as of :class:`dnngp.methods.gblup.GBLUP`, one as of
    :class:`dnngp.methods.rkhs.RKHS`, and one with the kernel that results.

    Parameters
    ----------
    rule
        ``network``; or ``score``, without any: the Gaussian kernel of markers that weigh 1.25 to the power of
        their absolute z, bandwidth and variances by REML. It tells what weighing adds from what learning
        adds.

    Attributes
    ----------
    diagnostics_ : dict
        h2, lambda, vu, ve; bandwidth of the Gaussian kernel of weighted markers, and effective_markers, how
        many of equal weight it is worth. Of the network, the ``share_KERNEL`` of each in the variance and
        ``network``, the first twelve digits of the SHA-256 of what it learnt.

    References
    ----------
    Learning on simulated tasks: Müller et al. 2022, ICLR; weighted relationships: Zhang et al. 2010, PLoS
    One 5:e12648.
    """

    rule: str = setting(choice("network", "network", "score"))

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        from dnngp.methods.mixed.kernel_fit import fit_kernel
        from dnngp.methods.prior.marker_features import Genome

        alike, gblup, weight, z, spread = self._scored(training, y, weight)
        others = y, training.fixed, weight
        if self.rule == "score":
            self._kernels.weigh(MILD ** np.abs(z)[None], spread)
            (products,) = self._kernels.products()
            rkhs = RKHS().fit_kernels([products], *others)
            self._kernels.functions = [Gaussian().prepare(products, rkhs.diagnostics_["bandwidth"])]
            self.fit_ = rkhs.fit_
            self.diagnostics_ = self._described(spread)
        else:
            rkhs = RKHS().fit_kernels([alike], *others)
            genome = Genome.of(training.variants(self._reads), len(z))
            matrix, ratio, learnt = self._learnt(z, spread, genome, gblup, rkhs)
            self.fit_ = fit_kernel(matrix, *others, ratio)
            self.diagnostics_ = self._described(spread) | learnt

    def _predict(self, records: Records) -> Prediction:
        products = self._kernels.products(np.asarray(records.array(self._reads).values))
        matrix = self._kernels.total(products)
        return Prediction(
            self.fit_.predict(matrix, records.fixed),
            self.fit_.reliability(matrix, self._kernels.own(products)),
        )

    def _unfitted(self) -> WeightedKernels:
        from dnngp.methods.prior.weighted_kernels import WeightedKernels

        if self.rule == "score":
            return WeightedKernels([Gaussian()], [0])
        return WeightedKernels([Linear(False), Gaussian(), Linear(False), Gaussian()], [0, 0, 1, 2])

    def _learnt(
        self, z: np.ndarray, spread: np.ndarray, genome: Genome, gblup: GBLUP, rkhs: RKHS
    ) -> tuple[np.ndarray, float, dict[str, Any]]:
        """Take what the network says: the kernel (n, n), the ratio of variances, what to say of the fit."""
        from dnngp.methods.mixed.error_contrasts import spread_of
        from dnngp.methods.prior import marker_features, network

        kernels, bandwidth = self._kernels, rkhs.diagnostics_["bandwidth"]
        ld = marker_features.disequilibrium(kernels.columns, spread, genome)
        found = network.output(
            network.trained(),
            marker_features.marker_features(z, spread, ld, genome),
            marker_features.facts(z, ld, gblup.fit_, rkhs.fit_, bandwidth),
            genome,
        )
        weights = np.ones((3, len(z)))
        weights[1:, genome.order] = found.weights
        kernels.weigh(weights, spread)
        products = kernels.products()
        for place, factor in ((network.RKHS, 1.0), (3, found.bandwidth)):
            kernels.functions[place] = Gaussian().prepare(products[kernels.behind[place]], bandwidth * factor)
        spreads = np.array([spread_of(matrix) for matrix in kernels.matrices(products)])
        kernels.factors = np.divide(found.mixture, spreads, out=np.zeros(4), where=spreads > 0)
        ratio = float(rkhs.fit_.components.ratio / (spreads[network.RKHS] or 1.0) * found.ratio)
        shares = {f"share_{name}": float(s) for name, s in zip(network.KERNELS, found.mixture, strict=True)}
        return kernels.total(products), ratio, shares | {"network": f"sha256:{network.SHA256[:12]}"}

    def _described(self, spread: np.ndarray) -> dict[str, Any]:
        found, lengths = self.fit_.components, self._kernels.weights[-1] * spread
        return {
            **found.figures(),
            "bandwidth": self._kernels.functions[-1].chosen["bandwidth"],
            "effective_markers": float(lengths.sum() ** 2 / (np.sum(lengths**2) or 1.0)),
        }


METHOD = Method(
    name="prior_net",
    label="Prior network",
    estimator=PriorNet,
    listed_alone=True,
    family="mixed model",
    deterministic=True,
    summary="BLUP with kernels of markers weighed by a network that was trained on simulated populations.",
    reads="markers along the genome",
    fitted_by="exact REML of two kernels; the network is trained already",
    citation="Müller et al. 2022, ICLR (arXiv 2112.10510); Zhang et al. 2010, PLoS One 5:e12648",
    cost="4 n^2 p + 8 n^3",
    weights=True,
    covariates=True,
    importance="gradients",
    search={"rule": ("network", "score")},
    order=65,
)
