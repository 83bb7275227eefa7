"""Weights in the product: the plan and its report in the terminal and on pages, and refusals."""

from __future__ import annotations

from pathlib import Path

import flask
import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner
from sqlmodel import Session, select

from surveys.fieldwork import plans, waves
from surveys.tables import Margin, Release, Wave
from tests import builders, fieldwork
from tests.app import staffed
from tests.app.staffed import Offices, post, text, wave

YEAR = "/noi-vu/cong-bo/administration/2026"
PAGE = "/noi-vu/dot/dot-3/quyen-so"
BY_SEX = '{"method": "rake", "keys": ["field", "sex"]}'


@pytest.fixture
def run(app: flask.Flask) -> FlaskCliRunner:
    """The terminal."""
    return app.test_cli_runner()


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices, with twenty answers of known sex more."""
    made = staffed.build(app)
    with made.session() as session:
        place = fieldwork_place(session)
        for sex, packed in (("1", ["5555"] * 10), ("2", ["5355"] * 10)):
            fieldwork.answered(session, wave(session), place, packed, sex=sex)
        session.commit()
    return made


def fieldwork_place(session: Session) -> builders.ServicePoint:
    """The counter whose unit has people served."""
    place = session.exec(select(builders.ServicePoint)).first()
    assert place
    return place


def planned(offices: Offices, plan: str, **by_sex: int) -> None:
    """Give the wave a plan, and its people by sex."""
    with offices.session() as session:
        found = wave(session)
        waves.set_plan(session, found, plans.loads(plan))
        for sex, total in by_sex.items():
            row = Margin(
                wave_id=found.id or 0, sex={"men": "1", "women": "2"}[sex], age_band="",
                total=total, source="bien.csv", imported_at=builders.NOW,
            )  # fmt: skip
            session.add(row)
        session.commit()


def closed(offices: Offices) -> None:
    """Close the wave."""
    with offices.session() as session:
        waves.close(session, wave(session), now=builders.NOW)
        session.commit()


def said(result: Result, code: int = 0) -> str:
    """What a command printed."""
    assert result.exit_code == code, result.output
    return result.output


def test_page_and_command_give_the_same_report(offices: Offices, run: FlaskCliRunner) -> None:
    planned(offices, BY_SEX, men=40, women=60)
    page = text(offices.signed_in("noi-vu").get(PAGE).text)
    printed = " ".join(said(run.invoke(args=["waves", "weights", "dot-3"])).split())
    for words in ("Lặp tỷ lệ (raking) theo lĩnh vực thủ tục, giới tính", "0,800 – 1,200",
                  "Phiếu có quyền số 120", "Không trả lời câu hỏi về giới tính 83,3"):  # fmt: skip
        assert words in page
        assert words in printed
    assert "để quyền số 1: Đơn vị mot-cua-17272" in page
    english = text(offices.signed_in("noi-vu").get(f"{PAGE}?lang=en").text)
    assert "Raking on field of procedure, sex" in english


def test_wave_without_answers_says_so(offices: Offices) -> None:
    with offices.session() as session:
        form = waves.forms_of(session, wave(session))["counter"]
        builders.draft(session, "dot-4", form=form)
        session.commit()
    page = offices.signed_in("noi-vu").get(PAGE.replace("dot-3", "dot-4"))
    assert "chưa có phiếu nào" in page.text
    assert offices.signed_in("noi-vu").get(PAGE.replace("dot-3", "none")).status_code == 404


@pytest.mark.parametrize(
    ("plan", "by_sex", "words"),
    [
        (BY_SEX, {}, "số người theo giới tính của các đơn vị không có số riêng"),
        (BY_SEX, {"women": 60}, "theo giới tính, mức “các đơn vị không có số riêng: Nam” có nhiều"),
        ('{"method": "rake", "keys": ["sex"], "bounds": [0.99, 1.01]}', {"men": 20, "women": 80},
         "theo giới tính, mức “các đơn vị không có số riêng:"),
    ],
)  # fmt: skip
def test_plan_that_cannot_be_carried_out_is_said_everywhere_and_stops_publication(
    offices: Offices, run: FlaskCliRunner, plan: str, by_sex: dict[str, int], words: str
) -> None:
    planned(offices, plan, **by_sex)
    closed(offices)
    client = offices.signed_in("noi-vu")
    for address in (PAGE, YEAR):
        page = client.get(address)
        assert page.status_code == 200
        assert words in text(page.text)
    assert "<button>Soạn bản thảo</button>" not in client.get(YEAR).text
    refused = post(client, YEAR)
    assert refused.status_code == 409
    assert "nên không công bố" in refused.text
    office = offices.signed_in("vp").get("/van-phong/administration")
    assert office.status_code == 409
    assert words in text(office.text)
    assert words in said(
        run.invoke(args=["publish", "draft", "administration", "2026", "--by", "noi-vu"]), 1
    )
    assert words in said(run.invoke(args=["waves", "weights", "dot-3"]), 1)
    with offices.session() as session:
        assert session.exec(select(Release)).all() == []


def test_plan_and_margins_are_given_in_the_terminal(
    offices: Offices, run: FlaskCliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "bien.csv"
    file.write_text("mã đợt,giới tính,số người\ndot-3,Nam,40\ndot-3,Nữ,60\n", encoding="utf-8")
    assert "thêm 2" in said(run.invoke(args=["frame", "margins", str(file)]))
    said(run.invoke(args=["waves", "weighting", "dot-3", BY_SEX]))
    assert "0,800 – 1,200" in said(run.invoke(args=["waves", "weights", "dot-3"]))
    create = ["waves", "create", "administration", "2027", "sau", "2027-01-01", "2027-12-31"]
    said(run.invoke(args=[*create, "--form", "sipas-quay", "--weighting", BY_SEX]))
    with offices.session() as session:
        made = session.exec(select(Wave).where(Wave.code == "sau")).one()
        assert waves.plan_of(made) == plans.loads(BY_SEX)


def test_every_fault_of_a_plan_is_listed(offices: Offices, run: FlaskCliRunner) -> None:
    wrong = '{"method": "trim", "smallest": 0}'
    printed = said(run.invoke(args=["waves", "weighting", "dot-3", wrong]), 1)
    assert "method: " in printed
    assert "smallest: " in printed
    assert "có 2 lỗi" in printed
