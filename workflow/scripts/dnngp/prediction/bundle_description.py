"""What ``bundle.json`` holds: one schema, for what we write and for what a stranger sends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dnngp.base.errors import UserError
from dnngp.base.seeds import file_sha256
from dnngp.config.model_entries import choice_problems
from dnngp.encodings.samples.environment_covariates import Environments
from dnngp.genotypes.trait_types import CONTINUOUS, TraitType
from dnngp.methods.registry import METHODS

#: Form of the folder; a reader refuses what it does not know.
FORM = 2

#: The files beside bundle.json.
DATA_FILES = ("arrays.npz", "markers.tsv")

#: Most bytes of bundle.json: ids of a million training samples.
MOST_TEXT = 16 * 2**20


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class StoredEncoding(_Part):
    """An encoding that was fitted, as the configuration has it, and its form."""

    encoding: dict[str, Any]
    form: Literal["array", "kernel", "streamed"]


class StoredFit(_Part):
    """One fitted model; attributes as of :class:`dnngp.prediction.bundle.BundleFit`."""

    environment: str | None
    encodings: list[StoredEncoding] = Field(max_length=100)
    fixed: int | None = Field(ge=0, le=10_000)


class StoredEnvironments(_Part):
    """Environments of the training records, and their covariates by name, numbers or words."""

    names: list[str] = Field(min_length=1, max_length=10_000)
    covariates: dict[str, list[float | None] | list[str | None]] | None

    @classmethod
    def of(cls, environments: Environments) -> StoredEnvironments:
        """As they are stored."""
        table = environments.covariates
        if table is None:
            return cls(names=list(environments.names), covariates=None)
        columns = {
            str(name): [None if pd.isna(value) else value for value in table[name].tolist()] for name in table
        }
        return cls(names=list(environments.names), covariates=columns)

    def environments(self) -> Environments:
        """As methods read them."""
        if self.covariates is None:
            return Environments(tuple(self.names))
        table = pd.DataFrame(
            {
                name: pd.Series(values, dtype=object if any(map(_is_text, values)) else float)
                for name, values in self.covariates.items()
            }
        )
        return Environments(tuple(self.names), table)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


class StoredTrait(_Part):
    """What the phenotypes are; attributes as of :class:`dnngp.genotypes.trait_types.TraitType`."""

    kind: Literal["count", "binary", "ordinal"]
    classes: list[str] = Field(max_length=1000)


class Checksums(_Part):
    """SHA-256 of the files beside it; of no other file."""

    arrays: str = Field(alias="arrays.npz", pattern="^[0-9a-f]{64}$")
    markers: str = Field(alias="markers.tsv", pattern="^[0-9a-f]{64}$")


class Description(_Part):
    """A bundle without its numbers; attributes as of :class:`dnngp.prediction.bundle.Bundle`."""

    format: int
    method: str
    encoding: dict[str, Any]
    params: dict[str, Any]
    seed: int = Field(ge=0, lt=2**64)
    ploidy: int | None = Field(ge=1, le=127)
    samples: list[str] = Field(min_length=2)
    fits: list[StoredFit] = Field(min_length=1, max_length=10_000)
    environments: StoredEnvironments | None
    errors: list[str] = Field(max_length=10_000)
    about: dict[str, Any]
    trait: StoredTrait | None = None
    lower: list[str] = Field(default=[], max_length=10_000)
    sha256: Checksums

    def trait_type(self) -> TraitType:
        """What its phenotypes are; continuous where nothing is said."""
        return CONTINUOUS if self.trait is None else TraitType(self.trait.kind, tuple(self.trait.classes))


def read_description(folder: Path) -> Description:
    """Read and check ``bundle.json``, and that the files beside it are those that it was written with.

    Raises
    ------
    UserError
        A file that is missing or no regular file, damage, a later form, what the schema does not allow.
    """
    for name in (*DATA_FILES, "bundle.json"):
        if not (folder / name).is_file():
            raise UserError(
                f"this is no bundle: there is no {name}.",
                file=folder,
                remedy="Name the folder that holds bundle.json, markers.tsv and arrays.npz.",
            )
    path = folder / "bundle.json"
    described = _validated(_json(path), path)
    for name, expected in described.sha256.model_dump(by_alias=True).items():
        if file_sha256(folder / name) != expected:
            raise UserError("it is damaged: bundle.json has another SHA-256.", file=folder / name)
    return described


def _json(path: Path) -> dict[str, Any]:
    """The mapping in the file, of a form that is known here."""
    if path.stat().st_size > MOST_TEXT:
        raise UserError(f"it is larger than {MOST_TEXT // 2**20} MiB, as no bundle's is.", file=path)
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"not JSON: {error}.", file=path) from None
    except RecursionError:
        raise UserError("not JSON of a bundle: lists within lists without end.", file=path) from None
    if not isinstance(told, dict) or "format" not in told:
        raise UserError("it does not describe a bundle.", file=path)
    if told["format"] != FORM:
        about = told.get("about")
        version = about.get("workflow", "unknown") if isinstance(about, dict) else "unknown"
        raise UserError(
            f"a bundle of form {str(told['format'])[:20]}, which this version does not know.",
            file=path,
            remedy=f"It was written by version {str(version)[:20]}: predict with that one, or train anew.",
        )
    return told


def _validated(told: dict[str, Any], path: Path) -> Description:
    try:
        described = Description.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise UserError(f"field `{field}`: {first['msg']}.", file=path) from None
    for problem in _problems(described):
        raise UserError(problem, file=path)
    return described


def _problems(described: Description) -> list[str]:
    """What is wrong with values beside each other."""
    environments = described.environments
    names = [] if environments is None else environments.names
    for field, ids in (("samples", described.samples), ("environments.names", names)):
        if len(set(ids)) < len(ids):
            return [f"field `{field}`: an id is there twice."]
    if not isinstance(described.about.get("trait", ""), str):
        return ["field `about.trait`: it is no text."]
    fitted = [fit.environment for fit in described.fits]
    if fitted != [None] and (
        None in fitted or len(set(fitted)) < len(fitted) or not set(fitted) <= set(names)
    ):
        return ["field `fits`: they are neither one of all records nor one for each environment."]
    covariates = (environments and environments.covariates) or {}
    if any(len(values) != len(names) for values in covariates.values()):
        return ["field `environments.covariates`: there is not one for each environment."]
    if described.method not in METHODS:
        return [f"field `method`: this version does not know the method {described.method[:40]!r}."]
    choice = {"method": described.method, "encoding": described.encoding, "params": described.params}
    try:
        return list(choice_problems("field `params`", choice))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        return [f"fields `encoding` and `params`: they are not those of {described.method} ({error!r})."]
