"""A report put together: letterhead, what was measured, results by sector, limits, proposals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.documents.report import findings, tables, wished
from app.documents.report.source import Source
from app.documents.report.tree import (
    Block,
    Bullets,
    Chart,
    Letterhead,
    Paragraph,
    Report,
    Section,
    Table,
)
from surveys.results.figures import Figure
from surveys.results.respondents import Profile

_DOTS = "…………"
_READING = (
    "Khảo sát chỉ hỏi một phần số người được phục vụ, nên mỗi con số đi kèm khoảng tin cậy 95 %: "
    "tỷ lệ của mọi người được phục vụ có thể nằm ở bất cứ đâu trong khoảng ấy. Kết luận “đạt” hay "
    "“chưa đạt” chỉ nêu khi số phiếu đủ căn cứ; còn lại ghi “chưa đủ căn cứ”. Hài lòng là chọn một "
    "trong hai mức cao nhất của thang (thang ba mức: hai mức trên)."
)
_RANKING = (
    "“Hạng có thể” là các thứ hạng mà khoảng tin cậy còn để ngỏ: đơn vị có khoảng chồng lên nhau "
    "thì chưa thể nói nơi nào hơn nơi nào."
)
_LEVELS = (
    "Tỷ lệ trong bảng này đếm phiếu như đã nhận, chưa nhân quyền số, nên có thể hơi khác tỷ lệ hài "
    "lòng ở phần trên. Tiêu chí có dưới 10 người trả lời không nêu."
)
_PROFILE = (
    "Bảng đếm người trả lời, không phải mọi người được phục vụ. Nhóm dưới 10 người không nêu, "
    "cùng với nhóm mà từ đó có thể suy ra."
)
_CHANGES = "Điểm là điểm phần trăm. Chỉ ghi tăng hay giảm khi chênh lệch vượt quá mức ngẫu nhiên."


def build(sources: Sequence[Source], *, today: dt.date) -> Report:
    """The report of one sector or several over the same period."""
    level = 2 if len(sources) == 1 else 3
    sections = [Section(1, "Phạm vi và cách khảo sát", tuple(_scope(sources)))]
    sections.append(Section(1, "Kết quả"))
    for source in sources:
        if level == 3:
            sections.append(Section(2, f"Lĩnh vực {_lower(source.sector.label.vi)}"))
        sections += _results(source, level)
    limits = tuple(said for source in sources for said in findings.cautions(source))
    if limits:
        sections.append(Section(1, "Những điều cần lưu ý khi dùng số liệu", (Bullets(limits),)))
    sections.append(Section(1, "Đánh giá và kiến nghị", tuple(_proposals(sources))))
    appendix = tuple(section for source in sources for section in _appendix(source))
    return _numbered(
        Report(
            _letterhead(sources, today), _subject(sources), _marks(sources), _grounds(sources),
            tuple(sections), appendix,
        )
    )  # fmt: skip


def _letterhead(sources: Sequence[Source], today: dt.date) -> Letterhead:
    return Letterhead(
        parent=f"UBND {_DOTS}",
        agency=_agency(sources),
        number=f"Số: {_DOTS}/BC-{_DOTS}",
        place_and_day=f"{_DOTS}, ngày {_DOTS[:3]} tháng {today.month:02} năm {today.year}",
        recipients=(f"- {_DOTS};", "- Lưu: VT."),
        signer="THỦ TRƯỞNG CƠ QUAN",
        signature="(Ký, ghi rõ họ tên, đóng dấu)",
    )


def _leading(sources: Sequence[Source]) -> Source:
    found = (source for source in sources if source.sector.key == "administration")
    return next(found, sources[0])


def _subject(sources: Sequence[Source]) -> str:
    period = sources[0].period.label
    if len(sources) > 1:
        return f"Kết quả khảo sát mức độ hài lòng về dịch vụ công {period}"
    sector = _lower(sources[0].sector.label.vi)
    return f"Kết quả khảo sát mức độ hài lòng lĩnh vực {sector} {period}"


def _marks(sources: Sequence[Source]) -> tuple[str, ...]:
    demo = any(source.demo for source in sources)
    draft = any(source.release is None for source in sources)
    return tuple(
        words
        for words, there in (
            ("DEMO – dữ liệu minh họa, không có thật", demo),
            ("DỰ THẢO – số liệu chưa công bố", draft),
        )
        if there
    )


def _grounds(sources: Sequence[Source]) -> tuple[str, ...]:
    return (
        f"Căn cứ {sources[0].programme.decision};",
        f"Căn cứ {_DOTS} (cơ quan báo cáo ghi thêm căn cứ khác, nếu có);",
        f"{_agency(sources)} báo cáo như sau:",
    )


def _agency(sources: Sequence[Source]) -> str:
    """Who reports: Nội vụ on all sectors, each office on its own."""
    return (sources[0] if len(sources) == 1 else _leading(sources)).sector.owner.vi


def _scope(sources: Sequence[Source]) -> Iterator[Block]:
    for source in sources:
        yield Paragraph(findings.about(source))
        yield tables.waves(source)
    yield Paragraph(_READING)


def _results(source: Source, level: int) -> Iterator[Section]:
    yield Section(level, "So với chỉ tiêu", tuple(_on_targets(source)))
    if source.summary.dimensions:
        yield Section(level, "Nhóm tiêu chí", tuple(_dimensions(source)))
    if source.summary.items:
        yield Section(level, "Từng tiêu chí", tuple(_items(source)))
    if source.wishes:
        yield Section(level, "Mong muốn cải thiện", tuple(wished.blocks(source)))
    if source.summary.units():
        yield Section(level, "Từng đơn vị", tuple(_units(source)))
    yield Section(level, "Thay đổi", tuple(_changes(source)))


def _on_targets(source: Source) -> Iterator[Block]:
    if not tables.headlines(source):
        yield Paragraph("Chưa đủ phiếu để nêu chỉ số.")
        return
    yield tables.judged(source)
    yield Bullets(findings.on_targets(source))
    measures = tables.measures(source)
    if measures:
        yield measures


def _dimensions(source: Source) -> Iterator[Block]:
    for figures in source.summary.dimensions:
        title = tables.form_name(source, figures.rows[0])
        caption = f"Nhóm tiêu chí: {title}"
        yield tables.listed(source, figures, caption, what="Nhóm tiêu chí")
        own = [figure for figure in figures if figure.measure == "dimension"]
        if any(figure.value is not None for figure in own):
            yield tables.chart(own, f"{caption} {tables.in_words(source)}")


def _items(source: Source) -> Iterator[Block]:
    for figures in source.summary.items:
        title = tables.form_name(source, figures.rows[0])
        said = findings.on_items(figures, _index_of(source, figures.rows[0].instrument))
        if said:
            yield Paragraph(f"{title}:")
            yield Bullets(said)
        caption = f"Tiêu chí, xếp từ thấp đến cao: {title}"
        yield tables.listed(source, figures, caption, what="Tiêu chí")


def _index_of(source: Source, form: str | None) -> Figure | None:
    """The index of a form over the sector."""
    found = [
        row for row in source.figures.where(scope="sector", measure="index")
        if row.instrument == form and row.key == ""
    ]  # fmt: skip
    return found[0] if found else None


def _units(source: Source) -> Iterator[Block]:
    for figures in source.summary.units():
        target = tables.target_name(source.programme, figures.rows[0])
        yield Bullets(findings.on_units(figures.rows))
        table = tables.units(source, figures.rows, target)
        yield table
        yield Paragraph(_RANKING, soft=True)
        if any(figure.value is not None for figure in figures):
            ordered = tables.in_order(figures)
            yield tables.chart(ordered, f"{target}, từng đơn vị {tables.in_words(source)}")


def _changes(source: Source) -> Iterator[Block]:
    if source.compared:
        yield tables.since_last_year(source)
        yield Paragraph(_CHANGES, soft=True)
    for trend in source.trends:
        yield tables.wave_by_wave(source, trend)
        yield Paragraph(_CHANGES, soft=True)
    if not source.compared and not source.trends:
        yield Paragraph("Chưa có số liệu kỳ trước để so sánh.")


def _proposals(sources: Sequence[Source]) -> Iterator[Block]:
    weak = tuple(said for source in sources for said in findings.weakest(source))
    if weak:
        yield Paragraph("Các tiêu chí có tỷ lệ hài lòng thấp nhất, đề nghị xem xét trước:")
        yield Bullets(weak)
    wanted = tuple(said for source in sources for said in wished.most_wanted(source))
    if wanted:
        yield Paragraph("Những cải thiện được nhiều người mong muốn nhất:")
        yield Bullets(wanted)
    yield Paragraph(
        f"{_DOTS} (Cơ quan báo cáo nêu nguyên nhân, việc đã làm, kiến nghị, người chịu trách nhiệm "
        "và thời hạn. Số liệu cho biết ở đâu người dân kém hài lòng, không cho biết vì sao.)"
    )


def _appendix(source: Source) -> Iterator[Section]:
    name = _lower(source.sector.label.vi)
    if source.levels:
        blocks: list[Block] = [tables.levels(source, form) for form in source.levels]
        heading = f"Trả lời theo từng mức, lĩnh vực {name}"
        yield Section(1, heading, (*blocks, Paragraph(_LEVELS, soft=True)))
    if source.profiles:
        forms: dict[str, list[Profile]] = {}
        for each in source.profiles:
            forms.setdefault(each.form.vi, []).append(each)
        blocks = [tables.profile(source, found) for found in forms.values()]
        heading = f"Người trả lời, lĩnh vực {name}"
        yield Section(1, heading, (*blocks, Paragraph(_PROFILE, soft=True)))


_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
_LETTERS = "abcdđeghik"


def _numbered(report: Report) -> Report:
    """The same with numbers before headings (I, 1, a) and captions (Bảng 1, Biểu đồ 1)."""
    counts = {Table: 0, Chart: 0}

    def captioned(block: Block) -> Block:
        if not isinstance(block, Table | Chart):
            return block
        counts[type(block)] += 1
        kind = "Bảng" if isinstance(block, Table) else "Biểu đồ"
        return replace(block, caption=f"{kind} {counts[type(block)]}. {block.caption}")

    def done(sections: Iterable[Section]) -> tuple[Section, ...]:
        return tuple(
            replace(section, blocks=tuple(captioned(block) for block in section.blocks))
            for section in sections
        )

    sections = done(_with_numbers(report.sections))
    appendix = tuple(
        replace(section, heading=f"Phụ lục {_ROMAN[at]}. {section.heading}")
        for at, section in enumerate(report.appendix)
    )
    return replace(report, sections=sections, appendix=done(appendix))


def _with_numbers(sections: Iterable[Section]) -> Iterator[Section]:
    at = [0, 0, 0]
    for section in sections:
        place = section.level - 1
        at[place:] = [at[place] + 1, *[0] * (2 - place)]
        number = (f"{_ROMAN[at[0] - 1]}.", f"{at[1]}.", f"{_LETTERS[at[2] - 1]})")[place]
        yield replace(section, heading=f"{number} {section.heading}")


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]
