"""Two addresses: with OFFICE_URL set, pages of the office answer at one host name and all others at the public one."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, abort, current_app, has_request_context, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vouchers.config import Settings

OFFICE = "/office"
_OFFICE_HAS_TOO = (  # what an account of the office needs besides its own pages
    "/account", "/choose-post", "/confirm-password", "/csp-report", "/display", "/files", "/forgotten", "/healthz",
    "/language", "/messages", "/metrics", "/readyz", "/reset-password", "/second-factor", "/set-up", "/sign-in",
    "/sign-out", "/signed-out", "/start", "/static",
)  # fmt: skip
_PLAIN = re.compile(r"[0-9A-Za-z_-]*")  # what stands in an address as it is
_PLACE, _PATTERNS = "--PUBLIC-ID--", "vouchers.address_patterns"
Patterns = dict[tuple[str, bool], tuple[str, str]]


def part_addresses(app: Flask, settings: Settings) -> None:
    """Refuse at each host name what belongs to the other; without OFFICE_URL one name serves all."""
    office = urlsplit(settings.office_url).netloc
    if not office:
        return

    def check() -> ResponseReturnValue | None:
        is_at_office = request.host == office
        if is_at_office and request.path == "/":
            return redirect(f"{OFFICE}/", 303)
        is_here = (
            _is_below(request.path, (OFFICE, *_OFFICE_HAS_TOO))
            if is_at_office
            else not _is_below(request.path, (OFFICE,))
        )
        return None if is_here else abort(404)

    app.before_request(check)


def is_at_office(asked: Request, settings: Settings) -> bool | None:
    """Whether a request came by the office's address; None when there is only one."""
    return asked.host == urlsplit(settings.office_url).netloc if settings.office_url else None


def other_address(asked: Request, settings: Settings) -> str:
    """The address that this request did not come by."""
    return settings.public_url if is_at_office(asked, settings) else settings.office_url


def address_of(endpoint: str, **values: Any) -> str:
    """What `url_for` says, for templates: a page is asked for its own address and for that of each row.

    Werkzeug puts an address together in twenty steps. Those without values, and those of one thing by its public id,
    differ in nothing else, so they are put together once.
    """
    public_id = values.get("public_id", "")
    is_plain = isinstance(public_id, str) and len(values) == bool(public_id) and _PLAIN.fullmatch(public_id)
    if not is_plain or not has_request_context():
        return url_for(endpoint, **values)
    patterns = _patterns_here()
    which = (endpoint, public_id != "")
    pattern = patterns.get(which)
    if pattern is None:
        whole = url_for(endpoint, public_id=_PLACE) if public_id else url_for(endpoint)
        before, _, after = whole.partition(_PLACE)
        pattern = patterns[which] = (before, after)
    return f"{pattern[0]}{public_id}{pattern[1]}"


def _patterns_here() -> Patterns:
    """The addresses as pages of this blueprint write them, before and after the public id; found once for a request."""
    environ = request.environ
    here: Patterns | None = environ.get(_PATTERNS)
    if here is None:
        places = current_app.extensions.setdefault(_PATTERNS, {})
        here = environ[_PATTERNS] = places.setdefault((request.script_root, request.blueprint), {})
    return here


def _is_below(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(root + "/") for root in roots)
