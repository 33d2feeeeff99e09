"""People at a browser: each signs in, reads, fills what a form asks, and presses what a page offers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PATIENCE_MS, set_clock, violations
from vouchers.cli.demo import cast

PICTURES = Path(__file__).parents[2] / "test-results" / "pages"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


class Hand:
    """One person with a browser window of their own."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self._folder = folder
        self._form: Locator | None = None

    def go(self, path: str) -> None:
        """Open an address; nothing but a page is an answer."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status} {self.text()[:400]}"

    def follow(self, name: str) -> None:
        """Follow the first link of this name."""
        self.page.locator("main").get_by_role("link", name=name, exact=True).first.click()
        self._settle()

    def follow_in_row(self, text: str, name: str | None = None) -> None:
        """Follow a link in the row of a list that shows this text: that of this name, else the first."""
        row = self.page.locator("main tr, main li", has_text=text).first
        (row.get_by_role("link", name=name).first if name else row.get_by_role("link").first).click()
        self._settle()

    def fill(self, **values: object) -> None:
        """Fill fields by name: text, days, choices, boxes and files alike."""
        for name, value in values.items():
            field = self.page.locator(f'main [name="{name}"]')
            expect(field.first, f"no field {name} on {self.page.url}").to_be_attached()
            _put(field, value)
            self._form = self.page.locator(f'main form:has([name="{name}"])').first

    def choose(self, name: str, text: str, also: str = "") -> None:
        """Choose the first entry of a list that shows these texts."""
        entries = self.page.locator(f'main select[name="{name}"] option').all()
        found = next(one for one in entries if text in one.inner_text() and also in one.inner_text())
        self.fill(**{name: found.get_attribute("value")})

    def send(self) -> None:
        """Press the button of the form that was filled last; a refusal fails with what the page says."""
        assert self._form is not None
        self._form.locator("button").first.click()
        self._form = None
        self._settle()
        errors = self.page.locator("main .v-errors")
        assert errors.count() == 0, f"{self.page.url}: {errors.all_inner_texts()}"

    def press(self, name: str) -> None:
        """Press the first button of this name."""
        self.page.locator("main").get_by_role("button", name=name, exact=True).first.click()
        self._settle()

    def agree(self) -> None:
        """Press the main button of a page that asks to confirm."""
        self.page.locator("main form button:is(.btn-primary, .btn-danger)").first.click()
        self._settle()
        errors = self.page.locator("main .v-errors")
        assert errors.count() == 0, f"{self.page.url}: {errors.all_inner_texts()}"

    def text(self) -> str:
        """What the page says."""
        return self.page.locator("main").inner_text()

    def sees(self, *texts: str) -> None:
        """Every text can be read on the page."""
        for text in texts:
            assert text in self.text(), f"“{text}” is not on {self.page.url}:\n{self.text()[:1500]}"

    def look(self, name: str, *, with_axe: bool = False) -> None:
        """Keep a picture of the page, wide and as on a phone; nothing scrolls sideways, and axe finds no barrier."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        for size, ending in ((PHONE, "phone"), (WIDE, "wide")):
            self.page.set_viewport_size({"width": size["width"], "height": size["height"]})
            self.page.screenshot(path=PICTURES / f"{name}-{ending}.jpg", full_page=True, type="jpeg", quality=70)
            width = self.page.evaluate("document.documentElement.scrollWidth")
            assert width <= size["width"], f"{name} is {width} wide on {size['width']}"
        if with_axe:
            assert violations(self.page) == [], name

    def paper(self, name: str, content: bytes) -> str:
        """A file to hand in; returns its path."""
        path = self._folder / name
        path.write_bytes(content)
        return str(path)

    def _settle(self) -> None:
        self.page.wait_for_load_state()
        title = self.page.title()
        assert not any(code in title for code in ("403", "404", "409", "500")), f"{self.page.url}: {self.text()[:600]}"


class Town:
    """Everybody, one browser, the clock of the running server, and what it does by itself once a day."""

    def __init__(self, browser: Browser, address: str, clock: Path, daily: Callable[[], None]) -> None:
        self._browser, self._address, self._clock, self.daily = browser, address, clock, daily
        self.now = datetime.fromisoformat(clock.read_text())
        self.code = ""  # of the voucher, once it is issued

    def pass_time(self, until: datetime) -> None:
        """Let the clock of the server stand at a later instant."""
        assert until > self.now
        self.now = until
        set_clock(self._clock, until)

    @contextmanager
    def visitor(self) -> Iterator[Hand]:
        """Somebody who is not signed in; errors in the console fail."""
        context = self._browser.new_context(base_url=self._address, locale="zh-CN", timezone_id="Asia/Shanghai")
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        yield Hand(page, self._clock.parent)
        context.close()
        assert not complaints, complaints

    @contextmanager
    def somebody(self, sign_in: str, password: str = "") -> Iterator[Hand]:
        """Somebody who signs in, with the second factor where it is asked for."""
        self.pass_time(self.now + timedelta(minutes=1))  # a one-time code is good once
        with self.visitor() as hand:
            hand.go("/sign-in")
            hand.fill(sign_in=sign_in, password=password or cast.password())
            hand.send()
            if "/second-factor" in hand.page.url:
                hand.fill(code=pyotp.TOTP(cast.totp_secret(sign_in)).at(self.now))
                hand.send()
            assert "/sign-in" not in hand.page.url, hand.text()
            yield hand


def _put(field: Locator, value: object) -> None:
    kind = field.first.evaluate("node => node.tagName === 'SELECT' ? 'select' : node.type")
    if kind in {"radio", "checkbox"}:
        for one in value if isinstance(value, (list, tuple)) else [value]:
            (field.first if one is True else field.and_(field.page.locator(f'[value="{one}"]'))).check()
    elif kind == "select":
        field.first.select_option(str(value))
    elif kind == "file":
        field.first.set_input_files(str(value))
    else:
        field.first.fill(str(value))
