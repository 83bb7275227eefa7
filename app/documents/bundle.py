"""A release as a ZIP that computes itself anew: tables, method, figures, and a script for R.

The same release and key give the same bytes. What lies inside is finer than what is public: it is
for Nội vụ and auditors.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from sqlmodel import Session

from app.language import phrase
from surveys.publishing import evidence, publication
from surveys.publishing.evidence import Table
from surveys.questionnaires.programme import Programme
from surveys.tables import Release

SCRIPT = "recompute.R"
_FOLDER = Path(__file__).parent


def name(release: Release) -> str:
    """What the file of a release is called."""
    return f"goi-tinh-lai-{release.year}-{release.sector}-ban-{release.revision}.zip"


def take(
    session: Session, programme: Programme, release: Release, *, key: bytes, file: IO[bytes]
) -> str:
    """The name of the bundle that was written to `file`.

    `key` hides the days of sampling units. Raises AnswersChanged, CalibrationFailed.
    """
    scope, study = evidence.study_of(session, programme, release)
    text = publication.canonical_text(release, publication.rows_of(session, release))
    write(release, text, evidence.tables(scope, study, key), file)
    return name(release)


def write(release: Release, canonical: str, tables: Iterable[Table], file: IO[bytes]) -> None:
    """Write the ZIP; `canonical` is the text that the release's checksum covers."""
    moment = release.published_at.astimezone(dt.UTC).timetuple()[:6]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for called, content in _files(release, canonical, tables):
            archive.writestr(_entry(called, moment), content)


def _entry(called: str, moment: tuple[int, ...]) -> zipfile.ZipInfo:
    year, month, day, hour, minute, second = moment
    made = zipfile.ZipInfo(called, (year, month, day, hour, minute, second))
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def _files(release: Release, canonical: str, tables: Iterable[Table]) -> Iterator[tuple[str, str]]:
    yield (
        "README.txt",
        phrase(
            "documents.bundle.readme", year=release.year, sector=release.sector,
            revision=release.revision, sha256=release.sha256,
        ),
    )  # fmt: skip
    yield "release.json", canonical
    yield SCRIPT, (_FOLDER / SCRIPT).read_text(encoding="utf-8")
    for table in tables:
        yield f"{table.name}.csv", _csv(table)


def _csv(table: Table) -> str:
    """The table for programs: no mark of the byte order, which R would take for a name."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows(
        ["" if cell is None or cell != cell else cell for cell in row]  # noqa: PLR0124 - NaN
        for row in table.rows
    )
    return text.getvalue()
