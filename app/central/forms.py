"""What Nội vụ sends at this door; every form carries Flask-WTF's token."""

from __future__ import annotations

import math

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import DateField, IntegerField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from surveys.fieldwork import comments, plans, tickets, years
from surveys.fieldwork.plans import FIELD, Plan
from surveys.offices import api_keys
from surveys.results import suspects

LONGEST_REASON = 1000


class Confirm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A button and nothing else."""


class Publish(FlaskForm):  # type: ignore[misc]
    """Why a published figure is replaced, or a draft sent back; a first draft needs no reason."""

    # PostgreSQL knows no text with a NUL in it.
    reason = TextAreaField(validators=[Length(max=LONGEST_REASON), Regexp(r"[^\x00]*\Z")])


#: What a second person confirms to have read, one by one.
CHECKLIST = ("figures", "changes", "cautions", "method")


class Check(FlaskForm):  # type: ignore[misc]
    """What the second person read of a draft; `complete` if that is everything."""

    read = SelectMultipleField(choices=list(CHECKLIST))

    @property
    def complete(self) -> bool:
        """Whether every point was ticked."""
        return set(self.read.data or ()) == set(CHECKLIST)


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
    email = StringField(validators=[Length(max=300)])


class Key(FlaskForm):  # type: ignore[misc]
    """A new key for a program: its name, what for, about which places, until when."""

    name = StringField(validators=[InputRequired(), Regexp(r"[^\x00-\x1f]{1,100}\Z")])
    scopes = SelectMultipleField(choices=list(api_keys.SCOPES))
    sector = SelectField(choices=[], validators=[Optional()])
    unit = StringField(validators=[Optional(), Regexp(r"[^\x00-\x1f]{1,100}\Z")])
    every = IntegerField(validators=[InputRequired(), NumberRange(1, api_keys.MOST_EVERY)])
    expires_on = DateField(validators=[InputRequired()])


class Issue(FlaskForm):  # type: ignore[misc]
    """A new code for a service point."""

    point = IntegerField(validators=[InputRequired()])
    # The code of a sample comes with its tickets, and opens nothing without one.
    kind = SelectField(choices=["open", "staffed"], validators=[InputRequired()])


class Weighting(FlaskForm):  # type: ignore[misc]
    """How the answers of a wave are weighted; `problems` says in words what cannot be."""

    method = RadioField(choices=list(plans.METHODS), validators=[InputRequired()])
    keys = SelectMultipleField(choices=list(plans.KEYS))
    low = StringField()
    high = StringField()
    unbounded = BooleanField()
    #: Kept though it asks for margins that nobody imported yet.
    anyway = BooleanField()
    smallest = StringField()

    def problems(self) -> dict[str, str]:
        """What is wrong, by field: the key of the phrase that says it; empty if it is a plan."""
        found: dict[str, str] = {}
        if not self.validate():
            found |= dict.fromkeys(set(self.errors) & {"method", "keys"}, "choose")
        elif not self.keys.data:
            found["keys"] = "no_keys"
        elif self.method.data == "poststratify" and {FIELD} < set(self.keys.data):
            found["keys"] = "field_alone"
        found |= self._wrong_bounds()
        smallest = _number(self.smallest.data)
        if smallest is None or smallest != int(smallest) or not 1 <= smallest <= 1000:
            found["smallest"] = "smallest"
        return found

    def plan(self) -> Plan:
        """The plan that was chosen; only where nothing is wrong with it."""
        low, high = _number(self.low.data), _number(self.high.data)
        given = None if low is None or high is None else (low, high)
        free = self.method.data == "poststratify" or self.unbounded.data
        return Plan(
            self.method.data,
            tuple(key for key in plans.KEYS if key in self.keys.data),
            None if free else given or plans.USUAL_BOUNDS,
            int(_number(self.smallest.data) or plans.SMALLEST_CELL),
        )

    def _wrong_bounds(self) -> dict[str, str]:
        written = [text for text in (self.low.data, self.high.data) if (text or "").strip()]
        if self.unbounded.data:
            linear = {"unbounded": "linear_unbounded"} if self.method.data == "linear" else {}
            return linear | ({"low": "bounds_and_none"} if written else {})
        if not written:
            return {}
        if self.method.data == "poststratify":
            return {"low": "no_bounds"}
        low, high = _number(self.low.data), _number(self.high.data)
        found = {} if low is not None and 0 <= low < 1 else {"low": "low"}
        return found if high is not None and high > 1 else found | {"high": "high"}


def _number(text: str | None) -> float | None:
    """The number that somebody wrote, with a comma or a point; None where it is none."""
    try:
        found = float((text or "").strip().replace(",", "."))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


class Mint(FlaskForm):  # type: ignore[misc]
    """New tickets for a service point."""

    point = IntegerField(validators=[InputRequired()])
    every = IntegerField(validators=[InputRequired(), NumberRange(1, 9999)])
    size = IntegerField(validators=[InputRequired(), NumberRange(1, tickets.MOST)])
    expires_on = DateField(validators=[InputRequired()])


class TicketFiles(FlaskForm):  # type: ignore[misc]
    """The tokens of a new batch, back from the page that told of it."""

    batch = IntegerField(validators=[InputRequired(), NumberRange(1)])
    tokens = StringField(validators=[InputRequired(), Regexp(r"[0-9A-Z ]+\Z")])


class CallBack(FlaskForm):  # type: ignore[misc]
    """How many tickets of a batch were handed out; the others are taken back."""

    batch = IntegerField(validators=[InputRequired(), NumberRange(1)])
    handed_out = IntegerField(validators=[InputRequired(), NumberRange(0, tickets.MOST)])


class Screen(FlaskForm):  # type: ignore[misc]
    """What a unit shall read of a comment, and whose task it is until when."""

    shown = TextAreaField(validators=[InputRequired(), Length(max=10_000), Regexp(r"[^\x00]*\Z")])
    category = SelectField(choices=list(comments.CATEGORIES), validators=[InputRequired()])
    owner = SelectField(choices=[], validators=[Optional()])
    due_on = DateField(validators=[Optional()])


class Pair(FlaskForm):  # type: ignore[misc]
    """What people said and what was done, for the public page."""

    summary = TextAreaField(validators=[InputRequired(), Length(max=1000), Regexp(r"[^\x00]*\Z")])
    deed = TextAreaField(validators=[InputRequired(), Length(max=1000), Regexp(r"[^\x00]*\Z")])


class NewWebhook(FlaskForm):  # type: ignore[misc]
    """An address that is to be told of publications; `surveys` says whether it can be."""

    url = StringField(validators=[InputRequired(), Length(max=1000)])


class LeaveOut(FlaskForm):  # type: ignore[misc]
    """Answers with a sign are left out or taken in again, with a reason."""

    sign = SelectField(choices=list(suspects.SIGNS), validators=[InputRequired()])
    step = SelectField(choices=["exclude", "readmit"], validators=[InputRequired()])
    reason = StringField(validators=[InputRequired(), Regexp(r"[^\x00-\x1f]{1,1000}\Z")])


class NewWaves(FlaskForm):  # type: ignore[misc]
    """The waves of a sector for a year."""

    year = IntegerField(validators=[InputRequired(), NumberRange(2000, 2100)])
    rhythm = SelectField(choices=list(years.RHYTHMS), validators=[InputRequired()])
    opens_on = DateField(validators=[Optional()])
    closes_on = DateField(validators=[Optional()])
    prefix = StringField(validators=[InputRequired(), Regexp(years.PREFIX)])
    forms = SelectMultipleField(choices=[])
    size = IntegerField(validators=[Optional(), NumberRange(0, 200)])
    plan = SelectField(choices=["field", "rake"], validators=[InputRequired()])
