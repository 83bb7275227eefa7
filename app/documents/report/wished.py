"""What people wish to see improved, as a table, a chart and sentences of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app import charts
from app.documents.report import tables
from app.documents.report.source import Source
from app.documents.report.tree import Block, Bullets, Chart, Mark, Paragraph, Table
from app.filters import NOTHING, interval, number, percent
from surveys.results.wishes import FormWishes, Wish

#: So many of the wishes are named.
NAMED = 3
_NOTE = (
    "Các mức đếm phiếu như đã nhận. Tỷ lệ mong muốn đã nhân quyền số, nên có thể hơi khác tổng các "
    "mức ấy. Mong muốn có dưới 10 người trả lời không nêu."
)


def blocks(source: Source) -> Iterator[Block]:
    """The wishes of each form: what may be said of them, table and chart."""
    for form in source.wishes:
        said = sentences(form)
        if said:
            yield Bullets(said)
        yield table(source, form)
        yield Paragraph(_NOTE, soft=True)
        if _told(form):
            yield chart(source, form)


def table(source: Source, form: FormWishes) -> Table:
    """The wishes by the share of people who want them, with the answers by level in percent."""
    rows = tuple(
        (wish.label.vi, *_levels(wish, len(form.levels)), number(wish.answers or None),
         _share(wish), _span(wish))
        for wish in form.wishes
    )  # fmt: skip
    levels = tuple(level.vi for level in form.levels)
    header = ("Mong muốn", *levels, "Số người trả lời", counted(form), "Khoảng tin cậy 95 %")
    widths = (3.2, *[1.0] * len(levels), 1.0, 1.1, 1.5)
    return Table(f"Mong muốn cải thiện {_of(source, form)}", header, rows, widths)


def chart(source: Source, form: FormWishes) -> Chart:
    """The shares of people who want each improvement, with their intervals on one axis."""
    caption = f"Tỷ lệ người trả lời “{counted(form)}” {_of(source, form)}"
    found = _told(form)
    axis = charts.axis_over(wish.wanted.interval.low for wish in found if wish.wanted)
    marks = tuple(_mark(wish) for wish in found)
    said = "; ".join(f"{wish.label.vi}: {_share(wish)} ({_span(wish)})" for wish in found)
    ticks = tuple((share, percent(share, 0)) for share in axis.ticks)
    return Chart(caption, f"{caption}. {said}", marks, axis.low, ticks)


def sentences(form: FormWishes) -> tuple[str, ...]:
    """The wishes named most often, and whether they stand out; empty where few can be told."""
    shown = _told(form)
    if len(shown) <= NAMED:
        return ()
    return (
        f"Mong muốn được nhiều người nêu nhất (trả lời “{counted(form)}”): {_named(shown)}.",
        _standing_out(shown),
    )


def most_wanted(source: Source) -> tuple[str, ...]:
    """The most wanted improvements of each form, for proposals."""
    return tuple(
        f"{form.form.vi}: {_named(shown)}." for form in source.wishes if (shown := _told(form))
    )


def counted(form: FormWishes) -> str:
    """The levels that count as wanting, in words: `Cần hoặc rất cần`."""
    first, *others = (label.vi for label in form.counted)
    return " hoặc ".join([first, *(word[0].lower() + word[1:] for word in others)])


def _standing_out(shown: Sequence[Wish]) -> str:
    """Which wishes are behind the first for sure: only those whose interval is below its own."""
    first = shown[0].wanted
    behind = [
        wish for wish in shown[1:]
        if first and wish.wanted and wish.wanted.interval.high < first.interval.low
    ]  # fmt: skip
    name = f"“{shown[0].label.vi}”"
    if not behind:
        return f"Chưa có mong muốn nào ít hơn rõ so với {name}: các khoảng tin cậy còn chồng nhau."
    if len(behind) == len(shown) - 1:
        return f"{name} được mong muốn nhiều hơn rõ so với mọi mong muốn khác."
    names = "; ".join(f"“{wish.label.vi}”" for wish in behind)
    return (
        f"Ít hơn rõ so với {name}: {names}. Với các mong muốn còn lại, chưa thể nói điều nào được "
        "mong muốn nhiều hơn."
    )


def _told(form: FormWishes) -> list[Wish]:
    return [wish for wish in form.wishes if wish.wanted]


def _named(shown: Sequence[Wish]) -> str:
    return "; ".join(f"“{wish.label.vi}” {_share(wish)} ({_span(wish)})" for wish in shown[:NAMED])


def _levels(wish: Wish, levels: int) -> tuple[str, ...]:
    if wish.counts is None:
        return (tables.HELD_BACK, *[NOTHING] * (levels - 1))
    return tuple(percent(count / wish.answers) for count in wish.counts)


def _share(wish: Wish) -> str:
    return percent(wish.wanted.value) if wish.wanted else tables.HELD_BACK


def _span(wish: Wish) -> str:
    if wish.wanted is None:
        return NOTHING
    return interval(wish.wanted.interval.low, wish.wanted.interval.high)


def _mark(wish: Wish) -> Mark:
    wanted = wish.wanted
    if wanted is None:
        return Mark(wish.label.vi, None, None, None, _share(wish))
    span = wanted.interval
    return Mark(wish.label.vi, wanted.value, span.low, span.high, _share(wish))


def _of(source: Source, form: FormWishes) -> str:
    return f"{tables.in_words(source)}: {form.form.vi}"
