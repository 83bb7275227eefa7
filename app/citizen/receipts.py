"""What became of an answer, for whoever has its receipt: never what was answered."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app import filters
from app.citizen import limits
from app.session import current_session
from surveys.fieldwork import responses
from surveys.places import codes
from surveys.tables import Unit, Wave

_LONGEST_SHOWN = 20


def written(receipt: str) -> tuple[str, str]:
    """How a receipt stands in pages: in addresses, and in groups that can be read aloud."""
    return receipt, filters.receipt(receipt)


def look_up() -> ResponseReturnValue:
    """The page for typing a receipt; with one, whether it counts, in which wave and unit."""
    typed = request.args.get("ma")
    if not typed or not typed.strip():
        return render_template("citizen/look_up.html", typed="", empty=typed is not None)
    limits.note_guess(missed=False)
    session = current_session()
    response = responses.find_receipt(session, typed)
    if response is None:
        wellformed = responses.is_receipt(typed)
        # Of random codes 31 of 32 have the wrong check character: those tell nobody anything.
        limits.note_guess(missed=wellformed)
        page = render_template(
            "citizen/look_up_unknown.html", typed=typed[:_LONGEST_SHOWN], wellformed=wellformed,
            count=len(codes.normalise(typed)), length=responses.RECEIPT_LENGTH,
        )  # fmt: skip
        return page, 404
    return render_template(
        "citizen/look_up_found.html",
        response=response, wave=session.get(Wave, response.wave_id),
        unit=session.get(Unit, response.unit_id), reason=responses.reason_kind(response),
    )  # fmt: skip
