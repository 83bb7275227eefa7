"""What a second person should look at in a draft."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session, select

from surveys.fieldwork import responses, waves
from surveys.publishing import cautions
from surveys.tables import Response
from tests import builders, fieldwork, releasing


def day_of(number: int) -> dt.date:
    return builders.TODAY.replace(day=number)


def test_each_thing_is_told_of_the_draft_and_its_waves(session: Session) -> None:
    heard, silent, unknown = (
        builders.counter(session, code) for code in ("17266", "17272", "17275")
    )
    form = builders.stored(session, builders.instrument(('code = "small"', 'code = "sipas-quay"')))
    wave = builders.draft(session, form=form)
    waves.open_wave(session, wave)
    for day in range(2, 8):
        fieldwork.answered(session, wave, heard, ["5355"] * 12, day=day_of(day))
    fieldwork.answered(session, wave, unknown, ["5355"] * 3)
    fieldwork.served(session, heard, 500)
    fieldwork.served(session, silent, 50)
    first, hasty = session.exec(select(Response)).all()[:2]
    hasty.quality = "fast"
    responses.exclude(session, first.id or 0, reason="thử", now=builders.NOW)
    waves.close(session, wave, now=builders.NOW)
    draft = releasing.draft(
        session, programme=builders.programme(), sector="administration", year=2026,
        now=builders.NOW,
    )  # fmt: skip
    found = cautions.cautions(session, draft, today=builders.TODAY + dt.timedelta(60))
    assert [row.unit_code for row in found.unweighted] == ["mot-cua-17275"]
    assert "mot-cua-17275" in [row.unit_code for row in found.held_back]
    assert dict(found.excluded) == {"trial": 1}
    assert (found.raised, found.merged) == (0, 1)
    (of_wave,) = found.waves
    assert of_wave.uncalibrated
    assert [(unit.code, people) for unit, people in of_wave.silent] == [("mot-cua-17272", 50)]
    assert of_wave.signs == {"fast": 1}
