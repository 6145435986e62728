# Genotypes and phenotypes: read, checked, joined by id.
#
# takes  the genotype file, the files of other layers and the phenotype table of a dataset, its table of crosses
# gives  <results>/{dataset}/beagle/genotypes.vcf.gz, where the dataset asks for it
#        <results>/{dataset}/genotypes/  markers x lines after quality control, memory-mapped
#        <results>/{dataset}/qc/         what each filter removed, and why; what was left looks like
#        <results>/{dataset}/pca.tsv     principal components of all lines, for a picture only
#        <results>/{dataset}/omics/{layer}/  the same of each layer beside the markers
#        <results>/{dataset}/{trait}/phenotype.tsv, ids.json (which ids the files have)


rule beagle:
    # Fill missing calls from the genotypes of all lines (no phenotype is seen). Off unless asked for.
    input:
        genotypes=lambda wildcards: own(dataset_of(wildcards).genotypes),
    output:
        genotypes="<results>/{dataset}/beagle/genotypes.vcf.gz",
    log:
        "<logs>/{dataset}/beagle.log",
    conda:
        "../../envs/beagle.yaml"
    resources:
        mem_mb=memory_mb(2000, per_input=100),
        runtime=runtime(60, per_input=2),
    params:
        seed=CONFIG.seed,
        code=code("beagle"),
    message:
        "{wildcards.dataset}: imputing genotypes with Beagle"
    script:
        "../scripts/beagle.py"


rule genotypes:
    # Read the genotypes and drop the markers and lines that fail quality control.
    input:
        genotypes=lambda wildcards: (
            [rules.beagle.output.genotypes]
            if dataset_of(wildcards).impute == "beagle"
            else list(map(own, dataset_of(wildcards).files))
        ),
        lists=lambda wildcards: map(own, dataset_of(wildcards).lists),
        crosses=lambda wildcards: (
            own(dataset_of(wildcards).crosses.file)
            if dataset_of(wildcards).crosses
            else []
        ),
    output:
        genotypes=directory("<results>/{dataset}/genotypes"),
        filter_summary="<results>/{dataset}/qc/filter_summary.tsv",
        removed="<results>/{dataset}/qc/removed.tsv",
        defects="<results>/{dataset}/qc/defects.tsv",
        warnings="<results>/{dataset}/qc/warnings.tsv",
        near_duplicates="<results>/{dataset}/qc/near_duplicates.tsv",
        variant_statistics="<results>/{dataset}/qc/variants.tsv",
        sample_statistics="<results>/{dataset}/qc/samples.tsv",
    log:
        "<logs>/{dataset}/genotypes.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(1000, per_input=40),
        runtime=runtime(),
    params:
        reading=lambda wildcards: dataset_of(wildcards).reading,
        qc=lambda wildcards: dataset_of(wildcards).qc,
        folders=lambda wildcards: folder_states(dataset_of(wildcards).files),
        ids=lambda wildcards: dataset_of(wildcards).table.ids,
        code=code("genotypes", *FORMAT_MODULES),
    message:
        "{wildcards.dataset}: reading genotypes, quality control"
    script:
        "../scripts/genotypes.py"


rule layer:
    # Likewise one layer beside the markers, with quality control of its own.
    input:
        genotypes=lambda wildcards: [
            own(path) for path in dataset_of(wildcards).omics[wildcards.layer].files
        ],
        lists=lambda wildcards: map(
            own, dataset_of(wildcards).omics[wildcards.layer].lists
        ),
        # With whose ids those of the layer are brought together, where the dataset says how.
        markers=lambda wildcards: (
            []
            if dataset_of(wildcards).table.ids in AS_WRITTEN
            else rules.genotypes.output.genotypes
        ),
    output:
        genotypes=directory(PLAN.LAYER),
        filter_summary="<results>/{dataset}/qc/{layer}/filter_summary.tsv",
        removed="<results>/{dataset}/qc/{layer}/removed.tsv",
        defects="<results>/{dataset}/qc/{layer}/defects.tsv",
        warnings="<results>/{dataset}/qc/{layer}/warnings.tsv",
        near_duplicates="<results>/{dataset}/qc/{layer}/near_duplicates.tsv",
        variant_statistics="<results>/{dataset}/qc/{layer}/variants.tsv",
        sample_statistics="<results>/{dataset}/qc/{layer}/samples.tsv",
    log:
        "<logs>/{dataset}/omics/{layer}.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(1000, per_input=40),
        runtime=runtime(),
    params:
        reading=lambda wildcards: (dataset_of(wildcards).omics[wildcards.layer].reading),
        qc=lambda wildcards: dataset_of(wildcards).omics[wildcards.layer].qc,
        folders=lambda wildcards: folder_states(
            dataset_of(wildcards).omics[wildcards.layer].files
        ),
        ids=lambda wildcards: dataset_of(wildcards).table.ids,
        code=code("genotypes", *FORMAT_MODULES),
    message:
        "{wildcards.dataset}: reading the layer {wildcards.layer}, quality control"
    script:
        "../scripts/genotypes.py"


rule structure:
    # What all lines and markers look like after quality control, to look at; no fit ever reads it.
    input:
        genotypes=rules.genotypes.output.genotypes,
        phenotypes=lambda wildcards: own(dataset_of(wildcards).phenotypes),
        beside=samples_file,
    output:
        pca="<results>/{dataset}/pca.tsv",
        variance="<results>/{dataset}/pca.json",
        distributions="<results>/{dataset}/qc/distributions.tsv",
        density="<results>/{dataset}/qc/marker_density.tsv",
        ld_decay="<results>/{dataset}/qc/ld_decay.tsv",
        relationships="<results>/{dataset}/qc/relationships.tsv",
    log:
        "<logs>/{dataset}/structure.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(1000, per_input=12),
        runtime=runtime(),
    params:
        table=lambda wildcards: dataset_of(wildcards).table_options,
        groups=lambda wildcards: dataset_of(wildcards).groups,
        code=code("structure"),
    message:
        "{wildcards.dataset}: population structure"
    script:
        "../scripts/structure.py"


rule phenotypes:
    # One trait of the phenotype table, joined by id to the lines that passed quality control.
    input:
        phenotypes=lambda wildcards: (
            rules.means.output.means
            if dataset_of(wildcards).plots
            else own(dataset_of(wildcards).phenotypes)
        ),
        beside=samples_file,
        genotypes=rules.genotypes.output.genotypes,
        layers=lambda wildcards: PLAN.layers(
            wildcards.dataset, dataset_of(wildcards).omics
        ),
    output:
        phenotype="<results>/{dataset}/{trait}/phenotype.tsv",
        ids="<results>/{dataset}/{trait}/ids.json",
    log:
        "<logs>/{dataset}/{trait}/phenotypes.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        trait=lambda wildcards: dataset_of(wildcards).traits[wildcards.trait],
        means=lambda wildcards: dataset_of(wildcards).plots is not None,
        table=lambda wildcards: dataset_of(wildcards).joined_table_options,
        groups=lambda wildcards: dataset_of(wildcards).groups,
        time=lambda wildcards: dataset_of(wildcards).time,
        records=lambda wildcards: dataset_of(wildcards).record_options,
        covariates=lambda wildcards: dataset_of(wildcards).covariates,
        on_missing=lambda wildcards: {
            name: layer.on_missing
            for name, layer in dataset_of(wildcards).omics.items()
        },
        code=code("phenotypes"),
    message:
        "{wildcards.dataset}: joining phenotypes of {wildcards.trait}"
    script:
        "../scripts/phenotypes.py"


rule environments:
    # What is known of the environments of a trait, in their order.
    input:
        phenotype=rules.phenotypes.output.phenotype,
        covariates=lambda wildcards: own(dataset_of(wildcards).environments.file),
    output:
        environments="<results>/{dataset}/{trait}/environments.tsv",
    log:
        "<logs>/{dataset}/{trait}/environments.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        environments=lambda wildcards: dataset_of(wildcards).environments,
        missing_values=lambda wildcards: dataset_of(wildcards).table.missing_values,
        code=code("environments"),
    message:
        "{wildcards.dataset}: environments of {wildcards.trait}"
    script:
        "../scripts/environments.py"
