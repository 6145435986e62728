"""What validation schemes assign to folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from dnngp.base.errors import UserError, some
from dnngp.base.lazy import np

#: What to do where times are missing.
WITHOUT_TIME = "leave `forward` out of `cv.schemes`"


@dataclass(frozen=True)
class Units:
    """What a scheme assigns to folds: records that have a value.

    Attributes
    ----------
    key
        Name of the dataset, which draws depend on.
    everyone
        Unique ids of all samples, with a value or without.
    samples
        Sample of each of the N records.
    groups
        Group or cluster of each record, missing as None, NaN or "".
    times
        Time of each record, NaN where not known.
    together
        Name of a cluster of near-duplicates for some of the ids.
    assigned
        For each repeat, the fold (from 1) by id.
    environments
        Environment of each record; None where samples have one record each.
    environment_groups
        Group (a year, a place) of some environments.
    crosses
        Female and male parent of each sample; empty where samples are no crosses.
    classes
        Number of the class of each sample, of a trait that has classes; of several records the middle one.
    """

    key: str
    everyone: list[str]
    samples: list[str]
    groups: Sequence[object] | None = None
    times: np.ndarray | None = None
    together: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    assigned: Sequence[Mapping[str, int]] = ()
    environments: list[str] | None = None
    environment_groups: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    crosses: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    classes: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def group_names(self) -> list[str]:
        """Group of every record, two at least; none is missing."""
        if self.groups is None:
            raise UserError(
                "leave_group_out needs the group of every sample, but there is none.",
                remedy="Name the column with `groups` of the dataset.",
            )
        missing = [value is None or value != value or value == "" for value in self.groups]
        refuse_missing(self.samples, missing, "group", "use the `random` scheme")
        names = [str(value) for value in self.groups]
        if len(set(names)) < 2:
            raise UserError(
                f"all {len(names)} samples belong to one group ({names[0]}); it cannot be left out.",
                remedy="Use the `random` scheme for this dataset.",
            )
        return names

    @property
    def near(self) -> list[str]:
        """Cluster of near-duplicates of every record that stay together, or its sample."""
        return [self.together.get(name, name) for name in self.samples]

    def parents(self) -> np.ndarray:
        """(N, 2) female and male of every record, text."""
        if not self.crosses:
            raise UserError(
                "the scheme is about the parents of crosses, and the samples are none.",
                remedy="Name the table of `crosses` of the dataset.",
            )
        return np.array([self.crosses[name] for name in self.samples], str)

    def known_environments(self) -> list[str]:
        """Environment of every record."""
        if self.environments is None:
            raise UserError(
                "the scheme is about environments, but the dataset has none.",
                remedy="Name them with `environments` of the dataset.",
            )
        return self.environments

    def known_times(self) -> np.ndarray:
        """Time of every record; none is missing."""
        if self.times is None:
            raise UserError(
                "forward needs the time of every sample, but there is none.",
                remedy="Name the column with `time` of the dataset.",
            )
        refuse_missing(self.samples, np.isnan(self.times).tolist(), "time", WITHOUT_TIME)
        return self.times


def refuse_missing(samples: Sequence[str], missing: Sequence[bool], what: str, otherwise: str) -> None:
    """Raise a :class:`UserError` with the number of the samples that lack something, if any do."""
    absent = [name for name, lacks in zip(samples, missing, strict=True) if lacks]
    if absent:
        raise UserError(
            f"{len(absent)} of {len(samples)} phenotyped samples have no {what} ({some(absent)}).",
            remedy=f"Fill in the column of the {what}, or {otherwise}.",
        )
