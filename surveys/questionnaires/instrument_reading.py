"""From the TOML of an instrument to its parts; FORMAT.md tells its writers the same."""

from __future__ import annotations

from surveys.questionnaires.questionnaire import (
    Dimension,
    FreeText,
    IndexRule,
    Item,
    Option,
    Part,
    Question,
    Scale,
    Section,
)
from surveys.questionnaires.reading import Table, repeated, suggestion

CODE = r"[A-Z][A-Za-z0-9.]{0,11}"
KEY = r"[a-z][a-z0-9_]{0,39}"
SLUG = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
OPTION_CODES = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHECKED, UNCHECKED = "đối chiếu xong", "chờ đối chiếu"
LEVELS = ("item", "dimension", "part")
FIGURES = ("index", "mean_score", "expectation", "return", "comprehensive")
MOST_OPTIONS = 20
MOST_CHARACTERS = 10_000


def read_scales(root: Table) -> tuple[Scale, ...]:
    """The answer scales of the file."""
    return tuple(_read_scale(table) for table in root.tables("scales", required=True))


def _read_scale(table: Table) -> Scale:
    options = _read_options(table)
    codes = [option.code for option in options if option.code]
    if not 2 <= len(options) <= 9:
        table.report("options", "Thang đo cần từ 2 đến 9 mức.", "Thêm hoặc bớt mức.")
    if codes != [str(n) for n in range(1, len(codes) + 1)]:
        remedy = "Ghi các mức từ kém nhất đến tốt nhất với mã 1, 2, 3, …"
        table.report("options", "Mã các mức không liền nhau từ 1.", remedy)
    satisfied = _subset(table, "satisfied", codes, required=True)
    return Scale(table.code("code", r"[a-z][a-z0-9-]*", "hai-long"), options, satisfied)


def _read_options(table: Table) -> tuple[Option, ...]:
    options = tuple(
        Option(_option_code(option), option.label())
        for option in table.tables("options", required=True)
    )
    if len(options) > MOST_OPTIONS:
        message = f"Có {len(options)} lựa chọn, nhiều nhất là {MOST_OPTIONS}."
        table.report("options", message, "Gộp bớt lựa chọn hoặc tách câu hỏi.")
    for code in repeated(option.code for option in options if option.code):
        table.report("options", f"Mã lựa chọn “{code}” dùng hai lần.", "Mỗi lựa chọn một mã riêng.")
    return options


def _option_code(table: Table) -> str:
    like = "một ký tự: 1–9, rồi A–Z"
    return table.code("code", f"[{OPTION_CODES}]", like)


def _subset(table: Table, key: str, codes: list[str], *, required: bool) -> frozenset[str]:
    chosen = table.texts(key, required=required)
    for code in chosen:
        if code not in codes:
            message = f"Mã “{code}” không có trong các lựa chọn."
            table.report(key, message, suggestion(code, codes))
    if key in table.values and not chosen:
        table.report(key, "Danh sách để trống.", "Ghi ít nhất một mã.")
    return frozenset(chosen)


def read_parts(root: Table) -> tuple[Part, ...]:
    """The parts of the index, where it has any."""
    return tuple(
        Part(table.code("code", CODE, "II"), table.label()) for table in root.tables("parts")
    )


def read_dimensions(root: Table) -> tuple[Dimension, ...]:
    """The dimensions of the index."""
    return tuple(
        Dimension(
            code=table.code("code", CODE, "II.A"),
            label=table.label(),
            part=table.text("part", required=False) or None,
        )
        for table in root.tables("dimensions")
    )


def read_items(root: Table, scales: tuple[Scale, ...]) -> tuple[Item, ...]:
    """The scored items in the order of their stored answers."""
    return tuple(_read_item(table, scales) for table in root.tables("items", required=True))


def _read_item(table: Table, scales: tuple[Scale, ...]) -> Item:
    one_scale = len(scales) == 1
    overall = table.flag("overall")
    dimension = table.text("dimension", required=not overall)
    if overall and dimension:
        remedy = "Bỏ dòng dimension, hoặc bỏ dòng overall."
        table.report("dimension", "Câu đánh giá chung không thuộc nhóm nào.", remedy)
    return Item(
        code=table.code("code", CODE, "II.A1"),
        label=table.label(),
        scale=table.text("scale", required=not one_scale) or (scales[0].code if one_scale else ""),
        dimension=None if overall else dimension,
        hint=table.optional_label("hint"),
        allow_not_used=table.flag("allow_not_used"),
    )


def read_questions(root: Table) -> tuple[Question, ...]:
    """The questions which are not scored, then those about the person."""
    questions: list[Question] = []
    for table in root.tables("questions"):
        questions.append(_read_question(table, questions))
    profile = [_read_profile(table) for table in root.tables("profile")]
    return tuple(questions + profile)


def _read_question(table: Table, earlier: list[Question]) -> Question:
    kind = table.one_of("kind", ("choice", "multi", "number"))
    role = table.one_of("role", ("expectation", "return"), required=False) or None
    options = () if kind == "number" else _own_or_shared_options(table, earlier)
    low, high = _bounds(table) if kind == "number" else (0, 0)
    _check_role(table, role, kind)
    return Question(
        code=table.code("code", CODE, "G1"),
        label=table.label(),
        kind=kind or "choice",
        options=options,
        minimum=low,
        maximum=high,
        role=role,
        counted=_counted(table, role, options),
        hint=table.optional_label("hint"),
    )


def _own_or_shared_options(table: Table, earlier: list[Question]) -> tuple[Option, ...]:
    code = table.text("options_as", required=False)
    if not code:
        return _read_options(table)
    known = {question.code: question.options for question in earlier}
    table.document.refer(table.at("options_as"), code, known)
    return known.get(code, ())


def _bounds(table: Table) -> tuple[int, int]:
    low = table.whole("minimum", low=0, high=999, default=0)
    high = table.whole("maximum", low=0, high=999)
    if high <= low:
        table.report("maximum", "Số lớn nhất phải lớn hơn số nhỏ nhất.", "Sửa maximum.")
    return low, high


def _check_role(table: Table, role: str | None, kind: str) -> None:
    wanted = {"expectation": "number", "return": "choice"}
    if role and kind and kind != wanted[role]:
        message = f"Vai trò “{role}” không hợp với câu hỏi loại “{kind}”."
        table.report("role", message, f'Viết kind = "{wanted[role]}".')


def _counted(table: Table, role: str | None, options: tuple[Option, ...]) -> frozenset[str]:
    if role != "return":
        return frozenset()
    return _subset(table, "counted", [option.code for option in options], required=True)


def _read_profile(table: Table) -> Question:
    return Question(
        code=table.code("code", KEY, "age_band"),
        label=table.label(),
        # A number would say too much about one person, so there are only bands to choose from.
        kind=table.one_of("kind", ("choice", "multi")) or "choice",
        options=_read_options(table),
        profile=True,
        hint=table.optional_label("hint"),
    )


def read_free_texts(root: Table) -> tuple[FreeText, ...]:
    """The questions answered in a person's own words."""
    return tuple(
        FreeText(
            code=table.code("code", CODE, "G3"),
            label=table.label(),
            max_length=table.whole("max_length", low=1, high=MOST_CHARACTERS, default=2000),
        )
        for table in root.tables("free_texts")
    )


def read_sections(root: Table) -> tuple[Section, ...]:
    """The sections of the form in reading order."""
    return tuple(
        Section(
            code=table.code("code", CODE, "A"),
            label=table.label(),
            members=table.texts("members"),
            intro=table.optional_label("intro"),
        )
        for table in root.tables("sections", required=True)
    )


def read_index(root: Table) -> IndexRule:
    """The index rule; an empty one where the file has none, which is a fault by then."""
    table = root.table("index")
    if table is None:
        return IndexRule(levels=LEVELS[:2], pooling="mean", status=UNCHECKED, source="")
    return IndexRule(
        levels=_read_levels(table),
        pooling=table.one_of("pooling", ("mean", "pooled")),
        status=table.one_of("status", (CHECKED, UNCHECKED)),
        source=table.text("source"),
        weights=_read_weights(table),
    )


def _read_levels(table: Table) -> tuple[str, ...]:
    levels = table.texts("levels")
    if levels and levels != LEVELS[: len(levels)]:
        remedy = 'Viết ["item"], ["item", "dimension"] hoặc ["item", "dimension", "part"].'
        table.report("levels", "Các bậc không theo thứ tự từ dưới lên.", remedy)
    return levels


def _read_weights(table: Table) -> tuple[tuple[str, float], ...]:
    weights = table.table("weights", required=False)
    if weights is None:
        return ()
    return tuple((code, weights.real(code)) for code in weights.values)


def read_figures(root: Table) -> tuple[str, ...]:
    """The figures which the sector owes from this form."""
    figures = root.texts("figures")
    for figure in figures:
        if figure not in FIGURES:
            root.report("figures", f"Không có chỉ số “{figure}”.", suggestion(figure, FIGURES))
    return figures
