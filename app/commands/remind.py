"""`flask remind`: what waits for each account, sent to the address that it has given."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import click
from flask.cli import with_appcontext

from app import duties, mail
from app.addresses import absolute
from app.commands import terminal
from app.duties import Task
from app.filters import day
from app.language import phrase
from surveys import database
from surveys.offices import reminders
from surveys.tables import Staff

_WORDS: dict[type[Exception], terminal.Words] = {
    mail.NotConfigured: "Chưa gửi được thư: hãy đặt SMTP_URL (smtp://tên:mật-khẩu@máy-chủ:587) "
    "và SMTP_FROM (địa chỉ gửi).",
    mail.ServerFailed: "Máy chủ thư không nhận: {0}. Thư chưa gửi sẽ được gửi khi chạy lại.",
}


@click.command()
@with_appcontext
def remind() -> None:
    """Gửi thư nhắc việc cần làm, mỗi người nhiều nhất một thư một ngày; đặt chạy mỗi sáng."""
    terminal.check_schema()
    with terminal.explained(_WORDS):
        server = mail.configured()
    letters, sent, refused = _letters(), 0, []
    try:
        with terminal.explained(_WORDS), mail.connected(server) as connection:
            for number, made in letters:
                try:
                    sent += _send(connection, number, made)
                except mail.Refused as problem:
                    refused.append(f"{made['To']}: {problem}")
    finally:
        click.echo(f"Đã gửi {sent} thư.")
    if refused:
        raise terminal.Problem(f"Máy chủ không nhận thư cho {'; '.join(refused)}")


def _letters() -> list[tuple[int, EmailMessage]]:
    """A letter for each account that has something to do and was not reminded today."""
    now, found = terminal.now(), []
    with terminal.reading() as session:
        for account in reminders.unreminded(session, on=database.day_of(now)):
            tasks = duties.tasks_of(session, account, now)
            if tasks:
                found.append((account.id or 0, _letter(account, tasks)))
    return found


def _send(connection: smtplib.SMTP, number: int, made: EmailMessage) -> bool:
    """Whether the letter went out; not where somebody else sends it at this very moment."""
    engine, on = terminal.engine(), terminal.today()
    with database.writing(engine) as session:
        if not reminders.claim(session, number, on=on):
            return False
    try:
        mail.send(connection, made)
    except BaseException:
        with database.writing(engine) as session:
            reminders.give_back(session, number)
        raise
    return True


def _letter(account: Staff, tasks: list[Task]) -> EmailMessage:
    lines = [phrase("mail.greeting", name=account.name), "", phrase("mail.about"), ""]
    for number, task in enumerate(tasks, 1):
        lines += [f"{number}. {task.words}", *_until(task), f"   {task.address}", ""]
    lines += ["-- ", phrase("mail.why", address=absolute("office.account"))]
    return mail.letter(
        to=account.email, name=account.name,
        subject=phrase("mail.subject", count=len(tasks)), text="\n".join(lines) + "\n",
    )  # fmt: skip


def _until(task: Task) -> list[str]:
    key = "duties.late" if task.late else "duties.until"
    return [f"   {phrase(key, day=day(task.until))}"] if task.until else []
