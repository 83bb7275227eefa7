"""How the figures of an edition were made, in words: for the workbook's last sheet and the page."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from app import wording
from app.documents.edition import Edition
from app.filters import day, moment, number
from app.language import current_language, phrase
from app.weighting import plan_in_words
from surveys.fieldwork import plans

Method = Mapping[str, Any]

#: What the weighting had to do beyond the plain rule, with the words for how often.
_EXCEPTIONS = {
    "merges": "documents.method.merges",
    "unweighted": "documents.method.left_unweighted",
    "incomplete": "documents.method.incomplete",
    "raised": "documents.method.raised",
}


def describe(edition: Edition) -> tuple[tuple[str, str], ...]:
    """Headings, each with its words, in the order in which a reader asks."""
    frozen = edition.method
    texts = {
        "about": _about(edition),
        "published": _published(edition),
        "waves": "\n".join(_wave(wave) for wave in frozen["waves"]),
        "forms": "\n".join(_form(edition, form) for form in frozen["instruments"]),
        "index": _index(frozen),
        "sampling": _sampling(frozen),
        "weights": _weights(edition, frozen),
        "interval": phrase("documents.method.interval"),
        "verdict": phrase("documents.method.verdict"),
        "targets": "\n".join(_targets(edition)),
        "withheld": phrase("documents.method.withheld"),
        "revisions": phrase("documents.method.revisions"),
        "change": phrase("documents.method.change"),
        "sums": phrase("documents.method.sums") if frozen.get("sums") else "",
        "code_version": edition.release.code_version,
        "sha256": edition.release.sha256,
    }
    return tuple((phrase(f"documents.heading.{key}"), text) for key, text in texts.items() if text)


def _about(edition: Edition) -> str:
    label = edition.sector.label(current_language())
    return phrase("documents.method.about", sector=label, year=edition.release.year)


def _published(edition: Edition) -> str:
    release = edition.release
    words = phrase(
        "documents.method.published" if release.published_by else "documents.method.drafted",
        revision=release.revision,
        moment=moment(release.published_at),
        name=release.published_by or release.drafted_by,
    )
    if release.published_by and release.drafted_by:
        words += " " + phrase(
            "documents.method.four_eyes", drafter=release.drafted_by, checker=release.checked_by
        )
    reason = phrase("documents.method.reason", reason=release.reason) if release.reason else ""
    return f"{words} {reason}".strip()


def _wave(wave: Method) -> str:
    words = phrase(
        "documents.method.wave",
        name=wave["name"],
        opens=day(dt.date.fromisoformat(wave["opens_on"])),
        closes=day(dt.date.fromisoformat(wave["closes_on"])),
        answers=number(wave["answers"]),
    )
    # Releases from before answers had a mode say nothing of it.
    ways = wave.get("modes", {}).items()
    if ways:
        listed = ", ".join(f"{phrase(f'modes.{mode}')} {number(count)}" for mode, count in ways)
        words = f"{words} ({listed})"
    if wave["excluded"]:
        words += f", {phrase('documents.method.excluded', count=number(wave['excluded']))}"
        # Releases from before they were told apart have the number alone.
        kinds = wave.get("excluded_by_kind", {}).items()
        told = (f"{phrase(f'integrity.kind.{kind}')} {number(count)}" for kind, count in kinds)
        words += f" ({', '.join(told)})" if kinds else ""
    if wave.get("split"):
        words += f"; {phrase('documents.method.split', count=_counts(wave['split']))}"
    return words


def _sampling(frozen: Method) -> str:
    """How people came to be asked, and what counts as drawn together; older releases lack it."""
    return phrase("documents.method.sampling") if frozen.get("design") else ""


def _counts(split: Mapping[str, int]) -> str:
    """The sizes of split forms by kind of points: `5 (quầy)`."""
    return ", ".join(
        f"{number(size)} ({phrase(f'central.point.{kind}')})" for kind, size in split.items()
    )


def _form(edition: Edition, form: Method) -> str:
    return phrase(
        "documents.method.form",
        title=edition.form_titles[form["code"]],
        code=form["code"],
        version=form["version"],
        status=form["status"],
        checksum=form["checksum"][:12],
    )


def _index(frozen: Method) -> str:
    poolings = sorted({form["index"]["pooling"] for form in frozen["instruments"]})
    return "\n".join(phrase(f"documents.method.index_{pooling}") for pooling in poolings)


def _weights(edition: Edition, frozen: Method) -> str:
    weighted = any(figure.weighted for figure in edition.figures)
    words = phrase("documents.method.weighted" if weighted else "documents.method.unweighted")
    counts = {name: len(frozen["weighting"][name]) for name in _EXCEPTIONS}
    found = [(key, counts[name]) for name, key in _EXCEPTIONS.items() if counts[name]]
    exceptions = (phrase(key, count=number(count)) for key, count in found)
    return " ".join([words, *exceptions, *_plans(frozen)])


def _plans(frozen: Method) -> list[str]:
    """The plans of waves that were weighted to more than fields by unit."""
    known = {
        code: plans.loads(json.dumps(plan))
        for code, plan in frozen["weighting"].get("plans", {}).items()
    }
    return [
        phrase("documents.method.plan", wave=code, plan=plan_in_words(plan))
        for code, plan in known.items()
        if plan != plans.Plan()
    ]


def _targets(edition: Edition) -> list[str]:
    """Each target of the sector with all its milestones."""
    return [
        f"{target.label(current_language())}: "
        + "; ".join(
            f"{milestone.year}: {wording.wanted(milestone.operator, milestone.share)}"
            for milestone in target.milestones
        )
        for target in edition.programme.targets_of(edition.release.sector)
    ]
