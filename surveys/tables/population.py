"""The people served: the frame and the margins."""

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


class Population(SQLModel, table=True):
    """The frame: how many people a unit served in a field in a month."""

    __tablename__ = "population"
    __table_args__ = (CheckConstraint("total >= 0", name="total"),)

    unit_id: int = Field(foreign_key="unit.id", primary_key=True)
    field: str = Field(primary_key=True)
    #: First day of the month.
    month: dt.date = Field(primary_key=True)
    total: int
    #: The file it came from.
    source: str
    imported_at: dt.datetime = Field(sa_type=UTCDateTime)


class Margin(SQLModel, table=True):
    """How many of the people of a wave are of a sex and age band: of one unit, or of the others."""

    __tablename__ = "margin"
    __table_args__ = (
        UniqueConstraint("wave_id", "unit_id", "sex", "age_band", name="uq_margin_place"),
        # Without a unit the constraint above would let anything through.
        Index(
            "ix_margin_others", "wave_id", "sex", "age_band", unique=True,
            sqlite_where=text("unit_id IS NULL"), postgresql_where=text("unit_id IS NULL"),
        ),
        CheckConstraint("total >= 0", name="total"),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    wave_id: int = Field(foreign_key="wave.id")
    #: Empty: all units of the wave that have no margins of their own.
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    #: As the forms code the answer, as `age_band`; empty where the margins do not tell.
    sex: str
    age_band: str
    total: int
    #: The file it came from.
    source: str
    imported_at: dt.datetime = Field(sa_type=UTCDateTime)
