"""The wishes for improvement in a report, in Word and on paper, and what is said of them."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
from pathlib import Path

import docx
import pytest

from app.documents.report import content, findings, typeset, wished, word
from app.documents.report.tree import Chart, Report, Table
from tests import released, reports

TODAY = dt.date(2027, 1, 20)
APART = ((0.85, 0.91), (0.70, 0.80), (0.60, 0.70), (0.50, 0.60), (0.40, 0.50))
CLOSE = ((0.80, 0.90), (0.79, 0.89), (0.78, 0.88), (0.77, 0.87))


def report(*spans: tuple[float, float]) -> Report:
    return content.build([reports.source(wishes=(reports.wishes(*spans),))], today=TODAY)


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_table_is_in_the_word_file_and_in_the_pdf(tmp_path: Path) -> None:
    made = report(*APART)
    document = docx.Document(io.BytesIO(word.build(made, made_on=dt.datetime.now(dt.UTC))))
    rows = [[plain(cell.text) for cell in row.cells] for t in document.tables for row in t.rows]
    first = [
        "Bớt giấy tờ 1",
        "10,0 %",
        "20,0 %",
        "30,0 %",
        "40,0 %",
        "100",
        "88,0 %",
        "85,0–91,0 %",
    ]
    assert first in rows
    assert ["Ghế ngồi", "không nêu", "–", "–", "–", "7", "không nêu", "–"] in [
        ["–" if cell in {"–", "—"} else cell for cell in row] for row in rows
    ]
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no pdftotext here")
    file = tmp_path / "report.pdf"
    file.write_bytes(typeset.pdf(made))
    read = subprocess.run([reader, "-layout", file, "-"], capture_output=True, check=True).stdout
    assert "Mong muốn cải thiện" in read.decode()
    assert "85,0–91,0" in plain(read.decode())


def test_the_section_has_a_table_and_a_chart_of_what_is_told() -> None:
    (section,) = [s for s in report(*APART).sections if s.heading.endswith("Mong muốn cải thiện")]
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    (chart,) = [block for block in section.blocks if isinstance(block, Chart)]
    assert (len(table.rows), len(chart.marks)) == (6, 5)
    assert table.header[-2] == "Cần hoặc rất cần"
    assert chart.low == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        (APART, "“Bớt giấy tờ 1” được mong muốn nhiều hơn rõ so với mọi mong muốn khác."),
        (CLOSE, "Chưa có mong muốn nào ít hơn rõ so với “Bớt giấy tờ 1”"),
        ((*CLOSE, (0.1, 0.2)), "Ít hơn rõ so với “Bớt giấy tờ 1”: “Bớt giấy tờ 5”."),
    ],
)
def test_wishes_are_told_apart_only_where_intervals_do_not_meet(
    spans: tuple[tuple[float, float], ...], said: str
) -> None:
    first, second = wished.sentences(reports.wishes(*spans))
    assert said in second
    assert "“Bớt giấy tờ 1”" in first


def test_few_wishes_are_not_ranked_and_none_have_no_chart() -> None:
    assert wished.sentences(reports.wishes(*APART[:3])) == ()
    source = reports.source(wishes=(reports.wishes(),))
    assert not any(isinstance(block, Chart) for block in wished.blocks(source))
    assert wished.most_wanted(source) == ()


def test_a_report_without_wishes_has_no_section() -> None:
    made = content.build([reports.source()], today=TODAY)
    assert not any("Mong muốn" in section.heading for section in made.sections)


def test_wishes_that_cannot_be_told_any_more_are_named_as_missing() -> None:
    method = {**released.edition().method}
    asked = [{**method["instruments"][0], "code": "sipas-ho-gia-dinh"}]
    source = reports.source(method={**method, "instruments": asked})
    assert any("không có bảng mong muốn" in said for said in findings.cautions(source))
