# Datasets: simulated and public ones become the files a user would bring.
#
# takes  datasets[].simulate, datasets[].preset
# gives  <resources>/{dataset}/genotypes.vcf.gz, phenotypes.csv, truth.json
#        <resources>/public/{preset}/source/{file}, as its authors publish it
#        <resources>/public/{preset}/genotypes.csv.gz, phenotypes.csv

PRESETS = {
    dataset.preset.name: dataset.preset
    for dataset in DATASETS.values()
    if dataset.preset
}


wildcard_constraints:
    file=r"[A-Za-z0-9][A-Za-z0-9_.-]*",


rule simulate:
    # A population with known truth: genotypes, phenotypes and what made them.
    output:
        genotypes="<resources>/{dataset}/genotypes.vcf.gz",
        phenotypes="<resources>/{dataset}/phenotypes.csv",
        truth="<resources>/{dataset}/truth.json",
    log:
        "<logs>/{dataset}/simulate.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(2000),
        runtime=runtime(),
    params:
        settings=lambda wildcards: dataset_of(wildcards).simulate,
        code=code("simulate"),
    message:
        "Simulating {wildcards.dataset}"
    script:
        "../scripts/simulate.py"


rule fetch:
    # One file of a public dataset, from a mirror on disk or the network; checked, and resumed after a failure.
    output:
        file="<resources>/public/{preset}/source/{file}",
    log:
        "<logs>/public/{preset}/{file}.log",
    localrule: True
    conda:
        "../../envs/dnngp.yaml"
    params:
        source=lambda wildcards: PRESETS[wildcards.preset].files[wildcards.file],
        code=code("fetch"),
    message:
        "Fetching {wildcards.file} of {wildcards.preset}"
    script:
        "../scripts/fetch.py"


rule convert:
    # The files of a public dataset as the two tables that a dataset is read from.
    input:
        files=lambda wildcards: [
            f"<resources>/public/{wildcards.preset}/source/{name}"
            for name in PRESETS[wildcards.preset].files
        ],
    output:
        genotypes="<resources>/public/{preset}/genotypes.csv.gz",
        phenotypes="<resources>/public/{preset}/phenotypes.csv",
    log:
        "<logs>/public/{preset}/convert.log",
    conda:
        "../../envs/dnngp.yaml"
    resources:
        mem_mb=memory_mb(1000, per_input=100),
        runtime=runtime(60, per_input=2),
    params:
        converter=lambda wildcards: PRESETS[wildcards.preset].converter,
        code=code("convert"),
    message:
        "Converting {wildcards.preset}"
    script:
        "../scripts/convert.py"
