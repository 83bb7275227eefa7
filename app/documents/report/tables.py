"""Figures as the tables and charts of a report. Nothing is computed here but order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app import charts, wording
from app.documents.edition import Line
from app.documents.report.source import Source
from app.documents.report.tree import Chart, Mark, Table
from app.filters import NOTHING, day, number, percent
from app.language import phrase
from surveys.database import day_of
from surveys.questionnaires.programme import Programme
from surveys.results.figures import Figure
from surveys.results.respondents import FormLevels, Profile
from surveys.results.trends import Trend

_VERDICTS = {"met": "Đạt", "not_met": "Chưa đạt", "not_shown": "Chưa đủ căn cứ"}
#: In place of a number that may not be told.
HELD_BACK = "không nêu"
_SHARE = "Tỷ lệ hài lòng"
_SPAN = "Khoảng tin cậy 95 %"


def waves(source: Source) -> Table:
    """The waves behind the figures."""
    rows = tuple(
        (wave["name"], f"{_day(wave['opens_on'])}–{_day(wave['closes_on'])}",
         number(wave["answers"]), number(wave["excluded"]))
        for wave in source.method["waves"]
    )  # fmt: skip
    return Table(
        f"Các đợt khảo sát {in_words(source)}",
        ("Đợt khảo sát", "Thời gian", "Số phiếu hợp lệ", "Số phiếu đã loại"),
        rows, (3.4, 2.6, 1.2, 1.2), names=2,
    )  # fmt: skip


def judged(source: Source) -> Table:
    """What targets judge in the sector and its groups, each with its verdict."""
    programme = source.programme
    return Table(
        f"Tỷ lệ hài lòng so với chỉ tiêu {in_words(source)}",
        ("Nội dung", _SHARE, _SPAN, "Số phiếu", "Chỉ tiêu", "Kết luận"),
        tuple(_judged(programme, figure) for figure in headlines(source)),
        (3.2, 1.3, 1.7, 1.1, 1.3, 1.6),
    )


def headlines(source: Source) -> tuple[Figure, ...]:
    """The figures of the whole sector that a target judges, then those of its groups."""
    return (*source.summary.headlines, *source.summary.groups)


def measures(source: Source) -> Table | None:
    """The other figures of whole forms; None where there is nothing but the index."""
    found = source.summary.measures
    rows = tuple(
        (measure_name(figure), form_name(source, figure), wording.amount(figure),
         wording.span(figure), number(figure.n))
        for figure in found
    )  # fmt: skip
    header = ("Số liệu", "Phiếu", "Giá trị", _SPAN, "Số phiếu")
    caption = f"Các số liệu của cả phiếu {in_words(source)}"
    return Table(caption, header, rows, (2.4, 3, 1.1, 1.7, 1), names=2) if rows else None


def measure_name(figure: Figure) -> str:
    """What a figure of a whole form measures."""
    return phrase(f"figures.measure.{figure.measure}")


def form_name(source: Source, figure: Figure) -> str:
    """The title of a figure's form."""
    code = figure.instrument
    return source.forms.get(code, code) if code else "Các phiếu gộp lại"


def listed(source: Source, figures: Iterable[Figure], caption: str, *, what: str) -> Table:
    """Dimensions or items of a form with their shares."""
    rows = tuple(
        (figure.key, figure.name_vi, told(figure), wording.span(figure), number(figure.n))
        for figure in figures
    )
    header = ("Mã", what, _SHARE, _SPAN, "Số phiếu")
    caption = f"{caption} {in_words(source)}"
    return Table(caption, header, rows, (0.8, 4.2, 1.3, 1.8, 1.1), names=2)


def units(source: Source, figures: Sequence[Figure], target: str) -> Table:
    """The units by their share, each with the ranks that its interval leaves open."""
    rows = tuple(
        (figure.unit_name or "", told(figure), wording.span(figure), number(figure.n),
         percent(wording.share_served(figure)), ranks(figure, figures), verdict(figure))
        for figure in in_order(figures)
    )  # fmt: skip
    return Table(
        f"Từng đơn vị {in_words(source)}: {target}",
        ("Đơn vị", _SHARE, _SPAN, "Số phiếu", "Trên số lượt phục vụ", "Hạng có thể", "Kết luận"),
        rows, (2.9, 1.1, 1.6, 1, 1.2, 1.1, 1.5),
    )  # fmt: skip


def in_order(figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """The figures from the highest down, what is held back last."""
    return tuple(sorted(figures, key=lambda row: (row.value is None, -(row.value or 0))))


def ranks(figure: Figure, others: Iterable[Figure]) -> str:
    """The ranks that a unit may have: it is behind those alone whose interval is above its own."""
    told_ = [each for each in others if each.low is not None and each.high is not None]
    if figure.low is None or figure.high is None:
        return NOTHING
    best = 1 + sum((each.low or 0) > figure.high for each in told_)
    worst = len(told_) - sum((each.high or 0) < figure.low for each in told_)
    return str(best) if best == worst else f"{best}–{worst}"


def since_last_year(source: Source) -> Table:
    """This year's judged figures beside those of the year before."""
    rows = tuple(
        (line.figure.unit_name or target_name(source.programme, line.figure),
         _both(line.before), _both(line.figure),
         wording.signed(line.change) if line.change is not None else NOTHING, year_change(line))
        for line in source.compared
    )  # fmt: skip
    return Table(
        f"So với năm trước {in_words(source)}",
        ("Nội dung", "Năm trước (khoảng)", "Kỳ này (khoảng)", "Chênh (điểm %)", "Nhận xét"),
        rows, (2.8, 1.9, 1.9, 1.1, 2.3),
    )  # fmt: skip


def year_change(line: Line) -> str:
    """Whether a change from the year before is shown."""
    if line.change is None:
        return "không so sánh được"
    if not line.apart:
        return "chưa thấy thay đổi rõ"
    return "tăng rõ" if line.change > 0 else "giảm rõ"


def wave_by_wave(source: Source, trend: Trend) -> Table:
    """The waves of the period, each with its change since the one before."""
    rows = tuple(
        (point.wave.name,
         told(point.figure) if point.figure else HELD_BACK,
         wording.span(point.figure) if point.figure else NOTHING,
         wording.changed(point.change))
        for point in trend.points
    )  # fmt: skip
    target = source.programme.target(trend.target_key or "").label.vi
    return Table(
        f"Thay đổi qua các đợt {in_words(source)}: {target}",
        ("Đợt khảo sát", _SHARE, _SPAN, "So với đợt liền trước"),
        rows, (2.6, 1.1, 1.6, 4),
    )  # fmt: skip


def levels(source: Source, form: FormLevels) -> Table:
    """The answers to each item by level, in percent of those who answered it."""
    rows = []
    for item in form.items:
        total = sum(item.counts) if item.counts else 0
        cells = [percent(count / total) for count in item.counts or ()]
        held = [HELD_BACK, *[NOTHING] * (len(form.levels) - 1)]
        rows.append((item.code, item.label.vi, *(cells or held), number(total or None)))
    names = (*(label.vi for label in form.levels), "Số người trả lời")
    caption = f"Trả lời theo từng mức {in_words(source)}: {form.form.vi}"
    widths = (0.7, 3.2, *[1.15] * len(names))
    return Table(caption, ("Mã", "Tiêu chí", *names), tuple(rows), widths, names=2)


def profile(source: Source, found: Sequence[Profile]) -> Table:
    """The respondents of a form by what they said of themselves."""
    rows = [
        (each.question.vi if at == 0 else "", group.label.vi if group.label else "Không trả lời",
         HELD_BACK if group.people is None else number(group.people),
         NOTHING if group.people is None else percent(group.people / each.people))
        for each in found
        for at, group in enumerate(each.groups)
    ]  # fmt: skip
    caption = f"Người trả lời {in_words(source)}: {found[0].form.vi}"
    header = ("Đặc điểm", "Nhóm", "Số người", "Tỷ lệ")
    return Table(caption, header, tuple(rows), (2.6, 3.4, 1.2, 1.2), names=2)


def chart(figures: Sequence[Figure], caption: str) -> Chart:
    """The shares as dots with intervals, in the order given, on one axis with their target."""
    axis = charts.axis_of(figures)
    marks = tuple(
        Mark(
            figure.unit_name or figure.name_vi, figure.value, figure.low, figure.high, told(figure)
        )
        for figure in figures
    )
    said = "; ".join(
        f"{mark.name}: {mark.words} ({wording.span(figure)})"
        for mark, figure in zip(marks, figures, strict=True)
    )
    ticks = tuple((share, percent(share, 0)) for share in axis.ticks)
    return Chart(caption, f"{caption}. {said}", marks, axis.low, ticks, axis.target)


def told(figure: Figure) -> str:
    """The value as it is written, or that it is held back."""
    return HELD_BACK if figure.value is None else wording.amount(figure)


def verdict(figure: Figure) -> str:
    """The verdict in two words; one that rests on volunteers is called a hint."""
    if figure.verdict is None:
        return NOTHING
    if figure.showing == "suppressed":
        return "Không nêu"
    words = _VERDICTS[figure.verdict]
    return f"{words} (chỉ dấu)" if figure.indicative else words


def target_name(programme: Programme, figure: Figure) -> str:
    """What the target of a figure is called."""
    if figure.target_key is None:
        return figure.name_vi
    return programme.target(figure.target_key).label.vi


def in_words(source: Source) -> str:
    """The sector and the period, for captions: tables are copied out of reports."""
    return f"– {source.sector.label.vi}, {source.period.label}"


def published(source: Source) -> str:
    """When the figures were published."""
    return day(day_of(source.release.published_at)) if source.release else ""


def _judged(programme: Programme, figure: Figure) -> tuple[str, ...]:
    wanted = NOTHING
    if figure.target is not None and figure.operator is not None:
        wanted = wording.wanted(figure.operator, figure.target)
    return (
        target_name(programme, figure), told(figure), wording.span(figure), number(figure.n),
        wanted, verdict(figure),
    )  # fmt: skip


def _both(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return HELD_BACK
    return f"{wording.amount(figure)} ({wording.span(figure)})"


def _day(text: str) -> str:
    year, month, of_month = text.split("-")
    return f"{of_month}/{month}/{year}"
