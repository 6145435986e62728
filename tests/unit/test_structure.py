"""Tables behind the pictures of markers and lines: counts that add up, closed forms, bounded size."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering

from dnngp.base.errors import UserError
from dnngp.genotypes import structure, structure_streamed
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.leading import leading
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.genotypes.structure import (
    clusters,
    distributions,
    ld_decay,
    marker_density,
    principal_components,
    relationship_map,
    relationship_matrix,
    structure_tables,
)


def genotypes(values, ploidy=2, chrom="1", pos=0):
    """Genotypes of (p, n) values."""
    p, n = values.shape
    ids = [f"m{i}" for i in range(p)]
    return Genotypes(
        samples=np.array([f"line{i:05d}" for i in range(n)]),
        variants=variant_table(np.broadcast_to(chrom, p), np.broadcast_to(pos, p), ids, "", ""),
        dosages=values,
        ploidy=ploidy,
        source={},
    )


def random_calls(p=200, n=60, ploidy=2, missing=0.1, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.binomial(ploidy, rng.uniform(0.05, 0.6, p)[:, None], (p, n)).astype(np.int8)
    values[rng.random((p, n)) < missing] = -1
    return values


def mean_of(table, measure):
    """Mean of a histogram, by the middle of its bins; half a bin from the truth at most."""
    part = table[table["measure"] == measure]
    width = (part["high"] - part["low"]).iloc[0]
    return np.average((part["low"] + part["high"]) / 2, weights=part["count"]), width / 2


# --- distributions


@pytest.mark.parametrize("ploidy", [1, 2, 4])
def test_every_marker_and_line_is_in_one_bin(ploidy):
    table = distributions(genotypes(random_calls(ploidy=ploidy), ploidy))
    totals = table.groupby("measure")["count"].sum().to_dict()
    expected = {"allele frequency": 200, "missing of markers": 200, "missing of lines": 60}
    expected |= {"heterozygosity": 60} if ploidy > 1 else {}
    expected |= {"inbreeding": 60} if ploidy == 2 else {}
    assert totals == expected
    for _, part in table.groupby("measure"):
        assert np.allclose(part["low"].iloc[1:], part["high"].iloc[:-1])


@pytest.mark.parametrize("ploidy", [1, 2, 4])
def test_histograms_are_of_what_they_say(ploidy):
    values = random_calls(ploidy=ploidy)
    table = distributions(genotypes(values, ploidy))
    known = np.where(values < 0, np.nan, values)
    frequency = np.nanmean(known, axis=1) / ploidy
    heterozygous = np.where(np.isnan(known), np.nan, (known > 0) & (known < ploidy))
    truth = {
        "allele frequency": np.minimum(frequency, 1 - frequency),
        "missing of markers": np.isnan(known).mean(axis=1),
        "missing of lines": np.isnan(known).mean(axis=0),
        "heterozygosity": np.nanmean(heterozygous, axis=0),
        "inbreeding": 1
        - np.nansum(heterozygous, axis=0)
        / (~np.isnan(known) * (2 * frequency * (1 - frequency))[:, None]).sum(axis=0),
    }
    for measure in table["measure"].unique():
        found, reach = mean_of(table, measure)
        assert abs(found - truth[measure].mean()) <= reach


def test_values_on_an_edge_are_in_the_upper_bin():
    """Ten lines, one missing call in each marker: a share of exactly 0.1."""
    values = np.ones((10, 10), np.int8)
    values[np.arange(10), np.arange(10)] = -1
    values[:5] = np.maximum(values[:5], 0)
    table = distributions(genotypes(values))
    part = table[(table["measure"] == "missing of markers") & (table["count"] > 0)]
    assert part["low"].tolist() == [0, 0.096]
    assert part["count"].tolist() == [5, 5]


def test_inbred_and_outbred_lines_are_told_apart():
    rng = np.random.default_rng(1)
    frequency = rng.uniform(0.2, 0.5, 400)[:, None]
    outbred, inbred = rng.binomial(2, frequency, (400, 80)), 2 * rng.binomial(1, frequency, (400, 80))
    values = np.concatenate([outbred, inbred], axis=1).astype(np.int8)
    part = distributions(genotypes(values)).query("measure == 'inbreeding' and count > 0")
    assert part.query("low > 0.9")["count"].sum() == 80
    assert part.query("-0.3 < low < 0.3")["count"].sum() == 80


def test_features_have_missing_values_alone():
    values = random_calls().astype(np.float32)
    values[values < 0] = np.nan
    table = distributions(genotypes(values, None))
    assert set(table["measure"]) == {"missing of markers", "missing of lines"}
    assert ld_decay(genotypes(values, None)).empty


def test_complete_calls_are_one_bar_at_zero():
    table = distributions(genotypes(random_calls(missing=0)))
    assert table.query("measure == 'missing of lines' and count > 0")["low"].tolist() == [0]


# --- density


@settings(max_examples=40, deadline=None)
@given(
    positions=st.lists(st.tuples(st.sampled_from(["2", "10", "X"]), st.integers(0, 3_000_000)), min_size=1),
)
def test_windows_hold_every_placed_marker_once(positions):
    chrom, pos = zip(*positions, strict=True)
    table = marker_density(variant_table(chrom, pos, "", "", ""))
    assert table["markers"].sum() == sum(place > 0 for place in pos)
    for name, start, end, count in table.itertuples(index=False):
        assert count == sum(c == name and start < p <= end for c, p in positions)
    assert len(table) <= 3 * structure.CHROMOSOME_BINS
    placed = [name for name, place in positions if place > 0]
    assert list(dict.fromkeys(table["chrom"])) == list(dict.fromkeys(placed))


def test_scaffolds_do_not_swamp_the_picture():
    chrom = [f"scaffold{i}" for i in range(500)] + ["1"] * 30
    table = marker_density(variant_table(chrom, np.arange(1, 531), "", "", ""))
    assert table["chrom"].nunique() == structure.CHROMOSOMES
    assert table.query("chrom == '1'")["markers"].sum() == 30


# --- linkage disequilibrium


def test_r2_of_known_pairs():
    """Markers in identical pairs that are independent of each other."""
    rng = np.random.default_rng(4)
    single = rng.binomial(2, 0.5, (50, 2000)).astype(np.int8)
    values = np.repeat(single, 2, axis=0)
    positions = np.repeat(np.arange(50) * 100_000 + 1, 2) + np.tile([0, 500], 50)
    table = ld_decay(genotypes(values, pos=positions))
    near = table[table["high"] <= 0.5]
    assert near["r2"].tolist() == [1.0]
    assert near["distance"].tolist() == [0.5]
    assert near["pairs"].tolist() == [50]
    far = table[table["low"] >= 50]
    # The expectation of r2 between independent markers is about 1 / n.
    assert np.average(far["r2"], weights=far["pairs"]) == pytest.approx(1 / 2000, rel=0.3)


def test_decay_follows_the_recombination_that_made_it():
    """Haploid chromosomes of one founder pair: r2 between loci is (1 - 2c)^2 in expectation."""
    rng = np.random.default_rng(5)
    p, n, switch = 300, 4000, 0.02
    state = rng.random(n) < 0.5
    values = np.empty((p, n), np.int8)
    for marker in range(p):
        state = np.where(rng.random(n) < switch, ~state, state)
        values[marker] = state
    assert ld_decay(genotypes(values, ploidy=1, pos=0)).empty  # the order in a file is no distance
    table = ld_decay(genotypes(values, ploidy=1, pos=1000 * np.arange(1, p + 1)))
    assert set(table["unit"]) == {"kb"}
    for row in table.itertuples():
        if row.low + 1 >= row.high:  # a bin of one distance
            assert row.r2 == pytest.approx((1 - 2 * switch) ** (2 * row.distance), abs=0.01)
    assert table["r2"].is_monotonic_decreasing


def test_markers_of_different_chromosomes_are_the_last_row():
    values = random_calls(p=200, n=400, missing=0.05)
    table = ld_decay(genotypes(values, chrom=np.repeat(["1", "2"], 100), pos=np.arange(1, 201)))
    last = table.iloc[-1]
    assert last["chrom"] == ""
    whole, parts = (
        table[table["distance"].notna() & keep] for keep in (table["chrom"] == "", table["chrom"] != "")
    )
    assert whole["pairs"].sum() == parts["pairs"].sum()
    means = [np.average(part["r2"], weights=part["pairs"]) for part in (whole, parts)]
    assert means[0] == pytest.approx(means[1])
    assert np.isnan(last["distance"])
    assert last["r2"] == pytest.approx(1 / 400, rel=0.3)
    assert table["distance"].iloc[:-1].notna().all()


def test_rare_and_constant_markers_take_no_part():
    values = np.zeros((40, 50), np.int8)
    values[:20, 0] = 1
    assert ld_decay(genotypes(values)).empty


# --- relationships


def mapped(data):
    return relationship_map(data.samples, relationship_matrix(data))


def families(lines=90, markers=400):
    """Three families, lines in turn."""
    rng = np.random.default_rng(6)
    frequency = np.clip(rng.random((markers, 3)), 0.05, 0.95)
    return rng.binomial(2, frequency[:, np.arange(lines) % 3]).astype(np.int8)


def test_families_become_blocks():
    table = mapped(genotypes(families(lines=60)))
    assert len(table) == 60 * 61 // 2
    matrix = np.zeros((60, 60))
    matrix[table["down"], table["across"]] = matrix[table["across"], table["down"]] = table["relationship"]
    related = matrix > 0
    # Sorted by family: each row is related to one run of neighbours, a third of all.
    assert (np.abs(np.diff(related.astype(int), axis=1)).sum(axis=1) <= 2).all()
    assert related.mean() == pytest.approx(1 / 3)


def test_cells_hold_every_line_and_average_the_matrix():
    values = families(lines=100)
    table = mapped(genotypes(values))
    assert table.query("down == across")["lines_down"].sum() == 100
    # The mean over all pairs of centred products is 0; the table has it to four decimals a cell.
    weights = table["lines_down"] * table["lines_across"] * np.where(table["down"] == table["across"], 1, 2)
    assert weights.sum() == 100**2
    assert np.average(table["relationship"], weights=weights) == pytest.approx(0, abs=1e-4)


def test_order_of_lines_makes_no_difference_to_who_is_shown(monkeypatch):
    monkeypatch.setattr(structure, "LINES", 30)
    data = genotypes(families())
    order = np.random.default_rng(0).permutation(90)
    found = [mapped(part).query("down == across") for part in (data, data.select(samples=order))]
    assert all(table["lines_down"].sum() == 30 for table in found)
    assert found[0]["relationship"].sum() == pytest.approx(found[1]["relationship"].sum(), abs=1e-3)


@pytest.mark.parametrize("lines", [1, 2, 3])
def test_few_lines_have_a_picture_too(lines):
    table = relationship_map(np.array(["a", "b", "c"][:lines]), np.eye(lines))
    assert len(table) == lines * (lines + 1) // 2


def test_features_are_related_by_their_standardised_values():
    values = np.random.default_rng(8).normal(size=(300, 20)).astype(np.float32)
    values[3] = 7
    table = mapped(genotypes(values, None))
    assert table.query("down == across")["relationship"].mean() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("dosage", [0, 1, 2])
def test_no_picture_of_markers_that_do_not_vary(dosage):
    with pytest.raises(UserError, match="no marker varies"):
        relationship_matrix(genotypes(np.full((5, 4), dosage, np.int8)))


@pytest.mark.parametrize("ploidy", [2, None])
def test_components_are_those_of_the_markers(ploidy):
    values = families(lines=40) if ploidy else np.random.default_rng(3).normal(size=(90, 40)).astype("f")
    scores, shares = principal_components(relationship_matrix(genotypes(values, ploidy)))
    rows = values.T.astype(float) - values.mean(axis=1, dtype=float)
    if ploidy is None:
        rows /= rows.std(axis=0)
    left, singular, _ = np.linalg.svd(rows, full_matrices=False)
    assert shares == pytest.approx((singular**2 / (singular**2).sum())[:2])
    for component in range(2):
        assert abs(np.corrcoef(scores[:, component], left[:, component])[0, 1]) == pytest.approx(1)
        assert scores[np.abs(scores[:, component]).argmax(), component] > 0


# --- size


def test_tables_stay_small_whatever_the_size_of_the_dataset(shared, tmp_path):
    data = read_genotypes(shared / "data" / "mouse_hs1940" / "genotypes.vcf.gz", Reading())
    tables = [distributions(data), marker_density(data.variants), ld_decay(data), mapped(data)]
    size = sum(len(table.to_csv(sep="\t", index=False)) for table in tables)
    assert size < 100_000
    assert all(isinstance(table, pd.DataFrame) and len(table) for table in tables)


# --- clusters


def drifted(n=60, p=300, count=5, seed=3):
    """Lines from distinct families, and the family of each."""
    rng = np.random.default_rng(seed)
    family = rng.integers(0, count, n)
    values = rng.binomial(2, rng.uniform(0.05, 0.95, (count, p))[family]).astype(np.int8).T
    values[rng.random((p, n)) < 0.05] = -1
    return genotypes(np.ascontiguousarray(values)), family


def partition(labels, names):
    """Sets of names that share a label."""
    return {frozenset(names[labels == label]) for label in np.unique(labels)}


def test_clusters_find_families_and_are_numbered_by_size():
    data, family = drifted()
    found = clusters(data, 5)
    assert partition(found, data.samples) == partition(family, data.samples)
    assert (np.diff(np.bincount(found)[1:]) <= 0).all()


@pytest.mark.parametrize("number", [3, 8, 20])
def test_clusters_equal_those_of_another_program(number):
    data, _ = drifted(count=4)
    values, vectors = np.linalg.eigh(relationship_matrix(data))
    scores = vectors * np.sqrt(np.maximum(values, 0))
    expected = AgglomerativeClustering(number, linkage="ward").fit_predict(scores)
    assert partition(clusters(data, number), data.samples) == partition(expected, data.samples)


def test_clusters_do_not_depend_on_the_order_of_lines():
    data, _ = drifted()
    order = np.random.default_rng(1).permutation(data.n_samples)
    shuffled = genotypes(np.ascontiguousarray(data.dosages[:, order]))
    shuffled.samples = data.samples[order]
    assert clusters(shuffled, 12).tolist() == clusters(data, 12)[order].tolist()


# --- more lines than a matrix may have


def test_tables_without_a_matrix_are_those_with_one(monkeypatch):
    whole, _ = drifted()
    features = genotypes(np.log1p(np.maximum(whole.dosages, 0)).astype(np.float32), ploidy=None)
    for one in (whole, features):
        exact, shares = structure_tables(one, [""] * one.n_samples)
        with monkeypatch.context() as few:
            few.setattr(structure, "LARGE", 10)
            few.setattr(structure_streamed, "TOLERANCE", 1e-7)
            tables, streamed = structure_tables(one, [""] * one.n_samples)
        assert streamed == pytest.approx(shares, rel=1e-4)
        for name, table in tables.items():
            pd.testing.assert_frame_equal(table, exact[name], rtol=1e-3, atol=2e-4)


def test_lines_beside_the_matrix_join_their_family(monkeypatch):
    whole, _ = drifted()
    exact = clusters(whole, 5)
    monkeypatch.setattr(structure, "LARGE", 30)
    assert (clusters(whole, 5) == exact).all()
    order = np.random.default_rng(1).permutation(whole.n_samples)
    assert (clusters(whole.select(order), 5) == exact[order]).all()


def test_no_matrix_of_markers_that_do_not_vary(monkeypatch):
    monkeypatch.setattr(structure, "LARGE", 2)
    with pytest.raises(UserError, match="no marker varies"):
        structure_tables(genotypes(np.ones((5, 4), np.int8)), [""] * 4)


@pytest.mark.parametrize(("n", "rank", "count"), [(50, 90, 50), (200, 20, 15), (300, 300, 4), (2, 5, 2)])
def test_leading_vectors_are_those_of_the_whole_decomposition(n, rank, count):
    random = np.random.default_rng(3)
    roots = random.normal(size=(n, rank)) * 0.9 ** np.arange(rank)
    matrix = roots @ roots.T
    found = leading(lambda values: matrix @ values, n, count)
    values, vectors = np.linalg.eigh(matrix)
    np.testing.assert_allclose(found.values, values[::-1][:count], rtol=1e-6, atol=1e-9 * values[-1])
    kept = found.values > 1e-4 * values[-1]
    cosines = np.abs(np.sum(found.vectors * vectors[:, ::-1][:, :count], axis=0))
    np.testing.assert_allclose(cosines[kept], 1, atol=1e-6)
    assert found.residual < 1e-9
