"""With an address of its own for the office, each host name shows its own pages and knows its own people."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from tests.databases import SETTINGS, let_go
from tests.factories.accounts import PASSWORD, make_user
from vouchers import config
from vouchers.accounts.states import Role
from vouchers.factory import create_app

OFFICE, PUBLIC = "http://oa.localhost", "http://localhost"


@pytest.fixture
def parted(app: Flask) -> Iterator[Flask]:
    """The same database behind an application with two addresses."""
    url = str(app.config["SETTINGS"].database_url)
    made = create_app(
        config.load({**SETTINGS, "DATABASE_URL": url, "OFFICE_URL": OFFICE}, app.config["SETTINGS"].instance)
    )
    yield made
    let_go(made)


def test_each_address_shows_its_own_pages_only(parted: Flask) -> None:
    client = parted.test_client()

    def status(path: str, base: str) -> int:
        return client.get(path, base_url=base).status_code

    assert [status("/office/", PUBLIC), status("/office/queue", PUBLIC)] == [404, 404]
    assert [status("/schemes/", OFFICE), status("/enterprise/", OFFICE), status("/verify/", OFFICE)] == [404, 404, 404]
    assert [status("/schemes/", PUBLIC), status("/sign-in", PUBLIC), status("/sign-in", OFFICE)] == [200, 200, 200]
    assert client.get("/", base_url=OFFICE).location == "/office/"
    assert status("/officers", PUBLIC) == 404
    assert status("/healthz", OFFICE) == 200


def test_people_of_the_office_are_led_to_its_address(parted: Flask, noon: datetime) -> None:
    reviewer = make_user(Role.REVIEWER, at=noon)
    client = parted.test_client()

    def signed_in(base: str) -> str:
        page = client.get("/sign-in", base_url=base).text
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        data = {"sign_in": reviewer.sign_in, "password": PASSWORD, "csrf_token": token}
        assert client.post("/sign-in", base_url=base, data=data).status_code == 303
        return client.get("/messages/", base_url=base).location

    assert signed_in(PUBLIC) == f"{OFFICE}/sign-in"
    assert signed_in(OFFICE).startswith("/second-factor")
