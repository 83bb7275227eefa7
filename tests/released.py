"""Published years for tests of pages and files: figures made up, frozen as real ones are."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from app.documents.edition import Edition
from surveys.publishing import publication
from surveys.results.figures import Figure, collect
from surveys.tables import Release, ReleaseDraft
from tests import builders, releasing

PUBLISHED = dt.datetime(2027, 1, 15, 2, 30, tzinfo=dt.UTC)
METHOD = {
    "code_version": "0.1.0+gabc",
    "waves": [
        {
            "code": "y-te-2026",
            "name": "Y tế 2026",
            "opens_on": "2026-03-01",
            "closes_on": "2026-11-30",
            "answers": 1234,
            "excluded": 3,
        }
    ],
    "instruments": [
        {
            "code": "y-te-ngoai-tru",
            "version": 1,
            "checksum": "c0ffee" * 10 + "0000",
            "title": {"vi": "Phiếu ngoại trú", "en": "Outpatient form"},
            "status": "đối chiếu xong",
            "index": {"levels": ["item", "dimension"], "pooling": "mean"},
        }
    ],
    "weighting": {"merges": [["a/x", "a/y"]], "unweighted": [], "incomplete": [], "raised": []},
    "interval": {"method": "korn_graubard", "level": 0.95},
    "targets": [{"key": "health", "operator": ">=", "share": 0.9, "year": 2030}],
}

#: The index of the health sector, which the target of 2030 judges.
INDEX = Figure(
    scope="sector", measure="index", key="", name_vi="Chỉ số hài lòng", name_en="Index",
    instrument=None, unit_code=None, unit_name=None, n=1234, population=9000, value=0.9342,
    standard_error=0.0081, low=0.9171, high=0.9484, interval="korn_graubard", df=61.0, deff=1.9,
    n_eff=640.5, weighted=True, basis="sampled", target_key="health", target=0.9, operator=">=",
    verdict="met",
)  # fmt: skip
UNIT = replace(
    INDEX, scope="unit", unit_code="y-te-17266", unit_name="Trạm Y tế Tân Kỳ", n=140,
    population=900, value=0.887, low=0.81, high=0.94, verdict="not_shown",
)  # fmt: skip
SILENT = replace(
    UNIT, unit_code="y-te-17272", unit_name="Trạm Y tế Tân Phú", n=6, population=None, value=None,
    standard_error=None, low=None, high=None, df=None, deff=None, n_eff=None, weighted=False,
    verdict="not_shown", showing="suppressed", reason="few_answers",
)  # fmt: skip
MEASURED = replace(
    INDEX, instrument="y-te-ngoai-tru", target_key=None, target=None, operator=None, verdict=None
)
DIMENSION = replace(MEASURED, measure="dimension", key="A", name_vi="Khả năng tiếp cận", value=0.95)
ITEM = replace(MEASURED, measure="item", key="A1", name_vi="Biển chỉ dẫn dễ thấy", value=0.912)
SCORE = replace(MEASURED, measure="mean_score", value=4.31, low=4.25, high=4.37)
EXPECTATION = replace(MEASURED, measure="expectation", value=1.02, low=0.98, high=1.06)
FIGURES = (INDEX, SCORE, EXPECTATION, DIMENSION, ITEM, UNIT, SILENT)


def release(**changes: Any) -> Release:
    """A release of the health sector in 2026, not yet in a database."""
    given: dict[str, Any] = {
        "programme": "tan-ky-169",
        "sector": "health",
        "year": 2026,
        "revision": 1,
        "published_at": PUBLISHED,
        "published_by": "Phòng Nội vụ",
        "code_version": "0.1.0+gabc",
        "method": json.dumps(METHOD, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        "sha256": "ab" * 32,
    }
    return Release(**given | changes)


def edition(figures: Sequence[Figure] = FIGURES, **changes: Any) -> Edition:
    """The edition of such a release, with the same index two points lower the year before."""
    earlier = collect([replace(INDEX, value=0.9142, low=0.9, high=0.93)])
    before = release(year=2025)
    return Edition(builders.programme(), release(**changes), collect(figures), before, earlier)


def publish(session: Session, figures: Sequence[Figure] = FIGURES, **changes: Any) -> Release:
    """A release in the database, with its rows, its true checksum, and the draft behind it."""
    made = release(**changes)
    draft = drafted(session, made, figures)
    made.draft_id, made.drafted_by, made.checked_by = draft.id, draft.drafted_by, releasing.CHECKER
    publication.freeze(session, made, draft)
    session.commit()
    return made


def drafted(session: Session, made: Release, figures: Sequence[Figure]) -> ReleaseDraft:
    """The draft of a release, checked by a second person and ready to be published."""
    drafter, checker = releasing.pair(session)
    draft = ReleaseDraft(
        programme=made.programme, sector=made.sector, year=made.year, revision=made.revision,
        reason=made.reason, drafted_at=PUBLISHED, drafted_by_id=drafter.id or 0,
        drafted_by=drafter.name, checked_at=PUBLISHED, checked_by_id=checker.id,
        checked_by=checker.name, released_at=PUBLISHED, code_version=made.code_version,
        method=made.method, figures="\n".join(row.canonical() for row in figures), sha256="",
        demo=made.demo,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    return draft
