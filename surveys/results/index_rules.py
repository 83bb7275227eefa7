"""What the items of a form are put together to: dimensions, parts, the index."""

from __future__ import annotations

from typing import Literal

import analysis
from analysis import Node
from surveys.questionnaires.questionnaire import Instrument

_POOLING: dict[str, Literal["mean", "pooled"]] = {"mean": "mean", "pooled": "pooled"}


def index_rule(form: Instrument) -> analysis.IndexRule:
    """The index rule of a form as the analysis wants it."""
    members = {
        "item": lambda: _items(form),
        "dimension": lambda: _dimensions(form),
        "part": lambda: _parts(form),
    }[form.index.levels[-1]]()
    return analysis.IndexRule(Node("index", members=members), _POOLING[form.index.pooling])


def _items(form: Instrument, dimension: str | None = None) -> tuple[Node, ...]:
    return tuple(
        Node("item", item.code, weight=form.index.weight(item.code))
        for item in form.items
        if not item.overall and dimension in {None, item.dimension}
    )


def _dimensions(form: Instrument, part: str | None = None) -> tuple[Node, ...]:
    return tuple(
        Node("dimension", each.code, _items(form, each.code), form.index.weight(each.code))
        for each in form.dimensions
        if part in {None, each.part}
    )


def _parts(form: Instrument) -> tuple[Node, ...]:
    return tuple(
        Node("part", part.code, _dimensions(form, part.code), form.index.weight(part.code))
        for part in form.parts
    )
