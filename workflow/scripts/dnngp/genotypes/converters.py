"""Public datasets from the files of their authors to the two tables that a dataset is read from.

A converter takes the folder of the fetched files and gives a :class:`Converted`; ``CONVERTERS`` lists them by
the name that the catalogue uses.
"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dnngp.base.archives import take_members
from dnngp.base.errors import UserError
from dnngp.base.tables import whole_file


@dataclass(frozen=True)
class Converted:
    """Genotypes and phenotypes of a dataset.

    Attributes
    ----------
    samples, markers
        Their names, (n,) and (p,).
    dosages
        (p, n) float or int; NaN or -1 is missing. Copies of ALT, or of whatever allele the source counts.
    sites
        Columns chrom, pos, ref, alt of every marker, where known.
    phenotypes
        Traits and other columns, indexed by id.
    """

    samples: list[str]
    markers: list[str]
    dosages: np.ndarray
    sites: pd.DataFrame | None
    phenotypes: pd.DataFrame


def write_converted(converted: Converted, genotypes: str | Path, phenotypes: str | Path) -> None:
    """Write both tables: genotypes with markers in rows (gzip, always the same bytes), phenotypes as csv."""
    with _compressed(genotypes) as handle:
        sites = converted.sites
        leading = ["marker", *([] if sites is None else sites.columns)]
        handle.write(_cells([*leading, *converted.samples]) + b"\n")
        columns = [converted.markers, *([] if sites is None else (sites[name] for name in sites))]
        for cells, row in zip(zip(*columns, strict=True), converted.dosages, strict=True):
            handle.write(_cells(list(map(str, cells))) + b"," + _values(row) + b"\n")
    _write_phenotypes(converted.phenotypes, phenotypes)


def convert(converter: str, folder: Path, genotypes: str | Path, phenotypes: str | Path) -> None:
    """Convert the files of ``folder`` by the converter of that name."""
    if converter == "tables":
        # Read as they stand; a table with lines in rows is not turned around.
        with _compressed(genotypes) as handle, open(folder / "genotypes.csv", "rb") as source:
            shutil.copyfileobj(source, handle)
        with whole_file(phenotypes) as temporary:
            shutil.copyfile(folder / "phenotypes.csv", temporary)
        return
    write_converted(CONVERTERS[converter](folder), genotypes, phenotypes)


def wheat599(folder: Path) -> Converted:
    """BGLR's ``wheat``: DArT presence (0, 1) of 599 lines, yield in four environments."""
    data = r_objects(folder / "wheat.RData", "wheat.X", "wheat.Y")
    yields = _matrix(data["wheat.Y"])
    yields.columns = [f"yield_env{name}" for name in (1, 2, 4, 5)]
    return _lines_by_markers(_matrix(data["wheat.X"], samples=yields.index), yields)


def mice(folder: Path) -> Converted:
    """BGLR's ``mice``: heterogeneous stock, body mass index and length."""
    data = r_objects(folder / "mice.RData", "mice.X", "mice.pheno")
    return _lines_by_markers(_matrix(data["mice.X"]), data["mice.pheno"].set_index("SUBJECT.NAME"))


def soynam(folder: Path) -> Converted:
    """SoyNAM's raw calls, and line means over environments.

    ``gen.raw``, not ``gen.qa``: that one counts alleles by parent, so that families cannot be compared.
    """
    data = r_objects(folder / "soynam.RData", "gen.raw", "data.line")
    traits = ["height", "R8", "lodging", "yield", "protein", "oil", "size"]
    means = line_means(data["data.line"], "strain", "environ", traits)
    calls = _matrix(data["gen.raw"])
    calls = calls.loc[calls.index.isin(means.index)]
    family = calls.index.to_series().str.extract(r"^DS1\d-(\d\d)", expand=False).rename("family")
    parts = calls.columns.to_series().str.split("_", expand=True)
    sites = parts.set_axis(["chrom", "pos", "ref", "alt"], axis=1)
    return _lines_by_markers(calls, means.join(family), sites)


def maize_nam(folder: Path) -> Converted:
    """MaizeNAM: recombinant inbred lines of 25 families, line means over environments."""
    calls = _matrix(r_objects(folder / "geno.RData", "Z")["Z"])
    data = r_objects(folder / "pheno.RData", "NamData")["NamData"]
    known = ["Genotype", "Environment", "Family"]
    traits = [name for name in data if name not in known and pd.api.types.is_numeric_dtype(data[name])]
    means = line_means(data, "Genotype", "Environment", traits)
    calls = calls.loc[calls.index.isin(means.index)]
    family = calls.index.to_series().str.extract(r"^(Z\d+)E", expand=False).rename("family")
    sites = calls.columns.to_series().str.extract(r"^S(?P<chrom>\d+)_(?P<pos>\d+)")
    return _lines_by_markers(calls, means.join(family), sites)


def maize_drops(folder: Path) -> Converted:
    """statgenGWAS: hybrids of 246 lines, means over experiments; the source counts the commoner allele."""
    markers = r_objects(folder / "dropsMarkers.rda", "dropsMarkers")["dropsMarkers"]
    markers = markers.astype({"Ind": str}).set_index("Ind")
    map_ = (
        r_objects(folder / "dropsMap.rda", "dropsMap")["dropsMap"].set_index("SNP.names").loc[markers.columns]
    )
    sites = pd.DataFrame({"chrom": map_["Chromosome"].astype(int), "pos": map_["Position"].astype(int)})
    data = r_objects(folder / "dropsPheno.rda", "dropsPheno")["dropsPheno"]
    traits = ["grain.yield", "grain.number", "seed.size", "anthesis", "silking"]
    traits += ["plant.height", "tassel.height", "ear.height"]
    means = line_means(data, "Variety_ID", "Experiment", [name for name in traits if name in data])
    return _lines_by_markers(2 - markers, means, sites)


def wheat_htp(folder: Path) -> Converted:
    """SFSI's ``wheatHTP``: calls of -1, 0, 1 and means in between, yield in four environments."""
    data = r_objects(folder / "wheatHTP.RData", "M", "Y")
    table = _matrix(data["Y"])
    yields = table.iloc[:, :4].apply(pd.to_numeric).set_axis([f"yield_E{i}" for i in (1, 2, 3, 4)], axis=1)
    return _lines_by_markers(_matrix(data["M"], samples=yields.index) + 1, yields)


def pea_groan(folder: Path) -> Converted:
    """GROAN's two families of pea, one below the other."""
    calls, yields = [], []
    for family in ("AI", "KI"):
        data = r_objects(folder / f"GROAN.{family}.rda", f"GROAN.{family}")[f"GROAN.{family}"]
        values = data["yield"].to_series().rename("yield")
        calls.append(data["SNPs"].rename(index=f"{family}_{{}}".format))
        yields.append(values.rename(index=f"{family}_{{}}".format).to_frame().assign(population=family))
    return _lines_by_markers(pd.concat(calls), pd.concat(yields))


def apple_kumar(folder: Path) -> Converted:
    """ASRdata's apple clones at two sites."""
    calls = _matrix(r_objects(folder / "geno_apple.rda", "geno.apple")["geno.apple"])
    table = r_objects(folder / "pheno.apple.rda", "pheno.apple")["pheno.apple"]
    known = set(calls.index)
    ids = max(table, key=lambda name: table[name].astype(str).isin(known).sum())
    return _lines_by_markers(calls, table.astype({ids: str}).set_index(ids))


def potato_gwaspoly(folder: Path) -> Converted:
    """GWASpoly's tetraploid potatoes: letters (AAAG) to copies of the rarer allele."""
    table = pd.read_csv(folder / "TableS1.csv", dtype=str, na_values=["NA"], keep_default_na=False)
    letters = table.iloc[:, 3:]
    dosages = np.full(letters.shape, -1, np.int8)
    sites = table[["Chrom", "Position"]].set_axis(["chrom", "pos"], axis=1)
    sites["chrom"] = "chr" + sites["chrom"].str.zfill(2)
    alleles = []
    for row, calls in enumerate(letters.to_numpy()):
        known = [call for call in calls if isinstance(call, str)]
        counts = Counter("".join(known))
        ordered = [allele for allele, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
        ref, alt = [*ordered, ".", "."][:2]
        alleles.append((ref, alt, len(ordered)))
        dosages[row] = [call.count(alt) if isinstance(call, str) else -1 for call in calls]
    sites[["ref", "alt"]] = [pair[:2] for pair in alleles]
    biallelic = np.array([pair[2] == 2 for pair in alleles])
    phenotypes = pd.read_csv(folder / "TableS2.csv", index_col="Name")
    return Converted(
        list(letters.columns),
        table.loc[biallelic, "Marker"].tolist(),
        dosages[biallelic],
        sites[biallelic],
        phenotypes,
    )


def mouse_hs1940(folder: Path) -> Converted:
    """GEMMA's mice: PLINK files whose .fam has six traits; markers with a position and two alleles."""
    stem = folder / "mouse_hs1940"
    fam = pd.read_csv(stem.with_suffix(".fam"), sep=r"\s+", header=None, dtype=str)
    traits = fam.iloc[:, 5:].replace("NA", np.nan).astype(float)
    traits.columns = [f"trait{number}" for number in range(1, traits.shape[1] + 1)]
    traits.index = pd.Index(fam[1])
    traits["fid"], traits["sex"] = fam[0].to_numpy(), fam[4].to_numpy()
    return _plink(stem, traits)


def rice_rdp44k(folder: Path) -> Converted:
    """Rice diversity panel: a zip of PLINK files and a table whose ``PlinkID`` names the lines."""
    with tempfile.TemporaryDirectory(dir=folder) as taken:
        stem = Path(taken, "rice")
        endings = [".bed", ".bim", ".fam", ".csv"]
        take_members(folder / "Rice44k.zip", {ending: stem.with_suffix(ending) for ending in endings})
        table = pd.read_csv(stem.with_suffix(".csv"), dtype={"PlinkID": str})
        return _plink(stem, table.set_index("PlinkID"))


#: By the name in the catalogue. ``tables`` (files read as they stand) needs no function.
CONVERTERS: dict[str, Callable[[Path], Converted]] = {
    function.__name__: function
    for function in (
        *(wheat599, mice, soynam, maize_nam, maize_drops, wheat_htp, pea_groan, apple_kumar),
        *(potato_gwaspoly, mouse_hs1940, rice_rdp44k),
    )
}


def r_objects(path: Path, *names: str) -> dict[str, Any]:
    """Objects of an ``.RData`` file. Nothing in it is run: functions and the like come as inert data."""
    import rdata

    try:
        with warnings.catch_warnings(action="ignore"):  # of R classes that have no Python counterpart
            found = rdata.read_rda(path)
    except Exception as error:
        raise UserError(f"cannot be read as a file of R ({error}).", file=path) from None
    missing = [name for name in names if name not in found]
    if missing:
        raise UserError(
            f"there is no object {missing[0]!r}; there are {', '.join(map(str, found))}.",
            file=path,
            remedy="The file is of another version of the package.",
        )
    return found


def line_means(table: pd.DataFrame, line: str, environment: str, traits: list[str]) -> pd.DataFrame:
    """Mean of every line over its plots, each less that of its environment, plus the mean of all plots."""
    values = table[traits].astype(float)
    of_environment = values.groupby(table[environment], observed=True).transform("mean")
    return (values - of_environment + values.mean()).groupby(table[line].astype(str)).mean()


def _matrix(value: Any, samples: pd.Index | None = None) -> pd.DataFrame:
    """A matrix of R as a table with text labels; ``samples`` name the rows where it does not."""
    values = np.asarray(value)
    coords = getattr(value, "coords", {})
    rows = coords["dim_0"].values if "dim_0" in coords else samples
    columns = coords["dim_1"].values if "dim_1" in coords else [f"m{i:05d}" for i in range(values.shape[1])]
    if rows is None or len(rows) != len(values):
        raise UserError("a matrix of the file does not say which line is which.")
    return pd.DataFrame(values, index=list(map(str, rows)), columns=list(map(str, columns)))


def _lines_by_markers(
    calls: pd.DataFrame, phenotypes: pd.DataFrame, sites: pd.DataFrame | None = None
) -> Converted:
    values = calls.astype(float).to_numpy().T
    if np.isin(values, range(9)).sum() + np.isnan(values).sum() == values.size:
        values = np.nan_to_num(values, nan=-1).astype(np.int8)
    return Converted(list(calls.index), list(calls.columns), values, sites, phenotypes)


def _plink(stem: Path, phenotypes: pd.DataFrame) -> Converted:
    """PLINK 1 files as A1 counts; markers without a position, or with one allele only, are left out."""
    from bed_reader import open_bed

    bim, fam = (
        pd.read_csv(stem.with_suffix(suffix), sep=r"\s+", header=None, dtype=str, keep_default_na=False)
        for suffix in (".bim", ".fam")
    )
    samples = fam[1].tolist()
    kept = ((bim[3].astype(int) > 0) & (bim[4] != bim[5])).to_numpy()
    with open_bed(stem.with_suffix(".bed"), len(samples), len(bim)) as bed:
        dosages = bed.read(np.s_[:, kept], dtype="int8").T
    dosages[dosages == -127] = -1
    sites = bim.loc[kept, [0, 3, 5, 4]].set_axis(["chrom", "pos", "ref", "alt"], axis=1)
    return Converted(samples, bim.loc[kept, 1].tolist(), dosages, sites, phenotypes)


def _write_phenotypes(table: pd.DataFrame, path: str | Path) -> None:
    with whole_file(path) as temporary:
        table.to_csv(temporary, index_label="id", na_rep="NA", float_format="%.10g", lineterminator="\n")


def _values(row: np.ndarray) -> bytes:
    if np.issubdtype(row.dtype, np.integer):
        return b",".join(np.where(row < 0, b"NA", row.astype("S")).tolist())
    return ",".join("NA" if np.isnan(value) else f"{value:.6g}" for value in row.tolist()).encode()


def _cells(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue().encode()


@contextmanager
def _compressed(path: str | Path) -> Iterator[gzip.GzipFile]:
    """A gzip file without a time in it, written whole or not at all."""
    with (
        whole_file(path) as temporary,
        open(temporary, "wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as handle,
    ):
        yield handle
