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
