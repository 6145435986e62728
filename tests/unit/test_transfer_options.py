"""What the configuration says of a transfer before anything runs."""

import re
from types import SimpleNamespace

import pytest

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.cost.transfer_sizes import training_sizes
from dnngp.genotypes.file_formats import unplaced_markers
from dnngp.plan import Plan


@pytest.fixture
def config(tmp_path):
    """Two datasets of 60 and 40 lines, the second with groups in a table of samples and a mapped trait."""
    for name, count, trait, markers in (("a", 60, "yield", "m1,m2"), ("b", 40, "kg", "m2,m3")):
        lines = [f"{name}{i}" for i in range(count)]
        (tmp_path / f"{name}_g.csv").write_text(
            f"id,{markers}\n" + "".join(f"{id},{i % 3},{(i + 1) % 3}\n" for i, id in enumerate(lines))
        )
        (tmp_path / f"{name}_p.csv").write_text(
            f"id,{trait},score\n" + "".join(f"{id},{i}.5,{i % 2}\n" for i, id in enumerate(lines))
        )
        (tmp_path / f"{name}_s.csv").write_text(
            "id,family\n" + "".join(f"{id},{'x' if i < count - 10 else 'y'}\n" for i, id in enumerate(lines))
        )

    def made(name, **options):
        files = {"genotypes": tmp_path / f"{name}_g.csv", "phenotypes": tmp_path / f"{name}_p.csv"}
        return {"name": name, **{key: str(path) for key, path in files.items()}, **options}

    def with_entry(entry, **options):
        datasets = [
            made("a", traits=["yield"]),
            made(
                "b",
                traits=["kg", "score"],
                trait_types={"score": "binary"},
                samples_file=str(tmp_path / "b_s.csv"),
                groups="family",
            ),
        ]
        defaults = {"methods": ["gblup", "mean"], "cv": {"folds": 5}, "datasets": datasets}
        return defaults | options | {"transfer": {"there": entry}}

    return with_entry


GOOD = {"sources": ["a"], "target": {"dataset": "b", "trait": "kg"}, "trait": "yield", "added": [0, 20]}


def test_a_transfer_is_read_with_its_defaults(config):
    whole = read_configuration(config(GOOD))
    (transfer,) = whole.transfers.values()
    assert (transfer.target.trait, transfer.sources[0].trait) == ("kg", "yield")
    assert (transfer.models, transfer.datasets) == (["gblup", "mean"], ["b", "a"])
    plan = Plan(whole)
    assert len(plan.transfer_fits()) == 2 * 5
    assert plan.transfer_fits()[0].path("scores.tsv") == "<results>/transfer/there/gblup/r1.scores.tsv"
    assert plan.transfer_phenotypes("there") == [
        "<results>/a/yield/phenotype.tsv",
        "<results>/b/kg/phenotype.tsv",
    ]
    assert Plan(read_configuration(config(GOOD) | {"transfer": {}})).transfer_tables == []


def test_the_sizes_of_the_fits_are_known_beforehand(config):
    """All lines of the source, then with 20 of the target, and those alone; tested lines are left out."""
    whole = read_configuration(config(GOOD))
    assert list(training_sizes(whole.transfers["there"], whole.datasets, {})) == [60, 80, 20]
    simulated = {"name": "c", "simulate": {"samples": 100, "traits": {"x": {}, "y": {}}}}
    entry = {"sources": [{"dataset": "c", "trait": "x"}], "target": {"dataset": "c", "trait": "y"}}
    whole = read_configuration(config(entry | {"added": [10], "tested": 30}, datasets=[simulated]))
    sizes = {"c": SimpleNamespace(with_trait={"x": 100, "y": 100})}
    assert list(training_sizes(whole.transfers["there"], whole.datasets, sizes)) == [80, 10]


PARTS = {"sources": [{"dataset": "b", "groups": ["x"]}], "target": {"dataset": "b", "groups": ["y"]}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sources": ["c"]}, "there is no dataset 'c'"),
        ({"trait": "height"}, r"sources\[1\]: a has no trait 'height'"),
        ({"target": "b", "trait": None}, r"target: b has several traits \(kg, score\)"),
        ({"target": {"dataset": "b", "trait": "score"}}, "continuous traits, and score of b is binary"),
        ({"sources": ["b"], "trait": "kg"}, r"sources\[1\] has the values of the target"),
        ({"sources": ["a", "a"]}, r"sources\[2\] holds values that a source before it has"),
        ({"added": [0, 30]}, "the target has 40 lines with a value; where 30 join the training, 10 are left"),
        ({"added": [5]}, "is too few to say where a population lies"),
        ({"models": ["rkhs"]}, "'rkhs' is neither in `methods` nor in `models`"),
        ({"sources": [{"dataset": "a", "groups": ["x"]}]}, "a has no `groups`"),
        (
            PARTS | {"trait": "kg", "target": {"dataset": "b", "groups": ["w"]}},
            "b has no group 'w' \\(family\\)",
        ),
        (PARTS | {"trait": "kg", "added": [0]}, "target has 10 lines with a value; where 0 join"),
        ({"sources": [{"dataset": "a", "environment": "north"}]}, "for a dataset with `environments`"),
        ({"target": {"dataset": "b", "trait": "kg", "groups": ["x"], "clusters": ["1"]}}, "are both there"),
    ],
)
def test_what_cannot_be_is_said_before_anything_runs(config, changes, message):
    with pytest.raises(UserError, match=r"transfer\.there") as error:
        read_configuration(config(GOOD | changes))
    assert re.search(message, str(error.value)), str(error.value)


def test_datasets_without_a_common_marker_or_of_other_ploidy_are_refused(config, tmp_path):
    entry = config(GOOD)
    path = tmp_path / "a_g.csv"
    path.write_text(path.read_text().replace("m1,m2", "n1,n2"))
    with pytest.raises(UserError, match=r"no marker of b \(m2, m3\) is in a \(n1, n2\)"):
        read_configuration(entry)
    entry["datasets"][0]["ploidy"] = 4
    with pytest.raises(UserError, match=r"of different ploidy \(b 2, a 4\)"):
        read_configuration(entry)


def test_tables_with_positions_need_no_ids_in_common(tmp_path):
    """Their markers are matched by chromosome and position."""
    path = tmp_path / "g.csv"
    path.write_text("id,chrom,pos,s1,s2\nq1,1,100,0,2\nq2,1,200,1,1\n")
    assert unplaced_markers(path, "auto", "columns") == []
    path.write_text("id,s1,s2\nq1,0,2\nq2,1,1\n")
    assert unplaced_markers(path, "auto", "columns") == ["q1", "q2"]
