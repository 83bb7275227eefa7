"""Recording answers exactly once; leaving some out, taking them in again and correcting them.

Whatever an office does to a response has a reason and leaves a `ResponseChange`, with the answers
that stood there before; the answers as they were first given can always be read back from these.

ResponseError(Exception)
├── KeyReused         other answers under a submission key that is already recorded
├── WaveClosed        the wave takes no answers on that day, or no longer
├── MoreAnswered      the rest of a split form was answered before, and otherwise
├── FieldMissing      the form asks what the person came for, and nothing says it
├── UnknownResponse   there is no such response
├── ReasonMissing     a change without a reason
├── AlreadyExcluded   it was left out before
├── NotExcluded       it counts already
├── WrongAnswers      corrected answers that are not of the response's form
└── NothingCorrected  corrected answers that are those which stand there
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from surveys import database
from surveys.constraints import insert_alone, insert_unless_taken
from surveys.counts import upkeep
from surveys.database import day_of
from surveys.fieldwork import waves
from surveys.places import codes
from surveys.questionnaires import registry
from surveys.questionnaires.answers import Answers
from surveys.tables import (
    Collector,
    Comment,
    Response,
    ResponseChange,
    ServicePoint,
    StoredInstrument,
    Wave,
)

#: What reasons for leaving an answer out begin with, and the kind that its owner is told.
REASON_KINDS = {
    "thử": "trial", "trùng": "duplicate", "bất thường": "unusual", "xin rút": "withdrawn",
}  # fmt: skip
#: Eight characters and the check character: a million million receipts.
RECEIPT_LENGTH = 9
#: What a correction replaces.
CORRECTABLE = ("answers", "others", "sex", "age_band", "field")


class ResponseError(Exception):
    """An answer that cannot be recorded or changed."""


class KeyReused(ResponseError):
    """Other answers under a key that is already recorded: nothing was stored."""

    def __init__(self, receipt: str) -> None:
        self.receipt = receipt
        super().__init__(receipt)


class WaveClosed(ResponseError):
    """The wave takes no answers on that day, or no longer."""

    def __init__(self, wave: Wave) -> None:
        self.wave = wave
        super().__init__(wave.code)


class MoreAnswered(ResponseError):
    """The rest of a split form was answered before, and otherwise: nothing was stored."""


class FieldMissing(ResponseError):
    """Neither the form nor the person says what the person came for."""


class UnknownResponse(ResponseError):
    """There is no response with this number."""


class ReasonMissing(ResponseError):
    """Changing what counts needs a reason that can be read later."""


class AlreadyExcluded(ResponseError):
    """The response was left out before."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__(response.excluded_reason)


class NotExcluded(ResponseError):
    """The response counts already."""


class WrongAnswers(ResponseError):
    """The corrected answers are not of the form that the response answers."""


class NothingCorrected(ResponseError):
    """The corrected answers are those that stand there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """Everything that a recorded answer is made of."""

    wave: Wave
    instrument: StoredInstrument
    point: ServicePoint
    collector: Collector
    answers: Answers
    language: str
    #: From `new_key`, sent with the form: the same for a form that is sent again.
    key: str
    now: dt.datetime
    #: How it was filled in, and where the code was read: see `Response`.
    mode: str = "self"
    presence: str = "printed"
    #: The day on which it was filled in, where it waited for a network; else the day of `now`.
    answered_on: dt.date | None = None
    #: What looks odd about it.
    quality: tuple[str, ...] = ()

    @property
    def day(self) -> dt.date:
        """The day that it counts for."""
        return self.answered_on or day_of(self.now)

    @property
    def digest(self) -> str:
        """A SHA-256 of what is answered: the same form sent again has the same, in any language."""
        sent = [self.collector.code, self.instrument.checksum, self.answers.digest]
        return hashlib.sha256(json.dumps(sent).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A response that is in the database, now or since an earlier sending."""

    response: Response
    #: The same submission had been recorded before.
    repeated: bool


def new_key() -> str:
    """A submission key that nobody can guess: 128 random bits in 22 characters."""
    return secrets.token_urlsafe(16)


def record_alone(
    engine: Engine, submission: Submission, *, rng: random.Random = codes.UNGUESSABLE
) -> Recorded | None:
    """The response of a submission, recorded by one statement and durable when it is back.

    None, and nothing stored, where that is not all there is to do: then `record` does the rest,
    or says what stands against it.
    """
    if submission.answers.texts:
        return None
    values = {**columns(submission), "receipt": codes.draw(rng, RECEIPT_LENGTH)}
    response = insert_alone(engine, Response, values, given=waves.HELD_OPEN)
    if response is None:
        return None
    if _is_fold_due(response):
        with database.writing(engine) as session:
            upkeep.fold(session, submission.instrument)
    return Recorded(response, repeated=False)


def record(
    session: Session, submission: Submission, *, rng: random.Random = codes.UNGUESSABLE
) -> Recorded:
    """The response of a submission, stored if it was not; sending it again changes nothing.

    KeyReused for other answers under the same key; WaveClosed where the wave takes none. A form
    that was recorded in time keeps its receipt, also when it is sent again after the wave.
    """
    values = columns(submission)
    while True:
        drawn = {**values, "receipt": codes.draw(rng, RECEIPT_LENGTH)}
        response = insert_unless_taken(session, Response, drawn, given=waves.HELD_OPEN)
        if response is not None:
            _keep_comments(session, response, submission.answers)
            if _is_fold_due(response):
                upkeep.fold(session, submission.instrument)
            return Recorded(response, repeated=False)
        # Sent before, or at this very moment; or too late; or, once in a very long time, the
        # receipt is taken.
        known = earlier(session, submission)
        if known is not None:
            return known
        if not waves.hold_open(session, submission.wave, on=submission.day):
            raise WaveClosed(submission.wave)


def earlier(session: Session, submission: Submission) -> Recorded | None:
    """The response that an earlier sending left; None where this is the first.

    KeyReused for other answers under the same key.
    """
    query = select(Response).where(Response.submission_key == submission.key)
    found = session.exec(query).one_or_none()
    if found is None:
        return None
    if found.digest != submission.digest:
        raise KeyReused(found.receipt)
    return Recorded(found, repeated=True)


def add_more(session: Session, response: Response, packed: str, *, now: dt.datetime) -> None:
    """Keeps what a person of a split form answered beyond what was asked; again changes nothing.

    MoreAnswered for other answers than those that are kept; WaveClosed where the wave takes none.
    """
    wave = session.get_one(Wave, response.wave_id)
    if not waves.hold_open(session, wave, on=day_of(now)):
        raise WaveClosed(wave)
    session.refresh(response, with_for_update=True)
    if response.more not in {"", packed}:
        raise MoreAnswered(response.receipt)
    response.more = packed
    session.flush()


def exclude(session: Session, response_id: int, *, reason: str, now: dt.datetime) -> Response:
    """The response, left out of all figures from now on; its answers stay."""
    response = _held(session, response_id, reason)
    if response.excluded_at is not None:
        raise AlreadyExcluded(response)
    response.excluded_at, response.excluded_reason = now, reason.strip()
    return _changed(session, response, "excluded", reason=reason, now=now)


def readmit(session: Session, response_id: int, *, reason: str, now: dt.datetime) -> Response:
    """The response, which counts again from now on; why it had not is kept among its changes."""
    response = _held(session, response_id, reason)
    if response.excluded_at is None:
        raise NotExcluded(response_id)
    response.excluded_at = response.excluded_reason = None
    return _changed(session, response, "readmitted", reason=reason, now=now)


def correct(
    session: Session, response_id: int, answers: Answers, *, reason: str, now: dt.datetime
) -> Response:
    """The response with other answers, such as a second entry of a paper form gives.

    Everything that is counted is replaced, the field only where the answers name one; comments,
    which are screened by themselves, stay. It may be excluded, or its wave closed, all the same.
    """
    response = _held(session, response_id, reason)
    form = registry.instrument_of(session.get_one(StoredInstrument, response.instrument_id))
    if (len(answers.packed), len(answers.others)) != (form.answers_width, form.others_width):
        raise WrongAnswers(form.code)
    before = {name: getattr(response, name) for name in CORRECTABLE}
    given = (answers.packed, answers.others, answers.sex, answers.age_band)
    after = dict(zip(CORRECTABLE, (*given, answers.field or response.field), strict=True))
    if after == before:
        raise NothingCorrected(response_id)
    for name, value in after.items():
        setattr(response, name, value)
    text = json.dumps(before, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _changed(session, response, "corrected", reason=reason, now=now, before=text)


def changes(session: Session, response: Response) -> list[ResponseChange]:
    """What was done to a response, the oldest first."""
    query = select(ResponseChange).where(ResponseChange.response_id == response.id)
    return list(session.exec(query.order_by(col(ResponseChange.id))))


def reason_kind(response: Response) -> str:
    """Why a response was left out, without the words of whoever did it; empty where it counts."""
    return "" if response.excluded_reason is None else kind_of(response.excluded_reason)


def kind_of(reason: str) -> str:
    """The kind of a reason for leaving an answer out."""
    folded = reason.casefold()
    kinds = (kind for start, kind in REASON_KINDS.items() if folded.startswith(start))
    return next(kinds, "other")


def is_receipt(typed: str) -> bool:
    """Whether a receipt as somebody typed it can be one: it has the right check character."""
    return codes.is_wellformed(codes.normalise(typed), RECEIPT_LENGTH)


def find_receipt(session: Session, typed: str) -> Response | None:
    """The response with a receipt as its owner typed it, if there is one."""
    if not is_receipt(typed):
        return None
    receipt = codes.normalise(typed)
    return session.exec(select(Response).where(Response.receipt == receipt)).one_or_none()


def flagged(session: Session, wave: Wave) -> list[Response]:
    """The responses of a wave that something looks odd about, in the order in which they came."""
    query = select(Response).where(Response.wave_id == wave.id, Response.quality != "")
    return list(session.exec(query.order_by(col(Response.id))))


def columns(submission: Submission) -> dict[str, Any]:
    """What is stored of a submission, all but the receipt."""
    answers, point, collector = submission.answers, submission.point, submission.collector
    if answers.field is None:
        raise FieldMissing
    return {
        "wave_id": submission.wave.id,
        "instrument_id": submission.instrument.id,
        "unit_id": point.unit_id,
        "point_id": point.id,
        "collector_id": collector.id,
        "collector_kind": collector.kind,
        "field": answers.field,
        "day": submission.day,
        "answered_at": submission.now.replace(second=0, microsecond=0),
        "language": submission.language,
        "mode": submission.mode,
        "presence": submission.presence,
        "quality": " ".join(submission.quality),
        "answers": answers.packed,
        "others": answers.others,
        "more": "",
        "sex": answers.sex,
        "age_band": answers.age_band,
        "submission_key": submission.key,
        "digest": submission.digest,
    }


def _held(session: Session, response_id: int, reason: str) -> Response:
    """The response, which nobody else changes until the transaction ends."""
    response = session.get(Response, response_id, with_for_update=True, populate_existing=True)
    if response is None:
        raise UnknownResponse(response_id)
    if not reason.strip():
        raise ReasonMissing
    return response


def _changed(
    session: Session, response: Response, kind: str, *, reason: str, now: dt.datetime,
    before: str = "",
) -> Response:  # fmt: skip
    row = ResponseChange(
        response_id=response.id or 0, kind=kind, changed_at=now, reason=reason.strip(),
        before=before,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return response


def _is_fold_due(response: Response) -> bool:
    """Now and then the sums are brought up to date; figures are right without it, too."""
    return (response.id or 0) % upkeep.EVERY == 0


def _keep_comments(session: Session, response: Response, answers: Answers) -> None:
    if not answers.texts:
        return
    session.add_all(
        Comment(response_id=response.id or 0, question_code=code, text=text)
        for code, text in answers.texts
    )
    session.flush()
