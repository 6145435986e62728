"""Fetch one file of a public dataset."""

import os

from dnngp.base.download import MIRROR, obtain
from dnngp.base.jobs import job


def main(snakemake):
    source = snakemake.params.source
    obtain(
        f"{snakemake.wildcards.preset}/{snakemake.wildcards.file}",
        source["url"],
        snakemake.output.file,
        checksums={kind: source[kind] for kind in ("sha256", "md5") if kind in source},
        mirror=os.environ.get(MIRROR),
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):  # noqa: F821
        main(snakemake)  # noqa: F821
