"""Typing paper forms in: number keys and Enter; twice, compared, and decided by a person."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import flask
from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from app import session as current
from app import trail
from app.filters import day as written_day
from app.filters import receipt
from app.language import current_language, phrase
from app.office import desks, keyed
from app.office.desks import Desk
from app.sheets import Entry, Fault
from surveys.fieldwork import paper, responses
from surveys.fieldwork.paper import (
    Choice,
    Difference,
    EntriesDiffer,
    NotPrinted,
    SheetRecorded,
    WrongDay,
)
from surveys.fieldwork.responses import Recorded, WaveClosed
from surveys.imports import CellError
from surveys.imports import day as read_day
from surveys.questionnaires.answers import NOT_USED, AnswerProblems, check

Answer = flask.typing.ResponseReturnValue
_KEY = re.compile(r"[\w-]{22}", re.ASCII)
#: Before the name of an answer: which of the two typings is right.
_DECISION = "d."


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A difference between the two typings in words."""

    name: str
    label: str
    first: str
    second: str


class Refused(Exception):
    """A typed sheet with faults."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(fault.text for fault in faults))


def entry(code: str) -> Answer:
    """The form of the next sheet; once sent, an empty one, or what must be put right."""
    place = desks.find(code)
    desk = desks.opened(place, late=True)
    if desk is None:
        page = render_template("office/no_wave.html", place=place)
        return page, 409 if request.method == "POST" else 200
    if request.method != "POST":
        return _page(desk, MultiDict({"day": request.args.get("ngay", "")}), responses.new_key())
    if not _KEY.fullmatch(request.form.get("key", "")):
        abort(400)
    if "again" in request.form:  # both typings were wrong: back to the form
        return _page(desk, request.form, request.form["key"])
    return _save(desk)


def waiting(code: str) -> Answer:
    """The sheets that wait to be typed again; one that was typed by mistake can be taken away."""
    place = desks.find(code)
    session = current.current_session()
    if request.method == "POST":
        number = request.form.get("entry", 0, type=int)
        dropped = paper.drop(session, place.collector, number) if 0 < number < 2**31 else None
        if dropped is None:
            abort(404)
        trail.note(serial=dropped.serial)
        flash(phrase("entry.dropped", serial=dropped.serial))
        return redirect(url_for("office.waiting", code=place.code), 303)
    listed = paper.entries(session, place.collector)
    return render_template("office/waiting.html", place=place, entries=listed)


def _save(desk: Desk) -> Answer:
    try:
        sheet = _read(desk)
        done = paper.enter(
            current.current_session(), sheet, by=desks.account(), form_key=request.form["key"],
            now=current.current_moment(), decided=_decisions(),
        )  # fmt: skip
    except Refused as refused:
        return _page(desk, request.form, request.form["key"], refused.faults), 422
    except EntriesDiffer as differ:
        return _differences(desk, differ), 409
    except (WrongDay, NotPrinted, SheetRecorded, WaveClosed, AnswerProblems) as error:
        return _page(desk, request.form, request.form["key"], (_refusal(desk, error),)), 409
    _write_down(desk, recorded=isinstance(done, Recorded))
    if isinstance(done, Recorded):
        said = phrase("entry.recorded", serial=sheet.serial, receipt=receipt(done.response.receipt))
    else:
        said = phrase("entry.kept", serial=sheet.serial)
    flash(said)
    return redirect(url_for("office.entry", code=desk.place.code, ngay=written_day(sheet.day)), 303)


def _write_down(desk: Desk, *, recorded: bool) -> None:
    """Say in the audit trail which typing it was and what became of it."""
    if not desk.wave.double_entry:
        return trail.note(typing="only", result="recorded")
    if not recorded:
        return trail.note(typing="first", result="waiting")
    return trail.note(typing="second", result="decided" if _decisions() else "recorded")


def _refusal(desk: Desk, error: Exception) -> Fault:
    if isinstance(error, SheetRecorded):
        return Fault(None, phrase("entry.known", receipt=receipt(error.receipt)))
    if isinstance(error, NotPrinted):
        ranges = ", ".join(_span(one) for one in error.ranges)
        serial = request.form["serial"].strip()
        return Fault(None, phrase("entry.not_printed", serial=serial, ranges=ranges))
    if isinstance(error, WrongDay):
        wave = desk.wave
        return Fault(
            None,
            phrase("entry.day", first=written_day(wave.opens_on), last=written_day(wave.closes_on)),
        )
    return Fault(None, phrase("entry.closed" if isinstance(error, WaveClosed) else "entry.empty"))


def _span(numbers: range) -> str:
    return f"{numbers.start}–{numbers[-1]}" if len(numbers) > 1 else str(numbers.start)


def _read(desk: Desk) -> paper.Sheet:
    """The sheet as typed; Refused with everything that cannot be."""
    faults = []
    serial = request.form.get("serial", "").strip()
    number = int(serial) if re.fullmatch(r"[0-9]{1,6}", serial) else 0
    if number < 1:
        faults.append(Fault(None, phrase("entry.serial_wrong")))
    day = _day(request.form.get("day", ""))
    if day is None:
        faults.append(Fault(None, phrase("entry.day_wrong")))
    layout = desk.sheet
    values = desks.posted_fields(desk, keyed.spelled(layout, request.form))
    try:
        answers = check(desk.instrument, values, fields=[field.key for field in desk.fields])
    except AnswerProblems as error:
        said = keyed.explained(layout, request.form, error.problems)
        raise Refused((*faults, *said)) from error
    if faults or day is None:
        raise Refused(tuple(faults))
    return paper.Sheet(
        wave=desk.wave, stored=desk.asked.stored, point=desk.place.point,
        collector=desk.place.collector, serial=number, day=day, answers=answers,
    )  # fmt: skip


def _day(typed: str) -> dt.date | None:
    """The day as typed: 10/03/2026, 10032026 or 2026-03-10."""
    text = typed.strip()
    digits = re.fullmatch(r"(\d\d)(\d\d)(\d{4})", text)
    try:
        return read_day("/".join(digits.groups()) if digits else text)
    except CellError:
        return None


def _decisions() -> Mapping[str, Choice]:
    return {
        name.removeprefix(_DECISION): cast("Choice", value)
        for name, value in request.form.items()
        if name.startswith(_DECISION) and value in {"first", "second"}
    }


def _differences(desk: Desk, differ: EntriesDiffer) -> str:
    entries = {entry.name: entry for entry in desk.sheet.entries()}
    order = [paper.DAY, *entries]
    kept = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and not name.startswith(_DECISION)
    ]
    return render_template(
        "office/differences.html",
        desk=desk, kept=kept, serial=differ.entry.serial, decided=_decisions(),
        differences=[
            _in_words(one, entries.get(one.name))
            for one in sorted(differ.differences, key=lambda one: order.index(one.name))
        ],
        demo=desk.wave.demo,
    )  # fmt: skip


def _in_words(difference: Difference, entry: Entry | None) -> Disagreement:
    language = current_language()
    if entry is None:
        label = phrase("entry.day_label")
        days = (dt.date.fromisoformat(each[0]) for each in (difference.first, difference.second))
        return Disagreement(difference.name, label, *map(written_day, days))
    number = f"{entry.number}. " if entry.number else ""
    words = (_words(entry, each, language) for each in (difference.first, difference.second))
    return Disagreement(difference.name, f"{number}{entry.label(language)}", *words)


def _words(entry: Entry, values: list[str], language: str) -> str:
    """What was typed, in words: `4 Hài lòng`."""
    if not values:
        return phrase("entry.blank")
    names = {option.code: option.label(language) for option in entry.options}
    names[NOT_USED] = phrase("citizen.not_used")
    if entry.name == "field":
        return names[values[0]]
    return "; ".join(f"{value} {names.get(value, '')}".strip() for value in values)


def _page(desk: Desk, typed: MultiDict[str, str], key: str, faults: tuple[Fault, ...] = ()) -> str:
    return render_template(
        "office/entry.html",
        desk=desk, stretches=keyed.stretches(desk.sheet), typed=typed, key=key, faults=faults,
        wrong={fault.entry.name: fault.text for fault in faults if fault.entry},
        waiting=paper.waiting(current.current_session(), [desk.place.collector.id or 0]),
        demo=desk.wave.demo,
    )  # fmt: skip
