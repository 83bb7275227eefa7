"""Deeds of accounts and commands are in the audit trail; readings and passwords are not."""

from __future__ import annotations

import io
import json

import flask
import pytest
from sqlalchemy import text
from sqlmodel import Session

from surveys.offices import audit
from surveys.publishing import publication
from surveys.tables import TrailEntry
from tests import builders
from tests.app import staffed
from tests.app.staffed import PASSWORD, Offices, post, publish


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices."""
    return staffed.build(app)


def trail(offices: Offices) -> list[TrailEntry]:
    with offices.session() as session:
        return audit.entries(session, most=100)[::-1]


def deeds(offices: Offices) -> list[tuple[str, str, dict[str, object]]]:
    return [(one.actor, one.action, json.loads(one.detail)) for one in trail(offices)]


def test_sign_in_and_out_are_deeds_of_the_account(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    client.get("/noi-vu")
    post(client, "/dang-xuat")
    assert deeds(offices) == [("noi-vu", "office.sign_in", {}), ("noi-vu", "office.sign_out", {})]


def test_a_deed_says_what_it_was_about(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    post(client, "/noi-vu/dot/dot-3/dong")
    assert deeds(offices)[-1] == ("noi-vu", "central.close_wave", {"code": "dot-3"})


def test_a_file_is_known_by_its_checksum(offices: Offices) -> None:
    content = f"mã đơn vị;lĩnh vực;tháng;số lượt\n{offices.shops[0]};Việc khác;2026-03;7\n".encode()
    client = offices.signed_in("noi-vu")
    answer = post(client, "/noi-vu/khung", file=(io.BytesIO(content), "khung.csv"))
    assert answer.status_code < 400, answer.text
    (_, action, detail) = deeds(offices)[-1]
    assert (action, detail["file"]["name"]) == ("central.frame", "khung.csv")
    assert len(detail["file"]["sha256"]) == 64


def test_what_is_refused_leaves_no_entry(offices: Offices) -> None:
    client = offices.signed_in("tan-ky")
    before = deeds(offices)
    assert post(client, "/noi-vu/dot/dot-3/dong").status_code == 403
    assert deeds(offices) == before


def test_citizens_leave_no_entry(offices: Offices) -> None:
    before = deeds(offices)
    offices.app.test_client().get("/k/")
    offices.signed_in("noi-vu").get("/noi-vu")
    assert len(deeds(offices)) == len(before) + 1  # the sign-in


def test_no_password_is_written_down(offices: Offices) -> None:
    runner = offices.app.test_cli_runner()
    done = runner.invoke(args=["staff", "password", "vp", "--password", "một mật khẩu khác"])
    assert done.exit_code == 0, done.output
    offices.signed_in("noi-vu")
    entry = deeds(offices)[0]
    assert entry[:2] == ("$ flask", "staff password")
    assert entry[2]["username"] == "vp"
    everything = json.dumps(deeds(offices), ensure_ascii=False)
    assert "mật khẩu khác" not in everything
    assert PASSWORD not in everything


def test_the_password_of_the_demonstration_is_not_written_down(app: flask.Flask) -> None:
    done = app.test_cli_runner().invoke(args=["demo", "load", "--password", "mật khẩu của mẫu"])
    assert done.exit_code == 0, done.output
    with Session(app.extensions["engine"]) as session:
        (entry,) = audit.entries(session, most=2)
    assert (entry.action, "mẫu" in entry.detail) == ("demo load", False)


def test_a_release_seals_the_trail(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    post(client, "/noi-vu/dot/dot-3/dong")
    publish(offices, "/noi-vu/cong-bo/administration/2026")
    with offices.session() as session:
        release = publication.latest(session, "tan-ky-169", "administration", 2026)
        assert release is not None
        # Sign-in and closing; signing in again, drafting; the office's sign-in and check.
        assert release.trail_number == 6
        seal = f"{release.trail_number}:{release.trail_sha256}"
        assert audit.verify(session, seals=[audit.Seal(6, release.trail_sha256)]).number == 7
    assert seal in offices.app.test_client().get("/chi-so/2026/administration").text
    done = offices.app.test_cli_runner().invoke(args=["audit", "verify", "--seal", seal])
    assert done.exit_code == 0, done.output
    assert "còn nguyên: 7 mục" in done.output


def test_verify_names_the_first_altered_entry(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    post(client, "/noi-vu/dot/dot-3/dong")
    with Session(offices.app.extensions["engine"]) as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ALTER TABLE trail_entry DISABLE TRIGGER trail_kept"))
        else:
            session.execute(text("DROP TRIGGER trail_kept_update"))
        session.execute(text("UPDATE trail_entry SET detail = '{}' WHERE number = 2"))
        session.commit()
    done = offices.app.test_cli_runner().invoke(args=["audit", "verify"])
    assert done.exit_code == 1
    assert "mục 2 nội dung đã bị sửa" in done.output


@pytest.mark.parametrize("seal", ["", "7", "x:" + "a" * 64, "7:abc"])
def test_a_badly_written_seal_is_explained(app: flask.Flask, seal: str) -> None:
    done = app.test_cli_runner().invoke(args=["audit", "verify", "--seal", seal])
    assert done.exit_code == 2
    assert "64 ký tự" in done.output


def test_page_shows_the_newest_and_leads_to_older(offices: Offices) -> None:
    with offices.session() as session:
        for number in range(60):
            audit.append(session, actor="an", action="x", detail={"n": number}, now=builders.NOW)
        session.commit()
    client = offices.signed_in("noi-vu")
    first = client.get("/noi-vu/nhat-ky?ai=an").text
    assert "n: 59" in first
    assert "n: 9<" not in first
    assert "n: 9<" in client.get("/noi-vu/nhat-ky?ai=an&truoc=11").text
    assert "n: 9<" not in client.get("/noi-vu/nhat-ky?ai=noi-vu").text


def test_commands_can_be_listed(offices: Offices) -> None:
    offices.signed_in("noi-vu")
    done = offices.app.test_cli_runner().invoke(args=["audit", "list", "--actor", "noi-vu"])
    assert "office.sign_in" in done.output
