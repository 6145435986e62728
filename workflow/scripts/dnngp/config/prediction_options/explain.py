"""Why a candidate is predicted as it is: contributions of windows of the chromosomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, Tag

from dnngp.base.errors import nearest
from dnngp.config.candidate_ids import candidate_ids
from dnngp.config.dataset_entries import Dataset
from dnngp.config.model_entries import untold
from dnngp.config.option_types import Options, SomeNames, tagged
from dnngp.config.prediction_option import Asked, PredictionOption

if TYPE_CHECKING:
    from dnngp.config.prediction_entries import Prediction


class Explanation(Options):
    """Candidates whose predictions are explained."""

    candidates: Annotated[
        Annotated[int, Field(ge=1), Tag("<integer>")] | Annotated[SomeNames, Tag("<array>")],
        tagged(integer=int, array=list),
    ] = 5
    """How many of each trait, the best first, or a list of their ids."""

    windows: int = Field(20, ge=1)
    """Windows of equal length that each chromosome is cut into."""


def _problems(options: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    model = asked.model
    if model is not None and (reason := untold(model.method, model.encoding, model.params)):
        yield f"explain: {model.id!r} {reason} Name another model, or leave it out."
    classed = [one for one in asked.traits if asked.dataset.trait_type(one).kind != "continuous"]
    if classed:
        told = f"{classed[0]} is {asked.dataset.trait_type(classed[0]).kind}"
        yield f"explain: {told}, and only predictions of quantities are explained. List `traits`."
    if asked.entry["environments"] != "all":
        yield "explain: what is explained is the mean over all environments. Leave `environments` out."


def _input_problems(options: Mapping[str, Any], prediction: Prediction, dataset: Dataset) -> Iterator[str]:
    wanted = options["candidates"]
    there = candidate_ids(prediction, dataset)
    if there is None or isinstance(wanted, int):
        return
    place = "among the candidates" if prediction.candidates is None else f"in {prediction.candidates}"
    for name in wanted:
        if name not in there:
            yield f"explain.candidates: {name!r} is not {place}. {nearest(name, there)}"


OPTION = PredictionOption(
    "explain",
    Explanation,
    "Tell what windows of the chromosomes add to the predictions of single candidates, `{candidates: 5}` or "
    "`{candidates: [line7]}`; null does not.",
    _problems,
    _input_problems,
    tables=("explanations",),
    order=15,
)
