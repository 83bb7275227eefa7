"""What waits for an account: found anew each time from what stands in the database, never kept.

Each rule looks at one thing and is for the roles that can do it. A rule counts and names waves and
units; it tells no figure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlmodel import Session, col, func, select

from surveys.database import day_of
from surveys.fieldwork import comments, paper
from surveys.offices import invitations
from surveys.places import units
from surveys.publishing import steps, webhooks
from surveys.questionnaires.programme import Programme
from surveys.results import steering
from surveys.tables import ReleaseDraft, Response, Staff, Unit, Wave
from surveys.weighting.coverage import without_totals

#: How long before a wave's last day its lack of answers, and before its first its opening, is said.
CLOSING, OPENING = dt.timedelta(14), dt.timedelta(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One thing to do."""

    kind: str
    #: How many answers, comments, sheets …
    number: int = 1
    #: At how many units.
    places: int = 0
    #: The name of the wave or sector that it is about, as people know it.
    about: str = ""
    #: What its page is found by: the code of a wave or unit, or the key of a sector.
    code: str = ""
    year: int = 0
    until: dt.date | None = None


@dataclass(frozen=True)
class Watch:
    """Who asks, and when."""

    session: Session
    programme: Programme
    account: Staff
    now: dt.datetime

    @property
    def on(self) -> dt.date:
        """The day in Viet Nam."""
        return day_of(self.now)

    @cached_property
    def waves(self) -> Sequence[Wave]:
        """The waves of the account's sectors, the earliest to end first."""
        query = select(Wave).where(Wave.programme == self.programme.code)
        if self.sectors is not None:
            query = query.where(col(Wave.sector).in_(self.sectors))
        return self.session.exec(query.order_by(col(Wave.closes_on), col(Wave.id))).all()

    @cached_property
    def sectors(self) -> frozenset[str] | None:
        """The sectors that the account has to do with; None: all."""
        if self.account.unit_id is not None:
            return frozenset(unit.sector for unit in self.units if unit.sector is not None)
        return None if self.account.sector is None else frozenset([self.account.sector])

    @cached_property
    def units(self) -> list[Unit]:
        """The units that the account has to do with."""
        if self.account.unit_id is not None:
            return units.below(self.session, self.account.unit_id, on=self.on)
        if self.account.sector is not None:
            return units.of_sector(self.session, self.account.sector, on=self.on)
        return units.existing(self.session, on=self.on)

    @property
    def unit_ids(self) -> list[int]:
        """Their numbers."""
        return [unit.id or 0 for unit in self.units]

    @property
    def ready(self) -> list[Wave]:
        """Waves that are closed and not published yet."""
        return [wave for wave in self.waves if wave.status == "closed"]


def waiting(session: Session, programme: Programme, account: Staff, now: dt.datetime) -> list[Duty]:
    """What an account has to do at a moment, the most urgent first."""
    watch = Watch(session, programme, account, now)
    found = [duty for roles, rule in RULES if account.role in roles for duty in rule(watch)]
    return sorted(found, key=lambda duty: duty.until or dt.date.max)


def _to_begin(watch: Watch) -> Iterable[Duty]:
    """An installation without a wave: the guide says what comes before the first."""
    return [] if watch.waves else [Duty(kind="to_begin")]


def _past_end(watch: Watch) -> Iterable[Duty]:
    """Waves that ask nobody any more and were not closed: paper still comes in until they are."""
    for wave in watch.waves:
        if wave.status == "open" and wave.closes_on < watch.on:
            yield _of(wave, "past_end", until=wave.closes_on)


def _few_answers(watch: Watch) -> Iterable[Duty]:
    """Waves that are about to end with fewer answers than the official sizes."""
    for wave, lacking in _lacking(watch):
        number, places = sum(lacking.values()), len(lacking)
        yield Duty(
            kind="few_answers", number=number, places=places, about=wave.name, code=wave.sector,
            until=wave.closes_on,
        )  # fmt: skip


def _few_here(watch: Watch) -> Iterable[Duty]:
    """The same for a unit's own: it reads its figures on its page."""
    codes = {unit.id or 0: unit.code for unit in watch.units}
    for wave, lacking in _lacking(watch):
        for unit_id, number in lacking.items():
            yield Duty(
                kind="few_here", number=number, about=wave.name, code=codes[unit_id],
                until=wave.closes_on,
            )  # fmt: skip


def _lacking(watch: Watch) -> Iterable[tuple[Wave, dict[int, int]]]:
    for wave in watch.waves:
        ends_soon = wave.opens_on <= watch.on <= wave.closes_on <= watch.on + CLOSING
        if wave.status == "open" and ends_soon:
            own = [unit for unit in watch.units if unit.sector == wave.sector]
            lacking = steering.lacking(watch.session, wave, own)
            if lacking:
                yield wave, lacking


def _to_open(watch: Watch) -> Iterable[Duty]:
    """Drafts whose first day is near, or past while their last is not."""
    for wave in watch.waves:
        near = wave.opens_on <= watch.on + OPENING and wave.closes_on >= watch.on
        if wave.status == "draft" and near:
            yield _of(wave, "to_open", until=wave.opens_on)


def _no_frame(watch: Watch) -> Iterable[Duty]:
    """Closed waves of which people served are missing: their answers have no weights."""
    for wave in watch.ready:
        missing = without_totals(watch.session, wave, on=watch.on)
        if missing:
            yield _of(wave, "no_frame", number=len(missing))


def _odd(watch: Watch) -> Iterable[Duty]:
    """Closed waves with answers that looked odd when they came in: to be looked at before."""
    query = (
        select(Response.wave_id, func.count())
        .where(col(Response.wave_id).in_([wave.id for wave in watch.ready]))
        .where(col(Response.quality) != "", col(Response.excluded_at).is_(None))
        .group_by(col(Response.wave_id))
    )
    odd = dict(watch.session.exec(query).all())
    return [
        _of(wave, "odd", number=odd[wave.id or 0]) for wave in watch.ready if (wave.id or 0) in odd
    ]


def _to_check(watch: Watch) -> Iterable[Duty]:
    """Drafts of publications that wait for a second pair of eyes, which may be the account's."""
    return [
        _of_draft(watch, found, "to_check")
        for found in steps.waiting(watch.session, watch.account)
        if found.programme == watch.programme.code
    ]


def _to_release(watch: Watch) -> Iterable[Duty]:
    """Drafts that were checked and only have to be published."""
    return [
        _of_draft(watch, found, "to_release")
        for found in steps.checked(watch.session)
        if found.programme == watch.programme.code
    ]


def _of_draft(watch: Watch, found: ReleaseDraft, kind: str) -> Duty:
    name = watch.programme.sector(found.sector).label.vi
    return Duty(kind=kind, about=name, code=str(found.id), year=found.year)


def _to_publish(watch: Watch) -> Iterable[Duty]:
    """Years whose waves are all closed and of which nobody has made a draft yet."""
    session, programme = watch.session, watch.programme
    unfinished = {
        (wave.sector, wave.year)
        for wave in watch.waves
        if wave.status == "open" or (wave.status == "draft" and wave.closes_on >= watch.on)
    }
    years = dict.fromkeys((wave.sector, wave.year) for wave in watch.ready)
    for sector, year in years:
        begun = steps.pending(session, programme.code, sector, year)
        if (sector, year) not in unfinished and begun is None:
            name = programme.sector(sector).label.vi
            yield Duty(kind="to_publish", about=name, code=sector, year=year)


def _to_screen(watch: Watch) -> Iterable[Duty]:
    """Comments that nobody but Nội vụ may read before it looked at them."""
    number = comments.numbers(watch.session, watch.programme.code)["new"]
    return [Duty(kind="to_screen", number=number)] if number else []


def _late_comments(watch: Watch) -> Iterable[Duty]:
    """Comments that some unit should have answered by now."""
    number, first = comments.overdue(watch.session, on=watch.on)
    return [Duty(kind="late_comments", number=number, until=first)] if number else []


def _comments(watch: Watch) -> Iterable[Duty]:
    """Comments that wait for the office's answer."""
    queue = comments.of_units(watch.session, watch.unit_ids)
    cases = [item.case for item in queue.items if item.case and item.status in comments.OPEN]
    days = [case.due_on for case in cases if case.due_on]
    until = min(days, default=None)
    return [Duty(kind="comments", number=len(cases), until=until)] if cases else []


def _sheets(watch: Watch) -> Iterable[Duty]:
    """Paper forms that were typed in once, or twice with differences: they do not count yet."""
    for wave, number in paper.waiting_at(watch.session, watch.unit_ids):
        yield Duty(kind="sheets", number=number, about=wave.name, until=wave.closes_on)


def _invitations(watch: Watch) -> Iterable[Duty]:
    """Accounts whose owners let the link run out."""
    own = invitations.INVITES[watch.account.role]
    late = invitations.expired(watch.session, now=watch.now)
    number = sum(one.role in own for one in late)
    return [Duty(kind="invitations", number=number)] if number else []


def _undelivered(watch: Watch) -> Iterable[Duty]:
    """Word of publications that did not arrive and is tried no more."""
    number = len(webhooks.given_up(watch.session))
    return [Duty(kind="undelivered", number=number)] if number else []


def _of(
    wave: Wave, kind: str, *, number: int = 1, until: dt.date | None = None
) -> Duty:  # fmt: skip
    return Duty(kind=kind, number=number, about=wave.name, code=wave.code, until=until)


Rule = Callable[[Watch], Iterable[Duty]]
_CENTRAL = frozenset({"central"})
#: Whom each rule is for; of duties without a day those of the first rules come first.
RULES: tuple[tuple[frozenset[str], Rule], ...] = (
    (_CENTRAL, _to_begin),
    (_CENTRAL, _past_end),
    (_CENTRAL | {"sector"}, _few_answers),
    (frozenset({"unit"}), _few_here),
    (_CENTRAL, _to_open),
    (_CENTRAL, _no_frame),
    (_CENTRAL, _odd),
    (_CENTRAL | {"sector"}, _to_check),
    (_CENTRAL, _to_release),
    (_CENTRAL, _to_publish),
    (_CENTRAL, _to_screen),
    (_CENTRAL, _late_comments),
    (frozenset({"sector", "unit"}), _comments),
    (frozenset({"sector", "unit", "entry"}), _sheets),
    (frozenset(invitations.INVITES), _invitations),
    (_CENTRAL, _undelivered),
)
