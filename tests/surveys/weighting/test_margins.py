"""The import of margins on both databases: all or nothing, and the same file twice is once."""

from __future__ import annotations

import pytest
from sqlmodel import Session, func, select

from surveys.imports import Imported, ImportRefused, read_table
from surveys.tables import Margin, ServicePoint, Wave
from surveys.weighting import margins
from tests import builders

HEADER = "mã đợt,mã đơn vị,giới tính,nhóm tuổi,số người\n"


@pytest.fixture
def wave(session: Session) -> Wave:
    """A wave of March, `dot-1`."""
    return builders.draft(session)


@pytest.fixture
def place(session: Session) -> ServicePoint:
    """A counter of `mot-cua-17266`."""
    return builders.counter(session)


def load(session: Session, rows: str, header: str = HEADER) -> Imported:
    """Import a CSV of these rows."""
    table = read_table((header + rows).encode(), "bien.csv")
    return margins.import_margins(session, table, now=builders.NOW)


def test_margins_of_a_unit_and_of_the_others(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    rows = "dot-1,mot-cua-17266,Nam,1,30\ndot-1,,female,Từ 60,70\n"
    assert load(session, rows) == Imported(2, 0, 0)
    assert load(session, rows) == Imported(0, 0, 2)
    assert load(session, rows.replace("70", "71")) == Imported(0, 1, 1)
    wave_id = wave.id or 0
    assert margins.known(session, [wave_id]) == {
        wave_id: {place.unit_id: {("1", "1"): 30}, None: {("2", "2"): 71}}
    }
    stored = session.exec(select(Margin).where(Margin.total == 71)).one()
    assert (stored.source, stored.imported_at) == ("bien.csv", builders.NOW)


def test_a_file_may_tell_one_of_the_two(session: Session, wave: Wave) -> None:
    header = "mã đợt,giới tính,số người\n"
    assert load(session, "dot-1,1,30\ndot-1,2,70\n", header) == Imported(2, 0, 0)
    assert margins.known(session, [wave.id or 0])[wave.id or 0][None] == {
        ("1", ""): 30, ("2", ""): 70,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("dot-9,,1,1,5", "mã đợt", "Không có đợt này"),
        (",,1,1,5", "mã đợt", "Ô trống"),
        ("dot-1,none,1,1,5", "mã đơn vị", "không có đơn vị"),
        ("dot-1,,Nmm,1,5", "giới tính", "có phải “nam”"),
        ("dot-1,,1,7,5", "nhóm tuổi", "hãy ghi như trong phiếu"),
        ("dot-1,,,,5", "giới tính", "ít nhất một"),
        ("dot-1,,1,1,-5", "số người", "không thể âm"),
        ("dot-1,,2,2,6", "mã đợt", "trùng dòng 2"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_stored(
    session: Session, wave: Wave, row: str, column: str, words: str
) -> None:
    with pytest.raises(ImportRefused) as caught:
        load(session, f"dot-1,,2,2,5\n{row}\n")
    (problem,) = caught.value.problems
    assert (problem.row, problem.column) == (3, column)
    assert words in problem.reason
    assert session.exec(select(func.count()).select_from(Margin)).one() == 0


SAME_PEOPLE = [
    ({("1", ""): 40, ("2", ""): 60, ("1", "1"): 40, ("2", "1"): 60}, []),
    ({("1", ""): 40, ("1", "1"): 10, ("1", "2"): 20}, [("sex", "1", 40, 30)]),
    ({("1", ""): 40, ("", "1"): 40, ("1", "1"): 40}, []),
    ({("", "2"): 9, ("1", "1"): 9}, [("age_band", "2", 9, 0), ("age_band", "1", 0, 9)]),
    ({("1", ""): 40, ("2", ""): 60, ("", "1"): 30, ("", "2"): 50}, [("", "", 100, 80)]),
    # One in a hundred, and what was withdrawn.
    ({("1", ""): 100, ("1", "1"): 99}, []),
    ({("1", ""): 0, ("2", ""): 0, ("1", "1"): 99}, []),
]


@pytest.mark.parametrize(("place", "found"), SAME_PEOPLE)
def test_numbers_of_the_same_people_are_compared(
    place: dict[tuple[str, str], int], found: list[tuple[str, str, int, int]]
) -> None:
    assert margins.contradictions(place) == found


@pytest.mark.usefixtures("wave", "place")
def test_contradictions_in_a_file_or_with_what_is_stored_are_named(session: Session) -> None:
    load(session, "dot-1,mot-cua-17266,Nam,,30\ndot-1,mot-cua-17266,Nữ,,70\n")
    rows = "dot-1,mot-cua-17266,Nam,1,20\ndot-1,mot-cua-17266,Nam,2,20\n"
    with pytest.raises(ImportRefused) as caught:
        load(session, rows)
    men, women = caught.value.problems
    assert (men.row, men.column) == (3, "số người")
    assert "“Nam” ghi riêng là 30 người mà cộng các dòng" in men.reason
    assert "“Nữ” ghi riêng là 70 người" in women.reason
    assert session.exec(select(func.count()).select_from(Margin)).one() == 2
    withdrawn = "dot-1,mot-cua-17266,Nam,,0\ndot-1,mot-cua-17266,Nữ,,0\n"
    assert load(session, rows + withdrawn) == Imported(2, 2, 0)
    with pytest.raises(ImportRefused, match="40 người mà cộng theo nhóm tuổi là 50 người"):
        load(session, "dot-1,,Nam,,40\ndot-1,,,1,50\n")
