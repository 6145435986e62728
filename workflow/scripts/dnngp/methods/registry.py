"""The methods by name: what each is, what it reads, where its class lives.

The Snakefile imports this module, so it needs nothing but the standard library;
a method's own module is imported when the method is created.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import MappingProxyType
from typing import Any

from dnngp.encodings.omics import MARKERS, Encoding, each, layer_of

#: Encodings and the options each takes (:mod:`dnngp.encodings.fold_encoder`); ``own``: the method asks for
#: what it needs.
ENCODINGS: dict[str, tuple[str, ...]] = {
    "additive": ("centre", "standardise", "impute"),
    "dominance": ("impute",),
    "onehot": ("missing", "impute"),
    "own": (),
    "pca": ("components", "variance", "impute"),
}


@dataclass(frozen=True)
class Span:
    """Values of a hyper-parameter from ``low`` to ``high``, both included.

    Attributes
    ----------
    log
        Whether values are drawn evenly on the log scale.
    whole
        Whether they are whole numbers.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False


#: Hyper-parameters to tune: a span of numbers, or the values to choose from.
Search = Mapping[str, Span | tuple[Any, ...]]

_NOTHING: Mapping[str, Any] = MappingProxyType({})


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
        ``gram``: fitted on cross products of lines with ``fit_fold(fold, y)``;
        ``lines``: fitted on a :class:`dnngp.encodings.fold.Fold`, from which it takes the
        encodings and inner folds it needs, with ``fit_lines(fold, y)``.
    encodings
        Encodings it reads, the default first; ``own`` for the form ``lines``.
    family
        ``control``, ``mixed model``, ``linear``, ``trees``, ``kernel machine``, ``network`` or ``ensemble``.
    deterministic
        Whether the seed makes no difference.
    summary, citation
        One sentence; author, year, journal.
    cost
        How the work of a fit grows with n training lines and p features.
    encoding_options
        Options of the default encoding.
    accepts_missing
        Whether it takes missing values, so that nothing need be imputed.
    covariates
        Whether it fits covariates of the lines as fixed effects.
    search
        Hyper-parameters that :mod:`dnngp.evaluation.tuning` draws.
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
    cost: str
    encoding_options: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    accepts_missing: bool = False
    covariates: bool = False
    search: Search = field(default_factory=lambda: _NOTHING)

    @property
    def default_encoding(self) -> dict[str, Any]:
        """The encoding used when the configuration names none."""
        return {"name": self.encodings[0], **self.encoding_options}


_BOOSTING: Search = MappingProxyType(
    {
        "learning_rate": Span(0.01, 0.1, log=True),
        "min_child_samples": Span(5, 40, whole=True),
        "features_per_tree": Span(50, 1000, log=True, whole=True),
        "subsample": Span(0.5, 1.0),
        "reg_lambda": Span(0.1, 30, log=True),
    }
)

_BAYES: Search = MappingProxyType({"r2": Span(0.2, 0.8), "probability": Span(0.02, 0.5, log=True)})

_NETWORK: Search = MappingProxyType(
    {"learning_rate": Span(3e-4, 1e-2, log=True), "batch_size": Span(16, 64, log=True, whole=True)}
)

_KERNEL_NET: Search = MappingProxyType(
    {**_NETWORK, "dropout": Span(0.1, 0.6), "hidden": ((64,), (128,), (128, 128))}
)

_DNNGP: Search = MappingProxyType({**_NETWORK, "dropout1": Span(0.1, 0.7), "dropout2": Span(0.1, 0.7)})

_DECLARED = (
    Method(
        name="mean",
        label="Mean",
        module="dnngp.methods.mean",
        cls="MeanRegressor",
        form="array",
        encodings=("additive",),
        family="control",
        deterministic=True,
        summary="The mean of the training lines; what every method must beat.",
        citation="",
        cost="n",
    ),
    Method(
        name="gblup",
        label="GBLUP",
        module="dnngp.methods.mixed.blup",
        cls="GBLUPRegressor",
        form="gram",
        encodings=("additive",),
        family="mixed model",
        deterministic=True,
        summary="Genomic BLUP with VanRaden's first relationship matrix and exact REML.",
        citation="VanRaden 2008, J Dairy Sci 91:4414; Kang et al. 2008, Genetics 178:1709",
        cost="n^2 p + n^3",
        covariates=True,
    ),
    Method(
        name="gblup_vr2",
        label="GBLUP (VanRaden 2)",
        module="dnngp.methods.mixed.blup",
        cls="GBLUPRegressor",
        form="gram",
        encodings=("additive",),
        family="mixed model",
        deterministic=True,
        summary="Genomic BLUP with VanRaden's second matrix: rare alleles count as much as common ones.",
        citation="VanRaden 2008, J Dairy Sci 91:4414",
        cost="n^2 p + n^3",
        encoding_options=MappingProxyType({"standardise": True}),
        covariates=True,
    ),
    Method(
        name="rrblup",
        label="RR-BLUP",
        module="dnngp.methods.mixed.blup",
        cls="RRBLUPRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="mixed model",
        deterministic=True,
        summary="A random effect for each marker; predicts as GBLUP does and gives the effects.",
        citation="Meuwissen et al. 2001, Genetics 157:1819; Endelman 2011, Plant Genome 4:250",
        cost="n^2 p + n^3",
        covariates=True,
    ),
    Method(
        name="gblup_ad",
        label="GBLUP + dominance",
        module="dnngp.methods.mixed.blup",
        cls="DominanceRegressor",
        form="lines",
        encodings=("own",),
        family="mixed model",
        deterministic=True,
        summary="Genomic BLUP with additive and dominance effects, both variances by REML.",
        citation="Vitezica et al. 2013, Genetics 195:1223",
        cost="2 n^2 p + 20 n^3",
        covariates=True,
    ),
    Method(
        name="rkhs",
        label="RKHS",
        module="dnngp.methods.mixed.blup",
        cls="RKHSRegressor",
        form="gram",
        encodings=("additive",),
        family="mixed model",
        deterministic=True,
        summary="BLUP with a Gaussian kernel; bandwidth and variance by REML on the training lines.",
        citation="Gianola & van Kaam 2008, Genetics 178:2289; de los Campos et al. 2010, Genet Res 92:295",
        cost="n^2 p + 5 n^3",
        covariates=True,
        search=MappingProxyType({"kernel": ("gaussian", "arccosine"), "bandwidth": ("reml", "average")}),
    ),
    Method(
        name="kernel_sum",
        label="Kernel sum",
        module="dnngp.methods.kernel_sum",
        cls="KernelSumRegressor",
        form="gram",
        encodings=("additive",),
        family="mixed model",
        deterministic=True,
        summary="BLUP with the sum of a kernel for each layer; their weights by exact REML.",
        citation="de los Campos et al. 2010, Genet Res 92:295; Krause et al. 2019, G3 9:1231",
        cost="n^2 p + 25 n^3",
        covariates=True,
        search=MappingProxyType({"kernel": ("gaussian", "linear"), "bandwidth": ("reml", "average")}),
    ),
    Method(
        name="ridge",
        label="Ridge",
        module="dnngp.methods.linear",
        cls="RidgeRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="linear",
        deterministic=True,
        summary="Ridge regression; the penalty has the smallest leave-one-out error on the training lines.",
        citation="Hoerl & Kennard 1970, Technometrics 12:55; Golub et al. 1979, Technometrics 21:215",
        cost="n^2 p + n^3",
    ),
    Method(
        name="elastic_net",
        label="Elastic net",
        module="dnngp.methods.linear",
        cls="ElasticNetRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="linear",
        deterministic=False,
        summary="Effects shrunk and selected; the penalty by inner folds of the training lines.",
        citation="Zou & Hastie 2005, J R Stat Soc B 67:301; Friedman et al. 2010, J Stat Softw 33(1)",
        cost="6 folds x penalties x n p",
        search=MappingProxyType({"l1_ratio": Span(0.02, 1.0, log=True)}),
    ),
    Method(
        name="bayesb",
        label="BayesB",
        module="dnngp.methods.bayes",
        cls="BayesBRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="linear",
        deterministic=False,
        summary="Few markers have effects, each with a variance of its own; Gibbs sampling.",
        citation="Meuwissen et al. 2001, Genetics 157:1819; Habier et al. 2011, BMC Bioinformatics 12:186",
        cost="iterations x n p",
        covariates=True,
        search=_BAYES,
    ),
    Method(
        name="bayescpi",
        label="BayesCπ",
        module="dnngp.methods.bayes",
        cls="BayesCRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="linear",
        deterministic=False,
        summary="Few markers have effects, all of one variance; Gibbs sampling.",
        citation="Habier et al. 2011, BMC Bioinformatics 12:186",
        cost="iterations x n p",
        covariates=True,
        search=_BAYES,
    ),
    Method(
        name="random_forest",
        label="Random forest",
        module="dnngp.methods.forest",
        cls="RandomForestRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="trees",
        deterministic=False,
        summary="The mean of deep trees, each grown on a bootstrap sample of the lines.",
        citation="Breiman 2001, Mach Learn 45:5",
        cost="trees x n log(n) x share of p",
        search=MappingProxyType(
            {"feature_share": Span(0.01, 0.5, log=True), "min_samples_leaf": Span(1, 10, whole=True)}
        ),
    ),
    Method(
        name="xgboost",
        label="XGBoost",
        module="dnngp.methods.xgb",
        cls="XGBoostRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="trees",
        deterministic=False,
        summary="Gradient-boosted shallow trees; their number by early stopping on an inner split.",
        citation="Chen & Guestrin 2016, KDD 22:785",
        cost="trees x n x min(p, 250)",
        accepts_missing=True,
        search=_BOOSTING,
    ),
    Method(
        name="lightgbm",
        label="LightGBM",
        module="dnngp.methods.trees",
        cls="LightGBMRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="trees",
        deterministic=False,
        summary="Gradient-boosted small trees; their number by early stopping on an inner split.",
        citation="Ke et al. 2017, NeurIPS 30:3146",
        cost="trees x n x min(p, 250)",
        accepts_missing=True,
        search=_BOOSTING,
    ),
    Method(
        name="svr",
        label="SVR",
        module="dnngp.methods.svm",
        cls="SVRRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="kernel machine",
        deterministic=True,
        summary="Support vector regression with a radial kernel on standardised phenotypes.",
        citation="Drucker et al. 1996, NeurIPS 9:155; Chang & Lin 2011, ACM TIST 2:27",
        cost="n^2 p",
        search=MappingProxyType({"C": Span(0.1, 10, log=True), "epsilon": Span(0.01, 0.5, log=True)}),
    ),
    Method(
        name="stack",
        label="Stack",
        module="dnngp.methods.stack",
        cls="StackRegressor",
        form="lines",
        encodings=("own",),
        family="ensemble",
        deterministic=False,
        summary="A weighted mean of other methods, weights by their errors on inner folds.",
        citation="Wolpert 1992, Neural Networks 5:241; Breiman 1996, Mach Learn 24:49",
        cost="6 x that of its members",
        covariates=True,
    ),
    Method(
        name="dnngp",
        label="DNNGP",
        module="dnngp.methods.dnngp",
        cls="DNNGPRegressor",
        form="array",
        encodings=("pca", "additive", "onehot"),
        family="network",
        deterministic=False,
        summary="Three convolutions with batch normalisation on principal component scores, version 1.",
        citation="Wang et al. 2023, Mol Plant 16:279",
        cost="epochs x n x 200,000 p",
        search=_DNNGP,
        encoding_options=MappingProxyType({"variance": 0.95}),
    ),
    Method(
        name="deepgs",
        label="DeepGS",
        module="dnngp.methods.deepgs",
        cls="DeepGSRegressor",
        form="array",
        encodings=("additive",),
        family="network",
        deterministic=False,
        summary="A convolution over 18 neighbouring markers, pooled, and a sigmoid layer.",
        citation="Ma et al. 2018, Planta 248:1307",
        cost="epochs x n x 1,200 p",
        encoding_options=MappingProxyType({"centre": False}),
        search=_NETWORK,
    ),
    Method(
        name="dlgwas",
        label="DLGWAS",
        module="dnngp.methods.dlgwas",
        cls="DLGWASRegressor",
        form="array",
        encodings=("onehot",),
        family="network",
        deterministic=False,
        summary="Linear convolutions in two streams over one-hot genotypes, with a bounded output.",
        citation="Liu et al. 2019, Front Genet 10:1091",
        cost="epochs x n x 20,000 p",
        search=_NETWORK,
    ),
    Method(
        name="mlp",
        label="MLP",
        module="dnngp.methods.mlp",
        cls="MLPRegressor",
        form="array",
        encodings=("additive", "pca", "onehot"),
        family="network",
        deterministic=False,
        summary="Two fully connected layers with dropout over centred dosages.",
        citation="Gianola et al. 2011, BMC Genet 12:87",
        cost="epochs x n x 400 p",
        search=_NETWORK,
    ),
    Method(
        name="kernel_net",
        label="Kernel network",
        module="dnngp.methods.kernel_net",
        cls="KernelNetRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="network",
        deterministic=False,
        summary="Dense layers over the principal components of a Gaussian kernel; the mean of five networks.",
        citation="Cho & Saul 2009, NeurIPS 22:342; Lakshminarayanan et al. 2017, NeurIPS 30:6402",
        cost="n^2 p + 6 n^3 + epochs x n x 4,000 c",
        search=_KERNEL_NET,
    ),
    Method(
        name="residual_net",
        label="Residual network",
        module="dnngp.methods.residual_net",
        cls="ResidualNetRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="network",
        deterministic=False,
        summary="BLUP with a Gaussian kernel, plus networks trained on its errors in lines it did not see.",
        citation="He et al. 2016, CVPR 29:770; Wolpert 1992, Neural Networks 5:241",
        cost="n^2 p + 7 n^3 + epochs x n x 4,000 c",
        covariates=True,
        search=_KERNEL_NET,
    ),
    Method(
        name="sparse_net",
        label="Sparse network",
        module="dnngp.methods.sparse_net",
        cls="SparseNetRegressor",
        form="array",
        encodings=("additive", "pca"),
        family="network",
        deterministic=False,
        summary="A gate on every marker and one unit: gradient descent that finds few large effects.",
        citation="Hoff 2017, Comput Stat Data Anal 115:186; Woodworth et al. 2020, COLT 33:3635",
        cost="epochs x n x 40 p",
        search=MappingProxyType({"start": Span(0.02, 0.3, log=True), "penalty": Span(0.01, 0.3, log=True)}),
    ),
)

#: Every method by name, in the order of the report.
METHODS: dict[str, Method] = {method.name: method for method in _DECLARED}


#: Members of a stack that names none.
STACKED = ("gblup", "rkhs", "lightgbm")


def members(name: str, params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Members of a stack, each with ``method`` and perhaps ``encoding``, ``omics`` and ``params``.

    Other methods have none.
    """
    given = params.get("members", STACKED) if name == "stack" else ()
    return [{"method": member} if isinstance(member, str) else member for member in given]


def modules(name: str, params: Mapping[str, Any]) -> list[str]:
    """Modules that a method imports when it is created or, as a stack does, creates others.

    Parameters
    ----------
    name, params
        As for :func:`create`. Names that are no methods are passed over.
    """
    found = [METHODS[name].module]
    for member in members(name, params):
        if member.get("method") in METHODS:
            found += modules(member["method"], member.get("params", {}))
    return sorted(set(found))


def chosen_encoding(entry: Mapping[str, Any]) -> Encoding | list[Encoding]:
    """What a choice of method, encoding and layers reads: an encoding, or one for each of several layers.

    Parameters
    ----------
    entry
        ``method`` and perhaps ``encoding`` (a name, or an object with ``name`` and options) and ``omics``
        (names, or objects with ``layer`` and ``encoding``), as a model or the member of a stack has them.
    """
    found: list[Encoding] = []
    for item in entry.get("omics") or [MARKERS]:
        given = {"layer": item} if isinstance(item, str) else item
        encoding = _completed(METHODS[entry["method"]], given.get("encoding") or entry.get("encoding"))
        found.append(encoding if given["layer"] == MARKERS else {**encoding, "layer": given["layer"]})
    return found[0] if len(found) == 1 else found


def _completed(method: Method, encoding: str | Mapping[str, Any] | None) -> dict[str, Any]:
    default = method.default_encoding
    if encoding is None or encoding == default["name"]:
        return default
    return {"name": encoding} if isinstance(encoding, str) else dict(encoding)


def layers_read(name: str, encoding: Encoding | Sequence[Encoding], params: Mapping[str, Any]) -> list[str]:
    """Layers that a method reads; of a stack, those of its members."""
    found = [] if name == "stack" else [layer_of(one) for one in each(encoding)]
    for member in members(name, params):
        found += layers_read(member["method"], chosen_encoding(member), member.get("params", {}))
    return list(dict.fromkeys(found))


def fits_covariates(name: str, params: Mapping[str, Any]) -> bool:
    """Whether covariates of the lines enter the predictions of a method; of a stack, those of a member."""
    return METHODS[name].covariates or any(
        fits_covariates(member["method"], member.get("params", {})) for member in members(name, params)
    )


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
