"""The last word on a run."""

import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.base.tables import write_table
from dnngp.evaluation.controls import CONTROLS
from dnngp.evaluation.verdict import in_words, verdict


@pytest.fixture
def run(tmp_path):
    """Judge a run by the status of its fit, its control and a fit of a study; what was judged."""

    def judged(fit="ok", control="ok", studied="ok"):
        fits = pd.DataFrame(
            [{"dataset": "d", "trait": "t", "model": "svr", "repeat": 1, "fold": 2, "status": fit}]
        ).assign(message="boom")
        row = {"control": "permuted phenotype", "dataset": "d", "trait": "t", "model": "svr"}
        row |= {"value": 0.3, "bound": 0.17, "status": control}
        write_table(fits, tmp_path / "accuracy.tsv")
        write_table(pd.DataFrame([row], columns=CONTROLS), tmp_path / "controls.tsv")
        # A size that a dataset has not enough lines for is no failure.
        sizes = fits.assign(n=20, p=50, status=[studied]), fits.assign(n=90, p=50, status="unavailable")
        write_table(pd.concat(sizes), tmp_path / "surface.tsv")
        paths = {name: str(tmp_path / f"{name}.tsv") for name in ("accuracy", "controls", "surface")}
        return verdict(paths["accuracy"], paths["controls"], [paths["surface"]], "report/index.html")

    return judged


def test_a_run_without_failures(run):
    counts = run()
    assert counts == {"fits": 1, "studied": 2, "controls": 1, "failed": 0}
    assert in_words(counts) == "None failed: 1 fits, 2 rows of experiments, 1 controls."


def test_a_failed_fit_ends_in_an_error(run):
    with pytest.raises(UserError, match="1 of 1 fits failed, the first being svr on d"):
        run(fit="failed")


def test_a_failed_fit_of_a_study_ends_in_an_error(run):
    with pytest.raises(UserError, match=r"1 of 2 rows of .*surface.tsv failed, .* svr on d, t: boom"):
        run(studied="failed")


def test_a_failed_control_ends_in_an_error(run):
    with pytest.raises(
        UserError, match=r"'permuted phenotype' of svr on d \(0.3, at most 0.17\).*not to be trusted"
    ):
        run(control="failed")
