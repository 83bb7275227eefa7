"""Keys of programs: new ones, told once, and an end to those that are needed no longer."""

from __future__ import annotations

import flask
from flask import abort, flash, redirect, render_template, url_for

from app import session as current
from app.central.forms import Confirm, Key
from app.language import phrase
from surveys.offices import api_keys as keys
from surveys.offices.api_keys import NameTaken, WrongReach
from surveys.places import units
from surveys.tables import ApiKey

Answer = flask.typing.ResponseReturnValue


def api_keys() -> Answer:
    """All keys, and the form for another."""
    return _page(_blank())


def make() -> Answer:
    """A new key, shown once."""
    form = _blank(sent=True)
    if not form.validate_on_submit():
        return _page(form, wrong=phrase("keys.fill_in")), 400
    try:
        made, text = _made(form)
    except NameTaken:
        return _page(form, wrong=phrase("keys.taken", name=form.name.data.strip())), 400
    except WrongReach:
        return _page(form, wrong=phrase("keys.reach", days=keys.LONGEST.days)), 400
    response = flask.make_response(
        render_template("central/api_key.html", key=made, text=text, demo=False)
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def revoke(number: int) -> Answer:
    """The key ended at once; what it did keeps its name."""
    if not Confirm().validate_on_submit():
        abort(400)
    session = current.current_session()
    found = session.get(ApiKey, number) if 0 < number < 2**31 else None
    if found is None:
        abort(404)
    keys.revoke(session, found, now=current.current_moment())
    flash(phrase("keys.revoked", name=found.name))
    return redirect(url_for("central.api_keys"), 303)


def _made(form: Key) -> tuple[ApiKey, str]:
    session = current.current_session()
    code = (form.unit.data or "").strip()
    unit = units.find(session, code, on=current.today()) if code else None
    if code and unit is None:
        raise WrongReach(code)
    account = current.current_staff()
    return keys.make(
        session, name=form.name.data.strip(), scopes=form.scopes.data,
        sector=form.sector.data or None, unit_id=unit.id if unit else None,
        every=form.every.data, expires_on=form.expires_on.data,
        by=account.name if account else abort(401), now=current.current_moment(),
    )  # fmt: skip


def _blank(*, sent: bool = False) -> Key:
    form = Key() if sent else Key(formdata=None, every=1)
    form.sector.choices = ["", *(one.key for one in current.current_programme().sectors)]
    return form


def _page(form: Key, *, wrong: str | None = None) -> str:
    on = current.today()
    known = [
        (key, unit, keys.good(key, on=on)) for key, unit in keys.everyone(current.current_session())
    ]
    return render_template(
        "central/api_keys.html",
        form=form, wrong=wrong, known=known, scopes=keys.SCOPES, confirm=Confirm(formdata=None),
        sectors={one.key: one for one in current.current_programme().sectors},
        earliest=on, latest=on + keys.LONGEST, demo=False,
    )  # fmt: skip
