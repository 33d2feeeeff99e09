"""A clock set back revives nothing: neither a lapsed session nor a one-time code, nor a factor shown long ago."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.accounts import code_now, make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts import rules
from vouchers.accounts.states import Role

HOUR = timedelta(hours=1)


def is_in(client: PageClient) -> bool:
    return client.get("/messages/").status_code == 200


@pytest.mark.parametrize("back", [HOUR, timedelta(days=2)])
def test_a_session_that_was_seen_lapsed_stays_lapsed(
    client: PageClient, noon: datetime, clock: Path, back: timedelta
) -> None:
    sign_in(client, make_user(Role.REVIEWER, at=noon))
    token = client._client.get_cookie("sid")
    assert token
    clock.write_text((noon + HOUR).isoformat())
    lapsed = is_in(client)

    clock.write_text((noon + HOUR - back).isoformat())
    client._client.set_cookie("sid", token.value)

    assert not lapsed
    assert not is_in(client)


def test_a_session_nobody_looked_at_lapses_while_others_work(
    app: Flask, client: PageClient, noon: datetime, clock: Path
) -> None:
    other = PageClient(app)
    sign_in(client, make_user(Role.REVIEWER, at=noon))
    sign_in(other, make_user(Role.REVIEWER, at=noon))
    for minutes in (10, 20, 30, 40):
        clock.write_text((noon + timedelta(minutes=minutes)).isoformat())
        assert is_in(other)

    clock.write_text((noon + timedelta(minutes=5)).isoformat())

    assert not is_in(client)


def test_a_session_of_a_time_still_to_come_is_worth_nothing(client: PageClient, noon: datetime, clock: Path) -> None:
    sign_in(client, make_user(Role.REVIEWER, at=noon))

    clock.write_text((noon - timedelta(days=2)).isoformat())

    assert not is_in(client)


def test_a_used_code_is_used_also_when_its_minute_comes_again(
    app: Flask, client: PageClient, noon: datetime, clock: Path
) -> None:
    somebody = make_user(Role.REVIEWER, at=noon)
    sign_in(client, somebody)
    clock.write_text((noon - timedelta(hours=2)).isoformat())
    second = PageClient(app)

    sign_in(second, somebody, with_factor=False)
    second.get("/second-factor")
    answer = second.submit({"code": code_now()}, form="/second-factor")

    assert answer.status_code == 422


def test_a_factor_of_a_time_still_to_come_is_not_fresh(noon: datetime) -> None:
    assert rules.is_fresh(noon, at=noon)
    assert not rules.is_fresh(noon, at=noon - timedelta(hours=2))
