"""The report as PDF, and its charts as pictures, both set by Typst from the same template."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.documents import typesetting
from app.documents.report.tree import Block, Chart, Report, Section

_TEMPLATE = "report.typ"


def pdf(report: Report) -> bytes:
    """The report as PDF/UA-1: tagged, titled, with its fonts."""
    return typesetting.pdf(_TEMPLATE, _data(report))


def pages(report: Report) -> list[bytes]:
    """The same pages as PNG."""
    return typesetting.png(_TEMPLATE, _data(report), dots_per_inch=80)


def picture(chart: Chart) -> bytes:
    """A chart alone as PNG."""
    return typesetting.png(_TEMPLATE, {"chart": _block(chart)}, dots_per_inch=220)[0]


def _data(report: Report) -> dict[str, Any]:
    return {
        "title": report.title,
        "subject": report.subject,
        "marks": report.marks,
        "letterhead": asdict(report.letterhead),
        "grounds": report.grounds,
        "sections": [_section(section) for section in report.sections],
        "appendix": [_section(section) for section in report.appendix],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "level": section.level, "heading": section.heading,
        "blocks": [_block(block) for block in section.blocks],
    }  # fmt: skip


def _block(block: Block) -> dict[str, Any]:
    return {"kind": type(block).__name__.lower(), **asdict(block)}
