"""Odd answers of a wave: how many, what the index owes to them, leaving them out and back in."""

from __future__ import annotations

import datetime as dt
from functools import partial

import flask
from flask import abort, flash, redirect, render_template, url_for

from app import memory, weighting
from app import session as current
from app.central.forms import LeaveOut
from app.filters import number
from app.language import phrase
from surveys.fieldwork import waves
from surveys.places import units
from surveys.results import integrity as odd
from surveys.results import suspects
from surveys.results.integrity import Finding
from surveys.tables import Wave
from surveys.weighting.calibrations import CalibrationFailed

Answer = flask.typing.ResponseReturnValue


#: How long answers that came in may be missing: every answer of the wave is looked at again.
_FRESH = dt.timedelta(minutes=15)


def integrity(code: str) -> Answer:
    """The signs that a wave's answers show, each with the index with and without them."""
    return _page(_wave(code))


def change(code: str) -> Answer:
    """Leaves the answers with a sign out, or takes them in again, and back to the page."""
    found, form = _wave(code), LeaveOut()
    if not form.validate_on_submit() or not form.reason.data.strip():
        return _page(found, wrong=phrase("integrity.wrong")), 400
    step = odd.exclude if form.step.data == "exclude" else odd.readmit
    count = step(
        current.current_session(), found, form.sign.data, reason=form.reason.data,
        now=current.current_moment(),
    )  # fmt: skip
    flash(phrase(f"integrity.done.{form.step.data}", count=number(count)))
    return redirect(url_for("central.integrity", code=code), 303)


def _wave(code: str) -> Wave:
    found = waves.find(current.current_session(), code) if code.isprintable() else None
    if found is None or found.programme != current.current_programme().code:
        abort(404)
    return found


def _page(found: Wave, *, wrong: str | None = None) -> str:
    session, programme = current.current_session(), current.current_programme()
    findings: list[Finding] = []
    made_at = current.current_moment()
    make = partial(odd.findings, programme=programme, wave=found)
    try:
        findings, made_at = memory.dated(("odd", found.id), (found,), make, fresh=_FRESH)
    except CalibrationFailed as failed:
        wrong = weighting.failure(session, programme, failed)
    ids = {unit_id for finding in findings for unit_id, _ in finding.units}
    account = current.current_staff()
    return render_template(
        "central/integrity.html",
        wave=found, findings=findings, made_at=made_at, wrong=wrong,
        left_out=odd.left_out(session, found),
        units={unit.id: unit.name for unit in units.with_ids(session, ids)},
        hours={
            "opens": programme.hours.opens, "closes": programme.hours.closes,
            "window": suspects.WINDOW,
        },
        form=LeaveOut(formdata=None), demo=found.demo,
        may_change=account is not None and account.role == "central",
    )  # fmt: skip
