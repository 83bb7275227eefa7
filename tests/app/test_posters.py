"""Posters: other readers find the address in them, however they are printed and photographed."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import cv2
import flask
import numpy as np
import pytest
from flask.testing import FlaskCliRunner
from sqlmodel import Session

from app.documents import posters, typesetting
from app.documents.posters import Poster, Size
from surveys.places import collectors
from surveys.tables import ServicePoint, Unit
from tests import builders
from tests.app import staffed

SCANNED = "HTTPS://HAILONG.EXAMPLE.VN/K/K7M2Q9X"
LONG = "Bộ phận tiếp nhận và trả kết quả giải quyết thủ tục hành chính xã Nghĩa Đồng"
POSTER = Poster(LONG, "Quầy 2: Đất đai, môi trường", SCANNED.lower().replace("k7m2q9x", "K7M2Q9X"))
#: Two centimetres as a good camera or scanner sees them.
SMALL = round(2 / 2.54 * 300)


def pages(size: Size, *, dots_per_inch: int = 150, logo: Path | None = None) -> list[np.ndarray]:
    """The printed pages of one poster as grey pictures."""
    made = typesetting.png(
        "poster.typ", *posters.contents([POSTER], size, logo), dots_per_inch=dots_per_inch
    )
    return [cv2.imdecode(np.frombuffer(page, np.uint8), cv2.IMREAD_GRAYSCALE) for page in made]


def opencv(picture: np.ndarray) -> str:
    """What OpenCV reads in a picture."""
    return str(cv2.QRCodeDetector().detectAndDecode(picture)[0])


def zbar(picture: np.ndarray) -> str:
    """What zbar reads in a picture."""
    done = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", "png:-"],
        input=cv2.imencode(".png", picture)[1].tobytes(), capture_output=True, check=False,
    )  # fmt: skip
    return done.stdout.decode().strip()


#: Independent readers; zbar where it is installed.
READERS: dict[str, Callable[[np.ndarray], str]] = {
    "opencv": opencv,
    **({"zbar": zbar} if shutil.which("zbarimg") else {}),
}


def code(size: Size) -> np.ndarray:
    """The code as cut out of a page, with the white around it."""
    page = pages(size)[-1]
    if size == "tent":
        page = page[page.shape[0] // 2 :]
    _, corners = cv2.QRCodeDetector().detect(page)
    (left, top), (right, bottom) = corners[0].min(axis=0), corners[0].max(axis=0)
    edge = (right - left) * 4 / 29
    return page[int(top - edge) : int(bottom + edge), int(left - edge) : int(right + edge)]


def photographed(picture: np.ndarray, seed: int) -> np.ndarray:
    """The picture as a hasty phone sees it: tilted by 15°, from below, blurred, half in shade."""
    size = 300
    wide = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    wall = cv2.copyMakeBorder(wide, 160, 160, 160, 160, cv2.BORDER_CONSTANT, value=255)
    side = wall.shape[0]
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), 15, 1)
    turned = cv2.warpAffine(wall, turn, (side, side), borderValue=255)
    corners = np.float32([[0, 0], [side, 0], [side, side], [0, side]])
    seen = np.float32([[side * 0.12, side * 0.05], [side * 0.88, 0], [side, side], [0, side]])
    bent = cv2.warpPerspective(
        turned, cv2.getPerspectiveTransform(corners, seen), (side, side), borderValue=255
    )
    light = np.linspace(0.35, 1, side)[None, :] * np.linspace(0.8, 1, side)[:, None]
    noise = np.random.default_rng(seed).normal(0, 6, bent.shape)
    return np.clip(cv2.GaussianBlur(bent, (0, 0), 1.6) * light + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("size", get_args(Size))
def test_a_reader_finds_the_address_on_the_page(size: Size, reader: str) -> None:
    (page,) = pages(size)
    faces = np.array_split(page, 2) if size == "tent" else [page]
    assert [READERS[reader](face) for face in faces] == [SCANNED] * len(faces)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("size", get_args(Size))
def test_a_reader_finds_it_in_two_centimetres(size: Size, reader: str) -> None:
    small = cv2.resize(code(size), (SMALL, SMALL), interpolation=cv2.INTER_AREA)
    assert READERS[reader](cv2.copyMakeBorder(
        small, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=255)) == SCANNED  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("seed", range(5))
def test_a_reader_finds_it_in_a_bad_photograph(reader: str, seed: int) -> None:
    assert READERS[reader](photographed(code("a4"), seed)) == SCANNED


def test_both_faces_of_a_tent_stand_upright_when_it_is_folded() -> None:
    page = cv2.resize(pages("tent")[0], (210, 297), interpolation=cv2.INTER_AREA).astype(int)
    upper, lower = page[:147][::-1, ::-1], page[-147:]  # without the fold
    assert lower.min() < 100
    assert np.abs(upper - lower).mean() < 4


def test_a_logo_stands_where_the_name_stood(tmp_path: Path) -> None:
    logo = tmp_path / "logo.SVG"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'
                    '<path fill="#f00" d="M0,0h9v9h-9z"/></svg>')  # fmt: skip
    plain, marked = (pages("a4", logo=each)[0] for each in (None, logo))
    top = slice(plain.shape[0] * 16 // 297, plain.shape[0] * 30 // 297)
    assert (marked[top] == 76).mean() > 0.05  # red, as grey
    assert not (plain[top] == 76).mean() > 0.01
    logo.write_text("no picture")
    with pytest.raises(typesetting.Unprintable):
        posters.typeset([POSTER], "a4", logo=logo)


def test_two_hundred_posters_are_ready_while_one_waits() -> None:
    many = [Poster(f"Một cửa {n}", f"Quầy {n}", f"{POSTER.address[:-3]}{n:03}") for n in range(200)]
    before = time.process_time()
    made = posters.typeset(many, "a4")
    assert len(re.findall(rb"/Type ?/Page\b", made)) == 200
    assert time.process_time() - before < 15


def test_gather_takes_the_newest_open_code_and_names_the_points_without(session: Session) -> None:
    bare, full = builders.counter(session), builders.counter(session, "17272")
    for kind in ("open", "open", "sampled"):
        made = collectors.issue(session, full, kind=kind, today=builders.FOUNDED)  # type: ignore[arg-type]
        if kind == "open":
            newest = made.code
    collectors.issue(session, bare, kind="staffed", today=builders.FOUNDED)
    found, without = posters.gather(
        session, [bare, full], base_url="http://a.example", on=builders.TODAY
    )
    name = session.get_one(Unit, full.unit_id).name
    assert found == [Poster(name, full.name, f"http://a.example/k/{newest}")]
    assert without == [bare]


def test_page_gives_the_posters_that_were_chosen(app: flask.Flask) -> None:
    offices = staffed.build(app)
    client = offices.signed_in("noi-vu")
    assert "mot-cua-17266" in client.get("/noi-vu/ap-phich").text
    sizes = [
        len(client.get(f"/noi-vu/ap-phich/a4.pdf?nganh=administration{chosen}").data)
        for chosen in ("", f"&don-vi={offices.shops[0]}", "&diem=1&diem=2")
    ]
    assert sizes[0] == sizes[2] > sizes[1]
    answer = client.get("/noi-vu/ap-phich/tent.pdf")
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    assert "ap-phich-administration-tent.pdf" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("a3.pdf", 404), ("a4.pdf?nganh=weather", 404), ("a4.pdf?nganh=health", 422),
     ("a4.pdf?diem=999", 422)],
)  # fmt: skip
def test_nothing_is_printed_of_nothing(app: flask.Flask, path: str, status: int) -> None:
    client = staffed.build(app).signed_in("noi-vu")
    assert client.get(f"/noi-vu/ap-phich/{path}").status_code == status


def test_page_names_what_cannot_be_printed(app: flask.Flask) -> None:
    offices = staffed.build(app)
    with offices.session() as session:
        session.get_one(ServicePoint, 1).name = "Quầy 漢"
        session.commit()
    answer = offices.signed_in("noi-vu").get("/noi-vu/ap-phich/a5.pdf")
    assert (answer.status_code, "漢" in answer.text) == (422, True)
    assert offices.signed_in("noi-vu").get("/noi-vu/ap-phich/a5.pdf?diem=2").status_code == 200


def test_command_writes_posters_and_says_what_is_missing(app: flask.Flask, tmp_path: Path) -> None:
    staffed.build(app)
    runner: FlaskCliRunner = app.test_cli_runner()
    file = tmp_path / "ap-phich.pdf"
    done = runner.invoke(
        args=["collectors", "posters", str(file), "--unit", "17266", "--size", "a5"]
    )
    assert (done.exit_code, file.read_bytes()[:5]) == (0, b"%PDF-")
    none = runner.invoke(args=["collectors", "posters", str(file), "--point", "quay-9"])
    assert (none.exit_code, "Không có mã nào để in" in none.output) == (1, True)
