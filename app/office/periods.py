"""The waves that a page is about: one wave, or all of a year."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import abort
from sqlmodel import Session

from surveys import waves
from surveys.programme import Programme
from surveys.registry import instrument_of
from surveys.tables import Wave

ALL = "all"


@dataclass(frozen=True, slots=True)
class Period:
    """What was chosen, and what there was to choose from."""

    #: Code of the wave, or `ALL`.
    key: str
    waves: tuple[Wave, ...]
    offered: tuple[Wave, ...]

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
    """The period asked for, by default the open wave or the newest; None before the first wave.

    A code that is none of the sector's waves is a page that does not exist: 404.
    """
    known = waves.of_sector(session, programme.code, sector)
    offered = tuple(wave for wave in known if wave.status != "draft" and wave.opens_on <= on)
    if asked == ALL and offered:
        year = tuple(wave for wave in offered if wave.year == offered[0].year)
        return Period(ALL, year, offered)
    if asked:
        wave = next((wave for wave in offered if wave.code == asked), None)
        return Period(asked, (wave,), offered) if wave else abort(404)
    running = next((wave for wave in offered if wave.status == "open"), None)
    newest = running or next(iter(offered), None)
    return Period(newest.code, (newest,), offered) if newest else None


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
