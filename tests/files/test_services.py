import os
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.databases import Ground
from tests.factories.accounts import make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts.permissions import Permission
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.db.transaction import transaction
from vouchers.files import queries, services
from vouchers.files.models import StoredFile
from vouchers.files.routes.download import download
from vouchers.files.rules import Upload
from vouchers.files.services import Owner
from vouchers.files.states import ArchiveClass, FileKind
from vouchers.files.store import DamagedFile, current_store
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import now
from vouchers.kernel.errors import NotFound, RuleViolation

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
OWNER = Owner(organisation_id=7)


def keep(actor: Actor, at: datetime, content: bytes = PDF) -> StoredFile:
    received = services.receive(Upload("../合同\u202e.pdf", content))
    with transaction():
        return services.keep(received, owner=OWNER, archive_class=ArchiveClass.CASE, actor=actor, at=at)


@pytest.mark.database
def test_a_kept_file_is_on_record_with_its_owner_and_one_event(
    database: Ground, session: Session, actor: Actor, noon: datetime
) -> None:
    stored = keep(actor, noon)

    found = queries.get_own(stored.public_id, 7)
    [event] = session.query(AuditEvent).filter_by(act="file.keep")

    assert (found.name, found.kind, found.size) == ("合同.pdf", FileKind.PDF, len(PDF))
    assert (found.retention_start, found.uploaded_by) == (date(2026, 3, 18), actor.name)
    assert queries.content_of(found) == PDF
    assert (event.subject_id, event.details["sha256"]) == (stored.public_id, stored.sha256)


def test_the_same_bytes_twice_are_two_records_of_one_content(session: Session, actor: Actor, noon: datetime) -> None:
    first, second = keep(actor, noon), keep(actor, noon)

    assert first.public_id != second.public_id
    assert first.sha256 == second.sha256
    assert [one.public_id for one in queries.list_own(7)] == [second.public_id, first.public_id]


def test_a_refused_file_leaves_neither_bytes_nor_record(app: Flask, session: Session) -> None:
    with pytest.raises(RuleViolation, match="不是可接受的格式"):
        services.receive(Upload("x.pdf", b"MZ"))

    assert not [path for path in Path(current_store().root).rglob("*") if path.is_file() and path.read_bytes() == b"MZ"]
    assert session.query(StoredFile).count() == 0


def test_a_stranger_finds_nothing(session: Session, actor: Actor, noon: datetime) -> None:
    stored = keep(actor, noon)
    stranger = replace(actor, organisation_id=8, permissions=frozenset())

    with pytest.raises(NotFound):
        queries.get_own(stored.public_id, 8)
    with pytest.raises(NotFound):
        queries.get_readable(stored.public_id, stranger)


@pytest.mark.parametrize("reader", ["owner", "case officer", "finance officer"])
def test_the_owner_and_officers_may_read(reader: str, session: Session, actor: Actor, noon: datetime) -> None:
    stored = keep(actor, noon)
    readers = {
        "owner": replace(actor, organisation_id=7, permissions=frozenset()),
        "case officer": replace(actor, permissions=frozenset({Permission.CASE_READ.value})),
        "finance officer": replace(actor, permissions=frozenset({Permission.FINANCE_READ.value})),
    }

    assert queries.get_readable(stored.public_id, readers[reader]) is stored


def test_damaged_bytes_are_not_handed_out(session: Session, actor: Actor, noon: datetime) -> None:
    stored = keep(actor, noon, PDF + b"damaged later")
    current_store().path(stored.sha256).write_bytes(b"%PDF-other")

    with pytest.raises(DamagedFile):
        queries.content_of(stored)


def test_broken_records_are_named(session: Session, actor: Actor, noon: datetime) -> None:
    whole, damaged, lost = (keep(actor, noon, PDF + extra) for extra in (b"a", b"b", b"c"))
    current_store().path(damaged.sha256).write_bytes(b"flipped")
    current_store().path(lost.sha256).unlink()

    broken = dict(queries.broken_records())

    assert list(broken) == [damaged.public_id, lost.public_id]
    assert whole.public_id not in broken


def test_an_original_with_one_bit_flipped_is_refused_to_its_owner_and_named_by_the_command(
    app: Flask, client: PageClient, session: Session, actor: Actor, noon: datetime
) -> None:
    owner = make_user(Role.REVIEWER, at=now())
    with transaction():
        mine = services.keep(
            services.receive(Upload("合同.pdf", PDF)),
            owner=Owner(office_id=owner.office_id),
            archive_class=ArchiveClass.CASE,
            actor=actor,
            at=noon,
        )
    path, public_id = current_store().path(mine.sha256), mine.public_id
    sign_in(client, owner)
    assert client.get(f"/files/{public_id}").status_code == 200
    content = bytearray(path.read_bytes())
    content[9] ^= 1
    path.write_bytes(content)

    answer = client.get(f"/files/{public_id}")

    assert answer.status_code == 422
    assert client.page is not None
    assert "摘要不一致" in client.page.text
    result = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert (result.exit_code, f"INV-54\tstored_files/{public_id}" in result.output) == (1, True)


def test_bytes_without_a_record_go_after_a_day(session: Session, actor: Actor, noon: datetime) -> None:
    kept = keep(actor, noon)
    old, young = (current_store().put(PDF + extra) for extra in (b"old", b"young"))
    for sha256 in (kept.sha256, old):
        os.utime(current_store().path(sha256), (0, 0))
    os.utime(current_store().path(young), (noon.timestamp() - 3600, noon.timestamp() - 3600))

    gone = services.sweep_orphans(actor=actor, at=noon)

    assert gone == 1
    assert not current_store().path(old).exists()
    assert current_store().read(young)
    assert queries.content_of(kept) == PDF


@pytest.mark.database
def test_the_digest_of_a_record_cannot_be_changed(
    database: Ground, session: Session, actor: Actor, noon: datetime
) -> None:
    keep(actor, noon)

    with pytest.raises(DatabaseError), transaction():
        session.execute(text("UPDATE stored_files SET sha256 = 'x'"))


@pytest.fixture
def stored(session: Session, actor: Actor, noon: datetime) -> StoredFile:
    return keep(actor, noon)


def test_a_download_is_saved_and_never_shown(
    app: Flask, stored: StoredFile, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = replace(actor, organisation_id=7, permissions=frozenset())
    monkeypatch.setattr("vouchers.files.routes.download.current_actor", lambda: owner)

    with app.test_request_context():
        answer = app.process_response(download.__wrapped__(stored.public_id))  # type: ignore[attr-defined]  # unguarded

    assert answer.get_data() == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%E5%90%88%E5%90%8C.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.mimetype == "application/pdf"
