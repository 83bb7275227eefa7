"""The page of the audit trail: every action in words, with what it was about and where to look."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click
import flask
import pytest
from sqlmodel import col, select

from app import trail
from app.central import entries
from app.language import languages, phrases
from app.security import ACCESS
from app.session import READING
from surveys.offices import audit, staff
from surveys.tables import Collector
from tests import builders
from tests.app import staffed
from tests.app.staffed import Offices, post, text

PAGE = "/noi-vu/nhat-ky"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices."""
    return staffed.build(app)


def writing(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """The commands that leave an entry, by their words."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from writing(command, f"{before}{name} ")
            continue
        source = inspect.getsource(inspect.unwrap(command.callback or print))
        if "terminal.writing" in source or " _step(" in source:
            yield f"{before}{name}", command


def written_pages(app: flask.Flask) -> set[str]:
    """The endpoints that leave an entry."""
    sending = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) - READING and not rule.endpoint.startswith("citizen.")
    }
    return sending | trail.READINGS


@pytest.mark.parametrize("language", languages())
def test_every_page_and_command_that_leaves_an_entry_has_words(
    app: flask.Flask, language: str
) -> None:
    words = phrases(language)
    commands = {name for name, _ in writing(app.cli)} | {"bundle", "microdata"}
    for start, wanted in (("trail.did.", written_pages(app)), ("trail.ran.", commands)):
        assert {k.removeprefix(start) for k in words if k.startswith(start)} == wanted


def test_every_field_that_is_kept_has_words(app: flask.Flask) -> None:
    pages = written_pages(app)
    kept = {name for names in trail.KEPT.values() for name in names}
    for rule in app.url_map.iter_rules():
        kept |= rule.arguments if rule.endpoint in pages else set()
    for _, command in writing(app.cli):
        kept |= {param.name or "" for param in command.params}
    unsaid = {"token", "seen", "password", "given"}
    missing = {name for name in kept - unsaid if f"trail.field.{name}" not in phrases("vi")}
    assert not missing


def test_every_link_of_an_entry_leads_to_a_page_that_can_be_read(app: flask.Flask) -> None:
    assert set(trail.KEPT) | set(entries.PAGES) <= set(ACCESS)
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    reading = {
        one.endpoint: one for one in app.url_map.iter_rules() if "GET" in (one.methods or ())
    }
    for action, (page, names) in entries.PAGES.items():
        assert set(names) == reading[page].arguments, page
        assert set(names) <= rules[action].arguments, action


def test_the_page_says_what_was_done_and_leads_there(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    post(client, "/noi-vu/dot/dot-3/dong")
    page = client.get(PAGE).text
    assert '<a href="/noi-vu/dot/dot-3">Đóng đợt khảo sát</a>' in page
    assert "mã: dot-3" in text(page)
    assert "central.close_wave" not in page
    assert "Closed a wave" in client.get(f"{PAGE}?lang=en").text


def test_minting_is_told_with_place_lot_count_interval_and_last_day(offices: Offices) -> None:
    with offices.session() as session:
        point = session.exec(select(Collector.point_id).order_by(col(Collector.id))).first()
    client = offices.signed_in("noi-vu")
    post(client, "/noi-vu/phieu", point=point, every=5, size=30, expires_on="2026-03-31")
    page = text(client.get(PAGE).text)
    told = (
        "nơi: Đơn vị mot-cua-17266: Điểm quay-1", "lô: 1", "số phiếu: 30",
        "cứ mấy người một phiếu: 5", "dùng đến hết ngày: 31/03/2026",
    )  # fmt: skip
    for said in told:
        assert said in page, said


def test_a_page_that_the_reader_may_not_see_is_not_linked(offices: Offices) -> None:
    with offices.session() as session:
        audit.append(
            session, actor="an", action="office.entry", detail={"code": "X", "serial": "7"},
            now=builders.NOW,
        )  # fmt: skip
        staff.add(
            session, username="quan-tri", name="Quản trị", role="administrator", demo=True,
            password=staffed.PASSWORD,
        )  # fmt: skip
        session.commit()
    page = offices.signed_in("quan-tri").get(PAGE).text
    assert "Nhập một phiếu giấy" in page
    assert "nhap-phieu" not in page
    assert "phiếu giấy số: 7" in text(page)


def test_what_a_newer_program_wrote_is_shown_as_it_is(offices: Offices) -> None:
    with offices.session() as session:
        audit.append(session, actor="an", action="x.y", detail={"z": 1}, now=builders.NOW)
        session.commit()
    page = text(offices.signed_in("noi-vu").get(PAGE).text)
    assert "x.y" in page
    assert "z: 1" in page
