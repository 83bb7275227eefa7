"""What offices and everybody read of a split wave: all figures but one, and why that one is not."""

from __future__ import annotations

import csv
import io

import flask
import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from surveys.fieldwork import waves
from surveys.offices import staff
from surveys.questionnaires import registry
from surveys.tables import ServicePoint, Unit, Wave
from tests import builders, fieldwork, releasing
from tests.app import staffed

REASON = "mỗi người chỉ được hỏi một số câu, nên không biết ai hài lòng với mọi câu"
FILE = "/chi-so/2026/administration.{kind}"


@pytest.fixture
def wave(session: Session) -> Wave:
    """A split wave with answers of six days, and the account of Nội vụ."""
    form = registry.store(session, builders.instrument(*fieldwork.COUNTER_FORM), now=builders.NOW)
    wave = builders.draft(session, form=form)
    waves.split(session, wave, "counter", 1)
    waves.open_wave(session, wave)
    point = builders.counter(session)
    for day in fieldwork.DAYS:
        fieldwork.answered(session, wave, point, ["5..5", ".5.5", "..55", "..22"] * 10, day=day)
    staff.add(
        session,
        username="noi-vu",
        name="Nội vụ",
        password=staffed.PASSWORD,
        role="central",
        demo=True,
    )
    session.commit()
    return wave


@pytest.fixture
def office(app: flask.Flask, wave: Wave) -> FlaskClient:
    """The browser of Nội vụ."""
    return staffed.Offices(app, ()).signed_in("noi-vu")


def publish(session: Session, wave: Wave) -> None:
    """Closes the wave and publishes its year."""
    waves.close(session, wave, now=builders.NOW)
    releasing.publish(
        session, programme=builders.programme(), sector="administration", year=2026,
        now=builders.NOW,
    )  # fmt: skip
    session.commit()


def test_the_page_of_the_wave_says_how_it_is_split(office: FlaskClient) -> None:
    page = staffed.text(office.get("/noi-vu/dot/dot-1").text)
    assert "Phiếu chia nhỏ: mỗi người được hỏi câu chung và 1 trong 3 câu khác" in page


def test_the_unit_s_page_says_why_a_figure_counts_fewer_answers(
    office: FlaskClient, session: Session, wave: Wave
) -> None:
    shop = session.exec(select(Unit).where(Unit.sector == "administration")).one()
    address = f"/van-phong/don-vi/{shop.code}"
    place = session.exec(select(ServicePoint).where(ServicePoint.unit_id == shop.id)).one()
    fieldwork.answered(session, wave, place, ["...5", "...2"] * 15, day=builders.TODAY)
    session.commit()
    page = staffed.text(office.get(address).text)
    assert "Đã có 270 phiếu được tính." in page
    assert "chỉ đếm phiếu có trả lời câu mà con số ấy dùng" in page
    assert "phiếu chia nhỏ" in page


def test_the_office_reads_why_a_figure_is_missing(office: FlaskClient) -> None:
    page = staffed.text(office.get("/van-phong/administration").text)
    assert REASON in page
    assert "Hài lòng toàn diện" in page


def test_everybody_reads_why_a_figure_is_missing(
    client: FlaskClient, session: Session, wave: Wave
) -> None:
    publish(session, wave)
    assert REASON in staffed.text(client.get("/chi-so/2026/administration").text)
    lines = csv.DictReader(
        io.StringIO(client.get(FILE.format(kind="csv")).data.decode("utf-8-sig"), newline="")
    )
    told = [line for line in lines if any(REASON in value for value in line.values())]
    assert len(told) == 2
    assert {line["Giá trị"] for line in told} == {""}


def test_the_workbook_says_how_the_wave_was_split(
    client: FlaskClient, session: Session, wave: Wave
) -> None:
    publish(session, wave)
    book = openpyxl.load_workbook(io.BytesIO(client.get(FILE.format(kind="xlsx")).data))
    words = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value]
    assert any(REASON in text for text in words)
    assert any("mỗi người được hỏi câu chung và 1 (" in text for text in words)
