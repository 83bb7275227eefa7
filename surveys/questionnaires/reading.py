"""Reading a TOML file that people edit by hand: every fault is noted, none stops the reading.

A `Document` holds the text and what was found wrong with it. A `Table` gives typed values; where a
value is missing or wrong it notes a `Problem` and hands out an empty one, so that one reading finds
all faults of a file. Keys that nobody asked for are reported at the end as unknown.
"""

from __future__ import annotations

import difflib
import itertools
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from surveys.questionnaires.labels import Label


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a file: where it is, what is wrong, and what to do about it."""

    #: Path inside the file, lists counted from 1: `items[3].scale`; empty for the whole file.
    place: str
    message: str
    remedy: str
    line: int | None = None

    def __str__(self) -> str:
        """The fault on one line, as the terminal shows it."""
        line = f"dòng {self.line}" if self.line else ""
        where = ", ".join(part for part in (line, self.place) if part) or "cả tệp"
        return f"{where}: {self.message} → {self.remedy}"


class Document:
    """A TOML text being read, with every fault found in it so far."""

    def __init__(self, text: str) -> None:
        #: As checksums see it: no byte order mark, one kind of line end.
        self.text = text.removeprefix("\ufeff").replace("\r\n", "\n").rstrip() + "\n"
        self._found: list[Problem] = []
        self._tables: list[Table] = []
        #: The text is no TOML at all, so that nothing else can be said about it.
        self.broken = False
        self.root = self.open(self._parse(), "")
        if "\ufffd" in text:
            line = text[: text.index("\ufffd")].count("\n") + 1
            remedy = "Lưu lại tệp ở bảng mã UTF-8."
            self._found.append(Problem("", "Có ký tự hỏng bảng mã.", remedy, line))

    def _parse(self) -> dict[str, object]:
        try:
            return tomllib.loads(self.text)
        except (ValueError, RecursionError) as error:
            self.broken = True
            self._note_syntax(str(error))
            return {}

    def _note_syntax(self, reason: str) -> None:
        line = re.search(r"at line (\d+)", reason)
        problem = Problem(
            place="",
            message=f"Tệp viết sai cú pháp TOML ({reason}).",
            remedy="Sửa dòng này: thường là thiếu dấu ngoặc kép, dấu bằng hoặc dấu ngoặc vuông.",
            line=int(line[1]) if line else None,
        )
        self._found.append(problem)

    def open(self, values: dict[str, object], place: str) -> Table:
        """A table of this document, remembered so that its unknown keys are reported."""
        table = Table(self, values, place)
        self._tables.append(table)
        return table

    def report(self, place: str, message: str, remedy: str) -> None:
        """Notes a fault at a place."""
        self._found.append(Problem(place, message, remedy, line_of(self.text, place)))

    def refer(self, place: str, code: str | None, known: Iterable[str]) -> None:
        """Notes a reference that leads nowhere; a missing one is somebody else's fault."""
        known = list(known)
        if code and code not in known:
            self.report(place, f"Không có “{code}”.", suggestion(code, known))

    def refuse_repeated(self, places: Iterable[tuple[str, str]]) -> None:
        """Notes each (place, code) whose code stands at an earlier place already."""
        first: dict[str, str] = {}
        for place, code in places:
            if code and code in first:
                message = f"Mã “{code}” đã dùng ở {first[code]}."
                self.report(place, message, "Đặt một mã khác.")
            first.setdefault(code, place)

    def problems(self) -> tuple[Problem, ...]:
        """All faults in the order of the file; those without a line come first."""
        for table in self._tables:
            table.report_unknown_keys()
        self._tables.clear()
        return tuple(sorted(self._found, key=lambda problem: problem.line or 0))


class Table:
    """One table of a document: typed values by key, faults noted in the document."""

    def __init__(self, document: Document, values: dict[str, object], place: str) -> None:
        self.document = document
        self.values = values
        self.place = place
        self._asked: dict[str, None] = {}

    def at(self, key: str) -> str:
        """The path of a key of this table."""
        return f"{self.place}.{key}" if self.place else key

    def report(self, key: str, message: str, remedy: str) -> None:
        """Notes a fault at a key of this table."""
        self.document.report(self.at(key), message, remedy)

    def text(self, key: str, *, required: bool = True) -> str:
        """The text at a key, composed (NFC) and not blank; empty where it is missing or wrong."""
        value = self._value(key, required=required)
        if value is None:
            return ""
        return self._checked_text(key, value)

    def code(self, key: str, pattern: str, like: str, *, required: bool = True) -> str:
        """The code at a key, which must match a pattern; `like` shows one that does."""
        code = self.text(key, required=required)
        if code and not re.fullmatch(pattern, code):
            self.report(key, f"Mã “{code}” không đúng dạng.", f"Viết như {like}.")
            return ""
        return code

    def one_of(self, key: str, allowed: Collection[str], *, required: bool = True) -> str:
        """The text at a key, which must be one of the allowed ones."""
        value = self.text(key, required=required)
        if value and value not in allowed:
            self.report(key, f"“{value}” không dùng được ở đây.", suggestion(value, allowed))
            return ""
        return value

    def texts(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        """The list of texts at a key, each one once."""
        values = self._list(key, required=required)
        found = [self._checked_text(f"{key}[{n}]", value) for n, value in enumerate(values, 1)]
        for again in repeated(text for text in found if text):
            self.report(key, f"“{again}” ghi hai lần.", "Bỏ bớt một lần.")
        return tuple(text for text in found if text)

    def flag(self, key: str) -> bool:
        """Whether the key is set to true; false where it is missing."""
        value = self._value(key, required=False)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.report(key, "Cần true hoặc false.", f"Viết {key} = true, hoặc bỏ dòng này.")
        return False

    def whole(self, key: str, *, low: int, high: int, default: int | None = None) -> int:
        """The whole number at a key, between two bounds; the upper one where it is wrong."""
        value = self._value(key, required=default is None)
        if value is None:
            return high if default is None else default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        message = f"Cần một số nguyên từ {low} đến {high}."
        self.report(key, message, "Ghi bằng chữ số, không có ngoặc kép.")
        return high

    def real(self, key: str) -> float:
        """The number above 0 at a key; 1 where it is missing or wrong."""
        value = self._value(key, required=True)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9:
            return float(value)
        if value is not None:
            self.report(key, "Cần một số lớn hơn 0.", f"Viết {key} = 1.")
        return 1.0

    def label(self) -> Label:
        """The label whose languages are keys of this very table."""
        return Label(vi=self.text("vi"), en=self.text("en"))

    def label_at(self, key: str) -> Label:
        """The label in a table of its own."""
        table = self.table(key)
        return table.label() if table else Label(vi="", en="")

    def optional_label(self, key: str) -> Label | None:
        """The label in a table of its own; none where the key is missing."""
        table = self.table(key, required=False)
        return table.label() if table else None

    def table(self, key: str, *, required: bool = True) -> Table | None:
        """The table at a key."""
        value = self._value(key, required=required)
        if value is None or isinstance(value, dict):
            return None if value is None else self.document.open(value, self.at(key))
        self.report(key, "Cần một bảng có tên từng ô.", f'Viết {key} = {{ vi = "…", en = "…" }}.')
        return None

    def tables(self, key: str, *, required: bool = False) -> list[Table]:
        """The tables in the list at a key, in order."""
        opened = []
        for n, value in enumerate(self._list(key, required=required), 1):
            if isinstance(value, dict):
                opened.append(self.document.open(value, self.at(f"{key}[{n}]")))
            else:
                self.report(f"{key}[{n}]", "Cần một bảng có tên từng ô.", f"Viết mục [[{key}]].")
        return opened

    def report_unknown_keys(self) -> None:
        """Notes each key that nobody asked for, with the closest known one."""
        for key in self.values.keys() - self._asked.keys():
            self.report(key, f"Không có ô nào tên “{key}”.", suggestion(key, self._asked))

    def _value(self, key: str, *, required: bool) -> object:
        self._asked[key] = None
        if required and key not in self.values:
            self.report(key, f"Thiếu “{key}”.", f"Thêm dòng {key} = … vào đây.")
        return self.values.get(key)

    def _list(self, key: str, *, required: bool) -> list[object]:
        value = self._value(key, required=required)
        if value is None or isinstance(value, list):
            return value or []
        self.report(key, "Cần một danh sách.", "Đặt các giá trị trong dấu ngoặc vuông [ ].")
        return []

    def _checked_text(self, key: str, value: object) -> str:
        if not isinstance(value, str):
            self.report(key, "Cần một đoạn chữ.", 'Đặt giá trị trong dấu ngoặc kép " ".')
            return ""
        if not value.strip():
            self.report(key, "Đoạn chữ để trống.", "Ghi nội dung, hoặc bỏ cả dòng này.")
        if not unicodedata.is_normalized("NFC", value):
            remedy = "Lưu lại tệp ở dạng Unicode dựng sẵn (NFC, TCVN 6909:2001)."
            self.report(key, "Chữ Việt ở dạng Unicode tổ hợp.", remedy)
        return value.strip()


def suggestion(wrong: str, allowed: Iterable[str]) -> str:
    """The remedy for a wrong word: the closest allowed one, or all of them."""
    allowed = list(allowed)
    close = difflib.get_close_matches(wrong, allowed, n=1)
    if close:
        return f"Có phải là “{close[0]}”?"
    return f"Dùng một trong: {', '.join(allowed)}." if allowed else "Bỏ đi."


def repeated(values: Iterable[str]) -> list[str]:
    """The values which come a second time, each once, in order."""
    seen: dict[str, int] = {}
    for value in values:
        seen[value] = seen.get(value, 0) + 1
    return [value for value, times in seen.items() if times > 1]


def line_of(text: str, place: str) -> int | None:
    """The line where a place of the file stands, or where its table begins; none if not found."""
    steps = re.findall(r"([^.\[\]]+)(?:\[(\d+)\])?", place)
    lines = text.split("\n")
    for used in range(len(steps), 0, -1):
        start = _header_line(lines, steps[:used])
        if start is not None:
            inside = steps[used : used + 1]
            return next(_key_lines(lines, inside, start), start)
    return next(_key_lines(lines, steps[:1], 0), None)


def _header_line(lines: list[str], steps: list[tuple[str, str]]) -> int | None:
    """The line of the header of a table; only a list at the top of the file is counted."""
    if len(steps) > 1 and any(nth for _, nth in steps):
        return None
    name = ".".join(name for name, _ in steps)
    headers = (f"[[{name}]]", f"[{name}]")
    starts = [n for n, line in enumerate(lines, 1) if line.strip() in headers]
    wanted = int(steps[-1][1] or 1)
    return starts[wanted - 1] if wanted <= len(starts) else None


def _key_lines(lines: list[str], steps: list[tuple[str, str]], start: int) -> Iterator[int]:
    """The line where a key stands, before the next header."""
    inside = itertools.takewhile(lambda line: not line.startswith("["), lines[start:])
    for n, line in enumerate(inside, start + 1):
        if any(re.match(rf'\s*"?{re.escape(name)}"?\s*=', line) for name, _ in steps):
            yield n
