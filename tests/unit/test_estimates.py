"""What a run will cost: sizes from headers, prices by hand."""

import gzip
import inspect
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from threadpoolctl import threadpool_info, threadpool_limits

import estimate
from dnngp.base.jobs import job, used
from dnngp.base.tables import read_table
from dnngp.config import read_configuration
from dnngp.cost import machine_speed
from dnngp.cost.estimates import (
    ALIKE,
    COSTS,
    TARGETS,
    UNTHINNED,
    Costs,
    Estimator,
    Price,
    Size,
    compare,
    dataset_size,
    expected_epochs,
    features,
    job_of,
    report,
)
from dnngp.cost.machine_speed import MachineSpeed
from dnngp.genotypes.file_formats import count_variants
from dnngp.genotypes.parsing import table_headers
from dnngp.methods.networks.training import SETTLED
from dnngp.methods.registry import METHODS

ROOT = Path(__file__).parents[2]
LINES = [f"line{number}" for number in range(12)]


def vcf(markers):
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + "\t".join(LINES)
    rows = [f"1\t{number + 1}\tm{number}\tA\tT\t.\t.\t.\tGT" + "\t0/1" * 12 for number in range(markers)]
    return "\n".join([head, *rows]) + "\n"


def table(rows, columns, corner="id"):
    head = corner + "".join(f",{name}" for name in columns)
    return "\n".join([head, *(name + ",1" * len(columns) for name in rows)]) + "\n"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("looked_at", [64_000_000, 2000])
def test_markers_of_a_vcf_are_counted_or_extrapolated(tmp_path, monkeypatch, packed, looked_at):
    monkeypatch.setattr(table_headers, "LOOKED_AT", looked_at)
    path = tmp_path / "genotypes.vcf"
    text = vcf(400).encode()
    path.write_bytes(gzip.compress(text) if packed else text)
    counted = count_variants(path, 12)
    if looked_at > len(text):
        assert counted == 400
    elif not packed:  # a compressed file is read ahead; a small one tells nothing
        assert counted == pytest.approx(400, rel=0.5)


def test_markers_of_tables_and_plink_files(tmp_path):
    markers = [f"m{number}" for number in range(30)]
    (tmp_path / "rows.csv").write_text(table(LINES, markers))
    (tmp_path / "columns.csv").write_text(table(markers, LINES))
    (tmp_path / "p.bed").write_bytes(b"\x6c\x1b\x01")
    (tmp_path / "p.bim").write_text("1 m 0 1 A T\n" * 30)
    (tmp_path / "p.fam").write_text("\n".join(f"f {name} 0 0 0 0" for name in LINES))
    for name in ("rows.csv", "columns.csv", "p.bed"):
        assert count_variants(tmp_path / name, 12) == 30, name


def test_components_and_epochs_that_are_expected():
    assert features({"name": "additive"}, 100, 500) == 500
    assert features({"name": "pca", "components": 50}, 100, 500) == 50
    assert features({"name": "pca", "components": 500}, 100, 80) == 80
    assert features({"name": "pca"}, 100, 500) == 99
    assert 200 < features({"name": "pca", "variance": 0.95}, 540, 1279) < 280  # 238 on the wheat lines
    assert features({"name": "pca", "variance": 0.99}, 540, 1279) > features(
        {"name": "pca", "variance": 0.95}, 540, 1279
    )


def test_epochs_that_are_expected():
    training = {
        **{"epochs": 100, "members": 1, "patience": 20, "batch_size": 28, "inner_fraction": 0.1},
        **{"stopping": "refit", "settling_steps": 299, "later": 9, "min_updates": 0},
    }
    assert expected_epochs(training | {"epochs": 30, "stopping": "none"}, 190) == 30
    assert expected_epochs(training | {"epochs": 20, "stopping": "best"}, 190) == 20
    assert expected_epochs(training | {"members": 3, "epochs": 10}, 190) == 60
    assert expected_epochs(training | {"settling_steps": 0}, 190) == 58
    # 299 steps at momentum 0.99 leave a twentieth, as in training; seven steps an epoch.
    assert math.ceil(math.log(SETTLED) / math.log(0.99)) == 299
    assert expected_epochs(training, 190) == 2 * (43 + 20 + 9)
    # 2,000 updates of 7 an epoch are 286 epochs, and 58 epochs without a better one.
    assert expected_epochs(training | {"min_updates": 2000}, 190) == 2 * (43 + 58 + 9)
    assert expected_epochs(training | {"min_updates": 2000, "stopping": "none"}, 190) == 286
    assert expected_epochs(training | {"min_updates": 2000}, 5000) == expected_epochs(training, 5000)


#: Of the machine that the prices by hand are from, and of the one that asks.
SPEED = {"mixed": 0.1, "products": 0.01}


@pytest.fixture
def priced(tmp_path):
    """100 lines, 200 markers; a fold of gblup costs n p microseconds, one of dnngp a second an epoch."""
    config = read_configuration(
        {
            "datasets": [{"name": "peas", "simulate": {"samples": 100, "markers": 200}}],
            "methods": ["gblup", "dnngp"],
            "models": {
                "tuned": {"method": "svr", "tune": {"budget": 3}},
                "stack": {"method": "stack", "params": {"members": ["gblup", "svr"]}},
                "blocks": {"method": "block_ridge", "params": {"block_size": 50}},
            },
            "cv": {"folds": 5, "folds_per_job": 2, "marker_jobs": 4, "schemes": ["random"]},
            "predict": {"new": {"dataset": "peas", "candidates": "unphenotyped", "explain": {}}},
            "experiments": {
                "learning_curve": {"samples": [20, "all"], "markers": [50], "models": ["gblup"], "folds": 3}
            },
        },
    )
    models = {
        "gblup": {"cpu_s": {"n p": 1e-6}, "mb": {"1": 300}, "start_s": 2},
        "block_ridge": {"cpu_s": {"n p": 1e-6}, "mb": {"1": 300}, "start_s": 2},
        "svr": {"cpu_s": {"n": 0.1}, "mb": {"1": 350}, "start_s": 3},
        "dnngp": {
            **{"cpu_s": {"epochs": 1.0}, "mb": {"1": 600}, "start_s": 8, "shape_s": 0.5},
            "training": {
                **{"epochs": 100, "members": 1, "patience": 20, "batch_size": 28, "inner_fraction": 0.1},
                **{"stopping": "refit", "settling_steps": 0, "later": 5, "min_updates": 0},
            },
        },
    }
    rules = {"genotypes": {"cpu_s": {"1": 3, "n p": 1e-4}, "mb": {"1": 200, "n p": 1e-3}}}
    path = tmp_path / "costs.json"
    path.write_text(
        json.dumps(
            {"methods": models, "rules": rules, "snakemake": {"start_s": 3, "job_s": 0.1}, "speed": SPEED}
        )
    )
    return Estimator(config, Costs.load(path), MachineSpeed(**SPEED))


@pytest.mark.parametrize(
    ("method", "measured"), [("mean", 0.56), ("gblup", 0.84), ("heritability", 0.59), ("svr", 1.27)]
)
def test_small_jobs_are_priced_by_what_they_cost(method, measured):
    """On 60 lines and 200 markers, where a job is hardly more than its start; at the speed of the prices."""
    costs = Costs.load(COSTS)
    folds, method = (1, "gblup") if method == "heritability" else (3, method)
    price = costs.methods[method]
    assert 0.67 < (price.start + folds * price.seconds.predict(40, 200)) / measured < 1.5


def test_thinned_data_are_priced_as_such():
    size = Size(5000, 40000, {"yield": 4800, "height": 200})
    qc = {"thin": {"to": 2000}, "thin_samples": {"to": 300}}
    assert size.thinned(qc) == Size(300, 2000, {"yield": 300, "height": 200})
    assert size.thinned({"thin": None, "thin_samples": None}) == size


def cell(**wildcards):
    return {"dataset": "peas", "trait": "yield"} | wildcards


def test_jobs_are_priced_by_hand(priced):
    assert priced.size("peas") == Size(100, 200, {"yield": 100})
    assert priced.job("genotypes", {"dataset": "peas"}) == (pytest.approx(3 + 2), pytest.approx(220))
    fit = cell(scheme="random", repeat="1", block="1")
    assert priced.job("fit", fit | {"model": "gblup"}) == (pytest.approx(2 + 2 * 80 * 200e-6), 300)
    # Two folds of fifty epochs, a second each; the second fold has another number of components.
    assert priced.job("fit", fit | {"model": "dnngp"})[0] == pytest.approx(8 + 0.5 + 2 * 50)
    # Three settings on five inner folds of 64 lines, then the fit on 80.
    assert priced.job("fit", fit | {"model": "tuned"})[0] == pytest.approx(3 + 2 * (15 * 6.4 + 8))
    inner = 5 * (64 * 200e-6 + 6.4)
    assert priced.job("fit", fit | {"model": "stack"})[0] == pytest.approx(3 + 2 * (inner + 80 * 200e-6 + 8))
    # A quarter of the markers in all five folds, then two fits of five predictors from each of four blocks.
    part = {"dataset": "peas", "scheme": "random", "model": "blocks", "part": "1"}
    assert priced.job("marker_blocks", part) == (pytest.approx(2 + 5 * 80 * 200e-6 / 4), 300)
    assert priced.job("fit", fit | {"model": "blocks"})[0] == pytest.approx(2 + 2 * 80 * 20e-6)
    study = cell(model="gblup", markers="50", repeat="1")
    assert priced.job("experiment_fit", study | {"samples": "20"})[0] == pytest.approx(2 + 3 * 20 * 50e-6)
    assert priced.job("experiment_fit", study | {"samples": "all"})[0] == pytest.approx(2 + 3 * 80 * 50e-6)
    bundle = cell(scheme="random", model="gblup")
    assert priced.job("bundle", bundle)[0] == pytest.approx(2 + 100 * 200e-6)
    assert priced.job("explain", {"prediction": "new"})[0] == pytest.approx(2 + 100 * 200e-6)
    # Relationships as of five folds, a hundred times a hundred numbers written for each.
    exported = priced.job("export_r", cell(scheme="random"))[0]
    assert exported == pytest.approx(2 + 5 * (100 * 200e-6 + 1.6e-6 * 100**2))
    assert priced.job("heritability", cell())[0] == pytest.approx(2 + 100 * 200e-6)
    assert priced.job("all", {}) == (0, 0)
    assert not priced.problems
    assert priced.job("report", {}) == (0, 0)
    assert priced.problems == ["the jobs of report."]


def test_a_slower_machine_takes_longer(priced):
    wildcards = cell(scheme="random", repeat="1", block="1", model="gblup")
    slow = Estimator(priced.config, priced.costs, MachineSpeed(mixed=0.3, products=0.01))
    assert slow.job("fit", wildcards)[0] == pytest.approx(3 * priced.job("fit", wildcards)[0])


def test_training_takes_longer_where_products_of_matrices_do(priced):
    wildcards = cell(scheme="random", repeat="1", block="1", model="dnngp")
    slow = Estimator(priced.config, priced.costs, MachineSpeed(mixed=0.1, products=0.03))
    starts = 8 + 0.5  # of Python and TensorFlow, and to compile another number of components
    training = priced.job("fit", wildcards)[0] - starts
    assert slow.job("fit", wildcards)[0] == pytest.approx(starts + 3 * training)


def test_the_speed_of_this_machine_is_that_of_some_work():
    speed = MachineSpeed.measured()
    assert 0 < speed.products < speed.mixed * 100
    assert 0 < speed.mixed < 10


def test_the_speed_is_that_of_one_thread(monkeypatch):
    """Threads that wait spin: on a busy machine they were counted, and prices were 60 times too high."""
    threads = []
    monkeypatch.setattr(
        machine_speed,
        "cpu_seconds",
        lambda work: threads.extend(one["num_threads"] for one in threadpool_info()),
    )
    with threadpool_limits(2):
        MachineSpeed.measured()
    assert set(threads) == {1}


def test_what_has_no_price_is_told(priced, files_absent):
    wildcards = cell(scheme="random", repeat="1", block="1", model="gblup")
    bare = Estimator(priced.config, Costs({}, {}, (3.0, 0.1), priced.speed), priced.speed)
    assert bare.job("fit", wildcards) == (0, 0)
    assert "the method gblup" in bare.problems[0]
    bands = {"name": "additive", "omics": "bands"}
    assert priced.fold("gblup", [{"name": "additive"}, bands], {}, 80, 200) == (0, 0, 0, 0)
    assert "fits that read layers beside the markers." in priced.problems
    absent = Estimator(files_absent, priced.costs, priced.speed)
    assert absent.job("fit", wildcards | {"dataset": "gone"}) == (0, 0)
    assert "is not there yet" in absent.problems[0]
    text = report(bare, [("fit", wildcards)], 2)
    assert "1 jobs, 0.00 CPU hours (3 CPU s)" in text
    assert "Not priced: the method gblup; `./run bench costs gblup` prices it." in text
    beside = compare(bare, [("fit", wildcards, 5.0, 310.0)]).set_index("rule")
    assert beside.loc["fit", ["estimated_cpu_s", "estimated_mb", "ratio"]].isna().all()
    assert beside.loc["fit", "measured_cpu_s"] == 5
    assert beside.loc["all", "jobs"] == 0


def test_every_rule_has_a_price():
    """Of its own, or that of another; how long a download takes, nobody knows."""
    texts = [path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk")]
    rules = {name for text in texts for name in re.findall(r"^ *rule (\w+):", text, re.MULTILINE)}
    by_name = {name for name in rules if f'"{name}"' in inspect.getsource(Estimator._job)}
    priced = json.loads(COSTS.read_text())["rules"]
    known = {name for name in rules if ALIKE.get(name, name) in priced}
    assert rules - known - by_name - {*TARGETS, *UNTHINNED} == {"fetch"}


def test_the_dearest_jobs_stand_first(priced):
    jobs = [("genotypes", {"dataset": "peas"}), ("controls", {"dataset": "peas"})]
    assert priced.job(*jobs[0]) < priced.job(*jobs[1])
    lines = report(priced, jobs, 2).splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["controls", "genotypes"]


@pytest.fixture
def files_absent(tmp_path, monkeypatch):
    """A configuration whose files are gone."""
    monkeypatch.chdir(tmp_path)
    Path("g.csv").write_text(table(LINES, ["a", "b"]))
    # A line without genotypes and one without the second trait.
    heights = ["NA", *range(len(LINES) - 1)]
    known = zip([*LINES[1:], "stranger"], heights, strict=True)
    known = "".join(f"{name},{len(name)}.5,{height}\n" for name, height in known)
    Path("p.csv").write_text(f"id,yield,height\n{known}")
    raw = {"datasets": [{"name": "gone", "genotypes": "g.csv", "phenotypes": "p.csv"}], "cv": {"folds": 3}}
    config = read_configuration(raw)
    assert dataset_size(config.datasets["gone"]) == Size(12, 2, {"yield": 11, "height": 10})
    Path("g.csv").unlink()
    return config


def test_a_table_adds_up_and_says_how_far_off_it_was(priced):
    fit = cell(scheme="random", model="gblup", repeat="1")
    jobs = [("fit", fit | {"block": str(block)}) for block in (1, 2, 3)] + [
        ("genotypes", {"dataset": "peas"})
    ]
    found = priced.table(jobs).set_index("rule")
    assert found["jobs"].to_dict() == {"fit": 3, "genotypes": 1}
    text = report(priced, jobs, 2)
    spent = sum(priced.job(*job)[0] for job in jobs) + 3 + 4 * 0.1
    assert f"4 jobs, 0.00 CPU hours ({spent:.0f} CPU s), at most 300 MiB a job" in text
    each = priced.job("fit", fit | {"block": "1"})[0]
    measured = [(*one, cost, 310.0) for one, cost in zip(jobs, [each / 2] * 3 + [5.0], strict=True)]
    beside = compare(priced, measured).set_index("rule")
    assert beside.loc["fit", "ratio"] == pytest.approx(2)
    assert beside.loc["genotypes", "ratio"] == pytest.approx(1)
    whole = (3 * each + 5) / (1.5 * each + 5)
    assert beside.loc["all", "ratio"] == pytest.approx(whole)
    assert report(priced, [], 2) == "Nothing to run: every result is there."


def test_logs_name_their_jobs():
    patterns = {
        "fit": "{dataset}/{trait}/{scheme}/{model}/r{repeat}b{block}.log",
        "experiment_fit": "{dataset}/{trait}/experiments/n{lines}_p{markers}/{model}/r{repeat}.log",
    }
    found = job_of("d/t/random/tiny.net/r1b2.log", patterns)
    assert found == (
        "fit",
        {
            **cell(dataset="d", trait="t"),
            "scheme": "random",
            "model": "tiny.net",
            "repeat": "1",
            "block": "2",
        },
    )
    assert job_of("d/t/experiments/n20_pall/gblup/r1.log", patterns)[0] == "experiment_fit"
    assert job_of("summary.log", patterns) is None


def test_logs_of_an_earlier_configuration_do_not_count(tmp_path, files_absent):
    """A scheme, a trait and a repeat that were asked for before lie among the logs."""
    Path("g.csv").write_text(table(LINES, ["a", "b"]))
    for place in (
        "yield/random/gblup/r1",
        "yield/forward/gblup/r1",
        "old/random/gblup/r1",
        "yield/random/gblup/r2",
    ):
        log = tmp_path / "logs" / "gone" / f"{place}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("used: 2.00 CPU s, 165 MiB\n")
    estimate.main(
        SimpleNamespace(
            params=SimpleNamespace(
                config=files_absent.resolved,
                patterns={"fit": "{dataset}/{trait}/{scheme}/{model}/r{repeat}.log"},
            ),
            log=[tmp_path / "logs" / "estimate.log"],
            output=SimpleNamespace(estimate=tmp_path / "estimate.tsv"),
        )
    )
    found = read_table(tmp_path / "estimate.tsv").set_index("rule")
    assert found.loc["fit", "jobs"] == 1
    assert found.loc["fit", "measured_cpu_s"] == 2


def test_a_run_whose_logs_are_gone_is_compared_with_nothing(priced):
    compared = compare(priced, [])
    assert compared["rule"].tolist() == ["all"]
    assert compared["ratio"].isna().all()


def test_a_log_ends_with_what_the_job_cost(tmp_path):
    log = tmp_path / "a.log"
    with job(log):
        sum(range(1000))
    seconds, memory = used(log)
    assert seconds > 0
    assert memory > 20
    log.write_text("no such line\n")
    assert used(log) is None


def test_stored_prices_make_sense():
    costs = Costs.load(COSTS)
    solvers = {"iterative", "core"}
    assert set(costs.methods) - solvers < set(METHODS)
    for name, price in costs.methods.items():
        assert all(value > 0 for value in price.seconds.coefficients.values()), name
        assert price.seconds.predict(500, 2000, 200, 100) >= price.seconds.predict(100, 500, 50, 100), name
        network = name not in solvers and METHODS[name].family == "network"
        assert (price.training is not None) == network, name
        # More epochs cost a network more.
        few, many = (price.seconds.predict(500, 2000, 200, epochs) for epochs in (50, 100))
        assert (many > few) == network, name
    assert costs.speed.mixed > costs.speed.products > 0


@pytest.mark.parametrize(("method", "exact"), [("gblup", {"solver": "exact"}), ("rkhs", {"core": "none"})])
def test_many_lines_cost_what_their_solver_does(method, exact):
    """Above 10,000 lines time grows with the lines, not with their cube."""
    config = read_configuration({"datasets": [{"name": "peas", "simulate": {"samples": 20}}]})
    estimator = Estimator(config, Costs.load(COSTS), MachineSpeed(1.0, 1.0))
    few, many, whole = (
        estimator.fold(method, {"name": "additive"}, params, n, 50_000)[0]
        for n, params in ((20_000, {}), (100_000, {}), (100_000, exact))
    )
    assert few < many < 6 * few
    assert whole > 20 * many


def test_the_demo_is_priced():
    demo = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())
    config = read_configuration(demo)
    estimator = Estimator(config, Costs.load(COSTS), MachineSpeed(1.0, 1.0))
    for model in config.models:
        wildcards = {"dataset": "barley_sim", "trait": "yield", "model": model, "scheme": "random"}
        assert estimator.job("fit", wildcards)[0] > 0
    assert not estimator.problems


def test_the_covariances_of_an_index_are_priced_by_its_traits():
    """As one fit of the multi-trait model; three traits take more than two."""
    example = Path(__file__).parents[2] / "config" / "examples" / "index.yaml"
    config = read_configuration(yaml.safe_load(example.read_text()))
    estimator = Estimator(config, Costs.load(COSTS), MachineSpeed(1.0, 1.0))
    three, two = (estimator.job("covariances", {"prediction": name})[0] for name in ("gains", "weights"))
    assert three > two > 0
    for rule in ("lr_statistics", "bundle"):
        named = {"dataset": "nursery", "trait": "yield", "scheme": "random", "model": "gblup"}
        assert estimator.job(rule, named)[0] > 0
    assert not estimator.problems


PLOTS = {"replicate": "replicate", "row": "row", "column": "column", "stage_one": "within_folds"}


@pytest.mark.parametrize(("spatial", "each"), [("none", 8.4e-5), ("auto", 1.6e-3)])
def test_stage_one_is_priced_by_its_plots(priced, spatial, each):
    """Once, and within every fold of all repeats beside it."""
    grown = {"samples": 100, "markers": 200, "plots": {"replicates": 2, "columns": 10, "block": 10}}
    field = {"name": "peas", "simulate": grown, "plots": PLOTS | {"spatial": spatial}}
    config = read_configuration(
        {"datasets": [field], "methods": ["gblup"], "cv": {"folds": 5, "repeats": 2, "schemes": ["random"]}}
    )
    start = Price.of({"cpu_s": {"1": 1}, "mb": {"1": 200}})
    estimator = Estimator(config, replace(priced.costs, rules={"phenotypes": start}), MachineSpeed(**SPEED))
    assert estimator.job("means", cell()) == (pytest.approx(1 + 200 * each), 200)
    assert estimator.job("fold_means", cell(scheme="random"))[0] == pytest.approx(1 + 10 * 200 * each)
    assert not estimator.problems
