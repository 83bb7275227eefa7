"""`flask responses`: one answer by its receipt: shown but for what it says, left out, corrected."""

from __future__ import annotations

from collections.abc import Sequence

import click
from flask.cli import with_appcontext
from sqlmodel import Session, select

from app.commands import terminal
from app.filters import moment
from app.language import phrase
from app.session import current_programme
from surveys.fieldwork import responses as service
from surveys.questionnaires import answers, registry
from surveys.questionnaires.answers import AnswerProblems, Answers
from surveys.questionnaires.questionnaire import Instrument
from surveys.tables import Response, ServicePoint, StoredInstrument, Unit, Wave

responses = terminal.group(
    "responses", "Từng phiếu theo mã biên nhận: xem, loại khỏi số liệu, tính lại, sửa."
)

_WORDS: dict[type[Exception], terminal.Words] = {
    service.ReasonMissing: "Phải ghi lý do: --reason",
    service.AlreadyExcluded: "Phiếu đã bị loại trước đó: {0.response.excluded_reason}",
    service.NotExcluded: "Phiếu đang được tính, không có gì để khôi phục.",
    service.NothingCorrected: "Các câu trả lời giống hệt phiếu đang lưu; không có gì thay đổi.",
}
_KINDS = {"excluded": "loại", "readmitted": "tính lại", "corrected": "sửa câu trả lời"}


@responses.command()
@click.argument("receipt", metavar="BIÊN_NHẬN")
@with_appcontext
def show(receipt: str) -> None:
    """Cho biết phiếu thuộc đợt nào, đơn vị nào, có được tính không; không nêu câu trả lời."""
    with terminal.reading() as session:
        response = _found(session, receipt)
        wave, unit = session.get(Wave, response.wave_id), session.get(Unit, response.unit_id)
        counted = f"bị loại: {response.excluded_reason}" if response.excluded_at else "được tính"
        click.echo(f"Đợt      {wave.name if wave else ''}")
        click.echo(f"Đơn vị   {unit.name if unit else ''}")
        click.echo(f"Ghi lúc  {moment(response.answered_at)}")
        click.echo(f"Phiếu    {counted}")
        for change in service.changes(session, response):
            what = f"{moment(change.changed_at)}: {_KINDS[change.kind]}: {change.reason}"
            click.echo(f"Đã sửa   {what}")


@responses.command()
@click.argument("receipt", metavar="BIÊN_NHẬN")
@click.option("--reason", default="", help="Lý do, lưu cùng phiếu và đọc lại được sau này.")
@with_appcontext
def exclude(receipt: str, reason: str) -> None:
    """Loại phiếu khỏi mọi số liệu từ nay; câu trả lời vẫn được giữ, bản đã công bố không đổi."""
    with terminal.writing() as session, terminal.explained(_WORDS):
        found = _found(session, receipt)
        service.exclude(session, found.id or 0, reason=reason, now=terminal.now())
    click.echo("Đã loại phiếu. Nếu năm đó đã công bố, hãy công bố đính chính.")


@responses.command()
@click.argument("receipt", metavar="BIÊN_NHẬN")
@click.option("--reason", default="", help="Lý do, lưu cùng phiếu và đọc lại được sau này.")
@with_appcontext
def readmit(receipt: str, reason: str) -> None:
    """Tính lại phiếu đã bị loại; lý do loại trước đó vẫn đọc được."""
    with terminal.writing() as session, terminal.explained(_WORDS):
        found = _found(session, receipt)
        service.readmit(session, found.id or 0, reason=reason, now=terminal.now())
    click.echo("Phiếu được tính lại. Nếu năm đó đã công bố, hãy công bố đính chính.")


@responses.command()
@click.argument("receipt", metavar="BIÊN_NHẬN")
@click.argument("given", metavar="CÂU=TRẢ_LỜI...", nargs=-1, required=True)
@click.option("--reason", default="", help="Lý do, lưu cùng phiếu và đọc lại được sau này.")
@with_appcontext
def correct(receipt: str, given: tuple[str, ...], reason: str) -> None:
    """Thay mọi câu trả lời bằng bản nhập lại; câu nào không ghi là bỏ trống, góp ý giữ nguyên.

    Ví dụ: flask responses correct 7XK2M9QPD A1=5 A2=4 B1=5 field=land --reason "nhập lại"
    """
    with terminal.writing() as session, terminal.explained(_WORDS):
        found = _found(session, receipt)
        entered = _answers(session, found, given)
        service.correct(session, found.id or 0, entered, reason=reason, now=terminal.now())
    click.echo("Đã sửa phiếu. Nếu năm đó đã công bố, hãy công bố đính chính.")


def _answers(session: Session, response: Response, given: Sequence[str]) -> Answers:
    """The answers as they were typed, checked like a form that is posted."""
    form = registry.instrument_of(session.get_one(StoredInstrument, response.instrument_id))
    names = _names(form)
    posted: dict[str, list[str]] = {}
    for one in given:
        code, _, value = one.partition("=")
        if code not in names or not value:
            raise terminal.Problem(f"“{one}”: phải ghi dạng CÂU=TRẢ_LỜI; câu: {', '.join(names)}")
        posted.setdefault(names[code], []).append(value)
    kind = session.get_one(ServicePoint, response.point_id).kind
    fields = [field.key for field in current_programme().fields_of(kind)]
    if not form.field:
        posted.setdefault("field", [response.field])
    try:
        return answers.check(form, posted, fields=[] if form.field else [*fields, response.field])
    except AnswerProblems as error:
        said = "; ".join(_said(form, *problem) for problem in error.problems)
        raise terminal.Problem(said) from error


def _said(form: Instrument, code: str, kind: str) -> str:
    """What is wrong with an answer."""
    limits = {}
    if kind == "out_of_range":
        question = form.question(code)
        limits = {"minimum": question.minimum, "maximum": question.maximum}
    return f"{code or 'phiếu'}: {phrase(f'citizen.problem.{kind}').format(**limits)}"


def _names(form: Instrument) -> dict[str, str]:
    """The name in the form of each question that can be corrected, by its code."""
    profile = {question.code for question in form.profile}
    codes = [question.code for question in form.questions]
    found = {item.code: f"a.{item.code}" for item in form.items}
    found |= {code: f"{'p' if code in profile else 'q'}.{code}" for code in codes}
    return found if form.field else {**found, "field": "field"}


@responses.command()
@click.argument("wave", metavar="MÃ_ĐỢT")
@with_appcontext
def flagged(wave: str) -> None:
    """Liệt kê phiếu có dấu hiệu lạ của một đợt; chúng vẫn được tính cho đến khi bị loại."""
    with terminal.reading() as session:
        found = service.flagged(session, terminal.wave(session, wave))
        units = {unit.id: unit.name for unit in session.exec(select(Unit))}
    rows = [
        (
            response.receipt, moment(response.answered_at), response.quality,
            "bị loại" if response.excluded_at else "được tính", units[response.unit_id],
        )
        for response in found
    ]  # fmt: skip
    terminal.table(("biên nhận", "ghi lúc", "dấu hiệu", "phiếu", "đơn vị"), rows)
    click.echo(f"{len(found)} phiếu có dấu hiệu lạ.")


def _found(session: Session, receipt: str) -> Response:
    response = service.find_receipt(session, receipt)
    if response is None:
        raise terminal.Problem(f"không có phiếu với mã biên nhận “{receipt}”.")
    return response
