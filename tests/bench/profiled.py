"""The service with a profiler around its submissions, for `citizen_flow --profile`.

`GET /profile` tells the functions that took most processor time by themselves.
"""

from __future__ import annotations

import cProfile
import io
import pstats
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_SHOWN = 15
_service = create_app()
# Processor time: waiting for a disk or another process is not what is looked for.
_profile = cProfile.Profile(time.process_time)


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """What the service answers; what it does for a POST is written down."""
    if environ["PATH_INFO"] == "/profile":
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        return [_report().encode()]
    if environ["REQUEST_METHOD"] != "POST":
        return _service(environ, start_response)
    return _profile.runcall(_service, environ, start_response)


def _report() -> str:
    text = io.StringIO()
    pstats.Stats(_profile, stream=text).strip_dirs().sort_stats("tottime").print_stats(_SHOWN)
    return text.getvalue()
