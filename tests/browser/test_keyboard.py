"""The keyboard walk finds what it looks for, and one signs in without a mouse."""

import time

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser.keys import problems, skips
from vouchers.cli.demo import cast

FOLDED = '<details><summary>四</summary><a href="#b">五</a></details>'
GOOD = '<a href="#a">一</a><input aria-label="二"><button>三</button>' + FOLDED
BAD = {
    "not reached": GOOD + "<script>onkeydown = (e) => e.preventDefault()</script>",
    "no way out": '<a href="#a">一</a><input aria-label="二" onkeydown="event.preventDefault()">',
    "out of order": '<a href="#a">一</a><a href="#b" tabindex="2">二</a><a href="#c" tabindex="1">三</a>',
    "does not show": "<style>* { outline: none !important }</style>" + GOOD,
    "Enter does not send": '<form action="/x"><input aria-label="一"><button type="button">二</button></form>',
    "positive tabindex": '<a href="#a" tabindex="1">一</a>',
    "prove that Escape": '<a href="#a">一</a><button popovertarget="p">二</button><div id="p" popover>三</div>',
}


def test_a_good_page_has_no_problem(page: Page) -> None:
    page.set_content(GOOD)

    assert problems(page) == []


@pytest.mark.parametrize("what", BAD)
def test_a_bad_page_is_found_out(page: Page, what: str) -> None:
    page.set_content(BAD[what])

    assert [one for one in problems(page) if what in one]


def test_one_signs_in_and_out_by_keyboard_alone(served: Flask, page: Page) -> None:
    page.goto("/sign-in")
    assert skips(page)
    page.goto("/sign-in")
    _tab_to(page, '[name="sign_in"]')
    page.keyboard.type("qiye")
    page.keyboard.press("Tab")
    page.keyboard.type(cast.password())

    with page.expect_navigation(url="**/enterprise/"):
        page.keyboard.press("Enter")

    _tab_to(page, 'form[action="/sign-out"] button')
    with page.expect_navigation(url="**/sign-in"):
        page.keyboard.press("Enter")


def test_a_filled_form_that_is_refused_takes_the_keyboard_to_its_errors(page: Page) -> None:
    page.goto("/sign-in")
    _tab_to(page, '[name="sign_in"]')
    page.keyboard.type("niemand")
    page.keyboard.press("Tab")
    page.keyboard.type("falsch")

    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "errors"


def _tab_to(page: Page, selector: str) -> None:
    until = time.monotonic() + 10
    while not page.evaluate("to => document.activeElement.matches(to)", selector):
        assert time.monotonic() < until, selector
        page.keyboard.press("Tab")
