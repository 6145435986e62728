# Trials: lines in several environments, or with several traits; the unit of a fold is a record.
#
# takes  genotypes of a dataset, a table of records, covariates of environments; `trials` of the configuration
# gives  <results>/trials/{trial}/records.tsv, covariates.tsv, records.json   joined by id
#        <results>/trials/{trial}/{trial_scheme}/splits.tsv                   folds of records
#        <results>/trials/{trial}/{trial_scheme}/{trial_method}/r{repeat}.*   one method on one repeat
#        <results>/trials/{trial}/predictions.tsv                             every test record
#        <results>/trials/{accuracy,folds,summary,comparisons,components,timing,history,ledger}.tsv

from dnngp.evaluation.trials.methods import TRIAL_METHODS
from dnngp.evaluation.trials.options import scheme_of


rule trial_records:
    # Records of the lines that passed quality control, and covariates of the environments.
    input:
        genotypes=lambda wildcards: f"<results>/{trial_of(wildcards).dataset}/genotypes",
        records=lambda wildcards: own(trial_of(wildcards).records),
        covariates=lambda wildcards: (
            own(trial_of(wildcards).covariates_file)
            if trial_of(wildcards).covariates_file
            else []
        ),
    output:
        records="<results>/trials/{trial}/records.tsv",
        covariates="<results>/trials/{trial}/covariates.tsv",
        counts="<results>/trials/{trial}/records.json",
    log:
        "<logs>/trials/{trial}/records.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        id_column=lambda wildcards: trial_of(wildcards).id_column,
        environment=lambda wildcards: trial_of(wildcards).environment,
        value=lambda wildcards: trial_of(wildcards).value,
        conditions=lambda wildcards: trial_of(wildcards).conditions,
        kinds=lambda wildcards: trial_of(wildcards).covariates,
        covariates_id=lambda wildcards: trial_of(wildcards).covariates_id,
        group=lambda wildcards: trial_of(wildcards).group,
        code=code("trial_records"),
    message:
        "Trial {wildcards.trial}: joining records"
    script:
        "../scripts/trial_records.py"


rule trial_splits:
    # Folds of records of one scheme.
    input:
        genotypes=lambda wildcards: f"<results>/{trial_of(wildcards).dataset}/genotypes",
        records=rules.trial_records.output.records,
        covariates=rules.trial_records.output.covariates,
        near_duplicates=lambda wildcards: (
            f"<results>/{trial_of(wildcards).dataset}/qc/near_duplicates.tsv"
            if DATASETS[trial_of(wildcards).dataset].qc["near_duplicates"]
            == "together"
            else []
        ),
    output:
        splits="<results>/trials/{trial}/{trial_scheme}/splits.tsv",
    log:
        "<logs>/trials/{trial}/{trial_scheme}/splits.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        scheme=lambda wildcards: scheme_of(wildcards.trial_scheme),
        dataset=lambda wildcards: trial_of(wildcards).dataset,
        folds=lambda wildcards: trial_of(wildcards).folds,
        repeats=lambda wildcards: trial_of(wildcards).repeats,
        group=lambda wildcards: trial_of(wildcards).group,
        code=code("trial_splits"),
    message:
        "Trial {wildcards.trial}: drawing folds ({wildcards.trial_scheme})"
    script:
        "../scripts/trial_splits.py"


rule trial_fit:
    # One method on one repeat, single-threaded.
    input:
        genotypes=lambda wildcards: f"<results>/{trial_of(wildcards).dataset}/genotypes",
        records=rules.trial_records.output.records,
        covariates=rules.trial_records.output.covariates,
        counts=rules.trial_records.output.counts,
        splits=rules.trial_splits.output.splits,
    output:
        **{name.split(".")[0]: TrialFit.pattern(name) for name in TrialFit.OUTPUTS},
    log:
        TrialFit.log(),
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=trial_memory,
        runtime=runtime(120, per_input=2),
    params:
        params=lambda wildcards: trial_of(wildcards).params.get(
            wildcards.trial_method, {}
        ),
        kinds=lambda wildcards: trial_of(wildcards).covariates,
        maf=lambda wildcards: DATASETS[trial_of(wildcards).dataset].qc["maf"],
        mac=lambda wildcards: DATASETS[trial_of(wildcards).dataset].qc["mac"],
        seed=CONFIG.seed,
        code=lambda wildcards: code(
            "trial_fit", TRIAL_METHODS[wildcards.trial_method].module
        ),
    message:
        "Trial {wildcards.trial}: {wildcards.trial_method} ({wildcards.trial_scheme}, repeat {wildcards.repeat})"
    script:
        "../scripts/trial_fit.py"


rule trial_predictions:
    # The predictions of one trial, gathered.
    input:
        predictions=lambda wildcards: paths(
            PLAN.trial_fits(wildcards.trial), "predictions.tsv"
        ),
    output:
        predictions="<results>/trials/{trial}/predictions.tsv",
    log:
        "<logs>/trials/{trial}/predictions.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        code=code("trial_predictions"),
    message:
        "Trial {wildcards.trial}: gathering predictions"
    script:
        "../scripts/trial_predictions.py"


rule trial_summary:
    # All trials side by side.
    input:
        **{
            name: paths(PLAN.trial_fits(), f"{name}.tsv")
            for name in (
                "accuracy",
                "folds",
                "components",
                "timing",
                "history",
                "ledger",
            )
        },
        predictions=collect("<results>/trials/{trial}/predictions.tsv", trial=TRIALS),
    output:
        **PLAN.TRIAL_TABLES,
    log:
        "<logs>/trials/summary.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        trials=TRIALS,
        margin=CONFIG.compare["equivalence_margin"],
        code=code("trial_summary"),
    message:
        "Summarising trials"
    script:
        "../scripts/trial_summary.py"


rule trials:
    # Every trial of the configuration.
    input:
        list(PLAN.TRIAL_TABLES.values()) if TRIALS else [],
    localrule: True
