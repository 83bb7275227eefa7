"""Interviews: the whole form for somebody who asks, one person after another at one place.

One page and one sending: the sections are shown one at a time by their addresses (`#p2`), so
nothing is lost between them, no script is needed, and a script may keep the form for later.
"""

from __future__ import annotations

import datetime as dt
import re

import flask
from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from app import filters, sheets
from app import session as current
from app.language import current_language, phrase
from app.office import desks
from app.office.desks import Desk
from surveys.fieldwork import modes, responses
from surveys.fieldwork.responses import KeyReused, Submission, WaveClosed
from surveys.questionnaires.answers import AnswerProblem, AnswerProblems, Answers, check

Answer = flask.typing.ResponseReturnValue
_KEY = re.compile(r"[\w-]{22}", re.ASCII)


def interview(code: str) -> Answer:
    """The form of the next person; once sent, the form of the one after."""
    place = desks.find(code)
    # One that waited for a network may come after the last day of its wave.
    desk = desks.opened(place, late="day" in request.form)
    if desk is None:
        page = render_template("office/no_wave.html", place=place)
        return page, 409 if request.method == "POST" else 200
    if request.method != "POST":
        # The place stays, and what people come for: at one counter it is often the same.
        kept = MultiDict({"field": request.args.get("viec", "")})
        return _page(desk, posted=kept, key=responses.new_key())
    return _save(desk)


def _save(desk: Desk) -> Answer:
    key = request.form.get("key", "")
    try:
        answers = read(desk, request.form)
        if not _KEY.fullmatch(key):
            flask.abort(400)
        recorded = responses.record(current.current_session(), _submission(desk, answers, key))
    except AnswerProblems as error:
        page = _page(desk, posted=request.form, key=key, problems=error.problems)
        return page, 422
    except (KeyReused, WaveClosed):
        flask.abort(409)
    flash(_said(desk, recorded.response.receipt))
    kept = request.form.get("field") if len(desk.fields) > 1 else None
    following = url_for("office.interview", code=desk.place.code, viec=kept)
    if request.accept_mimetypes.best == "application/json":  # the script that kept it
        return flask.jsonify(address=following)
    return redirect(following, 303)


def read(desk: Desk, posted: MultiDict[str, str]) -> Answers:
    """The checked answers of a posted form; AnswerProblems with all that must be corrected."""
    values = desks.posted_fields(desk, posted.to_dict(flat=False))
    return check(desk.instrument, values, fields=[field.key for field in desk.fields])


def _asked_on(desk: Desk) -> dt.date | None:
    """The earlier day of an interview that waited for a network; None for one of today."""
    try:
        claimed = dt.date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return None
    return claimed if desk.wave.opens_on <= claimed < current.today() else None


def _submission(desk: Desk, answers: Answers, key: str) -> Submission:
    asked_on = _asked_on(desk)
    return Submission(
        wave=desk.wave, instrument=desk.asked.stored, point=desk.place.point,
        collector=desk.place.collector, answers=answers, language=current_language(), key=key,
        now=current.current_moment(), mode="interviewer", presence="none",
        answered_on=asked_on, quality=("offline",) if asked_on else (),
    )  # fmt: skip


def _said(desk: Desk, receipt: str) -> str:
    return phrase("interview.saved", count=_count(desk), receipt=filters.receipt(receipt))


def _count(desk: Desk) -> int:
    """How many interviews were saved here today."""
    collector_id = desk.place.collector.id or 0
    return modes.of_day(current.current_session(), collector_id, "interviewer", day=current.today())


def _page(
    desk: Desk,
    *,
    posted: MultiDict[str, str],
    key: str,
    problems: tuple[AnswerProblem, ...] = (),
) -> str:
    sheet = desk.sheet
    return render_template(
        "office/interview.html",
        desk=desk, sheet=sheet, posted=posted, key=key, count=_count(desk),
        faults=sheets.explain(sheet, problems), demo=desk.wave.demo,
    )  # fmt: skip
