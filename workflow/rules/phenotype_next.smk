# Candidates to phenotype next, where an entry of `predict` asks for them.
#
# takes  genotypes of the candidates and of the dataset; the bundle of one trait (its markers and lines), its
#        heritability; a list of targets
# gives  <results>/predict/{prediction}/phenotype_next.tsv           the candidates chosen
#        <results>/predict/{prediction}/phenotype_next_designs.tsv   what other choices would give


rule phenotype_next:
    # The candidates whose phenotypes would tell most of the targets, by their genotypes.
    input:
        candidates=CANDIDATES,
        training=lambda wildcards: f"<results>/{prediction_of(wildcards).dataset}/genotypes",
        bundle=lambda wildcards: PLAN.next_file(
            prediction_of(wildcards), f"{PLAN.BUNDLE}/bundle.json"
        ),
        arrays=lambda wildcards: PLAN.next_file(
            prediction_of(wildcards), f"{PLAN.BUNDLE}/arrays.npz"
        ),
        markers=lambda wildcards: PLAN.next_file(
            prediction_of(wildcards), f"{PLAN.BUNDLE}/markers.tsv"
        ),
        heritability=lambda wildcards: PLAN.next_file(
            prediction_of(wildcards), "<results>/{dataset}/{trait}/heritability.json"
        ),
        phenotype=lambda wildcards: (
            PLAN.next_file(
                prediction_of(wildcards), "<results>/{dataset}/{trait}/phenotype.tsv"
            )
            if prediction_of(wildcards).candidates is None
            else []
        ),
        targets=lambda wildcards: (
            own(prediction_of(wildcards).options["phenotype_next"]["targets"])
            if prediction_of(wildcards).options["phenotype_next"]["targets"]
            else []
        ),
    output:
        chosen="<results>/predict/{prediction}/phenotype_next.tsv",
        designs="<results>/predict/{prediction}/phenotype_next_designs.tsv",
    log:
        "<logs>/predict/{prediction}.phenotype_next.log",
    conda:
        "../../envs/dnngp.yaml"
    threads: 1
    resources:
        mem_mb=memory_mb(2000, per_input=20),
        runtime=runtime(),
    params:
        options=lambda wildcards: prediction_of(wildcards).options["phenotype_next"],
        reading=lambda wildcards: prediction_of(wildcards).reading,
        folders=lambda wildcards: folder_states(prediction_of(wildcards).files),
        min_markers=lambda wildcards: prediction_of(wildcards).min_markers,
        min_agreement=lambda wildcards: prediction_of(wildcards).min_agreement,
        code=lambda wildcards: code(
            "phenotype_next",
            *FORMAT_MODULES,
            *modules_of(PLAN.models[prediction_of(wildcards).model]),
        ),
    message:
        "{wildcards.prediction}: choosing whom to phenotype next"
    script:
        "../scripts/phenotype_next.py"
