"""A press is known again by its content; an act on money asks for a fresh second factor."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, request

from tests.factories.accounts import code_now, make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts.guards import freshly_proven, this_request
from vouchers.accounts.states import Role
from vouchers.kernel.clock import now
from vouchers.messages.routes import inbox

FORM = {"amount": "100.00", "reason": "按合同", "csrf_token": "one", "idempotency_key": "k" * 22}


def fingerprint(
    app: Flask, path: str = "/claims/1/approve", file: bytes = b"", changes: dict[str, str] | None = None
) -> str:
    data: dict[str, Any] = {**FORM, **(changes or {})}
    if file:
        data["proof"] = (BytesIO(file), "proof.pdf")
    with app.test_request_context(path, method="POST", data=data):
        return this_request("claim.approve", FORM["idempotency_key"]).fingerprint


def test_the_same_press_is_known_again_whatever_its_token(app: Flask) -> None:
    again = {"csrf_token": "two", "idempotency_key": "l" * 22}

    assert fingerprint(app) == fingerprint(app, changes=again)
    assert fingerprint(app, file=b"%PDF-1") == fingerprint(app, file=b"%PDF-1")


def test_any_other_content_is_another_press(app: Flask) -> None:
    prints = {
        fingerprint(app),
        fingerprint(app, changes={"amount": "100.01"}),
        fingerprint(app, path="/claims/2/approve"),
        fingerprint(app, file=b"%PDF-1"),
        fingerprint(app, file=b"%PDF-2"),
    }

    assert len(prints) == 5


def test_a_file_that_was_read_already_still_tells_presses_apart(app: Flask) -> None:
    prints = []
    for content in (b"%PDF-1", b"%PDF-2"):
        data = {**FORM, "proof": (BytesIO(content), "proof.pdf")}
        with app.test_request_context("/claims/1/approve", method="POST", data=data):
            request.files["proof"].stream.read()
            prints.append(this_request("claim.approve", FORM["idempotency_key"]).fingerprint)

    assert len(set(prints)) == 2


@pytest.fixture
def money_page(app: Flask) -> Iterator[str]:
    """A page that moves money, only in this test."""
    before = dict(app.view_functions)
    app.view_functions["messages_inbox.inbox"] = freshly_proven(inbox.inbox)
    yield "/messages/"
    app.view_functions.update(before)


def test_money_asks_for_the_factor_again_after_ten_minutes(
    client: PageClient, noon: datetime, clock: Path, money_page: str
) -> None:
    sign_in(client, make_user(Role.FINANCE_CHECKER, at=noon))
    at_once = client.get(money_page).status_code
    clock.write_text((now() + timedelta(minutes=11)).isoformat())

    later = client.get(money_page)
    client.get(later.location)
    answer = client.submit({"code": code_now()}, form="/second-factor")

    assert at_once == 200
    assert later.location.startswith("/second-factor?again=1")
    assert answer.location == money_page
    assert client.get(money_page).status_code == 200


@pytest.mark.parametrize(
    ("referrer", "page"),
    [
        ("http://localhost/office/batches/x?page=2", "/office/batches/x?page=2"),
        ("http://localhost/office/batches/x/lock", "/office/batches/x/release"),
        ("http://localhost//evil.example/office", "/office/batches/x/release"),
        ("http://evil.example/office/batches/x", "/office/batches/x/release"),
        ("", "/office/batches/x/release"),
    ],
)
def test_a_press_that_came_too_late_leads_back_to_the_page_with_the_button(
    client: PageClient, noon: datetime, clock: Path, referrer: str, page: str
) -> None:
    sign_in(client, make_user(Role.FINANCE_CHECKER, at=noon))
    client.get("/account")
    token = {"csrf_token": client.page.forms[0].values["csrf_token"]}  # type: ignore[union-attr]
    clock.write_text((now() + timedelta(minutes=11)).isoformat())

    late = client.post("/office/batches/x/release", token, headers={"Referer": referrer})

    assert parse_qs(urlsplit(late.location).query)["next"] == [page]
