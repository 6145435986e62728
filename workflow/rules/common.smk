# What every rule file uses.
#
# takes  config
# gives  CONFIG, DATASETS, VARIANTS, EVERY_VARIANT (with those of studies alone), PREDICTIONS, TRIALS; code(), paths of
#        fits, errors of a failed run, wildcard constraints

import atexit
import json
import os
import re
import sys
import time
from pathlib import Path

from snakemake.logging import logger

# Every file a job may import. Naming them makes Snakemake fetch them when this
# workflow is imported from elsewhere as a module; a test compares the list with the folder.
SOURCES = [
    "accuracy.py",
    "beagle.py",
    "bundle.py",
    "clusters.py",
    "controls.py",
    "convert.py",
    "crate.py",
    "estimate.py",
    "fetch.py",
    "fit.py",
    "genotypes.py",
    "heritability.py",
    "importance.py",
    "phenotypes.py",
    "prediction_page.py",
    "predictions.py",
    "report.py",
    "selection.py",
    "simulate.py",
    "splits.py",
    "structure.py",
    "study_contrasts.py",
    "study_fit.py",
    "study_markers.py",
    "study_size.py",
    "summary.py",
    "tradeoffs.py",
    "trial_fit.py",
    "trial_predictions.py",
    "trial_records.py",
    "trial_splits.py",
    "trial_summary.py",
    "verdict.py",
    "dnngp/__init__.py",
    "dnngp/base/__init__.py",
    "dnngp/base/archives.py",
    "dnngp/base/code_digest.py",
    "dnngp/base/compiled.py",
    "dnngp/base/delimited.py",
    "dnngp/base/download.py",
    "dnngp/base/errors.py",
    "dnngp/base/files.py",
    "dnngp/base/host.py",
    "dnngp/base/jobs.py",
    "dnngp/base/ledger.py",
    "dnngp/base/problems.py",
    "dnngp/base/plugins.py",
    "dnngp/base/progress.py",
    "dnngp/base/provenance.py",
    "dnngp/base/seeds.py",
    "dnngp/base/serialisation.py",
    "dnngp/base/tables/__init__.py",
    "dnngp/base/tables/catalogue/__init__.py",
    "dnngp/base/tables/catalogue/experiments.py",
    "dnngp/base/tables/catalogue/fits.py",
    "dnngp/base/tables/catalogue/genotypes.py",
    "dnngp/base/tables/catalogue/prediction.py",
    "dnngp/base/tables/catalogue/run.py",
    "dnngp/base/tables/catalogue/trials.py",
    "dnngp/base/tables/columns.py",
    "dnngp/base/tables/files.py",
    "dnngp/base/tables/frames.py",
    "dnngp/base/tables/schema.py",
    "dnngp/base/timing.py",
    "dnngp/base/workflow_files.py",
    "dnngp/cli/__init__.py",
    "dnngp/cli/__main__.py",
    "dnngp/cli/app.py",
    "dnngp/cli/command.py",
    "dnngp/cli/commands/__init__.py",
    "dnngp/cli/commands/apply.py",
    "dnngp/cli/commands/bench.py",
    "dnngp/cli/commands/estimate.py",
    "dnngp/cli/commands/predict.py",
    "dnngp/cli/commands/report.py",
    "dnngp/cli/commands/run.py",
    "dnngp/cli/commands/test.py",
    "dnngp/cli/console.py",
    "dnngp/cli/execution.py",
    "dnngp/cli/prices.py",
    "dnngp/cli/workflow_run.py",
    "dnngp/config/__init__.py",
    "dnngp/config/datasets.py",
    "dnngp/config/experiments.py",
    "dnngp/config/models.py",
    "dnngp/config/predictions.py",
    "dnngp/config/public_datasets.py",
    "dnngp/config/sample_checks.py",
    "dnngp/config/schema.py",
    "dnngp/cost/__init__.py",
    "dnngp/cost/cost_model.py",
    "dnngp/cost/estimates.py",
    "dnngp/encodings/__init__.py",
    "dnngp/encodings/covariates.py",
    "dnngp/encodings/fold.py",
    "dnngp/encodings/fold_encoder.py",
    "dnngp/encodings/imputation.py",
    "dnngp/encodings/model_encoding.py",
    "dnngp/encodings/nearest_samples.py",
    "dnngp/encodings/omics.py",
    "dnngp/encodings/transformers.py",
    "dnngp/evaluation/__init__.py",
    "dnngp/evaluation/contrasts.py",
    "dnngp/evaluation/controls.py",
    "dnngp/evaluation/evaluate.py",
    "dnngp/evaluation/fit_outcome.py",
    "dnngp/evaluation/learning_curves.py",
    "dnngp/evaluation/paired_experiments.py",
    "dnngp/evaluation/size_experiment.py",
    "dnngp/evaluation/summaries.py",
    "dnngp/evaluation/trials/__init__.py",
    "dnngp/evaluation/trials/evaluate.py",
    "dnngp/evaluation/trials/features.py",
    "dnngp/evaluation/trials/fold.py",
    "dnngp/evaluation/trials/likelihood.py",
    "dnngp/evaluation/trials/long.py",
    "dnngp/evaluation/trials/mean.py",
    "dnngp/evaluation/trials/methods.py",
    "dnngp/evaluation/trials/mixed.py",
    "dnngp/evaluation/trials/networks.py",
    "dnngp/evaluation/trials/options.py",
    "dnngp/evaluation/trials/records.py",
    "dnngp/evaluation/trials/schemes.py",
    "dnngp/evaluation/trials/structures.py",
    "dnngp/evaluation/trials/summaries.py",
    "dnngp/evaluation/trials/trees.py",
    "dnngp/evaluation/tuning.py",
    "dnngp/genotypes/__init__.py",
    "dnngp/genotypes/beagle.py",
    "dnngp/genotypes/bitplanes.py",
    "dnngp/genotypes/centring.py",
    "dnngp/genotypes/converters.py",
    "dnngp/genotypes/counts.py",
    "dnngp/genotypes/file_formats.py",
    "dnngp/genotypes/formats/__init__.py",
    "dnngp/genotypes/formats/bcf.py",
    "dnngp/genotypes/formats/brapi.py",
    "dnngp/genotypes/formats/dosages.py",
    "dnngp/genotypes/formats/features.py",
    "dnngp/genotypes/formats/hapmap.py",
    "dnngp/genotypes/formats/letters.py",
    "dnngp/genotypes/formats/parquet.py",
    "dnngp/genotypes/formats/plink1.py",
    "dnngp/genotypes/formats/plink2.py",
    "dnngp/genotypes/formats/table.py",
    "dnngp/genotypes/formats/vcf.py",
    "dnngp/genotypes/grm.py",
    "dnngp/genotypes/hardy_weinberg.py",
    "dnngp/genotypes/harmonise.py",
    "dnngp/genotypes/ld.py",
    "dnngp/genotypes/moments.py",
    "dnngp/genotypes/parsing/__init__.py",
    "dnngp/genotypes/parsing/bcf_records.py",
    "dnngp/genotypes/parsing/bgzf.py",
    "dnngp/genotypes/parsing/calls.py",
    "dnngp/genotypes/parsing/cells.py",
    "dnngp/genotypes/parsing/format.py",
    "dnngp/genotypes/parsing/layouts.py",
    "dnngp/genotypes/parsing/letter_tables.py",
    "dnngp/genotypes/parsing/number_tables.py",
    "dnngp/genotypes/parsing/parquet_tables.py",
    "dnngp/genotypes/parsing/pgen.py",
    "dnngp/genotypes/parsing/plink.py",
    "dnngp/genotypes/parsing/sites.py",
    "dnngp/genotypes/parsing/table_headers.py",
    "dnngp/genotypes/parsing/text_tables.py",
    "dnngp/genotypes/parsing/vcf_header.py",
    "dnngp/genotypes/parsing/vcf_rules.py",
    "dnngp/genotypes/parsing/vcf_scan.py",
    "dnngp/genotypes/parsing/vcf_text.py",
    "dnngp/genotypes/phenotypes.py",
    "dnngp/genotypes/quality_control.py",
    "dnngp/genotypes/simulate.py",
    "dnngp/genotypes/store.py",
    "dnngp/genotypes/structure.py",
    "dnngp/genotypes/subsets.py",
    "dnngp/genotypes/user_lists.py",
    "dnngp/methods/__init__.py",
    "dnngp/methods/bayes.py",
    "dnngp/methods/boosting.py",
    "dnngp/methods/deepgs.py",
    "dnngp/methods/dlgwas.py",
    "dnngp/methods/dnngp.py",
    "dnngp/methods/fitting.py",
    "dnngp/methods/forest.py",
    "dnngp/methods/gibbs.py",
    "dnngp/methods/kernel_net.py",
    "dnngp/methods/kernel_sum.py",
    "dnngp/methods/linear.py",
    "dnngp/methods/mean.py",
    "dnngp/methods/mixed/__init__.py",
    "dnngp/methods/mixed/blup.py",
    "dnngp/methods/mixed/reml.py",
    "dnngp/methods/mlp.py",
    "dnngp/methods/networks/__init__.py",
    "dnngp/methods/networks/backend.py",
    "dnngp/methods/networks/layers.py",
    "dnngp/methods/networks/losses.py",
    "dnngp/methods/networks/optimizers.py",
    "dnngp/methods/networks/regressor.py",
    "dnngp/methods/networks/training.py",
    "dnngp/methods/parameters.py",
    "dnngp/methods/registry.py",
    "dnngp/methods/residual_net.py",
    "dnngp/methods/sparse_net.py",
    "dnngp/methods/stack.py",
    "dnngp/methods/svm.py",
    "dnngp/methods/trees.py",
    "dnngp/methods/xgb.py",
    "dnngp/prediction/__init__.py",
    "dnngp/prediction/bundle.py",
    "dnngp/prediction/importance.py",
    "dnngp/prediction/selection.py",
    "dnngp/report/__init__.py",
    "dnngp/report/answer.py",
    "dnngp/report/crate.py",
    "dnngp/report/drawings.py",
    "dnngp/report/experiments_view.py",
    "dnngp/report/figures/__init__.py",
    "dnngp/report/figures/comparison_charts.py",
    "dnngp/report/figures/experiment_charts.py",
    "dnngp/report/figures/fit_charts.py",
    "dnngp/report/figures/genotype_charts.py",
    "dnngp/report/figures/panel_grid.py",
    "dnngp/report/figures/score_charts.py",
    "dnngp/report/figures/style.py",
    "dnngp/report/formatting.py",
    "dnngp/report/page.py",
    "dnngp/report/prediction_page.py",
    "dnngp/report/results.py",
    "dnngp/report/trials.py",
    "dnngp/validation/__init__.py",
    "dnngp/validation/comparison.py",
    "dnngp/validation/intervals.py",
    "dnngp/validation/metrics.py",
    "dnngp/validation/splits.py",
    "dnngp/validation/user_folds.py",
]


def source(path):
    """A file of the workflow, fetched if it is elsewhere. From ``git+file://`` it has a revision behind its name."""
    fetched = Path(workflow.source_path(path))
    named = fetched.with_name(Path(path).name)
    if not named.exists():
        named.symlink_to(fetched.name)
    return named


SCRIPTS = [source(f"../scripts/{name}") for name in SOURCES][0].parent
SCHEMA = source("../schemas/config.schema.yaml")
CATALOGUE = source("../resources/datasets.yaml")
COSTS = source("../resources/costs.json")
LOCK = source("../../envs/requirements.lock")
STARTED = time.time()

if str(SCRIPTS) not in sys.path:
    sys.path.append(str(SCRIPTS))

from dnngp.base.code_digest import code_digest
from dnngp.config import read_configuration
from dnngp.config.datasets import qc_files
from dnngp.evaluation.contrasts import encoding_text
from dnngp.base.errors import UserError
from dnngp.genotypes.file_formats import FORMAT_MODULES
from dnngp.base.jobs import errors_since, remove_partial, unwritable
from dnngp.methods.registry import METHODS, fits_covariates, modules
from dnngp.base.progress import Events, Progress
from dnngp.base.seeds import file_sha256, files_digest
from dnngp.evaluation.trials.methods import SCHEMES, TRIAL_METHODS
from dnngp.evaluation.trials.options import folder_of, scheme_of


def planned_jobs():
    """Rule and wildcards of every job that is to run."""
    return ((job.rule.name, job.wildcards_dict) for job in workflow.dag.needrun_jobs())


# The command that watches a run (``./run``) names a file for its events; else the progress is printed here.
EVENTS = None
if workflow.is_main_process:
    if os.getenv("DNNGP_EVENTS"):
        EVENTS = Events(os.getenv("DNNGP_EVENTS"), planned_jobs)
    logger.addHandler(EVENTS or Progress())

try:
    CONFIG = read_configuration(config, SCHEMA, read_inputs=workflow.is_main_process)
except UserError as error:
    if EVENTS:
        EVENTS.note("problem", text=str(error))
    raise WorkflowError(str(error)) from None

DATASETS = CONFIG.datasets
VARIANTS = CONFIG.variants
EVERY_VARIANT = VARIANTS | CONFIG.study.variants
SIZES = CONFIG.study.size
# Tables of the studies that the configuration asks for, by name.
STUDY_TABLES = {
    name: f"<results>/study/{name}.tsv"
    for name, wanted in (
        ("surface", SIZES),
        ("curves", SIZES),
        ("inputs", CONFIG.study.inputs),
        ("ablation", CONFIG.study.ablation),
    )
    if wanted
}
PREDICTIONS = CONFIG.predictions
TRIALS = CONFIG.trials
TRIAL_FIT = "<results>/trials/{trial}/{trial_scheme}/{trial_method}/r{repeat}.{table}"
TRIAL_OUTPUTS = (
    *("predictions.tsv", "folds.tsv", "accuracy.tsv", "components.tsv"),
    *("history.tsv", "timing.tsv", "ledger.tsv", "meta.json"),
)
TRIAL_TABLES = {
    name: f"<results>/trials/{name}.tsv"
    for name in (
        *("accuracy", "folds", "summary", "comparisons"),
        *("components", "timing", "history", "ledger"),
    )
}
MARKERS = "<results>/{dataset}/{trait}/markers/{variant}"
BUNDLE = "<results>/{dataset}/{trait}/{scheme}/{variant}/bundle"
# Rules whose jobs are over before the tables are made, and so can be compared with their estimates.
PRICED = [
    *(
        "simulate",
        "genotypes",
        "structure",
        "clusters",
        "phenotypes",
        "splits",
        "heritability",
    ),
    *("controls", "fit", "study_markers", "study_fit", "accuracy"),
]
REPORT = "<results>/report/index.html"
SIMULATED = [name for name, dataset in DATASETS.items() if dataset.simulate]


def log_pattern(name):
    """Pattern of the logs of a rule below the folder of logs, whatever the prefix of a module."""
    folder = str(rules.estimate.log[0]).removesuffix("estimate.log")
    return str(getattr(rules, name).log[0]).removeprefix(folder)


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


wildcard_constraints:
    dataset="|".join(map(re.escape, DATASETS)),
    trait=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    scheme="|".join(map(re.escape, CONFIG.cv["schemes"])),
    variant="|".join(map(re.escape, EVERY_VARIANT)),
    layer="|".join(
        re.escape(layer) for dataset in DATASETS.values() for layer in dataset.layers
    )
    or "none",
    repeat=r"\d+",
    block=r"\d+",
    lines=r"\d+|all",
    markers=r"\d+|all",
    study="inputs|ablation",
    prediction="|".join(map(re.escape, PREDICTIONS)) or "none",


def code(script, *modules):
    """Digest of the code a rule runs; as a parameter it reruns the rule when the content changes."""
    return code_digest(SCRIPTS, script, *modules)


def modules_of(*variants):
    """Modules that fits of variants import by name."""
    return [
        name for variant in variants for name in modules(variant.method, variant.params)
    ]


def own(path):
    """A file of the user: no ``prefix`` of a module is put before it, unlike one that a rule makes (``<...``)."""
    return path if path.startswith("<") else local(path)


def lists_of(layer):
    """Lists of markers and lines that quality control of a dataset, or of a layer, reads."""
    return list(map(own, qc_files(layer.qc).values()))


LAYER = "<results>/{dataset}/layers/{layer}"


def layer_stores(dataset, layers):
    """Layers beside the markers, as quality control left them."""
    return [LAYER.format(dataset=dataset, layer=layer) for layer in layers]


def layer_limits(dataset, layers):
    """Limits of allele frequency and count of each layer."""
    return {layer: DATASETS[dataset].layers[layer].filters for layer in layers}


def repeats(dataset, scheme):
    """Repeats of a scheme: groups, clusters and times can be left out in one way only; a file has its own."""
    if scheme == "file":
        return DATASETS[dataset].folds[0]
    return CONFIG.cv["repeats"] if scheme == "random" else 1


def blocks(dataset, scheme):
    """Numbers of the jobs that a repeat is cut into."""
    folds = DATASETS[dataset].folds[1] if scheme == "file" else CONFIG.cv["folds"]
    per_job = CONFIG.cv["folds_per_job"] or folds
    return range(1, -(-folds // per_job) + 1)


def fits(dataset):
    """Every fit of a dataset: (trait, scheme, variant, repeat, block)."""
    return [
        (trait, scheme, variant, repeat, block)
        for trait in DATASETS[dataset].traits
        for scheme in CONFIG.cv["schemes"]
        for variant in VARIANTS
        for repeat in range(1, repeats(dataset, scheme) + 1)
        for block in blocks(dataset, scheme)
    ]


def fitted(suffix):
    """Path of one output of a fit."""
    return f"<results>/{{dataset}}/{{trait}}/{{scheme}}/{{variant}}/r{{repeat}}b{{block}}.{suffix}"


def fits_of(suffix):
    """Input function: one output of every fit of a dataset."""

    def paths(wildcards):
        return [
            fitted(suffix).format(
                dataset=wildcards.dataset,
                trait=trait,
                scheme=scheme,
                variant=variant,
                repeat=repeat,
                block=block,
            )
            for trait, scheme, variant, repeat, block in fits(wildcards.dataset)
        ]

    return paths


def sized(suffix):
    """Path of one output of a fit of the size study."""
    return (
        "<results>/{dataset}/{trait}/study/n{lines}_p{markers}/{variant}/r{repeat}."
        + suffix
    )


def size_fits():
    """Every fit of the size study, as the wildcards of :func:`sized`."""
    return [
        {
            **{"dataset": dataset, "trait": trait, "variant": variant},
            **{"lines": lines, "markers": markers, "repeat": repeat},
        }
        for dataset, trait in SIZES.cells
        for variant in SIZES.variants
        for lines in SIZES.lines
        for markers in SIZES.markers
        for repeat in range(1, SIZES.repeats + 1)
    ]


def paired_fits(study):
    """Every fit of a study that compares choices in pairs: (dataset, trait, scheme, variant, repeat, block)."""
    pairs = getattr(CONFIG.study, study)
    variants = dict.fromkeys(name for pair in pairs.contrasts for name in pair[:2])
    return [
        (dataset, trait, scheme, variant, repeat, block)
        for dataset, trait in pairs.cells
        for scheme in CONFIG.cv["schemes"]
        for variant in variants
        for repeat in range(1, repeats(dataset, scheme) + 1)
        for block in blocks(dataset, scheme)
    ]


def paired(suffix):
    """Input function: one output of every fit of a study that compares choices in pairs."""

    def paths(wildcards):
        names = ("dataset", "trait", "scheme", "variant", "repeat", "block")
        return [
            fitted(suffix).format(**dict(zip(names, fit)))
            for fit in paired_fits(wildcards.study)
        ]

    return paths


def held_out(dataset, **names):
    """Predictions of the lines of every fold by one variant (trait, scheme and variant by name)."""
    return [
        fitted("predictions.tsv").format(
            dataset=dataset, repeat=repeat, block=block, **names
        )
        for repeat in range(1, repeats(dataset, names["scheme"]) + 1)
        for block in blocks(dataset, names["scheme"])
    ]


def held_out_of_index(wildcards):
    """Likewise of the traits of a prediction's index, one after the other."""
    prediction = PREDICTIONS[wildcards.prediction]
    return [
        path
        for folder, trait in prediction.traits.items()
        if trait in prediction.select["weights"]
        for path in held_out(
            prediction.dataset,
            trait=folder,
            scheme=prediction.scheme,
            variant=prediction.variant,
        )
    ]


def of_prediction(pattern):
    """Input function: a path of every trait of a prediction."""

    def paths(wildcards):
        prediction = PREDICTIONS[wildcards.prediction]
        return [
            pattern.format(
                dataset=prediction.dataset,
                trait=trait,
                scheme=prediction.scheme,
                variant=prediction.variant,
            )
            for trait in prediction.traits
        ]

    return paths


def of_first_scheme(pattern):
    """A path in which the scheme is the first one."""
    return pattern.replace("{scheme}", CONFIG.cv["schemes"][0])


def importances(*suffixes):
    """Tables and figures of the markers' importance that the configuration asks for."""
    return [
        f"{MARKERS.format(dataset=dataset, trait=trait, variant=variant)}.{suffix}"
        for dataset in DATASETS
        for trait in DATASETS[dataset].traits
        for variant in CONFIG.importance
        for suffix in suffixes
    ]


def candidates(wildcards):
    """The file of candidates and those beside it, or the dataset's own genotypes."""
    prediction = PREDICTIONS[wildcards.prediction]
    if prediction.candidates is None:
        return [f"<results>/{prediction.dataset}/genotypes"]
    return list(map(own, prediction.files))


def first_trait(dataset):
    """Folder of the trait that the controls of a dataset permute."""
    return next(iter(DATASETS[dataset].traits))


def labels_text(dataset):
    """Free labels of a dataset as one cell of a table."""
    return "; ".join(
        f"{key}={value}" for key, value in DATASETS[dataset].labels.items()
    )


def read_beside(dataset, variant):
    """What a variant reads beside the markers, layers and covariates, as one cell of a table."""
    fixed = (
        DATASETS[dataset].covariates
        if fits_covariates(variant.method, variant.params)
        else []
    )
    return ", ".join([*variant.layers, *fixed])


def of_traits(name):
    """Path pattern ``name`` for every trait of every dataset."""
    return [
        f"<results>/{dataset}/{trait}/{name}"
        for dataset in DATASETS
        for trait in DATASETS[dataset].traits
    ]


def size_mb(files):
    """As ``input.size_mb``, but without an event loop for each job (a fifth of the time of a large plan)."""
    if any(file.is_storage for file in files):
        return files.size_mb
    return sum(map(size_of, files)) / 2**20


def size_of(path):
    """Bytes of a file, or of the files in a folder."""
    if os.path.isdir(path):
        return sum(entry.stat().st_size for entry in os.scandir(path))
    return os.path.getsize(path)


def memory_mb(base, per_input=4):
    """Memory that grows with the input (MB per MB) and doubles with each attempt."""

    def request(wildcards, input, attempt):
        return int((base + per_input * size_mb(input)) * 2 ** (attempt - 1))

    return request


def runtime(base=30, per_input=0.2):
    """Minutes that grow with the input (minutes per MB) and double with each attempt."""
    return memory_mb(base, per_input)


# Minutes of one fold, at least and per MB of input: several times what was measured, as a job that runs into
# its limit is lost. Others take the last.
FOLD_MINUTES = {"network": (3, 0.5), "linear": (1, 0.3), "ensemble": (10, 1.5)}
OTHER_FOLD_MINUTES = (1, 0.1)


def fit_runtime(wildcards, input, attempt):
    """Minutes to ask for: by the family of the method, its tuning, the folds of the job and the input."""
    variant = EVERY_VARIANT[wildcards.variant]
    base, per_input = FOLD_MINUTES.get(
        METHODS[variant.method].family, OTHER_FOLD_MINUTES
    )
    folds = (CONFIG.cv["folds_per_job"] or CONFIG.cv["folds"]) * variant.tune
    return runtime(30 + folds * base, folds * per_input)(wildcards, input, attempt)


def of_trial(wildcards):
    """The trial of a job."""
    return TRIALS[wildcards.trial]


def genotypes_of_trial(wildcards):
    """Input function: the genotypes of a trial's dataset."""
    return f"<results>/{of_trial(wildcards).dataset}/genotypes"


def trial_fits(trial):
    """Every fit of a trial: (scheme, method, repeat)."""
    return [
        (scheme, method, repeat)
        for scheme in TRIALS[trial].schemes
        for method in TRIALS[trial].of_scheme(scheme)
        for repeat in range(1, TRIALS[trial].repeats_of(scheme) + 1)
    ]


def trial_outputs(table, trials=None):
    """One output of every fit of the given trials, or of all."""
    return [
        TRIAL_FIT.format(
            trial=trial,
            trial_scheme=folder_of(scheme),
            trial_method=method,
            repeat=repeat,
            table=table,
        )
        for trial in trials or TRIALS
        for scheme, method, repeat in trial_fits(trial)
    ]


def trial_memory(wildcards, input, attempt):
    """Memory of the largest fit: three matrices of all records, each row of which takes 20 bytes or more."""
    rows = os.path.getsize(input.records) / 20
    return int(
        memory_mb(2000, per_input=12)(wildcards, input, attempt) + 24e-6 * rows**2
    )


# With the prefix of a module, if there is one.
FOLDERS = [
    workflow.modifier.modify_path(workflow.pathvars.apply(name))
    for name in ("<results>", "<resources>", "<logs>")
]


def check_folders():
    """Stop before the first job when its results could not be written."""
    if blocked := unwritable(FOLDERS):
        raise WorkflowError(
            f"error: nothing can be written to {', '.join(blocked)}. Change the permission, make the disk writable, "
            "or run in another folder (--directory)."
        )


def remove_leftovers():
    """Remove unfinished files of jobs that were killed in earlier runs."""
    for folder in FOLDERS:
        remove_partial(folder, STARTED)


def report_errors():
    """Repeat the error lines of this run's logs where they are seen: at the end."""
    messages = errors_since(FOLDERS[-1], STARTED)
    if messages:
        print(
            "\n" + "\n".join(f"error: {message}" for message in messages),
            file=sys.stderr,
        )


# Not `onerror`, which Snakemake calls for the main Snakefile and never for a module.
if workflow.is_main_process and not EVENTS:
    atexit.register(report_errors)
