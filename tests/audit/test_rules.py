"""How events are bound, and what of a row counts, without a database."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from vouchers.audit.rules import GENESIS, ChainBreak, Link, covered, first_break, link, plain, purge_digest, row_digest
from vouchers.kernel.canonical import digest

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)


def linked(*events: dict[str, object]) -> list[Link]:
    rows, previous = [], GENESIS
    for seq, event in enumerate(events, start=1):
        own = link(previous, event)
        rows.append(Link(seq, "sha256", previous, own, event))
        previous = own
    return rows


def test_a_link_is_the_hash_of_what_was_before_and_of_the_event() -> None:
    text = (GENESIS + '{"act":"x","seq":1}').encode()

    assert link(GENESIS, {"seq": 1, "act": "x"}) == hashlib.sha256(text).hexdigest()
    assert link(GENESIS, {"seq": 1, "act": "x"}, algorithm="sha512") == hashlib.sha512(text).hexdigest()


def test_the_hash_covers_all_but_itself_and_rows_only_where_there_are_any() -> None:
    event = {"seq": 1, "act": "x", "previous_hash": "p", "hash": "h"}

    assert covered({**event, "rows": None}) == covered({**event, "rows": {}}) == {"seq": 1, "act": "x"}
    assert covered({**event, "rows": {"t": {}}}) == {"seq": 1, "act": "x", "rows": {"t": {}}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (NOON.astimezone(timezone(timedelta(hours=8))), "2026-03-18 04:00:00.000000"),
        (NOON + timedelta(microseconds=7), "2026-03-18 04:00:00.000007"),
        (date(2026, 3, 18), "2026-03-18"),
        (True, 1),
        (False, 0),
        (b"\x00\xff", "00ff"),
        (7, 7),
        ("券", "券"),
        (None, None),
    ],
)
def test_values_have_one_form_on_every_database(value: object, text: object) -> None:
    assert plain(value) == text
    assert type(plain(value)) is type(text)


def test_a_row_is_known_by_what_is_in_it() -> None:
    assert row_digest({"id": 1, "on": date(2026, 3, 18), "none": None}) == digest({"id": 1, "on": "2026-03-18"})
    assert row_digest({"id": 1, "empty": ""}) != row_digest({"id": 1})


def test_what_was_purged_is_known_by_number_and_hash_in_order() -> None:
    assert purge_digest([(1, "a"), (2, "b")]) == digest([[1, "a"], [2, "b"]])


def test_the_first_break_is_told_in_a_sentence() -> None:
    rows = linked({"n": 1}, {"n": 2}, {"n": 3})
    last = rows[2]

    assert first_break([]) is None
    assert first_break(rows) is None
    assert first_break(rows[1:]) == ChainBreak(1, "第 1 条留痕缺失，其后是第 2 条")
    assert first_break([rows[0], last]) == ChainBreak(2, "第 2 条留痕缺失，其后是第 3 条")
    assert first_break([*rows[:2], replace(last, previous_hash="x")]) == ChainBreak(3, "第 3 条留痕与前一条不相接")
    assert first_break([*rows[:2], replace(last, fields={})]) == ChainBreak(3, "第 3 条留痕的内容与其哈希不符")
    assert first_break([replace(rows[0], previous_hash="x")]) == ChainBreak(1, "第 1 条留痕与前一条不相接")


def test_of_a_purged_event_its_place_is_enough() -> None:
    rows = linked({"n": 1}, {"n": 2}, {"n": 3})
    purged = replace(rows[1], fields=None, algorithm="")

    assert first_break([rows[0], purged, rows[2]]) is None
    assert first_break([rows[0], replace(purged, hash="x"), rows[2]]) == ChainBreak(3, "第 3 条留痕与前一条不相接")


def test_an_algorithm_nobody_knows_proves_nothing() -> None:
    (row,) = linked({"n": 1})

    assert first_break([replace(row, algorithm="rot13")]) == ChainBreak(1, "第 1 条留痕的内容与其哈希不符")
