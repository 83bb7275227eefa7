"""A form that is sent again: in another language, or with other answers."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from tests import builders
from tests.app.test_citizen_answers import GOOD, kept, opened, printed, send


@pytest.fixture
def code(session: Session) -> str:
    """The code at a counter while the wave of March 2026 is open."""
    builders.open_wave(session)
    return printed(session, "17266")


def test_refused_other_answers_are_sent_as_a_new_form_at_a_press(
    client: FlaskClient, session: Session, code: str
) -> None:
    key = opened(client, code)
    send(client, code, key=key)
    refused = send(client, code, key=key, **{"a.A1": "1", "t.G3": "Hai\ndòng"}).text
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', refused)
    again = {name: html.unescape(value) for name, value in hidden}
    assert again.pop("key") != key
    assert again == {**GOOD, "a.A1": "1", "t.G3": "Hai\ndòng"}
    fresh = dict(hidden)["key"]
    assert client.post(f"/k/{code}", data={**again, "key": fresh}).status_code == 303
    assert kept(session) == ["5043", "1043"]


def test_the_same_answers_in_another_language_are_the_same_form(
    client: FlaskClient, session: Session, code: str
) -> None:
    key = opened(client, code)
    first = send(client, code, key=key).location
    answer = client.post(f"/k/{code}?lang=en", data={**GOOD, "key": key})
    assert answer.location == f"{first}&lang=en" if "?" in first else f"{first}?lang=en"
    assert len(kept(session)) == 1
