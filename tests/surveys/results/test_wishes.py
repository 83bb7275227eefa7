"""What people wish to see improved: against items answered alike, and against a formula by hand."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlmodel import Session, select

from surveys.fieldwork import responses
from surveys.questionnaires import instrument, registry
from surveys.questionnaires.programme import Programme, Wishes, load
from surveys.results import estimates, wishes
from surveys.results.estimates import Scope
from surveys.results.wishes import FormWishes, Wish
from surveys.tables import Response, ServicePoint, Wave, WaveInstrument
from tests import builders, fieldwork
from tests.fieldwork import BAD, COUNTER_FORM, DAYS, GOOD

#: "Where did you hear of it?" becomes a second wish with the options of the first.
TWO_WISHES = (
    ('code = "Q2"\nkind = "multi"', 'code = "Q2"\nkind = "choice"'),
    ('code = "1", vi = "Đài", en = "Radio"', 'code = "1", vi = "Không", en = "No"'),
    ('code = "2", vi = "Báo", en = "Newspaper"', 'code = "2", vi = "Có", en = "Yes"'),
    ('  { code = "3", vi = "Cán bộ", en = "Officials" },\n', ""),
)
PROGRAMME = replace(
    builders.programme(), wishes=(Wishes("sipas-quay", ("G2", "Q2"), counted=("2",)),)
)
#: How many of ten people on each day want what G2 asks, at the first and the second counter.
FIRST, SECOND = (7, 8, 6, 7, 9, 5), (3, 2, 4, 3, 1, 5)


@pytest.fixture
def wave(session: Session) -> Wave:
    form = builders.instrument(*COUNTER_FORM, *TWO_WISHES)
    return builders.draft(session, form=registry.store(session, form, now=builders.NOW))


@pytest.fixture
def places(session: Session, wave: Wave) -> tuple[ServicePoint, ServicePoint]:
    """Two counters: who wants what G2 asks is satisfied with everything, the others with nothing.

    Nobody wants what Q2 asks but one a day.
    """
    found = builders.counter(session, "17266"), builders.counter(session, "17272")
    for place, days in zip(found, (FIRST, SECOND), strict=True):
        for day, want in zip(DAYS, days, strict=True):
            for at in range(10):
                said(session, wave, place, "2" if at < want else "1", "2" if at == 0 else "1",
                     day=day, packed=GOOD if at < want else BAD)  # fmt: skip
    return found


def said(
    session: Session, wave: Wave, place: ServicePoint, first: str, second: str,
    *, day: dt.date = DAYS[0], packed: str = GOOD, people: int = 1,
) -> None:  # fmt: skip
    fieldwork.answered(
        session, wave, place, [packed] * people, day=day, others=f"090{first}{second}1"
    )


def scope(*waves: Wave, programme: Programme = PROGRAMME) -> Scope:
    return Scope(programme, "administration", waves)


def told(session: Session, wave: Wave) -> FormWishes:
    (form,) = wishes.wishes(session, scope(wave))
    return form


def by_code(form: FormWishes) -> dict[str, Wish]:
    return {wish.code: wish for wish in form.wishes}


def by_hand(days: Sequence[Sequence[int]], people: Sequence[int]) -> tuple[float, float]:
    """The share and its standard error of strata of ten people a day, weighted by people."""
    whole = sum(people)
    share = variance = 0.0
    for wanting, served in zip(days, people, strict=True):
        n, size = len(wanting), 10 * len(wanting)
        mean = sum(wanting) / size
        share += served / whole * mean
        between = sum((want / 10 - mean) ** 2 for want in wanting) / (n - 1)
        variance += (served / whole) ** 2 * (1 - size / served) * between / n
    return share, math.sqrt(variance)


def test_the_share_and_its_error_follow_the_formula(
    session: Session, wave: Wave, places: tuple[ServicePoint, ServicePoint]
) -> None:
    for place, total in zip(places, (300, 900), strict=True):
        fieldwork.served(session, place, total)
    wanted = by_code(told(session, wave))["G2"].wanted
    assert wanted
    assert (wanted.value, wanted.standard_error) == pytest.approx(
        by_hand((FIRST, SECOND), (300, 900)), rel=1e-12
    )
    assert wanted.interval.low < wanted.value < wanted.interval.high


@pytest.mark.parametrize("served", [None, (300, 900), (60, 60), (300, None)])
def test_a_wish_that_is_answered_as_an_item_has_its_figure(
    session: Session,
    wave: Wave,
    places: tuple[ServicePoint, ServicePoint],
    served: tuple[int | None, ...] | None,
) -> None:
    for place, total in zip(places, served or (), strict=False):
        if total:
            fieldwork.served(session, place, total)
    item = estimates.estimate(session, scope(wave)).where(scope="sector", measure="item").first()
    wanted = by_code(told(session, wave))["G2"].wanted
    assert item
    assert wanted
    assert (item.value, item.standard_error, item.low, item.high) == pytest.approx(
        (wanted.value, wanted.standard_error, wanted.interval.low, wanted.interval.high), rel=1e-12
    )


def test_everybody_answered_is_the_plain_share_without_error(
    session: Session, wave: Wave, places: tuple[ServicePoint, ServicePoint]
) -> None:
    for place in places:
        fieldwork.served(session, place, 60)
    wish = by_code(told(session, wave))["G2"]
    assert wish.counts == (120 - sum(FIRST + SECOND), sum(FIRST + SECOND))
    assert wish.wanted
    assert wish.wanted.value == pytest.approx(wish.counts[1] / wish.answers)
    assert wish.wanted.interval.high - wish.wanted.interval.low == pytest.approx(0)


@pytest.mark.usefixtures("places")
def test_the_most_wanted_comes_first(session: Session, wave: Wave) -> None:
    form = told(session, wave)
    assert [wish.code for wish in form.wishes] == ["G2", "Q2"]
    assert [label.vi for label in form.levels] == ["Không", "Có"]
    assert [label.vi for label in form.counted] == ["Có"]


def test_people_told_apart_by_sex_give_the_same(session: Session, wave: Wave) -> None:
    place = builders.counter(session)
    for day, sex in zip(DAYS, ("1", "2", None, "1", "2", None), strict=True):
        for answer in "112222":
            fieldwork.answered(session, wave, place, [GOOD], others=f"090{answer}11", day=day,
                               sex=sex)  # fmt: skip
    apart = scope(wave, programme=PROGRAMME)
    weighed = estimates.weigh(session, replace(apart, told=("sex",)))
    assert {label.sex for label in weighed[0].tally.labels} == {"", "1", "2"}
    assert wishes.of_weighed(session, apart, weighed) == wishes.wishes(session, apart)
    assert by_code(told(session, wave))["G2"].counts == (12, 24)


@pytest.mark.usefixtures("places")
def test_who_is_left_out_is_not_counted(session: Session, wave: Wave) -> None:
    first = session.exec(select(Response.id)).first()
    responses.exclude(session, first or 0, reason="Thử", now=builders.NOW)
    assert by_code(told(session, wave))["G2"].answers == 119


def test_few_answers_are_not_told(session: Session, wave: Wave) -> None:
    place = builders.counter(session)
    for day in DAYS[:3]:
        said(session, wave, place, "2", "-", day=day, people=3)
    said(session, wave, place, "-", "-", people=40)
    found = by_code(told(session, wave))
    assert (found["G2"].answers, found["G2"].counts, found["G2"].wanted) == (9, None, None)
    assert (found["Q2"].answers, found["Q2"].counts, found["Q2"].wanted) == (0, None, None)


def test_answers_of_one_day_have_counts_but_no_share(session: Session, wave: Wave) -> None:
    place = builders.counter(session)
    said(session, wave, place, "2", "1", people=40)
    wish = by_code(told(session, wave))["G2"]
    assert (wish.counts, wish.wanted) == ((0, 40), None)


def test_nobody_answered_or_nobody_was_asked(session: Session, wave: Wave) -> None:
    builders.counter(session)
    assert wishes.wishes(session, scope(wave)) == ()
    assert wishes.wishes(session, scope(wave, programme=builders.programme())) == ()


@pytest.mark.usefixtures("places")
def test_a_programme_without_wishes_of_the_form_tells_none(session: Session, wave: Wave) -> None:
    assert wishes.wishes(session, scope(wave, programme=builders.programme())) == ()


@pytest.mark.usefixtures("places")
def test_a_split_form_asks_everybody_its_wishes(session: Session, wave: Wave) -> None:
    before = by_code(told(session, wave))["G2"]
    asked = session.exec(select(WaveInstrument)).one()
    asked.subset = 2
    session.add(asked)
    session.flush()
    after = by_code(told(session, wave))["G2"]
    assert (after.counts, after.answers) == (before.counts, before.answers)
    assert before.wanted
    assert after.wanted
    assert after.wanted.value == pytest.approx(before.wanted.value)


def test_wishes_that_are_answered_on_other_options_are_left_out(session: Session) -> None:
    form = builders.instrument(*COUNTER_FORM, TWO_WISHES[0])
    made = builders.draft(session, form=registry.store(session, form, now=builders.NOW))
    said(session, made, builders.counter(session), "2", "3", people=12)
    assert [wish.code for wish in told(session, made).wishes] == ["G2"]


def test_shipped_wishes_name_questions_of_a_shipped_form() -> None:
    forms = {form.code: form for form in instrument.shipped()}
    for known in load("tan-ky-169").wishes:
        asked = [forms[known.instrument].question(code) for code in known.questions]
        assert all(question.options == asked[0].options for question in asked)
        assert {*known.counted} < {*asked[0].codes}
