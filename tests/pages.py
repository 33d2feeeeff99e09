"""A test client that reads every page it gets as a browser and a person would, and refuses a bad one."""

import re
from collections.abc import Iterator, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from flask import Flask, current_app, has_app_context, has_request_context
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from tinyhtml5 import inputstream
from tinyhtml5.constants import ascii_letters, space_characters
from tinyhtml5.parser import HTMLParser
from werkzeug.test import TestResponse

from vouchers.db.base import db
from vouchers.db.writing import in_transaction

FIELDS = frozenset({"input", "select", "textarea"})
ONCE = frozenset({"csrf_token", "idempotency_key", "seen_version"})
REDIRECT = 3
# The parser keeps what it compiles under a key that it never asks for: put there beforehand, it is found, and a page
# is read in half the time. These four make up nearly all that it asks.
inputstream.characters_until_regex.update(
    {
        (("&", "<", "\0"), False): re.compile("[^&<\0]+"),
        (('"', "&", "\0"), False): re.compile('[^"&\0]+'),
        (space_characters, True): re.compile(f"[{''.join(sorted(space_characters))}]+"),
        (ascii_letters, True): re.compile("[A-Za-z]+"),
    }
)
UNSAVED = "tests.unsaved"
WRITTEN_OUTSIDE = "tests.written_outside"


class BadPage(AssertionError):
    """What is wrong with a page."""


@dataclass
class Form:
    """A form as the page offers it: where it goes, and what it would send untouched."""

    action: str
    method: str
    values: dict[str, list[str]]
    buttons: list[tuple[str, str]]
    names: frozenset[str]


@dataclass
class Page:
    """A parsed page."""

    tree: Element
    title: str
    heading: str
    text: str
    forms: list[Form] = field(default_factory=list)

    def links(self) -> list[str]:
        """Where its links lead."""
        return [a.get("href", "") for a in self.tree.iter("a")]


class PageClient:
    """A browser for tests: sends requests like one, parses what comes back, fills in and submits forms."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._client: FlaskClient = app.test_client()
        self.page: Page | None = None
        if _note_unsaved not in app.teardown_request_funcs.setdefault(None, []):
            app.teardown_request_funcs[None].append(_note_unsaved)

    def get(self, path: str, **options: Any) -> TestResponse:
        """GET a page."""
        return self._open(path, "GET", options)

    def post(self, path: str, data: Any = None, **options: Any) -> TestResponse:
        """POST as from a page of our own; most tests want `submit`."""
        return self._open(path, "POST", {"data": data, **options})

    def submit(self, values: Mapping[str, Any] | None = None, *, form: int | str = 0, press: str = "") -> TestResponse:
        """Send a form of the last page (by place or by action), some fields filled in, by the button named `press`."""
        found = self._form(form)
        strangers = set(values or {}) - found.names
        if strangers:
            raise BadPage(
                f"the form has no field {', '.join(sorted(strangers))}; it has {', '.join(sorted(found.names))}"
            )
        pressed = {name: [value] for name, value in found.buttons if name and press in {name, value} and press}
        data = {**found.values, **pressed, **(values or {})}
        if found.method == "get":
            return self.get(found.action, query_string=data)
        return self.post(found.action, data=data)

    def _form(self, wanted: int | str) -> Form:
        if self.page is None:
            raise BadPage("no page was opened yet")
        if isinstance(wanted, int):
            return self.page.forms[wanted]
        return next(form for form in self.page.forms if form.action.split("?")[0] == wanted)

    def _open(self, path: str, method: str, options: dict[str, Any]) -> TestResponse:
        headers = {"Sec-Fetch-Site": "same-origin", **options.pop("headers", {})}
        _forget_what_was_read()
        # a context of its own: nothing of the test's, no session and no signed-in user, reaches the request
        response = Context().run(self._client.open, path, method=method, headers=headers, **options)
        _forget_what_was_read()
        if unsaved := self._app.extensions.pop(UNSAVED, None):
            raise BadPage(f"{method} {path} left changes that were never committed: {unsaved}")
        if response.mimetype == "text/html" and response.status_code // 100 != REDIRECT:
            self.page = read_page(response.get_data(as_text=True), path=path, headers=dict(response.headers))
        return response


def read_page(html: str, *, path: str, headers: Mapping[str, str]) -> Page:
    """Parse a page; BadPage with everything that is wrong with it."""
    parser = HTMLParser(namespace_html_elements=False)
    tree = parser.parse(html)
    title = " ".join("".join(e.itertext()) for e in tree.iter("title") if e.tag == "title")
    headings = [_heading(e) for e in tree.iter("h1")]
    wrong = [f"line {place[0]}: {code} {details or ''}" for place, code, details in parser.errors]
    if len(headings) != 1:
        wrong.append(f"{len(headings)} h1 elements, one is wanted")
    elif not headings[0] or not _squeeze(title).startswith(headings[0]):
        wrong.append(f"the title {_squeeze(title)!r} should begin with the heading {headings[0]!r}")
    wrong += _bad_markup(tree)
    policy = headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe-inline" in policy:
        wrong.append(f"no strict Content-Security-Policy: {policy!r}")
    if wrong:
        raise BadPage(f"{path}: " + "; ".join(wrong))
    text = _squeeze(" ".join(_visible_text(tree)))
    return Page(tree, _squeeze(title), headings[0], text, [_read_form(e, path) for e in tree.iter("form")])


def _bad_markup(tree: Element) -> Iterator[str]:
    if not tree.get("lang"):
        yield "html has no lang"
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    yield from (f"id {name!r} twice" for name in sorted({str(i) for i in ids if ids.count(i) > 1}))
    for element in tree.iter():
        yield from _bad_element(element, set(ids))


def _bad_element(element: Element, ids: set[str | None]) -> Iterator[str]:
    tag = str(element.tag)
    if tag == "style" or (tag == "script" and not element.get("src")):
        yield f"inline {tag}"
    if tag == "form" and (element.get("action") is None or element.get("method", "").lower() not in {"get", "post"}):
        yield f"form without action or method: {element.attrib}"
    if tag == "img" and element.get("alt") is None:
        yield f"img without alt: {element.get('src')}"
    if tag == "label" and element.get("for") and element.get("for") not in ids:
        yield f"label for {element.get('for')!r}, which is not there"
    if tag == "form":
        sent = [field.get("name") for field in element.iter("input") if field.get("name") in ONCE]
        yield from (f"{name} is sent twice by one form" for name in sorted(ONCE) if sent.count(name) > 1)
    for name, value in element.attrib.items():
        if name == "style" or name.startswith("on") or value.strip().lower().startswith("javascript:"):
            yield f"inline code: {tag} {name}={value!r}"


def _read_form(form: Element, path: str) -> Form:
    values: dict[str, list[str]] = {}
    buttons, names = [], set()
    for element in form.iter():
        name, kind = element.get("name", ""), element.get("type", "text")
        if element.tag == "button" or (element.tag == "input" and kind == "submit"):
            buttons.append((name, element.get("value", "")))
        elif element.tag in FIELDS and name:
            names.add(name)
            values.setdefault(name, []).extend(_sent(element, kind))
    values = {name: sent for name, sent in values.items() if sent}
    return Form(form.get("action") or path, form.get("method", "").lower(), values, buttons, frozenset(names))


def _sent(element: Element, kind: str) -> list[str]:
    if element.tag == "select":
        options = list(element.iter("option"))
        chosen = [o for o in options if o.get("selected") is not None]
        if not chosen and element.get("multiple") is None:
            chosen = options[:1]
        return [str(o.get("value", o.text or "")) for o in chosen]
    if element.tag == "textarea":
        return [(element.text or "").removeprefix("\n")]
    if kind == "file" or (kind in {"checkbox", "radio"} and element.get("checked") is None):
        return []
    return [element.get("value", "on" if kind in {"checkbox", "radio"} else "")]


def _heading(element: Element) -> str:
    """The words of a heading without the state tags that stand in it."""
    parts = [element.text or ""]
    for child in element:
        if "v-tag" not in child.get("class", ""):
            parts.append("".join(child.itertext()))
        parts.append(child.tail or "")
    return _squeeze("".join(parts))


def _visible_text(element: Element) -> Iterator[str]:
    if element.tag in {"script", "template", "head"}:
        return
    yield element.text or ""
    for child in element:
        yield from _visible_text(child)
        yield child.tail or ""


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _note_unsaved(_: BaseException | None) -> None:
    """At the end of a request: whatever was changed and not committed by `transaction()`."""
    session = db.session()
    left = [*session.new, *(row for row in session.dirty if session.is_modified(row)), *session.deleted]
    names = sorted({type(row).__name__ for row in left} | session.info.pop(WRITTEN_OUTSIDE, set()))
    if names:
        current_app.extensions[UNSAVED] = ", ".join(names)


@event.listens_for(Session, "after_flush")
def _note_flush(session: Session, _: UOWTransaction) -> None:
    if has_request_context() and not in_transaction(session):
        rows = (*session.new, *session.dirty, *session.deleted)
        session.info.setdefault(WRITTEN_OUTSIDE, set()).update(type(row).__name__ for row in rows)


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    writes = state.is_insert or state.is_update or state.is_delete
    if writes and has_request_context() and not in_transaction(state.session):
        state.session.info.setdefault(WRITTEN_OUTSIDE, set()).add(str(getattr(state.statement, "table", "")))


def _forget_what_was_read() -> None:
    if has_app_context():
        db.session.rollback()
