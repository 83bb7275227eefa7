"""What Nội vụ sends at this door; every form carries Flask-WTF's token."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, TextAreaField
from wtforms.fields import DateField, IntegerField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from surveys.fieldwork import tickets

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


class Issue(FlaskForm):  # type: ignore[misc]
    """A new code for a service point."""

    point = IntegerField(validators=[InputRequired()])
    # The code of a sample comes with its tickets, and opens nothing without one.
    kind = SelectField(choices=["open", "staffed"], validators=[InputRequired()])


class Mint(FlaskForm):  # type: ignore[misc]
    """New tickets for a service point."""

    point = IntegerField(validators=[InputRequired()])
    every = IntegerField(validators=[InputRequired(), NumberRange(1, 9999)])
    size = IntegerField(validators=[InputRequired(), NumberRange(1, tickets.MOST)])
    expires_on = DateField(validators=[InputRequired()])


class CallBack(FlaskForm):  # type: ignore[misc]
    """How many tickets of a batch were handed out; the others are taken back."""

    batch = IntegerField(validators=[InputRequired(), NumberRange(1)])
    handed_out = IntegerField(validators=[InputRequired(), NumberRange(0, tickets.MOST)])
