"""All tables, in the order of the story: places, forms, waves, answers, totals, figures, people.

Nothing here identifies a person who answers: no address of a device, no name, no cookie; times are
kept to the minute. Promises are constraints with names (`database.NAMING`), to be told apart.
"""

from surveys import database  # noqa: F401 - names the constraints before the first table is made
from surveys.tables.answers import CellSum, Comment, PsuSum, Response, TallyChange
from surveys.tables.forms import InstrumentItem, StoredInstrument, Wave, WaveInstrument
from surveys.tables.paper import PaperEntry
from surveys.tables.people import Staff, StaffSession
from surveys.tables.places import Collector, ServicePoint, Unit, UnitSuccession
from surveys.tables.population import Margin, Population
from surveys.tables.releases import Release, ReleaseRow
from surveys.tables.tickets import Ticket, TicketBatch

__all__ = [
    "CellSum",
    "Collector",
    "Comment",
    "InstrumentItem",
    "Margin",
    "PaperEntry",
    "Population",
    "PsuSum",
    "Release",
    "ReleaseRow",
    "Response",
    "ServicePoint",
    "Staff",
    "StaffSession",
    "StoredInstrument",
    "TallyChange",
    "Ticket",
    "TicketBatch",
    "Unit",
    "UnitSuccession",
    "Wave",
    "WaveInstrument",
]
