"""Signing in as a person does it: at the provider and back under our own policy, and no barrier on the way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import violations
from tests.factories.accounts import PASSWORD, Somebody, code_now, make_user
from tests.signin.provider import CLIENT_ID, CLIENT_SECRET, City, running_city
from vouchers.accounts.states import Role

PHONE: ViewportSize = {"width": 360, "height": 740}


@pytest.fixture
def city(served: Flask, address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """A provider that the served application knows."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    before = served.config["SETTINGS"]
    with running_city() as city:
        city.client.redirect_uris = {f"{address}/sign-in/provider/callback"}
        city.subject = f"of {address}"
        served.config["SETTINGS"] = replace(
            before,
            public_url=address,
            oidc_issuer=city.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=CLIENT_SECRET,
        )
        yield city
    served.config["SETTINGS"] = before


def test_linking_signing_in_and_out_at_the_provider_meet_no_barrier(
    page: Page, city: City, served: Flask, noon: datetime
) -> None:
    """The pages' policy forbids a form to be sent on to another site: every way there is a link."""
    with served.app_context():
        handler = make_user(Role.HANDLER, at=noon, phone="13611110001")
    page.goto("/sign-in")
    _to_the_city(page, "用统一身份认证登录")
    assert "还没有关联账号" in page.inner_text("h1")
    found = _looked_at(page)
    page.goto("/forgotten")
    found += _looked_at(page)
    _sign_in(page, handler)
    for path in ("/account/sign-ins", "/account/identity"):
        page.goto(path)
        found += _looked_at(page)
    _to_the_city(page, "去登录并关联")
    found += _looked_at(page)
    page.click("button.v-tools__out")
    page.goto("/sign-in")
    _to_the_city(page, "用统一身份认证登录")
    page.click("button.v-tools__out")
    found += _looked_at(page)
    assert page.url.endswith("/signed-out")
    page.click("main a.btn-primary")
    page.wait_for_url("**/sign-in")

    assert page.url.endswith("/sign-in")
    assert found == []


def test_a_member_of_staff_prints_recovery_codes_and_comes_in_with_one(
    page: Page, served: Flask, noon: datetime
) -> None:
    with served.app_context():
        reviewer = make_user(Role.REVIEWER, at=noon, phone="13611110002")
    _sign_in(page, reviewer)
    page.fill("#code", code_now())
    page.click("main form button")
    page.goto("/account/recovery-codes")
    found = _looked_at(page)
    page.click("main form button")
    found += _looked_at(page)
    assert page.locator("[data-print]").is_visible()
    code = page.locator(".v-codes code").first.inner_text()
    page.goto("/account")
    found += _looked_at(page)
    page.click("button.v-tools__out")
    _sign_in(page, reviewer)
    page.click("text=手机不在身边")
    found += _looked_at(page)
    page.fill("#code", code)
    page.click("main form button")

    assert "/office/" in page.url
    assert found == []


def _looked_at(page: Page) -> list[str]:
    """What axe finds, and whether a phone must scroll sideways."""
    page.wait_for_load_state()  # a click returns as soon as the answer begins
    size = page.viewport_size
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    if size:
        page.set_viewport_size(size)
    return violations(page) + ([f"{page.url}: {width} wide"] if width > PHONE["width"] else [])


def _to_the_city(page: Page, link: str) -> None:
    page.click(f"text={link}")
    page.click("form button")


def _sign_in(page: Page, somebody: Somebody) -> None:
    page.goto("/sign-in")
    page.fill("#sign_in", somebody.sign_in)
    page.fill("#password", PASSWORD)
    page.click("main form button")
