"""Forms and waves: what is asked, when and where."""

import datetime as dt

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, true
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


class StoredInstrument(SQLModel, table=True):
    """A version of a questionnaire as it was when first used; unchangeable once answered."""

    __tablename__ = "instrument"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    code: str
    version: int
    #: SHA-256 of the text.
    checksum: str = Field(index=True)
    #: The TOML file, whole.
    text: str = Field(sa_column=Column(Text, nullable=False))
    stored_at: dt.datetime = Field(sa_type=UTCDateTime)


class InstrumentItem(SQLModel, table=True):
    """Where one item's answer stands in the packed texts; the view `answer` is made from it."""

    __tablename__ = "instrument_item"
    __table_args__ = (CheckConstraint("packed_in IN ('answers', 'others')", name="packed_in"),)

    instrument_id: int = Field(foreign_key="instrument.id", primary_key=True)
    item_code: str = Field(primary_key=True)
    #: Which text holds it: `answers` (scored) or `others`.
    packed_in: str
    #: First character, counted from 1 as SQL's substr does.
    position: int
    width: int


class Wave(SQLModel, table=True):
    """A period in which a sector collects answers; its days are days of Viet Nam, both included."""

    __tablename__ = "wave"
    __table_args__ = (
        CheckConstraint("closes_on >= opens_on", name="period"),
        CheckConstraint("status IN ('draft', 'open', 'closed', 'published')", name="status"),
        Index("ix_wave_sector_status", "programme", "sector", "status"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    programme: str
    sector: str
    #: The year whose index it enters.
    year: int
    opens_on: dt.date
    closes_on: dt.date
    status: str = "draft"
    closed_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)
    #: Made up for a demonstration: said on every page and in every file.
    demo: bool = False
    #: Paper forms are typed in twice and compared before they count.
    double_entry: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    #: JSON: how its answers are weighted, see `surveys.fieldwork.plans`; empty: to fields by unit.
    weighting: str = Field(default="", sa_column=Column(Text, nullable=False))


class WaveInstrument(SQLModel, table=True):
    """Which form a wave asks at service points of one kind."""

    __tablename__ = "wave_instrument"

    wave_id: int = Field(foreign_key="wave.id", primary_key=True)
    point_kind: str = Field(primary_key=True)
    instrument_id: int = Field(foreign_key="instrument.id", index=True)
    #: Items that each person is asked besides the overall one, drawn at random; 0: all.
    subset: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
