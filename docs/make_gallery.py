"""Finished reports to look at: python docs/make_gallery.py [NAME ...] [--to FOLDER]

Runs each configuration of GALLERY in a folder of its own below build/gallery and copies its pages to
site/gallery, with an index. Real data are looked for in the folder that DNNGP_SHARED names, else in one
called shared beside the project, as config/examples name them; a report whose data are absent is left out.
What was run before is not run again. All four took 7 CPU minutes.
"""

import argparse
import html
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "gallery"
SHARED = Path(os.environ.get("DNNGP_SHARED", ROOT.parent / "shared")) / "data"

#: Configurations by name; ``about`` is what the index says of one.
GALLERY: dict[str, dict[str, Any]] = {
    "demo": {
        "about": "The demo: a simulated population with known truth, and new lines beside their true values"
    },
    "potato": {
        "about": "Tetraploid potatoes: chip colour, random folds and clusters left out",
        "title": "Tetraploid potatoes",
        "datasets": [
            {
                "name": "potato",
                "species": "potato",
                "genotypes": str(SHARED / "potato_gwaspoly_tetraploid" / "genotypes.vcf.gz"),
                "phenotypes": str(SHARED / "potato_gwaspoly_tetraploid" / "phenotypes.csv"),
                "ploidy": 4,
                "traits": ["chip_color"],
            }
        ],
        "methods": ["mean", "gblup", "rkhs", "lightgbm"],
    },
    "environments": {
        "about": "599 wheat lines in four environments: new lines, sparse testing, a new environment",
        "title": "Wheat in four environments",
        "datasets": [
            {
                "name": "wheat599",
                "species": "wheat",
                "genotypes": str(SHARED / "wheat_cimmyt599" / "genotypes.csv.gz"),
                "phenotypes": str(SHARED / "wheat_cimmyt599" / "phenotypes.csv"),
                "ploidy": 1,
                "environments": {
                    "columns": ["yield_env1", "yield_env2", "yield_env4", "yield_env5"],
                    "trait": "yield",
                },
            }
        ],
        "methods": ["gblup", "gblup_main", "gblup_gxe"],
        "cv": {"schemes": ["CV1", "CV2", "CV0"], "folds": 3},
    },
    "predict": {
        "about": "Rice: lines without a phenotype, ranked",
        "title": "Rice lines without a phenotype",
        "datasets": [
            {
                "name": "rice",
                "species": "rice",
                "genotypes": str(SHARED / "demo_rice_vcf" / "genotypes.vcf.gz"),
                "phenotypes": str(SHARED / "demo_rice_vcf" / "phenotypes.csv"),
            }
        ],
        "methods": ["gblup", "rkhs"],
        "predict": {"untested": {"dataset": "rice", "candidates": "unphenotyped", "model": "gblup"}},
    },
}


def main():
    """Run what was asked for and write the index."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(GALLERY)}; default: all")
    parser.add_argument("--to", type=Path, default=ROOT / "site" / "gallery")
    arguments = parser.parse_args()
    made = [name for name in arguments.names or GALLERY if run(name)]
    for name in made:
        copy(name, arguments.to / name)
    (arguments.to / "index.html").write_text(index(made), encoding="utf-8")
    print(f"Gallery: {arguments.to / 'index.html'}")


#: Frame of the page that leads to the reports.
INDEX = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Finished reports</title>
<style>body {{ max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.6 sans-serif }}</style>
<h1>Finished reports</h1>
<ul>
{items}
</ul>
<p><a href="../index.html">Documentation</a></p>
</html>
"""


def index(names):
    """The page that leads to the reports."""
    items = [
        f'<li><a href="{name}/report/index.html">{html.escape(GALLERY[name]["about"])}</a></li>'
        for name in names
    ]
    return INDEX.format(items="\n".join(items))


def run(name):
    """Whether the run of that name is there: its files exist, and its last run ended without an error."""
    folder = BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    config = {key: value for key, value in GALLERY[name].items() if key != "about"}
    config = config or yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for path in [one[key] for one in config["datasets"] for key in ("genotypes", "phenotypes") if key in one]:
        if not Path(path).is_file():
            print(f"{name} is left out: {path} is not there.", file=sys.stderr)
            return False
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return subprocess.run([ROOT / "run", "run", "--directory", folder], cwd=ROOT).returncode == 0


def copy(name, to):
    """Copy the pages of a run and the tables that they link to: all but genotypes and fitted models."""
    ignored = shutil.ignore_patterns("genotypes", "bundle")
    shutil.copytree(BUILD / name / "results", to, dirs_exist_ok=True, ignore=ignored)


if __name__ == "__main__":
    main()
