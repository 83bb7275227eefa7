"""Entries of the audit trail in words for officials: what was done, about what, and where to look.

An entry keeps the names of pages, commands and fields, so that it can be read as long as the
installation lives; the words are those of today.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.filters import day
from app.language import PhraseMissing, current_language, phrase
from app.security import may
from app.session import current_programme
from surveys.tables import TrailEntry

#: Where what an entry tells of can be seen: a page, and which details stand in its address.
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "central.new_waves": ("central.overview", ()),
    "central.open_wave": ("central.wave", ("code",)),
    "central.close_wave": ("central.wave", ("code",)),
    "central.weights": ("central.weights", ("code",)),
    "central.change_integrity": ("central.integrity", ("code",)),
    "central.publish": ("central.publish", ("sector", "year")),
    "central.download": ("central.releases", ()),
    "central.frame": ("central.frame", ()),
    "central.margins": ("central.margins", ()),
    "central.units": ("central.units", ()),
    "central.points": ("central.points", ()),
    "central.store_instruments": ("central.instruments", ()),
    "central.make_api_key": ("central.api_keys", ()),
    "central.revoke_api_key": ("central.api_keys", ()),
    "central.add_webhook": ("central.webhooks", ()),
    "central.remove_webhook": ("central.webhooks", ()),
    "central.send_again": ("central.webhooks", ()),
    **dict.fromkeys(
        (f"central.{step}_draft" for step in ("check", "return", "release")),
        ("central.draft", ("number",)),
    ),
    "central.issue_code": ("central.codes", ()),
    "central.renew_pin": ("central.codes", ()),
    "central.posters_file": ("central.posters", ()),
    "central.mint_tickets": ("central.tickets", ()),
    "central.ticket_files": ("central.tickets", ()),
    "central.call_back_tickets": ("central.tickets", ()),
    "central.invite": ("central.accounts", ()),
    "central.renew_invitation": ("central.accounts", ()),
    "central.disable_account": ("central.accounts", ()),
    "central.end_sessions": ("central.accounts", ()),
    "central.forget_digits": ("central.accounts", ()),
    **dict.fromkeys(
        (f"central.{step}_comment" for step in ("reveal", "screen", "publish", "withdraw")),
        ("central.comment", ("response_id", "question")),
    ),
    "office.comment": ("office.comment", ("number",)),
    "office.interview": ("office.interview", ("code",)),
    "office.entry": ("office.entry", ("code",)),
    "office.waiting": ("office.waiting", ("code",)),
    "office.paper_file": ("office.collecting", ()),
    "office.report_file": ("office.reports", ()),
    "office.points_file": ("office.reports", ()),
    "office.sector_chart": ("office.sector", ("sector",)),
    "office.unit_chart": ("office.unit", ("code",)),
    "office.point_chart": ("office.point", ("code", "point")),
    "office.item_chart": ("office.item", ("sector", "form", "item")),
    "office.yearbook": ("office.reports", ()),
}
#: Fields whose value is a key of the program, with the start of the phrases that say it.
_KEYED = {
    "role": "account.role.",
    "rhythm": "years.rhythm.",
    "plan": "years.plan.",
    "method": "weights.method.",
    "keys": "weights.key.",
    "category": "comments.category.",
    "status": "comments.status.",
    "step": "integrity.done.",
    "sign": "integrity.sign.",
    "typing": "trail.typing.",
    "result": "trail.result.",
}
_SECTORS = frozenset({"sector", "nganh"})
#: A checksum that only the page itself understands.
_UNTOLD = frozenset({"seen"})
#: So much of a checksum tells two files apart for an eye.
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Told:
    """An entry in words."""

    entry: TrailEntry
    done: str
    #: The page where it can be seen; None where there is none, or the reader may not see it.
    address: str | None
    about: tuple[tuple[str, str], ...]


def told(entry: TrailEntry) -> Told:
    """The entry in the language of this request."""
    detail: dict[str, object] = json.loads(entry.detail)
    # A page is named by its door, a command by its words.
    kind = "trail.did." if "." in entry.action else "trail.ran."
    about = [
        (_or_itself(f"trail.field.{name}", name), _value(name, value))
        for name, value in detail.items()
        if name not in _UNTOLD and value not in ("", [], None)
    ]
    done = _or_itself(f"{kind}{entry.action}", entry.action)
    return Told(entry, done, _address(entry.action, detail), tuple(about))


def _address(action: str, detail: Mapping[str, object]) -> str | None:
    page, names = PAGES.get(action, ("", ()))
    if not page or not set(names) <= set(detail) or not may(page, reading=True):
        return None
    values: dict[str, Any] = {name: detail[name] for name in (*names, "dot") if name in detail}
    return url_for(page, **values)


def _value(name: str, value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_value(name, one) for one in value)
    if isinstance(value, dict) and "sha256" in value:
        return f"{value.get('name')} (SHA-256 {str(value['sha256'])[:_SHORT]}…)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if name in _SECTORS:
        known = {one.key: one.label(current_language()) for one in current_programme().sectors}
        return known.get(text, text)
    if name == "kind":
        return _or_itself(f"central.kind.{text}", text)
    return _or_itself(f"{_KEYED[name]}{text}", text) if name in _KEYED else _day(text)


def _day(text: str) -> str:
    """A day as it is written here; any other text as it is."""
    try:
        return day(dt.date.fromisoformat(text)) if text[4:5] == "-" else text
    except ValueError:
        return text


def _or_itself(key: str, text: str) -> str:
    """The words for a key; where an older or newer program wrote it, the text itself."""
    try:
        return phrase(key)
    except PhraseMissing:
        return text
