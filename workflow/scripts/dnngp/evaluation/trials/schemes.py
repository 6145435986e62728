"""Folds of records: which of line and condition is new when a record is predicted.

======  ====================================  =============================================
scheme  a tested record's line                its condition
======  ====================================  =============================================
CV1     has no record in training             has
CV2     has records in other environments     has
CV2*    has records of other traits           has
CV0     has records in other environments     is an environment without any
CV00    has no record in training             is an environment without any
======  ====================================  =============================================

CV1 and CV2 are those of Burgueno et al. 2012, Crop Sci 52:707; CV0 and CV00 of
Jarquin et al. 2017, Plant Genome 10(2). CV2* is CV2 for traits: the secondary
traits of the tested lines are known.

Lines are drawn as the ``random`` scheme draws them (:mod:`dnngp.validation.draws`), so that a
line tested in fold 3 there is tested in fold 3 by CV1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dnngp.base.errors import UserError, some
from dnngp.base.seeds import digest
from dnngp.evaluation.trials.methods import KNOWN
from dnngp.validation.draws import SMALLEST_TEST, draw_folds, pack_groups

COLUMNS = ["repeat", "fold", "sample", "condition", "role"]


def record_folds(
    records: pd.DataFrame,
    scheme: str,
    samples: Sequence[str],
    *,
    key: str,
    folds: int,
    repeats: int,
    together: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """The table of folds that every method reads.

    Parameters
    ----------
    records
        ``sample`` and ``condition``, each pair once.
    scheme
        See the module.
    samples
        Ids of all lines with genotypes, which the folds of lines are drawn from.
    key
        Name of the dataset.
    folds
        Folds of lines (of records in CV2); the most folds of environments.
    repeats
        Draws of lines. Environments are drawn once: CV0 has one repeat.
    together
        Name of a cluster of near-duplicates for some of the lines; they are tested together.
    groups
        Group of some environments (a year, a location), left out whole by CV0 and CV00.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`; ``role`` is ``train`` or ``test``. A record that is
        neither trained on nor tested in a fold has no row there.

    Notes
    -----
    CV2 deals the conditions of a line, in an order of their own for each line,
    to consecutive folds from the line's own. A line that was grown in two conditions
    or more therefore never loses all of its records to one fold; one with a single
    record is trained on and never tested. Near-duplicates take their turns together: one
    whose records would still all lie in one fold is trained on and never tested, too.

    Raises
    ------
    UserError
        Fewer lines than folds, one group of environments, a fold that tests fewer than three records; a
        condition that is tested, but never with three records, or, in CV1 and CV2, all of its records.
    """
    samples = list(samples)
    if records["sample"].nunique() < folds:
        raise UserError(
            f"only {records['sample'].nunique()} lines have records; that cannot fill {folds} folds.",
            remedy="Lower `folds`.",
        )
    together = together or {}
    parts = []
    for repeat in range(1, (1 if scheme == "CV0" else repeats) + 1):
        if together:
            clusters = [together.get(name, name) for name in samples]
            drawn = pack_groups(clusters, (key, f"rep{repeat}"), folds)
        else:
            drawn = draw_folds(samples, key, folds, repeat)
        line_fold = records["sample"].map(dict(zip(samples, drawn, strict=True))).to_numpy()
        masks = _masks(records, scheme, line_fold, key, folds, repeat, groups or {}, together)
        _check_conditions(records, scheme, masks)
        for fold, (train, test) in enumerate(masks, start=1):
            if test.sum() < SMALLEST_TEST:
                raise UserError(
                    f"fold {fold} of {scheme} would test {test.sum()} records; a correlation needs "
                    f"{SMALLEST_TEST}.",
                    remedy="Lower `folds`, or leave the scheme out.",
                )
            used = train | test
            part = records.loc[used, ["sample", "condition"]]
            parts.append(part.assign(repeat=repeat, fold=fold, role=np.where(test, "test", "train")[used]))
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _check_conditions(records: pd.DataFrame, scheme: str, masks: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """Some fold tests three records of each condition tested; none tests all where conditions are known."""
    codes, names = pd.factorize(records["condition"])
    trained, tested = (
        np.array([np.bincount(codes[fold[role]], minlength=len(names)) for fold in masks]) for role in (0, 1)
    )
    few = (tested.max(axis=0) < SMALLEST_TEST) & tested.any(axis=0)
    unknown = ((tested > 0) & (trained == 0)).any(axis=0) & (scheme in KNOWN)
    for lacking, what in (
        (few, f"no fold of {scheme} would test {SMALLEST_TEST} records, as a correlation needs"),
        (unknown, f"a fold of {scheme} would test all records and train on none"),
    ):
        if lacking.any():
            raise UserError(
                f"{what}, of {some(names[lacking].tolist())}.",
                remedy="Lower `folds`, leave the scheme out, or name the other conditions in `conditions`.",
            )


def _masks(
    records: pd.DataFrame,
    scheme: str,
    line_fold: np.ndarray,
    key: str,
    folds: int,
    repeat: int,
    groups: Mapping[str, str],
    together: Mapping[str, str],
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Training and test records of each fold, as masks."""
    numbers = range(1, folds + 1)
    if scheme == "CV1":
        return [(line_fold != fold, line_fold == fold) for fold in numbers]
    if scheme in ("CV2", "CV2*"):
        fold_of, alone = _dealt(records, line_fold, key, folds, repeat, together)
        return [((fold_of != fold) | alone, (fold_of == fold) & ~alone) for fold in numbers]
    if scheme not in ("CV0", "CV00"):
        raise ValueError(f"no scheme {scheme!r}")
    environments = list(dict.fromkeys(records["condition"]))
    names = [groups.get(name) or name for name in environments]
    count = min(folds, len(set(names)))
    if count < 2:
        raise UserError(
            f"all environments are in one group ({names[0]}); none can be left out.",
            remedy="Leave `group` out of `environments`.",
        )
    drawn = pack_groups(names, (key, "environment"), count)
    environment_fold = records["condition"].map(dict(zip(environments, drawn, strict=True))).to_numpy()
    masks = []
    for number in range(1, count + 1):
        new = environment_fold == number
        if scheme == "CV0":
            known = records["sample"].isin(set(records.loc[~new, "sample"])).to_numpy()
            masks.append((~new, new & known))
            continue
        for fold in numbers:
            masks.append((~new & (line_fold != fold), new & (line_fold == fold)))
    return masks


def _dealt(
    records: pd.DataFrame,
    line_fold: np.ndarray,
    key: str,
    folds: int,
    repeat: int,
    together: Mapping[str, str],
) -> tuple[np.ndarray, np.ndarray]:
    """Fold of every record in CV2, and whether it is never tested: its fold has all records of its line."""
    fold_of = np.zeros(len(records), int)
    alone = np.zeros(len(records), bool)
    units = records["sample"].map(lambda name: together.get(name, name))
    for unit, part in records.assign(place=np.arange(len(records))).groupby(units, sort=False):
        conditions = sorted(set(part["condition"]), key=lambda name: digest(key, f"rep{repeat}", unit, name))
        turn = part["condition"].map({name: number for number, name in enumerate(conditions)}).to_numpy()
        places = part["place"].to_numpy()
        fold_of[places] = (line_fold[places] - 1 + turn) % folds + 1
        # A line may have fewer records than its near-duplicates have between them.
        lines = part.assign(fold=fold_of[places]).groupby("sample")["fold"]
        alone[places] = lines.transform("nunique").to_numpy() == 1
    return fold_of, alone
