"""Margins and weighting plans on the pages of Nội vụ: taken whole, or every fault named."""

from __future__ import annotations

import datetime as dt
import html
import io
import re

import flask
import pytest
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from surveys.fieldwork import waves
from surveys.fieldwork.plans import Plan
from surveys.tables import Margin
from tests import builders, fieldwork
from tests.app import staffed
from tests.app.staffed import Offices, post, text, token, wave

PAGE = "/noi-vu/khung/gioi-tinh-tuoi"
PLAN = "/noi-vu/dot/dot-3/quyen-so"
HEADER = "mã đợt;mã đơn vị;giới tính;nhóm tuổi;số người\n"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices."""
    return staffed.build(app)


def upload(offices: Offices, rows: str) -> TestResponse:
    file = (io.BytesIO((HEADER + rows).encode()), "bien.csv")
    return post(offices.signed_in("noi-vu"), PAGE, file=file)


def test_margins_are_taken_and_shown_with_what_is_odd(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    assert "Chưa có số nào được nhập" in client.get(PAGE).text
    with offices.session() as session:
        waves.set_plan(session, wave(session), Plan(keys=("sex",)))
        session.commit()
    rows = "dot-3;mot-cua-17266;Nam;;300\ndot-3;mot-cua-17266;Nữ;;400\ndot-3;;Nam;Từ 60;50\n"
    answer = upload(offices, rows)
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#hien-co")
    page = text(client.get(PAGE).text)
    assert "Đơn vị mot-cua-17266 Nam – 300 bien.csv" in page
    assert "các đơn vị không có số riêng Nam Từ 60 50 bien.csv" in page
    # The unit served 1,000 people in March; the others are not in the frame.
    assert "cộng lại là 700, còn số lượt phục vụ của đợt là 1.000" in page
    assert "số người theo giới tính, nhóm tuổi (50) nhưng chưa có số lượt" in page
    assert "cộng lại là 700, còn số lượt" in text(client.get(PLAN).text)
    again = upload(offices, rows)
    assert again.status_code == 303
    with offices.session() as session:
        assert [row.total for row in session.exec(select(Margin))] == [300, 400, 50]


def test_each_wave_with_margins_can_be_chosen(offices: Offices) -> None:
    with offices.session() as session:
        form = waves.forms_of(session, wave(session))["counter"]
        builders.draft(session, "dot-4", form=form)
        session.commit()
    upload(offices, "dot-3;;Nam;;3\ndot-4;;Nam;;4\n")
    client = offices.signed_in("noi-vu")
    newest, older = (text(client.get(f"{PAGE}{asked}").text) for asked in ("", "?dot=dot-3"))
    assert "Số đang dùng: Đợt dot-4" in newest
    assert "Số đang dùng: Đợt dot-3" in older
    assert client.get(f"{PAGE}?dot=dot-9").status_code == 404


def test_a_file_with_bad_rows_names_each_and_stores_nothing(offices: Offices) -> None:
    answer = upload(offices, "dot-9;;Nam;;5\ndot-3;<b>x</b>;Nam;;5\ndot-3;;Nam;;-5\ndot-3;;;;5\n")
    page = text(answer.text)
    assert answer.status_code == 400
    assert "Tệp có 4 chỗ cần sửa. Chưa có gì được lưu." in page
    assert re.findall(r"\b(\d) (mã đợt|mã đơn vị|số người|giới tính) ", page) == [
        ("2", "mã đợt"), ("3", "mã đơn vị"), ("4", "số người"), ("5", "giới tính"),
    ]  # fmt: skip
    assert "<b>x" not in answer.text
    with offices.session() as session:
        assert not session.exec(select(Margin)).all()


def test_sending_no_file_is_told(offices: Offices) -> None:
    answer = post(offices.signed_in("noi-vu"), PAGE)
    assert (answer.status_code, "Chưa chọn tệp" in answer.text) == (400, True)


def planned(offices: Offices, **sent: object) -> TestResponse:
    """The answer to the form of the plan, as it stands unless something else is sent."""
    usual = {
        "method": "poststratify", "keys": ["field"], "low": "", "high": "", "smallest": "5",
        "anyway": "y",
    }  # fmt: skip
    return post(offices.signed_in("noi-vu"), PLAN, **usual | sent)


def plan_now(offices: Offices) -> Plan:
    with offices.session() as session:
        return waves.plan_of(wave(session))


@pytest.mark.parametrize(
    ("sent", "plan"),
    [
        ({"smallest": "9"}, Plan(smallest=9)),
        ({"keys": ["age_band", "sex"]}, Plan(keys=("sex", "age_band"))),
        ({"method": "rake", "keys": ["field", "sex"]}, Plan("rake", ("field", "sex"), (0.3, 3))),
        ({"method": "linear", "low": "0,25", "high": "2.5"}, Plan("linear", bounds=(0.25, 2.5))),
        ({"method": "rake", "unbounded": "y"}, Plan("rake")),
    ],
)
def test_a_plan_is_chosen_on_its_page_and_stands_there(
    offices: Offices, sent: dict[str, object], plan: Plan
) -> None:
    answer = planned(offices, **sent)
    assert (answer.status_code, answer.location) == (303, PLAN)
    assert plan_now(offices) == plan
    page = offices.signed_in("noi-vu").get(PLAN).text
    assert set(re.findall(r'name="keys" value="(\w+)" checked', page)) == set(plan.keys)
    assert re.findall(r'name="method" value="(\w+)" checked', page) == [plan.method]
    # Sent back as it stands, it is the same plan.
    written = dict(re.findall(r'type="text" id="(\w+)" name="\w+" value="([^"]*)"', page))
    free = {"unbounded": "y"} if 'name="unbounded" value="y" checked' in page else {}
    same = planned(offices, method=plan.method, keys=list(plan.keys), **written, **free)
    assert (same.status_code, plan_now(offices)) == (303, plan)


WRONG = [
    ({"method": "guess"}, "Hãy chọn trong danh sách"),
    ({"keys": []}, "Chưa chọn mục nào"),
    ({"keys": ["field", "salary"]}, "Hãy chọn trong danh sách"),
    ({"keys": ["field", "sex"]}, "Phân tầng sau không gộp lĩnh vực"),
    ({"low": "0,3"}, "Phân tầng sau không có giới hạn"),
    ({"method": "rake", "low": "0,3"}, "Hãy ghi một số trên 1"),
    ({"method": "rake", "low": "1,5", "high": "<3>"}, "Hãy ghi một số từ 0 đến dưới 1"),
    ({"method": "rake", "low": "nan", "high": "inf"}, "Hãy ghi một số trên 1"),
    ({"method": "rake", "high": "3", "unbounded": "y"}, "mà vẫn ghi giới hạn"),
    ({"method": "linear", "unbounded": "y"}, "Hồi quy cần giới hạn"),
    ({"smallest": "2,5"}, "số nguyên từ 1 đến 1000"),
    ({"smallest": ""}, "số nguyên từ 1 đến 1000"),
]


@pytest.mark.parametrize(("sent", "words"), WRONG)
def test_a_plan_that_cannot_be_says_why_and_keeps_what_was_typed(
    offices: Offices, sent: dict[str, object], words: str
) -> None:
    answer = planned(offices, **sent)
    page = html.unescape(answer.text)
    assert answer.status_code == 400
    assert words in page
    assert "Cách tính đang dùng vẫn giữ nguyên" in page
    for field in {"low", "high", "smallest"} & set(sent):
        assert f'name="{field}" value="{html.escape(str(sent[field]))}"' in answer.text
    assert plan_now(offices) == Plan()


def test_a_plan_needs_the_token_of_its_page(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    assert client.post(PLAN, data={"method": "rake", "keys": "field"}).status_code == 400
    assert token(client, PLAN)


def test_margins_and_plan_lead_to_a_report(offices: Offices) -> None:
    with offices.session() as session:
        place = session.exec(select(builders.ServicePoint)).first()
        assert place
        for sex, packed in (("1", ["5555"] * 10), ("2", ["5355"] * 10)):
            fieldwork.answered(session, wave(session), place, packed, sex=sex)
        session.commit()
    planned(offices, method="rake", keys=["field", "sex"])
    client = offices.signed_in("noi-vu")
    assert "Hãy nhập ở trang “Giới tính và nhóm tuổi”" in text(client.get(PLAN).text)
    upload(offices, "dot-3;;Nam;;40\ndot-3;;Nữ;;60\n")
    assert "0,800 – 1,200" in text(client.get(PLAN).text)


def test_the_trend_says_what_changed_and_which_wave_has_no_figure(offices: Offices) -> None:
    with offices.session() as session:
        _two_earlier_waves(session)
        session.commit()
    page = text(offices.signed_in("vp").get("/van-phong/administration?dot=dot-3").text)
    assert "Thay đổi so với đợt trước" in page
    assert "Đợt dot-2 Đợt này chưa có con số: Đợt dot-2: cách tính quyền số cần" in page
    points = r"\+[\d,]+ điểm \(khoảng \+[\d,]+ đến \+[\d,]+\): đã tăng so với Đợt dot-1"
    assert re.search(rf"Đợt dot-3 97,\d % [\d,–]+ % 104 {points}", page)


def _two_earlier_waves(session: Session) -> None:
    first = wave(session)
    form = waves.forms_of(session, first)["counter"]
    place = session.exec(select(builders.ServicePoint)).first()
    assert place
    waves.close(session, first, now=builders.NOW)
    for code, month, packed in (("dot-1", 1, "5222"), ("dot-2", 2, "5555")):
        earlier = builders.draft(
            session, code, form=form, opens_on=dt.date(2026, month, 1),
            closes_on=dt.date(2026, month, 28),
        )  # fmt: skip
        waves.open_wave(session, earlier)
        for number in range(1, 11):
            day = dt.date(2026, month, number)
            answers = [packed] * 5 + ["5355"] * 5
            fieldwork.answered(session, earlier, place, answers, day=day)
        fieldwork.served(session, place, 1000, month=dt.date(2026, month, 1))
        if code == "dot-2":
            waves.set_plan(session, earlier, Plan(keys=("sex",)))
        waves.close(session, earlier, now=builders.NOW)
