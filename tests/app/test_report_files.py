"""Reports asked for by people: the page of links, the files, the commands, the points of units."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest
from sqlmodel import Session, select

from app.documents.report import source
from app.documents.report.period import Period
from app.documents.report.source import NothingClosed
from surveys.fieldwork import waves
from surveys.publishing import publication
from surveys.questionnaires.programme import Wishes
from surveys.results import wishes
from surveys.results.figures import Figure
from surveys.tables import ServicePoint
from surveys.weighting.calibrations import CalibrationFailed, Level
from tests import builders, databases, fieldwork, house
from tests.app import staffed
from tests.house import World

PERIODS = ("2025", "2025-q4", "2025-h2")


@pytest.fixture(scope="module", params=databases.KINDS)
def world(request: pytest.FixtureRequest, test_databases: databases.Databases) -> Iterator[World]:
    """The district with a published year and an open wave; no test here changes it."""
    with house.opened(test_databases, request.param) as world:
        yield world


def published(world: World) -> dict[str, Figure]:
    """The published index of each unit."""
    with Session(world.app.extensions["engine"]) as session:
        release = publication.latest(session, "tan-ky-169", "administration", 2025)
        assert release
        rows = publication.figures_of(session, release).where(scope="unit", measure="index")
        return {row.unit_code or "": row for row in rows if row.target_key}


@pytest.mark.parametrize("period", PERIODS)
def test_a_period_with_a_closed_wave_has_a_report(world: World, period: str) -> None:
    answer = world.ask("noi-vu", f"/van-phong/bao-cao/administration/{period}.docx")
    assert answer.status_code == 200
    assert (
        f'filename="bao-cao-{period}-administration.docx"' in answer.headers["Content-Disposition"]
    )
    text = " ".join(p.text for p in docx.Document(io.BytesIO(answer.data)).paragraphs)
    assert ("DỰ THẢO" in text) == (period != "2025")
    assert Period(2025, period[5:]).label in text


def test_the_report_of_a_published_year_says_what_was_published(world: World) -> None:
    answer = world.ask("noi-vu", "/van-phong/bao-cao/administration/2025.docx")
    tables = docx.Document(io.BytesIO(answer.data)).tables
    cells = {cell.text for table in tables for row in table.rows for cell in row.cells}
    for figure in published(world).values():
        assert figure.value is not None
        share = f"{100 * figure.value:.1f}".replace(".", ",")
        assert f"{share}\N{NO-BREAK SPACE}%" in cells


def test_the_page_offers_what_can_be_made(world: World) -> None:
    page = world.ask("noi-vu", "/van-phong/bao-cao").text
    links = set(re.findall(r'href="(/van-phong/(?:bao-cao|cham-diem)/[^"?]+)', page))
    assert {f"/van-phong/bao-cao/administration/{p}.pdf" for p in PERIODS} <= links
    assert "/van-phong/bao-cao/tat-ca/2025.docx" in links
    assert "/van-phong/cham-diem/tat-ca/2025.xlsx" in links
    assert all(world.ask("noi-vu", link).status_code == 200 for link in links)


@pytest.mark.parametrize(
    ("name", "address", "status"),
    [
        ("hanh-chinh", "bao-cao/administration/2025.pdf", 200),
        ("y-te", "bao-cao/administration/2025.pdf", 403),
        ("y-te", "bao-cao/khong-co/2025.pdf", 404),
        ("y-te", "bao-cao/tat-ca/2025.pdf", 404),
        ("mot-cua", "bao-cao/administration/2025.pdf", 403),
        ("mot-cua", "bao-cao", 403),
        ("mot-cua", "cham-diem/administration/2025.csv", 403),
        ("y-te", "cham-diem/administration/2025.csv", 403),
        ("kiem-tra", "bao-cao/tat-ca/2025.pdf", 200),
        ("noi-vu", "bao-cao/administration/2024.pdf", 404),
        ("noi-vu", "bao-cao/administration/2026.pdf", 404),
        ("noi-vu", "bao-cao/administration/2025-q9.pdf", 404),
        ("noi-vu", "bao-cao/administration/2025.exe", 404),
        ("noi-vu", "bao-cao/administration/chon.pdf", 404),
        ("noi-vu", "bao-cao/administration/chon.pdf?dot=hc-truoc", 200),
        ("noi-vu", "bao-cao/administration/chon.pdf?dot=hc-nay", 404),
        ("noi-vu", "bao-cao/administration/chon.pdf?dot=%00", 404),
        ("noi-vu", "cham-diem/administration/2024.csv", 404),
        ("noi-vu", "cham-diem/administration/2025.pdf", 404),
    ],
)
def test_who_gets_which_file(world: World, name: str, address: str, status: int) -> None:
    assert world.ask(name, f"/van-phong/{address}").status_code == status


def test_an_official_paper_is_in_vietnamese_whoever_reads(world: World) -> None:
    answer = world.ask("noi-vu", "/van-phong/bao-cao/administration/chon.pdf?dot=hc-truoc&lang=en")
    assert answer.status_code == 303
    assert answer.location == "/van-phong/bao-cao/administration/chon.pdf?dot=hc-truoc&lang=vi"


def test_points_follow_the_published_shares(world: World) -> None:
    content = world.ask("noi-vu", "/van-phong/cham-diem/administration/2025.csv").data.decode(
        "utf-8-sig"
    )
    rows = {row["Mã đơn vị"]: row for row in csv.DictReader(io.StringIO(content, newline=""))}
    rule = builders.programme().scoring
    assert rule
    for code, figure in published(world).items():
        assert float(rows[code]["Tỷ lệ hài lòng"]) == figure.value
        wanted = next(b.points for b in rule.bands if (figure.value or 0) >= b.reaches)
        assert float(rows[code]["Điểm"]) == wanted


def test_points_in_excel_are_numbers_with_their_bands(world: World) -> None:
    content = world.ask("noi-vu", "/van-phong/cham-diem/tat-ca/2025.xlsx").data
    book = openpyxl.load_workbook(io.BytesIO(content))
    page, bands = book.worksheets
    header = [cell.value for cell in page[5]]
    first = {name: page.cell(6, at) for at, name in enumerate(header, 1)}
    assert first["Tỷ lệ hài lòng"].number_format == "0.0%"
    assert isinstance(first["Điểm"].value, int | float)
    assert "chờ đối chiếu" in str(page["A2"].value)
    assert [bands.cell(row, 2).value for row in (2, 8)] == [10, 0]


def test_answers_that_changed_after_publication_leave_their_tables_out(
    session: Session,
) -> None:
    house.furnish(session)
    wave = staffed.wave(session, "hc-truoc")
    programme = replace(
        builders.programme(), wishes=(Wishes("sipas-quay", ("G2",), counted=("2",)),)
    )
    sector = programme.sector("administration")
    before = source.load(session, programme, sector, Period(2025))
    assert before.levels
    assert before.wishes
    place = session.exec(select(ServicePoint).where(ServicePoint.kind == "counter")).first()
    assert place
    fieldwork.answered(session, wave, place, ["5555"])
    session.flush()
    after = source.load(session, programme, sector, Period(2025))
    assert (after.levels, after.profiles, after.wishes) == ((), (), ())
    assert after.figures == before.figures


def test_published_wishes_are_left_out_where_their_weights_cannot_be_made(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.furnish(session)

    def fail(*_: object) -> None:
        raise CalibrationFailed("too_few", 1, key="field", level=Level(None, ()))

    monkeypatch.setattr(wishes, "wishes", fail)
    programme = builders.programme()
    found = source.load(session, programme, programme.sector("administration"), Period(2025))
    assert found.levels
    assert found.wishes == ()


def test_an_open_wave_is_left_out_and_named(session: Session) -> None:
    house.furnish(session)
    programme = builders.programme()
    with pytest.raises(NothingClosed):
        source.load(session, programme, programme.sector("administration"), Period(2026))
    wave = staffed.wave(session, "hc-truoc")
    wave.year = 2026
    session.add(wave)
    session.flush()
    found = source.load(session, programme, programme.sector("administration"), Period(2026))
    assert [each.code for each in found.left_out] == ["hc-nay"]
    assert waves.find(session, "hc-nay") in found.left_out


def test_the_command_writes_the_same_files(world: World, tmp_path: Path) -> None:
    runner = world.app.test_cli_runner()
    for name, args in (
        ("a.docx", ["write", "2025"]),
        ("a.pdf", ["write", "2025-q4", "--sector", "administration"]),
        ("b.pdf", ["write", "chon", "--wave", "hc-truoc"]), ("c.xlsx", ["points", "2025"]),
        ("c.csv", ["points", "2025", "--sector", "administration"]),
    ):  # fmt: skip
        file = tmp_path / name
        done = runner.invoke(args=["report", args[0], args[1], str(file), *args[2:]])
        assert done.exit_code == 0, done.output
        assert file.stat().st_size > 500


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["write", "2025", "a.txt"], ".docx hoặc .pdf"),
        (["points", "2025", "a.docx"], ".xlsx hoặc .csv"),
        (["write", "2025-x", "a.pdf"], "Không hiểu kỳ"),
        (["write", "2024", "a.pdf"], "chưa có đợt nào đã đóng"),
        (["write", "2025", "a.pdf", "--sector", "khong-co"], "Không có lĩnh vực"),
        (["write", "2025", "/khong-co/a.pdf"], "Không ghi được"),
    ],
)
def test_the_command_says_what_is_wrong(world: World, args: list[str], words: str) -> None:
    done = world.app.test_cli_runner().invoke(args=["report", *args])
    assert done.exit_code == 1
    assert words in done.output
    assert "Traceback" not in done.output
