"""Interviews: the whole form for somebody who asks, one person after another."""

from __future__ import annotations

import datetime as dt
import re

import flask
import pytest
from sqlmodel import select

from app import filters
from surveys.tables import Response, ServicePoint
from tests import builders, fieldwork
from tests.app import staffed
from tests.app.staffed import PASSWORD, Offices
from tests.visitor import Visitor

ANSWERS = {"field": "justice", "a.A1": "4", "a.B1": "5", "p.sex": "1"}


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices."""
    return staffed.build(app)


@pytest.fixture
def path(offices: Offices) -> str:
    """The page for interviews at the first counter."""
    with offices.session() as session:
        place = session.get_one(ServicePoint, 1)
        code = fieldwork.collector(session, place, "staffed").code
        session.commit()
    return f"/van-phong/phong-van/{code}"


@pytest.fixture
def interviewer(offices: Offices) -> Visitor:
    """Somebody of the unit, signed in."""
    visitor = Visitor(offices.app)
    visitor.sign_in("tan-ky", PASSWORD)
    return visitor


def interviews(offices: Offices) -> list[Response]:
    """The recorded interviews."""
    with offices.session() as session:
        query = select(Response).where(Response.mode == "interviewer")
        return list(session.exec(query.order_by(Response.answered_at)))


def test_one_person_after_another(offices: Offices, path: str, interviewer: Visitor) -> None:
    page = interviewer.open(path)
    assert "Hôm nay: 0 phiếu" in page.words
    following = interviewer.send(page.form("phong-van"), ANSWERS)
    assert "Hôm nay ở đây đã có 1 phiếu phỏng vấn" in following.words
    assert following.address == path
    form = following.form("phong-van")
    assert form.values["field"] == ["justice"]  # kept for the next person
    assert "a.A1" not in form.values
    interviewer.send(form, {"a.A1": "1"})
    (first, second) = interviews(offices)
    assert (first.mode, first.presence, first.collector_kind) == ("interviewer", "none", "staffed")
    assert {first.answers, second.answers} == {"4-5-", "1---"}
    told = re.search(r"biên nhận (\S+)\.", following.words)
    assert told
    assert told[1] in {filters.receipt(row.receipt) for row in (first, second)}
    assert first.field == second.field == "justice"


def test_form_sent_twice_is_one_interview(
    offices: Offices, path: str, interviewer: Visitor
) -> None:
    form = interviewer.open(path).form("phong-van")
    interviewer.send(form, ANSWERS)
    interviewer.send(form, ANSWERS)
    assert len(interviews(offices)) == 1
    interviewer.send(form, {**ANSWERS, "a.A1": "1"}, status=409)
    interviewer.send(form, {**ANSWERS, "key": "paper.1.1.1"}, status=400)


def test_faults_show_the_whole_form_with_everything_kept(
    offices: Offices, path: str, interviewer: Visitor
) -> None:
    form = interviewer.open(path).form("phong-van")
    page = interviewer.send(form, {**ANSWERS, "field": "", "q.G1": "many"}, status=422)
    assert "Câu 1: Xin chọn một việc." in page.words
    again = page.form("phong-van")
    assert (again.values["a.A1"], again.values["q.G1"]) == (["4"], ["many"])
    assert again.values["key"] == form.values["key"]
    assert 'class="steps"' not in page.response.text
    assert interviews(offices) == []


def test_every_section_has_a_step_and_leads_to_the_next(path: str, interviewer: Visitor) -> None:
    text = interviewer.open(path).response.text
    steps = re.findall(r'<section id="(p\d+)"', text)
    assert steps == ["p1", "p2", "p3"]
    assert re.findall(r'class="button plain" href="#(p\d+)"', text) == steps[1:]
    assert "<button disabled" in text.replace('class="skip" ', "")


def test_an_interview_that_waited_for_a_network_counts_for_its_day(
    offices: Offices, path: str, interviewer: Visitor
) -> None:
    values = interviewer.open(path).form("phong-van").values
    sent = {**values, **ANSWERS}
    earlier = builders.TODAY - dt.timedelta(2)
    days = {
        earlier: earlier,
        builders.TODAY + dt.timedelta(1): builders.TODAY,
        dt.date(2026, 2, 1): builders.TODAY,
    }
    for number, day in enumerate(days):
        given = {**sent, "key": f"{number:022}", "day": day.isoformat()}
        answer = interviewer.client.post(path, data=given, headers={"Accept": "application/json"})
        assert answer.get_json() == {"address": f"{path}?viec=justice"}
    rows = {row.submission_key: row for row in interviews(offices)}
    assert [rows[f"{n:022}"].day for n in range(3)] == list(days.values())
    assert [rows[f"{n:022}"].quality for n in range(3)] == ["offline", "", ""]
