"""Whole groups of samples, as the phenotype table names them."""

from __future__ import annotations

from dnngp.validation.draws import leave_out, pack_groups
from dnngp.validation.scheme import Folds, Scheme
from dnngp.validation.units import Units


def draw(units: Units, folds: int, repeat: int) -> Folds:
    """Groups packed in folds by their numbers of phenotyped samples; few groups are a fold each."""
    whole = units.group_names()
    return leave_out(pack_groups(whole, (units.key, "group"), folds), whole=whole)


SCHEME = Scheme(
    name="leave_group_out",
    predicts="samples of families, crosses, populations or years of which none was tested",
    target="new groups",
    meaning="Whole groups are left out; with more groups than folds they share folds of about the same size.",
    draw=draw,
    needs="groups",
    remedy="Lower `cv.folds`, so that small groups share a fold, or merge groups.",
    order=30,
)
