"""VCF in every form it may have: properties over random files, and a defined outcome for each odd one."""

import gzip
import random
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dnngp.base.errors import UserError
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing import bgzf as bgzf_reader
from dnngp.genotypes.parsing.format import Reading

HEADER = """##fileformat=VCFv4.3
##contig=<ID=1>
##contig=<ID=2>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=AF,Number=1,Type=Float,Description="Share">
##FORMAT=<ID=DS,Number=A,Type=Float,Description="Dosage">
##FORMAT=<ID=GP,Number=G,Type=Float,Description="Probabilities">
##FORMAT=<ID=XX,Number=1,Type=String,Description="Text">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##INFO=<ID=X,Number=0,Type=Flag,Description="Flag">
##INFO=<ID=Y,Number=.,Type=Integer,Description="Numbers">
"""
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
LINE = HEADER.count("\n") + 2  # of the first record


def bgzf(content, size=150):
    """BGZF of many small blocks."""
    blocks = []
    for start in range(0, len(content), size):
        deflate = zlib.compressobj(wbits=-15)
        text = content[start : start + size]
        body = deflate.compress(text) + deflate.flush()
        head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(body) + 25)
        blocks.append(head + body + struct.pack("<II", zlib.crc32(text), len(text)))
    return b"".join(blocks) + END


PACKS = {"plain": bytes, "gzip": lambda text: gzip.compress(text, mtime=0), "bgzip": bgzf}


def vcf(*records, samples=("a", "b", "c"), header=HEADER):
    """A VCF of records; one given as its ALT and cells only is a site at 10, 20, ... of chromosome 1."""
    lines = []
    for number, record in enumerate(records, start=1):
        if isinstance(record, tuple):
            alt, format, *cells = record
            record = "\t".join(
                ["1", str(10 * number), f"m{number}", "A", alt, ".", "PASS", ".", format, *cells]
            )
        lines.append(record)
    return (header + "\t".join([COLUMNS, *samples]) + "\n" + "".join(f"{line}\n" for line in lines)).encode()


def read(tmp_path, content, **options):
    path = tmp_path / "g.vcf"
    path.write_bytes(content)
    return read_genotypes(path, Reading(**options))


# -- random files ----------------------------------------------------------------------------------------


@st.composite
def files(draw):
    """A valid VCF: (text, ploidy, samples, records), a record being (pos, id, alt, alleles by sample)."""
    ploidy = draw(st.sampled_from([1, 2, 2, 2, 3, 4, 6]))
    n = draw(st.integers(1, 6))
    records, lines = [], []
    for number in range(draw(st.integers(1, 8))):
        alt = draw(st.sampled_from(["C", "C", "CAT", "<DEL>", "*", ".", "C,G", "C,G,T", "A[2:7["]))
        highest = 0 if alt == "." else alt.count(",") + 1
        allele = st.none() | st.integers(0, highest)
        calls = draw(
            st.lists(
                st.lists(allele, min_size=ploidy, max_size=ploidy) | st.lists(allele, min_size=1, max_size=1),
                min_size=n,
                max_size=n,
            )
        )
        extra = draw(st.sampled_from([(), (), (), ("DP",), ("DP", "AF"), ("XX",), ("DP", "XX", "AF")]))
        place = draw(st.integers(0, len(extra)))
        keys = [*extra[:place], "GT", *extra[place:]]
        cells = []
        for call in calls:
            text = draw(st.sampled_from("/|")).join("." if x is None else str(x) for x in call)
            values = {"GT": text, "DP": draw(st.sampled_from([".", "0", "17"]))}
            values |= {
                "AF": draw(st.sampled_from([".", "0.5", "1e-05"])),
                "XX": draw(st.sampled_from(".aZ|é")),
            }
            cell = [values[key] for key in keys]
            if draw(st.booleans()):  # trailing fields may be left out
                cell = cell[: place + 1]
            cells.append(":".join(cell))
        id = draw(st.sampled_from([".", f"m{number}", "Größe"]))
        info = draw(st.sampled_from([".", "DP=3", "X;Y=1,2"]))
        chromosome, pos = 1 + number // 5, 10 * number + 7
        fixed = [str(chromosome), str(pos), id, "A", alt, ".", "PASS", info]
        lines.append("\t".join([*fixed, ":".join(keys), *cells]))
        records.append((pos, "" if id == "." else id, alt, calls))
    return vcf(*lines, samples=[f"s{i}" for i in range(n)]), ploidy, records


def counted(calls, ploidy, target, others_missing=False):
    """Dosage of an ALT, by definition."""
    row = []
    for call in calls:
        if None in call or (others_missing and any(x > 0 and x != target for x in call)):
            row.append(-1)
        else:
            row.append(call.count(target) * (ploidy if len(call) == 1 else 1))
    return row


def expected(records, ploidy, multiallelic):
    """(position, id, ALT, dosages) of every variant to be read."""
    rows = []
    for pos, id, alt, calls in records:
        alleles = alt.split(",")
        if len(alleles) > 1 and multiallelic == "skip":
            continue
        for target, allele in enumerate(alleles if multiallelic == "split" else alleles[:1], start=1):
            row = counted(calls, ploidy, target, multiallelic == "first")
            rows.append((pos, id, "" if allele == "." else allele, row))
    return rows


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    file=files(),
    pack=st.sampled_from(sorted(PACKS)),
    multiallelic=st.sampled_from(["skip", "split", "first"]),
    part=st.sampled_from([61, 1000, 8_000_000]),
    threads=st.sampled_from([1, 1, 1, 3]),
)
def test_random_files_read_back_equal(tmp_path, monkeypatch, file, pack, multiallelic, part, threads):
    text, ploidy, records = file
    monkeypatch.setattr(bgzf_reader, "TEXT", part)
    path = tmp_path / "g"
    path.write_bytes(PACKS[pack](text))
    rows = expected(records, ploidy, multiallelic)
    reading = Reading(ploidy=ploidy, multiallelic=multiallelic)
    if not rows:
        with pytest.raises(UserError, match="biallelic"):
            read_genotypes(path, reading)
        return
    found = read_genotypes(path, reading, threads=threads)
    variants = found.variants[["pos", "id", "alt"]].itertuples(index=False, name=None)
    assert [(*names, row) for names, row in zip(variants, found.dosages.tolist(), strict=True)] == rows
    assert len(found.skipped) == len(records) - len({row[0] for row in rows})


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(file=files(), multiallelic=st.sampled_from(["skip", "split", "first"]))
def test_random_files_read_the_same_as_by_cyvcf2_and_from_bcf(tmp_path, file, multiallelic):
    import cyvcf2

    text, ploidy, records = file
    path = tmp_path / "g.vcf"
    path.write_bytes(text)
    reader = cyvcf2.VCF(str(path))
    writer = cyvcf2.Writer(str(tmp_path / "g.bcf"), reader, mode="wb")
    for (_, _, _, calls), record in zip(records, reader, strict=True):
        by_htslib = [
            [None if allele < 0 else allele for allele in row[:-1] if allele != -2]
            for row in record.genotypes
        ]
        # A call shorter than the longest of its line is padded by htslib.
        assert all(call == theirs[: len(call)] for call, theirs in zip(calls, by_htslib, strict=True))
        writer.write_record(record)
    writer.close()
    reader.close()
    reading = Reading(ploidy=ploidy, multiallelic=multiallelic)
    if expected(records, ploidy, multiallelic):
        ours, theirs = read_genotypes(path, reading), read_genotypes(tmp_path / "g.bcf", reading)
        assert ours.variants.equals(theirs.variants)
        assert np.array_equal(ours.dosages, theirs.dosages)
        assert ours.skipped.equals(theirs.skipped)


def outcome(path, reading):
    """The genotypes, or the error that the user would see."""
    try:
        return read_genotypes(path, reading)
    except UserError as error:
        return error


def mutated(rng, content):
    """The content with one to three mutations."""
    for _ in range(rng.randint(1, 3)):
        kind = rng.randrange(6)
        at = rng.randrange(len(content) + 1)
        if kind == 0 and content:
            at = min(at, len(content) - 1)
            content = content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]
        elif kind == 1:
            content = content[:at] + content[at + rng.randint(1, 9) :]
        elif kind == 2:
            piece = rng.choice(
                [b"\t", b"\n", b"\r", b"/", b"|", b".", b":", b"-1", b"9" * 12, b"\0", b"\xff", b"##"]
            )
            content = content[:at] + piece + content[at:]
        elif kind == 3:
            content = content[:at]
        elif kind == 4:
            lines = content.split(b"\n")
            one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            content = b"\n".join(lines)
        else:
            other = rng.randrange(len(content) + 1)
            content = content[:at] + content[min(at, other) : max(at, other)] + content[at:]
    return content


#: Files that are mutated: all kinds of site, of field and of packing, yet tiny.
SEEDS = [
    vcf(("C", "GT", "0/0", "0/1", "1|1"), ("C,G", "GT", "1/2", "0/2", "./."), (".", "GT", "0", "0/0", ".")),
    vcf(
        ("C", "GT:DP:AF", "0/0:1:0.5", "0/1:.:.", "1/1"),
        ("<DEL>", "DP:GT", "3:0/1", "4:1/1", "5:0|0"),
        "2\t5\t.\tAT\tA\t3.5\tq10\tDP=3;AF=0.5\tGT:XX\t0/1:é\t0/0:a\t1/1:.",
    ),
    vcf(("C", "GT:DS:GP", "0/0:0.1:0.9,0.1,0", "0/1:1:0,1,0", "1/1:2:0,0,1"), ("T", "DS", "0", "1e-1", "2")),
]


@pytest.mark.parametrize("batch", range(6))
def test_mutated_files_never_crash(tmp_path, batch):
    """A thousand each: either genotypes in their range, or the one error that the user sees."""
    rng = random.Random(batch)
    path = tmp_path / "g.vcf"
    refused = 0
    for number in range(1000):
        content = mutated(rng, SEEDS[number % 3])
        pack = ("plain", "plain", "gzip", "bgzip")[number % 4]
        content = PACKS[pack](content)
        if pack != "plain" and number % 3 == 0:
            content = mutated(rng, content)
        path.write_bytes(content)
        field = ("GT", "GT", "DS", "GP")[rng.randrange(4)]
        reading = Reading(
            format="vcf",
            field=field,
            strict=rng.random() < 0.5,
            multiallelic=rng.choice(["skip", "split", "first"]),
        )
        found = outcome(path, reading)
        if isinstance(found, UserError):
            assert str(path) in str(found)
            refused += 1
            continue
        if field == "GT":
            assert found.dosages.min() >= -1
        else:
            assert not (found.dosages < 0).any()
        assert not (found.dosages > 2).any()
        assert (found.variants["pos"] >= 0).all()
    assert 300 < refused < 1000


@settings(max_examples=100, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=200), gzipped=st.booleans())
def test_any_bytes_behind_a_header_are_told(tmp_path, content, gzipped):
    path = tmp_path / "g.vcf"
    content = vcf() + content
    path.write_bytes(gzip.compress(content, mtime=0) if gzipped else content)
    with pytest.raises(UserError):
        read_genotypes(path, Reading(strict=False))


# -- options ---------------------------------------------------------------------------------------------

DOSES = (
    ("C", "GT:DS:GP", "0/0:0.25:0.8,0.15,0.05", "0/1:1.5:0,0.5,0.5", "./.:.:."),
    ("C", "GT", "0/0", "0/1", "1/1"),
    ("C,G", "GT:DS", "0/0:0,0", "0/1:1,0", "1/2:1,1"),
)


def test_real_dosages_of_ds_and_gp(tmp_path):
    for field, row in (("DS", [0.25, 1.5, np.nan]), ("GP", [0.25, 1.5, np.nan])):
        found = read(tmp_path, vcf(*DOSES), field=field)
        assert found.ploidy == 2
        assert found.is_dosage
        assert found.dosages.dtype == np.float32
        assert np.allclose(found.dosages, [row], equal_nan=True)
        assert found.skipped["reason"].tolist()[0] == f"no {field}"


@pytest.mark.parametrize(
    ("field", "cell"),
    [
        ("DS", "0/0:2.5:1,0,0"),
        ("DS", "0/0:-1:1,0,0"),
        ("DS", "0/0:x:1,0,0"),
        ("DS", "0/0::1,0,0"),
        ("GP", "0/0:0:1,0"),
        ("GP", "0/0:0:1,1,0"),
        ("GP", "0/0:0:1,0,0,0"),
        ("GP", "0/0:0:1,,0"),
    ],
)
def test_values_that_are_no_dosage_are_told_or_missing(tmp_path, field, cell):
    content = vcf(("C", "GT:DS:GP", "0/0:0:1,0,0", cell, "0/1:1:0,1,0"))
    with pytest.raises(UserError, match=f"line {LINE}, column 11: .* b"):
        read(tmp_path, content, field=field)
    found = read(tmp_path, content, field=field, strict=False)
    assert np.allclose(found.dosages, [[0, np.nan, 1]], equal_nan=True)
    assert "b" in found.defects["what"].str.cat()


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("1.", 1), (".5", 0.5), ("1e-3", 0.001), ("0.0150E+2", 1.5)]
)
def test_decimals_are_read_as_python_reads_them(tmp_path, text, value):
    found = read(tmp_path, vcf(("C", "DS", text, "0", "2")), field="DS")
    assert found.dosages[0, 0] == np.float32(value)


def test_the_number_of_threads_and_parts_does_not_matter(tmp_path, monkeypatch):
    rng = random.Random(1)
    records = [
        (
            rng.choice(["C", "C,G", "."]),
            rng.choice(["GT", "GT:DP", "DP"]),
            *(rng.choice(["0", "0/0"]) for _ in "abc"),
        )
        for _ in range(400)
    ]
    path = tmp_path / "g.vcf.gz"
    path.write_bytes(
        bgzf(vcf(*((alt, key, *("3" if key == "DP" else c for c in cs)) for alt, key, *cs in records)))
    )
    stores = []
    for threads, part in ((1, 8_000_000), (1, 500), (2, 500), (5, 3000)):
        monkeypatch.setattr(bgzf_reader, "TEXT", part)
        monkeypatch.setattr(bgzf_reader, "COMPRESSED", part)
        folder = tmp_path / f"{threads}-{part}"
        found = read_genotypes(path, Reading(multiallelic="split"), folder, threads)
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
        stores.append((files, found.skipped.values.tolist(), found.defects.values.tolist()))
    assert all(store == stores[0] for store in stores)
    assert len(stores[0][0]) == 4


def test_a_failed_reading_leaves_no_file(tmp_path):
    path = tmp_path / "g.vcf"
    path.write_bytes(vcf(("C", "GT", "0/0", "0/1", "1/1"), ("C", "GT", "0/0", "x", "1/1")))
    with pytest.raises(UserError):
        read_genotypes(path, Reading(), tmp_path / "store")
    assert list((tmp_path / "store").iterdir()) == []


# -- odd files: the table of docs/reference/odd-files.md ---------------------------------------------------

GOOD = ("C", "GT", "0/0", "0/1", "1/1")
RECORD = "1\t10\tm1\tA\tC\t.\tPASS\t.\tGT\t0/0\t0/1\t1/1"


@pytest.mark.parametrize(
    ("content", "dosages"),
    [
        (vcf(GOOD).replace(b"\n", b"\r\n"), [[0, 1, 2]]),
        (vcf(GOOD, samples=("Ä", "日本", "c d")), [[0, 1, 2]]),
        (vcf(("C", "GT", "./1", "1|.", "./.")), [[-1, -1, -1]]),
        (vcf(("C", "GT", "0", "1", ".")), [[0, 2, -1]]),
        (vcf(("C", "GT", "0", "0/1", "1/1")), [[0, 1, 2]]),
        (vcf(("*", "GT", "0/0", "0/1", "1/1")), [[0, 1, 2]]),
        (vcf(("<INS:ME>", "GT", "0/0", "0/1", "1/1")), [[0, 1, 2]]),
        (vcf(("G]2:7]", "GT", "0/0", "0/1", "1/1")), [[0, 1, 2]]),
        (vcf((".", "GT", "0/0", "0/0", "./.")), [[0, 0, -1]]),
        (vcf(("C", "GT:DP", "0/0", "0/1:3", "1/1:.")), [[0, 1, 2]]),
        (vcf(GOOD, header="##fileformat=VCFv4.2\n"), [[0, 1, 2]]),
        (vcf(RECORD.replace("\t10\t", "\t0\t")), [[0, 1, 2]]),
        (vcf(("C", "GT", "1|0", "0|1", "1|1")), [[1, 1, 2]]),
    ],
    ids=[
        "CRLF", "ids not ASCII", "half calls", "haploid", "haploid among diploid", "star", "symbolic",
        "breakend", "monomorphic", "trailing fields left out", "nothing declared", "position 0", "phased",
    ],
)  # fmt: skip
@pytest.mark.parametrize("pack", ["plain", "bgzip"])
def test_odd_but_good_files_are_read(tmp_path, content, dosages, pack):
    assert read(tmp_path, PACKS[pack](content)).dosages.tolist() == dosages


@pytest.mark.parametrize(
    ("content", "line", "column", "what"),
    [
        (vcf(("C", "DP:GT", "1:0/0", "2:0/1", "3:1/1")), 0, "FORMAT", "GT is not the first key"),
        (vcf(RECORD, RECORD), 1, "POS", "position and alleles are there twice"),
        (vcf(RECORD, RECORD.replace("10", "5", 1)), 1, "POS", "the position is less than the one before"),
        (
            vcf(RECORD, "2" + RECORD[1:], RECORD.replace("\t10\t", "\t20\t")),
            2, "CHROM", "the records of 1 do not stand together",
        ),
        (vcf("3" + RECORD[1:]), 0, "CHROM", "3 is not among the contigs of the header"),
        (
            vcf("HLA:1" + RECORD[1:]),
            0, "CHROM", "'HLA:1' holds a colon or an asterisk, and the header does not declare it",
        ),
        (vcf(RECORD.replace("A\tC", "R\tC")), 0, "REF", "'R' holds an ambiguous base"),
        (vcf(RECORD.replace("\t.\tPASS", "\tbad\tPASS")), 0, "QUAL", "'bad' is no quality"),
        (vcf(RECORD.replace("PASS\t.", "PASS\tA=1;A=2")), 0, "INFO", "A is there twice"),
        (vcf(RECORD, ""), 1, "CHROM", "the file ends with a blank line"),
        (
            vcf(RECORD, ("C", "GT", "0/0", "0/1/1", "1/1")), 1, "11",
            "the call of b has 3 alleles, not `ploidy: 2`",
        ),
    ],
)  # fmt: skip
def test_defects_beside_the_genotypes_are_listed(tmp_path, content, line, column, what):
    defects = read(tmp_path, content).defects
    found = defects[~defects["what"].str.contains("not declared")].values.tolist()
    assert [(row[0], row[1], row[3]) for row in found] == [(LINE + line, column, what)]


@pytest.mark.parametrize(
    ("record", "column", "what", "left"),
    [
        (RECORD.replace("A\tC", "A\tA"), "ALT", "'A' is the same as REF", 0),
        (RECORD.replace("A\tC", "A\tC;G"), "ALT", "'C;G' is not valid", 0),
        (RECORD.replace("A\tC", "A\t"), "ALT", "'' is not valid", 0),
        (RECORD.replace("A\tC", "A1\tC"), "REF", "'A1' is not valid", 0),
        (RECORD.replace("\t10\t", "\t-1\t"), "POS", "'-1' is not valid", 0),
        (RECORD.replace("1\t10", "a b\t10", 1), "CHROM", "'a b' is not valid", 0),
        (RECORD.replace("\t10\t", "\t3000000000\t"), "POS", "the position is beyond 2**31", 1),
        (RECORD.replace("0/1", "0/x"), "11", "the call of b is malformed (0/x)", 1),
        (RECORD.replace("0/1", "0/2"), "11", "b has allele 2, which ALT lacks", 1),
        (RECORD.replace("0/1", "0/1:3"), "11", "b has 2 fields (0/1:3) where FORMAT has 1", 1),
        (RECORD.replace("GT", "GT:GT"), "FORMAT", "a key is there twice (GT:GT)", 1),
    ],
)
def test_defects_of_the_genotypes_stop_strict_reading_and_are_listed_otherwise(
    tmp_path, record, column, what, left
):
    content = vcf(GOOD, record.replace("m1", "odd"), ("C", "GT", "1/1", "0/0", "0/0"))
    with pytest.raises(UserError) as caught:
        read(tmp_path, content)
    assert (caught.value.line, caught.value.column) == (LINE + 1, column)
    assert caught.value.what == f"{what}."
    found = read(tmp_path, content, strict=False)
    defects = found.defects[~found.defects["what"].str.contains("less than|there twice$")]
    assert defects.values.tolist() == [[LINE + 1, column, "odd", what]]
    assert found.n_variants == 2 + left
    assert found.skipped.values.tolist() == ([] if left else [["odd", "malformed"]])
    if column == "11":
        assert found.dosages[1].tolist() == [0, -1, 2]


@pytest.mark.parametrize("last", [RECORD, RECORD + "\r", RECORD[:-3] + ".", RECORD.replace("GT", "GT:DP")])
def test_a_whole_last_line_without_line_break_is_read_with_a_warning(tmp_path, last):
    content = vcf(GOOD, ("C", "GT", "1/1", "0/0", "./."), RECORD)[: -len(RECORD) - 1] + last.encode()
    found = read(tmp_path, content)
    assert found.dosages.tolist() == [[0, 1, 2], [2, 0, -1], [0, 1, -1 if last.endswith(".") else 2]]
    assert "has no line break; it is whole" in found.warnings[0]
    assert read(tmp_path, content + b"\n").warnings == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (vcf(GOOD, samples=("a", "b", "a")), "the id 'a' is there twice"),
        (b"\xef\xbb\xbf" + vcf(GOOD), "byte-order mark"),
        (vcf(GOOD)[:-5], "the last line is not whole"),
        (vcf(GOOD, "", GOOD), "the line is blank"),
        (vcf(RECORD.replace("\t", " ")), "the line has 1 cells"),
        (vcf(GOOD, HEADER[:-1]), "a header line stands among the records"),
        (vcf(RECORD.split("\tGT")[0]), "the line has 8 cells"),
        (vcf(("C", "DP", "1", "2", "3")), "no record has genotypes"),
        (vcf(("C,G", "GT", "0/1", "1/2", "2/2")), "is biallelic"),
        (vcf(("C", "GT", "0/0/1/1", "0/0/0/0", "1/1/1/1")), "4 alleles, not `ploidy: 2`; so in 1 of 1 sites"),
        (gzip.compress(vcf(GOOD), mtime=0) + b"more", "the compressed file is"),
        (gzip.compress(vcf(GOOD), mtime=0)[:-3], "the compressed file is truncated"),
        (bgzf(vcf(GOOD))[:-28], "the block that marks its end is missing"),
        (bgzf(vcf(GOOD))[:20] + bgzf(vcf(GOOD))[20:].replace(b"BC\2\0", b"BX\2\0", 1), "damaged"),
    ],
)
def test_files_that_cannot_be_trusted_are_refused_strict_or_not(tmp_path, content, message):
    for strict in (True, False):
        if message == "the line is blank" and not strict:
            continue
        with pytest.raises(UserError) as caught:
            read(tmp_path, content, strict=strict)
        assert message in str(caught.value)


def test_a_defect_of_many_lines_is_listed_once(tmp_path):
    found = read(
        tmp_path, vcf(*[("C", "DP:GT", "1:0/0", "2:0/1", "3:1/1")] * 3, *[RECORD.replace("A\tC", "R\tC")] * 3)
    )
    rows = found.defects[found.defects["column"] == "REF"].values.tolist()
    assert rows == [[LINE + 3, "REF", "m1", "'R' holds an ambiguous base (and in 2 more)"]]


FILTERED = """##fileformat=VCFv4.3
##contig=<ID=1>
##FILTER=<ID=LowQual,Description="low">
##FORMAT=<ID=GT,Number=1,Type=String,Description="call">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb
1\t1\tp\tA\tC\t.\tPASS\t.\tGT\t0/0\t0/1
1\t2\tq\tA\tC\t.\tLowQual\t.\tGT\t0/0\t1/1
1\t3\tr\tA\tC\t.\t.\t.\tGT\t0/1\t1/1
"""


def test_sites_that_failed_a_filter_are_counted_and_can_be_left_out(tmp_path):
    path = tmp_path / "g.vcf"
    path.write_text(FILTERED)
    genotypes = read_genotypes(path)
    assert genotypes.n_variants == 3
    assert "1 of 3 sites did not pass the filters of their caller (LowQual 1)" in genotypes.warnings[0]
    passed = read_genotypes(path, Reading(filter="pass"))
    assert passed.variants["id"].tolist() == ["p", "r"]
    assert passed.skipped.values.tolist() == [["q", "FILTER LowQual"]]


@pytest.mark.parametrize(
    ("format", "cell", "unread"),
    [
        ("GT:AD:DP:GQ:PL", "0/0:0,0:0:0:0,0,0", True),
        ("GT:DP:AD", "0|0:0:.", True),
        ("GT:DP", "0/0:7", False),
        ("GT:DP", "0/0:.", False),
        ("GT:DP", "1/1:0", False),
        ("GT:DS:DP", "0/0:0:0", False),
        ("GT", "0/0", False),
    ],
)
def test_calls_without_reads(tmp_path, format, cell, unread):
    path = tmp_path / "g.vcf"
    head = [FILTERED.splitlines()[line] for line in (0, 1, 4)]
    path.write_text("\n".join([*head, f"1\t1\tp\tA\tC\t.\t.\t.\t{format}\t0/1\t{cell}"]) + "\n")
    genotypes = read_genotypes(path)
    assert ("without any reads" in "".join(genotypes.warnings)) == unread
    cleared = read_genotypes(path, Reading(no_reads="missing")).dosages[0, 1]
    assert cleared == (-1 if unread else genotypes.dosages[0, 1])


def test_a_line_without_end_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("dnngp.base.files.LONGEST_LINE", 1 << 20)
    monkeypatch.setattr(bgzf_reader, "TEXT", 1 << 16)
    for text in (FILTERED + "1" * (1 << 21), FILTERED.replace("low", "l" * (1 << 21))):
        (tmp_path / "g.vcf").write_text(text)
        with pytest.raises(UserError, match="the line is longer than 1 MiB"):
            read_genotypes(tmp_path / "g.vcf")


def test_a_declared_contig_may_have_a_colon_and_an_asterisk(tmp_path):
    content = vcf("HLA-A*01:01" + RECORD[1:]).replace(b"##contig=<ID=2>", b"##contig=<ID=HLA-A*01:01>")
    assert read(tmp_path, content).defects.empty
