"""Other systems that are told of publications: their addresses, and whether word arrived."""

from __future__ import annotations

import flask
from flask import abort, flash, redirect, render_template, url_for

from app import session as current
from app.central.forms import Confirm, NewWebhook
from app.language import phrase
from surveys.publishing import webhooks as outbox
from surveys.publishing.webhooks import AddressTaken, WrongAddress
from surveys.tables import Delivery

Answer = flask.typing.ResponseReturnValue


def webhooks() -> Answer:
    """All addresses, the newest deliveries, and the form for another address."""
    return _page(NewWebhook(formdata=None))


def add() -> Answer:
    """A new address, and the key for its owner, shown once."""
    session, form = current.current_session(), NewWebhook()
    if not form.validate_on_submit():
        return _page(form, wrong=phrase("webhooks.wrong")), 400
    try:
        made = outbox.add(session, form.url.data.strip(), now=current.current_moment())
    except WrongAddress:
        return _page(form, wrong=phrase("webhooks.wrong")), 400
    except AddressTaken:
        return _page(form, wrong=phrase("webhooks.taken")), 400
    key = outbox.key(made, current.settings().secret_key.encode())
    return render_template("central/webhook_key.html", url=made.url, key=key, demo=False)


def remove(number: int) -> Answer:
    """The address told nothing more."""
    session = current.current_session()
    found = outbox.find(session, number) if number < 2**31 else None
    if not Confirm().validate_on_submit():
        abort(400)
    if found is None:
        abort(404)
    flash(phrase("webhooks.removed", url=found.url))
    outbox.remove(session, found)
    return redirect(url_for("central.webhooks"), 303)


def send_again(number: int) -> Answer:
    """A delivery that was given up, due again from now on."""
    session = current.current_session()
    found = session.get(Delivery, number) if number < 2**31 else None
    if not Confirm().validate_on_submit():
        abort(400)
    if found is None:
        abort(404)
    outbox.again(session, found, now=current.current_moment())
    flash(phrase("webhooks.again_soon"))
    return redirect(url_for("central.webhooks"), 303)


def _page(form: NewWebhook, *, wrong: str | None = None) -> str:
    session, programme = current.current_session(), current.current_programme()
    sectors = {one.key: one.label for one in programme.sectors}
    return render_template(
        "central/webhooks.html",
        form=form, wrong=wrong, confirm=Confirm(formdata=None), sectors=sectors,
        addresses=outbox.everyone(session), owed=outbox.deliveries(session), most=outbox.MOST,
        demo=False,
    )  # fmt: skip
