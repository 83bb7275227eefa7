"""Posted values become checked answers, or a list of what to correct; nothing in between."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.questionnaires import answers, instrument
from surveys.questionnaires.answers import AnswerProblem, AnswerProblems, Answers
from surveys.questionnaires.instrument import Instrument
from surveys.questionnaires.questionnaire import Question

TINY = Path(__file__).parent.parent.parent / "instruments"
SMALL = instrument.load(TINY / "small.toml")
FULL = {
    "a.A1": ["5"],
    "a.A2": ["0"],
    "a.B1": ["1"],
    "a.C1": ["4"],
    "q.G1": ["95"],
    "q.G2": ["2"],
    "q.Q2": ["3", "1"],
    "p.sex": ["2"],
    "p.age_band": ["1"],
    "p.occupation": ["1"],
    "t.G3": ["Cán bộ nhiệt tình"],
}


def check(changes: dict[str, list[str]], **options: list[str]) -> Answers:
    return answers.check(SMALL, FULL | changes, fields=options.get("fields", []))


def refused(changes: dict[str, list[str]], **options: list[str]) -> list[AnswerProblem]:
    with pytest.raises(AnswerProblems) as caught:
        check(changes, **options)
    return list(caught.value.problems)


def test_a_full_form_is_packed_in_the_order_of_the_instrument() -> None:
    assert check({}) == Answers(
        packed="5014",
        others="09521011",
        sex="2",
        age_band="1",
        texts=(("G3", "Cán bộ nhiệt tình"),),
        field=None,
    )


@pytest.mark.parametrize("written", ["95%", " 95 % ", "95", "095"])
def test_a_share_may_be_written_with_its_sign(written: str) -> None:
    assert check({"q.G1": [written]}).others == "09521011"


def test_blanks_are_kept_as_blanks() -> None:
    found = answers.check(SMALL, {"a.B1": ["3"], "a.A1": [""], "p.sex": [""], "q.Q2": []})
    assert found == Answers("--3-", "--------", None, None, (), None)


def test_a_form_without_profile_or_questions_is_enough() -> None:
    form = instrument.load(TINY / "three_levels.toml")
    assert answers.check(form, {"a.A1": ["3"]}) == Answers("3-", "", None, None, (), "outpatient")


@pytest.mark.parametrize(
    ("name", "values", "problem"),
    [
        ("a.A1", ["6"], ("A1", "out_of_scale")),
        ("a.A1", ["-"], ("A1", "out_of_scale")),
        ("a.A1", ["."], ("A1", "out_of_scale")),
        ("a.A1", ["55"], ("A1", "out_of_scale")),
        ("a.A1", ["٥"], ("A1", "out_of_scale")),
        ("a.A1", ["0"], ("A1", "out_of_scale")),
        ("a.A1", ["4", "5"], ("A1", "repeated")),
        ("a.A1", ["5", "5"], ("A1", "repeated")),
        ("a.Z9", ["5"], ("a.Z9", "unknown_item")),
        ("q.sex", ["1"], ("q.sex", "unknown_item")),
        ("p.phone", ["0912345678"], ("p.phone", "unknown_item")),
        ("t.A1", ["x"], ("t.A1", "unknown_item")),
        ("q.G2", ["3"], ("G2", "out_of_scale")),
        ("q.G2", ["1", "2"], ("G2", "repeated")),
        ("q.Q2", ["1", "4"], ("Q2", "out_of_scale")),
        ("q.Q2", ["1", "1"], ("Q2", "repeated")),
        ("q.G1", ["201"], ("G1", "out_of_range")),
        ("q.G1", ["-1"], ("G1", "out_of_range")),
        ("q.G1", ["95,5"], ("G1", "not_a_number")),
        ("q.G1", ["%"], ("G1", "not_a_number")),
        ("q.G1", ["95 %%"], ("G1", "not_a_number")),
        ("q.G1", ["nhiều"], ("G1", "not_a_number")),
        ("q.G1", ["9" * 5000], ("G1", "not_a_number")),
        ("p.sex", ["4"], ("sex", "out_of_scale")),
        ("p.age_band", ["1", "2"], ("age_band", "repeated")),
        ("t.G3", ["a", "b"], ("G3", "repeated")),
        ("t.G3", ["a" * 201], ("G3", "too_long")),
        ("t.G3", ["a" * 1_000_000], ("G3", "too_long")),
        ("t.G3", ["o" + "\u0323\u0302" * 500_000], ("G3", "too_long")),
        ("t.G3", ["Ch\ufffdo"], ("G3", "bad_text")),
        ("t.G3", [f"Ch{chr(0xDCE0)}o"], ("G3", "bad_text")),
        ("field", ["land"], ("field", "unknown_field")),
    ],
)
def test_a_wrong_value_is_named(name: str, values: list[str], problem: tuple[str, str]) -> None:
    assert refused({name: values}) == [problem]
    assert problem[1] in answers.KINDS


ATTACKS = ["<script>alert(1)</script>", "'; DROP TABLE response; --", "1 OR 1=1", "\x00", "😀" * 50]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("name", [*sorted(FULL.keys() - {"t.G3"}), "field"])
def test_html_and_sql_are_refused_where_a_code_belongs(name: str, attack: str) -> None:
    assert len(refused({name: [attack]}, fields=["land"] if name == "field" else [])) == 1


@pytest.mark.parametrize("attack", ATTACKS[:3])
def test_html_and_sql_are_only_words_in_a_comment(attack: str) -> None:
    assert check({"t.G3": [attack]}).texts == (("G3", attack),)


def test_an_unknown_name_comes_back_short_and_fit_to_be_shown() -> None:
    (problem,) = refused({"a.\udce0" + "<b>" * 1000: ["5"]})
    assert len(problem.code) == 40
    assert problem.code.encode("utf-8").startswith(b"a.?<b>")


def test_names_of_the_form_itself_are_none_of_our_business() -> None:
    assert check({"key": ["abc"], "csrf_token": ["x"], "lang": ["vi"]}) == check({})


def test_every_problem_is_told_at_once() -> None:
    found = refused({"a.A1": ["9"], "q.G1": ["x"], "p.sex": ["7"], "t.G3": ["a" * 300]})
    assert {problem.code for problem in found} == {"A1", "G1", "sex", "G3"}


@pytest.mark.parametrize("marks", [{}, {"a.A2": ["0"]}, {"t.G3": ["Tốt"], "q.G1": ["100"]}])
def test_a_form_without_any_rating_is_refused(marks: dict[str, list[str]]) -> None:
    with pytest.raises(AnswerProblems, match="form: nothing_answered"):
        answers.check(SMALL, marks)


def test_the_purpose_is_asked_only_where_there_are_purposes() -> None:
    assert check({"field": ["land"]}, fields=["land", "justice"]).field == "land"
    assert refused({}, fields=["land"]) == [("field", "field_missing")]
    assert refused({"field": ["water"]}, fields=["land"]) == [("field", "unknown_field")]
    assert refused({"field": ["land", "land"]}, fields=["land"])[0] == ("field", "repeated")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Tốt \r\nlắm\r", "Tốt \nlắm"),
        (unicodedata.normalize("NFD", "Phục vụ chu đáo"), "Phục vụ chu đáo"),
        ("một\x00hai\x1b[31m\tba\x85", "mộthai[31m ba"),
        ("a" * 200, "a" * 200),
    ],
)
def test_a_comment_is_composed_and_loses_its_control_characters(typed: str, kept: str) -> None:
    assert check({"t.G3": [typed]}).texts == (("G3", kept),)


@pytest.mark.parametrize("empty", ["", "   ", "\r\n\t", "\x00\x07"])
def test_an_empty_comment_is_none(empty: str) -> None:
    assert check({"t.G3": [empty]}).texts == ()


def test_the_digest_tells_a_replay_from_another_answer() -> None:
    again = check({"q.Q2": ["1", "3"]})
    assert again.digest == check({}).digest
    changed = [{"packed": "5015"}, {"others": "-" * 8}, {"sex": "1"}, {"age_band": None}]
    changed += [{"texts": ()}, {"field": "land"}]
    digests = {replace(again, **change).digest for change in changed}  # type: ignore[arg-type]
    assert len(digests | {again.digest}) == 7


def test_unpacking_shows_what_was_answered() -> None:
    assert answers.unpack(SMALL, "50-.", "09521011") == {
        "A1": "5",
        "A2": "0",
        "B1": None,
        "G1": 95,
        "G2": "2",
        "Q2": ("1", "3"),
        "occupation": "1",
    }


def test_positions_count_from_one_as_substr_does() -> None:
    assert list(answers.positions(SMALL)) == [
        ("A1", "answers", 1, 1),
        ("A2", "answers", 2, 1),
        ("B1", "answers", 3, 1),
        ("C1", "answers", 4, 1),
        ("G1", "others", 1, 3),
        ("G2", "others", 4, 1),
        ("Q2", "others", 5, 3),
        ("occupation", "others", 8, 1),
    ]


def _answer_to(question: Question) -> st.SearchStrategy[answers.Value]:
    if question.kind == "number":
        return st.none() | st.integers(question.minimum, question.maximum)
    if question.kind == "multi":
        chosen = st.sets(st.sampled_from(question.codes), min_size=1)
        return st.none() | chosen.map(lambda codes: tuple(sorted(codes)))
    return st.none() | st.sampled_from(question.codes)


def _filled(form: Instrument) -> st.SearchStrategy[dict[str, answers.Value]]:
    """What one person may have in mind for each item and question of a form."""
    marks = {
        item.code: st.none() | st.sampled_from(form.scale_of(item).codes) for item in form.items
    }
    others = {slot.code: _answer_to(form.question(slot.code)) for slot in form.others}
    rated = st.fixed_dictionaries(marks).filter(lambda marks: any(marks.values()))
    return st.builds(lambda left, right: left | right, rated, st.fixed_dictionaries(others))


def _posted(form: Instrument, filled: dict[str, answers.Value]) -> dict[str, list[str]]:
    names = {item.code: f"a.{item.code}" for item in form.items}
    for question in form.questions:
        names[question.code] = f"{'p' if question.profile else 'q'}.{question.code}"
    return {names[code]: _values(value) for code, value in filled.items()}


def _values(value: answers.Value) -> list[str]:
    if value is None:
        return []
    return list(value) if isinstance(value, tuple) else [str(value)]


@pytest.mark.parametrize("form", [SMALL, *instrument.shipped()], ids=lambda form: form.code)
@settings(max_examples=20)
@given(data=st.data())
def test_what_is_packed_comes_out_as_it_went_in(form: Instrument, data: st.DataObject) -> None:
    filled = data.draw(_filled(form))
    found = answers.check(form, _posted(form, filled))
    assert answers.unpack(form, found.packed, found.others) == filled
    assert len(found.packed) == form.answers_width
    assert len(found.others) == form.others_width


@given(st.dictionaries(st.sampled_from([*FULL, "a.x", "field"]), st.lists(st.text(), max_size=3)))
def test_whatever_is_posted_is_either_recorded_or_explained(posted: dict[str, list[str]]) -> None:
    found = _outcome(posted)
    if isinstance(found, Answers):
        assert json.dumps(found.texts).isprintable()
        assert set(found.packed) <= set("12345-0")
    else:
        assert {kind for _, kind in found} <= set(answers.KINDS)


def _outcome(posted: dict[str, list[str]]) -> Answers | tuple[AnswerProblem, ...]:
    try:
        return answers.check(SMALL, posted)
    except AnswerProblems as error:
        return error.problems


ASKED = ("A1", "C1")


def test_items_that_were_not_asked_are_stored_as_such() -> None:
    posted = {name: values for name, values in FULL.items() if name not in {"a.A2", "a.B1"}}
    found = answers.check(SMALL, posted, asked=ASKED)
    assert found.packed == "5..4"
    assert "B1" not in answers.unpack(SMALL, found.packed, found.others)
    assert answers.unasked(SMALL, found.packed) == ("A2", "B1")
    blank = answers.check(SMALL, posted | {"a.A1": []}, asked=ASKED)
    assert blank.packed == "-..4"


def test_an_answer_to_what_was_not_asked_is_told_apart_from_one_to_nothing() -> None:
    with pytest.raises(AnswerProblems) as caught:
        answers.check(SMALL, FULL | {"a.X": ["1"], "a.A2": []}, asked=ASKED)
    assert caught.value.problems == (
        ("a.A2", "not_asked"), ("a.B1", "not_asked"), ("a.X", "unknown_item"),
    )  # fmt: skip


def test_a_split_form_needs_an_answer_to_what_it_asks() -> None:
    with pytest.raises(AnswerProblems) as caught:
        answers.check(SMALL, {"q.G1": ["90"]}, asked=ASKED)
    assert caught.value.problems == (("", "nothing_answered"),)


def test_the_rest_is_items_alone() -> None:
    assert answers.check_items(SMALL, {"a.A2": ["0"], "a.B1": ["2"]}, asked=("A2", "B1")) == ".02."
    with pytest.raises(AnswerProblems) as caught:
        answers.check_items(SMALL, {"a.A1": ["5"], "q.G1": ["90"]}, asked=("A2", "B1"))
    assert caught.value.problems == (("a.A1", "not_asked"), ("q.G1", "unknown_item"))
    with pytest.raises(AnswerProblems) as caught:
        answers.check_items(SMALL, {"a.A2": ["0"]}, asked=("A2", "B1"))
    assert caught.value.problems == (("", "nothing_answered"),)
