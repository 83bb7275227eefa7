"""Drafts of a year's figures: read by Nội vụ and the sector's office, checked, and published."""

from __future__ import annotations

from collections.abc import Callable

import flask
from flask import abort, flash, redirect, render_template, url_for

from app import deliveries, weighting
from app import session as current
from app.central.forms import CHECKLIST, Check, Confirm, Publish
from app.documents import edition as editions
from app.documents import method as documented_method
from app.language import phrase
from app.summary import Summary
from surveys.offices import staff
from surveys.publishing import cautions, proposals, publication, steps
from surveys.publishing.differences import Differences, differences
from surveys.publishing.proposals import PublicationError
from surveys.tables import Release, ReleaseDraft, Staff

Answer = flask.typing.ResponseReturnValue


def drafts() -> Answer:
    """The drafts that an account may see, the newest first."""
    account, programme = _account(), current.current_programme()
    seen = [one.key for one in programme.sectors if staff.may_see_sector(account, one.key)]
    found = steps.drafts(current.current_session(), programme.code, seen)
    return render_template(
        "central/drafts.html", programme=programme, drafts=found, status_of=steps.status_of,
        demo=any(one.demo for one in found),
    )  # fmt: skip


def draft(number: int) -> Answer:
    """The figures as they would be published, what is odd about them, and the next step."""
    return _page(_draft(number))


def check(number: int) -> Answer:
    """Confirms the draft, if everything was read; the drafter is refused."""
    found, form = _draft(number), Check()
    if not form.validate_on_submit() or not form.complete:
        return _page(found, "drafts.read_all"), 400
    return _step(found, "drafts.done_checked", lambda: steps.check(
        current.current_session(), current.current_programme(), found, by=_account(),
        now=current.current_moment(),
    ))  # fmt: skip


def send_back(number: int) -> Answer:
    """Ends the draft, with a reason that is kept."""
    found, form = _draft(number), Publish()
    if not form.validate_on_submit():
        return _page(found, "central.reason_long"), 400
    return _step(found, "drafts.done_returned", lambda: steps.send_back(
        current.current_session(), found, by=_account(), reason=form.reason.data or "",
        now=current.current_moment(),
    ))  # fmt: skip


def release(number: int) -> Answer:
    """Publishes the draft that was checked."""
    found = _draft(number)
    if not Confirm().validate_on_submit():
        abort(400)
    done = _step(found, "drafts.done_released", lambda: steps.release(
        current.current_session(), current.current_programme(), found, by=_account(),
        now=current.current_moment(),
    ))  # fmt: skip
    return deliveries.send_soon(flask.make_response(done))


def _step(found: ReleaseDraft, done: str, step: Callable[[], object]) -> Answer:
    """Takes a step and returns to the draft; a refusal is shown there."""
    try:
        step()
    except PublicationError as refused:
        return _page(found, f"central.refused.{type(refused).__name__}"), 409
    flash(phrase(done))
    return redirect(url_for("central.draft", number=found.id), 303)


def _account() -> Staff:
    return current.current_staff() or abort(401)


def _draft(number: int) -> ReleaseDraft:
    session = current.current_session()
    found = session.get(ReleaseDraft, number) if number < 2**31 else None
    if found is None or found.programme != current.current_programme().code:
        abort(404)
    if not staff.may_see_sector(_account(), found.sector):
        abort(403)
    return found


def _page(found: ReleaseDraft, problem: str | None = None) -> str:
    session, programme = current.current_session(), current.current_programme()
    status, account = steps.status_of(found), _account()
    pending = status in {"drafted", "checked"}
    changed = _changed(found) if pending else None
    edition = editions.load(session, programme, _preview(found), steps.figures_of(found))
    before = _before(found)
    odd = cautions.cautions(session, found, today=current.today()) if pending else None
    return render_template(
        "central/draft.html",
        draft=found, status=status, problem=problem, changed=changed, form=Confirm(),
        edition=edition, summary=Summary(edition.figures), titles=edition.form_titles,
        method=documented_method.describe(edition), checklist=CHECKLIST, cautions=odd,
        notices=[
            (one.wave, weighting.notices(session, programme, one.wave)) for one in odd.waves
        ] if odd else [],
        before=before,
        differences=differences(publication.figures_of(session, before), edition.figures)
        if before else None,
        may_check=steps.may_check(found, account), own=steps.same_person(found, account),
        writes=account.role in {"central", "sector"}, central=account.role == "central",
        demo=found.demo,
    )  # fmt: skip


def _before(found: ReleaseDraft) -> Release | None:
    """The release that this one would replace, or did."""
    known = publication.revisions(
        current.current_session(), found.programme, found.sector, found.year
    )
    return {one.revision: one for one in known}.get(found.revision - 1)


def _changed(found: ReleaseDraft) -> Differences | None:
    """What today's answers would give otherwise; None where the draft still says the same.

    Where nothing could be published today, or the method alone is another one, nothing is listed.
    """
    session, programme = current.current_session(), current.current_programme()
    try:
        today = proposals.propose(session, programme, found.sector, found.year)
    except PublicationError:
        return Differences((), ())
    if today.says(found.figures.split("\n"), found.method):
        return None
    return differences(steps.figures_of(found), today.figures)


def _preview(found: ReleaseDraft) -> Release:
    """The release that a draft would become: nobody published it, and it is not stored."""
    return Release(
        programme=found.programme, sector=found.sector, year=found.year, revision=found.revision,
        reason=found.reason, published_at=found.drafted_at, published_by="",
        drafted_by=found.drafted_by, checked_by=found.checked_by or "",
        code_version=found.code_version, method=found.method, sha256="", demo=found.demo,
    )  # fmt: skip
