"""Compiled loops of the imputation from the nearest lines (:mod:`dnngp.encodings.imputation.imputers`)."""

from __future__ import annotations

import numpy as np

from dnngp.base.compiled import compiled


@compiled
def _distances(rows, training, neighbours, weights, marker, line, distances):  # type: ignore[no-untyped-def]
    """Weighted differences (n,) of one line from the training lines; whole numbers, exact in float32."""
    n = training.shape[1]
    for c in range(n):
        distances[c] = 0
    for place in range(neighbours.shape[1]):
        other = neighbours[marker, place]
        if other < 0:
            break
        if rows[other, line] < 0:
            continue
        own = np.float32(rows[other, line])
        weight = np.float32(weights[marker, place])
        known = training[other]
        for c in range(n):
            distances[c] += weight * abs(own - np.float32(known[c]))


@compiled
def _reach(distances, candidates, lines, smallest):  # type: ignore[no-untyped-def]
    """The distance of the candidate at place ``lines`` in order of distance."""
    for place in range(lines):
        smallest[place] = np.inf
    for c in range(len(distances)):
        d = distances[c]
        if candidates[c] >= 0 and d < smallest[lines - 1]:
            place = lines - 1
            while place > 0 and smallest[place - 1] > d:
                smallest[place] = smallest[place - 1]
                place -= 1
            smallest[place] = d
    return smallest[lines - 1]


@compiled
def vote(rows, training, calls, neighbours, weights, markers, where, lines, ploidy, unit, filled):  # type: ignore[no-untyped-def]
    """Fill missing calls of whole dosages by the vote of the nearest training lines.

    Parameters
    ----------
    rows
        (p, m) int8, the lines to fill, in steps; -1 missing.
    training
        (p, n) int8, the training lines in steps, without missing values.
    calls
        (p, n) their dosages, missing below 0.
    neighbours, weights
        (p, l) int32 and int8, neighbours in LD of each marker, then -1, and what they weigh.
    markers, where
        (k,) int64, marker and line of each missing call.
    lines, ploidy
        Nearest lines that vote; sets of chromosomes.
    unit
        Distance that one copy of an allele makes in a marker of full weight.
    filled
        (k,) result, of the type of ``calls``.
    """
    distances = np.empty(training.shape[1], np.float32)
    smallest = np.empty(lines, np.float32)
    votes = np.empty(ploidy + 1, np.float64)
    for cell in range(len(markers)):
        marker = markers[cell]
        candidates = calls[marker]
        _distances(rows, training, neighbours, weights, marker, where[cell], distances)
        reach = _reach(distances, candidates, lines, smallest)
        votes[:] = 0
        for c in range(len(distances)):
            if candidates[c] >= 0 and distances[c] <= reach:
                votes[candidates[c]] += 1.0 / (1.0 + distances[c] / unit)
        best = 0
        for dosage in range(1, ploidy + 1):
            if votes[dosage] > votes[best]:
                best = dosage
        filled[cell] = best


@compiled
def average(rows, training, calls, neighbours, weights, markers, where, lines, ploidy, unit, filled):  # type: ignore[no-untyped-def]
    """As :func:`vote`, for real-valued dosages (missing NaN): the weighted mean of the nearest lines."""
    distances = np.empty(training.shape[1], np.float32)
    smallest = np.empty(lines, np.float32)
    for cell in range(len(markers)):
        marker = markers[cell]
        candidates = calls[marker]
        _distances(rows, training, neighbours, weights, marker, where[cell], distances)
        reach = _reach(distances, candidates, lines, smallest)
        total, whole = 0.0, 0.0
        for c in range(len(distances)):
            if candidates[c] >= 0 and distances[c] <= reach:
                weight = 1.0 / (1.0 + distances[c] / unit)
                total += weight * candidates[c]
                whole += weight
        filled[cell] = total / whole if whole > 0 else 0.0
