"""The whole service through HTTP: from a printed code to a published index and its correction.

The index is recomputed here from the answers alone, in fractions, by the rule of the form: each
answer stands for the people served in its unit and field.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import random
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import flask
import openpyxl
import pyotp
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlmodel import Session

from app import create_app
from app.settings import Settings
from surveys.fieldwork import responses
from surveys.publishing import publication
from tests.tree import ROOT
from tests.visitor import Page, Visitor

PASSWORD = "mật khẩu rất dài"
FORM = tomllib.loads((ROOT / "surveys/instruments/sipas-quay.v1.toml").read_text("utf-8"))
PUBLIC = "/chi-so/2026/administration"
#: People served in March 2026, by unit and field.
SERVED = {("mc-a", "land"): 400, ("mc-a", "justice"): 100, ("mc-b", "land"): 900}
#: How many of them answer on each day.
DAILY = {("mc-a", "land"): 4, ("mc-a", "justice"): 3, ("mc-b", "land"): 3}
DAYS = [dt.date(2026, 3, day) for day in (2, 3, 4, 9, 10, 16)]
UNITS = """mã,tên,loại,lĩnh vực,mã cấp trên,hiệu lực từ,hết hiệu lực từ,tiền nhiệm,ghi chú
17266,Xã Tân Kỳ,xã,,,01/07/2025,,,
mc-a,Một cửa Tân Kỳ,một cửa,Hành chính,17266,01/07/2025,,,
mc-b,Một cửa thứ hai,một cửa,Hành chính,17266,01/07/2025,,,
"""
POINTS = """mã đơn vị,mã điểm,tên,loại,lĩnh vực,hiệu lực từ,hết hiệu lực từ
mc-a,quay-1,Quầy số 1,quầy,,01/07/2025,
mc-b,quay-1,Quầy số 1,quầy,,01/07/2025,
"""


@dataclass(slots=True)
class Clock:
    """The moment that the app takes for now."""

    moment: dt.datetime = dt.datetime(2026, 2, 20, 2, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        """The moment."""
        return self.moment

    def turn(self, day: dt.date, hour: int = 9) -> None:
        """Make it an hour of a day in Viet Nam."""
        self.moment = dt.datetime.combine(day, dt.time(hour - 7), tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Given:
    """What one person answered, where, and the receipt for it."""

    unit: str
    field: str
    answers: dict[str, str]
    receipt: str


@dataclass(slots=True)
class Journey:
    """The app, its clock, a folder for files, and what people answered."""

    app: flask.Flask
    clock: Clock
    folder: Path
    codes: dict[str, str] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    #: Whose phones show digits.
    phones: dict[str, pyotp.TOTP] = field(default_factory=dict)

    def run(self, *command: str) -> str:
        """What a command says."""
        done = self.app.test_cli_runner().invoke(args=command)
        assert done.exit_code == 0, done.output
        return done.output

    def file(self, name: str, content: str) -> str:
        """A file for a command."""
        (self.folder / name).write_text(content, encoding="utf-8")
        return str(self.folder / name)

    def signed_in(self, username: str) -> Visitor:
        """The browser of an account, with the digits of its owner's phone where they are asked."""
        visitor = Visitor(self.app)
        page = visitor.sign_in(username, PASSWORD)
        secret = re.search(r"nhập tay: ((?:[A-Z2-7]{4} ?){8})", page.words)
        if secret:
            self.phones[username] = pyotp.TOTP(secret[1].replace(" ", ""))
        if username in self.phones:
            self.clock.moment += dt.timedelta(seconds=30)  # the last digits are used
            digits = self.phones[username].at(self.clock())
            page = visitor.send(page.form("/ma"), {"digits": digits})
        assert "Đăng xuất" in page.words
        return visitor


@pytest.fixture
def journey(database_url: str, tmp_path: Path) -> Iterator[Journey]:
    """An empty service before its first wave."""
    clock = Clock()
    app = create_app(Settings(database_url=database_url, secret_key="test", clock=clock))
    yield Journey(app, clock, tmp_path)
    app.extensions["engine"].dispose()


def test_from_scan_to_published_index_and_its_correction(journey: Journey) -> None:
    set_up(journey)
    people_answer(journey)
    the_office_looks(journey)
    noi_vu_closes(journey)
    noi_vu_publishes(journey)
    first = the_public_reads(journey, Visitor(journey.app).open(PUBLIC))
    noi_vu_corrects(journey)
    page = Visitor(journey.app).open(PUBLIC)
    assert "Lý do: Người nhà cán bộ trả lời thử" in page.words
    second = the_public_reads(journey, page)
    assert first["value"] != second["value"]
    assert first["sha256"] != second["sha256"]
    the_old_revision_stays(journey, first)


def set_up(journey: Journey) -> None:
    """The work of Nội vụ before a wave, in the terminal."""
    journey.run("instruments", "store")
    journey.run("units", "import", journey.file("units.csv", UNITS))
    journey.run("units", "points", journey.file("points.csv", POINTS))
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Mã đơn vị", "Lĩnh vực", "Tháng", "Số lượt"])
    for (unit, served_field), total in SERVED.items():
        sheet.append([unit, served_field, dt.date(2026, 3, 1), total])
    book.save(journey.folder / "khung.xlsx")
    assert "thêm 3" in journey.run("frame", "import", str(journey.folder / "khung.xlsx"))
    for unit in ("mc-a", "mc-b"):
        journey.codes[unit] = journey.run("collectors", "issue", unit, "quay-1").split()[0]
    journey.run("waves", "create", "administration", "2026", "hc-1", "2026-03-01", "2026-03-31")
    journey.run("waves", "open", "hc-1")
    add = ("staff", "add", "--password", PASSWORD, "--name", "Phòng Nội vụ", "--role")
    journey.run(*add, "central", "noi-vu")
    add = ("staff", "add", "--password", PASSWORD, "--name", "Văn phòng huyện", "--role")
    journey.run(*add, "sector", "--sector", "administration", "hanh-chinh")


def people_answer(journey: Journey) -> None:
    """Sixty people scan and answer over six days, not all of them every question."""
    chance = random.Random(169)
    assert "01/03/2026" in Visitor(journey.app).open(f"/k/{journey.codes['mc-a']}").words
    for day in DAYS:
        journey.clock.turn(day)
        for (unit, served_field), people in DAILY.items():
            for _ in range(people):
                answers = {item: answer_to(item, unit, chance) for item in items()}
                answer(journey, unit, {"field": served_field, **answers})
    assert len({one.receipt for one in journey.given}) == len(journey.given) == 60


def answer_to(item: str, unit: str, chance: random.Random) -> str:
    """Somebody's answer: less content at the second counter and with handling of feedback."""
    weights = [1, 1, 2, 14, 12] if unit == "mc-a" else [1, 2, 3, 13, 9]
    if item.startswith("II.E"):
        weights = [2, 3, 5, 10, 6]
    return chance.choices(["1", "2", "3", "4", "5"], weights)[0] if chance.random() > 0.05 else ""


def answer(journey: Journey, unit: str, values: dict[str, str]) -> None:
    """Scan the code, fill in the page as it is, send it, keep the receipt."""
    phone = Visitor(journey.app)
    form = phone.open(f"/K/{journey.codes[unit]}").form(f"/k/{journey.codes[unit]}")
    given = {
        name if name == "field" else f"a.{name}": value for name, value in values.items() if value
    }
    for name, value in given.items():
        assert value in form.choices[name]
    page = phone.send(form, given)
    assert "Đã ghi nhận" in page.words
    assert not phone.client._cookies
    receipt = page.address.rsplit("/", 1)[1]
    assert f"{receipt[:4]}-{receipt[4:8]}-{receipt[8:]}" in page.words
    rated = {name: value for name, value in values.items() if name != "field"}
    journey.given.append(Given(unit, values["field"], rated, receipt))


def items() -> list[str]:
    """The codes of the form's rated items, in order."""
    return [item["code"] for item in FORM["items"]]


def index(given: Iterable[Given]) -> Fraction:
    """The index of some answers: mean of dimensions, each the mean of its items' shares."""
    people = list(given)
    cells = [(one.unit, one.field) for one in people]
    weights = [Fraction(SERVED[cell], cells.count(cell)) for cell in cells]

    def share(item: str) -> Fraction:
        asked = [(w, one.answers[item]) for w, one in zip(weights, people, strict=True)]
        answered = [(weight, value) for weight, value in asked if value]
        content = sum((weight for weight, value in answered if value in "45"), Fraction())
        return content / sum(weight for weight, _ in answered)

    means = []
    for dimension in FORM["dimensions"]:
        codes = [i["code"] for i in FORM["items"] if i.get("dimension") == dimension["code"]]
        means.append(sum(map(share, codes), Fraction()) / len(codes))
    return sum(means, Fraction()) / len(means)


def percent(share: Fraction | float) -> str:
    """A share as pages write it."""
    return f"{100 * float(share):.1f} %".replace(".", ",")


def the_office_looks(journey: Journey) -> None:
    """The office sees the index of its sector and units while answers still come in."""
    office = journey.signed_in("hanh-chinh")
    page = office.open("/van-phong")
    assert page.address == "/van-phong/administration"
    assert percent(index(journey.given)) in page.words
    assert "Tạm tính" in page.words
    assert "60" in page.words
    first, second = (
        percent(index(one for one in journey.given if one.unit == unit)) for unit in journey.codes
    )
    assert first in page.words
    assert first in office.open("/van-phong/don-vi/mc-a").words
    # Eighteen answers say too little.
    assert second not in page.words
    assert "Quá ít phiếu" in office.open("/van-phong/don-vi/mc-b").words
    assert office.open("/noi-vu", 403).status == 403


def noi_vu_closes(journey: Journey) -> None:
    """Nội vụ ends the wave early; who was still writing is told so, and nothing is counted."""
    journey.clock.turn(dt.date(2026, 3, 20))
    phone = Visitor(journey.app)
    late = phone.open(f"/k/{journey.codes['mc-a']}").form("/k/")
    noi_vu = journey.signed_in("noi-vu")
    page = noi_vu.open(noi_vu.open("/noi-vu").link("/noi-vu/dot/hc-1"))
    page = noi_vu.open(page.link("/dong"))
    assert "60" in page.words
    page = noi_vu.send(page.form("/dong"))
    assert "Đã đóng" in page.words
    page = phone.send(late, {"field": "land", "a.II.A1": "1"}, 409)
    assert "chưa được ghi" in page.words
    assert "20/03/2026" in phone.open(f"/k/{journey.codes['mc-a']}").words


def noi_vu_publishes(journey: Journey, reason: str = "", refused: str = "") -> None:
    """Nội vụ looks at what would be frozen, and freezes it, or is told why it cannot be."""
    journey.clock.moment += dt.timedelta(days=1)
    noi_vu = journey.signed_in("noi-vu")
    form = noi_vu.open("/noi-vu/cong-bo/administration/2026").form("/cong-bo")
    values = {"reason": reason} if "reason" in form.values else {}
    page = noi_vu.send(form, values, 409 if refused else 200)
    if refused:
        assert refused in page.words
        return
    office = journey.signed_in("hanh-chinh")
    form = office.open(page.address).form("/kiem-tra")
    assert "đã được kiểm tra" in office.send(form, {"read": form.choices["read"]}).words
    page = noi_vu.open(page.address)
    assert "Đã công bố." in noi_vu.send(page.form("/cong-bo"), {}).words


def noi_vu_corrects(journey: Journey) -> None:
    """One answer is left out; the year is published anew, but not without saying why."""
    with Session(journey.app.extensions["engine"]) as session:
        wrong = next(one for one in journey.given if one.unit == "mc-b")
        response = responses.find_receipt(session, wrong.receipt)
        assert response is not None
        reason, now = "Người nhà cán bộ", journey.clock()
        responses.exclude(session, response.id or 0, reason=reason, now=now)
        session.commit()
    journey.given.remove(wrong)
    noi_vu_publishes(journey, refused="Mời ghi lý do")
    noi_vu_publishes(journey, "Người nhà cán bộ trả lời thử")
    page = journey.signed_in("noi-vu").open("/noi-vu/cong-bo/administration/2026")
    assert "không khác bản đang có hiệu lực" in page.words


def the_public_reads(journey: Journey, page: Page) -> dict[str, Any]:
    """The same figure on the page, in the CSV and in the workbook, and the checksum of it all."""
    reader = Visitor(journey.app)
    expected = index(journey.given)
    assert percent(expected) in page.words
    row = first_line(reader.client.get(page.link(".csv")).data)
    value = float(row["Giá trị"])
    assert value == pytest.approx(float(expected), abs=1e-12)
    assert int(row["Số phiếu"]) == len(journey.given)
    assert int(row["Số lượt phục vụ"]) == sum(SERVED.values())
    land = index(one for one in journey.given if one.field == "land")
    assert percent(land) in page.words
    cell = first_value(reader.client.get(page.link(".xlsx")).data)
    assert cell == value
    canonical = reader.client.get(page.link(".json"))
    digest = hashlib.sha256(canonical.data).hexdigest()
    assert digest in page.words
    assert row["SHA-256 của bản công bố"] == digest == canonical.headers["X-Release-SHA256"]
    figures = json.loads(canonical.data)["rows"]
    assert figures[0]["value"] == value
    assert float(row["Khoảng tin cậy 95 %: dưới"]) < value
    return {"value": value, "sha256": digest}


def first_line(content: bytes) -> dict[str, str]:
    """The sector's judged index in a CSV file."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    return next(row for row in rows if row["Phạm vi"] == "Cả lĩnh vực")


def first_value(content: bytes) -> object:
    """The sector's judged index in a workbook's first sheet."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert isinstance(sheet, Worksheet)
    lines = list(sheet.iter_rows(values_only=True))
    header = next(line for line in lines if "Giá trị" in line)
    cells = lines[lines.index(header) + 1]
    return dict(zip(header, cells, strict=True))["Giá trị"]


def the_old_revision_stays(journey: Journey, first: dict[str, Any]) -> None:
    """What was published once can be read for ever, and says that it was replaced."""
    reader = Visitor(journey.app)
    page = reader.open(f"{PUBLIC}?ban=1")
    assert "đã được thay thế" in page.words
    assert percent(first["value"]) in page.words
    assert first["sha256"] in page.words
    old = reader.client.get(page.link(".json")).data
    assert hashlib.sha256(old).hexdigest() == first["sha256"]
    with Session(journey.app.extensions["engine"]) as session:
        kept = publication.revisions(session, "tan-ky-169", "administration", 2026)
        assert [release.revision for release in kept] == [1, 2]
        assert all(publication.verify(session, release) for release in kept)
        assert all(re.fullmatch("[0-9a-f]{64}", release.sha256) for release in kept)
