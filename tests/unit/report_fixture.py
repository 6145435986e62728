"""Result tables as a run leaves them, made up: what the report and the figures are tested on.

Two species with two and three traits, six models, five folds; one fit failed,
the control has no correlation, one dataset is simulated (its truth is known).
Beside it what makes a run trusted (comparisons, controls, leaks, provenance), a
study, and the same tables many times over.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from dnngp.base.tables import read_table, write_json, write_table
from dnngp.evaluation.summaries import by_species
from dnngp.genotypes.store import Genotypes, variant_table
from dnngp.genotypes.structure import (
    distributions,
    ld_decay,
    marker_density,
    relationship_map,
    relationship_matrix,
)
from dnngp.methods.field_trials.stage_one import stage_one
from dnngp.prediction.importance import along_genome

MODELS = {
    "mean": ("mean", 0.0, 0.01),
    "gblup": ("gblup", 0.50, 0.3),
    "rkhs": ("rkhs", 0.53, 0.6),
    "lightgbm": ("lightgbm", 0.47, 4.0),
    "dnngp": ("dnngp", 0.49, 180.0),
    "dnngp_100": ("dnngp", 0.46, 90.0),
}
TRAITS = {
    "oats": {"yield": (0.6, 0.55), "height": (0.8, np.nan)},
    "mice": {"weight": (0.5, np.nan), "coin toss": (0.02, np.nan), "tail length": (0.4, np.nan)},
}
SPECIES = {"oats": "Avena sativa", "mice": "Mus musculus"}
FOLDS = 5
LINES = 80
CONFIG = {
    "title": "Made up",
    "datasets": [
        {"name": name, "species": SPECIES[name]} | ({"plots": {"row": "row"}} if name == "oats" else {})
        for name in TRAITS
    ],
    "methods": ["mean", "gblup", "rkhs", "lightgbm", "dnngp"],
    "models": {"dnngp_100": {"method": "dnngp", "encoding": None, "params": {"epochs": 100}}},
    "cv": {"folds": FOLDS, "repeats": 1, "schemes": ["random"]},
    "importance": ["gblup"],
    "experiments": {"learning_curve": {"samples": [20, 40, 60]}, "models": {}},
    "compare": {"reference": "gblup", "candidate": "rkhs", "equivalence_margin": 0.01},
    "predict": {"new": {"dataset": "oats", "model": "rkhs"}},
}
FAILED = ("mice", "weight", "lightgbm", 3)
MESSAGE = "ArithmeticError: some predictions are not finite numbers"


def write_results(folder: Path, *, hostile: str = "", networks: bool = True, truth: bool = True) -> Path:
    """Write every table the report reads below ``folder``.

    ``hostile`` replaces the name of one trait and of one line; ``networks`` and
    ``truth`` leave out what exists for networks and for simulated data alone.
    """
    random = np.random.default_rng(7)
    models = {name: value for name, value in MODELS.items() if networks or value[0] != "dnngp"}
    accuracy, timing, history, heritability, ids, summary = [], [], [], [], [], []
    for dataset, traits in TRAITS.items():
        predictions = []
        samples = np.array([f"{dataset}{number:03d}" for number in range(LINES)], dtype=object)
        if hostile and dataset == "oats":
            samples[0] = hostile
        for plain_trait, (h2, true_h2) in traits.items():
            trait = hostile if hostile and plain_trait == "height" else plain_trait
            true_h2 = true_h2 if truth else np.nan
            heritability.append(
                {
                    "dataset": dataset,
                    "species": SPECIES[dataset],
                    "trait": trait,
                    "n": LINES,
                    "h2": h2,
                    "h2_se": 0.09,
                    "vu": h2,
                    "ve": 1 - h2,
                    "log_likelihood": -50.0,
                    "true_h2": true_h2,
                }
            )
            only = 3 if dataset == "mice" else 0
            ids.append(
                {
                    "dataset": dataset,
                    "trait": trait,
                    "matched": LINES + 2,
                    "with_value": LINES,
                    "genotypes_only": only,
                    "phenotypes_only": 0,
                    "examples": "m900, m901, m902" if only else np.nan,
                }
            )
            observed = random.normal(size=LINES)
            for model, (method, level, cost) in models.items():
                cell = {"dataset": dataset, "trait": trait, "scheme": "random", "model": model}
                level = level * np.sqrt(h2) / np.sqrt(0.55)
                predicted = level**2 * observed + level * np.sqrt(1 - level**2) * random.normal(size=LINES)
                rows = []
                for fold in range(1, FOLDS + 1):
                    place = {"repeat": 1, "fold": fold}
                    failed = (dataset, trait, model, fold) == FAILED
                    test = np.arange(LINES) % FOLDS == fold - 1
                    r = np.nan if model == "mean" else np.corrcoef(observed[test], predicted[test])[0, 1]
                    if failed:
                        r = np.nan
                    stopped = 40 + 7 * fold if method == "dnngp" and not failed else np.nan
                    rows.append(
                        {
                            "dataset": dataset,
                            "species": SPECIES[dataset],
                            "labels": np.nan,
                            "other_inputs": np.nan,
                            "trait": trait,
                            "scheme": "random",
                            "model": model,
                            "method": method,
                            "encoding": "pca" if method == "dnngp" else "additive",
                            **place,
                            "status": "failed" if failed else "ok",
                            "message": MESSAGE if failed else np.nan,
                            "n_train": LINES - LINES // FOLDS,
                            "n_test": LINES // FOLDS,
                            "n_features": 500,
                            "pearson": r,
                            "spearman": r * 0.97,
                            "rmse": np.nan if failed else np.sqrt(np.mean((observed - predicted)[test] ** 2)),
                            "bias": np.nan if failed else 0.01,
                            "slope": r * 1.8,
                            **dict.fromkeys(("ndcg", "coincidence", "response"), (1 + r) / 2),
                            "epochs": stopped,
                            "best_epoch": stopped - 12,
                            "stopped_epoch": stopped,
                        }
                    )
                    for stage, share in (("encode", 0.1), ("fit", 0.85), ("predict", 0.05)):
                        seconds = cost * share * random.uniform(0.9, 1.1)
                        timing.append(
                            {**cell, **place, "stage": stage}
                            | {"wall_s": seconds, "cpu_s": seconds, "peak_mb": 300 + cost}
                        )
                    if not failed:
                        predictions.append(
                            pd.DataFrame(
                                {
                                    **{key: cell[key] for key in ("trait", "scheme", "model")},
                                    **place,
                                    "sample": samples[test],
                                    "observed": observed[test],
                                    "predicted": predicted[test] if model != "mean" else 0.0,
                                }
                            )
                        )
                    if method == "dnngp":
                        history += _curves(cell | place, int(stopped), random)
                accuracy += rows
                summary.append(_summary(pd.DataFrame(rows), cell, timing, heritability[-1]))
        write_table(pd.concat(predictions), folder / dataset / "predictions.tsv")
        _write_dataset(folder / dataset, samples, random)
        for number, plain_trait in enumerate(traits):
            trait = hostile if hostile and plain_trait == "height" else plain_trait
            _write_markers(folder / dataset / f"trait{number}" / "markers", trait)
    summary_table = pd.DataFrame(summary)
    write_table(pd.DataFrame(accuracy), folder / "accuracy.tsv")
    write_table(summary_table, folder / "summary.tsv")
    write_table(by_species(summary_table), folder / "species.tsv")
    write_table(pd.DataFrame(timing), folder / "timing.tsv")
    write_table(pd.DataFrame(heritability), folder / "heritability.tsv")
    write_table(pd.DataFrame(ids), folder / "ids.tsv")
    columns = ["repeat", "fold", "phase", "member", "epoch", "loss", "val_loss", "learning_rate"]
    columns = ["dataset", "trait", "scheme", "model", *columns]
    write_table(pd.DataFrame(history, columns=columns), folder / "history.tsv")
    write_json(
        {"workflow": "0.1.0", "python": "3.11.9", "versions": {"numpy": "2.4.6", "keras": "3.12.0"}},
        folder / "run.json",
    )
    return folder


def _curves(cell, stopped, random):
    rows = []
    for phase, last in (("inner", stopped), ("refit", stopped - 12)):
        for epoch in range(1, last + 1):
            level = 0.35 + 0.75 * np.exp(-epoch / 12) + 0.01 * random.normal()
            rows.append(
                {
                    **cell,
                    "phase": phase,
                    "member": 0,
                    "epoch": epoch,
                    "loss": level,
                    "val_loss": level + 0.3 + 0.001 * epoch if phase == "inner" else np.nan,
                    "learning_rate": 0.001,
                }
            )
    return rows


def _summary(folds, cell, timing, heritability):
    failed = folds["status"] != "ok"
    mean = {
        name: np.nan if failed.any() else folds[name].mean(skipna=False)
        for name in (
            *("pearson", "spearman", "rmse", "bias", "slope", "epochs"),
            *("ndcg", "coincidence", "response"),
        )
    }
    h2, true_h2 = heritability["h2"], heritability["true_h2"]
    parts = [row for row in timing if all(row[key] == cell[key] for key in cell)]
    return {
        "dataset": cell["dataset"],
        "species": heritability["species"],
        "trait": cell["trait"],
        "scheme": "random",
        "model": cell["model"],
        "method": folds["method"].iloc[0],
        "encoding": folds["encoding"].iloc[0],
        "other_inputs": np.nan,
        "status": "failed" if failed.any() else "ok",
        "folds_ok": int((~failed).sum()),
        "folds_failed": int(failed.sum()),
        "n": int(folds["n_test"].sum()),
        **mean,
        "pearson_sd": np.nan if failed.any() else folds["pearson"].std(ddof=1),
        "cpu_s": sum(part["cpu_s"] for part in parts),
        "wall_s": sum(part["wall_s"] for part in parts),
        "peak_mb": max(part["peak_mb"] for part in parts),
        "h2": h2,
        "h2_se": heritability["h2_se"],
        "true_h2": true_h2,
        "true_accuracy": mean["pearson"] / np.sqrt(true_h2) + 0.02,
        "accuracy": mean["pearson"] / np.sqrt(h2) if h2 >= 0.05 else np.nan,
        "efficiency": mean["pearson"] / h2 if h2 >= 0.05 else np.nan,
    }


def _write_dataset(folder, samples, random):
    steps = [
        ("read", "genotypes as read", 0, 0),
        ("biallelic", "two alleles", 40, 0),
        ("call rate of lines", "at least 0.5", 0, 3),
        ("call rate of markers", "at least 0.8", 120, 0),
        ("duplicate markers", "same chromosome, position and alleles", 25, 0),
    ]
    left, lines, rows = 1500, len(samples) + 3, []
    for step, rule, variants, removed in steps:
        left, lines = left - variants, lines - removed
        rows.append(
            {
                "step": step,
                "rule": rule,
                "variants_removed": variants,
                "samples_removed": removed,
                "variants_left": left,
                "samples_left": lines,
            }
        )
    last = {"step": "maf (in every fold)", "rule": "at least 0.01", "variants_removed": 90}
    last |= {"samples_removed": 0, "variants_left": left - 90, "samples_left": lines}
    write_table(pd.DataFrame([*rows, last]), folder / "qc" / "filter_summary.tsv")
    removed = pd.DataFrame({"kind": ["sample"], "id": ["x1"], "step": ["call rate"], "reason": ["0.4"]})
    write_table(removed, folder / "qc" / "removed.tsv")
    groups = np.array(["north", "south", "west"])[np.arange(len(samples)) % 3]
    scores = random.normal(size=(len(samples), 2)) + 3 * np.eye(3, 2)[np.arange(len(samples)) % 3]
    table = pd.DataFrame({"sample": samples, "pc1": scores[:, 0], "pc2": scores[:, 1], "group": groups})
    write_table(table, folder / "pca.tsv")
    write_json({"pc1": 0.1234, "pc2": 0.0456}, folder / "pca.json")
    _write_structure(folder / "qc", samples, random)


def _write_markers(folder, trait):
    """What GBLUP makes of some markers of three chromosomes."""
    random = np.random.default_rng(11)
    table = pd.DataFrame(
        {
            "chrom": np.repeat(["1", "2", "10"], 40),
            "pos": np.tile(np.arange(1, 41) * 25_000, 3),
            "id": [f"m{number}" for number in range(120)],
            "importance": random.gamma(1, 0.1, 120),
        }
    )
    write_table(table, folder / "gblup.tsv")
    write_table(along_genome(table).assign(trait=trait, model="gblup"), folder / "gblup.windows.tsv")


def _write_structure(folder, samples, random):
    """Tables behind the pictures of markers and lines, a defect and a pair of twins."""
    markers = 120
    values = random.binomial(2, random.uniform(0.05, 0.5, markers)[:, None], (markers, len(samples)))
    values[random.random(values.shape) < 0.03] = -1
    variants = variant_table(
        np.repeat(["1", "2", "10"], 40), np.tile(np.arange(1, 41) * 25_000, 3), "", "A", "T"
    )
    genotypes = Genotypes(samples.astype(str), variants, values.astype(np.int8), 2, {})
    write_table(distributions(genotypes), folder / "distributions.tsv")
    write_table(marker_density(variants), folder / "marker_density.tsv")
    write_table(ld_decay(genotypes), folder / "ld_decay.tsv")
    write_table(
        relationship_map(genotypes.samples, relationship_matrix(genotypes)), folder / "relationships.tsv"
    )
    defect = {"line": [412], "column": ["REF"], "id": ["m7"], "what": ["REF is not a base: ?"]}
    write_table(pd.DataFrame(defect), folder / "defects.tsv")
    twins = {"sample": [samples[0]], "twin": [samples[1]], "ibs": [0.9876], "cluster": ["c1"]}
    write_table(pd.DataFrame(twins), folder / "near_duplicates.tsv")


def write_predictions(folder: Path, true_values: bool = True) -> None:
    """Add the predictions of 20 new oats, with true values or without, and the page of them."""
    random = np.random.default_rng(3)
    predicted = np.sort(random.standard_normal(20))[::-1]
    table = pd.DataFrame({"trait": "yield", "rank": np.arange(1, 21), "predicted": predicted})
    table["sample"] = [f"new{number:02d}" for number in table["rank"]]
    table["lower"], table["upper"] = predicted - 1.6, predicted + 1.6
    table["reliability"], table["spread"], table["markers_found"] = 0.4, np.nan, 1.0
    table["trained_on"] = False
    if true_values:
        table["true_value"] = predicted + random.standard_normal(20)
    write_table(table, folder / "predict" / "new" / "predictions.tsv")
    (folder / "predict" / "new" / "index.html").write_text("<p>new</p>")


def write_field_trials(folder: Path) -> None:
    """Add a field trial of the yield of oats: nine entries, four replicates, one plot far off."""
    random = np.random.default_rng(5)
    number = np.arange(36)
    plots = pd.DataFrame({"line": number + 2, "id": [f"oats{one:03d}" for one in number % 9]})
    plots = plots.assign(environment="field", replicate=number // 9, row=number // 6, column=number % 6)
    plots = plots.astype({"replicate": str, "row": str, "column": str})
    effects = random.standard_normal(9)[number % 9]
    plots["value"] = effects + 0.5 * random.standard_normal(36) + 6 * (number == 20)
    for name, table in stage_one(plots, "yield", spatial="splines").items():
        write_table(table, folder / "oats" / "yield" / "field_trials" / f"{name}.tsv")


def write_trust(folder: Path) -> None:
    """Add comparisons, ranks, controls, the leak ledger, provenance, costs, a study, predictions, plots."""
    write_predictions(folder)
    write_field_trials(folder)
    summary = read_table(folder / "summary.tsv")
    usable = summary[summary["pearson"].notna()]
    reference = usable[usable["model"] == "gblup"].set_index(["dataset", "trait"])["pearson"]
    comparisons, controls, ledger, provenance = [], [], [], []
    for row in usable.to_dict("records"):
        cell = {key: row[key] for key in ("dataset", "trait", "scheme", "model")}
        if row["model"] != "gblup":
            difference = row["pearson"] - reference[row["dataset"], row["trait"]]
            comparisons.append(
                {"species": row["species"], **cell, "reference": "gblup", "folds": FOLDS}
                | {"difference": difference, "sd": 0.03, "se": 0.02, "df": FOLDS - 1, "t": difference / 0.02}
                | {
                    "p": 0.0123,
                    "lower": difference - 0.055,
                    "upper": difference + 0.055,
                    "equivalence_margin": 0.01,
                }
                | {
                    "verdict": _verdict(difference),
                    "p_worse": 0.2,
                    "p_equivalent": 0.3,
                    "p_better": 0.5,
                    "p_adjusted": 0.2,
                }
            )
    for row in summary.to_dict("records"):
        cell = {key: row[key] for key in ("dataset", "trait", "scheme", "model")}
        controls.append(
            {"control": "permuted phenotype", "dataset": row["dataset"], "trait": row["trait"]}
            | {"model": row["model"], "samples": 200, "value": 0.02, "bound": 0.06, "detectable": 0.075}
            | {"status": "ok", "message": np.nan}
        )
        for step, genotypes in (
            ("imputation", 0),
            ("principal components", 16 * (row["model"] == "dnngp")),
        ):
            ledger.append(
                {
                    **cell,
                    "step": step,
                    "fitted_on": "training",
                    "folds": FOLDS,
                    "n_rows": LINES - LINES // FOLDS,
                }
                | {"test_genotypes_seen": genotypes, "test_phenotypes_seen": 0}
                | {"label": "transductive (genotypes only)" if genotypes else "inductive"}
            )
        stem = f"{row['dataset']}/{row['trait'][:6].strip(' <')}/{row['scheme']}/{row['model']}/r1b1"
        provenance.append(
            {**cell, "repeat": 1, "block": 1, "log": f"logs/{stem}.log", "seed": "r1f1=12345 r1f2=67890"}
            | {"predictions": f"results/{stem}.predictions.tsv"}
            | {"genotypes_sha256": "a" * 64, "phenotype_sha256": "b" * 64, "splits_sha256": "c" * 64}
            | {"command": f"./run results/{stem}.folds.tsv --force"}
        )
    means = usable.groupby(["scheme", "model"], sort=False)["pearson"].mean().reset_index()
    ranks = means.assign(
        datasets=2,
        traits=5,
        pairs=2,
        ranked=2,
        difference=means["pearson"] - means.loc[means["model"] == "gblup", "pearson"].iloc[0],
        wilcoxon_p=0.0625,
        p_adjusted=0.125,
        mean_rank=means["pearson"].rank(ascending=False) + 0.25,
        critical_difference=1.5,
        wins=3,
        losses=2,
        declared=means["model"] == "rkhs",
    )
    # The control does not compete; its empty cells make floats of the counts.
    control = pd.DataFrame({"scheme": ranks["scheme"].unique(), "model": "mean", "declared": False})
    ranks = pd.concat([ranks, control], ignore_index=True)
    pareto = (
        usable.groupby(["dataset", "scheme", "model"], sort=False)[["pearson", "cpu_s"]].mean().reset_index()
    )
    pareto["on_front"] = pareto["model"].isin(["gblup", "rkhs"])
    estimate = {"model": list(MODELS), "estimated_cpu_s": 100.0, "measured_cpu_s": 125.0, "ratio": 1.25}
    surface = [
        {"dataset": "oats", "trait": "yield", "model": model, "n": n, "p": p, "marker_order": "evenly"}
        | {"repeat": 1, "fold": fold, "pearson": 0.6 - 3 / n - 4 / p + fold / 100, "status": "ok"}
        | {"cpu_s": n * p / 1e4, "wall_s": n * p / 1e4, "peak_mb": 300 + n * p / 1e3}
        for model in ("gblup", "dnngp")
        for n in (20, 40, 60)
        for p in (100, 400, 1000)
        for fold in (1, 2)
    ]
    curves = {"dataset": "oats", "trait": "yield", "model": ["gblup", "dnngp"], "marker_order": "evenly"}
    curves |= {"axis": "lines", "other_size": 1000, "asymptote": [0.62, np.nan], "extra_needed": [35, np.nan]}
    gains = [
        {key: row[key] for key in ("dataset", "trait", "scheme", "model")}
        | {"share": share, "gain": row["pearson"] * (1 - share / 10)}
        for row in usable.to_dict("records")
        for share in (0.1, 0.3, 0.5)
    ]
    ablation = {"dataset": "oats", "trait": "yield", "model": ["no dropout"], "reference": "dnngp"}
    ablation |= {"difference": 0.004, "lower": -0.01, "upper": 0.018, "verdict": "undecided"}
    for name, rows in {
        "comparisons": comparisons,
        "ranks": ranks,
        "controls": controls,
        "ledger": ledger,
        "provenance": provenance,
        "pareto": pareto,
        "estimate": estimate,
        "gain_curves": gains,
        "experiments/surface": surface,
        "experiments/curves": curves,
        "experiments/ablation": ablation,
    }.items():
        write_table(pd.DataFrame(rows), folder / f"{name}.tsv")


def add_scheme(folder: Path, names: tuple[str, ...] = ("accuracy", "summary", "comparisons")) -> None:
    """Copy the rows of these tables for clusters left out."""
    for name in names:
        table = read_table(folder / f"{name}.tsv")
        write_table(pd.concat([table, table.assign(scheme="cluster_out")]), folder / f"{name}.tsv")


def _verdict(difference):
    if abs(difference) < 0.003:
        return "equivalent"
    return "undecided" if abs(difference) < 0.055 else "better" if difference > 0 else "worse"


def write_many(source: Path, folder: Path, times: int = 5) -> dict:
    """The tables of ``source`` many times over: ten datasets, ten methods, two schemes; its configuration."""
    copies = ("gblup_vr2", "rrblup", "svr", "ridge")
    names = [f"{dataset}{number}" for dataset in TRAITS for number in range(times)]

    def larger(table: pd.DataFrame) -> pd.DataFrame:
        if "model" in table and "step" not in table:
            like = table[table["model"] == "rkhs"]
            extra = [
                like.assign(model=name, **({"method": name} if "method" in like else {})) for name in copies
            ]
            table = pd.concat([table, *extra])
        if "scheme" in table:
            table = pd.concat([table, table.assign(scheme="cluster_out")])
        if "dataset" in table:
            table = pd.concat(
                [table.assign(dataset=table["dataset"] + str(number)) for number in range(times)]
            )
        return table

    for path in source.rglob("*.tsv"):
        table = larger(read_table(path))
        place = path.relative_to(source)
        if place.parts[0] in TRAITS:
            for number in range(times):
                write_table(table, folder / f"{place.parts[0]}{number}" / Path(*place.parts[1:]))
        elif "report" not in place.parts:
            if path.name == "accuracy.tsv":
                random = table[table["scheme"] == "random"]
                table = pd.concat([table, *(random.assign(repeat=repeat) for repeat in range(2, 6))])
            write_table(table, folder / place)
    methods = [*CONFIG["methods"], *copies]
    return CONFIG | {"methods": methods, "datasets": [{"name": name} for name in names]}
