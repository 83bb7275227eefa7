"""What a figure says in words: verdicts, targets, bases, reasons; for readers of any trade."""

from __future__ import annotations

from collections.abc import Iterable

import flask

from app.filters import NOTHING, interval, number, percent
from app.language import PhraseMissing, current_language, phrase
from surveys.results.changes import Change, Silence
from surveys.results.figures import Figure

_TARGET_WORDS = {">": "figures.target.above", ">=": "figures.target.at_least"}
_TARGET_SIGNS = {">": ">", ">=": "≥"}


def name(figure: Figure) -> str:
    """The figure's own name in the language of this request."""
    return figure.name_en if current_language() == "en" else figure.name_vi


def amount(figure: Figure, digits: int = 1) -> str:
    """The value as it is written: percent, or points of the scale for a mean score."""
    if figure.measure == "mean_score":
        return number(figure.value, 2)
    return percent(figure.value, digits)


def span(figure: Figure) -> str:
    """The interval as it is written."""
    if figure.low is None or figure.high is None:
        return NOTHING
    if figure.measure == "mean_score":
        return f"{number(figure.low, 2)}–{number(figure.high, 2)}"
    return interval(figure.low, figure.high)


def share_served(figure: Figure) -> float | None:
    """Answers as a share of the people served; None where the frame does not tell."""
    return figure.n / figure.population if figure.population else None


def response_rate(figure: Figure) -> float | None:
    """The share of the issued tickets that was answered; None where none was issued."""
    return (figure.returned or 0) / figure.issued if figure.issued else None


def unserved(figure: Figure) -> str:
    """Why the people served are not known: some months are missing, or all; empty if they are."""
    if figure.population:
        return ""
    if not (figure.missing and figure.weighted):
        return phrase("figures.served_unknown")
    return phrase("figures.served_missing", months=missing_months(figure))


def missing_months(figure: Figure) -> str:
    """The months whose people served are missing: `01–02/2026, 04/2026`."""
    return months(figure.missing)


def months(days: Iterable[str]) -> str:
    """Months in order, told by ISO months or days, those that follow each other as one."""
    runs: list[tuple[str, list[str]]] = []
    for year, month in ((day[:4], day[5:7]) for day in days):
        if runs and runs[-1][0] == year and int(runs[-1][1][-1]) + 1 == int(month):
            runs[-1][1].append(month)
        else:
            runs.append((year, [month]))
    return ", ".join(f"{'–'.join(dict.fromkeys((run[0], run[-1])))}/{year}" for year, run in runs)


def wanted(operator: str, share: float) -> str:
    """A target in words: `trên 90 %`, `tối thiểu 85 %`."""
    return phrase(_TARGET_WORDS[operator], share=_short(share))


def wanted_sign(operator: str, share: float) -> str:
    """A target in signs: `> 90 %`, `≥ 85 %`."""
    return f"{_TARGET_SIGNS[operator]}\N{NO-BREAK SPACE}{_short(share)}"


def sentence(figure: Figure) -> str:
    """What the verdict means, or why there is none."""
    if figure.showing == "suppressed":
        return reason(figure)
    if figure.verdict is None or figure.target is None or figure.operator is None:
        return phrase("figures.sentence.none")
    finding = phrase(
        f"figures.sentence.{figure.verdict}{_strength(figure)}",
        target=wanted(figure.operator, figure.target),
        low=percent(figure.low),
        high=percent(figure.high),
    )
    return f"{finding} {_outlook(figure)}" if figure.verdict == "not_shown" else finding


def open_span(figure: Figure) -> str:
    """The limits of a verdict on an open wave as they are written."""
    return interval(figure.open_low, figure.open_high)


def watching(figure: Figure) -> str:
    """What the verdict on an open wave rests on; empty where waves are closed."""
    if figure.open_low is None or figure.open_high is None:
        return ""
    low, high = percent(figure.open_low), percent(figure.open_high)
    return phrase("figures.open_limits", low=low, high=high)


def unheard(figure: Figure) -> str:
    """What those who did not answer could change; empty where nothing can be said of them."""
    if figure.bound_low is None or figure.bound_high is None:
        return ""
    low, high = percent(figure.bound_low), percent(figure.bound_high)
    return f"{phrase('figures.unheard.bounds', low=low, high=high)} {_turning(figure)}".rstrip()


def reason(figure: Figure) -> str:
    """Why a figure is held back, footnoted or to be read with care; empty where it is not."""
    if figure.showing == "shown":
        return ""
    try:
        return phrase(f"figures.reason.{figure.reason}")
    except PhraseMissing:
        return phrase(f"figures.showing.{figure.showing}")


def changed(change: Change | Silence | None) -> str:
    """How a figure changed since the wave before, with its interval, or why nothing can be said."""
    if change is None:
        return NOTHING
    if isinstance(change, str):
        return phrase(f"office.change.silence.{change}")
    return phrase(
        f"office.change.shown.{change.direction}",
        points=signed(change.difference),
        low=signed(change.low),
        high=signed(change.high),
        wave=change.earlier.name,
    )


def signed(share: float) -> str:
    """A difference of shares in points with its sign: `+2,1`, `−0,3`."""
    points = number(abs(100 * share), 1)
    if not any(digit in points for digit in "123456789"):
        return points
    return f"{'−' if share < 0 else '+'}{points}"


def install(app: flask.Flask) -> None:
    """Give templates these words."""
    words = (
        amount, missing_months, name, open_span, reason, response_rate, sentence, share_served,
        span, unheard, unserved, watching,
    )  # fmt: skip
    for filter_ in words:
        app.add_template_filter(filter_, f"figure_{filter_.__name__}")
    app.add_template_filter(changed, "changed")
    app.add_template_filter(months, "months")
    app.add_template_filter(signed, "signed")
    app.jinja_env.globals.update(wanted=wanted, wanted_sign=wanted_sign)


def _strength(figure: Figure) -> str:
    """How much the words may claim: volunteers prove nothing about the others.

    The verdict rests on a one-sided limit, which reaches a little further than the interval: the
    interval's end is named as proof only where it is one.
    """
    if figure.low is None or figure.high is None or figure.target is None:
        return "_indicative" if figure.indicative and figure.verdict != "not_shown" else ""
    if figure.open_low is not None:
        return "_indicative" if figure.indicative and figure.verdict != "not_shown" else ""
    if figure.verdict == "not_shown":
        return "_clear"
    proves = figure.low > figure.target if figure.verdict == "met" else figure.high < figure.target
    return ("_indicative" if figure.indicative else "") + ("_clear" if proves else "")


def _turning(figure: Figure) -> str:
    """How different the others must be before the verdict turns; empty without a verdict."""
    if figure.verdict in (None, "not_shown"):
        return ""
    if figure.break_even is None:
        return phrase("figures.unheard.stands")
    points = number(abs(100 * figure.break_even), 1)
    return phrase(f"figures.unheard.turned_{figure.verdict}", points=points)


def _outlook(figure: Figure) -> str:
    """How many more answers would settle the question, rounded up to two digits."""
    needed = figure.answers_needed
    if needed is None or needed > (figure.population or needed):
        return phrase("figures.sentence.close")
    step = 10 ** max(0, len(str(needed)) - 2)
    return phrase("figures.sentence.needed", answers=number(-(-needed // step) * step))


def _short(share: float) -> str:
    """A target's share without needless decimals: `90 %`, `92,5 %`."""
    return percent(share, 0 if round(100 * share, 6).is_integer() else 1)
