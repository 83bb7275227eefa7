"""Questionnaires on paper: every form prints, whole and legible, and says what is typed for it."""

from __future__ import annotations

import json
import re

import flask
import pytest
from werkzeug.test import TestResponse

from app.documents import paper, typesetting
from app.documents.paper import Batch
from app.sheets import fields_at
from surveys.questionnaires import instrument as instruments
from surveys.questionnaires.questionnaire import Instrument
from surveys.tables import ServicePoint
from tests import builders, fieldwork
from tests.app import staffed
from tests.app.staffed import Offices, token

FORMS = {form.code: form for form in instruments.shipped()}
#: A sheet that costs more paper than this is not answered on a counter.
MOST_PAGES = {"sipas-ho-gia-dinh": 4}


def batch(form: Instrument, *, size: int = 1) -> Batch:
    """Sheets of a form from number 41 on."""
    point = ServicePoint(
        unit_id=1, code="x", name="Quầy 1", kind=form.points[0], valid_from=builders.FOUNDED
    )
    fields = fields_at(builders.programme(), form, point)
    return Batch(form, fields, "Một cửa xã Tân Kỳ", "Quầy 1", "K7M2Q9X", 41, size)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_prints_on_a_few_pages(form: Instrument) -> None:
    pages = typesetting.png("paper.typ", paper.contents(batch(form)), dots_per_inch=20)
    assert 1 <= len(pages) <= MOST_PAGES.get(form.code, 3)
    made = paper.typeset(batch(form, size=2))
    assert len(re.findall(rb"/Type ?/Page\b", made)) == 2 * len(pages)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_nothing_that_a_form_asks_is_missing_on_paper(form: Instrument) -> None:
    data = paper.contents(batch(form, size=2))
    text = json.dumps(data, ensure_ascii=False)
    asked = [*form.items, *form.questions, *form.free_texts]
    assert not [each.code for each in asked if each.label.vi not in text]
    printed = [
        row
        for part in data["parts"]
        for item in part["items"]
        for row in item.get("entries", [item])
    ]
    scored = {row["code"]: row["codes"] for row in printed if "codes" in row}
    assert {item.code for item in form.items} <= set(scored)
    for item in form.items:
        assert set(scored[item.code]) >= set(form.scale_of(item).codes)
        assert ("0" in scored[item.code]) == item.allow_not_used
    assert data["serials"] == ("000041", "000042")


def test_what_people_come_for_is_numbered_as_it_is_typed() -> None:
    data = paper.contents(batch(FORMS["sipas-quay"]))
    purpose = data["parts"][0]["items"][0]
    assert [option["code"] for option in purpose["options"]] == list("12345678")
    assert purpose["options"][0]["label"] == "Đất đai, môi trường"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices with a staffed code at the first counter."""
    return staffed.build(app)


@pytest.fixture
def code(offices: Offices) -> str:
    """The staffed code."""
    with offices.session() as session:
        found = fieldwork.collector(session, session.get_one(ServicePoint, 1), "staffed").code
        session.commit()
        return found


def ask(offices: Offices, code: str, first: str, size: str) -> TestResponse:
    """What the form for printing brings."""
    client, sent = offices.signed_in("tan-ky"), {"tu": first, "so": size}
    form = {"csrf_token": token(client, "/van-phong/thu-phieu"), **sent}
    return client.post(f"/van-phong/thu-phieu/{code}/phieu-giay.pdf", data=form)


def test_sheets_are_printed_for_a_place(offices: Offices, code: str) -> None:
    answer = ask(offices, code, "5", "2")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert f"phieu-{code}-5-6.pdf" in answer.headers["Content-Disposition"]
    page = offices.signed_in("tan-ky").get("/van-phong/thu-phieu").text
    assert re.search('name="tu"[^>]*value="7"', page)  # the next one


@pytest.mark.parametrize(
    ("first", "size", "said"),
    [("1", "0", "từ 1 đến 200"), ("1", "201", "từ 1 đến 200"), ("0", "5", "từ 1 đến 999.999"),
     ("x", "5", "từ 1 đến 999.999"), ("", "", "từ 1 đến 200"), ("999999", "5", "vượt quá 999.999")],
)  # fmt: skip
def test_numbers_that_cannot_be_come_back_with_the_form(
    offices: Offices, code: str, first: str, size: str, said: str
) -> None:
    answer = ask(offices, code, first, size)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert re.search(f'name="tu"[^>]*value="{first}"', answer.text)
    assert 'aria-invalid="true"' in answer.text
    assert f'<details open id="in{code}">' in answer.text
