"""Comments before anybody else reads them: masked, passed on; and what is made public of them."""

from __future__ import annotations

import flask
from flask import abort, flash, redirect, render_template, request, url_for

from app import session as current
from app.central.forms import Confirm, Pair, Screen
from app.language import phrase
from surveys.fieldwork import comments as cases
from surveys.fieldwork import screening
from surveys.fieldwork.comments import Item, NotScreened
from surveys.offices import staff
from surveys.tables import Staff

Answer = flask.typing.ResponseReturnValue

STATES = ("new", *cases.STATUSES)
_PAGE = 50
#: Accounts that can be given a comment to deal with.
_OWNERS = ("central", "sector", "unit")


def comments() -> Answer:
    """The comments in a state, with everything masked that may tell who somebody is."""
    state = request.args.get("tinhtrang", "new")
    page = request.args.get("trang", 1, type=int)
    if state not in STATES or not 1 <= page <= 10_000:
        abort(404)
    session, programme = current.current_session(), current.current_programme()
    found = cases.of_programme(
        session, programme.code, status=state, offset=(page - 1) * _PAGE, limit=_PAGE + 1
    )
    return render_template(
        "central/comments.html",
        items=[(item, _shown(item)) for item in found[:_PAGE]], state=state, states=STATES,
        numbers=cases.numbers(session, programme.code), page=page, more=len(found) > _PAGE,
        demo=any(item.wave.demo for item in found),
    )  # fmt: skip


def comment(response_id: int, question: str) -> Answer:
    """One comment, masked, with the form that passes it on."""
    return _page(_item(response_id, question))


def reveal(response_id: int, question: str) -> Answer:
    """The same with the text as it was written, which the trail remembers."""
    item = _item(response_id, question)
    _confirmed()
    return _page(item, raw=item.comment.text)


def screen(response_id: int, question: str) -> Answer:
    """Passes a comment on in the words of the form, and back to its page."""
    item = _item(response_id, question)
    form = _screen_form(item)
    if not form.validate_on_submit():
        return _page(item, form=form, wrong=phrase("comments.wrong")), 400
    cases.screen(
        current.current_session(), item, shown=form.shown.data, category=form.category.data,
        owner_id=int(form.owner.data) if form.owner.data else None, due_on=form.due_on.data,
    )  # fmt: skip
    flash(phrase("comments.passed_on"))
    return _back(item)


def publish(response_id: int, question: str) -> Answer:
    """Puts a pair on the public page, and back to the comment."""
    item, form = _item(response_id, question), Pair()
    if not form.validate_on_submit():
        return _page(item, pair=form, wrong=phrase("comments.wrong_pair")), 400
    session, now = current.current_session(), current.current_moment()
    try:
        cases.publish(session, item, summary=form.summary.data, deed=form.deed.data, now=now)
    except cases.CommentError:
        return _page(item, pair=form, wrong=phrase("comments.wrong_pair")), 400
    flash(phrase("comments.published"))
    return _back(item)


def withdraw(response_id: int, question: str) -> Answer:
    """Takes a pair from the public page."""
    item = _item(response_id, question)
    _confirmed()
    try:
        cases.withdraw(current.current_session(), item)
    except NotScreened:
        abort(409)
    flash(phrase("comments.withdrawn"))
    return _back(item)


def _confirmed() -> None:
    if not Confirm().validate_on_submit():
        abort(400)


def _item(response_id: int, question: str) -> Item:
    known = response_id < 2**31 and question.isprintable()
    session = current.current_session()
    found = cases.find(session, response_id, question) if known else None
    if found is None or found.wave.programme != current.current_programme().code:
        abort(404)
    return found


def _back(item: Item) -> Answer:
    response_id, question = item.comment.response_id, item.comment.question_code
    return redirect(url_for("central.comment", response_id=response_id, question=question), 303)


def _shown(item: Item) -> str:
    return item.case.shown if item.case else screening.screened(item.comment.text)


def _owners(item: Item) -> list[Staff]:
    """The accounts that may read comments of the item's unit."""
    session, on = current.current_session(), current.today()
    return [
        account
        for account, _ in staff.everyone(session)
        if account.role in _OWNERS
        and account.disabled_at is None
        and staff.may_see_unit(session, account, item.unit, on=on)
    ]


def _screen_form(item: Item) -> Screen:
    form = Screen()
    form.owner.choices = ["", *(str(account.id) for account in _owners(item))]
    return form


def _page(
    item: Item,
    *,
    raw: str | None = None,
    form: Screen | None = None,
    pair: Pair | None = None,
    wrong: str | None = None,
) -> str:
    case = item.case
    return render_template(
        "central/comment.html",
        item=item, shown=form.shown.data if form else _shown(item), raw=raw, wrong=wrong,
        masks=sorted({find.kind for find in screening.finds(item.comment.text)}),
        category=form.category.data if form else case.category if case else "",
        owner=form.owner.data if form else str(case.owner_id or "") if case else "",
        due_on=(form.due_on.data if form else case.due_on if case else None) or "",
        summary=pair.summary.data if pair else case.summary if case else "",
        deed=(pair.deed.data if pair else case.deed or case.answer if case else "") or "",
        owners=_owners(item), categories=cases.CATEGORIES, confirm=Confirm(formdata=None),
        may_change=(account := current.current_staff()) and account.role == "central",
        demo=item.wave.demo,
    )  # fmt: skip
