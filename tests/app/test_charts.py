"""Drawings: places on the axis, what is drawn and what is not, and nothing the CSP forbids."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from analysis import funnel_limits
from app import charts
from app.charts import Axis
from app.charts.dots import Dot, dots
from app.charts.funnel import Mark, funnel
from app.charts.levels import Stack, stacked
from app.charts.weeks import control
from surveys.results.figures import Figure
from surveys.results.trends import Point
from surveys.results.weeks import Watch, Week
from surveys.tables import Wave
from tests.released import INDEX, SILENT, UNIT


def lines(drawing: str, kind: str) -> list[dict[str, str]]:
    found = ET.fromstring(drawing).iter()
    return [element.attrib for element in found if element.get("class") == kind]


def wave(month: int) -> Wave:
    day = dt.date(2026, month, 28)
    return Wave(
        code=f"w{month}", name="", programme="", sector="", year=2026, opens_on=day, closes_on=day
    )


def drawn(marks: list[tuple[Wave, Figure | None]]) -> str:
    points = [Point(wave, figure) for wave, figure in marks]
    return charts.trend(points, title="Qua các <đợt>", description="Bảng ở dưới")


@pytest.mark.parametrize(
    ("share", "place"), [(0.5, 0), (0.75, 50), (1, 100), (0.9, 80), (0.4, 0), (1.1, 100)]
)
def test_share_has_its_place_on_the_axis(share: float, place: float) -> None:
    assert Axis(0.5, 1.0).place(share) == place


@pytest.mark.parametrize(
    ("lows", "target", "low"),
    [((0.91,), None, 0.8), ((0.71,), None, 0.7), ((0.7,), None, 0.7), ((0.95,), 0.8, 0.7),
     ((), None, 0.5), ((0.02,), None, 0.0)],
)  # fmt: skip
def test_axis_starts_at_a_tenth_below_everything_on_it(
    lows: tuple[float, ...], target: float | None, low: float
) -> None:
    figures = [replace(INDEX, low=share, target=None) for share in lows]
    assert charts.axis_of(figures, target) == Axis(low, 1.0, target)


def test_axis_takes_the_one_target_of_its_figures() -> None:
    other = replace(UNIT, target=0.85)
    assert charts.axis_of([INDEX, UNIT]).target == 0.9
    assert charts.axis_of([INDEX, other]).target is None
    assert charts.axis_of([INDEX, other], 0.95).target == 0.95


@pytest.mark.parametrize(
    ("low", "names"),
    [(0.8, ["80", "90", "100"]), (0.5, ["50", "60", "70", "80", "90", "100"]),
     (0.1, ["20", "40", "60", "80", "100"])],
)  # fmt: skip
def test_scale_names_tenths_or_fifths(low: float, names: list[str]) -> None:
    texts = ET.fromstring(charts.scale(Axis(low, 1.0))).itertext()
    assert [text.removesuffix("\N{NO-BREAK SPACE}%") for text in texts] == names


def test_bar_spans_the_interval_and_marks_value_and_target() -> None:
    figure = replace(INDEX, value=0.94, low=0.9, high=0.97)
    drawing = charts.bar(figure, Axis(0.8, 1.0, target=0.9))
    (span,), (dot,), (target,) = (lines(drawing, kind) for kind in ("span", "dot", "target"))
    assert (span["x1"], span["x2"]) == ("50.0%", "85.0%")
    assert dot["cx"] == "70.0%"
    assert target["x1"] == target["x2"] == "50.00%"


def test_figure_that_is_held_back_has_no_dot() -> None:
    drawing = charts.bar(SILENT, Axis(0.5, 1.0))
    assert lines(drawing, "dot") == lines(drawing, "span") == []


def test_trend_has_a_dot_a_wave_higher_for_a_higher_share() -> None:
    points = [(wave(1), replace(INDEX, value=0.85)), (wave(2), None), (wave(3), INDEX)]
    first, last = lines(drawn(points), "dot")
    assert float(first["cy"]) > float(last["cy"])
    assert (first["cx"], last["cx"]) == ("16.67%", "83.33%")
    names = [text for text in ET.fromstring(drawn(points)).itertext() if "/2026" in text]
    assert "?" in ET.fromstring(drawn(points)).itertext()
    assert names == ["01/2026", "02/2026", "03/2026"]


def test_long_trend_names_some_waves_and_always_the_last() -> None:
    points = [(wave(month), INDEX) for month in range(1, 13)]
    names = [text for text in ET.fromstring(drawn(points)).itertext() if "/2026" in text]
    assert names == [f"{month:02}/2026" for month in (3, 6, 9, 12)]


def test_trend_of_nothing_is_an_empty_chart() -> None:
    assert lines(drawn([]), "dot") == []


def test_trend_tells_its_title_to_those_who_cannot_see_it() -> None:
    root = ET.fromstring(drawn([(wave(1), INDEX)]))
    named = (root.get("aria-labelledby") or "").split()
    words = {element.get("id"): element.text for element in root}
    assert (root.get("role"), [words[name] for name in named]) == (
        "img",
        ["Qua các <đợt>", "Bảng ở dưới"],
    )


def test_nothing_is_drawn_that_the_content_policy_forbids() -> None:
    axis = Axis(0.5, 1.0, target=0.9)
    drawings = charts.bar(INDEX, axis) + charts.scale(axis) + drawn([(wave(1), INDEX)])
    assert not re.search(r"style|on\w+=|href", drawings)


def test_a_figure_taken_apart_has_a_row_for_each_thing() -> None:
    names = ["Tỷ lệ", "Khoảng", "Chỉ tiêu <x>"]
    closed = charts.reading(INDEX, title="A", description="B", names=names)
    assert [len(lines(closed, kind)) for kind in ("dot", "span", "target")] == [1, 1, 1]
    figure = replace(INDEX, open_low=0.65, open_high=0.97)
    names.insert(2, "An toàn")
    open_ = charts.reading(figure, title="A", description="B", names=names)
    assert [line["x1"] for line in lines(open_, "span")] == ["79.28%", "12.5%"]
    assert "Chỉ tiêu &lt;x&gt;" in open_
    assert "style" not in open_


def test_levels_fill_the_bar() -> None:
    stacks = [Stack("A <1>", (0.1, 0.0, 0.2, 0.3, 0.4))]
    drawing = stacked(stacks, ["a", "b", "c", "d", "e"], title="T", about="B")
    boxes = [lines(drawing, f"level-{level}")[0] for level in range(1, 6)]
    assert [box["width"] for box in boxes] == ["10.00%", "0.00%", "20.00%", "30.00%", "40.00%"]
    assert [box["x"] for box in boxes] == ["0.00%", "10.00%", "10.00%", "30.00%", "60.00%"]


def test_a_long_name_goes_over_lines_that_fit_on_a_telephone() -> None:
    name = "Nhìn chung, ông/bà hài lòng thế nào về lần làm thủ tục này"
    drawing = stacked([Stack(name, (1.0,)), Stack("B", (1.0,))], ["a"], title="T", about="B")
    assert re.findall(r">([^<]{2,})</text>", drawing) == [
        "Nhìn chung, ông/bà hài lòng thế nào về lần",
        "làm thủ tục này",
    ]
    assert [line["y"] for line in lines(drawing, "level")] == ["16", "34", "86", "142"]
    assert [box["y"] for box in lines(drawing, "level-1")] == ["40", "92", "130"]


def test_a_unit_outside_the_funnel_is_marked() -> None:
    marks = [Mark(1, 0.95, 100, "inside"), Mark(2, 0.6, 200, "low_998")]
    limits = funnel_limits(0.9, [50.0, 200.0])
    drawing = funnel(marks, 0.9, [50.0, 200.0], limits, title="T", about="B")
    (inside,), (out,) = lines(drawing, "dot"), lines(drawing, "dot out")
    assert float(inside["cy"]) < float(out["cy"])
    assert (inside["cx"], out["cx"]) == ("53.00%", "98.00%")
    assert len(lines(drawing, "limit")) == len(lines(drawing, "limit far")) == 2
    assert not re.search(r"style|on\w+=|href", drawing)


def test_a_week_of_few_breaks_the_line() -> None:
    monday = dt.date(2026, 3, 2)
    told = [Week(monday, 50, 0.9, 0.8, 1.0), Week(monday, 50, 0.7, 0.8, 1.0, "low")]
    drawing = control(Watch(0.9, (*told, Week(monday, 3)), ()), title="T", about="B")
    assert [len(lines(drawing, kind)) for kind in ("dot", "dot out", "band", "path")] == [
        1,
        1,
        2,
        1,
    ]
    assert "?" in ET.fromstring(drawing).itertext()


def test_a_share_that_is_held_back_has_its_name_only() -> None:
    drawing = dots([Dot("A", 0.9, 0.85, 0.95), Dot("B", None)], title="T", about="B", target=0.9)
    assert [len(lines(drawing, kind)) for kind in ("dot", "span", "target")] == [1, 1, 1]
    assert {"A", "B", "?"} <= set(ET.fromstring(drawing).itertext())
