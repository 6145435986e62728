# Prediction: a variant trained on all lines that have a phenotype, and lines that have only genotypes.
#
# takes  genotypes, phenotype and covariates of a dataset; errors of the lines that its folds held out;
#        the file of candidates
# gives  <results>/{dataset}/{trait}/{scheme}/{variant}/bundle/  the fitted variant, to be used again anywhere
#        <results>/{dataset}/{trait}/markers/{variant}.tsv, .windows.tsv, .svg  what each marker adds to its predictions
#        <results>/predict/{prediction}/predictions.tsv          lines ranked by trait, with intervals
#        <results>/predict/{prediction}/selected.tsv, response.tsv  lines chosen by an index, and what to expect
#        <results>/predict/{prediction}/index.html               the same to be read, in one file
#        <results>/predict/{prediction}/markers.tsv              which markers the candidates have

PREDICTION_TEMPLATES = [
    source(f"../report/{name}") for name in ("prediction.html.j2", "report.css")
]


rule bundle:
    # A variant fitted on all lines of a trait, without any pickled object.
    input:
        genotypes=rules.genotypes.output.genotypes,
        phenotype=rules.phenotypes.output.phenotype,
        splits=rules.splits.output.splits,
        held_out=lambda wildcards: held_out(**wildcards),
    output:
        arrays=f"{BUNDLE}/arrays.npz",
        markers=f"{BUNDLE}/markers.tsv",
        bundle=f"{BUNDLE}/bundle.json",
    log:
        "<logs>/{dataset}/{trait}/{scheme}/{variant}/bundle.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=12),
        runtime=fit_runtime,
    params:
        variant=rules.fit.params.variant,
        covariates=rules.fit.params.covariates,
        filters=lambda wildcards: DATASETS[wildcards.dataset].filters,
        seed=CONFIG.seed,
        trait=lambda wildcards: DATASETS[wildcards.dataset].traits[wildcards.trait],
        species=lambda wildcards: DATASETS[wildcards.dataset].species,
        code=lambda wildcards: code("bundle", *modules_of(VARIANTS[wildcards.variant])),
    message:
        "{wildcards.dataset}, {wildcards.trait}: {wildcards.variant} on all lines with a phenotype"
    script:
        "../scripts/bundle.py"


rule importance:
    # What a variant makes of each marker, told from its bundle and the training lines. Off unless asked for.
    input:
        genotypes=rules.genotypes.output.genotypes,
        bundle=of_first_scheme(rules.bundle.output.bundle),
        arrays=of_first_scheme(rules.bundle.output.arrays),
        markers=of_first_scheme(rules.bundle.output.markers),
    output:
        table=f"{MARKERS}.tsv",
        windows=f"{MARKERS}.windows.tsv",
        figure=report(
            f"{MARKERS}.svg",
            caption="../report/markers.rst",
            category="Markers",
            labels={
                "dataset": "{dataset}",
                "trait": "{trait}",
                "variant": "{variant}",
            },
        ),
    log:
        "<logs>/{dataset}/{trait}/markers/{variant}.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=60),
    params:
        trait=lambda wildcards: DATASETS[wildcards.dataset].traits[wildcards.trait],
        code=lambda wildcards: code(
            "importance", *modules_of(VARIANTS[wildcards.variant])
        ),
    message:
        "{wildcards.dataset}, {wildcards.trait}: markers that {wildcards.variant} uses"
    script:
        "../scripts/importance.py"


rule predictions:
    # Candidates matched to the markers of the bundles and predicted, ranked trait by trait.
    input:
        candidates=candidates,
        bundles=of_prediction(f"{BUNDLE}/bundle.json"),
        arrays=of_prediction(f"{BUNDLE}/arrays.npz"),
        markers=of_prediction(f"{BUNDLE}/markers.tsv"),
        phenotypes=lambda wildcards: (
            of_prediction("<results>/{dataset}/{trait}/phenotype.tsv")(wildcards)
            if PREDICTIONS[wildcards.prediction].candidates is None
            else []
        ),
    output:
        predictions="<results>/predict/{prediction}/predictions.tsv",
        markers="<results>/predict/{prediction}/markers.tsv",
    log:
        "<logs>/predict/{prediction}.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=20),
        runtime=runtime(),
    params:
        traits=lambda wildcards: list(PREDICTIONS[wildcards.prediction].traits.values()),
        reading=lambda wildcards: PREDICTIONS[wildcards.prediction].reading,
        min_markers=lambda wildcards: PREDICTIONS[wildcards.prediction].min_markers,
        level=lambda wildcards: PREDICTIONS[wildcards.prediction].level,
        code=lambda wildcards: code(
            "predictions",
            *FORMAT_MODULES,
            *modules_of(VARIANTS[PREDICTIONS[wildcards.prediction].variant]),
        ),
    message:
        "{wildcards.prediction}: predicting lines"
    script:
        "../scripts/predictions.py"


rule selection:
    # Lines chosen by an index over traits, and the response that the held-out lines let expect.
    input:
        predictions=rules.predictions.output.predictions,
        candidates=candidates,
        held_out=held_out_of_index,
    output:
        selected="<results>/predict/{prediction}/selected.tsv",
        response="<results>/predict/{prediction}/response.tsv",
    log:
        "<logs>/predict/{prediction}.selection.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(2000, per_input=20),
    params:
        traits=lambda wildcards: [
            trait
            for trait in PREDICTIONS[wildcards.prediction].traits.values()
            if trait in PREDICTIONS[wildcards.prediction].select["weights"]
        ],
        select=lambda wildcards: PREDICTIONS[wildcards.prediction].select,
        reading=lambda wildcards: PREDICTIONS[wildcards.prediction].reading,
        stored=lambda wildcards: PREDICTIONS[wildcards.prediction].candidates is None,
        level=lambda wildcards: PREDICTIONS[wildcards.prediction].level,
        code=code("selection", *FORMAT_MODULES),
    message:
        "{wildcards.prediction}: selecting lines"
    script:
        "../scripts/selection.py"


rule prediction_page:
    # The tables of one prediction, to be read.
    input:
        predictions=rules.predictions.output.predictions,
        markers=rules.predictions.output.markers,
        selected=lambda wildcards: (
            rules.selection.output.selected
            if PREDICTIONS[wildcards.prediction].select
            else []
        ),
        response=lambda wildcards: (
            rules.selection.output.response
            if PREDICTIONS[wildcards.prediction].select
            else []
        ),
    output:
        page=report(
            "<results>/predict/{prediction}/index.html",
            caption="../report/prediction.rst",
            category="Predictions",
            labels={"prediction": "{prediction}"},
        ),
    log:
        "<logs>/predict/{prediction}.page.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        told=lambda wildcards: {
            key: getattr(PREDICTIONS[wildcards.prediction], key)
            for key in ("dataset", "variant", "scheme", "level")
        },
        code=code("prediction_page"),
        templates=files_digest(PREDICTION_TEMPLATES),
    message:
        "{wildcards.prediction}: writing its page"
    script:
        "../scripts/prediction_page.py"
