"""Nested subsets of lines and markers."""

import hashlib

import numpy as np
import pytest

from dnngp.base.errors import UserError
from dnngp.genotypes.ld import MarkerPlanes
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.genotypes.subsets import CHOICES, first_lines, marker_ranks


def population(p=120, n=60, chromosomes=3, seed=0, ploidy=2):
    """Markers in blocks of four near copies, on chromosomes of equal length."""
    rng = np.random.default_rng(seed)
    base = rng.integers(0, 3, (p // 4, n), np.int8)
    dosages = np.repeat(base, 4, axis=0)
    dosages = np.where(rng.random(dosages.shape) < 0.03, rng.integers(0, 3, dosages.shape), dosages)
    chrom = [str(number) for number in np.arange(p) * chromosomes // p]
    pos = (np.arange(p) % (p // chromosomes)) * 100 + 1
    variants = variant_table(chrom, pos, [f"m{number}" for number in range(p)], "A", "T")
    lines = np.array([f"line{number}" for number in range(n)])
    return Genotypes(lines, variants, dosages.astype(np.int8 if ploidy else np.float32), ploidy, {})


@pytest.mark.parametrize("choose", CHOICES)
def test_every_marker_has_one_place_so_that_smaller_sets_lie_inside_larger_ones(choose):
    ranks = marker_ranks(population(), choose, "wheat", 1)
    assert sorted(ranks) == list(range(120))


def test_lines_by_hand_and_smaller_sets_inside_larger_ones():
    ids = [f"line{number}" for number in range(40)]
    order = sorted(ids, key=lambda id: hashlib.sha256(f"wheat|1|{id}".encode()).hexdigest())
    for n in (1, 7, 40):
        assert first_lines(ids[::-1], n, "wheat", 1) == order[:n]
    # Whoever is missing, the others keep their order.
    assert first_lines([id for id in ids if id != order[0]], 6, "wheat", 1) == order[1:7]


def test_random_markers_differ_between_repeats_and_follow_their_names():
    genotypes = population()
    first, second = (marker_ranks(genotypes, "random", "wheat", repeat) for repeat in (1, 2))
    assert (first != second).any()
    turned = genotypes.select(variants=np.arange(120)[::-1])
    np.testing.assert_array_equal(marker_ranks(turned, "random", "wheat", 1), first[::-1])


@pytest.mark.parametrize("to", [3, 7, 15, 31])
def test_even_markers_leave_no_gap_twice_as_wide_as_needed(to):
    ranks = marker_ranks(population(), "even")
    places = np.concatenate([[0], np.sort(np.flatnonzero(ranks < to)), [119]])
    assert np.diff(places).max() <= 2 * 120 / (to + 1) + 1


def test_pruned_markers_tell_each_other_apart():
    """The first thirty hold one of each block, which thirty drawn at random do not."""
    genotypes = population()
    r2 = {}
    for choose in ("random", "pruned"):
        chosen = np.flatnonzero(marker_ranks(genotypes, choose, "wheat") < 30)
        first, second = np.triu_indices(30, 1)
        planes = MarkerPlanes(genotypes.dosages, 2, chosen)
        r2[choose] = planes.r2(first, second).max()
    assert r2["pruned"] < 0.3
    assert r2["random"] > 0.6


def test_pruning_features_is_refused():
    with pytest.raises(UserError, match="needs dosages"):
        marker_ranks(population(ploidy=None), "pruned")


def test_an_unknown_choice_is_refused():
    with pytest.raises(ValueError, match="choose must be one of random, even, pruned"):
        marker_ranks(population(), "odd")
