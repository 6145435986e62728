"""The workflow on a real SLURM of two nodes, through profiles/slurm, with everything going wrong on the way.

One run serves all tests, as every job on SLURM starts Snakemake twice: Snakemake itself is killed and started
anew, the network is given too little memory, a fit is cancelled, and a node goes down with what runs on it.

It is not the demo that runs, which takes more than the six minutes that these tests may: 70 of its 90 jobs
would go to SLURM, which costs four CPU seconds a job on top of its 386, and the local run takes those again.
What runs instead has every rule that the demo sends, with fewer methods, lines and markers.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from tests.e2e.conftest import ROOT
from tests.e2e.conftest import snakemake as run
from tests.trees import contents

SLURM = ROOT / "tests" / "slurm"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(shutil.which(name) is None for name in ("munged", "slurmctld", "slurmd", "sbatch")),
        reason="needs SLURM (Debian: apt-get install munge slurmctld slurmd slurm-client)",
    ),
    pytest.mark.skipif(os.getuid() != 0, reason="needs root, to put a configuration into /etc/slurm"),
]

#: The demo cut down to what still has every rule.
DEMO = {
    "datasets": [
        {"name": "d", "simulate": {"samples": 40, "markers": 100, "traits": {"t": {"h2": 0.7, "qtl": 9}}}}
    ],
    "methods": ["mean", "gblup"],
    "models": {"tiny.net": {"method": "dnngp", "params": {"epochs": 2}}},
    "cv": {"folds": 2, "repeats": 2, "schemes": ["random", "cluster_out"]},
}
#: The profile, with its waits shortened (everything is on one disk) and two quick rules at a time; no job may
#: ask for more than MOST MB; the first attempt at the network gets TOO_LITTLE.
MOST, TOO_LITTLE = 1500, 350
OTHERS = ["mean", "gblup"]
PROFILE = [
    *("--profile", ROOT / "profiles" / "slurm"),
    *("--slurm-init-seconds-before-status-checks", 2, "--max-status-checks-per-second", 1),
    *("--latency-wait", 5, "--local-cores", 2),
    *("--resources", f"mem_mb={MOST}", "runtime=60"),
    "--set-resources",
    f"fit:mem_mb=({TOO_LITTLE} if wildcards.model == 'tiny.net' else 700) * 4 ** (attempt - 1)",
]


@dataclass
class Story:
    """What happened: where, what Snakemake said, which jobs were struck, SLURM's records of all jobs."""

    folder: Path
    output: str = ""
    cancelled: str = ""
    lost: set[str] = field(default_factory=set)
    jobs: dict[str, dict[str, str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def cluster():
    """Folder of a running SLURM (a short path, as a socket's must be)."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    try:
        # A silent node is given up after six seconds.
        environment = os.environ | {"SLURM_TEST_SLURMD_TIMEOUT": "6"}
        subprocess.run([SLURM / "start", folder], check=True, env=environment, timeout=180)
        yield folder
    finally:
        subprocess.run([SLURM / "stop", folder], check=True, timeout=180)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def story(cluster, tmp_path_factory):
    story = Story(tmp_path_factory.mktemp("slurm"))
    (story.folder / "config.yaml").write_text(yaml.safe_dump(DEMO))

    with snakemake(story, *PROFILE) as process:
        wait_for(running_fits, process)
        os.killpg(process.pid, signal.SIGKILL)
    # What docs/how-to/slurm.md tells to do then.
    (name,) = set(re.findall(r"SLURM run ID: (\S+)", story.output))
    slurm("scancel", f"--name={name}")
    while slurm("squeue", "--noheader"):
        time.sleep(0.2)
    with snakemake(story, "--unlock"):
        pass

    with snakemake(story, *PROFILE) as process:
        (story.cancelled, *_) = wait_for(lambda: running_fits(*OTHERS), process)
        slurm("scancel", story.cancelled)
        story.lost = wait_for(
            lambda: {*running_fits(*OTHERS, node="node2")} & jobs_at_work("node2") - {story.cancelled},
            process,
        )
        take_down("node2", cluster)
        status = process.wait(timeout=900)
    story.jobs = records()
    assert status == 0, story.output
    return story


def test_results_are_those_of_a_local_run(story, tmp_path):
    process = run(tmp_path, DEMO)
    assert process.returncode == 0, process.stdout + process.stderr
    assert contents(story.folder / "results") == contents(tmp_path / "results")


def test_quick_rules_are_no_jobs_of_slurm(story):
    sent = {re.match(r"rule_(\w+?)(_wildcards|$)", job["Comment"]).group(1) for job in story.jobs.values()}
    assert sent == {"simulate", "genotypes", "structure", "clusters", "heritability", "controls", "fit"}


def test_what_was_finished_when_snakemake_was_killed_is_not_done_again(story):
    made = [job["Comment"] for job in story.jobs.values() if job["JobState"] == "COMPLETED"]
    assert made.count("rule_simulate_wildcards_d") == 1
    assert made.count("rule_genotypes_wildcards_d") == 1


def test_a_job_out_of_memory_is_retried_with_more(story):
    tried = [job for job in story.jobs.values() if "tiny.net" in job["Comment"] and memory(job) == TOO_LITTLE]
    assert {job["JobState"] for job in tried} <= {"OUT_OF_MEMORY", "FAILED", "CANCELLED", "NODE_FAIL"}
    done = [
        job for job in story.jobs.values() if "tiny.net" in job["Comment"] and job["JobState"] == "COMPLETED"
    ]
    assert len(done) == 3  # two repeats of random folds, and one of clusters
    assert all(memory(job) in (4 * TOO_LITTLE, MOST) for job in done)


def test_no_job_asks_for_more_than_the_most(story):
    (simulate,) = [job for job in story.jobs.values() if job["Comment"].startswith("rule_simulate")]
    assert memory(simulate) == MOST
    assert all(memory(job) <= MOST for job in story.jobs.values())


def test_a_cancelled_job_is_sent_again(story):
    cancelled = story.jobs[story.cancelled]
    assert cancelled["JobState"] == "CANCELLED"
    assert done_after(story, cancelled)


def test_a_node_that_goes_down_takes_its_jobs_to_the_other(story):
    for number in story.lost:
        lost = story.jobs[number]
        assert lost["JobState"] == "NODE_FAIL"
        assert done_after(story, lost)["NodeList"] == "node1"


def done_after(story, job):
    """The job that succeeded with what ``job`` failed at."""
    return next(
        other
        for other in story.jobs.values()
        if other["Comment"] == job["Comment"]
        and other["JobState"] == "COMPLETED"
        and int(other["JobId"]) > int(job["JobId"])
    )


def memory(job):
    """MB that a job asked for."""
    number, unit = re.match(r"([\d.]+)([MG])", job["MinMemoryNode"]).groups()
    return float(number) * {"M": 1, "G": 1024}[unit]


def slurm(*command):
    """Standard output of a command of SLURM."""
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def running_fits(*models, node=None):
    """Numbers of running fits, of some models or on one node."""
    options = ["--nodelist", node] if node else []
    rows = slurm("squeue", "--noheader", "--states=RUNNING", "--format=%A %k", *options).splitlines()
    pattern = re.compile(rf"(\d+) rule_fit_.*({'|'.join(map(re.escape, models))})")
    return [match.group(1) for row in rows if (match := pattern.match(row))]


def records():
    """SLURM's records of all jobs, by number."""
    lines = slurm("scontrol", "--oneliner", "show", "job").splitlines()
    found = [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines]
    return {record["JobId"]: record for record in found}


def wait_for(condition, process, seconds=600):
    """The first true value of ``condition()``; an error when ``process`` ends before."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert process.poll() is None, "Snakemake ended too early"
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


class snakemake:
    """Snakemake in the background while the block runs; what it prints goes to the story."""

    def __init__(self, story, *arguments):
        self.story, self.arguments = story, arguments

    def __enter__(self):
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", *self.arguments]
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            list(map(str, command)),
            cwd=self.story.folder,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "TERM": "dumb"},
            start_new_session=True,
        )
        return self.process

    def __exit__(self, failure, *_):
        if failure and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=600)
        self.log.seek(0)
        self.story.output += self.log.read()
        self.log.close()
        if failure:
            print(self.story.output)


def take_down(node, cluster):
    """End a node: its daemon, the keepers of its jobs before they can tell, and what runs on it."""
    os.kill(int((cluster / "run" / f"slurmd-{node}.pid").read_text()), signal.SIGKILL)
    there = processes_on(node)
    parents = {int(re.search(r"PPid:\s*(\d+)", status).group(1)) for status, _ in there.values()}
    keepers = [number for number in parents if Path(f"/proc/{number}/comm").read_text() == "slurmstepd\n"]
    for number in [*keepers, *there]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def jobs_at_work(node):
    """Numbers of the jobs whose scripts have begun on a node; SLURM calls them running a moment earlier.

    The keeper of a job that has not begun has no process by which ``take_down`` would find it, and tells of
    the failure that follows.
    """
    names = re.compile(rb"SLURM_JOB_ID=(\d+)")
    return {
        match.group(1).decode()
        for _, environment in processes_on(node).values()
        for variable in environment
        if (match := names.fullmatch(variable))
    }


def processes_on(node):
    """Status and environment of the processes that jobs run on a node, by number."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            environment = (process / "environ").read_bytes().split(b"\0")
            if f"SLURMD_NODENAME={node}".encode() in environment:
                found[int(process.name)] = (process / "status").read_text(), environment
    return found
