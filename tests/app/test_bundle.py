"""The bundle of a release: another program computes every published figure from it."""

from __future__ import annotations

import csv
import hashlib
import shutil
import subprocess
import zipfile
from pathlib import Path

import flask
import pytest
from sqlmodel import select

from app.documents import bundle
from surveys.fieldwork import responses, waves
from surveys.publishing import evidence
from surveys.tables import Release, Response
from tests import builders, fieldwork, releasing
from tests.app import recomputing, staffed
from tests.app.staffed import Offices
from tests.surveys.test_several_forms import health_wave

RSCRIPT = shutil.which("Rscript")
KEY = b"key of the installation"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    return staffed.build(app)


def unpacked(offices: Offices, release: Release, folder: Path) -> Path:
    """The bundle of a release, unpacked."""
    path = folder / bundle.name(release)
    with (
        offices.app.test_request_context(), offices.session() as session, path.open("wb") as file
    ):  # fmt: skip
        bundle.take(session, builders.programme(), release, key=KEY, file=file)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def recomputed(folder: Path) -> list[dict[str, str]]:
    """What R computed from a bundle, beside what was published."""
    done = subprocess.run(
        [RSCRIPT or "", "--vanilla", bundle.SCRIPT], cwd=folder, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    compared = lines(folder / "differences.csv")
    assert max(float(row["difference"]) for row in compared) <= 1e-8
    shown = {row["figure"] for row in lines(folder / "figures.csv") if row["value"]}
    assert {row["figure"] for row in compared if row["number"] == "value"} == shown
    assert len(shown) > 10
    return compared


needs_r = pytest.mark.skipif(RSCRIPT is None, reason="needs R: apt-get install r-cran-survey")


@needs_r
@pytest.mark.parametrize("kind", recomputing.KINDS)
def test_r_recomputes_every_published_figure(offices: Offices, tmp_path: Path, kind: str) -> None:
    release = recomputing.published(offices, kind)
    recomputed(unpacked(offices, release, tmp_path))


@needs_r
@pytest.mark.parametrize("beside_a_whole", [False, True])
@pytest.mark.parametrize("pooling", ["mean", "pooled"])
def test_r_recomputes_a_form_that_was_split(
    app: flask.Flask, tmp_path: Path, pooling: str, beside_a_whole: bool
) -> None:
    changed = ('pooling = "mean"', f'pooling = "{pooling}"')
    release = recomputing.published_split(app, changed, beside_a_whole=beside_a_whole)
    compared = recomputed(unpacked(Offices(app, ()), release, tmp_path))
    # Items, dimensions, the index and the mean score all rest on the chance to be asked.
    assert {row["measure"] for row in compared} >= {"item", "dimension", "index", "mean_score"}
    chances = {row["c.A1"] for row in lines(tmp_path / "rows-sipas-quay.v1.csv")}
    assert len(chances) == 1 + beside_a_whole


@needs_r
def test_r_puts_several_forms_together(offices: Offices, tmp_path: Path) -> None:
    with offices.session() as session:
        wave, places = health_wave(session)
        fieldwork.served(session, places["outpatient"], 900, field="outpatient")
        fieldwork.served(session, places["immunisation"], 300, field="immunisation")
        waves.open_wave(session, wave)
        waves.close(session, wave, now=builders.NOW)
        release = releasing.publish(
            session, programme=builders.programme(), sector="health", year=2026,
            now=builders.NOW,
        )  # fmt: skip
        session.commit()
        session.refresh(release)
        session.expunge(release)
    compared = recomputed(unpacked(offices, release, tmp_path))
    assert {row["number"] for row in compared} >= {"value", "standard_error", "df", "low", "high"}


@needs_r
def test_r_says_so_where_a_number_was_altered(offices: Offices, tmp_path: Path) -> None:
    folder = unpacked(offices, recomputing.published(offices, "poststratified"), tmp_path)
    altered = (folder / "figures.csv").read_text("utf-8").splitlines()
    cells = altered[1].split(",")
    place = altered[0].split(",").index("value")
    cells[place] = str(float(cells[place]) - 1e-6)
    altered[1] = ",".join(cells)
    (folder / "figures.csv").write_text("\n".join(altered), encoding="utf-8")
    done = subprocess.run(
        [RSCRIPT or "", "--vanilla", bundle.SCRIPT], cwd=folder, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, "SOME NUMBERS DIFFER" in done.stdout) == (1, True)


def test_the_bundle_has_the_published_text_and_hides_days(offices: Offices, tmp_path: Path) -> None:
    release = recomputing.published(offices, "poststratified")
    folder = unpacked(offices, release, tmp_path)
    text = (folder / "release.json").read_bytes()
    assert hashlib.sha256(text).hexdigest() == release.sha256
    rows = (folder / "rows-sipas-quay.v1.csv").read_text(encoding="utf-8")
    assert "2026-03" not in rows
    assert "quay-1" not in rows
    # Twelve days at the counter, four cells (field and, not told apart, sex) each.
    own = [row for row in lines(folder / "rows-sipas-quay.v1.csv") if "17272" in row["unit"]]
    assert {row["psu"] for row in own} == {str(number) for number in range(1, 13)}


def test_the_same_release_gives_the_same_bytes(offices: Offices, tmp_path: Path) -> None:
    release = recomputing.published(offices, "raked")
    first = unpacked(offices, release, tmp_path) / bundle.name(release)
    before = first.read_bytes()
    assert (unpacked(offices, release, tmp_path) / bundle.name(release)).read_bytes() == before


def test_answers_that_changed_since_give_no_bundle(offices: Offices) -> None:
    release = recomputing.published(offices, "poststratified")
    with offices.session() as session:
        found = session.exec(select(Response.id)).first()
        responses.exclude(session, found or 0, reason="Trả lời thử", now=builders.NOW)
        with pytest.raises(evidence.AnswersChanged):
            evidence.study_of(session, builders.programme(), release)
