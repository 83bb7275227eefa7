"""The page of what is to be done, and the box where each account begins."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import flask
import pytest

from app import create_app, duties
from app.settings import Settings
from surveys.fieldwork import waves
from tests import builders, databases, house
from tests.app import staffed
from tests.app.staffed import Offices, text, wave
from tests.house import World

PAGE = "/van-phong/viec-can-lam"
#: A moment after the wave's last day.
AFTER = builders.NOW.replace(month=4, day=2)


@pytest.fixture
def late(database_url: str) -> Iterator[Offices]:
    """The offices two days after the wave's last day."""
    app = create_app(Settings(database_url=database_url, secret_key="test", clock=lambda: AFTER))
    yield staffed.build(app)
    app.extensions["engine"].dispose()


@pytest.fixture(scope="module", params=databases.KINDS)
def world(request: pytest.FixtureRequest, test_databases: databases.Databases) -> Iterator[World]:
    """The district with everybody signed in; no test here changes it."""
    with house.opened(test_databases, request.param) as found:
        yield found


def test_what_is_late_is_said_with_the_page_where_it_is_done(late: Offices) -> None:
    page = late.signed_in("noi-vu").get(PAGE).text
    assert "Đợt “Đợt dot-3” đã hết ngày mà chưa đóng" in text(page)
    assert "quá hạn từ 31/03/2026" in text(page)
    assert 'href="/noi-vu/dot/dot-3"' in page


def test_it_is_the_first_thing_at_home(late: Offices) -> None:
    page = late.signed_in("noi-vu").get("/van-phong").text
    assert page.index('class="notice tasks"') < page.index("<h1>")


def test_in_english_the_links_stay_english(late: Offices) -> None:
    page = late.signed_in("noi-vu").get(f"{PAGE}?lang=en").text
    assert "overdue since 31/03/2026" in text(page)
    assert 'href="/noi-vu/dot/dot-3?lang=en"' in page


def test_what_is_done_goes_away(late: Offices) -> None:
    client = late.signed_in("noi-vu")
    with late.session() as session:
        waves.close(session, wave(session), now=AFTER)
        session.commit()
    assert "chưa đóng" not in text(client.get(PAGE).text)


@pytest.mark.parametrize("name", [*sorted(house.ACCOUNTS)])
def test_every_link_opens_for_whoever_is_sent_there(world: World, name: str) -> None:
    page = world.ask(name, PAGE)
    assert page.status_code == 200
    account = world.visitor(name)
    for address in links(page.text):
        assert account.client.get(address).status_code == 200, address


def links(page: str) -> list[str]:
    """The addresses in the list of what is to be done."""
    _, _, rest = page.partition('<ol class="tasks">')
    parts = rest.partition("</ol>")[0].split('href="')[1:]
    return [urlsplit(part.partition('"')[0]).path for part in parts]


def test_who_has_nothing_to_do_is_thanked(world: World) -> None:
    assert "Không có việc nào đang chờ" in text(world.ask("kiem-tra", PAGE).text)


def test_the_unit_that_got_a_comment_is_told(world: World) -> None:
    assert "1 góp ý chờ trả lời." in text(world.ask("mot-cua", PAGE).text)
    assert "góp ý" not in text(world.ask("quay-khac", PAGE).text).split("Việc cần làm", 2)[2]


def test_every_kind_leads_to_a_page(app: flask.Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {endpoint for endpoint, _ in duties.PAGES.values()} <= endpoints
