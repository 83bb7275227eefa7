"""All tables, in the order of the story: places, forms, waves, answers, totals, figures, people.

Nothing here identifies a person who answers: no address of a device, no name, no cookie; times are
kept to the minute. Promises are constraints with names (`database.NAMING`), to be told apart.
"""

from surveys import database  # noqa: F401 - names the constraints before the first table is made
from surveys.tables.answers import (
    Comment,
    PsuSum,
    Response,
    ResponseChange,
    TallyCell,
    TallyChange,
)
from surveys.tables.comments import CommentCase
from surveys.tables.forms import InstrumentItem, StoredInstrument, Wave, WaveInstrument
from surveys.tables.machines import ApiKey, DayCount
from surveys.tables.paper import PaperEntry
from surveys.tables.people import SignInFailure, Staff, StaffInvitation, StaffSession
from surveys.tables.places import Collector, ServicePoint, Unit, UnitSuccession
from surveys.tables.population import Margin, Population
from surveys.tables.releases import Release, ReleaseRow
from surveys.tables.tickets import Ticket, TicketBatch
from surveys.tables.trail import TrailEnd, TrailEntry

__all__ = [
    "ApiKey",
    "Collector",
    "Comment",
    "CommentCase",
    "DayCount",
    "InstrumentItem",
    "Margin",
    "PaperEntry",
    "Population",
    "PsuSum",
    "Release",
    "ReleaseRow",
    "Response",
    "ResponseChange",
    "ServicePoint",
    "SignInFailure",
    "Staff",
    "StaffInvitation",
    "StaffSession",
    "StoredInstrument",
    "TallyCell",
    "TallyChange",
    "Ticket",
    "TicketBatch",
    "TrailEnd",
    "TrailEntry",
    "Unit",
    "UnitSuccession",
    "Wave",
    "WaveInstrument",
]
