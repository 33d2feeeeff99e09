"""What an event holds, how events are chained, and what of the chain can be asked."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.factories.accounts import make_office
from vouchers.audit import queries, services
from vouchers.audit.models import AuditEvent, PurgedEvent, Restoration
from vouchers.audit.rules import GENESIS, link, purge_digest
from vouchers.audit.services import Subject, record
from vouchers.audit.verify import findings
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, ActorKind

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("app")]
SOMEBODY = Actor(
    ActorKind.USER, "李丽", role="reviewer", user_id=7, person_id=8, office_id=9, request_id="r-1", address="10.0.0.1"
)
WHOLE = {
    "act": "case.accept",
    "subject_type": "application",
    "subject_id": "a1",
    "actor_kind": "user",
    "actor_id": "7",
    "actor_name": "李丽",
    "actor_role": "reviewer",
    "office": "9",
    "before": "submitted",
    "after": "accepted",
    "details": {"amount": 5},
    "rows": None,
    "reason": "齐全",
    "request_id": "r-1",
    "address": "10.0.0.1",
    "hash_alg": "sha256",
}


def accept(at: datetime, actor: Actor = SOMEBODY, subject: str = "a1") -> None:
    with transaction():
        record(
            "case.accept",
            Subject("application", subject),
            actor=actor,
            at=at,
            change=("submitted", "accepted"),
            reason="齐全",
            details={"amount": 5},
        )


def chained() -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq)))


def test_an_event_says_who_did_what_to_what_from_where_and_why(noon: datetime) -> None:
    accept(noon)

    (event,) = chained()
    assert {name: getattr(event, name) for name in WHOLE} == WHOLE
    assert event.at == noon


def test_an_act_of_nobody_in_particular_leaves_these_places_empty(noon: datetime) -> None:
    with transaction():
        record("tidy", Subject("thing", "1"), actor=Actor(ActorKind.JOB, "清理"), at=noon)

    (event,) = chained()
    assert (event.actor_id, event.office, event.actor_role, event.reason) == ("", "", "", "")
    assert (event.before, event.after, event.details) == ("", "", {})


def test_each_event_is_bound_to_the_one_before_and_the_head_to_the_last(noon: datetime) -> None:
    accept(noon)
    with transaction():  # two events of one act, the instant in another zone
        for number in (2, 3):
            at = (noon + timedelta(microseconds=number)).astimezone(timezone(timedelta(hours=8)))
            record("tidy", Subject("thing", str(number)), actor=SOMEBODY, at=at)

    events = chained()
    assert [event.seq for event in events] == [1, 2, 3]
    assert [event.previous_hash for event in events] == [GENESIS, events[0].hash, events[1].hash]
    first = {**{name: value for name, value in WHOLE.items() if name != "rows"}, "seq": 1}
    assert events[0].hash == link(GENESIS, {**first, "at": "2026-03-18T04:00:00.000000Z"})
    assert queries.head() == queries.last_link() == (3, events[2].hash)
    assert queries.count() == 3
    assert list(findings()) == []


def test_before_the_first_event_the_head_is_genesis(app: Flask) -> None:
    assert queries.head() == queries.last_link() == (0, GENESIS)
    assert (queries.count(), queries.hash_at(0), queries.hash_at(1)) == (0, GENESIS, "")
    assert (list(queries.links()), list(queries.purges())) == ([], [])


def test_the_history_of_a_thing_is_its_own_oldest_first(noon: datetime) -> None:
    for subject in ("a1", "a2", "a1"):
        accept(noon, subject=subject)
    with transaction():
        record("tidy", Subject("thing", "a1"), actor=SOMEBODY, at=noon)

    assert [event.seq for event in queries.history_of("application", "a1")] == [1, 3]
    assert [link.seq for link in queries.links()] == [1, 2, 3, 4]


@pytest.mark.owner
def test_a_purge_keeps_links_digest_and_count_and_takes_only_what_was_asked(noon: datetime) -> None:
    make_office(at=noon)
    for number in range(3):
        with transaction():
            record("sign_in", Subject("user", str(number)), actor=SOMEBODY, at=noon + timedelta(days=number))
    old, hashes = noon + timedelta(days=2), [event.hash for event in chained()]

    with transaction():
        assert services.purge(noon, ["sign_in"], actor=SOMEBODY, at=old) == 0
    with transaction():
        assert services.purge(old, ["sign_in"], actor=SOMEBODY, at=old) == 2

    assert [event.seq for event in chained()] == [1, 4, 5]
    kept = db.session.execute(select(PurgedEvent.seq, PurgedEvent.previous_hash, PurgedEvent.hash)).all()
    assert kept == [(2, hashes[0], hashes[1]), (3, hashes[1], hashes[2])]
    event = chained()[-1]
    assert (event.act, event.subject_type, event.at, event.actor_name) == ("audit.purge", "audit_purge", old, "李丽")
    digest = purge_digest([(2, hashes[1]), (3, hashes[2])])
    assert event.details == {"before": old.isoformat(), "count": 2, "digest": digest}
    assert list(queries.purges()) == [(event.subject_id, [(2, hashes[1]), (3, hashes[2])])]
    assert (queries.hash_at(2), queries.hash_at(4), queries.hash_at(9)) == (hashes[1], hashes[3], "")
    assert list(findings()) == []


def test_a_restoration_is_under_way_until_it_is_ended(noon: datetime) -> None:
    assert queries.restoration_under_way() is None
    later = noon + timedelta(hours=1)
    with transaction():
        first = services.begin_restoration(noon, 7, actor=SOMEBODY, at=later)
    with transaction():
        second = services.begin_restoration(noon, 8, actor=SOMEBODY, at=later)

    under_way = queries.restoration_under_way()
    assert under_way is not None
    assert (under_way.id, under_way.backup_made_at, under_way.backup_seq) == (second.id, noon, 8)
    assert (under_way.restored_at, under_way.ended_at) == (later, None)
    (event,) = queries.history_of("restoration", first.public_id)
    assert (event.act, event.at, event.details) == ("backup.restore", later, {"made_at": noon.isoformat(), "seq": 7})


def test_who_ends_a_restoration_ends_those_before_it_and_none_after(noon: datetime) -> None:
    ids = []
    for seq in (7, 8, 9):
        with transaction():
            ids.append(services.begin_restoration(noon, seq, actor=SOMEBODY, at=noon).id)
    with transaction():
        services.end_restoration(ids[0], at=noon)
        record("end", Subject("restoration", "1"), actor=SOMEBODY, at=noon)
    with transaction():
        services.end_restoration(ids[1], at=noon + timedelta(days=1))
        record("end", Subject("restoration", "1"), actor=SOMEBODY, at=noon)

    ended = db.session.scalars(select(Restoration.ended_at).order_by(Restoration.id)).all()
    assert ended == [noon, noon + timedelta(days=1), None]
    assert queries.restoration_under_way() is not None
    with transaction():
        services.end_restoration(ids[2], at=noon)
        record("end", Subject("restoration", "1"), actor=SOMEBODY, at=noon)
    assert queries.restoration_under_way() is None


def _past_one_portion(at: datetime) -> None:
    with transaction():
        for number in range(2001):
            record("sign_in", Subject("user", str(number)), actor=SOMEBODY, at=at)


@pytest.mark.database("sqlite")
def test_a_chain_longer_than_one_portion_is_walked_and_purged_to_its_end(noon: datetime) -> None:
    _past_one_portion(noon)
    assert [link.seq for link in queries.links()] == list(range(1, 2002))
    assert list(findings()) == []

    with transaction():
        assert services.purge(noon + timedelta(days=1), ["sign_in"], actor=SOMEBODY, at=noon) == 2001

    assert queries.count() == 1
    assert [link.seq for link in queries.links()] == list(range(1, 2003))
    assert list(findings()) == []


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("change", ["details = 'no json'", "rows = 'no json'", "at = 'never'"])
def test_what_cannot_be_read_does_not_stop_the_walk(noon: datetime, change: str) -> None:
    accept(noon)
    accept(noon)
    for name in db.session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
        db.session.execute(text(f"DROP TRIGGER {name}"))
    db.session.execute(text(f"UPDATE audit_events SET {change} WHERE seq = 1"))

    told = list(findings())

    assert [(code, row) for code, row, _ in told] == [("INV-48", "audit_events 1")]
    assert "第 1 条留痕的内容与其哈希不符" in told[0][2]
    db.session.rollback()


def test_instants_are_kept_in_utc(noon: datetime) -> None:
    accept(noon.astimezone(timezone(timedelta(hours=8))))

    assert chained()[0].at.astimezone(UTC) == noon
    assert list(findings()) == []
