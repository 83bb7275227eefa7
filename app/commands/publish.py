"""`flask publish …`: a year drafted, checked by a second person, and published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click
from sqlmodel import Session

from app import deliveries, weighting, wording
from app.commands import terminal
from app.filters import moment
from app.session import current_programme
from app.summary import Summary
from surveys.offices import staff
from surveys.publishing import proposals, steps
from surveys.results.figures import Figure
from surveys.tables import ReleaseDraft, Staff


def _weights_failed(error: proposals.WeightsFailed) -> str:
    with terminal.reading() as session:
        return weighting.failure(session, current_programme(), error.failure)


_WORDS: dict[type[Exception], terminal.Words] = {
    proposals.WeightsFailed: _weights_failed,
    proposals.NothingToPublish: "Chưa có đợt nào đã đóng, hoặc chưa có phiếu nào.",
    proposals.StillOpen: "Đợt {0} còn mở; đóng trước khi công bố.",
    proposals.ReasonMissing: (
        "Đã công bố lần {0.release.revision}; muốn đính chính phải ghi lý do: --reason"
    ),
    proposals.NothingChanged: "Số liệu không khác lần {0.release.revision}; không công bố lại.",
    steps.DraftPending: "Đã có bản thảo đang chờ; kiểm tra, công bố hoặc trả lại bản ấy trước.",
    steps.NotAllowed: "Tài khoản {0.staff.username} không được làm bước này ở lĩnh vực này.",
    steps.SamePerson: (
        "{0.draft.drafted_by} đã soạn bản thảo; người kiểm tra phải là người khác, "
        "có tài khoản khác và tên khác."
    ),
    steps.WrongStep: "Bản thảo không ở bước này. Xem: flask --app wsgi publish status",
    steps.FiguresChanged: "Số liệu đã đổi từ khi soạn; trả lại bản thảo này rồi soạn bản khác.",
    steps.NoRemarks: "Trả lại bản thảo phải ghi lý do: --reason",
}
_STATUS = {
    "drafted": "chờ kiểm tra",
    "checked": "chờ công bố",
    "released": "đã công bố",
    "returned": "đã trả lại",
}

publish = terminal.group("publish", "Công bố: soạn, người thứ hai kiểm tra, rồi mới công bố.")
_sector = click.argument("sector", metavar="LĨNH_VỰC")
_year = click.argument("year", metavar="NĂM", type=click.IntRange(2000, 2100))
_by = click.option("--by", required=True, metavar="TÀI_KHOẢN", help="Tài khoản của người làm.")


@publish.command()
@_sector
@_year
@_by
@click.option("--reason", default="", help="Lý do đính chính, bắt buộc từ lần công bố thứ hai.")
def draft(sector: str, year: int, by: str, reason: str) -> None:
    """Soạn bản thảo của LĨNH_VỰC trong NĂM: số liệu được giữ nguyên để người khác kiểm tra."""
    known = terminal.sector(sector)
    with terminal.writing() as session, terminal.explained(_WORDS):
        made = steps.draft(
            session, programme=current_programme(), sector=sector, year=year,
            by=_account(session, by), now=terminal.now(), reason=reason,
        )  # fmt: skip
        revision, checksum = made.revision, made.sha256
        indices = Summary(steps.figures_of(made)).units()
    _warn([row for table in indices for row in table])
    click.echo(f"Đã soạn bản thảo {known.label.vi} năm {year}, lần {revision}")
    click.echo(f"SHA-256 {checksum}")


@publish.command()
@_sector
@_year
@_by
@click.confirmation_option(
    prompt="Tôi đã đọc bản thảo, đối chiếu số liệu và xác nhận là đúng", help="Xác nhận."
)
def check(sector: str, year: int, by: str) -> None:
    """Xác nhận bản thảo của LĨNH_VỰC trong NĂM; người soạn không được tự kiểm tra."""
    with _step(sector, year) as (session, found):
        account = _account(session, by)
        steps.check(session, current_programme(), found, by=account, now=terminal.now())
    click.echo(f"Đã kiểm tra {terminal.sector(sector).label.vi} năm {year}")


@publish.command("return")
@_sector
@_year
@_by
@click.option("--reason", default="", help="Vì sao trả lại; được giữ cùng bản thảo.")
def send_back(sector: str, year: int, by: str, reason: str) -> None:
    """Trả lại bản thảo của LĨNH_VỰC trong NĂM: bản ấy không được công bố nữa."""
    with _step(sector, year) as (session, found):
        account = _account(session, by)
        steps.send_back(session, found, by=account, reason=reason, now=terminal.now())
    click.echo(f"Đã trả lại bản thảo {terminal.sector(sector).label.vi} năm {year}")


@publish.command()
@_sector
@_year
@_by
def release(sector: str, year: int, by: str) -> None:
    """Công bố bản thảo đã kiểm tra; số đã công bố không sửa được, chỉ đính chính."""
    with _step(sector, year) as (session, found):
        account = _account(session, by)
        made = steps.release(
            session, current_programme(), found, by=account, now=terminal.now()
        )  # fmt: skip
        revision, checksum = made.revision, made.sha256
    click.echo(f"Đã công bố {terminal.sector(sector).label.vi} năm {year}, lần {revision}")
    click.echo(f"SHA-256 {checksum}")
    # Committed above: whatever happens to the word of it, it is published.
    deliveries.send_due()


@publish.command()
@click.argument("sector", metavar="LĨNH_VỰC", required=False)
def status(sector: str | None) -> None:
    """Liệt kê các bản thảo: ai soạn, ai kiểm tra, đang ở bước nào."""
    programme = current_programme()
    keys = [terminal.sector(sector).key] if sector else [one.key for one in programme.sectors]
    with terminal.reading() as session:
        rows = [_line(found) for found in steps.drafts(session, programme.code, keys)]
    terminal.table(
        ("Lĩnh vực", "Năm", "Lần", "Bước", "Soạn", "Lúc", "Kiểm tra", "Lý do trả lại"), rows
    )


def _line(found: ReleaseDraft) -> tuple[object, ...]:
    return (
        terminal.sector_words(found.sector), found.year, found.revision,
        _STATUS[steps.status_of(found)], found.drafted_by, moment(found.drafted_at),
        found.checked_by or "–", found.return_reason or "–",
    )  # fmt: skip


@contextmanager
def _step(sector: str, year: int) -> Iterator[tuple[Session, ReleaseDraft]]:
    """A session with the pending draft of a year; what refuses a step is said in words."""
    known = terminal.sector(sector)
    with terminal.writing() as session, terminal.explained(_WORDS):
        found = steps.pending(session, current_programme().code, sector, year)
        if found is None:
            raise terminal.Problem(f"{known.label.vi} năm {year} không có bản thảo nào đang chờ.")
        yield session, found


def _account(session: Session, username: str) -> Staff:
    found = staff.find(session, username)
    if found is None:
        raise terminal.Problem(f"Không có tài khoản “{username}”. Xem: flask --app wsgi staff list")
    return found


def _warn(indices: Iterable[Figure]) -> None:
    """Say of which units people served are missing: they can still be added."""
    for row in indices:
        if not row.weighted:
            click.echo(f"Chú ý: {row.unit_name}: chưa có số lượt phục vụ", err=True)
        elif row.missing:
            months = wording.missing_months(row)
            click.echo(f"Chú ý: {row.unit_name}: thiếu số lượt tháng {months}", err=True)
