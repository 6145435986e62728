"""Readers against a parser of our own, and against every way a file can be broken."""

import gzip
import random
import re
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dnngp.base.errors import UserError
from dnngp.genotypes.file_formats import read_genotypes, sample_ids
from dnngp.genotypes.parsing import bcf_records as bcf_reader
from dnngp.genotypes.parsing import bgzf as bgzf_reader
from dnngp.genotypes.parsing.format import Reading

EOF_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
HEADER = """##fileformat=VCFv4.3
##contig=<ID=1>
##contig=<ID=chr 2>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
"""
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
GOOD = "1\t10\trs1\tA\tC\t.\tPASS\t.\tGT\t0/0\t0/1\t1|1\n1\t20\t.\tG\tT\t.\tPASS\t.\tGT\t./.\t1/0\t0|0\n"


def bgzf(content, size=200):
    """BGZF of many small blocks."""
    blocks = []
    for start in range(0, len(content), size):
        deflate = zlib.compressobj(wbits=-15)
        text = content[start : start + size]
        body = deflate.compress(text) + deflate.flush()
        head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(body) + 25)
        blocks.append(head + body + struct.pack("<II", zlib.crc32(text), len(text)))
    return b"".join(blocks) + EOF_BLOCK


def vcf_text(body=GOOD, samples=("s1", "s 2", "Ä3"), header=HEADER):
    return (header + "\t".join([COLUMNS, *samples]) + "\n" + body).encode()


def write(tmp_path, content, name="g.vcf"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def bcf(path):
    """The same records as BCF, written by htslib."""
    import cyvcf2

    reader = cyvcf2.VCF(str(path))
    target = path.with_suffix(".bcf")
    writer = cyvcf2.Writer(str(target), reader, mode="wb")
    for record in reader:
        writer.write_record(record)
    writer.close()
    reader.close()
    return target


def parsed(path, ploidy):
    """Names and dosages of the biallelic sites, read without any library: what the reader must give."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content).decode()
    names, rows = [], []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        chrom, pos, name, ref, alt, _, _, _, fields, *cells = line.split("\t")
        if "," in alt or "GT" not in fields.split(":"):
            continue
        position = fields.split(":").index("GT")
        row = []
        for cell in cells:
            alleles = re.split(r"[/|]", cell.split(":")[position])
            if "." in alleles:
                row.append(-1)
            elif len(alleles) == 1:
                row.append(int(alleles[0]) * ploidy)
            else:
                row.append(sum(map(int, alleles)))
        names.append((chrom, int(pos), "" if name == "." else name, ref, "" if alt == "." else alt))
        rows.append(row)
    return names, rows


def outcome(path):
    """The genotypes, or the error that the user would see."""
    try:
        return read_genotypes(path)
    except UserError as error:
        return error


def random_vcf(ploidy, seed, variants=60, samples=7):
    """Sites of all kinds, calls of all kinds: phased, half, haploid, with further fields."""
    rng = random.Random(seed)
    lines = []
    for number in range(variants):
        alt = rng.choice(["C", "C", "C", "CA", "<DEL>", "*", ".", "C,G"])
        alleles = "0" if alt == "." else "012" if alt == "C,G" else "01"
        fields = rng.choice(["GT", "GT", "GT:DP", "DP:GT", "DP"])
        cells = []
        for _ in range(samples):
            count = rng.choice([ploidy] * 9 + [1])
            call = rng.choice("/|").join(
                rng.choice(alleles + ("." if rng.random() < 0.2 else "")) for _ in range(count)
            )
            cells.append(
                ":".join({"GT": call, "DP": str(rng.randrange(99))}[field] for field in fields.split(":"))
            )
        id = rng.choice([".", f"rs{number}", "é"])
        lines.append(
            "\t".join(
                [
                    rng.choice(["1", "chr 2"]).replace(" ", "_"),
                    str(number),
                    id,
                    "A",
                    alt,
                    ".",
                    ".",
                    ".",
                    fields,
                    *cells,
                ]
            )
        )
    header = HEADER.replace("chr 2", "chr_2")
    return vcf_text("\n".join(lines) + "\n", [f"s{i}" for i in range(samples)], header)


def assert_equal_to_parsed(genotypes, path, ploidy):
    names, rows = parsed(path, ploidy)
    assert list(genotypes.variants.itertuples(index=False, name=None)) == names
    assert np.array_equal(genotypes.dosages, np.array(rows))
    assert genotypes.dosages.dtype == np.int8
    assert genotypes.ploidy == ploidy


# -- VCF and BCF: what is right is read ------------------------------------------------------------------


@pytest.mark.parametrize("ploidy", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("part", [97, 8_000_000])
def test_vcf_and_bcf_equal_a_parser_written_for_the_test(tmp_path, monkeypatch, ploidy, seed, part):
    monkeypatch.setattr(bgzf_reader, "TEXT", part)
    monkeypatch.setattr(bcf_reader, "BLOCK_CELLS", part)
    path = write(tmp_path, random_vcf(ploidy, seed))
    for file in (path, bcf(path)):
        genotypes = read_genotypes(file, Reading(ploidy=ploidy))
        assert_equal_to_parsed(genotypes, path, ploidy)
        assert genotypes.samples.tolist() == sample_ids(file) == [f"s{i}" for i in range(7)]
        assert len(genotypes.skipped) == 60 - genotypes.n_variants
        assert set(genotypes.skipped["reason"]) == {"3 alleles", "no GT"}


@pytest.mark.parametrize(
    "pack",
    [
        lambda text: text,
        gzip.compress,
        bgzf,
        lambda text: bgzf(text, 60_000),
        lambda text: text.replace(b"\n", b"\r\n"),
    ],
    ids=["plain", "gzip", "bgzip, small blocks", "bgzip", "CRLF"],
)
@pytest.mark.parametrize("name", ["g.vcf", "g.vcf.gz", "Größe der Körner 1.txt"])
def test_a_vcf_is_read_by_what_it_holds_and_not_by_its_name(tmp_path, pack, name):
    genotypes = read_genotypes(write(tmp_path, pack(vcf_text()), name))
    assert genotypes.dosages.tolist() == [[0, 1, 2], [-1, 1, 0]]
    assert genotypes.samples.tolist() == ["s1", "s 2", "Ä3"]
    assert genotypes.source["path"] == name


def test_haploid_calls_count_as_homozygous(tmp_path):
    path = write(tmp_path, vcf_text(GOOD.replace("0/0\t0/1\t1|1", "0\t1\t.")))
    assert read_genotypes(path).dosages[0].tolist() == [0, 2, -1]
    assert read_genotypes(
        write(tmp_path, vcf_text("1\t1\t.\tA\tC\t.\t.\t.\tGT\t0\t1\t.\n")), Reading(ploidy=1)
    ).dosages.tolist() == [[0, 1, -1]]


def test_skipped_sites_are_named_with_their_reason(tmp_path):
    body = GOOD + "1\t30\t.\tA\tC,G\t.\t.\t.\tGT\t0/2\t0/1\t1/2\n1\t40\trs4\tA\tC\t.\t.\t.\tDP\t1\t2\t3\n"
    skipped = read_genotypes(write(tmp_path, vcf_text(body))).skipped
    assert skipped.values.tolist() == [["1:30:A:C,G", "3 alleles"], ["rs4", "no GT"]]


@pytest.mark.parametrize(
    ("name", "ploidy"),
    [("demo_rice_vcf", 2), ("potato_gwaspoly_tetraploid", 4), ("mouse_hs1940", 2), ("maize_drops246", 2)],
)
def test_real_vcfs_equal_the_parser(shared, name, ploidy):
    path = shared / "data" / name / "genotypes.vcf.gz"
    if name == "demo_rice_vcf":
        assert_equal_to_parsed(read_genotypes(path, Reading(ploidy=ploidy)), path, ploidy)
        return
    # The larger ones: every fiftieth site by the parser, all of them by number.
    genotypes = read_genotypes(path, Reading(ploidy=ploidy))
    codes = {"/".join("1" * k + "0" * (ploidy - k)): k for k in range(ploidy + 1)}
    codes |= {"/".join("0" * (ploidy - k) + "1" * k): k for k in range(ploidy + 1)}
    codes["/".join("." * ploidy)] = -1
    text = gzip.decompress(path.read_bytes()).decode()
    records = [line for line in text.splitlines() if not line.startswith("#")]
    assert genotypes.n_variants + len(genotypes.skipped) == len(records)
    for index in range(0, len(records), 50):
        calls = [cell.split(":")[0] for cell in records[index].split("\t")[9:]]
        assert genotypes.dosages[index].tolist() == [codes[call] for call in calls]


# -- VCF and BCF: what is broken is told -----------------------------------------------------------------

EXTRA = "1\t30\t.\tA\tC\t.\t.\t.\t"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "the file holds no variants"),
        (GOOD + EXTRA + "GT\t0/0\t0/1\n", "line 9: the line has 11 cells where the header has 12"),
        (GOOD + EXTRA + "GT\t0/0\t0/1\t0/0\t0/0\n", "line 9: the line has 13 cells where the header has 12"),
        (GOOD + EXTRA + "GT\t0/0\t0/1\t0/0\t\n", "line 9: the line has 13 cells"),
        (GOOD + (EXTRA + "GT\t0/0\t0/1\t0/0").replace("\t", " ") + "\n", "line 9: the line has 1 cells"),
        (GOOD + EXTRA + "GT\t0/0\t0/1", "line 9: the last line is not whole; the file is truncated"),
        (GOOD + EXTRA + "GT\t0/0\t0/1\t0", "line 9: the last line is not whole"),
        (GOOD + EXTRA + "GT:DP\t0/0:1\t0/1:2\t0/0", "line 9: the last line is not whole"),
        (GOOD + EXTRA + "GT\t0/0\t0/1\t0/", "line 9, column 12: the call of Ä3 is malformed (0/)"),
        (GOOD + "\n" + EXTRA + "GT\t0/0\t0/1\t0/0\n", "line 9, column CHROM: the line is blank"),
        (GOOD + COLUMNS + "\ts1\ts 2\tÄ3\n", "line 9: a header line stands among the records"),
        (GOOD + "##fileformat=VCFv4.3\n", "line 9: a header line stands among the records"),
        (GOOD + EXTRA.replace("30", "x3") + "GT\t0/0\t0/1\t0/0\n", "line 9, column POS: 'x3' is not valid"),
        (
            GOOD + EXTRA.replace("30", "99999999999") + "GT\t0/0\t0/1\t0/0\n",
            "line 9, column POS: the position",
        ),
        (GOOD + EXTRA.replace("A", "") + "GT\t0/0\t0/1\t0/0\n", "line 9, column REF: '' is not valid"),
        (GOOD + EXTRA.replace("C", "C,") + "GT\t0/0\t0/1\t0/0\n", "line 9, column ALT: 'C,' is not valid"),
        (GOOD + EXTRA + "GT\t0/0\t0/x\t0/0\n", "line 9, column 11: the call of s 2 is malformed (0/x)"),
        (GOOD + EXTRA + "GT\t0/0\t-1/0\t0/0\n", "line 9, column 11: the call of s 2 is malformed (-1/0)"),
        (GOOD + EXTRA + "GT\t0/0\t\t0/0\n", "line 9, column 11: the call of s 2 is malformed ()"),
        (
            GOOD + EXTRA + "GT\t0/0\t0/1:7\t0/0\n",
            "line 9, column 11: s 2 has 2 fields (0/1:7) where FORMAT has 1",
        ),
        (
            GOOD + EXTRA + "GT:DP\t0/0:1\t0/1:x\t0/0:1\n",
            "column 11: a value of s 2 is no number (0/1:x)",
        ),
        (GOOD + EXTRA + "GT\t0/0\t0/2\t0/0\n", "line 9, column 11: s 2 has allele 2, which ALT lacks"),
        (
            EXTRA + "GT\t0/0\t0/1/1\t0/0\n",
            "line 7, column 11: the call of s 2 has 3 alleles, not `ploidy: 2`; so in 1 of 1 sites",
        ),
        (EXTRA + "DP\t1\t2\t3\n", "no record has genotypes (GT). Export it with GT"),
        (EXTRA + "DS\t1\t2\t0.5\n", "no record has genotypes (GT). Set `field: DS`"),
        (EXTRA + "GL\t0,-1,-2\t0,-1,-2\t0,-1,-2\n", "has likelihoods (GL, PL) alone"),
        (
            EXTRA.replace("C", "C,G") + "GT\t0/0\t0/1\t0/0\n",
            "none of the 1 sites with genotypes is biallelic",
        ),
        (GOOD + EXTRA + "GT\t0/0\t0/1\t\0/0\n", "line 9: the line holds a NUL byte"),
    ],
)
@pytest.mark.parametrize("pack", [lambda text: text, bgzf], ids=["plain", "bgzip"])
def test_a_malformed_record_is_told_with_its_line(tmp_path, body, message, pack):
    path = write(tmp_path, pack(vcf_text(body)))
    with pytest.raises(UserError) as caught:
        read_genotypes(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (EOF_BLOCK, "the file holds no text"),
        (vcf_text(samples=()), "line 6: the VCF has no samples"),
        ((HEADER + COLUMNS[:-7] + "\n").encode(), "line 6: the VCF has no samples"),
        (
            vcf_text(samples=("a", "b", "a")),
            "line 6, column 12: the id 'a' is there twice (before in column 10)",
        ),
        (vcf_text(samples=("a", "", "c")), "line 6, column 11: the id is missing"),
        (vcf_text(header="##source=x\n"), "line 1: the first line is not ##fileformat=VCFv4.x"),
        (vcf_text(header=""), "line 1: the first line is not ##fileformat=VCFv4.x"),
        ((HEADER + GOOD).encode(), "line 6: the header line #CHROM is missing"),
        (HEADER.encode(), "line 5: the file ends inside its header"),
        ((HEADER + GOOD).replace("\n", "\r").encode(), "the lines end with CR alone, as on old Macs"),
        (vcf_text().replace(b"#CHROM\tPOS", b"#CHROM POS"), "line 6: the header line does not start with"),
        (b"\xef\xbb\xbf" + vcf_text(), "line 1: the VCF starts with a byte-order mark"),
        (vcf_text(samples=("a", "b", "ä")).decode().encode("latin-1"), "line 6: byte"),
        (vcf_text().decode().encode("utf-16"), "the text is UTF-16"),
        (b"BZh91AY", "compressed by bzip2"),
        (bgzf(b"BCF\x01" + b"\0" * 40), "the BCF is not of version 2"),
    ],
)
def test_a_malformed_file_is_told_before_any_job_and_by_the_reader(tmp_path, content, message):
    path = write(tmp_path, content, "g.vcf.gz")
    for read in (sample_ids, read_genotypes):
        with pytest.raises(UserError) as caught:
            read(path)
        assert message in str(caught.value)


@pytest.mark.parametrize("header", [HEADER, "##fileformat=VCFv4.1\n"], ids=["declared", "nothing declared"])
@pytest.mark.parametrize("call", ["x/1", "0/", "0/1:3", ""])
def test_a_malformed_call_on_an_undeclared_chromosome_is_told(tmp_path, header, call):
    # cyvcf2 0.35 hands out such a record as if it were whole, and then ends the process.
    body = GOOD.replace("1\t10", "7\t10").replace("1/0", call)
    with pytest.raises(UserError, match=f"line {9 if header == HEADER else 4}|s 2"):
        read_genotypes(write(tmp_path, vcf_text(body, header=header)))


def test_chromosomes_need_no_declaration(tmp_path):
    path = write(
        tmp_path, vcf_text(GOOD.replace("1\t20", "scaffold:2|x\t20"), header="##fileformat=VCFv4.1\n")
    )
    genotypes = read_genotypes(path)
    assert genotypes.variants["chrom"].tolist() == ["1", "scaffold:2|x"]
    assert genotypes.dosages.tolist() == [[0, 1, 2], [-1, 1, 0]]


def test_the_header_alone_is_read_to_compare_ids(tmp_path):
    path = write(tmp_path, gzip.compress(vcf_text() + b"1\t1\tbroken\n" * 500_000)[:-20])
    assert sample_ids(path) == ["s1", "s 2", "Ä3"]


@pytest.mark.parametrize("pack", [lambda text: text, gzip.compress, bgzf], ids=["plain", "gzip", "bgzip"])
def test_no_truncation_passes_unseen(tmp_path, pack):
    content = pack(random_vcf(2, 1, variants=12))
    whole = read_genotypes(write(tmp_path, content)).n_variants
    for length in range(0, len(content), 7):
        path = write(tmp_path, content[:length])
        try:
            genotypes = read_genotypes(path)
        except UserError:
            continue
        found = genotypes.n_variants
        # Plain text cut between two lines is a whole file of fewer lines: nothing can tell.
        assert pack(b"x") == b"x", (
            f"{length} of {len(content)} bytes were read as {found} of {whole} variants"
        )
        assert content[:length].endswith(b"\n") or "has no line break" in genotypes.warnings[-1]


def test_calls_a_bcf_cannot_have_stop_it_or_are_missing_and_listed(tmp_path):
    body = GOOD + "1\t30\trs3\tA\tC\t.\tPASS\t.\tGT\t0/2\t0/1\t1/1\n" + GOOD.replace("0/0", "0/3")
    path = bcf(write(tmp_path, vcf_text(body)))
    with pytest.raises(UserError, match=r"record 3: s1 has allele 2, which ALT lacks"):
        read_genotypes(path)
    genotypes = read_genotypes(path, Reading(strict=False))
    assert genotypes.dosages[2].tolist() == [-1, 1, 2]
    assert "record 3: s1 has allele 2, which ALT lacks. (2 records in all)" in set(genotypes.defects["what"])
    tetraploid = bcf(write(tmp_path, vcf_text(GOOD.replace("1|1", "0/0/1/1")), "four.vcf"))
    with pytest.raises(UserError, match=r"record 1: the call of Ä3 has 4 alleles, not `ploidy: 2`"):
        read_genotypes(tetraploid)
    genotypes = read_genotypes(tetraploid, Reading(strict=False))
    assert genotypes.dosages.tolist() == [[0, 1, -1], [-1, 1, 0]]
    assert "record 1: the call of Ä3 has 4 alleles, not `ploidy: 2`." in set(genotypes.defects["what"])


@pytest.mark.parametrize(
    ("place", "new", "message"),
    [
        ("individual", bytes([0x17]), "record 1: its lengths or types do not agree"),  # characters
        ("position", struct.pack("<i", -5), "record 1: its position is below zero"),
    ],
)
def test_fields_of_a_bcf_at_which_htslib_ends_the_process_or_says_nothing(tmp_path, place, new, message):
    body = "1\t30\trs3\tA\tC\t.\tPASS\t.\tGT\t0\t1\t1\n"
    content = bytearray(gzip.decompress(bcf(write(tmp_path, vcf_text(body))).read_bytes()))
    first = 9 + struct.unpack("<I", content[5:9])[0]
    at = {"position": 12, "individual": 10 + struct.unpack("<I", content[first : first + 4])[0]}[place]
    content[first + at : first + at + len(new)] = new
    with pytest.raises(UserError, match=message):
        read_genotypes(write(tmp_path, bgzf(bytes(content)), "bad.bcf"))


def test_no_truncation_of_a_bcf_passes_unseen(tmp_path):
    path = bcf(write(tmp_path, random_vcf(2, 1, variants=12)))
    content, text = path.read_bytes(), gzip.decompress(path.read_bytes())
    for pack, source in ((bytes, content), (bgzf, text), (gzip.compress, text)):
        for length in range(0, len(source), 11):
            cut = write(tmp_path, pack(source[:length]), "cut.bcf")
            with pytest.raises(UserError):
                read_genotypes(cut)


@pytest.mark.parametrize("pack", [gzip.compress, bgzf], ids=["gzip", "bgzip"])
def test_no_flipped_bit_of_a_compressed_file_changes_a_genotype(tmp_path, pack):
    content = pack(random_vcf(2, 2, variants=12))
    whole = read_genotypes(write(tmp_path, content))
    rng = random.Random(3)
    refused = 0
    for _ in range(150):
        damaged = bytearray(content)
        damaged[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        try:
            found = read_genotypes(write(tmp_path, bytes(damaged)))
        except UserError:
            refused += 1
            continue
        assert np.array_equal(found.dosages, whole.dosages)
    assert refused > 100


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 20),
    edits=st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 6),
            st.binary(max_size=3) | st.sampled_from([b"\t", b"\n", b"/", b"."]),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_no_mutated_vcf_crashes_the_reader(tmp_path, seed, edits):
    content = random_vcf(2, seed, variants=6, samples=3)
    for place, length, text in edits:
        start = int(place * len(content))
        content = content[:start] + text + content[start + length :]
    path = write(tmp_path, content)
    genotypes = outcome(path)
    if isinstance(genotypes, UserError):
        assert str(path) in str(genotypes)
    else:
        assert genotypes.dosages.min() >= -1
        assert genotypes.dosages.max() <= 2


def test_no_file_of_the_corpus_crashes_the_reader(shared):
    folder = shared / "vcf-corpus"
    if not folder.is_dir():
        pytest.skip("no corpus of malformed VCF files")
    relevant = [
        line.split("\t")
        for line in (folder / "manifest.tsv").read_text().splitlines()[1:]
        if line.split("\t")[-2] == "yes" or line.split("\t")[1] == "passed"
    ]
    refused = []
    for name, expected, *_ in relevant:
        found = outcome(folder / name)
        if isinstance(found, UserError):
            assert name in str(found)
            if expected == "passed" and found.what not in (
                "the VCF has no samples.",
                "the file holds no variants.",
            ):
                refused.append(name)
    assert len(relevant) > 150
    # Valid by the specification, but with calls of other ploidies, of alleles that ALT lacks, or in
    # notation that htslib does not read.
    assert len(refused) <= 7, refused


def test_calls_of_a_bcf_without_reads_are_counted_and_can_be_missing(tmp_path):
    fields = "".join(
        f'##FORMAT=<ID={name},Number={number},Type=Integer,Description="x">\n'
        for name, number in (("DP", 1), ("AD", "R"), ("PL", "G"))
    )
    lines = HEADER.splitlines(keepends=True)
    cells = ["0/0:0:0,0:0,0,0", "0/0:.:.:.", "0/1:0:0,0:0,0,0"]
    body = "1\t10\trs1\tA\tC\t.\tPASS\t.\tGT:DP:AD:PL\t" + "\t".join(cells) + "\n"
    path = bcf(write(tmp_path, vcf_text(body, header="".join([lines[0], fields, *lines[1:]]))))
    genotypes = read_genotypes(path)
    assert genotypes.dosages.tolist() == [[0, 0, 1]]
    assert "1 calls (33.3%) are 0/0 without any reads" in genotypes.warnings[0]
    assert read_genotypes(path, Reading(no_reads="missing")).dosages.tolist() == [[-1, 0, 1]]
