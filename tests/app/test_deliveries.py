"""Word of publications to a real receiver: signed, once for each release, and never in the way."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import flask
import pytest
from flask.testing import FlaskCliRunner
from sqlmodel import Session

from app import create_app, deliveries
from app.deliveries import Sent
from app.settings import Settings
from surveys.fieldwork import waves
from surveys.publishing import steps, webhooks
from surveys.tables import Delivery
from tests import builders, receivers, released, releasing
from tests.app import staffed
from tests.app.staffed import Offices, post, text, token, wave
from tests.receivers import Receiver, Told

PAGE = "/noi-vu/bao-tin"
NOW = builders.NOW


@pytest.fixture
def app(database_url: str) -> Iterator[flask.Flask]:
    """The app, which may tell this machine; its clock goes on by what the test adds."""
    made = create_app(
        Settings(
            database_url=database_url,
            secret_key="test",
            webhooks_inside=True,
            base_url="https://hailong.example.vn",
            clock=lambda: NOW,
        )
    )  # fmt: skip
    yield made
    made.extensions["engine"].dispose()


@pytest.fixture
def run(app: flask.Flask) -> FlaskCliRunner:
    """The terminal."""
    return app.test_cli_runner()


def later(app: flask.Flask, by: dt.timedelta) -> None:
    """Put the clock forward."""
    settings = app.extensions["settings"]
    moment = settings.clock() + by
    app.extensions["settings"] = replace(settings, clock=lambda: moment)


def owe(app: flask.Flask, url: str) -> str:
    """The key of a new address that is owed word of a release."""
    with Session(app.extensions["engine"]) as session:
        made = webhooks.add(session, url, now=NOW)
        webhooks.announce(session, released.publish(session, published_at=NOW))
        key = webhooks.key(made, b"test")
        session.commit()
        return key


def send(app: flask.Flask) -> Sent:
    """What a round does."""
    with app.app_context():
        return deliveries.send_due()


def verified(told: Told, key: str) -> bool:
    """Whether a receiver who follows Standard Webhooks takes it for ours."""
    secret = base64.b64decode(key.removeprefix("whsec_"))
    head = f"{told.headers['webhook-id']}.{told.headers['webhook-timestamp']}."
    made = hmac.new(secret, head.encode() + told.body, hashlib.sha256).digest()
    return told.headers["webhook-signature"] == "v1," + base64.b64encode(made).decode()


def test_the_receiver_can_verify_what_it_is_told(app: flask.Flask) -> None:
    with receivers.receiver() as there:
        key = owe(app, f"{there.url}/tin?cua=1")
        assert send(app) == Sent(delivered=1)
    (told,) = there.told
    assert told.path == "/tin?cua=1"
    assert verified(told, key)
    assert not verified(replace(told, body=told.body + b" "), key)
    assert told.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    said = json.loads(told.body)
    assert said["type"] == "release.published"
    assert said["data"]["files"]["json"] == "https://hailong.example.vn/chi-so/2026/health.json"
    assert (said["data"]["revision"], len(said["data"]["sha256"])) == (1, 64)


def test_500_then_200_is_one_success_under_one_number(app: flask.Flask) -> None:
    with receivers.receiver([500, 200]) as there:
        owe(app, there.url)
        assert send(app) == Sent(failed=1)
        assert send(app) == Sent()
        later(app, webhooks.FIRST_WAIT)
        assert send(app) == Sent(delivered=1)
        later(app, dt.timedelta(365))
        assert send(app) == Sent()
    assert len({told.headers["webhook-id"] for told in there.told}) == 1
    assert len({told.headers["webhook-timestamp"] for told in there.told}) == 2
    assert there.told[0].body == there.told[1].body


@pytest.mark.parametrize("status", [302, 404, 410, 503])
def test_only_a_status_of_success_counts_and_no_redirect_is_followed(
    app: flask.Flask, status: int
) -> None:
    with receivers.receiver([status]) as there:
        owe(app, there.url)
        assert send(app) == Sent(failed=1)
    assert len(there.told) == 1
    assert problem(app) == f"status {status}"


def problem(app: flask.Flask) -> str:
    """What is kept of the last attempt."""
    with Session(app.extensions["engine"]) as session:
        return session.get_one(Delivery, 1).problem


def test_a_slow_receiver_is_left_however_steadily_it_drips(
    app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "PATIENCE", 0.4)
    with receivers.receiver(slow=0.1) as there:
        owe(app, there.url)
        began = time.monotonic()
        assert send(app) == Sent(failed=1)
        assert time.monotonic() - began < 1
    assert problem(app) == "timeout"


def test_nobody_there_is_a_failure_and_so_is_a_name_that_cannot_be(app: flask.Flask) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        owe(app, f"http://127.0.0.1:{taken.getsockname()[1]}/")
        assert send(app) == Sent(failed=1)
    assert problem(app) == "connection"


def test_an_untrusted_certificate_is_no_receiver(app: flask.Flask) -> None:
    with receivers.receiver() as there:
        owe(app, there.url.replace("http:", "https:"))
        assert send(app) == Sent(failed=1)
    assert problem(app) == "certificate"
    assert not there.told


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]"]
)
def test_inside_the_network_nobody_is_told_unless_allowed(app: flask.Flask, host: str) -> None:
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, webhooks_inside=False)
    owe(app, f"https://{host}:9/")
    assert send(app) == Sent(failed=1)
    assert problem(app) == "inside"


def test_the_command_says_what_it_did_and_when_it_gives_up(
    app: flask.Flask, run: FlaskCliRunner
) -> None:
    with receivers.receiver([500, *[500] * 11, 200]) as there:
        made = run.invoke(args=["webhooks", "add", there.url])
        assert "whsec_" in made.output
        assert "đã nhận" not in run.invoke(args=["webhooks", "list"]).output
        with Session(app.extensions["engine"]) as session:
            webhooks.announce(session, released.publish(session, published_at=NOW))
            session.commit()
        results = []
        for _ in range(webhooks.MOST):
            results.append(run.invoke(args=["webhooks", "send"]))
            later(app, webhooks.LONGEST_WAIT)
        assert [result.exit_code for result in results] == [0] * 11 + [1]
        assert "Thôi gửi 1 tin sau 12 lần" in results[-1].stderr
        assert "đã thôi gửi" in run.invoke(args=["webhooks", "list"]).output
        assert run.invoke(args=["webhooks", "send"]).output == ""
        assert "Đã báo 1 tin" in run.invoke(args=["webhooks", "send", "--again"]).output
    assert len({told.headers["webhook-id"] for told in there.told}) == 1
    assert "Thôi báo tin" in run.invoke(args=["webhooks", "remove", "1"]).output


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["add", "http://xa.example.vn/"], "cần địa chỉ https"),
        (["remove", "7"], "Không có địa chỉ số 7"),
    ],
)
def test_the_command_says_what_cannot_be(run: FlaskCliRunner, args: list[str], words: str) -> None:
    result = run.invoke(args=["webhooks", *args])
    assert (result.exit_code, words in result.stderr) == (1, True)


@pytest.fixture
def closed(app: flask.Flask) -> Offices:
    """The offices with the wave closed."""
    offices = staffed.build(app)
    with offices.session() as session:
        waves.close(session, wave(session), now=NOW)
        session.commit()
    return offices


def add(offices: Offices, url: str) -> str:
    """The page that answers a new address."""
    return text(post(offices.signed_in("noi-vu"), PAGE, url=url).text)


def checked(offices: Offices) -> int:
    """The number of a draft that a second person checked."""
    with offices.session() as session:
        programme, (drafter, checker) = builders.programme(), releasing.pair(session)
        made = steps.draft(
            session, programme=programme, sector="administration", year=2026, by=drafter, now=NOW
        )
        steps.check(session, programme, made, by=checker, now=NOW)
        session.commit()
        return made.id or 0


def publish(offices: Offices) -> None:
    """Publish a draft that was checked, on its page."""
    client, page = offices.signed_in("noi-vu"), f"/ban-thao/{checked(offices)}"
    answer = client.post(f"{page}/cong-bo", data={"csrf_token": token(client, page)})
    assert answer.status_code == 303
    answer.close()  # what a server does when everything is sent


def arrived(offices: Offices, there: Receiver) -> str:
    """The page of deliveries once the word of it arrived, or cannot."""
    assert there.came.wait(20)
    client, last = offices.signed_in("noi-vu"), time.monotonic() + 20
    while time.monotonic() < last:
        page = text(client.get(PAGE).text)
        if "mã 500" in page or "đã nhận" in page:
            return page
        time.sleep(0.05)
    raise AssertionError(page)


def test_publishing_tells_at_once_beside_the_answer(closed: Offices) -> None:
    with receivers.receiver() as there:
        key = add(closed, f"{there.url}/").split("whsec_")[1].split()[0]
        publish(closed)
        assert "đã nhận" in arrived(closed, there)
        (told,) = there.told
    assert verified(told, f"whsec_{key}")


def test_publishing_in_the_terminal_tells_before_it_ends(
    closed: Offices, run: FlaskCliRunner
) -> None:
    checked(closed)
    with receivers.receiver([500]) as there:
        add(closed, there.url)
        args = ["publish", "release", "administration", "2026", "--by", "nguoi-soan"]
        assert run.invoke(args=args).exit_code == 0
    assert [json.loads(told.body)["data"]["sector"] for told in there.told] == ["administration"]


def test_a_receiver_that_fails_does_not_fail_the_publication(closed: Offices) -> None:
    with receivers.receiver([500]) as there:
        add(closed, there.url)
        publish(closed)
        page = arrived(closed, there)
    assert "đang chờ 1" in page
    assert "bên nhận không nhận, mã 500" in page


def test_the_page_gives_addresses_up_and_sends_again(closed: Offices) -> None:
    owe(closed.app, "https://127.0.0.1:1/")
    client = closed.signed_in("noi-vu")
    with closed.session() as session:
        session.get_one(Delivery, 1).due_at = None
        session.commit()
    assert "đã thôi gửi Gửi lại" in text(client.get(PAGE).text)
    assert post(client, f"{PAGE}/gui-lai/1").status_code == 303
    assert "đang chờ" in text(client.get(PAGE).text)
    assert post(client, f"{PAGE}/1/bo").status_code == 303
    assert "Chưa báo tin cho hệ thống nào." in text(client.get(PAGE).text)
    assert {post(client, f"{PAGE}/{way}").status_code for way in ("1/bo", "gui-lai/1")} == {404}


@pytest.mark.parametrize(
    "url", ["", "http://xa.example.vn/", "https://ai:khoa@xa.example.vn/", "https://x/\x00"]
)
def test_the_page_refuses_what_cannot_be_told(closed: Offices, url: str) -> None:
    assert "Địa chỉ này không báo tin được" in add(closed, url)


def test_the_page_takes_an_address_once(closed: Offices) -> None:
    add(closed, "https://xa.example.vn/")
    assert "Địa chỉ này đã có" in add(closed, "https://xa.example.vn/")
