"""Instruments: what a file becomes, what each shipped form asks, and how each fault is told."""

from __future__ import annotations

import re
import tomllib
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from surveys.questionnaires import instrument, programme
from surveys.questionnaires.instrument import Instrument, InstrumentError
from surveys.questionnaires.questionnaire import Slot

TINY = Path(__file__).parent.parent.parent / "instruments"
FAULTS = sorted((TINY / "faults").glob("*.toml"))
SHIPPED = {each.code: each for each in instrument.shipped()}


def tiny(name: str) -> Instrument:
    return instrument.load(TINY / f"{name}.toml")


# What a file becomes


def test_the_small_form_reads_as_written() -> None:
    form = tiny("small")
    assert (form.code, form.version, form.answers_width) == ("small", 1, 4)
    assert form.title("en") == "Small form"
    assert form.title.get("fr") == form.title() == "Phiếu nhỏ"
    assert [item.code for item in form.items_of("A")] == ["A1", "A2"]
    assert [item.code for item in form.items if item.overall] == ["C1"]
    assert form.item("A2").allow_not_used
    assert not form.item("A1").allow_not_used
    assert form.scale_of(form.item("A1")).satisfied == {"4", "5"}
    assert form.question("sex").profile
    assert form.role("comprehensive") is None


def test_other_answers_have_fixed_places_without_sex_and_age() -> None:
    form = tiny("small")
    assert form.others == (
        Slot("G1", 0, 3),
        Slot("G2", 3, 1),
        Slot("Q2", 4, 3),
        Slot("occupation", 7, 1),
    )
    assert form.others_width == 8


def test_three_levels_with_two_of_them_satisfied() -> None:
    scale = tiny("three_levels").scales[0]
    assert scale.codes == ("1", "2", "3")
    assert scale.satisfied == {"2", "3"}


def test_each_item_may_have_its_own_scale() -> None:
    form = tiny("two_scales")
    assert [len(form.scale_of(item).codes) for item in form.items] == [2, 3]


def test_a_question_takes_the_options_of_an_earlier_one() -> None:
    form = tiny("shared_options")
    assert form.question("G2").options == form.question("G1").options
    assert form.question("G2").width == 2


def test_weights_are_equal_where_the_file_is_silent() -> None:
    rule = tiny("weights").index
    assert [rule.weight(code) for code in ("A1", "A2", "A")] == [3.0, 0.5, 1.0]


def test_a_pooled_form_with_a_notice() -> None:
    form = tiny("pooled_with_notice")
    assert form.index.pooling == "pooled"
    assert form.notice is not None
    assert form.notice("en") == "No name is asked."


def test_a_valid_file_has_no_fault() -> None:
    files = [*TINY.glob("*.toml"), *instrument.FOLDER.glob("*.toml")]
    found = {path.name: instrument.problems(path.read_text(encoding="utf-8")) for path in files}
    assert {name for name, faults in found.items() if faults} == set()
    assert len(found) >= 15


def test_a_loaded_form_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        tiny("small").version = 2  # type: ignore[misc]


def test_the_checksum_follows_the_content_and_not_the_line_ends() -> None:
    text = (TINY / "small.toml").read_text(encoding="utf-8")
    form = instrument.loads(text)
    assert instrument.loads("\ufeff" + text.replace("\n", "\r\n")).checksum == form.checksum
    assert instrument.loads(text.replace("Small form", "Smaller")).checksum != form.checksum
    assert instrument.loads(form.text) == form


# How each fault is told


def expected(text: str) -> list[tuple[str, str]]:
    """The faults that a tiny file announces in its `#! place | words` lines."""
    return re.findall(r"^#! (.*?) ?\| (.+)$", text, re.MULTILINE)


@pytest.mark.parametrize("path", FAULTS, ids=[path.stem for path in FAULTS])
def test_a_fault_is_told_with_place_and_remedy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = instrument.problems(text)
    assert sorted(problem.place for problem in found) == sorted(
        place for place, _ in expected(text)
    )
    for place, words in expected(text):
        assert any(words in each.message for each in found if each.place == place), found
    assert all(problem.message.endswith((".", "?")) and problem.remedy for problem in found)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("duplicate_item", 'code = "A1"'),
        ("satisfied_not_in_scale", 'satisfied = ["2", "3"]'),
        ("long_option_code", "options = ["),
        ("weights_not_positive", "A1 = 0"),
        ("member_left_out", "[[items]]"),
        ("unknown_top_key", 'colour = "red"'),
        ("broken_toml", 'code = "thu'),
    ],
)
def test_a_fault_names_its_line(name: str, content: str) -> None:
    text = (TINY / "faults" / f"{name}.toml").read_text(encoding="utf-8")
    line = instrument.problems(text)[0].line
    assert line is not None
    assert text.split("\n")[line - 1] == content


def test_the_close_word_is_suggested() -> None:
    text = (TINY / "faults" / "unknown_key.toml").read_text(encoding="utf-8")
    assert "“dimension”" in instrument.problems(text)[-1].remedy


def test_an_empty_file_misses_everything_at_once() -> None:
    found = instrument.problems("")
    assert {"code", "version", "title", "items", "index"} <= {problem.place for problem in found}


def test_deep_nesting_is_a_fault_and_no_crash() -> None:
    assert len(instrument.problems("a = " + "[" * 5000)) == 1


def test_a_wrong_encoding_is_told_on_its_line(tmp_path: Path) -> None:
    path = tmp_path / "old.toml"
    text = (TINY / "small.toml").read_text(encoding="utf-8").replace("Small form", "Smäll form")
    path.write_bytes(text.encode("utf-8").replace("ä".encode(), b"\xe4"))
    with pytest.raises(InstrumentError, match="dòng 4: Có ký tự hỏng"):
        instrument.load(path)


def test_all_faults_of_a_file_stand_in_the_error() -> None:
    with pytest.raises(InstrumentError) as caught:
        instrument.load(TINY / "faults" / "wrong_types.toml")
    assert len(caught.value.problems) == len(str(caught.value).split("\n")) == 7


# The shipped forms


@pytest.mark.parametrize(
    ("code", "scored", "by_dimension"),
    [
        ("sipas-quay", 16, [3, 4, 3, 3, 3]),
        ("sipas-ho-gia-dinh", 39, [2, 2, 9, 10, 3, 4, 3, 3, 3]),
        ("y-te-noi-tru", 36, [5, 7, 11, 7, 6]),
        ("y-te-ngoai-tru", 31, [5, 10, 8, 4, 4]),
        ("y-te-tiem-chung", 33, [5, 8, 12, 5, 3]),
        ("giao-duc-mam-non", 24, [5, 5, 5, 5, 4]),
        ("giao-duc-tieu-hoc", 24, [5, 5, 5, 5, 4]),
        ("giao-duc-thcs", 24, [5, 5, 5, 5, 4]),
        ("giao-duc-thpt", 24, [5, 5, 5, 5, 4]),
    ],
)
def test_the_official_number_of_items(code: str, scored: int, by_dimension: list[int]) -> None:
    form = SHIPPED[code]
    assert [len(form.items_of(each.code)) for each in form.dimensions] == by_dimension
    assert sum(not item.overall for item in form.items) == scored == sum(by_dimension)


@pytest.mark.parametrize("form", SHIPPED.values(), ids=SHIPPED)
def test_every_form_has_five_levels_of_which_the_top_two_are_satisfied(form: Instrument) -> None:
    (scale,) = form.scales
    assert scale.codes == ("1", "2", "3", "4", "5")
    assert scale.satisfied == {"4", "5"}


@pytest.mark.parametrize("form", SHIPPED.values(), ids=SHIPPED)
def test_no_form_asks_who_the_person_is(form: Instrument) -> None:
    assert form.profile
    assert all(question.kind == "choice" for question in form.profile)
    identifying = re.compile(r"họ tên|điện thoại|căn cước|địa chỉ|phone|address", re.IGNORECASE)
    labels = [each.label for each in form.questions] + [each.label for each in form.free_texts]
    assert not [label for label in labels if identifying.search(label.vi + label.en)]


@pytest.mark.parametrize(
    ("code", "value", "back"),
    [("y-te-noi-tru", "E7", "G2"), ("y-te-ngoai-tru", "E5", "G2"), ("y-te-tiem-chung", "E5", "E4")],
)
def test_health_forms_ask_for_value_expectation_and_return(
    code: str, value: str, back: str
) -> None:
    form = SHIPPED[code]
    assert form.index.pooling == "pooled"
    assert len(form.question(value).options) == 6
    expectation = form.role("expectation")
    assert expectation is not None
    assert expectation.maximum > 100
    assert form.question(back) == form.role("return")
    assert form.question(back).counted == {"4", "5"}


def test_the_household_form_asks_its_other_questions() -> None:
    form = SHIPPED["sipas-ho-gia-dinh"]
    groups = [question.code.split(".")[0] for question in form.questions if not question.profile]
    counts = {group: groups.count(group) for group in dict.fromkeys(groups)}
    assert counts == {
        "Q1": 9,
        "Q2": 1,
        "Q3": 7,
        "Q4": 1,
        "Q5": 1,
        "Q6": 1,
        "Q7": 3,
        "Q8": 7,
        "Q10": 10,
    }
    assert form.question("Q2").width == 7
    assert form.index.levels == ("item", "dimension", "part")


def test_learners_who_are_minors_read_the_notice_of_the_school_first() -> None:
    assert [code for code, form in SHIPPED.items() if form.notice] == ["giao-duc-thpt"]
    assert "age_band" not in [question.code for question in SHIPPED["giao-duc-thpt"].profile]


def test_programme_and_instruments_name_each_other_rightly() -> None:
    tan_ky = programme.load("tan-ky-169")
    for target in tan_ky.targets:
        assert {SHIPPED[code].sector for code in target.instruments} == {target.sector}
    for form in SHIPPED.values():
        at_points = {field.key for point in form.points for field in tan_ky.fields_of(point)}
        assert {form.field} == at_points or (form.field is None and len(at_points) > 1)


def test_each_file_is_named_for_its_code_and_version() -> None:
    names = [f"{form.code}.v{form.version}.toml" for form in instrument.shipped()]
    assert names == sorted(path.name for path in instrument.FOLDER.glob("*.toml"))


def test_the_format_page_names_every_key() -> None:
    page = (instrument.FOLDER / "FORMAT.md").read_text(encoding="utf-8")
    texts = [form.text for form in SHIPPED.values()]
    texts += [path.read_text(encoding="utf-8") for path in TINY.glob("*.toml")]
    used = {key for text in texts for key in _keys(tomllib.loads(text))}
    told = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]*)`", page))))
    assert used - told - {"A1", "A2"} == set()


def _keys(node: object) -> set[str]:
    if isinstance(node, dict):
        return set(node).union(*(_keys(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(_keys(value) for value in node))
    return set()
