"""The waves of a year in one step."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from sqlmodel import Session

from surveys.fieldwork import waves, years
from surveys.fieldwork.waves import CodeTaken, WrongSplit
from surveys.fieldwork.years import Design, UnknownForm
from tests import builders


@pytest.mark.parametrize(("rhythm", "number"), [("quarters", 4), ("halves", 2), ("year", 1)])
def test_a_rhythm_covers_the_year_without_a_gap(rhythm: str, number: int) -> None:
    found = years.periods(rhythm, "hc", "Hành chính", 2027)
    assert len(found) == len({one.code for one in found}) == number
    assert (found[0].opens_on, found[-1].closes_on) == (dt.date(2027, 1, 1), dt.date(2027, 12, 31))
    for one, other in itertools.pairwise(found):
        assert other.opens_on - one.closes_on == dt.timedelta(1)
    assert found[0].name.startswith("Hành chính: ")


def design(session: Session, size: int = 0) -> Design:
    builders.stored(session)
    forms = years.forms_of(session, "administration")
    return Design(sector="administration", year=2027, forms=forms, size=size)


def test_waves_are_made_as_drafts_with_their_split(session: Session) -> None:
    wanted = years.periods("quarters", "hc", "Hành chính", 2027)
    made = years.create(session, builders.programme(), wanted, design=design(session, 2))
    assert [(wave.code, wave.status, wave.year) for wave in made] == [
        (f"hc-2027-q{number}", "draft", 2027) for number in range(1, 5)
    ]
    assert [waves.subsets_of(session, wave) for wave in made] == [{"counter": 2}] * 4


def test_what_cannot_be_made_says_why(session: Session) -> None:
    wanted = years.periods("year", "hc", "Hành chính", 2027)
    with pytest.raises(WrongSplit):
        years.create(session, builders.programme(), wanted, design=design(session, 99))
    with pytest.raises(CodeTaken):
        years.create(session, builders.programme(), wanted, design=design(session))
    with pytest.raises(UnknownForm):
        years.forms_of(session, "administration", ["khong-co"])
