"""Slips in Nội vụ's door: made and handed over once, called back, and counted."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskCliRunner
from sqlmodel import Session, col, select
from werkzeug.test import TestResponse

from surveys.fieldwork import tickets, waves
from surveys.tables import Collector, ServicePoint, Ticket, TicketBatch
from tests import builders
from tests.app import staffed
from tests.app.staffed import Offices, post, text, wave

PAGE = "/noi-vu/phieu"
LAST = "2026-03-31"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices, in whose wave people answer now."""
    return staffed.build(app)


def point(offices: Offices) -> int:
    """The counter of the first shop."""
    with offices.session() as session:
        return session.exec(select(Collector.point_id).order_by(col(Collector.id))).first() or 0


def mint(offices: Offices, **changes: Any) -> TestResponse:
    """What comes back for the form of new slips."""
    sent = {"point": point(offices), "every": 5, "size": 30, "expires_on": LAST, **changes}
    return post(offices.signed_in("noi-vu"), PAGE, **sent)


def made(offices: Offices) -> list[TicketBatch]:
    """All batches."""
    with offices.session() as session:
        return list(session.exec(select(TicketBatch)))


def addresses(archive: bytes) -> list[str]:
    """The addresses that an archive of slips lists."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        (name,) = (name for name in files.namelist() if name.endswith(".csv"))
        rows = list(csv.reader(io.StringIO(files.read(name).decode("utf-8-sig"))))
    return [row[1] for row in rows[1:]]


def saved(offices: Offices, page: str, **changes: str) -> TestResponse:
    """What the button of the page of new slips brings."""
    fields = dict(re.findall(r'<input type="hidden" name="(batch|tokens)" value="([^"]*)"', page))
    return post(offices.signed_in("noi-vu"), f"{PAGE}/tep", **fields | changes)


def test_new_slips_are_confirmed_with_the_files_to_save_and_what_comes_next(
    offices: Offices,
) -> None:
    page = mint(offices)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    words = text(page.text)
    assert "Đã làm 30 phiếu, lô 1." in words
    assert "không lấy lại được tệp" in words
    assert "Cứ 5 người đến thì phát một phiếu".lower() in words.lower()
    first, again = saved(offices, page.text), saved(offices, page.text)
    assert first.data == again.data  # a download that failed can be begun again
    assert (first.mimetype, first.headers["Cache-Control"]) == ("application/zip", "no-store")
    with zipfile.ZipFile(io.BytesIO(first.data)) as files:
        assert files.namelist() == ["phieu-lo-1.csv", "phieu-lo-1.pdf"]
        assert files.read("phieu-lo-1.pdf").startswith(b"%PDF-")


def test_slips_lead_to_the_form_and_are_on_no_later_page(offices: Offices) -> None:
    found = addresses(saved(offices, mint(offices).text).data)
    assert len(set(found)) == 30
    client = offices.app.test_client()
    assert client.get(found[0].removeprefix("http://127.0.0.1:8000")).status_code == 200
    (batch,) = made(offices)
    assert (batch.every, batch.size, batch.minted_by) == (5, 30, "Phòng Nội vụ")
    page = offices.signed_in("noi-vu").get(PAGE).text
    assert not [one for one in found if one.rsplit("/", 1)[1] in page]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"tokens": "0" * 27}, 404), ({"tokens": "x y"}, 400), ({"batch": "9"}, 404),
     ({"batch": "9" * 20}, 404)],
    ids=str,
)  # fmt: skip
def test_files_are_made_of_a_batch_s_own_tokens_only(
    offices: Offices, change: dict[str, str], status: int
) -> None:
    assert saved(offices, mint(offices).text, **change).status_code == status


def test_batches_stand_newest_first_a_page_at_a_time(offices: Offices) -> None:
    with offices.session() as session:
        place = session.get_one(ServicePoint, point(offices))
        code = tickets.collector_of(session, place, today=builders.TODAY)
        for _ in range(25):
            tickets.mint(
                session, code, every=5, size=1, expires_on=builders.TODAY, by="Nội vụ",
                now=builders.NOW,
            )  # fmt: skip
        session.commit()
    client = offices.signed_in("noi-vu")
    first = client.get(PAGE).text
    shown = [int(number) for number in re.findall(r'<tr role="row" id="lo(\d+)"', first)]
    assert shown == list(range(25, 5, -1))
    assert "Đã phát 25 phiếu" in text(first)
    (older,) = re.findall(r'rel="next" href="([^"#]+)', first)
    last = client.get(html.unescape(older)).text
    assert [int(n) for n in re.findall(r'<tr role="row" id="lo(\d+)"', last)] == [5, 4, 3, 2, 1]
    assert 'id="lo25"' in client.get(f"{PAGE}?dot=all").text
    assert client.get(f"{PAGE}?dot=khong-co").status_code == 404


def test_a_point_keeps_one_collector_for_all_its_slips(offices: Offices) -> None:
    assert mint(offices).status_code == mint(offices).status_code == 200
    assert len({batch.collector_id for batch in made(offices)}) == 1


@pytest.mark.parametrize(
    "change",
    [{"every": 0}, {"every": "x"}, {"size": 0}, {"size": tickets.MOST + 1}, {"point": 999},
     {"point": "9" * 20}, {"expires_on": "31/03"}, {"expires_on": "2026-03-09"},
     {"expires_on": "2026-04-01"}],
    ids=str,
)  # fmt: skip
def test_slips_that_cannot_be_are_not_made(offices: Offices, change: dict[str, Any]) -> None:
    answer = mint(offices, **change)
    assert answer.status_code == 400
    assert "Chưa làm phiếu" in answer.text
    assert made(offices) == []


def test_without_an_open_wave_no_slip_is_made(offices: Offices) -> None:
    with offices.session() as session:
        waves.close(session, wave(session), now=builders.NOW)
        session.commit()
    answer = mint(offices)
    assert answer.status_code == 409
    assert "không có đợt nào đang mở" in answer.text


def spend(offices: Offices, *numbers: int) -> None:
    """Mark tickets as answered."""
    with offices.session() as session:
        for one in session.exec(select(Ticket).where(col(Ticket.number).in_(numbers))):
            one.spent = True
        session.commit()


def test_the_page_tells_issued_answered_expired_and_the_rate(offices: Offices) -> None:
    mint(offices, size=20)
    spend(offices, 1, 2, 3, 4, 5)
    told = (
        "Đã phát 20 phiếu; 5 phiếu có trả lời, {} phiếu hết hạn không trả lời. Tỷ lệ trả lời: 25,0"
    )
    client = offices.signed_in("noi-vu")
    assert told.format(0) in text(client.get(PAGE).text)
    with offices.session() as session:
        waves.close(session, wave(session), now=builders.NOW)
        session.commit()
    assert told.format(15) in text(client.get(PAGE).text)
    results = text(offices.signed_in("vp").get("/van-phong/administration").text)
    assert "5/20 phiếu có trả lời (25,0 %)" in results.replace("\N{NO-BREAK SPACE}", " ")
    weights = text(client.get("/noi-vu/dot/dot-3/quyen-so").text)
    assert "5 có trả lời / 20 đã phát" in weights


def test_what_is_left_over_is_called_back(offices: Offices) -> None:
    mint(offices, size=20)
    spend(offices, 7)
    client = offices.signed_in("noi-vu")
    early = post(client, f"{PAGE}/thu-hoi", batch=1, handed_out=6)
    assert early.status_code == 409
    assert "phiếu số 7 đã có người trả lời" in early.text
    assert post(client, f"{PAGE}/thu-hoi", batch=1, handed_out=21).status_code == 400
    assert post(client, f"{PAGE}/thu-hoi", batch=1, handed_out="").status_code == 400
    assert post(client, f"{PAGE}/thu-hoi", batch=77, handed_out=1).status_code == 404
    done = post(client, f"{PAGE}/thu-hoi", batch=1, handed_out=12)
    assert done.location == f"{PAGE}?nganh=administration"
    assert "Đã thu hồi 8 phiếu của lô 1." in client.get(PAGE).text
    assert [batch.size for batch in made(offices)] == [12]


def test_another_sector_shows_its_own(offices: Offices) -> None:
    mint(offices)
    client = offices.signed_in("noi-vu")
    assert "Chưa có lô nào" in client.get(f"{PAGE}?nganh=health").text
    assert client.get(f"{PAGE}?nganh=none").status_code == 404


def run(app: flask.Flask, *args: object, code: int = 0) -> str:
    """What a command printed."""
    runner: FlaskCliRunner = app.test_cli_runner()
    done = runner.invoke(args=["tickets", *map(str, args)])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.output


@pytest.fixture
def shop(session: Session) -> str:
    """A one-stop shop in whose counter's wave people answer now."""
    builders.open_wave(session)
    builders.counter(session)
    session.commit()
    return "mot-cua-17266"


def test_slips_are_made_counted_and_called_back_on_the_terminal(
    app: flask.Flask, shop: str, tmp_path: Path
) -> None:
    options = ("--every", 4, "--size", 24, "--by", "Nội vụ")
    printed = run(app, "mint", shop, "quay-1", tmp_path / "in", *options, "--expires", "31/03/2026")
    assert "BASE_URL" in printed
    files = sorted((tmp_path / "in").iterdir())
    assert [file.name for file in files] == ["phieu-lo-1.csv", "phieu-lo-1.pdf"]
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
    assert "1   mot-cua-17266  quay-1  dot-1  1/4          24       0" in run(
        app, "counts", "dot-1"
    )
    assert "Đã thu hồi 4 phiếu của lô 1" in run(app, "call-back", 1, "--handed-out", 20)
    late = run(app, "mint", shop, "quay-1", tmp_path, *options, "--expires", "01/04/2026", code=1)
    assert "trong đợt dot-1" in late
    assert "Không có lô 9" in run(app, "call-back", 9, "--handed-out", 1, code=1)
    assert "Không có đợt" in run(app, "counts", "dot-9", code=1)


def test_tickets_whose_files_cannot_be_written_are_not_minted(
    app: flask.Flask, shop: str, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "tep").write_text("")
    options = ("--every", 4, "--size", 24, "--by", "Nội vụ", "--expires", "31/03/2026")
    said = run(app, "mint", shop, "quay-1", tmp_path / "tep" / "in", *options, code=1)
    assert "Không ghi được" in said
    assert not session.exec(select(TicketBatch)).all()
