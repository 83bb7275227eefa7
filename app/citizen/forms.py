"""A posted form of a citizen: its key and its answers, or all that is wrong with it."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from werkzeug.datastructures import MultiDict

from app.citizen import keys
from app.citizen.places import Visit
from surveys.questionnaires.answers import AnswerProblem, AnswerProblems, Answers, check

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


def read(visit: Visit, posted: MultiDict[str, str], *, body: bytes) -> tuple[str, Answers]:
    """The submission key and the checked answers of a posted form; Refused with all faults.

    `body` is what was sent: in `posted`, bytes that are not UTF-8 would pass as the text "%FF".
    """
    problems = []
    key = ""
    try:
        key = keys.redeem(visit.place.code, posted.get("key", ""))
    except keys.KeyRefused:
        problems.append(AnswerProblem("", "key_refused"))
    if not _is_readable(body):
        problems.append(AnswerProblem("", "garbled"))
    try:
        answers = _check(visit, posted)
    except AnswerProblems as error:
        raise Refused((*problems, *error.problems)) from None
    if problems:
        raise Refused(tuple(problems))
    return key, answers


def _is_readable(body: bytes) -> bool:
    try:
        unquote_to_bytes(body).decode()
    except UnicodeDecodeError:
        return False
    return True


def _check(visit: Visit, posted: MultiDict[str, str]) -> Answers:
    fields = [field.key for field in visit.fields]
    values = posted.to_dict(flat=False)
    if len(fields) == 1:  # nothing to choose, so it was not asked
        values["field"] = fields
    return check(visit.instrument, values, fields=fields)
