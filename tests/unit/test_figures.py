"""Charts: what they draw is what their tables say; colours can be told apart."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest
import vl_convert

from dnngp.prediction.importance import along_genome
from dnngp.report.charts import (
    comparison_charts,
    experiment_charts,
    fit_charts,
    genotype_charts,
    panel_grid,
    score_charts,
    style,
)
from dnngp.report.charts.style import FAILED_COLOUR

MODELS = {"mean": "mean", "gblup": "gblup", "dnngp": "dnngp", "my net": "dnngp"}
LOOKS = style.styles(MODELS)


def drawn(chart, **tables):
    """The chart as SVG, its tables filled."""
    return vl_convert.vegalite_to_svg(chart.to_dict() | {"datasets": tables, "config": style.theme()})


def marks(svg, role):
    """Descriptions (``name: value; ...``) of the marks of one kind, as screen readers get them."""
    return re.findall(rf'aria-label="([^"]*)"[^>]*aria-roledescription="{role}"', svg)


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


# --- styles


def test_a_model_is_called_by_its_methods_label_only_if_it_is_the_method():
    assert [look.label for look in LOOKS] == ["Mean", "GBLUP", "DNNGP", "my net"]


def test_a_model_named_like_the_label_of_another_keeps_both_apart():
    labels = [look.label for look in style.styles({"gblup": "gblup", "GBLUP": "gblup"})]
    assert len(set(labels)) == 2


def test_the_style_of_a_model_does_not_depend_on_those_behind_it():
    fewer = style.styles({"mean": "mean", "gblup": "gblup", "dnngp": "dnngp"})
    assert fewer == LOOKS[:3]


def test_thirty_six_models_have_a_look_of_their_own():
    found = style.styles({f"v{number}": "gblup" for number in range(36)})
    assert len({(look.colour, look.shape) for look in found}) == 36


def test_a_method_that_is_no_longer_registered_still_gets_a_style():
    assert style.styles({"old": "gone"})[0].label == "old"


# Linear-RGB matrices of Viénot, Brettel & Mollon 1999 (Color Res Appl 24:243).
PROTANOPIA = np.array([[0.1121, 0.8853, -0.0005], [0.1127, 0.8897, -0.0001], [0.0045, 0.0, 1.0019]])
DEUTERANOPIA = np.array([[0.2920, 0.7054, -0.0003], [0.2934, 0.7089, 0.0000], [-0.0209, 0.0256, 1.0009]])


def linear(colour):
    value = np.array([int(colour[index : index + 2], 16) for index in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    ratio = np.clip(xyz / [0.9505, 1.0, 1.089], 0, None)
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", [np.eye(3), PROTANOPIA, DEUTERANOPIA], ids=["all", "protan", "deutan"])
def test_colours_of_methods_differ_in_every_kind_of_sight(vision):
    for one, other in itertools.combinations(style.COLOURS, 2):
        difference = np.linalg.norm(lab(vision @ linear(one)) - lab(vision @ linear(other)))
        assert difference > 11, (one, other)


@pytest.mark.parametrize("page", ["#fdfdfb", "#14171a"])
@pytest.mark.parametrize("colour", [*style.COLOURS, style.CONTROL_COLOUR, *style.GROUP_COLOURS])
def test_colours_stand_out_on_light_and_dark_pages(colour, page):
    luminance = [float(np.dot([0.2126, 0.7152, 0.0722], linear(one))) + 0.05 for one in (colour, page)]
    assert max(luminance) / min(luminance) > 2


def test_groups_keep_their_colour_whatever_the_order():
    assert style.group_colours(["b", "a", "b"]) == style.group_colours(["a", "b"])
    assert len(set(style.group_colours("abcdefgh").values())) == 8


def test_more_groups_than_colours_share_one():
    assert len(set(style.group_colours(map(str, range(9))).values())) == 1


# --- charts


FOLDS = [
    {"label": "GBLUP", "repeat": 1, "fold": 1, "pearson": 0.4},
    {"label": "GBLUP", "repeat": 1, "fold": 2, "pearson": 0.6},
    {"label": "DNNGP", "repeat": 1, "fold": 1, "pearson": 0.3},
]
MEANS = [
    {"label": "Mean", "pearson": None, "pearson_sd": None, "status": "ok"},
    {"label": "GBLUP", "pearson": 0.5, "pearson_sd": 0.1, "status": "ok"},
    {"label": "DNNGP", "pearson": None, "pearson_sd": None, "status": "failed"},
]


def test_accuracy_draws_every_fold_and_a_mean_only_where_there_is_one():
    chart = score_charts.score_per_fold("folds", "means", 300, looks=LOOKS, domain=(0, 1))
    svg = drawn(chart, folds=FOLDS, means=MEANS)
    assert len(marks(svg, "point")) == 3
    assert len(marks(svg, "tick")) == 1
    assert "mean over folds: 0.500" in marks(svg, "tick")[0]
    assert "failed" in texts(svg)
    assert "–" in texts(svg)
    assert FAILED_COLOUR in svg


def test_every_scheme_of_a_model_has_a_point_with_its_interval():
    rows = [
        {"label": label, "scheme": scheme, "pearson": 0.4, "lower": 0.1, "upper": 0.7, "p": 0.01}
        for label in ("GBLUP", "DNNGP")
        for scheme in ("random", "cluster_out")
    ]
    chart = score_charts.abilities("rows", 300, looks=LOOKS, schemes=["random", "cluster_out"], domain=(0, 1))
    svg = drawn(chart, rows=rows)
    assert len(marks(svg, "point")) == 4
    assert any("interval from: 0.100; interval to: 0.700" in point for point in marks(svg, "point"))
    assert svg.count('fill="white"') == 2


def test_methods_stand_in_the_order_of_their_styles():
    chart = score_charts.score_per_fold("folds", "means", 300, looks=LOOKS, domain=(0, 1))
    shown = [
        text for text in texts(drawn(chart, folds=FOLDS, means=MEANS)) if text in {"Mean", "GBLUP", "DNNGP"}
    ]
    assert shown == ["Mean", "GBLUP", "DNNGP"]


def test_every_figure_gives_a_method_the_same_colour():
    by_label = {look.label: look.colour for look in LOOKS}
    for chart in (
        score_charts.score_per_fold("folds", "means", looks=LOOKS, domain=(0, 1)),
        score_charts.against_truth("truth", LOOKS, (0, 1)),
        fit_charts.accuracy_against_time("costs", LOOKS, (0, 1)),
        fit_charts.training_curves("history", "stops", "kept", looks=LOOKS),
        score_charts.predicted_against_observed("predictions", LOOKS),
    ):
        scales = [
            layer["encoding"]["color"]["scale"]
            for layer in chart.to_dict()["layer"]
            if "scale" in layer.get("encoding", {}).get("color", {})
        ]
        assert scales
        for scale in scales:
            assert dict(zip(scale["domain"], scale["range"], strict=True)) == by_label


def test_a_score_in_units_of_the_trait_has_an_axis_of_its_own():
    chart = score_charts.score_per_fold("folds", "means", 300, looks=LOOKS, measure="rmse", title="RMSE")
    rows = [{"label": "Mean", "repeat": 1, "fold": fold, "rmse": 90 + fold} for fold in (1, 2)]
    means = [{"label": "Mean", "status": "ok", "rmse": 91.5}]
    svg = drawn(chart, folds=rows, means=means)
    assert len(marks(svg, "point")) == 2
    assert "0.0" not in texts(svg)


def test_a_difference_is_drawn_with_its_interval_and_in_the_colour_of_its_verdict():
    rows = [
        {
            "label": "DNNGP",
            "difference": 0.02,
            "lower": -0.01,
            "upper": 0.05,
            "p": 0.2,
            "verdict": "undecided",
        },
        {"label": "my net", "difference": 0.04, "lower": 0.02, "upper": 0.06, "p": 0.01, "verdict": "better"},
        {"label": "GBLUP", "difference": None, "lower": None, "upper": None, "p": None, "verdict": None},
    ]
    chart = comparison_charts.differences(
        "rows", 300, looks=LOOKS, domain=(-0.1, 0.1), margin=0.01, reference="GBLUP"
    )
    svg = drawn(chart, rows=rows)
    points = marks(svg, "point")
    assert len(points) == 2
    assert "interval from: −0.010; interval to: +0.050" in points[0]
    assert all(style.VERDICTS[word] in svg for word in ("undecided", "better"))
    assert style.VERDICTS["worse"] not in svg
    assert "difference in r from GBLUP" in texts(svg)


def test_ranks_stand_on_a_line_and_bars_join_what_is_not_told_apart():
    ranks = [
        {"label": look.label, "mean_rank": rank, "critical_difference": 1.5}
        for look, rank in zip(LOOKS, (4.0, 1.4, 2.5, 2.1), strict=True)
    ]
    chart = comparison_charts.critical_difference("ranks", "groups", 340, looks=LOOKS)
    svg = drawn(chart, ranks=ranks, groups=[{"low": 1.4, "high": 2.5, "level": 1}])
    assert len(marks(svg, "point")) == 4
    assert {"1.4", "2.1", "2.5", "4.0", "GBLUP", "my net", "critical difference"} <= set(texts(svg))
    assert any("from rank: 1.40; to rank: 2.50" in text for text in marks(svg, "rule mark"))


def test_a_surface_writes_the_value_in_every_cell():
    rows = [
        {"n": n, "p": p, "pearson": n / 1000 + p / 10_000, "folds": 5}
        for n in (100, 200)
        for p in (500, 1000)
    ]
    svg = drawn(
        experiment_charts.surface("rows", 300, measure="pearson", title="r", domain=(0, 1)), rows=rows
    )
    assert {"0.15", "0.20", "0.25", "0.30", "1,000"} <= set(texts(svg))


def test_the_front_joins_the_methods_on_it():
    rows = [
        {"label": "GBLUP", "pearson": 0.4, "cpu_s": 1, "on_front": "True"},
        {"label": "DNNGP", "pearson": 0.3, "cpu_s": 100, "on_front": "False"},
        {"label": "my net", "pearson": 0.5, "cpu_s": 200, "on_front": "True"},
    ]
    svg = drawn(fit_charts.pareto_front("rows", 300, looks=LOOKS, domain=(0, 1)), rows=rows)
    assert len(marks(svg, "point")) == 3
    lines = re.findall(r'mark-line role-mark[^>]*>.*?d="([^"]*)"', svg, re.DOTALL)
    assert [line.count("L") for line in lines] == [2]  # one step between two methods


def test_true_heritability_is_drawn_only_where_known():
    row = {"cell": "a", "h2": 0.4, "h2_se": 0.1, "true_h2": None}
    chart = score_charts.heritability("heritability", 300)
    without, known = (drawn(chart, heritability=[row | {"true_h2": value}]) for value in (None, 0.5))
    assert not [label for label in marks(without, "point") if "true" in label]
    assert len([label for label in marks(known, "point") if "true h²: 0.500" in label]) == 1


def test_a_heritability_without_standard_error_has_no_bar():
    row = {"cell": "a", "h2": 0.4, "h2_se": None, "true_h2": None}
    chart = score_charts.heritability("heritability", 300)
    bars = [drawn(chart, heritability=[row | {"h2_se": se}]).count('stroke-width="2"') for se in (None, 0.1)]
    assert bars[1] - bars[0] == 1


def test_time_leaves_out_what_has_no_correlation():
    rows = [
        {"label": "Mean", "pearson": None, "pearson_sd": None, "cpu_s": 0.1},
        {"label": "GBLUP", "pearson": 0.5, "pearson_sd": 0.1, "cpu_s": 2.0},
        {"label": "DNNGP", "pearson": 0.4, "pearson_sd": None, "cpu_s": 200.0},
    ]
    svg = drawn(fit_charts.accuracy_against_time("costs", LOOKS, (0, 1), 300), costs=rows)
    labels = marks(svg, "point")
    assert len(labels) == 2
    assert any("GBLUP" in label and "CPU seconds: 2" in label for label in labels)


def test_training_marks_the_stop_of_each_fold_and_the_epoch_kept():
    place = {"label": "DNNGP", "repeat": 1, "fold": 1, "member": 0}
    history = [
        place | {"phase": "inner", "epoch": epoch, "loss": 1 / epoch, "val_loss": 1 / epoch + 0.1}
        for epoch in range(1, 9)
    ]
    history += [place | {"phase": "refit", "epoch": epoch, "loss": 0.5, "val_loss": None} for epoch in (1, 2)]
    svg = drawn(
        fit_charts.training_curves("history", "stops", "kept", 300, looks=LOOKS),
        history=history,
        stops=[place | {"epoch": 8, "end": 0.225}],
        kept=[{"label": "DNNGP", "repeat": 1, "fold": 1, "best_epoch": 5}],
    )
    assert len(marks(svg, "line mark")) == 3
    assert any("stopped at epoch: 8" in label for label in marks(svg, "point"))
    assert any("epoch kept: 5" in label for label in marks(svg, "tick"))


def test_predictions_are_drawn_one_by_one_with_their_sample():
    rows = [
        {"label": "GBLUP", "sample": f"s{number}", "fold": 1, "observed": number, "predicted": number / 2}
        for number in range(5)
    ]
    svg = drawn(score_charts.predicted_against_observed("predictions", LOOKS, 300), predictions=rows)
    assert len(marks(svg, "point")) == 5
    assert any("sample: s4" in label for label in marks(svg, "point"))
    assert svg.count('stroke-dasharray="4,4"') == 1


def test_the_filter_summary_keeps_the_order_of_the_rules_and_their_counts():
    rows = [
        {
            "step": step,
            "rule": "",
            "variants_removed": removed,
            "samples_removed": 0,
            "variants_left": left,
            "samples_left": 9,
        }
        for step, removed, left in (("z first", 0, 1000), ("a second", 200, 800))
    ]
    svg = drawn(genotype_charts.filter_summary("filter_summary", 300), filter_summary=rows)
    assert [text for text in texts(svg) if text in {"z first", "a second"}] == ["z first", "a second"]
    assert any("markers removed: 200; markers left: 800" in label for label in marks(svg, "bar"))


def test_pca_takes_the_colour_of_the_group():
    rows = [{"sample": "s", "pc1": 0, "pc2": 1, "group": "g", "colour": "#123456"}]
    assert "#123456" in drawn(genotype_charts.pca_scatter("pca", 300), pca=rows)


def test_names_are_text_and_never_markup():
    rows = [{"sample": "<script>x</script>", "pc1": 0, "pc2": 1, "group": "</svg>", "colour": "#123456"}]
    panel = ("<b>title</b>", "<i>", {"pca": "pca-0"})
    chart = panel_grid.grid(genotype_charts.pca_scatter("pca", 200), [panel], 1)
    chart["datasets"]["pca-0"] = rows
    svg = vl_convert.vegalite_to_svg(chart)
    assert svg.count('fill="#123456"') == 1
    assert "<script" not in svg
    assert "<b>" not in svg
    assert svg.count("</svg>") == 1


def test_a_figure_that_stands_alone_explains_its_methods_and_fills_each_panel_from_its_table():
    rows = [{"label": "GBLUP", "sample": "s", "fold": 1, "observed": 1.0, "predicted": 2.0}] * 3
    panels = [("one", "", {"predictions": "first"}), ("two", "b", {"predictions": "second"})]
    chart = panel_grid.grid(
        score_charts.predicted_against_observed("predictions", LOOKS, 100), panels, 2, LOOKS
    )
    chart["datasets"] |= {"first": rows, "second": rows[:1]}
    svg = vl_convert.vegalite_to_svg(chart)
    assert {"Mean", "GBLUP", "DNNGP", "my net", "one", "two", "b"} <= set(texts(svg))
    assert svg.count(f'fill="{LOOKS[1].colour}"') == 4 + 1  # one in the legend


def test_specifications_are_valid_vega_lite():
    for chart in (
        score_charts.score_per_fold("a", "b", looks=LOOKS, domain=(-1, 1)),
        score_charts.abilities("a", looks=LOOKS, schemes=["random"], domain=(-1, 1)),
        comparison_charts.differences("a", looks=LOOKS, domain=(-1, 1), margin=0.01, reference="GBLUP"),
        comparison_charts.critical_difference("a", "b", looks=LOOKS),
        fit_charts.pareto_front("a", looks=LOOKS, domain=(0, 1)),
        experiment_charts.surface("a", measure="pearson", title="r", domain=(0, 1)),
        score_charts.heritability("a"),
        genotype_charts.filter_summary("a"),
        genotype_charts.pca_scatter("a"),
        genotype_charts.histogram("a"),
        genotype_charts.marker_density("a"),
        genotype_charts.ld_decay("a"),
        genotype_charts.manhattan("a"),
        genotype_charts.relationship_map("a"),
    ):
        assert isinstance(chart.to_dict(validate=True), dict)


# --- markers and lines


def test_a_histogram_has_a_bar_a_bin():
    rows = [{"measure": "m", "low": low / 4, "high": (low + 1) / 4, "count": low} for low in range(4)]
    svg = drawn(genotype_charts.histogram("bins", 300), bins=rows)
    bars = marks(svg, "rect mark")
    assert len(bars) == 4
    assert any({"from: 0.75", "to: 1", "number: 3"} <= set(label.split("; ")) for label in bars)


def test_density_keeps_the_order_of_chromosomes_and_counts_their_windows():
    rows = [
        {"chrom": chrom, "low": 0, "high": 2_000_000, "markers": count}
        for chrom, count in (("10", 5), ("2", 1234))
    ]
    svg = drawn(genotype_charts.marker_density("density", 300), density=rows)
    assert [text for text in texts(svg) if text in {"10", "2"}][:2] == ["10", "2"]
    windows = [set(label.split("; ")) for label in marks(svg, "bar")]
    assert any({"chromosome: 2", "to, Mb: 2", "number of markers: 1,234"} <= window for window in windows)


def test_a_manhattan_plot_has_a_point_a_window_and_names_its_chromosomes():
    """The most important marker of each stretch; a chromosome's name stands under its middle."""
    markers = pd.DataFrame(
        {
            "chrom": np.repeat(["1A", "X"], 300),
            "pos": np.tile(np.arange(1, 301) * 1000, 2),
            "id": [f"m{number}" for number in range(600)],
            "importance": np.where(np.arange(600) == 450, 9.0, 1.0 / np.arange(1, 601)),
        }
    )
    windows = along_genome(markers)
    assert windows.groupby("chrom").size().tolist() == [100, 100]
    best = windows.loc[windows["importance"].idxmax()]
    assert (best["id"], best["chrom"], best["pos"], best["parity"]) == ("m450", "X", 151_000, "even")
    assert windows["place"].is_monotonic_increasing
    svg = drawn(genotype_charts.manhattan("markers", 300), markers=windows.to_dict("records"))
    points = [dict(part.split(": ") for part in label.split("; ")) for label in marks(svg, "circle")]
    assert len(points) == 200
    assert max(points, key=lambda point: float(point["mean size of contribution"]))["marker"] == "m450"
    assert [text for text in texts(svg) if text in {"1A", "X"}] == ["1A", "X"]


def test_decay_draws_a_line_a_chromosome_and_one_between_them():
    rows = [
        {
            "chrom": chrom,
            "unit": "kb",
            "low": low,
            "high": 2 * low,
            "distance": 1.5 * low,
            "pairs": 9,
            "r2": 0.5,
        }
        for chrom in ("a", "b", "")
        for low in (1, 10, 100)
    ]
    rows.append(
        {"chrom": "", "unit": "kb", "low": None, "high": None, "distance": None, "pairs": 7, "r2": 0.1}
    )
    svg = drawn(genotype_charts.ld_decay("ld", 300), ld=rows)
    assert len(marks(svg, "line mark")) == 3
    assert len(re.findall(r'roledescription="line mark"[^>]*stroke-width="2"', svg)) == 1
    assert svg.count('stroke-dasharray="4,4"') == 1


def test_relationships_above_and_below_the_average_differ_in_colour_and_strength():
    rows = [
        {"down": down, "across": 0, "lines_down": 2, "lines_across": 2, "relationship": value}
        for down, value in enumerate([1.7, 0.25, -0.25])
    ]
    svg = drawn(genotype_charts.relationship_map("cells", 300), cells=rows)
    found = dict(re.findall(r'mean relationship: ([^;]*);[^>]*?opacity="([^"]*)"', svg))
    assert float(found["1.700"]) == 1
    assert 0 < float(found["0.250"]) == float(found["−0.250"]) < 1
    assert svg.count(f'fill="{style.COLOURS[0]}"') == 1
    assert svg.count(f'fill="{style.COLOURS[4]}"') == 2
