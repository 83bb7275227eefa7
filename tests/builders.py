"""Small true things for tests, always the same: a place, a form, a wave, a code, an answer."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

from sqlmodel import Session

from surveys.database import day_of
from surveys.fieldwork import responses, waves
from surveys.fieldwork.responses import Submission
from surveys.places import collectors
from surveys.questionnaires import instrument as instruments
from surveys.questionnaires import programme as programmes
from surveys.questionnaires import registry
from surveys.questionnaires.answers import Answers
from surveys.questionnaires.programme import Programme
from surveys.questionnaires.questionnaire import Instrument
from surveys.tables import Collector, Response, ServicePoint, StoredInstrument, Unit, Wave

FOUNDED = dt.date(2025, 7, 1)
#: A day in the open wave, ten in the morning in Viet Nam.
TODAY = dt.date(2026, 3, 10)
NOW = dt.datetime(2026, 3, 10, 3, 0, tzinfo=dt.UTC)
SMALL_FORM = Path(__file__).parent / "instruments" / "small.toml"


def programme() -> Programme:
    """The programme that ships."""
    return programmes.load("tan-ky-169")


def instrument(*changes: tuple[str, str]) -> Instrument:
    """The form of `instruments/small.toml`, with pieces of its text replaced by others."""
    text = SMALL_FORM.read_text(encoding="utf-8")
    for old, new in changes:
        text = text.replace(old, new)
    return instruments.loads(text)


def stored(session: Session, form: Instrument | None = None) -> StoredInstrument:
    """The small form as stored."""
    return registry.store(session, form or instrument(), now=NOW)


def unit(
    session: Session,
    code: str = "17266",
    *,
    kind: str = "commune",
    sector: str | None = None,
    parent: Unit | None = None,
) -> Unit:
    """A unit that exists since the founding day."""
    made = Unit(
        code=code, name=f"Đơn vị {code}", kind=kind, sector=sector, valid_from=FOUNDED,
        parent_id=parent.id if parent else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def point(
    session: Session, holder: Unit, code: str = "quay-1", *, kind: str = "counter"
) -> ServicePoint:
    """A service point of a unit."""
    made = ServicePoint(
        unit_id=holder.id or 0, code=code, name=f"Điểm {code}", kind=kind, valid_from=FOUNDED
    )
    session.add(made)
    session.flush()
    return made


def counter(session: Session, commune: str = "17266") -> ServicePoint:
    """The first counter of the one-stop shop of a new commune."""
    holder = unit(session, commune)
    shop = unit(
        session, f"mot-cua-{commune}", kind="one_stop", sector="administration", parent=holder
    )
    return point(session, shop)


def draft(
    session: Session,
    code: str = "dot-1",
    *,
    opens_on: dt.date = dt.date(2026, 3, 1),
    closes_on: dt.date = dt.date(2026, 3, 31),
    form: StoredInstrument | None = None,
    kind: str = "counter",
) -> Wave:
    """A draft wave of March 2026 that asks the small form at counters."""
    return waves.create(
        session, programme=programme(), sector="administration", code=code, name=f"Đợt {code}",
        year=closes_on.year, opens_on=opens_on, closes_on=closes_on,
        forms={kind: form or stored(session)},
    )  # fmt: skip


def open_wave(session: Session, code: str = "dot-1") -> Wave:
    """The wave of March 2026, open: it takes answers on `TODAY`."""
    wave = draft(session, code)
    waves.open_wave(session, wave)
    return wave


def collector(session: Session, place: ServicePoint) -> Collector:
    """A poster's code for a service point, the same in every run."""
    rng = random.Random(place.id)
    return collectors.issue(session, place, kind="open", today=FOUNDED, rng=rng)


def answers(packed: str = "5435", *, field: str | None = "land", comment: str = "") -> Answers:
    """Checked answers to the small form."""
    texts = (("G3", comment),) if comment else ()
    return Answers(packed, others="0902---1", sex="2", age_band="1", texts=texts, field=field)


def submission(
    session: Session,
    code: Collector,
    number: int = 1,
    *,
    given: Answers | None = None,
    now: dt.datetime = NOW,
) -> Submission:
    """What a phone sends that scanned a code; each number has a key of its own."""
    place = session.get_one(ServicePoint, code.point_id)
    form = waves.form_for(session, place, on=day_of(now))
    return Submission(
        wave=form.wave, instrument=form.stored, point=place, collector=code,
        answers=given or answers(), language="vi", key=f"{number:022d}", now=now,
    )  # fmt: skip


def response(
    session: Session,
    code: Collector,
    number: int = 1,
    *,
    given: Answers | None = None,
    now: dt.datetime = NOW,
) -> Response:
    """A recorded response."""
    sent = submission(session, code, number, given=given, now=now)
    return responses.record(session, sent).response
