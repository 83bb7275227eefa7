"""The words of the interface: the same in every language, all used, none missing."""

from __future__ import annotations

import re
from string import Formatter
from typing import get_args

import pytest

from analysis.monitoring import Place, Zone
from app import duties
from app.api import problems
from app.central import registers
from app.central.forms import CHECKLIST
from app.citizen.sizes import SIZES
from app.deliveries import PROBLEMS
from app.documents import workbook_charts
from app.documents.columns import ALL
from app.documents.posters import Size
from app.documents.workbook import SHEETS
from app.errors import STATUSES
from app.language import FIRST, languages, phrases
from surveys.fieldwork import comments, modes, plans, responses, screening, years
from surveys.fieldwork.responses import REASON_KINDS
from surveys.offices import api_keys
from surveys.offices.staff import ROLES
from surveys.places.collectors import Kind
from surveys.publishing import steps
from surveys.publishing.proposals import PublicationError
from surveys.publishing.steps import StepError
from surveys.results import suspects
from surveys.results.breakdowns import By
from surveys.results.changes import Direction, Silence
from surveys.results.figures import Measure, Scope, Showing, Verdict
from surveys.weighting import days, margin_checks
from tests.tree import files

TEXT = "\n".join(file.read_text("utf-8") for file in files(".py", ".html", under=("app",)))
KEYS = set(phrases(FIRST))
QUOTED = set(re.findall(r"""["']([a-z0-9_]+(?:\.\w+)+)["']""", TEXT))
#: Keys that are put together in the source: the part that stands there, and what may follow it.
PUT_TOGETHER: dict[str, set[str] | None] = {
    "api.problem.": {f"{kind}.{part}" for kind in problems.KINDS for part in ("title", "detail")},
    "api.row.": {"point", *get_args(days.FaultKind)},
    "keys.scope.": set(api_keys.SCOPES),
    "account.role.": set(ROLES),
    "central.close_nothing.": {"draft", "closed", "published"},
    "central.kind.": set(get_args(Kind)),
    "central.point.": None,
    "central.posters.size.": set(get_args(Size)),
    "central.refused.": {
        error.__name__
        for error in (*PublicationError.__subclasses__(), *StepError.__subclasses__())
        if error is not StepError
    },
    "central.status.": {"draft", "open", "closed", "published"},
    "citizen.look_up.because.": {*REASON_KINDS.values(), "other"},
    "citizen.kiosk.": None,
    "citizen.offline.": None,
    "citizen.pin.about_": {"kiosk", "display"},
    "citizen.pin.title_": {"kiosk", "display"},
    "citizen.problem.": None,
    "citizen.ticket.": None,
    "citizen.size.": {"title", "usual", *(size.replace("-", "_") for size in SIZES if size)},
    "documents.column.": {column.key for column in ALL} | set(workbook_charts.COLUMNS),
    "drafts.read.": set(CHECKLIST),
    "drafts.status.": set(get_args(steps.Status)),
    "dash.by.": set(get_args(By)),
    "dash.place.": set(get_args(Place)),
    "dash.weeks.out_": set(get_args(Place)) - {"inside"},
    "dash.zone.": set(get_args(Zone)),
    "documents.heading.": None,
    "documents.method.index_": {"mean", "pooled"},
    "documents.paper.": None,
    "documents.poster.": None,
    "central.instrument.": {"stored", "new", "changed"},
    "central.list.": {
        f"{kept.name}{end}"
        for kept in (registers.UNITS, registers.POINTS)
        for end in ("", "_about", "_file", *(f"_{column.key}" for column in kept.columns))
    },
    "documents.scope.": set(get_args(Scope)),
    "documents.sheet.": {
        *(sheet.key for sheet in SHEETS),
        "charts",
        "levels",
        "profiles",
        "wishes",
        "method",
    },
    "error.": None,
    "office.change.silence.": set(get_args(Silence)),
    "office.change.shown.": set(get_args(Direction)),
    "figures.basis.": {*get_args(Kind), "mixed"},
    "figures.measure.": set(get_args(Measure)),
    "figures.reason.": None,
    "comments.status.": {"new", *comments.STATUSES},
    "comments.category.": set(comments.CATEGORIES),
    "comments.mask.": set(screening.KINDS),
    "integrity.sign.": set(suspects.SIGNS),
    "integrity.about_": set(suspects.SIGNS),
    "integrity.kind.": {*responses.REASON_KINDS.values(), "other"},
    "integrity.done.": {"exclude", "readmit"},
    "years.rhythm.": set(years.RHYTHMS),
    "years.plan.": {"field", "rake"},
    "figures.sentence.": None,
    "figures.showing.": set(get_args(Showing)) - {"shown"},
    "figures.unheard.turned_": set(get_args(Verdict)) - {"not_shown"},
    "figures.verdict.": {*get_args(Verdict), "suppressed"},
    "modes.": {"all", "fewer", "partial", "split", "title", *modes.MODES},
    "central.evidence_": {"about", "goi-tinh-lai", "vi-du-lieu"},
    "documents.microdata.": None,
    "public.explained.": None,
    "trail.did.": None,  # by tests/app/test_trail_words.py
    "trail.ran.": None,  # likewise
    "trail.field.": None,  # likewise
    "trail.result.": {"waiting", "recorded", "decided"},
    "trail.typing.": {"first", "second", "only"},
    "duties.kind.": set(duties.PAGES),
    "webhooks.why.": {*PROBLEMS, "status"},
    "webhooks.is.": {"delivered", "waiting", "given_up"},
    "weights.failed.": {"no_margins", "too_few", "unreachable"},
    "weights.ask.": None,
    "weights.method_about.": set(plans.METHODS),
    "weights.wrong.": None,
    "weights.notice.": set(get_args(margin_checks.Kind)),
    "weights.key.": {*plans.KEYS, "person"},
    "weights.method.": set(plans.METHODS),
}


def values_in(text: str) -> set[str]:
    """The names of the places that a phrase leaves for values."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_phrases_with_the_same_values(language: str) -> None:
    first = {key: values_in(text) for key, text in phrases(FIRST).items()}
    assert {key: values_in(text) for key, text in phrases(language).items()} == first


@pytest.mark.parametrize("language", languages())
def test_no_phrase_is_empty_or_padded(language: str) -> None:
    texts = phrases(language)
    assert not [key for key, text in texts.items() if not text or text != text.strip()]


def test_every_phrase_that_is_asked_for_exists() -> None:
    asked = set(re.findall(r"""(?:\b_|\bphrase)\(\s*["']([a-z0-9_.]+\w)["']\s*[,)]""", TEXT))
    assert len(asked) > 200
    assert not asked - KEYS


def test_every_page_of_an_error_has_its_words() -> None:
    named = set(re.findall(r"""words=["']([a-z_.]+)["']""", TEXT))
    wanted = named | {f"error.{status}" for status in STATUSES}
    assert not {f"{words}.{part}" for words in wanted for part in ("title", "text")} - KEYS


@pytest.mark.parametrize("start", [start for start, ends in PUT_TOGETHER.items() if ends])
def test_every_phrase_that_can_be_put_together_exists(start: str) -> None:
    there = {key.removeprefix(start) for key in KEYS if key.startswith(start)}
    assert there == PUT_TOGETHER[start]


@pytest.mark.parametrize("start", PUT_TOGETHER)
def test_every_start_of_a_phrase_stands_in_the_source(start: str) -> None:
    assert re.search(rf"""["']{re.escape(start)}(\{{|["'])""", TEXT)


def test_no_phrase_is_unused() -> None:
    bases = {key.rsplit(".", 1)[0] for key in KEYS} & QUOTED
    unused = {
        key
        for key in KEYS - QUOTED
        if not key.startswith(tuple(PUT_TOGETHER)) and key.rsplit(".", 1)[0] not in bases
    }
    assert not unused
