"""What must fit together in an instrument: codes, references, the form, the index."""

from __future__ import annotations

from collections import Counter

from surveys.questionnaires.questionnaire import OWN_COLUMNS, Instrument
from surveys.questionnaires.reading import Document


def check_instrument(instrument: Instrument, document: Document) -> None:
    """Notes in the document every fault between the parts of an instrument."""
    for check in (
        _codes_are_unique,
        _references_lead_somewhere,
        _groups_have_members,
        _sections_ask_each_thing_once,
        _index_fits,
        _weights_fit,
        _figures_have_their_question,
        _own_columns_are_choices,
    ):
        check(instrument, document)


def _places(instrument: Instrument) -> list[tuple[str, str]]:
    """Each thing a person answers, as (place of its table, code)."""
    asked = [question.code for question in instrument.questions if not question.profile]
    codes = {
        "items": [item.code for item in instrument.items],
        "questions": asked,
        "profile": [question.code for question in instrument.profile],
        "free_texts": [free_text.code for free_text in instrument.free_texts],
    }
    return [(f"{name}[{n}]", code) for name in codes for n, code in enumerate(codes[name], 1)]


def _codes_are_unique(instrument: Instrument, document: Document) -> None:
    document.refuse_repeated((f"{place}.code", code) for place, code in _places(instrument))
    for name in ("scales", "parts", "dimensions", "sections"):
        things = getattr(instrument, name)
        document.refuse_repeated(
            (f"{name}[{n}].code", thing.code) for n, thing in enumerate(things, 1)
        )


def _references_lead_somewhere(instrument: Instrument, document: Document) -> None:
    scales = [scale.code for scale in instrument.scales]
    dimensions = [dimension.code for dimension in instrument.dimensions]
    parts = [part.code for part in instrument.parts]
    for n, item in enumerate(instrument.items, 1):
        document.refer(f"items[{n}].scale", item.scale, scales)
        document.refer(f"items[{n}].dimension", item.dimension, dimensions)
    for n, dimension in enumerate(instrument.dimensions, 1):
        document.refer(f"dimensions[{n}].part", dimension.part, parts)


def _groups_have_members(instrument: Instrument, document: Document) -> None:
    used = {item.dimension for item in instrument.items}
    for n, dimension in enumerate(instrument.dimensions, 1):
        if dimension.code not in used:
            message = f"Nhóm “{dimension.code}” không có tiêu chí nào."
            document.report(f"dimensions[{n}]", message, "Thêm tiêu chí, hoặc bỏ nhóm này.")
    used = {dimension.part for dimension in instrument.dimensions}
    for n, part in enumerate(instrument.parts, 1):
        if part.code not in used:
            message = f"Phần “{part.code}” không có nhóm nào."
            document.report(f"parts[{n}]", message, "Thêm nhóm, hoặc bỏ phần này.")


def _sections_ask_each_thing_once(instrument: Instrument, document: Document) -> None:
    places = [p for p in _places(instrument) if p[0].startswith(("items", "questions"))]
    known = [code for _, code in places]
    for n, section in enumerate(instrument.sections, 1):
        if not section.members:
            remedy = "Ghi mã các câu hỏi vào members, hoặc bỏ mục này."
            document.report(f"sections[{n}].members", "Mục không có câu hỏi nào.", remedy)
        for code in section.members:
            document.refer(f"sections[{n}].members", code, known)
    times = Counter(code for section in instrument.sections for code in section.members)
    for place, code in places:
        if code and times[code] != 1:
            message = f"“{code}” nằm trong {times[code]} mục của phiếu."
            document.report(place, message, "Ghi mã này vào members của đúng một mục.")


def _index_fits(instrument: Instrument, document: Document) -> None:
    levels = instrument.index.levels
    if all(item.overall for item in instrument.items):
        remedy = "Thêm tiêu chí có dimension."
        document.report("items", "Không có tiêu chí nào vào chỉ số.", remedy)
    if "part" not in levels:
        return
    for n, dimension in enumerate(instrument.dimensions, 1):
        if dimension.part is None:
            remedy = f"Ghi part cho nhóm “{dimension.code}”, hoặc bỏ bậc part."
            document.report(f"dimensions[{n}]", "Chỉ số tính đến bậc phần.", remedy)


def _weights_fit(instrument: Instrument, document: Document) -> None:
    weights = dict(instrument.index.weights)
    if weights and instrument.index.pooling == "pooled":
        remedy = 'Bỏ weights, hoặc viết pooling = "mean".'
        document.report("index.weights", "Gộp mọi câu trả lời thì không có trọng số.", remedy)
        return
    siblings = _siblings(instrument)
    known = [code for group in siblings for code in group]
    for code in weights:
        document.refer("index.weights", code, known)
    for group in siblings:
        missing = [code for code in group if code not in weights]
        if missing and len(missing) < len(group):
            message = f"Thiếu trọng số của {', '.join(missing)}."
            document.report("index.weights", message, "Ghi trọng số cho cả nhóm, hoặc không ghi.")


def _siblings(instrument: Instrument) -> list[list[str]]:
    """The groups of codes that are averaged together, by the levels of the rule."""
    levels = instrument.index.levels
    groups: dict[str, list[str]] = {}
    for item in instrument.items:
        if item.dimension:
            above = item.dimension if "dimension" in levels else ""
            groups.setdefault(f"items of {above}", []).append(item.code)
    for dimension in instrument.dimensions if "dimension" in levels else ():
        above = str(dimension.part) if "part" in levels else ""
        groups.setdefault(f"dimensions of {above}", []).append(dimension.code)
    if "part" in levels:
        groups["parts"] = [part.code for part in instrument.parts]
    return list(groups.values())


def _figures_have_their_question(instrument: Instrument, document: Document) -> None:
    for role in ("expectation", "return"):
        count = sum(question.role == role for question in instrument.questions)
        wanted = int(role in instrument.figures)
        if count != wanted:
            message = f"Chỉ số “{role}” cần {wanted} câu hỏi có role này, phiếu có {count}."
            document.report("figures", message, "Sửa figures hoặc role của câu hỏi.")


def _own_columns_are_choices(instrument: Instrument, document: Document) -> None:
    for n, question in enumerate(instrument.profile, 1):
        if question.code in OWN_COLUMNS and question.kind != "choice":
            remedy = 'Viết kind = "choice".'
            document.report(f"profile[{n}].kind", "Câu này chỉ chọn được một ô.", remedy)
