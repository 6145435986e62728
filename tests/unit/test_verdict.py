"""The last word on a run."""

from types import SimpleNamespace

import pandas as pd
import pytest

import verdict
from dnngp.base.errors import UserError
from dnngp.base.tables import read_json, write_table
from dnngp.evaluation.controls import CONTROLS


@pytest.fixture
def run(tmp_path):
    """Judge a run by the status of its fit, its control and a fit of a study; the path of the verdict."""

    def judged(fit="ok", control="ok", studied="ok"):
        fits = pd.DataFrame(
            [{"dataset": "d", "trait": "t", "variant": "svr", "repeat": 1, "fold": 2, "status": fit}]
        ).assign(message="boom")
        row = ("permuted phenotype", "d", "t", "svr", 0.3, 0.17, control, None)
        write_table(fits, tmp_path / "accuracy.tsv")
        write_table(pd.DataFrame([row], columns=CONTROLS), tmp_path / "controls.tsv")
        # A size that a dataset has not enough lines for is no failure.
        sizes = fits.assign(n=20, p=50, status=[studied]), fits.assign(n=90, p=50, status="unavailable")
        write_table(pd.concat(sizes), tmp_path / "surface.tsv")
        paths = {name: tmp_path / f"{name}.tsv" for name in ("accuracy", "controls")}
        verdict.main(
            SimpleNamespace(
                input=SimpleNamespace(
                    report="report/index.html", trials=[], studies=[tmp_path / "surface.tsv"], **paths
                ),
                output=SimpleNamespace(verdict=tmp_path / "verdict.json"),
            )
        )
        return tmp_path / "verdict.json"

    return judged


def test_a_run_without_failures(run):
    assert read_json(run()) == {"fits": 1, "trials": 0, "studied": 2, "controls": 1, "failed": 0}


def test_a_failed_fit_ends_in_an_error(run, tmp_path):
    with pytest.raises(UserError, match="1 of 1 fits failed, the first being svr on d"):
        run(fit="failed")
    assert not (tmp_path / "verdict.json").exists()


def test_a_failed_fit_of_a_study_ends_in_an_error(run, tmp_path):
    with pytest.raises(UserError, match=r"1 of 2 rows of .*surface.tsv failed, .* svr on d, t: boom"):
        run(studied="failed")
    assert not (tmp_path / "verdict.json").exists()


def test_a_failed_control_ends_in_an_error(run, tmp_path):
    with pytest.raises(
        UserError, match=r"'permuted phenotype' of svr on d \(0.3, at most 0.17\).*not to be trusted"
    ):
        run(control="failed")
    assert not (tmp_path / "verdict.json").exists()
