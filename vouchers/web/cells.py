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
    more = f" {safe(kind)}" if kind else ""
    shown = f'<svg class="v-ico{more}" viewBox="0 0 20 20" aria-hidden="true"><use href="#i-{safe(name)}"/></svg>'
    return marked(shown)


def draw_tag(level: str, text: str, icon: str = "", *, plain: bool = False) -> Markup:
    """A state: its picture and its word.

    >>> "v-tag--ok v-tag--plain" in draw_tag("ok", "有效", plain=True), "&lt;b&gt;" in draw_tag("ok", "<b>")
    (True, True)
    """
    kind = " v-tag--plain" if plain else ""
    return marked(f'<span class="v-tag v-tag--{safe(level)}{kind}">{draw_icon(icon or level)}{safe(text)}</span>')


def draw_head(text: str, url: str = "", note: str = "") -> Markup:
    """The first cell of a row, which names it.

    >>> str(draw_head("A & B", "/a"))
    '<th role="rowheader" scope="row"><a href="/a">A &amp; B</a></th>'
    """
    return marked(f'<th role="rowheader" scope="row">{_linked(text, url)}{_noted(note)}</th>')


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
        inner = "—" if content is None or content == "" else safe(content)
    aside = ' class="v-r"' if right else ""
    return marked(f'<td role="cell" data-label="{safe(label)}"{aside}>{inner}{_noted(note)}</td>')


def add_cells(app: Flask) -> None:
    """Make them known to the components that hand them on."""
    app.jinja_env.globals.update(draw_icon=draw_icon, draw_tag=draw_tag, draw_head=draw_head, draw_cell=draw_cell)


def safe(value: object) -> str:
    """A value as it may stand in a page: escaped, unless it is markup already."""
    return value if type(value) is Markup else escape(value)


def marked(text: str) -> Markup:
    """Markup that was put together from parts which are all safe; the class itself would look at it once more."""
    return str.__new__(Markup, text)


def _linked(text: object, url: str) -> str:
    return f'<a href="{safe(url)}">{safe(text)}</a>' if url else safe(text)


def _noted(note: str) -> str:
    return f'<br><span class="v-meta">{safe(note)}</span>' if note else ""
