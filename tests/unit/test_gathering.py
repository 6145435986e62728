"""Tables of fits are gathered by what they say of themselves, in whatever order they come."""

import pandas as pd

from dnngp.base.tables import write_json, write_table
from dnngp.evaluation.gathering import gather, gather_fits, keyed


def test_keys_come_first_and_replace_what_stood_there():
    table = keyed(pd.DataFrame({"fold": [1], "trait": ["old"]}), dataset="d", trait="new")
    assert table.to_dict("list") == {"dataset": ["d"], "trait": ["new"], "fold": [1]}


def test_tables_without_rows_leave_the_types_of_the_others(tmp_path):
    filled = pd.DataFrame({"dataset": ["d"], "epoch": [3]})
    write_table(filled.iloc[:0], tmp_path / "a.tsv")
    write_table(filled, tmp_path / "b.tsv")
    gathered = gather([tmp_path / "a.tsv", tmp_path / "b.tsv"])
    assert gathered["epoch"].dtype == int
    assert list(gather([tmp_path / "a.tsv"]).columns) == ["dataset", "epoch"]


def fit(folder, trait, model):
    """What one fit leaves; its files begin with the paths' stem."""
    keys = {"dataset": "d", "trait": trait, "scheme": "random", "model": model}
    rows = [
        {**keys, "repeat": 1, "fold": fold, "sample": f"s{fold}{n}", "observed": n, "predicted": n / 2}
        for fold in (1, 2)
        for n in range(5)
    ]
    folds = [{**keys, "repeat": 1, "fold": fold, "slope": 2.0, "status": "ok"} for fold in (1, 2)]
    meta = {
        **{"dataset": "d", "trait": trait.replace(" ", "_"), "trait_name": trait, "scheme": "random"},
        **{"model": model, "repeat": "1", "block": "1", "seeds": {"r1f1": 7}},
        **{"genotypes": {"sha256": "g"}, "phenotype_sha256": "p", "splits_sha256": "s"},
        **{"ledger": [], "components": []},
        "timing": [{"repeat": 1, "fold": 1, "stage": "fit", "cpu_s": len(model)}],
    }
    stem = f"{folder}/{trait}.{model}."
    write_table(pd.DataFrame(rows), f"{stem}predictions.tsv")
    write_table(pd.DataFrame(folds), f"{stem}folds.tsv")
    write_table(pd.DataFrame(folds).iloc[:0], f"{stem}history.tsv")
    write_json(meta, f"{stem}meta.json")
    return stem


def test_fits_are_gathered_whatever_the_order_of_each_kind_of_file(tmp_path):
    stems = [fit(tmp_path, trait, model) for trait in ("a", "b c") for model in ("mean", "ridge")]
    endings = {"folds": "tsv", "predictions": "tsv", "history": "tsv", "meta": "json"}
    files = {name: [f"{stem}{name}.{ending}" for stem in stems] for name, ending in endings.items()}
    files["meta"].reverse()
    cells = {name: {"method": name, "encoding": "additive", "other_inputs": ""} for name in ("mean", "ridge")}
    tables = gather_fits(
        files,
        species="bean",
        labels="",
        selected=0.2,
        lower=[],
        models=cells,
        logs=tmp_path / "logs",
        config=tmp_path / "config.yaml",
    )
    assert list(tables["accuracy"].columns[:8]) == [
        *("dataset", "species", "labels", "trait", "scheme", "model", "method", "encoding")
    ]
    assert (tables["accuracy"]["method"] == tables["accuracy"]["model"]).all()
    timing = tables["timing"]
    assert (timing["cpu_s"] == timing["model"].str.len()).all()
    for row in tables["provenance"].itertuples():
        assert row.predictions == f"{tmp_path}/{row.trait}.{row.model}.predictions.tsv"
        assert row.log.parts[-4:] == (row.trait.replace(" ", "_"), "random", row.model, "r1b1.log")
