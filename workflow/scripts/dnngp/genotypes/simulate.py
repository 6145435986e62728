"""Datasets with known truth: genomes with real linkage, structure and drift, and traits made from them.

The genomes come about as those of a breeding population do:

1. *Founders.* A few haplotypes are drawn from the sequentially Markov coalescent (McVean & Cardin 2005,
   Phil Trans R Soc B 360:1387-1393): a genealogy that changes along the chromosome by recombination.
   Markers are mutations on it, so allele frequencies follow the neutral spectrum and neighbours share trees.
2. *Drift.* Every subpopulation starts from the same founders and mates at random for
   :data:`GENERATIONS` generations at a size of :data:`POPULATION_SIZE` diploids, with crossovers
   after Haldane. Expected Fst is 1 - (1 - 1/2N)^t, about 0.12.
3. *Lines.* Inbred lines are doubled gametes of the last generation; outbred lines are its offspring.

Only uniform and normal draws of PCG64 are used, and whatever passes through linear algebra is rounded
before it is used further, so a seed gives the same files on every machine. msprime draws such genealogies
too. It is not used here because it draws as many mutations as chance has it, where a dataset asks for a
number of markers, and because little is gained: founders as the demo's (12 haplotypes, 3,000 markers) take
0.17 CPU seconds here and 0.36 with msprime 1.4, 40 haplotypes of 20,000 markers 2.0 and 1.0.
"""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from dnngp.base import seeds, tables
from dnngp.base.errors import UserError
from dnngp.base.files import BGZF_EOF
from dnngp.genotypes.meiosis import gametes, recombination
from dnngp.genotypes.parsing.vcf_header import VCF_COLUMNS
from dnngp.genotypes.simulated_crosses import combining_abilities, cross_values, described, drawn_pairs
from dnngp.genotypes.simulated_fields import field_plots
from dnngp.genotypes.store import MISSING, Genotypes, variant_table

#: Genetic length of a chromosome in Morgans, and its physical length in base pairs (1 cM is 1 Mb).
CHROMOSOME_MORGANS = 1.0
CHROMOSOME_LENGTH = 100_000_000
#: Effective size of the ancestral population; sets how fast LD decays among the founders.
ANCESTRAL_SIZE = 100
#: Diploids of a subpopulation, and generations of random mating since the founders.
POPULATION_SIZE = 80
GENERATIONS = 20
#: Smallest minor allele frequency, over all lines, of a marker that may be causal.
QTL_MIN_MAF = 0.05
#: Share of lines without a phenotype, drawn for each trait.
MISSING_PHENOTYPES = 0.02
#: Decimals of effects, genetic values and phenotypes.
DECIMALS = 6


@dataclass(frozen=True)
class Simulation:
    """A simulated dataset.

    Attributes
    ----------
    genotypes
        Called dosages of all markers, the causal ones among them; -1 where the call is missing.
    phenotypes
        One row a line (in another order than the genotypes): ``id``, ``population``, ``replicates`` where
        there are several, then the traits in units of the phenotypic standard deviation, NaN where not
        phenotyped; or one row a plot (:func:`dnngp.genotypes.simulated_fields.field_plots`).
    truth
        ``{"name", "seed", "traits": {trait: {...}}}``; a trait has ``h2``, ``architecture``,
        ``epistatic_share``, ``qtl`` (marker ``id`` and ``effect`` of an ALT allele), ``pairs`` (marker ids
        ``first``, ``second`` and ``effect`` of the product of their mean-centred dosages) and
        ``genetic_values`` (by line, with mean 0). Of crosses it has ``crosses`` (female and male by id); the
        genotypes are then those of the parents, the phenotypes and genetic values those of the crosses.
    """

    genotypes: Genotypes
    phenotypes: pd.DataFrame
    truth: dict[str, Any]


def simulate(name: str, settings: dict[str, Any], seed: int) -> Simulation:
    """Simulate one dataset.

    Parameters
    ----------
    name
        Name of the dataset; with ``seed`` it fixes every draw.
    settings
        ``samples``, ``held_back``, ``markers``, ``chromosomes``, ``founders``, ``populations``, ``missing``,
        ``inbred`` and ``traits`` as described by ``$defs/simulation`` in the configuration schema, all
        present; ``replicates`` where they differ, ``plots`` of a field trial, ``crosses`` of the lines.
    seed
        Traits and the samples held back have streams of their own: adding or changing one leaves the
        genomes and the others alone.

    Raises
    ------
    UserError
        If a trait asks for more causal markers than there are, or for an interaction that the number of
        lines cannot carry.
    """
    rng = _generator(name, seed, "genomes")
    variants = _variants(rng, settings["markers"], settings["chromosomes"])
    founders = _founders(rng, settings["founders"], variants)
    lines, populations = _lines(rng, founders, variants, settings)
    parents = samples = _named(name, len(lines))
    pairs, crosses = None, {}
    if settings.get("crosses"):
        pairs = drawn_pairs(_generator(name, seed, "crosses"), populations, settings["crosses"]["number"])
        samples = _named(f"{name}-x", len(pairs))
        crosses = dict(zip(samples.tolist(), parents[pairs].tolist(), strict=True))

    traits: dict[str, Any] = {}
    columns: dict[str, np.ndarray] = {}
    most = settings.get("replicates", 1)
    replicates = _generator(name, seed, "replicates").integers(1, most + 1, len(samples))
    for trait, wish in settings["traits"].items():
        stream = _generator(name, seed, "trait", trait)
        marker_ids = variants["id"].tolist()
        if pairs is None:
            traits[trait], genetic = _genetics(stream, lines, marker_ids, trait, wish)
        else:
            traits[trait], genetic = _crossed(stream, lines, populations, pairs, marker_ids, trait, wish)
        traits[trait]["genetic_values"] = dict(zip(samples.tolist(), genetic.tolist(), strict=True))
        columns[trait] = _phenotypes(stream, genetic, traits[trait]["h2"], replicates)
        if shares := wish.get("classes"):
            columns[trait] = _classes(columns[trait], shares)

    about = {"replicates": replicates} if most > 1 else {}
    groups = populations if pairs is None else populations[pairs[:, 1]]
    phenotypes = pd.DataFrame({"id": samples, "population": groups, **about, **columns})
    held_back = _shuffled(_generator(name, seed, "held back"), len(samples))[: settings["held_back"]]
    phenotypes.loc[held_back, list(columns)] = np.nan
    if settings.get("plots"):
        grown = phenotypes.drop(index=held_back.tolist())[["id", "population"]]
        phenotypes = field_plots(_generator(name, seed, "plots"), grown, traits, settings["plots"])
    called = np.where(rng.random(lines.shape) < settings["missing"], np.int8(MISSING), lines)
    dosages = np.ascontiguousarray(called.T)
    return Simulation(
        genotypes=Genotypes(
            samples=parents,
            variants=variants,
            dosages=dosages,
            ploidy=2,
            source={
                "path": name,
                "sha256": hashlib.sha256(dosages.tobytes()).hexdigest(),
                "format": "simulated",
            },
        ),
        phenotypes=phenotypes.iloc[_shuffled(rng, len(phenotypes))].reset_index(drop=True),
        truth={"name": name, "seed": seed, "traits": traits} | ({"crosses": crosses} if crosses else {}),
    )


def _named(name: str, count: int) -> np.ndarray:
    """Ids of so many samples."""
    width = len(str(count))
    return np.array([f"{name}-{number:0{width}d}" for number in range(1, count + 1)])


def write(simulation: Simulation, folder: str | Path) -> None:
    """Write ``genotypes.vcf.gz`` (BGZF), ``phenotypes.csv`` and ``truth.json`` into a folder."""
    folder = Path(folder)
    with tables.whole_file(folder / "genotypes.vcf.gz") as path, open(path, "wb") as handle:
        _write_bgzf(_vcf(simulation.genotypes), handle)
    with tables.whole_file(folder / "phenotypes.csv") as path:
        simulation.phenotypes.to_csv(
            path, index=False, na_rep="NA", float_format=f"%.{DECIMALS}f", lineterminator="\n"
        )
    tables.write_json(simulation.truth, folder / "truth.json")


# -- genomes ---------------------------------------------------------------------------------------------


def _generator(*names: object) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seeds.seed("simulate", *names)))


def _shuffled(rng: np.random.Generator, count: int) -> np.ndarray:
    """A random order of 0..count-1, by sorting uniforms."""
    return np.argsort(rng.random(count), kind="stable")


def _variants(rng: np.random.Generator, markers: int, chromosomes: int) -> pd.DataFrame:
    """Markers at distinct uniform positions, spread evenly over the chromosomes."""
    chrom: list[str] = []
    positions: list[int] = []
    for number, share in enumerate(np.array_split(np.arange(markers), chromosomes), start=1):
        drawn: set[int] = set()
        while len(drawn) < len(share):
            missing = len(share) - len(drawn)
            drawn.update(rng.integers(1, CHROMOSOME_LENGTH, size=missing, endpoint=True).tolist())
        chrom += [str(number)] * len(share)
        positions += sorted(drawn)
    reference = rng.integers(0, 4, size=markers)
    alternative = (reference + rng.integers(1, 4, size=markers)) % 4
    bases = np.array(list("ACGT"))
    ids = [f"{name}_{position}" for name, position in zip(chrom, positions, strict=True)]
    return variant_table(chrom, positions, ids, bases[reference], bases[alternative])


class _Genealogy:
    """A coalescent tree of ``leaves`` haplotypes that moves along a chromosome (SMC).

    Times are in units of 2 * ANCESTRAL_SIZE generations. Nodes 0..leaves-1 are the haplotypes; the root's
    parent is -1.
    """

    def __init__(self, rng: np.random.Generator, leaves: int) -> None:
        self.rng = rng
        self.leaves = leaves
        self.time = [0.0] * (2 * leaves - 1)
        self.parent = [-1] * (2 * leaves - 1)
        lineages, now = list(range(leaves)), 0.0
        for node in range(leaves, 2 * leaves - 1):
            k = len(lineages)
            now += self._exponential(k * (k - 1) / 2)
            for _ in range(2):
                self.parent[lineages.pop(int(rng.integers(len(lineages))))] = node
            self.time[node] = now
            lineages.append(node)

    def _exponential(self, rate: float) -> float:
        return -math.log1p(-self.rng.random()) / rate

    def _lengths(self) -> list[float]:
        """Length of the branch above every node, 0 above the root."""
        return [
            self.time[above] - self.time[node] if above >= 0 else 0.0
            for node, above in enumerate(self.parent)
        ]

    def _branch(self) -> tuple[int, float]:
        """A point drawn uniformly on the tree: the node below it and its height above that node."""
        lengths = self._lengths()
        left = self.rng.random() * sum(lengths)
        for node, length in enumerate(lengths):
            if left < length:
                return node, left
            left -= length
        # Rounding can leave a crumb beyond the last branch.
        node = max(range(len(lengths)), key=lengths.__getitem__)
        return node, lengths[node] / 2

    def distance_to_recombination(self) -> float:
        """Morgans to the next change of the tree."""
        return self._exponential(2 * ANCESTRAL_SIZE * sum(self._lengths()))

    def recombine(self) -> None:
        """Cut a branch at a uniform point and let the loose lineage coalesce anew with the rest."""
        node, height = self._branch()
        now = self.time[node] + height
        joint = self.parent[node]
        sibling = next(i for i, above in enumerate(self.parent) if above == joint and i != node)
        self.parent[sibling] = self.parent[joint]

        others = [i for i in range(len(self.parent)) if i not in (node, joint)]
        top = {i: self.time[self.parent[i]] if self.parent[i] >= 0 else math.inf for i in others}
        while True:
            crossing = [i for i in others if self.time[i] <= now < top[i]]
            wait = self._exponential(len(crossing))
            change = min(top[i] for i in crossing)
            if now + wait < change:
                break
            now = change  # one lineage fewer from here on; waiting has no memory
        now += wait
        target = crossing[int(self.rng.integers(len(crossing)))]
        self.time[joint], self.parent[joint] = now, self.parent[target]
        self.parent[target] = self.parent[node] = joint

    def mutation(self) -> np.ndarray:
        """Alleles (leaves,) int8 of a site: 1 below a point drawn uniformly on the tree."""
        mutant, _ = self._branch()
        alleles = np.zeros(self.leaves, dtype=np.int8)
        for leaf in range(self.leaves):
            node = leaf
            while node not in (mutant, -1):
                node = self.parent[node]
            alleles[leaf] = node == mutant
        return alleles


def _founders(rng: np.random.Generator, founders: int, variants: pd.DataFrame) -> np.ndarray:
    """Founder haplotypes, (founders, p) int8 of 0 and 1; every marker is polymorphic among them."""
    haplotypes = np.empty((founders, len(variants)), dtype=np.int8)
    morgans = variants["pos"].to_numpy() / CHROMOSOME_LENGTH * CHROMOSOME_MORGANS
    for sites in variants.groupby("chrom", sort=False).indices.values():
        tree = _Genealogy(rng, founders)
        change = tree.distance_to_recombination()
        for site in sites:
            while change < morgans[site]:
                tree.recombine()
                change += tree.distance_to_recombination()
            haplotypes[:, site] = tree.mutation()
    return haplotypes


def _recombination(variants: pd.DataFrame) -> np.ndarray:
    """Probability (p,) of a crossover between a marker and the one before it; 1/2 at a chromosome's first."""
    distance = variants["pos"].diff().to_numpy()[1:] / CHROMOSOME_LENGTH * CHROMOSOME_MORGANS
    return recombination(variants["chrom"].to_numpy(), distance)


def _lines(
    rng: np.random.Generator, founders: np.ndarray, variants: pd.DataFrame, settings: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """True dosages (n, p) int8 of the lines, and the name (n,) of each line's population."""
    rate = _recombination(variants)
    shares = np.array_split(np.arange(settings["samples"]), settings["populations"])
    dosages, populations = [], []
    for number, share in enumerate(shares, start=1):
        haplotypes = founders[rng.integers(len(founders), size=2 * POPULATION_SIZE)]
        for _ in range(GENERATIONS):
            parents = rng.integers(POPULATION_SIZE, size=2 * POPULATION_SIZE)
            haplotypes = gametes(rng, haplotypes, parents, rate)
        first = gametes(rng, haplotypes, rng.integers(POPULATION_SIZE, size=len(share)), rate)
        second = (
            first
            if settings["inbred"]
            else gametes(rng, haplotypes, rng.integers(POPULATION_SIZE, size=len(share)), rate)
        )
        dosages.append(first + second)
        populations += [f"P{number}"] * len(share)
    order = _shuffled(rng, settings["samples"])
    return np.concatenate(dosages)[order], np.array(populations)[order]


# -- traits ----------------------------------------------------------------------------------------------


def _genetics(
    rng: np.random.Generator, lines: np.ndarray, ids: list[str], trait: str, wish: dict[str, Any]
) -> tuple[dict[str, Any], np.ndarray]:
    """Causal markers of a trait and the genetic values (n,) they give.

    The variance of the genetic values over the lines is h2 (divisor n). For an epistatic trait, the stated
    share of it is what no linear combination of the causal dosages explains in these lines: the products
    are made orthogonal to the dosages, which moves their linear part into the additive effects.
    """
    heritable = wish["architecture"] != "none" and wish["h2"] > 0
    truth: dict[str, Any] = {
        "h2": wish["h2"] if heritable else 0.0,
        "architecture": wish["architecture"],
        "epistatic_share": 0.0,
        "qtl": [],
        "pairs": [],
    }
    if not heritable:
        return truth, np.zeros(len(lines))

    qtl = _causal(rng, lines, trait, wish["qtl"])
    dosages = lines[:, qtl].astype(float)
    centred = dosages - dosages.mean(axis=0)
    effects = rng.standard_normal(len(qtl))
    effects *= math.sqrt(wish["h2"]) / (centred @ effects).std()
    pairs: list[list[int]] = []
    weights = np.empty(0)
    if wish["architecture"] == "epistatic":
        share = wish["epistasis"]
        pairs = _shuffled(rng, len(qtl))[: len(qtl) // 2 * 2].reshape(-1, 2).tolist()
        weights = rng.standard_normal(len(pairs))
        products = _products(centred, pairs) @ weights
        design = np.column_stack([np.ones(len(lines)), centred])
        linear = np.linalg.lstsq(design, products, rcond=1e-10)[0]
        scale = (products - design @ linear).std() if pairs else 0.0
        if scale <= 1e-6 * products.std() or not pairs:
            raise UserError(
                f"Trait {trait!r} cannot be epistatic: with {wish['qtl']} causal markers and {len(lines)} "
                "lines, nothing of their interaction is left beside the additive effects.",
                remedy="Use at least 2 causal markers and at least twice as many lines as causal markers.",
            )
        factor = math.sqrt(share * wish["h2"]) / scale
        weights *= factor
        effects = math.sqrt(1 - share) * effects - factor * linear[1:]
        truth["epistatic_share"] = share
    # Rounded here, so that the stored effects give the stored values, on any linear algebra library.
    effects, weights = _rounded(effects), _rounded(weights)
    genetic = centred @ effects + _products(centred, pairs) @ weights
    truth["qtl"] = [
        {"id": ids[marker], "effect": effect} for marker, effect in zip(qtl, effects.tolist(), strict=True)
    ]
    truth["pairs"] = [
        {"first": ids[qtl[first]], "second": ids[qtl[second]], "effect": effect}
        for (first, second), effect in zip(pairs, weights.tolist(), strict=True)
    ]
    return truth, _rounded(genetic - genetic.mean())


def _crossed(
    rng: np.random.Generator,
    lines: np.ndarray,
    populations: np.ndarray,
    pairs: np.ndarray,
    ids: list[str],
    trait: str,
    wish: dict[str, Any],
) -> tuple[dict[str, Any], np.ndarray]:
    """A trait of crosses and their genetic values (k,), as :func:`_genetics` gives those of lines."""
    h2 = 0.0 if wish["architecture"] == "none" else wish["h2"]
    qtl = _causal(rng, lines, trait, wish["qtl"])
    alleles = lines[:, qtl] // 2
    one, other, both = combining_abilities(rng, alleles, populations, h2, wish["sca"])
    effects = _rounded(one), _rounded(other), _rounded(both)
    genetic = cross_values(alleles, populations, pairs, effects).sum(axis=1)
    truth = {
        **{"h2": h2, "architecture": wish["architecture"], "epistatic_share": 0.0, "sca": wish["sca"]},
        "qtl": described([ids[marker] for marker in qtl], effects),
        "pairs": [],
    }
    return truth, _rounded(genetic - genetic.mean())


def _causal(rng: np.random.Generator, lines: np.ndarray, trait: str, count: int) -> np.ndarray:
    """Causal markers (count,) of a trait, drawn among common ones."""
    frequency = lines.mean(axis=0) / 2
    common = np.flatnonzero(np.minimum(frequency, 1 - frequency) >= QTL_MIN_MAF)
    if count > len(common):
        raise UserError(
            f"Trait {trait!r} asks for {count} causal markers, but only {len(common)} markers have a "
            f"minor allele frequency of at least {QTL_MIN_MAF}.",
            remedy="Lower `qtl` or raise `markers`.",
        )
    return np.sort(common[_shuffled(rng, len(common))[:count]])


def _rounded(values: np.ndarray) -> np.ndarray:
    """Values to :data:`DECIMALS` places; adding zero turns -0.0 into 0.0."""
    return values.round(DECIMALS) + 0.0


def _products(centred: np.ndarray, pairs: list[list[int]]) -> np.ndarray:
    """Products (n, pairs) of mean-centred dosages."""
    return np.column_stack(
        [np.empty((len(centred), 0)), *(centred[:, [i]] * centred[:, [j]] for i, j in pairs)]
    )


def _phenotypes(
    rng: np.random.Generator, genetic: np.ndarray, h2: float, replicates: np.ndarray
) -> np.ndarray:
    """Genetic value plus residual, (n,); NaN for the lines without a phenotype.

    The residuals have variance 1 - h2 over the lines, so h2 is exact in the sample (before phenotypes go
    missing). Their chance correlation with the genetic values stays, as in a real experiment. They are means
    of so many ``replicates`` (n,).
    """
    residual = rng.standard_normal(len(genetic)) / np.sqrt(replicates)
    residual -= residual.mean()
    residual *= math.sqrt(1 - h2) / residual.std()
    phenotype = _rounded(genetic + residual)
    phenotype[_shuffled(rng, len(genetic))[: round(MISSING_PHENOTYPES * len(genetic))]] = np.nan
    return phenotype


def _classes(values: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Number of the class, from 0, of values (n,) that are cut into shares; NaN stays."""
    ends = np.nanquantile(values, np.cumsum(shares)[:-1] / np.sum(shares))
    return np.where(np.isnan(values), np.nan, np.searchsorted(ends, values, side="right"))


# -- VCF in BGZF -----------------------------------------------------------------------------------------

#: Bytes of text in a block, as bgzip has it.
BGZF_BLOCK = 65_280


def _vcf(genotypes: Genotypes) -> Iterable[bytes]:
    """Lines of a VCF 4.3 file."""
    contigs = genotypes.variants["chrom"].unique()
    header = [
        "##fileformat=VCFv4.3",
        "##source=dnngp-workflow simulation",
        '##FILTER=<ID=PASS,Description="All filters passed">',
        *(f"##contig=<ID={name},length={CHROMOSOME_LENGTH}>" for name in contigs),
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        "\t".join([*VCF_COLUMNS, *genotypes.samples]),
    ]
    yield "".join(f"{line}\n" for line in header).encode()
    calls = np.array(["\t0/0", "\t0/1", "\t1/1", "\t./."], dtype="S4")  # dosage -1 is the last
    sites = genotypes.variants[["chrom", "pos", "id", "ref", "alt"]].itertuples(index=False)
    for site, dosages in zip(sites, genotypes.dosages, strict=True):
        yield "\t".join([*map(str, site), ".", "PASS", ".", "GT"]).encode()
        yield calls[dosages].tobytes() + b"\n"


def _write_bgzf(chunks: Iterable[bytes], handle: BinaryIO) -> None:
    """Write text as BGZF: gzip members that carry their own size, and an empty one as the end mark.

    The blocks are stored, not compressed: the output of deflate differs between builds of zlib, and the
    files must have the same bytes everywhere.
    """
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= BGZF_BLOCK:
            handle.write(_bgzf_block(bytes(waiting[:BGZF_BLOCK])))
            del waiting[:BGZF_BLOCK]
    if waiting:
        handle.write(_bgzf_block(bytes(waiting)))
    handle.write(BGZF_EOF)


def _bgzf_block(text: bytes) -> bytes:
    size = len(text)
    stored = struct.pack("<BHH", 1, size, size ^ 0xFFFF) + text  # one final stored block of RFC 1951
    head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(stored) + 25)
    return head + stored + struct.pack("<II", zlib.crc32(text), size)
