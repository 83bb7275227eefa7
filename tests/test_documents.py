"""What the documents name exists, and what exists is named: commands, settings, pages, files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import flask
import pytest

from app import create_app
from app.cli import COMMANDS
from app.settings import VARIABLES, Settings
from tests.tree import PACKAGES, ROOT, files

DOCUMENTS = {file.relative_to(ROOT).as_posix(): file.read_text("utf-8") for file in files(".md")}
README = DOCUMENTS["README.md"]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
#: `flask --app wsgi …` with the words after it, to the end of the line or of the quotation.
TYPED = re.compile(r"flask --app wsgi ([^`\n#]+)")
#: First parts of addresses that are no door: the front page, styles, the way in and out.
NO_DOOR = {"", "static", "dang-nhap", "dang-xuat"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flask.Flask]:
    """The app, to be asked for its pages."""
    file = tmp_path_factory.mktemp("documents") / "empty.db"
    made = create_app(Settings(database_url=f"sqlite:///{file}", secret_key="test"))
    yield made
    made.extensions["engine"].dispose()


def commands(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command, or those of a group, each with the words that call it."""
    path = (*path, command.name or "")
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from commands(inner, *path)
    else:
        yield path, command


OURS = {path: command for top in COMMANDS for path, command in commands(top)}
MENTIONED = sorted(
    {(file, typed.strip()) for file, text in DOCUMENTS.items() for typed in TYPED.findall(text)}
)


def test_the_documents_name_commands() -> None:
    assert len(MENTIONED) > 10


@pytest.mark.parametrize(("file", "typed"), MENTIONED)
def test_a_command_in_a_document_exists_and_takes_what_is_typed(file: str, typed: str) -> None:
    words = shlex.split(typed)
    if words == ["…"]:
        return
    path = next((path for path in OURS if list(path) == words[: len(path)]), None)
    assert path is not None, f"{file} names a command that there is not"
    command, given = OURS[path], words[len(path) :]
    if given:
        values, rest, _ = command.make_parser(click.Context(command)).parse_args(given)
        assert not rest
        assert not [name for name in required(command) if values.get(name) is None]


def required(command: click.Command) -> list[str]:
    """What must be typed: the rest has a default, or is asked for."""
    asked = [param for param in command.params if not getattr(param, "prompt", None)]
    return [param.name or "" for param in asked if param.required]


def test_the_readme_names_every_group_of_commands() -> None:
    named = {typed.split()[0] for typed in TYPED.findall(README)}
    assert {path[0] for path in OURS} <= named


def test_the_readme_lists_every_variable_that_is_read() -> None:
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))
    reading = re.compile(r"\benviron(?:\.get\(|\[)\s*\"([A-Z_]+)\"")
    texts = [file.read_text("utf-8") for file in files(".py", under=PACKAGES)]
    # A server's `environ` tells of a request, not of the process.
    ours = [text for text in texts if "WSGIEnvironment" not in text]
    assert listed == {name for text in ours for name in reading.findall(text)}
    assert set(VARIABLES) == listed


def test_the_readme_lists_every_door(app: flask.Flask) -> None:
    doors = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    listed = {address.split("/")[1] for address in addresses(README)}
    assert {door.lower() for door in doors} - NO_DOOR == listed


@pytest.mark.parametrize("file", sorted(DOCUMENTS))
def test_an_address_in_a_document_is_a_page(file: str, app: flask.Flask) -> None:
    adapter = app.url_map.bind("localhost")
    for address in addresses(DOCUMENTS[file]):
        example = re.sub(r"<[^>]*>", "1", address)
        assert adapter.test(example) or adapter.test(f"{example}/"), address


def addresses(text: str) -> set[str]:
    """The addresses of ours that a document quotes, such as `/k/<code>`."""
    return set(re.findall(r"`(/[a-z][a-z0-9/<>_-]*)`", text))


@pytest.mark.parametrize("file", sorted(DOCUMENTS))
def test_make_has_the_targets_that_a_document_names(file: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"`(?:[A-Z]+=\S+ )?make ([a-z]+)`", DOCUMENTS[file]))
    named |= set(re.findall(r"^make ([a-z]+)$", DOCUMENTS[file], re.MULTILINE))
    assert named <= targets


def test_every_target_for_people_is_explained() -> None:
    explained = set(re.findall(r"^([a-z]+):.*## \S", MAKEFILE, re.MULTILINE))
    assert {"run", "test", "check", "help"} <= explained


def test_the_build_server_runs_what_people_run() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize("file", sorted(DOCUMENTS))
def test_a_link_leads_to_a_file(file: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", DOCUMENTS[file])
    missing = [
        link
        for link in links
        if not re.match(r"https?:", link) and not (ROOT / Path(file).parent / link).exists()
    ]
    assert not missing


@pytest.mark.parametrize("file", sorted(DOCUMENTS))
def test_a_quoted_file_exists(file: str) -> None:
    quoted = re.findall(r"`((?:app|surveys|analysis|tests|migrations)/[\w./-]+)`", DOCUMENTS[file])
    missing = [path for path in quoted if not (ROOT / path).exists()]
    assert not missing
