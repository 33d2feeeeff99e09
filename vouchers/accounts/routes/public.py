"""Signing in and out, and what everybody may do with an account of their own."""

from datetime import datetime

import pyotp
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import TooManyRequests
from wtforms.fields.choices import SelectChoice

from vouchers.accounts import queries, rules, services
from vouchers.accounts.cookies import carry
from vouchers.accounts.demonstration import demo_code, demo_sign_ins
from vouchers.accounts.forms import FactorForm, PasswordForm, PostForm, SignInForm
from vouchers.accounts.guards import (
    current_actor,
    current_presence,
    home_address,
    must_choose_password,
    public,
    requires,
    way_in,
)
from vouchers.accounts.permissions import Permission
from vouchers.accounts.queries import Post, Presence
from vouchers.accounts.rules import FACTOR_LIMITS, SIGN_IN_LIMIT, Limit
from vouchers.accounts.states import LABELS
from vouchers.config import PasswordProfile, Settings
from vouchers.db.transaction import transaction
from vouchers.documents.qr import qr_svg
from vouchers.kernel.clock import now
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.web.display import own_address

bp = Blueprint("accounts_public", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """登录: name and password; the same answer for an unknown name, a wrong password and a stopped account."""
    form = SignInForm()
    if form.validate_on_submit():
        token = _try_password(form.sign_in.data, form.password.data)
        if token:
            carry(token)
            return redirect(_onward(form.next.data), 303)
        form.complain(_("登录名或密码不对，或者账号已停用。请核对后再试；忘记密码请联系本单位的系统管理员。"))
    form.next.data = own_address(form.next.data or _asked_next())
    demo = demo_sign_ins(_settings(), at=now())
    return render_template("accounts/public/sign_in.html", form=form, demo=demo), form.status


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """退出: end the session on the server and in the browser."""
    presence = current_presence()
    if presence is not None:
        with transaction():
            services.sign_out(presence.session_id, actor=current_actor(), at=now())
    carry("")
    flash(_("已退出。"), "success")
    return redirect(url_for(".sign_in"), 303)


@bp.route("/second-factor", methods=["GET", "POST"])
@public
def second_factor() -> ResponseReturnValue:
    """动态口令: the second step, and its binding at the first time."""
    presence = _somebody()
    is_again = request.args.get("again") == "1" and presence.has_totp
    if not presence.needs_factor and not is_again:
        return redirect(_onward(_asked_next()), 303)
    form = FactorForm()
    binding = "" if presence.has_totp else rules.binding_secret(_binding_key(), presence.session_id, presence.user_id)
    if form.validate_on_submit():
        token = _try_code(presence, binding, form.code.data.replace(" ", ""))
        if token:
            carry(token)
            return redirect(_onward(form.next.data), 303)
        form.complain(_("动态口令不对或已用过。请等下一个口令出现后再输入。"))
    form.next.data = own_address(form.next.data or _asked_next())
    return render_template(
        "accounts/public/second_factor.html",
        form=form,
        binding=binding,
        picture=_binding_picture(binding, presence.sign_in) if binding else "",
        demo=demo_code(_settings(), presence.sign_in, at=now()),
        again="1" if is_again else None,
    ), form.status


@bp.route("/choose-post", methods=["GET", "POST"])
@public
def choose_post() -> ResponseReturnValue:
    """选择任职: somebody with several appointments uses one at a time."""
    presence = _somebody()
    if presence.needs_factor:
        return redirect(url_for(".second_factor", next=url_for(".choose_post")), 303)
    form = PostForm(post=str(presence.post.id) if presence.post else None)
    form.post.choices = [SelectChoice(str(post.id), post_label(post)) for post in presence.posts]
    if form.validate_on_submit():
        with transaction():
            token = services.choose_post(presence.session_id, int(form.post.data), actor=current_actor(), at=now())
        carry(token)
        return redirect(_onward(form.next.data), 303)
    form.next.data = own_address(form.next.data or _asked_next())
    return render_template("accounts/public/choose_post.html", form=form), form.status


@bp.route("/account/password", methods=["GET", "POST"])
@public
def change_password() -> ResponseReturnValue:
    """修改密码: also the first stop of somebody whose password was made by the system."""
    presence = _somebody()
    if presence.needs_factor:
        return redirect(url_for(".second_factor", next=url_for(".change_password")), 303)
    form = PasswordForm()
    if form.validate_on_submit() and form.is_typed_alike():
        try:
            token = _set_password(presence, form)
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            carry(token)
            flash(_("密码已修改，其他设备上的登录已退出。"), "success")
            return redirect(_onward(_asked_next()), 303)
    is_first = must_choose_password(presence)
    page = "accounts/public/change_password.html"
    return render_template(page, form=form, is_first=is_first, next=own_address(_asked_next())), form.status


@bp.get("/account")
@requires(Permission.ACCOUNT_SELF)
def account() -> ResponseReturnValue:
    """我的账号: appointments, and where one is signed in."""
    presence = _somebody()
    sessions = queries.sessions_of(presence.user_id, at=now())
    return render_template("accounts/public/account.html", presence=presence, sessions=sessions, post_label=post_label)


@bp.post("/account/sessions/<int:session_id>/end")
@requires(Permission.ACCOUNT_SELF)
def end_session(session_id: int) -> ResponseReturnValue:
    """结束登录: sign out another device of one's own."""
    presence = _somebody()
    with transaction():
        services.end_session(session_id, owner=presence.user_id, actor=current_actor(), at=now())
    flash(_("该设备已退出。"), "success")
    return redirect(url_for(".account"), 303)


@bp.get("/start")
@public
def start() -> ResponseReturnValue:
    """The first page of whoever signed in."""
    way = way_in()
    return way if way is not None else redirect(home_address(), 303)


def post_label(post: Post) -> str:
    """An appointment in words: role and home."""
    return f"{_(LABELS[post.role])} · {post.home}" if post.home else _(LABELS[post.role])


def _try_password(sign_in: str, password: str) -> str:
    """The new session's token, or nothing; the tries of names and of addresses are counted apart."""
    actor, at = current_actor(), now()
    tries = [(SIGN_IN_LIMIT, f"name {sign_in.lower()}"), (SIGN_IN_LIMIT, f"address {actor.address}")]
    _count(tries, at=at)
    user_id = services.authenticate(sign_in, password)
    with transaction():
        if user_id is None:
            services.refuse_sign_in(actor=actor, at=at)
            return ""
        for limit, who in tries:
            services.refund_try(limit, who, at=at)
        return services.open_session(user_id, actor=actor, at=at)


def _try_code(presence: Presence, binding: str, code: str) -> str | None:
    actor, at = current_actor(), now()
    tries = [(limit, f"user {presence.user_id}") for limit in FACTOR_LIMITS]
    _count(tries, at=at)
    with transaction():
        if binding:
            token = services.enrol_second_factor(presence.session_id, binding, code=code, actor=actor, at=at)
        else:
            token = services.verify_second_factor(presence.session_id, code, actor=actor, at=at)
        if token is not None:
            for limit, who in tries:
                services.refund_try(limit, who, at=at)
    return token


def _count(tries: list[tuple[Limit, str]], *, at: datetime) -> None:
    """Count before trying, in a transaction of its own, so that tries at the same moment all count."""
    with transaction():
        waits = [services.count_try(limit, who, at=at) for limit, who in tries]
    if any(waits):
        raise TooManyRequests(retry_after=max(waits))


def _set_password(presence: Presence, form: PasswordForm) -> str:
    if services.authenticate(presence.sign_in, form.old_password.data) != presence.user_id:
        raise RuleViolation([Finding("password-wrong", "原密码不对。", way="请重新输入。", field="old_password")])
    needs_classes = _settings().password_profile is PasswordProfile.DENGBAO
    new, actor = form.new_password.data, current_actor()
    with transaction():
        return services.change_password(presence.session_id, new, needs_classes=needs_classes, actor=actor, at=now())


def _somebody() -> Presence:
    """Who is signed in; otherwise the way to sign in."""
    presence = current_presence()
    if presence is None:
        abort(redirect(url_for(".sign_in", next=request.path if request.method == "GET" else None), 303))
    return presence


def _asked_next() -> str:
    return request.args.get("next", "")


def _onward(target: str | None) -> str:
    return own_address(target) or url_for(".start")


def _binding_key() -> bytes:
    return _settings().derived_key("totp-binding")


def _binding_picture(secret: str, sign_in: str) -> Markup:
    address = pyotp.TOTP(secret).provisioning_uri(name=sign_in, issuer_name=_settings().site_name)
    return Markup(qr_svg(address))  # noqa: S704  made by us from our own address


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
