"""The trail of a number: from a row of the results to the job, the inputs and the command behind it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dnngp.tables import read_json

CHECKSUMS = ("genotypes_sha256", "phenotype_sha256", "splits_sha256")
COLUMNS = [
    *("dataset", "trait", "scheme", "variant", "repeat", "block", "seeds"),
    *("predictions", "log", *CHECKSUMS, "command"),
]


def trails(folder: Path, summary: pd.DataFrame, *, results: str, logs: str) -> pd.DataFrame:
    """Where each fit lies, what went in, and the command that repeats it.

    Parameters
    ----------
    folder
        Folder of the results, with the ``meta.json`` of every fit below it.
    summary
        Its results: only fits of these datasets, traits, schemes and variants are wanted.
    results, logs
        The folders of results and logs as a command names them.

    Returns
    -------
    DataFrame
        A row per dataset, trait, scheme, variant, repeat and block: ``seeds`` (by
        repeat and fold), paths of the predictions and of the log, SHA-256 of
        genotype file, joined phenotype and folds, ``command``.
    """
    wanted = set(summary[COLUMNS[:4]].itertuples(index=False, name=None))
    rows = []
    for dataset in dict.fromkeys(summary["dataset"]):
        for path in sorted((folder / dataset).glob("*/*/*/r*b*.meta.json")):
            meta = read_json(path)
            if (dataset, meta["trait"], meta["scheme"], meta["variant"]) not in wanted:
                continue
            fit = path.relative_to(folder).as_posix().removesuffix(".meta.json")
            target = f"{results}/{fit}.folds.tsv"
            rows.append(
                {"dataset": dataset, **{key: meta[key] for key in COLUMNS[1:4]}}
                | {"repeat": int(meta["repeat"]), "block": int(meta["block"])}
                | {"seeds": ", ".join(f"{fold}: {seed}" for fold, seed in meta["seeds"].items())}
                | {"predictions": f"{results}/{fit}.predictions.tsv", "log": f"{logs}/{fit}.log"}
                | {"genotypes_sha256": meta["genotypes"]["sha256"]}
                | {key: meta[key] for key in CHECKSUMS[1:]}
                | {"command": f"./run {target} --force --configfile {results}/config.yaml"}
            )
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values(COLUMNS[:6], kind="stable", ignore_index=True)
