"""What becomes of comments: who deals with one, until when, and what was answered."""

import datetime as dt

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from surveys.database import UTCDateTime


class CommentCase(SQLModel, table=True):
    """A comment that Nội vụ looked at and passed on; without a row it is new.

    Its number is its own: that of the response would tell the order in which people answered.
    """

    __tablename__ = "comment_case"
    __table_args__ = (
        UniqueConstraint("response_id", "question_code"),
        ForeignKeyConstraint(
            ["response_id", "question_code"],
            ["comment.response_id", "comment.question_code"],
            ondelete="CASCADE",
        ),
        CheckConstraint("status IN ('approved', 'working', 'answered', 'closed')", name="status"),
        CheckConstraint(
            "(published_at IS NULL) = (summary = '') AND (summary = '') = (deed = '')",
            name="published",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    response_id: int
    question_code: str
    #: What the unit reads: the text with personal data masked, as Nội vụ left it.
    shown: str = Field(sa_column=Column(Text, nullable=False))
    status: str
    category: str
    #: Whose task it is, and until when.
    owner_id: int | None = Field(default=None, foreign_key="staff.id")
    due_on: dt.date | None = None
    #: What the unit says to it, for the house alone.
    answer: str = Field(default="", sa_column=Column(Text, nullable=False))
    #: What stands on the public page: what people said, in Nội vụ's words, and what was done.
    summary: str = Field(default="", sa_column=Column(Text, nullable=False))
    deed: str = Field(default="", sa_column=Column(Text, nullable=False))
    published_at: dt.datetime | None = Field(default=None, sa_type=UTCDateTime)
