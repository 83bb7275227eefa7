"""A posted form as this door takes it: its key, and its answers checked.

Answers are checked in `surveys.questionnaires.answers`; `app.sheets` has what a person sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote

from flask import g, request

from app.citizen import keys, turns
from app.citizen.keys import Opened
from app.citizen.places import Visit
from surveys.questionnaires import routing
from surveys.questionnaires.answers import AnswerProblem, AnswerProblems, Answers, check
from surveys.questionnaires.routing import WHOLE, Block

#: How browsers encode what a form says.
ENCODED = "application/x-www-form-urlencoded"
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


@dataclass(frozen=True, slots=True)
class Posted:
    """What a form sent."""

    values: dict[str, list[str]]
    #: Some of it is not UTF-8.
    garbled: bool = False

    def first(self, name: str) -> str:
        """What stands first under a name; empty where nothing does."""
        return self.values.get(name, [""])[0]


def posted() -> Posted:
    """What the form of this request says, read once."""
    if "posted" not in g:
        g.posted = _posted()
    return cast("Posted", g.posted)


def parse(body: bytes) -> Posted | None:
    """What a body says that is encoded as forms are; None where it is not UTF-8."""
    values: dict[str, list[str]] = {}
    try:
        for pair in body.decode().split("&"):
            name, equals, value = pair.partition("=")
            # As `parse_qsl` does it, but most of what our forms send has nothing to be decoded.
            if "%" in pair or "+" in pair:
                name, value = _decoded(name), _decoded(value)
            if name or equals:
                values.setdefault(name, []).append(value)
    except UnicodeDecodeError:
        return None
    return Posted(values)


def _decoded(text: str) -> str:
    return unquote(text.replace("+", " "), errors="strict")


def _posted() -> Posted:
    if request.mimetype != ENCODED:
        return Posted(request.form.to_dict(flat=False))
    # Before the form, which would empty the body, and lets bytes pass that are not UTF-8, as "%FF".
    found = parse(request.get_data())
    return found or Posted(request.form.to_dict(flat=False), garbled=True)


def read(visit: Visit) -> tuple[Opened, Answers]:
    """What the key says and the checked answers of the form sent; Refused with all faults."""
    sent = posted()
    problems = []
    opened = None
    try:
        opened = turns.redeem(visit, sent.first("key"))
    except keys.KeyRefused:
        problems.append(AnswerProblem("", "key_refused"))
    if sent.garbled:
        problems.append(AnswerProblem("", "garbled"))
    try:
        answers = _check(visit, sent, opened.block if opened else WHOLE)
    except AnswerProblems as error:
        raise Refused((*problems, *error.problems)) from None
    if problems or opened is None:
        raise Refused(tuple(problems))
    return opened, answers


def _check(visit: Visit, sent: Posted, block: Block) -> Answers:
    fields = [field.key for field in visit.fields]
    # Where there is nothing to choose, it was not asked.
    values = {**sent.values, "field": fields} if len(fields) == 1 else sent.values
    asked = routing.asked(visit.instrument, block)
    return check(visit.instrument, values, fields=fields, asked=asked)
