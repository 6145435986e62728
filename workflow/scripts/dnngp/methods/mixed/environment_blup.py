"""BLUP of records of several environments or traits: what the mixed models of them share.

The models differ in what environments share (:mod:`dnngp.methods.mixed.likelihood`): C is the covariance
between environments of a sample's genomic values, of what else is its own, and of the error. With 1 a matrix
of ones, I the identity and W W'/q the similarity of q covariates of environments:

======  ==========================  ========  =========
model   genomic                     own       error
======  ==========================  ========  =========
main    v 1                         v_own 1   v_e I
gxe     v 1 + v_gxe I               v_own 1   v_e I
norm    v 1 + v_gxe I + v_w W W'/q  v_own 1   v_e I
multi   every (co)variance          -         every one
======  ==========================  ========  =========

Records are standardised within environments, and means of environments are fixed effects, both from training
records alone. Each kernel of several omics layers has genomic terms of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from dnngp.base.errors import UserError
from dnngp.base.lazy import np, pd
from dnngp.base.serialisation import Arrays, numbered, part_of
from dnngp.methods.declaration import Method
from dnngp.methods.environment_regressor import hashed, hashed_samples, standardised
from dnngp.methods.mixed.kernels import Gaussian, KernelFunction, Linear
from dnngp.methods.regressor import COMPONENTS, Prediction, Regressor

if TYPE_CHECKING:
    from dnngp.encodings.samples.arrays_and_kernels import Kernel
    from dnngp.encodings.samples.environment_covariates import Environments
    from dnngp.encodings.samples.record_weights import RecordWeights
    from dnngp.encodings.samples.training_set import Records, TrainingSet
    from dnngp.methods.mixed.structures import Terms, Unstructured

#: Most environments of a model that estimates a variance for each and a covariance for each pair.
MOST_ENVIRONMENTS = 10

#: Part of the variances of a fit: correlations of genomic values in pairs of environments.
CORRELATION = "genomic correlation"


@dataclass(kw_only=True, eq=False, repr=False)
class EnvironmentBLUP(Regressor):
    """Best linear unbiased prediction of records, all variances by exact REML; subclasses name the terms.

    Attributes
    ----------
    components_ : DataFrame
        part, environment, other, value: variances of terms, or entries of the genomic and the remaining
        covariance by pair of environments and the genomic correlations (``multi``); in units of the variance
        of the environment's records, the kernel scaled to a mean variance of 1 among the samples.
    diagnostics_ : dict
        log_likelihood; bandwidth of a Gaussian kernel.
    means_ : (t,) float64
        Of the environments.
    """

    #: ``linear``: VanRaden's first relationship matrix; ``gaussian``: the kernel of ``rkhs``, its bandwidth
    #: by REML on the means of the samples.
    KERNEL: ClassVar[str] = "linear"

    STATE = (
        *("_samples", "means_", "_deviations", "_effects", "_values", "_own"),
        *("_parameters", "_weights", "_errors"),
    )

    def _structure(self, seen: np.ndarray, environments: Environments, kernels: int) -> Terms | Unstructured:
        """What environments share, of which ``seen`` (t,) bool have training records."""
        raise NotImplementedError

    def _described(
        self, structure: Any, parameters: np.ndarray, names: Sequence[str]
    ) -> list[tuple[str, str, str, float]]:
        """Rows of :attr:`components_`."""
        raise NotImplementedError

    def _means_of(self, means: np.ndarray, seen: np.ndarray, environments: Environments) -> np.ndarray:
        """Means (t,) of all environments, from those of the ones seen."""
        from dnngp.methods.mixed.environment_means import with_new_means

        return with_new_means(means, seen, None)

    def _fit(self, training: TrainingSet, y: np.ndarray, weight: RecordWeights | None) -> None:
        from dnngp.methods.mixed.likelihood import likelihood
        from dnngp.methods.mixed.maximum import maximise

        environments, numbers, scale, z, weight = standardised(training, y, weight)
        kernels = self._fit_kernels(training, z, weight)
        seen = np.bincount(numbers, minlength=len(environments)) > 0
        place = np.cumsum(seen) - 1
        structure = self._structure(seen, environments, len(kernels))
        form = likelihood(kernels, training.sample, place[numbers], z, training.fixed, weight)
        parameters, point = maximise(form, structure)
        means = scale.means.copy()
        means[seen] += scale.deviations[seen] * point.effects[: seen.sum()]
        self._samples, self._parameters = hashed_samples(training), parameters
        self._effects = point.effects[seen.sum() :]
        self._weights, self._errors = point.weights, point.errors
        self._place(structure, means, scale.deviations, seen, environments)
        self.diagnostics_ |= {"log_likelihood": point.value}
        rows = self._described(structure, parameters, environments.names)
        self.components_ = pd.DataFrame(rows, columns=COMPONENTS)

    def _fit_kernels(
        self, training: TrainingSet, z: np.ndarray, weight: RecordWeights | None
    ) -> list[np.ndarray]:
        """Kernel (n, n) of each omics layer, scaled to a mean variance of 1 among the training samples."""
        from dnngp.methods.mixed.environment_means import means_of_samples
        from dnngp.methods.mixed.error_contrasts import spread_of
        from dnngp.methods.mixed.kernel_fit import fit_kernel

        layers = training.kernel(self._reads).layers
        means, of_means = means_of_samples(training.sample, z, weight)
        self._functions = [self._function() for _ in layers]
        for function, layer in zip(self._functions, layers, strict=True):
            function.choose(layer, lambda kernel: fit_kernel(kernel, means, None, of_means))
        self.diagnostics_ |= self._functions[0].chosen
        self._spreads = np.ones(len(layers))
        self._spreads = np.array([spread_of(kernel) for kernel in self._kernels(layers)])
        return self._kernels(layers)

    def _function(self) -> KernelFunction:
        return Gaussian() if self.KERNEL == "gaussian" else Linear()

    def _kernels(self, layers: tuple[Kernel, ...]) -> list[np.ndarray]:
        """Kernel (m, n) of each omics layer."""
        return [
            function.of(layer.values, layer.diagonal) / spread
            for function, layer, spread in zip(self._functions, layers, self._spreads, strict=True)
        ]

    def _place(
        self,
        structure: Terms | Unstructured,
        means: np.ndarray,
        deviations: np.ndarray,
        seen: np.ndarray,
        environments: Environments,
    ) -> None:
        """Keep what predictions in all environments need."""
        from dnngp.methods.mixed.structures import ERROR, OWN

        c = structure.extended(self._parameters)
        self.means_, self._deviations = self._means_of(means, seen, environments), deviations
        # What a unit of a sample's kernel with each training sample adds in each environment.
        self._values = self._weights @ c[:OWN, seen]
        # A record's error is no other's; with those of other environments it may be correlated.
        shared = c[ERROR] - np.diag(np.diagonal(c[ERROR]))
        self._own = self._weights @ c[OWN, seen] + self._errors @ shared[seen]

    def extend(self, environments: Environments) -> None:
        """Take in environments without training records, behind those that the method was fitted on.

        All of those had training records.
        """
        from dnngp.methods.mixed.environment_means import EnvironmentScale

        count = self._weights.shape[1]
        before = EnvironmentScale(self.means_[:count], self._deviations[:count])
        scale, seen = before.extended(len(environments))
        structure = self._structure(seen, environments, len(self._functions))
        self._place(structure, scale.means, scale.deviations, seen, environments)

    def _predict(self, records: Records) -> Prediction:
        """Records without an environment are predicted in the mean of all."""
        kernels = self._kernels(records.kernel(self._reads).layers)
        genomic = sum(kernel @ values for kernel, values in zip(kernels, self._values, strict=True))
        z = genomic[records.sample]
        if records.environments is not None:
            place = {sample: number for number, sample in enumerate(self._samples.tolist())}
            numbers = np.array([place.get(hashed(sample), -1) for sample in records.ids])
            z = z + np.where(numbers[:, None] >= 0, self._own[numbers], 0)
        if records.fixed is not None:
            z = z + (records.fixed @ self._effects)[:, None]
        predicted = self.means_ + self._deviations * z
        if records.environments is None:
            return Prediction(predicted.mean(axis=1))
        return Prediction(predicted[np.arange(len(predicted)), records.environments])

    def encodings_read(self) -> list[Any]:
        """The encoding behind the kernel."""
        return [self._reads]

    def slopes(self, kernels: Sequence[Kernel]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Derivatives of the predictions in the mean of all environments.

        By each kernel's products (m, n) and squared lengths (m,).
        """
        slopes = []
        for function, kernel, values, spread in zip(
            self._functions, kernels, self._values, self._spreads, strict=True
        ):
            weights = values @ self._deviations / len(self._deviations) / spread
            by_products, by_squares = function.slopes(kernel.values, kernel.diagonal)
            slopes.append((by_products * weights, by_squares @ weights))
        return slopes

    def to_arrays(self) -> dict[str, np.ndarray]:
        """As every method."""
        kernels = numbered("kernel", (function.to_arrays() for function in self._functions))
        return super().to_arrays() | {"spreads": self._spreads} | kernels

    def from_arrays(self, arrays: Arrays) -> EnvironmentBLUP:
        """As every method."""
        super().from_arrays(arrays)
        self._spreads = arrays["spreads"]
        self._functions = [
            self._function().from_arrays(part_of(f"kernel{number}", arrays))
            for number in range(len(self._spreads))
        ]
        return self


class MainEffects(EnvironmentBLUP):
    """Genomic values that are the same in all environments, and what else is common to a sample's records."""

    def _structure(self, seen: np.ndarray, environments: Environments, kernels: int) -> Terms:
        from dnngp.methods.mixed.structures import ERROR, OWN, Terms

        every, each = np.ones((len(seen), len(seen))), np.eye(len(seen))
        terms = {
            name if kernels == 1 else f"{name}, layer {number + 1}": (number, matrix)
            for number in range(kernels)
            for name, matrix in self._genomic(every, each, seen, environments).items()
        }
        return Terms(terms | {"sample": (OWN, every), "error": (ERROR, each)}, seen, kernels)

    def _described(
        self, structure: Terms, parameters: np.ndarray, names: Sequence[str]
    ) -> list[tuple[str, str, str, float]]:
        return [(name, "", "", value) for name, value in zip(structure.names, parameters, strict=True)]

    def _genomic(
        self, every: np.ndarray, each: np.ndarray, seen: np.ndarray, environments: Environments
    ) -> dict[str, np.ndarray]:
        """Matrices (t, t) of the genomic terms by name."""
        return {"genomic": every}


class GxE(MainEffects):
    """Genomic values common to all environments, and deviations from them in each."""

    def _genomic(
        self, every: np.ndarray, each: np.ndarray, seen: np.ndarray, environments: Environments
    ) -> dict[str, np.ndarray]:
        return {"genomic": every, "genomic x environment": each}


class ReactionNorm(GxE):
    """GxE, and deviations that are alike in environments with similar covariates."""

    def _features(self, seen: np.ndarray, environments: Environments) -> np.ndarray | None:
        """Covariates (t, q); None for a single environment, which there is nothing to compare with."""
        features = environments.features(seen)
        if features is None and len(environments) > 1:
            raise UserError(
                "the reaction norm needs covariates of the environments.", remedy="Use gblup_gxe."
            )
        return features

    def _genomic(
        self, every: np.ndarray, each: np.ndarray, seen: np.ndarray, environments: Environments
    ) -> dict[str, np.ndarray]:
        from dnngp.methods.mixed.environment_means import similarity

        features = self._features(seen, environments)
        alike = {} if features is None else {"genomic x covariates": similarity(features)}
        return super()._genomic(every, each, seen, environments) | alike

    def _means_of(self, means: np.ndarray, seen: np.ndarray, environments: Environments) -> np.ndarray:
        from dnngp.methods.mixed.environment_means import with_new_means

        return with_new_means(means, seen, self._features(seen, environments))


class MultiTrait(EnvironmentBLUP):
    """A genomic variance for each environment, a covariance for each pair; likewise of what is left."""

    def _structure(self, seen: np.ndarray, environments: Environments, kernels: int) -> Unstructured:
        from dnngp.methods.mixed.structures import Unstructured

        if len(seen) > MOST_ENVIRONMENTS:
            raise UserError(
                f"the multi-trait model estimates a covariance for each pair of {len(seen)} environments.",
                remedy=f"Take at most {MOST_ENVIRONMENTS}, or use gblup_gxe.",
            )
        if not seen.all():
            raise UserError(
                "the multi-trait model knows nothing of environments without training records.",
                remedy="Use gblup_gxe, or gblup_norm with covariates.",
            )
        return Unstructured(len(seen), kernels)

    def _described(
        self, structure: Unstructured, parameters: np.ndarray, names: Sequence[str]
    ) -> list[tuple[str, str, str, float]]:
        from dnngp.methods.mixed.structures import ERROR, OWN

        c = structure.of(parameters)
        genomic = c[:OWN].sum(axis=0)
        deviations = np.sqrt(np.diagonal(genomic))
        scale = np.outer(deviations, deviations)
        correlations = np.divide(genomic, scale, out=np.full_like(genomic, np.nan), where=scale > 0)
        return [
            (part, names[j], names[k], matrix[j, k])
            for part, matrix in (("genomic", genomic), ("rest", c[ERROR]), (CORRELATION, correlations))
            for j in range(len(names))
            for k in range(j + (part != CORRELATION))
        ]


def environment_method(
    name: str,
    estimator: type[EnvironmentBLUP],
    label: str,
    summary: str,
    citation: str,
    order: int,
    **rest: Any,
) -> Method:
    """The declaration of a method with GBLUP's kernel; arguments as of :class:`Method`."""
    return Method(
        name=name,
        label=f"GBLUP, {label}",
        estimator=estimator,
        family="mixed model",
        deterministic=True,
        summary=summary,
        citation=citation,
        reads="relationship matrix, environments",
        fitted_by="exact REML of all variances",
        cost="n^2 p + (n t)^3",
        weights=True,
        covariates=True,
        environments=True,
        alone=False,
        priced_as="gblup",
        importance="kernels",
        order=order,
        **rest,
    )


def with_gaussian_kernel(method: Method, name: str, estimator: type[EnvironmentBLUP]) -> Method:
    """The declaration of a method like another, with the kernel of ``rkhs``."""
    return replace(
        method,
        name=name,
        label=method.label.replace("GBLUP", "RKHS"),
        estimator=estimator,
        priced_as="rkhs",
        reads=method.reads.replace("relationship matrix", "distances"),
        cost="n^2 p + 5 n^3 + (n t)^3",
        order=method.order + 1,
    )
