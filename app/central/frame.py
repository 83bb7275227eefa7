"""People served: a file in, all or nothing, with every bad row named."""

from __future__ import annotations

from contextlib import closing

import flask
from flask import flash, redirect, render_template, url_for

from app import session as current
from app.central.forms import Upload
from app.filters import number
from app.language import phrase
from surveys import frame as frames
from surveys.imports import ImportRefused, read_table

#: More problems than this do not help anyone to mend a file; their number is told.
MOST_SHOWN = 1000


def frame() -> flask.typing.ResponseReturnValue:
    """The page where a file is chosen; after it was taken, the same page with what changed."""
    form = Upload()
    if flask.request.method in current.READING:
        return _page(form)
    if not form.validate_on_submit():
        return _page(form, empty=True), 400
    try:
        with closing(form.file.data) as sent:
            table = read_table(sent.read(), _name(sent.filename))
        done = frames.import_frame(
            current.current_session(),
            table,
            programme=current.current_programme(),
            now=current.current_moment(),
        )
    except ImportRefused as refused:
        return _page(form, refused), 400
    counts = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged}
    words = {name: number(count) for name, count in counts.items()}
    flash(phrase("central.frame_taken", file=table.source, **words))
    return redirect(url_for("central.frame"), 303)


def _name(sent: str | None) -> str:
    """The name of the file as it can be stored: one line of letters."""
    return "".join(letter for letter in sent or "" if letter.isprintable())[:200]


def _page(form: Upload, refused: ImportRefused | None = None, *, empty: bool = False) -> str:
    problems = refused.problems if refused else ()
    return render_template(
        "central/frame.html",
        form=form,
        empty=empty,
        problems=problems[:MOST_SHOWN],
        count=len(problems),
        columns=frames.COLUMNS,
        fields=current.current_programme().fields,
    )
