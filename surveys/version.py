"""Which code computed a figure: the version, and the commit where it is known."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

VERSION = "0.1.0"


@cache
def code_version() -> str:
    """The version with its commit, as `0.1.0+g1a2b3c4`; the bare version outside a checkout.

    An installation without git names its commit in `HAILONG_COMMIT`.
    """
    commit = os.environ.get("HAILONG_COMMIT", "") or _commit_of_checkout()
    return f"{VERSION}+g{commit[:12]}" if commit else VERSION


def _commit_of_checkout() -> str:
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return ""
    done = subprocess.run(  # noqa: S603 - a fixed command, no input
        ["git", "-C", str(root), "rev-parse", "HEAD"],  # noqa: S607 - git is found on the PATH
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()
