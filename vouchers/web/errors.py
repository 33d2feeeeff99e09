"""Refusals and faults as pages or problem documents: what happened, what to do, and the request's number."""

import errno
import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from markupsafe import escape
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from vouchers.db.failures import NO_ROOM, meaning
from vouchers.db.filters import MalformedList
from vouchers.db.writing import OutcomeUnknown, StorageFull, Unavailable
from vouchers.kernel.errors import Conflict, DomainError, InProgress, NotFound, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.web.controls import form_problems
from vouchers.web.display import referring_page
from vouchers.web.forms import BaseForm, sentence
from vouchers.web.refusals import note_refusal
from vouchers.web.security import page_asked, request_id

T = TypeVar("T")

log = logging.getLogger(__name__)

RETRY_SECONDS = 5
FULL_SECONDS = 60  # room is made by people
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
    507: "no-room",
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
    507: "存储空间已满",
}
_SICK_DISK = frozenset({errno.EIO, errno.EROFS})
_STATUS = {NotFound: 404, NotPermitted: 403, Conflict: 409, RuleViolation: 422}


def add_error_pages(app: Flask) -> None:
    """Plug in one handler per kind of refusal, and the last resort."""
    app.register_error_handler(DomainError, _show_domain_error)
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(MalformedList, _show_malformed_list)
    app.register_error_handler(Unavailable, _show_unavailable)
    app.register_error_handler(PoolTimeoutError, _show_busy)
    app.register_error_handler(OSError, _show_system_error)
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
    if any(finding.is_about_who for finding in findings):
        status = 403
    note_refusal(findings)
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


def _show_busy(error: PoolTimeoutError) -> ResponseReturnValue:
    """All connections are in use: the operator learns of it from the log."""
    log.warning("no connection left on %s, request %s: %s", page_asked(), request_id(), error)
    return _answer(503, retry_after=RETRY_SECONDS)


def _show_unavailable(error: Unavailable) -> ResponseReturnValue:
    """The database cannot serve now: why is for the log, what to do is for the reader."""
    log.warning("%s on %s, request %s: %s", type(error).__name__, page_asked(), request_id(), error.__cause__)
    if isinstance(error, StorageFull):
        return _answer(507, retry_after=FULL_SECONDS)
    if isinstance(error, OutcomeUnknown):
        return _answer(503, retry_after=RETRY_SECONDS, code="outcome-unknown", is_open=True)
    return _answer(503, retry_after=RETRY_SECONDS)


def _show_system_error(error: OSError) -> ResponseReturnValue:
    """No room for a file is told as such; a disk that fails or may not be written to is no fault of the request."""
    if error.errno in NO_ROOM:
        log.error("no room left on %s, request %s", page_asked(), request_id())
        return _answer(507, retry_after=FULL_SECONDS)
    if error.errno in _SICK_DISK:
        log.error("the disk fails on %s, request %s", page_asked(), request_id(), exc_info=error)
        return _answer(503, retry_after=RETRY_SECONDS)
    return _show_fault(error)


def _show_stale(_: StaleDataError) -> ResponseReturnValue:
    return _answer(409)


def _show_database_error(error: DBAPIError) -> ResponseReturnValue:
    """Busy or full when it is the database's, anything else is a fault of ours."""
    known = meaning(error)
    if known is not None:
        known.__cause__ = error
        return _show_unavailable(known)
    if isinstance(error, DataError):  # a number or text no column can hold: the sender's, not ours
        return _answer(400)
    return _show_fault(error)


def _show_fault(error: Exception) -> ResponseReturnValue:
    """The last resort: the whole story goes to the log, the reader gets its number."""
    log.error("fault on %r %r, request %s", request.method, page_asked(), request_id(), exc_info=error)
    return _answer(500)


def _answer(
    status: int, *, findings: list[str] | None = None, retry_after: int = 0, code: str = "", is_open: bool = False
) -> Response:
    if wants_json():
        response = problem(status, code=code)
    else:
        response = _page(status, findings or [], retry_after, is_open=is_open)
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _page(status: int, findings: list[str], retry_after: int, *, is_open: bool = False) -> Response:
    """The page of a status; when even that cannot be drawn, plain words."""
    try:
        text = render_template(
            f"errors/{status}.html",
            status=status,
            findings=findings,
            retry_after=retry_after or RETRY_SECONDS,
            is_open=is_open,
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
    back = referring_page()
    return "" if back in {"/", request.path} and request.method == "GET" else back


def _seconds(error: HTTPException) -> int:
    value = dict(error.get_headers()).get("Retry-After", "")
    return int(value) if value.isdigit() else 0
