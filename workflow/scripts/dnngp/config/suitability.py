"""Which models and schemes a dataset can use: those about environments need some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dnngp.config.dataset_entries import Dataset
from dnngp.config.environment_entries import DatasetEnvironments
from dnngp.config.experiment_entries import Experiments
from dnngp.config.model_entries import Model
from dnngp.methods.declaration import Method
from dnngp.methods.registry import METHODS, methods_of, untaken
from dnngp.validation.scheme import Scheme
from dnngp.validation.schemes import SCHEMES


def unsuited(method: Method, environments: DatasetEnvironments | None, crosses: bool = False) -> str:
    """Why a method cannot be used with the environments of a dataset (None: one); empty where it can.

    ``crosses`` tells whether the samples are crosses whose parents are known.
    """
    if method.crosses and not crosses:
        return "it reads the parents of crosses, and the samples are none (no `crosses`)"
    if environments is None:
        return "" if method.alone else "it is for several environments"
    if environments.are_traits and not method.traits:
        return "it is for environments, not for traits"
    if method.environment_covariates and not environments.covariates:
        return "it needs covariates of the environments"
    if method.most_environments and (environments.count or 0) > method.most_environments:
        return f"it takes at most {method.most_environments} environments"
    return ""


def can_use(method: Method, scheme: Scheme, dataset: Dataset) -> bool:
    """Whether a method can be used in a scheme on a dataset."""
    if not scheme.suits(dataset.environments) or unsuited(
        method, dataset.environments, bool(dataset.crosses)
    ):
        return False
    return method.new_environments or not scheme.new_environments


def usable_traits(model: Model, dataset: Dataset) -> dict[str, str]:
    """Traits of a dataset that a model can predict: column by folder; none without the layers it reads."""
    if not dataset.omics.keys() >= set(model.omics):
        return {}
    return {
        folder: trait
        for folder, trait in dataset.traits.items()
        if not untaken(model.method, model.params, dataset.trait_type(trait))
    }


def suitability_problems(
    datasets: Mapping[str, Dataset], models: Mapping[str, Model], schemes: Sequence[str]
) -> Iterator[str]:
    """Schemes and models that no dataset can use, datasets that can use none."""
    chosen = [SCHEMES[name] for name in schemes]
    unsuited_schemes = [
        one for one in chosen if not any(one.suits(of.environments) for of in datasets.values())
    ]
    for scheme in unsuited_schemes if datasets else []:
        yield f"cv.schemes: {scheme.name} needs a dataset with `environments` of its kind.{_hint(scheme)}"
    if len(unsuited_schemes) == len(chosen):  # no model can help that
        return
    for name, model in models.items():
        method = METHODS[model.method]
        uses = [can_use(method, scheme, one) for one in datasets.values() for scheme in chosen]
        if datasets and not any(uses):
            first = next(iter(datasets.values()))
            why = unsuited(method, first.environments, bool(first.crosses)) or _unsuited_schemes(method)
            yield f"models: {name} cannot be used: {why}."
        for dataset, trait in ((one, trait) for one in datasets.values() for trait in one.traits.values()):
            for param, problem in method.trait_problems(model.params, dataset.trait_type(trait)).items():
                yield f"models: {name}.params.{param}: {problem} ({trait} of {dataset.name}). Leave it out."
        if datasets and not any(usable_traits(model, one) for one in datasets.values()):
            dataset = next(iter(datasets.values()))
            trait = next(iter(dataset.traits.values()))
            why = untaken(model.method, model.params, dataset.trait_type(trait))
            yield f"models: {name} cannot be used: {why}, as {trait} of {dataset.name} is. Leave it out."
    for name, dataset in datasets.items():
        if not any(
            can_use(METHODS[model.method], scheme, dataset) for model in models.values() for scheme in chosen
        ):
            yield f"dataset {name}: no model can be used with it in any of {', '.join(schemes)}."
        for folder, trait in dataset.traits.items():
            if not any(folder in usable_traits(model, dataset) for model in models.values()):
                kind = dataset.trait_type(trait).kind
                yield f"dataset {name}: no model predicts {kind} traits, as {trait} is. Add gblup or mean."


def weight_refusals(datasets: Mapping[str, Dataset], models: Mapping[str, Model]) -> Iterator[str]:
    """Models that take no weights, or none of classes, where a dataset has some."""
    weighted = [name for name, dataset in datasets.items() if dataset.weights]
    for name, model in models.items() if weighted else []:
        unable = [method.name for method in methods_of(model.method, model.params) if not method.weights]
        if unable:
            yield (
                f"models: the method {unable[0]!r} of {name!r} takes no weights, and {weighted[0]} has "
                f"{_remedy_of_weights(datasets[weighted[0]])}: then all values count the same."
            )
    yield from _class_weight_refusals(datasets, models)


def _class_weight_refusals(datasets: Mapping[str, Dataset], models: Mapping[str, Model]) -> Iterator[str]:
    """Models that take weights of quantities alone, where a trait with classes has some."""
    classed = [
        (dataset.name, trait)
        for dataset in datasets.values()
        for trait in dataset.traits.values()
        if dataset.trait_type(trait).has_classes and dataset.weighs(trait)
    ]
    for name, model in models.items() if classed else []:
        methods = methods_of(model.method, model.params)
        unable = [one.name for one in methods if one.weights and not one.estimator.WEIGHS_CLASSES]
        if unable:
            dataset, trait = classed[0]
            yield (
                f"models: the method {unable[0]!r} of {name!r} takes no weights of classes, and {trait} of "
                f"{dataset} has `weights`: liabilities are drawn for whole records. Leave the model out, or "
                "name the columns of the other traits alone in `weights.columns`."
            )


def _remedy_of_weights(dataset: Dataset) -> str:
    if dataset.plots is None:
        return "`weights`. Leave the model out, or the `weights`"
    return "means of `plots` with errors. Leave the model out, or set `plots.error: none`"


def unused_models(
    experiments: Experiments,
    datasets: Mapping[str, Dataset],
    models: Mapping[str, Model],
    schemes: Sequence[str],
) -> Iterator[str]:
    """Models of experiments that none of their datasets can use."""
    every = {**models, **experiments.models}
    asked: list[tuple[str, Iterable[str], Sequence[tuple[str, str]], Sequence[str]]] = []
    if (curve := experiments.learning_curve) is not None:
        asked.append(("learning_curve", curve.models, curve.cells, ["random"]))
    for key in ("encodings", "ablation"):
        if (pairs := getattr(experiments, key)) is not None:
            compared = dict.fromkeys(name for contrast in pairs.contrasts for name in contrast[:2])
            asked.append((key, compared, pairs.cells, schemes))
    for key, names, cells, of in asked:
        chosen = {name: datasets[name] for name, _ in cells}
        for model in names:
            method = METHODS[every[model].method]
            uses = [can_use(method, SCHEMES[scheme], one) for one in chosen.values() for scheme in of]
            if uses and not any(uses):
                yield f"experiments.{key}: {model!r} can be used with none of {', '.join(chosen)}."


def _hint(scheme: Scheme) -> str:
    """The name of the same question where environments are something else."""
    if scheme.name == "CV2":
        return " Predicting a trait of samples whose other traits are known is called CV2star."
    return " It is called CV2 where environments are no traits." if scheme.name == "CV2star" else ""


def _unsuited_schemes(method: Method) -> str:
    """Why no scheme suits a method that a dataset can be used with."""
    if method.new_environments:
        return "no scheme suits it"
    return "it predicts no environment without records, and the schemes ask for nothing else"
