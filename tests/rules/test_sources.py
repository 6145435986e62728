"""What the rule files say of the code agrees with the code."""

import re
import subprocess
import sys
from pathlib import Path

from dnngp.base.workflow_files import fetched_files, list_of_files

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
SCRIPTS = ROOT / "workflow" / "scripts"


def test_the_list_of_files_that_a_remote_module_fetches_is_current():
    listed = list_of_files().read_text().splitlines()
    assert listed == fetched_files(), "run python -m dnngp.base.workflow_files"


def test_what_a_remote_module_fetches_is_text():
    """Snakemake fetches from ``git+file://`` as text, and ends in a traceback at anything else."""
    for name in fetched_files():
        (ROOT / name).read_text(encoding="utf-8")


def test_every_script_belongs_to_a_rule_whose_digest_covers_it():
    text = "".join(path.read_text() for path in RULES)
    for script in SCRIPTS.glob("*.py"):
        rule = text.split(f'"../scripts/{script.name}"')[0].rsplit("\nrule ", 1)[1]
        assert re.search(rf'code\(\s*"{script.stem}"', rule), script.name


def test_every_rule_with_a_script_has_a_log_an_environment_and_a_message():
    for path in RULES:
        for rule in path.read_text().split("\nrule ")[1:]:
            if "script:" in rule:
                for directive in ("log:", "conda:", "message:"):
                    assert directive in rule, f"{path.name}: rule {rule.split(':')[0]} lacks {directive}"


def test_snakemakes_own_linter_is_content():
    command = [sys.executable, "-m", "snakemake", "--lint", "--snakefile", ROOT / "Snakefile"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr


def test_rule_files_say_what_they_take_and_give():
    for path in RULES:
        head = path.read_text().split("\n\n")
        comment = "\n".join(block for block in head[:2] if block.startswith("#"))
        assert "# takes" in comment, path.name
        assert "# gives" in comment, path.name
