"""A walk through the demonstration: every role's pages open, fit a phone, obey the keys, and are kept as pictures."""

import os
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.browser.conftest import set_clock
from tests.browser.hands import Hand, Town
from tests.browser.keys import problems, skips
from tests.demonstration import LOADED

DEEPER = 3 if os.environ.get("SIEGE") == "full" else 1  # pages looked at behind the links of a list

TOURS = {
    "": "/ /schemes/ /catalogue /notices/ /calculator /verify/ /register/enterprise /register/provider /sign-in"
    " /forgotten /reset-password /audit-heads /accessibility /privacy",
    "qiye": "/enterprise/ /enterprise/eligibility /enterprise/applications /enterprise/vouchers/ /enterprise/orders/"
    " /enterprise/orders/new /enterprise/claims/ /enterprise/profile/ /enterprise/profile/documents"
    " /enterprise/profile/accounts/ /enterprise/profile/people /enterprise/profile/people/new /messages/ /account"
    " /account/password /account/sign-ins /account/second-factor/change /account/recovery-codes /confirm-password",
    "jingban": "/enterprise/ /enterprise/applications",
    "fuwushang": "/provider/ /provider/orders/ /provider/orders/new /provider/claims /provider/claims/find"
    " /provider/red-letters /provider/offerings/ /provider/offerings/new /provider/profile/ /provider/profile/accounts/"
    " /provider/profile/applying/ /provider/profile/conditions /provider/profile/introduction /provider/profile/people"
    " /provider/profile/people/new",
    "fuwucaiwu": "/provider/ /provider/statements/",
    "shenhe": "/office/ /office/queue /office/applications /office/claims/ /office/claims/red-letters /office/notices"
    " /office/notices/new /office/skipped/ /office/enterprises/",
    "zhuanjia": "/office/ /office/scoring/",
    "shending": "/office/ /office/approvals /office/vouchers/ /office/vouchers/all /office/claims/approvals"
    " /office/rankings/ /office/subsidies/ /office/subsidies/award /office/subsidies/awarded",
    "zhengce": "/office/ /office/schemes/ /office/schemes/import /office/schemes/versions/fairness /office/candidates/"
    " /office/candidates/upload",
    "ruku": "/office/ /office/providers/",
    "zhidan": "/office/ /office/finance/ /office/finance/documents /office/finance/envelopes/new"
    " /office/finance/indicators/new /office/batches/ /office/batches/new /office/batches/statements"
    " /office/after-restore/ /office/after-restore/record",
    "fuhe": "/office/ /office/batches/",
    "jiandu": "/office/ /office/oversight/ /office/oversight/targets",
    "xitong": "/office/ /office/people/ /office/people/new /office/people/roles /office/operation/"
    " /office/operation/jobs /messages/mail/ /messages/mail/confirm",
    "anquan": "/office/ /office/people/proposals",
    "shenji": "/office/ /office/audit/",
}
ELSEWHERE = {
    *("/healthz", "/readyz", "/metrics", "/office/applications.csv", "/api/v1/audit", "/api/v1/ledger"),  # to machines
    *("/second-factor", "/second-factor/recovery-code", "/start", "/choose-post", "/set-up"),  # on the way in
    *("/sign-in/provider", "/sign-in/provider/callback", "/sign-in/provider/unknown"),  # with a provider: test_sign_in
    *("/account/identity", "/account/identity/link", "/signed-out"),
    "/office/vouchers/issue",  # of chosen cases: the journey issues them
}


@pytest.fixture
def town(served: Flask, browser: Browser, address: str, clock: Path) -> Town:
    set_clock(clock, LOADED)
    return Town(browser, address, clock, lambda: None)


@pytest.mark.parametrize("sign_in", TOURS, ids=lambda sign_in: sign_in or "visitor")
def test_every_page_of_the_demonstration_opens_and_fits_a_phone(town: Town, sign_in: str) -> None:
    # one-time codes are good once: each person begins at a time of their own
    town.pass_time(
        datetime.fromtimestamp(town.now.timestamp() + 120 * (1 + list(TOURS).index(sign_in)), town.now.tzinfo)
    )
    with town.somebody(sign_in) if sign_in else town.visitor() as hand:
        for number, path in enumerate(TOURS[sign_in].split()):
            hand.go(path)
            name = f"tour-{sign_in or 'visitor'}{path.replace('/', '-').rstrip('-')}"
            hand.look(name, with_axe=True)
            assert problems(hand.page) == [], path
            if number == 0:
                hand.go(path)
                assert skips(hand.page), path
            _look_deeper(hand, path, name)


def _look_deeper(hand: Hand, path: str, name: str) -> None:
    """Open what the list shows first."""
    found = hand.page.evaluate(
        "prefix => [...document.querySelectorAll('main table a, main li a')].map(one => one.getAttribute('href'))"
        ".filter(one => one && one.startsWith(prefix) && !one.includes('?') && !/\\.(csv|xlsx|pdf)$/.test(one))",
        path,
    )
    for place, link in enumerate(dict.fromkeys(found)):
        if place < DEEPER and link != path:
            hand.go(link)
            hand.look(f"{name}-{place + 1}")
            if place == 0:  # the others are of the same kind
                assert problems(hand.page) == [], link


def test_every_page_with_a_plain_address_is_on_a_tour(served: Flask) -> None:
    rules = [rule for rule in served.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    toured = {path for tour in TOURS.values() for path in tour.split()}

    assert {rule.rule for rule in rules} == toured | ELSEWHERE
