"""Pages of the shell: display and language choice, statements every government site carries, reports of browsers."""

import logging
from collections.abc import Callable

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from vouchers.web.display import LANGUAGE_COOKIE, LANGUAGES, LARGE_COOKIE, safe_back
from vouchers.web.security import csrf

bp = Blueprint("web_public", __name__)
log = logging.getLogger(__name__)

_A_YEAR = 365 * 24 * 3600
_MOST_REPORT = 8_192
_DISPLAYS = {"large": "1", "normal": "0"}


@bp.get("/display/<choice>")
def choose_display(choice: str) -> ResponseReturnValue:
    """长者模式: turn large text on or off and return."""
    return _remember(LARGE_COOKIE, _DISPLAYS.get(choice))


@bp.get("/language/<code>")
def choose_language(code: str) -> ResponseReturnValue:
    """Change the language and return."""
    return _remember(LANGUAGE_COOKIE, code if code in LANGUAGES else None)


@bp.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """无障碍声明: what the site promises and where to turn."""
    return render_template("web/public/accessibility.html")


@bp.get("/privacy")
def privacy() -> ResponseReturnValue:
    """个人信息保护: what is collected, why, and how it is kept."""
    return render_template("web/public/privacy.html")


@bp.post("/csp-report")
def report_csp() -> ResponseReturnValue:
    """Note what a browser refused to load; browsers send it without a form token."""
    request.max_content_length = _MOST_REPORT
    log.warning("browser refused content: %r", request.get_data(as_text=True)[:_MOST_REPORT])
    return "", 204


def _open_to_all(*views: Callable[..., ResponseReturnValue]) -> None:
    """Mark pages as public; the guards that read the mark stand above this slice."""
    for view in views:
        vars(view)["is_public"] = True


csrf.exempt(report_csp)
_open_to_all(choose_display, choose_language, accessibility, privacy, report_csp)


def _remember(cookie: str, value: str | None) -> ResponseReturnValue:
    if value is None:
        abort(404)
    answer = redirect(safe_back(request.args.get("back", "/")), 303)
    answer.set_cookie(cookie, value, max_age=_A_YEAR, secure=request.is_secure, httponly=True, samesite="Lax")
    return answer
