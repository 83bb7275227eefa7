"""What was drafted, checked by a second person, and published."""

import datetime as dt

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime

_PENDING = text("released_at IS NULL AND returned_at IS NULL")


class ReleaseDraft(SQLModel, table=True):
    """A sector's year, frozen to be checked by a second person and then published, or sent back.

    What is frozen the database refuses to change, and every step is taken once.
    """

    __tablename__ = "release_draft"
    __table_args__ = (
        CheckConstraint("revision = 1 OR reason <> ''", name="reason"),
        CheckConstraint(
            "(checked_at IS NULL) = (checked_by_id IS NULL) "
            "AND (checked_at IS NULL) = (checked_by IS NULL)",
            name="checked",
        ),
        CheckConstraint(
            "checked_by_id <> drafted_by_id AND checked_by <> drafted_by", name="four_eyes"
        ),
        CheckConstraint("released_at IS NULL OR checked_at IS NOT NULL", name="released"),
        CheckConstraint("released_at IS NULL OR returned_at IS NULL", name="one_end"),
        CheckConstraint(
            "(returned_at IS NULL) = (returned_by IS NULL) "
            "AND (returned_at IS NULL) = (return_reason = '')",
            name="returned",
        ),
        Index(
            "uq_release_draft_pending", "programme", "sector", "year", unique=True,
            sqlite_where=_PENDING, postgresql_where=_PENDING,
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    programme: str
    sector: str
    year: int
    #: The number that the release will have, and why it replaces the one before.
    revision: int
    reason: str = ""
    drafted_at: dt.datetime = Field(sa_type=UTCDateTime)
    #: Accounts, each with the name that it had: the release tells names.
    drafted_by_id: int = Field(foreign_key="staff.id")
    drafted_by: str
    checked_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)
    checked_by_id: int | None = Field(default=None, foreign_key="staff.id")
    checked_by: str | None = None
    released_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)
    returned_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)
    returned_by: str | None = None
    return_reason: str = ""
    code_version: str
    #: As in a release.
    method: str = Field(sa_column=Column(Text, nullable=False))
    #: The canonical JSON of each figure, one a line.
    figures: str = Field(sa_column=Column(Text, nullable=False))
    #: SHA-256 of method and figures.
    sha256: str
    demo: bool = False


class Release(SQLModel, table=True):
    """A publication of one sector's index of one year: frozen; corrected only by a new revision.

    The database refuses to change or remove it, and to take one that nobody has checked.
    """

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
    #: The checked draft that it is made of; only releases from before drafts have none.
    draft_id: int | None = Field(
        default=None, foreign_key="release_draft.id", unique=True, index=True
    )
    #: Who drafted it and who checked it: two people. Empty where there was no draft.
    drafted_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    checked_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    code_version: str
    #: JSON: waves, instruments with checksums, index rules, weighting, interval method, targets.
    method: str = Field(sa_column=Column(Text, nullable=False))
    #: SHA-256 of the canonical text of method and rows.
    sha256: str
    demo: bool = False
    #: The audit trail as it stood: once published, no entry before can be changed unseen.
    trail_number: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    trail_sha256: str = Field(default="", sa_column_kwargs={"server_default": ""})


class ReleaseRow(SQLModel, table=True):
    """One published figure, as `surveys.results.figures.Figure` has it."""

    __tablename__ = "release_row"
    __table_args__ = (UniqueConstraint("release_id", "sequence"),)

    id: int | None = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="release.id", index=True)
    sequence: int
    unit_code: str | None = Field(default=None, index=True)
    #: The canonical JSON of the figure: what the checksum covers.
    figure: str = Field(sa_column=Column(Text, nullable=False))
