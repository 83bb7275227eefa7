"""Reminders over a real SMTP server: what is in a letter, and what happens when one fails."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import flask
import pytest
from click.testing import Result

from app import create_app
from app.settings import Settings
from surveys.offices import staff
from tests import builders, mailboxes
from tests.app import staffed
from tests.app.staffed import Offices, post, text
from tests.mailboxes import ELSEWHERE, Mailbox, certificate, mailbox

#: Two days after the wave's last day: it is to be closed.
AFTER = builders.NOW.replace(month=4, day=2)
SENDER = "hai-long@tanky.example.vn"
ACCOUNT = "/van-phong/tai-khoan"


@pytest.fixture
def app(database_url: str) -> Iterator[flask.Flask]:
    """The app after the wave's last day."""
    made = create_app(
        Settings(
            database_url=database_url, secret_key="test", clock=lambda: AFTER,
            base_url="https://hailong.example.vn", smtp_from=SENDER,
        )
    )  # fmt: skip
    yield made
    made.extensions["engine"].dispose()


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices; two accounts of Nội vụ want mail."""
    built = staffed.build(app)
    with built.session() as session:
        staff.add(session, username="noi-vu-2", name="Trần Thị Ánh “Sáu”", role="central")
        for name in ("noi-vu", "noi-vu-2", "y-te"):
            found = staff.find(session, name)
            assert found is not None
            found.email = f"{name}@tanky.example.vn"
        session.commit()
    return built


def remind(app: flask.Flask, box: Mailbox | None = None, **changes: object) -> Result:
    """What the command says, with this server in the settings."""
    url = f"smtp://{box.host}:{box.port}" if box else None
    given = {"smtp_url": url, **changes}
    app.extensions["settings"] = replace(app.extensions["settings"], **given)  # type: ignore[arg-type]
    return app.test_cli_runner().invoke(args=["remind"])


def test_a_letter_says_what_is_to_be_done_and_where(offices: Offices) -> None:
    with mailbox() as box:
        result = remind(offices.app, box)
    assert (result.exit_code, result.output) == (0, "Đã gửi 2 thư.\n")
    # Y tế has nothing to do, and gets no letter.
    first, second = box.letters
    assert str(first["Subject"]).startswith("Hài lòng: ")
    assert first["From"].addresses[0].addr_spec == SENDER
    assert second["To"].addresses[0].display_name == "Trần Thị Ánh “Sáu”"
    assert first.get_content_type() == "text/plain"
    assert first["Date"].datetime == AFTER
    assert first["Auto-Submitted"] == "auto-generated"
    said = first.get_content()
    assert "Kính gửi Phòng Nội vụ," in said
    assert "Đợt “Đợt dot-3” đã hết ngày mà chưa đóng" in said
    assert "quá hạn từ 31/03/2026" in said
    assert "https://hailong.example.vn/noi-vu/dot/dot-3" in said


def test_a_letter_is_ascii_on_its_way(offices: Offices) -> None:
    with mailbox() as box:
        remind(offices.app, box)
    assert all(raw.isascii() for raw in box.raw)
    assert all(max(map(len, raw.splitlines())) <= 998 for raw in box.raw)


def test_once_a_day_at_most(offices: Offices) -> None:
    with mailbox() as box:
        outputs = [remind(offices.app, box).output for _ in range(2)]
        later = remind(offices.app, box, clock=lambda: AFTER.replace(day=3))
    assert outputs == ["Đã gửi 2 thư.\n", "Đã gửi 0 thư.\n"]
    assert later.output == "Đã gửi 2 thư.\n"


def test_a_server_that_goes_away_in_mid_way_loses_nothing(offices: Offices) -> None:
    with mailbox(most=1) as box:
        broken = remind(offices.app, box)
    assert broken.exit_code == 1
    assert "Đã gửi 1 thư." in broken.output
    assert "Máy chủ thư không nhận" in broken.stderr
    with mailbox() as box:
        assert remind(offices.app, box).output == "Đã gửi 1 thư.\n"
    assert [str(each["To"].addresses[0].username) for each in box.letters] == ["noi-vu-2"]


def test_a_server_that_is_not_there_is_said_and_tried_again(offices: Offices) -> None:
    with mailbox() as gone:
        pass
    result = remind(offices.app, gone)
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert "Máy chủ thư không nhận" in result.stderr
    with mailbox() as box:
        assert remind(offices.app, box).output == "Đã gửi 2 thư.\n"


def test_an_address_that_is_refused_keeps_nobody_else_waiting(offices: Offices) -> None:
    with mailbox(unknown=("noi-vu@tanky.example.vn",)) as box:
        result = remind(offices.app, box)
    assert (result.exit_code, len(box.letters)) == (1, 1)
    assert "noi-vu@tanky.example.vn>: 550 5.1.1" in result.stderr
    with mailbox() as box:
        assert remind(offices.app, box).output == "Đã gửi 1 thư.\n"


def test_elsewhere_nothing_is_said_before_the_line_is_encrypted(offices: Offices) -> None:
    with mailbox(host=ELSEWHERE) as box:
        result = remind(offices.app, box)
    assert (result.exit_code, box.letters) == (1, [])
    assert "STARTTLS" in result.stderr


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context whose certificate this machine trusts."""
    file, context = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return context


def url(box: Mailbox, password: str = mailboxes.PASSWORD) -> str:
    """The setting for a server that wants a name and password."""
    return f"smtp://{quote(mailboxes.USER)}:{quote(password, safe='')}@{box.host}:{box.port}"


@pytest.mark.parametrize(
    ("password", "output"), [(mailboxes.PASSWORD, "Đã gửi 2 thư."), ("sai", "535")]
)
def test_over_an_encrypted_line_name_and_password_are_asked(
    offices: Offices, trusted: ssl.SSLContext, password: str, output: str
) -> None:
    with mailbox(host=ELSEWHERE, context=trusted) as box:
        result = remind(offices.app, box, smtp_url=url(box, password))
    assert output in result.output
    assert len(box.letters) == (2 if password == mailboxes.PASSWORD else 0)


def test_a_certificate_that_nobody_vouches_for_is_refused(offices: Offices, tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    with mailbox(host=ELSEWHERE, context=context) as box:
        result = remind(offices.app, box, smtp_url=url(box))
    assert (result.exit_code, box.letters) == (1, [])
    assert "CERTIFICATE_VERIFY_FAILED" in result.stderr


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"smtp_url": "smtp://a:b"},
        {"smtp_url": "smtp://a:%C3%A1@a"},
        {"smtp_url": "http://a/"},
        {"smtp_url": "smtp://"},
        {"smtp_url": "smtp://a", "smtp_from": "Phòng"},
        {"smtp_url": "smtp://a", "smtp_from": ""},
    ],
)
def test_settings_that_name_no_server_are_said(offices: Offices, changes: dict[str, str]) -> None:
    result = remind(offices.app, **changes)
    assert result.exit_code == 1
    assert "hãy đặt SMTP_URL" in result.stderr


def test_the_address_is_set_on_the_own_page(offices: Offices) -> None:
    client = offices.signed_in("vp")
    for address, said in (("vp@tanky.vn", "gửi đến vp@tanky.vn"), ("", "không gửi thư nhắc")):
        assert post(client, f"{ACCOUNT}/thu", email=address).status_code == 303
        assert said in text(client.get(ACCOUNT).text)


@pytest.mark.parametrize(
    "email", ["vp", "vp@x", "a@b.vn\r\nBcc: c@d.vn", "á@b.vn", "a@" + 300 * "b"]
)
def test_what_is_no_address_is_refused(offices: Offices, email: str) -> None:
    client = offices.signed_in("vp")
    answer = post(client, f"{ACCOUNT}/thu", email=email)
    assert (answer.status_code, "chưa đúng" in answer.text) == (400, True)


@pytest.mark.parametrize(("email", "status"), [("moi@tanky.vn", 200), ("", 200), ("moi", 400)])
def test_whoever_invites_may_give_the_address(offices: Offices, email: str, status: int) -> None:
    sent = {"username": "moi", "name": "Người mới", "role": "sector", "sector": "health"}
    client = offices.signed_in("noi-vu")
    assert post(client, "/noi-vu/tai-khoan", email=email, **sent).status_code == status
    with offices.session() as session:
        found = staff.find(session, "moi")
        assert (found.email if found else None) == (email if status == 200 else None)
