"""The methods for records by name: what each is, where its class lives, where it can be used.

Read by the configuration, so that it needs nothing but the standard library.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import Any

#: What conditions are.
KINDS = ("environments", "traits")

#: Schemes of validation and the kinds they are for (:mod:`dnngp.validation.schemes`).
SCHEMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "CV1": KINDS,
        "CV2": ("environments",),
        "CV2*": ("traits",),
        "CV0": ("environments",),
        "CV00": ("environments",),
    }
)

#: Schemes in which every condition that is tested has training records.
KNOWN = ("CV1", "CV2", "CV2*")

#: Most conditions for methods that estimate a variance for each and a covariance for each pair.
MOST_CONDITIONS = 10


#: In the tables, in the place of a condition: the mean over all of them, each counting the same.
OVERALL = "overall"

#: Part of the variances of a fit: correlations of genomic values in pairs of conditions.
CORRELATION = "genomic correlation"

_NETWORK = ("components", "epochs", "learning_rate", "members")


@dataclass(frozen=True)
class TrialMethod:
    """Declaration of one method.

    Attributes
    ----------
    name, label
        Name in the configuration; name in tables and figures.
    module, cls
        Dotted module and class.
    family
        As of :class:`dnngp.methods.registry.Method`.
    summary, citation
        One sentence; author, year, journal.
    options
        Keyword arguments of the class.
    kinds
        What the conditions may be.
    schemes
        Schemes it can be used in.
    covariates
        Whether it cannot do without covariates of environments.
    pairs
        Whether it takes no more than :data:`MOST_CONDITIONS` conditions.
    accepts
        Arguments of the class that a user may choose.
    """

    name: str
    label: str
    module: str
    cls: str
    family: str
    summary: str
    citation: str = ""
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    kinds: tuple[str, ...] = KINDS
    schemes: tuple[str, ...] = tuple(SCHEMES)
    covariates: bool = False
    pairs: bool = False
    accepts: tuple[str, ...] = ()


def _kernel(
    name: str, label: str, structure: str, summary: str, citation: str, **rest: Any
) -> list[TrialMethod]:
    """A model of the covariance of conditions with either kernel."""
    return [
        TrialMethod(
            name=f"{prefix}_{name}",
            label=f"{kernel_label}, {label}",
            module="dnngp.evaluation.trials.mixed",
            cls="TrialBLUP",
            family="mixed model",
            summary=summary,
            citation=citation,
            options=MappingProxyType({"structure": structure, "kernel": kernel}),
            **rest,
        )
        for prefix, kernel_label, kernel in (("gblup", "GBLUP", "additive"), ("rkhs", "RKHS", "gaussian"))
    ]


_DECLARED = (
    TrialMethod(
        name="mean",
        label="Mean",
        module="dnngp.evaluation.trials.mean",
        cls="ConditionMean",
        family="control",
        summary="The mean of the training records of each condition; what every method must beat.",
    ),
    *_kernel(
        "within",
        "each alone",
        "within",
        "Each condition on its own, as if the others had never been grown.",
        "VanRaden 2008, J Dairy Sci 91:4414",
        schemes=KNOWN,
    ),
    *_kernel(
        "main",
        "main effects",
        "main",
        "Genomic values that are the same in all environments, and what else is common to a line's records.",
        "Jarquin et al. 2014, Theor Appl Genet 127:595",
        kinds=("environments",),
    ),
    *_kernel(
        "gxe",
        "GxE",
        "gxe",
        "Genomic values common to all environments, and deviations from them in each.",
        "Jarquin et al. 2014, Theor Appl Genet 127:595; Lopez-Cruz et al. 2015, G3 5:569",
        kinds=("environments",),
    ),
    *_kernel(
        "norm",
        "reaction norm",
        "norm",
        "GxE, and deviations that are alike in environments with similar covariates.",
        "Jarquin et al. 2014, Theor Appl Genet 127:595",
        kinds=("environments",),
        covariates=True,
    ),
    *_kernel(
        "multi",
        "multi-trait",
        "multi",
        "A genomic variance for each condition, a covariance for each pair; likewise of the rest of a line.",
        "Henderson & Quaas 1976, J Anim Sci 43:1188; Cuevas et al. 2017, G3 7:41",
        schemes=KNOWN,
        pairs=True,
    ),
    TrialMethod(
        name="lightgbm",
        label="LightGBM",
        module="dnngp.evaluation.trials.trees",
        cls="TrialLightGBM",
        family="trees",
        summary="Boosted trees over principal component scores, conditions and their covariates.",
        citation="Ke et al. 2017, NeurIPS 30:3146",
        accepts=("components", "n_estimators", "learning_rate", "num_leaves"),
    ),
    TrialMethod(
        name="dnngp",
        label="DNNGP, environment branch",
        module="dnngp.evaluation.trials.networks",
        cls="TrialDNNGP",
        family="network",
        summary="DNNGP's convolutions over scores, joined with the environment before two dense layers.",
        citation="Wang et al. 2023, Mol Plant 16:279",
        options=MappingProxyType({"outputs": False}),
        accepts=_NETWORK,
    ),
    TrialMethod(
        name="dnngp_multi",
        label="DNNGP, an output for each",
        module="dnngp.evaluation.trials.networks",
        cls="TrialDNNGP",
        family="network",
        summary="DNNGP's convolutions over scores, and an output for every condition.",
        citation="Wang et al. 2023, Mol Plant 16:279; Montesinos-Lopez et al. 2018, G3 8:3829",
        options=MappingProxyType({"outputs": True}),
        schemes=KNOWN,
        accepts=_NETWORK,
    ),
)

#: Every method by name, in the order of the report.
TRIAL_METHODS: dict[str, TrialMethod] = {method.name: method for method in _DECLARED}

#: Run where the configuration names none, as far as they suit.
DEFAULT = (
    *("mean", "gblup_within", "gblup_gxe", "gblup_norm", "gblup_multi", "rkhs_gxe", "rkhs_multi"),
    *("lightgbm", "dnngp", "dnngp_multi"),
)


def suits(method: TrialMethod, kind: str, covariates: Collection[str], conditions: int | None) -> str:
    """Why a method cannot be used at all; empty where it can.

    Parameters
    ----------
    kind
        Of the conditions.
    covariates
        Of the environments.
    conditions
        Their number; None where it is known only when the records are read.
    """
    if kind not in method.kinds:
        return f"it is for {' and '.join(method.kinds)}"
    if method.covariates and not covariates:
        return "it needs covariates of the environments"
    if method.pairs and conditions is not None and conditions > MOST_CONDITIONS:
        return f"it estimates a covariance for each pair of conditions, of at most {MOST_CONDITIONS}"
    return ""


def create(name: str, params: Mapping[str, Any], seed: int) -> Any:
    """An unfitted model with parameters that it accepts; ``seed`` is its ``random_state``."""
    method = TRIAL_METHODS[name]
    return getattr(import_module(method.module), method.cls)(**method.options, **params, random_state=seed)
