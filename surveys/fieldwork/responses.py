"""Recording answers exactly once, and leaving some out with a reason.

ResponseError(Exception)
├── KeyReused         other answers under a submission key that is already recorded
├── WaveClosed        the wave takes no answers on that day, or no longer
├── FieldMissing      the form asks what the person came for, and nothing says it
├── UnknownResponse   there is no such response
├── ReasonMissing     an exclusion without a reason
└── AlreadyExcluded   it was left out before
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import secrets
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from surveys.constraints import insert_unless_taken
from surveys.counts import upkeep
from surveys.database import day_of
from surveys.fieldwork.waves import takes_answers
from surveys.places import codes
from surveys.questionnaires.answers import Answers
from surveys.tables import Collector, Comment, Response, ServicePoint, StoredInstrument, Wave

#: Eight characters and the check character: a million million receipts.
RECEIPT_LENGTH = 9


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


class FieldMissing(ResponseError):
    """Neither the form nor the person says what the person came for."""


class UnknownResponse(ResponseError):
    """There is no response with this number."""


class ReasonMissing(ResponseError):
    """Leaving an answer out needs a reason that can be read later."""


class AlreadyExcluded(ResponseError):
    """The response was left out before."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__(response.excluded_reason)


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
        """A SHA-256 of everything sent: the same form sent again has the same."""
        sent = [
            self.collector.code, self.instrument.checksum, self.language, self.answers.digest,
        ]  # fmt: skip
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


def record(
    session: Session, submission: Submission, *, rng: random.Random = codes.UNGUESSABLE
) -> Recorded:
    """The response of a submission, stored if it was not; sending it again changes nothing.

    KeyReused for other answers under the same key; WaveClosed where the wave takes none. A form
    that was recorded in time keeps its receipt, also when it is sent again after the wave.
    """
    earlier = _by_key(session, submission.key)
    if earlier is not None:
        return _repeated(earlier, submission)
    _hold_open(session, submission)
    values = columns(submission)
    while True:
        receipt = codes.draw(rng, RECEIPT_LENGTH)
        response = insert_unless_taken(session, Response, {**values, "receipt": receipt})
        if response is not None:
            _keep_comments(session, response, submission.answers)
            # Now and then the sums are brought up to date; figures are right without it, too.
            if (response.id or 0) % upkeep.EVERY == 0:
                upkeep.fold(session, submission.instrument)
            return Recorded(response, repeated=False)
        # The key came in at this very moment; or, once in a very long time, the receipt is taken.
        earlier = _by_key(session, submission.key)
        if earlier is not None:
            return _repeated(earlier, submission)


def exclude(session: Session, response_id: int, *, reason: str, now: dt.datetime) -> Response:
    """The response, left out of all figures from now on; its answers stay."""
    response = session.get(Response, response_id, with_for_update=True)
    if response is None:
        raise UnknownResponse(response_id)
    if not reason.strip():
        raise ReasonMissing
    if response.excluded_at is not None:
        raise AlreadyExcluded(response)
    response.excluded_at, response.excluded_reason = now, reason.strip()
    session.flush()
    return response


def find_receipt(session: Session, typed: str) -> Response | None:
    """The response with a receipt as its owner typed it, if there is one."""
    receipt = codes.normalise(typed)
    if not codes.is_wellformed(receipt, RECEIPT_LENGTH):
        return None
    return session.exec(select(Response).where(Response.receipt == receipt)).one_or_none()


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
        "sex": answers.sex,
        "age_band": answers.age_band,
        "submission_key": submission.key,
        "digest": submission.digest,
    }


def _by_key(session: Session, key: str) -> Response | None:
    return session.exec(select(Response).where(Response.submission_key == key)).one_or_none()


def _repeated(earlier: Response, submission: Submission) -> Recorded:
    if earlier.digest != submission.digest:
        raise KeyReused(earlier.receipt)
    return Recorded(earlier, repeated=True)


def _hold_open(session: Session, submission: Submission) -> None:
    # Shared with other answers, but closing waits for it: a closed wave gets no late answer.
    session.refresh(submission.wave, with_for_update={"read": True})
    if not takes_answers(submission.wave, on=submission.day):
        raise WaveClosed(submission.wave)


def _keep_comments(session: Session, response: Response, answers: Answers) -> None:
    session.add_all(
        Comment(response_id=response.id or 0, question_code=code, text=text)
        for code, text in answers.texts
    )
    session.flush()
