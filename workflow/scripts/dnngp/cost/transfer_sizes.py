"""How many lines the fits of a transfer train on, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from dnngp.config.dataset_entries import Dataset
from dnngp.config.transfer_entries import Population, Transfer, lines_of


class SizeOfDataset(Protocol):
    """Lines of a dataset with each trait."""

    @property
    def with_trait(self) -> Mapping[str, int]:
        """By folder."""


def training_sizes(
    transfer: Transfer, datasets: Mapping[str, Dataset], sizes: Mapping[str, SizeOfDataset]
) -> Iterator[int]:
    """Lines of every training of one repeat.

    Parameters
    ----------
    transfer, datasets
        Of the configuration.
    sizes
        Of the datasets, for populations whose lines only the run can tell: all lines count.
    """

    def known(one: Population) -> list[str]:
        found = lines_of(one, datasets[one.dataset])
        if isinstance(found, list):
            return found
        return [f"{one.dataset} {number}" for number in range(sizes[one.dataset].with_trait[one.trait])]

    target = known(transfer.target)
    left = len(target) - max(transfer.added)
    tested = set(target[: left if transfer.tested is None else min(left, transfer.tested)])
    # Lines that are tested are left out of the sources.
    sources = sum(len(set(known(one)) - tested) for one in transfer.sources)
    for k in transfer.added:
        yield from (sources + k, k) if k else (sources,)
