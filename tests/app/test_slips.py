"""Slips on paper: every code on the sheet can be read, and words are never taken for markup."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from dataclasses import replace

import cv2
import numpy as np
import pytest

from app.documents import slips
from app.documents.slips import Slips
from surveys.fieldwork import tickets
from surveys.places import codes

RNG = random.Random(4)
BATCH = Slips(
    batch=7, unit="Trung tâm Phục vụ hành chính công xã Nghĩa Đồng", point="Đất đai, xây dựng",
    expires_on=dt.date(2026, 12, 31), base_url="https://hailong.tan-ky.example.vn",
    tokens=tuple(codes.draw(RNG, tickets.TOKEN_LENGTH) for _ in range(25)),
)  # fmt: skip
LONG = "Trung tâm Phục vụ hành chính công của một xã có cái tên rất dài và nhiều đơn vị trực thuộc"


def cells(page: bytes) -> list[np.ndarray]:
    """The 24 slips of a page, cut where the crosses stand."""
    picture = cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_GRAYSCALE)
    margin = round(picture.shape[1] * 7 / 210)
    sheet = picture[margin:-margin, margin:-margin]
    rows = np.array_split(sheet, 8, axis=0)
    return [cell for row in rows for cell in np.array_split(row, 3, axis=1)]


def scanned(cell: np.ndarray) -> str:
    """What a reader finds on a slip that looks more than once, as a phone does; or nothing."""
    half = cv2.resize(cell, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    readers = (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector())
    looks = (reader.detectAndDecode(view)[0] for view in (cell, half) for reader in readers)
    return next(filter(None, looks), "")


def test_every_slip_leads_to_its_own_ticket() -> None:
    pages = slips.pictures(BATCH)
    assert len(pages) == 2
    found = [scanned(cell) for page in pages for cell in cells(page)]
    wanted = [f"HTTPS://HAILONG.TAN-KY.EXAMPLE.VN/P/{token}" for token in BATCH.tokens]
    assert found == wanted + [""] * 23


@pytest.mark.parametrize("name", [LONG, "#panic() *a* $x$ @b \\ ] // </script>", "Trạm y tế"])
def test_any_name_stays_on_its_slip_and_is_only_words(name: str) -> None:
    batch = replace(BATCH, unit=name, point=name[::-1], tokens=BATCH.tokens[:24])
    (page,) = slips.pictures(batch)
    for cell, token in zip(cells(page), batch.tokens, strict=True):
        assert scanned(cell).endswith(token)
        # White between slips, but for the crosses at the corners: nothing runs over the edge.
        assert cell[:3, 40:-40].min() > 200
        assert cell[-3:, 40:-40].min() > 200


def test_the_list_has_every_address_in_the_order_of_the_slips() -> None:
    rows = list(csv.reader(io.StringIO(slips.table(BATCH).decode("utf-8-sig"))))
    assert rows[0] == ["số phiếu", "địa chỉ", "dùng đến hết ngày"]
    assert [int(row[0]) for row in rows[1:]] == list(range(1, 26))
    assert rows[1][1].endswith(f"/p/{BATCH.tokens[0]}")


def test_the_same_batch_gives_the_same_bytes() -> None:
    assert slips.pdf(BATCH) == slips.pdf(BATCH)
    assert slips.pdf(BATCH).startswith(b"%PDF-")
