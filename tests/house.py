"""A small district with everybody in it: two offices, their units, Nội vụ, and a published year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import flask
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from app import create_app
from app.settings import Settings
from surveys.fieldwork import comments, responses, tickets, waves
from surveys.offices import invitations, staff
from surveys.questionnaires import instrument as instruments
from surveys.questionnaires import registry
from surveys.tables import Release, Response, ServicePoint, StoredInstrument, Unit, Wave
from tests import builders, databases, dumps, fieldwork, releasing
from tests.visitor import Visitor

PASSWORD = "mật khẩu rất dài"
#: The form of counters that the programme's targets judge, in small.
COUNTER_FORM = ('code = "small"', 'code = "sipas-quay"')
#: What people answered: all content, one of ten not.
ANSWERED = ["5555"] * 9 + ["5255"]
#: Every account, and what it is for.
ACCOUNTS = (
    "noi-vu", "hanh-chinh", "y-te", "mot-cua", "quay-khac", "kiem-tra", "quan-tri", "nhap",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class House:
    """What a test needs to know of the district: codes of its places and waves."""

    #: The printed code at the first counter, and a receipt given there.
    code: str
    receipt: str
    #: The two one-stop shops, each with an account: `mot-cua` and `quay-khac`.
    unit: str
    other_unit: str
    #: The open wave, a draft, and the year that is published.
    wave: str
    draft: str
    year: int
    #: Number of the first counter.
    point_id: int
    #: The token of a link that nobody has used.
    invitation: str
    #: A ticket for the first counter that nobody has used.
    ticket: str
    #: The response of a comment, and its number once it was passed on.
    comment: int
    case: int
    #: The code there for interviewers and paper.
    staffed: str
    #: The draft behind the correction of the published year.
    draft_number: int


@dataclass(frozen=True, slots=True)
class World:
    """The app on the furnished database, with a browser for everybody."""

    app: flask.Flask
    house: House
    visitors: dict[str, Visitor]

    def visitor(self, name: str) -> Visitor:
        """Somebody's browser, signed in; a `visitor` has none of the accounts."""
        if name not in self.visitors:
            made = Visitor(self.app)
            if name in ACCOUNTS:
                made.sign_in(name, PASSWORD)
            self.visitors[name] = made
        return self.visitors[name]

    def ask(self, name: str, address: str, method: str = "GET", **given: Any) -> TestResponse:
        """The whole answer to somebody."""
        client = self.visitor(name).client
        return client.open(address, method=method, buffered=True, **given)

    def contents(self) -> dumps.Rows:
        """Everything in the database."""
        return dumps.contents(self.app.extensions["engine"])


@contextmanager
def opened(databases_: databases.Databases, kind: str) -> Iterator[World]:
    """The district in a fresh database of a kind, at the moment of the builders."""
    url = databases_.fresh(kind)
    app = create_app(Settings(database_url=url, secret_key="test", clock=lambda: builders.NOW))
    with Session(app.extensions["engine"]) as session:
        furnished = furnish(session)
    yield World(app, furnished, {})
    app.extensions["engine"].dispose()
    databases_.drop(url)


def furnish(session: Session, *, today: dt.date = builders.TODAY) -> House:
    """The district on a day, committed: last year is published, this year's wave is open."""
    counters = [builders.counter(session, code) for code in ("17266", "17272")]
    shops = [session.get_one(Unit, counter.unit_id) for counter in counters]
    clinic = builders.unit(session, "y-te-17266", kind="clinic", sector="health")
    builders.point(session, clinic, "kham-1", kind="outpatient")
    code = builders.collector(session, counters[0])
    staffed = fieldwork.collector(session, counters[0], "staffed").code
    year = today.year - 1
    corrected = _last_year(session, counters, dt.date(year, 11, 1))
    open_wave = _wave(session, "hc-nay", _lately(today), today + dt.timedelta(30))
    _answers(session, open_wave, counters, today)
    draft = builders.draft(
        session, "hc-sau", opens_on=today + dt.timedelta(60), closes_on=today + dt.timedelta(90),
        form=_form(session),
    )  # fmt: skip
    _health_wave(session, today)
    moment = dt.datetime.combine(today, dt.time(3), tzinfo=dt.UTC)
    invitation = _accounts(session, shops, moment)
    given = builders.answers(comment="Xin thêm ghế chờ")
    recorded = builders.response(session, code, given=given, now=moment)
    case = _passed_on(session, recorded)
    minted = tickets.mint(
        session, fieldwork.collector(session, counters[0], "sampled"), every=5, size=3,
        expires_on=open_wave.closes_on, by="Phòng Nội vụ", now=moment,
    )  # fmt: skip
    found = House(
        code.code, recorded.receipt, unit=shops[0].code, other_unit=shops[1].code,
        wave=open_wave.code, draft=draft.code, year=year, point_id=counters[0].id or 0,
        invitation=invitation,
        ticket=minted.tokens[0], comment=recorded.id or 0, case=case,
        staffed=staffed, draft_number=corrected.draft_id or 0,
    )  # fmt: skip
    # Last: a row that is read after it would open a transaction, and keep others from writing.
    session.commit()
    return found


def _passed_on(session: Session, response: Response) -> int:
    """The number of the response's comment, which its unit may read."""
    item = comments.find(session, response.id or 0, "G3")
    assert item is not None
    return comments.screen(session, item, shown=item.comment.text, category="place").id or 0


def _form(session: Session) -> StoredInstrument:
    return builders.stored(session, builders.instrument(COUNTER_FORM))


def _wave(session: Session, code: str, opens_on: dt.date, closes_on: dt.date) -> Wave:
    made = builders.draft(
        session, code, opens_on=opens_on, closes_on=closes_on, form=_form(session)
    )
    waves.open_wave(session, made)
    return made


def _lately(today: dt.date) -> dt.date:
    """A day on which a wave may have begun: the first of the month, unless that is hardly past."""
    return min(today.replace(day=1), today - dt.timedelta(2))


def _answers(session: Session, wave: Wave, points: list[ServicePoint], last: dt.date) -> None:
    """Ten answers a day at each counter, on days up to the last, and the people served."""
    # One day alone tells nothing about an error, so on the first of a month some lie before it.
    days = [last - dt.timedelta(back) for back in range(max(3, min(last.day, 5)))]
    for point in points:
        for day in days:
            fieldwork.answered(session, wave, point, ANSWERED, day=day)
        for month in {day.replace(day=1) for day in days}:
            fieldwork.served(session, point, 900, month=month)


def _last_year(session: Session, points: list[ServicePoint], month: dt.date) -> Release:
    last = month.replace(day=28)
    wave = _wave(session, "hc-truoc", month, last)
    _answers(session, wave, points, last)
    moment = dt.datetime.combine(last + dt.timedelta(5), dt.time(3), tzinfo=dt.UTC)
    waves.close(session, wave, now=moment)
    release: Callable[..., Release] = partial(
        releasing.publish, session, programme=builders.programme(), sector="administration",
        year=month.year,
    )  # fmt: skip
    release(now=moment)
    excluded = session.exec(select(Response.id).where(Response.wave_id == wave.id)).first()
    responses.exclude(session, excluded or 0, reason="Trả lời thử", now=moment)
    return release(now=moment + dt.timedelta(1), reason="Loại một phiếu trả lời thử")


def _health_wave(session: Session, today: dt.date) -> None:
    forms = {form.code: form for form in instruments.shipped()}
    stored = registry.store(session, forms["y-te-ngoai-tru"], now=builders.NOW)
    made = waves.create(
        session, programme=builders.programme(), sector="health", code="yt-nay",
        name="Y tế, đợt đang mở", year=today.year, opens_on=_lately(today),
        closes_on=today + dt.timedelta(30), forms={"outpatient": stored},
    )  # fmt: skip
    waves.open_wave(session, made)


def _accounts(session: Session, shops: list[Unit], moment: dt.datetime) -> str:
    """All accounts, and the link of one that has not come yet."""
    add = partial(staff.add, session, password=PASSWORD, demo=True)
    add(username="noi-vu", name="Phòng Nội vụ", role="central")
    add(username="hanh-chinh", name="Văn phòng", role="sector", sector="administration")
    add(username="y-te", name="Phòng Y tế", role="sector", sector="health")
    add(username="mot-cua", name="Một cửa 17266", role="unit", unit_id=shops[0].id)
    add(username="quay-khac", name="Một cửa 17272", role="unit", unit_id=shops[1].id)
    add(username="kiem-tra", name="Thanh tra", role="auditor")
    add(username="quan-tri", name="Quản trị", role="administrator")
    add(username="nhap", name="Người nhập phiếu", role="entry", unit_id=shops[0].id)
    new = staff.add(session, username="moi", name="Người mới", role="auditor")
    return invitations.invite(session, new, now=moment)
