"""Mistakes that users make: each is named before anything runs, with its place and what to do.

One small population of which everything is right, and one mistake at a time. Those of the shared folder
``cases`` are in ``test_cases.py``.
"""

import gzip
import math
import os
import subprocess
import sys
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import yaml

from dnngp.base.errors import UserError
from dnngp.cli import app
from dnngp.config import read_configuration
from dnngp.config.written import check_file

ROOT = Path(__file__).parents[2]
DRAW = np.random.default_rng(1)
IDS = [f"L{number:03}" for number in range(30)]
DOSAGES = DRAW.integers(0, 3, (30, 24))
VALUES = DRAW.normal(10, 1, (30, 2)).round(3)


def markers(name="m{}", of=str):
    """A table of dosages."""
    rows = [[id, *map(of, row)] for id, row in zip(IDS, DOSAGES, strict=True)]
    return "\n".join(map(",".join, [["id", *map(name.format, range(24))], *rows])) + "\n"


def vcf(chrom="1", calls=("0/0", "0/1", "1/1"), header="##fileformat=VCFv4.2\n##contig=<ID={}>\n"):
    """The same as a VCF."""
    names = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *IDS]
    site = [[chrom, f"{100 * place + 100}", f"s{place}", *"AC...", "GT"] for place in range(24)]
    rows = [row + [calls[dosage] for dosage in DOSAGES[:, place]] for place, row in enumerate(site)]
    gt = '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    return header.format(chrom) + gt + "\n".join(map("\t".join, [names, *rows])) + "\n"


def phenotypes(separator=",", of=str, ids=tuple(IDS)):
    """A table of two traits, a family and a year."""
    about = [[f"fam{number % 3}", str(2015 + number % 3)] for number in range(30)]
    rows = [[id, *map(of, row), *more] for id, row, more in zip(ids, VALUES, about, strict=True)]
    names = ["id", "yield", "plant height", "family", "year"]
    return "\n".join(map(separator.join, [names, *rows])) + "\n"


def long_table(sites="AB"):
    """A table with a row per sample and site."""
    rows = [f"{id},{site},{row[0]}" for site in sites for id, row in zip(IDS, VALUES, strict=True)]
    return "\n".join(["id,site,yield", *rows]) + "\n"


def plots_table(**cells):
    """A table with two plots of each sample; ``cells`` replace those of its sixth plot."""
    rows = []
    for number, id in enumerate([*IDS, *reversed(IDS)]):
        row = {"id": id, "rep": number // 30 + 1, "row": number // 10 + 1, "col": number % 10 + 1}
        row["yield"] = VALUES[number % 30, 0] + number // 30
        rows.append(row | (cells if number == 5 else {}))
    return "\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]) + "\n"


def with_cell(text):
    """Phenotypes in which one value of yield is something else."""
    return phenotypes().replace(f"L005,{VALUES[5, 0]},", f"L005,{text},")


FILES = {"g.csv": markers(), "p.csv": phenotypes(), "g.vcf": vcf(), "l.csv": long_table()}
DATASET = {"name": "peas", "genotypes": "g.csv", "phenotypes": "p.csv", "traits": ["yield", "plant height"]}
RIGHT = {"datasets": [DATASET], "methods": ["mean", "gblup"], "cv": {"schemes": ["random"], "folds": 3}}
TEXT = yaml.safe_dump(RIGHT, sort_keys=False)


@dataclass
class Mistake:
    """What is found in a configuration with other ``files``, options of the ``dataset``, ``options`` or
    ``text``; all of ``told`` is said.
    """

    told: tuple[str, ...]
    files: dict = field(default_factory=dict)
    dataset: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)
    text: str | None = None

    def write(self, folder):
        """The configuration and its files."""
        for name, content in (FILES | self.files).items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        text = self.text
        if text is None:
            options = deepcopy(RIGHT) | self.options
            if self.dataset:
                options["datasets"][0] |= self.dataset
            text = yaml.safe_dump(options, sort_keys=False)
        (folder / "c.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())


def genotypes(content, *told, name="x.csv", **more):
    """A mistake about the file of genotypes."""
    return Mistake(told, {name: content}, {"genotypes": name, **more})


def table(content, *told, name="x.csv", **more):
    """A mistake about the table of phenotypes."""
    return Mistake(told, {name: content}, {"phenotypes": name, **more})


def dataset(*told, **options):
    """A mistake about options of the dataset."""
    return Mistake(told, dataset=options)


def option(*told, **options):
    """A mistake about other options."""
    return Mistake(told, options=options)


def text(content, *told):
    """A mistake in how the configuration is written."""
    return Mistake(told, text=content)


def environments(*told, column="site", sites="AB", **options):
    """A mistake about a dataset with environments."""
    known = {"environments": {"column": column, **options}, "phenotypes": "l.csv", "traits": ["yield"]}
    methods = {"methods": ["gblup_main"], "cv": {"schemes": ["CV1"], "folds": 3}}
    return Mistake(told, {"l.csv": long_table(sites)}, known, methods)


def plots(*told, cells=None, **options):
    """A mistake about a table of plots, or what is said of them."""
    known = {"plots": {"replicate": "rep", "row": "row", "column": "col"} | options}
    known |= {"phenotypes": "plots.csv", "traits": ["yield"]}
    return Mistake(told, {"plots.csv": plots_table(**(cells or {}))}, known)


def weights(*told, cell="4", **options):
    """A mistake about weights of records, or what is said of them; ``cell`` is the last number of plots."""
    plots = [*(str(1 + number % 3) for number in range(29)), cell]
    rows = [f"{id},{row[0]},{n},{row[1] / 9:.2f}" for id, row, n in zip(IDS, VALUES, plots, strict=True)]
    table = "\n".join(["id,yield,plots,se", *rows]) + "\n"
    known = {"phenotypes": "w.csv", "traits": ["yield"], "weights": {"kind": "replicates"} | options}
    return Mistake(told, {"w.csv": table}, known)


def model(*told, **entry):
    """A mistake about a model."""
    return option(*told, models={"x": entry})


def prediction(*told, files=None, **options):
    """A mistake about the prediction of new samples."""
    asked = {"new": {"dataset": "peas", "model": "gblup", "candidates": "n.csv"} | options}
    return Mistake(told, {"n.csv": markers(), **(files or {})}, options={"predict": asked})


def features(told, **options):
    """A mistake about the prediction of new samples from features."""
    asked = prediction(told, traits=["yield"], files={"n.csv": markers().replace("L0", "N0")}, **options)
    asked.dataset = {"format": "features"}
    return asked


def pedigree(told, parent, *rows, **options):
    """A mistake about a pedigree in which L001 is a parent of L000 and has ``parent``."""
    lines = ["L000,L001,", *rows, f"L001,{parent},", *(f"{id},," for id in IDS[2:])]
    layer = {"file": "ped.csv", "format": "pedigree"} | options
    return Mistake((told,), {"ped.csv": "\n".join(["id,sire,dam", *lines])}, {"omics": {"pedigree": layer}})


GZIP = gzip.compress(FILES["g.csv"].encode())
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
PAGE = "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"

MISTAKES = {
    "a value without a weight": weights(
        "w.csv, line 31, column plots: there is no number of replicates of a value", cell="", column="plots"
    ),
    "a weight of zero": weights(
        "w.csv, line 31, column plots: '0' is no number of replicates (`weights`). Write a number above 0",
        cell="0",
        column="plots",
    ),
    "standard errors as replicates": weights(
        "w.csv, column se: `weights` calls it replicates, and its name speaks of standard_error",
        "Write `kind: standard_error`",
        column="se",
    ),
    "weights without a column": weights("weights: needs either `column` or `columns`"),
    # The configuration as it is written.
    "wrong indent": text(TEXT.replace("  gen", "   gen"), "c.yaml, line 3, column 13", "in the same column"),
    "tab": text(TEXT.replace("  genotypes", "\tgenotypes"), "c.yaml, line 3", "YAML takes no tabs"),
    "no colon": text(TEXT.replace("cv:", "cv"), "c.yaml, line 11", "`key: value` with a colon"),
    "no space behind a colon": text(TEXT.replace("name: ", "name:"), "Write a space behind the colon"),
    "colon in a text": text("title: Peas: a study\n" + TEXT, "c.yaml, line 1", "a colon in quotes"),
    "star in a text": text("title: *peas\n" + TEXT, "c.yaml, line 1, column 8", "sign such as *", "quotes"),
    "bracket left open": text("title: [peas\n" + TEXT, "Close every ["),
    "quote left open": text("title: 'peas\n" + TEXT, "Close every quote."),
    "backslashes": text(TEXT.replace("g.csv", '"C:\\data\\g.csv"'), "c.yaml, line 3", "Write a path with /"),
    "key twice": text(TEXT + "methods: [rkhs]\n", "c.yaml, line 15: the key 'methods'", "before in line 8"),
    "UTF-16": text(TEXT.encode("utf-16"), "c.yaml: it is not text in UTF-8. Save it as UTF-8."),
    # Keys.
    "unknown key": option("unknown key 'metodhs'. Did you mean 'methods'?", metodhs=["gblup"]),
    "key outside of its group": option("unknown key 'folds'. It belongs below `cv:`", folds=5),
    "key outside of its dataset": option("'traits'. It belongs to an entry of `datasets:`", traits=["yield"]),
    "key of a group in a dataset": dataset(
        "datasets[1]: unknown key 'maf'. It belongs below `qc:`", maf=0.05
    ),
    "parameter beside a method": model(
        "models.x: unknown key 'epochs'. ", "`params:`", method="mlp", epochs=9
    ),
    "dataset that is no list": option("a dash: `- name: peas`", datasets=DATASET),
    "dataset below its name": option("a dash: `- name: peas`", datasets={"peas": {"genotypes": "g.csv"}}),
    "name with a slash": dataset("datasets[1]: 'peas/2020' is not a valid name", name="peas/2020"),
    "one name twice": option("the name 'peas' is used twice", datasets=[DATASET, DATASET]),
    "folds in words": option("cv.folds: 'five' is not of type 'integer'", cv={"folds": "five"}),
    "folder misspelt": option("pathvars.result: 'result' is unknown. Did you", pathvars={"result": "out"}),
    "braces in a folder": option("pathvars.results: 'out{x}' has a", pathvars={"results": "out{x}"}),
    # Names of what there is.
    "method": option("methods: 'GBLUB' does not exist. Did you mean 'gblup'?", methods=["GBLUB"]),
    "methods in one text": option(
        "'gblup, rkhs' is not a list: write `[gblup, rkhs]`", methods="gblup, rkhs"
    ),
    "scheme": option("cv.schemes[1]: 'kfold' is unknown. Known: 'random', ", cv={"schemes": ["kfold"]}),
    "encoding": model("models.x", "takes the encodings additive, pca", method="ridge", encoding="adittive"),
    "epochs below one": model("params.epochs must be", "not -5", method="mlp", params={"epochs": -5}),
    "stack of itself": model(
        "params.members[2]: method 'x' does not exist", method="stack", params={"members": ["gblup", "x"]}
    ),
    # Paths.
    "no such file": dataset("the file G.csv does not exist (`genotypes`", "mean 'g.csv'", genotypes="G.csv"),
    "no such folder": dataset("the file d/g.csv does not", "no folder d.", genotypes="d/g.csv"),
    "folder for a file": dataset("Name a file, or the folder that vcf2zarr wrote.", genotypes=".."),
    "address": dataset(
        "htps:// cannot be fetched. Did you mean 'https'?", genotypes="htps://example.org/g.vcf"
    ),
    "home": dataset("~ and variables of the shell are not replaced", genotypes="~/g.csv"),
    "braces in a path": genotypes(markers(), "has a character of { }", name="g{x}.csv"),
    "one file for two": dataset("and so has g.csv among its columns", phenotypes="g.csv", traits="all"),
    "swapped tables": dataset("p.csv has: are", "swapped?", genotypes="p.csv", phenotypes="g.csv"),
    "swapped VCF": dataset("g.vcf, line 1: the file is a VCF", genotypes="p.csv", phenotypes="g.vcf"),
    "bim for bed": genotypes("1 m 0 1 A C\n", "Name x.bed, which is not there", name="x.bim"),
    # Files that are something else, or damaged.
    "gzip cut off": genotypes(GZIP[:90], "x.csv: the compressed file is truncated"),
    "gzip damaged": genotypes(GZIP[:60] + b"damage" + GZIP[66:], "x.csv: the compressed file is damaged"),
    "gzip twice": genotypes(gzip.compress(GZIP), "the file is compressed twice"),
    "zip": table(b"PK\x03\x04" + bytes(90), "compressed by zip, or is a workbook"),
    "RData": genotypes(gzip.compress(b"RDX3\nX\n" + bytes(90)), "x.csv: the file is of R", "write.csv"),
    "page of a server": genotypes(PAGE, "x.csv, line 1: the file is a web page"),
    "git-lfs": genotypes(LFS, "x.csv, line 1: the file is a pointer of git-lfs", "git lfs pull"),
    "empty file": genotypes("", "x.csv: the file is empty"),
    "UTF-16 genotypes": genotypes(markers().encode("utf-16-le"), "x.csv: the text is UTF-16"),
    "old workbook": table(OLE, "x.xls: the workbook cannot be read", name="x.xls"),
    "password": table(OLE, "x.xlsx: the workbook is protected by a password", name="x.xlsx"),
    "PDF": table("%PDF-1.4\n", "x.csv: the file is a PDF"),
    "JSON": table('{"error": "not found"}\n', "x.csv, line 1: the file is JSON"),
    "PLINK for phenotypes": table(b"l\x1b\x01" + bytes(90), "the file is a PLINK .bed"),
    # The phenotype table.
    "no trait of that name": dataset("no trait 'plant_height'. Did you mean", traits=["plant_height"]),
    "trait that is something else": dataset(
        "'family'. The column is there", traits=["family"], groups="family"
    ),
    "no shared ids": table(phenotypes(ids=[f"X{n}" for n in range(30)]), "no id of x.csv (X0, X1, X2"),
    "missing in all": table(phenotypes(of=lambda value: "NA"), "column yield: none of the 30 lines"),
    "constant": table(phenotypes(of=lambda value: "7"), "x.csv, column yield: the trait is constant"),
    "word": table(with_cell("high"), "x.csv, line 7, column yield: 'high' is not", "write NA"),
    "unit behind a value": table(with_cell("10.2 cm"), "line 7, column yield", "Write the number alone"),
    "decimal commas": table(phenotypes("\t", lambda v: f"{v}".replace(".", ",")), "with a decimal point"),
    "decimal commas between commas": table(
        phenotypes(of=lambda v: f"{v}".replace(".", ",")), "x.csv, line 2: the line has 7 cells"
    ),
    "row of units": table(phenotypes().replace("\n", "\n,t,cm,,\n", 1), "x.csv, line 2", "units, remove it"),
    "sample twice": table(phenotypes() + "L005,1,2,fam0,2015\n", "line 32: the id 'L005'", "`id_column`"),
    "more folds than samples": option("only 30 lines", "cannot fill 99 folds", cv={"folds": 99}),
    "no such sheet": dataset("w.xlsx: there is no sheet 'Trial'", phenotypes="w.xlsx", sheet="Trial"),
    # Groups, times, covariates, environments.
    "no column of groups": dataset("no column 'famly' (`groups`). Did you mean", groups="famly"),
    "one group": Mistake(
        ("leave_group_out: all 30 samples belong to one group (2015)",),
        {"p.csv": phenotypes().replace("2016", "2015").replace("2017", "2015")},
        {"groups": "year"},
        {"cv": {"schemes": ["leave_group_out"], "folds": 2}},
    ),
    "samples without a group": Mistake(
        ("leave_group_out: 10 of 30 phenotyped samples have no group (L001, ",),
        {"p.csv": phenotypes().replace("fam1", "")},
        {"groups": "family"},
        {"cv": {"schemes": ["leave_group_out"], "folds": 2}},
    ),
    "time in words": dataset("p.csv, line 2, column family: 'fam0' is not", "2019-05-31", time="family"),
    "no column of a covariate": dataset("no column 'age' (`covariates`)", covariates={"age": "number"}),
    "factor taken for a number": dataset("make the covariate a `factor`", covariates={"family": "number"}),
    "no column of environments": environments("no column 'env' (`environments`)", "'site'", column="env"),
    "one environment": environments("a dataset with `environments` needs two, not 1", sites="A"),
    "no such environment": environments("'C' has no records. There are: A, B.", names=["A", "C"]),
    "environments not declared": dataset(
        "line 32: the id 'L000'", "`environments`", phenotypes="l.csv", traits="all"
    ),
    "scheme without environments": option(
        "CV1 needs a dataset with `env", cv={"schemes": ["CV1"], "folds": 3}
    ),
    # Plots.
    "no column of blocks": plots("has no column 'blk' (`plots.block`)", block="blk"),
    "plots not declared": Mistake(
        ("line 32: the id 'L029'", "`plots` if"),
        {"x.csv": plots_table()},
        {"phenotypes": "x.csv", "traits": ["yield"]},
    ),
    "design of what is not known": plots("the term 'rep:block', and", design=["rep:block"]),
    "trend without positions": plots("`spatial: ar1` needs `row` and `column`", spatial="ar1", row=None),
    "plot without a row": plots("line 7, column row: 'NA' names no row. Fill", cells={"row": "NA"}),
    "rows in words": plots("line 7, column row: 'x' is no number", cells={"row": "x"}, spatial="splines"),
    "two plots at one place": plots(
        "line 7: there is a plot at row 1, column 5 already (line 6)", cells={"col": 5}, spatial="auto"
    ),
    "plot with a word": plots("plots.csv, line 7, column yield: 'high' is", cells={"yield": "high"}),
    "plots that are means": Mistake(
        ("column yield: no entry (L000, L001, L002, ...) has two plots", "Take `plots` out"),
        dataset={"plots": {"replicate": "year"}, "traits": ["yield"]},
    ),
    "plots with weights": dataset(
        "errors of their own", plots={"block": "family"}, weights={"kind": "replicates", "column": "year"}
    ),
    "simulated plots that are not said": Mistake(
        ("`plots` of the dataset and `simulate.plots` come together",),
        text=yaml.safe_dump({"datasets": [{"name": "s", "simulate": {"plots": {}}}], "methods": ["mean"]}),
    ),
    "plots of traits as environments": dataset(
        "`environments.column`", environments={"traits": ["yield", "plant height"]}, plots={"block": "family"}
    ),
    # Encodings.
    "dominance of tetraploids": Mistake(
        ("'gblup_ad' in 'gblup_ad' cannot be used with peas (`ploidy: 4`): the encoding dominance needs",),
        dataset={"ploidy": 4},
        options={"methods": ["gblup", "gblup_ad"]},
    ),
    "dominance of features in a stack": Mistake(
        ("'gblup_ad' in 'x' cannot be used with peas (`format: features`)", "Leave it out."),
        dataset={"format": "features"},
        options={"models": {"x": {"method": "stack", "params": {"members": ["gblup", "gblup_ad"]}}}},
    ),
    "haplotypes of features": Mistake(
        ("the encoding haplotype_blocks needs whole dosages", "Use additive or pca."),
        dataset={"format": "features"},
        options={"models": {"x": {"method": "ridge", "encoding": "haplotype_blocks"}}},
    ),
    "genotype classes of probabilities": Mistake(
        ("(`ploidy: 2`, `field: DS`): the encoding onehot needs whole dosages",),
        {
            "g.vcf": vcf()
            .replace("\tGT\t", "\tDS\t")
            .replace("ID=GT", "ID=DS")
            .replace("0/0", "0")
            .replace("0/1", "1")
            .replace("1/1", "2")
        },
        {"genotypes": "g.vcf", "field": "DS"},
        {"models": {"x": {"method": "dlgwas"}}},
    ),
    # Predictions.
    "no such candidates": prediction("predict.new: the file c.csv does not exist", candidates="c.csv"),
    "candidates of other markers": prediction("no marker of n.csv (q0, ", files={"n.csv": markers("q{}")}),
    "phenotypes for candidates": prediction("no marker of p.csv (yield, ", candidates="p.csv"),
    "more selected than candidates": prediction(
        "select.number: 31 of 30 candidates", select={"weights": {"yield": 1}, "number": 31}
    ),
    "weights of zero": prediction("every weight is 0", select={"weights": {"yield": 0.0}}),
    "a weight that is no number": prediction(
        "select.weights.yield: nan is not a number that is finite", select={"weights": {"yield": math.nan}}
    ),
    "a price without an end": option("prices.line: inf is not a", prices={"line": math.inf, "marker": 1}),
    "more parents than candidates": prediction(
        "mating.parents: 31 of 30 candidates",
        candidates="g.vcf",
        traits=["yield"],
        mating={"parents": 31, "number": 3, "cm_per_mb": 1},
    ),
    "crosses without positions": prediction(
        "mating: the markers of g.csv (m0, m1, m2, ...) have no chromosome and position. Give the dataset a",
        traits=["yield"],
        mating={"parents": 5, "number": 3, "cm_per_mb": 1},
    ),
    "a genetic map of other markers": prediction(
        "have no chromosome and position, and map.csv names none of them",
        files={"map.csv": "marker,chrom,cm\nq1,1,3\n"},
        traits=["yield"],
        mating={"parents": 5, "number": 3, "genetic_map": "map.csv"},
    ),
    "crosses of features": features("mating: gametes", mating={"parents": 5, "number": 3, "cm_per_mb": 1}),
    "relatives by features": features("phenotype_next: relationships", phenotype_next={"number": 5}),
    "kinship of features": features(
        "select.max_kinship: rel", select={"weights": {"yield": 1}, "number": 3, "max_kinship": 0.1}
    ),
    "nobody to phenotype": prediction(
        "phenotype_next.number: 5 of 0 candidates without a value of yield",
        traits=["yield"],
        phenotype_next={"number": 5},
    ),
    "a single target": prediction(
        "phenotype_next.targets: t.txt lists 1 of the candidates without a value of yield (N000, N001",
        files={"n.csv": markers().replace("L0", "N0"), "t.txt": "N001\nL002\n"},
        traits=["yield"],
        phenotype_next={"number": 5, "targets": "t.txt"},
    ),
    "a candidate that has a value": prediction(
        "explain.candidates: 'L001' is not among the candidates. Did you mean 'L005'?",
        files={"p.csv": with_cell("NA")},
        candidates="unphenotyped",
        explain={"candidates": ["L001"]},
    ),
    "a cluster that is not made": option(
        "transfer.t: source1: there is no cluster '7', only 1 to 6 (`cv.clusters`)",
        transfer={
            "t": {
                "sources": [{"dataset": "peas", "clusters": ["7"]}],
                "target": {"dataset": "peas", "clusters": ["1"]},
                "trait": "yield",
                "added": [0],
            }
        },
    ),
    "a loop of ancestors": pedigree("'L000' is among its own ancestors: L000 <- L001 <- L000", "L000"),
    "an individual twice": pedigree("ped.csv, line 4: 'L001' is there twice.", "", "L001,,"),
    "a pedigree of triploids": pedigree("omics.pedigree: a pedigree needs an even ploidy, not", "", ploidy=3),
    "crosses of triploids": dataset(
        "`crosses` are made of parents of an even ploidy, not `ploidy: 3`",
        ploidy=3,
        crosses={"file": "p.csv"},
    ),
    "nobody without a value": prediction("leaves none to predict. Name a", candidates="unphenotyped"),
    "no such model": prediction("'rkhs' is neither in `methods` nor in `models`", model="rkhs"),
}

#: Mistakes that are seen when genotypes are read as a whole.
READ = {
    "ploidy of the calls": Mistake(
        ("line 5, column 10: the call of L000 has 4 alleles, not `ploidy: 2`",),
        {"g.vcf": vcf(calls=("0/0/0/0", "0/0/1/1", "1/1/1/1"))},
        {"genotypes": "g.vcf"},
    ),
    "ploidy of dosages": genotypes(markers(of=lambda one: str(2 * one)), "4 is no dosage of ploidy 2"),
    "short row": genotypes(markers().replace("L005,", "L005", 1), "x.csv, line 7: the line has 24 cells"),
    "candidates of another assembly": Mistake(
        ("predict.new: n.vcf has 0 of 24 markers", "`min_markers`"),
        {"n.vcf": vcf("7").replace("\ts", "\tq")},
        {"genotypes": "g.vcf"},
        {"predict": {"new": {"dataset": "peas", "model": "gblup", "candidates": "n.vcf"}}},
    ),
}


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    book = openpyxl.Workbook()
    book.active.append(["id", "yield"])
    book.save(tmp_path / "w.xlsx")


def problems():
    """What is wrong with the configuration of this folder, in one text."""
    try:
        check_file("c.yaml")
        read_configuration(yaml.safe_load(Path("c.yaml").read_text("utf-8-sig")), files=["c.yaml"])
    except UserError as error:
        return str(error)
    return ""


def test_without_a_mistake_nothing_is_found():
    for right in (Mistake(()), plots(spatial="auto", design=["replicate", "row"])):
        right.write(Path())
        assert problems() == ""


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_its_place_and_remedy(name):
    MISTAKES[name].write(Path())
    said = problems()
    for told in MISTAKES[name].told:
        assert told in said
    assert len(said.splitlines()) <= 4  # what follows from a mistake is no problem of its own
    assert all(line.endswith((".", "?", ":")) for line in said.splitlines())


@pytest.mark.parametrize("name", READ)
def test_check_ends_with_what_it_read(name, capsys):
    READ[name].write(Path())
    with pytest.raises(SystemExit) as ended:
        app.main(["check", "c.yaml"])
    last = capsys.readouterr().out.splitlines()[-1]
    assert ended.value.code == 1
    assert last.startswith("  - peas: ")
    for told in READ[name].told:
        assert told in last


@pytest.mark.parametrize(
    ("command", "name", "status", "last"),
    [
        ([], "wrong indent", 2, "error: c.yaml, line 3, column 13: this is no YAML"),
        (["check"], "wrong indent", 1, "c.yaml, line 3, column 13: this is no YAML"),
        ([], "constant", 1, "  - dataset peas: x.csv, column plant height: the trait is constant"),
    ],
)
def test_the_command_ends_with_the_mistake(command, name, status, last, tmp_path):
    MISTAKES[name].write(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "dnngp.cli", *command, "c.yaml"],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "scripts")},
        capture_output=True,
        text=True,
    )
    assert run.returncode == status, run.stderr
    assert "Traceback" not in run.stderr
    assert (run.stdout + run.stderr).splitlines()[-1].startswith(last)
    assert not (tmp_path / "results").exists()
