"""`flask webhooks …`: other systems that are told of publications."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlmodel import Session

from app import deliveries
from app.commands import terminal
from app.filters import moment
from app.session import settings
from surveys.publishing import webhooks as outbox
from surveys.tables import Webhook

webhooks = terminal.group("webhooks", "Hệ thống khác được báo tin khi công bố.")
_WORDS: dict[type[Exception], str] = {
    outbox.WrongAddress: (
        "“{0.url}” không báo tin được: cần địa chỉ https://… (http:// chỉ dùng cho chính máy này)."
    ),
    outbox.AddressTaken: "Đã báo tin cho {0.url} rồi.",
}
_STATES = {"delivered": "đã nhận", "waiting": "đang chờ", "given_up": "đã thôi gửi"}


@webhooks.command()
@click.argument("url", metavar="ĐỊA_CHỈ")
def add(url: str) -> None:
    """Từ nay báo tin cho ĐỊA_CHỈ mỗi khi công bố; in ra khóa để bên nhận kiểm tra chữ ký."""
    with terminal.writing() as session, terminal.explained(_WORDS):
        made = outbox.add(session, url, now=terminal.now())
        number, key = made.id, outbox.key(made, settings().secret_key.encode())
    click.echo(f"{number}  {url}")
    click.echo(f"Khóa: {key}")


@webhooks.command("list")
def list_() -> None:
    """Liệt kê các địa chỉ và những lần báo tin gần đây."""
    with terminal.reading() as session:
        addresses = [(one.id, one.url, moment(one.made_at)) for one in outbox.everyone(session)]
        tried = [_row(one) for one in outbox.deliveries(session)]
    terminal.table(("số", "địa chỉ", "thêm lúc"), addresses)
    terminal.table(("địa chỉ", "công bố", "tình trạng", "đã gửi", "lần tới", "vướng"), tried)


@webhooks.command()
@click.argument("number", metavar="SỐ", type=int)
def remove(number: int) -> None:
    """Thôi báo tin cho địa chỉ mang SỐ này."""
    with terminal.writing() as session:
        found = _webhook(session, number)
        url = found.url
        outbox.remove(session, found)
    click.echo(f"Thôi báo tin cho {url}")


@webhooks.command()
@click.option("--again", is_flag=True, help="Gửi lại cả những tin đã thôi gửi.")
@with_appcontext
def send(again: bool) -> None:
    """Gửi các tin đến hạn; đặt chạy mỗi phút (cron hoặc systemd timer)."""
    terminal.check_schema()
    if again:
        with terminal.writing() as session:
            for delivery in outbox.given_up(session):
                outbox.again(session, delivery, now=terminal.now())
    with terminal.reachable():
        done = deliveries.send_due()
    if done.delivered or done.failed:
        click.echo(f"Đã báo {done.delivered} tin, {done.failed} tin chưa đến nơi, sẽ gửi lại.")
    if done.given_up:
        raise terminal.Problem(
            f"Thôi gửi {done.given_up} tin sau {outbox.MOST} lần. "
            "Xem: flask --app wsgi webhooks list"
        )


def _webhook(session: Session, number: int) -> Webhook:
    found = outbox.find(session, number) if 0 < number < 2**31 else None
    if found is None:
        raise terminal.Problem(f"Không có địa chỉ số {number}. Xem: flask --app wsgi webhooks list")
    return found


def _row(owed: outbox.Owed) -> tuple[object, ...]:
    release, delivery = owed.release, owed.delivery
    what = f"{release.sector} {release.year} lần {release.revision}"
    state = _STATES[owed.state]
    return (
        owed.webhook.url,
        what,
        state,
        delivery.attempts,
        moment(delivery.due_at),
        delivery.problem,
    )
