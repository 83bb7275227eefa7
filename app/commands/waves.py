"""`flask waves …`: periods in which a sector collects answers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import click

from app.commands import terminal
from app.commands.steering import steering
from app.language import phrase
from app.session import current_programme
from app.weighting import accounts, failure, lacking, notices, plan_in_words
from surveys.fieldwork import paper, plans, years
from surveys.fieldwork import waves as periods
from surveys.fieldwork.plans import Plan
from surveys.fieldwork.years import Design
from surveys.questionnaires import registry, routing
from surveys.tables import StoredInstrument, Wave
from surveys.weighting.calibrations import CalibrationFailed

waves = terminal.group("waves", "Đợt khảo sát: tạo, mở, đóng.")
waves.add_command(steering)


def _status(wave: Wave) -> str:
    return terminal.keyed(phrase(f"central.status.{wave.status}"), wave.status)


_WORDS: dict[type[Exception], terminal.Words] = {
    years.UnknownForm: "Chưa lưu phiếu {0.code}; xem: flask --app wsgi instruments list",
    periods.WrongPeriod: "Ngày cuối {0.closes_on:%d/%m/%Y} trước ngày đầu {0.opens_on:%d/%m/%Y}.",
    periods.CodeTaken: "Đã có đợt mang mã “{0.code}”.",
    periods.NoForms: "Chưa có phiếu nào cho lĩnh vực này; chạy: flask --app wsgi instruments store",
    periods.WrongForm: "Phiếu {0.instrument.code} không dùng được ở điểm loại {0.point_kind}.",
    periods.WrongStatus: lambda error: (
        f"Đợt {error.wave.code} đang ở trạng thái {_status(error.wave)}, không làm được."
    ),
    periods.WrongSplit: (
        "Ở điểm loại {0.point_kind}, phiếu chia nhỏ hỏi mỗi người từ 1 đến {0.most} câu ngoài câu"
        " chung; 0 là hỏi hết."
    ),
    periods.OverlappingWave: "Đợt {0.other.code} đang mở cũng hỏi ở các điểm này vào thời gian đó.",
}


_HEADER = ("mã", "lĩnh vực", "năm", "từ ngày", "đến ngày", "trạng thái", "phiếu", "tên")
_FORMS = click.option(
    "--form", "forms", multiple=True, metavar="PHIẾU",
    help="Chỉ dùng các phiếu này (ghi nhiều lần); bỏ trống: mọi phiếu mới nhất của lĩnh vực.",
)  # fmt: skip
_WEIGHTING = click.option(
    "--weighting", "plan", default="", metavar="CÁCH_TÍNH",
    help="Cách tính quyền số, dạng JSON như của lệnh weighting; bỏ trống: theo lĩnh vực thủ tục.",
)  # fmt: skip


def _prefix(_: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """What the codes begin with, if they may."""
    if value is None or re.match(years.PREFIX, value):
        return value
    raise click.BadParameter(phrase("years.prefix_hint"), param=param)


@waves.command("list")
@click.option("--sector", help="Chỉ lĩnh vực này: administration, health, education.")
def list_(sector: str | None) -> None:
    """Liệt kê các đợt, mới trước, với số phiếu."""
    programme = current_programme()
    chosen = [terminal.sector(sector)] if sector else programme.sectors
    with terminal.reading() as session:
        found = [
            wave for each in chosen
            for wave in periods.of_sector(session, programme.code, each.key)
        ]  # fmt: skip
        counts = periods.answers(session, [wave.id or 0 for wave in found])
        rows = [_row(wave, counts.get(wave.id or 0, 0)) for wave in found]
    terminal.table(_HEADER, rows)


@waves.command()
@click.argument("sector", metavar="LĨNH_VỰC")
@click.argument("year", metavar="NĂM", type=click.IntRange(2000, 2100))
@click.argument("code", metavar="MÃ")
@click.argument("opens_on", metavar="TỪ_NGÀY", type=terminal.DAY)
@click.argument("closes_on", metavar="ĐẾN_NGÀY", type=terminal.DAY)
@click.option("--name", help="Tên đợt; bỏ trống: lấy theo mã.")
@_FORMS
@_WEIGHTING
def create(  # noqa: PLR0917 - the arguments of the command line
    sector: str,
    year: int,
    code: str,
    opens_on: dt.date,
    closes_on: dt.date,
    name: str | None,
    forms: tuple[str, ...],
    plan: str,
) -> None:
    """Tạo đợt MÃ cho LĨNH_VỰC, tính vào chỉ số của NĂM; đợt mới chưa mở."""
    terminal.sector(sector)
    weighted_by = _plan(plan)
    with terminal.writing() as session, terminal.explained(_WORDS):
        chosen = years.forms_of(session, sector, forms)
        periods.create(
            session, programme=current_programme(), sector=sector, code=code,
            name=name or code, year=year, opens_on=opens_on, closes_on=closes_on, forms=chosen,
            weighting=weighted_by,
        )  # fmt: skip
        listed = _listed(chosen)
    click.echo(f"Đã tạo đợt {code}: {listed}")
    click.echo(f"Mở đợt bằng: flask --app wsgi waves open {code}")


@waves.command()
@click.argument("sector", metavar="LĨNH_VỰC")
@click.argument("year", metavar="NĂM", type=click.IntRange(2000, 2100))
@click.option(
    "--rhythm", type=click.Choice(list(years.PARTS)), required=True,
    help="Chia năm thành bốn quý (quarters), hai nửa năm (halves) hay một đợt (year).",
)  # fmt: skip
@click.option(
    "--prefix", metavar="ĐẦU_MÃ", callback=_prefix,
    help="Mã các đợt bắt đầu bằng; bỏ trống: mã lĩnh vực.",
)  # fmt: skip
@_FORMS
@click.option(
    "--size", metavar="SỐ_CÂU", type=click.IntRange(0), default=0,
    help="Số câu hỏi mỗi người ngoài câu chung, ở mọi loại điểm; 0 hay bỏ trống: hỏi hết.",
)  # fmt: skip
@_WEIGHTING
def year(  # noqa: PLR0917 - the arguments of the command line
    sector: str,
    year: int,
    rhythm: str,
    prefix: str | None,
    forms: tuple[str, ...],
    size: int,
    plan: str,
) -> None:
    """Tạo mọi đợt của LĨNH_VỰC trong NĂM một lần, là bản nháp; một đợt sai thì không tạo gì."""
    label, weighted_by = terminal.sector(sector).label.vi, _plan(plan)
    with terminal.writing() as session, terminal.explained(_WORDS):
        chosen = years.forms_of(session, sector, forms)
        design = Design(sector=sector, year=year, forms=chosen, size=size, plan=weighted_by)
        wanted = years.periods(rhythm, prefix or sector, label, year)
        made = years.create(session, current_programme(), wanted, design=design)
        listed, rows = _listed(chosen), [_row(wave, 0) for wave in made]
    click.echo(listed)
    terminal.table(_HEADER, rows)
    click.echo("Mở từng đợt bằng: flask --app wsgi waves open MÃ")


@waves.command()
@click.argument("code", metavar="MÃ")
@click.argument("plan", metavar="CÁCH_TÍNH")
def weighting(code: str, plan: str) -> None:
    """Đặt cách tính quyền số cho đợt MÃ, dạng JSON; chuỗi rỗng: cách thường dùng.

    Ví dụ: '{"method": "rake", "keys": ["field", "sex", "age_band"], "bounds": [0.3, 3]}'
    """
    chosen = _plan(plan)
    with terminal.writing() as session:
        wave = terminal.wave(session, code)
        periods.set_plan(session, wave, chosen)
        lacks = lacking(session, current_programme(), wave, chosen)
    click.echo(f"Đợt {code}: {plan_in_words(chosen)}")
    if lacks:
        click.echo(phrase("weights.lacking_now"), err=True)
        for words in lacks:
            click.echo(words, err=True)
        click.echo("Nhập bằng: flask --app wsgi frame margins TỆP", err=True)


@waves.command("paper")
@click.argument("code", metavar="MÃ")
@click.argument("times", metavar="SỐ_LẦN", type=click.Choice(["1", "2"]))
def paper_(code: str, times: str) -> None:
    """Đặt phiếu giấy của đợt được nhập SỐ_LẦN: 2 (so hai lần nhập, thường dùng) hoặc 1."""
    with terminal.writing() as session:
        wave = terminal.wave(session, code)
        paper.set_double_entry(session, wave, twice=times == "2")
    click.echo(f"{code}: phiếu giấy nhập {times} lần")


@waves.command("weights")
@click.argument("code", metavar="MÃ")
def weights_(code: str) -> None:
    """Quyền số của đợt MÃ: số vòng lặp, khoảng hệ số, hiệu ứng thiết kế, ô gộp, đơn vị thiếu."""
    with terminal.reading() as session:
        wave = terminal.wave(session, code)
        click.echo(plan_in_words(periods.plan_of(wave)))
        for notice in notices(session, current_programme(), wave):
            click.echo(notice)
        try:
            found = accounts(session, current_programme(), wave)
        except CalibrationFailed as failed:
            raise terminal.Problem(failure(session, current_programme(), failed)) from failed
    for account in found:
        click.echo(account.title)
        terminal.table((phrase("weights.what"), phrase("weights.value")), account.facts)
        for level in account.merged:
            click.echo(f"{phrase('weights.merged')} {level}")
        for unit in account.unweighted:
            click.echo(f"{phrase('weights.unweighted')} {unit}")


def _plan(text: str) -> Plan:
    """The plan that was typed, or all that is wrong with it."""
    try:
        return plans.loads(text)
    except plans.PlanError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        raise terminal.Problem(f"Cách tính quyền số có {len(error.problems)} lỗi.") from error


@waves.command()
@click.argument("code", metavar="MÃ")
@click.argument("kind", metavar="LOẠI_ĐIỂM")
@click.argument("size", metavar="SỐ_CÂU", type=int)
def split(code: str, kind: str, size: int) -> None:
    """Chia nhỏ phiếu của đợt MÃ ở LOẠI_ĐIỂM khi đợt còn là bản nháp.

    Mỗi người được hỏi câu chung và SỐ_CÂU câu khác, luân phiên để mọi câu được hỏi đều nhau; 0 là
    hỏi hết. LOẠI_ĐIỂM là mã trong ngoặc vuông, như counter.
    """
    with terminal.writing() as session, terminal.explained(_WORDS):
        wave = terminal.wave(session, code)
        forms = periods.forms_of(session, wave)
        if kind not in forms:
            known = ", ".join(map(_point, forms))
            raise terminal.Problem(f"Đợt {code} không hỏi ở điểm loại “{kind}”; có: {known}.")
        periods.split(session, wave, kind, size)
        total = len(routing.splittable(registry.instrument_of(forms[kind])))
    said = phrase("central.split", size=size, total=total) if size else phrase("central.whole")
    click.echo(f"Đợt {code}, {_point(kind)}: {said}")


def _listed(forms: Mapping[str, StoredInstrument]) -> str:
    """The forms of a wave by kind of points."""
    return ", ".join(
        f"{kept.code} v{kept.version} ({_point(kind)})" for kind, kept in forms.items()
    )


def _point(kind: str) -> str:
    return terminal.keyed(phrase(f"central.point.{kind}"), kind)


@waves.command("open")
@click.argument("code", metavar="MÃ")
def open_(code: str) -> None:
    """Mở đợt MÃ: từ ngày đầu, ai quét mã sẽ trả lời được."""
    with terminal.writing() as session, terminal.explained(_WORDS):
        wave = terminal.wave(session, code)
        periods.open_wave(session, wave)
        period = f"{wave.opens_on:%d/%m/%Y}–{wave.closes_on:%d/%m/%Y}"
    click.echo(f"Đã mở đợt {code} ({period})")


@waves.command()
@click.argument("code", metavar="MÃ")
def close(code: str) -> None:
    """Đóng đợt MÃ ngay bây giờ; sau đó không nhận phiếu nữa."""
    with terminal.writing() as session, terminal.explained(_WORDS):
        wave = terminal.wave(session, code)
        periods.close(session, wave, now=terminal.now())
        count = periods.answers(session, [wave.id or 0]).get(wave.id or 0, 0)
    click.echo(f"Đã đóng đợt {code}: {terminal.number(count)} phiếu")


def _row(wave: Wave, count: int) -> tuple[object, ...]:
    first, last = (f"{day:%d/%m/%Y}" for day in (wave.opens_on, wave.closes_on))
    return (
        wave.code, terminal.sector_words(wave.sector), wave.year, first, last, _status(wave),
        terminal.number(count), wave.name,
    )  # fmt: skip
