"""The formats of genotypes are found by looking into their folder, cheaply, and the docs list them."""

import subprocess
import sys
from pathlib import Path

from dnngp.genotypes.file_formats import FORMAT_CHOICES, FORMATS

ROOT = Path(__file__).parents[2]
HEAVY = {"numpy", "pandas", "pyarrow", "numba", "scipy", "bed_reader", "pgenlib", "cyvcf2", "keras"}


def test_every_module_of_the_folder_declares_a_format():
    folder = ROOT / "workflow" / "scripts" / "dnngp" / "genotypes" / "formats"
    assert sorted(FORMATS) == sorted(path.stem for path in folder.glob("[!_]*.py"))
    assert FORMAT_CHOICES[0] == "auto"
    assert {"vcf", "plink1", "plink2", "hapmap", "letters", "dosages", "features", "brapi"} < set(
        FORMAT_CHOICES
    )


def test_the_scan_imports_nothing_that_snakemake_does_not_bring():
    code = (
        f"import sys, dnngp.genotypes.file_formats; sys.exit(str([m for m in {HEAVY} if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "workflow" / "scripts",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.strip() == "[]"


def test_the_page_of_formats_is_up_to_date():
    check = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate_file_formats.py", "--check"], check=False
    )
    assert check.returncode == 0, "run: python docs/generate_file_formats.py"
