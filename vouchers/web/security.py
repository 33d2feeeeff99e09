"""Headers on every answer, the request id, and the checks of origin and size before a page is reached."""

from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_wtf import CSRFProtect
from werkzeug.exceptions import Forbidden

from vouchers.kernel.faults import doing, fault
from vouchers.kernel.identifiers import new_public_id
from vouchers.web.arrival import note_arrival
from vouchers.web.wellformed import MOST_TEXT_BODY, check_shape, limit_body

MIB = 1024 * 1024
MOST_BODY = 25 * MIB
MOST_PARTS = 300

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
    "report-uri /csp-report"
)
FILE_POLICY = "sandbox; default-src 'none'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FOUND = frozenset({200, 206, 304})
_OWN_SITES = frozenset({"same-origin", "none"})
_YEAR = 31_536_000

csrf = CSRFProtect()


def add_security(app: Flask) -> None:
    """Plug in limits, origin check, form tokens and headers; the origin check comes before the form token."""
    app.config.update(MAX_FORM_MEMORY_SIZE=MOST_TEXT_BODY, MAX_FORM_PARTS=MOST_PARTS, WTF_CSRF_TIME_LIMIT=None)
    if app.config.get("MAX_CONTENT_LENGTH") is None:
        app.config["MAX_CONTENT_LENGTH"] = MOST_BODY
    app.before_request(_number_request)
    app.before_request(_check_origin)
    app.before_request(limit_body)
    csrf.init_app(app)
    app.before_request(check_shape)
    app.before_request(note_arrival)
    app.after_request(_add_headers)


def request_id() -> str:
    """This request's number: on the answer, on error pages and in the audit trail."""
    if "request_id" not in g:
        g.request_id = new_public_id()
    return str(g.request_id)


def page_asked() -> str:
    """The pattern of this request's address, for logs: the address itself may hold a code or a name."""
    return request.url_rule.rule if request.url_rule else ""


def _number_request() -> None:
    request_id()
    doing.set(request.endpoint or "")
    fault("request.received")


def _check_origin() -> None:
    """Refuse what another site makes the browser send; old browsers and scripts without either header pass."""
    if request.method in _SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in _OWN_SITES:
            raise Forbidden("sent by another site")
        return
    origin = request.headers.get("Origin")
    if origin is not None and _host_of(origin) != request.host:
        raise Forbidden("sent by another site")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # not an address at all
        return ""


def _add_headers(response: Response) -> Response:
    """Fill in what the page did not say itself."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Request-Id"] = request_id()
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
    is_static = request.endpoint == "static" and response.status_code in _FOUND
    if is_static and request.args.get("v"):
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    elif not is_static:
        # pages that may be kept say so; all others hold a form token or something that is not everybody's
        response.headers.setdefault("Cache-Control", "no-store")
    fault("response.built")
    return response
