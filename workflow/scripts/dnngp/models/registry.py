"""The methods by name: what each is, what it reads, where its class lives.

The Snakefile imports this module, so it needs nothing but the standard library;
a method's own module is imported when the method is created.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import Any

#: Encodings and the options each takes (:mod:`dnngp.encode`).
ENCODINGS: dict[str, tuple[str, ...]] = {
    "additive": (),
    "onehot": ("missing",),
    "pca": ("components", "variance"),
}


@dataclass(frozen=True)
class Method:
    """Declaration of one method.

    Attributes
    ----------
    name, label
        Name in the configuration; name in tables and figures.
    module, cls
        Dotted module and class of the regressor.
    form
        ``array``: fitted on rows of features with ``fit(X, y)``;
        ``gram``: fitted on cross products of lines with ``fit_fold(fold, y)``.
    encodings
        Encodings it reads, the default first.
    family
        ``control``, ``mixed model``, ``trees``, ``kernel machine`` or ``network``.
    deterministic
        Whether the seed makes no difference.
    summary, citation
        One sentence; author, year, journal.
    encoding_options
        Options of the default encoding.
    """

    name: str
    label: str
    module: str
    cls: str
    form: str
    encodings: tuple[str, ...]
    family: str
    deterministic: bool
    summary: str
    citation: str
    encoding_options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def default_encoding(self) -> dict[str, Any]:
        """The encoding used when the configuration names none."""
        return {"name": self.encodings[0], **self.encoding_options}


_DECLARED = (
    Method(
        name="mean",
        label="Mean",
        module="dnngp.models.mean",
        cls="MeanRegressor",
        form="array",
        encodings=("additive",),
        family="control",
        deterministic=True,
        summary="The mean of the training lines; what every method must beat.",
        citation="",
    ),
    Method(
        name="gblup",
        label="GBLUP",
        module="dnngp.models.mixed",
        cls="GBLUPRegressor",
        form="gram",
        encodings=("additive",),
        family="mixed model",
        deterministic=True,
        summary="Genomic BLUP with VanRaden's first relationship matrix and exact REML.",
        citation="VanRaden 2008, J Dairy Sci 91:4414; Kang et al. 2008, Genetics 178:1709",
    ),
    Method(
        name="rkhs",
        label="RKHS",
        module="dnngp.models.mixed",
        cls="RKHSRegressor",
        form="gram",
        encodings=("additive",),
        family="mixed model",
        deterministic=True,
        summary="BLUP with a Gaussian kernel; bandwidth and variance by REML on the training lines.",
        citation="Gianola & van Kaam 2008, Genetics 178:2289; de los Campos et al. 2010, Genet Res 92:295",
    ),
    Method(
        name="lightgbm",
        label="LightGBM",
        module="dnngp.models.trees",
        cls="LightGBMRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="trees",
        deterministic=False,
        summary="Gradient-boosted small trees; their number by early stopping on an inner split.",
        citation="Ke et al. 2017, NeurIPS 30:3146",
    ),
    Method(
        name="svr",
        label="SVR",
        module="dnngp.models.svm",
        cls="SVRRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="kernel machine",
        deterministic=True,
        summary="Support vector regression with a radial kernel on standardised phenotypes.",
        citation="Drucker et al. 1996, NeurIPS 9:155; Chang & Lin 2011, ACM TIST 2:27",
    ),
    Method(
        name="dnngp",
        label="DNNGP",
        module="dnngp.models.dnngp",
        cls="DNNGPRegressor",
        form="array",
        encodings=("pca", "additive", "onehot"),
        family="network",
        deterministic=False,
        summary="Three convolutions with batch normalisation on principal component scores, version 1.",
        citation="Wang et al. 2023, Mol Plant 16:279",
        encoding_options=MappingProxyType({"variance": 0.95}),
    ),
    Method(
        name="deepgs",
        label="DeepGS",
        module="dnngp.models.deepgs",
        cls="DeepGSRegressor",
        form="array",
        encodings=("additive",),
        family="network",
        deterministic=False,
        summary="A convolution over 18 neighbouring markers, pooled, and a sigmoid layer.",
        citation="Ma et al. 2018, Planta 248:1307",
    ),
    Method(
        name="dlgwas",
        label="DLGWAS",
        module="dnngp.models.dlgwas",
        cls="DLGWASRegressor",
        form="array",
        encodings=("onehot",),
        family="network",
        deterministic=False,
        summary="Linear convolutions in two streams over one-hot genotypes, with a bounded output.",
        citation="Liu et al. 2019, Front Genet 10:1091",
    ),
    Method(
        name="mlp",
        label="MLP",
        module="dnngp.models.mlp",
        cls="MLPRegressor",
        form="array",
        encodings=("additive", "pca", "onehot"),
        family="network",
        deterministic=False,
        summary="Two fully connected layers with dropout over centred dosages.",
        citation="Gianola et al. 2011, BMC Genet 12:87",
    ),
)

#: Every method by name, in the order of the report.
METHODS: dict[str, Method] = {method.name: method for method in _DECLARED}


def create(name: str, params: Mapping[str, Any], seed: int) -> Any:
    """An unfitted regressor.

    Parameters
    ----------
    name
        A key of :data:`METHODS`.
    params
        Keyword arguments of its class.
    seed
        Its ``random_state``.
    """
    method = METHODS[name]
    return getattr(import_module(method.module), method.cls)(**params, random_state=seed)
