"""The yearly workbook of offices: the published figures, and the people and answers behind them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from app.documents import edition, workbook
from app.documents.report import source
from app.documents.report.period import Period
from app.documents.report.source import NothingClosed
from app.documents.workbook_respondents import Respondents
from app.language import current_language
from surveys.publishing import publication
from surveys.questionnaires.programme import Programme, Sector


def build(session: Session, programme: Programme, sectors: Sequence[Sector], year: int) -> bytes:
    """The workbook of the sectors that are published for a year. Raises NothingClosed.

    Who answered is left out where the answers are no longer those of the publication.
    """
    editions, respondents = [], []
    for sector in sectors:
        release = publication.latest(session, programme.code, sector.key, year)
        if release is not None:
            editions.append(edition.load(session, programme, release))
            behind = source.load(session, programme, sector, Period(year))
            respondents.append(
                Respondents(
                    sector.label.get(current_language()),
                    behind.levels,
                    behind.profiles,
                    behind.wishes,
                )
            )
    if not editions:
        raise NothingClosed(str(year))
    return workbook.build(editions, respondents)
