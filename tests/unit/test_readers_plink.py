"""PLINK 1 and PLINK 2 file sets, written by other programs' writers and broken by hand."""

import numpy as np
import pytest
from bed_reader import to_bed
from pgenlib import PgenWriter

from dnngp.base.errors import UserError
from dnngp.genotypes.file_formats import genotype_files, genotype_format, read_genotypes, sample_ids
from dnngp.genotypes.formats import plink1
from dnngp.genotypes.parsing import pgen
from dnngp.genotypes.parsing.format import Reading

CALLS = np.array([[0, 1, 2, -1, 0], [2, 2, 1, 0, -1], [1, 1, 1, 1, 1]], np.int8)
SAMPLES = ["a", "b", "Ä", "d", "007"]


def write_plink1(folder, calls=CALLS, samples=SAMPLES):
    """Calls (p, n) of A1."""
    path = folder / "x.bed"
    p = len(calls)
    to_bed(
        path,
        np.where(calls < 0, -127, calls).T.astype(np.int8),
        properties={
            "fid": ["f"] * len(samples),
            "iid": samples,
            "chromosome": ["1"] * p,
            "sid": [f"m{i}" for i in range(p)],
            "bp_position": np.arange(1, p + 1),
            "allele_1": ["A"] * p,
            "allele_2": ["G"] * p,
        },
        num_threads=1,
    )
    return path


def write_plink2(folder, calls=CALLS, samples=SAMPLES, alts=None, write=None):
    """Calls (p, n) of ALT; ``write`` fills the file itself and gives what its writer is made with."""
    path = folder / "x.pgen"
    p, n = len(calls), len(samples)
    options, fill = write or ({}, lambda writer: writer.append_biallelic_batch(_pgen(calls)))
    with PgenWriter(str(path).encode(), n, variant_ct=p, nonref_flags=False, **options) as writer:
        fill(writer)
    lines = ["##fileformat=VCFv4.3", "#CHROM\tPOS\tID\tREF\tALT"]
    lines += [f"1\t{i + 1}\tm{i}\tG\t{(alts or ['A'] * p)[i]}" for i in range(p)]
    path.with_suffix(".pvar").write_text("\n".join(lines) + "\n")
    path.with_suffix(".psam").write_text(
        "\n".join(["#IID\tSEX", *(f"{name}\tNA" for name in samples)]) + "\n"
    )
    return path


def _pgen(calls):
    return np.ascontiguousarray(np.where(calls < 0, -9, calls), np.int8)


WRITERS = {"plink1": write_plink1, "plink2": write_plink2}


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("block", [1, 7, 10_000])
def test_what_another_writer_wrote_is_read(tmp_path, monkeypatch, format, block):
    monkeypatch.setattr(plink1, "BLOCK_CALLS", block)
    monkeypatch.setattr(pgen, "BLOCK_CALLS", block)
    path = WRITERS[format](tmp_path)
    genotypes = read_genotypes(path, folder=tmp_path / "store")
    assert genotype_format(path) == genotypes.source["format"] == format
    assert genotypes.samples.tolist() == sample_ids(path) == SAMPLES
    assert np.array_equal(genotypes.dosages, CALLS)
    assert isinstance(genotypes.dosages, np.memmap)
    assert genotypes.variants.values.tolist() == [["1", i + 1, f"m{i}", "G", "A"] for i in range(3)]
    beside = [".bim", ".fam"] if format == "plink1" else [".pvar", ".psam"]
    assert genotype_files(path) == [str(path), *(str(path.with_suffix(suffix)) for suffix in beside)]


def test_other_files_stand_for_themselves(tmp_path):
    (tmp_path / "x.csv").write_text("id,a\n1,0\n")
    assert genotype_files(tmp_path / "x.csv") == [str(tmp_path / "x.csv")]
    assert genotype_files("no/such.bed") == ["no/such.bed"]


def test_plink1_counts_the_allele_of_the_fifth_column(tmp_path):
    """Bytes by hand, as the format's description has them: 00 is homozygous for the first allele, A1."""
    (tmp_path / "x.bed").write_bytes(bytes([0x6C, 0x1B, 0x01, 0b11_10_01_00]))
    (tmp_path / "x.bim").write_text("1 rs1 0 5 T C\n")
    (tmp_path / "x.fam").write_text("".join(f"0 s{i} 0 0 0 -9\n" for i in range(4)))
    genotypes = read_genotypes(tmp_path / "x.bed")
    assert genotypes.dosages.tolist() == [[2, -1, 1, 0]]
    assert genotypes.variants.values.tolist() == [["1", 5, "rs1", "C", "T"]]


@pytest.mark.parametrize(
    "psam",
    ["#IID\n{}\n", "#FID\tIID\tSEX\n{}\n", "##note\n#IID\n{}\n", "{}\n"],
    ids=["IID", "FID and IID", "note", "no header"],
)
def test_every_psam(tmp_path, psam):
    path = write_plink2(tmp_path)
    fields = "f\t{}\t1" if "FID" in psam else "f\t{}\t0\t0\t1\t-9" if psam == "{}\n" else "{}"
    path.with_suffix(".psam").write_text(psam.format("\n".join(fields.format(name) for name in SAMPLES)))
    assert sample_ids(path) == SAMPLES


ALLELES = np.array([[0, 0, 0, 1, 1, 2, 0, 2, -9, -9]], np.int32)  # calls 0/0 0/1 1/2 0/2 ./.


@pytest.mark.parametrize(
    ("multiallelic", "alts", "dosages"),
    [
        ("skip", ["A", "A"], [[0, 1, 2, -1, 0], [1, 1, 1, 1, 1]]),
        ("first", ["A", "C", "A"], [[0, 1, 2, -1, 0], [0, 1, -1, -1, -1], [1, 1, 1, 1, 1]]),
        ("split", ["A", "C", "T", "A"], [[0, 1, 2, -1, 0], [0, 1, 1, 0, -1], [0, 0, 1, 1, -1], [1] * 5]),
    ],
)
def test_multiallelic_variants_of_a_pgen(tmp_path, multiallelic, alts, dosages):
    def fill(writer):
        writer.append_biallelic(_pgen(CALLS[0]))
        writer.append_alleles(ALLELES[0], allele_ct=3)
        writer.append_biallelic(_pgen(CALLS[2]))

    path = write_plink2(tmp_path, alts=["A", "C,T", "A"], write=({"allele_ct_limit": 3}, fill))
    genotypes = read_genotypes(path, Reading(multiallelic=multiallelic))
    assert genotypes.variants["alt"].tolist() == alts
    assert genotypes.dosages.tolist() == dosages
    assert genotypes.skipped.values.tolist() == ([["m1", "3 alleles"]] if multiallelic == "skip" else [])


def test_dosages_of_a_pgen(tmp_path):
    real = np.array([[0, 0.5, 2, -9, 1.25], [2, 1.75, 1, 0.125, -9], [1, 1, 1, 1, 1]], np.float32)
    path = write_plink2(
        tmp_path, write=({"dosage_present": True}, lambda writer: writer.append_dosages_batch(real))
    )
    genotypes = read_genotypes(path, Reading(field="DS"))
    np.testing.assert_array_equal(genotypes.dosages, np.where(real < 0, np.nan, real))
    assert genotypes.ploidy == 2
    assert genotypes.dosages.dtype == np.float32
    hard = read_genotypes(path)
    assert hard.dosages.dtype == np.int8
    assert hard.dosages.tolist() == [[0, -1, 2, -1, -1], [2, -1, 1, -1, -1], [1, 1, 1, 1, 1]]
    with pytest.raises(UserError, match="holds no GP"):
        read_genotypes(path, Reading(field="GP"))


def test_phased_calls_of_a_pgen(tmp_path):
    phased = np.array([[0, 0, 1, 0, 1, 1, -9, -9, 0, 1]], np.int32)
    path = write_plink2(
        tmp_path,
        calls=CALLS[:1],
        write=({"hardcall_phase_present": True}, lambda writer: writer.append_alleles(phased[0], True)),
    )
    assert read_genotypes(path).dosages.tolist() == [[0, 1, 2, -1, 1]]


def rewrite(suffix, change):
    """Change one file of a set."""

    def change_file(path):
        file = path.with_suffix(suffix)
        file.write_bytes(change(file.read_bytes()))

    return change_file


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (rewrite(".bed", lambda b: b[:-1]), "x.bed: 5 bytes of calls are not whole variants of 5 samples"),
        (rewrite(".bed", lambda b: b[:-2]), "x.bed: the .bed holds 2 variants and the .bim at least 3"),
        (rewrite(".bed", lambda b: b + b"\0\0"), "x.bed: the .bed holds 4 variants and the .bim 3"),
        (rewrite(".bed", lambda b: b[:3]), "x.bed: the file holds no variants"),
        (rewrite(".bed", lambda b: b[:2] + b"\0" + b[3:]), "x.bed: the .bed has samples in rows"),
        (rewrite(".bim", lambda b: b.replace(b"\t2\t", b"\ttwo\t")), "x.bim, line 2, column 4: 'two' is no"),
        (rewrite(".bim", lambda b: b.replace(b"\tA\tG", b"\tA", 1)), "x.bim, line 1: the line has 5 cells"),
        (
            rewrite(".bim", lambda b: b.replace(b"m1", b"\xff")),
            "x.bim, line 2: byte 3 of the line is not UTF-8",
        ),
        (rewrite(".bim", lambda b: b""), "x.bim: the file is empty"),
        (
            rewrite(".fam", lambda b: b.replace(b" a ", b" 0 ")),
            "x.fam, line 1, column 2: the id is 0",
        ),
        (rewrite(".fam", lambda b: b.replace(b"b", b"a")), "x.fam, line 2: the id 'a' is there twice"),
        (rewrite(".fam", lambda b: b.rsplit(b"f", 1)[0] * 2), "x.fam, line 5: the id 'a' is there twice"),
        (
            rewrite(".fam", lambda b: b.split(b"\n")[0] + b"\n"),
            "x.bed: the .bed holds 6 variants and the .bim 3",
        ),
        (lambda path: path.with_suffix(".bim").unlink(), "x.bim: cannot be opened"),
        (lambda path: path.with_suffix(".fam").unlink(), "x.fam: cannot be opened"),
    ],
)
def test_a_broken_plink1_set_is_told(tmp_path, change, message):
    path = write_plink1(tmp_path)
    change(path)
    with pytest.raises(UserError) as caught:
        read_genotypes(path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (rewrite(".pgen", lambda b: b[:-1]), "bytes where its header asks for"),
        (rewrite(".pgen", lambda b: b + b"\0"), "bytes where its header asks for"),
        (rewrite(".pgen", lambda b: b[:14]), "x.pgen: the file ends inside its index"),
        (rewrite(".pgen", lambda b: b[:9]), "x.pgen: the file is no PLINK 2 .pgen"),
        (rewrite(".pgen", lambda b: b[:2] + b"\x21" + b[3:]), "storage mode 0x21 is not read"),
        (rewrite(".pgen", lambda b: b[:11] + b"\x08" + b[12:]), "x.pgen: header control 0x08 is not read"),
        (
            rewrite(".pvar", lambda b: b.rsplit(b"1\t3", 1)[0]),
            "x.pgen: the .pgen holds 3 variants and the .pvar 2",
        ),
        (
            rewrite(".pvar", lambda b: b.replace(b"\tREF", b"\tXREF")),
            "x.pvar, line 2: the header line lacks REF",
        ),
        (
            rewrite(".pvar", lambda b: b.replace(b"m1\tG", b"m1")),
            "x.pvar, line 4: the line has 4 cells where",
        ),
        (
            rewrite(".pvar", lambda b: b.replace(b"1\t2\t", b"1\t2.\t")),
            "x.pvar, line 4, column POS: '2.' is no",
        ),
        (rewrite(".pvar", lambda b: b.replace(b"\n1\t2", b"\n\n1\t2")), "x.pvar, line 4: the line is blank"),
        (rewrite(".psam", lambda b: b.replace(b"b", b"a")), "x.psam, line 3: the id 'a' is there twice"),
        (
            rewrite(".psam", lambda b: b.rsplit(b"007", 1)[0]),
            "x.pgen: the .pgen holds 5 samples and the .psam 4",
        ),
        (rewrite(".psam", lambda b: b.replace(b"d\tNA", b"d")), "x.psam, line 5: the line has 1 cells"),
        (
            lambda path: path.with_suffix(".pvar").rename(path.with_suffix(".pvar.zst")),
            "plink2 --zst-decompress",
        ),
        (lambda path: path.with_suffix(".psam").unlink(), "x.psam: cannot be opened"),
    ],
)
def test_a_broken_plink2_set_is_told(tmp_path, change, message):
    path = write_plink2(tmp_path)
    change(path)
    with pytest.raises(UserError) as caught:
        read_genotypes(path)
    assert message in str(caught.value)


@pytest.mark.parametrize("format", WRITERS)
def test_plink_files_are_diploid_and_named_by_their_calls(tmp_path, format):
    path = WRITERS[format](tmp_path)
    with pytest.raises(UserError, match="hold diploid calls only"):
        read_genotypes(path, Reading(ploidy=4))
    for beside in genotype_files(path)[1:]:
        with pytest.raises(UserError, match=f"Name .*{path.name}"):
            sample_ids(beside)


def test_a_line_that_the_fam_lacks_is_noticed(tmp_path):
    """Five samples and six take two bytes each: only the padding tells them apart."""
    path = tmp_path / "g.bed"
    to_bed(path, np.array([[0, 1, 2], [0, 0, 0], [1, 1, 1], [2, 2, 2], [0, 1, 2], [2, 1, 0]], np.int8))
    fam = path.with_suffix(".fam")
    digest = read_genotypes(path).source["sha256"]
    lines = fam.read_text().splitlines(keepends=True)
    fam.write_text("".join(lines[:2] + lines[3:]))
    with pytest.raises(UserError, match="variant 2 has calls of more than the 5 samples"):
        read_genotypes(path)
    fam.write_text("".join(lines).replace("sid", "SID").replace(lines[0].split()[1], "renamed"))
    assert read_genotypes(path).source["sha256"] != digest


def test_the_filter_of_a_pvar_is_counted_and_leaves_out_where_asked(tmp_path):
    path = write_plink2(tmp_path)
    pvar = path.with_suffix(".pvar")
    lines = pvar.read_text().splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("#CHROM"))
    told = iter(["FILTER", "PASS", "q10", "."])
    lines[head:] = [f"{line}\t{next(told)}" for line in lines[head:]]
    pvar.write_text("\n".join(lines) + "\n")
    genotypes = read_genotypes(path)
    assert np.array_equal(genotypes.dosages, CALLS)
    assert (
        "1 of 3 sites did not pass the filters of their caller (q10 1) and are used" in genotypes.warnings[0]
    )
    passed = read_genotypes(path, Reading(filter="pass"))
    assert np.array_equal(passed.dosages, CALLS[[0, 2]])
    assert passed.skipped.values.tolist() == [["m1", "FILTER q10"]]
