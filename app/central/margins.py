"""People by sex and age band: a file in, all or nothing; what is in force, and what is odd."""

from __future__ import annotations

import flask
from flask import abort, redirect, render_template, request, url_for

from app import session as current
from app import weighting
from app.central import uploads
from app.central.forms import Upload
from surveys.fieldwork import waves
from surveys.imports import ImportRefused
from surveys.tables import Wave
from surveys.weighting import margins as cells


def margins() -> flask.typing.ResponseReturnValue:
    """The page where a file is chosen; once it was taken, the same page with what is in force."""
    form = Upload()
    if flask.request.method in current.READING:
        return _page(form)
    if not form.validate_on_submit():
        return _page(form, empty=True), 400
    session, now = current.current_session(), current.current_moment()
    try:
        uploads.take(form, lambda table: cells.import_margins(session, table, now=now))
    except ImportRefused as refused:
        return _page(form, refused), 400
    return redirect(url_for("central.margins", _anchor="hien-co"), 303)


def _page(form: Upload, refused: ImportRefused | None = None, *, empty: bool = False) -> str:
    session, programme = current.current_session(), current.current_programme()
    problems = refused.problems if refused else ()
    known = cells.of_programme(session, programme.code)
    wave = _chosen(known)
    return render_template(
        "central/margins.html",
        demo=waves.made_up(session, programme.code),
        form=form,
        empty=empty,
        problems=problems[: uploads.MOST_SHOWN],
        count=len(problems),
        waves=known,
        wave=wave,
        rows=weighting.margin_rows(session, programme, wave) if wave else (),
        notices=weighting.notices(session, programme, wave) if wave else (),
    )


def _chosen(known: list[Wave]) -> Wave | None:
    """The wave asked for, or the one whose margins came last; None while there are none."""
    asked = request.args.get("dot")
    if asked is None:
        return known[0] if known else None
    return next((wave for wave in known if wave.code == asked), None) or abort(404)
