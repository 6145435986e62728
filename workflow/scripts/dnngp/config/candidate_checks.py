"""Candidates of a prediction before a run: whether there are any, and whether their markers are known."""

from __future__ import annotations

from collections.abc import Iterator

from dnngp.base.errors import UserError, some
from dnngp.base.remote import is_remote
from dnngp.config.candidate_ids import candidate_ids
from dnngp.config.dataset_entries import Dataset
from dnngp.config.prediction_entries import Prediction
from dnngp.config.prediction_options import PREDICTION_OPTIONS
from dnngp.config.sample_checks import ids_of_file
from dnngp.genotypes.cross_tables import CrossTable
from dnngp.genotypes.file_formats import marker_names, sample_ids

#: What is wrong where the samples without a value are the candidates, and what to do.
NONE_LEFT = "every sample has a value of every trait: `candidates: unphenotyped` leaves none to predict."
NAME_A_FILE = "Name a file of genotypes."


def candidate_problems(prediction: Prediction, dataset: Dataset) -> Iterator[str]:
    """A file that cannot be read or has none of the markers; no sample without a value."""
    if dataset.simulate is not None or dataset.preset is not None or is_remote(dataset.phenotypes):
        return
    try:
        if prediction.candidates is None:
            if candidate_ids(prediction, dataset) == []:
                yield f"{NONE_LEFT} {NAME_A_FILE}"
                return
        else:
            yield from _other_markers(prediction, dataset)
        for name, options in prediction.options.items():
            if check := PREDICTION_OPTIONS[name].input_problems:
                yield from check(options, prediction, dataset)
    except UserError as error:
        yield str(error)


def _other_markers(prediction: Prediction, dataset: Dataset) -> Iterator[str]:
    if dataset.crosses is not None:
        CrossTable(**prediction.reading["crosses"]).read(ids_of_file(dataset), dataset.genotypes)
        return
    reading = [(one["format"], one["samples_in"]) for one in (prediction.reading, dataset.reading)]
    sample_ids(prediction.files[0], *reading[0])
    theirs = marker_names(prediction.files[0], *reading[0])
    own = marker_names(dataset.files[0], *reading[1])
    if theirs and own and not set(theirs) & set(own):
        yield (
            f"no marker of {prediction.candidates} ({some(theirs)}) is among those of {dataset.genotypes} "
            f"({some(own)}). Is it the file of the candidates, and are its markers called as there?"
        )
