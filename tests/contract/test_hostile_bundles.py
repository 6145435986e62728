"""A bundle from a stranger is read, or refused in one message that names the file and what is wrong in it."""

import io
import json
import random
import resource
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from dnngp.base.array_archives import FREE, RATIO
from dnngp.base.errors import UserError
from dnngp.base.seeds import file_sha256
from dnngp.prediction.bundle_files import load_bundle, save_bundle

from .conftest import Population
from .test_bundle import bundled

ROOT = Path(__file__).parents[2]

#: Damage done with each seed of a fuzzed bundle; seconds and bytes of the process that reads them all.
SEEDS, SECONDS, BYTES = range(60), 120, 6 * 2**30


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """Bundles of methods with kernels, rows, trees of each kind and members."""
    folder = tmp_path_factory.mktemp("bundles")
    population = Population(n=40, p=60)
    params = {
        "gblup": {},
        "ridge": {},
        "random_forest": {"n_estimators": 4},
        "lightgbm": {"n_estimators": 4},
        "xgboost": {"n_estimators": 4},
        "stack": {"members": ["gblup", "ridge"], "folds": 2},
    }
    for name, given in params.items():
        save_bundle(bundled(population, name, known=36, params=given), folder / name)
        load_bundle(folder / name)
    return folder


@pytest.fixture
def copied(bundles, tmp_path):
    """A function that copies the bundle of a method and changes its description and its arrays."""

    def copy(name, describe=lambda told: None, arrange=lambda arrays: None):
        return changed(bundles / name, tmp_path / name, describe, arrange)

    return copy


def changed(source, target, describe=lambda told: None, arrange=lambda arrays: None):
    target.mkdir()
    (target / "markers.tsv").write_bytes((source / "markers.tsv").read_bytes())
    with np.load(source / "arrays.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrange(arrays)
    np.savez_compressed(target / "arrays.npz", **arrays)
    told = json.loads((source / "bundle.json").read_text())
    told["sha256"]["arrays.npz"] = file_sha256(target / "arrays.npz")
    describe(told)
    (target / "bundle.json").write_text(json.dumps(told))
    return target


def refused(folder, *words):
    with pytest.raises(UserError) as error:
        load_bundle(folder)
    text = str(error.value)
    assert "\n" not in text
    assert len(text) < 600
    for word in words:
        assert word in text


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("about", [], "field `about`"),
        ("about", {"trait": ["x"]}, "field `about.trait`"),
        ("method", "../gblup", "does not know the method"),
        ("method", 7, "field `method`"),
        ("params", [], "field `params`"),
        ("params", {"members": 3}, "no parameter 'members'"),
        ("encoding", {"name": "nothing"}, "takes the encodings"),
        ("encoding", {}, "fields `encoding` and `params`"),
        ("samples", ["a"] * 36, "an id is there twice"),
        ("samples", {"a": 1}, "field `samples`"),
        ("samples", ["a", "b"], "arrays do not fit the method"),
        ("ploidy", 0, "field `ploidy`"),
        ("ploidy", "2", "field `ploidy`"),
        ("seed", -1, "field `seed`"),
        ("fits", [], "field `fits`"),
        ("fits", [{"environment": "x", "encodings": [], "fixed": None}], "field `fits`"),
        ("fits", [{"environment": None, "encodings": [], "fixed": 10**9}], "field `fits.0.fixed`"),
        ("fits", [{"environment": None, "encodings": [], "fixed": None}] * 2, "field `fits`"),
        ("environments", ["x"], "field `environments`"),
        ("environments", {"names": ["x", "x"], "covariates": None}, "an id is there twice"),
        ("environments", {"names": ["x"], "covariates": {"t": [1.0, 2.0]}}, "environments.covariates"),
        ("errors", ["a", "b"], "there is no array"),
        ("format", 1, "a bundle of form 1"),
        ("format", {}, "a bundle of form {}"),
        ("more", 1, "field `more`"),
    ],
)
def test_a_description_of_another_form(copied, key, value, words):
    folder = copied("gblup", lambda told: told.update({key: value}))
    refused(folder, "arrays.npz" if "array" in words else "bundle.json", words)


@pytest.mark.parametrize("name", ["/dev/zero", "../arrays.npz", "/etc/passwd", "other.npz"])
def test_a_list_of_checksums_names_no_other_file(copied, name):
    refused(
        copied("gblup", lambda told: told["sha256"].update({name: "0" * 64})), "field `sha256.", "bundle.json"
    )


@pytest.mark.parametrize("name", ["arrays.npz", "markers.tsv", "bundle.json"])
def test_only_regular_files_are_read(copied, name):
    folder = copied("gblup")
    (folder / name).unlink()
    (folder / name).symlink_to("/dev/zero")
    refused(folder, f"there is no {name}")


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 100_000, "9" * 10_000, "\x00", '{"format": NaN}'])
def test_text_that_is_no_description(copied, text):
    folder = copied("gblup")
    (folder / "bundle.json").write_text(text)
    refused(folder, "bundle.json")


def test_a_description_that_is_too_large(copied):
    folder = copied("gblup")
    with open(folder / "bundle.json", "r+b") as handle:
        handle.truncate(2**30)
    refused(folder, "bundle.json", "larger than 16 MiB")


@pytest.mark.parametrize(
    "text", ["", "chrom\tpos\n", "chrom\tpos\tid\tref\talt\n", "a\tb\tc\td\te\n1\t2\t3\t4\t5\n"]
)
def test_markers_of_another_form(copied, text):
    folder = copied("gblup")
    (folder / "markers.tsv").write_text(text)
    told = json.loads((folder / "bundle.json").read_text())
    told["sha256"]["markers.tsv"] = file_sha256(folder / "markers.tsv")
    (folder / "bundle.json").write_text(json.dumps(told))
    refused(folder, "markers.tsv")


@pytest.mark.parametrize("name", ["gblup", "ridge", "random_forest", "lightgbm", "xgboost", "stack"])
def test_every_array_is_needed_and_has_a_shape(bundles, tmp_path, name):
    with np.load(bundles / name / "arrays.npz") as stored:
        names = stored.files
    # What only reliabilities, importance and intervals read may have any value.
    for number, array in enumerate(names):
        absent = changed(
            bundles / name, tmp_path / f"absent{number}", arrange=lambda arrays, a=array: arrays.pop(a)
        )
        if array != "frequencies":
            refused(absent, "arrays.npz")
        for kind, value in (("deep", np.zeros((2, 3, 2))), ("object", np.array([{}]))):
            wrong = changed(
                bundles / name,
                tmp_path / f"{kind}{number}",
                arrange=lambda arrays, a=array, v=value: arrays.update({a: v}),
            )
            if kind == "object":
                refused(wrong, "arrays.npz", "is not one of")
            else:
                read_or_refused(wrong)


def read_or_refused(folder):
    with suppress(UserError):
        load_bundle(folder)


def test_genotypes_of_training_samples_are_copies_of_an_allele(copied):
    def more(arrays):
        arrays["training"] = arrays["training"] + np.int8(3)

    refused(copied("gblup", arrange=more), "arrays.npz", "not 0 to 2 copies")


def test_trees_that_would_be_walked_for_ever(copied):
    def turn(arrays):
        arrays["fit0.model._left"][:] = 0

    refused(copied("random_forest", arrange=turn), "arrays.npz", "not behind its parent")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("lightgbm", "left_child=", "left_child=0 "),
        ("lightgbm", "split_feature=", "split_feature=9999 "),
        ("lightgbm", "num_leaves=", "num_leaves=9"),
        ("lightgbm", "max_feature_idx=", "max_feature_idx=9"),
        ("lightgbm", "num_cat=0", "num_cat=1"),
        ("lightgbm", "Tree=0", "Tree="),
        ("xgboost", '"left_children":[1', '"left_children":[0'),
        ("xgboost", '"left_children":[1', '"left_children":[99'),
        ("xgboost", '"split_indices":[', '"split_indices":[7777,'),
        ("xgboost", '"num_nodes":"', '"num_nodes":"9'),
        ("xgboost", '"gbtree"', '"dart"'),
    ],
)
def test_boosted_trees_are_checked_before_a_library_walks_them(copied, name, old, new):
    def edit(arrays):
        text = arrays["fit0.model.trees"].tobytes().decode()
        assert old in text
        arrays["fit0.model.trees"] = np.frombuffer(text.replace(old, new, 1).encode(), np.uint8)

    folder = copied(name, arrange=edit)
    read_or_refused(folder) if old == "Tree=0" else refused(folder, "arrays.npz")


def written(path, members):
    """An archive of raw members: name, header and content, perhaps with a size that is not theirs."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)


def header(shape, descr="|i1"):
    handle = io.BytesIO()
    np.lib.format.write_array_header_1_0(handle, {"descr": descr, "fortran_order": False, "shape": shape})
    return handle.getvalue()


def with_archive(folder, members):
    written(folder / "arrays.npz", members)
    told = json.loads((folder / "bundle.json").read_text())
    told["sha256"]["arrays.npz"] = file_sha256(folder / "arrays.npz")
    (folder / "bundle.json").write_text(json.dumps(told))
    return folder


def test_a_bomb_is_not_unpacked(copied):
    size = 2**27
    bomb = header((size,)) + bytes(size)
    folder = with_archive(copied("gblup"), [("training.npy", bomb)])
    assert (folder / "arrays.npz").stat().st_size < 2**20
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(folder, "arrays.npz", "MiB of memory")
    assert size > RATIO * (folder / "arrays.npz").stat().st_size + FREE
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**17  # KiB


@pytest.mark.parametrize(
    "content",
    [
        header((2**40,)),  # says more than there is
        header((-1,)),
        header((2**62, 2**62)),
        header((3,), "|O"),
        header((3,), "<U9") + bytes(108),
        header((1,) * 30) + bytes(1),
        b"",
        b"\x93NUMPY\x09\x00",
        b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535,
    ],
)
def test_headers_that_lie(copied, content):
    refused(with_archive(copied("gblup"), [("training.npy", content)]), "arrays.npz")


def test_what_is_no_archive_of_arrays(copied):
    folder = copied("gblup")
    whole = (folder / "arrays.npz").read_bytes()
    for content in (b"", b"PK\x03\x04", whole[: len(whole) // 2], whole.replace(b"\x08\x00", b"\x63\x00")):
        (folder / "arrays.npz").write_bytes(content)
        told = json.loads((folder / "bundle.json").read_text())
        told["sha256"]["arrays.npz"] = file_sha256(folder / "arrays.npz")
        (folder / "bundle.json").write_text(json.dumps(told))
        refused(folder, "arrays.npz")


def fuzzed(source, target, seed):
    """A bundle with some bytes of one file, or some values of its description, changed at random."""
    draw = random.Random(seed)

    def describe(told):
        for _ in range(draw.randint(0, 2)):
            holder, key = draw.choice([*places(told)])
            holder[key] = draw.choice([None, -1, 10**30, "x", [], {}, [[]] * 9, 1.5, True, 2**31])

    def arrange(arrays):
        for _ in range(draw.randint(0, 2)):
            name = draw.choice(sorted(arrays))
            raw = bytearray(arrays[name].tobytes())
            for _ in range(draw.randint(1, 9) if raw else 0):
                raw[draw.randrange(len(raw))] = draw.randrange(256)
            arrays[name] = np.frombuffer(raw, arrays[name].dtype).reshape(arrays[name].shape)

    folder = changed(source, target, describe, arrange)
    if seed % 5 == 0:
        path = folder / draw.choice(["arrays.npz", "markers.tsv", "bundle.json"])
        raw = bytearray(path.read_bytes())
        for _ in range(draw.randint(1, 20)):
            raw[draw.randrange(len(raw))] = draw.randrange(256)
        path.write_bytes(raw)
    return folder


def places(told):
    """Every mapping or list with each of its keys."""
    for key in told if isinstance(told, dict) else range(min(len(told), 3)):
        yield told, key
        if isinstance(told[key], (dict, list)):
            yield from places(told[key])


#: Reads the bundles of a folder with limits of memory; says what is no message for a user.
READER = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, ({bytes}, {bytes}))
from dnngp.base.errors import UserError
from dnngp.prediction.bundle_files import load_bundle
for folder in sorted(Path(sys.argv[1]).iterdir()):
    print(folder.name, flush=True)
    try:
        load_bundle(folder)
    except UserError as error:
        assert chr(10) not in str(error), error
"""


def test_fuzzed_bundles_end_in_a_message(bundles, tmp_path):
    sources = sorted(bundles.iterdir())
    for seed in SEEDS:
        fuzzed(sources[seed % len(sources)], tmp_path / f"{seed:04}", seed)
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READER.format(bytes=BYTES), tmp_path],
        env={"PYTHONPATH": str(ROOT / "workflow" / "scripts"), "OMP_NUM_THREADS": "1", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert process.returncode == 0, process.stdout[-50:] + process.stderr
    assert len(process.stdout.split()) == len(SEEDS)
