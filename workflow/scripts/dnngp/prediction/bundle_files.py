"""Bundles on disk: ``bundle.json`` (what it is), ``markers.tsv`` (its markers) and ``arrays.npz`` (numbers).

A bundle may come from a stranger. Its form and sizes are checked before its numbers are read, and a sample is
predicted before the bundle is used; whatever does not fit ends in one message.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from dnngp.base.array_archives import read_arrays, write_arrays
from dnngp.base.errors import UserError
from dnngp.base.seeds import file_sha256
from dnngp.base.serialisation import Arrays, part_of, prefixed
from dnngp.base.tables import write_json
from dnngp.encodings.encoding import Encoding
from dnngp.encodings.samples.fitting import FittedEncoding
from dnngp.genotypes.crosses import Crosses
from dnngp.genotypes.harmonise import Match
from dnngp.genotypes.store import VARIANT_COLUMNS, Genotypes, read_variants, write_variants
from dnngp.genotypes.trait_types import CONTINUOUS
from dnngp.methods.registry import METHODS, create
from dnngp.prediction.bundle import Bundle, BundleFit
from dnngp.prediction.bundle_description import (
    DATA_FILES,
    FORM,
    Description,
    StoredEnvironments,
    StoredFit,
    read_description,
)

#: Attributes of a bundle that stand in ``bundle.json`` as they are.
DESCRIBED = ("method", "encoding", "params", "seed", "ploidy", "samples", "about")

#: Most bytes of all arrays, beside those of :func:`most_bytes`.
FREE = 2**28


def most_bytes(described: Description, markers: int) -> int:
    """Bytes that the arrays of a bundle may take, by what it says of itself.

    64 for each pair of a training sample (and 1,000 more: hidden units, trees, components) with a marker or a
    sample, beside :data:`FREE`.
    """
    samples = len(described.samples)
    return FREE + 64 * (samples + 1000) * (samples + markers)


def save_bundle(bundle: Bundle, folder: str | Path) -> None:
    """Write the three files; ``bundle.json`` last, so that a bundle with it is whole."""
    folder = Path(folder)
    write_arrays(_arrays(bundle), folder / "arrays.npz")
    write_variants(bundle.markers, folder / "markers.tsv")
    environments = bundle.environments
    described = {
        "format": FORM,
        **{key: getattr(bundle, key) for key in DESCRIBED},
        "fits": [
            {
                "environment": fit.environment,
                "encodings": [{"encoding": one.encoding.given, "form": one.form} for one in fit.fitted],
                "fixed": fit.fixed,
            }
            for fit in bundle.fits
        ],
        "environments": environments and StoredEnvironments.of(environments).model_dump(),
        "errors": list(bundle.errors),
        **({"trait": asdict(bundle.trait)} if bundle.trait != CONTINUOUS else {}),
        **({"lower": list(bundle.lower)} if bundle.lower else {}),
        "sha256": {name: file_sha256(folder / name) for name in DATA_FILES},
    }
    write_json(described, folder / "bundle.json")


def load_bundle(folder: str | Path) -> Bundle:
    """Read what :func:`save_bundle` wrote.

    Raises
    ------
    UserError
        A file is missing, damaged or of another form, the method is not known here, or what the files hold
        does not fit together.
    """
    folder = Path(folder)
    described = read_description(folder)
    markers = read_variants(folder / "markers.tsv")
    if list(markers.columns) != VARIANT_COLUMNS or not len(markers):
        raise UserError(
            f"its columns are not {', '.join(VARIANT_COLUMNS)} over a row a marker.",
            file=folder / "markers.tsv",
        )
    arrays = read_arrays(folder / "arrays.npz", most_bytes(described, len(markers)))
    stored = described.environments
    try:
        bundle = Bundle(
            **{key: getattr(described, key) for key in DESCRIBED},
            fits=[],
            markers=markers,
            training=None,
            errors={name: arrays[f"errors.{number}"] for number, name in enumerate(described.errors)},
            environments=None if stored is None else stored.environments(),
            trait=described.trait_type(),
            lower=described.lower,
            frequencies=arrays.get("frequencies"),
        )
        _check_shapes(bundle)
        bundle.training = _training(bundle, arrays, folder)
        bundle.fits = [
            _fit(bundle, fit, part_of(f"fit{number}", arrays)) for number, fit in enumerate(described.fits)
        ]
        _try(bundle)
    except KeyError as error:
        raise UserError(f"there is no array {error}.", file=folder / "arrays.npz") from None
    except Exception as error:
        # Whatever a method stumbles over in numbers that it did not write.
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(
            f"its arrays do not fit the method {described.method}: {said}.", file=folder / "arrays.npz"
        ) from None
    return bundle


def _arrays(bundle: Bundle) -> dict[str, np.ndarray]:
    arrays = {f"errors.{number}": values for number, values in enumerate(bundle.errors.values())}
    for number, fit in enumerate(bundle.fits):
        own = {"samples": fit.samples, "markers": fit.markers} | prefixed("model", fit.model.to_arrays())
        for place, one in enumerate(fit.fitted):
            own |= prefixed(f"encoding{place}", one.to_arrays())
        arrays |= prefixed(f"fit{number}", own)
    if bundle.training is not None:
        arrays["training"] = bundle.training.dosages
        if bundle.training.crosses is not None:
            crosses = bundle.training.crosses
            own = {"lines": crosses.lines.dosages, "female": crosses.female, "male": crosses.male}
            arrays |= prefixed("crosses", own)
    if bundle.frequencies is not None:
        arrays["frequencies"] = bundle.frequencies
    return arrays


def _check_shapes(bundle: Bundle) -> None:
    errors, frequencies = bundle.errors.values(), bundle.frequencies
    if any(one.ndim != 1 or one.dtype.kind != "f" for one in errors):
        raise ValueError("errors are a list of numbers for each environment")
    if frequencies is not None and (
        frequencies.shape != (len(bundle.markers),) or frequencies.dtype.kind != "f"
    ):
        raise ValueError(f"frequencies of shape {frequencies.shape} for {len(bundle.markers)} markers")


def _training(bundle: Bundle, arrays: Arrays, folder: Path) -> Genotypes | None:
    """Genotypes of the training samples, where the bundle has them."""
    if "training" not in arrays:
        return None
    dosages, samples = arrays["training"], np.array(bundle.samples)
    training = Genotypes(samples, bundle.markers, dosages, bundle.ploidy, {"path": str(folder)})
    if own := part_of("crosses", arrays):
        training.crosses = _crosses(training, own)
    if dosages.dtype == np.int8 and (dosages.min() < -1 or dosages.max() > (bundle.ploidy or 0)):
        raise ValueError(f"genotypes of training samples are not 0 to {bundle.ploidy} copies")
    return training


def _crosses(training: Genotypes, arrays: Arrays) -> Crosses:
    """The parents of training samples, whose ids no prediction needs."""
    dosages, sides = arrays["lines"], (arrays["female"], arrays["male"])
    names = np.arange(dosages.shape[1]).astype(str)
    if any(
        one.shape != training.samples.shape or not np.isin(one, np.arange(len(names))).all() for one in sides
    ):
        raise ValueError("parents of training samples are not among the lines")
    return Crosses(replace(training, samples=names, dosages=dosages), *sides)


def _fit(bundle: Bundle, stored: StoredFit, arrays: Arrays) -> BundleFit:
    samples, markers = arrays["samples"], arrays["markers"]
    places = np.arange(len(bundle.samples))
    if markers.shape != (len(bundle.markers),) or markers.dtype != bool or not np.isin(samples, places).all():
        raise ValueError("the training samples and markers of a fit are not among those of the bundle")
    training = bundle.training and bundle.training.select(samples, np.flatnonzero(markers))
    fitted = [
        FittedEncoding.from_arrays(
            Encoding.of(one.encoding), one.form, bundle.ploidy, part_of(f"encoding{number}", arrays), training
        )
        for number, one in enumerate(stored.encodings)
    ]
    model = create(bundle.method, bundle.params, bundle.seed, bundle.encoding, trait=bundle.trait)
    model.from_arrays(part_of("model", arrays))
    return BundleFit(stored.environment, model, fitted, samples, markers, stored.fixed)


def _try(bundle: Bundle) -> None:
    """Predict one sample: arrays of other shapes than the method's fail here."""
    p = len(bundle.markers)
    several = bundle.environments is not None and bundle.fits[0].environment is None
    if several and not METHODS[bundle.method].environments:
        raise ValueError("one fit of several environments, which the method does not take")
    dosages = np.zeros((p, 1), np.float32 if bundle.ploidy is None else np.int8)
    one = Genotypes(np.array(["-"]), bundle.markers, dosages, bundle.ploidy, {})
    if bundle.training is not None and bundle.training.crosses is not None:
        one = replace(one, crosses=Crosses(one, np.zeros(1, int), np.zeros(1, int)))
    every = np.arange(p)
    bundle.predict(one, Match(every, np.zeros(p, bool), np.full(p, "same"), 0, 0), 0.9)
