"""Publication: a sector's index of a year, frozen with its method; a correction is a new revision.

PublicationError(Exception)
├── NothingToPublish   no wave of the year is closed, or nobody answered
├── StillOpen          a wave of the year takes answers yet
├── WeightsFailed      the weighting plan of a wave cannot be carried out
├── ReasonMissing      a correction that does not say why
└── NothingChanged     the same figures by the same method are in force

No function here changes a release. Whoever does so behind its back is found out by `verify`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from surveys.fieldwork import waves
from surveys.offices import audit
from surveys.publishing import disclosure, release_method, webhooks
from surveys.questionnaires.programme import Programme
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.results.figures import Figure, Figures, collect
from surveys.tables import Release, ReleaseRow, Wave
from surveys.version import code_version
from surveys.weighting.calibrations import CalibrationFailed


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


def publish(
    session: Session,
    *,
    programme: Programme,
    sector: str,
    year: int,
    by: str,
    now: dt.datetime,
    reason: str = "",
) -> Release:
    """The new release of a sector's year, its waves marked as published; or a refusal.

    It rests on all closed waves of the year, published before or not.
    """
    scope = Scope(programme, sector, _closed_waves(session, programme, sector, year))
    try:
        study = disclosure.protected_study(estimates.study(session, scope))
    except CalibrationFailed as failure:
        raise WeightsFailed(failure) from failure
    if not study.figures:
        raise NothingToPublish
    rows = [figure.canonical() for figure in study.figures]
    version = code_version()
    method = release_method.describe(session, scope, study) | {"code_version": version}
    before = latest(session, programme.code, sector, year)
    if before is not None:
        _check_correction(session, before, method=method, rows=rows, reason=reason)
    sealed = audit.seal(session)
    release = Release(
        programme=programme.code, sector=sector, year=year,
        revision=before.revision + 1 if before else 1, reason=reason.strip(),
        published_at=now, published_by=by, code_version=version, method=_json(method), sha256="",
        demo=any(wave.demo for wave in scope.waves),
        trail_number=sealed.number, trail_sha256=sealed.sha256,
    )  # fmt: skip
    _freeze(session, release, study.figures)
    for wave in scope.waves:
        waves.mark_published(session, wave)
    webhooks.announce(session, release)
    return release


def latest(session: Session, programme_code: str, sector: str, year: int) -> Release | None:
    """The release in force for a sector's year, if there is one."""
    found = revisions(session, programme_code, sector, year)
    return found[-1] if found else None


def revisions(session: Session, programme_code: str, sector: str, year: int) -> list[Release]:
    """All releases of a sector's year, oldest first."""
    query = select(Release).where(
        Release.programme == programme_code, Release.sector == sector, Release.year == year
    )
    return list(session.exec(query.order_by(col(Release.revision))))


def years(session: Session, programme_code: str) -> list[Release]:
    """The releases in force of a programme, newest year first, sectors by key."""
    query = select(Release).where(Release.programme == programme_code)
    in_order = session.exec(query.order_by(col(Release.revision)))
    in_force = {(release.year, release.sector): release for release in in_order}
    return sorted(in_force.values(), key=lambda release: (-release.year, release.sector))


def rows_of(session: Session, release: Release) -> list[ReleaseRow]:
    """The frozen rows of a release in order."""
    query = select(ReleaseRow).where(ReleaseRow.release_id == release.id)
    return list(session.exec(query.order_by(col(ReleaseRow.sequence))))


def figures_of(session: Session, release: Release) -> Figures:
    """The figures of a release, read back as they were frozen."""
    return collect(Figure.from_canonical(row.figure) for row in rows_of(session, release))


def indices_of(session: Session, release: Release) -> Figures:
    """The indices of the sector and of its groups: what a list of years needs, read alone."""
    query = select(ReleaseRow.figure).where(
        ReleaseRow.release_id == release.id,
        col(ReleaseRow.unit_code).is_(None),
        # The text is canonical: no spaces, and quotes within a name are escaped.
        col(ReleaseRow.figure).contains('"measure":"index"'),
    )
    texts = session.exec(query.order_by(col(ReleaseRow.sequence)))
    return collect(Figure.from_canonical(text) for text in texts)


def canonical_text(release: Release, rows: Sequence[ReleaseRow]) -> str:
    """Everything that was published as one JSON text: what the checksum covers, byte for byte."""
    head = {
        "programme": release.programme,
        "sector": release.sector,
        "year": release.year,
        "revision": release.revision,
        "reason": release.reason,
        "published_at": release.published_at.astimezone(dt.UTC).isoformat(),
        "published_by": release.published_by,
        "code_version": release.code_version,
        "demo": release.demo,
    }
    figures = ",".join(row.figure for row in rows)
    # The stored texts go in as they are: written anew, a changed space would go unseen.
    return f'{{"release":{_json(head)},"method":{release.method},"rows":[{figures}]}}'


def verify(session: Session, release: Release) -> bool:
    """Whether a release still says what was published."""
    rows = rows_of(session, release)
    if _checksum(release, rows) != release.sha256:
        return False
    # Pages find rows by these two, which stand beside the text that the checksum covers.
    return all(
        (row.sequence, row.unit_code) == (place, Figure.from_canonical(row.figure).unit_code)
        for place, row in enumerate(rows)
    )


def _closed_waves(
    session: Session, programme: Programme, sector: str, year: int
) -> tuple[Wave, ...]:
    query = select(Wave).where(
        Wave.programme == programme.code, Wave.sector == sector, Wave.year == year,
        Wave.status != "draft",
    )  # fmt: skip
    # Locked: of two who publish at the same time, the second sees the release of the first.
    found = session.exec(query.order_by(col(Wave.opens_on), col(Wave.id)).with_for_update()).all()
    still_open = [wave for wave in found if wave.status == "open"]
    if still_open:
        raise StillOpen(still_open)
    if not found:
        raise NothingToPublish
    return tuple(found)


def _check_correction(
    session: Session, before: Release, *, method: dict[str, Any], rows: list[str], reason: str
) -> None:
    # Newer code that computes the same figures is no reason to publish them again, nor is it one
    # that their sums are told, which releases did not always.
    same_method = _rules(json.loads(before.method)) == _rules(method)
    if same_method and [row.figure for row in rows_of(session, before)] == rows:
        raise NothingChanged(before)
    if not reason.strip():
        raise ReasonMissing(before)


def _rules(method: dict[str, Any]) -> str:
    others = {"code_version", "sums", "shares"}
    return _json({name: value for name, value in method.items() if name not in others})


def _freeze(session: Session, release: Release, figures: Figures) -> None:
    session.add(release)
    session.flush()
    rows = [
        ReleaseRow(
            release_id=release.id or 0, sequence=place, unit_code=figure.unit_code,
            figure=figure.canonical(),
        )
        for place, figure in enumerate(figures)
    ]  # fmt: skip
    session.add_all(rows)
    release.sha256 = _checksum(release, rows)
    session.flush()


def _checksum(release: Release, rows: Sequence[ReleaseRow]) -> str:
    return hashlib.sha256(canonical_text(release, rows).encode()).hexdigest()


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
