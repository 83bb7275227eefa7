"""What a wave's index owes to answers that look odd: with and without them, and leaving them out.

Both indices have the same weights, so what they share cancels in the variance of the difference
(`analysis.sensitivity`). Nothing is left out by itself: Nội vụ does it, with a reason, sign by
sign, and can take it back.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session, col, select

from analysis import Sensitivity, TotalsError
from surveys.counts import sums, tallies
from surveys.counts.tallies import KINDS, Label, Psu, Tally
from surveys.fieldwork import responses
from surveys.fieldwork.waves import plan_of
from surveys.questionnaires.programme import Programme
from surveys.questionnaires.questionnaire import Instrument
from surveys.results import suspects
from surveys.results.form_estimates import WeightedForm, sensitivity, weigh_form
from surveys.results.suspects import Suspect
from surveys.tables import Response, Wave

#: How the reason begins with which a sign's answers are left out.
_REASON = "Bất thường ({sign}): "


@dataclass(frozen=True, slots=True)
class Finding:
    """The answers to one form with one sign; `effect` is None where nobody else answered."""

    instrument: Instrument
    sign: str
    people: int
    #: Of how many answers.
    answers: int
    #: The units that most of them are of, with their numbers.
    units: tuple[tuple[int, int], ...]
    effect: Sensitivity | None

    @property
    def share(self) -> float:
        """The part of all answers."""
        return self.people / self.answers


def findings(session: Session, programme: Programme, wave: Wave) -> list[Finding]:
    """Each sign that a wave's answers show, form by form. Raises CalibrationFailed."""
    needed = sorted(plan_of(wave).personal)
    asked = tallies.forms(session, [wave.id or 0])
    each = (tallies.tally(session, one.stored, one.wave_ids, by=needed) for one in asked)
    heard = [tally for tally in each if tally is not None]
    found: list[Finding] = []
    for place, tally in enumerate(heard):
        odd = suspects.suspects(session, wave, tally.stored)
        if odd:
            split, signs = _apart(tally, odd, needed)
            beside = [*heard[:place], split, *heard[place + 1 :]]
            form = weigh_form(session, split, programme=programme, waves=[wave], heard=beside)
            found += _found(form, odd, signs)
    return found


def exclude(session: Session, wave: Wave, sign: str, *, reason: str, now: dt.datetime) -> int:
    """How many answers with a sign were left out of all figures, each with this reason."""
    if not reason.strip():
        raise responses.ReasonMissing
    words = _REASON.format(sign=sign) + reason.strip()
    ids = [
        suspect.row.id
        for one in tallies.forms(session, [wave.id or 0])
        for suspect in suspects.suspects(session, wave, one.stored)
        if sign in suspect.signs
    ]
    for number in ids:
        responses.exclude(session, number, reason=words, now=now)
    return len(ids)


def readmit(session: Session, wave: Wave, sign: str, *, reason: str, now: dt.datetime) -> int:
    """How many answers that were left out for a sign count again."""
    if not reason.strip():
        raise responses.ReasonMissing
    start = _REASON.format(sign=sign)
    query = select(Response.id).where(
        Response.wave_id == wave.id, col(Response.excluded_reason).startswith(start)
    )
    ids = list(session.exec(query.order_by(col(Response.id))))
    for number in ids:
        responses.readmit(session, number or 0, reason=reason, now=now)
    return len(ids)


def left_out(session: Session, wave: Wave) -> dict[str, int]:
    """How many answers of a wave are left out for each sign."""
    query = select(Response.excluded_reason).where(
        Response.wave_id == wave.id, col(Response.excluded_at).is_not(None)
    )
    reasons = [reason or "" for reason in session.exec(query)]
    starts = {sign: _REASON.format(sign=sign) for sign in suspects.SIGNS}
    found = {sign: sum(r.startswith(start) for r in reasons) for sign, start in starts.items()}
    return {sign: number for sign, number in found.items() if number}


def _found(
    form: WeightedForm, odd: Sequence[Suspect], signs: Sequence[tuple[str, ...]]
) -> list[Finding]:
    every = int(form.tally.respondents.sum())
    found = []
    for sign in suspects.SIGNS:
        units = Counter(one.row.unit_id for one in odd if sign in one.signs)
        if units:
            rows = np.array([sign in carried for carried in signs])
            finding = Finding(
                form.tally.instrument, sign, units.total(), every, tuple(units.most_common(5)),
                _effect(form, rows),
            )  # fmt: skip
            found.append(finding)
    return found


def _effect(form: WeightedForm, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> (
    Sensitivity | None
):  # fmt: skip
    try:
        return sensitivity(form, rows)
    except TotalsError:
        return None


def _apart(
    tally: Tally, odd: Sequence[Suspect], by: Sequence[str]
) -> tuple[Tally, list[tuple[str, ...]]]:
    """The same sums with the odd answers in rows of their own, and the signs of each row."""
    groups: dict[tuple[int, tuple[str, ...]], list[Suspect]] = defaultdict(list)
    places = _places(tally)
    for one in odd:
        groups[places[_place(one, by)], one.signs].append(one)
    of = np.array([row for row, _ in groups], dtype=np.int64)
    counts, kinds = _sums(tally, list(groups.values()))
    rest_counts, rest_kinds = tally.counts.copy(), tally.kinds.copy()
    np.subtract.at(rest_counts, of, counts)
    np.subtract.at(rest_kinds, of, kinds)
    psu = np.concatenate([tally.psu_of_row, tally.psu_of_row[of]])
    label = np.concatenate([tally.label_of_row, tally.label_of_row[of]])
    all_kinds = np.concatenate([rest_kinds, kinds])
    # Rows stay in the order of their places, and those that have lost everybody go.
    order = [row for row in np.argsort(psu, kind="stable").tolist() if all_kinds[row].any()]
    carried = [*(() for _ in tally.respondents), *(signs for _, signs in groups)]
    split = replace(
        tally, psu_of_row=psu[order], label_of_row=label[order], kinds=all_kinds[order],
        respondents=all_kinds[order].sum(axis=1),
        counts=np.concatenate([rest_counts, counts])[order], extras={},
    )  # fmt: skip
    return split, [carried[row] for row in order]


def _places(tally: Tally) -> Mapping[tuple[Psu, Label], int]:
    pairs = zip(tally.psu_of_row.tolist(), tally.label_of_row.tolist(), strict=True)
    return {(tally.psus[psu], tally.labels[label]): row for row, (psu, label) in enumerate(pairs)}


def _place(one: Suspect, by: Sequence[str]) -> tuple[Psu, Label]:
    row = one.row
    personal = {name: getattr(row, name) or "" for name in by}
    return Psu(row.unit_id, row.wave_id, row.point_id, row.day), Label(row.field, **personal)


def _sums(tally: Tally, groups: Sequence[Sequence[Suspect]]) -> tuple[sums.Counts, sums.Counts]:
    """The answers and the ways to them of each group."""
    rows = [one.row for group in groups for one in group]
    number = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    vectors = sums.summed(
        tally.instrument, [row.answers for row in rows], [row.others for row in rows],
        group=number, change=np.ones(len(rows), dtype=np.int64), groups=len(groups),
    )  # fmt: skip
    kinds = np.zeros((len(groups), len(KINDS)), dtype=np.int64)
    kind = np.array([KINDS.index(row.collector_kind) for row in rows], dtype=np.int64)
    np.add.at(kinds, (number, kind), 1)
    return sums.counts_of(tally.instrument, vectors), kinds
