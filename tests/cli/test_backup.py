"""A backup made while everybody works restores to one moment of the books on either database, or is refused."""

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from flask import Flask
from flask_migrate import downgrade
from psycopg import sql
from sqlalchemy import Connection, func, select, text
from sqlalchemy.engine import make_url

from tests.crash.results import is_over, spent
from tests.databases import ROOT, SETTINGS, Ground, SqliteGround, let_go
from tests.factories.redemption import approved_claim, make_stage
from tests.invariants.verifying import broken
from tests.races.conftest import NOON
from tests.tally import keep
from vouchers import config
from vouchers.accounts.models import SignInSession
from vouchers.audit.models import AuditEvent
from vouchers.audit.queries import hash_at, head, restoration_under_way
from vouchers.audit.rules import GENESIS, covered, link
from vouchers.audit.services import Subject, record
from vouchers.cli.backup import making, manifest, rows
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.factory import create_app
from vouchers.kernel.actor import command
from vouchers.ledger import services as ledger
from vouchers.ledger.models import Transfer
from vouchers.ledger.rules import Move, Pot
from vouchers.ledger.states import TransferKind

IS_SIEGE = os.environ.get("SIEGE") == "full"
DRILLS = 100 if IS_SIEGE else 1
OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


@dataclass
class Yard:
    """Places to back up from and empty places to restore to, of either kind."""

    source: Flask
    folder: Path
    server: str

    @property
    def instance(self) -> Path:
        """Where the source keeps its files."""
        return Path(self.source.instance_path)

    def run(self, *args: str, app: Flask | None = None) -> Result:
        """A command as the operator gives it."""
        return (app or self.source).test_cli_runner().invoke(args=["backup", *args])

    def made(self, name: str = "backup") -> Path:
        """A backup of the source."""
        result = self.run("make", str(self.folder / name))
        assert result.exit_code == 0, result.output
        return self.folder / name

    @contextmanager
    def empty(self, kind: str, name: str, **settings: str) -> Iterator[Flask]:
        """An installation that holds nothing yet."""
        instance = self.folder / name
        url = f"sqlite:///{instance / 'vouchers.db'}"
        if kind == "postgresql":
            self._database("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
            self._database("CREATE DATABASE {}", name)
            address = make_url(self.server).set(drivername="postgresql", database=name)
            url = address.render_as_string(hide_password=False)
        app = create_app(config.load({**SETTINGS, "DATABASE_URL": url, **settings}, instance))
        try:
            with app.app_context():
                yield app
        finally:
            let_go(app)
            if kind == "postgresql":
                self._database("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _database(self, statement: str, name: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


@pytest.fixture
def yard(app: Flask, database: Ground, tmp_path: Path, postgresql_address: str) -> Yard:
    shutil.rmtree(Path(app.instance_path) / "files", ignore_errors=True)
    approved_claim(make_stage(), at=NOON)
    db.session.remove()
    return Yard(app, tmp_path, postgresql_address)


def everything() -> dict[str, tuple[int, int]]:
    """Every table's rows, as a count and a digest, but for what restoring itself writes."""
    own = {"audit_events", "audit_head", "restorations", "sign_in_sessions", "messages", "jobs"}
    with db.engine.connect() as connection:
        found = [table for table in rows.tables(connection) if table.name not in own]
        source, told = rows.DatabaseSource(connection, found), {}
        for table in found:
            tally = rows.Tally()
            for row in source.rows(table.name):
                tally.add(row)
            told[table.name] = (tally.count, tally.total)
    return told


def kind_of(database: Ground) -> str:
    """Which kind a ground is."""
    return "sqlite" if isinstance(database, SqliteGround) else "postgresql"


@pytest.mark.database
def test_a_backup_moves_to_the_other_kind_with_equal_rows_hashes_and_totals(yard: Yard, database: Ground) -> None:
    """The same kind is restored to in every drill below, and here as well in a siege."""
    before, (chain, _) = everything(), head()
    backup = yard.made()

    for kind in (OTHER[kind_of(database)], *([kind_of(database)] if IS_SIEGE else [])):
        with yard.empty(kind, f"to_{kind}") as app:
            result = yard.run("restore", str(backup), app=app)

            assert result.exit_code == 0, result.output
            assert everything() == before
            assert broken() == []
            assert restoration_under_way() is not None
            assert head()[0] == chain + 1
            assert db.session.scalar(select(func.count()).where(SignInSession.ended_at.is_(None))) == 0
            with transaction():  # keys go on behind the last one
                ledger.post([grant(10**6)], actor=command("test"), at=NOON)
                record("thing.make", Subject("thing", "1"), actor=command("test"), at=NOON)
            assert broken() == []


def grant(number: int) -> Move:
    """One more fen for the first scheme."""
    pot = Pot(1, "compute")
    return Move(TransferKind.APPROPRIATE, pot.grant("city"), pot.envelope("city"), 1, f"more:{number}")


@contextmanager
def writers(app: Flask, numbers: Iterator[int], how_many: int = 3) -> Iterator[None]:
    """Threads that post a fen and record it, again and again, as long as this lasts; each fen has a number."""
    begun, stop = threading.Event(), threading.Event()

    def write() -> None:
        with app.app_context():
            while not stop.is_set():
                with transaction():
                    number = next(numbers)
                    ledger.post([grant(number)], actor=command("test"), at=NOON)
                    record("thing.make", Subject("thing", str(number)), actor=command("test"), at=NOON)
                begun.set()

    threads = [threading.Thread(target=write) for _ in range(how_many)]
    for thread in threads:
        thread.start()
    assert begun.wait(30)
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.database
def test_a_backup_made_under_writes_is_one_moment_of_the_books(yard: Yard, database: Ground) -> None:
    """Everything up to one event, nothing after it, and that event is not older than the beginning of the backup."""
    made_then = select(func.count()).where(AuditEvent.act == "thing.make")
    posted = select(func.count()).where(Transfer.key.like("more:%"))
    since, done, numbers = time.monotonic(), 0, count()
    for drill in range(DRILLS):
        if IS_SIEGE and is_over(since):
            break
        with writers(yard.source, numbers):
            begun, _ = head()
            db.session.remove()
            backup = yard.made(f"backup-{drill}")
        made, (ended, _) = manifest.read(backup), head()
        assert begun <= made.audit_seq < ended
        assert hash_at(made.audit_seq) == made.audit_hash
        acts = db.session.scalar(made_then.where(AuditEvent.seq <= made.audit_seq))
        assert acts
        db.session.remove()
        with yard.empty(kind_of(database), f"drill_{drill}") as app:
            assert yard.run("restore", str(backup), app=app).exit_code == 0
            assert (hash_at(made.audit_seq), head()[0]) == (made.audit_hash, made.audit_seq + 1)
            assert db.session.scalar(posted) == db.session.scalar(made_then) == acts
        shutil.rmtree(backup)
        shutil.rmtree(yard.folder / f"drill_{drill}")
        done += 1
        if IS_SIEGE:
            shown = {"asked for": DRILLS, "restored and verified": done, **spent(since)}
            keep("siege-backups", kind_of(database), "made under writes", shown)
    assert done == DRILLS, "the time was up before"


def first_original(backup: Path) -> Path:
    """One of the originals in a backup."""
    return next(path for path in sorted((backup / "files").rglob("*")) if path.is_file())


def flip(path: Path) -> None:
    """Change one bit."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    """Lose the end."""
    path.write_bytes(path.read_bytes()[:-4096])


DAMAGES: list[tuple[Callable[[Path], Path], Callable[[Path], object], str]] = [
    (first_original, lambda path: path.unlink(), "缺少文件 files/"),
    (first_original, flip, "文件 files/"),
    (lambda backup: backup / "database.db", cut, "文件 database.db 与备份时的摘要不符"),
    (lambda backup: backup / "database.db", flip, "文件 database.db 与备份时的摘要不符"),
    (lambda backup: backup / "manifest.json", lambda path: path.unlink(), "没有 manifest.json"),
    (lambda backup: backup / "manifest.json", lambda path: path.write_text("{"), "manifest.json 已损坏"),
    (lambda backup: backup / "SHA256SUMS", lambda path: path.unlink(), "SHA256SUMS 缺失"),
    (lambda backup: backup / "files" / "stranger", lambda path: path.write_text("x"), "多出文件 files/stranger"),
]


def test_a_damaged_backup_is_refused_and_what_is_wrong_is_named(yard: Yard) -> None:
    whole = yard.made()
    assert yard.run("verify", str(whole)).exit_code == 0

    with yard.empty("sqlite", "refused") as app:
        for part, damage, words in DAMAGES:
            shutil.copytree(whole, yard.folder / "damaged")
            path = part(yard.folder / "damaged")
            damage(path)

            for result in (
                yard.run("restore", str(yard.folder / "damaged"), app=app),
                yard.run("verify", str(yard.folder / "damaged")),
            ):
                assert result.exit_code == 1
                assert words in result.output
            if words.endswith("files/"):
                assert path.name in result.output
            shutil.rmtree(yard.folder / "damaged")
        assert not Path(app.instance_path, "files").exists()
        with db.engine.connect() as connection:
            assert rows.tables(connection) == []


def test_a_backup_is_not_restored_under_a_wrong_key_nor_over_something(yard: Yard) -> None:
    backup, other = yard.made(), "another-key-of-tests-only-0123456789abcdef"

    with yard.empty("sqlite", "wrong_key", DATA_KEY=other) as app:
        refused = yard.run("restore", str(backup), app=app)
    occupied = yard.run("restore", str(backup))
    again = yard.run("make", str(backup))

    assert (refused.exit_code, occupied.exit_code, again.exit_code) == (1, 1, 1)
    assert "DATA_KEY 不是备份时的密钥" in refused.output
    assert "SECRET_KEY" not in refused.output
    assert "数据库里已有内容" in occupied.output
    assert "不是空目录" in again.output


def test_no_key_is_in_a_backup_and_the_sums_can_be_checked_without_us(yard: Yard) -> None:
    yard.source.test_cli_runner().invoke(args=["audit", "export-head", str(yard.folder / "head.json")])
    backup = yard.made()

    secrets = [SETTINGS["SECRET_KEY"], SETTINGS["DATA_KEY"], (yard.instance / "audit_signing_key").read_text()]
    for path in backup.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(secret.encode() in content for secret in secrets), path
    checked = subprocess.run(["/usr/bin/sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=backup, check=False)
    assert checked.returncode == 0


def test_a_lost_original_is_told_when_the_backup_is_made_and_restored_only_on_demand(yard: Yard) -> None:
    lost = first_original(yard.instance)
    lost.unlink()

    result = yard.run("make", str(yard.folder / "backup"))
    assert result.exit_code == 1
    assert lost.name in result.output

    with yard.empty("sqlite", "incomplete") as app:
        refused = yard.run("restore", str(yard.folder / "backup"), app=app)
        assert "--accept-lost" in refused.output
        accepted = yard.run("restore", str(yard.folder / "backup"), "--accept-lost", app=app)
        assert "INV-54" in accepted.output
        assert restoration_under_way() is not None


def test_a_second_backup_links_the_originals_of_the_first(yard: Yard) -> None:
    first = yard.made("first")

    assert yard.run("make", str(yard.folder / "second"), "--like", str(first)).exit_code == 0

    assert first_original(yard.folder / "second").samefile(first_original(first))
    assert yard.run("verify", str(yard.folder / "second")).exit_code == 0


def test_a_backup_of_an_older_release_is_migrated_and_vouched_for(yard: Yard) -> None:
    """The release before the chain vouched for rows: its events hold no digests, its tables are fewer."""
    backup = yard.made("newer")
    with yard.empty("sqlite", "older") as app:
        yard.run("restore", str(backup), app=app)
        become_older()
        making.make(app.config["SETTINGS"], yard.folder / "backup", at=NOON)

    assert manifest.read(yard.folder / "backup").revision == "0019_queue"
    with yard.empty("sqlite", "newest") as app:
        result = yard.run("restore", str(yard.folder / "backup"), app=app)
        assert result.exit_code == 0, result.output
        assert broken() == []
        db.session.remove()
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE bank_accounts SET bank = 'elsewhere' WHERE id = 1"))
        assert [row for _, row, _ in broken()] == ["bank_accounts/1"]  # what came with the older release is vouched for


def become_older() -> None:
    """Go down to the release before, and chain the events as it did: without digests of rows."""
    db.session.remove()
    db.engine.dispose()
    downgrade(directory=str(ROOT / "migrations"), revision="0019_queue")
    with db.engine.connect() as connection:
        connection.execute(text("DROP TRIGGER audit_events_no_update"))
        previous, found = GENESIS, connection.execute(text("SELECT * FROM audit_events ORDER BY seq")).mappings().all()
        for event in found:
            at = f"{event['at'].replace(' ', 'T')}Z"
            own = link(previous, covered({**event, "at": at, "details": json.loads(event["details"])}))
            values = {"seq": event["seq"], "previous": previous, "own": own}
            connection.execute(
                text("UPDATE audit_events SET previous_hash = :previous, hash = :own WHERE seq = :seq"), values
            )
            previous = own
        connection.execute(text("UPDATE audit_head SET hash = :own"), {"own": previous})
        run_triggers_again(connection)
        connection.exec_driver_sql("COMMIT")


def run_triggers_again(connection: Connection) -> None:
    """The guard that was laid down, as the release before had it."""
    connection.exec_driver_sql(
        "CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events"
        " BEGIN SELECT RAISE(ABORT, 'audit_events are append-only'); END"
    )
