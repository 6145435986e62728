"""Imputation of a VCF by Beagle, a program of its own, before anything else reads it.

Needs nothing but the standard library, so that it runs in Beagle's environment.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from dnngp.base.errors import UserError
from dnngp.base.files import open_bytes, open_file, read_exactly

#: Compressed output is copied in pieces of this many bytes.
PIECE = 1 << 20


def impute(genotypes: str | Path, output: str | Path, *, seed: int, memory_mb: int) -> None:
    """Phase and fill the missing calls of all lines of a diploid VCF.

    One thread, since the number of threads changes the calls that Beagle makes; the date is left out of the
    header. The same file, seed and version of Beagle give the same bytes. ``output``
    (``.vcf.gz``) is written whole or not at all; ``memory_mb`` is the largest heap of Java.

    Raises
    ------
    UserError
        Beagle is not installed, or refuses the file.
    """
    genotypes, output = Path(genotypes), Path(output)
    _check(genotypes)
    with tempfile.TemporaryDirectory() as folder:
        # Some start scripts of Beagle do not survive spaces in a path.
        given = Path(folder, f"in{_suffix(genotypes)}")
        given.symlink_to(genotypes.resolve())
        command = ["beagle", f"gt={given}", f"out={folder}/out", f"seed={seed}", "nthreads=1"]
        environment = os.environ | {"JAVA_TOOL_OPTIONS": f"-Xmx{memory_mb}m"}
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode != 0:
            raise UserError(
                f"Beagle does not take it: {_complaint(done.stdout)}",
                file=genotypes,
                remedy="Leave out `impute: beagle`, or mend the file.",
            )
        _copy(Path(folder) / "out.vcf.gz", output)


def _check(genotypes: Path) -> None:
    if shutil.which("beagle") is None:
        raise UserError(
            "`impute: beagle` needs the program beagle, which is not installed.",
            remedy="Run with `--sdm conda`, or install it (Debian and Ubuntu: apt-get install beagle).",
        )
    # What is truncated is refused where it is opened: Beagle does not notice where a block is missing.
    with open_bytes(genotypes) as text:
        if read_exactly(text, 3, genotypes) == b"BCF":
            raise UserError("Beagle reads VCF, not BCF.", file=genotypes, remedy="bcftools view -Oz")


def _suffix(genotypes: Path) -> str:
    with open_file(genotypes) as (_, kind):
        return ".vcf" if kind == "plain" else ".vcf.gz"


def _complaint(log: str) -> str:
    """What Beagle says is wrong: the message of its first exception, or its last line."""
    found = re.search(r"(?:Exception|Error)[^:\n]*: *(.+)", log)
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return found[1].strip() if found else (lines[-1] if lines else "no message")


def _copy(made: Path, output: Path) -> None:
    """Write Beagle's file without the date in its header."""
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = output.with_name(f".{output.name}")
    with (
        gzip.open(made) as source,
        open(temporary, "wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=1, mtime=0) as target,
    ):
        for line in source:
            if not line.startswith(b"##filedate="):
                target.write(line)
            if not line.startswith(b"#"):
                break
        shutil.copyfileobj(source, target, PIECE)
    os.replace(temporary, output)
