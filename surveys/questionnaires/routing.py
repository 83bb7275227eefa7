"""Split forms: which items of an instrument one person is asked.

The overall item is always asked; of the others so many as the wave says, by a cyclic systematic
design. With K items in the order of their dimensions and s to ask, block n has the items at
⌊jK/s⌋ + n (mod K), j = 0 … s − 1. Over a cycle of K / gcd(K, s) blocks each item is asked equally
often, and each dimension and part has in every block its share of the s items, rounded down or up:
so many multiples of K/s lie in any stretch. Blocks that follow one another ask neighbours, so that
already ⌈K/s⌉ people together have seen every item.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import gcd
from typing import NamedTuple

from surveys.questionnaires.questionnaire import Instrument, Item


class Block(NamedTuple):
    """Which part of a form somebody gets: so many items (0: all), and which block of the cycle."""

    size: int
    number: int


#: Everybody is asked everything.
WHOLE = Block(0, 0)


@lru_cache(maxsize=128)
def splittable(instrument: Instrument) -> tuple[Item, ...]:
    """The items that a split form asks only some people, in the order of their dimensions."""
    order = {dimension.code: place for place, dimension in enumerate(instrument.dimensions)}
    scored = (item for item in instrument.items if item.dimension is not None)
    return tuple(sorted(scored, key=lambda item: order[item.dimension or ""]))


def cycle(instrument: Instrument, size: int) -> int:
    """How many blocks make a cycle, in which each item is asked equally often; 1 where all are."""
    count = len(splittable(instrument))
    return count // gcd(count, size) if 0 < size < count else 1


@lru_cache(maxsize=1024)
def asked(instrument: Instrument, block: Block) -> frozenset[str]:
    """The codes of the items that a person with this block is asked."""
    items = splittable(instrument)
    codes = [item.code for item in items]
    always = {item.code for item in instrument.items} - set(codes)
    if not 0 < block.size < len(codes):
        return frozenset(always | set(codes))
    places = (j * len(codes) // block.size + block.number for j in range(block.size))
    return frozenset(always | {codes[place % len(codes)] for place in places})


def chances(instrument: Instrument, size: int) -> Sequence[float]:
    """For each item of the instrument, the share of people who are asked it."""
    items = splittable(instrument)
    share = size / len(items) if 0 < size < len(items) else 1.0
    return [1.0 if item.overall else share for item in instrument.items]
