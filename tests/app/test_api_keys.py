"""Keys on Nội vụ's page and on the command line: told once, listed, ended."""

from __future__ import annotations

import json
import re

import flask
import pytest
from sqlmodel import Session, select

from surveys.offices import api_keys, audit
from surveys.tables import ApiKey, Unit
from tests import builders
from tests.app import staffed
from tests.app.machines import Machine, machine
from tests.app.staffed import Offices, post, text
from tests.builders import NOW

PAGE = "/noi-vu/khoa-api"
SENT = {
    "name": "Một cửa số",
    "scopes": ["tickets", "frame"],
    "every": 5,
    "expires_on": "2026-12-31",
}


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices, in whose wave people answer now."""
    return staffed.build(app)


def keys(offices: Offices) -> list[ApiKey]:
    """All keys."""
    with offices.session() as session:
        return list(session.exec(select(ApiKey)))


def test_a_key_is_shown_once_and_works(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    answer = post(client, PAGE, **SENT, unit=offices.shops[0])
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r"hl_[0-9a-f]{8}_[\w-]{32}", answer.text)
    assert found
    (key,) = keys(offices)
    assert (key.scopes, key.every, key.made_by) == ("tickets frame", 5, "Phòng Nội vụ")
    drawn = Machine(offices.app, found[0]).draw(offices.shops[0])
    assert drawn.status_code in {200, 201}
    page = client.get(PAGE).text
    assert found[0] not in page
    words = text(page)
    assert "Một cửa số" in words
    assert "lấy phiếu cho hồ sơ đã xong (1 trong 5 người)" in words
    assert "10/03/2026" in words  # its last use
    with offices.session() as session:
        made = next(
            entry
            for entry in audit.entries(session, most=9)
            if entry.action == "central.make_api_key"
        )
    assert (made.actor, json.loads(made.detail)["scopes"]) == ("noi-vu", ["tickets", "frame"])
    assert found[0] not in made.detail


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Chưa tạo khóa nào"),
        ({"scopes": []}, "Cần ít nhất một quyền"),
        ({"scopes": ["mọi thứ"]}, "Chưa tạo khóa nào"),
        ({"sector": "health", "unit": "17266"}, "chỉ một trong"),
        ({"unit": "khong-co"}, "đang hoạt động"),
        ({"every": 0}, "Chưa tạo khóa nào"),
        ({"expires_on": "2026-03-09"}, "hạn từ hôm nay"),
        ({"expires_on": "2030-01-01"}, "hạn từ hôm nay"),
    ],
)
def test_a_key_that_cannot_be_is_explained(
    offices: Offices, changes: dict[str, object], said: str
) -> None:
    answer = post(offices.signed_in("noi-vu"), PAGE, **(SENT | changes))
    assert answer.status_code == 400
    assert said in text(answer.text)
    assert not keys(offices)


def test_a_name_is_taken_once(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    assert [post(client, PAGE, **SENT).status_code for _ in range(2)] == [200, 400]
    assert len(keys(offices)) == 1


def test_a_revoked_key_opens_nothing(offices: Offices) -> None:
    program = machine(offices.app)
    client = offices.signed_in("noi-vu")
    assert program.ask("/live/administration").status_code == 200
    (key,) = keys(offices)
    token = staffed.token(client, PAGE)
    answer = client.post(f"{PAGE}/{key.id}/thu-hoi", data={"csrf_token": token})
    assert answer.status_code == 303
    assert program.ask("/live/administration").status_code == 401
    assert "đã thu hồi" in text(client.get(PAGE).text)
    for number in (999, 2**40):
        sent = client.post(f"{PAGE}/{number}/thu-hoi", data={"csrf_token": token})
        assert sent.status_code == 404


def test_the_command_line_makes_lists_and_ends_keys(app: flask.Flask) -> None:
    with Session(app.extensions["engine"]) as session:
        unit = session.get_one(Unit, builders.counter(session).unit_id).code
        session.commit()
    run = app.test_cli_runner().invoke
    add = ["keys", "add", "Một cửa", "--scope", "tickets", "--scope", "live", "--unit", unit]
    done = run(args=[*add, "--every", "3", "--expires", "31/12/2026"])
    assert done.exit_code == 0, done.output
    key = done.output.strip()
    assert Machine(app, key).ask(f"/live/administration/{unit}").status_code == 404  # no wave yet
    listed = run(args=["keys", "list"]).output
    assert "tickets live" in listed
    assert f"{unit}  1/3  31/12/2026  10/03/2026" in listed
    assert key not in listed
    assert run(args=["keys", "revoke", "Một cửa"]).exit_code == 0
    assert Machine(app, key).ask("/live/administration").status_code == 401
    assert "không còn dùng được" in run(args=["keys", "list"]).output
    with Session(app.extensions["engine"]) as session:
        actions = [entry.action for entry in audit.entries(session, most=9)]
        assert actions == ["keys revoke", "keys add"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--expires", "01/01/2020"], "hạn từ hôm nay"),
        (["--expires", "31/12/2026", "--every", "0"], "--every từ 1"),
        (["--expires", "31/12/2026", "--unit", "khong-co"], "không có đơn vị"),
        (["--expires", "31/12/2026", "--sector", "khac"], "Không có lĩnh vực"),
    ],
)
def test_the_command_line_explains_what_cannot_be(
    app: flask.Flask, more: list[str], said: str
) -> None:
    done = app.test_cli_runner().invoke(args=["keys", "add", "x", "--scope", "live", *more])
    assert done.exit_code == 1
    assert said in done.output
    missing = app.test_cli_runner().invoke(args=["keys", "revoke", "x"])
    assert "Không có khóa “x”" in missing.output


def test_a_key_that_is_over_is_told(offices: Offices) -> None:
    with offices.session() as session:
        made, _ = api_keys.make(
            session, name="Cũ", scopes=["live"], expires_on=NOW.date(), by="Nội vụ", now=NOW
        )
        made.expires_on = builders.FOUNDED
        session.commit()
    assert "đã hết hạn 01/07/2025" in text(offices.signed_in("noi-vu").get(PAGE).text)
