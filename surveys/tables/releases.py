"""What was published."""

import datetime as dt

from sqlalchemy import CheckConstraint, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


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
