"""Answers: one row each, and the sums of them all."""

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


class Response(SQLModel, table=True):
    """One person's answers to one form: one row, kept exactly once."""

    __tablename__ = "response"
    __table_args__ = (
        # The same POST again finds this row instead of making another.
        UniqueConstraint("submission_key"),
        UniqueConstraint("receipt"),
        CheckConstraint("(excluded_at IS NULL) = (excluded_reason IS NULL)", name="exclusion"),
        # With the last two, answers by mode are counted without reading the answers.
        Index("ix_response_tally", "wave_id", "instrument_id", "unit_id", "mode", "excluded_at"),
        # Few are left out: they are counted without a look at all others.
        Index(
            "ix_response_excluded",
            "wave_id",
            sqlite_where=text("excluded_at IS NOT NULL"),
            postgresql_where=text("excluded_at IS NOT NULL"),
        ),
        # So are those that look odd and count.
        Index(
            "ix_response_odd",
            "wave_id",
            sqlite_where=text("quality <> '' AND excluded_at IS NULL"),
            postgresql_where=text("quality <> '' AND excluded_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    wave_id: int = Field(foreign_key="wave.id")
    instrument_id: int = Field(foreign_key="instrument.id")
    #: The stratum: the unit that served, kept here because points can move between units.
    unit_id: int = Field(foreign_key="unit.id")
    #: With `day`, the primary sampling unit: one point's people of one day.
    point_id: int = Field(foreign_key="service_point.id")
    collector_id: int = Field(foreign_key="collector.id", index=True)
    #: As the collector's kind was at the time.
    collector_kind: str
    #: How it was filled in: self, kiosk, interviewer, paper.
    mode: str = Field(default="self", sa_column_kwargs={"server_default": "self"})
    #: Where the code was read: printed; shown (a screen whose code changes); ticket; none.
    presence: str = Field(default="printed", sa_column_kwargs={"server_default": "printed"})
    #: Field of procedure; with the unit, the calibration cell.
    field: str
    #: Day in Viet Nam.
    day: dt.date
    #: When it came in: UTC, seconds cut off; where it waited for a network, after its `day`.
    answered_at: dt.datetime = Field(sa_type=UTCDateTime)
    language: str
    #: One character per scored item, in order: 1–5, 0 not used, - left blank, . not asked.
    answers: str
    #: The questions that are not scored, at fixed places.
    others: str
    #: What a person of a split form answered beyond what was asked of them, packed like `answers`;
    #: it enters no figure, for those who go on are not like those who stop. Empty: nothing.
    more: str = Field(default="", sa_column_kwargs={"server_default": ""})
    #: What looks odd about it, codes separated by spaces: kept and counted, and told apart.
    quality: str = Field(default="", sa_column_kwargs={"server_default": ""})
    sex: str | None = None
    age_band: str | None = None
    submission_key: str
    #: SHA-256 of everything sent: tells a repeated POST from another answer under the same key.
    #: It stays when the answers are corrected, for the sender may send the same form once more.
    digest: str
    #: What the citizen keeps.
    receipt: str
    excluded_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)
    excluded_reason: str | None = None


class ResponseChange(SQLModel, table=True):
    """What an office did to a response, why, and what had stood there: nothing unseen."""

    __tablename__ = "response_change"
    __table_args__ = (
        CheckConstraint("kind IN ('excluded', 'readmitted', 'corrected')", name="kind"),
    )

    id: int | None = Field(default=None, primary_key=True)
    response_id: int = Field(
        sa_column=Column(ForeignKey("response.id", ondelete="CASCADE"), index=True, nullable=False)
    )
    kind: str
    changed_at: dt.datetime = Field(sa_type=UTCDateTime)
    reason: str
    #: Canonical JSON of the answers before a correction; empty otherwise.
    before: str = Field(default="", sa_column=Column(Text, nullable=False))


class Comment(SQLModel, table=True):
    """Free text of a response, apart from its answers: screened before anyone publishes it."""

    __tablename__ = "comment"

    response_id: int = Field(
        sa_column=Column(ForeignKey("response.id", ondelete="CASCADE"), primary_key=True)
    )
    question_code: str = Field(primary_key=True)
    text: str = Field(sa_column=Column(Text, nullable=False))


class TallyChange(SQLModel, table=True):
    """A response that counts (+1) or no longer does (-1) and is not in the sums yet.

    Triggers on `response` write these rows; `surveys.counts.upkeep` moves them into the sums.
    """

    __tablename__ = "tally_change"
    __table_args__ = (CheckConstraint("change IN (-1, 1)", name="change"),)

    id: int | None = Field(default=None, primary_key=True)
    wave_id: int
    instrument_id: int
    unit_id: int
    point_id: int
    day: dt.date
    field: str
    collector_kind: str
    #: Empty where the person did not say.
    sex: str
    age_band: str
    answers: str
    others: str
    change: int


class TallyCell(SQLModel, table=True):
    """What answers of one point and day are told apart by in the sums; never changed or removed."""

    __tablename__ = "tally_cell"
    __table_args__ = (UniqueConstraint("field", "collector_kind", "sex", "age_band"),)

    id: int | None = Field(default=None, primary_key=True)
    field: str
    collector_kind: str
    #: Empty where the person did not say, and in sums that do not tell these apart.
    sex: str
    age_band: str


class PsuSum(SQLModel, table=True):
    """What the answers to a form at one point on one day add up to, cell by cell."""

    __tablename__ = "psu_sum"

    wave_id: int = Field(primary_key=True)
    instrument_id: int = Field(primary_key=True)
    unit_id: int = Field(primary_key=True)
    point_id: int = Field(primary_key=True)
    day: dt.date = Field(primary_key=True)
    people: int
    #: By field and kind of collector, as `surveys.counts.cells` packs them.
    sums: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    #: The same by sex and age band, too: only waves that are calibrated by these read it.
    fine_sums: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
