"""Answers person by person as a ZIP: CSV and SPSS of each form, codebook, rows and checksums.

Written to files block by block, so that memory does not grow with the number of answers.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from app.documents.sav import Variable, Writer
from app.language import current_language, phrase
from surveys.publishing import evidence, microdata
from surveys.publishing.microdata import BLANK, MISSING, WITHHELD, Column, File
from surveys.questionnaires.labels import Label
from surveys.questionnaires.programme import Programme
from surveys.tables import Release

#: Speed counts: a million answers are a few hundred megabytes before they are packed.
_LEVEL = 1
_STRETCH = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A file in the ZIP, its rows and its SHA-256."""

    name: str
    rows: int
    sha256: str


def name(release: Release) -> str:
    """What the file of a release is called."""
    return f"vi-du-lieu-{release.year}-{release.sector}-ban-{release.revision}.zip"


def take(
    session: Session, programme: Programme, release: Release, *, key: bytes, file: IO[bytes]
) -> str:
    """The name of the microdata that were written to `file`.

    `key` hides the days of sampling units. Raises AnswersChanged, CalibrationFailed.
    """
    found = microdata.files(session, *evidence.study_of(session, programme, release), key)
    write(release, found, file)
    return name(release)


def write(release: Release, files: Iterable[File], target: IO[bytes]) -> list[Written]:
    """What was written to `target`, which becomes the ZIP; the same answers give the same bytes."""
    made = release.published_at.astimezone(dt.UTC)
    written: list[Written] = []
    codebook: list[tuple[object, ...]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        readme = phrase(
            "documents.microdata.readme", year=release.year, sector=release.sector,
            revision=release.revision, sha256=release.sha256,
        )  # fmt: skip
        archive.writestr(_entry("README.txt", made), readme)
        for file in files:
            codebook += _words(file)
            written += _both(archive, file, made)
        keys = ("file", "variable", "label", "value", "value_label")
        archive.writestr(_entry("codebook.csv", made), _table(keys, codebook))
        rows = [(one.name, one.rows, one.sha256) for one in written]
        archive.writestr(_entry("manifest.csv", made), _table(("file", "rows", "SHA-256"), rows))
    return written


def _both(archive: zipfile.ZipFile, file: File, made: dt.datetime) -> Iterator[Written]:
    """The CSV and the SPSS file of a form, from one reading of its answers."""
    with tempfile.TemporaryFile() as plain, tempfile.TemporaryFile() as spss:
        text = io.TextIOWrapper(plain, encoding="utf-8", newline="", write_through=True)
        text.write(",".join(column.name for column in file.columns) + "\n")
        writer = Writer(
            spss, [_variable(column) for column in file.columns], weight="final_weight",
            missing=(BLANK, WITHHELD), made=made,
        )  # fmt: skip
        formats = [column.decimals > 0 for column in file.columns]
        for block in file.blocks:
            text.write(_lines(block, formats))
            writer.write(block)
        writer.close()
        text.flush()
        for ending, content in (("csv", plain), ("sav", spss)):
            called = f"{file.name}.{ending}"
            sha256 = _put(archive, _entry(called, made), content)
            yield Written(called, writer.rows, sha256)
        text.detach()


def _lines(block: NDArray[np.float64], fractions: list[bool]) -> str:
    """The rows as CSV: whole numbers without a point, the others with every digit."""
    columns = [
        map(repr, column.tolist()) if fraction else _whole(column.astype(np.int64))
        for column, fraction in zip(block.T, fractions, strict=True)
    ]
    return "\n".join(map(",".join, zip(*columns, strict=True))) + "\n"


def _whole(column: NDArray[np.int64]) -> Iterable[str]:
    """Whole numbers as texts; each that occurs is written once."""
    texts = {value: str(value) for value in np.unique(column).tolist()}
    return map(texts.__getitem__, column.tolist())


def _put(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, content: IO[bytes]) -> str:
    """The SHA-256 of a file that is copied into the ZIP."""
    content.seek(0)
    sha256 = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
    content.seek(0)
    with archive.open(entry, "w", force_zip64=True) as target:
        shutil.copyfileobj(content, target, _STRETCH)
    return sha256


def _variable(column: Column) -> Variable:
    language = current_language()
    values = {value: words.get(language) for value, words in _values(column)}
    return Variable(column.name, column.label.get(language), values, column.decimals)


def _values(column: Column) -> Iterator[tuple[int, Label]]:
    yield from column.values.items()
    if column.values:
        yield from MISSING.items()


def _words(file: File) -> Iterator[tuple[object, ...]]:
    """The lines of the codebook for a form."""
    language = current_language()
    for column in file.columns:
        yield file.name, column.name, column.label.get(language), None, None
        for value, words in _values(column):
            yield file.name, column.name, None, value, words.get(language)


def _table(keys: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        [phrase(f"documents.microdata.{key}") if key.islower() else key for key in keys]
    )
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _entry(called: str, made: dt.datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(called, made.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
