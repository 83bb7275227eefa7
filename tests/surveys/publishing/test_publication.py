"""Releases on both databases: frozen, corrected only with a reason, and every edit found out."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from surveys.fieldwork import waves
from surveys.publishing import proposals, publication
from surveys.publishing.proposals import (
    NothingChanged,
    NothingToPublish,
    ReasonMissing,
    StillOpen,
)
from surveys.questionnaires import registry
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.tables import Release, ReleaseRow, ServicePoint, Wave
from surveys.version import code_version
from tests import builders, fieldwork, releasing, tampering

PROGRAMME = builders.programme()


@pytest.fixture
def place(session: Session) -> ServicePoint:
    """A counter."""
    return builders.counter(session)


@pytest.fixture
def wave(session: Session, place: ServicePoint) -> Wave:
    """A closed wave with sixty answers on six days; 90 people were served."""
    newer = builders.instrument(('code = "small"', 'code = "sipas-quay"'))
    form = registry.store(session, newer, now=builders.NOW)
    wave = builders.draft(session, form=form)
    waves.open_wave(session, wave)
    for day in range(2, 8):
        fieldwork.answered(
            session, wave, place, ["5555"] * 9 + ["2222"], day=builders.TODAY.replace(day=day)
        )
    fieldwork.served(session, place, 90)
    waves.close(session, wave, now=builders.NOW)
    return wave


def publish(session: Session, *, year: int = 2026, reason: str = "") -> Release:
    """Publish the administration sector."""
    return releasing.publish(
        session, programme=PROGRAMME, sector="administration", year=year, now=builders.NOW,
        reason=reason,
    )  # fmt: skip


def one_more(session: Session, wave: Wave, place: ServicePoint) -> None:
    """A response that came late, such as a paper form: the figures change."""
    fieldwork.answered(session, wave, place, ["1111"])


def test_a_release_says_what_was_estimated(session: Session, wave: Wave) -> None:
    release = publish(session)
    expected = estimates.estimate(session, Scope(PROGRAMME, "administration", (wave,)))
    assert publication.figures_of(session, release) == expected
    assert (release.revision, release.published_by, release.demo) == (1, "Phòng Nội vụ", False)
    assert release.code_version == code_version()
    assert wave.status == "published"


def test_indices_are_found_without_the_other_figures(session: Session, wave: Wave) -> None:
    release = publish(session)
    found = publication.indices_of(session, release)
    everything = publication.figures_of(session, release).where(measure="index")
    assert list(found) == [row for row in everything if row.scope != "unit"]
    assert {row.scope for row in found} == {"sector", "group"}


def test_the_checksum_covers_the_canonical_text(session: Session, wave: Wave) -> None:
    release = publish(session)
    text = publication.canonical_text(release, publication.rows_of(session, release))
    assert hashlib.sha256(text.encode()).hexdigest() == release.sha256
    document = json.loads(text)
    assert document["release"]["published_at"] == "2026-03-10T03:00:00+00:00"
    assert document["method"]["waves"][0]["code"] == "dot-1"
    assert document["rows"][0]["measure"] == "index"


def test_it_still_holds_when_read_back(session: Session, wave: Wave) -> None:
    release = publish(session)
    session.commit()
    session.expire_all()
    assert publication.verify(session, session.get_one(Release, release.id))


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        (Release, {"year": 2025}),
        (Release, {"published_by": "Ai đó"}),
        (Release, {"method": "{}"}),
        (Release, {"sha256": "0" * 64}),
        (ReleaseRow, {"figure": "{}"}),
        (ReleaseRow, {"unit_code": "17272"}),
        (ReleaseRow, {"sequence": 100}),
    ],
)
def test_every_edit_is_found_out(
    session: Session, wave: Wave, table: Any, changes: dict[str, object]
) -> None:
    release = publish(session)
    tampering.unlock(session)
    first = session.exec(update(table).where(_first(table)).values(**changes))
    assert first.rowcount == 1
    session.expire_all()
    assert not publication.verify(session, release)


def _first(table: Any) -> Any:
    return col(table.sequence) == 0 if table is ReleaseRow else col(table.revision) == 1


def test_a_changed_digit_and_a_lost_row_are_found_out(session: Session, wave: Wave) -> None:
    release = publish(session)
    tampering.unlock(session)
    row = publication.rows_of(session, release)[0]
    frozen = row.figure
    row.figure = frozen.replace('"n":60', '"n":61')
    session.flush()
    assert row.figure != frozen
    assert not publication.verify(session, release)
    row.figure = frozen
    session.flush()
    assert publication.verify(session, release)
    session.delete(publication.rows_of(session, release)[-1])
    session.flush()
    assert not publication.verify(session, release)


def test_the_same_figures_are_not_published_twice(session: Session, wave: Wave) -> None:
    release = publish(session)
    with pytest.raises(NothingChanged) as caught:
        publish(session, reason="nhầm")
    assert caught.value.release is release


def test_newer_code_alone_is_no_reason(
    session: Session, wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(session)
    monkeypatch.setattr(proposals, "code_version", lambda: "9.9.9")
    with pytest.raises(NothingChanged):
        publish(session, reason="mã mới")


def test_a_correction_needs_a_reason(session: Session, wave: Wave, place: ServicePoint) -> None:
    release = publish(session)
    one_more(session, wave, place)
    with pytest.raises(ReasonMissing) as caught:
        publish(session, reason="  ")
    assert caught.value.release is release


def test_a_correction_is_a_new_revision_beside_the_old_one(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    first = publish(session)
    before = publication.figures_of(session, first)
    one_more(session, wave, place)
    second = publish(session, reason=" Nhập sót một phiếu giấy ")
    assert (second.revision, second.reason) == (2, "Nhập sót một phiếu giấy")
    assert publication.revisions(session, PROGRAMME.code, "administration", 2026) == [first, second]
    assert publication.latest(session, PROGRAMME.code, "administration", 2026) is second
    assert publication.years(session, PROGRAMME.code) == [second]
    assert publication.figures_of(session, first) == before
    assert publication.verify(session, first)
    assert publication.verify(session, second)


def test_an_open_wave_is_not_final(session: Session, wave: Wave) -> None:
    form = waves.forms_of(session, wave)["counter"]
    days = {
        "opens_on": builders.TODAY.replace(month=5),
        "closes_on": builders.TODAY.replace(month=6),
    }
    other = builders.draft(session, "dot-2", form=form, **days)
    waves.open_wave(session, other)
    with pytest.raises(StillOpen) as caught:
        publish(session)
    assert caught.value.waves == (other,)


def test_a_draft_is_left_out(session: Session, wave: Wave) -> None:
    builders.draft(session, "dot-2", form=waves.forms_of(session, wave)["counter"])
    method = json.loads(publish(session).method)
    assert [each["code"] for each in method["waves"]] == ["dot-1"]


def test_a_year_without_waves_has_nothing_to_publish(session: Session, wave: Wave) -> None:
    with pytest.raises(NothingToPublish):
        publish(session, year=2027)


def test_a_wave_without_answers_has_nothing_to_publish(session: Session) -> None:
    wave = builders.open_wave(session)
    waves.close(session, wave, now=builders.NOW)
    with pytest.raises(NothingToPublish):
        publish(session)
    assert wave.status == "closed"


def test_nothing_published_is_nothing_found(session: Session) -> None:
    assert publication.latest(session, PROGRAMME.code, "administration", 2026) is None
    assert publication.years(session, PROGRAMME.code) == []


def test_a_demonstration_stays_marked(session: Session, wave: Wave) -> None:
    wave.demo = True
    session.flush()
    assert publish(session).demo


def test_the_method_names_everything_that_was_done(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    other = builders.counter(session, "17272")
    fieldwork.answered(session, wave, other, ["5555"] * 10)
    fieldwork.answered(session, wave, place, ["5555"] * 2, field="justice")
    method = json.loads(publish(session).method)
    assert method["waves"] == [
        {"code": "dot-1", "name": "Đợt dot-1", "opens_on": "2026-03-01",
         "closes_on": "2026-03-31", "answers": 72, "modes": {"self": 72},
         "excluded": 0}
    ]  # fmt: skip
    (form,) = method["instruments"]
    assert (form["code"], form["version"], len(form["checksum"])) == ("sipas-quay", 1, 64)
    assert form["index"]["levels"] == ["item", "dimension"]
    assert method["weighting"]["unweighted"] == ["mot-cua-17272"]
    assert method["weighting"]["raised"] == ["mot-cua-17266/justice/dot-1"]
    (merge,) = method["weighting"]["merges"]
    assert {"mot-cua-17266/land/dot-1", "mot-cua-17266/justice/dot-1"} <= set(merge)
    assert {"key": "procedures", "operator": ">", "share": 0.95, "year": 2030} in method["targets"]
    assert method["interval"] == {"method": "korn_graubard", "level": 0.95, "mean": "student"}
    assert method["code_version"] == code_version()


def test_years_come_newest_first(session: Session, wave: Wave) -> None:
    newer = publish(session)
    older = Release(
        programme=PROGRAMME.code, sector="health", year=2025, revision=1, published_by="",
        published_at=builders.NOW, code_version="", method="{}", sha256="",
    )  # fmt: skip
    tampering.unlock(session)
    session.add(older)
    session.flush()
    assert publication.years(session, PROGRAMME.code) == [newer, older]
