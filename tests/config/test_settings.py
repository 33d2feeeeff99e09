"""Settings that are missing, weak or half given stop the start with a sentence that says which and how to mend it."""

import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.databases import SETTINGS, let_go
from tests.factories.accounts import Somebody, make_user, sign_in
from tests.pages import PageClient
from vouchers import config
from vouchers.accounts.models import Person
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.factory import create_app
from vouchers.kernel.errors import SettingsError

STRONG = "another-secret-of-tests-0123456789-abcdef"
OIDC = {
    "OIDC_ISSUER": "https://sso.example.gov.cn/realms/city",
    "OIDC_CLIENT_ID": "suanli",
    "OIDC_CLIENT_SECRET": "a-shared-secret",
}


def test_the_first_start_makes_keys_that_only_their_owner_reads(tmp_path: Path) -> None:
    """A15"""
    first = config.load({}, tmp_path)
    again = config.load({}, tmp_path)

    for name in ("secret_key", "data_key"):
        path = tmp_path / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert len(path.read_bytes()) >= 32
    assert first.secret_key == again.secret_key
    assert first.secret_key != first.data_key


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATA_KEY"])
def test_production_makes_no_key_of_its_own(tmp_path: Path, name: str) -> None:
    """A15"""
    given = {"APP_ENV": "production", "PUBLIC_URL": "https://suanli.example.gov.cn", "SECRET_KEY": STRONG}
    given["DATA_KEY"] = STRONG
    del given[name]

    with pytest.raises(SettingsError, match=f"缺少 {name}"):
        config.load(given, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY", "short", "太短"),
        ("SECRET_KEY", "ab" * 20, "示例值"),
        ("DATA_KEY", "x" * 31, "太短"),
        ("SECRET_KEY_FALLBACKS", f"{STRONG},short", "SECRET_KEY_FALLBACKS 太短"),
    ],
)
def test_weak_keys_stop_the_start(tmp_path: Path, name: str, value: str, words: str) -> None:
    """A15"""
    with pytest.raises(SettingsError, match=words):
        config.load({name: value}, tmp_path)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_can_read_stops_the_start(tmp_path: Path, mode: int) -> None:
    """A15"""
    config.load({}, tmp_path)
    (tmp_path / "secret_key").chmod(mode)

    with pytest.raises(SettingsError, match="chmod 600"):
        config.load({}, tmp_path)


@pytest.fixture
def handler(app: Flask, clock: Path, noon: datetime) -> Somebody:
    return make_user(Role.HANDLER, at=noon)


@pytest.fixture
def turned(app: Flask, handler: Somebody, tmp_path: Path) -> Iterator[dict[str, Flask]]:
    """The same installation after SECRET_KEY was changed, with and without the old one beside it."""
    given = {**SETTINGS, "DATABASE_URL": app.config["SETTINGS"].database_url, "SECRET_KEY": STRONG}
    apps = {
        "kept": create_app(config.load({**given, "SECRET_KEY_FALLBACKS": SETTINGS["SECRET_KEY"]}, tmp_path)),
        "dropped": create_app(config.load(given, tmp_path)),
    }
    yield apps
    for one in apps.values():
        let_go(one)


@pytest.mark.parametrize(("older_key", "status"), [("kept", 303), ("dropped", 400)])
def test_pages_opened_before_the_key_changed_can_be_sent_while_the_old_one_is_kept(
    client: PageClient, handler: Somebody, turned: dict[str, Flask], older_key: str, status: int
) -> None:
    """A15: and nobody is signed out either way, nor is anything personal lost."""
    sign_in(client, handler)
    client.get("/account")
    after = PageClient(turned[older_key])
    for name in ("sid", "session"):
        cookie = client._client.get_cookie(name)
        assert cookie is not None
        after._client.set_cookie(name, cookie.value)
    token = client.page.forms[-1].values["csrf_token"] if client.page else []

    sent = after.post("/messages/read", data={"csrf_token": token})

    assert sent.status_code == status
    assert after.get("/account").status_code == 200
    with turned[older_key].app_context():
        assert db.session.scalars(select(Person.phone)).all() == [handler.sign_in.removeprefix("u")]


def test_a_provider_is_set_as_a_whole(tmp_path: Path) -> None:
    found = config.load({**OIDC, "OIDC_FACTOR_VALUES": "mfa， otp,", "OIDC_NAME": "渝快办"}, tmp_path)

    assert found.has_provider
    assert (found.oidc_name, found.oidc_factor_values) == ("渝快办", frozenset({"mfa", "otp"}))
    assert OIDC["OIDC_CLIENT_SECRET"] not in repr(found)
    assert not config.load({}, tmp_path).has_provider


@pytest.mark.parametrize("name", OIDC)
def test_a_provider_half_set_stops_the_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"缺少 {name}"):
        config.load({**OIDC, name: ""}, tmp_path)


@pytest.mark.parametrize(
    "issuer",
    ["sso.example.gov.cn", "http://sso.example.gov.cn", "https://sso.example.gov.cn/?a=1", "https://", "ftp://sso/x"],
)
def test_an_issuer_that_is_no_https_address_stops_the_start(tmp_path: Path, issuer: str) -> None:
    with pytest.raises(SettingsError, match="OIDC_ISSUER"):
        config.load({**OIDC, "OIDC_ISSUER": issuer}, tmp_path)


def test_an_issuer_on_this_machine_may_speak_http_while_it_is_tried_out(tmp_path: Path) -> None:
    local = {**OIDC, "OIDC_ISSUER": "http://127.0.0.1:5140"}
    real = {"APP_ENV": "production", "PUBLIC_URL": "https://a.example", "SECRET_KEY": STRONG, "DATA_KEY": STRONG}

    assert config.load(local, tmp_path).has_provider
    with pytest.raises(SettingsError, match="OIDC_ISSUER"):
        config.load({**local, **real}, tmp_path)
