"""Refusals and faults as pages or problem documents: what happened, what to do, and the request's number."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from markupsafe import escape
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from vouchers.db.filters import MalformedList
from vouchers.db.writing import Busy
from vouchers.kernel.errors import Conflict, DomainError, InProgress, NotFound, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.web.controls import form_problems
from vouchers.web.display import safe_back
from vouchers.web.forms import BaseForm, sentence
from vouchers.web.security import request_id

T = TypeVar("T")

log = logging.getLogger(__name__)

RETRY_SECONDS = 5
PAGES = {
    400: "bad-request",
    403: "not-permitted",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    413: "too-large",
    422: "refused",
    429: "too-many-requests",
    500: "fault",
    503: "busy",
}
_TITLES = {
    400: "请求不完整",
    401: "请先登录。",
    403: "没有办理权限",
    404: "没有找到",
    405: "不能这样打开",
    409: "页面已经过时",
    413: "上传的内容太大",
    422: "不能这样办理",
    429: "操作太频繁",
    500: "系统出错了",
    503: "系统正忙",
}
_STATUS = {NotFound: 404, NotPermitted: 403, Conflict: 409, RuleViolation: 422}
_BUSY_STATES = frozenset({"40001", "40P01", "55P03", "57014", "53300", "57P03", "08000", "08001", "08003", "08006"})
_BUSY_WORDS = ("database is locked", "database table is locked", "database is busy", "disk is full", "disk i/o error")


def add_error_pages(app: Flask) -> None:
    """Plug in one handler per kind of refusal, and the last resort."""
    app.register_error_handler(DomainError, _show_domain_error)
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(MalformedList, _show_malformed_list)
    app.register_error_handler(Busy, _show_busy)
    app.register_error_handler(PoolTimeoutError, _show_busy)
    app.register_error_handler(StaleDataError, _show_stale)
    app.register_error_handler(DBAPIError, _show_database_error)
    app.register_error_handler(Exception, _show_fault)


def wants_json() -> bool:
    """Whether this client asked for JSON rather than a page."""
    accepted = request.accept_mimetypes
    best = accepted.best_match(["text/html", "application/json", "application/problem+json"])
    return best in {"application/json", "application/problem+json"} and accepted[best] > accepted["text/html"]


def problem(status: int, *, code: str = "", findings: list[dict[str, Any]] | None = None) -> Response:
    """A problem document (RFC 9457) with a stable code, both languages and what was found."""
    title, title_en = _in_both(lambda: gettext(_TITLES[status]))
    document = {
        "type": "about:blank",
        "status": status,
        "code": code or PAGES[status],
        "title": title,
        "title_en": title_en,
        "request_id": request_id(),
        "findings": findings or [],
    }
    response = jsonify(document)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def form_problem(forms: Iterable[BaseForm]) -> Response:
    """The same refusal that the page of these forms shows, as a problem document with the names of fields."""
    chinese, english = _in_both(lambda: [one for form in forms for one in _complaints(form)])
    found = [
        {"field": field, "message": text, "message_en": text_en}
        for (field, text), (_, text_en) in zip(chinese, english, strict=True)
    ]
    return problem(422, code="invalid-form", findings=found)


def _complaints(form: BaseForm) -> list[tuple[str, str]]:
    """What is wrong with a form, said anew in the language of the moment."""
    form.check_again()
    return form_problems(form)


def _in_both(say: Callable[[], T]) -> tuple[T, T]:
    """What is said in Chinese, and the same in English."""
    with force_locale("zh_Hans_CN"):
        chinese = say()
    with force_locale("en"):
        return chinese, say()


def _show_domain_error(error: DomainError) -> ResponseReturnValue:
    status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
    findings = error.findings if isinstance(error, RuleViolation) else ()
    if wants_json():
        response = problem(status, code=error.code, findings=[_as_plain(finding) for finding in findings])
    else:
        response = _answer(status, findings=[sentence(finding) for finding in findings])
    if isinstance(error, InProgress):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _as_plain(finding: Finding) -> dict[str, Any]:
    message, message_en = _in_both(lambda: sentence(finding))
    return {
        "code": finding.code,
        "message": message,
        "message_en": message_en,
        "clause": finding.clause,
        "field": finding.field,
        "params": dict(finding.params),
    }


def _show_http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status in {301, 302, 303, 307, 308} or error.response is not None:
        return error
    shown = status if status in PAGES else 400 if status < 500 else 500  # noqa: PLR2004  the border of blame
    answer = _answer(shown, code=getattr(error, "problem_code", ""), retry_after=_seconds(error))
    answer.status_code = status
    for name in ("Allow", "Retry-After"):
        value = dict(error.get_headers()).get(name)
        if value:
            answer.headers[name] = value
    return answer


def _show_malformed_list(error: MalformedList) -> ResponseReturnValue:
    return _answer(400, findings=[gettext(str(error))])


def _show_busy(_: Exception) -> ResponseReturnValue:
    return _answer(503, retry_after=RETRY_SECONDS)


def _show_stale(_: StaleDataError) -> ResponseReturnValue:
    return _answer(409)


def _show_database_error(error: DBAPIError) -> ResponseReturnValue:
    """Busy when a rival holds a lock or the server is away; anything else is a fault of ours."""
    state = getattr(error.orig, "sqlstate", None)
    words = str(error.orig).lower()
    if state in _BUSY_STATES or error.connection_invalidated or any(word in words for word in _BUSY_WORDS):
        log.warning("database busy on %s, request %s", request.path, request_id())
        return _answer(503, retry_after=RETRY_SECONDS)
    if isinstance(error, DataError):  # a number or text no column can hold: the sender's, not ours
        return _answer(400)
    return _show_fault(error)


def _show_fault(error: Exception) -> ResponseReturnValue:
    """The last resort: the whole story goes to the log, the reader gets its number."""
    log.error("fault on %s %s, request %s", request.method, request.path, request_id(), exc_info=error)
    return _answer(500)


def _answer(status: int, *, code: str = "", findings: list[str] | None = None, retry_after: int = 0) -> Response:
    response = problem(status, code=code) if wants_json() else _page(status, findings or [], retry_after)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _page(status: int, findings: list[str], retry_after: int) -> Response:
    """The page of a status; when even that cannot be drawn, plain words."""
    try:
        text = render_template(
            f"errors/{status}.html",
            status=status,
            findings=findings,
            retry_after=retry_after or RETRY_SECONDS,
            request_id=request_id(),
            back=_came_from(),
        )
    except Exception:  # whatever broke the page must not hide the refusal
        log.exception("error page %s could not be drawn", status)
        number = escape(request_id())
        title = escape(_TITLES[status])
        text = (
            f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title></head>'
            f"<body><main><h1>{title}</h1><p>请稍后再试。请求编号 {number}</p>"
            f'<p><a href="/">回到首页</a></p></main></body></html>'
        )
    return Response(text, status, content_type="text/html; charset=utf-8")


def _came_from() -> str:
    """The page of ours that led here, to go back to."""
    referrer = urlsplit(request.referrer or "")
    if referrer.netloc != request.host:
        return ""
    back = safe_back(referrer.path + (f"?{referrer.query}" if referrer.query else ""))
    return "" if back in {"/", request.path} and request.method == "GET" else back


def _seconds(error: HTTPException) -> int:
    value = dict(error.get_headers()).get("Retry-After", "")
    return int(value) if value.isdigit() else 0
