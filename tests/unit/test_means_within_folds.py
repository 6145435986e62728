"""Stage one within folds: no plot of a test record moves a mean that a fit reads."""

import numpy as np
import pandas as pd
import pytest

from dnngp.methods.field_trials.stage_one import ONLY
from dnngp.methods.field_trials.within_folds import means_within_folds

IDS = [f"e{number:02}" for number in range(24)]
FITTING = {"design": None, "spatial": "none", "error": "full"}


def plots(environments=(ONLY,), seed=0):
    """Two replicates of three blocks, a check in each."""
    rng = np.random.default_rng(seed)
    rows = [
        {"id": id, "environment": environment, "replicate": str(replicate), "block": str(number % 3)}
        for environment in environments
        for replicate in range(2)
        for number, id in enumerate([*rng.permutation(IDS), "check", "check", "check"])
    ]
    table = pd.DataFrame(rows)
    table["value"] = 5 + table["block"].astype(int) + rng.normal(size=len(table))
    return table.assign(line=np.arange(2, len(table) + 2))


def splits(environments=None):
    """Three folds of samples; with environments, every record of a test sample in the first is tested."""
    parts = []
    for fold in range(3):
        tested = np.arange(len(IDS)) % 3 == fold
        for environment in environments or [np.nan]:
            role = np.where(
                tested & (environment in (np.nan, "north") or environments is None), "test", "train"
            )
            parts.append(
                pd.DataFrame({"sample": IDS, "environment": environment, "role": role, "fold": fold + 1})
            )
    return pd.concat(parts, ignore_index=True).assign(repeat=1)


@pytest.mark.parametrize("environments", [None, ["north", "south"]])
def test_plots_of_test_records_change_no_mean(environments):
    table, folds = plots(environments or (ONLY,)), splits(environments)
    found = means_within_folds(table, folds, IDS, "yield", FITTING)
    test = folds[(folds["fold"] == 1) & (folds["role"] == "test")]
    tested = set(zip(test["sample"], test["environment"].astype(object).fillna(ONLY), strict=True))
    noisy = [key in tested for key in zip(table["id"], table["environment"], strict=True)]
    assert any(noisy)
    moved = table.assign(value=np.where(noisy, 1e3, table["value"]))
    again = means_within_folds(moved, folds, IDS, "yield", FITTING)
    first = [one[one["fold"] == 1].reset_index(drop=True) for one in (found, again)]
    pd.testing.assert_frame_equal(*first, check_exact=True)
    assert not found.equals(again)  # the same plots train the other folds


def test_every_training_record_has_a_mean_and_no_check():
    found = means_within_folds(plots(("north", "south")), splits(["north", "south"]), IDS, "yield", FITTING)
    assert len(found) == 3 * (24 + 16)
    assert "check" not in set(found["sample"])
    assert found[["value", "error_variance"]].notna().all(axis=None)


def test_an_environment_without_training_records_is_left_out():
    folds = splits(["north", "south"])
    folds = folds[(folds["environment"] == "south") | (folds["role"] == "test")]
    found = means_within_folds(plots(("north", "south")), folds, IDS, "yield", FITTING)
    assert set(found["environment"]) == {"south"}
