"""Whom to phenotype next: the choice, what it is compared with, and what is refused."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.prediction.bundle import Bundle
from dnngp.prediction.next_phenotypes import CHOSEN, DESIGNS, choice_of, phenotype_next
from dnngp.report.prediction_part import parts_of
from dnngp.report.prediction_parts.phenotype_next import PART

HERITABILITY = {"h2": 0.5, "lambda": 1.0, "trait": "yield"}


def lines(rng, names):
    """Genotypes of two families at 60 markers."""
    frequency = rng.uniform(0.1, 0.9, (2, 60))
    dosages = np.stack([rng.binomial(2, frequency[number % 2]) for number in range(len(names))], axis=1)
    blank = [""] * 60
    variants = variant_table(["1"] * 60, range(1, 61), blank, ["A"] * 60, ["G"] * 60)
    return Genotypes(np.array(names), variants, np.ascontiguousarray(dosages, np.int8), 2, {})


@pytest.fixture(scope="module")
def asked():
    """A bundle of 20 lines, and 30 candidates of which two are among them."""
    rng = np.random.default_rng(0)
    everyone = lines(rng, [f"l{number}" for number in range(48)])
    known = everyone.select(np.arange(20))
    bundle = Bundle("gblup", {}, {}, 0, [], known.variants, 2, known.samples.tolist(), known)
    return SimpleNamespace(bundle=bundle, training=known, candidates=everyone.select(np.arange(18, 48)))


def choose(asked, heritability=HERITABILITY, **options):
    options = {"number": 6, "targets": None, "h2": None, "clusters": 4} | options
    return choice_of(
        asked.bundle,
        asked.candidates,
        asked.training,
        options,
        heritability=heritability,
        path=Path("candidates.vcf"),
        min_markers=0.5,
        min_agreement=0.0,
    )


def test_new_candidates_are_chosen_and_beat_random_ones(asked):
    chosen, designs = phenotype_next(choose(asked), 6, "cdmean")
    assert chosen.columns.tolist() == CHOSEN
    assert designs.columns.tolist() == DESIGNS
    assert not {"l18", "l19"} & set(chosen["sample"])
    assert (chosen["determination_then"] > chosen["determination"]).all()
    by = designs.set_index("design")
    assert by["chosen"].eq("yes").tolist() == [False, True, False, False, False]
    assert by.loc["cdmean", "cdmean"] > by.loc["random", "cdmean_high"]
    assert by.loc["pevmean", "pevmean"] < by.loc["random", "pevmean_low"]
    assert by.loc["none", "cdmean"] < by.loc["random", "cdmean_low"]
    context = PART.context({"phenotype_next": chosen, "phenotype_next_designs": designs})
    assert context["mean"]["chosen"] == by.loc["cdmean", "cdmean"]


def test_a_list_of_targets_and_a_stated_heritability_change_the_choice(asked, tmp_path):
    listed = tmp_path / "targets.txt"
    listed.write_text("l30\nl31\nl32\n")
    choice = choose(asked, targets=str(listed), h2=0.2)
    assert choice.h2 == 0.2
    assert len(choice.of.targets) == 3
    chosen, _ = phenotype_next(choice, 3, "pevmean")
    assert set(chosen["sample"]) & {"l30", "l31", "l32"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"number": 40}, "40 of 28 candidates"),
        ({"heritability": HERITABILITY | {"h2": float("nan")}}, "REML finds no heritability of yield"),
        ({"heritability": HERITABILITY | {"h2": 1e-5}}, "phenotype_next.h2"),
    ],
)
def test_what_cannot_be_chosen_is_said(asked, options, message):
    with pytest.raises(UserError, match=message):
        choose(asked, **options)


def test_features_have_no_relationships(asked):
    candidates, training = (
        replace(one, ploidy=None, dosages=one.dosages.astype(np.float32))
        for one in (asked.candidates, asked.training)
    )
    bundle = replace(asked.bundle, ploidy=None, training=training)
    features = SimpleNamespace(bundle=bundle, candidates=candidates, training=training)
    with pytest.raises(UserError, match="these are a table of features"):
        choose(features)


def test_a_missing_call_beside_estimated_dosages_stays_missing(asked):
    """Calls of training lines are counts, -1 where missing; dosages of candidates are estimates."""
    known = asked.bundle.training
    dosages = known.dosages.copy()
    dosages[::7, ::3] = -1
    gaps = replace(known, dosages=dosages)
    estimated = replace(asked.candidates, dosages=asked.candidates.dosages.astype(np.float32))
    kernels = [
        choose(SimpleNamespace(bundle=replace(asked.bundle, training=gaps), training=gaps, candidates=one))
        for one in (asked.candidates, estimated)
    ]
    assert kernels[1].of.kernel == pytest.approx(kernels[0].of.kernel, abs=1e-6)


def configured(**changes):
    """Problems of a configuration."""
    dataset = {"name": "d", "species": "s", "simulate": {"traits": {"yield": {}, "height": {}}}}
    base = {"datasets": [dataset], "methods": ["gblup"]}
    with pytest.raises(UserError) as told:
        read_configuration(base | changes)
    return str(told.value)


def entry(**options):
    return {"new": {"dataset": "d", "candidates": "unphenotyped", "phenotype_next": options}}


def test_the_configuration_says_what_is_wrong():
    assert "predict.new: phenotype_next.trait: several traits are predicted. Name one of yield, height." in (
        configured(predict=entry())
    )
    assert "'yeild' is not among the traits predicted. Did you mean 'yield'?" in configured(
        predict=entry(trait="yeild")
    )
    assert "the file nowhere.txt does not exist (`phenotype_next.targets`" in configured(
        predict=entry(trait="yield", targets="nowhere.txt")
    )
    told = configured(prices={"line": 0, "marker": 0.1})
    assert told.count("\n") == 1
    assert "prices.line: 0 is no price" in told
    assert "Give two sizes or more of `samples` and `markers`" in configured(prices={"line": 1, "marker": 1})
    curve = {"learning_curve": {"samples": [20, 50], "markers": ["all"]}}
    assert "more of `markers` in `exp" in configured(prices={"line": 1, "marker": 1}, experiments=curve)
    sets = {"training_sets": {"samples": [500], "repeats": 9}}
    told = configured(experiments=sets)
    assert "experiments.training_sets.repeats: 9 of" in told
    assert "experiments.training_sets.samples: 500 is more than dataset d has" in told


def test_the_part_is_on_the_page_where_its_tables_are():
    tables = {"phenotype_next": None, "phenotype_next_designs": None}
    assert PART in parts_of(SimpleNamespace(tables=tables))
    assert PART not in parts_of(SimpleNamespace(tables={}))
