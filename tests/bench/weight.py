"""What a telephone and a tablet load, compressed: page and script, and the worker after them.

python -m tests.bench.weight
"""

from __future__ import annotations

import gzip
import re
import tempfile
from pathlib import Path

from app import create_app
from app.settings import Settings
from tests.bench.citizen_flow import prepare


def main() -> None:
    """Print a line for the telephone and one for the tablet."""
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name)}/weight.db"
        code = prepare(url)
        client = create_app(Settings(database_url=url, secret_key="of the bench")).test_client()
        page = client.get(f"/k/{code}").text
        (phone,) = re.findall(r'<script type="module" src="([^"]+)"', page)
        worker = compressed(client.get("/k/sw.js").text)
        for who, script in (("telephone", phone), ("tablet", "/k/js/kiosk")):
            size = compressed(client.get(script).text)
            print(f"{who:10} script {size:6,}   worker {worker:6,}   together {size + worker:6,}")
        print(f"form       page   {compressed(page):6,}")


def compressed(text: str) -> int:
    """The bytes of a text as it is sent."""
    return len(gzip.compress(text.encode(), compresslevel=6, mtime=0))


if __name__ == "__main__":
    main()
