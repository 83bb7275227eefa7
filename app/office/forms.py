"""What an official types at this door."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

from surveys.fieldwork import comments
from surveys.offices.staff import MAX_PASSWORD


class SignIn(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """User name and password."""

    # One line without control characters: PostgreSQL knows no text with a NUL in it.
    username = StringField(validators=[InputRequired(), Regexp(r"[^\x00-\x1f]{1,100}\Z")])
    password = PasswordField(validators=[InputRequired(), Length(max=200)])


class Digits(FlaskForm):  # type: ignore[misc]
    """The six digits, and what says whose they are."""

    ticket = HiddenField(validators=[InputRequired()])
    digits = StringField(validators=[InputRequired(), Length(max=20)])


class NewPassword(FlaskForm):  # type: ignore[misc]
    """A new password, and the one before where there is one."""

    before = PasswordField(validators=[Length(max=MAX_PASSWORD)])
    password = PasswordField(validators=[InputRequired(), Length(max=MAX_PASSWORD)])


class Email(FlaskForm):  # type: ignore[misc]
    """Where reminders go; `surveys` says whether it is an address."""

    email = StringField(validators=[Length(max=300)])


class AskProvider(FlaskForm):  # type: ignore[misc]
    """What somebody goes to the provider of identities for, and the invitation, if that is it."""

    purpose = SelectField(choices=["sign_in", "tie", "accept"])
    invitation = HiddenField(validators=[Length(max=100)])


class EndSession(FlaskForm):  # type: ignore[misc]
    """Which browser is signed out; empty: all."""

    session = HiddenField(validators=[Length(max=64), Regexp(r"[0-9a-f]*\Z")])


def own_path(address: str) -> str | None:
    """The address if it leads to a page of this service, so that no link can send people away."""
    # A browser reads "\" as "/" and skips control characters: neither is in a path of ours.
    if not address.isprintable() or "\\" in address or not address.startswith("/"):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc or address.startswith("//") else address


class Reply(FlaskForm):  # type: ignore[misc]
    """What an office says to a comment, and how far it is."""

    words = TextAreaField(validators=[Length(max=5000), Regexp(r"[^\x00]*\Z")])
    status = SelectField(choices=list(comments.STEPS), validators=[InputRequired()])
