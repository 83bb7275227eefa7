"""What may be said of the figures, and no more: sentences for the office to build upon.

Two figures are called different only where their intervals do not meet, which errs on the side of
saying nothing; a verdict is told in the words that pages use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app import wording
from app.documents.report import tables
from app.documents.report.source import Source
from app.filters import number, percent
from app.language import phrase
from surveys.results.figures import Figure, Figures

#: So many of the least and of the most satisfying items are named.
NAMED = 3


def about(source: Source) -> str:
    """What the figures rest on."""
    count, answers = len(source.method["waves"]), number(source.answers)
    words = (
        f"{source.sector.label.vi}: số liệu lấy từ {number(count)} đợt khảo sát đã đóng, "
        f"với {answers} phiếu hợp lệ."
    )
    if source.release is None:
        return f"{words} Đây là số liệu để dự thảo, chưa công bố."
    release = source.release
    return (
        f"{words} Số liệu theo bản công bố số {release.revision} ngày {tables.published(source)} "
        f"(SHA-256 {release.sha256[:12]}…)."
    )


def on_targets(source: Source) -> tuple[str, ...]:
    """A sentence for each figure that a target judges, with all its milestones."""
    return tuple(
        _on_target(source, figure) for figure in tables.headlines(source) if figure.target_key
    )


def on_items(items: Figures, whole: Figure | None) -> tuple[str, ...]:
    """The most and the least satisfying items of a form, and which of them stand out for sure."""
    shown = sorted((item for item in items if item.value is not None), key=_value)
    if len(shown) < 2 * NAMED:
        return ()
    weak, strong = shown[:NAMED], shown[: -NAMED - 1 : -1]
    found = [
        f"Tỷ lệ hài lòng cao nhất: {_named(strong)}.",
        f"Tỷ lệ hài lòng thấp nhất: {_named(weak)}.",
    ]
    if whole is not None and whole.low is not None and whole.high is not None:
        found.append(_standing_out(shown, whole))
    return tuple(found)


def weakest(source: Source) -> tuple[str, ...]:
    """The least satisfying items of each form, as matters to look into first."""
    return tuple(
        f"{tables.form_name(source, items.rows[0])}: {_named(shown[:NAMED])}."
        for items in source.summary.items
        if (shown := [item for item in items if item.value is not None])
    )


def on_units(figures: Sequence[Figure]) -> tuple[str, ...]:
    """How many units met the target, did not, or have not shown either; and who is held back."""
    shown = [figure for figure in figures if figure.value is not None]
    found = []
    if any(figure.verdict for figure in shown):
        counts = [sum(figure.verdict == each for figure in shown) for each in _COUNTED]
        words = (
            f"{number(n)} đơn vị {said}" for n, said in zip(counts, _COUNTED.values(), strict=True)
        )
        hint = " (chỉ dấu, vì có phiếu tự nguyện)" if any(row.indicative for row in shown) else ""
        found.append(f"Trong {number(len(figures))} đơn vị có phiếu: {', '.join(words)}{hint}.")
    silent = [figure for figure in figures if figure.value is None]
    if silent:
        names = "; ".join(f"{figure.unit_name} ({number(figure.n)} phiếu)" for figure in silent)
        found.append(
            f"Không nêu con số của {number(len(silent))} đơn vị vì chưa đủ tin cậy: {names}."
        )
    waiting = [row for row in shown if row.verdict == "not_shown" and _within_reach(row)]
    if waiting:
        needed = "; ".join(f"{row.unit_name} khoảng {number(_rounded(row))}" for row in waiting)
        found.append(f"Số phiếu còn cần thêm để kết luận, nếu tỷ lệ vẫn như hiện nay: {needed}.")
    return tuple(found)


def cautions(source: Source) -> tuple[str, ...]:
    """What limits the figures of a sector."""
    return tuple(_cautions(source))


#: Verdicts in the order in which they are counted.
_COUNTED = {"met": "đạt chỉ tiêu", "not_met": "chưa đạt", "not_shown": "chưa đủ căn cứ để kết luận"}


def _on_target(source: Source, figure: Figure) -> str:
    target = source.programme.target(figure.target_key or "")
    goals = "; ".join(
        f"năm {goal.year} {wording.wanted(goal.operator, goal.share)}" for goal in target.milestones
    )
    said = f"{target.label.vi}: {tables.told(figure)}"
    if figure.value is not None:
        said += f" (khoảng tin cậy 95 % từ {percent(figure.low)} đến {percent(figure.high)})"
    parts = (f"{said}.", wording.sentence(figure), wording.unheard(figure), f"Chỉ tiêu: {goals}.")
    return " ".join(filter(None, parts))


def _standing_out(shown: Sequence[Figure], whole: Figure) -> str:
    low, high = whole.low or 0.0, whole.high or 0.0
    below = [item for item in shown if item.high is not None and item.high < low]
    above = [item for item in shown if item.low is not None and item.low > high]
    mean = f"mức chung của phiếu ({wording.amount(whole)}, khoảng {wording.span(whole)})"
    if not below and not above:
        return f"Chưa có tiêu chí nào khác rõ so với {mean}: các khoảng tin cậy chồng lên nhau."
    groups = [("thấp hơn rõ", below), ("cao hơn rõ", above)]
    found = [(said, _codes(items)) for said, items in groups if items]
    parts = [
        f"{said} {'mức chung' if at else mean}: {codes}" for at, (said, codes) in enumerate(found)
    ]
    others = "Với các tiêu chí còn lại, chưa đủ căn cứ để nói cao hay thấp hơn mức chung."
    said = "; ".join(parts)
    return f"Tiêu chí {said}. {others if len(below) + len(above) < len(shown) else ''}".rstrip()


def _cautions(source: Source) -> Iterator[str]:
    name = source.sector.label.vi
    if source.left_out:
        yield f"{name}: chưa tính các đợt còn mở: {'; '.join(w.name for w in source.left_out)}."
    if any(figure.indicative for figure in tables.headlines(source)):
        yield f"{name}: {phrase('figures.indicative_note')}"
    for words, units in (
        ("chưa có số lượt phục vụ nên mọi phiếu nặng như nhau", _units(source, weighted=False)),
        ("thiếu số lượt phục vụ của vài tháng", _units(source, weighted=True)),
    ):
        if units:
            yield f"{name}: {words} ở {'; '.join(units)}."
    held = sum(figure.value is None for figure in source.figures)
    if held:
        yield (
            f"{name}: {number(held)} con số không nêu, vì có dưới 10 phiếu, vì không đo được "
            "sai số hoặc vì quá kém chính xác."
        )
    unchecked = [form for form in source.method["instruments"] if form["status"] == "chờ đối chiếu"]
    if unchecked:
        titles = "; ".join(form["title"]["vi"] for form in unchecked)
        yield f"{name}: câu hỏi của phiếu còn chờ đối chiếu với bản chính thức: {titles}."
    if source.release is not None and not source.profiles:
        yield (
            f"{name}: không có bảng người trả lời và bảng theo từng mức, vì phiếu đã thay đổi từ "
            "khi công bố."
        )

    yield from _without_wishes(source)


def _without_wishes(source: Source) -> Iterator[str]:
    if source.release is not None and source.asks_wishes and not source.wishes:
        yield (
            f"{source.sector.label.vi}: không có bảng mong muốn cải thiện, vì phiếu hoặc số lượt "
            "phục vụ đã thay đổi từ khi công bố."
        )


def _units(source: Source, *, weighted: bool) -> list[str]:
    """Units whose people served are not known, or not for all months."""
    found = [row for rows in source.summary.units() for row in rows]
    chosen = (row for row in found if row.weighted == weighted and (row.missing or not weighted))
    return list(dict.fromkeys(row.unit_name or "" for row in chosen))


def _named(items: Iterable[Figure]) -> str:
    return "; ".join(
        f"{item.key} “{item.name_vi}” {wording.amount(item)} ({wording.span(item)})"
        for item in items
    )


def _codes(items: Iterable[Figure]) -> str:
    return ", ".join(sorted(item.key for item in items))


def _value(figure: Figure) -> float:
    return figure.value or 0.0


def _within_reach(figure: Figure) -> bool:
    """Whether so many answers as would settle the question can be had at all."""
    needed = figure.answers_needed
    return needed is not None and needed <= (figure.population or needed)


def _rounded(figure: Figure) -> int:
    """The answers needed, rounded up to two digits: no more is known."""
    needed = figure.answers_needed or 0
    step = 10 ** max(0, len(str(needed)) - 2)
    return int(-(-needed // step) * step)
