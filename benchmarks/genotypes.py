"""CPU time of reading genotypes and of what is computed from all of them, against cyvcf2 and plink2.

Two files with linkage disequilibrium are simulated once and kept in `benchmarks/cache`: M, 1,000 samples and
500,000 variants with GT only, and F, 500 samples and 100,000 variants with GT:AD:DP:GQ:PL. Every figure is a
ratio of CPU seconds of whole processes on one core, start-up included, taken in this run; those whose key
ends in `_started` leave out the start of Python and its imports, which a job of the workflow pays once.

    ./run bench genotypes                 all figures
    ./run bench genotypes vcf_plink2 ...  some of them

needs plink2 on the PATH (`apt-get install plink2`).
"""

import os

# Before numpy loads its linear algebra; the processes started here inherit it.
os.environ["OMP_NUM_THREADS"] = "1"

import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import numpy as np
from isal import isal_zlib
from peers import timed

SCRIPTS = Path(__file__).parents[1] / "workflow" / "scripts"
CACHE = Path(__file__).parent / "cache"
ROUNDS = 5
FOUNDERS, SEGMENT = 40, 200
BLOCK = 65_280  # bytes of text in a BGZF block
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


# -- simulation ------------------------------------------------------------------------------------------


def haplotypes(samples: int, variants: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Blocks of (variants, 2 x samples) alleles: every haplotype is a mosaic of the founders'.

    Within a segment, a haplotype goes from one founder to the next at a random variant, so that linkage
    disequilibrium decays over some hundred variants.
    """
    state = rng.integers(FOUNDERS, size=2 * samples)
    for start in range(0, variants, SEGMENT):
        size = min(SEGMENT, variants - start)
        frequency = rng.beta(0.6, 0.6, (size, 1)).clip(0.02, 0.98)
        founders = (rng.random((size, FOUNDERS)) < frequency).astype(np.uint8)
        following = rng.integers(FOUNDERS, size=2 * samples)
        change = rng.integers(SEGMENT, size=2 * samples)
        source = np.where(np.arange(size)[:, None] < change, state, following)
        state = following
        yield np.take_along_axis(founders, source, axis=1)


def bgzf(parts: Iterator[bytes]) -> Iterator[bytes]:
    """BGZF blocks of a text that comes in parts."""
    rest = b""
    for part in parts:
        text = rest + part
        whole = len(text) // BLOCK * BLOCK
        yield from (_block(text[start : start + BLOCK]) for start in range(0, whole, BLOCK))
        rest = text[whole:]
    yield _block(rest)
    yield BGZF_END


def _block(text: bytes) -> bytes:
    body = isal_zlib.compress(text, 3, wbits=-15)
    head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(body) + 25)
    return head + body + struct.pack("<II", isal_zlib.crc32(text), len(text))


def _vcf(samples: int, variants: int, fields: bool) -> Iterator[bytes]:
    """Text of a VCF, a segment at a time."""
    rng = np.random.default_rng(1)
    names = "\t".join(f"line{number}" for number in range(samples))
    declared = [("GT", "1", "String"), ("AD", "R", "Integer"), ("DP", "1", "Integer")]
    declared += [("GQ", "1", "Integer"), ("PL", "G", "Integer")]
    yield (
        "##fileformat=VCFv4.2\n"
        + "".join(f"##contig=<ID={chromosome}>\n" for chromosome in range(1, 11))
        + "".join(
            f'##FORMAT=<ID={id},Number={number},Type={kind},Description="{id}">\n'
            for id, number, kind in declared[: None if fields else 1]
        )
        + f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}\n"
    ).encode()
    done = 0
    cells = _cells(rng)
    for alleles in haplotypes(samples, variants, rng):
        missing = rng.random((len(alleles), samples)) < 0.01
        first, second = alleles[:, ::2], alleles[:, 1::2]
        if fields:
            kind = np.where(missing, 3, first + second).astype(np.int64) * len(cells[0]) + rng.integers(
                len(cells[0]), size=missing.shape
            )
            flat = [cell for group in cells for cell in group]
            rows = [b"\t".join(map(flat.__getitem__, row)) + b"\n" for row in kind.tolist()]
        else:
            text = np.full((*missing.shape, 4), ord("\t"), np.uint8)
            text[..., 0] = np.where(missing, ord("."), first + ord("0"))
            text[..., 1] = np.where(missing, ord("/"), ord("|"))
            text[..., 2] = np.where(missing, ord("."), second + ord("0"))
            text[:, -1, 3] = ord("\n")
            rows = [row.tobytes() for row in text]
        lines = []
        for number, row in enumerate(rows, start=done):
            chromosome, place = divmod(number * 10, variants)
            fixed = f"{chromosome + 1}\t{place * 3 + 100}\tsnp{number}\tA\tG\t.\tPASS\t.\t"
            lines.append(fixed.encode() + (b"GT:AD:DP:GQ:PL\t" if fields else b"GT\t") + row)
        done += len(rows)
        yield b"".join(lines)


def _cells(rng: np.random.Generator) -> list[list[bytes]]:
    """Cells with read counts: some thousand of each genotype."""
    groups = []
    for dosage, call in enumerate(["0/0", "0/1", "1/1"]):
        group = []
        for depth in rng.integers(4, 60, 3000):
            other = int(rng.binomial(depth, (0.01, 0.5, 0.99)[dosage]))
            likelihoods = ",".join(str(0 if k == dosage else int(rng.integers(20, 900))) for k in range(3))
            quality = rng.integers(10, 100)
            group.append(f"{call}:{depth - other},{other}:{depth}:{quality}:{likelihoods}".encode())
        groups.append(group)
    groups.append([b"./.:0,0:0:.:."] * 3000)
    return groups


def cached(name: str, make: Callable[[Path], None]) -> Path:
    """The file `name` of the cache, made by `make(path)` if it is not there."""
    path = CACHE / name
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        print(f"simulating {name} ...", flush=True)
        temporary = path.with_name(f"part.{name}")
        make(temporary)
        temporary.rename(path)
    return path


def vcf(name: str) -> Path:
    """One of the two simulated files, `M` or `F`."""
    samples, variants, fields = {"M": (1000, 500_000, False), "F": (500, 100_000, True)}[name]

    def make(path: Path) -> None:
        with open(path, "wb") as handle:
            handle.writelines(bgzf(_vcf(samples, variants, fields)))

    return cached(f"{name}.vcf.gz", make)


# -- measuring -------------------------------------------------------------------------------------------


def cpu_seconds(command: list[str], rounds: int = ROUNDS) -> float:
    """CPU seconds, user and system, of the fastest of some runs of a command."""
    return min(usage(command)[0] for _ in range(rounds))


def usage(command: list[str]) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and peak memory (MB) of one run of a command."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"error: {' '.join(command)}\n{output.read().decode(errors='replace')}")
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024 / 1e6


def python(code: str) -> list[str]:
    """Command that runs some lines of Python with the package on its path."""
    return [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(SCRIPTS)!r})\n{code}"]


def plink2(*arguments: object) -> list[str]:
    """Command of plink2 on one thread."""
    return ["plink2", "--threads", "1", "--memory", "4000", *map(str, arguments)]


#: What a process that reads a VCF imports.
READING = (
    "import shutil, time\nfrom dnngp.genotypes.file_formats import read_genotypes\n"
    "from dnngp.genotypes.parsing import vcf_text as vcf\n"
    "from dnngp.genotypes.parsing.format import Reading\n"
)


def reading(path: Path, folder: Path, threads: int = 1) -> list[str]:
    """Command that reads a VCF into a store, in a folder that is not there yet."""
    return python(
        f"{READING}shutil.rmtree({str(folder)!r}, ignore_errors=True)\n"
        f"read_genotypes({str(path)!r}, Reading(), {str(folder)!r}, {threads})"
    )


# -- figures ---------------------------------------------------------------------------------------------


def vcf_plink2(folder: Path) -> float:
    """VCF.gz to store over `plink2 --vcf --make-pgen`, GT only."""
    return _over_plink2("M", folder)


def vcf_fields_plink2(folder: Path) -> float:
    """The same with AD:DP:GQ:PL."""
    return _over_plink2("F", folder)


def _over_plink2(name: str, folder: Path) -> float:
    path = vcf(name)
    peer = cpu_seconds(plink2("--vcf", path, "--make-pgen", "--out", folder / "peer"))
    ours = cpu_seconds(reading(path, folder / "store"))
    print(f"  {name}: {ours:.2f} CPU s, plink2 {peer:.2f}")
    return ours / peer


def vcf_cyvcf2(folder: Path) -> float:
    """VCF.gz to store over a loop of cyvcf2 (its first 50,000 variants, scaled to all), GT only."""
    path, part = vcf("M"), 50_000
    head = "import cyvcf2, itertools\n"
    loop = f"for v in itertools.islice(cyvcf2.VCF({str(path)!r}), {part}): v.gt_types"
    fixed = cpu_seconds(python(head), rounds=1)
    peer = fixed + (cpu_seconds(python(head + loop), rounds=1) - fixed) * 500_000 / part
    ours = cpu_seconds(reading(path, folder / "store"))
    print(f"  M: {ours:.2f} CPU s, cyvcf2 {peer:.2f} (scaled)")
    return ours / peer


def peak_mb(folder: Path) -> float:
    """Peak memory (MB) of reading the larger file."""
    return usage(reading(vcf("M"), folder / "store"))[2]


def two_cores(folder: Path) -> dict[str, float]:
    """How many times faster on two cores, wall clock, whole and without start-up; needs a quiet machine.

    `serial_share` is the CPU time that no second core can take over, of all without start-up: what is done
    for one part of the file after the other, and by the thread that hands the parts out. It bounds the gain
    of two cores at 2 / (1 + share), on any machine.
    """
    path = vcf("M")
    runs = {
        threads: [usage(reading(path, folder / "store", threads)) for _ in range(ROUNDS)]
        for threads in (1, 2)
    }
    wall = {threads: min(run[1] for run in measured) for threads, measured in runs.items()}
    cpu = {threads: min(run[0] for run in measured) for threads, measured in runs.items()}
    start = min(usage(python(READING))[1] for _ in range(ROUNDS))
    print(f"  M: {wall[1]:.2f} and {wall[2]:.2f} s wall, {start:.2f} of them to start")
    print(f"     {cpu[1]:.2f} and {cpu[2]:.2f} CPU s")
    clocked = (
        f"{READING}whole = vcf._Account.take\nspent = []\n"
        "def take(*arguments):\n"
        "    begin = time.thread_time()\n"
        "    place = whole(*arguments)\n"
        "    spent.append(time.thread_time() - begin)\n"
        "    return place\n"
        "vcf._Account.take = take\n"
        "main, every = time.thread_time(), time.process_time()\n"
        f"read_genotypes({str(path)!r}, Reading(), {str(folder / 'clocked')!r}, 2)\n"
        "serial = sum(spent) + time.thread_time() - main\n"
        f"open({str(folder / 'share')!r}, 'w').write(str(serial / (time.process_time() - every)))\n"
    )
    usage(python(clocked))
    return {
        "two_cores": wall[1] / wall[2],
        "two_cores_started": (wall[1] - start) / (wall[2] - start),
        "serial_share": float((folder / "share").read_text()),
    }


def store() -> tuple[Path, Path]:
    """The larger file as a store of ours and, with the same prefix for all its files, as plink2 stores it."""
    path = vcf("M")

    def ours(folder: Path) -> None:
        usage(reading(path, folder))

    def peers(folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        usage(plink2("--vcf", path, "--make-pgen", "--out", folder / "M"))

    return cached("M.store", ours), cached("M.plink2", peers) / "M"


def _whole_and_work(code: str, imports: str, peer: list[str]) -> tuple[float, float]:
    """A process of ours over one of plink2, as a whole, and without the start of Python and its imports."""
    theirs, ours, start = (
        cpu_seconds(command) for command in (peer, python(imports + code), python(imports))
    )
    print(f"  {ours:.2f} CPU s, {start:.2f} of them to start; plink2 {theirs:.2f}")
    return ours / theirs, (ours - start) / theirs


def qc_plink2(folder: Path) -> dict[str, float]:
    """Statistics of all variants and samples, written as text, over `plink2 --freq --missing --hardy`."""
    path, pgen = store()
    imports = (
        "from dnngp.genotypes.counts import count_genotypes\nfrom dnngp.genotypes.store import Genotypes\n"
        "from dnngp.genotypes.quality_control import statistics\n"
        "from dnngp.base.tables import write_large_table\n"
    )
    code = (
        f"genotypes = Genotypes.load({str(path)!r})\n"
        "tables = statistics(genotypes, count_genotypes(genotypes.dosages, 2))\n"
        f"for number, table in enumerate(tables): write_large_table(table, f'{folder}/{{number}}.tsv')\n"
    )
    peer = plink2("--pfile", pgen, "--freq", "--missing", "--hardy", "--out", folder / "peer")
    whole, work = _whole_and_work(code, imports, peer)
    return {"qc_plink2": whole, "qc_plink2_started": work}


def ld_plink2(folder: Path) -> dict[str, float]:
    """Pruning, frequencies included, over `plink2 --indep-pairwise 50 5 0.2`; the sets are compared."""
    path, pgen = store()
    imports = (
        "import numpy as np\nfrom dnngp.genotypes.counts import count_genotypes\n"
        "from dnngp.genotypes.store import Genotypes\nfrom dnngp.genotypes.ld import prune_markers\n"
        "from dnngp.base.tables import write_large_table\n"
    )
    code = (
        f"genotypes = Genotypes.load({str(path)!r})\n"
        "frequency = count_genotypes(genotypes.dosages, 2).frequencies(2)\n"
        "minor = np.minimum(frequency, 1 - frequency)\n"
        "args = genotypes.dosages, 2, genotypes.variants, minor, 0.2, 50, 'variants', 5\n"
        f"write_large_table(genotypes.variants[['id']][prune_markers(*args)], '{folder}/ours')\n"
    )
    peer = plink2("--pfile", pgen, "--indep-pairwise", 50, 5, 0.2, "--out", folder / "peer")
    whole, work = _whole_and_work(code, imports, peer)
    ours, theirs = ((folder / name).read_text().split() for name in ("ours", "peer.prune.in"))
    assert ours == ["id", *theirs], "the pruned sets differ"
    return {"ld_plink2": whole, "ld_plink2_started": work}


def grm_plink2(folder: Path) -> dict[str, float]:
    """Relationship matrix of 1,000 lines, first 100,000 variants, 1 % missing, over `plink2 --make-rel`."""
    path, pgen = store()
    (folder / "some").write_text("\n".join(f"snp{number}" for number in range(100_000)))
    part = folder / "part"
    usage(plink2("--pfile", pgen, "--extract", folder / "some", "--make-pgen", "--out", part))
    imports = "import numpy as np\nfrom dnngp import counts, kinship, missing\n"
    code = (
        f"dosages = np.load('{path}/dosages.npy', mmap_mode='r')[:100_000]\n"
        f"np.save('{folder}/grm.npy', kinship.relationships(dosages, 2))\n"
    )
    peer = plink2("--pfile", part, "--make-rel", "bin", "--out", folder / "peer")
    whole, work = _whole_and_work(code, imports, peer)
    return {"grm_plink2": whole, "grm_plink2_started": work}


def grm_large(folder: Path) -> dict[str, float]:
    """CPU minutes of the relationship matrix of 10,000 lines over 1,000,000 markers, and its peak memory.

    1 % of the calls are missing. The store takes 10 GB of disk while this runs.
    """
    lines, markers = 10_000, 1_000_000
    path = folder / "large.npy"
    # In a process of its own: the pages written here would count as memory of what this one starts.
    made = (
        "import numpy as np\nrng = np.random.default_rng(0)\n"
        f"store = np.lib.format.open_memmap({str(path)!r}, 'w+', np.int8, ({markers}, {lines}))\n"
        f"for start in range(0, {markers}, 1000):\n"
        f"    block = rng.integers(0, 3, (1000, {lines}), dtype=np.int8)\n"
        "    block[rng.integers(0, 100, block.shape, dtype=np.int8) == 0] = -1\n"
        "    store[start : start + 1000] = block\n"
    )
    usage(python(made))
    code = (
        "import numpy as np\nfrom dnngp import kinship\n"
        f"kinship.relationships(np.load({str(path)!r}, mmap_mode='r'), 2)\n"
    )
    cpu, wall, peak = usage(python(code))
    path.unlink()
    print(f"  {lines} lines, {markers} markers: {cpu:.1f} CPU s, {wall:.1f} s wall, {peak:.0f} MB")
    return {"grm_large_minutes": cpu / 60, "grm_large_gib": peak * 1e6 / 2**30}


#: Every figure of the last line, by its key: a function from a folder for scratch files to the figure, or to
#: several by their keys.
FIGURES: dict[str, Callable[[Path], float | dict[str, float]]] = {
    "vcf_plink2": vcf_plink2,
    "vcf_fields_plink2": vcf_fields_plink2,
    "vcf_cyvcf2": vcf_cyvcf2,
    "peak_mb": peak_mb,
    "two_cores": two_cores,
    "qc_plink2": qc_plink2,
    "ld_plink2": ld_plink2,
    "grm_plink2": grm_plink2,
    "grm_large": grm_large,
}


def main() -> None:
    """Measure the figures named on the command line, or all."""
    if shutil.which("plink2") is None:
        sys.exit("error: plink2 is not on the PATH (apt-get install plink2).")
    found: dict[str, float] = {}
    keys = sys.argv[1:] or list(FIGURES)
    for key in timed(zip(keys, keys, strict=True), len(keys)):
        with tempfile.TemporaryDirectory(dir=CACHE if CACHE.exists() else None) as folder:
            figure = FIGURES[key](Path(folder))
        figures = figure if isinstance(figure, dict) else {key: figure}
        found |= figures
        text = ", ".join(f"{name}: {value:.3g}" for name, value in figures.items())
        print(f"{text}  ({(FIGURES[key].__doc__ or '').splitlines()[0]})", flush=True)
    print(" ".join(f"{key}={value:.3g}" for key, value in found.items()))


if __name__ == "__main__":
    main()
