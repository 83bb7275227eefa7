"""Signed-in offices for tests of pages: two communes with a counter each, a wave, accounts."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import dataclass
from functools import partial

import flask
from flask.testing import FlaskClient
from sqlmodel import Session
from werkzeug.test import TestResponse

from app.central.forms import CHECKLIST
from surveys.fieldwork import waves
from surveys.offices import staff
from surveys.tables import Unit, Wave
from tests import builders, fieldwork

PASSWORD = "mật khẩu rất dài"
#: The small form as the one that the target of the counters judges.
COUNTER_FORM = ('code = "small"', 'code = "sipas-quay"')

#: The same for households.
HOUSEHOLD_FORM = (
    ('code = "small"', 'code = "sipas-ho-gia-dinh"'),
    ('points = ["counter"]', 'points = ["household"]'),
)


@dataclass(frozen=True)
class Offices:
    """The app with its people: `noi-vu` (central), `vp`, `y-te`, `tan-ky` (a unit), `xa`."""

    app: flask.Flask
    shops: tuple[str, ...]

    def signed_in(self, username: str) -> FlaskClient:
        """A browser in which this account is signed in."""
        client = self.app.test_client()
        answer = post(client, "/dang-nhap", username=username, password=PASSWORD)
        assert answer.status_code == 303
        return client

    def session(self) -> Session:
        """A session beside the app's."""
        return Session(self.app.extensions["engine"])


def build(app: flask.Flask) -> Offices:
    """The offices in the app's database: 100 answers at one counter, 4 at the other."""
    with Session(app.extensions["engine"]) as session:
        points = [builders.counter(session, code) for code in ("17266", "17272")]
        wave = builders.draft(
            session, "dot-3", form=builders.stored(session, builders.instrument(COUNTER_FORM))
        )
        waves.open_wave(session, wave)
        for number in range(1, 11):
            day = dt.date(2026, 3, number)
            fieldwork.answered(session, wave, points[0], ["5555"] * 9 + ["5355"], day=day)
        fieldwork.answered(session, wave, points[1], ["5555"] * 4)
        fieldwork.served(session, points[0], 1000)
        shops = [session.get_one(Unit, point.unit_id) for point in points]
        add = partial(staff.add, session, password=PASSWORD, demo=True)
        add(username="noi-vu", name="Phòng Nội vụ", role="central")
        add(username="vp", name="Văn phòng", role="sector", sector="administration")
        add(username="y-te", name="Phòng Y tế", role="sector", sector="health")
        add(username="tan-ky", name="Một cửa", role="unit", unit_id=shops[0].id)
        add(username="xa", name="Xã", role="unit", unit_id=shops[0].parent_id)
        session.commit()
        return Offices(app, tuple(shop.code for shop in shops))


def publish(offices: Offices, year: str, reason: str = "") -> None:
    """Has Nội vụ draft a year, the sector's office check it, and Nội vụ publish it."""
    noi_vu = offices.signed_in("noi-vu")
    place = post(noi_vu, year, reason=reason).location
    assert place is not None
    checked = post(offices.signed_in("vp"), f"{place}/kiem-tra", read=[*CHECKLIST])
    assert checked.status_code == 303
    assert post(noi_vu, f"{place}/cong-bo").status_code == 303


def token(client: FlaskClient, path: str = "/dang-nhap") -> str:
    """The CSRF token that a page carries."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def post(client: FlaskClient, path: str, **sent: object) -> TestResponse:
    """The answer to a form sent as its page would send it."""
    return client.post(path, data={"csrf_token": token(client), **sent})


def text(page: str) -> str:
    """The words of a page as one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def wave(session: Session, code: str = "dot-3") -> Wave:
    """The wave with a code."""
    found = waves.find(session, code)
    assert found is not None
    return found
