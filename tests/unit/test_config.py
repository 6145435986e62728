"""The configuration: defaults, and every problem told at once."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.config.dataset_entries import folder_name
from dnngp.methods.registry import METHODS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Thirty lines with genotypes; phenotypes for all of them, in another order."""
    monkeypatch.chdir(tmp_path)
    ids = [f"line {number}" for number in range(30)]
    Path("geno.csv").write_text("id,m1,m2\n" + "".join(f"{name},0,1\n" for name in ids))
    rows = "".join(
        f"{name},{number},{number % 3}.5,fam{number % 2}\n" for number, name in enumerate(reversed(ids))
    )
    Path("pheno.csv").write_text("id,Plant height (cm),yield,family\n" + rows)
    return {"name": "wheat", "genotypes": "geno.csv", "phenotypes": "pheno.csv", "groups": "family"}


def read(raw, **options):
    return read_configuration(raw, **options)


def problems(raw):
    with pytest.raises(UserError) as caught:
        read(raw)
    return str(caught.value)


def test_markers_are_told_of_known_variants_alone():
    for importance, message in (
        (["gblub"], "importance: 'gblub' is neither in `methods` nor in `models`. Did you mean 'gblup'"),
        (["forest"], "importance: 'forest' grows trees on components"),
    ):
        config = {
            "datasets": [{"name": "a", "simulate": {}}],
            "models": {"forest": {"method": "random_forest", "encoding": {"name": "pca", "components": 9}}},
            "importance": importance,
        }
        with pytest.raises(UserError) as caught:
            read_configuration(config)
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            {"method": "dnngp", "params": {"epochs": -5}},
            "params.epochs must be a whole number from 1, not -5.",
        ),
        ({"method": "dnngp", "params": {"epochs": 0}}, "params.epochs must be a whole number from 1, not 0."),
        ({"method": "mlp", "params": {"epochs": "many"}}, "must be a whole number from 1, not 'many'."),
        ({"method": "mlp", "params": {"learning_rate": -1}}, "must be a number above 0, or null, not -1."),
        (
            {"method": "ridge", "encoding": {"name": "pca", "variance": 95}},
            "`variance` must be a number above 0 and at most 1, or null, not 95.",
        ),
        (
            {"method": "ridge", "encoding": {"name": "pca", "components": -3}},
            "`components` must be a whole number from 1, or null, not -3.",
        ),
        (
            {"method": "ridge", "encoding": {"name": "additive", "impute": "KNN"}},
            "`impute` must be one of mean, mode, knn, none, not 'KNN'.",
        ),
        (
            {"method": "ridge", "encoding": {"name": "additive", "impute": "none"}},
            "`impute: none` leaves missing calls, which 'ridge' does not take.",
        ),
    ],
)
def test_values_of_parameters_are_checked_before_anything_runs(model, message):
    text = problems({"datasets": [{"name": "a", "simulate": {}}], "models": {"x": model}})
    assert "models.x" in text
    assert message in text


def test_members_of_a_network_are_a_number():
    """A stack has an option of that name, which is a list."""
    models = {"five": {"method": "mlp", "params": {"members": 5}}}
    config = read({"datasets": [{"name": "a", "simulate": {}}], "models": models})
    assert config.models["five"].params == {"members": 5}


def test_defaults_fill_in_everything_a_minimal_configuration_leaves_out(files):
    config = read({"datasets": [files]})
    assert config.cv == {
        "schemes": ["random", "cluster_out"],
        "folds": 10,
        "repeats": 1,
        "clusters": None,
        "selected_fraction": 0.1,
        "folds_per_job": None,
        "marker_jobs": None,
    }
    assert set(config.models) == {"mean", "gblup", "rkhs", "lightgbm", "svr", "stack", "dnngp"}
    assert config.datasets["wheat"].traits == {"Plant_height_cm": "Plant height (cm)", "yield": "yield"}
    assert config.datasets["wheat"].qc["maf"] == 0.01
    assert config.datasets["wheat"].reading == {
        "ploidy": 2,
        "format": "auto",
        "field": "GT",
        "multiallelic": "skip",
        "samples_in": "rows",  # where ids of the phenotypes stand
        "filter": "all",
        "no_reads": "call",
        "map": None,
        "strict": True,
    }


def test_empty_sections_mean_their_defaults(files):
    config = read({"datasets": [files], "qc": None, "cv": None})
    assert config.datasets["wheat"].qc["maf"] == 0.01


def test_a_dataset_may_have_quality_control_of_its_own(files):
    common = {"maf": 0.05, "hwe": 0.001, "strict": False}
    barley = {**files, "name": "barley", "qc": {"maf": 0.2, "hwe": None}}
    config = read({"datasets": [files, barley], "qc": common})
    wheat, barley = (dataset.qc for dataset in config.datasets.values())
    assert (wheat["maf"], wheat["hwe"], wheat["mac"]) == (0.05, 0.001, 0)
    assert (barley["maf"], barley["hwe"], barley["mac"]) == (0.2, None, 0)
    assert config.datasets["barley"].reading["strict"] is False
    assert "datasets[1].qc: unknown key 'mfa'. Did you mean 'maf'?" in problems(
        {"datasets": [{**files, "qc": {"mfa": 1}}]}
    )


def test_names_of_files_that_snakemake_reads_as_its_own_are_named(files):
    for name in ("p{x}.csv", "p<b>.csv"):
        Path("pheno.csv").rename(name)
        assert f"the name of the file {name} (`phenotypes`) has a character of {{ }} < >" in problems(
            {"datasets": [{**files, "phenotypes": name}]}
        )
        Path(name).rename("pheno.csv")


def test_files_of_ids_must_exist(files):
    text = problems({"datasets": [files], "qc": {"exclude_samples": "outliers.txt"}})
    assert "dataset wheat: the file outliers.txt does not exist (`qc.exclude_samples`" in text


def test_defaults_of_the_schema_satisfy_the_schema(files):
    config = read({"datasets": [files]})
    again = read(config.resolved)
    assert again.resolved == config.resolved


def test_models_carry_their_encoding_and_parameters(files):
    raw = {
        "datasets": [files],
        "methods": ["gblup"],
        "models": {"svr-pca": {"method": "svr", "encoding": {"name": "pca", "components": 5}}},
    }
    models = read(raw).models
    assert list(models) == ["gblup", "svr-pca"]
    assert models["svr-pca"].encoding == {"name": "pca", "components": 5}


def test_all_problems_come_in_one_list(files, tmp_path):
    text = problems(
        {
            "datasets": [
                files | {"traits": ["yeild"]},
                {"name": "Wheat", "genotypes": "none.vcf", "phenotypes": "pheno.csv"},
            ],
            "methods": ["gblub"],
            "models": {"x": {"method": "svr", "params": {"gama": 1}}},
        }
    )
    assert "5 problems" in text
    assert "no trait 'yeild'. Did you mean 'yield'?" in text
    assert "'Wheat' is used twice" in text
    assert "none.vcf does not exist" in text
    assert "'gblub' does not exist. Did you mean 'gblup'?" in text
    assert "no parameter 'gama'. Did you mean 'gamma'?" in text


def test_an_old_key_is_answered_with_its_new_name(files):
    text = problems({"datasets": [{**files, "layers": {}}], "variants": {}, "compare": {"answer": "gblup"}})
    assert "datasets[1]: unknown key 'layers'. Since 0.2.0 it is called 'omics'." in text
    assert "  - unknown key 'variants'. Since 0.2.0 it is called 'models'." in text
    assert "compare: unknown key 'answer'. Since 0.2.0 it is called 'candidate'." in text


def test_names_in_capitals_are_recognised(files):
    assert "methods: 'GBLUP' does not exist. Did you mean 'gblup'?" in problems(
        {"datasets": [files], "methods": ["GBLUP"]}
    )


def test_names_are_no_missing_values_and_differ_by_more_than_case(files):
    """Tables write NA for what is missing: rows of a dataset or model of that name would be lost."""
    choice = {"NA": {"method": "svr"}, "GBLUP": {"method": "svr"}}
    text = problems({"datasets": [{**files, "name": "NA"}], "methods": ["gblup"], "models": choice})
    assert "datasets: the name 'NA' means missing in tables" in text
    assert "models: the name 'NA' means missing in tables" in text
    assert "models: the name 'GBLUP' is used twice" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"traits": []}, "datasets[1].traits"),
        ({"traits": "yield"}, "'yield' is not a list: write `[yield]`, or `all`"),
        ({"trait": ["yield"]}, "unknown key 'trait'. Did you mean 'traits'?"),
        ({"name": "a b"}, "'a b' is not a valid name"),
        ({"ploidy": "two"}, "'two' is not of type 'integer'"),
        ({"simulate": {}}, "needs both `genotypes` and `phenotypes`, or `simulate`"),
        ({"id_column": "Id"}, "no column 'Id' (`id_column`). Did you mean 'id'?"),
        ({"groups": "famly"}, "no column 'famly' (`groups`). Did you mean 'family'?"),
    ],
)
def test_a_wrong_dataset_entry_is_named(files, change, message):
    assert message in problems({"datasets": [files | change]})


def test_row_names_of_r_are_no_trait(files, tmp_path):
    header, *rows = Path(files["phenotypes"]).read_text().splitlines()
    written = [f'"",{header}', *(f'"{number}",{row}' for number, row in enumerate(rows, start=1))]
    (tmp_path / "r.csv").write_text("\n".join(written) + "\n")
    entry = files | {"phenotypes": str(tmp_path / "r.csv"), "id_column": "id"}
    config = read_configuration({"datasets": [entry]})
    assert "" not in config.datasets[entry["name"]].traits.values()


def test_ids_without_overlap_are_shown_from_both_files(files):
    Path("pheno.csv").write_text("id,yield\n" + "".join(f"L{number},1\n" for number in range(30)))
    text = problems({"datasets": [{key: files[key] for key in ("name", "genotypes", "phenotypes")}]})
    assert "L0, L1, L2, ..." in text
    assert "line 0, line 1, line 2, ..." in text


def test_the_side_of_a_table_is_asked_about_where_there_is_one(files):
    phenotypes = "id,yield\n" + "".join(f"L{number},{number}\n" for number in range(9))
    Path("pheno.csv").write_text(phenotypes)
    entry = {key: files[key] for key in ("name", "genotypes", "phenotypes")}
    text = problems({"datasets": [entry]})
    assert "Set `id_column` if another column of pheno.csv holds them." in text
    assert "`samples_in` to `rows` or `columns` if the names shown of geno.csv are markers" in text
    fixed = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
    Path("geno.vcf").write_text(f"##fileformat=VCFv4.2\n{fixed}\ta\tb\n")
    text = problems({"datasets": [entry | {"genotypes": "geno.vcf"}]})
    assert "is found in geno.vcf (a, b)" in text
    assert "samples_in" not in text


@pytest.mark.parametrize("named", ["L_{:03d}", "SNP{:03d}", "DH-{:04d}"])
def test_the_side_of_a_table_is_told_by_ids_of_the_phenotypes(files, named):
    """Whatever samples and markers are called."""
    ids, markers = [named.format(number) for number in range(30)], [f"x{number}" for number in range(9)]
    Path("pheno.csv").write_text("id,yield\n" + "".join(f"{name},{k}\n" for k, name in enumerate(ids)))
    in_rows = "".join(f"{name},{','.join('012012012')}\n" for name in ids)
    in_columns = "".join(f"{name},{','.join('012' * 10)}\n" for name in markers)
    for side, header, rows in (("rows", markers, in_rows), ("columns", ids, in_columns)):
        Path("geno.csv").write_text(f"{','.join(['', *header])}\n{rows}")
        entry = {key: files[key] for key in ("name", "genotypes", "phenotypes")}
        assert read({"datasets": [entry]}).datasets["wheat"].reading["samples_in"] == side


def test_a_vcf_without_calls_is_asked_for_its_field(files):
    fixed = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
    samples = "\t".join(f"line {number}" for number in range(30))
    cells = "\t".join(["0.5:0.6,0.3,0.1"] * 30)
    text = f"##fileformat=VCFv4.2\n{fixed}\t{samples}\n1\t5\tm\tA\tC\t.\t.\t.\tDS:GP\t{cells}\n"
    Path("geno.vcf").write_text(text)
    message = problems({"datasets": [files | {"genotypes": "geno.vcf"}]})
    assert "the first record has no GT. Set `field: DS`" in message


def test_a_prefix_of_plink_is_answered_with_the_file_to_name(files):
    Path("p.bed").write_bytes(b"")
    text = problems({"datasets": [files | {"genotypes": "p"}]})
    assert "the file p does not exist" in text
    assert "There is p.bed." in text


def test_cells_that_are_no_values_are_told_of_every_column_at_once(files):
    """In the words of the jobs: file, line, column, remedy."""
    header, *rows = Path("pheno.csv").read_text().splitlines()
    beside = {3: "1,2018-05-01,1", 4: "2,2018-13-01,x1", 5: "tall,2018-02-30,2"}
    rows = [f"{row},{beside.get(number, '3,NA,NA')}" for number, row in enumerate(rows, start=2)]
    rows[0] = rows[0].replace(",0,", ',"1,5",')
    Path("pheno.csv").write_text("\n".join([f"{header},grade,sown,age", *rows]) + "\n")
    entry = {**files, "time": "sown", "covariates": {"age": "number"}}
    found = problems({"datasets": [entry]}).splitlines()
    decimal = "Write numbers with a decimal point."
    leave = "Words are no values: leave the column out of `traits`, or write NA for missing values."
    factor = "Words are no numbers: make the covariate a `factor`, or write NA for missing values."
    assert [line.removeprefix("  - dataset wheat: pheno.csv, ") for line in found] == [
        "The configuration has 4 problems:",
        f"line 2, column Plant height (cm): '1,5' is not a finite number. {decimal}",
        f"line 5, column grade: 'tall' is not a finite number. {leave}",
        "line 4, column sown: '2018-13-01' is no date. Write dates as 2019-05-31, or numbers throughout.",
        f"line 4, column age: 'x1' is not a finite number. {factor}",
    ]
    read({"datasets": [entry]}, read_inputs=False)
    read({"datasets": [{**files, "traits": ["yield"], "covariates": {"grade": "factor"}}]})


def test_too_few_lines_for_the_folds(files):
    assert "only 30 lines have genotypes and phenotypes" in problems(
        {"datasets": [files], "cv": {"folds": 31}}
    )


def test_a_code_for_missing_values_is_asked_about(files):
    header, *rows = Path("pheno.csv").read_text().splitlines()
    coded = [
        row if number % 6 else row.replace(row.split(",")[1], "-999", 1) for number, row in enumerate(rows)
    ]
    Path("pheno.csv").write_text("\n".join([header, *coded]) + "\n")
    assert (
        "dataset wheat: pheno.csv, column Plant height (cm): -999 is there 5 times (lines 2, 8, 14, ...), "
        "far from all others (1 to 29). If it stands for a missing value, write `missing_values: [-999]` in "
        "the dataset; if it was measured, `missing_values: []`."
    ) in problems({"datasets": [files], "cv": {"folds": 3}})
    for answer in ([-999], [], ["-999.0"]):
        read({"datasets": [{**files, "missing_values": answer}], "cv": {"folds": 3}})


def test_folds_that_are_too_small_for_a_trait_are_named_by_the_check(files):
    text = problems({"datasets": [files], "cv": {"folds": 30}})
    assert (
        "only 30 lines have genotypes and a value of yield: 30 folds (leave-one-out) would test fewer than 3 "
        "lines each, and r needs 3. Set `cv.folds` to 10 or less."
    ) in text
    rows = Path("pheno.csv").read_text().splitlines()
    few = [rows[0], *(",".join([row.split(",")[0], "1", "NA", "fam0"]) for row in rows[1:22]), *rows[22:]]
    Path("pheno.csv").write_text("\n".join(few) + "\n")
    text = problems({"datasets": [files], "cv": {"folds": 4}})
    assert "only 9 lines have genotypes and a value of yield: 4 folds would test fewer than 3 lines" in text


def test_ids_that_differ_by_a_trifle_are_asked_about(files):
    text = Path("pheno.csv").read_text().replace("line ", "line_")
    Path("pheno.csv").write_text(text)
    message = problems({"datasets": [files]})
    assert "0 of 30 phenotyped samples have genotypes; 30 more would match" in message
    assert "`ids: separators`" in message
    assert read({"datasets": [files | {"ids": "separators"}]}).datasets["wheat"].table.ids == "separators"
    assert "no id of pheno.csv" in problems({"datasets": [files | {"ids": "exact"}]})
    Path("folds.csv").write_text("id,r\n" + "".join(f"LINE-{n},{n % 3}\n" for n in range(30)))
    config = {"datasets": [files | {"ids": "fold", "folds_file": "folds.csv"}], "cv": {"schemes": ["file"]}}
    assert read(config).datasets["wheat"].folds == (1, 3)


def test_what_describes_samples_may_stand_in_a_file_of_its_own(files):
    Path("s.csv").write_text("id,year,age\n" + "".join(f"line {n},{2000 + n % 5},{n}\n" for n in range(30)))
    entry = files | {"samples_file": "s.csv", "time": "year", "covariates": {"age": "number"}}
    dataset = read({"datasets": [entry]}).datasets["wheat"]
    assert (dataset.time, list(dataset.traits)) == ("year", ["Plant_height_cm", "yield"])
    Path("s.csv").write_text(Path("s.csv").read_text().replace(",29\n", ",old\n"))
    assert "s.csv, line 31, column age: 'old' is not a finite number" in problems({"datasets": [entry]})
    Path("s.csv").write_text("id,family\nline 1,f\n")
    text = problems({"datasets": [files | {"samples_file": "s.csv"}]})
    assert "pheno.csv and s.csv both have a column 'family' (`groups`)" in text
    text = problems({"datasets": [files | {"samples_file": "t.csv"}]})
    assert "the file t.csv does not exist (`samples_file`" in text


def test_columns_may_be_named_that_are_no_traits(files):
    entry = files | {"not_traits": ["Plant height (cm)"]}
    assert read({"datasets": [entry]}).datasets["wheat"].traits == {"yield": "yield"}
    text = problems({"datasets": [files | {"not_traits": ["yeild"]}]})
    assert "pheno.csv has no column 'yeild' (`not_traits`). Did you mean 'yield'" in text


def test_a_phenotype_table_without_names_is_noticed(files):
    Path("pheno.csv").write_text("".join(f"line {number},{number + 0.5}\n" for number in range(30)))
    entry = {key: files[key] for key in ("name", "genotypes", "phenotypes")}
    assert "pheno.csv has no line with the names of its columns" in problems({"datasets": [entry]})


def test_swapped_files_are_noticed(files):
    markers = [f"m{number}" for number in range(40)]
    rows = [f"line {number}," + ",".join(str((number + m) % 3) for m in range(40)) for number in range(30)]
    Path("geno.csv").write_text("\n".join([f"id,{','.join(markers)}", *rows]) + "\n")
    swapped = {"name": "wheat", "genotypes": "pheno.csv", "phenotypes": "geno.csv"}
    assert "Are `genotypes` and `phenotypes` swapped?" in problems({"datasets": [swapped]})


def test_groups_are_needed_to_leave_them_out(files):
    entry = {key: files[key] for key in ("name", "genotypes", "phenotypes")}
    text = problems({"datasets": [entry], "cv": {"schemes": ["leave_group_out"]}})
    assert "has no `groups`" in text


def test_inputs_are_not_read_again_by_jobs_on_a_cluster(files):
    Path("geno.csv").write_text("id,m1\nnobody,0\n")
    read({"datasets": [files]}, read_inputs=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("yield", "yield"), ("Plant height (cm)", "Plant_height_cm"), ("a/b", "a_b"), ("Höhe", "Hohe")],
)
def test_folder_names_are_plain(text, expected):
    assert folder_name(text) == expected


def test_folder_names_stay_apart():
    taken = []
    for text in ["a b", "a_b", "a/b", "产量", "高度", "..", ""]:
        name = folder_name(text, taken)
        assert name not in taken
        assert name.isascii()
        assert name[0].isalnum()
        taken.append(name)


@pytest.mark.parametrize("method", METHODS)
def test_parameters_read_from_the_source_are_those_of_the_class(method):
    from dnngp.methods.registry import create

    expected = set(create(method, {}, 0).get_params()) - {"random_state", "encoding"}
    assert set(METHODS[method].parameters) == expected


def test_the_gallery_is_valid(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    from make_gallery import GALLERY

    for name, entry in GALLERY.items():
        config = {key: value for key, value in entry.items() if key != "about"}
        if name != "demo":
            read(config, read_inputs=False)


def test_no_two_examples_write_results_into_the_same_folder():
    folders = ["results", "logs"]  # of the demo
    for path in sorted((ROOT / "config" / "examples").glob("*.yaml")):
        config = yaml.safe_load(path.read_text())
        if any("simulate" in one for one in config["datasets"]):
            assert config["pathvars"]["resources"] != "resources", path.name
        folders += [config["pathvars"][name] for name in ("results", "logs")]
    assert len(set(folders)) == len(folders)


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "config" / "examples").glob("*.yaml")))
def test_examples_are_valid(name, tmp_path, monkeypatch, shared):
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    (tmp_path / "shared").symlink_to(shared)
    (project / "data" / "genotypes.vcf.gz").touch()
    (project / "data" / "phenotypes.csv").write_text("id,yield\n")
    monkeypatch.chdir(project)
    if name == "class-sets.yaml":  # its tables are cut from those of the sets
        runpy.run_path(str(ROOT / "benchmarks" / "class_sets.py"), run_name="__main__")
    read(yaml.safe_load((ROOT / "config" / "examples" / name).read_text()), read_inputs=False)


def test_reference_page_is_up_to_date():
    check = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate_configuration.py", "--check"], check=False
    )
    assert check.returncode == 0, "run: python docs/generate_configuration.py"


def test_covariates_are_columns_and_no_traits(files):
    config = read({"datasets": [{**files, "covariates": {"yield": "number"}}]})
    assert config.datasets["wheat"].covariates == {"yield": "number"}
    assert list(config.datasets["wheat"].traits.values()) == ["Plant height (cm)"]
    text = problems({"datasets": [{**files, "covariates": {"yeild": "number"}}]})
    assert "geno" not in text
    assert "has no column 'yeild' (`covariates`). Did you mean 'yield'?" in text


def test_a_model_may_be_tuned_if_it_has_something_to_tune(files):
    tuned = {"method": "svr", "tune": {"budget": 5}}
    config = read({"datasets": [files], "models": {"tuned": tuned}})
    assert {name: model.tune for name, model in config.models.items()}["tuned"] == 5
    assert config.models["gblup"].tune == 1
    text = problems({"datasets": [files], "models": {"tuned": {"method": "gblup", "tune": {"budget": 5}}}})
    assert "models.tuned: method 'gblup' has no hyper-parameters left to tune." in text


def test_members_of_a_stack_are_checked_before_anything_runs(files):
    members = ["gblup", "rhks", {"method": "svr", "params": {"c": 1}}]
    text = problems(
        {"datasets": [files], "models": {"all": {"method": "stack", "params": {"members": members}}}}
    )
    assert "models.all.params.members[2]: method 'rhks' does not exist. Did you mean 'rkhs'?" in text
    assert "models.all.params.members[3]: method 'svr' has no parameter 'c'." in text
    text = problems({"datasets": [files], "models": {"all": {"method": "stack", "encoding": "pca"}}})
    assert "models.all: method 'stack' takes the encodings own, not 'pca'." in text


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ("gblup", "params.members: 'gblup' is not a list: write `[gblup]`."),
        ([], "params.members: [] should be non-empty."),
        (["gblup", 5], "params.members[2]: 5 is not of type 'string', 'object'."),
        ([{"params": {}}], "params.members[1]: method is missing."),
        (
            [{"method": "svr", "param": {}}],
            "params.members[1]: unknown key 'param'. Did you mean 'params'?",
        ),
        ([{"method": "stack", "params": {"members": 1}}], "members[1].params.members: 1 is not of type"),
    ],
)
def test_members_of_a_stack_have_a_form(files, members, problem):
    stack = {"method": "stack", "params": {"members": members}}
    assert problem in problems({"datasets": [files], "models": {"all": stack}})


def layered(files, **layer):
    """A dataset with a layer of bands for its thirty lines."""
    rows = "".join(f"line {number},{number / 7:.3f}\n" for number in range(30))
    Path("bands.csv").write_text("id,wl400\n" + rows)
    return files | {"omics": {"bands": {"file": "bands.csv", **layer}}}


def test_a_dataset_may_have_layers_and_models_read_them(files):
    members = ["gblup", {"method": "svr", "omics": ["bands"]}]
    config = read(
        {
            "datasets": [layered(files, qc={"min_call_rate_marker": 0.5})],
            "qc": {"min_call_rate_marker": 0.95},
            "methods": ["gblup"],
            "models": {
                "both": {"method": "kernel_sum", "omics": ["markers", "bands"]},
                "late": {"method": "stack", "params": {"members": members}},
            },
        }
    )
    layer = config.datasets["wheat"].omics["bands"]
    assert (layer.files, layer.on_missing) == (["bands.csv"], "drop")
    # Common options are about markers.
    assert (layer.qc["min_call_rate_marker"], layer.qc["maf"]) == (0.5, 0.01)
    assert layer.reading["samples_in"] == "rows"
    assert config.models["both"].encoding == [{"name": "additive"}, {"name": "additive", "omics": "bands"}]
    assert {name: model.omics for name, model in config.models.items()} == {
        "gblup": [],
        "both": ["bands"],
        "late": ["bands"],
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"models": {"a": {"method": "svr", "omics": ["band"]}}},
            "has no layer 'band'. Did you mean 'bands'?",
        ),
        ({"models": {"a": {"method": "svr", "omics": ["bands", "bands"]}}}, "a layer is listed twice"),
        ({"models": {"a": {"method": "gblup_ad", "omics": ["bands"]}}}, "It reads markers alone"),
        ({"models": {"a": {"method": "stack", "omics": ["bands"]}}}, "Give them to its members"),
        (
            {"models": {"a": {"method": "dlgwas", "omics": ["markers", "bands"]}}},
            "onehot has a channel a genotype",
        ),
        (
            {"models": {"a": {"method": "svr", "omics": [{"layer": "bands", "encoding": "onehot"}]}}},
            "takes the encodings additive, pca, haplotype_blocks, not 'onehot'",
        ),
        (
            {
                "models": {"a": {"method": "svr", "omics": ["bands"]}},
                "predict": {"new": {"dataset": "wheat", "candidates": "unphenotyped", "model": "a"}},
            },
            "predict.new: 'a' reads the layer bands, and lines are predicted from markers alone",
        ),
        (
            {"models": {"a": {"method": "svr", "omics": ["bands"]}}, "importance": ["a"]},
            "importance: 'a' reads the layer bands",
        ),
        (
            {"models": {"a": {"method": "svr", "omics": ["bands"]}}, "experiments": {"learning_curve": {}}},
            "experiments.learning_curve: 'a' reads other layers than markers",
        ),
    ],
)
def test_mistakes_about_layers_are_named(files, changes, message):
    found = problems({"datasets": [layered(files)], "methods": ["gblup"], "cv": {"folds": 3}} | changes)
    assert message in found
    assert found.count("\n") == 1


def test_files_of_layers_must_fit(files):
    entry = layered(files)
    entry["omics"]["ions"] = {"file": "nothing.csv"}
    assert "the file nothing.csv does not exist (`omics.ions.file`" in problems({"datasets": [entry]})
    Path("bands.csv").write_text("id,wl400\nrow 1,2.5\n")
    entry["omics"].pop("ions")
    assert "no id of bands.csv (row 1, the layer bands) is found" in problems({"datasets": [entry]})
    entry["omics"] = {"markers": {"file": "bands.csv"}}
    assert "'markers' has a meaning of its own" in problems({"datasets": [entry]})


def test_ids_of_layers_that_differ_by_a_trifle_are_asked_about(files):
    entry = layered(files)
    Path("bands.csv").write_text(Path("bands.csv").read_text().replace("line", "Line"))
    told = "bands.csv: 0 of 30 phenotyped samples have the layer bands; 30 more would match upper and lower"
    assert told in problems({"datasets": [entry]})
    read({"datasets": [entry | {"ids": "case"}]})


def test_beagle_takes_calls_of_diploids_in_a_vcf(files):
    text = problems({"datasets": [{**files, "impute": "beagle", "ploidy": 4}]})
    assert "`impute: beagle` takes a VCF, and geno.csv is none." in text
    assert "`impute: beagle` takes the calls (`field: GT`) of diploids (`ploidy: 2`) alone." in text


FOREST = {"method": "random_forest", "encoding": "pca"}
REPLICATES = {"kind": "replicates", "column": "replicates"}


def simulated(**experiments):
    return {
        "datasets": [{"name": "peas", "simulate": {"samples": 60, "markers": 200}}],
        "methods": ["gblup", "svr"],
        "cv": {"folds": 5, "repeats": 2},
        "experiments": experiments,
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"methods": ["svr"]}, "export: R checks `gblup` with its default encoding and parameters. Add it"),
        (
            {"datasets": [{"name": "peas", "simulate": {"replicates": 3}, "weights": REPLICATES}]},
            "export: no trait can be checked in R (yield of peas: its records have weights). Leave it out.",
        ),
        ({"export": "R"}, "export: 'R' is unknown. Did you mean 'r'?"),
    ],
)
def test_exports_that_would_be_empty_are_refused(changes, message):
    assert message in problems({**simulated(), "export": "r", **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"models": {"trees": {"method": "lightgbm", "encoding": "pca"}}},
            "predict.new: explain: 'trees' grows trees on components, whose splits do not lead back to "
            "markers. Name another model, or leave it out.",
        ),
        (
            {"models": {"trees": {"method": "stack", "params": {"members": ["ridge", FOREST]}}}},
            "predict.new: explain: 'trees' has the member 'random_forest', which grows trees on components",
        ),
        ({"explain": {"candidates": []}}, "predict.new.explain.candidates: []"),
        ({"explain": {"candidates": 0}}, "predict.new.explain.candidates: 0 is less than the minimum of 1"),
        ({"explain": {"windows": 0}}, "predict.new.explain.windows: 0 is less than the minimum of 1"),
        (
            {"trait_types": {"yield": "count"}},
            "predict.new: explain: yield is count, and only predictions of quantities are explained.",
        ),
    ],
)
def test_explanations_that_cannot_be_are_refused(changes, message):
    dataset = {"name": "peas", "simulate": {"held_back": 9}, "trait_types": changes.get("trait_types", {})}
    models = changes.get("models", {"trees": {"method": "ridge"}})
    predict = {"dataset": "peas", "candidates": "unphenotyped", "model": "trees"}
    predict["explain"] = changes.get("explain", {})
    assert message in problems({"datasets": [dataset], "models": models, "predict": {"new": predict}})


def test_a_candidate_to_explain_is_looked_for_in_its_file(files):
    predict = {"dataset": "wheat", "candidates": "geno.csv", "explain": {"candidates": ["lime3"]}}
    told = problems({"datasets": [files], "predict": {"new": predict}})
    assert "predict.new: explain.candidates: 'lime3' is not in geno.csv. Did you mean" in told


def test_no_study_unless_asked_for(files):
    assert read({"datasets": [files]}).experiments.learning_curve is None


def test_a_size_study_names_compared_models_its_own_and_methods():
    own = {"narrow": {"method": "dnngp", "encoding": {"name": "pca", "components": 5}}}
    config = read(
        simulated(models=own, learning_curve={"samples": [20, "all"], "models": ["gblup", "narrow", "rkhs"]})
    )
    assert config.experiments.learning_curve.models == ["gblup", "narrow", "rkhs"]
    assert set(config.experiments.models) == {"narrow", "rkhs"}
    assert config.experiments.models["narrow"].encoding == {"name": "pca", "components": 5}
    assert set(config.models) == {"gblup", "svr"}
    assert config.experiments.learning_curve.cells == [("peas", "yield")]
    assert config.experiments.learning_curve.repeats == 2
    assert read(simulated(learning_curve={})).experiments.learning_curve.models == ["gblup", "svr"]


def test_sizes_that_a_dataset_cannot_have_are_refused(files):
    text = problems(simulated(learning_curve={"samples": [48, 49], "markers": [200, 201]}))
    assert (
        "experiments.learning_curve.samples: 49 is more than dataset peas has: 48 (60 lines in 5 folds train)"
        in text
    )
    assert "experiments.learning_curve.markers: 201 is more than dataset peas has" in text
    assert "48 is" not in text
    text = problems(
        {"datasets": [files], "cv": {"folds": 3}, "experiments": {"learning_curve": {"samples": [21]}}}
    )
    assert (
        "experiments.learning_curve.samples: 21 is more than dataset wheat has: 20 "
        "(30 lines in 3 folds train)" in text
    )


def test_mistakes_in_a_size_study_are_named():
    text = problems(
        simulated(
            models={"svr": {"method": "svr"}, "odd": {"method": "dnngb"}},
            learning_curve={
                **{"models": ["gblub"], "folds": 6, "repeats": 3, "datasets": ["pea"]},
                **{"traits": ["yeild"]},
            },
        )
        | {"cv": {"folds": 5, "schemes": ["leave_group_out"]}}
    )
    for part in (
        "experiments.models: 'svr' is already listed",
        "experiments.models.odd: method 'dnngb' does not exist. Did you mean 'dnngp'?",
        "experiments.learning_curve.models: 'gblub' does not exist. Did you mean 'gblup'?",
        "experiments.learning_curve.folds: 6 of 5",
        "experiments.learning_curve.repeats: 3 of 1",
        "experiments.learning_curve.datasets: 'pea' does not exist. Did you mean 'peas'?",
        "Add `random` to `cv.schemes`",
    ):
        assert part in text
    assert "experiments.learning_curve.traits: 'yeild' does not exist. Did you mean 'yield'?" in problems(
        simulated(learning_curve={"traits": ["yeild"]})
    )
    assert "experiments.learning_curve.samples[2]: 'most' is not of type `all`, 'integer'" in problems(
        simulated(learning_curve={"samples": [20, "most"]})
    )


def test_comparisons_have_a_reference_and_an_answer(files):
    def compared(**raw):
        return read({"datasets": [files]} | raw).compare

    stacked = {"models": {"everything": {"method": "stack"}}}
    assert compared() == {"reference": "gblup", "candidate": "stack", "equivalence_margin": 0.01}
    assert compared(methods=["gblup", "rkhs"])["candidate"] == "gblup"
    assert compared(methods=["gblup"], **stacked)["candidate"] == "everything"
    assert compared(methods=["mean", "svr"])["reference"] == "svr"
    assert compared(compare={"candidate": "rkhs"})["candidate"] == "rkhs"
    text = problems({"datasets": [files], "compare": {"reference": "gblub"}})
    assert "compare.reference: 'gblub' is not run. Did you mean 'gblup'?" in text


def test_studies_in_pairs_reuse_what_the_comparison_runs():
    config = read(simulated(encodings={"models": ["gblup"], "encodings": ["additive", {"name": "pca"}]}))
    pairs = [pair[:2] for pair in config.experiments.encodings.contrasts]
    assert pairs == [
        *(("ridge.additive", "ridge.additive"), ("ridge.pca", "ridge.additive")),
        ("gblup", "gblup"),  # as it runs anyway, and it takes no components
    ]
    assert set(config.experiments.models) == {"ridge.additive", "ridge.pca"}
    config = read(simulated(ablation={"parts": ["depth"], "relatives": ["svr"]}))
    pairs = [pair[:2] for pair in config.experiments.ablation.contrasts]
    assert pairs == [
        ("dnngp", "dnngp"),
        ("dnngp.depth-1", "dnngp"),
        ("dnngp.depth-2", "dnngp"),
        ("svr", "dnngp"),
    ]
    assert set(config.experiments.models) == {"dnngp", "dnngp.depth-1", "dnngp.depth-2"}
    assert config.experiments.models["dnngp.depth-1"].params == {"depth": 1}


def test_mistakes_in_studies_in_pairs_are_named():
    text = problems(
        simulated(
            encodings={"models": ["ridg"], "encodings": ["aditive", {"name": "pca", "component": 3}]},
            ablation={"models": ["svr"], "relatives": ["deepg"]},
        )
    )
    for part in (
        "experiments.encodings.models: 'ridg' does not exist. Did you mean 'ridge'?",
        "experiments.encodings.encodings: the encoding 'aditive' does not exist. Did you mean 'additive'?",
        "encoding 'pca' has no option 'component'. Did you mean 'components'?",
        "experiments.ablation.models: 'svr' is no model of dnngp",
        "experiments.ablation.relatives: 'deepg' does not exist. Did you mean 'deepgs'?",
    ):
        assert part in text
    taken = simulated(encodings={}) | {
        "models": {"ridge.additive": {"method": "ridge", "params": {"penalty": 3}}}
    }
    with pytest.raises(UserError, match=r"'ridge\.additive'"):
        read(taken)


def test_the_configuration_that_a_run_leaves_repeats_it_to_the_order_of_keys(files):
    """Snakemake compares parameters as text, so another order of keys would run everything again."""
    raw = {
        "cv": {"folds": 3, "schemes": ["random"]},
        "qc": {"maf": 0.05, "strict": False},
        "datasets": [{**files, "qc": {"hwe": 0.001, "maf": 0.02}}, simulated()["datasets"][0]],
        "models": {"z": {"params": {"gamma": 0.1, "C": 2.0}, "method": "svr"}},
    }
    config = read(raw)
    again = read(yaml.safe_load(yaml.safe_dump(config.resolved, sort_keys=False)))
    assert repr(again) == repr(config)


def test_a_simulation_of_fewer_samples_than_folds():
    simulated = {"name": "a", "simulate": {"samples": 20, "markers": 50, "traits": {"y": {"h2": 0.5}}}}
    with pytest.raises(UserError, match="20 samples with a phenotype cannot fill 30 folds"):
        read_configuration({"datasets": [simulated], "methods": ["gblup"], "cv": {"folds": 30}})
