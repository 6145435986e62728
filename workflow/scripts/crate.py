"""Write the RO-Crate of the run: results, what they were made from, and how."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from dnngp.base.jobs import job
from dnngp.base.seeds import file_sha256
from dnngp.base.tables import read_json, read_table, whole_file, write_json
from dnngp.report.crate import run_crate

#: What the files hold; docs/reference/results.md tells their columns.
RESULTS = {
    "accuracy": "Scores of every fold",
    "summary": "Scores and cost of every dataset, trait, scheme and model",
    "timing": "Seconds and memory of every fold and stage",
    "history": "Training history of the networks",
    "heritability": "Genomic heritability of every trait",
    "ids": "Lines matched between genotypes and phenotypes",
    "species": "Means over datasets",
    "run": "Versions, machine and digests",
    "config": "The configuration with every default",
    "report": "The report",
}

KINDS = {"genotypes": "Genotypes", "layers": "Values", "phenotypes": "Phenotypes"}


def main(snakemake):
    data, params, output = snakemake.input, snakemake.params, snakemake.output
    folder = Path(output.crate).parent
    with whole_file(output.workflow) as temporary:
        temporary.write_text(params.snakefile)
    results = {_below(folder, data[key]): text for key, text in RESULTS.items()}
    for dataset, path in zip(params.datasets, data.predictions, strict=True):
        results[_below(folder, path)] = f"Predictions of every line of {dataset} while it was out of training"
    inputs = {}
    for kind, datasets in (
        ("genotypes", params.files),
        ("layers", params.layers),
        ("phenotypes", params.datasets),
    ):
        for dataset, path in zip(datasets, data[kind], strict=True):
            file = {
                "name": Path(path).name,
                "description": f"{KINDS[kind]} of {dataset}",
                "size": Path(path).stat().st_size,
                "sha256": file_sha256(path),
            }
            inputs[file["sha256"]] = file
    run = read_json(data.run)
    accuracy = read_table(data.accuracy)
    crate = run_crate(
        folder,
        title=params.title,
        workflow=_below(folder, output.workflow),
        inputs=inputs.values(),
        results=results,
        run=run | {"code_sha256": params.sources},
        snakemake=version("snakemake"),
        ended=datetime.now(UTC).isoformat(timespec="seconds"),
        failed=int((accuracy["status"] != "ok").sum()),
    )
    write_json(crate, output.crate)


def _below(folder, path):
    return Path(path).relative_to(folder).as_posix()


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
