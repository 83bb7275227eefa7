"""Items, dimensions, parts and the index: mean or pooled, with weights."""

from __future__ import annotations

from typing import Any

import pytest

from analysis import IndexRule, Node, RuleError
from tests.analysis.samples import sums, whole

WEEK = [("u", 1, "c", 10, 10, 8, 6), ("u", 2, "c", 10, 8, 8, 8)]
CODES = ("A1", "A2", "B1")
DIMENSIONS = (Node("dimension", "A", ("A1", "A2")), Node("dimension", "B", ("B1",)))


def test_means_of_means_by_hand() -> None:
    figures = whole(sums(WEEK, codes=CODES), IndexRule(Node("index", members=DIMENSIONS)))
    assert figures["dimension", "A"].value == pytest.approx(0.85)
    assert figures["index"].value == pytest.approx(0.775)
    assert figures["index"].standard_error == pytest.approx(0.025)


def test_pooled_answers_by_hand() -> None:
    figures = whole(sums(WEEK, codes=CODES), IndexRule(Node("index", members=DIMENSIONS), "pooled"))
    assert figures["index"].value == pytest.approx(48 / 60)
    assert figures["dimension", "A"].value == pytest.approx(34 / 40)
    # both days have 24 of 30 satisfied answers
    assert figures["index"].standard_error == pytest.approx(0, abs=1e-12)


def test_weights_of_dimensions_and_items() -> None:
    heavy = Node("dimension", "A", (Node("item", "A1", weight=3), "A2"), weight=2)
    figures = whole(sums(WEEK, codes=CODES), IndexRule(Node("index", members=(heavy, "B1"))))
    assert figures["dimension", "A"].value == pytest.approx((3 * 0.9 + 0.8) / 4)
    assert figures["index"].value == pytest.approx((2 * 0.875 + 0.7) / 3)


@pytest.mark.parametrize("pooling", ["mean", "pooled"])
def test_items_without_an_answer_are_left_out_and_named(pooling: Any) -> None:
    rows = [("u", 1, "c", 10, 10, (0, 0), (0, 0)), ("u", 2, "c", 10, 8, (0, 0), (0, 0))]
    rule = IndexRule(Node("index", members=DIMENSIONS), pooling)
    figures = whole(sums(rows, codes=CODES), rule)
    assert figures["index"].value == pytest.approx(0.9)
    assert figures["index"].left_out == ("A2", "B1")
    assert figures["dimension", "A"].left_out == ("A2",)
    assert ("dimension", "B") not in figures
    assert ("item", "B1") not in figures


def test_an_item_outside_the_rule_is_a_figure_but_no_part_of_the_index() -> None:
    figures = whole(sums(WEEK, codes=CODES), IndexRule(Node("index", members=("A1", "A2"))))
    assert figures["item", "B1"].value == pytest.approx(0.7)
    assert figures["index"].value == pytest.approx(0.85)


@pytest.mark.parametrize(
    ("members", "pooling", "message"),
    [
        (("A1",), "median", "pooling 'median'"),
        (("A1", "A1"), "mean", "item 'A1' stands twice"),
        ((Node("dimension", "A"),), "mean", "dimension 'A': an item has no members"),
        ((Node("item", "A1", ("A2",)),), "mean", "item 'A1': an item has no members"),
        ((Node("item", "A1", weight=0),), "mean", "weight 0 of item 'A1'"),
        ((Node("item", "A1", weight=2),), "pooled", "pooled answers all weigh 1"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(
    members: tuple[Node | str, ...], pooling: Any, message: str
) -> None:
    with pytest.raises(RuleError, match=message):
        IndexRule(Node("index", members=members), pooling)


def test_a_rule_must_fit_the_items_asked() -> None:
    with pytest.raises(RuleError, match=r"\['Z9'\] of the rule are not asked"):
        whole(sums(WEEK, codes=CODES), IndexRule(Node("index", members=("A1", "Z9"))))
