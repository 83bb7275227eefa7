"""All tables, in the order of the story: places, forms, waves, answers, totals, figures, people.

Nothing here identifies a person who answers: no address of a device, no name, no cookie; times are
kept to the minute. Promises are constraints with names (`database.NAMING`), to be told apart.
"""

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

from surveys.database import NAMING, UTCDateTime

SQLModel.metadata.naming_convention = NAMING


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
    #: JSON: how its answers are weighted, see `surveys.plans`; empty: to fields by unit.
    weighting: str = Field(default="", sa_column=Column(Text, nullable=False))


class WaveInstrument(SQLModel, table=True):
    """Which form a wave asks at service points of one kind."""

    __tablename__ = "wave_instrument"

    wave_id: int = Field(foreign_key="wave.id", primary_key=True)
    point_kind: str = Field(primary_key=True)
    instrument_id: int = Field(foreign_key="instrument.id", index=True)


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


class Response(SQLModel, table=True):
    """One person's answers to one form: one row, kept exactly once."""

    __tablename__ = "response"
    __table_args__ = (
        # The same POST again finds this row instead of making another.
        UniqueConstraint("submission_key"),
        UniqueConstraint("receipt"),
        CheckConstraint("(excluded_at IS NULL) = (excluded_reason IS NULL)", name="exclusion"),
        Index("ix_response_tally", "wave_id", "instrument_id", "unit_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    wave_id: int = Field(foreign_key="wave.id")
    instrument_id: int = Field(foreign_key="instrument.id", index=True)
    #: The stratum: the unit that served, kept here because points can move between units.
    unit_id: int = Field(foreign_key="unit.id", index=True)
    #: With `day`, the primary sampling unit: one point's people of one day.
    point_id: int = Field(foreign_key="service_point.id", index=True)
    collector_id: int = Field(foreign_key="collector.id", index=True)
    #: As the collector's kind was at the time.
    collector_kind: str
    #: Field of procedure; with the unit, the calibration cell.
    field: str
    #: Day in Viet Nam.
    day: dt.date
    #: UTC, seconds cut off.
    answered_at: dt.datetime = Field(sa_type=UTCDateTime)
    language: str
    #: One character per scored item, in order: 1–5, 0 not used, - left blank, . not asked.
    answers: str
    #: The questions that are not scored, at fixed places.
    others: str
    sex: str | None = None
    age_band: str | None = None
    submission_key: str
    #: SHA-256 of everything sent: tells a repeated POST from another answer under the same key.
    digest: str
    #: What the citizen keeps.
    receipt: str
    excluded_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)
    excluded_reason: str | None = None


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

    Triggers on `response` write these rows; `surveys.upkeep` moves them into the sums.
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


class PsuSum(SQLModel, table=True):
    """What the answers of one point, day, field and kind of collector add up to."""

    __tablename__ = "psu_sum"

    wave_id: int = Field(primary_key=True)
    instrument_id: int = Field(primary_key=True)
    unit_id: int = Field(primary_key=True)
    point_id: int = Field(primary_key=True)
    day: dt.date = Field(primary_key=True)
    field: str = Field(primary_key=True)
    collector_kind: str = Field(primary_key=True)
    people: int
    #: The vector of `surveys.sums`, in the narrowest whole numbers that hold it.
    sums: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CellSum(SQLModel, table=True):
    """The same by sex and age band, for waves that are calibrated by them."""

    __tablename__ = "cell_sum"

    wave_id: int = Field(primary_key=True)
    instrument_id: int = Field(primary_key=True)
    unit_id: int = Field(primary_key=True)
    point_id: int = Field(primary_key=True)
    day: dt.date = Field(primary_key=True)
    field: str = Field(primary_key=True)
    collector_kind: str = Field(primary_key=True)
    #: Empty where the person did not say.
    sex: str = Field(primary_key=True)
    age_band: str = Field(primary_key=True)
    people: int
    sums: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


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


class Staff(SQLModel, table=True):
    """An account of an office."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ('central', 'sector', 'unit')", name="role"),
        CheckConstraint("(role = 'sector') = (sector IS NOT NULL)", name="sector_scope"),
        CheckConstraint("(role = 'unit') = (unit_id IS NOT NULL)", name="unit_scope"),
    )

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(unique=True)
    name: str
    #: argon2id, with its parameters.
    password_hash: str
    #: central: Nội vụ; sector: an office that owns a sector; unit: one unit and those below it.
    role: str
    sector: str | None = None
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    disabled_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)


class StaffSession(SQLModel, table=True):
    """One signed-in browser of an account; ended by deleting the row."""

    __tablename__ = "staff_session"

    #: SHA-256 of the token in the cookie, so that a stolen database opens no session.
    token_hash: str = Field(primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    started_at: dt.datetime = Field(sa_type=UTCDateTime)
    ends_at: dt.datetime = Field(sa_type=UTCDateTime)


class Release(SQLModel, table=True):
    """A publication of one sector's index of one year: frozen; corrected only by a new revision."""

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("programme", "sector", "year", "revision"),
        CheckConstraint("revision = 1 OR reason <> ''", name="reason"),
    )

    id: int | None = Field(default=None, primary_key=True)
    programme: str
    sector: str
    year: int
    #: 1, 2, …
    revision: int
    #: Why the revision before was replaced; empty for the first.
    reason: str = ""
    published_at: dt.datetime = Field(sa_type=UTCDateTime)
    #: Name of the account, not of a citizen.
    published_by: str
    code_version: str
    #: JSON: waves, instruments with checksums, index rules, weighting, interval method, targets.
    method: str = Field(sa_column=Column(Text, nullable=False))
    #: SHA-256 of the canonical text of method and rows.
    sha256: str
    demo: bool = False


class ReleaseRow(SQLModel, table=True):
    """One published figure, as `surveys.figures.Figure` has it."""

    __tablename__ = "release_row"
    __table_args__ = (UniqueConstraint("release_id", "sequence"),)

    id: int | None = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="release.id", index=True)
    sequence: int
    unit_code: str | None = Field(default=None, index=True)
    #: The canonical JSON of the figure: what the checksum covers.
    figure: str = Field(sa_column=Column(Text, nullable=False))
