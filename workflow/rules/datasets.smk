# Datasets: simulated ones are written as the files a user would bring.
#
# takes  datasets[].simulate
# gives  <resources>/{dataset}/genotypes.vcf.gz, phenotypes.csv, truth.json


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
    params:
        settings=lambda wildcards: DATASETS[wildcards.dataset].simulate,
        code=code("simulate"),
    message:
        "Simulating {wildcards.dataset}"
    script:
        "../scripts/simulate.py"
