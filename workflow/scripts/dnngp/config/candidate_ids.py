"""Who the candidates of a prediction are, as far as files tell before a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnngp.base.delimited import MISSING
from dnngp.config.dataset_entries import Dataset
from dnngp.config.sample_checks import measured_ids, phenotype_table
from dnngp.genotypes.cross_tables import CrossTable
from dnngp.genotypes.file_formats import sample_ids

if TYPE_CHECKING:
    from dnngp.config.prediction_entries import Prediction


def candidate_ids(prediction: Prediction, dataset: Dataset) -> list[str] | None:
    """Ids of the samples to predict, of those of the dataset all that lack a value of any trait predicted.

    None where only the run can tell.

    Raises
    ------
    UserError
        What the readers of files find.
    """
    if prediction.candidates is None:
        genotyped = measured_ids(dataset)
        if prediction.pedigree is not None:
            genotyped = measured_ids(dataset.omics[prediction.pedigree]) or genotyped
        return None if genotyped is None else _without_a_value(genotyped, prediction, dataset)
    if dataset.crosses is not None:
        return [one.id for one in CrossTable(**prediction.reading["crosses"]).read()]
    return sample_ids(prediction.files[0], prediction.reading["format"], prediction.reading["samples_in"])


def with_value(trait: str, genotyped: list[str], dataset: Dataset) -> set[str]:
    """Genotyped samples that have a value of a trait, of several environments in any."""
    table = phenotype_table(dataset)
    ids = dataset.table.folded(table.ids, genotyped, dataset.phenotypes)
    wide = dataset.environments.columns if dataset.environments else None
    cells = [zip(ids, table.columns[column], strict=True) for column in wide or [trait]]
    return {id for column in cells for id, cell in column if cell not in MISSING}.intersection(genotyped)


def _without_a_value(genotyped: list[str], prediction: Prediction, dataset: Dataset) -> list[str]:
    known = [with_value(trait, genotyped, dataset) for trait in prediction.traits.values()]
    return [id for id in genotyped if not all(id in of_trait for of_trait in known)]
