"""A held row changed in one statement: seen in the object and in the database, never over somebody else's change."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from tests.factories.accounts import make_user
from vouchers.accounts.models import User
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.db.writing import change
from vouchers.kernel.actor import command
from vouchers.kernel.errors import Conflict

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)


@pytest.mark.database
@pytest.mark.usefixtures("app")
def test_a_change_stands_in_the_row_and_in_the_object_and_raises_the_version_once() -> None:
    user_id = make_user(at=NOON).user_id
    with transaction():
        user = db.session.get_one(User, user_id)
        seen = user.version
        back = change(user, (User.__table__.c.locale, User.__table__.c.version), locale="en")
        assert (user.locale, user.version) == tuple(back) == ("en", seen + 1)
        record("test.change", Subject("user", "1"), actor=command("test"), at=NOON)
    written = db.session.execute(text("SELECT locale, version FROM users WHERE id = :id"), {"id": user_id}).one()
    assert tuple(written) == ("en", seen + 1)


@pytest.mark.database
@pytest.mark.usefixtures("app")
def test_a_row_that_changed_since_it_was_read_is_not_written_over() -> None:
    user_id = make_user(at=NOON).user_id
    with transaction(), pytest.raises(Conflict):
        _change_what_somebody_changed(user_id)


def _change_what_somebody_changed(user_id: int) -> None:
    user = db.session.get_one(User, user_id)
    db.session.execute(text("UPDATE users SET version = version + 1 WHERE id = :id"), {"id": user_id})
    record("test.change", Subject("user", "1"), actor=command("test"), at=NOON)
    change(user, (User.__table__.c.id,), locale="en")
