"""An act that cannot be recorded does not happen."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from tests.factories.accounts import make_office
from vouchers.accounts.models import Office
from vouchers.db.base import db

NEVER = {
    "sqlite": ["CREATE TRIGGER never BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'disk full'); END"],
    "postgresql": [
        "CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$",
        "CREATE TRIGGER never BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION never()",
    ],
}


@pytest.mark.owner
@pytest.mark.database
@pytest.mark.usefixtures("database")
def test_an_act_whose_event_cannot_be_written_is_undone(app: Flask, noon: datetime) -> None:
    make_office(at=noon)
    db.session.remove()
    with db.engine.begin() as connection:
        for statement in NEVER[connection.dialect.name]:
            connection.execute(text(statement))

    with pytest.raises(DBAPIError, match="disk full"):
        make_office("财政局", at=noon)

    assert db.session.scalar(select(func.count()).select_from(Office)) == 1
