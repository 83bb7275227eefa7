"""Looking up a receipt: counted or left out, where and when; never an answer, never a guess."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from app.citizen import limits
from surveys.fieldwork import responses
from surveys.places import codes
from surveys.tables import Response
from tests import builders
from tests.visitor import Visitor


@pytest.fixture
def given(session: Session) -> Response:
    """A recorded answer with a comment."""
    builders.open_wave(session)
    code = builders.collector(session, builders.counter(session))
    made = builders.response(session, code, given=builders.answers(comment="Nhân viên tận tình"))
    session.commit()
    return made


def another(receipt: str) -> str:
    """A well-formed receipt that nobody has."""
    body = ("A" if receipt[0] != "A" else "B") + receipt[1:-1]
    return body + codes.check_character(body)


def test_a_receipt_says_wave_unit_and_day_and_no_answer(
    client: FlaskClient, given: Response
) -> None:
    page = client.get("/bien-nhan", query_string={"ma": given.receipt})
    assert page.status_code == 200
    for words in ("Phiếu này được tính", "Đợt dot-1", "Đơn vị mot-cua-17266", "10/03/2026"):
        assert words in page.text
    for secret in ("tận tình", "land", given.answers, given.submission_key, "10:00", "03:00"):
        assert secret not in page.text


def test_a_receipt_may_be_copied_in_any_hand(client: FlaskClient, given: Response) -> None:
    receipt = given.receipt
    loose = receipt.lower().replace("0", "o").replace("1", "l")
    for typed in (f" {loose[:3]} {loose[3:]} ", f"{receipt[:4]}-{receipt[4:8]}–{receipt[8:]}"):
        assert client.get("/bien-nhan", query_string={"ma": typed}).status_code == 200


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ABCD-123", "Mã vừa gõ có 7 chữ và số, mã biên nhận phải có 9. Có lẽ còn thiếu 2 chữ."),
        ("ABCD-1234-EF", "Mã vừa gõ có 10 chữ và số, mã biên nhận chỉ có 9. Có lẽ đã gõ thừa 1"),
        ("AAAA-AAAA-B", "chữ kiểm tra ở cuối không khớp"),
    ],
)
def test_a_mistyped_receipt_says_what_is_wrong_with_it(
    client: FlaskClient, given: Response, typed: str, told: str
) -> None:
    page = client.get("/bien-nhan", query_string={"ma": typed})
    assert page.status_code == 404
    assert told in page.text


def test_every_public_page_leads_to_the_receipts(client: FlaskClient, given: Response) -> None:
    for path in ("/", "/chi-so"):
        assert 'href="/bien-nhan"' in client.get(path).text


def test_the_way_leads_from_the_thank_you_page_and_back_by_hand(
    client: FlaskClient, given: Response, session: Session
) -> None:
    visitor = Visitor(client.application)
    collector = builders.collector(session, builders.counter(session, "17267"))
    sent = builders.response(session, collector, 2)
    session.commit()
    page = visitor.open(f"/k/{collector.code}/cam-on/{sent.receipt}?lang=en")
    found = visitor.open(page.link("/bien-nhan"))
    assert "This form is counted" in found.words
    page = visitor.send(found.form("/bien-nhan"), {"ma": given.receipt})
    assert "Đơn vị mot-cua-17266" in page.words
    assert "This form is counted" in page.words


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("Thử: chị Lan bấm lúc tập huấn", "Là phiếu gửi thử"),
        ("trùng với phiếu sáng nay", "Trùng với một phiếu khác"),
        ("bất thường, gửi lúc nửa đêm", "Có dấu hiệu bất thường"),
        ("Xin rút qua điện thoại", "xin rút phiếu"),
        ("chị Lan bảo bỏ", "đã ghi lý do"),
    ],
)
def test_of_a_reason_only_its_kind_is_told(
    client: FlaskClient, session: Session, given: Response, reason: str, told: str
) -> None:
    responses.exclude(session, given.id or 0, reason=reason, now=builders.NOW)
    session.commit()
    page = client.get("/bien-nhan", query_string={"ma": given.receipt}).text
    assert "Phiếu này không được tính" in page
    assert told in page
    assert "Lan" not in page


@pytest.mark.parametrize("ma", ["", " "])
def test_without_a_code_the_page_asks_for_one(client: FlaskClient, ma: str) -> None:
    assert "Gõ mã biên nhận" in client.get("/bien-nhan").text
    assert "Xin gõ mã biên nhận." in client.get("/bien-nhan", query_string={"ma": ma}).text


def test_an_unknown_code_is_told_kindly_with_what_to_check(
    client: FlaskClient, given: Response
) -> None:
    wrong = given.receipt[:-1] + ("2" if given.receipt[-1] != "2" else "3")
    for typed, words in ((wrong, "gõ nhầm"), (another(given.receipt), "chưa có phiếu nào")):
        page = client.get("/bien-nhan", query_string={"ma": typed})
        assert page.status_code == 404
        assert words in page.text
        assert "có 9 chữ và số" in page.text
        assert given.receipt not in page.text


@pytest.mark.parametrize("typed", ["%00", "x" * 3000, "<script>", "' OR 1=1 --", "�"])
def test_a_senseless_code_is_not_found(client: FlaskClient, typed: str) -> None:
    page = client.get("/bien-nhan", query_string={"ma": typed})
    assert page.status_code == 404
    assert "<script>" not in page.text


def test_guessing_ends_for_who_guesses_and_for_nobody_else(
    client: FlaskClient, given: Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "GUESSES", 3)
    guess = another(given.receipt)

    def ask(typed: str, address: str = "203.0.113.7") -> int:
        return client.get(
            "/bien-nhan", query_string={"ma": typed}, environ_base={"REMOTE_ADDR": address}
        ).status_code

    assert [ask("mistyped") for _ in range(9)] == [404] * 9
    assert [ask(guess) for _ in range(4)] == [404] * 3 + [429]
    assert ask(given.receipt) == 429  # or it would still be told what exists
    assert ask(given.receipt, "203.0.113.8") == 200
