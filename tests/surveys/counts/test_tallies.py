"""Sums of responses, on both databases, against a count that a child could follow."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from sqlmodel import Session, select

from surveys.counts import tallies
from surveys.counts.tallies import Label, Psu, Tally
from surveys.fieldwork import responses
from surveys.questionnaires.answers import unpack
from surveys.questionnaires.questionnaire import Instrument
from surveys.tables import Response, ServicePoint, StoredInstrument, Wave
from tests import builders, fieldwork

OTHERS = ("0902---1", "----010-", "2001110-")


@pytest.fixture
def stored(session: Session) -> StoredInstrument:
    """The small form."""
    return builders.stored(session)


@pytest.fixture
def wave(session: Session, stored: StoredInstrument) -> Wave:
    """The open wave of March."""
    return builders.open_wave(session)


@pytest.fixture
def place(session: Session) -> ServicePoint:
    """A counter."""
    return builders.counter(session)


#: What a row stands for.
Group = tuple[Psu, Label]


def groups(tally: Tally) -> list[Group]:
    """What each row of a tally stands for, in order."""
    rows = zip(tally.psu_of_row.tolist(), tally.label_of_row.tolist(), strict=True)
    return [(tally.psus[psu], tally.labels[label]) for psu, label in rows]


def summed(session: Session, wave: Wave, stored: StoredInstrument) -> Tally:
    """The sums of a wave that has answers."""
    tally = tallies.tally(session, stored, [wave.id or 0])
    assert tally is not None
    return tally


def recount(session: Session, form: Instrument) -> dict[Group, Counter[Any]]:
    """The same sums, response by response and in no hurry."""
    found: dict[Group, Counter[Any]] = {}
    for row in session.exec(select(Response)):
        group = (Psu(row.unit_id, row.wave_id, row.point_id, row.day), Label(row.field))
        sums = found.setdefault(group, Counter())
        if row.excluded_at is not None:
            continue
        values = unpack(form, row.answers, row.others)
        sums["people"] += 1
        sums[row.collector_kind] += 1
        heard = [values.get(item.code) for item in form.items if not item.overall]
        scored = [value for value in heard if value in {"1", "2", "3", "4", "5"}]
        sums["eligible"] += bool(scored)
        sums["comprehensive"] += bool(scored) and all(value in {"4", "5"} for value in scored)
        for item in form.items:
            sums[item.code, values.get(item.code)] += 1
        if values["G1"] is not None:
            sums["told"] += 1
            sums["expectation"] += int(str(values["G1"]))
            sums["squares"] += int(str(values["G1"])) ** 2
        sums["chose"] += values["G2"] is not None
        sums["return"] += values["G2"] == "2"
    return {group: sums for group, sums in found.items() if sums["people"]}


def as_counters(tally: Tally) -> dict[Group, Counter[Any]]:
    """The tally in the words of `recount`."""
    found: dict[Group, Counter[Any]] = {}
    extras = {name: (np.asarray(e.numerator), np.asarray(e.denominator), e.squares)
              for name, e in tally.extras.items()}  # fmt: skip
    for r, group in enumerate(groups(tally)):
        sums = found[group] = Counter()
        sums["people"] = int(tally.respondents[r])
        for kind, count in zip(tallies.KINDS, tally.kinds[r].tolist(), strict=True):
            sums[kind] = count
        for k, item in enumerate(tally.instrument.items):
            for v, value in enumerate(tally.values):
                sums[item.code, value] = int(tally.counts[r, k, v])
        sums["comprehensive"], sums["eligible"] = (int(e[r]) for e in extras["comprehensive"][:2])
        sums["return"], sums["chose"] = (int(e[r]) for e in extras["return"][:2])
        told, heard, squares = extras["expectation"]
        sums["expectation"], sums["told"] = round(told[r] * 100), int(heard[r])
        sums["squares"] = round(np.asarray(squares)[r] * 10_000)
    return found


def scored_only(sums: dict[Group, Counter[Any]]) -> dict[Group, Counter[Any]]:
    """Without the marks that are no answers, and without zeros."""
    silent = {None, "0"}
    return {
        group: Counter({k: n for k, n in one.items()
                        if n and not (isinstance(k, tuple) and k[1] in silent)})
        for group, one in sums.items()
    }  # fmt: skip


def test_sums_equal_a_count_response_by_response(
    session: Session, wave: Wave, stored: StoredInstrument
) -> None:
    rng = random.Random(7)
    for commune in ("17266", "17272"):
        place = builders.counter(session, commune)
        for _ in range(30):
            texts = ["".join(rng.choices("12345-.0", k=4)) for _ in range(rng.randint(1, 4))]
            day = builders.TODAY + dt.timedelta(rng.randint(0, 3))
            fieldwork.answered(
                session, wave, place, texts, day=day, field=rng.choice(["land", "justice"]),
                kind=rng.choice(tallies.KINDS), others=rng.choice(OTHERS),
            )  # fmt: skip
    for row in session.exec(select(Response).where(Response.answers > "5")).all():
        responses.exclude(session, row.id or 0, reason="trùng", now=builders.NOW)
    tally = summed(session, wave, stored)
    assert scored_only(as_counters(tally)) == scored_only(recount(session, tally.instrument))
    assert groups(tally) == sorted(groups(tally))


def test_an_excluded_response_is_not_counted(
    session: Session, wave: Wave, stored: StoredInstrument, place: ServicePoint
) -> None:
    fieldwork.answered(session, wave, place, ["5555", "1111"])
    bad = session.exec(select(Response).where(Response.answers == "1111")).one()
    responses.exclude(session, bad.id or 0, reason="thử", now=builders.NOW)
    tally = summed(session, wave, stored)
    assert tally.respondents.tolist() == [1]
    assert tally.counts.sum() == 4


def test_without_answers_there_is_no_tally(
    session: Session, wave: Wave, stored: StoredInstrument
) -> None:
    assert tallies.tally(session, stored, [wave.id or 0]) is None


def test_units_can_be_chosen(session: Session, wave: Wave, stored: StoredInstrument) -> None:
    first, second = builders.counter(session, "17266"), builders.counter(session, "17272")
    fieldwork.answered(session, wave, first, ["5555"])
    fieldwork.answered(session, wave, second, ["1111", "2222"])
    tally = tallies.tally(session, stored, [wave.id or 0], unit_ids=[second.unit_id])
    assert tally is not None
    assert tally.respondents.tolist() == [2]


def test_a_person_is_comprehensively_satisfied_by_what_they_answered(
    session: Session, wave: Wave, stored: StoredInstrument, place: ServicePoint
) -> None:
    # Satisfied with all; all but what was not used; the overall item does not count; one 3;
    # nothing answered but the overall item: not eligible.
    fieldwork.answered(session, wave, place, ["5445", "40-1", "4.51", "5435", "---5"])
    extra = summed(session, wave, stored).extras["comprehensive"]
    assert (np.asarray(extra.numerator).tolist(), np.asarray(extra.denominator).tolist()) == (
        [3],
        [4],
    )


def test_a_text_of_another_width_gives_no_figure(
    session: Session, wave: Wave, stored: StoredInstrument, place: ServicePoint
) -> None:
    fieldwork.answered(session, wave, place, ["5555", "555"])
    with pytest.raises(ValueError, match="reshape"):
        summed(session, wave, stored)


def test_values_without_a_place_on_a_scale_have_no_score(
    session: Session, wave: Wave, stored: StoredInstrument, place: ServicePoint
) -> None:
    fieldwork.answered(session, wave, place, ["5555"])
    items = summed(session, wave, stored).items
    assert items.codes == ("A1", "A2", "B1", "C1")
    assert items.satisfied[0].tolist() == [False, False, False, True, True]
    assert items.scores[0].tolist() == [1, 2, 3, 4, 5]


def test_a_form_is_listed_once_with_all_its_waves(session: Session, wave: Wave) -> None:
    other = builders.draft(session, "dot-2")
    ids = (wave.id or 0, other.id or 0)
    assert [(each.stored.code, each.wave_ids) for each in tallies.forms(session, ids)] == [
        ("small", ids)
    ]
