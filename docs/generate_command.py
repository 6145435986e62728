"""Write docs/reference/command.md from the help of the subcommands.

python docs/generate_command.py          write the page
python docs/generate_command.py --check  exit 1 if it is out of date
"""

import inspect
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "command.md"
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
os.environ["DNNGP_PROGRAM"] = "./run"

from dnngp.base.plugins import scan  # noqa: E402
from dnngp.cli import commands  # noqa: E402
from dnngp.cli.command import Command  # noqa: E402

HEAD = """# The command

`./run` in a checkout, `dnngp` where the package is installed. `./run help` lists the subcommands, `./run
help NAME` says more of one, `./run --install-completion` lets the shell complete them. `./run CONFIG.yaml`
is short for `./run run CONFIG.yaml`, and `./run` alone runs `config.yaml` of this folder: in a checkout,
the demo.

While a run goes on, one line says how many jobs are done, how long the others will take and what runs: by
the [estimate](../how-to/what-a-run-costs.md) at first, then by what was measured. Each fit that ends leaves
a line with its score. All else is in `logs/`; `--verbose` shows it. Ctrl-C stops a run; the same command
goes on where it ended.

Exit status: 0; 1 for a run in which something failed, or a check that found a problem; 2 for a mistake of
the user's; 130 after Ctrl-C.

<!-- Written by docs/generate_command.py from the help of the subcommands. -->
"""


def section(name: str, command: Command) -> str:
    """Heading, help and options of one subcommand."""
    parameters = [
        one
        for one in inspect.signature(command.function).parameters.values()
        if hasattr(one.default, "help") and one.default.help
    ]
    usage = [f"./run {name}", *(f"{one.name.upper()}" for one in parameters if is_argument(one))]
    usage += ["[options]"] if any(not is_argument(one) for one in parameters) else []
    usage += [f"[arguments of {command.passes_on}]"] if command.passes_on else []
    lines = [f"## {name}", f"```text\n{' '.join(usage)}\n```", inspect.getdoc(command.function) or ""]
    if parameters:
        rows = [f"| `{shown(one)}` | {one.default.help} |" for one in parameters]
        lines.append("\n".join(["| argument | meaning |", "| --- | --- |", *rows]))
    return "\n\n".join(lines)


def is_argument(parameter: inspect.Parameter) -> bool:
    """Whether it is told by its place."""
    return type(parameter.default).__name__ == "ArgumentInfo"


def shown(parameter: inspect.Parameter) -> str:
    """As the user types it."""
    if is_argument(parameter):
        return parameter.name.upper()
    names = parameter.default.param_decls or (f"--{parameter.name.replace('_', '-')}",)
    return ", ".join(names)


def page() -> str:
    """The whole page."""
    found = scan(commands.__name__, "COMMAND")
    return "\n".join([HEAD, "\n\n".join(section(*one) for one in found.items())]) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == page() else f"{PAGE.name} is out of date")
    PAGE.write_text(page())
