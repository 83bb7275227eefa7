"""What changed between two sets of figures."""

from __future__ import annotations

from dataclasses import replace

from surveys.publishing.differences import differences
from surveys.results.figures import collect
from tests.released import INDEX, ITEM, SILENT, UNIT


def test_the_same_figures_differ_in_nothing() -> None:
    assert not differences(collect([INDEX, UNIT]), collect([INDEX, UNIT]))


def test_judged_figures_come_first_and_each_knows_its_change() -> None:
    item, index = replace(ITEM, value=0.9), replace(INDEX, value=0.91, verdict="not_shown")
    found = differences(collect([ITEM, INDEX, UNIT]), collect([item, index, UNIT]))
    (judged,), (other,) = found.judged, found.others
    assert (judged.before, judged.after, judged.figure) == (INDEX, index, index)
    assert round(judged.change or 0, 4) == -0.0242
    assert (judged.verdict_changed, other.verdict_changed) == (True, False)


def test_figures_that_came_went_or_are_not_told() -> None:
    found = differences(collect([UNIT, INDEX]), collect([SILENT, INDEX]))
    assert [(one.before, one.after) for one in found.judged] == [(None, SILENT), (UNIT, None)]
    assert [one.figure for one in found.judged] == [SILENT, UNIT]
    told = differences(collect([UNIT]), collect([replace(UNIT, value=None)])).judged
    assert [one.change for one in (*found.judged, *told)] == [None, None, None]
