"""Signing in at a real identity provider on loopback, and every answer of its that must be refused."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.factories.accounts import PASSWORD, Somebody, code_now, make_user, sign_in
from tests.pages import PageClient
from tests.races import together
from tests.signin.provider import City
from vouchers.accounts import services as accounts
from vouchers.accounts.models import SignInSession, User
from vouchers.accounts.states import Role, SignInMethod
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.signin import services
from vouchers.signin.models import IdentityLink
from vouchers.signin.services import Identity

pytestmark = pytest.mark.usefixtures("clock")
ADMIN = command("test")


def test_a_linked_identity_signs_in_and_the_session_says_how(client: PageClient, city: City, noon: datetime) -> None:
    handler = _linked(make_user(Role.HANDLER, at=noon), city, noon)

    answer = _through(client)

    assert (answer.status_code, answer.location) == (303, "/start")
    assert client.get("/account").status_code == 200
    row = db.session.execute(select(SignInSession.user_id, SignInSession.method)).one()
    assert row == (handler.user_id, SignInMethod.PROVIDER)
    assert client.page is not None
    assert "统一身份认证" in client.page.text


def test_the_way_there_carries_pkce_state_and_nonce_and_comes_back_to_the_public_address(
    client: PageClient, city: City
) -> None:
    target = client.get("/sign-in/provider", headers={"X-Forwarded-Host": "evil.example"}).location

    asked = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
    assert target.startswith(city.issuer + "/authorize?")
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 20
    assert len(asked["nonce"]) >= 20
    assert asked["redirect_uri"] == "http://localhost/sign-in/provider/callback"
    assert asked["scope"] == "openid profile"


def test_an_unknown_identity_gets_a_helpful_page_and_no_account(client: PageClient, city: City) -> None:
    answer = _through(client)

    client.get(answer.location)

    assert client.page is not None
    assert client.page.title.startswith("这个身份还没有关联账号")
    assert "王明" in client.page.text
    assert "不会自动开立账号" in client.page.text
    assert db.session.scalar(select(func.count(User.id))) == 0


def test_no_account_is_found_by_a_mail_address_or_a_name(client: PageClient, city: City, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon, sign_in="wang@example.com")
    city.name = handler.sign_in
    city.change = lambda claims: claims.update(email="wang@example.com", preferred_username=handler.sign_in)

    assert _through(client).location == "/sign-in/provider/unknown"
    assert client.get("/account").location.startswith("/sign-in")


def test_staff_still_show_their_second_factor(client: PageClient, city: City, noon: datetime) -> None:
    _linked(make_user(Role.REVIEWER, at=noon), city, noon)
    city.change = lambda claims: claims.update(amr=["pwd", "mfa"], acr="high")

    _through(client)

    assert client.get("/account").location.startswith("/second-factor")
    client.get("/second-factor")
    client.submit({"code": code_now()}, form="/second-factor")
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(("claims", "passes"), [({"amr": ["pwd", "mfa"]}, True), ({"acr": "mfa"}, True), ({}, False)])
def test_where_the_setting_says_so_the_factor_of_the_provider_counts(
    app: Flask, client: PageClient, city: City, noon: datetime, claims: dict[str, Any], passes: object
) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], oidc_factor_values=frozenset({"mfa"}))
    _linked(make_user(Role.REVIEWER, at=noon), city, noon)
    city.change = lambda given: given.update(claims)

    _through(client)

    assert (client.get("/account").status_code == 200) is passes


def test_the_factor_of_the_provider_never_counts_for_a_link_that_an_administrator_invited(
    app: Flask, client: PageClient, city: City, noon: datetime
) -> None:
    """Otherwise one administrator could invite an identity of their own and be somebody else."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], oidc_factor_values=frozenset({"mfa"}))
    _linked(make_user(Role.REVIEWER, at=noon), city, noon, by_owner=False)
    city.change = lambda claims: claims.update(amr=["mfa"])

    _through(client)

    assert client.get("/account").location.startswith("/second-factor")


WRONG: dict[str, Callable[[dict[str, Any]], None]] = {
    "another nonce": lambda claims: claims.update(nonce="of-another-sign-in"),
    "no nonce": lambda claims: claims.pop("nonce"),
    "another audience": lambda claims: claims.update(aud=["another-client"]),
    "another audience in our name": lambda claims: claims.update(aud=["another-client"], azp="suanli"),
    "two audiences and no azp": lambda claims: claims.update(aud=["suanli", "another-client"]),
    "an azp of another": lambda claims: claims.update(azp="another-client"),
    "expired": lambda claims: claims.update(exp=int(time.time()) - 3600, iat=int(time.time()) - 7200),
    "another issuer": lambda claims: claims.update(iss="https://sso.evil.example"),
    "no subject": lambda claims: claims.update(sub=""),
    "a number as subject": lambda claims: claims.update(sub=1001),
    "a token hash that does not fit": lambda claims: claims.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_is_wrong_in_one_respect_lets_nobody_in(
    client: PageClient, city: City, noon: datetime, wrong: str
) -> None:
    _linked(make_user(Role.HANDLER, at=noon), city, noon)
    city.change = WRONG[wrong]

    answer = _through(client)

    assert _is_refused(client, answer, "身份凭据不合规")


@pytest.mark.filterwarnings("ignore:JWS algorithm")
@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_that_is_not_signed_by_the_provider_lets_nobody_in(
    client: PageClient, city: City, noon: datetime, algorithm: str
) -> None:
    _linked(make_user(Role.HANDLER, at=noon), city, noon)
    city.algorithm = algorithm

    answer = _through(client)

    assert _is_refused(client, answer, "身份凭据不合规")


def test_keys_rotate_and_a_token_of_a_withdrawn_key_is_refused(client: PageClient, city: City, noon: datetime) -> None:
    _linked(make_user(Role.HANDLER, at=noon), city, noon)
    before = _through(client).location
    city.rotate()
    after = _through(PageClient(client._app)).location
    withdrawn = city.key
    city.rotate()
    city.key = withdrawn

    answer = _through(stranger := PageClient(client._app))

    assert (before, after) == ("/start", "/start")
    assert _is_refused(stranger, answer, "身份凭据不合规")


def test_an_answer_with_another_state_is_refused(client: PageClient, city: City, noon: datetime) -> None:
    _linked(make_user(Role.HANDLER, at=noon), city, noon)
    back = _consent(client.get("/sign-in/provider").location)

    answer = client.get(back.partition("state=")[0] + "state=of-somebody-else")

    assert _is_refused(client, answer, "不是从本系统开始的")


def test_the_answer_of_another_browser_is_refused(app: Flask, client: PageClient, city: City, noon: datetime) -> None:
    """Nobody can be signed in as somebody else by a link."""
    _linked(make_user(Role.HANDLER, at=noon), city, noon)
    back = _consent(PageClient(app).get("/sign-in/provider").location)

    assert _is_refused(client, client.get(back), "不是从本系统开始的")


def test_an_answer_counts_once(client: PageClient, city: City, noon: datetime) -> None:
    _linked(make_user(Role.HANDLER, at=noon), city, noon)
    back = _consent(client.get("/sign-in/provider").location)
    kept = client._client.get_cookie("session")
    first = client.get(back)
    assert kept is not None
    client._client.delete_cookie("sid")
    client._client.set_cookie("session", kept.value)

    second = client.get(back)

    assert first.location == "/start"
    assert _is_refused(client, second, "没有认可这次登录")


def test_an_answer_that_names_another_issuer_is_refused(client: PageClient, city: City, noon: datetime) -> None:
    _linked(make_user(Role.HANDLER, at=noon), city, noon)
    back = _consent(client.get("/sign-in/provider").location)

    assert _is_refused(client, client.get(back + "&iss=https://sso.evil.example"), "身份凭据不合规")


def test_a_provider_that_is_down_is_said_in_a_sentence(client: PageClient, city: City) -> None:
    city.is_down = True

    answer = client.get("/sign-in/provider")

    assert _is_refused(client, answer, "认证平台暂时连不上")


def test_a_provider_that_goes_down_on_the_way_is_said_in_a_sentence(client: PageClient, city: City) -> None:
    back = _consent(client.get("/sign-in/provider").location)
    city.is_down = True

    assert _is_refused(client, client.get(back), "认证平台暂时连不上")


def test_a_provider_that_calls_itself_otherwise_is_refused(client: PageClient, city: City) -> None:
    city.called = "https://sso.evil.example"

    assert _is_refused(client, client.get("/sign-in/provider"), "身份凭据不合规")


def test_whoever_says_no_at_the_provider_reads_so(client: PageClient, city: City) -> None:
    client.get("/sign-in/provider")

    assert _is_refused(client, client.get("/sign-in/provider/callback?error=access_denied"), "取消了登录")


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
def test_the_provider_never_leads_elsewhere(client: PageClient, city: City, noon: datetime, target: str) -> None:
    _linked(make_user(Role.HANDLER, at=noon), city, noon)

    assert _through(client, f"/sign-in/provider?next={target}").location == "/start"


def test_one_goes_on_to_the_page_one_came_for(client: PageClient, city: City, noon: datetime) -> None:
    _linked(make_user(Role.HANDLER, at=noon), city, noon)

    assert _through(client, "/sign-in/provider?next=/account/sign-ins").location == "/account/sign-ins"


def test_a_stopped_account_stays_out(client: PageClient, city: City, noon: datetime) -> None:
    handler = _linked(make_user(Role.HANDLER, at=noon), city, noon)
    with transaction():
        accounts.deactivate(handler.user_id, reason="离职", actor=ADMIN, at=noon)

    assert _is_refused(client, _through(client), "账号已停用")


def test_an_owner_links_their_identity_and_it_opens_their_account(
    app: Flask, client: PageClient, city: City, noon: datetime
) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    sign_in(client, handler)
    client.get("/account/identity")

    answer = _through(client, "/account/identity/link")

    assert answer.location == "/account"
    link = db.session.execute(select(IdentityLink.user_id, IdentityLink.subject, IdentityLink.by_owner)).one()
    assert link == (handler.user_id, "u-1001", True)
    assert _through(PageClient(app)).location == "/start"


def test_linking_asks_for_a_fresh_password(client: PageClient, city: City, noon: datetime, clock: Path) -> None:
    sign_in(client, make_user(Role.HANDLER, at=noon))
    clock.write_text(noon.replace(minute=11).isoformat())

    answer = client.get("/account/identity/link")

    assert answer.location.startswith("/confirm-password")
    client.get(answer.location)
    client.submit({"password": "a-wrong-one"}, form="/confirm-password")
    assert client.get("/account/identity/link").location.startswith("/confirm-password")
    client.submit({"password": PASSWORD}, form="/confirm-password")
    assert client.get("/account/identity/link").location.startswith(city.issuer)


def test_an_identity_opens_one_account_only(app: Flask, client: PageClient, city: City, noon: datetime) -> None:
    _linked(make_user(Role.HANDLER, at=noon), city, noon)
    sign_in(client, make_user(Role.HANDLER, at=noon))

    _through(client, "/account/identity/link")

    client.get("/account")
    assert client.page is not None
    assert "已关联另一个账号" in client.page.text
    assert db.session.scalar(select(func.count(IdentityLink.id))) == 1


def test_an_unlinked_identity_opens_nothing(app: Flask, client: PageClient, city: City, noon: datetime) -> None:
    sign_in(client, _linked(make_user(Role.HANDLER, at=noon), city, noon))
    client.get("/account/identity")
    client.submit(form="/account/identity")

    assert _through(PageClient(app)).location == "/sign-in/provider/unknown"


def test_a_code_of_an_administrator_links_once(app: Flask, client: PageClient, city: City, noon: datetime) -> None:
    handler = make_user(Role.HANDLER, at=noon)
    with transaction():
        code = services.invite(handler.user_id, actor=ADMIN, at=noon)
    client.get(_through(client).location)
    refused = client.submit({"code": "AAAA-AAAA-AAAA-AAAA"}, form="/sign-in/provider/unknown").status_code

    answer = client.submit({"code": code.lower()}, form="/sign-in/provider/unknown")

    assert (refused, answer.location) == (422, "/start")
    assert client.get("/account").status_code == 200
    city.subject = "u-2002"
    other = PageClient(app)
    other.get(_through(other).location)
    assert other.submit({"code": code}, form="/sign-in/provider/unknown").status_code == 422


def test_signing_out_ends_our_session_and_shows_the_way_out_of_the_provider(
    client: PageClient, city: City, noon: datetime
) -> None:
    _linked(make_user(Role.HANDLER, at=noon), city, noon)
    _through(client)
    client.get("/account")
    copied = client._client.get_cookie("sid")

    answer = client.submit(form="/sign-out")

    assert answer.location == "/signed-out"
    client.get("/signed-out")
    assert client.page is not None
    away = next(link for link in client.page.links() if link.startswith(city.issuer + "/logout?"))
    assert "post_logout_redirect_uri=http%3A%2F%2Flocalhost%2Fsign-in" in away
    assert copied is not None
    client._client.set_cookie("sid", copied.value)
    assert client.get("/account").location.startswith("/sign-in")


def test_a_provider_without_a_way_out_leaves_a_page_without_it(client: PageClient, city: City) -> None:
    city.offers_logout = False

    client.get("/signed-out")

    assert client.page is not None
    assert not [link for link in client.page.links() if link.startswith(city.issuer)]


@pytest.mark.parametrize("path", ["/sign-in/provider", "/sign-in/provider/callback", "/sign-in/provider/unknown"])
def test_without_the_settings_there_are_no_such_pages(client: PageClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.database
def test_of_many_links_at_once_of_one_identity_one_is_made(app: Flask, noon: datetime) -> None:
    users = [make_user(Role.HANDLER, at=noon).user_id for _ in range(4)]

    results = together(app, [partial(_link, user_id, noon) for user_id in users])

    assert sum(result is None for result in results) == 1
    assert db.session.scalar(select(func.count(IdentityLink.id))) == 1


def _link(user_id: int, at: datetime) -> None:
    with transaction():
        services.link_identity(user_id, Identity("https://sso", "one"), by_owner=True, actor=ADMIN, at=at)


def _linked(somebody: Somebody, city: City, at: datetime, *, by_owner: bool = True) -> Somebody:
    with transaction():
        identity = Identity(city.issuer, city.subject, city.name)
        services.link_identity(somebody.user_id, identity, by_owner=by_owner, actor=ADMIN, at=at)
    return somebody


def _consent(address: str) -> str:
    """Say yes at the provider; the path of ours it leads back to."""
    answer = requests.post(address, allow_redirects=False, timeout=5)
    back = urlsplit(answer.headers["Location"])
    assert answer.status_code == 302
    assert back.netloc == "localhost"
    return f"{back.path}?{back.query}"


def _through(client: PageClient, path: str = "/sign-in/provider") -> TestResponse:
    """To the provider and back."""
    return client.get(_consent(client.get(path).location))


def _is_refused(client: PageClient, answer: TestResponse, sentence: str) -> bool:
    assert answer.location == "/sign-in", answer.location
    client.get("/sign-in")
    return client.page is not None and sentence in client.page.text and client.get("/account").status_code == 303
