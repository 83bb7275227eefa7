"""What in a free text may tell who somebody is: found before anybody else reads the text.

    phone    a number of Viet Nam, however it is spelt: +84, spaces, dots, o for 0, in words
    id       a citizen's or identity card number (12 or 9 digits)
    account  any other long number, and what stands after "số tài khoản" or "stk"
    email    with @ or "a còng"
    name     capital letters after a form of address or a frequent family name
    address  house, lane, street, hamlet and the like, with a number or a name

What is found is likely and not certain, and something may be missed: a person looks at the text
as well before a unit sees it. Texts are composed (NFC), as answers are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

KINDS = ("phone", "id", "account", "email", "name", "address")
#: What stands in the text instead; comments are mostly Vietnamese.
MARKS = {
    "phone": "[số điện thoại]", "id": "[số giấy tờ]", "account": "[dãy số]",
    "email": "[thư điện tử]", "name": "[tên người]", "address": "[địa chỉ]",
}  # fmt: skip

#: Digits with at most three signs between two; o stands for 0 where people hide a number.
_DIGITS = re.compile(r"(?<![\w])\(?\+?\(?[\doO](?:[\s.,\-–—_/()·•*]{0,3}[\doO])+(?!\w)")
_DATE = re.compile(r"\(?\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}\)?|\d{4}-\d{1,2}-\d{1,2}")
_YEARS = re.compile(r"(?:19|20)\d\d\s*[-–—/]\s*(?:19|20)\d\d")
_MONEY = re.compile(r"\s*(?:đồng|đ|vnđ|vnd|triệu|nghìn|ngàn|tỷ)\b", re.IGNORECASE)
_PHONE = re.compile(r"(?:0|84|0084)\d{9,10}")
_WORD = "không|một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|bẩy|tám|chín"
_SPELT = re.compile(rf"\b(?:{_WORD})(?:[\s.,\-]+(?:{_WORD})){{7,}}\b", re.IGNORECASE)
_EMAIL = re.compile(
    r"[\w.+-]+\s?(?:@|\(at\)|\[at\]|\ba còng\b)\s?[\w-]+(?:\s?(?:\.|\bchấm\b)\s?[\w-]+)+",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"\b(?:stk|số tài khoản|tài khoản|tk)\b\D{0,20}?(\d[\d .\-]{4,}\d)", re.IGNORECASE
)
_LETTERS = r"[^\W\d_]+"
_TITLE = re.compile(
    r"\b(?:ông|bà|anh|chị|cô|chú|bác|em|cậu|mợ|dì|dượng|thím|cháu|thầy|đồng chí|đ/c|cán bộ"
    r"|bác sĩ|bs|y tá|điều dưỡng|giáo viên|tên(?: tôi)?(?: là)?|tôi là)\b[\s.:,]{1,3}",
    re.IGNORECASE,
)
_FAMILY = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Trương|Đoàn|Mai|Tô"
    "|Hà|Lương|Tạ|Trịnh|Đào|Cao|Chu|Châu|Lâm|Thái|Phùng|Vương|Quách|Kiều|Lưu|Tăng|Diệp|Giàng|Sùng|Vàng"
)
_NAMED = re.compile(rf"\b(?:{_FAMILY}|{_FAMILY.upper()})(?= )")
_PLACE = re.compile(
    r"\b(?:số nhà|nhà số|ngõ|ngách|hẻm|kiệt|thôn|xóm|ấp|tổ dân phố|tổ|khu phố|khóm|bản|buôn"
    r"|đường|phố)\s+",
    re.IGNORECASE,
)
_HOUSE = re.compile(
    r"\bsố\s+\d+[a-z]?(?:/\d+[a-z]?)*[\s,]+(?=đường|phố|ngõ|ngách|hẻm|kiệt)", re.IGNORECASE
)
_NUMBER = re.compile(r"\d+[A-Za-z]?(?:/\d+[A-Za-z]?)*")


@dataclass(frozen=True, slots=True)
class Find:
    """A part of a text that may tell who somebody is: its kind and where it stands."""

    kind: str
    start: int
    end: int


def finds(text: str) -> tuple[Find, ...]:
    """What a text has of personal data, in order and without overlap."""
    each = [
        *(Find("email", *match.span()) for match in _EMAIL.finditer(text)),
        *(Find("account", *match.span(1)) for match in _ACCOUNT.finditer(text)),
        *_numbers(text),
        *(Find("phone", *match.span()) for match in _SPELT.finditer(text)),
        *_addresses(text),
        *_names(text),
    ]
    return tuple(_apart(each))


def masked(text: str, found: Iterable[Find]) -> str:
    """The text with what was found replaced by what it is."""
    pieces, place = [], 0
    for find in found:
        pieces += [text[place : find.start], MARKS[find.kind]]
        place = find.end
    return "".join([*pieces, text[place:]])


def screened(text: str) -> str:
    """The text as it may be shown at first, with everything masked that was found."""
    return masked(text, finds(text))


def _numbers(text: str) -> Iterator[Find]:
    for match in _DIGITS.finditer(text):
        kind = _number_kind(match[0], money=_MONEY.match(text, match.end()) is not None)
        if kind:
            yield Find(kind, *match.span())


def _number_kind(written: str, *, money: bool) -> str:
    """What a row of digits is; empty where it tells nothing about a person."""
    digits = "".join("0" if sign in "oO" else sign for sign in written if sign.isalnum())
    if sum(sign.isdigit() for sign in written) < 6 or len(digits) < 8:
        return ""
    if _PHONE.fullmatch(digits):
        return "phone"
    if money or _DATE.fullmatch(written) or _YEARS.fullmatch(written):
        return ""
    return "id" if len(digits) in {9, 12} else "account"


def _addresses(text: str) -> Iterator[Find]:
    for match in _PLACE.finditer(text):
        number = _NUMBER.match(text, match.end())
        end = number.end() if number else _capitals(text, match.end())
        if end > match.end():
            yield Find("address", match.start(), end)
    for match in _HOUSE.finditer(text):
        yield Find("address", match.start(), match.end())


def _names(text: str) -> Iterator[Find]:
    for match in _TITLE.finditer(text):
        end = _capitals(text, match.end())
        if end > match.end():
            yield Find("name", match.end(), end)
    for match in _NAMED.finditer(text):
        end = _capitals(text, match.end() + 1)
        if end > match.end() + 1:
            yield Find("name", match.start(), end)


def _capitals(text: str, start: int, most: int = 5) -> int:
    """Where a row of words with capital letters ends that begins at a place, or the place."""
    end = start
    for match in re.finditer(rf"({_LETTERS})( ?)", text[start : start + 100]):
        apart = start + match.start() != end + (end > start)
        if apart or not match[1][0].isupper() or most == 0:
            break
        end, most = start + match.end(1), most - 1
    return end


def _apart(each: Iterable[Find]) -> Iterator[Find]:
    """The finds in order; where two overlap they are one, of the kind that stands first."""
    current: Find | None = None
    for find in sorted(each, key=lambda one: (one.start, -one.end)):
        if current is None:
            current = find
        elif find.start < current.end:
            current = Find(current.kind, current.start, max(current.end, find.end))
        else:
            yield current
            current = find
    if current is not None:
        yield current
