"""Reports opened again: every number stands as the figures have it, in Word and on paper."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph

from app.documents.report import content, findings, period, tables, typeset, word
from app.documents.report.period import Period, UnknownPeriod
from app.documents.report.tree import Chart, Report, Table
from surveys.results.figures import collect
from surveys.tables import Wave
from tests import released, reports

TODAY = dt.date(2027, 1, 20)
MADE = dt.datetime(2027, 1, 20, 3, tzinfo=dt.UTC)


def report(**changes: object) -> Report:
    return content.build([reports.source(**changes)], today=TODAY)


@pytest.fixture(scope="module")
def opened() -> Document:
    return docx.Document(io.BytesIO(word.build(report(), made_on=MADE)))


def plain(text: str) -> str:
    return " ".join(text.split())


def style(of: Paragraph | WordTable) -> str:
    return (of.style and of.style.name) or ""


def words(document: Document) -> str:
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return plain(" ".join([*(each.text for each in document.paragraphs), *cells]))


def cells(report: Report) -> Iterator[str]:
    for block in report.blocks():
        if isinstance(block, Table):
            yield from (cell for row in (block.header, *block.rows) for cell in row)


def test_every_number_of_the_report_is_in_the_word_file_and_in_the_pdf(
    opened: Document, tmp_path: Path
) -> None:
    made = report()
    in_word = words(opened)
    assert {plain(cell) for cell in cells(made)} <= {
        plain(cell.text) for table in opened.tables for row in table.rows for cell in row.cells
    }
    for share in ("93,4 %", "91,7–94,8 %", "1.234", "88,7 %", "81,0–94,0 %", "4,31", "95,0 %"):
        assert plain(share) in in_word, share
    assert plain("+2,0") in in_word
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext here")
    file = tmp_path / "report.pdf"
    file.write_bytes(typeset.pdf(made))
    read = subprocess.run([reader, "-layout", file, "-"], capture_output=True, check=True).stdout
    on_paper = plain(read.decode())
    numbers = {cell for cell in cells(made) if re.fullmatch(r"[\d.,–]+(\s%)?", cell)}
    assert numbers
    assert {plain(number) for number in numbers if plain(number) not in on_paper} == set()


def test_word_file_has_the_page_that_decree_30_asks_for(opened: Document) -> None:
    page = opened.sections[0]
    measures = (page.page_width, page.page_height, page.left_margin, page.right_margin,
                page.top_margin)  # fmt: skip
    # Word counts in twentieths of a point.
    assert [round(measure / Mm(1)) for measure in measures if measure] == [210, 297, 30, 20, 20]
    assert page.different_first_page_header_footer
    assert "PAGE" in page.header.paragraphs[0]._p.xml
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in opened.tables[0].rows[0].cells[1].text
    assert "PHÒNG Y TẾ" in opened.tables[0].rows[0].cells[0].text
    assert "tháng 01 năm 2027" in opened.tables[0].rows[1].cells[1].text
    assert "Nơi nhận:" in words(opened)


def test_word_file_has_real_styles_a_title_and_its_language(opened: Document) -> None:
    headings = [p.text for p in opened.paragraphs if style(p).startswith("Heading")]
    assert headings[:3] == [
        "I. Phạm vi và cách khảo sát", "II. Kết quả", "1. So với chỉ tiêu"
    ]  # fmt: skip
    assert opened.core_properties.title.startswith("Báo cáo kết quả khảo sát")
    assert opened.core_properties.language == "vi-VN"
    assert 'w:val="vi-VN"' in opened.styles.element.xml
    normal = opened.styles["Normal"].font
    assert (normal.name, normal.size.pt) == ("Times New Roman", 14)
    captions = [p.text for p in opened.paragraphs if style(p) == "Caption"]
    assert len(captions) == sum(isinstance(b, Table | Chart) for b in report().blocks())


def test_header_rows_come_again_and_charts_have_words(opened: Document) -> None:
    bordered = [table for table in opened.tables if style(table) == "Table Grid"]
    assert len(bordered) == sum(isinstance(block, Table) for block in report().blocks())
    assert all(table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None for table in bordered)
    spoken = [shape._inline.docPr.get("descr") for shape in opened.inline_shapes]
    charts = [block for block in report().blocks() if isinstance(block, Chart)]
    assert spoken == [chart.spoken for chart in charts]
    assert "95,0" in spoken[0]


def test_pdf_is_tagged_titled_and_says_its_language() -> None:
    made = typeset.pdf(report())
    assert made.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in made
    assert b"(vi-VN)" in made
    assert typeset.pdf(report()) == made


def test_a_draft_and_made_up_data_say_so_on_every_page() -> None:
    assert report().marks == ()
    made = report(release=None, demo=True)
    assert [mark.split(" ")[0] for mark in made.marks] == ["DEMO", "DỰ"]
    head = docx.Document(io.BytesIO(word.build(made, made_on=MADE))).sections[0].header
    assert "DỰ THẢO" in head.paragraphs[1].text
    assert "chưa công bố" in findings.about(reports.source(release=None))


def test_numbers_of_headings_and_captions_run_through() -> None:
    both = content.build([reports.source(), reports.source()], today=TODAY)
    assert [s.heading for s in both.sections if s.level < 3][1:4] == [
        "II. Kết quả", "1. Lĩnh vực y tế", "2. Lĩnh vực y tế"
    ]  # fmt: skip
    captions = [block.caption for block in both.blocks() if isinstance(block, Table)]
    assert [int(re.findall(r"\d+", each)[0]) for each in captions] == list(
        range(1, len(captions) + 1)
    )


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((0.80, 0.93, 0.93, 0.93, 0.94, 0.99), "thấp hơn rõ mức chung của phiếu (93,4 %"),
        ((0.93, 0.93, 0.93, 0.93, 0.94, 0.99), "Tiêu chí cao hơn rõ"),
        ((0.93, 0.93, 0.93, 0.93, 0.94, 0.94), "Chưa có tiêu chí nào khác rõ"),
    ],
)
def test_items_stand_out_only_where_intervals_do_not_meet(
    shares: tuple[float, ...], said: str
) -> None:
    whole = replace(released.INDEX, instrument="y-te-ngoai-tru")
    assert said in plain(findings.on_items(collect(reports.items(*shares)), whole)[2])


def test_few_items_are_not_called_strong_or_weak() -> None:
    assert findings.on_items(collect(reports.items(0.8, 0.9)), released.INDEX) == ()


def test_units_that_are_held_back_are_named_without_a_number() -> None:
    said = findings.on_units([released.UNIT, released.SILENT])
    assert "1 đơn vị chưa đủ căn cứ" in said[0]
    assert "Trạm Y tế Tân Phú (6 phiếu)" in said[1]
    table = tables.units(reports.source(), [released.SILENT, released.UNIT], "Chỉ tiêu")
    assert [row[1] for row in table.rows] == ["88,7\N{NO-BREAK SPACE}%", "không nêu"]


@pytest.mark.parametrize(
    ("needed", "said"), [(123, "khoảng 130"), (None, None), (10**6, None)]
)  # fmt: skip
def test_what_is_still_needed_is_said_where_it_can_be_had(
    needed: int | None, said: str | None
) -> None:
    found = findings.on_units([replace(released.UNIT, answers_needed=needed)])
    assert (said in found[-1]) if said else len(found) == 1


def test_a_verdict_of_volunteers_is_called_a_hint() -> None:
    figures = [replace(released.INDEX, indicative=True)]
    assert tables.judged(reports.source(figures)).rows[0][-1] == "Đạt (chỉ dấu)"
    assert "chỉ dấu" in findings.cautions(reports.source(figures))[0]


def test_ranks_are_those_that_intervals_leave_open() -> None:
    best, worst = (
        replace(released.UNIT, low=low, high=high) for low, high in ((0.9, 0.95), (0.7, 0.8))
    )
    both = replace(released.UNIT, low=0.75, high=0.92)
    all_ = [best, both, worst, released.SILENT]
    assert [tables.ranks(each, all_) for each in all_] == ["1–2", "1–3", "2–3", "–"]


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [(0.9342, 0.9171, 0.9484, "chưa thấy thay đổi rõ"), (0.97, 0.96, 0.98, "tăng rõ"),
     (0.85, 0.84, 0.86, "giảm rõ"), (None, None, None, "không so sánh được")],
)  # fmt: skip
def test_a_change_is_shown_where_intervals_do_not_meet(
    value: float | None, low: float | None, high: float | None, said: str
) -> None:
    figures = [replace(released.INDEX, value=value, low=low, high=high)]
    assert tables.since_last_year(reports.source(figures)).rows[0][-1] == said


def test_levels_are_shares_of_those_who_answered_and_few_are_not_told() -> None:
    table = tables.levels(reports.source(), reports.LEVELS)
    assert [plain(cell) for cell in table.rows[0][2:]] == [
        "1,0 %", "2,0 %", "7,0 %", "40,0 %", "50,0 %", "100"
    ]  # fmt: skip
    assert table.rows[1][2:] == ("không nêu", "–", "–", "–", "–", "–")


@pytest.mark.parametrize(
    ("key", "label"),
    [("2026", "năm 2026"), ("2026-q3", "quý III năm 2026"), ("2026-h1", "6 tháng đầu năm 2026")],
)
def test_a_period_is_asked_for_by_a_key_and_named_in_words(key: str, label: str) -> None:
    assert (period.read(key).label, period.read(key).key) == (label, key)


@pytest.mark.parametrize("key", ["", "26", "2026-q5", "2026-Q1", "2026q1", "chon", "٢٠26"])
def test_what_is_no_period_is_refused(key: str) -> None:
    with pytest.raises(UnknownPeriod):
        period.read(key)


def test_a_part_of_a_year_has_the_waves_that_end_in_it() -> None:
    wave = Wave(
        code="w", name="", programme="", sector="", year=2026, opens_on=dt.date(2026, 3, 1),
        closes_on=dt.date(2026, 4, 1),
    )  # fmt: skip
    held = [key for key in ("2026", "2026-q1", "2026-q2", "2026-h1", "2026-h2", "2025")
            if period.read(key).holds(wave)]  # fmt: skip
    assert held == ["2026", "2026-q2", "2026-h1"]
    assert Period(None, codes=("w",)).holds(wave)
    assert not Period(None, codes=("v",)).holds(wave)
