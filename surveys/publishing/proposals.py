"""A sector's year as it would be published now: what a draft freezes, and is compared with later.

PublicationError(Exception)
├── NothingToPublish   no wave of the year is closed, or nobody answered
├── StillOpen          a wave of the year takes answers yet
├── WeightsFailed      the weighting plan of a wave cannot be carried out
├── ReasonMissing      a correction that does not say why
├── NothingChanged     the same figures by the same method are in force
└── StepError          see `surveys.publishing.steps`
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from surveys.publishing import disclosure, publication, release_method
from surveys.questionnaires.programme import Programme
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.results.figures import Figures
from surveys.tables import Release, ReleaseDraft, Wave
from surveys.version import code_version
from surveys.weighting.calibrations import CalibrationFailed

#: What may differ between two calculations that say the same: newer code is no new figure, nor is
#: it one that sums are told, which releases did not always.
_BESIDE = frozenset({"code_version", "sums", "shares"})


class PublicationError(Exception):
    """A year that cannot be published."""


class NothingToPublish(PublicationError):
    """No wave of the year is closed, or nobody answered."""


class StillOpen(PublicationError):
    """Waves of the year take answers yet: its figures are not final."""

    def __init__(self, waves: Sequence[Wave]) -> None:
        self.waves = tuple(waves)
        super().__init__(", ".join(wave.code for wave in waves))


class WeightsFailed(PublicationError):
    """The weighting plan of a wave cannot be carried out: figures without it are no figures."""

    def __init__(self, failure: CalibrationFailed) -> None:
        self.failure = failure
        super().__init__(str(failure))


class ReasonMissing(PublicationError):
    """A correction must say why."""

    def __init__(self, release: Release) -> None:
        self.release = release
        super().__init__(f"revision {release.revision} is in force")


class NothingChanged(PublicationError):
    """The same figures by the same method are in force."""

    def __init__(self, release: Release) -> None:
        self.release = release
        super().__init__(f"revision {release.revision} says the same")


@dataclass(frozen=True, slots=True)
class Proposal:
    """The figures of a sector's year with how they were made; it rests on all closed waves."""

    waves: tuple[Wave, ...]
    figures: Figures
    method: dict[str, Any]

    @property
    def rows(self) -> list[str]:
        """The figures as they are frozen."""
        return [figure.canonical() for figure in self.figures]

    def says(self, rows: Sequence[str], method: str) -> bool:
        """Whether frozen figures and their method say the same."""
        return _rules(json.loads(method)) == _rules(self.method) and list(rows) == self.rows


def propose(
    session: Session, programme: Programme, sector: str, year: int, *, hold: bool = False
) -> Proposal:
    """What would be published now, or a refusal; to `hold` it keeps the waves as they are."""
    waves = _closed_waves(session, programme, sector, year, hold=hold)
    scope = Scope(programme, sector, waves)
    try:
        study = disclosure.protected_study(estimates.study(session, scope))
    except CalibrationFailed as failure:
        raise WeightsFailed(failure) from failure
    if not study.figures:
        raise NothingToPublish
    method = release_method.describe(session, scope, study) | {"code_version": code_version()}
    return Proposal(waves, study.figures, method)


def still_true(session: Session, programme: Programme, draft: ReleaseDraft) -> bool:
    """Whether a draft says what would be published now: no answer, total or plan has changed."""
    try:
        found = propose(session, programme, draft.sector, draft.year)
    except PublicationError:
        return False
    return found.says(draft.figures.split("\n"), draft.method)


def check_correction(session: Session, proposal: Proposal, before: Release, reason: str) -> None:
    """Refuses to replace a release by the same, or without a reason."""
    rows = [row.figure for row in publication.rows_of(session, before)]
    if proposal.says(rows, before.method):
        raise NothingChanged(before)
    if not reason.strip():
        raise ReasonMissing(before)


def _closed_waves(
    session: Session, programme: Programme, sector: str, year: int, *, hold: bool
) -> tuple[Wave, ...]:
    query = (
        select(Wave)
        .where(Wave.programme == programme.code, Wave.sector == sector, Wave.year == year)
        .where(Wave.status != "draft")
        .order_by(col(Wave.opens_on), col(Wave.id))
    )
    # Held: of two who draft at the same time, the second sees the draft of the first.
    found = session.exec(query.with_for_update() if hold else query).all()
    still_open = [wave for wave in found if wave.status == "open"]
    if still_open:
        raise StillOpen(still_open)
    if not found:
        raise NothingToPublish
    return tuple(found)


def _rules(method: dict[str, Any]) -> str:
    told = {name: value for name, value in method.items() if name not in _BESIDE}
    return publication.canonical(told)
