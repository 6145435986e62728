"""BLUP that reads markers as a stream where there are too many samples for a matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from dnngp.base.errors import UserError
from dnngp.base.lazy import np
from dnngp.base.parameters import choice, setting, whole
from dnngp.base.serialisation import Arrays, part_of, prefixed
from dnngp.base.sizes import LARGE
from dnngp.methods.mixed.kernel_blup import KernelBLUP
from dnngp.methods.regressor import Prediction

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Kernel
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet


@dataclass(kw_only=True, eq=False, repr=False)
class StreamedBLUP(KernelBLUP):
    """BLUP of one linear kernel, by matrix or, of many samples, without one.

    Parameters
    ----------
    pcs
        Leading principal components of the training samples to fit as fixed effects, by the exact solver
        alone.
    solver
        ``exact`` (REML by an eigendecomposition), ``iterative`` (by Lanczos, markers streamed; the
        Monte-Carlo error of h2 is told), or ``auto``: iterative above 10,000 training records where that can
        be.
    reliability_draws
        Simulated populations from which the iterative solver takes reliabilities; 0: it tells none.

    Attributes
    ----------
    streamed_ : IterativeFit or None
        The fit of the iterative solver.
    """

    solver: str = setting(choice("auto", "auto", "exact", "iterative"))
    reliability_draws: int = setting(whole(0, 0, high=1000))

    streamed_ = None

    @classmethod
    def problems(cls, params: Mapping[str, Any]) -> dict[str, str]:
        """Principal components ask for the matrix."""
        if params.get("solver") == "iterative" and params.get("pcs"):
            return {"pcs": "needs `solver: exact`: the iterative one has no principal components"}
        return super().problems(params)

    @classmethod
    def price_of(cls, params: Mapping[str, Any], n: int) -> str:
        """Without a matrix, of all alike."""
        return "iterative" if _iterates(params, n) else ""

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        self.streamed_ = None
        if self._streams(training, weight):
            self._fit_streamed(training, y, weight)
        else:
            self._fit_matrix(training, y, weight)

    def _fit_matrix(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        super()._fit(training, y, weight)

    def _streams(self, training: TrainingSet, weight: RecordWeights | None) -> bool:
        """Whether the iterative solver is asked for, or is the one to take."""
        if not _iterates(self.get_params(), len(training)):
            return False
        refusal = self._why_matrix(training, weight)
        if refusal and self.solver == "iterative":
            raise ValueError(f"solver iterative takes no {refusal}.")
        return not refusal

    def _fit_streamed(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        from dnngp.methods.mixed.iterative import fit_iteratively

        found = self.streamed_ = fit_iteratively(
            training.streamed(self._reads),
            y,
            training.fixed,
            None if weight is None else weight.values,
            seed=self.random_state,
            draws=self.reliability_draws,
        )
        self.diagnostics_ = {
            **found.components.figures(),
            "log_likelihood": found.components.log_likelihood,
            "h2_monte_carlo_error": found.h2_error,
            "products": found.steps,
            "residual": found.residual,
        }

    def _predict(self, records: Records) -> Prediction:
        if self.streamed_ is None:
            return self._predict_matrix(records)
        markers = records.streamed(self._reads)
        return Prediction(self.streamed_.predict(markers, records.fixed), self.streamed_.reliability(markers))

    def _predict_matrix(self, records: Records) -> Prediction:
        return super()._predict(records)

    def slopes(self, kernels: Sequence[Kernel]) -> list[tuple[np.ndarray, np.ndarray]]:
        """As of every mixed model, of the exact solver alone."""
        if self.streamed_ is not None:
            raise UserError(
                "the iterative solver makes no kernel for the importance of markers to be taken from.",
                remedy="Use the method rrblup, which has an effect for each marker, or `solver: exact`.",
            )
        return super().slopes(kernels)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method."""
        if self.streamed_ is None:
            return super().to_arrays()
        return prefixed("streamed", self.streamed_.to_arrays())

    def from_arrays(self, arrays: Arrays) -> Self:
        """As every method."""
        from dnngp.methods.mixed.iterative import IterativeFit

        if not (streamed := part_of("streamed", arrays)):
            return super().from_arrays(arrays)
        self._say_nothing()
        self.streamed_ = IterativeFit.from_arrays(streamed)
        return self


def _iterates(params: Mapping[str, Any], n: int) -> bool:
    """Whether parameters ask for the iterative solver for n records, if the data suit it."""
    solver = params.get("solver", "auto")
    return solver == "iterative" or (solver == "auto" and n > LARGE and not params.get("pcs"))
