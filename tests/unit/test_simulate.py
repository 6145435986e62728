"""Simulated datasets: their truth is exact, their genomes behave as theory says, their files read back."""

import gzip
import hashlib
import json
import struct

import numpy as np
import pandas as pd
import pytest

from dnngp.base.errors import UserError
from dnngp.genotypes import meiosis, simulate

TRAITS = {
    "yield": {"h2": 0.6, "architecture": "additive", "qtl": 50, "epistasis": 0.5},
    "résistance à froid": {"h2": 0.7, "architecture": "epistatic", "qtl": 30, "epistasis": 0.4},
    "pure interaction": {"h2": 0.5, "architecture": "epistatic", "qtl": 11, "epistasis": 1.0},
    "coin toss": {"h2": 0.0, "architecture": "none", "qtl": 50, "epistasis": 0.5},
}
SETTINGS = {
    "samples": 200,
    "held_back": 0,
    "markers": 1500,
    "chromosomes": 5,
    "founders": 16,
    "populations": 3,
    "missing": 0.02,
    "inbred": True,
    "seed": 1,
    "traits": TRAITS,
}


@pytest.fixture(scope="module", params=[True, False], ids=["inbred", "outbred"])
def simulation(request: pytest.FixtureRequest) -> simulate.Simulation:
    return simulate.simulate("demo", SETTINGS | {"inbred": request.param}, seed=1)


@pytest.fixture(scope="module")
def complete() -> simulate.Simulation:
    """Without missing calls, so that the stored dosages are the true ones."""
    return simulate.simulate("demo", SETTINGS | {"missing": 0.0}, seed=1)


def genetic_values(simulation: simulate.Simulation, trait: str) -> np.ndarray:
    values = simulation.truth["traits"][trait]["genetic_values"]
    return np.array([values[sample] for sample in simulation.genotypes.samples])


def dosage_of(simulation: simulate.Simulation) -> pd.DataFrame:
    """Mean-centred dosages, a column a marker."""
    dosages = pd.DataFrame(
        simulation.genotypes.dosages.T.astype(float), columns=simulation.genotypes.variants["id"]
    )
    return dosages - dosages.mean()


# -- traits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trait", TRAITS)
def test_variance_of_genetic_values_over_lines_is_h2(simulation: simulate.Simulation, trait: str) -> None:
    # Phenotypic variance is 1 by construction: the genetic variance is the heritability.
    assert genetic_values(simulation, trait).var() == pytest.approx(TRAITS[trait]["h2"], abs=5e-6)
    assert simulation.truth["traits"][trait]["h2"] == TRAITS[trait]["h2"]


@pytest.mark.parametrize("trait", TRAITS)
def test_residual_variance_makes_h2_exact(trait: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "MISSING_PHENOTYPES", 0.0)
    simulation = simulate.simulate("demo", SETTINGS, seed=1)
    phenotype = simulation.phenotypes.set_index("id").loc[simulation.genotypes.samples, trait].to_numpy()
    genetic = genetic_values(simulation, trait)
    residual = phenotype - genetic
    assert genetic.var() / (genetic.var() + residual.var()) == pytest.approx(TRAITS[trait]["h2"], abs=5e-6)


def test_additive_values_are_the_stored_effects_times_dosages(complete: simulate.Simulation) -> None:
    truth = complete.truth["traits"]["yield"]
    assert len(truth["qtl"]) == TRAITS["yield"]["qtl"]
    assert truth["pairs"] == []
    effects = {qtl["id"]: qtl["effect"] for qtl in truth["qtl"]}
    values = dosage_of(complete)[list(effects)] @ np.array(list(effects.values()))
    np.testing.assert_allclose(genetic_values(complete, "yield"), values, atol=1e-6)


@pytest.mark.parametrize("trait", ["résistance à froid", "pure interaction"])
def test_epistatic_values_are_the_stored_effects(complete: simulate.Simulation, trait: str) -> None:
    truth = complete.truth["traits"][trait]
    dosages = dosage_of(complete)
    values = sum(qtl["effect"] * dosages[qtl["id"]] for qtl in truth["qtl"]) + sum(
        pair["effect"] * dosages[pair["first"]] * dosages[pair["second"]] for pair in truth["pairs"]
    )
    np.testing.assert_allclose(genetic_values(complete, trait), values - values.mean(), atol=1e-6)
    used = [pair[end] for pair in truth["pairs"] for end in ("first", "second")]
    assert len(used) == len(set(used)) == TRAITS[trait]["qtl"] // 2 * 2


@pytest.mark.parametrize("trait", ["yield", "résistance à froid", "pure interaction"])
def test_epistatic_share_is_what_no_linear_model_of_the_qtl_explains(
    complete: simulate.Simulation, trait: str
) -> None:
    truth = complete.truth["traits"][trait]
    design = dosage_of(complete)[[qtl["id"] for qtl in truth["qtl"]]].to_numpy()
    genetic = genetic_values(complete, trait)
    residual = genetic - design @ np.linalg.lstsq(design, genetic, rcond=None)[0]
    share = TRAITS[trait]["epistasis"] if TRAITS[trait]["architecture"] == "epistatic" else 0.0
    assert residual.var() / genetic.var() == pytest.approx(share, abs=1e-5)
    assert truth["epistatic_share"] == share


def test_trait_without_heritability_has_no_genetics(simulation: simulate.Simulation) -> None:
    truth = simulation.truth["traits"]["coin toss"]
    assert truth["qtl"] == truth["pairs"] == []
    assert not genetic_values(simulation, "coin toss").any()
    assert simulation.phenotypes["coin toss"].std() > 0.9


def test_causal_markers_segregate(complete: simulate.Simulation) -> None:
    frequency = (
        pd.Series(complete.genotypes.dosages.mean(axis=1), index=complete.genotypes.variants["id"]) / 2
    )
    for trait in complete.truth["traits"].values():
        chosen = frequency[[qtl["id"] for qtl in trait["qtl"]]]
        assert chosen.between(simulate.QTL_MIN_MAF, 1 - simulate.QTL_MIN_MAF).all()


def test_few_lines_lack_a_phenotype(simulation: simulate.Simulation) -> None:
    assert (simulation.phenotypes[list(TRAITS)].isna().sum() == 4).all()


def test_samples_held_back_have_no_phenotype_and_change_nothing_else() -> None:
    before = simulate.simulate("demo", SETTINGS, seed=1)
    after = simulate.simulate("demo", SETTINGS | {"held_back": 30}, seed=1)
    held_back = after.phenotypes[list(TRAITS)].isna().all(axis=1)
    assert held_back.sum() == 30
    pd.testing.assert_frame_equal(before.phenotypes[~held_back], after.phenotypes[~held_back])
    assert before.truth == after.truth
    np.testing.assert_array_equal(before.genotypes.dosages, after.genotypes.dosages)


def test_changing_one_trait_leaves_genomes_and_other_traits_alone() -> None:
    before = simulate.simulate("demo", SETTINGS, seed=1)
    traits = {name: TRAITS[name] for name in TRAITS if name != "yield"} | {"new": TRAITS["yield"]}
    after = simulate.simulate("demo", SETTINGS | {"traits": traits}, seed=1)
    np.testing.assert_array_equal(before.genotypes.dosages, after.genotypes.dosages)
    same = "résistance à froid"
    pd.testing.assert_series_equal(before.phenotypes[same], after.phenotypes[same])
    assert before.truth["traits"][same] == after.truth["traits"][same]


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({"h2": 0.5, "architecture": "additive", "qtl": 10_000}, "asks for 10000 causal markers"),
        ({"h2": 0.5, "architecture": "epistatic", "qtl": 1, "epistasis": 0.5}, "cannot be epistatic"),
        ({"h2": 0.5, "architecture": "epistatic", "qtl": 250, "epistasis": 0.5}, "cannot be epistatic"),
    ],
)
def test_impossible_traits_are_refused(wish: dict, found: str) -> None:
    with pytest.raises(UserError, match=found) as error:
        simulate.simulate("demo", SETTINGS | {"traits": {"wrong": wish}}, seed=1)
    assert "'wrong'" in str(error.value)
    assert error.value.remedy


# -- genomes -----------------------------------------------------------------------------------------------


def test_missing_rate_is_as_asked(simulation: simulate.Simulation) -> None:
    calls = simulation.genotypes.dosages
    sd = np.sqrt(0.02 * 0.98 / calls.size)
    assert (calls == -1).mean() == pytest.approx(0.02, abs=5 * sd)


def test_inbred_lines_have_no_heterozygotes() -> None:
    inbred = simulate.simulate("demo", SETTINGS, seed=1).genotypes.dosages
    outbred = simulate.simulate("demo", SETTINGS | {"inbred": False}, seed=1).genotypes.dosages
    assert set(np.unique(inbred)) == {-1, 0, 2}
    # Within a population, outbred genotypes are in Hardy-Weinberg proportions: heterozygotes are common.
    assert (outbred == 1).mean() > 0.15


def test_linkage_disequilibrium_decays_with_distance(complete: simulate.Simulation) -> None:
    dosages = complete.genotypes.dosages.astype(float)
    frequency = dosages.mean(axis=1) / 2
    common = np.minimum(frequency, 1 - frequency) > 0.05
    r2 = np.corrcoef(dosages[common]) ** 2
    variants = complete.genotypes.variants[common]
    position, chrom = variants["pos"].to_numpy(), variants["chrom"].to_numpy()
    distance = np.abs(position[:, None] - position)
    linked = (chrom[:, None] == chrom) & np.triu(np.ones_like(r2, dtype=bool), 1)
    means = [
        r2[linked & (distance >= low) & (distance < high)].mean()
        for low, high in [(0, 1e6), (1e6, 4e6), (4e6, 1.6e7), (1.6e7, 1e8)]
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] > 5 * means[-1]
    # The far end is where markers on different chromosomes are.
    assert means[-1] == pytest.approx(r2[chrom[:, None] != chrom].mean(), rel=0.5)


def test_lines_of_a_population_are_related_and_differ_as_drift_says(complete: simulate.Simulation) -> None:
    population = complete.phenotypes.set_index("id").loc[complete.genotypes.samples, "population"].to_numpy()
    centred = dosage_of(complete).to_numpy()
    relationship = centred @ centred.T
    pairs = ~np.eye(len(population), dtype=bool)
    within = population[:, None] == population
    assert relationship[within & pairs].mean() > 0 > relationship[~within].mean()

    frequency = np.array(
        [complete.genotypes.dosages[:, population == name].mean(axis=1) / 2 for name in np.unique(population)]
    )
    # Hudson's Fst as a ratio of sums over markers, for sampled lines of one independent genome each.
    sizes = np.array([(population == name).sum() for name in np.unique(population)])
    inside = (frequency * (1 - frequency) * (sizes / (sizes - 1))[:, None]).sum(axis=1)
    between = [
        (frequency[i] * (1 - frequency[j]) + frequency[j] * (1 - frequency[i])).sum()
        for i in range(3)
        for j in range(i)
    ]
    fst = 1 - 2 * inside.mean() / np.mean(between)
    expected = 1 - (1 - 1 / (2 * simulate.POPULATION_SIZE)) ** (simulate.GENERATIONS + 1)
    assert fst == pytest.approx(expected, abs=0.05)


def test_populations_and_lines_have_the_sizes_asked() -> None:
    simulation = simulate.simulate(
        "demo", SETTINGS | {"samples": 50, "markers": 103, "chromosomes": 7}, seed=3
    )
    assert simulation.genotypes.dosages.shape == (103, 50)
    assert sorted(simulation.phenotypes["population"].value_counts()) == [16, 17, 17]
    variants = simulation.genotypes.variants
    assert variants["chrom"].nunique() == 7
    assert not variants.duplicated(["chrom", "pos"]).any()
    assert (variants["ref"] != variants["alt"]).all()
    assert variants.groupby("chrom")["pos"].is_monotonic_increasing.all()
    assert set(simulation.phenotypes["id"]) == set(simulation.genotypes.samples)
    assert list(simulation.phenotypes["id"]) != list(simulation.genotypes.samples)


def test_genealogy_keeps_the_coalescent_distribution_along_the_chromosome() -> None:
    """Under the SMC the tree at any point is a Kingman coalescent: known mean height and length."""
    leaves = 4
    tree = simulate._Genealogy(simulate._generator("test"), leaves)
    spans, heights, lengths = [], [], []
    for _ in range(20_000):
        spans.append(tree.distance_to_recombination())
        heights.append(max(tree.time))
        lengths.append(sum(tree._lengths()))
        tree.recombine()
    assert sorted(tree.parent.count(node) for node in range(2 * leaves - 1)) == [0] * leaves + [2] * 3
    assert np.average(heights, weights=spans) == pytest.approx(2 * (1 - 1 / leaves), rel=0.06)
    assert np.average(lengths, weights=spans) == pytest.approx(2 * (1 + 1 / 2 + 1 / 3), rel=0.06)


def test_first_genealogy_is_a_coalescent() -> None:
    rng = simulate._generator("test")
    trees = [simulate._Genealogy(rng, 4) for _ in range(4000)]
    assert np.mean([max(tree.time) for tree in trees]) == pytest.approx(1.5, rel=0.06)
    assert np.mean([sum(tree._lengths()) for tree in trees]) == pytest.approx(11 / 3, rel=0.06)


def test_founder_markers_are_polymorphic() -> None:
    rng = simulate._generator("test")
    variants = simulate._variants(rng, 300, 2)
    counts = simulate._founders(rng, 10, variants).sum(axis=0)
    assert counts.min() >= 1
    assert counts.max() <= 9
    assert np.bincount(counts, minlength=10)[1] > np.bincount(counts, minlength=10)[5]


def test_crossovers_follow_haldane() -> None:
    rng = simulate._generator("test")
    positions = [10_000_000, 11_000_000, 31_000_000, 81_000_000]
    variants = pd.DataFrame({"chrom": ["1"] * 4 + ["2"], "pos": [*positions, 5]})
    parents = np.array([[0] * 5, [1] * 5], dtype=np.int8)  # heterozygous everywhere: alleles show the strand
    gametes = meiosis.gametes(
        rng, parents, np.zeros(40_000, dtype=int), simulate._recombination(variants)
    ).astype(int)
    first = gametes[:, 0]
    for column, morgans in [(1, 0.01), (2, 0.21), (3, 0.71)]:
        recombinant = (gametes[:, column] != first).mean()
        assert recombinant == pytest.approx((1 - np.exp(-2 * morgans)) / 2, abs=0.01)
    assert (gametes[:, 4] != gametes[:, 3]).mean() == pytest.approx(0.5, abs=0.01)
    assert first.mean() == pytest.approx(0.5, abs=0.01)


# -- files -------------------------------------------------------------------------------------------------


def test_same_seed_gives_the_same_bytes(tmp_path) -> None:
    folders = [tmp_path / name for name in ("one", "two", "other seed", "other name")]
    for folder, name, seed in zip(folders, ["demo", "demo", "demo", "demi"], [1, 1, 2, 1], strict=True):
        simulate.write(simulate.simulate(name, SETTINGS, seed), folder)
    for file in ("genotypes.vcf.gz", "phenotypes.csv", "truth.json"):
        one, two, *others = [(folder / file).read_bytes() for folder in folders]
        assert one == two
        assert one not in others


def test_files_are_the_same_on_every_machine(tmp_path) -> None:
    """Frozen digests: a difference means that a platform, or a change here, draws another dataset."""
    simulate.write(simulate.simulate("frozen", SETTINGS | {"samples": 100, "markers": 300}, seed=7), tmp_path)
    digests = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:16] for file in sorted(tmp_path.iterdir())
    }
    assert digests == {
        "genotypes.vcf.gz": "8baf0fe3eb4c2cf2",
        "phenotypes.csv": "a6e261b26152e526",
        "truth.json": "de9d45213aa2ba58",
    }


def test_vcf_is_bgzf_in_blocks_with_an_end_mark(simulation: simulate.Simulation, tmp_path) -> None:
    simulate.write(simulation, tmp_path)
    path = tmp_path / "genotypes.vcf.gz"
    content = path.read_bytes()
    text, at, blocks = b"", 0, []
    while at < len(content):
        magic, flags, mtime, extra = struct.unpack("<3sBI2xH", content[at : at + 12])
        assert (magic, flags, mtime, extra) == (b"\x1f\x8b\x08", 4, 0, 6)
        assert content[at + 12 : at + 16] == b"BC\x02\x00"
        size = struct.unpack("<H", content[at + 16 : at + 18])[0] + 1
        blocks.append(gzip.decompress(content[at : at + size]))  # checks CRC and length too
        at += size
    assert at == len(content)
    assert len(blocks) > 2
    assert blocks[-1] == b""
    assert all(blocks[:-1])
    # The end mark of the SAM specification, byte for byte.
    assert content[-28:] == bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
    text = b"".join(blocks)
    assert text == gzip.decompress(content)
    lines = text.decode().splitlines()
    assert lines[0].startswith("##fileformat=VCFv4")
    assert text.endswith(b"\n")
    records = [line.split("\t") for line in lines if not line.startswith("#")]
    assert {len(record) for record in records} == {9 + 200}


@pytest.mark.filterwarnings("error")
def test_cyvcf2_reads_the_dosages_back(simulation: simulate.Simulation, tmp_path) -> None:
    cyvcf2 = pytest.importorskip("cyvcf2")
    simulate.write(simulation, tmp_path)
    vcf = cyvcf2.VCF(str(tmp_path / "genotypes.vcf.gz"), strict_gt=True)
    assert vcf.samples == simulation.genotypes.samples.tolist()
    decode = np.array([0, 1, -1, 2])  # gt_types: hom ref, het, unknown, hom alt
    records = list(vcf)
    np.testing.assert_array_equal(
        np.array([decode[record.gt_types] for record in records]), simulation.genotypes.dosages
    )
    found = pd.DataFrame(
        [(record.CHROM, record.POS, record.ID, record.REF, record.ALT[0]) for record in records],
        columns=["chrom", "pos", "id", "ref", "alt"],
    )
    assert (found == simulation.genotypes.variants.reset_index(drop=True)).all(axis=None)
    assert list(vcf.seqnames) == found["chrom"].unique().tolist()


def test_tables_read_back(simulation: simulate.Simulation, tmp_path) -> None:
    simulate.write(simulation, tmp_path)
    phenotypes = pd.read_csv(tmp_path / "phenotypes.csv")
    pd.testing.assert_frame_equal(phenotypes, simulation.phenotypes, check_dtype=False, atol=1e-12)
    assert json.loads((tmp_path / "truth.json").read_text()) == simulation.truth
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "genotypes.vcf.gz",
        "phenotypes.csv",
        "truth.json",
    ]
