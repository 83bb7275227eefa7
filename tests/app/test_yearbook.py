"""The workbook of offices: who answered, by level and profile, with native charts; and whose it is.

It is opened again by openpyxl, and by LibreOffice where that is installed.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import flask
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlmodel import Session, select

from app.documents import workbook
from app.documents.workbook_respondents import Respondents
from surveys.fieldwork import waves
from surveys.tables import Wave
from tests import builders, released, releasing, reports
from tests.app import staffed

FOUND = (Respondents("Y tế", (reports.LEVELS,), (reports.PROFILE,)),)
HELD_BACK = "không nêu"
ADDRESS = "/van-phong/chi-so/administration/2026.xlsx"


def sheet(name: str) -> Worksheet:
    content = workbook.build([released.edition()], FOUND)
    return openpyxl.load_workbook(io.BytesIO(content))[name]


def cells(page: Worksheet) -> list[list[object]]:
    rows = page.iter_rows(min_row=4, max_col=7, values_only=True)
    return [[cell for cell in row if cell is not None] for row in rows if any(row)]


def test_items_stand_with_their_five_levels_and_a_stacked_chart() -> None:
    page = sheet("Câu trả lời theo mức")
    assert cells(page)[1:] == [
        ["Tiêu chí", "Rất kém", "Kém", "Vừa", "Tốt", "Rất tốt"],
        ["A1", "Biển chỉ dẫn", 1, 2, 7, 40, 50],
        ["A2", "Lối đi", *[HELD_BACK] * 5],
    ]
    (chart,) = page._charts
    assert (chart.grouping, len(chart.series)) == ("percentStacked", 5)


def test_people_stand_by_profile_and_small_groups_are_held_back() -> None:
    page = sheet("Người trả lời")
    assert cells(page)[2:] == [["Nam", 60], ["Nữ", HELD_BACK], ["Không cho biết", HELD_BACK]]
    assert len(page._charts) == 1


def test_wishes_stand_with_their_levels_share_and_interval() -> None:
    found = (Respondents("Hành chính", (), (), (reports.wishes((0.80, 0.90)),)),)
    book = openpyxl.load_workbook(io.BytesIO(workbook.build([released.edition()], found)))
    rows = [row[:11] for row in book["Mong muốn cải thiện"].iter_rows(min_row=6, values_only=True)]
    assert rows[0][:7] == (
        "Q1", "Bớt giấy tờ 1", 10, 20, 30, 40, 100
    )  # fmt: skip
    assert rows[0][7:] == pytest.approx((0.85, 0.025, 0.80, 0.90))
    assert rows[1] == ("Q99", "Ghế ngồi", *[HELD_BACK] * 4, 7, *[HELD_BACK] * 4)
    assert "Mong muốn cải thiện" not in workbook_without_wishes()


def workbook_without_wishes() -> list[str]:
    content = workbook.build([released.edition()], FOUND)
    return openpyxl.load_workbook(io.BytesIO(content)).sheetnames


def test_no_public_file_tells_who_answered() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.build([released.edition()])))
    assert not {"Câu trả lời theo mức", "Người trả lời"} & {*book.sheetnames}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_the_same_numbers(tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(workbook.build([released.edition()], FOUND))
    options = f"-env:UserInstallation=file://{tmp_path}/profile"
    # Every sheet becomes a file of its own.
    kind = 'csv:"Text - txt - csv (StarCalc)":44,34,76,1,,0,false,true,false,false,false,-1'
    subprocess.run(
        ["soffice", options, "--headless", "--convert-to", kind.replace('"', ""), "book.xlsx"],
        cwd=tmp_path, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    if not list(tmp_path.glob("*.csv")):
        pytest.skip("LibreOffice is installed without Calc")
    said = (tmp_path / "book-Câu trả lời theo mức.csv").read_text("utf-8-sig")
    assert "A1,Biển chỉ dẫn,1,2,7,40,50" in said


@pytest.fixture
def published(app: flask.Flask) -> staffed.Offices:
    """The offices, whose year is published."""
    offices = staffed.build(app)
    with offices.session() as session:
        publish(session)
        session.commit()
    return offices


def publish(session: Session) -> None:
    waves.close(session, session.exec(select(Wave)).one(), now=builders.NOW)
    releasing.publish(
        session, programme=builders.programme(), sector="administration", year=2026,
        now=builders.NOW,
    )  # fmt: skip


@pytest.mark.parametrize(("username", "status"), [("vp", 200), ("y-te", 403), ("tan-ky", 403)])
def test_it_is_for_those_who_see_the_sector(
    published: staffed.Offices, username: str, status: int
) -> None:
    client = published.signed_in(username)
    assert client.get(ADDRESS).status_code == status
    assert client.get(ADDRESS.replace("2026", "2025")).status_code in {403, 404}


def test_its_counts_are_those_of_the_answers(published: staffed.Offices) -> None:
    content = published.signed_in("vp").get(ADDRESS).data
    page = openpyxl.load_workbook(io.BytesIO(content))["Câu trả lời theo mức"]
    rows = {row[0]: row[2:7] for row in page.iter_rows(min_row=6, values_only=True)}
    # A hundred at one counter, of whom ten said 3 to the second item; four at the other.
    assert rows["A2"] == (0, 0, 10, 0, 94)
    assert "Chỉ số và người trả lời" in published.signed_in("vp").get("/van-phong/bao-cao").text
