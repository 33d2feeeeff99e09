"""How pages are shown to this reader: language, large text, addresses of static files and of the same list turned."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from flask import Flask, current_app, has_request_context, request, url_for

from vouchers.kernel.identifiers import new_public_id
from vouchers.web.addresses import address_of

LANGUAGE_COOKIE = "lang"
LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
LARGE_COOKIE = "large"
_MOST_BACK = 2000


@dataclass(frozen=True, slots=True)
class Site:
    """What head and foot of each page say about the installation."""

    name: str
    authority: str
    contact: str
    ids: tuple[str, ...]


def select_locale() -> str:
    """The reader's language for Flask-Babel: Chinese, unless the cookie says English."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "") if has_request_context() else ""
    return LANGUAGES.get(chosen, LANGUAGES["zh"])


def page_language() -> str:
    """The language tag of the page."""
    return "en" if select_locale() == "en" else "zh-CN"


def is_large_text() -> bool:
    """Whether 长者模式 is on."""
    return has_request_context() and request.cookies.get(LARGE_COOKIE) == "1"


def own_address(address: str | None) -> str:
    """The address when it is a place on this site; empty for any other, and for none.

    >>> own_address("/a?b=1"), own_address("//evil.example/"), own_address("/%cevil.example" % 92), own_address("//[")
    ('/a?b=1', '', '', '')
    """
    if not address or len(address) > _MOST_BACK or "\\" in address or not address.isprintable():
        return ""
    return address if address.startswith("/") and not address.startswith("//") else ""


def safe_back(address: str) -> str:
    """A place on this site to return to; anything else becomes the home page."""
    return own_address(address) or "/"


def referring_page() -> str:
    """The page of ours that led here, without its host; empty when it was another's or is not told."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:  # not an address at all
        return ""
    whole = parts.path + (f"?{parts.query}" if parts.query else "")
    return own_address(whole) if parts.netloc == request.host else ""


def here() -> str:
    """This page's own address, to come back to."""
    return request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else "/"


def display_url(choice: str) -> str:
    """The address that turns 长者模式 on (large) or off (normal)."""
    return url_for("web_public.choose_display", choice=choice, back=here())


def language_url(code: str) -> str:
    """The address that changes the language."""
    return url_for("web_public.choose_language", code=code, back=here())


def url_with(**changes: str) -> str:
    """This list's address with some arguments changed; a new sorting or filter starts at the first page."""
    arguments = [(k, v) for k, v in request.args.items(multi=True) if k not in changes and k != "cursor" and v]
    arguments += [(k, v) for k, v in changes.items() if v]
    return f"{request.path}?{urlencode(arguments)}"


def has_page(endpoint: str) -> bool:
    """Whether the application has such a page."""
    return endpoint in current_app.view_functions


def static_url(filename: str) -> str:
    """A static file's address with its digest, so that it may be kept for a year."""
    folder = current_app.static_folder
    digest = _digest(folder, filename) if folder else ""
    return url_for("static", filename=filename, v=digest or None)


def add_display(app: Flask, site: Site) -> None:
    """Make all of it known to templates."""
    app.jinja_env.globals.update(
        site=site,
        page_language=page_language,
        is_large_text=is_large_text,
        display_url=display_url,
        language_url=language_url,
        url_with=url_with,
        has_page=has_page,
        static_url=static_url,
        url_for=address_of,
        new_key=new_public_id,
    )


@lru_cache(maxsize=64)
def _digest(folder: str, filename: str) -> str:
    path = Path(folder, filename)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""
