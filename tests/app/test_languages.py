"""Every door in every language: nothing untranslated, and a further language is one file."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from app import filters, language
from app.language import said, words_of
from surveys.questionnaires import instrument, programme
from surveys.questionnaires.labels import Label
from tests import builders
from tests.further_language import CODE, NAME, further_language
from tests.tree import files, name

#: Letters that only Vietnamese writes; names of places and peoples keep them in English, too.
MARKS = set("\u0309\u0323\u031b\u0302\u0306\u0300\u0301\u0303")
NAMES = ("Nội vụ", "Tân Kỳ", "Kinh", "Thái", "Thổ", "Hài lòng")
QUOTED = re.compile("“[^”]*”")


def vietnamese(text: str) -> bool:
    """Whether a text has Vietnamese letters outside of names and quotations."""
    for known in NAMES:
        text = text.replace(known, "")
    letters = unicodedata.normalize("NFD", QUOTED.sub("", text))
    return bool(MARKS & set(letters)) or "đ" in letters.lower()


def labels(thing: object) -> Iterator[Label]:
    """All labels inside a form or a programme."""
    if isinstance(thing, Label):
        yield thing
    elif dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            yield from labels(getattr(thing, field.name))
    elif isinstance(thing, tuple):
        for member in thing:
            yield from labels(member)


@pytest.mark.parametrize(
    "thing", [*instrument.shipped(), *programme.shipped()], ids=lambda thing: thing.code
)
def test_every_form_and_programme_is_said_in_english(
    thing: instrument.Instrument | programme.Programme,
) -> None:
    found = list(labels(thing))
    assert len(found) > 30
    assert not [label for label in found if not label.en or vietnamese(label.en)]
    assert not [label for label in found if label.vi == label.en and label.en not in NAMES]


def test_every_english_phrase_is_english() -> None:
    assert not [key for key, text in language.phrases("en").items() if vietnamese(text)]


def test_templates_say_vietnamese_only_where_they_mark_it() -> None:
    noise = (
        r"\{#.*?#\}",
        r"\{%.*?%\}",
        r"\{\{.*?\}\}",
        r'<(\w+)[^<>]*\blang="vi"[^<>]*>[^<]*</\1>',
    )
    for file in files(".html", under=("app",)):
        text = file.read_text("utf-8")
        for pattern in noise:
            text = re.sub(pattern, "", text, flags=re.DOTALL)
        assert not vietnamese(text), name(file)


@pytest.fixture
def third(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The code of a language that somebody put a small file for into the folder."""
    with further_language(tmp_path, monkeypatch):
        yield CODE


@pytest.fixture
def code(session: Session) -> str:
    """The code at a counter in an open wave."""
    builders.open_wave(session)
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    return code


def test_a_file_is_enough_for_a_third_language(client: FlaskClient, code: str, third: str) -> None:
    page = client.get(f"/k/{code}").text
    assert f'lang="{third}">{NAME}</button>' in page
    page = client.get(f"/k/{code}?lang={third}").text
    assert f'<html lang="{third}">' in page
    assert "<button>ꪎꪴ꪿ꪉ ꪁꪫꪱꪣ</button>" in page
    for own in ('lang="vi">Tiếng Việt</button>', 'lang="en">English</button>'):
        assert own in page


def test_words_that_a_language_lacks_are_marked_as_vietnamese(
    client: FlaskClient, code: str, third: str
) -> None:
    page = client.get(f"/k/{code}?lang={third}").text
    assert '<span lang="vi">Không hài lòng</span>' in page
    assert "<span>ꪹꪝꪷ ꪻꪊ ꪨꪱꪥ</span>" in page  # that of `[labels]`
    assert f'<html lang="{third}">' in page
    assert "ꪣꪱ ꪹꪮꪥꪷ ꪒꪴꪉ?" in page  # what the person came for, from the phrases
    assert '<span lang="vi"><' not in page
    english = client.get(f"/k/{code}?lang=en").text
    assert '<span lang="vi">' in english  # the place keeps its name
    assert "<span>Very satisfied</span>" in english


def test_an_answer_in_a_third_language_is_recorded(
    client: FlaskClient, code: str, third: str
) -> None:
    key = re.search(r'name="key" value="([^"]+)"', client.get(f"/k/{code}?lang={third}").text)
    assert key
    good = {"key": key[1], "field": "land", "a.A1": "5"}
    wrong = client.post(f"/k/{code}?lang={third}", data={**good, "q.G1": "x"})
    assert wrong.status_code == 422
    sent = client.post(f"/k/{code}?lang={third}", data=good)
    assert sent.location.endswith(f"?lang={third}")
    assert client.get(sent.location).status_code == 200


@pytest.mark.parametrize("address", ["/", "/chi-so", "/phuong-phap", "/dang-nhap", "/bien-nhan"])
def test_every_open_door_offers_and_speaks_a_third_language(
    client: FlaskClient, third: str, address: str
) -> None:
    assert NAME in client.get(address).text
    page = client.get(f"{address}?lang={third}")
    assert page.status_code == 200
    assert f'<html lang="{third}">' in page.text
    assert "English" in page.text


def test_a_label_tells_the_language_it_is_in(app: flask.Flask, third: str) -> None:
    label = Label("Rất <tốt>", "Very good")
    assert words_of(label, "en") == ("Very good", "en")
    assert words_of(label, third) == ("Rất <tốt>", "vi")
    assert words_of(Label("a", "b", ((third, "c"),)), third) == ("c", third)
    assert Label("a", "b", ((third, "c"),)).get(third) == "c"
    with app.test_request_context(f"/?lang={third}"):
        assert said(label) == '<span lang="vi">Rất &lt;tốt&gt;</span>'
        filled = language.phrase("citizen.respondent", who=said(label))
        assert filled == 'Dành cho: <span lang="vi">Rất &lt;tốt&gt;</span>'
        assert filters.number(1234.5, 1) == "1.234,5"
