"""Files of published figures, opened again the way their readers open them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from app.documents import method, table, workbook
from tests import released

HEADER_ROW = 4


def lines_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet(name: str, **changes: Any) -> Worksheet:
    content = workbook.build([released.edition(**changes)])
    found = openpyxl.load_workbook(io.BytesIO(content))[name]
    assert isinstance(found, Worksheet)
    return found


def cell(page: Worksheet, header: str, row: int = HEADER_ROW + 1) -> Any:
    headers = [each.value for each in page[HEADER_ROW]]
    return page.cell(row, headers.index(header) + 1)


def test_csv_begins_with_a_mark_that_tells_excel_it_is_utf8() -> None:
    assert table.build([released.edition()]).startswith(b"\xef\xbb\xbf")


def test_csv_has_one_line_a_figure_and_keeps_every_digit() -> None:
    value = 0.93420000000000014
    read = lines_of(table.build([released.edition([replace(released.INDEX, value=value)])]))
    assert [float(line["Giá trị"]) for line in read] == [value]


def test_csv_says_where_each_line_comes_from() -> None:
    first = lines_of(table.build([released.edition(revision=2, reason="Sót phiếu")]))[0]
    assert first["SHA-256 của bản công bố"] == "ab" * 32
    assert (first["Năm"], first["Bản công bố số"]) == ("2026", "2")
    assert first["Ngày công bố"] == "15/01/2027"


def test_csv_columns_stay_in_their_order() -> None:
    header = table.build([]).decode("utf-8-sig").strip().split(",")
    assert header[:5] == ["Năm", "Lĩnh vực", "Phạm vi", "Mã đơn vị", "Đơn vị"]
    assert header[-13] == "SHA-256 của bản công bố"
    assert header[-12] == "Nếu mọi người không trả lời đều không hài lòng"
    assert header[-8] == "Phiếu chọn mẫu đã phát"
    assert header[-4] == "Giới hạn dưới một phía 95 % (để kết luận)"
    assert len(set(header)) == len(header)


def test_files_tell_the_served_the_asked_and_the_answered() -> None:
    sampled = replace(released.INDEX, issued=160, returned=120)
    first, other = lines_of(table.build([released.edition([sampled, released.UNIT])]))
    named = list(first)[-8:-4]
    assert [first[name] for name in ("Số lượt phục vụ", *named)] == (
        ["9000", "160", "120", "40", "0.75"]
    )
    assert [other[name] for name in named] == ["", "", "", ""]
    for name, wanted in zip(named, (160, 120, 40, 0.75), strict=True):
        assert cell(sheet("Tóm tắt", figures=[sampled]), name).value == wanted


def test_files_tell_what_volunteers_leave_open() -> None:
    voluntary = replace(
        released.INDEX, indicative=True, basis="open", bound_low=0.128, bound_high=0.991,
        break_even=0.0198,
    )  # fmt: skip
    first, other = lines_of(table.build([released.edition([voluntary, released.UNIT])]))
    named = list(first)[-12:-9]
    assert [first[name] for name in named] == ["0.128", "0.991", "0.0198"]
    assert [other[name] for name in named] == ["", "", ""]
    assert cell(sheet("Tóm tắt", figures=[voluntary]), named[0]).value == 0.128
    turning = cell(sheet("Tóm tắt", figures=[voluntary]), named[2])
    assert turning.value == pytest.approx(1.98)


def test_files_tell_what_verdicts_and_intervals_rest_on() -> None:
    told = replace(
        released.INDEX, lower_one_sided=0.9201, upper_one_sided=0.9461, fraction=0.125,
        pooled_deff=1.25,
    )  # fmt: skip
    first, other = lines_of(table.build([released.edition([told, released.UNIT])]))
    named = list(first)[-4:]
    assert [first[name] for name in named] == ["0.9201", "0.9461", "0.125", "1.25"]
    # Releases from before these were told have empty cells.
    assert [other[name] for name in named] == ["", "", "", ""]
    for name in named:
        assert cell(sheet("Tóm tắt", figures=[told]), name).value == float(first[name])


@pytest.mark.parametrize("name", ["=1+1", "+84", "-2", "@SUM(A1)", "\tx", '=HYPERLINK("http://x")'])
def test_a_name_is_never_a_formula(name: str) -> None:
    figures = [replace(released.UNIT, unit_name=name)]
    assert lines_of(table.build([released.edition(figures)]))[0]["Đơn vị"] == f"'{name}"
    written = cell(sheet("Đơn vị", figures=figures), "Đơn vị")
    assert (written.data_type, written.value) == ("s", name)
    assert written.hyperlink is None


def test_a_negative_number_stays_a_number_in_csv() -> None:
    earlier = replace(released.INDEX, value=0.9)
    edition = replace(released.edition([earlier]))
    change = lines_of(table.build([edition]))[0]["Thay đổi so với năm trước (điểm)"]
    assert float(change) == pytest.approx(-0.0142)


def test_workbook_has_its_sheets_in_order() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.build([released.edition()])))
    assert book.sheetnames == [
        "Tóm tắt",
        "Đơn vị",
        "Nhóm tiêu chí",
        "Tiêu chí",
        "Biểu đồ",
        "Phương pháp",
    ]


@pytest.mark.parametrize(
    ("header", "value", "number_format"),
    [
        ("Giá trị", 0.9342, "0.0%"),
        ("Khoảng tin cậy 95 %: dưới", 0.9171, "0.0%"),
        ("Khoảng tin cậy 95 %: trên", 0.9484, "0.0%"),
        ("Số phiếu", 1234, "#,##0"),
        ("Số lượt phục vụ", 9000, "#,##0"),
        ("Số phiếu so với số lượt phục vụ", 1234 / 9000, "0.0%"),
        ("Chỉ tiêu", 0.9, "0.0%"),
        ("Năm trước", 0.9142, "0.0%"),
        ("Sai số chuẩn", 0.0081, "0.00%"),
        ("Bậc tự do", 61, "#,##0.00"),
        ("Cỡ mẫu hiệu dụng", 640.5, "#,##0.00"),
        ("Thay đổi so với năm trước (điểm)", 2.0, "+0.0;-0.0;0.0"),
    ],
)
def test_workbook_numbers_are_numbers_in_formats_of_no_language(
    header: str, value: float, number_format: str
) -> None:
    written = cell(sheet("Tóm tắt"), header)
    assert (written.data_type, written.number_format) == ("n", number_format)
    assert written.value == pytest.approx(value)


def test_workbook_states_operator_and_verdict_in_words() -> None:
    page = sheet("Tóm tắt")
    assert cell(page, "So với chỉ tiêu").value == ">="
    assert cell(page, "Kết luận").value == "Đạt"


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("met", "Đạt (chỉ dấu)"), ("not_met", "Chưa đạt (chỉ dấu)"),
     ("not_shown", "Chưa đủ căn cứ (chỉ dấu)")],
)  # fmt: skip
def test_a_verdict_that_rests_on_volunteers_is_called_a_hint(verdict: Any, words: str) -> None:
    figures = [replace(released.INDEX, verdict=verdict, indicative=True)]
    assert lines_of(table.build([released.edition(figures)]))[0]["Kết luận"] == words
    assert cell(sheet("Tóm tắt", figures=figures), "Kết luận").value == words


def test_workbook_names_forms_by_their_titles() -> None:
    assert cell(sheet("Tóm tắt"), "Phiếu").value == "Các phiếu gộp lại"
    assert cell(sheet("Tiêu chí"), "Phiếu").value == "Phiếu ngoại trú"


def test_the_summary_begins_with_what_targets_judge_in_the_programmes_order() -> None:
    judged = replace(released.INDEX, instrument="y-te-ngoai-tru")
    figures = [
        replace(judged, name_vi=key, target_key=key)
        for key in ("agencies", "procedures.land-construction-investment", "procedures")
    ]
    page = sheet("Tóm tắt", figures=[released.SCORE, *figures])
    names = [cell(page, "Tên", HEADER_ROW + row).value for row in (1, 2, 3)]
    assert names == ["procedures", "procedures.land-construction-investment", "agencies"]


def test_each_target_has_a_native_chart_of_its_units_with_their_intervals() -> None:
    page = sheet("Biểu đồ")
    (chart,) = page._charts
    names, values = chart.series[0].cat.strRef.f, chart.series[0].val.numRef.f
    assert (names, values) == ("'Biểu đồ'!$B$5", "'Biểu đồ'!$C$5")
    bars = chart.series[0].errBars
    assert bars.minus.numRef.f == "'Biểu đồ'!$D$5:$D$5"
    assert bars.plus.numRef.f == "'Biểu đồ'!$E$5:$E$5"
    shown = [page.cell(5, at).value for at in (2, 3, 4, 5)]
    assert shown == ["Trạm Y tế Tân Kỳ", 0.887, pytest.approx(0.077), pytest.approx(0.053)]
    assert page["B6"].value is None


def test_a_year_without_a_unit_that_is_shown_has_no_chart() -> None:
    assert sheet("Biểu đồ", figures=[released.INDEX, released.SILENT])._charts == []


def test_a_mean_score_is_no_percentage() -> None:
    page = sheet("Tóm tắt")
    row = next(
        row[0].row for row in page.iter_rows() if row[1].value == "Điểm trung bình (thang 1–5)"
    )
    written = cell(page, "Giá trị", row)
    assert (written.value, written.number_format) == (4.31, "0.00")
    assert cell(page, "Sai số chuẩn", row).number_format == "0.000"


def test_a_suppressed_figure_is_an_empty_cell_with_its_reason() -> None:
    page = sheet("Đơn vị")
    assert cell(page, "Giá trị", HEADER_ROW + 2).value is None
    assert cell(page, "Kết luận", HEADER_ROW + 2).value == "Không nêu"
    assert "ít phiếu" in cell(page, "Ghi chú", HEADER_ROW + 2).value


def test_workbook_keeps_headers_in_sight_and_on_every_printed_page() -> None:
    page = sheet("Đơn vị")
    assert page.freeze_panes == "D5"
    assert page.print_title_rows == "$4:$4"
    assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "landscape")


@pytest.mark.parametrize(
    "name", ["Tóm tắt", "Đơn vị", "Nhóm tiêu chí", "Tiêu chí", "Biểu đồ", "Phương pháp"]
)
def test_demo_data_is_marked_on_every_sheet(name: str) -> None:
    assert "DEMO" in str(sheet(name, demo=True)["A3"].value)
    assert sheet(name)["A3"].value is None


def test_demo_data_is_marked_on_every_csv_line() -> None:
    read = lines_of(table.build([released.edition(demo=True)]))
    assert {line["Dữ liệu minh họa"] for line in read} == {"DEMO"}


def test_the_same_releases_give_the_same_bytes() -> None:
    editions = [released.edition()]
    assert workbook.build(editions) == workbook.build(editions)
    assert table.build(editions) == table.build(editions)


def test_method_names_targets_rule_and_checksum() -> None:
    described = dict(method.describe(released.edition(revision=2, reason="Sót phiếu của trạm")))
    assert described["SHA-256 của bản công bố"] == "ab" * 32
    assert "2030: tối thiểu 90 %" in described["Chỉ tiêu"].replace("\N{NO-BREAK SPACE}", " ")
    assert "Sót phiếu của trạm" in described["Bản công bố"]
    assert "trung bình" in described["Cách tính chỉ số"]
    assert "1.234 phiếu, không kể 3 phiếu đã loại" in described["Đợt khảo sát"]
    assert described["Quyền số"].endswith("đã được gộp vào nhóm bên cạnh: 1.")
