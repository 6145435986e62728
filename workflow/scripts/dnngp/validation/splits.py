"""The table of folds that every method reads, whatever the scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError, some
from dnngp.genotypes.records import environments_of
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.validation.scheme import SMALLEST_TEST, Folds, Scheme
from dnngp.validation.schemes import SCHEMES
from dnngp.validation.units import Units

_NOTHING: Mapping[str, str] = MappingProxyType({})
_NOBODY: Mapping[str, tuple[str, str]] = MappingProxyType({})

COLUMNS = ["repeat", "fold", "sample", "environment", "role", "group"]


def clusters_of(near_duplicates: pd.DataFrame) -> dict[str, str]:
    """Cluster of every sample in a table of pairs, ``sample`` and ``twin``, each with its ``cluster``."""
    near_duplicates = near_duplicates[near_duplicates["cluster"].str.startswith("twins-")]
    ends = (zip(near_duplicates[end], near_duplicates["cluster"], strict=True) for end in ("sample", "twin"))
    return {id: cluster for end in ends for id, cluster in end}


def units_of(
    dataset: str,
    phenotype: pd.DataFrame,
    *,
    near_duplicates: pd.DataFrame | None = None,
    clusters: pd.Series | None = None,
    environment_groups: Mapping[str, str] = _NOTHING,
    assigned: Sequence[Mapping[str, int]] = (),
    crosses: Mapping[str, tuple[str, str]] = _NOBODY,
    trait: TraitType = CONTINUOUS,
) -> Units:
    """The records of a trait that have a value.

    Parameters
    ----------
    dataset
        Its name.
    phenotype
        As :func:`dnngp.genotypes.records.phenotype_of` gives it.
    near_duplicates
        Pairs of them (:func:`clusters_of`) that are to stay together.
    clusters
        By sample, in place of the groups.
    environment_groups, assigned, crosses
        As of :class:`Units`.
    trait
        What its values are.
    """
    if clusters is not None:
        phenotype = phenotype.assign(group=phenotype["sample"].map(clusters))
    present = phenotype[phenotype["value"].notna()]
    middle = present.groupby("sample")["value"].median() if trait.has_classes else pd.Series(dtype=float)
    return Units(
        dataset,
        phenotype["sample"].drop_duplicates().tolist(),
        present["sample"].tolist(),
        groups=present["group"].tolist() if present["group"].notna().any() else None,
        times=present["time"].to_numpy(float) if "time" in present else None,
        together={} if near_duplicates is None else clusters_of(near_duplicates),
        assigned=assigned,
        environments=present["environment"].tolist() if environments_of(phenotype) else None,
        environment_groups=environment_groups,
        crosses=crosses,
        classes={str(name): int(value) for name, value in middle.items()},
    )


def split_table(units: Units, scheme: str, folds: int, repeats: int) -> pd.DataFrame:
    """The folds of every repeat.

    Parameters
    ----------
    units
        Records to assign.
    scheme
        A key of :data:`dnngp.validation.schemes.SCHEMES`.
    folds
        Folds of a repeat; the most, where a scheme has fewer things to leave out.
    repeats
        Their number.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`, a row per repeat, fold and record that is used: role (``train`` or ``test``);
        environment, missing without any; group, what is kept whole by inner folds too, missing where records
        are on their own.

    Raises
    ------
    UserError
        Fewer samples than folds; a fold with fewer than three test records; an environment that is tested,
        but never with three records, or by a fold that trains on none of it where it should be known; what
        the scheme finds missing.
    """
    present = len(set(units.samples))
    if present < folds:
        raise UserError(
            f"only {present} samples have a phenotype; that cannot fill {folds} folds.",
            remedy="Lower `cv.folds`.",
        )
    declared = SCHEMES[scheme]
    parts = []
    for repeat in range(1, repeats + 1):
        drawn = declared.draw(units, folds, repeat)
        if units.environments is not None:
            _check_environments(declared, drawn, units.environments)
        _refuse_small_folds(declared, drawn, repeat)
        for fold, (train, test) in enumerate(drawn.masks):
            part = _fold(units, declared, train, test, drawn.kept_whole(fold))
            parts.append(part.assign(repeat=repeat, fold=fold + 1))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def folds_of_job(splits: pd.DataFrame, repeat: int, block: int, folds_per_job: int | None) -> pd.DataFrame:
    """The folds of one job: a repeat, or its ``block`` (from 1) of ``folds_per_job`` folds."""
    splits = splits[splits["repeat"] == repeat]
    if folds_per_job is None:
        return splits
    return splits[splits["fold"].between((block - 1) * folds_per_job + 1, block * folds_per_job)]


def groups_of(splits: pd.DataFrame) -> pd.Series | None:
    """Group of each sample by id, for inner folds that keep groups whole; None where none has one.

    Where folds differ in it, that of the first in the table.
    """
    if "group" not in splits:
        return None
    groups = splits.drop_duplicates("sample").set_index("sample")["group"]
    return groups if groups.notna().any() else None


def _fold(
    units: Units, scheme: Scheme, train: np.ndarray, test: np.ndarray, whole: list[str] | None
) -> pd.DataFrame:
    """The records of one fold, those whose near-duplicate or whose own sample is tested not trained on."""
    samples = np.array(units.samples, object)
    if scheme.new_samples:
        tested = {units.together.get(name, name) for name in samples[test]}
        train = train & ~np.array([units.together.get(name, name) in tested for name in samples])
    used = train | test
    group = np.nan if whole is None else np.array(whole, object)[used]
    role = np.where(test, "test", "train")[used]
    environment = np.nan if units.environments is None else np.array(units.environments, object)[used]
    return pd.DataFrame({"sample": samples[used], "environment": environment, "role": role, "group": group})


def _check_environments(scheme: Scheme, drawn: Folds, environments: list[str]) -> None:
    """Some fold tests three records of each environment tested; none tests all where it should be known."""
    codes, names = pd.factorize(np.array(environments, object))
    trained, tested = (
        np.array([np.bincount(codes[mask], minlength=len(names)) for mask in masks])
        for masks in zip(*drawn.masks, strict=True)
    )
    few = (tested.max(axis=0) < SMALLEST_TEST) & tested.any(axis=0)
    unknown = ((tested > 0) & (trained == 0)).any(axis=0) & (not scheme.new_environments)
    for lacking, what in (
        (few, f"no fold of {scheme.name} would test {SMALLEST_TEST} records, as a correlation needs"),
        (unknown, f"a fold of {scheme.name} would test all records and train on none"),
    ):
        if lacking.any():
            raise UserError(
                f"{what}, of {some(names[lacking].tolist())}.",
                remedy="Lower `cv.folds`, leave the scheme out, or name the other environments alone.",
            )


def _refuse_small_folds(scheme: Scheme, drawn: Folds, repeat: int) -> None:
    sizes = [int(test.sum()) for _, test in drawn.masks]
    smallest = min(sizes)
    if smallest >= SMALLEST_TEST:
        return
    raise UserError(
        f"fold {sizes.index(smallest) + 1} of repeat {repeat} ({scheme.name}) would have {smallest} test "
        f"samples of {len(drawn.masks[0][1])} with a phenotype; r needs at least {SMALLEST_TEST}.",
        remedy=scheme.remedy or f"Leave `{scheme.name}` out of `cv.schemes`, or give the fold more samples.",
    )
