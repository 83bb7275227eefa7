"""The door for a slip that is good once: the form of its place, and kind words where it is not.

The token stands in the address of these pages and nowhere else: not in an address that follows, not
in what a browser tells the next page, not in a log of ours.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import cast

import flask
from flask import render_template, request
from flask.typing import ResponseReturnValue

from app import errors
from app.citizen import forms, limits, places, turns, views
from app.citizen.places import TicketNeeded, Visit
from app.session import current_session, today
from surveys.database import day_of
from surveys.fieldwork import tickets, waves
from surveys.fieldwork.responses import WaveClosed
from surveys.fieldwork.tickets import ExpiredTicket, SpentTicket, TicketError, UnknownTicket
from surveys.fieldwork.waves import OpenForm
from surveys.questionnaires.registry import instrument_of
from surveys.tables import Collector, TicketBatch, Wave

#: What is wrong with a ticket: its words, and the status.
_REFUSED: dict[type[TicketError], tuple[str, int]] = {
    SpentTicket: ("spent", 410),
    ExpiredTicket: ("expired", 410),
    UnknownTicket: ("unknown", 404),
}
_ROOT = "/p/"


def form(token: str) -> ResponseReturnValue:
    """The form that the holder of a ticket is asked to fill in; TicketError if it is not good."""
    tickets.check(current_session(), token, on=today())
    visit = _visit(token)
    if visit.wave.opens_on > today():
        return _too_early(visit)
    return views.form_page(visit, turns.opening(visit, "ticket"))


def spend(token: str) -> ResponseReturnValue:
    """The receipt of an answer that spends its ticket; TicketError if it is not good."""
    if not views.from_here():
        return errors.page(403, words="citizen.elsewhere")
    visit = _visit(token)
    if "doi" in request.args:  # only the other language was asked for
        return views.form_again(visit)
    try:
        return views.receive(visit, partial(tickets.answer, current_session(), token))
    except limits.Flood:
        return views.flooded(visit)
    except forms.Refused as refused:
        tickets.check(current_session(), token, on=today())
        return views.form_again(visit, refused.problems), refused.status
    except WaveClosed:
        return _too_early(visit), 409


def refused(error: TicketError) -> ResponseReturnValue:
    """The page for a ticket that opens no form, with what its holder can do."""
    words, status = _REFUSED[type(error)]
    batch = error.batch if isinstance(error, ExpiredTicket) else None
    wave = current_session().get(Wave, batch.wave_id) if batch else None
    page = render_template(
        "citizen/ticket.html", words=f"citizen.ticket.{words}", place=None,
        expires_on=batch.expires_on if batch else None, wave=wave,
        closed_on=_closed_early(wave, batch),
    )  # fmt: skip
    return page, status


def needed(error: TicketNeeded) -> ResponseReturnValue:
    """The page for the code of a sample: scanning it is not enough."""
    page = render_template(
        "citizen/ticket.html",
        words="citizen.ticket.needed",
        place=error.place,
        expires_on=None,
        closed_on=None,
    )
    return page, 403


def keep_quiet(response: flask.Response) -> flask.Response:
    """The response; where a ticket stands in the address, the browser tells it to nobody."""
    if request.path.lower().startswith(_ROOT):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _visit(token: str) -> Visit:
    """The visit of a ticket's holder, whatever became of the ticket. Raises UnknownTicket."""
    session = current_session()
    batch = tickets.batch_of(session, token)
    # Foreign keys promise both.
    place = places.of(cast("Collector", session.get(Collector, batch.collector_id)))
    wave = cast("Wave", session.get(Wave, batch.wave_id))
    stored = waves.forms_of(session, wave)[place.point.kind]
    return Visit(place, OpenForm(wave, stored, instrument_of(stored)), token)


def _closed_early(wave: Wave | None, batch: TicketBatch | None) -> dt.date | None:
    """The day on which a wave was closed, where a ticket's own last day was not yet over."""
    if wave is None or batch is None or wave.closed_at is None:
        return None
    closed_on = day_of(wave.closed_at)
    return closed_on if closed_on <= batch.expires_on else None


def _too_early(visit: Visit) -> str:
    return render_template(
        "citizen/pause.html", place=visit.place, last=None, last_day=None, next=visit.wave,
        late=False,
    )  # fmt: skip
