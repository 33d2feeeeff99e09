"""What another site, a stranger or a broken program sends to any page that changes something: refused, unchanged."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.routing import Rule

from tests.hostile import SIEGE
from tests.hostile.crowd import VISITOR, Crowd
from tests.pages import read_page
from vouchers.accounts.permissions import ROLES
from vouchers.accounts.states import Role
from vouchers.web.wellformed import MOST_FIELDS

FORM = "application/x-www-form-urlencoded"
OWN = {"Sec-Fetch-Site": "same-origin"}
ELSEWHERE: dict[str, dict[str, str]] = {
    "no token": OWN,
    "no header of the browser at all": {},
    "an opaque origin": {"Origin": "null"},
    "another origin": {"Origin": "https://evil.example"},
    "an origin that is no address": {"Origin": "http://["},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a neighbouring site": {"Sec-Fetch-Site": "same-site"},
}
STEP = 1 if SIEGE else 4  # each route meets each attempt in a siege; every attempt many routes at every run
TURNING = {"accounts_public.sign_out", "enterprises_provider.join"}
"""After these a browser is nobody, or has a second post to choose from before it sees any page."""
REPORTS = "web_public.report_csp"  # browsers send these without a token; nothing is kept of them but a line in the log


def test_no_route_that_changes_something_takes_what_another_site_sends(crowd: Crowd) -> None:
    before, taken, ended = crowd.business(), [], set()
    tokens = {role: token_of(crowd, role) for role in (VISITOR, Role.OVERSEER.value)}  # of somebody else's session
    for place, rule in enumerate(unsafe_rules(crowd)):
        role, address = entitled(rule, crowd), address_of(rule)
        token = tokens[Role.OVERSEER.value if role == VISITOR else VISITOR]
        attempts: dict[str, dict[str, Any]] = {
            **{name: {"headers": headers, "data": {"x": "1"}} for name, headers in ELSEWHERE.items()},
            "another session's token": {"headers": OWN, "data": {"csrf_token": token}},
            "another session's token as a header": {"headers": {**OWN, "X-CSRFToken": token}, "data": {"x": "1"}},
            "JSON that calls itself plain text": {"headers": OWN, "data": '{"x": 1}', "content_type": "text/plain"},
            "JSON without a token": {"headers": OWN, "json": {"x": 1}},
        }
        for name, sent in list(attempts.items())[place % STEP :: STEP]:
            sent["headers"] = {"Accept": "application/json"} | sent["headers"]
            answer = crowd.browser(role).post(address, **sent)
            if answer.status_code == 303 and answer.location == "/sign-in":
                ended.add(role)  # by another test; a lapsed session is sent to sign in before anything is looked at
            elif answer.status_code not in {400, 403}:
                taken.append(f"{name}: POST {address} as {role} → {answer.status_code}")

    assert not taken
    assert len(ended) <= 1, ended
    assert crowd.business() == before


def test_with_the_own_token_it_is_only_the_content_that_is_refused(crowd: Crowd) -> None:
    """The other side of the matrix: an own token passes, so that the refusals above are the token's and not chance."""
    passed = [
        crowd.browser(role).post(address_of(rule), headers=OWN, data={"csrf_token": token_of(crowd, role)}).status_code
        for rule in list(unsafe_rules(crowd))[::STEP]
        for role in [entitled(rule, crowd)]
        if rule.endpoint not in TURNING
    ]

    assert max(passed) < 500
    assert len([status for status in passed if status not in {400, 403}]) > len(passed) / 2


def test_signing_in_and_out_need_the_token_too(crowd: Crowd) -> None:
    endpoints = {rule.endpoint for rule in unsafe_rules(crowd)}

    assert {"accounts_public.sign_in", "accounts_public.sign_out"} <= endpoints


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "image/png", "", "application/json, text/plain"])
def test_a_body_of_an_unknown_kind_is_refused(crowd: Crowd, kind: str) -> None:
    answer = crowd.browser(VISITOR).post(
        "/sign-in", data=b"sign_in=x", content_type=kind, headers={**OWN, "X-CSRFToken": token_of(crowd, VISITOR)}
    )

    assert answer.status_code == 415


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("/?a=1&a=2", None),
        ("/catalogue?sort=name&sort=-name", None),
        ("/sign-in", b"sign_in=one&sign_in=two&password=x"),
        ("/verify/", b"number=1&number=2"),
    ],
)
def test_what_is_said_twice_is_refused(crowd: Crowd, address: str, sent: bytes | None) -> None:
    browser, headers = crowd.browser(VISITOR), {**OWN, "X-CSRFToken": token_of(crowd, VISITOR)}
    answer = (
        browser.get(address) if sent is None else browser.post(address, data=sent, content_type=FORM, headers=headers)
    )

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        '{"sign_in": "a", "sign_in": "b"}',
        '{"sign_in": "\\ud800", "password": "x"}',
        '{"password": "\\udfff"}',
        '{"sign_in": NaN}',
        '{"sign_in": {"deep": 1}}',
        '{"sign_in": ["a", "b"]}',
        '{"sign_in": "a"',
        "[" * 200 + "]" * 200,
        "[" * 100_000,
        '{"a":' * 50_000,
        "sign_in=a&password=b",
        b"\xff\xfe\x00",
        str("9" * 10_000),
    ],
)
def test_json_that_is_no_form_of_ours_is_refused(crowd: Crowd, body: str | bytes) -> None:
    headers = {**OWN, "X-CSRFToken": token_of(crowd, VISITOR)}

    answer = crowd.browser(VISITOR).post("/sign-in", data=body, content_type="application/json", headers=headers)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "kind", "statuses"),
    [
        ("&".join(f"f{n}=1" for n in range(10_000)), FORM, {413}),
        ("&".join(["f=1"] * (MOST_FIELDS + 1)), FORM, {413}),
        ("sign_in=" + "x" * 1_000_000, FORM, {413}),
        ("sign_in=" + "x" * 100_000, FORM, {422}),
        (json.dumps({f"f{n}": 1 for n in range(10_000)}), "application/json", {413}),
        (json.dumps({"sign_in": "x" * 1_000_000}), "application/json", {413}),
        ("[" * 400_000, "application/json", {400}),
    ],
)
def test_too_much_is_refused_quickly(crowd: Crowd, body: str, kind: str, statuses: set[int]) -> None:
    headers = {**OWN, "X-CSRFToken": token_of(crowd, VISITOR)}
    begun = time.process_time()

    answer = crowd.browser(VISITOR).post("/sign-in", data=body, content_type=kind, headers=headers)

    assert answer.status_code in statuses
    assert time.process_time() - begun < 2


def test_too_many_parameters_are_refused(crowd: Crowd) -> None:
    query = "&".join(f"f{n}=1" for n in range(10_000))

    assert crowd.get(VISITOR, f"/catalogue?{query}").status_code == 400


def unsafe_rules(crowd: Crowd) -> Iterator[Rule]:
    """Every rule of the URL map that takes what changes something."""
    for rule in crowd.app.url_map.iter_rules():
        if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"} and rule.endpoint != REPORTS:
            yield rule


def entitled(rule: Rule, crowd: Crowd) -> str:
    """A role that may press this; the visitor where everybody may."""
    permission = getattr(crowd.app.view_functions[rule.endpoint], "required_permission", None)
    if permission is None:
        return VISITOR
    return next(role.value for role in Role if permission in ROLES[role] and role.value in crowd.browsers)


def address_of(rule: Rule) -> str:
    """An address that the rule matches."""
    values = {name: 1 if "int" in str(rule._converters[name]).lower() else "x" for name in rule.arguments}
    built = rule.build(values, append_unknown=False)
    assert built is not None, rule
    return built[1]


def token_of(crowd: Crowd, role: str) -> str:
    """A form token of this role's session."""
    address = "/sign-in" if role == VISITOR else "/account"
    reply = crowd.get(role, address)
    page = read_page(reply.text, path=address, headers=dict(reply.headers))
    return next(form.values["csrf_token"][0] for form in page.forms if "csrf_token" in form.values)
