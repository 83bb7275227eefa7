"""What Nội vụ sends at this door; every form carries Flask-WTF's token."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields import IntegerField
from wtforms.validators import InputRequired, Length, Optional, Regexp

LONGEST_REASON = 1000


class Confirm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A button and nothing else."""


class Publish(FlaskForm):  # type: ignore[misc]
    """Why a published figure is replaced; the first publication needs no reason."""

    # PostgreSQL knows no text with a NUL in it.
    reason = TextAreaField(validators=[Length(max=LONGEST_REASON), Regexp(r"[^\x00]*\Z")])


class Upload(FlaskForm):  # type: ignore[misc]
    """A file of people served."""

    file = FileField(validators=[FileRequired()])


class Account(FlaskForm):  # type: ignore[misc]
    """A new account: whose, for what, and about which sector or unit."""

    username = StringField(validators=[InputRequired(), Regexp(r"[^\x00-\x1f]{1,100}\Z")])
    name = StringField(validators=[InputRequired(), Regexp(r"[^\x00-\x1f]{1,200}\Z")])
    role = SelectField(choices=[], validators=[InputRequired()])
    sector = SelectField(choices=[], validators=[Optional()])
    unit = StringField(validators=[Optional(), Regexp(r"[^\x00-\x1f]{1,100}\Z")])


class Issue(FlaskForm):  # type: ignore[misc]
    """A new code for a service point."""

    point = IntegerField(validators=[InputRequired()])
    kind = SelectField(choices=["open", "sampled", "staffed"], validators=[InputRequired()])
