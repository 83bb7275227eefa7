"""A posted form as this door takes it: its key, and its answers checked.

Answers are checked in `surveys.questionnaires.answers`; `app.sheets` has what a person sees.
"""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from werkzeug.datastructures import MultiDict

from app.citizen import keys, turns
from app.citizen.keys import Opened
from app.citizen.places import Visit
from surveys.questionnaires import routing
from surveys.questionnaires.answers import AnswerProblem, AnswerProblems, Answers, check
from surveys.questionnaires.routing import WHOLE, Block

_NOT_OURS = frozenset({"key_refused", "garbled", "bad_text"})


class Refused(Exception):
    """A posted form that cannot be recorded as it is."""

    def __init__(self, problems: tuple[AnswerProblem, ...]) -> None:
        self.problems = problems
        super().__init__(", ".join(problem.kind for problem in problems))

    @property
    def status(self) -> int:
        """400 where no page of ours sends such a thing; 422 where a person can correct it."""
        return 400 if {problem.kind for problem in self.problems} & _NOT_OURS else 422


def read(visit: Visit, posted: MultiDict[str, str], *, body: bytes) -> tuple[Opened, Answers]:
    """What the key says and the checked answers of a posted form; Refused with all faults.

    `body` is what was sent: in `posted`, bytes that are not UTF-8 would pass as the text "%FF".
    """
    problems = []
    opened = None
    try:
        opened = turns.redeem(visit, posted.get("key", ""))
    except keys.KeyRefused:
        problems.append(AnswerProblem("", "key_refused"))
    if not _is_readable(body):
        problems.append(AnswerProblem("", "garbled"))
    try:
        answers = _check(visit, posted, opened.block if opened else WHOLE)
    except AnswerProblems as error:
        raise Refused((*problems, *error.problems)) from None
    if problems or opened is None:
        raise Refused(tuple(problems))
    return opened, answers


def _is_readable(body: bytes) -> bool:
    try:
        unquote_to_bytes(body).decode()
    except UnicodeDecodeError:
        return False
    return True


def _check(visit: Visit, posted: MultiDict[str, str], block: Block) -> Answers:
    fields = [field.key for field in visit.fields]
    values = posted.to_dict(flat=False)
    if len(fields) == 1:  # nothing to choose, so it was not asked
        values["field"] = fields
    asked = routing.asked(visit.instrument, block)
    return check(visit.instrument, values, fields=fields, asked=asked)
