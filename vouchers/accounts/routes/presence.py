"""The session of a request: found by its cookie, kept alive, set and dropped."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from flask import Flask, Request, Response, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager

from vouchers.accounts import queries, services
from vouchers.accounts.cookies import binding
from vouchers.accounts.guards import (
    SignedIn,
    current_actor,
    current_presence,
    opens_for_reader,
    reader_audience,
    role_label,
)
from vouchers.accounts.queries import Presence
from vouchers.db.transaction import transaction
from vouchers.db.writing import Unavailable
from vouchers.kernel.clock import now
from vouchers.web.addresses import is_at_office

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_TOUCH_EVERY = timedelta(minutes=1)  # not at each page: that would be a write for every read
_TOUCH_PATIENCE = 0.2  # seconds


def find_sessions(app: Flask) -> None:
    """Let Flask-Login find the session of every request, and keep it alive."""
    people = LoginManager(app)
    people.session_protection = None  # it watches over a session of its own kind, which nobody has here
    people.request_loader(_signed_in)
    app.before_request(_greet)
    app.after_request(_set_cookie)
    app.jinja_env.globals.update(
        current_actor=current_actor,
        opens_for_reader=opens_for_reader,
        role_label=role_label,
        reader_audience=reader_audience,
    )


def cookie_name() -> str:
    """`__Host-sid` where cookies are secure, `sid` on plain http."""
    return "__Host-sid" if _is_secure() else "sid"


def _signed_in(asked: Request) -> SignedIn | None:
    token = asked.cookies.get(cookie_name(), "")
    presence = queries.presence_of(token, at=now()) if token else None
    return _as_at_this_address(presence, asked) if presence else None


def _as_at_this_address(presence: Presence, asked: Request) -> SignedIn:
    """With two addresses, appointments of an office hold at the office's alone, all others at the public one."""
    at_office = is_at_office(asked, current_app.config["SETTINGS"])
    if at_office is None:
        return SignedIn(presence)
    posts = tuple(post for post in presence.posts if (post.office_id is not None) == at_office)
    if posts == presence.posts:
        return SignedIn(presence)
    chosen = posts[0] if len(posts) == 1 else presence.post if presence.post in posts else None
    return SignedIn(replace(presence, posts=posts, post=chosen), is_elsewhere=not posts)


def _greet() -> ResponseReturnValue | None:
    if request.endpoint == "static":
        return None
    presence = current_presence()
    expected = binding(presence.token_hash) if presence else None
    if session.get("bound") != expected:
        session.clear()  # texts and tokens of another sign-in are worth nothing here
        if expected:
            session["bound"] = expected
    if presence is None:
        return _see_off(request.cookies.get(cookie_name(), ""))
    if (at := now()) - presence.last_seen_at > _TOUCH_EVERY:
        with (
            suppress(Unavailable),
            transaction(patience=_TOUCH_PATIENCE),
        ):  # a page is read though nothing can be written
            services.touch(presence.session_id, at=at)
    return None


def _see_off(token: str) -> ResponseReturnValue | None:
    """Whoever comes without a session; one that has lapsed is over, and a form sent with it is not taken."""
    if token:
        g.new_token = ""
        if queries.was_never_ended(token):  # lapsed: it stays so, whatever the clock says later
            with suppress(Unavailable), transaction():
                services.end_lapsed(token, at=now())
        if request.method not in _SAFE_METHODS:
            flash(_("登录已失效，刚才的内容没有提交。请重新登录后再试。"), "warning")
            return redirect(url_for("accounts_public.sign_in"), 303)
    return None


def _set_cookie(response: Response) -> Response:
    token = g.get("new_token")
    if token:
        response.set_cookie(cookie_name(), token, secure=_is_secure(), httponly=True, samesite="Lax", path="/")
    elif token == "":
        response.delete_cookie(cookie_name(), secure=_is_secure(), httponly=True, samesite="Lax", path="/")
    return response


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
