"""Predict the lines of a genotype file with a bundle, without the data it was trained on."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from dnngp.base.errors import UserError
from dnngp.base.tables import write_table
from dnngp.genotypes.formats.options import FIELDS, FORMATS, MULTIALLELIC, Reading
from dnngp.genotypes.formats.reader import read_genotypes
from dnngp.prediction.bundle import Bundle
from dnngp.validation.intervals import LEVEL


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 2 for an error of the user's."""
    parser = argparse.ArgumentParser(prog="./run apply", description=__doc__)
    parser.add_argument("bundle", help="folder that holds bundle.json")
    parser.add_argument("candidates", help="genotypes in any format")
    parser.add_argument("table", help="where to write the ranked lines, tab-separated")
    parser.add_argument("--min-markers", type=float, default=0.75, help="smallest share found (%(default)s)")
    parser.add_argument("--level", type=float, default=LEVEL, help="coverage of intervals (%(default)s)")
    parser.add_argument("--format", choices=FORMATS, default="auto")
    parser.add_argument("--field", choices=FIELDS, default="GT")
    parser.add_argument("--multiallelic", choices=MULTIALLELIC, default="skip")
    parser.add_argument("--samples-in", choices=("auto", "rows", "columns"), default="auto")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", force=True)
    try:
        bundle = Bundle.load(given.bundle)
        reading = Reading(
            ploidy=bundle.ploidy or 2,
            format=given.format,
            field=given.field,
            multiallelic=given.multiallelic,
            samples_in=given.samples_in,
        )
        candidates = read_genotypes(given.candidates, reading)
        match = bundle.match(candidates, given.min_markers, given.candidates)
        write_table(bundle.predict(candidates, match, given.level), given.table)
    except UserError as error:
        logging.error("error: %s", error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
