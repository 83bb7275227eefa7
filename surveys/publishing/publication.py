"""What was published: read back, in the order of revisions, and checked against its checksum.

Releases are made in `surveys.publishing.steps`. No function changes one, the database refuses it,
and whoever does so behind its back is found out by `verify`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from surveys.results.figures import Figure, Figures, collect
from surveys.tables import Release, ReleaseDraft, ReleaseRow


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


def texts_of(session: Session, release: Release) -> list[str]:
    """The frozen figures of a release in order, as canonical JSON."""
    query = select(ReleaseRow.figure).where(ReleaseRow.release_id == release.id)
    return list(session.exec(query.order_by(col(ReleaseRow.sequence))))


def figures_of(session: Session, release: Release) -> Figures:
    """The figures of a release, read back as they were frozen."""
    return collect(map(Figure.from_canonical, texts_of(session, release)))


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
    return _text(release, [row.figure for row in rows])


def verify(session: Session, release: Release) -> bool:
    """Whether a release still says what was published."""
    rows = rows_of(session, release)
    if _checksum(release, [row.figure for row in rows]) != release.sha256:
        return False
    # Pages find rows by these two, which stand beside the text that the checksum covers.
    return all(
        (row.sequence, row.unit_code) == (place, Figure.from_canonical(row.figure).unit_code)
        for place, row in enumerate(rows)
    )


def freeze(session: Session, release: Release, draft: ReleaseDraft) -> None:
    """Stores a release with the figures of its draft, sealed by its checksum."""
    texts = draft.figures.split("\n")
    release.method = draft.method
    release.sha256 = _checksum(release, texts)
    session.add(release)
    session.flush()
    session.add_all(
        ReleaseRow(
            release_id=release.id or 0, sequence=place, figure=text,
            unit_code=Figure.from_canonical(text).unit_code,
        )
        for place, text in enumerate(texts)
    )  # fmt: skip
    session.flush()


def canonical(value: Mapping[str, Any]) -> str:
    """JSON that is the same for the same content: sorted keys, no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _checksum(release: Release, figures: Sequence[str]) -> str:
    return hashlib.sha256(_text(release, figures).encode()).hexdigest()


def _text(release: Release, figures: Sequence[str]) -> str:
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
    if release.drafted_by:  # nobody checked what was published before there were drafts
        head |= {"drafted_by": release.drafted_by, "checked_by": release.checked_by}
    # The stored texts go in as they are: written anew, a changed space would go unseen.
    rows = ",".join(figures)
    return f'{{"release":{canonical(head)},"method":{release.method},"rows":[{rows}]}}'
