# Mating: crosses of chosen candidates, what their offspring are expected to be, and the best set of crosses.
#
# takes  predictions and selected candidates; bundles of the traits; the file of candidates; a genetic map
# gives  <results>/predict/{prediction}/mating.tsv          every cross: mean, sd, usefulness, kinship
#        <results>/predict/{prediction}/mating_plan.tsv     the best set of crosses within the limits
#        <results>/predict/{prediction}/mating_summary.tsv  that set beside the one without limits


# What the crosses of a prediction are asked for.
mating_of = lambda wildcards: prediction_of(wildcards).options["mating"]


rule mating:
    # Every cross of the chosen parents, and the best set of them within limits.
    input:
        predictions=rules.predictions.output.predictions,
        selected=lambda wildcards: (
            rules.selection.output.selected
            if mating_of(wildcards)["parents"] == "selected"
            else []
        ),
        candidates=CANDIDATES,
        genetic_map=lambda wildcards: (
            own(mating_of(wildcards)["genetic_map"])
            if mating_of(wildcards)["genetic_map"]
            else []
        ),
        bundles=lambda wildcards: PLAN.bundles(prediction_of(wildcards), "bundle.json"),
        arrays=lambda wildcards: PLAN.bundles(prediction_of(wildcards), "arrays.npz"),
        markers=lambda wildcards: PLAN.bundles(prediction_of(wildcards), "markers.tsv"),
        covariances=lambda wildcards: PLAN.covariances(prediction_of(wildcards)),
        environments=environment_file,
    output:
        mating="<results>/predict/{prediction}/mating.tsv",
        plan="<results>/predict/{prediction}/mating_plan.tsv",
        summary="<results>/predict/{prediction}/mating_summary.tsv",
    log:
        "<logs>/predict/{prediction}.mating.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=20),
        runtime=runtime(60),
    params:
        **INDEX,
        mating=mating_of,
        select=lambda wildcards: prediction_of(wildcards).options.get("select"),
        signs=lambda wildcards: {
            trait: DATASETS[prediction_of(wildcards).dataset].sign(trait)
            for trait in PLAN.index_traits(prediction_of(wildcards))
        },
        names=lambda wildcards: [CONFIG.seed, wildcards.prediction],
        reading=rules.predictions.params.reading,
        folders=rules.predictions.params.folders,
        environments=rules.predictions.params.environments,
        environment_reading=rules.predictions.params.environment_reading,
        min_markers=rules.predictions.params.min_markers,
        min_agreement=rules.predictions.params.min_agreement,
        code=lambda wildcards: code(
            "mating",
            *FORMAT_MODULES,
            *modules_of(PLAN.models[prediction_of(wildcards).model]),
        ),
    message:
        "{wildcards.prediction}: planning crosses"
    script:
        "../scripts/mating.py"
