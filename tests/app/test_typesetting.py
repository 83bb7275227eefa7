"""What is typeset: people's words stay text, every Vietnamese letter is there, PDF is for all."""

from __future__ import annotations

import re
import unicodedata
from itertools import product

import pytest
import typst

from app.documents import posters, typesetting
from app.documents.posters import Poster

TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
LETTERS = [unicodedata.normalize("NFC", f"{vowel}{tone}")
           for vowel, tone in product("aăâeêioôơuưy", TONES)]  # fmt: skip
ALPHABET = "".join([*LETTERS, "đ", *(letter.upper() for letter in LETTERS), "Đ", "“”–…·₫²"])


def poster(unit: str = "Một cửa xã Tân Kỳ") -> Poster:
    """A poster for a unit with this name."""
    return Poster(unit, "Quầy 1", "https://hailong.example.vn/k/K7M2Q9X")


@pytest.mark.parametrize("family", ["Liberation Sans", "Liberation Serif"])
@pytest.mark.parametrize("style", ['weight: "bold"', 'style: "italic"', 'weight: "regular"'])
def test_every_vietnamese_letter_is_in_every_font(family: str, style: str) -> None:
    text = f'#set text(font: "{family}", {style}, fallback: false)\n#set document(title: "x")\n'
    assert len(ALPHABET) == 2 * (12 * 6 + 1) + 7

    def made(words: str) -> object:
        return typst.compile({"main": f"{text}{words}".encode()}, font_paths=typesetting._fonts(),
                             format="pdf", pdf_standards="ua-1")  # fmt: skip

    assert made(ALPHABET)
    with pytest.raises(typst.TypstError, match="漢"):
        made("漢")


def test_pdf_is_tagged_titled_and_carries_its_fonts() -> None:
    text = posters.typeset([poster()], "a4").decode("latin-1")
    for said in ("/StructTreeRoot", r"/Lang ?\(vi\)", "/DisplayDocTitle true", "pdfuaid:part>1<"):
        assert re.search(said, text)
    fonts = set(re.findall(r"/FontName ?/([\w+-]+)", text))
    assert {re.sub(r"^[A-Z]{6}\+", "", font) for font in fonts} == {
        "LiberationSans", "LiberationSans-Bold"
    }  # fmt: skip
    assert len(re.findall(r"/FontFile2\b", text)) == len(fonts)


def test_what_people_wrote_is_never_markup() -> None:
    wild = '#panic("x") *Một* $cửa$ `xã` <b> \\ "'
    plain, odd = (len(posters.typeset([poster(name)], "a4")) for name in ("Một", wild))
    assert odd > plain
    with pytest.raises(typesetting.Unprintable, match="漢"):
        posters.typeset([poster("Một cửa 漢")], "a4")


def test_same_data_make_the_same_bytes() -> None:
    first, second = (posters.typeset([poster()], "tent") for _ in range(2))
    assert first == second
