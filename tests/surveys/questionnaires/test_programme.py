"""The programme of the shipped decision, and how a faulty programme file is told."""

from __future__ import annotations

import pytest

from surveys.questionnaires import programme
from surveys.questionnaires.programme import Milestone, ProgrammeError

TAN_KY = programme.load("tan-ky-169")
TEXT = (programme.FOLDER / "tan-ky-169.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("key", "in_2025", "in_2030"),
    [
        ("procedures", (">", 0.90), (">", 0.95)),
        ("procedures.land-construction-investment", (">=", 0.85), (">", 0.90)),
        ("agencies", (">=", 0.90), (">=", 0.95)),
        ("health", (">=", 0.85), (">=", 0.90)),
        ("education", (">=", 0.85), (">=", 0.90)),
    ],
)
def test_the_targets_of_decision_169(
    key: str, in_2025: tuple[str, float], in_2030: tuple[str, float]
) -> None:
    assert TAN_KY.target(key).milestones == (Milestone(2025, *in_2025), Milestone(2030, *in_2030))


@pytest.mark.parametrize(
    ("year", "milestone"),
    [(2021, 2025), (2022, 2025), (2025, 2025), (2026, 2030), (2030, 2030), (2031, 2030)],
)
def test_a_year_is_judged_by_the_next_milestone(year: int, milestone: int) -> None:
    assert TAN_KY.target("health").applicable(year).year == milestone


def test_the_land_group_is_part_of_the_counter_fields() -> None:
    group = TAN_KY.target("procedures.land-construction-investment")
    at_counters = {field.key for field in TAN_KY.fields_of("counter")}
    assert set(group.fields) == {"land", "construction", "investment"}
    assert set(group.fields) < at_counters
    assert group.instruments == TAN_KY.target("procedures").instruments


def test_a_programme_may_give_no_points() -> None:
    assert programme.loads(TEXT.split("[scoring]")[0]).scoring is None


def test_every_target_is_found_from_its_sector() -> None:
    found = [target for sector in TAN_KY.sectors for target in TAN_KY.targets_of(sector.key)]
    assert found == list(TAN_KY.targets)
    assert [sector.key for sector in TAN_KY.sectors] == ["administration", "health", "education"]
    assert TAN_KY.sector("health").owner("vi") == "Phòng Y tế"
    assert TAN_KY.field("land").label("en") == "Land and environment"


def test_the_folder_holds_this_one_programme() -> None:
    assert programme.shipped() == (TAN_KY,)
    with pytest.raises(FileNotFoundError):
        programme.load("no-such-programme")


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ('operator = ">=", share = 0.85', 'operator = "≥", share = 0.85', "operator", "“≥”"),
        ("share = 0.85", "share = 85", "share", "lớn hơn 1"),
        ("share = 0.85", 'share = "85 %"', "share", "số lớn hơn 0"),
        (", share = 0.85", "", "targets[2].milestones[1].share", "Thiếu"),
        ("year = 2030", "year = 2020", "milestones", "không tăng dần"),
        ("year = 2030", 'year = "2030"', "year", "số nguyên"),
        ('sector = "health"', 'sector = "heath"', "targets[4].sector", "“heath”"),
        ('fields = ["land", ', 'fields = ["lands", ', "targets[2].fields", "“lands”"),
        ('key = "agencies"', 'key = "health"', "targets[4].key", "đã dùng ở targets[3].key"),
        ('key = "investment"', 'key = "land"', "fields[3].key", "đã dùng ở fields[1].key"),
        ("last_year = 2030", "last_year = 2020", "last_year", "trước năm đầu"),
        ('decision = "', 'decison = "', "decison", "“decison”"),
        ("closes = 18", "closes = 7", "hours.closes", "không sau giờ mở cửa"),
        ("opens = 7", "opens = 24", "hours.opens", "số nguyên từ 0 đến 23"),
        ("[hours]", "[hour]", "hour", "“hour”"),
        ("reaches = 0.95", "reaches = 0.85", "bands", "không giảm dần"),
        ("reaches = 0.95", "reaches = 95", "reaches", "lớn hơn 1"),
        ('status = "chờ đối chiếu"', 'status = "xong"', "scoring.status", "“xong”"),
        ('key = "justice"', 'key = "tư pháp"', "fields[4].key", "không đúng dạng"),
    ],
)
def test_a_fault_is_told_with_its_place(old: str, new: str, place: str, words: str) -> None:
    found = programme.problems(TEXT.replace(old, new))
    assert any(
        problem.line and place in problem.place and words in problem.message for problem in found
    ), found
    assert all(problem.remedy for problem in found)


def test_a_text_that_is_no_toml_is_one_problem_on_its_line() -> None:
    with pytest.raises(ProgrammeError) as caught:
        programme.loads('code = "x"\ntitle = \n')
    assert [problem.line for problem in caught.value.problems] == [2]


@pytest.mark.parametrize("text", [TEXT, "\ufeff" + TEXT.replace("\n", "\r\n")])
def test_the_shipped_file_has_no_fault_however_it_was_saved(text: str) -> None:
    assert programme.problems(text) == []


def test_the_wishes_of_a_form_stand_once() -> None:
    block = '\n[[wishes]]\ninstrument = "a-b"\nquestions = ["Q1"]\ncounted = ["2"]\n'
    assert programme.problems(TEXT + block) == []
    (found,) = programme.problems(TEXT + block + block)
    assert "wishes[3].instrument" in str(found)
    assert TAN_KY.wishes_of("sipas-quay") is None
