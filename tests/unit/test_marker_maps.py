"""Places and alleles of markers from a map beside the table of genotypes."""

import pytest

from dnngp.base.errors import UserError
from dnngp.config import read_configuration
from dnngp.genotypes.file_formats import read_genotypes
from dnngp.genotypes.parsing.format import Reading

MAPS = [
    "marker,chrom,pos,ref,alt\nm2,1A,20,A,C\nm1,1A,10,G,T\nm3,2B,5,,\nother,9,1,A,C\n",
    "SNP\tChr\tPosition\tAlleles\nm2\t1A\t20\tA/C\nm1\t1A\t10\tG/T\nm3\t2B\t5\tNA\n",
    "name;chromosome;bp;reference;alternative\nm2;1A;20;A;C\nm1;1A;10;G;T\nm3;2B;5;NA;NA\n",
]


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "g.csv").write_text("id,m1,m2,m3\na,0,1,2\nb,2,1,0\nc,1,1,0\n")
    (tmp_path / "p.csv").write_text("id,y\na,1\nb,2\nc,4\n")
    return tmp_path / "g.csv"


def problems(**entry):
    dataset = {"name": "d", "genotypes": "g.csv", "phenotypes": "p.csv", "map": "map.csv"}
    with pytest.raises(UserError) as caught:
        read_configuration({"datasets": [dataset | entry]})
    return str(caught.value)


@pytest.mark.parametrize("text", MAPS)
def test_markers_are_placed_by_name_and_values_stay(table, text, tmp_path):
    (tmp_path / "map.csv").write_text(text)
    genotypes = read_genotypes(table, Reading(map="map.csv"), tmp_path / "store")
    assert genotypes.variants.to_numpy().tolist() == [
        ["1A", 10, "m1", "G", "T"],
        ["1A", 20, "m2", "A", "C"],
        ["2B", 5, "m3", "", ""],
    ]
    assert genotypes.variants.dtypes.equals(read_genotypes(table).variants.dtypes)
    assert (genotypes.dosages == read_genotypes(table).dosages).all()
    assert genotypes.warnings == read_genotypes(table).warnings


def test_markers_that_the_map_lacks_are_counted(table, tmp_path):
    (tmp_path / "map.csv").write_text("marker,chrom,pos\nm1,1,10\n")
    genotypes = read_genotypes(table, Reading(map="map.csv"))
    assert genotypes.variants["pos"].tolist() == [10, 0, 0]
    assert "map.csv: 2 of 3 markers are not in the map (m2, m3)." in genotypes.warnings


def test_a_genetic_map_gives_chromosomes_alone(table, tmp_path):
    (tmp_path / "map.csv").write_text("marker,chrom,pos\nm1,1,10.5\nm2,1,11\nm3,2,0\n")
    variants = read_genotypes(table, Reading(map="map.csv")).variants
    assert (variants["chrom"].tolist(), variants["pos"].tolist()) == (["1", "1", "2"], [0, 0, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("marker,chrom,pos\nm1,1,10\nm1,1,12\n", "map.csv, line 3: the id 'm1' is there twice"),
        ("marker,effect\nm1,1\n", "do not name markers and their chromosomes. Call them marker, chrom, pos"),
        ("marker,chrom,pos\nm1,1,x\n", "map.csv, line 2, column pos: 'x' is no position"),
        ("marker,chrom,pos\nM1,1,1\nM2,1,2\n", "holds none of the 3 markers (m1, m2, m3), but M1, M2"),
        ("marker,chrom,pos\nM1,1,1\nM2,1,2\n", "would match upper and lower case apart"),
    ],
)
def test_a_wrong_map_is_found_by_the_check(table, tmp_path, text, message):
    (tmp_path / "map.csv").write_text(text)
    assert message in problems()


def test_a_map_that_is_not_there(table):
    assert "the file map.csv does not exist (`map`" in problems()


def test_a_vcf_has_places_of_its_own(table, tmp_path):
    (tmp_path / "map.csv").write_text(MAPS[0])
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb"
    (tmp_path / "g.vcf").write_text(
        f"##fileformat=VCFv4.2\n{columns}\n1\t5\tm1\tA\tC\t.\t.\t.\tGT\t0/1\t1/1\n"
    )
    with pytest.raises(UserError, match=r"g\.vcf has positions of its own\. Leave `map` out"):
        read_genotypes(tmp_path / "g.vcf", Reading(map="map.csv"))
