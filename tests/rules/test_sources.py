"""What the rule files say of the code agrees with the code."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
SCRIPTS = ROOT / "workflow" / "scripts"


def test_sources_lists_every_file_that_a_job_may_import():
    text = (ROOT / "workflow" / "rules" / "common.smk").read_text()
    listed = re.findall(r'"([\w/]+\.py)"', text.split("SOURCES = [")[1].split("]")[0])
    found = {path.relative_to(SCRIPTS).as_posix() for path in SCRIPTS.rglob("*.py")}
    assert sorted(listed) == sorted(found)


def test_every_template_of_the_report_is_listed():
    text = (ROOT / "workflow" / "rules" / "report.smk").read_text()
    sections = re.findall(r'"(\w+)"', text.split("SECTIONS = [")[1].split("]")[0])
    folder = ROOT / "workflow" / "report"
    assert sorted(sections) == sorted(path.name.split(".")[0] for path in (folder / "sections").iterdir())
    text += (ROOT / "workflow" / "rules" / "predict.smk").read_text()
    for path in folder.iterdir():
        assert path.is_dir() or path.suffix == ".rst" or f'"{path.name}"' in text


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
