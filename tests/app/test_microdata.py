"""Microdata read back by other programs: the same answers, weights that add up, nobody alone."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import flask
import pyreadstat
import pytest
from sqlmodel import select

from app.documents import microdata
from surveys.tables import Response
from tests import builders
from tests.app import recomputing, staffed
from tests.app.staffed import Offices

KEY = b"key of the installation"
ABOUT = ("way", "mode", "field", "sex", "age_band")


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    return staffed.build(app)


@pytest.fixture
def archive(offices: Offices, tmp_path: Path) -> zipfile.ZipFile:
    release = recomputing.published(offices, "raked")
    path = tmp_path / microdata.name(release)
    with (
        offices.app.test_request_context(), offices.session() as session, path.open("wb") as file
    ):  # fmt: skip
        microdata.take(session, builders.programme(), release, key=KEY, file=file)
    return zipfile.ZipFile(path)


def rows(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    text = archive.read(name).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def spss(archive: zipfile.ZipFile, folder: Path) -> tuple[dict[str, list[float]], Any]:
    path = archive.extract("sipas-quay.v1.sav", folder)
    return pyreadstat.read_sav(path, output_format="dict", user_missing=True)


def test_every_answer_is_there_once_with_its_weight(
    offices: Offices, archive: zipfile.ZipFile
) -> None:
    found = rows(archive, "sipas-quay.v1.csv")
    with offices.session() as session:
        stored = session.exec(select(Response.answers)).all()
    codes = {"-": "-9", "0": "-7", ".": "-8"}
    wanted = Counter(tuple(codes.get(mark, mark) for mark in text) for text in stored)
    items = [item.code for item in builders.instrument().items]
    assert Counter(tuple(row[item] for item in items) for row in found) == wanted
    # The frame: 1,000 and 700 people for land, 900 each for justice.
    assert sum(float(row["final_weight"]) for row in found) == pytest.approx(3500)


def test_no_fewer_than_five_look_alike(archive: zipfile.ZipFile) -> None:
    found = rows(archive, "sipas-quay.v1.csv")
    columns = ("stratum", "final_weight", *ABOUT)
    alike = Counter(tuple(row[column] for column in columns) for row in found)
    assert min(alike.values()) >= 5
    # And yet something is told.
    assert {row["sex"] for row in found} > {"-9", "1"}


def test_days_receipts_and_places_are_not_told(offices: Offices, archive: zipfile.ZipFile) -> None:
    everything = b"".join(archive.read(name) for name in archive.namelist())
    with offices.session() as session:
        for receipt in session.exec(select(Response.receipt)).all():
            assert receipt.encode() not in everything
    assert b"2026-03" not in everything
    assert b"quay-1" not in everything


def test_spss_says_the_same_as_csv(archive: zipfile.ZipFile, tmp_path: Path) -> None:
    found = rows(archive, "sipas-quay.v1.csv")
    values, about = spss(archive, tmp_path)
    assert about.number_rows == len(found)
    assert about.file_encoding == "UTF-8"
    for name in found[0]:
        assert values[name] == [float(row[name]) for row in found], name


def test_spss_has_labels_and_missing_values(archive: zipfile.ZipFile, tmp_path: Path) -> None:
    _, about = spss(archive, tmp_path)
    words = about.column_names_to_labels
    assert words["final_weight"] == "Quyền số"
    assert about.variable_value_labels["mode"][1.0] == "Tự trả lời"
    assert about.variable_value_labels["sex"][-6.0] == "Ẩn để không nhận ra ai"
    assert about.missing_ranges["sex"] == [{"lo": -9.0, "hi": -6.0}]
    strata = about.variable_value_labels["stratum"]
    assert strata[1.0] == "mot-cua-17266/dot-3 (Đơn vị mot-cua-17266)"


def test_the_manifest_tells_rows_and_checksums(archive: zipfile.ZipFile) -> None:
    manifest = rows(archive, "manifest.csv")
    assert [line["Tệp"] for line in manifest] == ["sipas-quay.v1.csv", "sipas-quay.v1.sav"]
    for line in manifest:
        content = archive.read(line["Tệp"])
        assert hashlib.sha256(content).hexdigest() == line["SHA-256"]
        assert int(line["Số dòng"]) == len(rows(archive, "sipas-quay.v1.csv"))


def test_the_codebook_explains_every_column(archive: zipfile.ZipFile) -> None:
    codebook = rows(archive, "codebook.csv")
    explained = {line["Biến"] for line in codebook if line["Nhãn"]}
    assert explained == set(rows(archive, "sipas-quay.v1.csv")[0])
