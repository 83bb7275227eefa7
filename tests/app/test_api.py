"""The door for programs: who may ask for what, exactly once, and nothing of another's."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from app.api import access
from surveys.offices import audit
from surveys.places import units
from surveys.tables import ApiKey, Population
from tests import builders, databases, house
from tests.app import machines
from tests.app.machines import Machine, machine
from tests.builders import TODAY
from tests.house import World

SHOP, OTHER = "mot-cua-17266", "mot-cua-17272"
LIVE = f"/live/administration/{SHOP}"


@pytest.fixture(scope="module", params=databases.KINDS)
def world(request: pytest.FixtureRequest, test_databases: databases.Databases) -> Iterator[World]:
    """The district; each test makes keys of its own."""
    with house.opened(test_databases, request.param) as world:
        yield world


def row(
    unit: str = SHOP, day: dt.date = TODAY, total: object = 5, **more: object
) -> dict[str, Any]:
    """People served, of a field that the district's frame does not have."""
    return {"unit": unit, "field": "social", "day": day.isoformat(), "total": total, **more}


def kind(answer: TestResponse) -> str:
    """The kind of a problem; the answer has to be one."""
    assert answer.mimetype == "application/problem+json", answer.text
    said = answer.get_json()
    assert said["status"] == answer.status_code
    return str(said["type"]).removeprefix("/api/v1#")


def everything(program: Machine, unit: str) -> list[tuple[str, int]]:
    """What a program gets that asks for all there is of a unit, and of its sector."""
    name = f"thu-{unit}-{abs(hash(program.key))}"
    answers = [
        program.draw(unit, name),
        program.tell(row(unit)),
        program.ask(f"/live/administration/{unit}"),
        program.ask("/live/administration"),
    ]
    return [(answer.request.path[8:12], answer.status_code) for answer in answers]


#: The key, the unit asked about, and the statuses of ticket, frame, live unit, live sector.
MATRIX: dict[str, tuple[dict[str, Any], str, tuple[int, int, int, int]]] = {
    "everything": ({}, SHOP, (201, 200, 200, 200)),
    "own unit": ({"unit": SHOP}, SHOP, (201, 200, 200, 404)),
    "other unit": ({"unit": SHOP}, OTHER, (422, 422, 404, 404)),
    "unit above": ({"unit": "17266"}, SHOP, (201, 200, 200, 404)),
    "own sector": ({"sector": "administration"}, SHOP, (201, 200, 200, 200)),
    "other sector": ({"sector": "health"}, SHOP, (422, 422, 404, 404)),
    "tickets only": ({"scopes": ["tickets"]}, SHOP, (201, 403, 403, 403)),
    "frame only": ({"scopes": ["frame"]}, SHOP, (403, 200, 403, 403)),
    "live only": ({"scopes": ["live"]}, SHOP, (403, 403, 200, 200)),
}


@pytest.mark.parametrize("case", MATRIX)
def test_a_key_opens_what_it_is_for_and_nothing_else(world: World, case: str) -> None:
    given, unit, wanted = MATRIX[case]
    program = machine(world.app, case, **given)
    assert tuple(status for _, status in everything(program, unit)) == wanted


@pytest.mark.parametrize("case", ["none", "wrong", "no bearer", "revoked", "expired"])
def test_without_a_good_key_nothing_opens(world: World, case: str) -> None:
    program = machine(world.app, f"khóa {case}")
    if case == "revoked":
        machines.change(world.app, "khóa revoked", revoked_at=builders.NOW)
    elif case == "expired":
        machines.change(world.app, "khóa expired", expires_on=TODAY - dt.timedelta(1))
    else:
        program = Machine(world.app, {"none": None, "wrong": "hl_x", "no bearer": ""}[case])
    before = world.contents()
    assert {status for _, status in everything(program, SHOP)} == {401}
    answer = program.ask("/live/administration")
    assert kind(answer) == "no_key"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert world.contents() == before


def test_a_cookie_opens_nothing_here(world: World) -> None:
    before = world.contents()
    answer = world.ask("noi-vu", "/api/v1/live/administration")
    assert answer.status_code == 401
    assert world.ask("noi-vu", "/api/v1/frame", "PUT", json={"rows": [row()]}).status_code == 401
    # Signed in while there is a good key: the deed is the program's alone.
    before = world.contents()
    program = machine(world.app, "có cả hai")
    done = world.ask(
        "noi-vu", "/api/v1/frame", "PUT", json={"rows": [row(day=TODAY - dt.timedelta(8))]},
        headers=program.headers,
    )  # fmt: skip
    assert done.status_code == 200
    assert "Set-Cookie" not in done.headers
    assert len(world.contents()["trail_entry"]) == len(before["trail_entry"]) + 1


def test_another_scope_is_told_as_if_it_were_not_there(world: World) -> None:
    program = machine(world.app, "ngoài phạm vi", unit=SHOP)
    there, not_there = (program.ask(f"/live/administration/{x}") for x in (OTHER, "khong-co"))
    assert there.data == not_there.data
    there, not_there = (program.draw(x, "H29-9001") for x in (OTHER, "khong-co"))
    assert there.data == not_there.data
    there, not_there = (program.tell(row(x)) for x in (OTHER, "khong-co"))
    assert there.data == not_there.data


def test_a_ticket_opens_the_form_and_a_replay_is_the_same(world: World) -> None:
    program = machine(world.app, "phát lại")
    first = program.draw(SHOP, "H29.17266-260310-0001")
    said = first.get_json()
    assert (first.status_code, said["drawn"], said["every"]) == (201, True, 1)
    again = program.draw(SHOP, '"H29.17266-260310-0001"')
    assert (again.status_code, again.data) == (201, first.data)
    path = said["address"].removeprefix("http://127.0.0.1:8000")
    page = world.visitor("visitor").open(path)
    assert page.form("/p/").values["key"]
    with Session(world.app.extensions["engine"]) as session:
        mine = audit.entries(session, actor="API: phát lại", most=9)
        assert [entry.action for entry in mine] == ["api.draw_ticket"]
        assert "260310" not in mine[0].detail
    assert path.rsplit("/", 1)[1] not in repr(world.contents())


def test_a_request_name_used_elsewhere_is_refused(world: World) -> None:
    program = machine(world.app, "hai nơi")
    assert program.draw(SHOP, "H29-0007").status_code == 201
    refused = program.draw(OTHER, "H29-0007")
    assert kind(refused) == "other_request"


def test_who_is_not_drawn_is_told_so_again_and_again(world: World) -> None:
    program = machine(world.app, "một trong nhiều", every=9999)
    before = len(world.contents()["ticket"])
    answers = [program.draw(SHOP, "H29-0008") for _ in range(2)]
    assert [(one.status_code, one.get_json()) for one in answers] == [
        (200, {"drawn": False, "every": 9999})
    ] * 2
    assert len(world.contents()["ticket"]) == before


@pytest.mark.parametrize("name", [None, "", "short", "a b c d e f", "“H29-0001”", "x" * 129])
def test_a_ticket_needs_a_name_of_its_own(world: World, name: str | None) -> None:
    program = machine(world.app, f"tên {name}"[:90])
    sent = {"Idempotency-Key": name.encode().decode("latin-1")} if name is not None else {}
    answer = program.ask("/tickets", "POST", sent, json={"unit": SHOP, "point": "quay-1"})
    assert (answer.status_code, kind(answer)) == (400, "no_request_key")


def test_without_an_open_wave_there_is_no_ticket(world: World) -> None:
    # The clinic's point is asked by a wave; a household's by none.
    with Session(world.app.extensions["engine"]) as session:
        shop = units.find(session, SHOP, on=TODAY)
        assert shop
        builders.point(session, shop, "ho-1", kind="household")
        session.commit()
    answer = machine(world.app, "không đợt").draw(SHOP, "H29-0010", point="ho-1")
    assert (answer.status_code, kind(answer)) == (409, "no_open_wave")


def test_days_told_twice_are_counted_once(world: World) -> None:
    program = machine(world.app, "đếm ngày", unit=OTHER)
    rows = [row(OTHER, dt.date(2026, 2, day), 10, field="justice") for day in (2, 3, 4)]
    assert program.tell(*rows).get_json() == {"added": 3, "changed": 0, "unchanged": 0}
    assert program.tell(*rows).get_json() == {"added": 0, "changed": 0, "unchanged": 3}
    changed = program.tell({**rows[0], "total": 25}).get_json()
    assert changed == {"added": 0, "changed": 1, "unchanged": 0}
    with Session(world.app.extensions["engine"]) as session:
        asked = (Population.field == "justice", Population.month == dt.date(2026, 2, 1))
        assert session.exec(select(Population.total).where(*asked)).one() == 45
        entries = audit.entries(session, actor="API: đếm ngày", most=9)
        assert len(entries) == 2
        told = {"added": 0, "changed": 1, "unchanged": 0}
        days = {"first_day": "2026-02-02", "last_day": "2026-02-02"}
        assert json.loads(entries[0].detail) == told | days


BODIES: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "no rows": ({"rows": []}, [("#/rows", "Cần danh sách từ 1 đến 2000 dòng")]),
    "not a list": ({"rows": 3}, [("#/rows", "Cần danh sách từ 1 đến 2000 dòng")]),
    "no object": ([], [("#", "Cần một đối tượng có các trường: rows")]),
    "unknown": (
        {"rows": [row()], "khac/~": 1},
        [("#/khac~1~0", "Không có trường này; các trường: rows")],
    ),
    "unknown in a row": (
        {"rows": [row(), row(ghi_chu="x")]},
        [("#/rows/1/ghi_chu", "Không có trường này; các trường: unit, field, day, total")],
    ),
    "missing": ({"rows": [{}]}, [
        (f"#/rows/0/{name}", "Thiếu trường này") for name in ("unit", "field", "day", "total")
    ]),
    "no day": (
        {"rows": [{**row(), "day": None}]}, [("#/rows/0/day", "Cần một ngày, như 2026-03-31")]
    ),
    "texts": (
        {"rows": [row("a\0", total="5"), row(total=True), row(total=-1), row(total=1.5)]},
        [
            ("#/rows/0/unit", "Cần chữ, không có ký tự điều khiển"),
            ("#/rows/0/total", "Cần số nguyên"),
            ("#/rows/1/total", "Cần số nguyên"),
            ("#/rows/2/total", "Từ 0 đến 1000000"),
            ("#/rows/3/total", "Cần số nguyên"),
        ],
    ),
    "every bad row": (
        {"rows": [row("x"), row(), row(field="moon"), row(day=TODAY + dt.timedelta(1)), row()]},
        [
            ("#/rows/0/unit", "Không có đơn vị này trong phạm vi của khóa"),
            ("#/rows/2/field", "Không có mã lĩnh vực này"),
            ("#/rows/3/day", "Ngày này chưa đến"),
            ("#/rows/4/day", "Trùng một dòng trước: cùng đơn vị, lĩnh vực, ngày"),
        ],
    ),
    "of a file": (
        {"rows": [{**row(), "field": "land"}]},
        [("#/rows/0/day", "Tháng này đã nhập bằng tệp, giữ nguyên số của tệp")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BODIES)
def test_every_wrong_place_is_told_and_nothing_is_taken(world: World, case: str) -> None:
    body, wrong = BODIES[case]
    program = machine(world.app, f"sai {case}")
    program.ask("/live/health")  # the day of its first use
    before = world.contents()
    answer = program.ask("/frame", "PUT", json=body)
    assert (answer.status_code, kind(answer)) == (422, "invalid")
    said = answer.get_json()
    assert [(one["pointer"], one["detail"]) for one in said["errors"]] == wrong
    assert said["error_count"] == len(wrong)
    assert world.contents() == before


@pytest.mark.parametrize(
    ("sent", "status", "wanted"),
    [
        ({"data": "{", "content_type": "application/json"}, 400, "malformed"),
        ({"data": b'"\xff"', "content_type": "application/json"}, 400, "malformed"),
        ({"data": '{"rows": "\\ud800"}', "content_type": "application/json"}, 400, "malformed"),
        ({"data": "rows=1", "content_type": "application/x-www-form-urlencoded"}, 415, "not_json"),
        ({"data": b"x" * 300_000, "content_type": "application/json"}, 413, "too_large"),
    ],
)
def test_what_cannot_be_read_is_refused(
    world: World, sent: dict[str, Any], status: int, wanted: str
) -> None:
    program = machine(world.app, f"đọc {wanted} {len(sent['data'])}")
    answer = program.ask("/frame", "PUT", **sent)
    assert (answer.status_code, kind(answer)) == (status, wanted)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/khong-co", "GET", 404),
        ("/tickets", "GET", 405),
        ("/figures", "DELETE", 405),
        ("/figures/1999/administration", "GET", 404),
        ("/figures/2025/khac", "GET", 404),
        ("/figures/2025/administration?revision=9", "GET", 404),
        ("/figures/2025/administration/khong-co", "GET", 404),
    ],
)
def test_errors_are_problems_in_the_language_asked_for(
    world: World, path: str, method: str, status: int
) -> None:
    anybody = Machine(world.app)
    vietnamese = anybody.ask(path, method)
    english = anybody.ask(path, method, {"Accept-Language": "en-GB,en;q=0.9,vi;q=0.1"})
    assert vietnamese.status_code == english.status_code == status
    assert kind(vietnamese) == kind(english)
    assert vietnamese.headers["Content-Language"] == "vi"
    assert english.headers["Content-Language"] == "en"
    assert vietnamese.get_json()["title"] != english.get_json()["title"]
    assert ("Allow" in vietnamese.headers) == (status == 405)


def test_a_key_that_asks_too_often_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "PACE", 3)
    hasty, calm = machine(world.app, "vội"), machine(world.app, "từ tốn")
    statuses = [hasty.ask("/live/administration").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    answer = hasty.ask(LIVE)
    assert (kind(answer), answer.headers["Retry-After"]) == ("too_many", "60")
    assert calm.ask(LIVE).status_code == 200


def test_who_tries_keys_is_held_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "GUESSES", 0)
    assert kind(Machine(world.app, "hl_doan").ask(LIVE)) == "too_many"


def test_the_day_of_use_is_kept_also_where_only_reading(world: World) -> None:
    machine(world.app, "ngày dùng").ask(LIVE)
    with Session(world.app.extensions["engine"]) as session:
        found = session.exec(select(ApiKey.used_on).where(ApiKey.name == "ngày dùng")).one()
    assert found == TODAY


def test_the_page_tells_how_in_words(world: World) -> None:
    for language, words in (("vi", "Phần mềm một cửa"), ("en", "One-stop software")):
        page = world.ask("visitor", f"/api/v1/?lang={language}")
        assert words in page.text
    assert "curl -X POST http://127.0.0.1:8000/api/v1/tickets" in page.text
    assert 'id="no_open_wave"' in page.text
    assert "<code>land</code>" in page.text


def test_the_page_is_found_with_and_without_a_slash(world: World) -> None:
    assert {world.ask("visitor", f"/api/v1{end}").status_code for end in ("", "/")} == {200}


def test_a_failure_of_the_server_is_a_problem_without_details(world: World) -> None:
    program = machine(world.app, "hỏng")
    rename = "ALTER TABLE {} RENAME TO {}"
    with Session(world.app.extensions["engine"]) as session:
        session.execute(text(rename.format("day_count", "gone")))
        session.commit()
    answer = program.tell(row())
    with Session(world.app.extensions["engine"]) as session:
        session.execute(text(rename.format("gone", "day_count")))
        session.commit()
    assert (answer.status_code, kind(answer)) == (500, "unforeseen")
    assert "day_count" not in answer.text
