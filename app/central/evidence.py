"""What a release rests on, to be taken along: the bundle that computes itself, and the microdata.

Both are finer than what is public. Each download is written to the audit trail (`app.trail`).
"""

from __future__ import annotations

import hashlib
import tempfile

import flask
from flask import abort, render_template

from app.documents import bundle, microdata
from app.session import current_programme, current_session, settings
from surveys.publishing import publication
from surveys.publishing.evidence import AnswersChanged
from surveys.weighting.calibrations import CalibrationFailed

#: What each file is made by, by its name in the address.
_MAKERS = {"goi-tinh-lai": bundle.take, "vi-du-lieu": microdata.take}


def download(sector: str, year: int, revision: int, kind: str) -> flask.typing.ResponseReturnValue:
    """The file of a release; 409 where today's answers no longer give its figures."""
    session, programme = current_session(), current_programme()
    if sector not in {known.key for known in programme.sectors}:
        abort(404)
    revisions = publication.revisions(session, programme.code, sector, year)
    release = {one.revision: one for one in revisions}.get(revision) or abort(404)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it when it was sent
    try:
        name = _MAKERS[kind](session, programme, release, key=settings().sampling_key, file=file)
    except (AnswersChanged, CalibrationFailed):
        file.close()
        return render_template("central/changed.html", release=release, demo=release.demo), 409
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    response = flask.send_file(file, "application/zip", as_attachment=True, download_name=name)
    response.headers["X-Content-SHA256"] = sha256
    response.cache_control.no_store = True
    return response
