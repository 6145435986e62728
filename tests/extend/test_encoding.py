"""One file adds an encoding: methods take it, the configuration checks it and the documentation tells it."""

import json

CARRIERS = '''"""Who carries an allele: 1 for any copy of the ALT allele, 0 for none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnngp.encodings.encoding import EncodingKind, whole_dosages_alone
from dnngp.encodings.row_transformer import RowTransformer


@dataclass(eq=False, repr=False)
class Carriers(RowTransformer):
    """Carriers (n, p) float64 less their mean among the training samples; missing calls stand there."""

    STATE = ("n_features_in_", "mean_")

    def fit(self, X, y=None):
        """Count the carriers."""
        X = self._begin(X)
        self.mean_ = (X > 0).sum(axis=0) / np.maximum((X >= 0).sum(axis=0), 1)
        return self

    def transform(self, X):
        """(n, p) float64."""
        X = self._checked(X)
        return np.where(np.isnan(X) | (X < 0), 0.0, (X > 0) - self.mean_)

    def reference(self):
        """(p,) the mean genotype, encoded."""
        return np.zeros(self.n_features_in_)


ENCODING = EncodingKind(
    name="carriers",
    meaning="1 for carriers of the ALT allele, 0 for the others, centred",
    transformer=lambda ploidy, options: Carriers(),
    refusal=lambda ploidy, whole: whole_dosages_alone(ploidy, whole, "carriers", "additive"),
    like="additive",
)
'''
FIT = """
import numpy as np, pandas as pd
from dnngp.evaluation.evaluate import evaluate
from dnngp.genotypes.store import Genotypes, variant_table
rng = np.random.default_rng(1)
dosages = rng.integers(0, 3, (50, 40)).astype(np.int8)
variants = variant_table(["1"] * 50, range(1, 51), [""] * 50, ["A"] * 50, ["G"] * 50)
samples = np.array([f"s{number:02}" for number in range(40)])
y = pd.Series(rng.normal(size=40), samples)
roles = np.where(np.arange(40) < 30, "train", "test")
folds = pd.DataFrame({"repeat": 1, "fold": 1, "sample": samples, "role": roles})
found = evaluate(Genotypes(samples, variants, dosages, 2, {}), y, folds, method="ridge",
                 encoding={"name": "carriers"}, params={"penalty": 1.0}, maf=0.0, names=("peas",))
rows = (dosages.T > 0).astype(float)
rows -= rows[:30].mean(axis=0)
kernel, values = rows @ rows[:30].T, y.to_numpy()[:30]
ridge = np.linalg.solve(kernel[:30] + np.trace(kernel[:30]) / 30 * np.eye(30), values - values.mean())
expected = values.mean() + kernel[30:] @ ridge
print(np.abs(found.predictions["predicted"] - expected).max() < 1e-5, *found.folds["status"])
"""
CHECK = """
import json, sys
from dnngp.base.errors import UserError
from dnngp.config import read_configuration
try:
    print(read_configuration(json.loads(sys.argv[1])).models["x"].encoding)
except UserError as error:
    print(error)
"""


def test_methods_take_it_and_everything_tells_it(project):
    project.add("encodings/carriers.py", CARRIERS)
    done = project.python("-c", FIT)
    assert done.stdout == "True ok\n", done.stderr
    config = {"datasets": [{"name": "peas", "simulate": {}}], "methods": ["mean"]}

    def chosen(dataset=None, **encoding):
        models = {"x": {"method": "ridge", "encoding": {"name": "carriers", **encoding}}}
        datasets = [config["datasets"][0] | (dataset or {})]
        asked = config | {"models": models, "datasets": datasets}
        return project.python("-c", CHECK, json.dumps(asked)).stdout

    assert chosen() == "{'name': 'carriers'}\n"
    assert "encoding 'carriers'" in chosen(share=2)
    assert "the encoding carriers needs whole dosages" in chosen({"field": "DS"})
    assert "| `carriers` | 1 for carriers of the ALT allele" in project.page("methods")
