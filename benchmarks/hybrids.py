"""Variances of combining abilities, and r by how many parents of a cross were tested, of simulated crosses.

Forty replicates: 25 x 25 inbred lines of two pools, 200 of their crosses, 1,000 markers, 100 of them causal,
h2 0.6; of the genetic variance 0.35 is GCA of either side and 0.3 SCA. Values come from effects of the causal
markers (``dnngp.genotypes.simulated_crosses``), not from the kernels of the models.

    ./run bench hybrids

prints both tables, means over replicates with standard errors, and writes docs/images/hybrids.svg.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

import altair as alt
import pandas as pd
import vl_convert

from dnngp.encodings.samples.population import Population
from dnngp.encodings.samples.training_set import TrainingSet
from dnngp.evaluation.evaluate import evaluate
from dnngp.genotypes.cross_genotypes import made_of
from dnngp.genotypes.crosses import Crosses, pairs_of
from dnngp.genotypes.simulate import simulate
from dnngp.genotypes.store import Genotypes
from dnngp.methods.gca_sca import SCABLUP
from dnngp.methods.registry import METHODS
from dnngp.report.charts.style import theme
from dnngp.validation.splits import split_table
from dnngp.validation.units import Units

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "hybrids.svg"
REPLICATES, FOLDS = 40, 4
SHOWN = ("gblup", "gblup_ad", "gca", "gca_sca")
TRUTH = {"female": 0.21, "male": 0.21, "sca": 0.18, "error": 0.4}
SETTINGS = {
    **{"samples": 50, "populations": 2, "founders": 16, "held_back": 0, "markers": 1000, "chromosomes": 5},
    **{"missing": 0.0, "inbred": True, "replicates": 1, "plots": None, "crosses": {"number": 200}},
    "traits": {"yield": {"h2": 0.6, "sca": 0.3, "qtl": 100, "architecture": "additive", "classes": []}},
}


def population(seed: int) -> tuple[Genotypes, pd.Series]:
    """Crosses with their parents, and their phenotypes."""
    found = simulate("hybrids", SETTINGS, seed)
    ids = list(found.truth["crosses"])
    parents = zip(*found.truth["crosses"].values(), strict=True)
    crosses = Crosses(found.genotypes, *(found.genotypes.positions(side) for side in parents))
    phenotype = found.phenotypes.set_index("id")["yield"]
    return made_of(ids, crosses.select()), phenotype


def variances(genotypes: Genotypes, phenotype: pd.Series) -> dict[str, float]:
    """Estimates of REML, in units of the phenotypic variance that was simulated."""
    y = phenotype.dropna()
    rows = genotypes.positions(y.index)
    model = SCABLUP().fit(TrainingSet(Population(genotypes), rows), y.to_numpy())
    found = model.fit_.components
    genetic = found.h2 / (1 - found.h2) * found.ve
    return {one: genetic * model.diagnostics_[f"share_{one}"] for one in ("female", "male", "sca")} | {
        "error": found.ve
    }


def abilities(genotypes: Genotypes, phenotype: pd.Series) -> list[dict[str, float | str]]:
    """Mean r over the folds of one repeat of each scheme and method."""
    assert genotypes.crosses is not None
    known = phenotype.dropna().index.tolist()
    pairs = pairs_of(genotypes.crosses.table(genotypes.samples))
    units = Units("hybrids", genotypes.samples.tolist(), known, crosses=pairs)
    rows = []
    for scheme in ("t2", "t1", "t0"):
        splits = split_table(units, scheme, FOLDS, 1)
        for method in SHOWN:
            encoding = METHODS[method].default_encoding
            options = {"method": method, "encoding": encoding, "params": {}, "maf": 0.0, "names": (1,)}
            folds = evaluate(genotypes, phenotype, splits, **options).folds
            rows.append({"scheme": scheme, "method": method, "r": folds["pearson"].mean()})
    return rows


def drawn(means: pd.DataFrame) -> str:
    """The picture: r and two standard errors by scheme."""
    table = means.assign(low=means["mean"] - 2 * means["sem"], high=means["mean"] + 2 * means["sem"])
    labels = {name: METHODS[name].label for name in SHOWN}
    order, asked = list(labels.values()), "{t2: 't2: both', t1: 't1: one', t0: 't0: none'}[datum.value]"
    rows = alt.Data(values=table.assign(method=table["method"].map(labels)).to_dict("records"))
    axis = alt.Axis(labelExpr=asked, labelAngle=0)
    base = alt.Chart(rows).encode(
        x=alt.X(
            "scheme:N", sort=["t2", "t1", "t0"], title="parents of the tested cross in training", axis=axis
        ),
        xOffset=alt.XOffset("method:N", sort=order),
        color=alt.Color("method:N", sort=order, title=None),
    )
    y = alt.Y("mean:Q", title="predictive ability r", scale=alt.Scale(zero=True))
    points = base.mark_point(filled=True, size=50).encode(y=y)
    chart = (base.mark_rule().encode(y="low:Q", y2="high:Q") + points).properties(width=420, height=220)
    return vl_convert.vegalite_to_svg(chart.to_dict() | {"config": theme()})


def main() -> None:
    """Replicate, print, draw."""
    estimates, scores = [], []
    for seed in range(REPLICATES):
        genotypes, phenotype = population(seed)
        estimates.append(variances(genotypes, phenotype))
        scores += [one | {"replicate": seed} for one in abilities(genotypes, phenotype)]
    found = pd.DataFrame(estimates).agg(["mean", "sem"]).T
    print(
        found.assign(truth=pd.Series(TRUTH), t=lambda one: (one["mean"] - one["truth"]) / one["sem"]).round(3)
    )
    means = pd.DataFrame(scores).groupby(["scheme", "method"])["r"].agg(["mean", "sem"])
    print(means["mean"].unstack().loc[["t2", "t1", "t0"], list(SHOWN)].round(3))
    print(f"largest standard error: {means['sem'].max():.3f}")
    PICTURE.write_text(drawn(means.reset_index()) + "\n")


if __name__ == "__main__":
    main()
