"""Every format says the same: one matrix written in all of them, and none crashes on a damaged file."""

import gzip
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bed_reader import to_bed
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pgenlib import PgenWriter

from dnngp.base.errors import UserError
from dnngp.genotypes.file_formats import genotype_files, read_genotypes, sample_ids
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.store import Genotypes

IUPAC = {"AC": "M", "AG": "R", "AT": "W", "CG": "S", "CT": "Y", "GT": "K"}


class Matrix:
    """Dosages (p, n) of ALT with names; -1 is missing."""

    def __init__(self, dosages, alleles, samples, ploidy=2):
        self.dosages = np.array(dosages, np.int8)
        self.alleles, self.samples, self.ploidy = alleles, samples, ploidy
        self.markers = [f"m{i}" for i in range(len(dosages))]

    def calls(self, separator="", missing="N", order="{ref}{alt}"):
        """(p, n) texts of calls."""
        rows = []
        for (ref, alt), row in zip(self.alleles, self.dosages.tolist(), strict=True):
            texts = {
                k: separator.join([ref] * (self.ploidy - k) + [alt] * k if "ref" in order else [alt] * k)
                for k in range(self.ploidy + 1)
            }
            texts[-1] = separator.join([missing] * self.ploidy)
            rows.append([texts[value] for value in row])
        return rows


def lines(rows, separator, end="\n"):
    return (end.join(separator.join(map(str, row)) for row in rows) + end).encode()


def vcf(m, path):
    calls = Matrix(m.dosages, [("0", "1")] * len(m.markers), m.samples, m.ploidy).calls("/", ".")
    rows = [["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *m.samples]]
    rows += [
        ["1", i + 1, id, ref, alt, ".", ".", ".", "GT", *row]
        for i, (id, (ref, alt), row) in enumerate(zip(m.markers, m.alleles, calls, strict=True))
    ]
    path.write_bytes(b"##fileformat=VCFv4.2\n##contig=<ID=1>\n" + lines(rows, "\t"))


def bed(m, path):
    to_bed(
        path,
        np.where(m.dosages < 0, -127, m.dosages).T.astype(np.int8),
        properties={
            "iid": m.samples,
            "sid": m.markers,
            "allele_1": [alt for _, alt in m.alleles],
            "allele_2": [ref for ref, _ in m.alleles],
        },
        num_threads=1,
    )
    path.rename(path.with_suffix(".bed"))


def pgen(m, path):
    p, n = m.dosages.shape
    with PgenWriter(str(path.with_suffix(".pgen")).encode(), n, variant_ct=p, nonref_flags=False) as writer:
        writer.append_biallelic_batch(np.where(m.dosages < 0, -9, m.dosages).astype(np.int8))
    rows = [[1, i + 1, id, *pair] for i, (id, pair) in enumerate(zip(m.markers, m.alleles, strict=True))]
    path.with_suffix(".pvar").write_bytes(lines([["#CHROM", "POS", "ID", "REF", "ALT"], *rows], "\t"))
    path.with_suffix(".psam").write_bytes(lines([["#IID"], *([name] for name in m.samples)], "\t"))


def hapmap(letters):
    def write(m, path):
        rows = [["rs#", "alleles", "chrom", "pos", *m.samples]]
        for i, (id, (ref, alt), calls) in enumerate(
            zip(m.markers, m.alleles, m.calls("/" if letters == 3 else ""), strict=True)
        ):
            if letters == 1:
                codes = {ref * 2: ref, alt * 2: alt, "NN": "N", ref + alt: IUPAC["".join(sorted(ref + alt))]}
                calls = [codes[call] for call in calls]
            rows.append([id, f"{ref}/{alt}", 1, i + 1, *calls])
        path.write_bytes(lines(rows, "\t"))

    return write


def table(values, separator=",", by_sample=True, info=False, pack=bytes, end="\n"):
    """A text table of ``values(matrix)``, (p, n) texts."""

    def write(m, path):
        cells = values(m)
        if by_sample:
            cells = [list(row) for row in zip(*cells, strict=True)]
            head, names, columns = ["id"], [[name] for name in m.samples], m.markers
        elif info:
            head = ["Marker", "Chrom", "Position", "REF", "ALT"]
            names = [[id, 1, 5, *pair] for id, pair in zip(m.markers, m.alleles, strict=True)]
            columns = m.samples
        else:
            head, names, columns = ["marker"], [[id] for id in m.markers], m.samples
        rows = [[*head, *columns], *([*name, *row] for name, row in zip(names, cells, strict=True))]
        path.write_bytes(pack(lines(rows, separator, end)))

    return write


def numbers(shift=0, text=str):
    return lambda m: [["NA" if v < 0 else text(v + shift) for v in row] for row in m.dosages.tolist()]


def parquet(m, path):
    values = np.where(m.dosages < 0, np.nan, m.dosages.astype(float))
    pd.DataFrame(values.T, index=m.samples, columns=m.markers).to_parquet(path)


def brapi(m, path):
    calls = Matrix(m.dosages, [("0", "1")] * len(m.markers), m.samples, m.ploidy).calls("|", ".")
    matrix = {"dataMatrixAbbreviation": "GT", "dataMatrix": calls}
    result = {"callSetDbIds": m.samples, "variantDbIds": m.markers, "dataMatrices": [matrix]}
    path.write_text(json.dumps({"metadata": {}, "result": result}))


def gz(content):
    return gzip.compress(content, mtime=0)


def text_calls(m):
    return m.calls()


def split_calls(m):
    return m.calls("/")


#: How to write a matrix, and whether the file names REF and ALT.
DIPLOID = {
    "vcf": (vcf, True),
    "bed": (bed, True),
    "pgen": (pgen, True),
    "hapmap, IUPAC": (hapmap(1), True),
    "parquet": (parquet, True),
    "-1, 0, 1": (table(numbers(-1)), True),
}
ANY_PLOIDY = {
    "vcf": (vcf, True),
    "hapmap, letters": (hapmap(2), True),
    "hapmap, separated letters": (hapmap(3), True),
    "letters": (table(text_calls), False),
    "letters, columns": (table(split_calls, "\t", by_sample=False), False),
    "letters, alleles": (table(text_calls, ";", by_sample=False, info=True, pack=gz), True),
    "dosages": (table(numbers(), end="\r\n"), True),
    "dosages, columns": (table(numbers(), "\t", by_sample=False, pack=gz), True),
    "dosages, alleles": (table(numbers(text=float), ";", by_sample=False, info=True), True),
    "brapi": (brapi, True),
}

NAMES = st.text("abzÄß漢0189_-.", min_size=1, max_size=5).map(lambda text: "L" + text)


@st.composite
def matrices(draw, ploidies=(2,)):
    ploidy = draw(st.sampled_from(ploidies))
    samples = draw(st.lists(NAMES, min_size=1, max_size=7, unique=True))
    row = st.lists(st.integers(-1, ploidy), min_size=len(samples), max_size=len(samples))
    dosages = draw(st.lists(row, min_size=1, max_size=7))
    pair = st.permutations("ACGT").map(lambda bases: tuple(bases[:2]))
    alleles = [draw(pair) for _ in dosages]
    return Matrix(dosages, alleles, samples, ploidy)


def in_auto(name):
    """Letters with hardly a call are told by nobody."""
    return "letters" if name.startswith("letters") else "auto"


def assert_reads_back(m, name, write, has_alleles, folder):
    for old in folder.iterdir():
        old.unlink()
    path = folder / "x.dat"
    write(m, path)
    path = next(file for suffix in (".bed", ".pgen", ".dat") if (file := path.with_suffix(suffix)).exists())
    reading = Reading(ploidy=m.ploidy, format=in_auto(name))
    genotypes = read_genotypes(path, reading)
    ids = sample_ids(path, reading.format)
    assert ids is None if name == "parquet" else ids == m.samples
    assert genotypes.samples.tolist() == m.samples
    assert genotypes.variants["id"].tolist() == m.markers
    assert genotypes.ploidy == m.ploidy
    assert genotypes.dosages.dtype == np.int8
    assert genotypes.source["path"] == path.name
    if has_alleles:
        assert np.array_equal(genotypes.dosages, m.dosages)
        return
    for found, row, (ref, alt), variant in zip(
        genotypes.dosages, m.dosages, m.alleles, genotypes.variants.itertuples(), strict=True
    ):
        called = row >= 0
        of_alt, of_ref = int(row[called].sum()), int((m.ploidy - row[called]).sum())
        common, rare = (ref, alt) if (-of_ref, ref) < (-of_alt, alt) else (alt, ref)
        names = [name for name in (common, rare) if {ref: of_ref, alt: of_alt}[name]]
        assert [name for name in (variant.ref, variant.alt) if name] == names
        copies = row if rare == alt else m.ploidy - row
        assert np.array_equal(found, np.where(called, copies, -1))


FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("name", DIPLOID)
@FAST
@given(m=matrices())
def test_diploid_dosages_are_read_back(tmp_path, name, m):
    assume((m.dosages >= 0).any())
    # A rare -1 may be a missing call, and is asked about.
    rare = (m.dosages == 0).sum() < 0.1 * (m.dosages >= 0).sum()
    assume(name != "-1, 0, 1" or not rare)
    assert_reads_back(m, name, *DIPLOID[name], tmp_path)


@pytest.mark.parametrize("name", ANY_PLOIDY)
@FAST
@given(m=matrices((1, 2, 3, 4, 6)))
def test_dosages_of_every_ploidy_are_read_back(tmp_path, name, m):
    assume((m.dosages >= 0).any())
    assert_reads_back(m, name, *ANY_PLOIDY[name], tmp_path)


@FAST
@given(
    values=st.lists(
        st.lists(st.floats(allow_infinity=False, allow_nan=True, width=32), min_size=3, max_size=3),
        min_size=1,
    ),
    by_sample=st.booleans(),
)
def test_features_are_read_back(tmp_path, values, by_sample):
    expected = np.array(values, np.float32)
    assume(not np.isnan(expected).all())
    m = Matrix([[0] * 3] * len(values), [("A", "C")] * len(values), ["L1", "L2", "L3"])
    path = tmp_path / "x.csv"
    table(lambda _: [["NA" if v != v else repr(v) for v in row] for row in values], by_sample=by_sample)(
        m, path
    )
    genotypes = read_genotypes(path, Reading(format="features"))
    assert genotypes.ploidy is None
    np.testing.assert_array_equal(genotypes.dosages, expected)


# -- damaged files ---------------------------------------------------------------------------------------

RNG = np.random.default_rng(5)
SMALL = Matrix(
    RNG.choice([0, 0, 1, 2, -1], (9, 8)),
    [("A", "G"), ("C", "T"), ("G", "T")] * 3,
    [f"Lö{i}" for i in range(8)],
)
WRITERS = {name: write for name, (write, _) in (ANY_PLOIDY | DIPLOID).items() if name != "vcf"}
WRITERS["features"] = table(lambda m: [[repr(v * 1.7 - 90) for v in row] for row in m.dosages.tolist()])


@pytest.fixture(scope="module")
def wholes(tmp_path_factory):
    """The files of each format, and the one to read."""
    found = {}
    for name, write in WRITERS.items():
        folder = tmp_path_factory.mktemp("whole")
        write(SMALL, folder / "x.dat")
        path = next(p for p in (folder / "x.bed", folder / "x.pgen", folder / "x.dat") if p.exists())
        assert isinstance(read_genotypes(path), Genotypes)
        found[name] = (
            path.name,
            {file.split("/")[-1]: Path(file).read_bytes() for file in genotype_files(path)},
        )
    return found


def outcome(path, reading):
    """The genotypes, or the error that the user would see."""
    try:
        return read_genotypes(path, reading)
    except UserError as error:
        return error


EDIT = st.tuples(
    st.sampled_from(["replace", "replace", "flip", "cut", "swap", "double"]),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 5),
    st.binary(max_size=3) | st.sampled_from([b"\t", b"\n", b",", b"NA", b"-", b"9", b'"', b"\r\n", b"\0"]),
)


def edited(content, edit):
    """Content with bytes replaced, inserted or flipped, its end cut off, or lines swapped or doubled."""
    kind, here, there, length, text = edit
    start = int(here * max(0, len(content) - 1))
    if kind == "flip" and content:
        changed = bytearray(content)
        changed[start] ^= 1 << length
        return bytes(changed)
    if kind == "cut":
        return content[:start]
    if kind in ("swap", "double"):
        rows = content.split(b"\n")
        i, j = int(here * (len(rows) - 1)), int(there * (len(rows) - 1))
        rows[i], rows[j] = (rows[j], rows[i]) if kind == "swap" else (rows[i], rows[i])
        return b"\n".join(rows)
    return content[:start] + text + content[start + length :]


@pytest.mark.parametrize("name", WRITERS)
@settings(
    max_examples=280,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    edits=st.lists(EDIT, min_size=1, max_size=3),
    which=st.integers(0, 2),
    multiallelic=st.sampled_from(["skip", "first", "split"]),
    strict=st.booleans(),
)
def test_no_damaged_file_crashes_a_reader(tmp_path, wholes, name, edits, which, multiallelic, strict):
    path_name, contents = wholes[name]
    damaged = sorted(contents)[which % len(contents)]
    for file, content in contents.items():
        if file == damaged:
            for edit in edits:
                content = edited(content, edit)
        (tmp_path / file).write_bytes(content)
    path = tmp_path / path_name
    try:
        ids = sample_ids(path)
    except UserError:
        ids = None
    started = time.process_time()
    genotypes = outcome(path, Reading(multiallelic=multiallelic, strict=strict))
    assert time.process_time() - started < 2
    if isinstance(genotypes, UserError):
        assert str(tmp_path / "x") in str(genotypes)
        return
    assert len(set(genotypes.samples)) == genotypes.n_samples > 0
    assert genotypes.n_variants > 0
    assert ids is None or ids == genotypes.samples.tolist()
    known = genotypes.dosages[~np.isnan(genotypes.dosages)]
    assert np.isfinite(known).all()
    if genotypes.is_dosage:
        assert known.min(initial=0) >= -1
        assert known.max(initial=0) <= 2


@pytest.mark.parametrize(
    ("section", "format", "dosages"),
    [
        ("VCF and BCF", "vcf", [[0, 1, 2], [-1, 1, 0]]),
        ("HapMap", "hapmap", [[0, 1, 2], [0, 1, -1], [0, 1, 2]]),
        ("Letters in a table", "letters", [[0, 1, -1], [1, 0, 2], [1, 0, -1]]),
        ("BrAPI", "brapi", [[0, 1], [-1, 2]]),
    ],
)
def test_the_examples_of_the_docs_are_read(tmp_path, section, format, dosages):
    page = Path(__file__).parents[2] / "docs" / "how-to" / "genotype-formats.md"
    example = page.read_text().split(f"## {section}\n", 1)[1].split("```")[1].split("\n", 1)[1]
    path = tmp_path / "example"
    path.write_text(example)
    genotypes = read_genotypes(path)
    assert genotypes.source["format"] == format
    assert genotypes.dosages.tolist() == dosages
