"""A small run from simulation to report, and what a second run does."""

import copy
import json
import os
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.e2e.conftest import PAIR, ROOT, SMALL, command, snakemake

from dnngp.base.seeds import file_sha256
from dnngp.base.tables import read_table
from dnngp.base.tables.catalogue import undeclared

#: Tables that must not depend on when, where in the file system, or on how many cores they were made.
REPRODUCIBLE = ["accuracy.tsv", "history.tsv", "heritability.tsv", "ids.tsv", "beans/predictions.tsv"]


def planned(process):
    """Number of jobs a dry run plans, by rule."""
    counts = re.findall(r"^(\w+) +(\d+)$", process.stdout + process.stderr, re.MULTILINE)
    return {rule: int(count) for rule, count in counts if rule != "total"}


def contents(results, names=REPRODUCIBLE):
    return {name: (results / name).read_bytes() for name in names}


def test_the_run_ends_with_a_report_and_a_verdict(finished_run):
    results = finished_run / "results"
    assert json.loads((results / "verdict.json").read_text())["failed"] == 0
    assert "<html" in (results / "report" / "index.html").read_text()


def test_every_table_and_column_is_declared_in_the_catalogue(finished_run):
    assert list(undeclared(finished_run / "results")) == []


def test_every_line_is_predicted_once_by_every_model(finished_run):
    predictions = read_table(finished_run / "results" / "beans" / "predictions.tsv", text=("sample",))
    for (trait, model), part in predictions.groupby(["trait", "model"]):
        folder = {"yield": "yield"}.get(trait, "Hohe_cm_._x")
        phenotype = read_table(
            finished_run / "results" / "beans" / folder / "phenotype.tsv", text=("sample",)
        )
        known = phenotype.dropna(subset=["value"])
        assert sorted(part["sample"]) == sorted(known["sample"]), model
        joined = part.set_index("sample")["observed"]
        pd.testing.assert_series_equal(
            joined.sort_index(), known.set_index("sample")["value"].sort_index(), check_names=False
        )


def test_names_with_spaces_dots_and_other_letters_reach_the_tables(finished_run):
    summary = read_table(finished_run / "results" / "summary.tsv")
    assert set(summary["trait"]) == {"yield", "Höhe (cm) ./x"}
    assert set(summary["model"]) == {"mean", "gblup", "svr", "tiny.net"}


def test_summary_holds_the_means_of_the_stored_folds(finished_run):
    accuracy = read_table(finished_run / "results" / "accuracy.tsv")
    summary = read_table(finished_run / "results" / "summary.tsv").set_index(["trait", "model"])
    for cell, folds in accuracy[accuracy["model"] != "mean"].groupby(["trait", "model"]):
        assert summary.loc[cell, "pearson"] == pytest.approx(folds["pearson"].mean())
    assert summary.xs("mean", level="model")["pearson"].isna().all()
    assert set(summary.loc["yield", "true_h2"]) == {0.8}
    assert set(summary.loc["Höhe (cm) ./x", "true_h2"]) == {0.5}


def test_networks_leave_a_history_with_their_stopping_epoch(finished_run):
    history = read_table(finished_run / "results" / "history.tsv")
    assert set(history["model"]) == {"tiny.net"}
    assert history["epoch"].max() <= 3
    accuracy = read_table(finished_run / "results" / "accuracy.tsv")
    assert accuracy.loc[accuracy["model"] == "tiny.net", "stopped_epoch"].notna().all()


def test_traits_are_environments_under_the_star_of_their_scheme(tmp_path):
    process = snakemake(tmp_path, PAIR)
    assert process.returncode == 0, process.stdout + process.stderr
    results = tmp_path / "results"
    summary = read_table(results / "summary.tsv").set_index(["scheme", "model", "environment"])
    assert set(summary.index) == {
        (scheme, model, name)
        for scheme in ("CV1", "CV2star")
        for model in PAIR["methods"]
        for name in ("yield", "Höhe (cm) ./x", "overall")
    }
    assert (summary["status"] == "ok").all()
    assert summary["pooled"].isna().all()
    predictions = read_table(results / "beans" / "predictions.tsv", text=("sample",))
    records = read_table(results / "beans" / "all_traits" / "phenotype.tsv", text=("sample",)).dropna(
        subset="value"
    )
    with_another = records["sample"].duplicated(
        keep=False
    )  # the others have nothing to be known by in CV2star
    tested = predictions[predictions["model"] == "gblup_multi"]["scheme"].value_counts()
    assert tested.to_dict() == {"CV1": len(records), "CV2star": with_another.sum()}
    assert read_table(results / "ledger.tsv")["test_phenotypes_seen"].sum() == 0
    components = read_table(results / "variance_components.tsv")
    correlations = components[components["part"] == "genomic correlation"]
    assert correlations[["model", "folds"]].drop_duplicates().to_numpy().tolist() == [["gblup_multi", 3]]
    assert list(undeclared(results)) == []


def test_a_size_study_leaves_its_tables(finished_run):
    surface = read_table(finished_run / "results" / "experiments" / "surface.tsv")
    assert set(surface["status"]) == {"ok"}
    assert sorted(surface["n"].unique()) == [20, 39]  # 59 lines have the trait: 39 train in the smallest fold
    assert set(surface["p"]) == {200}
    curves = read_table(finished_run / "results" / "experiments" / "curves.tsv")
    assert curves["reason"].tolist() == ["2 sizes; a curve of three parameters needs four"]


def test_time_and_accuracy_are_weighed(finished_run):
    summary = read_table(finished_run / "results" / "summary.tsv").set_index(["model", "trait"])
    pareto = read_table(finished_run / "results" / "pareto.tsv").set_index(["dataset", "model"])
    for model in ("gblup", "svr"):
        expected = summary.loc[model, "pearson"].mean()
        assert pareto.loc[("beans", model), "pearson"] == pytest.approx(expected)
    assert pareto.loc["beans", "on_front"].any()
    costs = read_table(finished_run / "results" / "costs.tsv")
    assert set(costs["status"]) == {"not identified"}  # one size


def test_a_run_is_priced_before_it_starts(finished_run):
    """As many jobs as the dry run plans, and afterwards a ratio for all that was priced."""
    plan = planned(snakemake(finished_run, None, "-n", "--forceall"))
    process = command(finished_run, "estimate", "--forceall")
    assert process.returncode == 0, process.stderr
    told = process.stdout
    assert f"\n{sum(plan.values())} jobs, " in told
    assert re.search(rf"^fit +tiny\.net +{plan['fit'] // 4} ", told, re.MULTILINE)
    assert "Not priced" not in told
    table = read_table(finished_run / "results" / "estimate.tsv", text=("rule", "model"))
    assert table["jobs"].iloc[-1] == table["jobs"].iloc[:-1].sum()
    fits = table[table["rule"] == "fit"]
    assert fits["jobs"].sum() == plan["fit"]
    assert (fits["measured_cpu_s"] > 0).all()
    expected = fits["estimated_cpu_s"] / fits["measured_cpu_s"]
    assert fits["ratio"].tolist() == pytest.approx(expected.tolist())


def test_a_second_run_has_nothing_to_do(finished_run):
    assert "Nothing to be done" in "".join(run_again(finished_run))


def test_touched_code_reruns_nothing(finished_run, tmp_path):
    workflow = tmp_path / "workflow copy"
    copy_workflow(workflow)
    for path in workflow.rglob("*.py"):
        os.utime(path)
    assert "Nothing to be done" in "".join(run_again(finished_run, "--snakefile", workflow / "Snakefile"))


def test_changed_code_reruns_what_imports_it_and_no_more(finished_run, tmp_path):
    workflow = tmp_path / "workflow"
    copy_workflow(workflow)
    path = workflow / "workflow" / "scripts" / "dnngp" / "methods" / "svr.py"
    path.write_text(path.read_text() + "\n# a comment\n")
    plan = planned(snakemake(finished_run, None, "-n", "--snakefile", workflow / "Snakefile"))
    assert plan["fit"] == 2  # the SVR on two traits
    assert "genotypes" not in plan
    assert "splits" not in plan


def test_a_changed_option_reruns_what_depends_on_it(finished_run, tmp_path):
    config = copy.deepcopy(SMALL)
    config["models"]["tiny.net"]["params"]["epochs"] = 4
    file = tmp_path / "changed.yaml"
    file.write_text(yaml.safe_dump(config, sort_keys=False))
    plan = planned(snakemake(finished_run, None, "-n", "--configfile", file))
    assert plan["fit"] == 2
    assert "genotypes" not in plan


def test_genotypes_made_anew_rerun_every_fit_even_when_the_run_stopped_behind_them(finished_run, tmp_path):
    shutil.copytree(finished_run, tmp_path / "copy")
    config = copy.deepcopy(SMALL)
    config["qc"] = {"thin": {"to": 100}}
    process = snakemake(tmp_path / "copy", config, "results/beans/genotypes")
    assert process.returncode == 0, process.stdout + process.stderr
    plan = planned(snakemake(tmp_path / "copy", None, "-n"))
    assert plan["fit"] == 8
    assert "genotypes" not in plan


def test_another_dataset_adds_its_own_jobs_only(finished_run, tmp_path):
    config = copy.deepcopy(SMALL)
    config["datasets"].append({"name": "peas", "simulate": {"samples": 40, "markers": 50}})
    file = tmp_path / "more.yaml"
    file.write_text(yaml.safe_dump(config, sort_keys=False))
    plan = planned(snakemake(finished_run, None, "-n", "--configfile", file))
    assert plan["simulate"] == plan["genotypes"] == plan["accuracy"] == 1
    assert plan["fit"] == 4


def test_results_are_the_same_bytes_on_one_core_and_with_fewer_folds_a_job(finished_run, tmp_path):
    config = copy.deepcopy(SMALL)
    config["cv"]["folds_per_job"] = 2
    config["datasets"][0]["labels"] = {}
    process = snakemake(tmp_path, config, *(f"results/{name}" for name in REPRODUCIBLE), cores=1)
    assert process.returncode == 0, process.stdout + process.stderr
    assert contents(tmp_path / "results") == contents(finished_run / "results")


def test_snakemakes_own_report_is_made(finished_run):
    process = snakemake(finished_run, None, "--report", "report.zip")
    assert process.returncode == 0, process.stdout + process.stderr
    assert (finished_run / "report.zip").stat().st_size > 10_000


def run_again(directory, *arguments):
    process = snakemake(directory, None, *arguments)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout, process.stderr


def copy_workflow(target: Path):
    target.mkdir(parents=True)
    shutil.copy(ROOT / "Snakefile", target)
    for name in ("workflow", "envs", "profiles"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.mark.skipif(shutil.which("beagle") is None, reason="needs beagle (Debian: apt-get install beagle)")
def test_a_dataset_can_be_imputed_before_it_is_read(tmp_path):
    config = copy.deepcopy(SMALL)
    config["datasets"][0] |= {"impute": "beagle"}
    config["datasets"][0]["simulate"] |= {"missing": 0.1}
    made = "results/beans/qc/samples.tsv"
    process = snakemake(tmp_path, config, made)
    assert process.returncode == 0, process.stderr
    assert (read_table(tmp_path / made)["call_rate"] == 1).all()


def test_a_configuration_may_use_every_kind_of_option(tmp_path):
    """Covariates, tuning, a stack, imputation, near-duplicates together, pruning and thinning, in one run."""
    config = copy.deepcopy(SMALL)
    config["datasets"][0] |= {
        "covariates": {"population": "factor"},
        "traits": ["yield"],
        "qc": {"near_duplicates": "together", "mac": 2, "prune": {"r2": 0.9}, "thin": {"to": 100}},
    }
    del config["datasets"][0]["simulate"]["traits"]["Höhe (cm) ./x"]
    config["methods"] = ["gblup"]
    config["models"] = {
        "stack": {"method": "stack", "params": {"members": ["gblup", "svr"]}},
        "tuned": {"method": "svr", "tune": {"budget": 2}, "encoding": {"name": "additive", "impute": "knn"}},
    }
    process = snakemake(tmp_path, config)
    assert process.returncode == 0, process.stderr
    folds = read_table(tmp_path / "results" / "accuracy.tsv").set_index("model")
    assert (folds["status"] == "ok").all()
    assert (folds.loc["tuned", "settings_tried"] == 2).all()
    weights = folds.loc["stack", ["weight_gblup", "weight_svr"]].sum(axis=1)
    assert weights.tolist() == pytest.approx([1.0] * 3)
    filter_summary = read_table(tmp_path / "results" / "beans" / "qc" / "filter_summary.tsv")
    assert filter_summary["variants_left"].min() <= 100
    # What a prediction holds beside markers is told, and not divided by what markers explain.
    summary = read_table(tmp_path / "results" / "summary.tsv").set_index("model")
    assert summary["other_inputs"].to_dict() == {"gblup": "population", "stack": "population", "tuned": ""}
    assert summary["accuracy"].notna().to_dict() == {"gblup": False, "stack": False, "tuned": True}
    predictions = read_table(tmp_path / "results" / "beans" / "predictions.tsv")
    assert predictions.loc[predictions["model"] == "gblup", "reliability"].between(0, 1).all()


def test_every_scheme_runs_and_its_folds_are_what_they_say(tmp_path):
    """Clusters, groups, years and a file of folds, cut into jobs of two folds; the table has 60 lines."""
    rng = np.random.default_rng(4)
    names = [f"bean {number}" for number in range(60)]
    dosages = rng.binomial(2, 0.4, (60, 80))
    genotypes = pd.DataFrame(dosages, index=names, columns=[f"m{number}" for number in range(80)])
    traits = pd.DataFrame({"yield": dosages[:, :9].sum(axis=1) + rng.normal(size=60)}, index=names)
    traits["family"] = [f"f{number % 3}" for number in range(60)]
    traits["year"] = [2019 + number // 15 for number in range(60)]
    folds = pd.DataFrame({"fold": [f"set {number % 4}" for number in range(60)]}, index=names)
    tables = {"genotypes": genotypes, "phenotypes": traits, "folds_file": folds}
    for key, table in tables.items():
        table.to_csv(tmp_path / f"{key}.csv", index_label="id")
    dataset = {key: f"{key}.csv" for key in tables} | {"name": "beans", "groups": "family", "time": "year"}
    schemes = ["random", "cluster_out", "leave_group_out", "forward", "file"]
    config = {
        "datasets": [dataset],
        "methods": ["gblup"],
        "cv": {"folds": 5, "folds_per_job": 2, "schemes": schemes},
    }
    process = snakemake(tmp_path, config, "results/beans/predictions.tsv", "results/beans/clusters.tsv")
    assert process.returncode == 0, process.stderr
    results = tmp_path / "results"
    predictions = read_table(results / "beans" / "predictions.tsv", text=("sample",))
    fold_of = {
        scheme: part.set_index("sample")["fold"] for scheme, part in predictions.groupby("scheme", sort=False)
    }
    assert list(fold_of) == schemes
    for scheme in set(schemes) - {"forward"}:
        assert sorted(fold_of[scheme].index) == sorted(names), scheme
    clusters = read_table(results / "beans" / "clusters.tsv", text=("sample",)).set_index("sample")["cluster"]
    for scheme, unit in (("cluster_out", clusters), ("leave_group_out", traits["family"])):
        assert fold_of[scheme].groupby(unit[fold_of[scheme].index]).nunique().eq(1).all(), scheme
    assert (fold_of["forward"] == traits["year"][fold_of["forward"].index] - 2019).all()
    assert fold_of["forward"].index.isin(traits.index[traits["year"] > 2019]).all()
    assert len(fold_of["forward"]) == 45
    assert (fold_of["file"] == [int(name.split()[1]) % 4 + 1 for name in fold_of["file"].index]).all()


def test_every_number_can_be_followed_and_made_again(finished_run, tmp_path):
    """From a row of provenance.tsv: its log, its inputs, and the command, which gives the same bytes."""
    copy_of_run = tmp_path / "copy"
    shutil.copytree(finished_run, copy_of_run)
    results = copy_of_run / "results"
    table = read_table(results / "provenance.tsv")
    assert len(table) == 8
    row = table[(table["model"] == "svr") & (table["trait"] != "yield")].iloc[0]
    assert "fold 3: r = " in (copy_of_run / row["log"]).read_text()
    predictions = copy_of_run / row["predictions"]
    folder = predictions.parents[2]
    assert row["phenotype_sha256"] == file_sha256(folder / "phenotype.tsv")
    assert row["splits_sha256"] == file_sha256(folder / "random" / "splits.tsv")
    folds = read_table(results / "accuracy.tsv")
    seeds = folds.loc[(folds["model"] == "svr") & (folds["trait"] != "yield"), "seed"]
    assert row["seed"] == "; ".join(f"r1f{fold}: {seed}" for fold, seed in enumerate(seeds, start=1))
    before, made = predictions.read_bytes(), predictions.stat().st_mtime_ns
    program, *arguments = shlex.split(row["command"])
    assert program == "./run"
    process = snakemake(copy_of_run, None, *arguments)
    assert process.returncode == 0, process.stderr
    assert predictions.stat().st_mtime_ns > made
    assert predictions.read_bytes() == before
    assert planned(process).get("fit") == 1
    assert set(planned(process)) == {"fit"}
