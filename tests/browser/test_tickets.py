"""From a printed slip to its receipt, and what the slip says when it is scanned again."""

from __future__ import annotations

import datetime as dt

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, Request
from sqlmodel import Session, select

from app.documents import slips
from app.documents.slips import Slips
from surveys import database
from surveys.fieldwork import tickets, waves
from surveys.places import codes
from surveys.questionnaires import instrument, registry
from surveys.tables import Response, Unit
from tests import builders, fieldwork
from tests.browser.test_citizen import expect_accessible, fill, page, send

__all__ = ["page"]  # the fixture: a phone with each look

pytestmark = [
    pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
]  # fmt: skip


@pytest.fixture
def batch(session: Session, address: str) -> Slips:
    """Slips for a counter of the form that ships, while a wave is open on this real day."""
    (shipped,) = (form for form in instrument.shipped() if form.code == "sipas-quay")
    today = database.day_of(database.now())
    wave = builders.draft(
        session, opens_on=today, closes_on=today + dt.timedelta(1),
        form=registry.store(session, shipped, now=builders.NOW),
    )  # fmt: skip
    waves.open_wave(session, wave)
    point = builders.counter(session)
    minted = tickets.mint(
        session, fieldwork.collector(session, point, "sampled"), every=4, size=2,
        expires_on=today, by="Nội vụ", now=database.now(),
    )  # fmt: skip
    made = Slips(
        batch=1, unit=session.get_one(Unit, point.unit_id).name, point=point.name,
        expires_on=today, base_url=address, tokens=minted.tokens,
    )  # fmt: skip
    session.commit()
    return made


def scan(batch: Slips) -> str:
    """The address on the first printed slip, read as a phone does."""
    sheet = cv2.imdecode(np.frombuffer(slips.pictures(batch)[0], np.uint8), cv2.IMREAD_GRAYSCALE)
    corner = sheet[: sheet.shape[0] // 7, : sheet.shape[1] // 3]
    return cv2.QRCodeDetectorAruco().detectAndDecode(corner)[0]


def test_a_slip_leads_to_one_receipt_and_then_says_it_was_used(
    phone: Page, session: Session, batch: Slips
) -> None:
    asked: list[Request] = []
    phone.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - no bare method
    scanned = scan(batch)
    phone.goto(scanned)
    fill(phone)
    send(phone)
    receipt = phone.locator(".receipt").inner_text()
    token = batch.tokens[0]
    assert token not in phone.url.upper()
    assert token not in phone.content().upper()
    phone.get_by_role("link", name="Xem các kết quả").click()
    phone.wait_for_load_state()
    told = [one.headers.get("referer", "") for one in asked]
    assert not [one for one in told if token in one.upper()]
    phone.goto(scanned)
    assert phone.locator("h1").inner_text() == "Phiếu này đã dùng"
    assert phone.locator("form").count() == 0
    phone.get_by_role("link", name="English").click()
    assert phone.locator("h1").inner_text() == "This slip has been used"
    (kept,) = session.exec(select(Response)).all()
    assert kept.presence == "ticket"
    assert codes.normalise(receipt).endswith(kept.receipt)


def test_going_back_and_sending_again_shows_the_same_receipt(
    phone: Page, session: Session, batch: Slips
) -> None:
    phone.goto(scan(batch))
    fill(phone)
    send(phone)
    receipt = phone.locator(".receipt").inner_text()
    phone.go_back()
    send(phone)
    assert phone.locator(".receipt").inner_text() == receipt
    assert len(session.exec(select(Response)).all()) == 1


def test_every_page_of_a_slip_can_be_read_by_everyone(page: Page, batch: Slips) -> None:
    scanned = scan(batch)
    page.goto(scanned)
    expect_accessible(page)
    fill(page)
    send(page)
    page.get_by_text("Mã biên nhận").wait_for()
    for address in (scanned, scanned[:-1] + "1"):
        page.goto(address)
        expect_accessible(page)
