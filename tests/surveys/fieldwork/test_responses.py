"""Answers are recorded exactly once and say nothing about who gave them; on both databases."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import itertools
import json
import multiprocessing
import random
import threading
from multiprocessing.connection import Connection

import pytest
from sqlalchemy import Engine, inspect
from sqlmodel import Session, col, func, select, text

from surveys import database
from surveys.fieldwork import responses, waves
from surveys.places import codes
from surveys.questionnaires import registry
from surveys.questionnaires.answers import Answers
from surveys.tables import Collector, Comment, Response, Wave
from tests import builders
from tests.builders import NOW, TODAY

#: Every column there is. Add one only after asking what it tells about a person who answered:
#: nothing that leads from an answer to a device, an address, a name or an exact time may be here.
COLUMNS = {
    "api_key": "id name prefix secret_hash scopes sector unit_id every made_by made_at"
    " expires_on used_on revoked_at",
    "collector": "id code point_id kind made_on retired_on kiosk_pin",
    "comment": "response_id question_code text",
    "comment_case": "id response_id question_code shown status category owner_id due_on answer"
    " summary deed published_at",
    "day_count": "unit_id field day month total",
    "delivery": "id webhook_id release_id message_id attempts due_at delivered_at problem",
    "instrument": "id code version checksum text stored_at",
    "instrument_item": "instrument_id item_code packed_in position width",
    "margin": "id wave_id unit_id sex age_band total source imported_at",
    "paper_entry": "id wave_id instrument_id collector_id serial day answers form_key entered_by"
    " entered_at",
    "paper_print": "id wave_id collector_id first last printed_by printed_at",
    "population": "unit_id field month total source imported_at",
    "psu_sum": "wave_id instrument_id unit_id point_id day people sums fine_sums",
    "release": "id programme sector year revision reason published_at published_by code_version"
    " method sha256 demo trail_number trail_sha256 draft_id drafted_by checked_by",
    "release_draft": "id programme sector year revision reason drafted_at drafted_by_id drafted_by"
    " checked_at checked_by_id checked_by released_at returned_at returned_by"
    " return_reason code_version method figures sha256 demo",
    "release_row": "id release_id sequence unit_code figure",
    "response": "id wave_id instrument_id unit_id point_id collector_id collector_kind field day"
    " answered_at language answers others sex age_band submission_key digest receipt"
    " excluded_at excluded_reason mode presence more quality",
    "response_change": "id response_id kind changed_at reason before",
    "service_point": "id unit_id code name kind fields valid_from valid_to",
    "sign_in_failure": "subject failures since",
    "staff": "id username name password_hash role sector unit_id disabled_at totp_secret"
    " totp_step demo email reminded_on",
    "staff_identity": "sealed staff_id tied_at",
    "staff_invitation": "token_hash staff_id ends_at",
    "staff_session": "token_hash staff_id started_at ends_at vouched",
    "tally_cell": "id field collector_kind sex age_band",
    "tally_change": "id wave_id instrument_id unit_id point_id day field collector_kind sex"
    " age_band answers others change",
    "ticket": "token_hash batch_id number spent",
    "ticket_batch": "id wave_id collector_id every size minted_on expires_on minted_by minted_at",
    "trail_end": "id number sha256",
    "trail_entry": "number at actor action detail before sha256",
    "unit": "id code name kind sector parent_id valid_from valid_to note",
    "unit_succession": "predecessor_id successor_id",
    "wave": "id code name programme sector year opens_on closes_on status closed_at demo"
    " weighting double_entry",
    "wave_instrument": "wave_id point_kind instrument_id subset",
    "webhook": "id url salt made_at",
}


@pytest.fixture
def open_counter(session: Session, code: Collector) -> None:
    """The same, committed: other threads and processes see it."""
    session.commit()


def count(session: Session) -> int:
    return session.exec(select(func.count(col(Response.id)))).one()


def record(engine: Engine, number: int = 1, packed: str = "5435") -> responses.Recorded:
    """Records in a transaction of its own, as a request does."""
    with database.writing(engine) as session:
        session.expire_on_commit = False
        code = session.exec(select(Collector)).one()
        sent = builders.submission(session, code, number, given=builders.answers(packed))
        return responses.record(session, sent)


def test_response_is_stored_as_it_was_given(session: Session, code: Collector) -> None:
    moment = dt.datetime(2026, 3, 10, 23, 59, 58, 7, tzinfo=database.TIME_ZONE)
    given = builders.answers("50-4", field="justice", comment="Cảm ơn")
    made = builders.response(session, code, given=given, now=moment)
    session.commit()
    assert (made.answers, made.others, made.sex, made.age_band) == ("50-4", "0902---1", "2", "1")
    assert (made.field, made.language, made.collector_kind) == ("justice", "vi", "open")
    assert (made.day, made.answered_at.isoformat()) == (TODAY, "2026-03-10T16:59:00+00:00")
    assert codes.is_wellformed(made.receipt, responses.RECEIPT_LENGTH)
    comment = session.exec(select(Comment)).one()
    assert (comment.response_id, comment.question_code, comment.text) == (made.id, "G3", "Cảm ơn")


def test_view_shows_answers_one_by_one(session: Session, code: Collector) -> None:
    builders.response(session, code, given=builders.answers("50-4"))
    rows = session.connection().execute(text("SELECT item_code, value FROM answer"))
    shown = {item: value for item, value in rows}  # noqa: C416 - rows are no pairs to mypy
    assert shown == {
        "A1": "5", "A2": "0", "B1": "-", "C1": "4",
        "G1": "090", "G2": "2", "Q2": "---", "occupation": "1",
    }  # fmt: skip


def test_same_form_sent_again_has_the_same_receipt(session: Session, code: Collector) -> None:
    sent = builders.submission(session, code, given=builders.answers(comment="Tốt"))
    first = responses.record(session, sent)
    later = dataclasses.replace(sent, now=NOW + dt.timedelta(minutes=5))
    again = responses.record(session, later)
    assert (first.repeated, again.repeated) == (False, True)
    assert again.response is first.response
    assert (count(session), len(session.exec(select(Comment)).all())) == (1, 1)


CHANGES = {
    "an answer": builders.answers("5434"),
    "a comment": builders.answers(comment="Khác"),
    "the field": builders.answers(field="justice"),
}


@pytest.mark.parametrize("given", CHANGES.values(), ids=CHANGES)
def test_other_answers_under_the_same_key_are_refused(
    session: Session, code: Collector, given: Answers
) -> None:
    first = builders.response(session, code)
    with pytest.raises(responses.KeyReused) as caught:
        builders.response(session, code, given=given)
    assert caught.value.receipt == first.receipt
    assert (count(session), first.answers) == (1, "5435")


def test_another_code_or_form_is_another_submission_and_another_language_is_not(
    session: Session, code: Collector
) -> None:
    sent = builders.submission(session, code)
    other = builders.collector(session, builders.counter(session, "17239"))
    newer = builders.instrument(("version = 1", "version = 2"))
    digests = {
        sent.digest,
        dataclasses.replace(sent, collector=other).digest,
        dataclasses.replace(sent, instrument=builders.stored(session, newer)).digest,
    }
    assert len(digests) == 3
    assert dataclasses.replace(sent, language="en").digest == sent.digest


@pytest.mark.usefixtures("open_counter")
def test_32_at_once_make_one_row_and_one_receipt(engine: Engine) -> None:
    barrier = threading.Barrier(32, timeout=60)
    outcomes: list[responses.Recorded] = []

    def send() -> None:
        barrier.wait()
        outcomes.append(record(engine))

    run_all([threading.Thread(target=send) for _ in range(32)])
    assert len(outcomes) == 32
    assert [outcome.repeated for outcome in outcomes].count(False) == 1
    assert len({outcome.response.receipt for outcome in outcomes}) == 1
    with database.reading(engine) as session:
        assert count(session) == 1


@pytest.mark.usefixtures("open_counter")
def test_of_two_different_at_once_one_is_refused(engine: Engine) -> None:
    barrier = threading.Barrier(8, timeout=60)
    outcomes: list[str] = []

    def send(packed: str) -> None:
        barrier.wait()
        try:
            outcomes.append(record(engine, packed=packed).response.answers)
        except responses.KeyReused:
            outcomes.append("refused")

    run_all([threading.Thread(target=send, args=(p,)) for p in ("5435", "1111") * 4])
    with database.reading(engine) as session:
        kept = session.exec(select(Response.answers)).one()
    assert sorted(outcomes) == [kept] * 4 + ["refused"] * 4


@pytest.mark.usefixtures("open_counter")
def test_form_sent_again_before_the_first_is_committed_waits_for_it(engine: Engine) -> None:
    outcomes: list[responses.Recorded] = []
    again = threading.Thread(target=lambda: outcomes.append(record(engine)))
    with database.writing(engine) as session:
        first = builders.response(session, session.exec(select(Collector)).one()).receipt
        again.start()
        again.join(0.3)
        assert outcomes == []
    again.join(30)
    assert [(one.response.receipt, one.repeated) for one in outcomes] == [(first, True)]


def run_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


@pytest.mark.usefixtures("open_counter")
def test_crash_before_the_commit_leaves_nothing(engine: Engine) -> None:
    def crash() -> None:
        with database.writing(engine) as session:
            found = session.exec(select(Collector)).one()
            builders.response(session, found, given=builders.answers(comment="Mất"))
            assert count(session) == 1
            raise SystemError

    with pytest.raises(SystemError):
        crash()
    with database.reading(engine) as session:
        assert (count(session), session.exec(select(Comment)).all()) == (0, [])
    assert not record(engine).repeated


def record_until_killed(url: str, acknowledged: Connection) -> None:
    """What the child process does: tells each receipt after its commit."""
    engine = database.connect(url)
    for number in itertools.count(1):
        acknowledged.send(record(engine, number).response.receipt)


@pytest.mark.usefixtures("open_counter")
@pytest.mark.parametrize("killed_after", [1, 25])
def test_killed_process_loses_no_acknowledged_answer(
    database_url: str, engine: Engine, killed_after: int
) -> None:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=record_until_killed, args=(database_url, theirs)
    )
    process.start()
    theirs.close()
    receipts = [ours.recv() for _ in range(killed_after)]
    process.kill()
    process.join()
    receipts += drained(ours)
    with database.reading(engine) as session:
        stored = session.exec(select(Response.receipt).order_by(col(Response.id))).all()
    # At most one more was committed in the moment between the commit and the telling.
    assert receipts == stored[: len(receipts)]
    assert len(stored) - len(receipts) in {0, 1}
    again = [record(engine, number) for number in range(1, len(stored) + 1)]
    assert [recorded.response.receipt for recorded in again] == stored
    assert not record(engine, len(stored) + 1).repeated


def drained(pipe: Connection) -> list[str]:
    """What was still in the pipe of a process that is gone."""
    receipts = []
    try:
        while True:
            receipts.append(pipe.recv())
    except EOFError:
        return receipts


def test_taken_receipt_is_drawn_again(session: Session, code: Collector) -> None:
    made = [
        responses.record(
            session, builders.submission(session, code, number), rng=random.Random(7)
        ).response.receipt
        for number in (1, 2)
    ]
    rng = random.Random(7)
    assert made == [codes.draw(rng, responses.RECEIPT_LENGTH) for _ in range(2)]


def test_closed_wave_takes_no_answer_but_keeps_its_receipts(
    session: Session, code: Collector
) -> None:
    sent = builders.submission(session, code)
    late = builders.submission(session, code, 2)
    first = responses.record(session, sent)
    waves.close(session, sent.wave, now=NOW)
    with pytest.raises(responses.WaveClosed) as caught:
        responses.record(session, late)
    assert (caught.value.wave, count(session)) == (sent.wave, 1)
    assert responses.record(session, sent).response is first.response


def test_answer_after_the_last_day_is_refused(session: Session, code: Collector) -> None:
    sent = builders.submission(session, code)
    midnight = dt.datetime(2026, 4, 1, tzinfo=database.TIME_ZONE)
    with pytest.raises(responses.WaveClosed):
        responses.record(session, dataclasses.replace(sent, now=midnight))
    in_time = dataclasses.replace(sent, now=midnight - dt.timedelta(seconds=1))
    assert responses.record(session, in_time).response.day == dt.date(2026, 3, 31)


@pytest.mark.usefixtures("open_counter")
def test_closing_waits_for_an_answer_on_its_way(engine: Engine) -> None:
    seen: list[int] = []

    def close() -> None:
        with database.writing(engine) as session:
            waves.close(session, session.exec(select(Wave)).one(), now=NOW)
            seen.append(count(session))

    closing = threading.Thread(target=close)
    with database.writing(engine) as session:
        builders.response(session, session.exec(select(Collector)).one())
        closing.start()
        closing.join(0.3)
        assert closing.is_alive()
    closing.join(30)
    assert seen == [1]


def test_answer_needs_a_field(session: Session, code: Collector) -> None:
    with pytest.raises(responses.FieldMissing):
        builders.response(session, code, given=builders.answers(field=None))
    assert count(session) == 0


def test_answered_instrument_is_in_use_even_without_its_wave(
    session: Session, code: Collector
) -> None:
    made = builders.response(session, code)
    session.get_one(Wave, made.wave_id).status = "draft"
    with pytest.raises(registry.InstrumentInUse):
        builders.stored(session, builders.instrument(("B1", "B2")))


@pytest.mark.usefixtures("open_counter")
def test_of_two_corrections_at_once_the_second_waits_and_tells_of_the_first(
    engine: Engine,
) -> None:
    number = record(engine).response.id or 0

    def change(packed: str) -> None:
        with database.writing(engine) as session:
            given = builders.answers(packed)
            responses.correct(session, number, given, reason="nhập lại", now=NOW)

    run_all([threading.Thread(target=change, args=(packed,)) for packed in ("1111", "2222")])
    with database.reading(engine) as session:
        made = session.get_one(Response, number)
        before = [json.loads(one.before)["answers"] for one in responses.changes(session, made)]
    assert before in (["5435", "1111"], ["5435", "2222"])
    assert made.answers == ({"1111", "2222"} - {before[1]}).pop()


def test_receipt_is_found_however_it_is_typed(session: Session, code: Collector) -> None:
    made = builders.response(session, code)
    typed = f" {made.receipt[:4].lower()}-{made.receipt[4:]}"
    assert responses.find_receipt(session, typed) is made
    unknown = codes.draw(random.Random(1), responses.RECEIPT_LENGTH)
    for wrong in ("", made.receipt[:-1], unknown, "\x00", code.code):
        assert responses.find_receipt(session, wrong) is None


def test_keys_cannot_be_guessed() -> None:
    keys = {responses.new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(base64.urlsafe_b64decode(f"{key}==")) for key in keys} == {16}


def test_no_column_was_added_without_thought(engine: Engine) -> None:
    seen = inspect(engine)
    columns = {
        table: " ".join(column["name"] for column in seen.get_columns(table))
        for table in seen.get_table_names()
        if table != "alembic_version"
    }
    assert columns == COLUMNS


def test_only_comments_and_changes_refer_to_responses(engine: Engine) -> None:
    seen = inspect(engine)
    referring = {
        table
        for table in seen.get_table_names()
        for key in seen.get_foreign_keys(table)
        if key["referred_table"] == "response"
    }
    assert referring == {"comment", "response_change"}
