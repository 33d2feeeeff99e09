"""One code, one use: also when several browsers send it at the same moment."""

from datetime import datetime
from functools import partial

import pyotp
import pytest
from flask import Flask

from tests.factories.accounts import SECRET, make_user
from tests.races import together
from vouchers.accounts import queries, services
from vouchers.accounts.states import Role
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command

ACTOR = command("test")


@pytest.mark.database
def test_of_many_browsers_with_one_code_one_is_let_in(app: Flask, noon: datetime) -> None:
    reviewer = make_user(Role.REVIEWER, at=noon)
    sessions = [_session(reviewer.user_id, noon) for _ in range(3)]
    code = pyotp.TOTP(SECRET).at(noon)

    results = together(app, [partial(_verify, session_id, code, noon) for session_id in sessions * 4])

    tokens = [result for result in results if isinstance(result, str)]
    assert not [result for result in results if isinstance(result, BaseException)]
    assert len(tokens) == 1


def _session(user_id: int, at: datetime) -> int:
    with transaction():
        token = services.open_session(user_id, actor=ACTOR, at=at)
    presence = queries.presence_of(token, at=at)
    assert presence is not None
    return presence.session_id


def _verify(session_id: int, code: str, at: datetime) -> str | None:
    with transaction():
        return services.verify_second_factor(session_id, code, actor=ACTOR, at=at)
