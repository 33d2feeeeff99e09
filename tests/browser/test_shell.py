"""The pages that everybody meets first: no barrier, no error, no sideways scrolling on a phone."""

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import violations

PATHS = ["/sign-in", "/accessibility", "/privacy", "/no-such-page"]
PHONE: ViewportSize = {"width": 360, "height": 740}


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_no_barrier(page: Page, path: str) -> None:
    page.goto(path)

    assert violations(page) == []


@pytest.mark.parametrize("path", PATHS)
def test_a_phone_shows_the_page_without_scrolling_sideways(page: Page, path: str) -> None:
    page.set_viewport_size(PHONE)

    page.goto(path)

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("path", PATHS)
def test_the_keyboard_reaches_the_content_first(page: Page, path: str) -> None:
    page.goto(path)

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.closest('main') !== null || location.hash !== ''")
