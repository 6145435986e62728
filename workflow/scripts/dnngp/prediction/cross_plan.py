"""The best set of crosses within limits, by mixed-integer linear programming."""

from __future__ import annotations

import numpy as np

from dnngp.base.errors import UserError


def best_plan(
    usefulness: np.ndarray,
    crosses: np.ndarray,
    kinship: np.ndarray,
    number: int,
    max_kinship: float | None = None,
    max_contributions: int | None = None,
) -> np.ndarray:
    """Crosses with the largest sum of usefulness.

    Parameters
    ----------
    usefulness, kinship
        (c,) of each cross.
    crosses
        (c, 2) numbers of its parents.
    number
        Crosses to choose.
    max_kinship
        Largest mean of ``kinship`` over the chosen crosses; None for no limit.
    max_contributions
        Largest number of chosen crosses that a parent is in; None for no limit.

    Returns
    -------
    (number,) int64
        Rows of the chosen crosses, the most useful first. The set is the best there is (HiGHS, to a relative
        gap of 1e-9; Huangfu & Hall 2018, Math Program Comput 10:119).

    Raises
    ------
    UserError
        No set is within the limits; the message says which limit none can keep.
    """
    chosen = _solved(-usefulness, crosses, kinship, number, max_kinship, max_contributions)
    if chosen is None:
        raise _no_plan(crosses, kinship, number, max_kinship, max_contributions)
    return chosen[np.lexsort((chosen, -usefulness[chosen]))]


def _solved(
    price: np.ndarray,
    crosses: np.ndarray,
    kinship: np.ndarray,
    number: int,
    max_kinship: float | None,
    max_contributions: int | None,
) -> np.ndarray | None:
    """The set of the smallest sum of ``price``; None where there is none."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    count = len(crosses)
    limits = [LinearConstraint(np.ones((1, count)), number, number)]
    if max_contributions is not None:
        places = (crosses.T.ravel(), np.tile(np.arange(count), 2))
        within = csr_array((np.ones(2 * count), places))
        limits.append(LinearConstraint(within, ub=max_contributions))
    if max_kinship is not None:
        limits.append(LinearConstraint((kinship - max_kinship)[None], ub=1e-9))
    found = milp(
        price,
        integrality=np.ones(count),
        bounds=Bounds(0, 1),
        constraints=limits,
        options={"mip_rel_gap": 1e-9},
    )
    return None if found.x is None else np.flatnonzero(found.x > 0.5)


def _no_plan(
    crosses: np.ndarray,
    kinship: np.ndarray,
    number: int,
    max_kinship: float | None,
    max_contributions: int | None,
) -> UserError:
    least = _solved(kinship, crosses, kinship, number, None, max_contributions)
    if least is None:
        parents = len(np.unique(crosses))
        return UserError(
            f"no {number} crosses among {parents} parents keep `mating.max_contributions: "
            f"{max_contributions}`.",
            remedy="Raise it, plan fewer crosses or name more parents.",
        )
    within = "" if max_contributions is None else f" with at most {max_contributions} of a parent"
    return UserError(
        f"no {number} crosses{within} keep `mating.max_kinship: {max_kinship:g}`; their least mean "
        f"kinship is {kinship[least].mean():.3f}.",
        remedy="Raise `mating.max_kinship`, plan fewer crosses or name more parents.",
    )
