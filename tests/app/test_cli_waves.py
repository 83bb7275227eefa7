"""`flask waves …`: split forms, the waves of a year in one step, what an open wave lacks."""

from __future__ import annotations

import datetime as dt
import re

import flask
import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner
from sqlmodel import Session, select

from surveys.fieldwork import waves
from surveys.offices import staff
from surveys.questionnaires import registry
from surveys.tables import Wave, WaveInstrument
from tests import builders, fieldwork
from tests.app import staffed


@pytest.fixture
def run(app: flask.Flask) -> FlaskCliRunner:
    """The terminal."""
    return app.test_cli_runner()


def said(result: Result, code: int = 0) -> str:
    """What a command printed; it must have ended with this code."""
    assert result.exit_code == code, result.output
    return result.output


def test_a_draft_is_split_from_the_command_line(run: FlaskCliRunner, session: Session) -> None:
    said(run.invoke(args=["instruments", "store"]))
    create = ["waves", "create", "administration", "2026", "hc", "2026-01-01", "2026-12-31"]
    said(run.invoke(args=create))

    def split(*args: str, code: int = 0) -> str:
        return said(run.invoke(args=["waves", "split", "hc", *args]), code)

    assert "[counter]: mỗi người được hỏi câu chung và 5 trong 16 câu khác" in split("counter", "5")
    assert "từ 1 đến 15 câu ngoài câu chung" in split("counter", "16", code=1)
    assert "không hỏi ở điểm loại “quầy”" in split("quầy", "5", code=1)
    assert "[household]: mỗi người được hỏi hết" in split("household", "0")
    said(run.invoke(args=["waves", "open", "hc"]))
    assert "trạng thái Đang mở [open]" in split("counter", "6", code=1)
    rows = session.exec(select(WaveInstrument)).all()
    assert {row.point_kind: row.subset for row in rows} == {"counter": 5, "household": 0}


YEAR = ["waves", "year", "administration", "2027", "--rhythm"]


def made(session: Session) -> dict[str, dict[str, int]]:
    """The code of each wave with its forms' sizes by kind of points."""
    found = session.exec(select(Wave).order_by(Wave.code)).all()
    assert {wave.status for wave in found} <= {"draft"}
    return {wave.code: waves.subsets_of(session, wave) for wave in found}


@pytest.mark.parametrize(
    ("args", "codes", "size"),
    [
        (["quarters"], [f"administration-2027-q{n}" for n in (1, 2, 3, 4)], 0),
        (["halves", "--prefix", "hc", "--size", "5"], ["hc-2027-n1", "hc-2027-n2"], 5),
        (["year", "--weighting", '{"method": "rake", "keys": ["field", "sex"]}'],
         ["administration-2027-nam"], 0),
    ],
)  # fmt: skip
def test_a_year_s_waves_are_made_at_once(
    run: FlaskCliRunner, session: Session, args: list[str], codes: list[str], size: int
) -> None:
    said(run.invoke(args=["instruments", "store"]))
    printed = said(run.invoke(args=[*YEAR, *args, "--form", "sipas-quay"]))
    assert all(code in printed for code in codes)
    assert "sipas-quay v1" in printed
    assert made(session) == {one: {"counter": size} for one in codes}
    plans = {waves.plan_of(wave).method for wave in session.exec(select(Wave))}
    assert plans == {"rake" if "--weighting" in args else "poststratify"}


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["weeks"], 2, "quarters"),
        (["quarters", "--prefix", "Hành chính"], 2, "Chữ thường không dấu"),
        (["quarters", "--form", "none"], 1, "Chưa lưu phiếu none"),
        (["quarters", "--form", "sipas-quay", "--size", "99"], 1, "từ 1 đến 15 câu"),
        (["quarters", "--weighting", "{"], 1, "Cách tính quyền số"),
        (["halves"], 1, "Đã có đợt mang mã “administration-2027-n2”"),
    ],
)
def test_a_year_that_cannot_be_made_leaves_nothing_behind(
    run: FlaskCliRunner, session: Session, args: list[str], code: int, words: str
) -> None:
    said(run.invoke(args=["instruments", "store"]))
    taken = ["waves", "create", "administration", "2027", "administration-2027-n2"]
    said(run.invoke(args=[*taken, "2027-03-01", "2027-03-31"]))
    assert words in said(run.invoke(args=[*YEAR, *args]), code)
    assert list(made(session)) == ["administration-2027-n2"]


@pytest.fixture
def steered(session: Session) -> str:
    """March 2026, open: 60 answers of 700 people served, 5 of a field without frame; a reader."""
    form = builders.instrument(*fieldwork.COUNTER_FORM)
    wave = builders.draft(session, form=registry.store(session, form, now=builders.NOW))
    waves.open_wave(session, wave)
    place = builders.counter(session)
    for day in fieldwork.DAYS:
        fieldwork.say(session, wave, place, 9, of=10, day=day)
    fieldwork.say(session, wave, place, 5, of=5, field="justice")
    fieldwork.served(session, place, 700)
    staff.add(
        session, username="noi-vu", name="Nội vụ", password=staffed.PASSWORD, role="central",
        demo=True,
    )  # fmt: skip
    session.commit()
    return "dot-1"


def test_what_a_wave_lacks_is_said_as_on_the_page(
    app: flask.Flask, run: FlaskCliRunner, steered: str
) -> None:
    printed = staffed.text(said(run.invoke(args=["waves", "steering", steered])))
    client = staffed.Offices(app, ()).signed_in("noi-vu")
    page = staffed.text(client.get("/van-phong/administration/dieu-chinh-mau").text)
    assert "255 (thiếu 195)" in printed
    assert "Chưa có số lượt phục vụ" in printed
    rests = re.search(r"Tính với tỷ lệ hài lòng .*? trả lời phiếu mời [\d,]+\s%\.", printed)
    tickets = re.search(r"Cứ \d+ lượt thì mời một người: .*? lượt còn lại\.", printed)
    assert rests
    assert tickets
    for words in (rests[0], tickets[0], *re.findall(r"\d+ \(thiếu \d+\)", printed)):
        assert words in page, words


def test_only_a_wave_that_takes_answers_can_be_steered(
    run: FlaskCliRunner, session: Session
) -> None:
    builders.draft(session)
    days = {"opens_on": dt.date(2026, 4, 1), "closes_on": dt.date(2026, 4, 30)}
    waves.open_wave(session, builders.draft(session, "dot-2", **days))
    session.commit()
    for code in ("dot-1", "dot-2"):
        printed = said(run.invoke(args=["waves", "steering", code]), 1)
        assert "hôm nay không nhận phiếu" in printed
    assert "Không có đợt “none”" in said(run.invoke(args=["waves", "steering", "none"]), 1)
