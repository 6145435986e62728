"""Configurations and BCFs with random damage: read, or refused in one message, in bounded time and memory."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Damaged files of each kind; seconds and bytes of the process that reads them all.
SEEDS, SECONDS, BYTES = range(300), 240, 6 * 2**30

CONFIG = """\
title: Peas & "beans"
datasets:
  - name: peas
    genotypes: g.csv
    phenotypes: p.csv
    traits: [yield]
    missing_values: [-9]
    qc: {maf: 0.05, exclude_chromosomes: [1, X]}
    labels: {place: north}
methods: [mean, gblup]
models:
  deep: {method: mlp, params: {epochs: 5}, encoding: {name: additive, impute: mean}}
cv: {schemes: [random, cluster_out], folds: 3}
compare: {reference: gblup}
experiments: {learning_curve: {samples: [10, all]}}
controls: false
"""

#: What a damaged piece of a configuration becomes.
PIECES = [
    *"[]{}:,&*!|>%@`'\"#-\t\n\0",
    "~",
    "no",
    "-1",
    "1e999",
    "<<: *a",
    "&a ",
    "é",
    "[" * 50,
    "\ud7ff",
    "..",
    "/dev/zero",
]

READERS = {
    "configuration": """
import yaml
from dnngp.config import read_configuration
from dnngp.config.written import check_file
def read(path):
    check_file(path)
    read_configuration(yaml.safe_load(path.read_text("utf-8-sig")), files=[path])
""",
    "bcf": """
from dnngp.genotypes.file_formats import read_genotypes, sample_ids
def read(path):
    sample_ids(path)
    read_genotypes(path)
""",
}

CHILD = """
import logging, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, ({bytes}, {bytes}))
logging.disable()
from dnngp.base.errors import UserError
{reader}
for path in sorted(Path(sys.argv[1]).iterdir()):
    print(path.name, flush=True)
    try:
        read(path)
    except UserError:
        pass
"""


def damaged_text(seed):
    draw = random.Random(seed)
    text = CONFIG
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(text))
        text = text[:at] + draw.choice(PIECES) + text[at + draw.choice([0, 1, 1, 5, 20]) :]
    return text.encode()


def damaged_bytes(content, seed):
    draw = random.Random(seed)
    raw = bytearray(content)
    for _ in range(draw.randint(1, 6)):
        raw[draw.randrange(len(raw))] = draw.choice([0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)])
    return bytes(raw[: draw.randrange(len(raw))] if seed % 7 == 0 else raw)


@pytest.mark.parametrize("kind", READERS)
def test_random_damage_ends_in_a_message(kind, shared, tmp_path):
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    (tmp_path / "g.csv").write_text("id,m1,m2\n" + "".join(f"L{n},{n % 3},{n % 2}\n" for n in range(30)))
    (tmp_path / "p.csv").write_text("id,yield\n" + "".join(f"L{n},{n * n % 17}\n" for n in range(30)))
    bcf = (shared / "cases" / "bcf-empty-call.bcf").read_bytes()
    for seed in SEEDS:
        content = damaged_text(seed) if kind == "configuration" else damaged_bytes(bcf, seed)
        (inputs / f"{seed:04}").write_bytes(content)
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHILD.format(bytes=BYTES, reader=READERS[kind]), inputs],
        env={"PYTHONPATH": str(ROOT / "workflow" / "scripts"), "OMP_NUM_THREADS": "1", "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert process.returncode == 0, process.stdout[-50:] + process.stderr
    assert len(process.stdout.split()) == len(SEEDS)
