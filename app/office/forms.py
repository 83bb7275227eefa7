"""What an official types at this door."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length, Regexp


class SignIn(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """User name and password."""

    # One line without control characters: PostgreSQL knows no text with a NUL in it.
    username = StringField(validators=[InputRequired(), Regexp(r"[^\x00-\x1f]{1,100}\Z")])
    password = PasswordField(validators=[InputRequired(), Length(max=200)])


def own_path(address: str) -> str | None:
    """The address if it leads to a page of this service, so that no link can send people away."""
    # A browser reads "\" as "/" and skips control characters: neither is in a path of ours.
    if not address.isprintable() or "\\" in address or not address.startswith("/"):
        return None
    parts = urlsplit(address)
    return None if parts.scheme or parts.netloc or address.startswith("//") else address
