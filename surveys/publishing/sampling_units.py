"""Numbers for sampling units that tell neither their point nor their day."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable

#: A service point on a day.
Place = tuple[int, dt.date]


def numbered(places: Iterable[Place], key: bytes) -> dict[Place, int]:
    """The number of each place of one stratum, from 1, in an order that only the key knows.

    In order of days the numbers would say on which day somebody answered; by the same key the same
    places get the same numbers, so that a file can be made again.
    """

    def hidden(place: Place) -> bytes:
        text = f"psu/{place[0]}/{place[1].isoformat()}"
        return hmac.digest(key, text.encode(), hashlib.sha256)

    return {place: number for number, place in enumerate(sorted({*places}, key=hidden), 1)}
