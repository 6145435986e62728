# Predictions of a model that reads a pedigree: individuals without a phenotype, with or without genotypes.
#
# takes  genotypes, phenotypes and the layer of the pedigree of a dataset; errors of the lines that its folds
#        held out
# gives  <results>/predict/{prediction}/predictions.tsv, markers.tsv, models.tsv  as of any prediction


ruleorder: individuals > predictions


rule individuals:
    # Fitted on all that have a value, in one job with what is predicted: relationships join the two.
    input:
        genotypes=lambda wildcards: f"<results>/{prediction_of(wildcards).dataset}/genotypes",
        pedigree=lambda wildcards: PLAN.pedigree(prediction_of(wildcards)),
        phenotypes=lambda wildcards: PLAN.phenotypes(prediction_of(wildcards)),
        ungenotyped=lambda wildcards: PLAN.ungenotyped(prediction_of(wildcards)),
        held_out=lambda wildcards: paths(
            PLAN.fits_of_prediction(prediction_of(wildcards)), "predictions.tsv"
        ),
    output:
        predictions=rules.predictions.output.predictions,
        markers=rules.predictions.output.markers,
        models=rules.predictions.output.models,
    log:
        "<logs>/predict/{prediction}.log",
    wildcard_constraints:
        prediction="|".join(map(re.escape, PLAN.of_individuals)) or "none",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=20),
        runtime=runtime(60, per_input=1),
    params:
        traits=rules.predictions.params.traits,
        level=rules.predictions.params.level,
        model=lambda wildcards: PLAN.models[prediction_of(wildcards).model].settings,
        dataset=lambda wildcards: DATASETS[prediction_of(wildcards).dataset].fit_options,
        layers=lambda wildcards: DATASETS[
            prediction_of(wildcards).dataset
        ].layer_filters(PLAN.models[prediction_of(wildcards).model].omics),
        told=lambda wildcards: {
            key: getattr(prediction_of(wildcards), key)
            for key in ("dataset", "model", "scheme")
        },
        lower=lambda wildcards: DATASETS[prediction_of(wildcards).dataset].lower,
        seed=CONFIG.seed,
        code=lambda wildcards: code(
            "individuals", *modules_of(PLAN.models[prediction_of(wildcards).model])
        ),
    message:
        "{wildcards.prediction}: predicting individuals of the pedigree"
    script:
        "../scripts/individuals.py"
