"""Places: who serves people, where, and the codes that hang there."""

import datetime as dt

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel


class Unit(SQLModel, table=True):
    """An organisation that serves people: a commune, a one-stop shop, a clinic, a school."""

    __tablename__ = "unit"
    __table_args__ = (
        # Official codes were re-used for other territory: a code is unique only with its dates.
        UniqueConstraint("code", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
    )

    id: int | None = Field(default=None, primary_key=True)
    #: The official code where there is one ("17266"), otherwise ours ("y-te-tan-ky").
    code: str = Field(index=True)
    name: str
    #: commune, one_stop, hospital, clinic, school, …
    kind: str
    #: administration, health, education; empty for a commune, which only holds others.
    sector: str | None = None
    parent_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    #: First day on which the unit exists.
    valid_from: dt.date
    #: First day on which it no longer exists; empty while it does.
    valid_to: dt.date | None = None
    #: What a reader should know, such as "mã cũ chờ đối chiếu".
    note: str = ""


class UnitSuccession(SQLModel, table=True):
    """One unit took over, wholly or in part, from another when boundaries changed."""

    __tablename__ = "unit_succession"

    predecessor_id: int = Field(foreign_key="unit.id", primary_key=True)
    successor_id: int = Field(foreign_key="unit.id", primary_key=True)


class ServicePoint(SQLModel, table=True):
    """A counter, a consulting room, a class: where a person is served and can scan a code."""

    __tablename__ = "service_point"
    __table_args__ = (
        UniqueConstraint("unit_id", "code"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
    )

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    code: str
    name: str
    #: counter, household, inpatient, outpatient, …: decides which form of a wave is asked here.
    kind: str
    #: Fields of procedure handled here, separated by spaces; empty: all that fit the kind.
    fields: str = ""
    valid_from: dt.date
    valid_to: dt.date | None = None


class Collector(SQLModel, table=True):
    """A printed code. It names a service point, not a wave, and so outlives waves."""

    __tablename__ = "collector"
    __table_args__ = (CheckConstraint("kind IN ('open', 'sampled', 'staffed')", name="kind"),)

    id: int | None = Field(default=None, primary_key=True)
    #: Six characters and a check character, Crockford base 32, upper case.
    code: str = Field(unique=True)
    point_id: int = Field(foreign_key="service_point.id", index=True)
    #: open: whoever scans (volunteers); sampled: known chance; staffed: interviewer, paper.
    kind: str = "open"
    made_on: dt.date
    retired_on: dt.date | None = None
    #: Opens a tablet or a screen for this code: "rounds:salt:hash"; empty until one is given.
    kiosk_pin: str = Field(default="", sa_column_kwargs={"server_default": ""})
