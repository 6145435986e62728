"""Trials as configured: defaults, and every problem in one list."""

import pytest

from dnngp.base.errors import UserError
from dnngp.config.sections.trials import Trial as TrialOptions
from dnngp.evaluation.trials.options import folder_of, read_trial, scheme_of


def trial(entry, columns=("x", "y", "z")):
    filled = TrialOptions.model_validate({"dataset": "d", **entry}).model_dump()
    return read_trial("t", filled, phenotypes="p.csv", id_column=None, columns=list(columns))


def test_defaults_suit_the_kind():
    fields, traits = trial({}), trial({"kind": "traits"})
    assert fields.schemes == ["CV1", "CV2"]
    assert {"gblup_gxe", "gblup_multi"} <= set(fields.methods)
    assert "gblup_norm" not in fields.methods
    assert traits.schemes == ["CV1"]
    assert "gblup_gxe" not in traits.methods
    assert fields.conditions == ["x", "y", "z"]


def test_pairs_of_many_conditions_are_left_out():
    names = [f"t{i}" for i in range(11)]
    assert "gblup_multi" not in trial({}, names).methods
    with pytest.raises(UserError, match="at most 10"):
        trial({"methods": ["gblup_multi"]}, names)


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ({"kind": "traits", "schemes": ["CV2"]}, "is called CV2\\*"),
        ({"schemes": ["CV2*"]}, "It is called CV2 there"),
        ({"kind": "traits", "schemes": ["CV0"]}, "the scheme CV0 is not for traits"),
        ({"conditions": ["x", "q"]}, "there is no trait 'q' in the dataset"),
        ({"conditions": ["x"]}, "needs two environments, not 1"),
        ({"methods": ["gblup_gexe"]}, "Did you mean 'gblup_gxe'"),
        ({"methods": ["gblup_norm"]}, "it needs covariates"),
        ({"kind": "traits", "methods": ["gblup_gxe"]}, "it is for environments"),
        ({"methods": ["gblup_within"], "schemes": ["CV0"]}, "cannot predict conditions without records"),
        ({"methods": ["mean"], "reference": "gblup_gxe"}, "reference: 'gblup_gxe' is not in `methods`"),
        ({"methods": ["dnngp"], "params": {"dnngp": {"epocs": 3}}}, "Did you mean 'epochs'"),
        ({"methods": ["mean"], "params": {"dnngp": {"epochs": 3}}}, "params: 'dnngp' is not in `methods`"),
        ({"records": {"file": "no.csv", "environment": "e", "value": "v"}}, "no.csv does not exist"),
    ],
)
def test_what_cannot_be_is_told(entry, what):
    with pytest.raises(UserError, match=what):
        trial(entry)


def test_columns_of_files_are_looked_up(tmp_path):
    (tmp_path / "long.csv").write_text("id,env,yield\n")
    (tmp_path / "env.csv").write_text("env,rain\n")
    entry = {
        "records": {"file": str(tmp_path / "long.csv"), "environment": "site", "value": "yeild"},
        "covariates": {"file": str(tmp_path / "env.csv"), "columns": {"rian": "number"}, "group": "year"},
    }
    with pytest.raises(UserError) as error:
        trial(entry)
    lines = str(error.value).splitlines()
    assert [line.split("(")[1].split(")")[0] for line in lines] == [
        *("`records.environment`", "`records.value`"),
        *("`covariates.group`", "`covariates.columns.rian`"),
    ]


def test_cells_of_files_are_looked_at_once(tmp_path):
    (tmp_path / "long.csv").write_text('id,site,yield\na,x,1\na,y,"1,5"\n')
    (tmp_path / "env.csv").write_text("env,rain,soil\nx,NA,sand\ny,much,clay\n")
    entry = {
        "records": {"file": str(tmp_path / "long.csv"), "environment": "site", "value": "yield"},
        "covariates": {"file": str(tmp_path / "env.csv"), "columns": {"rain": "number", "soil": "factor"}},
    }
    with pytest.raises(UserError) as error:
        trial(entry)
    lines = str(error.value).splitlines()
    assert [line.removeprefix(f"{tmp_path}/") for line in lines] == [
        "long.csv, line 3, column yield: '1,5' is not a finite number. Write numbers with a decimal point.",
        "env.csv, line 3, column rain: 'much' is not a finite number. Words are no numbers: make the "
        "covariate a `factor`, or write NA for missing values.",
    ]


def test_methods_run_where_they_can():
    found = trial({"methods": ["mean", "gblup_within", "gblup_main"], "schemes": ["CV1", "CV0"]})
    assert found.of_scheme("CV0") == ["mean", "gblup_main"]
    assert found.reference_of("CV1") == "gblup_within"
    assert found.reference_of("CV0") == "gblup_main"


def test_folders_of_schemes_have_no_star():
    assert folder_of("CV2*") == "CV2star"
    assert scheme_of(folder_of("CV2*")) == "CV2*"
