"""Numbers of sampling units: always the same, and silent about days."""

from __future__ import annotations

import datetime as dt

from surveys.publishing.sampling_units import numbered

PLACES = [(point, dt.date(2026, 3, day)) for point in (1, 2) for day in range(1, 21)]


def test_each_place_has_a_number_and_the_order_of_reading_plays_no_part() -> None:
    found = numbered(PLACES, b"key")
    assert sorted(found.values()) == list(range(1, 41))
    assert numbered(reversed(PLACES), b"key") == found


def test_numbers_follow_neither_days_nor_the_same_order_under_another_key() -> None:
    found = numbered(PLACES, b"key")
    assert [found[place] for place in PLACES] != list(range(1, 41))
    assert numbered(PLACES, b"other") != found
