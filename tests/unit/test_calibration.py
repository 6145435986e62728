"""Probabilities against what came true: bins, intervals, the section of the report."""

import numpy as np
import pytest
from tests.unit.report_fixture import CONFIG, write_results

from dnngp.base.tables import read_table, write_table
from dnngp.report.results import Results
from dnngp.report.sections import calibration
from dnngp.validation.calibration import calibration_bins


def test_bins_hold_all_samples_and_wilsons_intervals():
    probability = np.concatenate([np.full(10, 0.15), np.full(4, 0.95), [1.0]])
    observed = np.concatenate([[1, 1], np.zeros(8), np.ones(5)])
    table = calibration_bins(observed, probability)
    assert table["samples"].tolist() == [10, 5]
    assert table["probability"].tolist() == pytest.approx([0.15, 0.96])
    assert table["share"].tolist() == [0.2, 1.0]
    # Two of ten: Newcombe 1998, Stat Med 17:857, by the same formula.
    assert table.loc[0, ["lower", "upper"]].tolist() == pytest.approx([0.0567, 0.5098], abs=1e-4)
    assert table.loc[1, ["lower", "upper"]].tolist() == pytest.approx([0.5655, 1.0], abs=1e-4)


def test_right_probabilities_lie_in_their_intervals():
    rng = np.random.default_rng(1)
    probability = rng.random(4000)
    table = calibration_bins((rng.random(4000) < probability).astype(float), probability)
    assert len(table) == 10
    assert table["share"].to_numpy() == pytest.approx(table["probability"].to_numpy(), abs=0.07)


def test_the_section_is_of_traits_with_two_classes_alone(tmp_path):
    folder = write_results(tmp_path, networks=False, truth=False)
    assert calibration.context(Results(folder, CONFIG)) is None
    path = folder / "oats" / "predictions.tsv"
    table = read_table(path)
    chosen = table["trait"] == "yield"
    table.loc[chosen, "observed"] = (table.loc[chosen, "observed"] > 0).astype(float)
    table.loc[chosen, "predicted"] = 1 / (1 + np.exp(-table.loc[chosen, "predicted"]))
    write_table(table, path)
    types = {"yield": {"type": "binary", "order": ["low", "high"]}}
    results = Results(folder, CONFIG | {"datasets": [{"name": "oats", "trait_types": types}]})
    assert calibration.context(results) == {"probability_of": [("oats", "yield", "high")]}
    bins = calibration.derived(results)["calibration"]
    first = table[chosen & (table["repeat"] == 1)]
    assert bins.groupby("label")["samples"].sum().unique() == len(first) / first["model"].nunique()
    assert set(bins["trait"]) == {"yield"}
    assert "<svg" in calibration.figures(results)["calibration"].svg()
