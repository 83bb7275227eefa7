"""Instruments as stored: the exact text of each version, unchangeable once it is in use.

InstrumentInUse(Exception)   another text for a version that people answer or have answered
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import delete
from sqlmodel import Session, col, exists, select

from surveys.questionnaires import instrument as files
from surveys.questionnaires.answers import positions
from surveys.questionnaires.questionnaire import Instrument
from surveys.tables import InstrumentItem, Response, StoredInstrument, Wave, WaveInstrument


class InstrumentInUse(Exception):
    """Another text for a version in use: only a new version can succeed it."""

    def __init__(self, stored: StoredInstrument) -> None:
        self.stored = stored
        super().__init__(f"{stored.code} {stored.version} is in use")


def store(session: Session, instrument: Instrument, *, now: dt.datetime) -> StoredInstrument:
    """The row of an instrument; an unused version with another text is replaced.

    InstrumentInUse where the version has another text and a wave with it was opened.
    """
    stored = _version(session, instrument)
    if stored is not None and stored.checksum == instrument.checksum:
        return stored
    if stored is not None and _in_use(session, stored):
        raise InstrumentInUse(stored)
    if stored is None:
        stored = StoredInstrument(
            code=instrument.code, version=instrument.version, checksum="", text="", stored_at=now
        )
    stored.checksum, stored.text, stored.stored_at = instrument.checksum, instrument.text, now
    session.add(stored)
    session.flush()
    _place_items(session, instrument, stored.id or 0)
    return stored


def instrument_of(stored: StoredInstrument) -> Instrument:
    """The instrument of a stored row, frozen; read once for each text."""
    return _parsed(_Source(stored.checksum, stored))


def everything(session: Session) -> list[StoredInstrument]:
    """All stored versions by code, the newest version of each last."""
    query = select(StoredInstrument)
    return list(session.exec(query.order_by(StoredInstrument.code, col(StoredInstrument.version))))


@dataclass(frozen=True, slots=True)
class _Source:
    """A text that is known by its checksum, and only fetched where it is not known yet."""

    checksum: str
    stored: StoredInstrument = field(compare=False)


@lru_cache(maxsize=128)
def _parsed(source: _Source) -> Instrument:
    return files.loads(source.stored.text)


def _version(session: Session, instrument: Instrument) -> StoredInstrument | None:
    query = select(StoredInstrument).where(
        StoredInstrument.code == instrument.code, StoredInstrument.version == instrument.version
    )
    # Locked, so that no answer to the old text can come in before the new one stands.
    return session.exec(query.with_for_update()).one_or_none()


def _in_use(session: Session, stored: StoredInstrument) -> bool:
    # An opened wave is enough: someone may be filling in the form at this moment.
    opened = (
        select(WaveInstrument.wave_id)
        .join(Wave, col(Wave.id) == WaveInstrument.wave_id)
        .where(WaveInstrument.instrument_id == stored.id, Wave.status != "draft")
    )
    # By way of the waves, for answers are found by wave and form.
    asking = select(WaveInstrument.wave_id).where(WaveInstrument.instrument_id == stored.id)
    answered = select(Response.id).where(
        col(Response.wave_id).in_(asking), Response.instrument_id == stored.id
    )
    return session.exec(select(exists(opened) | exists(answered))).one()


def _place_items(session: Session, instrument: Instrument, instrument_id: int) -> None:
    session.exec(delete(InstrumentItem).where(col(InstrumentItem.instrument_id) == instrument_id))
    session.add_all(
        InstrumentItem(
            instrument_id=instrument_id, item_code=code,
            packed_in=column, position=position, width=width,
        )
        for code, column, position, width in positions(instrument)
    )  # fmt: skip
    session.flush()
