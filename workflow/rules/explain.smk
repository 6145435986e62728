# Explanations: what parts of the genome add to the predictions of single candidates. Off unless asked for.
#
# takes  bundles of a prediction, genotypes of its candidates and of the training samples, its table
# gives  <results>/predict/{prediction}/explanations.tsv, .svg


rule explain:
    # Contributions of windows of the chromosomes, told from the bundles.
    input:
        predictions=rules.predictions.output.predictions,
        candidates=CANDIDATES,
        bundles=rules.predictions.input.bundles,
        arrays=rules.predictions.input.arrays,
        markers=rules.predictions.input.markers,
        training=rules.predictions.input.training,
    output:
        table="<results>/predict/{prediction}/explanations.tsv",
        figure="<results>/predict/{prediction}/explanations.svg",
    log:
        "<logs>/predict/{prediction}.explanations.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=60),
        runtime=runtime(60, per_input=1),
    params:
        explain=lambda wildcards: prediction_of(wildcards).options["explain"],
        lower=lambda wildcards: DATASETS[prediction_of(wildcards).dataset].lower,
        reading=rules.predictions.params.reading,
        folders=rules.predictions.params.folders,
        min_markers=rules.predictions.params.min_markers,
        min_agreement=rules.predictions.params.min_agreement,
        code=lambda wildcards: code(
            "explanations",
            *FORMAT_MODULES,
            *modules_of(PLAN.models[prediction_of(wildcards).model]),
        ),
    message:
        "{wildcards.prediction}: explaining predictions"
    script:
        "../scripts/explanations.py"
