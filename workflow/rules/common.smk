# What every rule file uses.
#
# takes  config
# gives  CONFIG, DATASETS, PLAN (which fits there are, where their files lie); code(), own(), folder_digest();
#        memory and minutes to ask for; wildcard constraints

import atexit
import os
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from snakemake.logging import logger
from snakemake.sourcecache import LocalSourceFile

STARTED = time.time()


def source(path):
    """A file of the workflow, fetched if it is elsewhere. From ``git+file://`` it has a revision behind its name."""
    fetched = Path(workflow.source_path(path))
    named = fetched.with_name(Path(path).name)
    if not named.exists():
        named.symlink_to(fetched.name)
    return named


# In a folder of this machine every file is there. A workflow that is imported from elsewhere has only those that
# were asked for, one by one; a test compares the list with the folder.
if isinstance(workflow.current_basedir, LocalSourceFile):
    WORKFLOW = Path(workflow.current_basedir).parent
else:
    listed = source("../files.txt")
    WORKFLOW = listed.parent
    for name in listed.read_text().splitlines():
        source(f"../../{name}")
SCRIPTS = WORKFLOW / "scripts"

# Its own package before another of that name: one installed, or that of another checkout.
sys.path.insert(0, str(SCRIPTS))

from dnngp.base.code_digest import code_digest, folder_digest
from dnngp.base.errors import UserError
from dnngp.base.files import folder_states
from dnngp.base.jobs import import_first, print_errors, remove_partial, unwritable
from dnngp.base.progress import Events, Progress
from dnngp.base.remote import is_remote
from dnngp.base.seeds import file_sha256, files_digest
from dnngp.config import read_configuration
from dnngp.config.ownership import claim
from dnngp.config.written import check_file
from dnngp.cost.requests import (
    covariance_memory,
    fit_memory,
    fit_runtime,
    memory_mb,
    runtime,
)
from dnngp.genotypes.file_formats import FORMAT_MODULES
from dnngp.genotypes.id_folding import AS_WRITTEN
from dnngp.methods.registry import METHODS, modules
from dnngp.plan import DesignedFit, Fit, Plan, SizedFit, TransferFit, paths
from dnngp.validation.schemes import SCHEMES

import_first(SCRIPTS)


def planned_jobs():
    """Rule and wildcards of every job that is to run."""
    return ((job.rule.name, job.wildcards_dict) for job in workflow.dag.needrun_jobs())


# The command that watches a run (``./run``) names a file for its events; else the progress is printed here.
EVENTS = None
if workflow.is_main_process:
    if os.getenv("DNNGP_EVENTS"):
        EVENTS = Events(os.getenv("DNNGP_EVENTS"), planned_jobs)
    logger.addHandler(EVENTS or Progress())


@contextmanager
def user_errors():
    """End with what is wrong as the one thing that is said, without Snakemake's frame."""
    try:
        yield
    except UserError as error:
        if EVENTS:
            EVENTS.note("problem", text=str(error))
        sys.exit(f"error: {error}")


# A configuration named on the command line replaces the one of this folder; the two are never mixed.
if not (workflow.overwrite_configfiles or workflow.modifier.skip_configfile):
    with user_errors():
        check_file("config.yaml")

    configfile: "config.yaml"


with user_errors():
    CONFIG = read_configuration(
        config,
        files=[] if workflow.modifier.skip_configfile else workflow.configfiles,
        read_inputs=workflow.is_main_process,
    )

PLAN = Plan(CONFIG)
DATASETS = CONFIG.datasets
MODELS = CONFIG.models
PREDICTIONS = CONFIG.predictions
REPORT = "<results>/report/index.html"
# With the prefix of a module, if there is one.
FOLDERS = [
    workflow.modifier.modify_path(workflow.pathvars.apply(name))
    for name in ("<results>", "<resources>", "<logs>")
]
if workflow.is_main_process and (blocked := unwritable(FOLDERS)):
    with user_errors():
        raise UserError(blocked)


wildcard_constraints:
    **{
        name: "|".join(map(re.escape, values)) or "none"
        for name, values in PLAN.wildcards.items()
    },
    trait=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    repeat=r"\d+",
    block=r"\d+",
    part=r"\d+",
    samples=r"\d+|all",
    markers=r"\d+|all",


def code(script, *modules):
    """Digest of the code a rule runs; as a parameter it reruns the rule when the content changes."""
    return code_digest(SCRIPTS, script, *modules)


def modules_of(*models):
    """Modules that fits of models import by name."""
    return [name for model in models for name in modules(model.method, model.params)]


def own(path):
    """A file of the user: no ``prefix`` of a module is put before it, unlike one that a rule makes (``<...``).

    An address is fetched by the storage plugin of its kind.
    """
    if is_remote(path):
        return storage(path)
    return path if path.startswith("<") else local(path)


def dataset_of(wildcards):
    """The dataset of a job."""
    return DATASETS[wildcards.dataset]


def samples_file(wildcards):
    """The table of the samples of a dataset, where it has one."""
    path = dataset_of(wildcards).samples_file
    return [] if path is None else own(path)


def trait_type(wildcards):
    """What the values of the trait of a job are, as arguments; nothing where they are continuous."""
    dataset = dataset_of(wildcards)
    return dataset.fit_options["trait_types"].get(dataset.traits[wildcards.trait], {})


def model_of(wildcards):
    """The model of a job."""
    return PLAN.models[wildcards.model]


def environment_table(wildcards, trait=None):
    """What is known of the environments of a trait (that of the job if None), where anything is."""
    return PLAN.environments(wildcards.dataset, trait or wildcards.trait)


def prediction_of(wildcards):
    """The prediction of a job."""
    return PREDICTIONS[wildcards.prediction]


if EVENTS:
    PAGES = [REPORT, *(f"<results>/predict/{name}/index.html" for name in PREDICTIONS)]
    EVENTS.note(
        "run",
        directory=os.getcwd(),
        config=CONFIG.resolved,
        cores=workflow.cores,
        logs=os.path.abspath(workflow.pathvars.apply("<logs>")),
        results=os.path.abspath(workflow.pathvars.apply("<results>")),
        pages=[os.path.abspath(workflow.pathvars.apply(page)) for page in PAGES],
    )
elif workflow.is_main_process:
    # Not `onerror`, which Snakemake calls for the main Snakefile and never for a module.
    atexit.register(print_errors, FOLDERS[-1], STARTED)
