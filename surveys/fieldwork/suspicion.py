"""What looks odd about an answer when it comes in: codes that are kept with it.

    fast      sent sooner than anybody taps that many answers
    burst     more answers at this point than its people give
    honeypot  something stands in a field that people do not see
    old       the form was opened more than a week before

Each is a reason to look, never a proof: the answer is kept and counts in every figure until
Nội vụ leaves it out, and `analysis.integrity.sensitivity` says what that would change. The same
answer to every item is no code: content people give it, too, and it can be seen in the answers at
any time (`analysis.integrity.straight_lines`).
"""

from __future__ import annotations

import datetime as dt
import statistics
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from surveys.tables import Population, PsuSum, ServicePoint, StoredInstrument, Wave

SIGNS = ("fast", "burst", "honeypot", "old")

#: Nobody reads and taps faster; two seconds an item are careless already (Huang et al. 2012).
SECONDS_PER_ITEM = 1
#: Forms stay open in telephones for days.
OLD = dt.timedelta(days=7)
#: How many times its usual pace a point may have without notice.
CROWD = 6
#: How many times that is beyond any people.
FLOOD = 10
#: Ten minutes may always bring a full waiting room, and a day what a kiosk saved up in a week.
FLOOR, FLOOR_OF_QUEUE = 100, 1000
#: A working day has eight hours, and a month 22 working days.
_TEN_MINUTES_A_DAY, _DAYS_A_MONTH = 48, 22


@dataclass(frozen=True, slots=True)
class Pace:
    """How many answers a point can be expected to give in a working day."""

    per_day: int = 0

    def most(self, *, queued: bool = False) -> int:
        """The most answers in ten minutes, or queued ones in a day, that give no reason to look."""
        if queued:
            return max(FLOOR_OF_QUEUE, CROWD * self.per_day)
        return max(FLOOR, CROWD * self.per_day // _TEN_MINUTES_A_DAY)

    def flood(self, *, queued: bool = False) -> int:
        """As many answers in the same time as no people give."""
        return FLOOD * self.most(queued=queued)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How an answer came in, as far as that tells a person from a program."""

    opened: dt.datetime
    arrived: dt.datetime
    #: How many items have an answer.
    answered: int
    #: Answers at the point within ten minutes (a day, for queued ones), this one included.
    together: int
    #: The field that people do not see is not empty.
    baited: bool = False
    #: It waited for the network: then the moment at which it came says nothing.
    queued: bool = False


def signs(arrival: Arrival, pace: Pace) -> tuple[str, ...]:
    """The codes of what looks odd about an answer; none for what a person sends."""
    age = arrival.arrived - arrival.opened
    least = dt.timedelta(seconds=SECONDS_PER_ITEM * arrival.answered)
    found = {
        "fast": not arrival.queued and age < least,
        "burst": arrival.together > pace.most(queued=arrival.queued),
        "honeypot": arrival.baited,
        "old": not arrival.queued and age > OLD,
    }
    return tuple(sign for sign in SIGNS if found[sign])


def usual_pace(
    session: Session, point: ServicePoint, *, wave: Wave, stored: StoredInstrument
) -> Pace:
    """The pace of a point: its middle day in this wave, or all people of its unit, if more.

    The middle day and not the mean, so that one night of made-up answers does not raise it.
    """
    return Pace(max(_answered(session, point, wave, stored), _served(session, point)))


def _answered(session: Session, point: ServicePoint, wave: Wave, stored: StoredInstrument) -> int:
    """The answers of the middle one of the days on which there were any."""
    people = func.sum(PsuSum.people)
    query = select(people).where(
        PsuSum.wave_id == wave.id, PsuSum.instrument_id == stored.id,
        PsuSum.unit_id == point.unit_id, PsuSum.point_id == point.id,
    )  # fmt: skip
    days = [int(total) for total in session.exec(query.group_by(col(PsuSum.day)))]
    return statistics.median_high(days) if days else 0


def _served(session: Session, point: ServicePoint) -> int:
    """The people of a working day in the unit's busiest month that the frame knows."""
    total = func.sum(Population.total)
    query = select(total).where(Population.unit_id == point.unit_id)
    months = [int(people) for people in session.exec(query.group_by(col(Population.month)))]
    return -(-max(months, default=0) // _DAYS_A_MONTH)
