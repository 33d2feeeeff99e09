"""A role of PostgreSQL that owns nothing, for tests of what the product may do and what it may not."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import event

from tests.databases import Ground, PostgresqlGround
from vouchers.cli.grants import grant_app
from vouchers.db.base import db

PASSWORD = "of-tests-only"


class Role:
    """A role that is nobody's; once it is taken on, the application connects as that role."""

    def __init__(self, app: Flask, ground: PostgresqlGround) -> None:
        self.name, self.app, self._ground = f"{ground._name}_app", app, ground
        self.owner(f"CREATE ROLE {{}} LOGIN PASSWORD '{PASSWORD}'")

    def take_on(self) -> None:
        """From now on."""
        self.let_go()
        event.listen(db.engine, "do_connect", self._as_role)

    def let_go(self) -> None:
        """The owner again."""
        for session in list(db.session.registry.registry.values()):  # those of commands as well
            session.close()
        db.engine.dispose()
        if event.contains(db.engine, "do_connect", self._as_role):
            event.remove(db.engine, "do_connect", self._as_role)

    def owner(self, statement: str) -> None:
        """The owner says this of the role."""
        with psycopg.connect(self._ground._address, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(self.name)))

    def _as_role(self, _dialect: object, _record: object, _args: object, given: dict[str, Any]) -> None:
        given.update(user=self.name, password=PASSWORD)


@pytest.fixture
def role(app: Flask, database: Ground) -> Iterator[Role]:
    assert isinstance(database, PostgresqlGround)
    made = Role(app, database)
    yield made
    made.let_go()
    made.owner("DROP OWNED BY {}")
    made.owner("DROP ROLE {}")


def granted(role: Role) -> None:
    """The owner gives it its rights; an act of its own, so that no world made before is laid out in place of acts."""
    assert asked(role.app, role.name).startswith(f"已给 {role.name} 授予")


def asked(app: Flask, name: str) -> str:
    """What the command says."""
    return app.test_cli_runner().invoke(grant_app, [name]).output
