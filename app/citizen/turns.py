"""Opening a form: its key, and of a split form whose turn it is, the block that this person gets.

Each process lets the blocks of a point take turns, from a block drawn at random, so that every
form opened has the same chance of each. Among the forms opened, items are asked equally often
within a point; among those sent only nearly, for some are opened and left, and several processes
take turns by themselves. Estimates need the chance alone, not the balance.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from typing import NamedTuple, cast

from flask import Blueprint, current_app, has_request_context, request
from flask.blueprints import BlueprintSetupState

from app.citizen import keys
from app.citizen.keys import KeyRefused, Opened, Way
from app.citizen.places import Visit
from surveys.questionnaires import routing
from surveys.questionnaires.routing import WHOLE, Block

_NAME = "citizen.turns"
#: Where a request keeps a block that was drawn for it before it came to its view.
DRAWN = "hai-long.block"
#: So many first turns that each block is as likely as the next.
_STARTS = 2**32


class Opening(NamedTuple):
    """A form as it is opened for one person."""

    key: str
    block: Block


def install(door: Blueprint) -> None:
    """Give the app of this door its turns."""
    door.record(_prepare)


def opening(visit: Visit, way: Way = "printed") -> Opening:
    """A form for the next person here."""
    block = _next_block(visit)
    return Opening(keys.issue(visit.place.code, way, block), block)


def reopening(visit: Visit, key: str) -> Opening:
    """The same form again if the key is good, so that a corrected one is no second; or a new."""
    try:
        return Opening(key, redeem(visit, key).block)
    except KeyRefused:
        return opening(visit)


def another(visit: Visit, key: str) -> str:
    """The key of another form that asks the same: what is typed already can be sent with it."""
    return keys.issue(visit.place.code, block=redeem(visit, key).block)


def redeem(visit: Visit, key: str) -> Opened:
    """What a key says; KeyRefused for one of another place or of a form that asks otherwise."""
    found = keys.redeem(visit.place.code, key)
    if found.block.size != visit.asked.subset:
        raise KeyRefused
    return found


def _next_block(visit: Visit) -> Block:
    size = visit.asked.subset
    if not size:
        return WHOLE
    drawn = request.environ.pop(DRAWN, None) if has_request_context() else None
    if isinstance(drawn, Block) and drawn.size == size:
        return drawn
    turns = cast("dict[int, Iterator[int]]", current_app.extensions[_NAME])
    point = visit.place.point.id or 0
    if point not in turns:
        # Of two threads that are here at once one keeps its start, and that is enough.
        turns[point] = itertools.count(secrets.randbelow(_STARTS))
    return Block(size, next(turns[point]) % routing.cycle(visit.instrument, size))


def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_NAME] = {}
