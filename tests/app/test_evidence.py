"""Bundle and microdata at the door and on the command line: who gets them, and what is noted."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import flask
import pytest
from sqlmodel import select

from surveys.fieldwork import responses
from surveys.offices import audit, staff
from surveys.tables import Response
from tests import builders
from tests.app import recomputing, staffed
from tests.app.staffed import PASSWORD, Offices

FILES = ("goi-tinh-lai", "vi-du-lieu")
PLACE = "/noi-vu/cong-bo/administration/2026/1"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    made = staffed.build(app)
    recomputing.published(made, "poststratified")
    with made.session() as session:
        staff.add(
            session, username="kiem-tra", name="Thanh tra", role="auditor", password=PASSWORD,
            demo=True,
        )  # fmt: skip
        session.commit()
    return made


@pytest.mark.parametrize("account", ["noi-vu", "kiem-tra"])
@pytest.mark.parametrize("kind", FILES)
def test_a_download_is_whole_and_written_down(offices: Offices, account: str, kind: str) -> None:
    answer = offices.signed_in(account).get(f"{PLACE}/{kind}.zip", buffered=True)
    assert answer.status_code == 200
    assert hashlib.sha256(answer.data).hexdigest() == answer.headers["X-Content-SHA256"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert zipfile.ZipFile(io.BytesIO(answer.data)).testzip() is None
    with offices.session() as session:
        entry = audit.entries(session, most=1)[0]
    assert (entry.actor, entry.action) == (account, "central.download")
    assert json.loads(entry.detail) == {
        "kind": kind, "revision": 1, "sector": "administration", "year": 2026,
    }  # fmt: skip


@pytest.mark.parametrize("account", ["vp", "tan-ky"])
@pytest.mark.parametrize("kind", FILES)
def test_sectors_and_units_get_neither(offices: Offices, account: str, kind: str) -> None:
    assert offices.signed_in(account).get(f"{PLACE}/{kind}.zip").status_code == 403


@pytest.mark.parametrize("address", [PLACE[:-1] + "9", "/noi-vu/cong-bo/khong/2026/1"])
def test_what_was_not_published_is_not_there(offices: Offices, address: str) -> None:
    assert offices.signed_in("noi-vu").get(f"{address}/vi-du-lieu.zip").status_code == 404


def exclude_one(offices: Offices) -> None:
    with offices.session() as session:
        first = session.exec(select(Response.id)).first()
        responses.exclude(session, first or 0, reason="Trả lời thử", now=builders.NOW)
        session.commit()


def test_answers_that_changed_are_explained(offices: Offices) -> None:
    exclude_one(offices)
    answer = offices.signed_in("noi-vu").get(f"{PLACE}/goi-tinh-lai.zip")
    assert answer.status_code == 409
    assert "Phiếu trả lời đã thay đổi" in answer.text


@pytest.mark.parametrize("command", ["bundle", "microdata"])
def test_commands_write_the_file_and_its_checksum(
    offices: Offices, tmp_path: Path, command: str
) -> None:
    runner = offices.app.test_cli_runner()
    done = runner.invoke(args=[command, "administration", "2026", "--to", str(tmp_path)])
    assert done.exit_code == 0, done.output
    (file,) = tmp_path.glob("*.zip")
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    (beside,) = tmp_path.glob("*.sha256")
    assert beside.read_text("utf-8") == f"{sha256}  {file.name}\n"
    assert sha256 in done.output
    with offices.session() as session:
        assert audit.entries(session, most=1)[0].action == command


@pytest.mark.parametrize("command", ["bundle", "microdata"])
def test_commands_say_why_there_is_no_file(offices: Offices, tmp_path: Path, command: str) -> None:
    runner = offices.app.test_cli_runner()
    missing = runner.invoke(args=[command, "health", "2026", "--to", str(tmp_path)])
    assert (missing.exit_code, "chưa công bố" in missing.output) == (1, True)
    exclude_one(offices)
    changed = runner.invoke(args=[command, "administration", "2026", "--to", str(tmp_path)])
    assert (changed.exit_code, "đã thay đổi" in changed.output) == (1, True)
    assert list(tmp_path.iterdir()) == []
