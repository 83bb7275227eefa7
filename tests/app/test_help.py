"""Help: every page of the offices has it in every language, and its links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from app import help as texts
from app.help import LINK, Book
from app.language import languages
from app.security import ACCESS, Who
from tests import databases, house
from tests.app.staffed import text
from tests.house import World
from tests.test_every_route import SAMPLES, addresses

#: What leads elsewhere at once, for some.
REDIRECTS = {"office.home", "office.comments"}


@pytest.fixture(scope="module")
def world(test_databases: databases.Databases) -> Iterator[World]:
    """The district with everybody signed in; no test here changes it."""
    with house.opened(test_databases, databases.KINDS[0]) as found:
        yield found


def pages(world: World) -> dict[str, str]:
    """The addresses of all pages of the offices that are read in a browser, by endpoint."""
    found = {}
    for endpoint, address in addresses(world, "GET"):
        if ACCESS[endpoint] is not Who.ANYONE:
            answer = world.ask("noi-vu", address, follow_redirects=endpoint in REDIRECTS)
            if answer.mimetype == "text/html":
                found[endpoint] = address
    return found


def test_every_page_has_help_in_every_language_and_nothing_else_has(world: World) -> None:
    assert set(texts.languages()) == set(languages())
    known = set(pages(world))
    assert len(known) > 35
    for language in texts.languages():
        assert set(texts.book(language).pages) == known, language


def test_every_page_shows_its_help(world: World) -> None:
    for endpoint, address in pages(world).items():
        with world.app.test_request_context():
            own = str(texts.rendered(texts.book("vi").pages[endpoint].shows))
        name = next(name for name in ("noi-vu", "mot-cua") if name in SAMPLES[endpoint].allowed)
        page = world.ask(name, address).text
        if endpoint == "office.interview":
            assert "/van-phong/tro-giup#office.interview" in page
        elif endpoint not in {"office.comments", "office.help"}:  # the one leads to another page
            assert own in page, endpoint


def said(book: Book) -> dict[str, str]:
    """All texts of a language by what they are about."""
    found = {f"{name} {part}": one for name, page in book.pages.items()
             for part, one in (("shows", page.shows), ("do", page.todo))}  # fmt: skip
    found |= {f"term {key}": term.text for key, term in book.terms.items()}
    return found | {f"step {step.title}": step.text for step in book.guide}


@pytest.mark.parametrize("language", texts.languages())
def test_every_link_leads_to_a_word_or_to_a_page(world: World, language: str) -> None:
    book = texts.book(language)
    with world.app.test_request_context():
        for about, one in said(book).items():
            for _, target in LINK.findall(one):
                assert target in (book.pages if "." in target else book.terms), about
            assert "](" not in texts.rendered(one), about


@pytest.mark.parametrize("language", texts.languages())
def test_a_word_of_the_glossary_is_linked_where_it_is_used(language: str) -> None:
    book = texts.book(language)
    for about, one in said(book).items():
        page = book.pages.get(about.split()[0])
        linked = {
            target for _, target in LINK.findall(f"{page.shows} {page.todo}" if page else one)
        }
        plain = re.sub(LINK, "", one)
        used = {
            key for key, term in book.terms.items()
            if re.search(rf"\b{term.word}\b", plain, re.IGNORECASE) and about != f"term {key}"
        }  # fmt: skip
        assert not used - linked, about


def targets(one: str) -> list[str]:
    """What the links of a text lead to."""
    return sorted(target for _, target in LINK.findall(one))


@pytest.mark.parametrize("language", texts.languages())
def test_every_language_says_the_same_things_in_the_same_order(language: str) -> None:
    book, first = texts.book(language), texts.book("vi")
    assert list(book.pages) == list(first.pages)
    assert list(book.terms) == list(first.terms)
    theirs, ours = ([targets(step.text) for step in one.guide] for one in (book, first))
    assert theirs == ours
    for name, page in book.pages.items():
        assert targets(page.todo) == targets(first.pages[name].todo), name


def test_the_page_of_all_help_is_for_what_one_may_open(world: World) -> None:
    central = text(world.ask("noi-vu", "/van-phong/tro-giup").text)
    unit = text(world.ask("mot-cua", "/van-phong/tro-giup").text)
    for words, theirs in (("Soạn bản thảo công bố", False), ("Kết quả của một đơn vị", True)):
        assert words in central
        assert (words in unit) is theirs
    assert "Từ cài đặt trống đến công bố một năm" in central
    assert "Hiệu ứng thiết kế" in unit


def test_a_visitor_gets_none(world: World) -> None:
    assert 'class="help"' not in world.ask("visitor", "/dang-nhap").text
