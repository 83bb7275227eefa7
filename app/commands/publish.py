"""`flask publish`: a sector's index of a year, frozen."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask.cli import with_appcontext

from app import deliveries, weighting, wording
from app.commands import terminal
from app.session import current_programme
from app.summary import Summary
from surveys.publishing import publication
from surveys.results.figures import Figure


def _weights_failed(error: publication.WeightsFailed) -> str:
    with terminal.reading() as session:
        return weighting.failure(session, current_programme(), error.failure)


_WORDS: dict[type[Exception], terminal.Words] = {
    publication.WeightsFailed: _weights_failed,
    publication.NothingToPublish: "Chưa có đợt nào đã đóng, hoặc chưa có phiếu nào.",
    publication.StillOpen: "Đợt {0} còn mở; đóng trước khi công bố.",
    publication.ReasonMissing: (
        "Đã công bố lần {0.release.revision}; muốn đính chính phải ghi lý do: --reason"
    ),
    publication.NothingChanged: "Số liệu không khác lần {0.release.revision}; không công bố lại.",
}


@click.command()
@click.argument("sector", metavar="LĨNH_VỰC")
@click.argument("year", metavar="NĂM", type=click.IntRange(2000, 2100))
@click.option("--by", default="Nội vụ", show_default=True, help="Ai công bố; ghi vào bản công bố.")
@click.option("--reason", default="", help="Lý do đính chính, bắt buộc từ lần công bố thứ hai.")
@with_appcontext
def publish(sector: str, year: int, by: str, reason: str) -> None:
    """Công bố chỉ số của LĨNH_VỰC trong NĂM; số đã công bố không sửa được, chỉ đính chính."""
    known = terminal.sector(sector)
    with terminal.writing() as session, terminal.explained(_WORDS):
        release = publication.publish(
            session, programme=current_programme(), sector=sector, year=year,
            by=by, now=terminal.now(), reason=reason,
        )  # fmt: skip
        revision, checksum = release.revision, release.sha256
        indices = Summary(publication.figures_of(session, release)).units()
    _warn([row for table in indices for row in table])
    click.echo(f"Đã công bố {known.label.vi} năm {year}, lần {revision}")
    click.echo(f"SHA-256 {checksum}")
    # Committed above: whatever happens to the word of it, it is published.
    deliveries.send_due()


def _warn(indices: Iterable[Figure]) -> None:
    """Say of which units people served are missing: a correction can still add them."""
    for row in indices:
        if not row.weighted:
            click.echo(f"Chú ý: {row.unit_name}: chưa có số lượt phục vụ", err=True)
        elif row.missing:
            months = wording.missing_months(row)
            click.echo(f"Chú ý: {row.unit_name}: thiếu số lượt tháng {months}", err=True)
