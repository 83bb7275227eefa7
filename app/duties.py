"""What waits for an account, in words and with the one page where it is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import flask
from flask import url_for
from sqlmodel import Session

from app import session as current
from app.addresses import absolute
from app.filters import number
from app.language import phrase
from surveys import database, duties
from surveys.duties import Duty
from surveys.tables import Staff

#: The page of each kind, with what its address is made of: its parts by the duty's.
PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "to_begin": ("office.help", {}),
    "past_end": ("central.wave", {"code": "code"}),
    "few_answers": ("office.sampling", {"sector": "code"}),
    "few_here": ("office.unit", {"code": "code"}),
    "to_open": ("central.wave", {"code": "code"}),
    "no_frame": ("central.wave", {"code": "code"}),
    "odd": ("central.integrity", {"code": "code"}),
    "to_check": ("central.draft", {"number": "code"}),
    "to_release": ("central.draft", {"number": "code"}),
    "to_publish": ("central.publish", {"sector": "code", "year": "year"}),
    "to_screen": ("central.comments", {}),
    "late_comments": ("central.comments", {}),
    "comments": ("office.comments", {}),
    "sheets": ("office.collecting", {}),
    "invitations": ("central.accounts", {}),
    "undelivered": ("central.webhooks", {}),
}


@dataclass(frozen=True, slots=True)
class Task:
    """A duty as somebody reads it."""

    words: str
    address: str
    until: dt.date | None
    #: Whether its day is past.
    late: bool


def install(app: flask.Flask) -> None:
    """Give templates `tasks()`, what the account of the request has to do."""
    app.jinja_env.globals["tasks"] = tasks


def tasks() -> list[Task]:
    """What the account of this request has to do, the most urgent first."""
    account = current.current_staff()
    if account is None:
        return []
    session, programme = current.current_session(), current.current_programme()
    found = duties.waiting(session, programme, account, current.current_moment())
    return [_task(duty, url_for, current.today()) for duty in found]


def tasks_of(session: Session, account: Staff, now: dt.datetime) -> list[Task]:
    """What any account has to do, outside of a request: with whole addresses."""
    found = duties.waiting(session, current.current_programme(), account, now)
    return [_task(duty, absolute, database.day_of(now)) for duty in found]


def _task(duty: Duty, address: Callable[..., str], on: dt.date) -> Task:
    endpoint, parts = PAGES[duty.kind]
    page = address(endpoint, **{name: getattr(duty, part) for name, part in parts.items()})
    words = phrase(
        f"duties.kind.{duty.kind}",
        about=duty.about, number=number(duty.number), places=number(duty.places), year=duty.year,
    )  # fmt: skip
    return Task(words, page, duty.until, duty.until is not None and duty.until < on)
