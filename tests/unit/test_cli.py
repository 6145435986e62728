"""The command: what is meant, what is shown, and how a run that failed ends."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer.main
import yaml

from dnngp.base.errors import UserError
from dnngp.base.workflow_files import checkout, workflow_folder
from dnngp.cli import app, console, inspection, workflow_run
from dnngp.cli.commands import check
from dnngp.cli.commands.init import population
from dnngp.cli.console import RunConsole, fit_line, kind_of
from dnngp.cli.execution import problems
from dnngp.cli.first_look import first_look
from dnngp.cli.workflow_run import Run, command_line, with_configuration, without_frames

ROOT = Path(__file__).parents[2]
COMMANDS = [
    "run",
    "init",
    "check",
    "estimate",
    "predict",
    "apply",
    "report",
    "compare",
    "test",
    "bench",
    "docs",
]


@pytest.fixture(autouse=True)
def named_run(monkeypatch):
    monkeypatch.setenv("DNNGP_PROGRAM", "./run")


def called(capsys, *arguments):
    """Exit status, standard output and standard error of the command."""
    with pytest.raises(SystemExit) as ended:
        app.main(arguments)
    return ended.value.code, *capsys.readouterr()


def names():
    return list(typer.main.get_command(app.build()).commands)


@pytest.mark.parametrize("asked", ["help", "--help", "-h"])
def test_help_lists_every_command_on_one_line_each(asked, capsys):
    status, out, _ = called(capsys, asked)
    assert status == 0
    listed = out.partition("Commands")[2].splitlines()
    assert names() == COMMANDS
    for name in names():
        (line,) = [line for line in listed if line.strip("│ ").split(" ")[0] == name]
        assert line.strip("│ ").endswith("."), f"{name} does not fit on one line"


@pytest.mark.parametrize("name", names())
def test_every_command_has_help(name, capsys):
    status, out, _ = called(capsys, "help", name)
    assert status == 0
    assert f"Usage: run {name}" in out


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ([], ["run"]),
        (["my.yaml", "-n"], ["run", "my.yaml", "-n"]),
        (["--cores", "4"], ["run", "--cores", "4"]),
        (["results/beans/qc.tsv"], ["run", "results/beans/qc.tsv"]),
        (["estimate", "my.yaml"], ["estimate", "my.yaml"]),
        (["help", "run"], ["run", "--help"]),
        (["help"], ["--help"]),
    ],
)
def test_what_is_meant(typed, meant):
    assert app.meant(typed, names()) == meant


def test_a_misspelt_command_is_answered_with_the_nearest(capsys):
    status, out, err = called(capsys, "estimat")
    assert (status, out) == (2, "")
    assert err == (
        "error: there is no command 'estimat'. Did you mean 'estimate'? ./run help lists the commands.\n"
    )


@pytest.mark.parametrize("arguments", [["my.yaml"], ["run", "my.yaml"], ["--configfile", "my.yaml"]])
def test_a_configuration_that_is_not_there(arguments, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text("datasets: []")
    status, out, err = called(capsys, *arguments)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "the configuration my.yaml does not exist" in err
    assert "Did you mean 'mine.yaml'?" in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("datasets: [", "error: my.yaml, line 1, column 12: this is no YAML: "),
        ("- a\n- b\n", "error: my.yaml: the configuration is a list and has no options."),
        ("", "error: my.yaml: the configuration is empty."),
    ],
)
def test_a_configuration_that_is_none(text, message, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.yaml").write_text(text)
    status, _, err = called(capsys, "my.yaml")
    assert status == 2
    assert err.startswith(message)
    assert len(err.splitlines()) == 1


def test_a_disk_that_cannot_be_written_to_is_one_line(capsys, monkeypatch):
    def full(arguments, known):
        raise OSError(errno.ENOSPC, "No space left on device", "wheat.yaml")

    monkeypatch.setattr(app, "meant", full)
    status, _, err = called(capsys, "init")
    assert status == 2
    assert err.startswith("error: wheat.yaml: the disk is full. Make room and run the same command again")
    assert len(err.splitlines()) == 1


def test_a_wrong_option_of_a_command_is_one_line(capsys):
    status, _, err = called(capsys, "apply", "--nonsense")
    assert status == 2
    assert err.startswith("error: ")
    assert len(err.splitlines()) == 1


def test_help_needs_no_library_that_takes_long_to_import():
    """It answers at once: nothing numeric is imported."""
    code = (
        "import sys; from dnngp.cli.app import build; build(); "
        "sys.exit(' '.join({'numpy', 'pandas', 'sklearn', 'keras', 'snakemake'} & set(sys.modules)))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "scripts")}
    process = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert process.stderr.strip() == ""


def test_snakemake_gets_the_defaults_that_are_not_given():
    command = command_line(["--cores", "1", "x"])
    assert command[command.index("--snakefile") + 1] == str(ROOT / "Snakefile")
    assert command[-3:] == ["--cores", "1", "x"]
    assert command.count("--cores") == 1
    assert command_line([])[-2:] == ["--cores", "all"]
    for sized in ("-j4", "-c", "--jobs=3", "--cores=2"):
        assert "all" not in command_line([sized])
    assert "--workflow-profile" in command_line(["--profile", "profiles/slurm"])


def test_the_first_argument_may_be_a_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("my.yaml", "config.yaml"):
        (tmp_path / name).write_text("datasets: []\n")
    assert with_configuration(["my.yaml", "-n", "x"]) == ["-n", "x", "--configfile", "my.yaml"]
    assert with_configuration(["--configfile=my.yaml"]) == ["--configfile=my.yaml"]
    assert with_configuration(["-n"]) == ["-n"]
    (tmp_path / "config.yaml").unlink()
    with pytest.raises(UserError, match=r"config\.yaml does not exist .* \./run init GENOTYPES PHENOTYPES"):
        with_configuration(["-n"])


def test_the_words_of_snakemake_lose_their_frames():
    words = [
        "host: here",
        "Building DAG of jobs...",
        'WorkflowError in file "/x/common.smk", line 7:',
        "something is wrong",
        '  File "/x/common.smk", line 7, in <module>',
    ]
    assert without_frames(words) == ["something is wrong"]


def test_a_failed_run_ends_with_the_errors_of_its_logs(tmp_path):
    run = Run(started=0, about={"logs": str(tmp_path)}, status=1)
    (tmp_path / "fit.log").write_text("error: bad.csv, line 3: no number.\n")
    assert problems(run, []) == ["error: bad.csv, line 3: no number."]
    run.problem = "The configuration has one problem:\n  - x"
    assert problems(run, []) == ["error: The configuration has one problem:\n  - x"]


def test_what_jobs_say_is_repeated_where_no_log_could_be_written():
    run = Run(status=1)
    run.words += [
        "error: peas.log: the disk is full.",
        "RuleException:",
        "error: peas.log: the disk is full.",
    ]
    assert problems(run, []) == ["error: peas.log: the disk is full."]


def test_a_locked_folder_is_told_in_words_of_the_user():
    run = Run(status=1)
    run.words += ["LockException:", "Error: Directory cannot be locked."]
    (line,) = problems(run, ["my.yaml"])
    assert line.endswith("./run my.yaml --unlock")


FIT = {
    "event": "started",
    "id": 3,
    "rule": "fit",
    "wildcards": {"dataset": "beans", "trait": "yield", "scheme": "random", "model": "gblup"},
    "output": ["results/r1b1.folds.tsv"],
    "message": "beans, yield: gblup",
}


@pytest.fixture
def folds(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "r1b1.folds.tsv").write_text(
        "repeat\tfold\tstatus\tpearson\n1\t1\tok\t0.5\n1\t2\tok\t0.6\n1\t3\tfailed\tNA\n"
    )
    return tmp_path


def test_a_finished_fit_is_a_line_with_its_score(folds):
    line = fit_line(FIT, folds)
    assert " ".join(line.split()) == "beans, yield, random gblup r = 0.55 (1 of 3 folds failed)"
    assert fit_line(FIT | {"output": ["results/x.tsv"]}, folds) is None


def test_the_console_shows_fits_warnings_once_and_the_time_left(folds, monkeypatch, capsys):
    monkeypatch.setattr(RunConsole, "_price", lambda self, jobs: None)
    shown = RunConsole()
    shown.on_event({"event": "run", "directory": str(folds), "cores": 2})
    jobs = [[FIT["rule"], FIT["wildcards"]]] * 4
    shown.on_event({"event": "planned", "jobs": jobs})
    shown.time.prices = {kind_of(*jobs[0]): 600.0}
    shown.on_event(FIT)
    assert shown.progress() == "0 of 4 jobs, about 20 min left: beans, yield: gblup"
    for line in ("warning: one thing", "warning: one thing", "[Mon] Snakemake speaks"):
        shown.on_words(line)
    shown.on_event({"event": "finished", "id": 3})
    err = capsys.readouterr().err
    assert err.count("one thing") == 1
    assert "Snakemake speaks" not in err
    assert "r = 0.55" in err
    assert shown.progress().startswith("1 of 4 jobs")


def test_verbose_shows_everything(capsys):
    RunConsole(verbose=True).on_words("[Mon] Snakemake speaks")
    assert "Snakemake speaks" in capsys.readouterr().err


def test_the_ending_says_what_to_use(tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "advice.tsv").write_text(
        "dataset\ttrait\tscheme\tmodel\tpearson\tpredicted\treference\tbetter\n"
        "beans\tyield\trandom\trkhs\t0.6\tTrue\tgblup\tTrue\n"
        "beans\theight\trandom\tgblup\t0.4\tTrue\tgblup\tFalse\n"
        "beans\tcolour\trandom\tNA\tNA\tFalse\tNA\tFalse\n"
        "beans\tyield\tcluster_out\tgblup\t0.2\tTrue\tgblup\tFalse\n"
    )
    page = tmp_path / "report" / "index.html"
    page.write_text("")
    run = Run(about={"results": str(tmp_path), "pages": [str(page), str(tmp_path / "none.html")]})
    assert console.ending(run) == [
        "beans, yield: use rkhs, r = 0.60 (random), better than gblup beyond chance.",
        "beans, height: use gblup, r = 0.40 (random).",
        "beans, colour: no model predicts it beyond chance; do not select on it yet.",
        f"Report: {page}",
    ]


def test_an_interrupt_is_passed_on_to_snakemake_and_its_jobs(monkeypatch, tmp_path):
    """A child that would run for long ends, and the run says that it was stopped."""
    code = "import os, signal, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(60)"
    monkeypatch.setattr(workflow_run, "command_line", lambda arguments: [sys.executable, "-c", code])
    run = workflow_run.run_snakemake([])
    assert run.stopped
    assert run.status != 0


def test_the_files_of_the_workflow_lie_around_the_package():
    assert workflow_folder() == ROOT / "workflow"
    assert checkout() == ROOT


VCF = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\tc\td\n"


def files(folder, phenotypes, calls="0/1\t0/0\t1/1\t./."):
    """Genotypes of the lines a to d, and a table of phenotypes."""
    (folder / "g.vcf").write_text(VCF + f"1\t5\tm\tA\tC\t.\t.\t.\tGT\t{calls}\n")
    (folder / "wheat.csv").write_text(phenotypes)
    return folder / "g.vcf", folder / "wheat.csv"


def test_a_configuration_is_written_for_two_files(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = ("1,a,5,x,2001,q", "2,b,NA,x,2001,r", "3,c,7,x,2002,s", "4,z,7.5,y,2002,t")
    files(tmp_path, "\n".join(["plot,line,height (cm),family,year,note", *rows]) + "\n")
    status, out, _ = called(capsys, "init", "g.vcf", "wheat.csv")
    assert status == 0
    assert "Next: ./run check wheat.yaml" in out
    written = yaml.safe_load((tmp_path / "wheat.yaml").read_text())
    (dataset,) = written["datasets"]
    assert dataset["id_column"] == "line"
    assert dataset["traits"] == ["plot", "height (cm)"]
    assert (dataset["time"], dataset["ploidy"]) == ("year", 2)
    assert written["pathvars"] == {"results": "results/wheat", "logs": "logs/wheat"}
    assert "note (words)" in (tmp_path / "wheat.yaml").read_text()
    assert called(capsys, "init", "g.vcf", "wheat.csv")[0] == 2  # nothing is overwritten


@pytest.mark.parametrize(
    ("calls", "ploidy"), [("0/1\t0/0\t1/1\t./.", 2), ("0/0/1/1\t0/0/0/0\t1/1/1/1\t./././.", 4)]
)
def test_the_ploidy_is_that_of_the_calls(tmp_path, calls, ploidy):
    paths = files(tmp_path, "id,y\na,1\nb,2\nc,3\n", calls)
    assert first_look(*paths).ploidy == ploidy


def test_rows_of_one_line_are_environments(tmp_path):
    paths = files(tmp_path, "id,site,y\n" + "".join(f"{one},{site},1\n" for one in "abc" for site in "ns"))
    assert first_look(*paths).environment == "site"
    files(tmp_path, "id,y\na,1\na,2\n")
    with pytest.raises(UserError, match="the id 'a' of the column 'id' is there 2 times"):
        first_look(*paths)


def test_files_without_a_common_id_are_refused_by_init(tmp_path):
    paths = files(tmp_path, "id,y\nA1,1\nB1,2\n")
    with pytest.raises(
        UserError, match=r"no column has an id of .*\(a, b, c, \.\.\.\); the first one has A1, B1"
    ):
        first_look(*paths)


def made(folder, phenotypes):
    """A configuration of a small population, in a folder of its own."""
    rng = np.random.default_rng(1)
    ids = [f"L{number:03}" for number in range(30)]
    markers = pd.DataFrame(rng.integers(0, 3, (30, 40)), index=ids, columns=[f"m{n}" for n in range(40)])
    markers.to_csv(folder / "g.csv")
    phenotypes(pd.DataFrame({"y": rng.normal(size=30)}, index=ids)).to_csv(folder / "p.csv")
    text = {"datasets": [{"name": "peas", "genotypes": "g.csv", "phenotypes": "p.csv"}]}
    text |= {"cv": {"folds": 3, "schemes": ["random"]}, "methods": ["mean", "gblup"]}
    (folder / "peas.yaml").write_text(yaml.safe_dump(text))


def test_check_shows_what_a_run_would_use(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(check, "_cost", lambda arguments: "1 CPU hours")

    def spoilt(table):
        table.iloc[0] = -9.0
        return table.rename(index={"L003": "l003", "L004": "l004"})

    made(tmp_path, spoilt)
    status, out, _ = called(capsys, "check", "peas.yaml")
    assert status == 0
    assert "28 in both files (30 genotyped, 30 in the phenotypes)" in out
    assert "2 more samples would match upper and lower case apart: 'l003' for 'L003'" in out
    assert "1 values are -9 (L000): write NA" in out
    assert re.search(r"random +3 folds of 9 to 10 test samples", out)
    assert "No problem. Next: ./run peas.yaml" in out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.rename(index=str.lower), "would match upper and lower case apart"),
        (lambda table: table.assign(y=1.0), "the trait is constant"),
        (lambda table: table.assign(y="high"), "'high' is not a finite number"),
    ],
)
def test_check_ends_with_every_problem(change, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    made(tmp_path, change)
    status, out, _ = called(capsys, "check", "peas.yaml")
    assert status == 1
    assert message in out


def test_histograms_and_suspicious_values():
    assert inspection.histogram(np.array([0, 0, 0, 0, 1, 3.0]), 4) == "█▂ ▂"
    values = pd.Series([*range(40), 400.0], index=[f"s{n}" for n in range(41)])
    assert list(inspection.suspicious(values)) == [
        "1 values lie more than 5 robust standard deviations from the median: s40 = 400."
    ]
    assert list(inspection.suspicious(values[:40])) == []


def test_the_page_of_the_command_is_current():
    check = subprocess.run([sys.executable, ROOT / "docs" / "generate_command.py", "--check"], check=False)
    assert check.returncode == 0, "run: python docs/generate_command.py"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("peas.2024.csv", "peas"),
        ("rice/phenotypes.csv", "rice"),
        ("data/phenotypes.csv", "my_population"),
        ("Höhe 1/traits.csv", "H_he_1"),
    ],
)
def test_the_population_is_called_by_its_table_or_folder(path, name, tmp_path):
    assert population(tmp_path / path) == name


def test_check_of_several_environments(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(check, "_cost", lambda arguments: "1 CPU hours")

    def long(table):
        places = [table.assign(site=site, y=table["y"] + number) for number, site in enumerate("nse")]
        return pd.concat(places)

    made(tmp_path, long)
    status, out, _ = called(capsys, "init", "g.csv", "p.csv", "--output", "met.yaml")
    assert status == 0
    assert "environments: {column: site}" in (tmp_path / "met.yaml").read_text()
    status, out, _ = called(capsys, "check", "met.yaml")
    assert status == 0, out
    assert "30 in both files" in out
    assert "90 values in 3 environments" in out
    assert re.search(r"CV2 +5 folds of \d+ to \d+ test samples", out)
