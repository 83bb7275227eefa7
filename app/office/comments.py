"""Comments about an office's own units, screened, and what the office says to them."""

from __future__ import annotations

import flask
from flask import abort, flash, redirect, render_template, url_for

from app import session as current
from app.language import phrase
from app.office.forms import Reply
from surveys.fieldwork import comments as cases
from surveys.fieldwork.comments import CommentError, Item
from surveys.offices import staff
from surveys.places import units
from surveys.tables import Staff

Answer = flask.typing.ResponseReturnValue


def comments() -> Answer:
    """The comments that the account may read; Nội vụ's and the auditor's own list has them all."""
    account = _account()
    if staff.sees_everything(account):
        return redirect(url_for("central.comments"), 303)
    session, on = current.current_session(), current.today()
    if account.unit_id is not None:
        own = units.below(session, account.unit_id, on=on)
    else:
        own = units.of_sector(session, account.sector or "", on=on)
    queue = cases.of_units(session, [unit.id or 0 for unit in own])
    return render_template(
        "office/comments.html", queue=queue, fewest=cases.FEWEST, today=on,
        demo=any(item.wave.demo for item in queue.items),
    )  # fmt: skip


def comment(number: int) -> Answer:
    """One comment with the form for an answer; the answer is kept, and back to the list."""
    item, form = _item(number), Reply()
    if flask.request.method in current.READING:
        return _page(item)
    if not form.validate_on_submit():
        return _page(item, form, wrong=phrase("comments.wrong_reply")), 400
    try:
        cases.answer(
            current.current_session(), item, words=form.words.data or "", status=form.status.data
        )
    except CommentError:
        return _page(item, form, wrong=phrase("comments.wrong_reply")), 400
    flash(phrase("comments.kept"))
    return redirect(url_for("office.comments"), 303)


def _account() -> Staff:
    account = current.current_staff()
    return account if account is not None else abort(401)


def _item(number: int) -> Item:
    session, on = current.current_session(), current.today()
    found = cases.find_case(session, number) if number < 2**31 else None
    if found is None or found.wave.programme != current.current_programme().code:
        abort(404)
    if not staff.may_see_unit(session, _account(), found.unit, on=on):
        abort(403)
    return found


def _page(item: Item, form: Reply | None = None, *, wrong: str | None = None) -> str:
    case = item.case
    return render_template(
        "office/comment.html",
        item=item, case=case, wrong=wrong, steps=cases.STEPS, form=Reply(formdata=None),
        words=form.words.data if form else case.answer if case else "",
        status=form.status.data if form else item.status,
        may_change=_account().role != "auditor", demo=item.wave.demo,
    )  # fmt: skip
