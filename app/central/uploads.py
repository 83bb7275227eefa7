"""What the pages that take a file have in common: the file read, and what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing

from flask import flash

from app.central.forms import Upload
from app.filters import number
from app.language import phrase
from surveys.imports import Imported, Table, read_table

#: More problems than this do not help anyone to mend a file; their number is told.
MOST_SHOWN = 1000


def take(form: Upload, store: Callable[[Table], Imported]) -> Imported:
    """What changed once the file of a form was stored, which the next page says.

    Raises ImportRefused, with nothing stored.
    """
    with closing(form.file.data) as sent:
        table = read_table(sent.read(), _name(sent.filename))
    done = store(table)
    counts = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged}
    words = {name: number(count) for name, count in counts.items()}
    flash(phrase("central.frame_taken", file=table.source, **words))
    return done


def looked_at(form: Upload, look: Callable[[Table], Imported]) -> tuple[Imported, str]:
    """What the file of a form would change, and its checksum. Raises ImportRefused."""
    file = form.file.data
    content = file.read()
    file.seek(0)
    return look(read_table(content, _name(file.filename))), hashlib.sha256(content).hexdigest()


def _name(sent: str | None) -> str:
    """The name of the file as it can be stored: one line of letters."""
    return "".join(letter for letter in sent or "" if letter.isprintable())[:200]
