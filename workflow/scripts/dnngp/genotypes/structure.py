"""What the markers and lines of a dataset look like: small tables behind the pictures of the report.

Bins, never one row a marker or line: the tables stay small whatever the size of the dataset. They describe
the genotypes after quality control, all lines together; no fit reads them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, leaves_list, linkage
from scipy.linalg import eigh
from scipy.spatial.distance import squareform

from dnngp.base.errors import UserError
from dnngp.base.seeds import hashed_choice
from dnngp.base.sizes import LARGE
from dnngp.base.tables import concatenated
from dnngp.genotypes import grm
from dnngp.genotypes.counts import count_genotypes
from dnngp.genotypes.ld import MarkerPlanes
from dnngp.genotypes.store import Genotypes
from dnngp.genotypes.streamed import Streamed
from dnngp.genotypes.structure_streamed import (
    CHOSEN,
    components_of,
    matrix_of,
    nearest_clusters,
    oriented,
    streamed_relationships,
)

DISTRIBUTIONS = ["measure", "low", "high", "count"]
DENSITY = ["chrom", "low", "high", "markers"]
DECAY = ["chrom", "unit", "low", "high", "distance", "pairs", "r2"]
RELATIONSHIPS = ["down", "across", "lines_down", "lines_across", "relationship"]

#: Bins of a histogram, and of the longest chromosome (at most).
BINS = 25
CHROMOSOME_BINS = 60
#: Chromosomes or scaffolds drawn: those with the most markers.
CHROMOSOMES = 40
#: Pairs of markers looked at for each distance of a chromosome, and between chromosomes.
PAIRS = 200
PAIRS_BETWEEN = 2000
#: Rare alleles have no room for high r2.
LD_MAF = 0.05
#: Lines of the relationship matrix that is drawn, and its rows.
LINES = 300
ROWS = 60


def structure_tables(
    genotypes: Genotypes, groups: Sequence[object]
) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """All tables of this module, and the shares of the variance of ``pc1`` and ``pc2``."""
    if genotypes.n_samples > LARGE:
        markers = _checked(genotypes, streamed_relationships(genotypes))
        scores, shares = components_of(markers)
        drawn = _map(matrix_of(markers, drawn_lines(genotypes.samples)))
    else:
        matrix = relationship_matrix(genotypes)
        scores, shares = principal_components(matrix)
        drawn = relationship_map(genotypes.samples, matrix)
    columns = {"sample": genotypes.samples, "pc1": scores[:, 0], "pc2": scores[:, 1], "group": groups}
    tables = {
        "pca": pd.DataFrame(columns),
        "distributions": distributions(genotypes),
        "density": marker_density(genotypes.variants),
        "ld_decay": ld_decay(genotypes),
        "relationships": drawn,
    }
    return tables, {"pc1": float(shares[0]), "pc2": float(shares[1])}


def distributions(genotypes: Genotypes) -> pd.DataFrame:
    """Histograms of the markers and of the lines.

    Returns
    -------
    DataFrame
        ``measure``, ``low``, ``high`` (edges of the bin, the upper one outside of it except in the last) and
        ``count`` (markers or lines in it). Measures: ``missing of markers`` and ``missing of lines`` (share
        of calls); for dosages ``allele frequency`` (of the minor allele); for two or more chromosome sets
        ``heterozygosity`` (share of a line's calls that are neither 0 nor ploidy); for diploids
        ``inbreeding`` (F of a line, :meth:`dnngp.genotypes.counts.Counts.inbreeding`).
    """
    ploidy = genotypes.ploidy
    counts = count_genotypes(genotypes.dosages, ploidy)
    n_markers, n_lines = genotypes.n_variants, genotypes.n_samples
    tables = []
    if ploidy is not None:
        frequencies = counts.frequencies(ploidy)
        tables.append(_histogram("allele frequency", np.minimum(frequencies, 1 - frequencies), 0.0, 0.5))
    for measure, called, of in (
        ("missing of markers", counts.called, n_lines),
        ("missing of lines", counts.sample_called, n_markers),
    ):
        missing = 1 - called / of
        tables.append(_histogram(measure, missing, 0.0, _round_up(missing.max())))
    if ploidy is not None and ploidy > 1:
        heterozygosity = counts.sample_heterozygous / np.maximum(counts.sample_called, 1)
        tables.append(_histogram("heterozygosity", heterozygosity, 0.0, _round_up(heterozygosity.max())))
    if ploidy == 2:
        inbreeding = counts.inbreeding()
        inbreeding = inbreeding[np.isfinite(inbreeding)]
        if len(inbreeding):
            low, high = min(0.0, inbreeding.min()), max(0.0, inbreeding.max())
            step = _nice((high - low) / BINS) if high > low else 0.01
            low, high = np.floor(low / step) * step, np.ceil(high / step) * step
            tables.append(
                _histogram("inbreeding", inbreeding, low, max(high, low + step), round((high - low) / step))
            )
    return pd.concat(tables, ignore_index=True)[DISTRIBUTIONS]


def marker_density(variants: pd.DataFrame) -> pd.DataFrame:
    """Markers in windows of equal length along the chromosomes.

    Parameters
    ----------
    variants
        As in :class:`dnngp.genotypes.store.Genotypes`; markers without a position do not count.

    Returns
    -------
    DataFrame
        ``chrom``, ``low``, ``high`` (base pairs) and ``markers`` (at least one) of each window; of the
        :data:`CHROMOSOMES` with the most markers, in the order of the file. Empty without positions.
    """
    placed = variants[variants["pos"] > 0]
    shown = placed[placed["chrom"].isin(_main_chromosomes(placed))]
    if shown.empty:
        return pd.DataFrame(columns=DENSITY)
    width = max(1, int(_nice(shown["pos"].max() / CHROMOSOME_BINS)))
    window = (shown["pos"] - 1) // width
    found = shown.groupby([shown["chrom"], window], sort=False).size().rename("markers").reset_index()
    found["low"], found["high"] = found["pos"] * width, (found["pos"] + 1) * width
    order = {name: rank for rank, name in enumerate(_main_chromosomes(placed))}
    found = found.sort_values(
        ["chrom", "low"], key=lambda key: key.map(order) if key.name == "chrom" else key
    )
    return found[DENSITY].reset_index(drop=True)


def ld_decay(genotypes: Genotypes) -> pd.DataFrame:
    """Linkage disequilibrium against distance, from pairs of markers spread over each chromosome.

    r2 is the squared correlation of dosages over the lines with a call of both markers, of markers with a
    minor allele frequency of at least :data:`LD_MAF`. For every chromosome, up to :data:`PAIRS` pairs are
    taken at each of a series of distances in markers that grows by a quarter at a time: no draw is involved.

    Returns
    -------
    DataFrame
        ``chrom``, ``unit`` (``kb``), ``low`` and ``high`` (the bin, its lower edge outside of it),
        ``distance`` and ``r2`` (means over the pairs), ``pairs``. Of
        several chromosomes, rows without a ``chrom`` follow: the pairs of all chromosomes, and in the last
        row, without a distance, pairs from different chromosomes: what structure and the size of the sample
        make of unlinked markers. Empty for feature tables, and where no position is known: the order of the
        markers in a file says nothing of the distance between them.
    """
    ploidy = genotypes.ploidy
    variants = genotypes.variants
    placed = (variants["pos"] > 0).to_numpy()
    if ploidy is None or not placed.any():
        return pd.DataFrame(columns=DECAY)
    frequencies = count_genotypes(genotypes.dosages, ploidy).frequencies(ploidy)
    common = (np.minimum(frequencies, 1 - frequencies) >= LD_MAF) & placed
    runs = {}
    for chromosome in _main_chromosomes(variants[common]):
        rows = np.flatnonzero(common & (variants["chrom"] == chromosome).to_numpy())
        runs[chromosome] = rows[np.argsort(variants["pos"].to_numpy()[rows], kind="stable")]
    tables: list[pd.DataFrame] = []
    pooled: list[tuple[np.ndarray, np.ndarray]] = []
    for chromosome, rows in runs.items():
        first, second = _spread_pairs(len(rows))
        r2 = _pair_r2(genotypes, rows[first], rows[second])
        position = variants["pos"].to_numpy()[rows]
        apart = (position[second] - position[first]) / 1000
        known = np.isfinite(r2) & (apart > 0)
        pooled.append((apart[known], r2[known]))
        tables.append(_binned(*pooled[-1]).assign(chrom=chromosome, unit="kb"))
    if len(runs) > 1:
        apart, r2 = (np.concatenate(values) for values in zip(*pooled, strict=True))
        tables.append(_binned(apart, r2).assign(chrom="", unit="kb"))
        r2 = _pair_r2(genotypes, *_pairs_between(list(runs.values())))
        r2 = r2[np.isfinite(r2)]
        if len(r2):
            last = {"chrom": "", "unit": "kb", "pairs": len(r2), "r2": r2.mean()}
            tables.append(pd.DataFrame([last]))
    return concatenated([pd.DataFrame(), *tables]).reindex(columns=DECAY)


def relationship_matrix(genotypes: Genotypes) -> np.ndarray:
    """Relationships (n, n) of all lines, float64: VanRaden's first
    (:func:`dnngp.genotypes.grm.relationships`), or
    for features the mean product of standardised values. Read block by block.

    Raises
    ------
    UserError
        If no marker varies.
    """
    matrix = _relationships(genotypes)
    if not matrix.trace() > 0:
        raise _no_variation(genotypes)
    return matrix


def _checked(genotypes: Genotypes, markers: Streamed) -> Streamed:
    """The markers, if any varies."""
    if not (markers.scale > 0 and markers.squares().any()):
        raise _no_variation(genotypes)
    return markers


def _no_variation(genotypes: Genotypes) -> UserError:
    return UserError(
        "no marker varies among the lines.",
        file=genotypes.source.get("path"),
        remedy="Look at the file, and at `qc`.",
    )


def _relationships(genotypes: Genotypes) -> np.ndarray:
    p, n = genotypes.dosages.shape
    if genotypes.ploidy is not None:
        try:
            return grm.relationships(genotypes.dosages, genotypes.ploidy)
        except ValueError:  # every allele frequency is 0 or 1
            return np.zeros((n, n))
    means, spread = np.empty(p), np.empty(p)
    for part in grm.blocks(p):
        values = genotypes.dosages[part].astype(float)
        means[part], spread[part] = np.nanmean(values, axis=1), np.nanstd(values, axis=1)
    spread[spread == 0] = 1
    products, _ = grm.centred_products(genotypes.dosages, np.arange(p), np.arange(n), means, spread)
    return products / p


def principal_components(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first two principal components of the lines behind a relationship matrix.

    Returns
    -------
    scores
        (n, 2) float64; of each component, the score of largest magnitude is positive.
    shares
        (2,) of the variance.
    """
    n = len(matrix)
    values, vectors = eigh(matrix, subset_by_index=[n - 2, n - 1])
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    return oriented(values, vectors), values / np.trace(matrix)


def clusters(genotypes: Genotypes, number: int) -> np.ndarray:
    """:func:`clusters_of` all lines, from their genotypes alone.

    Takes about 16 bytes of memory for each pair of lines, and of no more than
    :data:`dnngp.base.sizes.LARGE` lines: others join them
    (:func:`dnngp.genotypes.structure_streamed.nearest_clusters`).
    """
    samples = genotypes.samples
    if len(samples) <= LARGE:
        return clusters_of(samples, relationship_matrix(genotypes), number)
    lines = np.array(hashed_choice(samples.tolist(), LARGE, CHOSEN))
    found = clusters_of(samples[lines], relationship_matrix(genotypes.select(lines)), number)
    return _numbered(samples, nearest_clusters(streamed_relationships(genotypes), lines, found))


def clusters_of(samples: np.ndarray, matrix: np.ndarray, number: int) -> np.ndarray:
    """Cluster of every line: Ward's method on the distances behind a relationship matrix.

    Ward 1963, J Am Stat Assoc 58:236: the sum of squares within clusters that k-means
    lowers too, but without a random start. Lines are taken in the order of their
    ids, so that the order of a file does not matter.

    Parameters
    ----------
    samples
        (n,) ids.
    matrix
        (n, n) relationships, as of :func:`relationship_matrix`.
    number
        Of clusters; fewer where there are fewer different lines.

    Returns
    -------
    (n,) int64
        Numbers from 1, the largest cluster first, then the one with the first id.
    """
    order = np.argsort(samples.astype(str), kind="stable")
    squared = grm.squared_distances(matrix)[np.ix_(order, order)]
    np.fill_diagonal(squared, 0)
    tree = linkage(np.sqrt(squareform(squared, checks=False)), "ward")
    labels = np.empty(len(order), np.int64)
    labels[order] = fcluster(tree, number, "maxclust")
    return _numbered(samples, labels)


def _numbered(samples: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Clusters (n,) renumbered from 1, the largest first, then the one with the first id."""
    order = np.argsort(samples.astype(str), kind="stable")
    names, first, counts = np.unique(found[order], return_index=True, return_counts=True)
    ranks = np.empty(len(names), np.int64)
    ranks[np.lexsort((first, -counts))] = np.arange(1, len(names) + 1)
    return ranks[np.searchsorted(names, found)]


def relationship_map(samples: np.ndarray, matrix: np.ndarray) -> pd.DataFrame:
    """A relationship matrix (n, n), lines in the order of a hierarchical clustering, thinned to a picture.

    At most :data:`LINES` lines (chosen by hashing their ids) in at most :data:`ROWS` rows: where there are
    more lines, a cell is the mean over neighbouring lines. Clusters are joined by average distance.

    Returns
    -------
    DataFrame
        The lower triangle: ``down`` and ``across`` (row and column, from 0), ``lines_down`` and
        ``lines_across`` (how many lines they stand for) and ``relationship`` (to four decimals).
    """
    lines = drawn_lines(samples)
    return _map(matrix[np.ix_(lines, lines)])


def drawn_lines(samples: np.ndarray) -> np.ndarray:
    """Positions, ascending, of the lines whose relationships are drawn."""
    return np.array(hashed_choice(samples.tolist(), LINES, "relationship map"))


def _map(matrix: np.ndarray) -> pd.DataFrame:
    """The picture of the relationships (n, n) of the lines that are drawn."""
    n = len(matrix)
    order = np.arange(n)
    if n > 2:
        distances = np.sqrt(grm.squared_distances(matrix))
        np.fill_diagonal(distances, 0)
        order = leaves_list(linkage(squareform(distances, checks=False), "average", optimal_ordering=True))
    matrix = matrix[np.ix_(order, order)]
    parts = np.array_split(np.arange(n), min(n, ROWS))
    cells = [
        (row, column, len(own), len(other), round(float(matrix[np.ix_(own, other)].mean()), 4))
        for row, own in enumerate(parts)
        for column, other in enumerate(parts[: row + 1])
    ]
    return pd.DataFrame(cells, columns=RELATIONSHIPS)


def _histogram(measure: str, values: np.ndarray, low: float, high: float, bins: int = BINS) -> pd.DataFrame:
    values = values[np.isfinite(values)]
    edges = low + (high - low) * np.arange(max(bins, 1) + 1) / max(bins, 1)
    # Rounding must not put what lies on an edge (0.1 of ten lines) on either side by chance.
    counts, _ = np.histogram(np.round(values, 10), np.round(edges, 10))
    edges = np.round(edges, 10)
    return pd.DataFrame({"measure": measure, "low": edges[:-1], "high": edges[1:], "count": counts})


def _round_up(share: float) -> float:
    """The end of an axis that begins at 0 and holds a share."""
    return next(end for end in (0.05, 0.1, 0.25, 0.5, 1.0) if share <= end)


def _nice(size: float) -> float:
    """The next larger number among 1, 2 and 5 times the powers of ten."""
    power = 10.0 ** np.floor(np.log10(size))
    return float(next(step * power for step in (1, 2, 5, 10) if size <= step * power * (1 + 1e-9)))


def _main_chromosomes(variants: pd.DataFrame) -> list[str]:
    """Names of the chromosomes with the most markers, in the order of the file."""
    sizes = variants["chrom"].value_counts(sort=False)
    largest = set(sizes.sort_values(ascending=False, kind="stable").index[:CHROMOSOMES])
    return [name for name in dict.fromkeys(variants["chrom"]) if name in largest]


def _spread(length: int, count: int) -> np.ndarray:
    """At most ``count`` evenly spaced numbers below ``length``."""
    return np.unique(np.arange(min(count, length)) * length // max(1, min(count, length)))


def _spread_pairs(markers: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of places along a chromosome, at distances that grow by a quarter."""
    first, lags = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    lag = 1
    while lag < markers:
        first.append(_spread(markers - lag, PAIRS))
        lags.append(np.full(len(first[-1]), lag))
        lag = max(lag + 1, lag * 5 // 4)
    return np.concatenate(first), np.concatenate(first) + np.concatenate(lags)


def _pairs_between(runs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of markers of different chromosomes, paired."""
    each = max(1, PAIRS_BETWEEN // len(runs))
    first, second = [], []
    for own, other in zip(runs, [*runs[1:], runs[0]], strict=True):
        count = min(each, len(own), len(other))
        first.append(own[_spread(len(own), count)])
        second.append(other[_spread(len(other), count)])
    return np.concatenate(first), np.concatenate(second)


def _pair_r2(genotypes: Genotypes, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(k,) r2 of pairs of markers given by their rows; only those rows are read."""
    assert genotypes.ploidy is not None
    rows, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    planes = MarkerPlanes(genotypes.dosages, genotypes.ploidy, rows)
    return planes.r2(places[: len(first)], places[len(first) :])


def _binned(distances: np.ndarray, r2: np.ndarray) -> pd.DataFrame:
    """Means of r2 in bins whose edges are 1, 2 and 5 times the powers of ten; a row per filled bin."""
    high = np.array([_nice(distance) for distance in distances])
    table = pd.DataFrame({"high": high, "distance": distances, "r2": r2})
    found = table.groupby("high").agg(distance=("distance", "mean"), pairs=("r2", "size"), r2=("r2", "mean"))
    found = found.reset_index()
    found["low"] = [_before(edge) for edge in found["high"]]
    return found


def _before(edge: float) -> float:
    """The edge below one of those of :func:`_nice`."""
    power = 10.0 ** np.floor(np.log10(edge) + 1e-9)
    return float({1: 0.5, 2: 1, 5: 2}[round(edge / power)] * power)
