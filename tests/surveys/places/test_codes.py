"""The check character finds every slip it promises to find."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.places import codes

LENGTHS = (7, 9)
whole_codes = st.builds(
    lambda body: body + codes.check_character(body),
    st.text(codes.ALPHABET, min_size=1, max_size=30),
)


def some_codes() -> list[str]:
    rng = random.Random(169)
    drawn = [codes.draw(rng, length) for length in LENGTHS for _ in range(4)]
    return [*drawn, "0" * 7, codes.ALPHABET[:6] + codes.check_character(codes.ALPHABET[:6])]


def swapped(code: str, one: int, two: int) -> str:
    signs = list(code)
    signs[one], signs[two] = signs[two], signs[one]
    return "".join(signs)


@pytest.mark.parametrize("code", some_codes())
def test_every_single_substitution_is_found(code: str) -> None:
    for place, sign in itertools.product(range(len(code)), codes.ALPHABET):
        wrong = code[:place] + sign + code[place + 1 :]
        assert codes.is_wellformed(wrong, len(code)) == (wrong == code)


@pytest.mark.parametrize("code", some_codes())
def test_every_swap_of_two_characters_is_found(code: str) -> None:
    for one, two in itertools.combinations(range(len(code)), 2):
        wrong = swapped(code, one, two)
        assert codes.is_wellformed(wrong, len(code)) == (wrong == code)


@given(whole_codes, st.data())
def test_any_code_finds_a_wrong_character(code: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(code) - 1))
    sign = data.draw(st.sampled_from(codes.ALPHABET.replace(code[place], "")))
    assert codes.is_wellformed(code, len(code))
    assert not codes.is_wellformed(code[:place] + sign + code[place + 1 :], len(code))


@given(whole_codes, st.data())
def test_any_code_finds_a_swap(code: str, data: st.DataObject) -> None:
    one, two = data.draw(st.tuples(*[st.integers(0, len(code) - 1)] * 2))
    wrong = swapped(code, one, two)
    assert codes.is_wellformed(wrong, len(code)) == (wrong == code)


def test_weights_of_all_places_differ() -> None:
    # What finds a swap: the same character adds something else at each place.
    weights = {codes.check_character("1" + "0" * zeros) for zeros in range(31)}
    assert len(weights) == 31
    assert "0" not in weights


def test_check_character_of_a_known_code() -> None:
    # By hand: 1·x² + 2·x (2 stands for x) = 4 ⊕ 4 = 0; 1·x³ = 8.
    assert (codes.check_character("12"), codes.check_character("100")) == ("0", "8")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("k7m2-q8x", "K7M2Q8X"),
        (" K7M2 Q8X\n", "K7M2Q8X"),
        ("oOiIlL", "001111"),
        ("k7m2–q8x", "K7M2Q8X"),
        ("Ｋ７Ｍ２", "K7M2"),
        ("K7\u00a0M2", "K7M2"),
        ("Đ/U?", "Đ/U?"),
        ("", ""),
    ],
)
def test_typed_code_is_read_as_it_was_meant(typed: str, code: str) -> None:
    assert codes.normalise(typed) == code


@pytest.mark.parametrize("wrong", ["", "0", "000000", "00000000", "00000I0", "0000Đ00", "U000000"])
def test_what_cannot_be_a_code(wrong: str) -> None:
    assert not codes.is_wellformed(wrong, 7)


def test_random_codes_of_the_same_seed_are_the_same() -> None:
    drawn = [codes.draw(random.Random(1), 7) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert codes.is_wellformed(drawn[0], 7)


@pytest.mark.parametrize("code", some_codes()[:4])
def test_code_is_near_each_of_its_slips(code: str) -> None:
    for place, sign in itertools.product(range(7), codes.ALPHABET):
        rest = code[place + 1 :]
        slips = {
            code[:place] + sign + rest,
            code[:place] + rest,
            code[:place] + sign + code[place:],
        }
        assert all(code in codes.near(slip, 7) for slip in slips - {code})
    for place in range(6):
        assert code in codes.near(swapped(code, place, place + 1), 7) | {
            swapped(code, place, place + 1)
        }


@given(st.text(codes.ALPHABET + "UĐ", max_size=9))
def test_near_codes_are_well_formed_and_differ(typed: str) -> None:
    near = codes.near(typed, 7)
    assert typed not in near
    assert all(codes.is_wellformed(code, 7) for code in near)


def test_nothing_is_near_a_text_of_another_length() -> None:
    assert codes.near("0" * 1000, 7) == codes.near("00000", 7) == set()
