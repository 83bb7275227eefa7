"""Questionnaires on paper: every form prints, whole and legible, and says what is typed for it."""

from __future__ import annotations

import json
import re

import flask
import pytest

from app.documents import paper, typesetting
from app.documents.paper import Batch
from app.sheets import fields_at
from surveys.questionnaires import instrument as instruments
from surveys.questionnaires.questionnaire import Instrument
from surveys.tables import ServicePoint
from tests import builders, fieldwork
from tests.app import staffed
from tests.app.staffed import Offices

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


@pytest.mark.parametrize(
    ("asked", "status"),
    [("", 200), ("?tu=5&so=2", 200), ("?so=0", 400), ("?so=201", 400), ("?tu=0", 400),
     ("?tu=999999&so=5", 400)],
)  # fmt: skip
def test_sheets_are_printed_for_a_place(offices: Offices, asked: str, status: int) -> None:
    with offices.session() as session:
        place = session.get_one(ServicePoint, 1)
        code = fieldwork.collector(session, place, "staffed").code
        session.commit()
    answer = offices.signed_in("tan-ky").get(f"/van-phong/thu-phieu/{code}/phieu-giay.pdf{asked}")
    assert answer.status_code == status
    if asked.endswith("=2"):
        assert answer.mimetype == "application/pdf"
        assert f"phieu-{code}-5-6.pdf" in answer.headers["Content-Disposition"]
