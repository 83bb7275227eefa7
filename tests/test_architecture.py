"""The house rules that a machine can check: layers, sizes, names, and nothing of one machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.tree import PACKAGES, ROOT, files, name

LONGEST_FILE, LONGEST_FUNCTION = 400, 40
#: Rooms that end up holding everything.
NAMELESS = {"utils", "helpers", "common", "services", "managers", "misc"}
#: Hosts that stand in our files beside examples: ourselves, and the name of a format.
HOSTS = {
    "127.0.0.1", "localhost", "www.w3.org", "scripts.sil.org",
    # Names of vocabularies and of a licence, which nothing here asks for.
    "creativecommons.org", "json-schema.org", "schema.org",
}  # fmt: skip
EXAMPLE = re.compile(r"(^|\.)example(\.\w+)?$")
SOURCES = {name(file): file for file in files(".py")}
TREES = {file: ast.parse(path.read_text("utf-8")) for file, path in SOURCES.items()}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> Iterator[Function]:
    """All functions and methods of a file."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """The lines of a function without its decorators and docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return lines
    return lines - ((first.end_lineno or 0) - first.lineno + 1)


def public_names(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    """Functions and classes that others may use, and the methods of such classes."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            members = node.body if isinstance(node, ast.ClassDef) else []
            yield from (m for m in members if isinstance(m, Function) and m.name[0] != "_")


def described(node: Function | ast.ClassDef) -> bool:
    """Whether a name has a docstring, or has nothing to say because it only states a type."""
    last = node.body[-1]
    stub = isinstance(last, ast.Expr) and ast.unparse(last) == "..."
    return stub or ast.get_docstring(node) is not None


def test_the_layers_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", done.stdout)


def test_a_module_says_what_it_is() -> None:
    silent = [file for file, tree in TREES.items() if tree.body and ast.get_docstring(tree) is None]
    assert not silent


def test_every_public_name_says_what_it_is() -> None:
    silent = [
        f"{file}: {node.name}"
        for file, tree in TREES.items()
        for node in public_names(tree)
        if file.startswith(PACKAGES) and not described(node)
    ]
    assert not silent


def test_files_stay_short() -> None:
    lengths = {file: len(path.read_text("utf-8").splitlines()) for file, path in SOURCES.items()}
    assert not {file: lines for file, lines in lengths.items() if lines > LONGEST_FILE}


def test_functions_stay_short() -> None:
    lengths = {
        f"{file}: {node.name}": length(node)
        for file, tree in TREES.items()
        for node in functions(tree)
        # A migration is one long list of tables and columns.
        if not file.startswith("migrations/versions")
    }
    assert not {place: lines for place, lines in lengths.items() if lines > LONGEST_FUNCTION}


def test_no_room_is_nameless() -> None:
    assert not [file for file in SOURCES if NAMELESS & set(Path(file).with_suffix("").parts)]


def test_no_task_is_left_behind() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    texts = {name(file): file.read_text("utf-8") for file in files(under=PACKAGES)}
    assert not [file for file, text in texts.items() if mark.search(text)]


def test_no_file_names_the_machine_that_made_it() -> None:
    place = re.compile(rf"{re.escape(str(ROOT))}\b|(?<![\w.])/(home|root|Users|mnt|media)/\w")
    found = {name(file): place.search(file.read_text("utf-8")) for file in files()}
    assert not [file for file, match in found.items() if match]


def test_no_file_names_an_unknown_host() -> None:
    found = {
        f"{name(file)}: {host}"
        for file in files()
        for host in re.findall(r"\bhttps?://([\w-]+(?:\.[\w-]+)+)", file.read_text("utf-8"))
        if host not in HOSTS and not EXAMPLE.search(host)
    }
    assert not found


def test_nobody_pays_for_libraries_that_few_need() -> None:
    """They are 60 MB and a second at the start of every process."""
    late = ["alembic", "docx", "PIL", "psycopg", "qrcode", "scipy.optimize", "typst", "xlsxwriter"]
    code = f"import sys, app; print(*[name for name in {late} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert run.stdout.split() == []
