"""Who is told when figures are published, and what is still owed to them."""

import datetime as dt

from sqlalchemy import Column, ForeignKey, Index, Integer, UniqueConstraint
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


class Webhook(SQLModel, table=True):
    """An address of another system that is told of every publication."""

    __tablename__ = "webhook"

    id: int | None = Field(default=None, primary_key=True)
    url: str = Field(unique=True)
    #: What tells its key from others; with the installation's own secret it makes the key.
    salt: str
    made_at: dt.datetime = Field(sa_type=UTCDateTime)


class Delivery(SQLModel, table=True):
    """One publication that one address is to be told of: written together with the release."""

    __tablename__ = "delivery"
    __table_args__ = (
        # A release is told once to each, however often it has to be tried.
        UniqueConstraint("webhook_id", "release_id"),
        Index("ix_delivery_due_at", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    webhook_id: int = Field(
        sa_column=Column(Integer, ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False)
    )
    release_id: int = Field(foreign_key="release.id")
    #: What the receiver knows it by: the same at every attempt.
    message_id: str = Field(unique=True)
    attempts: int = 0
    #: When it is tried next; None once it arrived or was given up.
    due_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)
    delivered_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)
    #: Why the last attempt failed: a status or the kind of an error, never what was answered.
    problem: str = ""
