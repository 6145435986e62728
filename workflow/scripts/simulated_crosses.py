"""Write the table of simulated crosses: id, female, male."""

import pandas as pd

from dnngp.base.jobs import job
from dnngp.base.tables import read_json, whole_file


def main(snakemake):
    crosses = read_json(snakemake.input.truth)["crosses"]
    table = pd.DataFrame.from_dict(crosses, orient="index", columns=["female", "male"])
    with whole_file(snakemake.output.crosses) as path:
        table.to_csv(path, index_label="id", lineterminator="\n")


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
