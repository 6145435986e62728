"""A network beside BLUP: the mixed model predicts, the network learns what it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dnngp.base.lazy import np
from dnngp.methods.declaration import Method
from dnngp.methods.kernel_net import KERNEL_SEARCH, KernelNet
from dnngp.methods.regressor import Prediction

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Kernel
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet


@dataclass(eq=False, repr=False)
class ResidualNet(KernelNet):
    """BLUP with a kernel, plus a network trained on what BLUP leaves; parameters as in the parent class.

    The linear path is the mixed model itself. The network, over the principal
    components of the same kernel, is trained on the errors of BLUP in lines that
    it did not see, y_i less the prediction of line i from all others, which one
    decomposition gives in closed form: the errors in lines that BLUP was fitted on
    are too small and have its shrinkage in them. With ``kernel: linear`` this is
    principal component scores with a skip path that is GBLUP.

    Covariates are fixed effects of the mixed model.

    References
    ----------
    He et al. 2016, CVPR 29:770 (a path past the layers); Wolpert 1992, Neural
    Networks 5:241 (a second level learns from predictions of unseen lines).
    """

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        X = self._read(training)
        scores = self._fit_kernel(X, y, training.fixed, weight)
        self._fit_rows(scores, self._model.fit_.left_out_errors(), training, weight)
        self.diagnostics_["blup_h2"] = self._model.diagnostics_["h2"]

    def _predict(self, records: Records) -> Prediction:
        beside = super()._predict(records)
        kernel = self._products(records.array(self._reads).values)
        return Prediction(
            self._model.predict_kernels([kernel], records.fixed) + beside.mean, spread=beside.spread
        )

    def _slopes(self, kernel: Kernel) -> tuple[np.ndarray, np.ndarray]:
        by_products, by_squares = super()._slopes(kernel)
        ((blup, alone),) = self._model.slopes([kernel])
        return by_products + blup, by_squares + alone


METHOD = Method(
    name="residual_net",
    label="Residual network",
    estimator=ResidualNet,
    encodings=("additive", "pca"),
    family="network",
    summary="BLUP with a Gaussian kernel, plus networks trained on its errors in samples it did not see.",
    fitted_by="exact REML, then as `kernel_net`",
    citation="He et al. 2016, CVPR 29:770; Wolpert 1992, Neural Networks 5:241",
    cost="n^2 p + 7 n^3 + epochs x n x 4,000 c",
    weights=True,
    covariates=True,
    importance="gradients",
    search=KERNEL_SEARCH,
    order=210,
)
