"""A backup made while everybody works restores to one moment of the books on either database, or is refused."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from flask import Flask
from psycopg import sql
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from tests.databases import SETTINGS, Ground, let_go
from tests.factories.redemption import approved_claim, make_stage
from tests.invariants.verifying import broken
from tests.races.conftest import NOON
from vouchers import config
from vouchers.accounts.models import SignInSession
from vouchers.audit.models import AuditEvent
from vouchers.audit.queries import restoration_under_way
from vouchers.audit.services import Subject, record
from vouchers.cli.backup import rows
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.factory import create_app
from vouchers.kernel.actor import command

DRILLS = 100 if os.environ.get("SIEGE") == "full" else 2
OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


@dataclass
class Yard:
    """Places to back up from and empty places to restore to, of either kind."""

    source: Flask
    folder: Path
    server: str
    _made: list[str] = field(default_factory=list)

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


@pytest.mark.database
def test_a_backup_restores_with_equal_rows_and_holds_the_house_shut(yard: Yard, database: Ground) -> None:
    before, chain = everything(), db.session.scalar(select(func.max(AuditEvent.seq)))
    db.session.remove()
    backup, kind = yard.made(), "sqlite" if "Sqlite" in type(database).__name__ else "postgresql"

    with yard.empty(kind, "same") as app:
        result = yard.run("restore", str(backup), app=app)

        assert result.exit_code == 0, result.output
        assert everything() == before
        assert broken() == []
        assert restoration_under_way() is not None
        assert db.session.scalar(select(func.max(AuditEvent.seq))) == chain + 1
        assert db.session.scalar(select(func.count()).where(SignInSession.ended_at.is_(None))) == 0


@pytest.mark.database
def test_a_backup_moves_to_the_other_kind_of_database_with_equal_rows_hashes_and_totals(
    yard: Yard, database: Ground
) -> None:
    before = everything()
    backup = yard.made()
    other = OTHER["sqlite" if "Sqlite" in type(database).__name__ else "postgresql"]

    with yard.empty(other, "moved") as app:
        result = yard.run("restore", str(backup), app=app)

        assert result.exit_code == 0, result.output
        assert everything() == before
        assert broken() == []
        with transaction():  # keys go on behind the last one
            record("thing.make", Subject("thing", "1"), actor=command("test"), at=NOON)
        approved_claim(make_stage(), at=NOON)
        assert broken() == []
