"""The answers to questions that are not scored, in the rows of a tally.

They are not among the sums that are kept, so they are read from the responses themselves, in time
that grows with these: for papers that are made now and then, and never for a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlmodel import Session

from surveys.counts import sums, tallies
from surveys.counts.sums import Counts
from surveys.counts.tallies import PERSONAL, Label, Psu, Selection, Tally
from surveys.questionnaires.questionnaire import Question
from surveys.tables import Response


def counts(session: Session, tally: Tally, questions: Sequence[Question]) -> Counts:
    """The answers (R, Q, L) to some questions with the same L options, all of one choice.

    R are the rows of a tally of all units and ways of answering. Excluded responses are left out,
    and those that came to other places or days since the tally was read.
    """
    by = tuple(name for name in PERSONAL if any(getattr(each, name) for each in tally.labels))
    wanted = Selection(tally.stored, {psu.wave_id for psu in tally.psus}, by=by)
    place = _places(tally)
    read = session.execute(tallies.texts(Response, wanted)).all()
    known = [(row, at) for row in read if (at := place.get(_place(row))) is not None]
    people = np.array([row.people for row, _ in known], dtype=np.int64)
    group = np.repeat(np.array([at for _, at in known], dtype=np.int64), people)
    return _counted(tally, questions, [row.others for row, _ in known], group)


def _places(tally: Tally) -> dict[tuple[Psu, Label], int]:
    pairs = zip(tally.psu_of_row.tolist(), tally.label_of_row.tolist(), strict=True)
    return {(tally.psus[psu], tally.labels[label]): at for at, (psu, label) in enumerate(pairs)}


def _place(row: Sequence[Any]) -> tuple[Psu, Label]:
    """Where a text belongs: its columns are those of `Psu`, then of a cell."""
    return Psu(*row[:4]), Label(row[4], *row[6:8])


def _counted(
    tally: Tally, questions: Sequence[Question], texts: Sequence[str], group: Counts
) -> Counts:
    rows, codes = len(tally.respondents), questions[0].codes
    said = sums.characters(texts, len(group), tally.instrument.others_width)
    offsets = {slot.code: slot.offset for slot in tally.instrument.others}
    level = np.full(256, len(codes))
    level[[ord(code) for code in codes]] = np.arange(len(codes))
    found = []
    for question in questions:
        # What is no answer falls into a last place of its own.
        there = group * (len(codes) + 1) + level[said[:, offsets[question.code]]]
        each = np.bincount(there, minlength=rows * (len(codes) + 1))
        found.append(each.reshape(rows, len(codes) + 1)[:, :-1])
    return np.stack(found, axis=1).astype(np.int64)
