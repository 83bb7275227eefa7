"""Figures for programs: published ones as they were frozen, live ones as offices see them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from surveys.fieldwork import waves
from surveys.fieldwork.plans import Plan
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.tables import Wave
from tests import builders, databases, house
from tests.app.machines import Machine, machine
from tests.house import World

SHOP = "mot-cua-17266"
LIVE = f"/live/administration/{SHOP}"


@pytest.fixture(scope="module", params=databases.KINDS)
def world(request: pytest.FixtureRequest, test_databases: databases.Databases) -> Iterator[World]:
    """The district; each test makes keys of its own."""
    with house.opened(test_databases, request.param) as world:
        yield world


def test_published_figures_are_those_of_the_open_data(world: World) -> None:
    anybody = Machine(world.app)
    listed = anybody.ask("/figures")
    assert listed.headers["Access-Control-Allow-Origin"] == "*"
    releases = listed.get_json()["releases"]
    assert [(one["year"], one["revision"]) for one in releases] == [(2025, 1), (2025, 2)]
    for one in releases:
        path = one["address"].removeprefix("http://127.0.0.1:8000/api/v1")
        found = anybody.ask(path)
        number = one["revision"]
        open_data = world.ask("visitor", f"/chi-so/2025/administration.json?ban={number}")
        assert found.data == open_data.data
        assert found.headers["X-Release-SHA256"] == one["sha256"]
    newest = anybody.ask("/figures/2025/administration")
    assert newest.headers["X-Release-SHA256"] == releases[-1]["sha256"]
    again = anybody.ask(
        "/figures/2025/administration", headers={"If-None-Match": newest.headers["ETag"]}
    )
    assert again.status_code == 304
    rows = anybody.ask(f"/figures/2025/administration/{SHOP}").get_json()["rows"]
    assert rows == [one for one in newest.get_json()["rows"] if one["unit_code"] == SHOP]


def test_live_scores_are_those_of_the_offices_and_few_answers_stay_hidden(world: World) -> None:
    program = machine(world.app, "đang thu")
    answer = program.ask(LIVE)
    said = answer.get_json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert (said["provisional"], [wave["code"] for wave in said["waves"]]) == (True, ["hc-nay"])
    assert {one["unit_code"] for one in said["rows"]} == {SHOP}
    with Session(world.app.extensions["engine"]) as session:
        wave = waves.find(session, "hc-nay")
        assert wave
        scope = Scope(builders.programme(), "administration", (wave,))
        figures = estimates.estimate(session, scope).where(unit_code=SHOP)
    # The pages of the offices show these very figures.
    assert said["rows"] == [json.loads(figure.canonical()) for figure in figures]
    few = program.ask("/live/administration?wave=hc-truoc").get_json()
    assert few["provisional"] is False
    assert all(one["value"] is None for one in few["rows"] if one["n"] < 10)
    assert program.ask("/live/administration?wave=hc-sau").status_code == 404
    assert program.ask("/live/khac").status_code == 404
    assert program.ask(f"/live/health/{SHOP}").status_code == 404


def test_scores_without_weights_are_not_told(world: World) -> None:
    program = machine(world.app, "không quyền số")
    with Session(world.app.extensions["engine"]) as session:
        wave = waves.find(session, "hc-nay")
        assert wave
        before = wave.weighting
        waves.set_plan(session, wave, Plan("rake", ("field", "sex")))
        session.commit()
    answer = program.ask(LIVE)
    with Session(world.app.extensions["engine"]) as session:
        session.execute(update(Wave).where(col(Wave.code) == "hc-nay").values(weighting=before))
        session.commit()
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/api/v1#not_weighed")
    assert program.ask(LIVE).status_code == 200
