"""A PIN for the devices of a code: made in the terminal or by Nội vụ, told once."""

from __future__ import annotations

import re

import flask
import pytest
from sqlmodel import Session, select

from surveys.places import pins
from surveys.tables import Collector
from tests import builders
from tests.app import staffed
from tests.app.staffed import Offices


def test_the_terminal_tells_a_new_pin_once(app: flask.Flask, session: Session) -> None:
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    told = app.test_cli_runner().invoke(args=["collectors", "pin", code.lower()]).output
    (pin,) = re.findall(rf"{code}: PIN (\d{{4}} \d{{4}})", told)
    kept = pins.of(session.exec(select(Collector)).one())
    assert kept is not None
    assert kept.fits(pin)


def test_the_terminal_says_which_code_there_is_not(app: flask.Flask) -> None:
    result = app.test_cli_runner().invoke(args=["collectors", "pin", "0000000"])
    assert result.exit_code == 1
    assert "Không có mã" in result.output


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices."""
    return staffed.build(app)


def test_the_page_of_codes_tells_a_new_pin_once(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    page = client.get("/noi-vu/ma-qr").text
    address = re.findall(r'action="(/noi-vu/ma-qr/\w+/pin)"', page)[0]
    assert staffed.post(client, address).status_code == 303
    answer = client.get("/noi-vu/ma-qr")
    (pin,) = re.findall(r"PIN của mã \w+ \([^)]*\): (\d{4} \d{4})", answer.text)
    with offices.session() as session:
        code = address.split("/")[3]
        kept = pins.of(session.exec(select(Collector).where(Collector.code == code)).one())
    assert kept is not None
    assert kept.fits(pin)
    assert pin not in client.get("/noi-vu/ma-qr").text
    assert staffed.post(client, "/noi-vu/ma-qr/0000000/pin").status_code == 404
