"""What is ordinary is answered before Flask, as Flask answers it; the rest comes to Flask whole."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import flask
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from app.citizen import forms, keys, lane
from app.citizen.lane import Lane
from surveys.fieldwork import waves
from surveys.places import collectors
from surveys.places.collectors import Kind
from tests import builders, dumps
from tests.fieldwork import collector

GOOD = {"field": "land", "a.A1": "5", "a.A2": "4", "a.B1": "4", "a.C1": "3"}
#: What differs from one answer to the next: keys, receipts, and links that carry them.
OWN = re.compile(
    r'name="key" value="[^"]+"|[0-9A-Z]{9}\b|[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]'
    r"|(?<=them=)[\w.-]+|(?<=/them/)[\w.-]+"
)
ANSWERS = ("", "gzip", "br;q=1.0, gzip;q=0.8", "gzip;q=0")


@pytest.fixture
def code(session: Session) -> str:
    """The code at a counter while a wave is open."""
    builders.open_wave(session)
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    return code


@pytest.fixture
def split(session: Session) -> str:
    """The code at a counter where each person is asked the overall item and another one."""
    wave = builders.draft(session)
    waves.split(session, wave, "counter", 1)
    waves.open_wave(session, wave)
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    return code


def key_of(client: FlaskClient, code: str) -> str:
    """The key of a form that is opened."""
    return client.get(f"/k/{code}").text.split('name="key" value="')[1].split('"')[0]


def send(client: FlaskClient, code: str, **options: Any) -> TestResponse:
    """The answer to a good form."""
    page = client.get(f"/k/{code}").text
    names = set(re.findall(r'name="(a\.[^"]+)"', page))
    key = page.split('name="key" value="')[1].split('"')[0]
    values = {name: value for name, value in GOOD.items() if name in names or name == "field"}
    return client.post(f"/k/{code}", data={"key": key, **values}, **options)


def warm(client: FlaskClient, code: str) -> None:
    """Opens and answers once, in each language and size: now the pages are made."""
    for query in ("", "lang=en", "chu=lon", "lang=en&chu=rat-lon"):
        answer = send(client, code, query_string=query)
        client.get(answer.location)
        for _ in range(4):  # of a split form, each block
            client.get(f"/k/{code}?{query}")


def both(app: flask.Flask, method: str, path: str, **options: Any) -> list[TestResponse]:
    """What the lane says, and what Flask says behind it."""
    ways = (app.wsgi_app, lane_of(app)._behind)
    found = []
    for way in ways:
        environ = EnvironBuilder(path, method=method, **options).get_environ()
        body, status, headers = run_wsgi_app(way, environ, buffered=True)
        found.append(TestResponse(body, status, headers, request=None))  # type: ignore[arg-type]
    return found


def lane_of(app: flask.Flask) -> Lane:
    """The lane of an app that has no proxies."""
    assert isinstance(app.wsgi_app, Lane)
    return app.wsgi_app


def read(answer: TestResponse) -> str:
    """A page without what is one person's own."""
    data = answer.get_data()
    if answer.headers.get("Content-Encoding") == "gzip":
        data = gzip.decompress(data)
    return OWN.sub("…", data.decode())


def told(answer: TestResponse) -> dict[str, str]:
    """The headers, without the length of what is compressed in another way, and receipts."""
    return {name: OWN.sub("…", value) for name, value in answer.headers if name != "Content-Length"}


def closed(app: flask.Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the views fail."""

    def fail(**_said: object) -> None:
        raise AssertionError("this came to a view")

    for name in ("form", "answer", "thanks"):
        monkeypatch.setitem(app.view_functions, f"citizen.{name}", fail)


@pytest.mark.parametrize("query", ["", "lang=en", "chu=lon", "lang=en&chu=rat-lon"])
@pytest.mark.parametrize("place", ["code", "split"])
def test_an_ordinary_flow_comes_to_no_view(
    app: flask.Flask, client: FlaskClient, request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch, place: str, query: str,
) -> None:  # fmt: skip
    code = request.getfixturevalue(place)
    warm(client, code)
    closed(app, monkeypatch)
    app.testing = True
    answer = send(client, code, query_string=query)
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200


@pytest.mark.parametrize("accepted", ANSWERS)
@pytest.mark.parametrize("query", ["", "?lang=en", "?lang=vi", "?chu=rat-lon&lang=en"])
def test_a_form_and_its_thanks_are_those_of_flask(
    app: flask.Flask, client: FlaskClient, code: str, accepted: str, query: str
) -> None:
    warm(client, code)
    receipt = urlsplit(send(client, code).location).path
    for path in (f"/k/{code}{query}", f"/K/{code}{query}", receipt + query):
        ours, theirs = both(app, "GET", path, headers={"Accept-Encoding": accepted})
        assert ours.status_code == theirs.status_code == 200
        assert told(ours) == told(theirs)
        assert read(ours) == read(theirs)


@pytest.mark.parametrize(
    "accepted", ["text/html,application/xhtml+xml,*/*;q=0.8", "application/json"]
)
@pytest.mark.parametrize("place", ["code", "split"])
@pytest.mark.parametrize("query", ["", "?chu=lon&lang=en"])
def test_an_answer_is_told_as_flask_tells_it(
    app: flask.Flask, client: FlaskClient, request: pytest.FixtureRequest,
    session: Session, engine: Engine, place: str, accepted: str, query: str,
) -> None:  # fmt: skip
    code = request.getfixturevalue(place)
    warm(client, code)
    before = dumps.counts(engine)["response"]
    found = []
    for way in (app.wsgi_app, lane_of(app)._behind):
        page = client.get(f"/k/{code}").text
        names = set(re.findall(r'name="(a\.[^"]+)"', page))
        sent = {name: value for name, value in GOOD.items() if name in names or name == "field"}
        sent["key"] = page.split('name="key" value="')[1].split('"')[0]
        environ = EnvironBuilder(
            f"/k/{code}{query}", method="POST", data=sent, headers={"Accept": accepted}
        ).get_environ()
        body, status, headers = run_wsgi_app(way, environ, buffered=True)
        found.append(TestResponse(body, status, headers, request=None))  # type: ignore[arg-type]
    ours, theirs = found
    assert ours.status == theirs.status
    assert told(ours) == told(theirs)
    if accepted == "application/json":
        assert read(ours) == read(theirs)
    assert dumps.counts(engine)["response"] == before + 2


LEFT: dict[str, dict[str, Any]] = {
    "a cookie": {"headers": {"Cookie": "hailong=x"}},
    "another question": {"query_string": "m=AAAAAAAA"},
    "a question twice": {"query_string": "lang=en&lang=vi"},
    "an unknown language": {"query_string": "lang=xx"},
    "an unknown size": {"query_string": "chu=huge"},
    "a link where there is no receipt": {"query_string": "them=x"},
    "another method": {"method": "HEAD"},
    "a folder": {"environ_base": {"SCRIPT_NAME": "/dich-vu"}},
}


@pytest.mark.parametrize("options", LEFT.values(), ids=LEFT)
def test_what_is_not_ordinary_is_left_to_flask(
    app: flask.Flask, client: FlaskClient, code: str, options: Mapping[str, Any]
) -> None:
    warm(client, code)
    environ = EnvironBuilder(f"/k/{code}", **options).get_environ()
    environ.update(options.get("environ_base", {}))
    assert lane_of(app)._reply(environ) is None
    assert lane_of(app)._reply(EnvironBuilder(f"/k/{code}").get_environ()) is not None


@pytest.mark.parametrize("path", ["/k/{0}x", "/p/{0}", "/k/{0}/", "/k/abcdefg", "/k/ZZZZZZZ", "/"])
def test_so_is_another_address(app: flask.Flask, client: FlaskClient, code: str, path: str) -> None:
    warm(client, code)
    assert lane_of(app)._reply(EnvironBuilder(path.format(code)).get_environ()) is None


SENT: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "a comment": ({"t.G3": "Tốt"}, {}),
    "a fault": ({"a.A1": "9"}, {}),
    "no key": ({"key": "x"}, {}),
    "an earlier day": ({"day": (builders.TODAY - dt.timedelta(1)).isoformat()}, {}),
    "another origin": ({}, {"headers": {"Origin": "https://elsewhere.example"}}),
    "several parts": ({}, {"content_type": "multipart/form-data"}),
    "pieces": ({}, {"headers": {"Transfer-Encoding": "chunked"}}),
}


@pytest.mark.parametrize(("changes", "options"), SENT.values(), ids=SENT)
def test_an_answer_that_needs_more_comes_to_flask_as_it_was_sent(
    app: flask.Flask, client: FlaskClient, code: str, changes: dict[str, str],
    options: dict[str, Any],
) -> None:  # fmt: skip
    warm(client, code)
    # A form of a day ago, so that it may have been answered then.
    opened = client.get(f"/k/{code}").text.split('name="key" value="')[1].split('"')[0]
    with app.app_context():
        flask.g.moment = builders.NOW - dt.timedelta(2)
        earlier = keys.issue(code)
    sent = {"key": earlier if "day" in changes else opened, **GOOD, **changes}
    environ = EnvironBuilder(f"/k/{code}", method="POST", data=sent, **options).get_environ()
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body)
    assert lane_of(app)._reply(environ) is None
    assert environ["wsgi.input"].read() == body


def test_bytes_that_are_no_text_come_to_flask(
    app: flask.Flask, client: FlaskClient, code: str
) -> None:
    warm(client, code)
    body = urlencode({"key": key_of(client, code), **GOOD}).encode() + b"&a.A2=\xff"
    environ = EnvironBuilder(
        f"/k/{code}", method="POST", input_stream=io.BytesIO(body), content_type=forms.ENCODED,
        content_length=len(body),
    ).get_environ()  # fmt: skip
    assert lane_of(app)._reply(environ) is None
    assert environ["wsgi.input"].read() == body


def test_what_is_sent_again_is_not_counted_twice(
    app: flask.Flask, client: FlaskClient, engine: Engine, code: str
) -> None:
    warm(client, code)
    key, before = key_of(client, code), dumps.counts(engine)["response"]
    answers = [client.post(f"/k/{code}", data={"key": key, **GOOD}) for _ in range(3)]
    assert len({answer.location for answer in answers}) == 1
    assert dumps.counts(engine)["response"] == before + 1


@pytest.mark.parametrize("kind", ["sampled", "staffed"])
def test_a_code_that_is_not_for_everybody_opens_nothing(
    app: flask.Flask, client: FlaskClient, session: Session, engine: Engine, kind: Kind
) -> None:
    builders.open_wave(session)
    closed = collector(session, builders.counter(session), kind).code
    session.commit()
    with app.test_request_context():
        sent = {**GOOD, "key": keys.issue(closed)}
    for method, filled in (("GET", {}), ("POST", {"data": sent})):
        asked = EnvironBuilder(f"/k/{closed}", method=method, **filled).get_environ()
        assert lane_of(app)._reply(asked) is None
        assert client.open(f"/k/{closed}", method=method, **filled).status_code == 403
    assert client.get(f"/k/{closed}/display").status_code == 403
    assert dumps.counts(engine)["response"] == 0


def test_the_page_of_an_interviewer_s_code_says_whose_it_is(
    client: FlaskClient, session: Session
) -> None:
    builders.open_wave(session)
    code = collector(session, builders.counter(session), "staffed").code
    session.commit()
    page = client.get(f"/k/{code}")
    assert "Mã này dành cho điều tra viên" in page.text
    assert 'href="/"' in page.text


def test_a_receipt_of_another_code_is_not_told(
    app: flask.Flask, client: FlaskClient, session: Session, code: str
) -> None:
    warm(client, code)
    other = builders.collector(session, builders.counter(session, "17272")).code
    session.commit()
    receipt = urlsplit(send(client, code).location).path.rsplit("/", 1)[1]
    assert client.get(f"/k/{other}/cam-on/{receipt}").status_code == 404
    assert client.get(f"/k/{code}/cam-on/000000000").status_code == 404


def test_a_database_that_fails_is_told_by_flask_in_words(
    app: flask.Flask, client: FlaskClient, code: str, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    warm(client, code)
    driver = app.extensions["engine"].dialect.loaded_dbapi

    def fail(*_asked: object, **_named: object) -> None:
        raise driver.OperationalError("gone")

    monkeypatch.setattr(lane.scans, "look", fail)
    answer = client.get(f"/k/{code}")
    assert answer.status_code == 500
    assert "<html" in answer.text
    assert caplog.records[0].getMessage() == "left to Flask after OperationalError"
    assert not [record for record in caplog.records if code in record.getMessage()]


def test_a_retired_code_is_no_longer_answered(
    app: flask.Flask, client: FlaskClient, session: Session, code: str
) -> None:
    warm(client, code)
    found = collectors.find(session, code, on=builders.TODAY)
    collectors.retire(session, found, today=builders.TODAY)
    session.commit()
    assert client.get(f"/k/{code}").status_code == 410


@given(st.lists(st.tuples(st.text(), st.text())), st.text("ab=&+%.2F0é", max_size=40))
def test_a_form_is_read_as_the_standard_library_reads_it(
    pairs: list[tuple[str, str]], loose: str
) -> None:
    for body in (urlencode(pairs, errors="replace"), loose):
        found = forms.parse(body.encode())
        try:
            expected = parse_qsl(body, keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            assert found is None
            continue
        values: dict[str, list[str]] = {}
        for name, value in expected:
            values.setdefault(name, []).append(value)
        assert found is not None
        assert found.values == values
