"""Datasets with environments as configured: what suits them, and every problem in one list."""

from dataclasses import replace

import pytest

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.config.sections.environments import Environments
from dnngp.cost.estimates import COSTS, Costs, Estimator, dataset_size
from dnngp.cost.machine_speed import MachineSpeed
from dnngp.methods.registry import METHODS
from dnngp.plan import Fit, Plan

COLUMNS = ["x", "y", "z"]


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read a configuration of one dataset with environments; changes by key."""
    monkeypatch.chdir(tmp_path)
    samples = [f"s{number}" for number in range(12)]
    (tmp_path / "g.csv").write_text("id,m1,m2\n" + "".join(f"{s},{n % 3},0\n" for n, s in enumerate(samples)))
    (tmp_path / "wide.csv").write_text(
        "id,x,y,z\n" + "".join(f"{s},{n % 7},{n % 5},{n}\n" for n, s in enumerate(samples))
    )
    (tmp_path / "long.csv").write_text(
        "id,env,yield\n" + "".join(f"{s},{e},{n}\n" for n, s in enumerate(samples) for e in "AB")
    )
    (tmp_path / "env.csv").write_text("env,rain,year\nA,1,2011\nB,2,2012\n")

    def configured(environments=None, schemes=("CV1",), methods=("gblup",), phenotypes="wide.csv", **changes):
        dataset = {"name": "d", "genotypes": "g.csv", "phenotypes": phenotypes}
        dataset["environments"] = environments or {"columns": COLUMNS, "trait": "yield"}
        cv = {"folds": 3, "schemes": list(schemes)}
        return read_configuration({"datasets": [dataset], "methods": list(methods), "cv": cv} | changes)

    return configured


def test_a_wide_table_has_one_trait_and_traits_are_one_together(read):
    assert read().datasets["d"].traits == {"yield": "yield"}
    traits = read({"traits": COLUMNS}).datasets["d"]
    assert traits.traits == {"all_traits": "all traits"}
    assert traits.environments.are_traits


TRAITS = {"traits": COLUMNS}
LONG = {"environments": {"column": "env"}, "phenotypes": "long.csv"}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"environments": TRAITS, "schemes": ["CV2"]}, "is called CV2star"),
        ({"environments": TRAITS, "schemes": ["CV2*"]}, "unknown. Since 0.2.0 it is called 'CV2star'"),
        ({"schemes": ["CV2star"]}, "It is called CV2 where environments are no traits"),
        ({"environments": TRAITS, "schemes": ["CV0"]}, "CV0 needs a dataset with `environments`"),
        ({"environments": {"columns": ["x", "q"], "trait": "yield"}}, r"no column 'q'"),
        ({"environments": {"columns": ["x"], "trait": "yield"}}, "needs two at least, not 1"),
        ({"environments": {"columns": COLUMNS}}, "needs `trait`: say what their values are"),
        ({"environments": {"column": "x", "columns": ["y", "z"]}}, "one of `column`, `columns` and `traits`"),
        ({"methods": ["gblup_gexe"]}, "Did you mean 'gblup_gxe'"),
        ({"methods": ["gblup_norm"]}, "it needs covariates"),
        ({"environments": TRAITS, "methods": ["gblup_gxe"]}, "it is for environments, not for traits"),
        ({"methods": ["gblup_multi"], "schemes": ["CV0"]}, "it predicts no environment without records"),
        ({"methods": [], "models": {"n": {"method": "dnngp_env", "params": {"epocs": 3}}}}, "'epochs'"),
        (LONG | {"phenotypes": "no.csv"}, "no.csv does not exist"),
        (
            {"experiments": {"learning_curve": {"models": ["gblup_norm"]}}, "schemes": ["CV1", "random"]},
            "experiments.learning_curve: 'gblup_norm' can be used with none of d",
        ),
        ({"importance": ["lightgbm_env"], "methods": ["lightgbm_env"]}, "grows trees on components"),
        ({"trials": {"t": {"dataset": "d"}}}, r"unknown key 'trials'. Since 0.2.0 a dataset describes its"),
    ],
)
def test_what_cannot_be_is_answered(read, changes, what):
    with pytest.raises(UserError, match=what):
        read(**changes)


def test_importance_of_a_method_that_knows_none_is_refused(read, monkeypatch):
    monkeypatch.setitem(METHODS, "gblup_main", replace(METHODS["gblup_main"], importance=""))
    with pytest.raises(UserError, match="'gblup_main' does not know it of markers"):
        read(importance=["gblup_main"], methods=["gblup_main"])


def test_pairs_of_many_environments_are_left_out(read, tmp_path):
    names = [f"t{number}" for number in range(11)]
    rows = [",".join([f"s{n}", *(str((n * k) % 7 / 2) for k in range(1, 12))]) for n in range(12)]
    (tmp_path / "wide.csv").write_text("\n".join([",".join(["id", *names]), *rows]) + "\n")
    with pytest.raises(UserError, match="at most 10"):
        read({"columns": names, "trait": "yield"}, methods=["gblup_multi"])


def test_columns_of_files_are_looked_up(read, tmp_path):
    (tmp_path / "long.csv").write_text("id,env,yield\na,A,1\n")
    covariates = {"file": "env.csv", "columns": {"rian": "number"}, "group": "season"}
    with pytest.raises(UserError) as error:
        read({"column": "site", "covariates": covariates}, phenotypes="long.csv")
    text = str(error.value)
    assert "no column 'site' (`environments`)" in text
    assert "`environments.covariates.columns.rian`" in text
    assert "`environments.covariates.group`" in text


def test_cells_of_files_are_looked_at_once(read, tmp_path):
    (tmp_path / "long.csv").write_text('id,env,yield\ns1,A,1\ns2,B,"1,5"\n')
    with pytest.raises(UserError, match="line 3, column yield: '1,5' is not a finite number"):
        read(**LONG)


def test_cells_of_covariates_are_looked_at(read, tmp_path):
    (tmp_path / "env.csv").write_text("env,rain\nA,NA\nB,much\n")
    covariates = {"file": "env.csv", "columns": {"rain": "number"}}
    with pytest.raises(UserError, match=r"env\.csv, line 3, column rain: 'much' is not a finite number"):
        read({"column": "env", "covariates": covariates}, phenotypes="long.csv")


def test_models_run_in_the_schemes_that_suit_them(read):
    """What cannot predict a new environment is left out of the schemes that ask for nothing else."""
    methods = ["mean", "gblup", "gblup_main", "gblup_multi"]
    fits = Plan(read(schemes=["CV1", "CV0"], methods=methods)).fits()
    models = {
        scheme: [fit.model for fit in fits if fit.scheme == scheme and fit.repeat == 1]
        for scheme in ("CV1", "CV0")
    }
    assert models == {"CV1": methods, "CV0": methods[:-1]}


def test_experiments_and_importance_are_of_datasets_with_environments_too(read):
    curve = {"learning_curve": {"models": ["gblup", "gblup_gxe"], "samples": ["all"]}}
    methods = ["gblup", "gblup_multi"]
    config = read(schemes=["CV0", "random"], methods=methods, experiments=curve, importance=methods)
    plan = Plan(config)
    assert [fit.model for fit in plan.sized_fits()] == ["gblup", "gblup_gxe"]
    assert plan.importances("tsv") == [f"<results>/d/yield/markers/{name}.tsv" for name in methods]
    schemes = [plan.first_bundle("d", "yield", name).split("/")[3] for name in methods]
    assert schemes == ["CV0", "random"]


def test_traits_are_fitted_together_under_the_scheme_for_traits(read):
    config = read(TRAITS, schemes=["CV1", "CV2star"], methods=["gblup_multi"])
    fits = Plan(config).fits()
    assert fits[-1] == Fit("d", "all_traits", "CV2star", "gblup_multi", 1, 1)
    assert len(fits) == 2


@pytest.mark.parametrize(
    "given", [{"column": "env", "trait": "yield"}, {"traits": ["a", "b"], "names": ["a", "b"]}]
)
def test_options_of_another_form_are_refused(given):
    with pytest.raises(ValueError, match="is for `col"):
        Environments.model_validate(given)


def long_table(values, header="id,env,yield,age"):
    """Twelve samples in two environments; values of A and B by sample, the age of each sample twice."""
    rows = [
        f"s{n},{e},{value},{90 if n == 3 else 30 + n}"
        for e, own in zip("AB", values, strict=True)
        for n, value in enumerate(own)
    ]
    return "\n".join([header, *rows]) + "\n"


MEASURED = [5.1, 5.4, 4.9, 5.0, 5.2, 5.3, 4.8, 5.5, 5.1, 5.6, 5.2, 5.0]
TEN_TIMES = [10 * value for value in MEASURED]


def test_a_code_for_missing_values_is_asked_about_within_its_environment(read, tmp_path):
    coded = [*MEASURED[:10], -9, -9]
    (tmp_path / "long.csv").write_text(long_table([coded, TEN_TIMES]))
    with pytest.raises(UserError, match=r"column yield: -9 is there 2 times .*missing_values: \[-9\]"):
        read(**LONG)


def test_environments_of_other_means_and_covariates_of_every_row_are_no_codes(read, tmp_path):
    (tmp_path / "long.csv").write_text(long_table([MEASURED, TEN_TIMES]))
    assert read(**LONG).datasets["d"].is_long


def test_a_code_in_a_column_of_environments_is_asked_about(read, tmp_path):
    values = [f"s{n},{value},{-99 if n > 9 else value},1" for n, value in enumerate(MEASURED)]
    (tmp_path / "wide.csv").write_text("\n".join(["id,x,y,z", *values]) + "\n")
    with pytest.raises(UserError, match=r"column y: -99 is there 2 times"):
        read({"columns": ["x", "y"], "trait": "yield"})


def test_a_code_in_covariates_of_environments_is_asked_about(read, tmp_path):
    names = [f"e{number}" for number in range(12)]
    rows = [f"s{n},{name},{5 + (n * 7 + k) % 5}" for k, name in enumerate(names) for n in range(12)]
    (tmp_path / "long.csv").write_text("\n".join(["id,env,yield", *rows]) + "\n")
    rain = [*(f"{name},{500 + number}" for number, name in enumerate(names[:10])), "e10,-999", "e11,-999"]
    (tmp_path / "env.csv").write_text("\n".join(["env,rain", *rain]) + "\n")
    covariates = {"file": "env.csv", "columns": {"rain": "number"}}
    with pytest.raises(UserError, match=r"env\.csv, column rain: -999 is there 2 times"):
        read({"column": "env", "covariates": covariates}, phenotypes="long.csv")


def test_a_long_table_without_names_of_columns_or_of_an_environment_is_refused(read, tmp_path):
    (tmp_path / "long.csv").write_text(long_table([MEASURED, MEASURED]).replace("s5,B", "s5,"))
    with pytest.raises(UserError, match="line 19, column env: '' names no environment"):
        read(**LONG)


def test_genotypes_in_the_place_of_environments_are_noticed(read, tmp_path):
    names = [f"t{number}" for number in range(20)]
    rows = [",".join([f"s{n}", *(str((n + k) % 3) for k in range(20))]) for n in range(12)]
    (tmp_path / "wide.csv").write_text("\n".join([",".join(["id", *names]), *rows]) + "\n")
    with pytest.raises(UserError, match="Are `genotypes` and `phenotypes` swapped"):
        read({"columns": names, "trait": "yield"})


def test_records_are_counted_by_environment_for_an_estimate(read, tmp_path):
    (tmp_path / "long.csv").write_text(long_table([MEASURED, [*TEN_TIMES[:6], *["NA"] * 6]]))
    size = dataset_size(read(**LONG).datasets["d"])
    assert (size.lines, size.environments, size.with_trait) == (12, 2, {"age": 12, "yield": 9})
    assert dataset_size(read().datasets["d"]).with_trait == {"yield": 12}


def test_fits_of_environments_have_a_price(read):
    """As many fits as environments, or one on all records; a covariance for each pair costs more."""
    estimator = Estimator(read(), Costs.load(COSTS), MachineSpeed(1.0, 1.0))
    encoding = {"name": "additive"}
    one = estimator.fold("gblup", encoding, {}, 100, 1000)[0]
    assert estimator.fold("gblup", encoding, {}, 100, 1000, 6)[0] == pytest.approx(6 * one)
    assert estimator.fold("gblup_gxe", encoding, {}, 100, 1000, 6)[0] == pytest.approx(6 * one)
    assert estimator.fold("gblup_multi", encoding, {}, 100, 1000, 6)[0] == pytest.approx(36 * one)
    trees = {"name": "pca", "components": 100}
    assert estimator.fold("lightgbm_env", trees, {}, 100, 1000, 6) == estimator.fold(
        "lightgbm", trees, {}, 600, 1000
    )
    assert estimator.problems == []
