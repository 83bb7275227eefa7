"""The command line on real databases: what it does, and how it says what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import click
import cv2
import flask
import numpy as np
import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner
from sqlmodel import Session, select

from app import create_app
from app.cli import COMMANDS
from app.commands.welcome import welcome
from app.settings import Settings
from surveys import demo, schema
from surveys.offices import staff
from surveys.places import point_register, unit_register
from surveys.tables import Collector, Population, Staff, StoredInstrument, Wave
from tests import builders


@pytest.fixture
def run(app: flask.Flask) -> FlaskCliRunner:
    """The terminal."""
    return app.test_cli_runner()


def said(result: Result, code: int = 0) -> str:
    """What a command printed; the test fails where it did not end with this exit code."""
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.output


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its name as typed."""
    for command in COMMANDS:
        if isinstance(command, click.Group):
            yield from ((f"{command.name} {name}", each) for name, each in command.commands.items())
        else:
            yield command.name or "", command


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_and_option_has_help(name: str, command: click.Command) -> None:
    assert command.help, name
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert all(option.help for option in options), name


def test_every_group_has_help() -> None:
    assert all(command.help for command in COMMANDS)


def test_the_shipped_instruments_are_sound(run: FlaskCliRunner) -> None:
    output = said(run.invoke(args=["instruments", "check"]))
    assert "✓ sipas-quay.v1.toml: 17 tiêu chí" in output


def test_each_fault_of_an_instrument_is_said(run: FlaskCliRunner, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    text = builders.SMALL_FORM.read_text(encoding="utf-8")
    file.write_text(text.replace('dimension = "B"', 'dimension = "Z"'), encoding="utf-8")
    output = said(run.invoke(args=["instruments", "check", str(file)]), 1)
    assert "✗ wrong.toml" in output
    assert "items[3].dimension" in output
    assert "1 trong 1 phiếu có lỗi" in output


def test_a_faulty_instrument_is_not_stored(
    run: FlaskCliRunner, tmp_path: Path, session: Session
) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text("code = ", encoding="utf-8")
    assert "chưa lưu gì" in said(run.invoke(args=["instruments", "store", str(file)]), 1)
    assert session.exec(select(StoredInstrument)).all() == []


def test_storing_instruments_twice_keeps_one_of_each(run: FlaskCliRunner) -> None:
    said(run.invoke(args=["instruments", "store"]))
    said(run.invoke(args=["instruments", "store"]))
    assert said(run.invoke(args=["instruments", "list"])).count("sipas-quay ") == 1


def test_an_instrument_in_use_is_not_replaced(
    run: FlaskCliRunner, tmp_path: Path, session: Session
) -> None:
    builders.open_wave(session)
    session.commit()
    file = tmp_path / "small.toml"
    text = builders.SMALL_FORM.read_text(encoding="utf-8")
    file.write_text(text.replace("Nhìn chung", "Nói chung"), encoding="utf-8")
    assert "tăng version" in said(run.invoke(args=["instruments", "store", str(file)]), 1)


def test_units_are_listed_with_their_points(run: FlaskCliRunner, session: Session) -> None:
    builders.counter(session)
    session.commit()
    assert "mot-cua-17266" in said(run.invoke(args=["units", "list"]))
    assert "quay-1" in said(run.invoke(args=["units", "list", "--points"]))
    assert "commune" not in said(run.invoke(args=["units", "list", "--sector", "administration"]))
    assert "(không có)" in said(run.invoke(args=["units", "list", "--on", "30/06/2025"]))


UNITS = (
    "mã,tên,loại,lĩnh vực,mã cấp trên,hiệu lực từ,hết hiệu lực từ,tiền nhiệm,ghi chú\n"
    "17266,Xã Tân Kỳ,xã,,,01/07/2025,,,\n"
    "mot-cua,Một cửa Tân Kỳ,một cửa,administration,17266,01/07/2025,,,\n"
)
POINTS = (
    "mã đơn vị,mã điểm,tên,loại,lĩnh vực,hiệu lực từ,hết hiệu lực từ\n"
    "mot-cua,quay-1,Quầy 1,quầy,,01/07/2025,\n"
)


def test_units_and_points_are_imported(run: FlaskCliRunner, tmp_path: Path) -> None:
    units, points = tmp_path / "don-vi.csv", tmp_path / "diem.csv"
    units.write_text(UNITS, encoding="utf-8")
    points.write_text(POINTS, encoding="utf-8")
    assert "thêm 2" in said(run.invoke(args=["units", "import", str(units)]))
    assert "thêm 1" in said(run.invoke(args=["units", "points", str(points)]))
    assert "giữ nguyên 2" in said(run.invoke(args=["units", "import", str(units)]))
    listed = said(run.invoke(args=["units", "list", "--sector", "administration", "--points"]))
    assert "quay-1" in listed


def test_a_list_of_units_with_a_fault_is_refused(run: FlaskCliRunner, tmp_path: Path) -> None:
    units = tmp_path / "don-vi.csv"
    units.write_text(UNITS.replace("một cửa,admin", "một của,admin"), encoding="utf-8")
    output = said(run.invoke(args=["units", "import", str(units)]), 1)
    assert "dòng 3" in output
    assert "1 lỗi, chưa nhập dòng nào" in output


def test_a_frame_is_imported_and_shown(
    run: FlaskCliRunner, session: Session, tmp_path: Path
) -> None:
    builders.counter(session)
    session.commit()
    file = tmp_path / "luot.csv"
    file.write_text(
        "mã đơn vị,lĩnh vực,tháng,số lượt\nmot-cua-17266,land,2026-01,1200\n"
        "mot-cua-17266,land,02/2026,900\n",
        encoding="utf-8",
    )
    assert "thêm 2, sửa 0" in said(run.invoke(args=["frame", "import", str(file)]))
    line = "mot-cua-17266  Đất đai, môi trường [land]  2         2.100"
    assert line in said(run.invoke(args=["frame", "show", "2026"]))
    assert "(không có)" in said(run.invoke(args=["frame", "show", "2026", "--sector", "health"]))


def test_a_bad_frame_is_refused_whole(
    run: FlaskCliRunner, session: Session, tmp_path: Path
) -> None:
    builders.counter(session)
    session.commit()
    file = tmp_path / "luot.csv"
    file.write_text(
        "mã đơn vị,lĩnh vực,tháng,số lượt\nmot-cua-17266,land,2026-01,1200\n"
        "mot-cua-17266,land,2026-02,-5\nkhong-co,land,2026-02,7\n",
        encoding="utf-8",
    )
    output = said(run.invoke(args=["frame", "import", str(file)]), 1)
    assert "dòng 3" in output
    assert "dòng 4" in output
    assert "2 lỗi, chưa nhập dòng nào" in output
    assert session.exec(select(Population)).all() == []


def test_a_code_is_issued_listed_and_retired(run: FlaskCliRunner, session: Session) -> None:
    builders.counter(session)
    session.commit()
    issue = ["collectors", "issue", "mot-cua-17266", "quay-1", "--kind", "sampled"]
    code = said(run.invoke(args=issue)).split()[0]
    assert session.exec(select(Collector.kind)).one() == "sampled"
    session.rollback()
    listed = said(run.invoke(args=["collectors", "list", "--unit", "17266"]))
    assert f"{code}  theo mẫu [sampled]" in listed
    said(run.invoke(args=["collectors", "retire", code.lower()]))
    assert code not in said(run.invoke(args=["collectors", "list"]))
    assert "đã thôi dùng" in said(run.invoke(args=["collectors", "qr", code]), 1)


def test_the_code_on_the_screen_can_be_scanned(run: FlaskCliRunner, session: Session) -> None:
    made = builders.collector(session, builders.counter(session))
    session.commit()
    *lines, address = run.invoke(args=["collectors", "qr", made.code]).stdout.splitlines()
    assert address.endswith(f"/k/{made.code}")
    rows = [line for line in lines if line]
    light = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}
    halves = np.array([[light[sign] for sign in row] for row in rows], np.uint8)
    picture = np.kron(halves.transpose(0, 2, 1).reshape(-1, len(rows[0])), np.ones((10, 10)))
    found = cv2.QRCodeDetector().detectAndDecode(picture.astype(np.uint8))[0]
    assert found == address.upper()


def test_a_code_is_written_as_pictures(
    run: FlaskCliRunner, session: Session, tmp_path: Path
) -> None:
    made = builders.collector(session, builders.counter(session))
    session.commit()
    svg, png = tmp_path / "a.svg", tmp_path / "a.png"
    said(run.invoke(args=["collectors", "qr", made.code, "--svg", str(svg), "--png", str(png)]))
    assert svg.read_bytes().startswith(b"<svg")
    assert png.read_bytes().startswith(b"\x89PNG")
    nowhere = str(tmp_path / "none" / "a.svg")
    assert "Không ghi được" in said(
        run.invoke(args=["collectors", "qr", made.code, "--svg", nowhere]), 1
    )


@pytest.mark.parametrize(
    ("base_url", "warned"), [("http://127.0.0.1:8000", True), ("https://hailong.example.vn", False)]
)
def test_a_code_that_nobody_else_can_open_is_not_for_paper(
    database_url: str, session: Session, base_url: str, *, warned: bool
) -> None:
    builders.counter(session)
    session.commit()
    app = create_app(Settings(database_url=database_url, secret_key="test", base_url=base_url))
    run = app.test_cli_runner()
    issued = run.invoke(args=["collectors", "issue", "mot-cua-17266", "quay-1"])
    drawn = run.invoke(args=["collectors", "qr", said(issued).split()[0]])
    assert ["Chưa nên in" in each.stderr for each in (issued, drawn)] == [warned, warned]
    assert "BASE_URL" not in issued.stdout
    app.extensions["engine"].dispose()


def test_only_accounts_that_the_demonstration_s_password_opens_are_printed(
    app: flask.Flask, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    for username, password in (("noivu", "mat-khau-that"), ("yte", demo.PASSWORD)):
        staff.add(session, username=username, name=username, password=password, role="central")
    with app.app_context():
        welcome(session, "http://127.0.0.1:8000")
        assert "  yte" in capsys.readouterr().out
        staff.set_password(session, staff.find(session, "yte") or Staff(), "mat-khau-khac")
        welcome(session, "http://127.0.0.1:8000")
    assert demo.PASSWORD not in capsys.readouterr().out


def test_the_columns_of_a_list_are_in_its_help(run: FlaskCliRunner) -> None:
    for command, columns in (("import", unit_register), ("points", point_register)):
        words = " ".join(said(run.invoke(args=["units", command, "--help"])).split())
        assert all(column.title in words for column in columns.COLUMNS)
        assert all(kind in words for kind in columns.KINDS)


def test_a_mistyped_code_brings_a_suggestion(run: FlaskCliRunner, session: Session) -> None:
    made = builders.collector(session, builders.counter(session))
    session.commit()
    mistyped = made.code[:-1]
    assert f"Có phải: {made.code}?" in said(run.invoke(args=["collectors", "qr", mistyped]), 1)


def test_a_wave_is_created_opened_and_closed(run: FlaskCliRunner, session: Session) -> None:
    said(run.invoke(args=["instruments", "store"]))
    create = ["waves", "create", "health", "2026", "y-te", "01/01/2026", "2026-12-31"]
    assert "y-te-noi-tru v1 (Điều trị nội trú [inpatient])" in said(run.invoke(args=create))
    assert "Đã có đợt" in said(run.invoke(args=create), 1)
    assert "Đã mở đợt y-te (01/01/2026–31/12/2026)" in said(
        run.invoke(args=["waves", "open", "y-te"])
    )
    assert "trạng thái Đang mở [open]" in said(run.invoke(args=["waves", "open", "y-te"]), 1)
    assert "y-te: 0 phiếu" in said(run.invoke(args=["waves", "close", "y-te"]))
    wave = session.exec(select(Wave)).one()
    session.rollback()
    assert (wave.status, wave.opens_on) == ("closed", dt.date(2026, 1, 1))
    listed = said(run.invoke(args=["waves", "list", "--sector", "health"]))
    assert "Đã đóng [closed]" in listed
    assert "Y tế [health]" in listed


def test_a_wave_can_ask_some_forms_only(run: FlaskCliRunner) -> None:
    said(run.invoke(args=["instruments", "store"]))
    create = ["waves", "create", "health", "2026", "y-te", "2026-01-01", "2026-12-31"]
    output = said(run.invoke(args=[*create, "--form", "y-te-tiem-chung"]))
    assert "y-te-tiem-chung" in output
    assert "y-te-noi-tru" not in output


WRONG = {
    "sector": (["waves", "create", "healt", "2026", "a", "2026-01-01", "2026-12-31"], 1, "health"),
    "form": (
        ["waves", "create", "health", "2026", "a", "2026-01-01", "2026-12-31", "--form", "x"],
        1,
        "Chưa lưu phiếu x",
    ),
    "no forms": (
        ["waves", "create", "health", "2026", "a", "2026-01-01", "2026-12-31"],
        1,
        "instruments store",
    ),
    "day": (["waves", "create", "health", "2026", "a", "2026-01-01", "31-12"], 2, "31/03/2026"),
    "year": (["waves", "create", "health", "26", "a", "2026-01-01", "2026-12-31"], 2, "26"),
    "wave": (["waves", "open", "none"], 1, "Không có đợt “none”"),
    "unit": (["collectors", "issue", "none", "a"], 1, "Hôm nay không có đơn vị mã “none”"),
    "code": (["collectors", "qr", "0000000"], 1, "Không có mã “0000000”"),
    "account": (["staff", "disable", "nobody"], 1, "Không có tài khoản “nobody”"),
    "file": (["frame", "import", "/none.csv"], 1, "Không đọc được tệp"),
    "command": (["waves", "fly"], 2, "No such command"),
}  # fmt: skip


@pytest.mark.parametrize(("args", "code", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_in_a_line(
    run: FlaskCliRunner, args: list[str], code: int, words: str
) -> None:
    assert words in said(run.invoke(args=args), code)


def test_a_point_that_a_unit_does_not_have_is_answered_with_those_it_has(
    run: FlaskCliRunner, session: Session
) -> None:
    builders.counter(session)
    session.commit()
    output = said(run.invoke(args=["collectors", "issue", "mot-cua-17266", "quay-9"]), 1)
    assert "không có điểm “quay-9” (quay-1)" in output


def test_an_account_is_added_with_a_prompted_password(
    run: FlaskCliRunner, session: Session
) -> None:
    add = ["staff", "add", "yte", "--name", "Phòng Y tế", "--role", "sector", "--sector", "health"]
    output = said(run.invoke(args=add, input="mật khẩu rất dài\nmật khẩu rất dài\n"))
    assert "mật khẩu rất dài" not in output
    assert staff.identify(session, "yte", "mật khẩu rất dài")
    session.rollback()
    assert "health" in said(run.invoke(args=["staff", "list"]))


def test_a_password_is_changed_and_an_account_disabled(
    run: FlaskCliRunner, session: Session
) -> None:
    add = ["staff", "add", "noivu", "--name", "Nội vụ", "--role", "central"]
    said(run.invoke(args=[*add, "--password", "mot-mat-khau"]))
    said(run.invoke(args=["staff", "password", "noivu", "--password", "mat-khau-khac"]))
    assert staff.identify(session, "noivu", "mat-khau-khac")
    session.rollback()
    said(run.invoke(args=["staff", "disable", "noivu"]))
    assert "đã khóa" in said(run.invoke(args=["staff", "list"]))
    with pytest.raises(staff.WrongCredentials):
        staff.identify(session, "noivu", "mat-khau-khac")


ADD = ["staff", "add", "ai", "--name", "Ai", "--role"]
REFUSED = {
    "short": ([*ADD, "central", "--password", "ngan"], "Mật khẩu cần từ"),
    "no scope": ([*ADD, "sector", "--password", "du-dai-roi-ma"], "sector cần --sector"),
    "no unit": ([*ADD, "unit", "--unit", "x", "--password", "du-dai-roi-ma"], "không có đơn vị"),
}


@pytest.mark.parametrize(("args", "words"), REFUSED.values(), ids=REFUSED)
def test_an_account_that_cannot_be_is_refused(
    run: FlaskCliRunner, args: list[str], words: str
) -> None:
    assert words in said(run.invoke(args=args), 1)


def test_the_demonstration_is_loaded_once(run: FlaskCliRunner) -> None:
    assert "cần ít nhất 10" in said(run.invoke(args=["demo", "load", "--password", "ngan"]), 1)
    assert "Đã nạp dữ liệu mẫu (DEMO): 47 đơn vị" in said(run.invoke(args=["demo", "load"]))
    assert "giữ nguyên" in said(run.invoke(args=["demo", "load"]))
    assert "demo-quay-2026-q1" in said(run.invoke(args=["waves", "list"]))


def test_the_schema_is_checked_and_brought_up(run: FlaskCliRunner) -> None:
    assert f"đúng bản {schema.head()}" in said(run.invoke(args=["database", "check"]))
    assert schema.head() in said(run.invoke(args=["database", "upgrade"]))
