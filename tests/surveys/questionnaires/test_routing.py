"""Which items a person of a split form is asked: each equally often, each dimension its share."""

from __future__ import annotations

from collections import Counter
from math import ceil, floor

import pytest

from surveys.questionnaires import instrument, routing
from surveys.questionnaires.questionnaire import Instrument
from surveys.questionnaires.routing import WHOLE, Block
from tests import builders

FORMS = pytest.mark.parametrize("form", instrument.shipped(), ids=lambda form: form.code)


def blocks(form: Instrument, size: int) -> list[frozenset[str]]:
    """What is asked in each block of a cycle."""
    return [routing.asked(form, Block(size, number)) for number in range(routing.cycle(form, size))]


def test_two_of_three_items_take_turns_beside_the_overall_one() -> None:
    assert blocks(builders.instrument(), 2) == [
        {"A1", "A2", "C1"}, {"A2", "B1", "C1"}, {"A1", "B1", "C1"},
    ]  # fmt: skip


@FORMS
def test_each_item_is_asked_equally_often_in_a_cycle(form: Instrument) -> None:
    items = routing.splittable(form)
    for size in range(1, len(items)):
        made = blocks(form, size)
        often = Counter(code for block in made for code in block)
        assert {often[item.code] for item in items} == {size * len(made) // len(items)}
        overall = {item.code for item in form.items if item.overall}
        assert all(len(block) == size + len(overall) and overall <= block for block in made)


@FORMS
def test_every_dimension_has_its_share_of_each_block(form: Instrument) -> None:
    count = len(routing.splittable(form))
    for size in range(1, count):
        for dimension in form.dimensions:
            members = {item.code for item in form.items_of(dimension.code)}
            share = len(members) * size / count
            asked = {len(members & block) for block in blocks(form, size)}
            assert asked <= {floor(share), ceil(share)}


@FORMS
def test_a_few_people_who_follow_each_other_see_every_item(form: Instrument) -> None:
    count = len(routing.splittable(form))
    for size in range(1, count):
        enough = ceil(count / size)
        made = blocks(form, size) * 2
        for start in range(len(made) // 2):
            seen = frozenset().union(*made[start : start + max(enough, 1)])
            assert len(made) < 2 * enough or seen == {item.code for item in form.items}


@pytest.mark.parametrize("block", [WHOLE, Block(3, 1), Block(99, 0)])
def test_as_many_as_there_are_is_all(block: Block) -> None:
    form = builders.instrument()
    assert routing.asked(form, block) == {"A1", "A2", "B1", "C1"}
    assert routing.cycle(form, block.size) == 1
    assert list(routing.chances(form, block.size)) == [1, 1, 1, 1]


def test_the_chance_to_be_asked_is_the_share_of_the_cycle() -> None:
    assert list(routing.chances(builders.instrument(), 2)) == [2 / 3, 2 / 3, 2 / 3, 1]
