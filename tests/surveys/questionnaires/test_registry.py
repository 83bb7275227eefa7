"""Stored instruments: one row a version, and unchangeable once in use."""

from __future__ import annotations

import pytest
from sqlmodel import Session, select

from surveys.questionnaires import registry
from surveys.tables import InstrumentItem, StoredInstrument, Wave, WaveInstrument
from tests import builders


def use(session: Session, stored: StoredInstrument, *, status: str) -> None:
    wave = Wave(
        code="dot-1", name="", programme="p", sector="administration", year=2026,
        opens_on=builders.TODAY, closes_on=builders.TODAY, status=status,
    )  # fmt: skip
    session.add(wave)
    session.flush()
    link = WaveInstrument(wave_id=wave.id or 0, point_kind="counter", instrument_id=stored.id or 0)
    session.add(link)
    session.flush()


def places(session: Session) -> dict[str, tuple[str, int, int]]:
    rows = session.exec(select(InstrumentItem))
    return {row.item_code: (row.packed_in, row.position, row.width) for row in rows}


def test_stored_instrument_comes_back_as_it_was(session: Session) -> None:
    form = builders.instrument()
    stored = registry.store(session, form, now=builders.NOW)
    assert (stored.code, stored.version, stored.checksum) == ("small", 1, form.checksum)
    assert registry.instrument_of(stored) == form
    assert registry.instrument_of(stored) is registry.instrument_of(stored)


def test_each_answer_has_its_place(session: Session) -> None:
    builders.stored(session)
    assert places(session) == {
        "A1": ("answers", 1, 1), "A2": ("answers", 2, 1),
        "B1": ("answers", 3, 1), "C1": ("answers", 4, 1),
        "G1": ("others", 1, 3), "G2": ("others", 4, 1),
        "Q2": ("others", 5, 3), "occupation": ("others", 8, 1),
    }  # fmt: skip


def test_same_text_is_the_same_row(session: Session) -> None:
    first = builders.stored(session)
    use(session, first, status="open")
    assert builders.stored(session) is first


def test_versions_stand_beside_each_other(session: Session) -> None:
    first = builders.stored(session)
    second = builders.stored(session, builders.instrument(("version = 1", "version = 2")))
    assert first.id != second.id


def test_unused_version_is_replaced_with_its_places(session: Session) -> None:
    first = builders.stored(session)
    use(session, first, status="draft")
    before = first.id
    changed = builders.instrument(("B1", "B2"))
    second = builders.stored(session, changed)
    assert (second.id, registry.instrument_of(second)) == (before, changed)
    assert "B2" in places(session)
    assert "B1" not in places(session)


@pytest.mark.parametrize("status", ["open", "closed", "published"])
def test_version_of_an_opened_wave_is_kept(session: Session, status: str) -> None:
    first = builders.stored(session)
    text = first.text
    use(session, first, status=status)
    with pytest.raises(registry.InstrumentInUse) as caught:
        builders.stored(session, builders.instrument(("B1", "B2")))
    assert (caught.value.stored, first.text) == (first, text)
