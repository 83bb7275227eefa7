"""The waves that a page is about: one wave, or all of a year."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import abort
from sqlmodel import Session

from surveys.fieldwork import waves
from surveys.questionnaires.programme import Programme
from surveys.questionnaires.registry import instrument_of
from surveys.tables import Wave

#: Asked for instead of a wave: all that are open, all of the newest year.
OPEN, ALL = "open", "all"


@dataclass(frozen=True, slots=True)
class Period:
    """What was chosen, and what there was to choose from."""

    #: Code of the wave, `OPEN` or `ALL`.
    key: str
    waves: tuple[Wave, ...]
    offered: tuple[Wave, ...]

    @property
    def several_open(self) -> bool:
        """Whether more than one wave takes answers, each with forms of its own."""
        return sum(wave.status == "open" for wave in self.offered) > 1

    @property
    def year(self) -> int:
        """The year whose targets apply."""
        return self.waves[0].year

    @property
    def provisional(self) -> bool:
        """Whether answers still come in."""
        return any(wave.status == "open" for wave in self.waves)

    @property
    def demo(self) -> bool:
        """Whether any of it is made up for a demonstration."""
        return any(wave.demo for wave in self.waves)


def choose(
    session: Session, programme: Programme, sector: str, *, asked: str | None, on: dt.date
) -> Period | None:
    """The period asked for, by default what is open or the newest; None before the first wave.

    What is none of the sector's waves is a page that does not exist: 404.
    """
    known = waves.of_sector(session, programme.code, sector)
    offered = tuple(wave for wave in known if wave.status != "draft" and wave.opens_on <= on)
    if not offered:
        return None if asked is None else abort(404)
    running = tuple(wave for wave in offered if wave.status == "open")
    if asked is None:
        asked = OPEN if len(running) > 1 else (running or offered)[0].code
    chosen = {
        OPEN: running,
        ALL: tuple(wave for wave in offered if wave.year == offered[0].year),
        **{wave.code: (wave,) for wave in offered},
    }.get(asked)
    return Period(asked, chosen, offered) if chosen else abort(404)


def form_titles(session: Session, period: Period, language: str) -> dict[str, str]:
    """The titles of the period's forms by the names that figures use: a code, or with version."""
    stored = {
        form.checksum: form
        for wave in period.waves
        for form in waves.forms_of(session, wave).values()
    }
    titles = {}
    for form in map(instrument_of, stored.values()):
        titles[form.code] = form.title.get(language)
        titles[f"{form.code}.v{form.version}"] = f"{form.title.get(language)} (v{form.version})"
    return titles
