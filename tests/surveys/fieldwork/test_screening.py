"""What personal data look like in comments, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.fieldwork.screening import MARKS, finds, masked, screened

PHONE, ID, NUMBER, MAIL, NAME, PLACE = (
    MARKS[kind] for kind in ("phone", "id", "account", "email", "name", "address")
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gọi tôi 0912.345.678 nhé", f"Gọi tôi {PHONE} nhé"),
        ("SĐT +84 912 345 678", f"SĐT {PHONE}"),
        ("(0912) 345-678", PHONE),
        ("o9I2", "o9I2"),
        ("o912 345 67o", PHONE),
        ("0084912345678", PHONE),
        ("máy bàn 024 3825 1234", f"máy bàn {PHONE}"),
        ("không chín một hai ba bốn năm sáu bảy tám", PHONE),
        ("CCCD 001 203 004 567", f"CCCD {ID}"),
        ("CMND 123456789.", f"CMND {ID}."),
        ("stk 0123 4567 89 VCB", f"stk {NUMBER} VCB"),
        ("mã số thuế 0101234567890123", f"mã số thuế {NUMBER}"),
        ("mail an.nguyen @ gmail.com", f"mail {MAIL}"),
        ("an.nguyen a còng gmail chấm com", MAIL),
        ("Anh Nguyễn Văn Tú rất tốt", f"Anh {NAME} rất tốt"),
        ("chị Lan ở quầy 3", f"chị {NAME} ở quầy 3"),
        ("ÔNG TRẦN VĂN BA", f"ÔNG {NAME}"),
        ("ông/bà Hạnh. Cảm ơn", f"ông/bà {NAME}. Cảm ơn"),
        ("gặp Nguyễn Thị Hoa", f"gặp {NAME}"),
        ("nhà ở thôn Đông Hạ", f"nhà ở {PLACE}"),
        ("số nhà 12/5", PLACE),
    ],
)  # fmt: skip
def test_personal_data_are_masked(text: str, expected: str) -> None:
    assert screened(text) == expected


@pytest.mark.parametrize(
    "text",
    ["ngày 12/05/2026 tôi đến", "phí 1.500.000.000 đồng", "quầy số 5 chậm quá", "cô ấy chậm",
     "giai đoạn 2025-2030", "Đợi 2 giờ 30 phút", "Góp ý. Anh chị vui vẻ", "", "đường xấu"],
)  # fmt: skip
def test_what_tells_nothing_about_a_person_stays(text: str) -> None:
    assert finds(text) == ()


@given(st.text(alphabet="0123456789 .-oO+Anh chịLê@đườngsố/", max_size=60))
def test_finds_are_in_order_and_apart_for_any_text(text: str) -> None:
    found = finds(text)
    edges = [edge for find in found for edge in (find.start, find.end)]
    assert edges == sorted(edges)
    assert all(find.start < find.end <= len(text) for find in found)
    kept = len(text) - sum(find.end - find.start for find in found)
    assert len(masked(text, found)) == kept + sum(len(MARKS[find.kind]) for find in found)
