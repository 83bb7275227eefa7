"""The README's way from an empty installation to a published year, as it is printed there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient, FlaskCliRunner

from app import create_app
from app.settings import Settings
from surveys.imports import Column
from surveys.places import point_register, unit_register
from tests import builders
from tests.servers import ROOT
from tests.visitor import Visitor

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.split("## From a new installation")[1].split("\n## ")[0]
FILES = dict(re.findall(r"`(\w+\.csv)`[^\n]*:\n\n```csv\n(.*?)```", SECTION, re.DOTALL))
COMMANDS = re.findall(r"^flask --app wsgi (.+)$", SECTION, re.MULTILINE)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[flask.Flask]:
    """A new installation with nothing in it, on a day of the README's year."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'hailong.db'}", secret_key="test",
        base_url="https://hailong.example.vn", clock=lambda: builders.NOW,
    )  # fmt: skip
    app = create_app(settings)
    yield app
    app.extensions["engine"].dispose()


def run(runner: FlaskCliRunner, command: str, folder: Path) -> str:
    """What a command of the README prints, with its files at hand."""
    words = shlex.split(command)
    args = [str(folder / word) if word in FILES or word[-4:] == ".pdf" else word for word in words]
    done = runner.invoke(args=args, input="mật khẩu rất dài\n" * 2)
    assert done.exit_code == 0, f"{command}: {done.output}"
    return done.output


def answer(app: flask.Flask, address: str, times: int) -> None:
    """Has people answer the form behind a printed code."""
    for number in range(times):
        form = Visitor(app).open(address.removeprefix("https://hailong.example.vn")).form()
        rated = {name: values[0] for name, values in form.choices.items() if name[:2] == "a."}
        field = form.choices["field"][0 if number % 2 else 3]
        Visitor(app).send(form, {**rated, "field": field})


def test_the_readme_leads_from_nothing_to_a_published_year(
    empty: flask.Flask, tmp_path: Path
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    runner = empty.test_cli_runner()
    run(runner, "database upgrade", tmp_path)  # as `make run` does
    assert len(COMMANDS) > 10
    for command in COMMANDS:
        printed = run(runner, command, tmp_path)
        if command.startswith("collectors issue"):
            answer(empty, printed.split()[-1], 30)
    client: FlaskClient = empty.test_client()
    assert "Một cửa xã Tân Kỳ" in client.get("/chi-so/2026/administration").text


@pytest.mark.parametrize(
    ("columns", "kinds"),
    [
        (unit_register.COLUMNS, unit_register.KINDS),
        (point_register.COLUMNS, point_register.KINDS),
    ],
    ids=["units", "points"],
)
def test_the_readme_lists_each_column_as_it_is(
    columns: tuple[Column, ...], kinds: dict[str, str]
) -> None:
    rows = [
        f"| `{each.title}` | {'required' if each.required else 'optional'} |" for each in columns
    ]
    assert "\n".join(re.findall(r"^\| `.*$", SECTION, re.MULTILINE))
    assert all(row in SECTION for row in rows)
    assert all(f"`{kind}`" in SECTION for kind in kinds)


def test_make_run_can_leave_the_demonstration_out() -> None:
    make = shutil.which("make")
    assert make
    plain = {**os.environ, "MAKEFLAGS": ""}
    said = [
        subprocess.run(
            [make, "--dry-run", "run", *more], cwd=ROOT, env=plain, check=True,
            capture_output=True, text=True,
        ).stdout
        for more in ([], ["DEMO=no"])
    ]  # fmt: skip
    assert ["demo load" in text for text in said] == [True, False]
    assert all("serve --host" in text for text in said)
