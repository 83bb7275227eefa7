"""A sector over a period for tests of reports: figures made up, told as real ones are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from analysis import Interval
from app.documents.report.period import Period
from app.documents.report.source import Source
from surveys.questionnaires.labels import Label
from surveys.results.figures import Figure, collect
from surveys.results.respondents import FormLevels, Group, ItemLevels, Profile
from surveys.results.wishes import FormWishes, Wanted, Wish
from tests import released

LEVELS = FormLevels(
    Label("Phiếu ngoại trú", "Outpatient form"),
    tuple(Label(word, word) for word in ("Rất kém", "Kém", "Vừa", "Tốt", "Rất tốt")),
    (
        ItemLevels("A1", Label("Biển chỉ dẫn", "Signs"), (1, 2, 7, 40, 50)),
        ItemLevels("A2", Label("Lối đi", "Paths"), None),
    ),
)
PROFILE = Profile(
    Label("Phiếu ngoại trú", "Outpatient form"), Label("Giới tính", "Sex"),
    (Group(Label("Nam", "Male"), 60), Group(Label("Nữ", "Female"), None), Group(None, None)), 100,
)  # fmt: skip


def wishes(*spans: tuple[float, float]) -> FormWishes:
    """Wishes of a form with these intervals around their shares, and one that few answered."""
    asked = [
        Wish(f"Q{at}", Label(f"Bớt giấy tờ {at}", f"Fewer papers {at}"), 100, (10, 20, 30, 40),
             Wanted((low + high) / 2, (high - low) / 4, Interval(low, high)))
        for at, (low, high) in enumerate(spans, 1)
    ]  # fmt: skip
    held = Wish("Q99", Label("Ghế ngồi", "Seats"), 7, None, None)
    levels = tuple(Label(word, word) for word in ("Không cần", "Ít cần", "Cần", "Rất cần"))
    return FormWishes(Label("Phiếu hộ", "Household form"), levels, levels[2:], (*asked, held))


def items(*shares: float) -> list[Figure]:
    """Items of the outpatient form with these shares, three points to either side."""
    return [
        replace(released.ITEM, key=f"A{at}", name_vi=f"Tiêu chí {at}", value=share,
                low=share - 0.03, high=min(1.0, share + 0.03))
        for at, share in enumerate(shares, 1)
    ]  # fmt: skip


def source(figures: Sequence[Figure] = released.FIGURES, **changes: Any) -> Source:
    """The health sector of 2026 as its release tells it."""
    edition = released.edition(figures)
    given: dict[str, Any] = {
        "programme": edition.programme, "sector": edition.sector, "period": Period(2026),
        "figures": collect(figures), "method": edition.method, "release": edition.release,
        "compared": edition.compared(), "trends": (), "profiles": (PROFILE,), "levels": (LEVELS,),
        "wishes": (),
        "left_out": (), "demo": False,
    }  # fmt: skip
    return Source(**given | changes)
