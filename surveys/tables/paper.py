"""Paper forms: which were printed, and those typed in once that wait for the second time."""

import datetime as dt

from sqlalchemy import CheckConstraint, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


class PaperEntry(SQLModel, table=True):
    """What somebody typed in from one sheet of paper; gone as soon as the answer is recorded."""

    __tablename__ = "paper_entry"
    __table_args__ = (
        # A sheet waits once, whoever types it and however often.
        UniqueConstraint("wave_id", "collector_id", "serial"),
        CheckConstraint("serial >= 1", name="serial"),
    )

    id: int | None = Field(default=None, primary_key=True)
    wave_id: int = Field(foreign_key="wave.id")
    instrument_id: int = Field(foreign_key="instrument.id")
    collector_id: int = Field(foreign_key="collector.id", index=True)
    #: The number printed on the sheet.
    serial: int
    #: The day on which the person was asked, as the sheet says.
    day: dt.date
    #: JSON: what the form sent, by name; answers and nothing else.
    answers: str = Field(sa_column=Column(Text, nullable=False))
    #: The key of the opened form: the same form sent twice is not a second typing.
    form_key: str
    #: The account that typed it.
    entered_by: int = Field(foreign_key="staff.id")
    entered_at: dt.datetime = Field(sa_type=UTCDateTime)


class PaperPrint(SQLModel, table=True):
    """Numbers of sheets that were printed together."""

    __tablename__ = "paper_print"
    __table_args__ = (CheckConstraint("first >= 1 AND last >= first", name="numbers"),)

    id: int | None = Field(default=None, primary_key=True)
    wave_id: int = Field(foreign_key="wave.id")
    collector_id: int = Field(foreign_key="collector.id", index=True)
    first: int
    last: int
    #: The account that made the file.
    printed_by: int = Field(foreign_key="staff.id")
    printed_at: dt.datetime = Field(sa_type=UTCDateTime)
