"""Records of environments as tables: joined by id, summarised within environments and over all."""

import numpy as np
import pandas as pd
import pytest

from dnngp.evaluation.summaries import over_environments, shares_of_folds
from dnngp.genotypes.phenotypes import join_layers
from dnngp.genotypes.records import phenotype_of_records, values_by_sample

LONG = "id,site,yield,family\nb,A,1,f\nb,A,3,f\na,A,5,g\nc,A,2,\na,B,4,g\nb,B,6,f\nc,B,9,\nx,B,7,g\n"
WIDE = "id,A,B,family\na,5,4,g\nb,2,6,f\nc,2,9,\nx,NA,7,g\n"


@pytest.mark.parametrize(
    ("text", "options"),
    [(LONG, {"environment_column": "site"}), (WIDE, {"columns": ["A", "B"]})],
)
def test_long_and_wide_tables_give_the_same_records(tmp_path, text, options):
    path = tmp_path / "p.csv"
    path.write_text(text)
    table, ids = phenotype_of_records(["c", "a", "b", "d"], path, "yield", group_column="family", **options)
    rows = table[["sample", "environment", "value"]].to_numpy().tolist()
    in_a, in_b = [["a", 5], ["b", 2], ["c", 2]], [["a", 4], ["b", 6], ["c", 9]]
    assert [[sample, value] for sample, _, value in rows[:3]] == in_a
    assert [[sample, value] for sample, _, value in rows[3:6]] == in_b
    assert [environment for _, environment, _ in rows[:6]] == ["A"] * 3 + ["B"] * 3
    assert table["sample"].tolist()[6:] == ["d"]  # without a record, it can still be predicted
    assert table["group"].fillna("").tolist() == ["g", "f", "", "g", "f", "", ""]
    assert (ids["matched"], ids["records"], ids["phenotypes_only"]) == (3, 6, 1)
    assert ids["averaged"] == (2 if text == LONG else 0)


def test_samples_are_counted_once_however_many_records_they_have(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(LONG)
    table, ids = phenotype_of_records(["c", "a", "b"], path, "yield", environment_column="site")
    joined, counted = join_layers(table, ids, {"rna": ({"a", "b"}, "drop")}, "yield")
    assert (counted["with_value"], counted["layers_dropped"], counted["records"]) == (2, 1, 6)
    assert joined["value"].notna().sum() == 4
    assert "dropped: c" in counted["examples"]


def test_a_sample_is_not_judged_by_where_it_was_grown():
    table = pd.DataFrame(
        {
            "sample": ["a", "b", "a", "c", "b", "d"],
            "environment": ["A", "A", "B", "B", "B", None],
            "value": [1.0, 3.0, 100.0, 200.0, 300.0, np.nan],
        }
    )
    values = values_by_sample(table)
    assert values.index.tolist() == ["a", "b", "c", "d"]
    assert values["c"] == pytest.approx(0)
    assert values["a"] == pytest.approx(-values["b"])
    assert np.isnan(values["d"])


def test_the_mean_over_folds_is_the_mean_over_environments():
    """Each environment counts the same, also where folds test different ones."""
    about = {"dataset": "d", "species": "s", "trait": "t", "scheme": "CV0", "model": "m", "method": "m"}
    rows = [(1, "A", 0.2), (2, "A", 0.4), (2, "B", 0.9), (3, "B", 0.7)]
    table = pd.DataFrame(rows, columns=["fold", "environment", "pearson"])
    over_all = table.groupby("fold")["pearson"].mean().reset_index().assign(environment="overall")
    accuracy = pd.concat([table, over_all]).assign(**about, encoding="e", repeat=1)
    shares = shares_of_folds(accuracy)
    assert shares["pearson"].mean() == pytest.approx((0.3 + 0.8) / 2)
    assert len(over_environments(accuracy)) == 3
