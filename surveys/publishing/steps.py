"""From a draft to a release, step by step: whoever drafts a year never checks it.

    drafted    Nội vụ froze what would be published
    checked    a second person of Nội vụ, or of the sector's office, read it and confirmed it
    released   Nội vụ published it; a release is replaced only by a revision on the same way
    returned   somebody of them sent it back and said why: it is kept, and goes no further

StepError(PublicationError)
├── DraftPending     the year has a draft already: check it, or send it back
├── NotAllowed       the account may not take this step in this sector
├── SamePerson       the checker has the drafter's account, or name
├── WrongStep        the draft is not where this step begins
├── FiguresChanged   answers, totals or plans changed since the draft was made
└── NoRemarks        a draft that is sent back without a reason
"""

from __future__ import annotations

import datetime as dt
import hashlib
import unicodedata
from collections.abc import Collection, Iterable
from typing import Literal

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from surveys.constraints import enforced
from surveys.fieldwork import waves
from surveys.offices import audit
from surveys.offices.staff import may_see_sector
from surveys.publishing import proposals, publication, webhooks
from surveys.publishing.proposals import PublicationError
from surveys.questionnaires.programme import Programme
from surveys.results.figures import Figure, Figures, collect
from surveys.tables import Release, ReleaseDraft, Staff

#: Long texts that no list of drafts shows; they are read where they are asked for.
_LONG = (defer(ReleaseDraft.method), defer(ReleaseDraft.figures))  # type: ignore[arg-type] # SQLModel says str
Status = Literal["drafted", "checked", "released", "returned"]


class StepError(PublicationError):
    """A step that cannot be taken."""


class DraftPending(StepError):
    """The year has a draft already: it is checked, or sent back, before there is another."""

    def __init__(self, draft: ReleaseDraft | None) -> None:
        self.draft = draft
        super().__init__("another draft is pending")


class NotAllowed(StepError):
    """The account may not take this step in this sector."""

    def __init__(self, staff: Staff) -> None:
        self.staff = staff
        super().__init__(f"{staff.username} ({staff.role})")


class SamePerson(StepError):
    """The checker has the account of who drafted it, or a name that readers cannot tell apart."""

    def __init__(self, draft: ReleaseDraft) -> None:
        self.draft = draft
        super().__init__(draft.drafted_by)


class WrongStep(StepError):
    """The draft is not where this step begins."""

    def __init__(self, draft: ReleaseDraft, status: Status) -> None:
        self.draft, self.status = draft, status
        super().__init__(f"draft {draft.id} is {status}")


class FiguresChanged(StepError):
    """Answers, totals or plans changed since the draft was made."""

    def __init__(self, draft: ReleaseDraft) -> None:
        self.draft = draft
        super().__init__(f"draft {draft.id}")


class NoRemarks(StepError):
    """A draft that is sent back without a reason."""


def draft(
    session: Session,
    *,
    programme: Programme,
    sector: str,
    year: int,
    by: Staff,
    now: dt.datetime,
    reason: str = "",
) -> ReleaseDraft:
    """A sector's year frozen for somebody else to check, or a refusal; a revision says why."""
    _expect_role(by, sector, {"central"})
    found = proposals.propose(session, programme, sector, year, hold=True)
    waiting_one = pending(session, programme.code, sector, year)
    if waiting_one is not None:
        raise DraftPending(waiting_one)
    before = publication.latest(session, programme.code, sector, year)
    if before is not None:
        proposals.check_correction(session, found, before, reason)
    made = ReleaseDraft(
        programme=programme.code, sector=sector, year=year,
        revision=before.revision + 1 if before else 1, reason=reason.strip() if before else "",
        drafted_at=now, drafted_by_id=by.id or 0, drafted_by=by.name,
        code_version=found.method["code_version"], method=publication.canonical(found.method),
        figures="\n".join(found.rows), sha256="", demo=any(wave.demo for wave in found.waves),
    )  # fmt: skip
    made.sha256 = hashlib.sha256(text_of(made).encode()).hexdigest()
    taken: dict[str, Exception] = dict.fromkeys(
        ("uq_release_draft_pending", "uq_release_draft_programme_sector_year"), DraftPending(None)
    )
    with enforced(session, taken):
        session.add(made)
    return made


def check(
    session: Session, programme: Programme, found: ReleaseDraft, *, by: Staff, now: dt.datetime
) -> None:
    """Confirms a draft: by a second person, while it is still what would be published."""
    _hold(session, found, "drafted")
    _expect_role(by, found.sector, {"central", "sector"})
    if same_person(found, by):
        raise SamePerson(found)
    _expect_true(session, programme, found)
    found.checked_at, found.checked_by_id, found.checked_by = now, by.id, by.name
    session.flush()


def send_back(
    session: Session, found: ReleaseDraft, *, by: Staff, reason: str, now: dt.datetime
) -> None:
    """Ends a draft that will not be published; the reason is kept with it."""
    _hold(session, found, "drafted", "checked")
    _expect_role(by, found.sector, {"central", "sector"})
    if not reason.strip():
        raise NoRemarks
    found.returned_at, found.returned_by, found.return_reason = now, by.name, reason.strip()
    session.flush()


def release(
    session: Session, programme: Programme, found: ReleaseDraft, *, by: Staff, now: dt.datetime
) -> Release:
    """The release made of a checked draft, with exactly its figures; its waves are published."""
    _hold(session, found, "checked")
    _expect_role(by, found.sector, {"central"})
    rests_on = _expect_true(session, programme, found)
    sealed = audit.seal(session)
    made = Release(
        programme=found.programme, sector=found.sector, year=found.year,
        revision=found.revision, reason=found.reason, published_at=now, published_by=by.name,
        draft_id=found.id, drafted_by=found.drafted_by, checked_by=found.checked_by or "",
        code_version=found.code_version, method=found.method, sha256="", demo=found.demo,
        trail_number=sealed.number, trail_sha256=sealed.sha256,
    )  # fmt: skip
    found.released_at = now
    session.flush()
    publication.freeze(session, made, found)
    for wave in rests_on.waves:
        waves.mark_published(session, wave)
    webhooks.announce(session, made)
    return made


def pending(session: Session, programme_code: str, sector: str, year: int) -> ReleaseDraft | None:
    """The draft of a year that is neither published nor sent back, if there is one."""
    query = _unfinished().where(
        ReleaseDraft.programme == programme_code,
        ReleaseDraft.sector == sector,
        ReleaseDraft.year == year,
    )
    return session.exec(query).one_or_none()


def waiting(session: Session, staff: Staff | None = None) -> list[ReleaseDraft]:
    """The drafts that wait for a second person, oldest first; of an account, those it may check."""
    query = _unfinished().where(col(ReleaseDraft.checked_at).is_(None))
    return [found for found in session.exec(query) if staff is None or may_check(found, staff)]


def checked(session: Session) -> list[ReleaseDraft]:
    """The drafts that were checked and wait for Nội vụ to publish them, oldest first."""
    return list(session.exec(_unfinished().where(col(ReleaseDraft.checked_at).is_not(None))))


def drafts(session: Session, programme_code: str, sectors: Iterable[str]) -> list[ReleaseDraft]:
    """All drafts of some sectors, the newest first: pending, published and sent back."""
    query = select(ReleaseDraft).where(
        ReleaseDraft.programme == programme_code, col(ReleaseDraft.sector).in_(list(sectors))
    )
    newest = query.order_by(col(ReleaseDraft.id).desc()).options(*_LONG)
    return list(session.exec(newest))


def status_of(found: ReleaseDraft) -> Status:
    """Where a draft stands."""
    if found.returned_at is not None:
        return "returned"
    if found.released_at is not None:
        return "released"
    return "drafted" if found.checked_at is None else "checked"


def may_check(found: ReleaseDraft, staff: Staff) -> bool:
    """Whether an account may be the second person for a draft."""
    return _may(staff, found.sector, {"central", "sector"}) and not same_person(found, staff)


def same_person(found: ReleaseDraft, staff: Staff) -> bool:
    """Whether an account drafted it, or has a name that nobody can tell from the drafter's."""
    return staff.id == found.drafted_by_id or _folded(staff.name) == _folded(found.drafted_by)


def figures_of(found: ReleaseDraft) -> Figures:
    """The figures of a draft, read back as they were frozen."""
    return collect(map(Figure.from_canonical, found.figures.split("\n")))


def text_of(found: ReleaseDraft) -> str:
    """What the checksum of a draft covers: method and figures as the release will have them."""
    rows = ",".join(found.figures.split("\n"))
    return f'{{"method":{found.method},"rows":[{rows}]}}'


def _unfinished() -> SelectOfScalar[ReleaseDraft]:
    query = select(ReleaseDraft).where(
        col(ReleaseDraft.released_at).is_(None), col(ReleaseDraft.returned_at).is_(None)
    )
    return query.order_by(col(ReleaseDraft.drafted_at), col(ReleaseDraft.id)).options(*_LONG)


def _hold(session: Session, found: ReleaseDraft, *begins: Status) -> None:
    """Keeps others from taking a step of a draft meanwhile, and sees that this one can be taken."""
    session.refresh(found, with_for_update=True)
    status = status_of(found)
    if status not in begins:
        raise WrongStep(found, status)


def _expect_role(staff: Staff, sector: str, roles: Collection[str]) -> None:
    if not _may(staff, sector, roles):
        raise NotAllowed(staff)


def _may(staff: Staff, sector: str, roles: Collection[str]) -> bool:
    return staff.role in roles and staff.disabled_at is None and may_see_sector(staff, sector)


def _expect_true(session: Session, programme: Programme, found: ReleaseDraft) -> proposals.Proposal:
    """What would be published now, held as it is; FiguresChanged where the draft says otherwise."""
    try:
        now = proposals.propose(session, programme, found.sector, found.year, hold=True)
    except PublicationError as refused:
        raise FiguresChanged(found) from refused
    if not now.says(found.figures.split("\n"), found.method):
        raise FiguresChanged(found)
    return now


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
