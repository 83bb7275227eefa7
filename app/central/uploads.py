"""What the pages that take a file have in common: the file read, and what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from flask import flash, request
from sqlmodel import Session

from app.central.forms import Upload
from app.filters import number
from app.language import phrase
from app.session import current_session
from surveys import database
from surveys.imports import Imported, Table, read_table

#: More problems than this do not help anyone to mend a file; their number is told.
MOST_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """Where a file stands: only looked at, with the checksum to send back, or taken."""

    done: Imported
    seen: str | None = None


def step(form: Upload, store: Callable[[Session, Table], Imported]) -> Step:
    """What the file of a form would change, and once it is sent with its checksum, what it did.

    Raises ImportRefused, with nothing stored.
    """
    # Nothing is kept between the two steps: the same file is chosen once more.
    session, (content, name) = current_session(), _sent(form)
    digest, table = hashlib.sha256(content).hexdigest(), read_table(content, name)
    if request.form.get("seen") == digest:
        return Step(_stored(table, lambda read: store(session, read)))
    return Step(database.tried(session, lambda: store(session, table)), digest)


def take(form: Upload, store: Callable[[Table], Imported]) -> Imported:
    """What changed once the file of a form was stored, which the next page says.

    Raises ImportRefused, with nothing stored.
    """
    return _stored(read_table(*_sent(form)), store)


def _stored(table: Table, store: Callable[[Table], Imported]) -> Imported:
    done = store(table)
    counts = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged}
    words = {name: number(count) for name, count in counts.items()}
    flash(phrase("central.frame_taken", file=table.source, **words))
    return done


def _sent(form: Upload) -> tuple[bytes, str]:
    """The bytes and the name of the file."""
    with closing(form.file.data) as sent:
        return sent.read(), _name(sent.filename)


def _name(sent: str | None) -> str:
    """The name of the file as it can be stored: one line of letters."""
    return "".join(letter for letter in sent or "" if letter.isprintable())[:200]
