"""Cost models of every method and rule, for `./run estimate`: writes workflow/resources/costs.json.

Every method is timed in a process of its own on one fold of simulated lines over a
grid of sizes, rules by running the workflow on simulated populations. One thread,
CPU seconds; some six minutes of CPU.

    ./run bench costs
    ./run bench costs gblup dnngp   # these alone (`rules` for the rules); all else stays as it is
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from dnngp.base.jobs import used  # noqa: E402
from dnngp.cost.cost_model import MEMORY_TERMS, TERMS, CostModel, fit_costs  # noqa: E402
from dnngp.cost.estimates import ROUNDS, job_of  # noqa: E402
from dnngp.cost.machine_speed import MachineSpeed  # noqa: E402
from dnngp.methods.registry import METHODS, create  # noqa: E402

STORE = ROOT / "workflow" / "resources" / "costs.json"

#: Training lines and markers, so that each size takes more memory than those before it. The first is fitted
#: once before, to compile: in a run, all folds of a job share that.
GRID = [(100, 300), (300, 3000), (1000, 1000), (300, 30000), (1000, 10000), (2500, 1000)]

#: For networks. Each size is fitted once before, to trace it.
SIZES = [(100, 300), (300, 2000), (700, 1000)]

#: Methods whose time is proportional to lines and to markers, however few sizes say so.
LINEAR = ("mean", "elastic_net", "bayesb", "bayescpi", "random_forest")

#: Numbers of epochs of a network, and of rounds of Gibbs sampling; their difference prices further ones.
EPOCHS = (2, 12)
FEW = (100, 400)

#: A stack is priced by its members.
PRICED = set(METHODS) - {"stack"}

#: What decides how long a network trains, and is stored with its default.
TRAINING = ("epochs", "min_updates", "members", "patience", "batch_size", "inner_fraction", "stopping")

#: Epochs, after batch normalisation has settled and beside the patience, at which networks stopped in real
#: runs: DNNGP on traits of five populations (3 to 37), the others on wheat599. Networks that are not named
#: are trained until they stop on so many simulated training lines and markers.
SEEN = {"dnngp": 18, "deepgs": 33, "dlgwas": 65}
STOPPED = (300, 400)

#: Lines and markers of the populations whose runs price the rules.
POPULATIONS = [(60, 200), (300, 4000), (800, 6000)]
#: Terms of the cost and the memory of a rule.
RULE = ("1", "n p", "n^2")

LOGS = {
    **{name: f"{{dataset}}/{name}.log" for name in ("simulate", "genotypes", "structure", "clusters")},
    "experiment_markers": "{dataset}/experiments/r{repeat}.markers.log",
    "phenotypes": "{dataset}/{trait}/phenotypes.log",
    "splits": "{dataset}/{trait}/{scheme}/splits.log",
    "accuracy": "{dataset}/accuracy.log",
    **{name: f"{name}.log" for name in ("summary", "report", "crate", "verdict", "tradeoffs", "estimate")},
    "learning_curve": "study/size.log",
}


def population(n: int, p: int) -> dict[str, object]:
    """Lines of twelve founders with one call in a hundred missing, a trait of all markers, one fold."""
    from dnngp.genotypes.store import Genotypes, variant_table

    rng = np.random.default_rng(1)
    lines = n + n // 5
    founders = rng.binomial(1, 0.4, (12, p)).astype(np.int8)
    effects, genetic = rng.normal(size=p), np.empty(lines)
    dosages = np.empty((p, lines), np.int8)
    for line in range(lines):  # one by one, so that the fits take more memory than this
        first, second = rng.integers(12, size=2)
        crossed = np.cumsum(rng.random(p) < 5 / p) % 2
        calls = 2 * np.where(crossed, founders[first], founders[second])
        genetic[line] = calls @ effects
        dosages[:, line] = np.where(rng.random(p) < 0.01, -1, calls)
    ids = np.array([f"line{number}" for number in range(lines)])
    names = [f"m{number}" for number in range(p)]
    role = np.where(np.arange(lines) < n, "train", "test")
    return {
        "genotypes": Genotypes(ids, variant_table("1", np.arange(1, p + 1), names, "A", "T"), dosages, 2, {}),
        "phenotype": pd.Series(genetic + genetic.std() * rng.normal(size=lines), ids),
        "splits": pd.DataFrame({"repeat": 1, "fold": 1, "sample": ids, "role": role}),
    }


def time_method(method: str) -> None:
    """In a process of its own: print as JSON the cost of every size, of the start and of a further shape."""
    from dnngp.evaluation.evaluate import evaluate

    imported = time.process_time()
    entry = METHODS[method]
    network = entry.family == "network"
    settings: list[dict[str, object]] = [{}]
    if network:
        settings = [{"epochs": epochs, "stopping": "none"} for epochs in EPOCHS]
    rounds = ROUNDS in entry.parameters and entry.parameters[ROUNDS].default
    if rounds:
        settings = [{ROUNDS: few, "burn_in": few // 3} for few in FEW]

    def fold(data: dict[str, object], params: dict[str, object]) -> dict[str, float]:
        before = time.process_time()
        result = evaluate(
            **data, method=method, encoding=entry.default_encoding, params=params, maf=0.01, names=("costs",)
        )
        spent = time.process_time() - before
        found = result.folds.iloc[0]
        if found["status"] != "ok":
            sys.exit(f"{method}: {found['message']}")
        one = {"cpu_s": spent, "mb": float(result.timing["peak_mb"].max())}
        if network:
            named = {"q": "n_features", "epochs": "epochs", "stopped": "stopped_epoch"}
            one |= {name: float(found[column]) for name, column in named.items()}
        return one

    rows: list[dict[str, float]] = []
    first = []  # what the first fit of a size takes more than the second
    for n, p in SIZES if network else GRID:
        data = population(n, p)
        before = fold(data, settings[0])["cpu_s"] if network or not rows else 0.0
        found = [fold(data, params) for params in settings]
        first.append(before - found[0]["cpu_s"])
        if rounds:
            each = (found[1]["cpu_s"] - found[0]["cpu_s"]) / (FEW[1] - FEW[0])
            found = [found[0] | {"cpu_s": found[0]["cpu_s"] + (rounds - FEW[0]) * each}]
        rows += [one | {"n": n, "p": p} for one in found]
    told: dict[str, object] = {"rows": rows, "start_s": imported + max(first[0], 0)}
    if network:
        told["shape_s"] = max(float(np.median(first[1:])), 0)
        tiny = create(method, {"epochs": 1, "members": 1}, 0).fit(np.eye(30), np.arange(30.0))
        model, settling = create(method, {}, 0), tiny._engine().settling_steps()
        later = SEEN.get(method)
        if later is None:
            stopped = fold(population(*STOPPED), {"members": 1, "stopping": "best"})["stopped"]
            steps = np.ceil(STOPPED[0] * (1 - model.inner_fraction) / model.batch_size)
            later = max(round(stopped - np.ceil(settling / steps) - model.patience), 1)
        told["training"] = {name: getattr(model, name) for name in TRAINING}
        told["training"] |= {"settling_steps": settling, "later": later}
    print(json.dumps(told))


def price_method(method: str) -> dict[str, object]:
    """Cost and memory models of one method, and the CPU seconds of its start."""
    command = [sys.executable, __file__, "--time", method]
    alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.run(command, capture_output=True, text=True, env=alone, check=False)
    if process.returncode:
        sys.exit(process.stdout + process.stderr)
    told = json.loads(process.stdout.splitlines()[-1])
    rows = pd.DataFrame(told["rows"]).reindex(columns=["n", "p", "q", "epochs", "cpu_s", "mb"]).astype(float)
    found = {
        "cpu_s": rounded(fit_costs(rows, terms_of(method))),
        "mb": rounded(fit_costs(rows.assign(epochs=np.nan), MEMORY_TERMS, "mb")),
        "start_s": round(told["start_s"], 2),
    }
    if "training" in told:
        found |= {"shape_s": round(told["shape_s"], 2), "training": told["training"]}
    return found


def terms_of(method: str) -> tuple[str, ...]:
    """Terms that the cost of a method may have."""
    if METHODS[method].family == "network":
        cubic = METHODS[method].encodings[0] == "pca" or "n^3" in METHODS[method].cost
        return ("1", "n p", "epochs n", "epochs n q", *(("n^3",) if cubic else ()))
    return ("1", "n", "p", "n p") if method in LINEAR else tuple(TERMS)


def price_rules() -> dict[str, object]:
    """Cost and memory of a job of each rule, and of Snakemake."""
    datasets = [
        {"name": f"d{n}", "simulate": {"samples": n, "markers": p, "traits": {"t": {"h2": 0.5}}}}
        for n, p in POPULATIONS
    ]
    config = {
        "datasets": datasets,
        "methods": ["mean"],
        "cv": {"folds": 3},
        "experiments": {"learning_curve": {"samples": [20]}},
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.yaml").write_text(yaml.safe_dump(config))
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--cores", "2"]
        planned = spent_by([*command, "--dry-run", "--quiet", "all"], folder)
        whole = spent_by([*command, "--quiet"], folder)
        logs = Path(folder) / "logs"
        sizes = {f"d{n}": (n, p) for n, p in POPULATIONS}
        rows = []
        for path in logs.rglob("*.log"):
            found, cost = job_of(path.relative_to(logs).as_posix(), LOGS), used(path)
            whole -= cost[0] if cost else 0
            if found and cost:
                n, p = sizes.get(found[1].get("dataset", ""), (0, 0))
                rows.append({"rule": found[0], "n": n, "p": p, "cpu_s": cost[0], "mb": cost[1]})
        jobs = len(list(logs.rglob("*.log")))
    models: dict[str, object] = {
        rule: {
            "cpu_s": rounded(fit_costs(part.assign(epochs=np.nan), RULE)),
            "mb": rounded(fit_costs(part.assign(epochs=np.nan), RULE, "mb")),
        }
        for rule, part in pd.DataFrame(rows).groupby("rule")
    }
    return {
        "rules": models,
        "snakemake": {"start_s": round(planned, 2), "job_s": round(max(whole - planned, 0) / jobs, 3)},
        "speed": {name: round(value, 4) for name, value in asdict(MachineSpeed.measured()).items()},
    }


def spent_by(command: list[object], folder: str) -> float:
    """CPU seconds of a command and all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(list(map(str, command)), cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rounded(model: CostModel) -> dict[str, float]:
    """Coefficients to three digits."""
    return {term: float(f"{value:.3g}") for term, value in model.coefficients.items()}


def store(found: dict[str, object]) -> None:
    """Put prices over those that are stored, and print them."""
    print(json.dumps(found), flush=True)
    stored = json.loads(STORE.read_text()) if STORE.is_file() else {}
    methods = stored.get("methods", {}) | found.pop("methods", {})
    STORE.write_text(json.dumps(stored | found | {"methods": methods}, indent=1, sort_keys=True) + "\n")


def main(chosen: list[str]) -> None:
    """Price what was chosen, or everything, and store it."""
    for name in chosen or ["rules", *sorted(PRICED)]:
        store(price_rules() if name == "rules" else {"methods": {name: price_method(name)}})


if __name__ == "__main__":
    if sys.argv[1:2] == ["--time"]:
        time_method(sys.argv[2])
    else:
        main(sys.argv[1:])
