"""Public datasets converted, from small files that R wrote and from real ones."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bed_reader import to_bed

from dnngp.base.errors import UserError
from dnngp.genotypes.converters import CONVERTERS, convert, line_means
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.phenotypes import read_phenotypes

FILES = Path(__file__).parents[1] / "data" / "public"
LINES = [f"L{number}" for number in range(1, 7)]


def converted(name, folder, tmp_path, **reading):
    """Both tables of a dataset, read as a run reads them."""
    genotypes, phenotypes = tmp_path / "genotypes.csv.gz", tmp_path / "phenotypes.csv"
    convert(name, folder, genotypes, phenotypes)
    table = read_phenotypes(phenotypes)
    return read_genotypes(genotypes, Reading(**{"samples_in": "columns", **reading})), table


def calls(lines, markers=5):
    """What make.R wrote, as (marker, line)."""
    i, j = np.meshgrid(np.arange(1, lines + 1), np.arange(1, markers + 1))
    return np.where(i * j == 10, -1, (i * j) % 3).astype(np.int8)


def test_wheat599(tmp_path):
    genotypes, phenotypes = converted("wheat599", FILES, tmp_path, ploidy=1)
    assert genotypes.samples.tolist() == LINES
    assert genotypes.variants["id"].tolist() == [f"wPt.{number}" for number in range(1, 6)]
    np.testing.assert_array_equal(genotypes.dosages, np.maximum(calls(6), 0) % 2)
    assert list(phenotypes) == ["yield_env1", "yield_env2", "yield_env4", "yield_env5"]
    assert phenotypes.loc["L3"].astype(float).tolist() == [3.1, 3.2, 3.3, 3.4]


def test_mice_are_joined_by_id(tmp_path):
    genotypes, phenotypes = converted("mice", FILES, tmp_path)
    np.testing.assert_array_equal(genotypes.dosages, calls(6))
    assert phenotypes.loc[LINES, "Obesity.BMI"].astype(float).tolist() == [i + 0.1 for i in range(1, 7)]
    assert phenotypes.loc["L6", "GENDER"] == "F"


def test_soynam_takes_lines_with_phenotypes_and_their_means_over_environments(tmp_path):
    genotypes, phenotypes = converted("soynam", FILES, tmp_path)
    assert "IA3023" not in genotypes.samples
    np.testing.assert_array_equal(genotypes.dosages, calls(6))
    assert genotypes.variants.loc[1, ["chrom", "pos", "ref", "alt"]].tolist() == ["Gm02", 200, "A", "G"]
    # Both environments have the same lines, so that a mean is the plain one.
    assert phenotypes["yield"].astype(float).tolist() == pytest.approx([i + 50.1 for i in range(1, 7)])
    assert phenotypes["family"].tolist() == ["02", "02", "03", "03", "64", "64"]


def test_maize_nam(tmp_path):
    genotypes, phenotypes = converted("maize_nam", FILES, tmp_path)
    np.testing.assert_array_equal(genotypes.dosages, calls(6))
    assert genotypes.variants["pos"].tolist() == [100, 200, 300, 400, 500]
    assert list(phenotypes) == ["PlantHeight", "EarHeight", "family"]
    assert phenotypes.loc["Z002E0004", "family"] == "Z002"


def test_maize_drops_counts_the_other_allele_and_takes_positions_by_name(tmp_path):
    genotypes, phenotypes = converted("maize_drops", FILES, tmp_path)
    np.testing.assert_array_equal(genotypes.dosages, np.where(calls(6) < 0, -1, 2 - calls(6)))
    assert genotypes.variants["pos"].tolist() == [100, 200, 300, 400, 500]
    assert list(phenotypes) == ["grain.yield", "plant.height"]
    assert phenotypes["grain.yield"].astype(float).tolist() == pytest.approx([i + 5.1 for i in range(1, 7)])


def test_wheat_htp_keeps_calls_between_the_classes(tmp_path):
    genotypes, phenotypes = converted("wheat_htp", FILES, tmp_path)
    expected = calls(6).astype(float)
    expected[expected < 0] = 1.25
    np.testing.assert_allclose(genotypes.dosages, expected, atol=1e-6)
    assert list(phenotypes) == ["yield_E1", "yield_E2", "yield_E3", "yield_E4"]


def test_families_of_pea_stand_one_below_the_other(tmp_path):
    genotypes, phenotypes = converted("pea_groan", FILES, tmp_path)
    assert genotypes.samples[[0, 3]].tolist() == ["AI_sample_1", "KI_sample_1"]
    np.testing.assert_array_equal(genotypes.dosages, np.hstack([calls(3), calls(6)]))
    assert phenotypes["population"].tolist() == ["AI"] * 3 + ["KI"] * 6


def test_the_column_of_ids_of_apple_is_told_by_its_values(tmp_path):
    genotypes, phenotypes = converted("apple_kumar", FILES, tmp_path)
    np.testing.assert_array_equal(genotypes.dosages, calls(6))
    assert phenotypes.loc[LINES, "GRE_HB"].astype(float).tolist() == [i + 0.2 for i in range(1, 7)]


def test_potato_counts_the_rarer_of_two_alleles(tmp_path):
    (tmp_path / "TableS1.csv").write_text(
        "Marker,Chrom,Position,A,B(x),C\nc1,0,7,AAAG,AAAA,NA\nc2,12,8,CCCT,CTTT,TTTT\nc3,1,9,AAAG,CCCC,AAAA\n"
    )
    (tmp_path / "TableS2.csv").write_text("Name,total_yield,Grp1\nB(x),2.5,0\nA,1.5,1\n")
    genotypes, phenotypes = converted("potato_gwaspoly", tmp_path, tmp_path, ploidy=4)
    assert genotypes.samples.tolist() == ["A", "B(x)", "C"]
    assert genotypes.dosages.tolist() == [[1, 0, -1], [3, 1, 0]]  # c3 has three alleles
    assert genotypes.variants[["chrom", "ref", "alt"]].to_numpy().tolist() == [
        ["chr00", "A", "G"],
        ["chr12", "T", "C"],
    ]
    assert phenotypes.loc["A", "total_yield"] == "1.5"


def plink(stem, dosages, samples, sites, traits):
    """PLINK files of dosages (p, n) as GEMMA writes them, with traits in the .fam."""
    properties = {"iid": samples, "sid": [site[0] for site in sites]}
    to_bed(stem.with_suffix(".bed"), np.where(dosages < 0, -127, dosages).T, properties)
    bim = "".join(f"{chrom}\t{name}\t0\t{pos}\t{alt}\t{ref}\n" for name, chrom, pos, ref, alt in sites)
    stem.with_suffix(".bim").write_text(bim)
    fam = [f"1_1\t{name}\t0\t0\t2\t{row}\n" for name, row in zip(samples, traits, strict=True)]
    stem.with_suffix(".fam").write_text("".join(fam))


def test_mouse_leaves_out_markers_without_a_position_or_with_one_allele(tmp_path):
    sites = [("rs1", "1", 5, "A", "G"), ("rs2", "1", -9, "A", "G"), ("rs3", "2", 7, "C", "C")]
    sites += [("rs4", "X", 9, "T", "C"), ("rs5", "19", 11, "G", "A")]
    traits = ["0.5\tNA", "1.5\t2"] + ["NA\tNA"] * 4
    plink(tmp_path / "mouse_hs1940", calls(6), LINES, sites, traits)
    genotypes, phenotypes = converted("mouse_hs1940", tmp_path, tmp_path)
    assert genotypes.variants["id"].tolist() == ["rs1", "rs4", "rs5"]
    np.testing.assert_array_equal(genotypes.dosages, calls(6)[[0, 3, 4]])
    assert phenotypes.loc["L1", ["trait1", "trait2", "sex"]].tolist() == ["0.5", "NA", "2"]


def test_rice_is_taken_out_of_its_archive(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    sites = [(f"id{number}", "1", number, "A", "G") for number in range(1, 6)]
    plink(inside / "any", calls(6), LINES, sites, ["-9"] * 6)
    (inside / "any.csv").write_text("Name,PlinkID,Plant.height\nx,L2,1.5\ny,L1,2.5\n")
    with zipfile.ZipFile(tmp_path / "Rice44k.zip", "w") as bundle:
        for path in inside.iterdir():
            bundle.write(path, f"Rice44k/{path.name}")
    genotypes, phenotypes = converted("rice_rdp44k", tmp_path, tmp_path)
    np.testing.assert_array_equal(genotypes.dosages, calls(6))
    assert phenotypes.loc["L1", "Plant.height"] == "2.5"
    assert {path.name for path in tmp_path.iterdir()} == {
        *("inside", "Rice44k.zip", "genotypes.csv.gz", "phenotypes.csv")
    }


def test_tables_are_passed_on_as_they_stand(tmp_path):
    (tmp_path / "genotypes.csv").write_text('"","m1","m2"\n"a",0,2\n"b",1,NA\n')
    (tmp_path / "phenotypes.csv").write_text("Genotype,DTF\na,1\nb,2\n")
    (tmp_path / "out").mkdir()
    genotypes, phenotypes = converted("tables", tmp_path, tmp_path / "out", samples_in="rows")
    assert genotypes.dosages.tolist() == [[0, 1], [2, -1]]
    assert phenotypes["DTF"].tolist() == ["1", "2"]


def test_the_same_files_give_the_same_bytes(tmp_path):
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        converted("mice", FILES, tmp_path / name)
        written.append(
            [(tmp_path / name / file).read_bytes() for file in ("genotypes.csv.gz", "phenotypes.csv")]
        )
    assert written[0] == written[1]


def test_a_file_of_another_version_is_told(tmp_path):
    (tmp_path / "wheat.RData").write_bytes((FILES / "mice.RData").read_bytes())
    with pytest.raises(
        UserError, match=r"wheat\.RData: there is no object 'wheat\.X'; there are mice\.X, mice\.pheno"
    ):
        converted("wheat599", tmp_path, tmp_path)
    (tmp_path / "wheat.RData").write_text("<html>Not found</html>")
    with pytest.raises(UserError, match="cannot be read as a file of R"):
        converted("wheat599", tmp_path, tmp_path)


def test_code_in_a_file_of_r_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wheat.RData").write_bytes((FILES / "hostile.RData").read_bytes())
    with pytest.raises((UserError, ValueError, TypeError)):
        converted("wheat599", tmp_path, tmp_path)
    assert not (tmp_path / "struck").exists()


def test_line_means_take_the_environment_out():
    plots = pd.DataFrame({"line": ["a", "b", "a"], "env": ["x", "x", "y"], "t": [1.0, 3.0, 12.0]})
    means = line_means(plots, "line", "env", ["t"])
    grand = 16 / 3
    assert means["t"].to_dict() == pytest.approx({"a": ((1 - 2) + 0) / 2 + grand, "b": 1 + grand})


def test_the_real_mice_come_through(shared, tmp_path):
    """The VCF that plink made of GEMMA's files, turned into such files again."""
    folder = shared / "data" / "mouse_hs1940"
    known = read_genotypes(folder / "genotypes.vcf.gz", Reading())
    keep = slice(0, 400)
    sites = known.variants.iloc[keep][["id", "chrom", "pos", "ref", "alt"]].to_numpy().tolist()
    traits = pd.read_csv(folder / "phenotypes.csv", index_col="id", dtype=str, keep_default_na=False)
    rows = ["\t".join(row) for row in traits.loc[known.samples].to_numpy()]
    plink(tmp_path / "mouse_hs1940", known.dosages[keep], known.samples.tolist(), sites, rows)
    genotypes, phenotypes = converted("mouse_hs1940", tmp_path, tmp_path)
    assert genotypes.samples.tolist() == known.samples.tolist()
    np.testing.assert_array_equal(genotypes.dosages, known.dosages[keep])
    assert genotypes.variants.equals(known.variants.iloc[keep])
    written = phenotypes.loc[known.samples, list(traits)].replace("NA", np.nan).astype(float)
    pd.testing.assert_frame_equal(
        written, traits.loc[known.samples].replace("NA", np.nan).astype(float), check_names=False
    )


def test_the_real_potatoes_come_through(shared, tmp_path):
    """The tetraploid VCF as letters, back again: the same copies of the same alleles."""
    folder = shared / "data" / "potato_gwaspoly_tetraploid"
    known = read_genotypes(folder / "genotypes.vcf.gz", Reading(ploidy=4))
    rows = [",".join(["Marker", "Chrom", "Position", *known.samples])]
    for (chrom, pos, name, ref, alt), dosages in zip(
        known.variants[["chrom", "pos", "id", "ref", "alt"]].itertuples(index=False),
        known.dosages,
        strict=True,
    ):
        texts = ["".join(sorted(ref * (4 - count) + alt * count)) for count in range(5)] + ["NA"]
        rows.append(
            ",".join([name, chrom.removeprefix("chr"), str(pos), *(texts[count] for count in dosages)])
        )
    (tmp_path / "TableS1.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "TableS2.csv").write_text((folder / "phenotypes.csv").read_text().replace("id,", "Name,", 1))
    genotypes, phenotypes = converted("potato_gwaspoly", tmp_path, tmp_path, ploidy=4)
    assert genotypes.samples.tolist() == known.samples.tolist()
    assert len(phenotypes) == 187
    same = (genotypes.variants["alt"] == known.variants["alt"]).to_numpy()
    assert same.mean() > 0.99  # where both alleles are equally common, either may be counted
    np.testing.assert_array_equal(genotypes.dosages[same], known.dosages[same])


def test_every_converter_is_tested():
    text = Path(__file__).read_text()
    assert [name for name in CONVERTERS if f'"{name}"' not in text] == []
