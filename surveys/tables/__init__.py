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
from surveys.tables.paper import PaperEntry, PaperPrint
from surveys.tables.people import (
    SignInFailure,
    Staff,
    StaffIdentity,
    StaffInvitation,
    StaffSession,
)
from surveys.tables.places import Collector, ServicePoint, Unit, UnitSuccession
from surveys.tables.population import Margin, Population
from surveys.tables.releases import Release, ReleaseDraft, ReleaseRow
from surveys.tables.tickets import Ticket, TicketBatch
from surveys.tables.trail import TrailEnd, TrailEntry
from surveys.tables.webhooks import Delivery, Webhook

__all__ = [
    "ApiKey",
    "Collector",
    "Comment",
    "CommentCase",
    "DayCount",
    "Delivery",
    "InstrumentItem",
    "Margin",
    "PaperEntry",
    "PaperPrint",
    "Population",
    "PsuSum",
    "Release",
    "ReleaseDraft",
    "ReleaseRow",
    "Response",
    "ResponseChange",
    "ServicePoint",
    "SignInFailure",
    "Staff",
    "StaffIdentity",
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
    "Webhook",
]
