"""The smallest parts of pages, drawn by functions: a list has hundreds of them, and a macro takes ten times as long."""

from collections.abc import Callable

from flask import Flask
from markupsafe import Markup, escape

Caller = Callable[[], str]


def draw_icon(name: str, kind: str = "") -> Markup:
    """A picture of the sprite, always beside a word.

    >>> str(draw_icon("ok"))
    '<svg class="v-ico" viewBox="0 0 20 20" aria-hidden="true"><use href="#i-ok"/></svg>'
    """
    more = f" {escape(kind)}" if kind else ""
    shown = f'<svg class="v-ico{more}" viewBox="0 0 20 20" aria-hidden="true"><use href="#i-{escape(name)}"/></svg>'
    return _html(shown)


def draw_tag(level: str, text: str, icon: str = "", *, plain: bool = False) -> Markup:
    """A state: its picture and its word.

    >>> "v-tag--ok v-tag--plain" in draw_tag("ok", "有效", plain=True), "&lt;b&gt;" in draw_tag("ok", "<b>")
    (True, True)
    """
    kind = " v-tag--plain" if plain else ""
    return _html(f'<span class="v-tag v-tag--{escape(level)}{kind}">{draw_icon(icon or level)}{escape(text)}</span>')


def draw_head(text: str, url: str = "", note: str = "") -> Markup:
    """The first cell of a row, which names it.

    >>> str(draw_head("A & B", "/a"))
    '<th role="rowheader" scope="row"><a href="/a">A &amp; B</a></th>'
    """
    return _html(f'<th role="rowheader" scope="row">{_linked(text, url)}{_noted(note)}</th>')


def draw_cell(
    label: str,
    content: object = "",
    *,
    right: bool = False,
    url: str = "",
    note: str = "",
    caller: Caller | None = None,
) -> Markup:
    """A cell under its label, which small screens show beside it; nothing in it is a dash.

    >>> str(draw_cell("金额", "1.00", right=True))
    '<td role="cell" data-label="金额" class="v-r">1.00</td>'
    >>> str(draw_cell("金额", None))
    '<td role="cell" data-label="金额">—</td>'
    """
    if url:
        inner: object = _linked(content, url)
    elif caller is not None:
        inner = caller()
    else:
        inner = "—" if content is None or content == "" else escape(content)
    aside = ' class="v-r"' if right else ""
    return _html(f'<td role="cell" data-label="{escape(label)}"{aside}>{inner}{_noted(note)}</td>')


def add_cells(app: Flask) -> None:
    """Make them known to the components that hand them on."""
    app.jinja_env.globals.update(draw_icon=draw_icon, draw_tag=draw_tag, draw_head=draw_head, draw_cell=draw_cell)


def _linked(text: object, url: str) -> Markup:
    return _html(f'<a href="{escape(url)}">{escape(text)}</a>') if url else escape(text)


def _noted(note: str) -> str:
    return f'<br><span class="v-meta">{escape(note)}</span>' if note else ""


def _html(text: str) -> Markup:
    """What the functions above put together: every part that is not theirs was escaped."""
    return Markup(text)  # noqa: S704
