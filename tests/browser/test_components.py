from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from waitress.server import create_server

from tests.serving import running
from tests.web.gallery import make_gallery


@pytest.fixture(scope="module")
def components() -> Iterator[str]:
    with running(create_server(make_gallery(), host="127.0.0.1", port=0, threads=4)) as (host, port):
        yield f"http://{host}:{port}/gallery"


@pytest.fixture(
    params=[(1280, "0"), (360, "0"), (1280, "1"), (360, "1")], ids=["wide", "phone", "large", "large-phone"]
)
def shown(request: pytest.FixtureRequest, browser: Browser, components: str) -> Iterator[Page]:
    width, large = request.param
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.add_cookies([{"name": "large", "value": large, "url": components}])
    page = context.new_page()
    page.goto(components)
    yield page
    context.close()


def test_components_are_accessible_and_never_wider_than_the_screen(shown: Page) -> None:
    shown.fill("#net", "135 万")
    shown.click("form.v-form .btn-primary")
    shown.wait_for_selector("#errors:focus")

    found = Axe().run(shown)

    assert found.violations_count == 0, found.generate_report()
    assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_form_is_sent_once_however_often_it_is_pressed(browser: Browser, components: str) -> None:
    page = browser.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(components)

    page.evaluate("() => { const b = document.querySelector('form.v-form .btn-primary'); b.click(); b.click(); }")
    page.wait_for_selector("#errors")

    assert len(sent) == 1
    page.close()


def test_keys_lead_through_cases_until_they_are_switched_off(browser: Browser, components: str) -> None:
    page = browser.new_page()
    page.goto(components)

    page.keyboard.press("j")
    page.wait_for_url("**/accessibility")
    page.goto(components)
    page.fill("#purpose", "")
    page.focus("#purpose")
    page.keyboard.type("jk")
    typed = page.input_value("#purpose")
    page.click("[data-keys-off]")
    page.keyboard.press("j")
    page.wait_for_timeout(200)

    assert typed == "jk"
    assert page.url == components
    page.close()
