# Prediction: a model trained on all lines that have a phenotype, and lines that have only genotypes.
#
# takes  genotypes, phenotype and covariates of a dataset; errors of the lines that its folds held out;
#        the file of candidates; the truth of a simulated dataset, shown beside the predictions
# gives  <results>/{dataset}/{trait}/{scheme}/{model}/bundle/  the fitted model, to be used again anywhere
#        <results>/{dataset}/{trait}/markers/{model}.tsv, .windows.tsv, .svg  what each marker adds to its predictions
#        <results>/predict/{prediction}/predictions.tsv          lines ranked by trait, with intervals
#        <results>/predict/{prediction}/selected.tsv, response.tsv  lines chosen by an index, and what to expect
#        <results>/predict/{prediction}/index.html               the same to be read, in one file
#        <results>/predict/{prediction}/predictions.xlsx         all tables of the prediction in one workbook
#        <results>/predict/{prediction}/markers.tsv              which markers the candidates have
#        <results>/predict/{prediction}/models.tsv               the models, and how well they predicted held-out lines

# Whose genotypes are predicted: those of a file with what lies beside it, or the dataset's own.
CANDIDATES = lambda wildcards: (
    [f"<results>/{prediction_of(wildcards).dataset}/genotypes"]
    if prediction_of(wildcards).candidates is None
    else list(map(own, prediction_of(wildcards).files))
)


# What the index of a selection is about.
INDEX = {
    "traits": lambda wildcards: PLAN.index_traits(prediction_of(wildcards)),
    "are_traits": lambda wildcards: PLAN.are_traits(prediction_of(wildcards)),
    "jointly": lambda wildcards: PLAN.predicts_jointly(prediction_of(wildcards)),
}

# The table of what is known of new environments, where a prediction has one.
environment_file = lambda wildcards: (
    own(prediction_of(wildcards).environment_file)
    if prediction_of(wildcards).environment_file
    else []
)


rule bundle:
    # A model fitted on all lines of a trait, without any pickled object.
    input:
        genotypes=rules.genotypes.output.genotypes,
        phenotype=rules.phenotypes.output.phenotype,
        environments=environment_table,
        splits=rules.splits.output.splits,
        held_out=lambda wildcards: paths(PLAN.fits(**wildcards), "predictions.tsv"),
    output:
        arrays=f"{PLAN.BUNDLE}/arrays.npz",
        markers=f"{PLAN.BUNDLE}/markers.tsv",
        bundle=f"{PLAN.BUNDLE}/bundle.json",
    log:
        "<logs>/{dataset}/{trait}/{scheme}/{model}/bundle.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=12),
        runtime=fit_runtime(PLAN),
    params:
        model=rules.fit.params.model,
        dataset=rules.fit.params.dataset,
        seed=CONFIG.seed,
        trait=lambda wildcards: dataset_of(wildcards).traits[wildcards.trait],
        lower=lambda wildcards: dataset_of(wildcards).lower,
        species=lambda wildcards: dataset_of(wildcards).species,
        code=lambda wildcards: code("bundle", *modules_of(model_of(wildcards))),
    message:
        "{wildcards.dataset}, {wildcards.trait}: {wildcards.model} on all lines with a phenotype"
    script:
        "../scripts/bundle.py"


rule importance:
    # What a model makes of each marker, told from its bundle and the training lines. Off unless asked for.
    input:
        genotypes=rules.genotypes.output.genotypes,
        bundle=lambda wildcards: f"{PLAN.first_bundle(**wildcards)}/bundle.json",
        arrays=lambda wildcards: f"{PLAN.first_bundle(**wildcards)}/arrays.npz",
        markers=lambda wildcards: f"{PLAN.first_bundle(**wildcards)}/markers.tsv",
    output:
        table=f"{PLAN.MARKERS}.tsv",
        windows=f"{PLAN.MARKERS}.windows.tsv",
        figure=report(
            f"{PLAN.MARKERS}.svg",
            caption="../report/markers.rst",
            category="Markers",
            labels={
                "dataset": "{dataset}",
                "trait": "{trait}",
                "model": "{model}",
            },
        ),
    log:
        "<logs>/{dataset}/{trait}/markers/{model}.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=60),
        runtime=runtime(60, per_input=1),
    params:
        trait=lambda wildcards: dataset_of(wildcards).traits[wildcards.trait],
        code=lambda wildcards: code("importance", *modules_of(model_of(wildcards))),
    message:
        "{wildcards.dataset}, {wildcards.trait}: markers that {wildcards.model} uses"
    script:
        "../scripts/importance.py"


rule predictions:
    # Candidates matched to the markers of the bundles and predicted, ranked trait by trait.
    input:
        candidates=CANDIDATES,
        bundles=lambda wildcards: PLAN.bundles(prediction_of(wildcards), "bundle.json"),
        arrays=lambda wildcards: PLAN.bundles(prediction_of(wildcards), "arrays.npz"),
        markers=lambda wildcards: PLAN.bundles(prediction_of(wildcards), "markers.tsv"),
        phenotypes=lambda wildcards: (
            PLAN.phenotypes(prediction_of(wildcards))
            if prediction_of(wildcards).candidates is None
            else []
        ),
        training=lambda wildcards: f"<results>/{prediction_of(wildcards).dataset}/genotypes",
        environments=environment_file,
        truth=lambda wildcards: (
            f"<resources>/{prediction_of(wildcards).dataset}/truth.json"
            if prediction_of(wildcards).candidates is None
            and DATASETS[prediction_of(wildcards).dataset].simulate
            else []
        ),
    output:
        predictions="<results>/predict/{prediction}/predictions.tsv",
        markers="<results>/predict/{prediction}/markers.tsv",
        models="<results>/predict/{prediction}/models.tsv",
    log:
        "<logs>/predict/{prediction}.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=20),
        runtime=runtime(),
    params:
        traits=lambda wildcards: prediction_of(wildcards).traits,
        reading=lambda wildcards: prediction_of(wildcards).reading,
        folders=lambda wildcards: folder_states(prediction_of(wildcards).files),
        environments=lambda wildcards: prediction_of(wildcards).environments,
        environment_reading=lambda wildcards: prediction_of(
            wildcards
        ).environment_reading,
        min_markers=lambda wildcards: prediction_of(wildcards).min_markers,
        min_agreement=lambda wildcards: prediction_of(wildcards).min_agreement,
        level=lambda wildcards: prediction_of(wildcards).level,
        code=lambda wildcards: code(
            "predictions",
            *FORMAT_MODULES,
            *modules_of(PLAN.models[prediction_of(wildcards).model]),
        ),
    message:
        "{wildcards.prediction}: predicting lines"
    script:
        "../scripts/predictions.py"


rule selection:
    # Lines chosen by an index over traits, and the response that the held-out lines let expect.
    input:
        predictions=rules.predictions.output.predictions,
        candidates=CANDIDATES,
        held_out=lambda wildcards: paths(
            PLAN.held_out(prediction_of(wildcards)), "predictions.tsv"
        ),
        covariances=lambda wildcards: PLAN.covariances(prediction_of(wildcards)),
    output:
        selected="<results>/predict/{prediction}/selected.tsv",
        response="<results>/predict/{prediction}/response.tsv",
    log:
        "<logs>/predict/{prediction}.selection.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(2000, per_input=20),
        runtime=runtime(),
    params:
        **INDEX,
        select=lambda wildcards: prediction_of(wildcards).options["select"],
        trait_types=lambda wildcards: DATASETS[
            prediction_of(wildcards).dataset
        ].fit_options["trait_types"],
        reading=lambda wildcards: prediction_of(wildcards).reading,
        folders=lambda wildcards: folder_states(prediction_of(wildcards).files),
        level=lambda wildcards: prediction_of(wildcards).level,
        code=code("selection", *FORMAT_MODULES),
    message:
        "{wildcards.prediction}: selecting lines"
    script:
        "../scripts/selection.py"


rule prediction_page:
    # The tables of one prediction, to be read.
    input:
        tables=lambda wildcards: list(
            PLAN.prediction_tables(prediction_of(wildcards)).values()
        ),
    output:
        page=report(
            "<results>/predict/{prediction}/index.html",
            caption="../report/prediction.rst",
            category="Predictions",
            labels={"prediction": "{prediction}"},
        ),
        workbook="<results>/predict/{prediction}/predictions.xlsx",
    log:
        "<logs>/predict/{prediction}.page.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        tables=lambda wildcards: list(PLAN.prediction_tables(prediction_of(wildcards))),
        told=lambda wildcards: {
            key: getattr(prediction_of(wildcards), key)
            for key in ("dataset", "model", "scheme", "level")
        }
        | {"lower": DATASETS[prediction_of(wildcards).dataset].lower},
        code=code("prediction_page"),
        templates=[
            folder_digest(SCRIPTS / "dnngp" / "report" / name)
            for name in ("templates", "prediction_parts")
        ],
    message:
        "{wildcards.prediction}: writing its page"
    script:
        "../scripts/prediction_page.py"
