"""How figures are arranged for a page."""

from __future__ import annotations

from dataclasses import replace

from app.summary import Summary
from surveys.results.figures import collect
from tests.released import INDEX, MEASURED, SCORE

TOGETHER = replace(SCORE, instrument=None, name_vi="Điểm trung bình")


def test_one_form_is_not_said_again_as_all_forms_together() -> None:
    found = Summary(collect([INDEX, TOGETHER, MEASURED, SCORE])).measures
    assert [(row.measure, row.instrument) for row in found] == [
        ("index", "y-te-ngoai-tru"), ("mean_score", "y-te-ngoai-tru"),
    ]  # fmt: skip


def test_several_forms_stand_beside_what_they_say_together() -> None:
    other = replace(SCORE, instrument="y-te-noi-tru")
    found = Summary(collect([INDEX, TOGETHER, MEASURED, SCORE, other])).measures
    assert [row.instrument for row in found if row.measure == "mean_score"] == [
        None, "y-te-ngoai-tru", "y-te-noi-tru",
    ]  # fmt: skip
