"""A sector over a period for tests of reports: figures made up, told as real ones are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.documents.report.period import Period
from app.documents.report.source import Source
from surveys.questionnaires.labels import Label
from surveys.results.figures import Figure, collect
from surveys.results.respondents import FormLevels, Group, ItemLevels, Profile
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
