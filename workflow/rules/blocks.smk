# Blocks of markers: what models that take markers in blocks make of a part of them, so that many machines share a fit.
#
# takes  genotypes of one dataset; phenotypes and folds of all its traits; `cv.marker_jobs`
# gives  <resources>/marker_blocks/{dataset}/{scheme}/{model}/p{part}.npz
#        predictors of the training lines of every fold and trait, and effects of markers, for fits to blend;
#        not needed once the fits are done
#
# A fold of a trait sees the phenotypes of its training lines alone, as in a fit.


rule marker_blocks:
    # One part of the markers, for all folds and traits, single-threaded.
    input:
        genotypes=rules.genotypes.output.genotypes,
        phenotypes=lambda wildcards: PLAN.of_marker_blocks(
            wildcards.dataset, wildcards.model, "phenotype.tsv"
        ),
        splits=lambda wildcards: PLAN.of_marker_blocks(
            wildcards.dataset, wildcards.model, f"{wildcards.scheme}/splits.tsv"
        ),
    output:
        PLAN.MARKER_BLOCKS,
    log:
        "<logs>/{dataset}/marker_blocks/{scheme}/{model}/p{part}.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000),
        runtime=runtime(60, per_input=2),
    params:
        model=lambda wildcards: model_of(wildcards).settings,
        filters=lambda wildcards: dataset_of(wildcards).fit_options["filters"],
        seed=CONFIG.seed,
        parts=CONFIG.cv["marker_jobs"],
        code=lambda wildcards: code("marker_blocks", *modules_of(model_of(wildcards))),
    message:
        "{wildcards.dataset}: {wildcards.model}, blocks of markers, part {wildcards.part} ({wildcards.scheme})"
    script:
        "../scripts/marker_blocks.py"
