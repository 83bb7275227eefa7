"""The report as DOCX, laid out as Nghị định 30/2020 asks: real styles, so that offices can edit it.

Charts are pictures that Typst draws, the same as in the PDF; a reader who hears the paper gets
their words.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Sequence
from typing import Any, cast

import docx
from docx.document import Document
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Mm, Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph as WordParagraph

from app.documents.report import typeset
from app.documents.report.tree import (
    Bullets,
    Chart,
    Letterhead,
    Paragraph,
    Report,
    Section,
    Table,
)

_FONT, _SIZE, _SMALL = "Times New Roman", Pt(14), Pt(11)
_WIDTH = Mm(210 - 30 - 20)
_BLACK = RGBColor(0, 0, 0)
_CAPTION = re.compile(r"(Bảng|Biểu đồ) (\d+)(\..*)", re.DOTALL)
_CENTRE, _RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT


def build(report: Report, *, made_on: dt.datetime) -> bytes:
    """The report as a DOCX file."""
    document = docx.Document()
    _describe(document, report, made_on)
    _styles(document)
    _page(document, report)
    _head(document, report.letterhead)
    _opening(document, report)
    for section in report.sections:
        _section(document, section)
    _foot(document, report.letterhead)
    if report.appendix:
        document.add_section(WD_SECTION.NEW_PAGE).different_first_page_header_footer = False
    for section in report.appendix:
        _section(document, section)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _describe(document: Document, report: Report, made_on: dt.datetime) -> None:
    about = document.core_properties
    about.title, about.author = report.title, report.letterhead.agency
    about.language, about.comments = "vi-VN", " ".join(report.marks)
    about.created = about.modified = made_on.astimezone(dt.UTC).replace(tzinfo=None)
    about.last_modified_by = report.letterhead.agency


def _styles(document: Document) -> None:
    """Times New Roman throughout, in Vietnamese, headings black and without a theme."""
    styles = document.styles
    for name, size, bold, italic in (
        ("Normal", _SIZE, False, False), ("Title", _SIZE, True, False),
        ("Subtitle", _SIZE, True, False), ("Heading 1", _SIZE, True, False),
        ("Heading 2", _SIZE, True, False), ("Heading 3", _SIZE, True, True),
        ("Caption", Pt(12), True, False), ("List Bullet", _SIZE, False, False),
    ):  # fmt: skip
        style = cast("Any", styles[name])
        style.font.name, style.font.size = _FONT, size
        style.font.bold, style.font.italic, style.font.color.rgb = bold, italic, _BLACK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for spacing in style.element.rPr.findall(qn("w:spacing")):
            style.element.rPr.remove(spacing)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{script}"), _FONT)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(6), Pt(6)
    for border in cast("Any", styles["Title"]).element.iter(qn("w:pBdr")):
        border.getparent().remove(border)
    cast("Any", styles["Caption"]).paragraph_format.keep_with_next = True
    language = OxmlElement("w:lang")
    for kind in ("val", "eastAsia"):
        language.set(qn(f"w:{kind}"), "vi-VN")
    defaults = styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for before in defaults.findall(qn("w:lang")):
        defaults.remove(before)
    defaults.append(language)


def _page(document: Document, report: Report) -> None:
    """A4 with the margins asked for; from the second page on its number at the top."""
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin = page.bottom_margin = Mm(20)
    page.left_margin, page.right_margin = Mm(30), Mm(20)
    page.different_first_page_header_footer = True
    line = page.header.paragraphs[0]
    line.alignment = _CENTRE
    _field(line, "PAGE", "2")
    if report.marks:
        below = page.header.add_paragraph(" · ".join(report.marks))
        below.alignment = _CENTRE
        below.runs[0].font.size = _SMALL


def _head(document: Document, letterhead: Letterhead) -> None:
    table = _frame(document, (Mm(60), Mm(100)))
    left, right = table.rows[0].cells
    _lines(left, (letterhead.parent.upper(), False), (letterhead.agency.upper(), True))
    _lines(
        right,
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", True), ("Độc lập - Tự do - Hạnh phúc", True),
    )  # fmt: skip
    for cell, text in ((left, "––––––––"), (right, "––––––––––––––––")):
        _line(cell.add_paragraph(), text, Pt(10))
    left, right = cast("Any", table).add_row().cells
    _line(left.paragraphs[0], letterhead.number, Pt(13))
    _line(right.paragraphs[0], letterhead.place_and_day, Pt(13)).italic = True


def _opening(document: Document, report: Report) -> None:
    for mark in report.marks:
        _line(document.add_paragraph(), mark, Pt(13)).bold = True
    document.add_paragraph("BÁO CÁO", style="Title").alignment = _CENTRE
    document.add_paragraph(report.subject, style="Subtitle").alignment = _CENTRE
    for ground in report.grounds[:-1]:
        _running(document, ground).runs[0].italic = True
    _running(document, report.grounds[-1])


def _foot(document: Document, letterhead: Letterhead) -> None:
    table = _frame(document, (Mm(75), Mm(85)))
    left, right = table.rows[0].cells
    heading = _line(left.paragraphs[0], "Nơi nhận:", Pt(12), align=WD_ALIGN_PARAGRAPH.LEFT)
    heading.bold = heading.italic = True
    for recipient in letterhead.recipients:
        _line(left.add_paragraph(), recipient, _SMALL, align=WD_ALIGN_PARAGRAPH.LEFT)
    _line(right.paragraphs[0], letterhead.signer, _SIZE).bold = True
    _line(right.add_paragraph(), letterhead.signature, Pt(13)).italic = True


def _section(document: Document, section: Section) -> None:
    document.add_heading(section.heading, section.level)
    for block in section.blocks:
        _WRITERS[type(block)](document, block)


def _paragraph(document: Document, block: Paragraph) -> None:
    written = _running(document, block.text)
    if block.soft:
        written.runs[0].italic, written.runs[0].font.size = True, Pt(12)


def _bullets(document: Document, block: Bullets) -> None:
    for item in block.items:
        written = document.add_paragraph(item, style="List Bullet")
        written.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY


def _table(document: Document, block: Table) -> None:
    _caption(document, block.caption)
    table = document.add_table(rows=0, cols=len(block.header), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    total = sum(block.widths)
    widths = [int(_WIDTH * width / total) for width in block.widths]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    size = _SMALL if len(block.header) < 7 else Pt(10)
    _row(table, block.header, widths, block.names, size=size, head=True)
    for row in block.rows:
        _row(table, row, widths, block.names, size=size)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _row(
    table: WordTable, cells: Sequence[str], widths: Sequence[int], names: int, *, size: Pt,
    head: bool = False,
) -> None:  # fmt: skip
    row = cast("Any", table).add_row()
    properties = cast("Any", row._tr).get_or_add_trPr()  # noqa: SLF001 - no other way to them
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))
    for at, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
        cell.width = widths[at]
        align = _CENTRE if head else WD_ALIGN_PARAGRAPH.LEFT if at < names else _RIGHT
        _line(cell.paragraphs[0], text, size, align=align).bold = head


def _chart(document: Document, block: Chart) -> None:
    picture = document.add_picture(io.BytesIO(typeset.picture(block)), width=_WIDTH)
    about = cast("Any", picture._inline).docPr  # noqa: SLF001 - no other way to it
    about.set("descr", block.spoken)
    about.set("title", block.caption)
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    _caption(document, block.caption, keep=False)


def _caption(document: Document, text: str, *, keep: bool = True) -> None:
    """A caption whose number Word counts anew when tables are added or taken out."""
    written = document.add_paragraph(style="Caption")
    written.alignment = _CENTRE
    written.paragraph_format.keep_with_next = keep
    found = _CAPTION.fullmatch(text)
    if found is None:
        written.add_run(text)
        return
    written.add_run(f"{found[1]} ")
    _field(written, f"SEQ {found[1].replace(' ', '_')} \\* ARABIC", found[2])
    written.add_run(found[3])


def _field(paragraph: WordParagraph, code: str, shown: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = shown
    run.append(text)
    field.append(run)
    cast("Any", paragraph._p).append(field)  # noqa: SLF001 - no other way to it


def _frame(document: Document, widths: Sequence[int]) -> WordTable:
    """A table of one row without lines, to put two columns of words beside each other."""
    table: WordTable = document.add_table(rows=1, cols=len(widths))
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
        column.cells[0].width = width
    return table


def _lines(cell: _Cell, *lines: tuple[str, bool]) -> None:
    for at, (text, bold) in enumerate(lines):
        _line(cell.paragraphs[0] if at == 0 else cell.add_paragraph(), text, Pt(12.5)).bold = bold


def _line(
    paragraph: WordParagraph, text: str, size: Pt, *, align: WD_ALIGN_PARAGRAPH = _CENTRE
) -> Any:
    paragraph.alignment = align
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
    run = paragraph.add_run(text)
    run.font.size = size
    return run.font


def _running(document: Document, text: str) -> WordParagraph:
    written = document.add_paragraph(text)
    written.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    written.paragraph_format.first_line_indent = Cm(1.27)
    return written


_WRITERS: dict[type, Callable[[Document, Any], None]] = {
    Paragraph: _paragraph, Bullets: _bullets, Table: _table, Chart: _chart,
}  # fmt: skip
