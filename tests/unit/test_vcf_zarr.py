"""VCF Zarr: a store reads as the VCF that it was made from; what is wrong with one is told."""

import json
import os
import random
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import zarr

from dnngp.base.errors import UserError
from dnngp.base.files import folder_states
from dnngp.base.seeds import file_sha256
from dnngp.config import read_configuration
from dnngp.genotypes.file_formats import (
    count_variants,
    genotype_files,
    genotype_format,
    ploidy,
    read_genotypes,
    record_fields,
    sample_ids,
)
from dnngp.genotypes.formats import vcf_zarr
from dnngp.genotypes.parsing.format import Reading

FIELDS = {"GT": ("1", "String"), "DP": ("1", "Integer"), "AD": ("R", "Integer"), "DS": ("A", "Float")}
HEADER = (
    "##fileformat=VCFv4.3\n##contig=<ID=1>\n##contig=<ID=2>\n"
    + "".join(f'##FILTER=<ID={name},Description="x">\n' for name in ("q10", "s50"))
    + "".join(
        f'##FORMAT=<ID={name},Number={number},Type={kind},Description="x">\n'
        for name, (number, kind) in {**FIELDS, "GP": ("G", "Float")}.items()
    )
)
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
SAMPLES = [f"s{number}" for number in range(7)]


def random_records(copies, seed, sites=25):
    """Sites of one to four alleles, calls with missing alleles and of one allele."""
    rng = random.Random(seed)
    records = []
    for number in range(sites):
        alt = rng.choice(["C", "C", "CA", "<DEL>", ".", "C,G", "C,G,T"])
        alleles = [str(allele) for allele in range(0 if alt == "." else alt.count(",") + 1)] + ["0"]
        calls = []
        for _ in SAMPLES:
            picked = [rng.choice([*alleles, *alleles, "."]) for _ in range(rng.choice([copies] * 6 + [1]))]
            calls.append(rng.choice("/|").join(picked))
        filter = rng.choice(["PASS", ".", "q10", "q10;s50"])
        name = rng.choice([".", f"rs{number}", "é"])
        records.append(
            f"{1 + number // 15}\t{number + 1}\t{name}\tA\t{alt}\t.\t{filter}\t.\tGT\t" + "\t".join(calls)
        )
    return records


def vcf_file(folder, records):
    path = folder / "g.vcf"
    path.write_text(HEADER + "\t".join([COLUMNS, *SAMPLES]) + "\n" + "\n".join(records) + "\n")
    return path


def padded(rows, fill, dtype):
    """Lists of different lengths as one array."""
    width = max(map(len, rows))
    return np.array([[*row, *[fill] * (width - len(row))] for row in rows], dtype)


def numbers(cells, dtype, missing, fill):
    """Values of a field (variants, samples, most values) from its texts."""
    cut = [[["." if text == "." else text for text in cell.split(",")] for cell in row] for row in cells]
    width = max(len(cell) for row in cut for cell in row)
    read = [
        [[missing if v == "." else float(v) for v in cell] + [fill] * (width - len(cell)) for cell in row]
        for row in cut
    ]
    return np.array(read, dtype)


def arrays_of(records):
    """The arrays that bio2zarr would make of the lines of a VCF."""
    rows = [record.split("\t") for record in records]
    cells = [[cell.split(":") for cell in row[9:]] for row in rows]
    keys = rows[0][8].split(":")
    calls = [[re_split(cell[keys.index("GT")]) for cell in row] for row in cells]
    most = max(len(call) for row in calls for call in row)
    genotype = np.array([[call + [-2] * (most - len(call)) for call in row] for row in calls], np.int8)
    text = np.dtypes.StringDType()
    arrays = {
        "sample_id": np.array(SAMPLES, text),
        "contig_id": np.array(["1", "2"], text),
        "filter_id": np.array(["PASS", "q10", "s50"], text),
        "variant_contig": np.array([int(row[0]) - 1 for row in rows], np.int8),
        "variant_position": np.array([int(row[1]) for row in rows], np.int32),
        "variant_id": np.array([row[2] for row in rows], text),
        "variant_allele": padded([[row[3], *row[4].replace(".", "").split(",")] for row in rows], "", text),
        "variant_filter": np.array(
            [[n in row[6].split(";") for n in ("PASS", "q10", "s50")] for row in rows]
        ),
        "call_genotype": genotype,
        "call_genotype_mask": genotype < 0,
    }
    for key in set(keys) - {"GT"}:
        texts = [[cell[keys.index(key)] for cell in row] for row in cells]
        kind = (np.float32, np.nan, np.nan) if key in ("DS", "GP") else (np.int16, -1, -2)
        values = numbers(texts, *kind)
        arrays[f"call_{key}"] = values[..., 0] if FIELDS.get(key, "")[:1] == ("1",) else values
    return arrays


def re_split(call):
    return [-1 if allele == "." else int(allele) for allele in call.replace("|", "/").split("/")]


def store(path, arrays, version=2, **create):
    """A store of small chunks, all of them written."""
    group = zarr.open_group(path, mode="w", zarr_format=version)
    for name, values in arrays.items():
        chunks = tuple(min(size, most) for size, most in zip(values.shape, (4, 3, 9), strict=False))
        group.create_array(name, data=values, chunks=chunks, config={"write_empty_chunks": True}, **create)
    return path


def assert_same(one, other):
    assert np.array_equal(one.dosages, other.dosages, equal_nan=one.dosages.dtype.kind == "f")
    assert one.dosages.dtype == other.dosages.dtype
    assert one.samples.tolist() == other.samples.tolist()
    pd.testing.assert_frame_equal(one.variants, other.variants)
    assert one.skipped.values.tolist() == other.skipped.values.tolist()
    assert [text.partition(": ")[2] for text in one.warnings] == [
        text.partition(": ")[2] for text in other.warnings
    ]


@pytest.mark.parametrize("block", [1, 16_000_000])
@pytest.mark.parametrize(("copies", "version"), [(2, 2), (4, 3)])
@pytest.mark.parametrize(
    "reading", [{}, {"multiallelic": "split"}, {"multiallelic": "first", "filter": "pass"}]
)
def test_a_store_equals_the_vcf_it_was_made_from(tmp_path, monkeypatch, copies, version, block, reading):
    monkeypatch.setattr(vcf_zarr, "BLOCK_CALLS", block)
    records = random_records(copies, seed=copies)
    vcf, path = vcf_file(tmp_path, records), store(tmp_path / "g.vcz", arrays_of(records), version)
    reading = Reading(ploidy=copies, **reading)
    assert_same(read_genotypes(path, reading, tmp_path / "dosages"), read_genotypes(vcf, reading))
    assert genotype_format(path) == "vcf_zarr"
    assert genotype_files(path) == [str(path)]
    assert sample_ids(path) == SAMPLES
    assert (count_variants(path, 7), ploidy(path)) == (25, copies)
    assert "GT" in record_fields(path)


def test_estimates_and_calls_without_reads_equal_those_of_the_vcf(tmp_path):
    site = "1\t{}\t.\tA\t{}\t.\tPASS\t.\t{}\t{}"
    imputed = [
        site.format(
            1, "C", "GT:DS:GP", "\t".join(["0/1:0.9:0.1,0.9,0", "1/1:2.004:0,0.1,0.9", *["./.:.:."] * 5])
        ),
        site.format(2, "C,G", "GT:DS:GP", "\t".join(["0/2:0,1:0,0,0,1,0,0"] * 7)),
    ]
    vcf, path = vcf_file(tmp_path, imputed), store(tmp_path / "g.vcz", arrays_of(imputed))
    for field in ("DS", "GP"):
        assert_same(read_genotypes(path, Reading(field=field)), read_genotypes(vcf, Reading(field=field)))
    sequenced = [
        site.format(
            1, "C", "GT:DP:AD", "\t".join(["0/0:0:0,0", "0/1:0:0,0", "0/0:.:.,.", *["0/0:3:3,0"] * 4])
        )
    ]
    vcf, path = vcf_file(tmp_path, sequenced), store(tmp_path / "h.vcz", arrays_of(sequenced))
    for no_reads in ("call", "missing"):
        reading = Reading(no_reads=no_reads)
        assert_same(read_genotypes(path, reading), read_genotypes(vcf, reading))
    assert "1 calls (14.3%) are 0/0 without any reads" in read_genotypes(path).warnings[0]


@pytest.fixture
def arrays():
    return arrays_of(["1\t5\trs1\tA\tC\t.\tPASS\t.\tGT\t0/0\t0/1\t1/1\t0/0\t0/1\t1/1\t./."] * 6)


def test_a_masked_allele_is_missing(tmp_path, arrays):
    arrays["call_genotype_mask"][0, 1, 0] = True
    assert read_genotypes(store(tmp_path / "g", arrays)).dosages[0].tolist() == [0, -1, 2, 0, 1, 2, -1]


@pytest.mark.parametrize("inside", [".", "g.vcz"])
def test_a_store_may_be_a_zip_file(tmp_path, arrays, inside):
    folder = store(tmp_path / "g.vcz", arrays)
    path = tmp_path / "g.vcz.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        for file in filter(Path.is_file, folder.rglob("*")):
            bundle.write(file, Path(inside, file.relative_to(folder)))
    assert sample_ids(path) == SAMPLES
    assert_same(read_genotypes(path), read_genotypes(folder))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UserError, match=r"g\.vcz\.zip: the zip file is damaged .* Copy it again"):
        genotype_format(path)


def without(*names):
    return lambda arrays: {name: values for name, values in arrays.items() if name not in names}


def with_array(name, make):
    return lambda arrays: arrays | {name: make(arrays[name])}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("call_genotype"), r"the store has no call_genotype\. Export it with GT\."),
        (without("sample_id"), r"the store has no sample_id: it is no VCF Zarr"),
        (without("variant_allele"), r"the store has no variant_allele\. Write the store again"),
        (without("filter_id"), r"the store has no filter_id"),
        (with_array("sample_id", lambda ids: ids[:5]), r"call_genotype has 7 samples, and sample_id has 5"),
        (with_array("variant_position", lambda pos: pos[:5]), r"variant_allele has 6 variants, .* has 5"),
        (with_array("call_genotype", lambda calls: calls[..., 0]), r"call_genotype has 2 dimensions, not 3"),
        (with_array("call_genotype", lambda calls: calls.astype(float)), r"call_genotype is of the type"),
        (with_array("call_genotype", lambda calls: calls - 2), r"call_genotype has an allele -3"),
        (with_array("variant_contig", lambda at: at + 2), r"variant_contig has a number that contig_id"),
        (with_array("sample_id", lambda ids: ids[[0, 1, 2, 3, 4, 5, 5]]), r"the id 's5' is there twice"),
        (with_array("call_genotype", lambda calls: calls * 2), r"rs1: s1 has allele 2, which ALT lacks"),
        (lambda arrays: {k: v[: 9 * (k[0] not in "vc")] for k, v in arrays.items()}, r"holds no variants"),
    ],
)  # fmt: skip
def test_a_store_that_does_not_hold_what_is_read_is_refused(tmp_path, arrays, change, message):
    with pytest.raises(UserError, match=message):
        read_genotypes(store(tmp_path / "g.vcz", change(arrays)))


def test_a_store_is_checked_with_the_configuration(tmp_path, arrays):
    path, phenotypes = store(tmp_path / "g.vcz", arrays), tmp_path / "p.csv"
    dataset = {"name": "one", "genotypes": str(path), "phenotypes": str(phenotypes)}
    raw = {"datasets": [dataset], "cv": {"folds": 3, "schemes": ["random"]}}
    phenotypes.write_text("id,y\na,1\nb,2\n")
    with pytest.raises(UserError, match=r"no id of .*p\.csv \(a, b\) is found in .*g\.vcz \(s0, s1, s2, "):
        read_configuration(raw)
    phenotypes.write_text("id,y\ns0,1\ns1,2\n")
    with pytest.raises(UserError, match=r"only 2 lines have genotypes and phenotypes"):
        read_configuration(raw)
    store(path, without("call_genotype")(arrays))
    with pytest.raises(UserError, match=r"g\.vcz: the store has no call_genotype\. Write it with"):
        read_configuration(raw)


def test_calls_of_another_ploidy_stop_the_reading_where_most_sites_have_them(tmp_path, arrays):
    path = store(tmp_path / "g.vcz", arrays)
    with pytest.raises(UserError, match=r"calls have at most 2 alleles, not `ploidy: 4`\. Set `ploidy`"):
        read_genotypes(path, Reading(ploidy=4))
    with pytest.raises(UserError, match=r"the call of s0 has 2 alleles, not `ploidy: 1`; so in 6 of 6 sites"):
        read_genotypes(path, Reading(ploidy=1))


def test_what_is_defective_is_listed_where_reading_is_not_strict(tmp_path, arrays):
    arrays["call_genotype"][1:3, 0] = 2
    genotypes = read_genotypes(store(tmp_path / "g.vcz", arrays), Reading(strict=False))
    assert genotypes.dosages[:, 0].tolist() == [0, -1, -1, 0, 0, 0]
    assert genotypes.defects["what"].tolist() == ["s0 has allele 2, which ALT lacks (and in 1 more sites)"]


def test_damage_and_absent_chunks_are_told(tmp_path, arrays):
    path = store(tmp_path / "g.vcz", arrays)
    chunk = path / "call_genotype" / "0.0.0"
    content = chunk.read_bytes()
    chunk.write_bytes(content[:-3])
    with pytest.raises(UserError, match=r"the chunk call_genotype/0\.0\.0 is truncated\. Copy it again"):
        read_genotypes(path)
    chunk.write_bytes(b"\xff" * 12 + len(content).to_bytes(4, "little") + content[16:])
    with pytest.raises(UserError, match=r"the array call_genotype cannot be read \(.*\)\. Copy the store"):
        read_genotypes(path)
    chunk.unlink()
    with pytest.raises(UserError, match=r"1 chunks of call_genotype are not in the store\. Copy it again"):
        read_genotypes(path)
    genotypes = read_genotypes(path, Reading(strict=False))
    assert genotypes.defects["what"].tolist() == [
        "1 chunks of call_genotype are not in the store and are read as the fill value"
    ]
    described = path / "call_genotype" / ".zarray"
    described.write_text(json.dumps(json.loads(described.read_text()) | {"compressor": {"id": "zfpy9"}}))
    with pytest.raises(UserError, match=r"the array call_genotype cannot be read \(.*zfpy9.*\)"):
        read_genotypes(path)
    (path / ".zgroup").write_text("{")
    with pytest.raises(UserError, match=r"the store cannot be read"):
        sample_ids(path)


def test_a_chunk_that_is_too_large_is_refused(tmp_path, arrays, monkeypatch):
    monkeypatch.setattr(vcf_zarr, "MOST_BYTES", 10)
    with pytest.raises(
        UserError, match=r"a chunk of call_genotype takes 0\.0 GiB of memory\. Write the store"
    ):
        read_genotypes(store(tmp_path / "g.vcz", arrays))


def test_what_is_no_store_is_told_so(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(
        UserError, match=r"the folder is no Zarr store: it has neither \.zgroup nor zarr\.json"
    ):
        genotype_format(tmp_path / "folder")
    vcf = vcf_file(tmp_path, random_records(2, 1))
    with pytest.raises(
        UserError, match=r"g\.vcf: the file is no Zarr store\. Leave `format` out or correct it"
    ):
        read_genotypes(vcf, Reading(format="vcf_zarr"))


def test_a_change_within_a_folder_changes_its_checksum_and_what_a_rule_sees_of_it(tmp_path, arrays):
    path = store(tmp_path / "g.vcz", arrays)
    source = read_genotypes(path).source
    assert source == {"path": "g.vcz", "sha256": file_sha256(path), "format": "vcf_zarr"}
    before = folder_states([path, tmp_path / "no folder"])
    chunk = path / "call_genotype" / "0.0.0"
    chunk.write_bytes((path / "call_genotype" / "1.0.0").read_bytes())
    os.utime(chunk, ns=(0, 1 << 62))
    assert folder_states([path]) != before
    assert file_sha256(path) != source["sha256"]
    assert [count for count, _, _ in before] == [sum(file.is_file() for file in path.rglob("*"))]
