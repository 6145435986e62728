"""Write a configuration for two files."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from typer import Argument, Option

from dnngp.base.errors import UserError, some
from dnngp.cli.command import Command, program, say
from dnngp.cli.first_look import FirstLook, first_look

#: Fewest samples for folds that leave out clusters of relatives.
CLUSTERED = 60
#: Names of tables that say nothing of the population.
GENERIC = re.compile(r"(pheno|trait|data|blue|table|values?$)", re.IGNORECASE)


def init(
    genotypes: Path = Argument(..., help="Genotypes in any format."),
    phenotypes: Path = Argument(..., help="Table of phenotypes: a row a sample, a column a trait."),
    output: Path = Option(None, "--output", "-o", help="Where to write; NAME.yaml if it is not given."),
    force: bool = Option(False, "--force", help="Overwrite the file."),
) -> None:
    """Write a commented configuration for your genotypes and phenotypes."""
    look = first_look(genotypes, phenotypes)
    name = population(phenotypes)
    target = output or Path(f"{name}.yaml")
    if target.exists() and not force:
        raise UserError(f"{target} exists.", remedy="Name another file with --output, or use --force.")
    if not look.traits:
        raise UserError(
            f"no column of {phenotypes} holds numbers only, so none is a trait.",
            remedy=f"Columns with words: {some(look.words + look.groups)}. Write NA for missing values.",
        )
    target.write_text(configuration(name, genotypes, phenotypes, look), encoding="utf-8")
    say(f"{target}: {look.matched} samples with genotypes and phenotypes, traits {', '.join(look.traits)}.")
    say(f"Next: {program()} check {shlex.quote(str(target))}")


def population(phenotypes: Path) -> str:
    """A name by that of the table, or of its folder where the table is called as all are."""
    names = (phenotypes.name.split(".")[0], phenotypes.absolute().parent.name)
    telling = [name for name in names if re.search(r"[A-Za-z0-9]", name) and not GENERIC.match(name)]
    return re.sub(r"[^A-Za-z0-9]+", "_", telling[0]).strip("_") if telling else "my_population"


def configuration(name: str, genotypes: Path, phenotypes: Path, look: FirstLook) -> str:
    """Text of the configuration."""
    dataset = [
        ("name", name, "yours to choose; a folder of the results"),
        ("species", "unspecified", "for the report"),
        ("genotypes", genotypes, f"{look.format}, {_counted(look.samples)}"),
        ("phenotypes", phenotypes, f"{len(set(look.ids))} samples"),
        ("id_column", look.id_column, f"{look.matched} ids are in both files"),
        ("ploidy", look.ploidy, "sets of chromosomes"),
        ("traits", _flow(list(look.traits)), _traits(look)),
        ("groups", look.groups[0] if look.groups else None, _others(look.groups, "families or populations")),
        ("time", look.times[0] if look.times else None, _others(look.times, "years or dates")),
    ]
    if look.environment is not None:
        dataset.append(
            ("environments", f"{{column: {_scalar(look.environment)}}}", "a row a sample and environment")
        )
    first, *others = [_line(*entry) for entry in dataset]
    if look.words:
        others.append(f"    # Not used: {', '.join(look.words)} (words).")
    from dnngp.validation.schemes import SCHEMES

    schemes, folds, repeats = _validation(look)
    lines = [
        "# What a run needs to know; every other option: docs/reference/configuration.md.",
        f"# Written by `{program()} init` after a look at the files. Check it: {program()} check.",
        "",
        f"title: {_scalar(name)}",
        "",
        "pathvars: # folders of this run alone",
        f"  results: results/{name}",
        f"  logs: logs/{name}",
        "",
        "datasets:",
        f"  - {first}",
        *(line if line.startswith("    #") else f"    {line}" for line in others),
        "",
        "methods: [mean, gblup, rkhs, lightgbm, svr, stack, dnngp] # dnngp, a network, takes longest",
        "",
        "cv:",
        *(f"  # {scheme}: {SCHEMES[scheme].predicts}" for scheme in schemes if scheme in SCHEMES),
        f"  schemes: {_flow(schemes)}",
        f"  folds: {folds}",
        f"  repeats: {repeats} # of random folds: more, where there are fewer samples",
    ]
    return "\n".join(lines) + "\n"


def _validation(look: FirstLook) -> tuple[list[str], int, int]:
    """Schemes, folds and repeats that suit what is there."""
    if look.environment is not None:
        return ["CV1", "CV2"], 5, 1
    schemes = ["random"]
    schemes += ["cluster_out"] if look.matched >= CLUSTERED else []
    schemes += ["leave_group_out"] if look.groups else []
    schemes += ["forward"] if look.times else []
    return schemes, 5, 1 if look.matched >= 1000 else 2 if look.matched >= 300 else 5


def _line(key: str, value: object, comment: str) -> str:
    plain = key in ("ploidy", "traits", "environments")
    text = value if plain else "" if value is None else _scalar(str(value))
    shown = f"{key}: {text}".rstrip()
    return f"# {shown} # {comment}" if value is None else f"{shown} # {comment}"


def _scalar(text: str) -> str:
    """A string as YAML writes it, in quotes where it would mean something else."""
    import yaml

    return yaml.safe_dump(text, allow_unicode=True, width=10_000).removesuffix("...\n").strip()


def _flow(names: list[str]) -> str:
    import yaml

    return yaml.safe_dump(names, default_flow_style=True, allow_unicode=True, width=10_000).strip()


def _counted(samples: list[str] | None) -> str:
    return "samples unknown before it is read" if samples is None else f"{len(samples)} samples"


def _traits(look: FirstLook) -> str:
    fewest, most = min(look.traits.values()), max(look.traits.values())
    return f"numbers; {fewest} values each" if fewest == most else f"numbers; {fewest} to {most} values each"


def _others(columns: list[str], what: str) -> str:
    return f"{what}; also: {', '.join(columns[1:])}" if columns[1:] else f"column of {what}"


COMMAND = Command(init, order=2)
