"""Studies in pairs: what they run, what each is compared with, and what their tables say."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dnngp.evaluation.contrasts import PARTS, ablation_contrasts, input_contrasts
from dnngp.evaluation.paired_experiments import contrast_table, input_table
from dnngp.methods.dnngp import DNNGP
from dnngp.methods.registry import METHODS

FOLDS = 10


def entry(method, **params):
    return {"method": method, "params": params, "tune": None}


def tables(abilities, features=100):
    """Fits of several models on the same folds, with these mean accuracies."""
    rng = np.random.default_rng(1)
    level = rng.normal(0, 0.05, FOLDS)
    rows, timing = [], []
    for model, ability in abilities.items():
        own = rng.normal(0, 0.003, FOLDS)
        for fold in range(FOLDS):
            cell = {"dataset": "d", "species": "s", "trait": "t", "scheme": "random", "model": model}
            cell |= {"repeat": 1, "fold": fold + 1}
            r = ability + level[fold] + own[fold] - own.mean()
            more = {"split": f"s{fold}", "n_train": 90, "n_test": 10, "status": "ok", "message": ""}
            rows.append({**cell, **more, "n_features": features, "pearson": r})
            timing.append({**cell, "stage": "fit", "cpu_s": 2.0})
    return pd.DataFrame(rows), pd.DataFrame(timing)


def test_methods_go_without_encodings_they_do_not_take():
    encodings = [{"name": "additive"}, {"name": "onehot"}, {"name": "pca", "components": 10}]
    found = input_contrasts({"ridge": entry("ridge"), "net": entry("dnngp", epochs=5)}, encodings)
    assert [one.id for one in found] == [
        *("ridge.additive", "ridge.pca-components10"),
        *("net.additive", "net.onehot", "net.pca-components10"),
    ]
    assert {one.reference for one in found} == {"ridge.additive", "net.additive"}
    assert found[-1].entry == entry("dnngp", epochs=5) | {"encoding": {"name": "pca", "components": 10}}
    assert found[-1].setting == "pca (components=10)"


def test_every_ablation_changes_one_part_and_is_a_network():
    found = ablation_contrasts("net", entry("dnngp", epochs=5), PARTS, ["deepgs"])
    assert (found[0].id, found[0].reference) == ("net", "net")
    assert found[-1].entry["method"] == "deepgs"
    for one in found[1:-1]:
        changed = {key for key, value in one.entry["params"].items() if key != "epochs"}
        assert one.entry["params"]["epochs"] == 5
        assert changed <= set(DNNGP().get_params())
        assert changed == set(PARTS[one.part][one.setting])
    assert {one.id for one in found} >= {"net.early-stopping-off", "net.batch-normalisation-one"}


def test_differences_are_those_of_the_corrected_test():
    accuracy, timing = tables({"net": 0.5, "bare": 0.4, "same": 0.5})
    pairs = [("net", "net", "none", "as it is"), ("bare", "net", "dropout", "off")]
    pairs += [("same", "net", "depth", "2")]
    table = contrast_table(accuracy, timing, pairs, margin=0.01).set_index("model")
    assert table["verdict"].tolist() == ["reference", "worse", "equivalent"]
    assert table.loc["bare", "difference"] == pytest.approx(-0.1)
    wide = accuracy.pivot(index="fold", columns="model", values="pearson")
    difference = wide["bare"] - wide["net"]
    se = difference.std(ddof=1) * np.sqrt(1 / FOLDS + 10 / 90)
    half = stats.t.ppf(0.975, FOLDS - 1) * se
    assert table.loc["bare", ["lower", "upper"]].tolist() == pytest.approx([-0.1 - half, -0.1 + half])
    assert table["cpu_s"].tolist() == [20.0] * 3


def test_a_failed_fold_leaves_no_mean():
    accuracy, timing = tables({"net": 0.5, "bare": 0.4})
    accuracy.loc[accuracy["model"] == "bare", "status"] = ["failed"] + ["ok"] * (FOLDS - 1)
    table = contrast_table(accuracy, timing, [("bare", "net", "dropout", "off")], 0.01)
    assert table.loc[0, ["status", "verdict"]].tolist() == ["failed", "undefined"]
    assert np.isnan(table.loc[0, "pearson"])


def test_what_a_reduction_keeps_is_told_beside_every_method():
    accuracy, timing = tables({"ridge.a": 0.5, "ridge.p": 0.4, "net.a": 0.3, "net.p": 0.45})
    pairs = [
        *(
            ("ridge.a", "ridge.a", "ridge", "additive"),
            ("ridge.p", "ridge.a", "ridge", "pca (components=10)"),
        ),
        *(("net.a", "net.a", "net", "additive"), ("net.p", "net.a", "net", "pca (components=10)")),
    ]
    table = input_table(contrast_table(accuracy, timing, pairs, 0.01)).set_index("model")
    means = accuracy.groupby("model")["pearson"].mean()
    kept = means["ridge.p"] / means["ridge.a"]
    assert table["linear_kept"].to_dict() == pytest.approx(
        {"ridge.a": 1.0, "ridge.p": kept, "net.a": 1.0, "net.p": kept}
    )
    assert table.loc["net.p", "verdict"] == "better"


def test_the_linear_method_takes_components_and_markers():
    assert {"additive", "pca"} <= set(METHODS["ridge"].encodings)
