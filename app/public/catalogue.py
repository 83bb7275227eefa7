"""The catalogue of open data: each published year of a sector, its files, schema and licence.

The words are schema.org's, so that search engines for data find it. Addresses never change: the
address of a year leads to the revision in force, with `?ban=` to an older one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import flask
from flask import render_template, url_for

from app import freshness
from app.language import phrase
from app.session import current_programme, current_session, settings
from surveys.publishing import publication
from surveys.tables import Release

#: Whoever uses the figures may do anything with them and names where they are from.
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_SCHEMA = Path(__file__).parent / "release.schema.json"
_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Described = dict[str, object]


def page() -> flask.Response:
    """What is open, in which files, under which licence."""
    found = _in_force()
    return freshness.answer(
        found,
        lambda: render_template(
            "public/open_data.html", releases=found, licence=LICENCE,
            programme=current_programme(), described=catalogue(found),
            demo=any(release.demo for release in found),
        ),
    )  # fmt: skip


def file() -> flask.Response:
    """The catalogue for programs."""
    found = _in_force()
    return freshness.answer(
        found, lambda: json.dumps(catalogue(found), ensure_ascii=False, indent=1),
        mimetype="application/ld+json",
    )  # fmt: skip


def schema() -> flask.Response:
    """The JSON Schema of a release's JSON file."""
    return freshness.answer((), _schema, mimetype="application/schema+json")


def catalogue(releases: Sequence[Release]) -> Described:
    """All datasets as a schema.org DataCatalog."""
    return {
        "@context": "https://schema.org",
        "@type": "DataCatalog",
        "name": phrase("public.open.title"),
        "url": _address("public.open_data"),
        "license": LICENCE,
        "publisher": _publisher(),
        "dataset": [_dataset(release) for release in releases],
    }


def dataset(release: Release) -> Described:
    """A sector's published year as a schema.org Dataset of its own."""
    return {"@context": "https://schema.org", **_dataset(release)}


def _dataset(release: Release) -> Described:
    sector = current_programme().sector(release.sector).label.vi
    place = {"year": release.year, "sector": release.sector}
    return {
        "@type": "Dataset",
        "@id": _address("public.sector", **place),
        "url": _address("public.sector", **place),
        "name": phrase("public.sector_title", sector=sector, year=release.year),
        "description": phrase("public.open.description", sector=sector, year=release.year),
        "inLanguage": "vi",
        "license": LICENCE,
        "isAccessibleForFree": True,
        "creator": _publisher(),
        "temporalCoverage": f"{release.year}-01-01/{release.year}-12-31",
        "datePublished": release.published_at.isoformat(),
        "version": str(release.revision),
        "identifier": f"sha256:{release.sha256}",
        "creativeWorkStatus": "DEMO" if release.demo else "Published",
        "measurementTechnique": _address("public.method"),
        "distribution": [
            # Of this very revision, for the checksum is.
            _distribution(kind, {**place, "ban": release.revision}, release.sha256)
            for kind in _TYPES
        ],
    }


def _distribution(kind: str, place: dict[str, object], sha256: str) -> Described:
    found: Described = {
        "@type": "DataDownload",
        "encodingFormat": _TYPES[kind],
        "contentUrl": _address("public.sector_file", kind=kind, **place),
    }
    if kind == "json":
        found |= {"sha256": sha256, "conformsTo": _address("public.schema")}
    return found


def _publisher() -> Described:
    return {"@type": "GovernmentOrganization", "name": current_programme().decision}


def _address(endpoint: str, **values: object) -> str:
    """The lasting address of a page, whatever name the visitor came by."""
    return settings().base_url + url_for(endpoint, **values)  # type: ignore[arg-type]


@cache
def _schema() -> str:
    return _SCHEMA.read_text(encoding="utf-8")


def _in_force() -> list[Release]:
    return publication.years(current_session(), current_programme().code)
