"""Crosses: gametes, variances of offspring in closed form and simulated, and the best plan."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from dnngp.base.errors import UserError
from dnngp.base.tables.catalogue import TABLES
from dnngp.config import read_configuration
from dnngp.cost.estimates import COSTS, MATING_START, OFFSPRING, Costs, Estimator
from dnngp.cost.machine_speed import MachineSpeed
from dnngp.genotypes.genetic_map import genetic_positions
from dnngp.genotypes.meiosis import KINDS, offspring, recombination
from dnngp.genotypes.simulate import simulate
from dnngp.prediction.bundle_training import train
from dnngp.prediction.cross_plan import best_plan
from dnngp.prediction.cross_variance import cross_variances
from dnngp.prediction.mating import crosses_of, every_cross, intensity
from dnngp.prediction.mating_parents import Parents
from dnngp.prediction.offspring_predictions import additive_effects, of_offspring
from dnngp.report.prediction_page import prediction_page
from dnngp.report.prediction_parts.mating import parents

P = 60
CHROM = np.repeat(["1", "2", "3"], P // 3)
MORGANS = np.tile(np.linspace(0, 1, P // 3), 3)


def population(seed, inbred=True, k=5):
    """Parents at linked markers, and effects of two traits."""
    rng = np.random.default_rng(seed)
    rows = 2 * rng.integers(0, 2, (k, P)) if inbred else rng.integers(0, 3, (k, P))
    parents = Parents([f"p{n}" for n in range(k)], rows.astype(np.int8), np.eye(k), CHROM, MORGANS)
    return parents, rng.normal(size=(P, 2))


@pytest.mark.parametrize("inbred", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_closed_form_is_the_variance_of_truly_simulated_offspring(kind, inbred):
    """Of the true effects: within 2 % in the standard deviation of 20,000 offspring."""
    parents, effects = population(1, inbred)
    pair = parents.crosses[:1]
    rate = recombination(CHROM, np.diff(MORGANS))
    expected = cross_variances(parents.rows, pair, effects, rate, kind)[0] ** 0.5
    made = offspring(np.random.default_rng(2), *parents.rows[pair[0]], kind, 20_000, rate)
    values = made @ effects
    assert values.std(axis=0) == pytest.approx(expected, rel=0.02, abs=1e-9)
    assert values.mean(axis=0) == pytest.approx(parents.rows[pair[0]].mean(axis=0) @ effects, abs=0.3)
    if kind in ("dh", "ril"):
        assert set(np.unique(made)) <= {0, 2}


def test_the_closed_form_is_the_sum_over_pairs_of_markers():
    parents, effects = population(6)
    rate = recombination(CHROM, np.diff(MORGANS))
    linkage = np.exp(-2 * np.abs(MORGANS[:, None] - MORGANS)) * (CHROM[:, None] == CHROM)
    apart = (parents.rows[0] - parents.rows[1]) / 2 * effects[:, 0]
    for kind, left in (("dh", linkage), ("ril", linkage / (2 - linkage)), ("f2", linkage / 2)):
        found = cross_variances(parents.rows, parents.crosses[:1], effects, rate, kind)
        assert found[0, 0] == pytest.approx(apart @ left @ apart, rel=1e-12)


def test_recombination_between_neighbours_is_haldanes():
    rate = recombination(np.array(["1", "1", "2"]), np.array([0.1, 5.0]))
    assert rate == pytest.approx([0.5, (1 - np.exp(-0.2)) / 2, 0.5])
    parents = np.array([[2, 2], [0, 0]], np.int8)
    made = offspring(np.random.default_rng(3), *parents, "ril", 20_000, np.array([0.5, rate[1]]))
    parted = (made[:, 0] != made[:, 1]).mean()
    assert parted == pytest.approx(2 * rate[1] / (1 + 2 * rate[1]), abs=0.01)


def test_additive_predictions_have_effects_and_others_are_simulated():
    parents, effects = population(4)

    def additive(rows):
        return 3 + rows @ effects

    found = additive_effects(additive, parents, ["seed"])
    varied = (parents.rows != parents.rows[0]).any(axis=0)
    assert found[varied] == pytest.approx(effects[varied])

    def dominant(rows):
        return additive(rows) + ((rows == 1) @ effects) ** 2

    def epistatic(rows):
        return additive(rows) + 0.01 * (rows[:, :1] * rows[:, 1:2])

    assert additive_effects(dominant, parents, ["seed"]) is None
    assert additive_effects(epistatic, parents, ["seed"]) is None


def test_simulation_and_effects_agree():
    parents, effects = population(5)
    wish = {"offspring": "dh", "simulated": 2000, "selected_fraction": 0.1}

    def additive(rows):
        return rows @ effects

    exact = every_cross(additive, parents, wish, [1, -1], ["seed"])
    mean, sd = of_offspring(additive, parents, "dh", 2000, ["seed"])
    assert exact.sd_from == "effects"
    assert sd == pytest.approx(exact.sd, rel=0.08)
    assert mean == pytest.approx(exact.mean, abs=0.5)
    # What is drawn for a cross does not depend on the others.
    fewer = Parents(parents.names[2:4], parents.rows[2:4], np.eye(2), CHROM, MORGANS)
    cross = [pair.tolist() for pair in parents.crosses].index([2, 3])
    assert of_offspring(additive, fewer, "dh", 2000, ["seed"])[1][0] == pytest.approx(sd[cross])
    i = intensity(0.1)
    assert i == pytest.approx(1.755, abs=0.001)
    assert exact.usefulness[:, 0] == pytest.approx(exact.mean[:, 0] + i * exact.sd[:, 0])
    assert exact.usefulness[:, 1] == pytest.approx(exact.mean[:, 1] - i * exact.sd[:, 1])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("limits", [(None, None), (0.0, None), (None, 2), (0.05, 2)])
def test_the_plan_is_the_best_of_all(seed, limits):
    rng = np.random.default_rng(seed)
    crosses = np.array(list(combinations(range(5), 2)))
    usefulness, kinship = rng.normal(size=10), rng.normal(scale=0.2, size=10)

    def allowed(rows):
        most = np.bincount(crosses[rows].ravel()).max()
        return (limits[0] is None or kinship[rows].mean() <= limits[0]) and (
            limits[1] is None or most <= limits[1]
        )

    every = [list(rows) for rows in combinations(range(10), 4) if allowed(list(rows))]
    if not every:
        with pytest.raises(UserError):
            best_plan(usefulness, crosses, kinship, 4, *limits)
        return
    plan = best_plan(usefulness, crosses, kinship, 4, *limits)
    assert allowed(plan)
    assert len(set(plan)) == 4
    assert usefulness[plan].sum() == pytest.approx(max(usefulness[rows].sum() for rows in every))
    assert (np.diff(usefulness[plan]) <= 0).all()


def test_the_limit_that_no_plan_keeps_is_named():
    crosses = np.array(list(combinations(range(4), 2)))
    with pytest.raises(UserError, match=r"at most 2 of a parent keep `mating.max_kinship: -1`; .* is 0.200"):
        best_plan(np.zeros(6), crosses, np.full(6, 0.2), 4, -1.0, 2)
    with pytest.raises(UserError, match=r"no 3 crosses among 4 parents keep `mating.max_contributions: 1`"):
        best_plan(np.zeros(6), crosses, np.full(6, 0.2), 3, 0.5, 1)


def test_places_on_a_genetic_map(tmp_path):
    variants = pd.DataFrame(
        {"chrom": ["1", "1", "2"], "pos": [2_000_000, 5_000_000, 1_000_000], "id": ["a", "b", "c"]}
    )
    assert genetic_positions(variants, None, 2.0)[1] == pytest.approx([0.04, 0.1, 0.02])
    path = tmp_path / "map.tsv"
    path.write_text("chr\tpos\tcM\n1\t1000000\t10\n1\t3000000\t30\n2\t500000\t0\n2\t1500000\t8\n")
    assert genetic_positions(variants, path)[1] == pytest.approx([0.2, 0.5, 0.04])
    path.write_text("chr\tpos\tcM\n1\t1000000\t10\n2\t500000\t0\n")
    with pytest.raises(UserError, match="chromosome 1 has a single place, from which no distances follow"):
        genetic_positions(variants, path)
    path.write_text("marker,chrom,cm\nb,1,7\na,1,3\nc,2,1\n")
    assert genetic_positions(variants, path)[1] == pytest.approx([0.03, 0.07, 0.01])
    path.write_text("marker,chrom,cm\nb,1,7\na,1,3\n")
    with pytest.raises(UserError, match="1 of 3 markers are not on the genetic map"):
        genetic_positions(variants, path)
    with pytest.raises(UserError, match="1 of 3 markers are not with chromosome and position"):
        genetic_positions(variants.assign(pos=[0, 1, 2]), None, 1.0)
    path.write_text("marker,chrom\nb,1\n")
    with pytest.raises(UserError, match=r"map.tsv, line 1: a genetic map has the columns chrom, cm"):
        genetic_positions(variants, path)
    path.write_text("marker,chrom,cm\nb,1,far\n")
    with pytest.raises(UserError, match=r"map.tsv, line 2: cm is 'far', which is no number"):
        genetic_positions(variants, path)


def test_a_genetic_map_by_names_has_the_chromosomes_as_well(tmp_path):
    """Markers of a table have none of their own: without the map's, all would be linked."""
    variants = pd.DataFrame({"chrom": "", "pos": 0, "id": ["a", "b", "c"]})
    path = tmp_path / "map.tsv"
    path.write_text("marker,chrom,cm\nb,2,7\na,1,3\nc,1,8\n")
    chroms, morgans = genetic_positions(variants, path)
    assert chroms.tolist() == ["1", "2", "1"]
    assert morgans == pytest.approx([0.03, 0.07, 0.08])
    path.write_text("marker,chrom,cm\nb,2,7\na,1,3\nc,1,8\nc,2,8\n")
    with pytest.raises(UserError, match="the marker 'c' has two places"):
        genetic_positions(variants, path)


@pytest.fixture(scope="module")
def nursery():
    """A simulated population, and bundles of two methods."""
    settings = {
        **{"samples": 90, "markers": 120, "chromosomes": 2, "founders": 8, "populations": 1},
        **{"missing": 0.01, "inbred": True, "held_back": 30},
        "traits": {"yield": {"h2": 0.7, "architecture": "additive", "qtl": 20}},
    }
    simulation = simulate("nursery", settings, 1)
    genotypes = simulation.genotypes
    phenotype = simulation.phenotypes.set_index("id")["yield"].reindex(genotypes.samples)
    how = {"encoding": {"name": "additive"}, "params": {}, "maf": 0.0, "names": ("seed",)}
    bundles = {
        method: train(genotypes, phenotype, method=method, about={"trait": "yield"}, **how)
        for method in ("gblup", "rkhs")
    }
    return genotypes, bundles


def planned(nursery, method="gblup", sign=1, **changes):
    genotypes, bundles = nursery
    bundle = bundles[method]
    match = bundle.match(genotypes, 0.75, "g")
    options = {
        **{"parents": 6, "number": 4, "offspring": "dh", "simulated": 400, "selected_fraction": 0.1},
        **{"max_kinship": None, "max_contributions": 2, "genetic_map": None, "cm_per_mb": 1.0},
    }
    return crosses_of(
        *(bundle.predict(genotypes, match, 0.9).assign(trait="yield"), {"yield": bundle}, genotypes),
        options | changes,
        weights={"yield": sign},
        signs={"yield": sign},
        by_index=False,
        selected=None,
        path="g",
        min_markers=0.75,
        min_agreement=0.7,
        names=("seed",),
    )


def test_crosses_of_the_best_lines_are_planned(nursery):
    mating, plan, summary = planned(nursery)
    assert len(mating) == 15
    assert set(mating["sd_from"]) == {"effects"}
    assert mating["usefulness"].is_monotonic_decreasing
    assert len(plan) == mating["planned"].sum() == 4
    assert max(plan["crosses_1"].max(), plan["crosses_2"].max()) <= 2
    assert plan["usefulness"].tolist() == mating.loc[mating["planned"], "usefulness"].tolist()
    sets = summary.set_index("plan")
    assert sets.loc["without limits", "usefulness"] >= sets.loc["within limits", "usefulness"]
    assert sets.loc["within limits", "most_crosses"] <= 2
    for name, table in (("mating", mating), ("mating_plan", plan), ("mating_summary", summary)):
        assert list(table) == TABLES[name].names
    lowest, _, _ = planned(nursery, sign=-1)
    assert (lowest["usefulness"] < lowest["mean"]).all()
    assert lowest["usefulness"].is_monotonic_increasing
    assert lowest["mean"].max() < mating["mean"].min()


def test_offspring_of_any_method_are_simulated(nursery):
    mating, _, _ = planned(nursery, "rkhs")
    exact, _, _ = planned(nursery)
    assert set(mating["sd_from"]) == {"simulation"}
    both = mating.merge(exact, on=["parent_1", "parent_2"])
    assert len(both) > 5
    assert both["sd_x"].corr(both["sd_y"]) > 0.8
    assert planned(nursery, "rkhs")[0].equals(mating)


def test_parents_by_name(nursery):
    names = nursery[0].samples[[3, 5, 70]].tolist()
    mating, plan, _ = planned(nursery, parents=names, number=2, offspring="ril")
    assert set(mating["parent_1"]) | set(mating["parent_2"]) == set(names)
    assert len(plan) == 2
    with pytest.raises(UserError, match=r"mating.parents: 'nobody' has no genotypes here"):
        planned(nursery, parents=[*names, "nobody"])
    with pytest.raises(UserError, match="100 parents are wanted out of 90"):
        planned(nursery, parents=100)


def test_markers_without_chromosomes_are_crossed_as_those_that_have_them(nursery, tmp_path):
    genotypes, bundles = nursery
    table = genotypes.variants.assign(cm=genotypes.variants["pos"] / 1e6)
    path = tmp_path / "map.csv"
    table.rename(columns={"id": "marker"})[["marker", "chrom", "cm"]].to_csv(path, index=False)
    bare = replace(genotypes, variants=genotypes.variants.assign(chrom="", pos=0))
    bundle = replace(bundles["gblup"], markers=bundles["gblup"].markers.assign(chrom="", pos=0))
    told = planned((bare, {"gblup": bundle}), cm_per_mb=None, genetic_map=str(path))[0]
    placed = planned(nursery)[0]
    assert told["sd"].to_numpy() == pytest.approx(placed["sd"].to_numpy(), rel=1e-9)


def test_the_page_shows_plan_and_map(nursery):
    mating, plan, summary = planned(nursery)
    tables = {"mating": mating, "mating_plan": plan, "mating_summary": summary}
    told = dict.fromkeys(("name", "dataset", "model", "scheme"), "x")
    page = prediction_page(tables, **told, level=0.9)
    assert "<h2>Crosses</h2>" in page
    assert f"<td>{plan['parent_1'][0]}</td>" in page
    assert page.count("<svg") == 1
    assert "http" not in page.replace("http-equiv", "")
    assert parents(mating)[0] == mating["parent_1"].value_counts().index[0]
    assert len(parents(mating)) == 6


def problems(**mating):
    traits = {"yield": {"h2": 0.5}, "height": {"h2": 0.5}}
    dataset = {"name": "peas", "simulate": {"traits": traits}, **mating.pop("dataset", {})}
    entry = {"dataset": "peas", "candidates": "unphenotyped", "traits": ["yield"], **mating.pop("entry", {})}
    config = {"datasets": [dataset], "methods": ["gblup"], "predict": {"new": entry | {"mating": mating}}}
    with pytest.raises(UserError) as caught:
        read_configuration(config)
    return str(caught.value)


@pytest.mark.parametrize(
    ("mating", "words"),
    [
        ({"parents": 5}, "mating: gametes need genetic positions. Give either `genetic_map`"),
        ({"parents": 5, "cm_per_mb": 1.0, "number": 11}, "5 parents have 10 crosses, fewer than 11"),
        (
            {"parents": 5, "cm_per_mb": 1.0, "number": 8, "max_contributions": 3},
            "5 parents in at most 3 crosses each make 7, fewer than `number: 8`",
        ),
        ({"cm_per_mb": 1.0}, "mating.parents: `selected` needs `select`"),
        (
            {"cm_per_mb": 1.0, "entry": {"traits": "all"}},
            "mating: of 2 traits there is no order of crosses. Give an index",
        ),
        ({"parents": 5, "genetic_map": "no.tsv"}, "the file no.tsv does not exist (`mating.genetic_map`"),
        (
            {"parents": 5, "cm_per_mb": 1.0, "dataset": {"ploidy": 4}},
            "gametes are simulated of diploids alone",
        ),
        ({"parents": 1, "cm_per_mb": 1.0}, "predict.new.mating.parents: 1 is less than the minimum of 2"),
    ],
)
def test_what_cannot_be_planned_is_said_before_anything_runs(mating, words):
    assert words in problems(**mating)


def test_parents_that_no_file_knows_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("g.csv").write_text("id,m1,m2\n" + "".join(f"s{n},{n % 3},{n % 2}\n" for n in range(30)))
    Path("p.csv").write_text("id,yield\n" + "".join(f"s{n},{n + 0.5}\n" for n in range(30)))
    mating = {"parents": ["s1", "s2", "s3", "s99x"], "number": 2, "cm_per_mb": 1.0}
    entry = {"dataset": "peas", "candidates": "g.csv", "mating": mating}
    dataset = {"name": "peas", "genotypes": "g.csv", "phenotypes": "p.csv"}
    config = {"datasets": [dataset], "methods": ["gblup"], "cv": {"folds": 3}, "predict": {"new": entry}}
    with pytest.raises(UserError, match=r"predict.new: mating.parents: 's99x' is not in g.csv"):
        read_configuration(config)
    mating |= {"parents": ["s1", "s2"], "number": 1, "cm_per_mb": None, "genetic_map": "map.csv"}
    Path("map.csv").write_text("marker,chrom\nm1,1\n")
    with pytest.raises(UserError, match=r"predict.new: map.csv, line 1: a genetic map has the columns chrom"):
        read_configuration(config)


def test_crosses_are_priced():
    """By all offspring: 190 crosses of 200, two traits."""
    example = Path(__file__).parents[2] / "config" / "examples" / "mating.yaml"
    config = read_configuration(yaml.safe_load(example.read_text()))
    estimator = Estimator(config, Costs.load(COSTS), MachineSpeed(1.0, 1.0))
    seconds, memory = estimator.job("mating", {"prediction": "crosses"})
    expected = MATING_START + OFFSPRING * 2 * 1000 * 38_000
    assert seconds * estimator.costs.speed.mixed == pytest.approx(expected)
    assert memory > 0
    assert not estimator.problems
