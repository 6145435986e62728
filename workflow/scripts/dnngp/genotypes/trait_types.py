"""Types of trait: what the values of a phenotype are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TraitType:
    """What the values of a trait are.

    Attributes
    ----------
    kind
        ``continuous``; ``count`` (whole numbers from 0); ``binary`` or ``ordinal``: the number of a class,
        from 0.
    classes
        Names of the classes of a ``binary`` or ``ordinal`` trait, from the lowest; empty for others.
    """

    kind: str = "continuous"
    classes: tuple[str, ...] = ()

    @property
    def has_classes(self) -> bool:
        """Whether its values are numbers of classes."""
        return bool(self.classes)


CONTINUOUS = TraitType()
