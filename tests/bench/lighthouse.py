"""What Lighthouse says of the first view: the longest split form, and the thanks for it.

    python -m tests.bench.lighthouse

Starts the real server on a fresh database and asks Lighthouse as `npx` gets it, in the Chromium
that is installed, as a slow telephone on a slow network. Without `npx` it says so and ends.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

from sqlmodel import Session

from surveys import database, schema
from surveys.fieldwork import waves
from surveys.questionnaires import instrument, registry
from tests import builders
from tests.servers import gunicorn

PROGRAM = "lighthouse@12"
CATEGORIES = ("performance", "accessibility", "best-practices")
#: The form with most questions, and how many of its items one person is asked.
FORM, KIND, SIZE = "sipas-ho-gia-dinh", "household", 8
_FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"


def main() -> None:
    """Print three scores of 100 for each page."""
    if shutil.which("npx") is None:
        print("npx is not installed: nothing was measured")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'lighthouse.db'}"
        code = prepare(url)
        with gunicorn(url, log=folder / "log", workers=2) as (address, _pid):
            form = f"{address}/k/{code}"
            for what, page in (("form", form), ("thanks", thanks(form))):
                found = scores(page, folder)
                print(what.ljust(8), "  ".join(f"{name} {found[name]:.0f}" for name in CATEGORIES))


def prepare(url: str) -> str:
    """The code of a household whose wave asks the split form today."""
    engine = database.connect(url)
    schema.upgrade(engine)
    today = database.day_of(database.now())
    (shipped,) = (form for form in instrument.shipped() if form.code == FORM)
    with Session(engine) as session:
        stored = registry.store(session, shipped, now=database.now())
        week = dt.timedelta(7)
        wave = builders.draft(
            session, opens_on=today, closes_on=today + week, form=stored, kind=KIND
        )
        waves.split(session, wave, KIND, SIZE)
        waves.open_wave(session, wave)
        place = builders.point(session, builders.unit(session), kind=KIND)
        code = builders.collector(session, place).code
        session.commit()
    engine.dispose()
    return code


def thanks(form: str) -> str:
    """Where an answer to the form leads."""
    page = urllib.request.urlopen(form).read().decode()
    key = html.unescape(re.findall(r'name="key" value="([^"]+)"', page)[0])
    rated = re.findall(r'<fieldset class="s".*?name="([^"]+)"', page, re.DOTALL)[0]
    body = urllib.parse.urlencode({"key": key, rated: "4"}).encode()
    return str(urllib.request.urlopen(form, body).url)


def scores(page: str, folder: Path) -> dict[str, float]:
    """Each category's score of a page, of 100."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    command = [
        "npx", "--yes", PROGRAM, page, "--quiet", "--output=json", f"--chrome-flags={_FLAGS}",
        f"--only-categories={','.join(CATEGORIES)}",
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": chromium}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    report = json.loads(done.stdout)
    for name, audit in report["audits"].items():
        if audit["score"] is not None and audit["score"] < 1:
            print("   ", name, audit["score"], audit.get("displayValue", ""))
    return {name: 100 * report["categories"][name]["score"] for name in CATEGORIES}


if __name__ == "__main__":
    main()
