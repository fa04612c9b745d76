"""Every chart, in both languages, at three widths: nothing covered, cut off or shown as a box."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import Rectangle

from shinrenkei import figures
from shinrenkei.cleaning import tables
from shinrenkei.errors import InputError, UnknownNameError
from shinrenkei.figures import layout
from tests.figures.looks import assert_looks_right, extent, visible_texts

NAN = math.nan
REGIONS = tables.codes("regions")
TYPES = tables.codes("partner_types")
TITLE = "題が長いときは図の幅に合わせて折り返され、切れたり重なったりしない。Plans by block and year"

PLANS = pd.DataFrame({"region": REGIONS, "plans": [9, 14, 60, 35, 50, 12, NAN, 30, 4, 214]})
GROUPED = pd.concat(
    [PLANS.assign(kind="certified"), PLANS.assign(kind="commercialized", plans=PLANS["plans"] // 2)]
)
CHANGES = pd.DataFrame(
    {"type": TYPES, "change": [61.3, -20.5, NAN, 1234.5, -0.2, *[float(i) for i in range(9)]]}
)
CAPITAL = pd.DataFrame(
    {
        "lower": [NAN, 10_000_001, 50_000_001, 100_000_001],
        "upper": [10_000_000, 50_000_000, 100_000_000, NAN],
        "firms": [21, 34, 9, 5],
    }
)
TIES = pd.DataFrame(
    {
        "size": ["large"] * 3 + ["mid"] * 3 + ["sme"] * 3,
        "status": ["tied", "considering", "no_answer"] * 3,
        "share": [40.0, 58.6, 1.4, 17.2, 82.8, NAN, NAN, NAN, NAN],
    }
)
RATES = pd.DataFrame(
    {
        "region": ["all", "tohoku", "kanto", "okinawa"],
        "certified": pd.array([321, 14, 60, 4], dtype="Int64"),
        "commercialized": pd.array([158, 7, None, 4], dtype="Int64"),
        "rate": [158 / 321, 0.5, NAN, 1.0],
        "lower": [0.438, 0.27, NAN, 0.51],
        "upper": [0.547, 0.73, NAN, 1.0],
    }
)
EFFECTS = pd.DataFrame(
    [
        (code, kind, 60.0 - 9 * i, 30.0 - 12 * i, 90.0 - 6 * i)
        for i, code in enumerate(TYPES)
        for kind in ("raw", "adjusted")
    ],
    columns=["type", "kind", "estimate", "lower", "upper"],
)
EFFECTS.loc[3, ["estimate", "lower", "upper"]] = NAN
DATES = ["2005-09-16", "2005-10-03", "2005-12-01", "2006-03-31", "2006-09-30", "2007-01-31", "2007-03-31"]
GROWTH = pd.DataFrame({"as_of": pd.to_datetime(DATES), "plans": [69, 101, NAN, 165, 240, 300, 321]})
RANKS = pd.DataFrame(
    {"type": TYPES, "use": range(1, 15), "change": [12, 3, 8, 4, 2, 10, 9, 11, 6, 7, 5, 13, 14, NAN]}
)
EVENTS = pd.DataFrame(
    {
        "on": ["2004-01-16", "2004-02-26", "2004-02-25", "2004-02-25", None, "2004-04-10"],
        "project": [
            "公的補助金プロジェクト",
            "公的補助金プロジェクト",
            "サロン",
            "サロン",
            "研究会",
            "研究会",
        ],
        "kind": ["セミナー", "セミナー", "見学会", "会合", "大会", "大会"],
        "people": ["40数名", "", "40名を想定", "", "", "17名"],
    }
)
CASES = pd.DataFrame(
    {
        "case": ["a", "a", "a", "b", "b"],
        "who": ["スターウェイ(株)", "(株)エターナルサイエンス", "名古屋工業大学", "(株)シオン", "信用金庫"],
        "part": ["core", "partner", "cooperation", "core", "cooperation"],
        "kind": ["firm", "firm", "university", "firm", "financial_institution"],
        "brings": [
            "独自のリターナブル梱包材の開発、仕組みの考案",
            "システム開発技術",
            "延命効果の分析・評価",
            None,
            "融資",
        ],
    }
)
PROGRAMS = pd.DataFrame(
    {
        "code": ["A", "B", "C", "D"],
        "start": ["sme", "sme", "startup", "startup"],
        "mode": ["system", "ad_hoc"] * 2,
        "example": [
            "「あいちマッチング」",
            "「中堅・中小企業とスタートアップの連携による価値創造チャレンジ事業」" * 2,
            "x",
            "y",
        ],
    }
)
PREFECTURES = pd.DataFrame({"prefecture": ["13", "愛知県", "北海道"], "firms": [28, 14, NAN]})

CHARTS = {
    "bar": lambda lang: figures.bar(PLANS, "region", "plans", lang=lang, title=TITLE, highlight=["kinki"]),
    "bar, grouped": lambda lang: figures.bar(
        GROUPED, "region", "plans", group="kind", lang=lang, suffix="件"
    ),
    "bar, upright": lambda lang: figures.bar(
        PLANS, "region", "plans", horizontal=False, lang=lang, title=TITLE
    ),
    "bar, negative": lambda lang: figures.bar(
        CHANGES, "type", "change", decimals=1, suffix="千円/人", lang=lang
    ),
    "range_histogram": lambda lang: figures.range_histogram(
        CAPITAL, "lower", "upper", "firms", unit="yen", lang=lang, note=TITLE
    ),
    "stacked_share": lambda lang: figures.stacked_share(
        TIES, "size", "status", "share", percent=True, lang=lang
    ),
    "funnel": lambda lang: figures.funnel(
        pd.DataFrame({"stage": ["talks", "ties"], "n": [407, 19]}), "stage", "n", lang=lang, suffix="件"
    ),
    "rate_intervals": lambda lang: figures.rate_intervals(
        RATES, "region", reference=158 / 321, lang=lang, value_label=TITLE
    ),
    "forest": lambda lang: figures.forest(EFFECTS, "type", group="kind", lang=lang, value_label=TITLE),
    "line_over_dates": lambda lang: figures.line_over_dates(
        GROWTH, "as_of", "plans", lang=lang, value_label="件数"
    ),
    "line_over_dates, grouped": lambda lang: figures.line_over_dates(
        pd.concat(
            [GROWTH.assign(kind="certified"), GROWTH.assign(kind="commercialized", plans=GROWTH["plans"] / 2)]
        ),
        "as_of",
        "plans",
        "kind",
        lang=lang,
    ),
    "scatter_ranks": lambda lang: figures.scatter_ranks(
        RANKS, "use", "change", "type", lang=lang, highlight=("university",), x_label="x", y_label="y"
    ),
    "scatter_ranks, numbers": lambda lang: figures.scatter_ranks(
        RANKS, "use", "change", "type", ranks=False, lang=lang, x_label="x"
    ),
    "calendar": lambda lang: figures.calendar(EVENTS, "on", "project", kind="kind", text="people", lang=lang),
    "network": lambda lang: figures.network(CASES, "case", "who", "part", "kind", text="brings", lang=lang),
    "two_by_two": lambda lang: figures.two_by_two(
        PROGRAMS, "start", "mode", "example", heading="code", lang=lang
    ),
    "tile_map": lambda lang: figures.tile_map(
        PREFECTURES, "prefecture", "firms", missing=0, lang=lang, title=TITLE
    ),
}


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("chart", CHARTS)
def test_nothing_is_covered_cut_off_or_boxed_at_any_width(chart, lang, tmp_path):
    fig = CHARTS[chart](lang)
    assert_looks_right(fig)
    for width in (240, 80):
        figures.save(
            fig,
            tmp_path,
            "chart",
            source="中小企業庁（2005）" * 6,
            lang=lang,
            width_mm=width,
            formats=["png"],
        )
        assert_looks_right(fig)


@pytest.mark.parametrize("chart", CHARTS)
def test_the_same_table_gives_the_same_picture(chart, tmp_path):
    # SVG holds every place to the last digit, and draws faster than PNG.
    first, second = [
        figures.save(CHARTS[chart]("ja"), tmp_path / folder, "chart", source="A", format="svg")[
            0
        ].read_bytes()
        for folder in ("a", "b")
    ]
    assert first == second


@pytest.mark.parametrize(
    "chart", [name for name in CHARTS if name not in ("calendar", "network", "two_by_two")]
)
def test_an_empty_value_is_said_to_be_not_printed_and_never_drawn_as_0(chart):
    words = " ".join(text.get_text() for text in visible_texts(CHARTS[chart]("en")))
    empty = chart not in ("range_histogram", "funnel", "tile_map")
    assert ("not printed" in words) == empty


def test_a_missing_prefecture_is_a_dash_and_a_listed_0_is_0():
    fig = figures.tile_map(PREFECTURES, "prefecture", "firms", missing=0, lang="ja")
    words = [text.get_text() for text in fig.axes[0].texts]
    assert {"東京\n28", "愛知\n14", "北海道\n–", "沖縄\n0"} <= set(words)
    assert len(words) == 47


def test_the_tiles_lie_apart_and_in_order_of_the_compass():
    from shinrenkei.figures.grids import TILES

    assert sorted(TILES) == [f"{code:02d}" for code in range(1, 48)]
    spots = list(TILES.values())
    for i, (x, y) in enumerate(spots):
        assert all(abs(x - a) >= 1 or abs(y - b) >= 1 for a, b in spots[:i])
    north_to_south = [TILES[code][1] for code in ("01", "02", "04", "07", "08")]
    west_to_east = [TILES[code][0] for code in ("42", "34", "27", "23", "13")]
    assert north_to_south == sorted(north_to_south)
    assert west_to_east == sorted(west_to_east)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.one_of(st.just(NAN), st.floats(-1e7, 1e7).map(lambda value: round(value, 2))),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([80, 160]),
    st.booleans(),
)
def test_numbers_never_lie_on_the_bars(values, width, horizontal):
    table = pd.DataFrame({"name": [f"n{i}" for i in range(len(values))], "value": values})
    fig = figures.bar(table, "name", "value", horizontal=horizontal)
    layout.resize(fig, width)
    assert_looks_right(fig)
    ax = fig.axes[0]
    bars = [patch.get_window_extent() for patch in ax.patches if isinstance(patch, Rectangle)]
    assert len(bars) == sum(not math.isnan(value) for value in values)
    for text in ax.texts:
        box = extent(text)
        covered = [bar for bar in bars if min(box.x1, bar.x1) - max(box.x0, bar.x0) > 0.5]
        assert not any(min(box.y1, bar.y1) - max(box.y0, bar.y0) > 0.5 for bar in covered)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: figures.bar(PLANS, "region", "plan"), UnknownNameError, "'plan'; did you mean 'plans'"),
        (lambda: figures.bar(PLANS.head(0), "region", "plans"), InputError, "no rows"),
        (lambda: figures.bar(PLANS, "plans", "plans"), InputError, "Row 6 has no plans"),
        (lambda: figures.bar(PLANS, "region", "region"), InputError, "'region' must be numbers"),
        (lambda: figures.bar(GROUPED, "region", "plans"), InputError, "stands twice"),
        (lambda: figures.bar(PLANS, "region", "plans", lang="de"), UnknownNameError, "Unknown language 'de'"),
        (lambda: figures.rate_intervals(RATES.assign(rate=50.0), "region"), InputError, "between 0 and 1"),
        (
            lambda: figures.line_over_dates(GROWTH.assign(plans=NAN), "as_of", "plans"),
            InputError,
            "no number",
        ),
        (lambda: figures.line_over_dates(PLANS, "region", "plans"), InputError, "'region' must be dates"),
        (lambda: figures.calendar(EVENTS.assign(on=None), "on", "project"), InputError, "no date"),
        (
            lambda: figures.network(CASES.iloc[1:], "case", "who", "part", "kind"),
            InputError,
            "expected one core",
        ),
        (lambda: figures.two_by_two(PROGRAMS, "code", "mode", "example"), InputError, "needs two"),
        (lambda: figures.tile_map(PREFECTURES, "firms", "firms"), UnknownNameError, "Unknown prefecture"),
        (
            lambda: figures.tile_map(PREFECTURES.assign(prefecture="13"), "prefecture", "firms"),
            InputError,
            "stands twice",
        ),
        (lambda: figures.funnel(PLANS.assign(plans=0), "region", "plans"), InputError, "above 0"),
        (
            lambda: figures.range_histogram(CAPITAL, "lower", "upper", "firms", unit="円"),
            UnknownNameError,
            "Unknown unit",
        ),
    ],
)
def test_what_cannot_be_drawn_is_told_in_one_sentence(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_an_unknown_chart_is_told_with_the_closest_name():
    with pytest.raises(AttributeError, match="did you mean 'scatter_ranks'"):
        figures.scatter_rank  # noqa: B018


def test_all_public_names_can_be_had():
    assert all(callable(getattr(figures, name)) for name in figures.__all__)


@pytest.mark.parametrize(("empty", "said"), [(None, "not printed"), ("not estimated", "not estimated")])
def test_an_empty_estimate_is_said_to_be_not_printed_or_what_the_caller_says(
    empty: str | None, said: str
) -> None:
    effects = pd.DataFrame(
        {"type": ["university", "other"], "estimate": [1.0, None], "lower": [0.5, None], "upper": [2.0, None]}
    )
    fig = figures.forest(effects, "type", empty=empty, lang="en")
    assert [text.get_text() for text in fig.axes[0].texts] == ["1.0 [0.5, 2.0]", said]


def test_an_interval_without_an_end_goes_to_the_edge_with_an_arrow() -> None:
    effects = pd.DataFrame(
        {
            "term": ["loan", "size", "age"],
            "estimate": [0.8, -0.4, 0.1],
            "lower": [-np.inf, -0.9, -np.inf],
            "upper": [1.6, np.inf, np.inf],
        }
    )
    fig = figures.forest(effects, "term", lang="en")
    ax = fig.axes[0]
    left, right = ax.get_xlim()
    arrows = {
        (line.get_marker(), float(np.asarray(line.get_xdata())[0]), float(np.asarray(line.get_ydata())[0]))
        for line in ax.lines
        if line.get_marker() in ("<", ">")
    }
    assert arrows == {("<", left, 0.0), (">", right, 1.0), ("<", left, 2.0), (">", right, 2.0)}
    assert left < -0.9
    assert right > 1.6
    drawn = [np.asarray(line.get_xdata()).tolist() for line in ax.lines if line.get_marker() == "|"]
    assert drawn == [[1.6], [-0.9]]
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["0.8 [−∞, 1.6]", "−0.4 [−0.9, ∞]", "0.1 [−∞, ∞]"]
    fig.draw_without_rendering()
    assert ax.get_position().height > 0.5  # the layout keeps the panel whole


def test_an_axis_of_whole_numbers_has_no_half_ticks():
    places = pd.DataFrame(
        {"type": ["university", "other"], "estimate": [1, 3], "lower": [1, 2], "upper": [2, 4]}
    )
    fig = figures.forest(places, "type", zero=None, decimals=0)
    fig.draw_without_rendering()
    ticks = fig.axes[0].get_xticks()
    assert {1, 2, 3, 4} <= set(ticks)
    assert all(tick == round(tick) for tick in ticks)


def test_the_numbers_of_a_line_keep_off_the_line():
    days = ["2005-09-16", "2006-03-31", "2006-12-31", "2007-03-31"]
    up_and_down = pd.DataFrame({"as_of": days, "plans": [300, 150, 310, 200]})
    fig = figures.line_over_dates(up_and_down, "as_of", "plans")
    fig.draw_without_rendering()
    line = fig.axes[0].lines[0].get_path().transformed(fig.axes[0].transData)
    numbers = [text for text in fig.axes[0].texts if text.get_visible()]
    assert len(numbers) == len(days)
    for text in numbers:
        assert not line.intersects_bbox(extent(text), filled=False), text.get_text()


def test_a_curve_without_any_sales_does_not_lie_on_the_axis():
    curve = pd.DataFrame({"days": [0, 400], "share": 0.0, "lower": 0.0, "upper": 0.0})
    ax = figures.step_curves(curve, "days", "share").axes[0]
    assert np.asarray(ax.lines[0].get_ydata()).tolist() == [0, 0]
    assert ax.get_ylim()[0] < -1
    assert all(tick >= 0 for tick in ax.get_yticks() if tick > ax.get_ylim()[0])
