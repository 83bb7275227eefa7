"""Scan, answer, thank you: a citizen needs no script, no cookie and no account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable
from functools import partial
from urllib.parse import urlsplit

import flask
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app import compression, errors, qr, sheets
from app.citizen import blanks, display, forms, limits, more, offline, places, receipts, turns
from app.citizen.limits import Admission
from app.citizen.places import Place, Visit
from app.citizen.sizes import current_size
from app.citizen.turns import Opening
from app.language import current_language
from app.session import (
    current_engine,
    current_moment,
    current_programme,
    current_session,
    is_in_session,
    settings,
)
from surveys import database
from surveys.fieldwork import responses
from surveys.fieldwork.receipts import Receipted, receipted
from surveys.fieldwork.responses import KeyReused, Recorded, Submission, WaveClosed
from surveys.fieldwork.waves import NoOpenWave
from surveys.places import collectors
from surveys.questionnaires.answers import AnswerProblem
from surveys.questionnaires.routing import Block
from surveys.tables import Wave

#: A picture of a code stays true as long as the code.
_PICTURE_AGE = dt.timedelta(hours=1)
_LONGEST_SHOWN = 20
#: What belongs to one sending of a form, and not to what was answered.
_OF_ONE_SENDING = ("key", "day", limits.QUEUED)


def start() -> ResponseReturnValue:
    """The page for typing a code by hand; a typed one leads on to its form."""
    typed = request.args.get("code")
    if typed is None or not collectors.normalise(typed):
        return render_template("citizen/start.html", empty=typed is not None)
    return redirect(url_for("citizen.form", code=collectors.normalise(typed)), 303)


def form(code: str) -> ResponseReturnValue:
    """The form that is asked today at the place of a code."""
    try:
        visit = places.arrive(code)
    except NoOpenWave as pause:
        return _pause_page(places.find(code), pause.last, pause.next)
    return form_page(visit, turns.opening(visit, display.way(visit.place.code)))


def answer(code: str) -> ResponseReturnValue:
    """The receipt of a form, recorded once however often it is sent."""
    if not from_here():
        return errors.page(403, words="citizen.elsewhere")
    answered_on = offline.answered_on(code)
    try:
        visit = places.arrive(code, on=answered_on)
    except NoOpenWave as pause:
        return _answer_late(places.find(code), pause)
    if "doi" in request.args:  # only the other language was asked for
        return form_again(visit)
    try:
        return _record(visit, answered_on)
    except forms.Refused as refused:
        return form_again(visit, refused.problems), refused.status
    except limits.Flood:
        return flooded(visit)


def thanks(code: str, receipt: str) -> ResponseReturnValue:
    """The receipt and what happens next; nothing of what was answered."""
    told = receipted(current_engine(), receipt)
    if told is None or told.code != collectors.normalise(code):
        flask.abort(404)
    link = more.offered(told, request.args.get("them", ""))
    render = partial(render_template, "citizen/thanks.html", told=told, more=link)
    if (code, receipt) != (told.code, told.receipt) or "ma" in request.args:
        return render()  # links to the same page spell them as they were typed
    own = (link, *receipts.written(receipt)) if link else receipts.written(receipt)
    what = thanks_shown(told, current_language(), current_size(), link=bool(link))
    return _sent(blanks.page(what, own=own, render=render))


def qr_svg(code: str) -> ResponseReturnValue:
    """The QR code of a place as SVG."""
    return _picture(qr.svg(_address(code)), "image/svg+xml")


def qr_png(code: str) -> ResponseReturnValue:
    """The QR code of a place as PNG."""
    return _picture(qr.png(_address(code)), "image/png")


def unknown(error: collectors.UnknownCode) -> ResponseReturnValue:
    """The page for a code that nothing has, with those that may have been meant."""
    typed = error.typed[:_LONGEST_SHOWN]
    page = render_template("citizen/unknown.html", typed=typed, suggestions=error.suggestions)
    return page, 404


def retired(_error: collectors.RetiredCode) -> ResponseReturnValue:
    """The page for a code that was taken out of use."""
    return errors.page(410, words="citizen.retired")


def staffed(_error: places.StaffNeeded) -> ResponseReturnValue:
    """The page for a code of staff: scanning it opens nothing, or anybody could be asked."""
    return errors.page(403, words="citizen.staffed")


def _record(visit: Visit, answered_on: dt.date | None = None) -> ResponseReturnValue:
    return receive(visit, _recorded, answered_on=answered_on)


def _recorded(submission: Submission) -> Recorded:
    # Nearly every answer is new and without comment, and one statement is enough. Where a session
    # is open it holds the turn to write, for which the statement would wait.
    alone = None if is_in_session() else responses.record_alone(current_engine(), submission)
    return alone or responses.record(current_session(), submission)


def receive(
    visit: Visit,
    record: Callable[[Submission], Recorded],
    *,
    answered_on: dt.date | None = None,
) -> ResponseReturnValue:
    """To the receipt of what was sent and is recorded so; `forms.Refused` with all faults.

    Other answers under a key that is recorded already are told so. Raises limits.Flood.
    """
    code = visit.place.code
    submission, admission = submitted(visit, answered_on, current_language(), request.remote_addr)
    try:
        recorded = record(submission)
    except KeyReused as reused:
        admission.give_back()
        return _reused_page(visit, reused.receipt), 409
    if recorded.repeated:
        admission.give_back()
    response = recorded.response
    link = more.link(code, response)
    return redirect(url_for("citizen.thanks", code=code, receipt=response.receipt, them=link), 303)


def _reused_page(visit: Visit, receipt: str) -> str:
    """What is recorded already; all that was sent now may go as another person's form."""
    key = turns.another(visit, request.form["key"]) if not visit.ticket else ""
    sent = (item for item in request.form.items(multi=True) if item[0] not in _OF_ONE_SENDING)
    return render_template(
        "citizen/reused.html",
        receipt=receipt, key=key, sent=tuple(sent), target=_target(visit), demo=visit.wave.demo,
    )  # fmt: skip


def submitted(
    visit: Visit, answered_on: dt.date | None, language: str, address: str | None
) -> tuple[Submission, Admission]:
    """What was sent for a visit in a language, from an address of the network; Refused or Flood."""
    opened, answers = forms.read(visit)
    admission = limits.admit(visit, opened, answers, address)
    late = ("offline",) if answered_on else ()
    submission = Submission(
        wave=visit.wave, instrument=visit.asked.stored, point=visit.place.point,
        collector=visit.place.collector, answers=answers, language=language,
        key=opened.key, now=current_moment(), mode=opened.mode, presence=opened.presence,
        answered_on=answered_on, quality=(*late, *admission.signs),
    )  # fmt: skip
    return submission, admission


def _answer_late(place: Place, pause: NoOpenWave) -> ResponseReturnValue:
    """The receipt of a form that was recorded in time and is sent again, or kind words."""
    visit = places.late_visit(place, pause)
    try:
        if visit is not None:
            return _record(visit)
    except (forms.Refused, WaveClosed, limits.Flood):
        pass
    return _pause_page(place, pause.last, pause.next, late=True), 409


def flooded(visit: Visit) -> ResponseReturnValue:
    """The same form with everything that was typed, to be sent again later."""
    page = form_again(visit, (AnswerProblem("", "flood"),))
    return page, 429, {"Retry-After": str(limits.RETRY_AFTER)}


def form_again(visit: Visit, problems: tuple[AnswerProblem, ...] = ()) -> flask.Response:
    """The same form with everything that was typed."""
    limits.note_correction(visit.place.code, request.form.get("key", ""))
    opening = turns.reopening(visit, request.form.get("key", ""))
    return form_page(visit, opening, posted=request.form, problems=problems)


def form_page(
    visit: Visit,
    opening: Opening,
    *,
    posted: MultiDict[str, str] | None = None,
    problems: tuple[AnswerProblem, ...] = (),
) -> flask.Response:
    """The form of a visit, blank or with what was posted and what is wrong with it."""
    key, block = opening
    render = partial(_form_text, visit, block, key, posted=posted, problems=problems)
    untouched = posted is None and not request.args.keys() & {"lan", "ma"} and not visit.ticket
    what = form_shown(visit, block, current_language(), current_size())
    kept = partial(blanks.page, what, own=(key,), render=render)
    response = _sent(kept()) if untouched else flask.make_response(render())
    # Not no-store: going back must find the same form with the same key, or an answer whose
    # receipt got lost on the way would be sent again under another key and count twice.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def form_shown(visit: Visit, block: Block, language: str, size: str) -> Hashable:
    """All that a blank form shows: while none of it changes, neither does the page."""
    place, stored, demo = visit.place, visit.asked.stored, visit.wave.demo
    fields = tuple(field.key for field in visit.fields)
    return (
        language, size, place.code, place.unit.name, place.point.name, fields, stored.checksum,
        block, demo,
    )  # fmt: skip


def thanks_shown(told: Receipted, language: str, size: str, *, link: bool) -> Hashable:
    """All that thanks show beside the receipt, and the link to what was not asked, if any."""
    return ("thanks", language, size, told.code, told.closes_on, told.demo, link, bool(told.more))


def _sent(page: blanks.Page) -> flask.Response:
    if not compression.takes_gzip(request.headers.get("Accept-Encoding", "")):
        return flask.make_response(page.plain)
    response = flask.make_response(page.gzipped)
    response.headers["Content-Encoding"] = "gzip"
    return response


def _form_text(
    visit: Visit,
    block: Block,
    key: str,
    *,
    posted: MultiDict[str, str] | None,
    problems: tuple[AnswerProblem, ...],
) -> str:
    sheet = sheets.lay_out(visit.instrument, visit.fields, block)
    return render_template(
        "citizen/form.html",
        visit=visit, sheet=sheet, key=key, demo=visit.wave.demo,
        posted=MultiDict() if posted is None else posted,
        attempt=request.args.get("lan", 0, type=int) + 1, time=sheets.duration(sheet),
        faults=sheets.explain(sheet, problems),
        sector=current_programme().sector(visit.wave.sector), target=_target(visit),
    )  # fmt: skip


def _target(visit: Visit) -> Callable[..., str]:
    """Makes the address that the form of a visit is sent to."""
    if visit.ticket:
        return partial(url_for, "citizen.spend", token=visit.ticket)
    return partial(url_for, "citizen.answer", code=visit.place.code)


def _pause_page(place: Place, last: Wave | None, next_: Wave | None, *, late: bool = False) -> str:
    # A wave can be closed before its last day.
    days = (last.closes_on, last.closed_at and database.day_of(last.closed_at)) if last else ()
    last_day = min((day for day in days if day), default=None)
    return render_template(
        "citizen/pause.html", place=place, last=last, last_day=last_day, next=next_, late=late
    )


def from_here() -> bool:
    """Whether the browser says that a page of ours sent the form, or says nothing."""
    return is_ours(request.headers.get("Origin"), request.host)


def is_ours(origin: str | None, host: str) -> bool:
    """Whether a page of ours at this host is at such an origin; so is one that says nothing."""
    if origin is None or origin == "null":
        return True
    return urlsplit(origin).netloc in {host, urlsplit(settings().base_url).netloc}


def _address(code: str) -> str:
    return collectors.address(settings().base_url, places.find(code).code)


def _picture(data: bytes, kind: str) -> flask.Response:
    response = flask.Response(data, mimetype=kind)
    response.cache_control.public = True
    response.cache_control.max_age = int(_PICTURE_AGE.total_seconds())
    return response
