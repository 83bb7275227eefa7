"""“Trả lời thêm”: who answered a split form may go on to the items that were not asked.

The page of thanks to which a browser is led after sending has a signed link for the receipt, good
for some hours; who finds the receipt later has none. What is answered there enters no figure, for
those who go on are not like those who stop.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import partial

import flask
from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from app import errors, sheets
from app.session import current_moment, current_session
from surveys.fieldwork import responses
from surveys.fieldwork.receipts import Receipted
from surveys.fieldwork.responses import MoreAnswered, WaveClosed
from surveys.places import collectors
from surveys.questionnaires.answers import (
    NOT_ASKED,
    AnswerProblem,
    AnswerProblems,
    check_items,
    unasked,
)
from surveys.questionnaires.questionnaire import Instrument
from surveys.questionnaires.registry import instrument_of
from surveys.tables import Response, StoredInstrument, Wave

#: As long as a visit and the way home take.
_GOOD_FOR = dt.timedelta(hours=6)


def link(code: str, response: Response) -> str | None:
    """What the address of thanks carries for who may go on; None where all was asked."""
    going_on = NOT_ASKED in response.answers and not response.more
    return signed(code, response.receipt) if going_on else None


def signed(code: str, receipt: str) -> str:
    """A link for a receipt given at a code."""
    return str(_signer(code).dumps(receipt))


def offered(told: Receipted, link: str) -> str:
    """The same link where it is good and the rest not answered yet; empty otherwise."""
    if not link:
        return ""
    try:
        good = _receipt(told.code, link) == told.receipt
    except BadSignature:
        return ""
    return link if good and not told.more else ""


def form(code: str, link: str) -> ResponseReturnValue:
    """The items that were not asked before."""
    try:
        response = _response(code, link)
    except SignatureExpired:
        return errors.page(410, words="citizen.more.late")
    if response.more or not _rest(response):
        return _thanks(code, response)
    return _page(code, link, response)


def answer(code: str, link: str) -> ResponseReturnValue:
    """Keeps the further answers, once, and back to the thanks."""
    try:
        response = _response(code, link)
    except SignatureExpired:
        return errors.page(410, words="citizen.more.late")
    rest, posted = _rest(response), request.form.to_dict(flat=False)
    if not rest:
        flask.abort(400)
    if "doi" in request.args:  # only another language or size was asked for
        return _page(code, link, response)
    try:
        packed = check_items(_instrument(response), posted, asked=rest)
        responses.add_more(current_session(), response, packed, now=current_moment())
    except AnswerProblems as error:
        return _page(code, link, response, problems=error.problems), 422
    except MoreAnswered:
        return errors.page(409, words="citizen.more.again")
    except WaveClosed:
        return errors.page(409, words="citizen.more.late")
    return _thanks(code, response)


def _page(
    code: str, link: str, response: Response, *, problems: tuple[AnswerProblem, ...] = ()
) -> str:
    sheet = sheets.lay_out_items(_instrument(response), _rest(response))
    return render_template(
        "citizen/more.html",
        sheet=sheet, demo=current_session().get_one(Wave, response.wave_id).demo,
        target=partial(
            url_for, "citizen.answer_more", code=collectors.normalise(code), link=link
        ),
        attempt=request.args.get("lan", 0, type=int) + 1, posted=request.form,
        faults=sheets.explain(sheet, problems),
    )  # fmt: skip


def _thanks(code: str, response: Response) -> ResponseReturnValue:
    address = url_for("citizen.thanks", code=collectors.normalise(code), receipt=response.receipt)
    return redirect(address, 303)


def _response(code: str, link: str) -> Response:
    """The response that a link leads on from; 404 where it is none of ours."""
    try:
        receipt = _receipt(collectors.normalise(code), link)
    except SignatureExpired:
        raise
    except BadSignature:
        flask.abort(404)
    found = responses.find_receipt(current_session(), receipt)
    return found or flask.abort(404)


def _rest(response: Response) -> tuple[str, ...]:
    return unasked(_instrument(response), response.answers)


def _instrument(response: Response) -> Instrument:
    stored = current_session().get_one(StoredInstrument, response.instrument_id)
    return instrument_of(stored)


def _receipt(code: str, link: str) -> str:
    age = int(_GOOD_FOR.total_seconds())
    return str(_signer(code).loads(link, max_age=age))


def _signer(code: str) -> URLSafeTimedSerializer:
    secret = current_app.config["SECRET_KEY"]
    options = {"digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(secret, salt=f"citizen.more.{code}", signer_kwargs=options)
