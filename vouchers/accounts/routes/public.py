"""Signing in and out, and what everybody may do with an account of their own."""

import pyotp
from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms.fields.choices import SelectChoice

from vouchers.accounts import queries, rules, services
from vouchers.accounts.cookies import carry, this_way
from vouchers.accounts.demonstration import demo_code, demo_sign_ins
from vouchers.accounts.forms import FactorForm, PasswordForm, PostForm, ProofForm, SignInForm
from vouchers.accounts.guards import (
    current_actor,
    current_presence,
    home_address,
    must_choose_password,
    public,
    way_in,
)
from vouchers.accounts.queries import Post, Presence
from vouchers.accounts.rules import FACTOR_LIMITS, PASSWORD_LIMIT, SIGN_IN_LIMIT, SIGN_INS_IN_ALL
from vouchers.accounts.services import NewPassword
from vouchers.accounts.states import LABELS, SignInMethod
from vouchers.accounts.trying import count_tries, refund_tries, try_within
from vouchers.config import PasswordProfile, Settings
from vouchers.db.transaction import transaction
from vouchers.documents.qr import qr_svg
from vouchers.kernel.clock import now
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.web.display import own_address
from vouchers.web.wording import said

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
        form.complain(_("登录名或密码不对，或者账号已停用。请核对后再试；忘记密码的，请点下面的“忘记密码”。"))
    form.next.data = own_address(form.next.data or _asked_next())
    settings = _settings()
    provider = said(settings.oidc_name) if settings.has_provider else ""
    demo = demo_sign_ins(settings, at=now())
    return render_template("accounts/public/sign_in.html", form=form, demo=demo, provider=provider), form.status


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """退出: end the session on the server and in the browser."""
    presence = current_presence()
    if presence is not None:
        with transaction():
            services.sign_out(presence.session_id, actor=current_actor(), at=now())
    carry("")
    if presence is not None and presence.method is SignInMethod.PROVIDER:
        return redirect(url_for("signin_public.signed_out"), 303)
    flash(_("已退出。"), "success")
    return redirect(url_for(".sign_in"), 303)


@bp.route("/second-factor", methods=["GET", "POST"])
@public
def second_factor() -> ResponseReturnValue:
    """动态口令: the second step, and its binding at the first time, for which the password must be fresh."""
    presence = _somebody()
    is_again = request.args.get("again") == "1"
    if not presence.needs_factor and not is_again:
        return redirect(_onward(_asked_next()), 303)
    if not presence.has_totp and not rules.is_fresh(presence.proven_at, at=now()):
        return redirect(url_for(".prove_password", next=request.full_path), 303)
    form = FactorForm()
    binding = "" if presence.has_totp else rules.binding_secret(_binding_key(), presence.token_hash, presence.user_id)
    if form.validate_on_submit():
        token = _try_code(presence, binding, form.code.data.replace(" ", ""))
        if token:
            carry(token)
            onward = _onward(form.next.data)
            return redirect(url_for("signin_account.make_recovery_codes", next=onward) if binding else onward, 303)
        if not queries.is_open(presence.session_id):
            return _sent_back()
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


@bp.route("/confirm-password", methods=["GET", "POST"])
@public
def prove_password() -> ResponseReturnValue:
    """再次输入密码: before the ways to sign in change."""
    presence = _somebody()
    form = ProofForm()
    if form.validate_on_submit():
        if _knows_password(presence, form.password.data):
            with transaction():
                token = services.prove_password(presence.session_id, actor=current_actor(), at=now())
            carry(token)
            return redirect(_onward(form.next.data), 303)
        form.complain(_("密码不对。请重新输入。"))
    form.next.data = own_address(form.next.data or _asked_next())
    return render_template("accounts/public/prove_password.html", form=form, presence=presence), form.status


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
    """The new session's token, or nothing; the tries of names, of addresses and of all together are counted apart.

    Where the owner of a name comes from an address they are known at, these tries are counted by themselves: neither
    a stranger's tries elsewhere nor the colleagues behind the same address hold them up.
    """
    actor, at, name = current_actor(), now(), f"name {sign_in.lower()}"
    if queries.knows_address(sign_in, actor.address, at=at):
        tries = [(SIGN_IN_LIMIT, f"{name} at {actor.address}"), (SIGN_INS_IN_ALL, "all")]
    else:
        tries = [(SIGN_IN_LIMIT, name), (SIGN_IN_LIMIT, f"address {actor.address}"), (SIGN_INS_IN_ALL, "all")]
    count_tries(tries, at=at)
    user_id = services.authenticate(sign_in, password)
    with transaction():
        if user_id is None:
            services.refuse_sign_in(actor=actor, at=at)
            return ""
        refund_tries(tries, at=at)
        return services.open_session(user_id, this_way(), actor=actor, at=at)


def _try_code(presence: Presence, binding: str, code: str) -> str | None:
    actor, at = current_actor(), now()

    def show() -> str | None:
        if binding:
            return services.enrol_second_factor(presence.session_id, binding, code=code, actor=actor, at=at)
        return services.verify_second_factor(presence.session_id, code, actor=actor, at=at)

    return try_within([(limit, f"user {presence.user_id}") for limit in FACTOR_LIMITS], show, at=at)


def _knows_password(presence: Presence, password: str) -> bool:
    at = now()
    tries = [(PASSWORD_LIMIT, f"user {presence.user_id}")]
    count_tries(tries, at=at)
    if services.authenticate(presence.sign_in, password) != presence.user_id:
        return False
    with transaction():
        refund_tries(tries, at=at)
    return True


def _set_password(presence: Presence, form: PasswordForm) -> str:
    if not _knows_password(presence, form.old_password.data):
        raise RuleViolation([Finding("password-wrong", "原密码不对。", way="请重新输入。", field="old_password")])
    settings = _settings()
    words = (settings.site_name, settings.authority, *(post.home for post in presence.posts))
    new = NewPassword(form.new_password.data, settings.password_profile is PasswordProfile.DENGBAO, words)
    with transaction():
        return services.change_password(presence.session_id, new, actor=current_actor(), at=now())


def _sent_back() -> ResponseReturnValue:
    """After too many wrong codes the session is over: the password comes first again."""
    carry("")
    flash(_("动态口令连续输错 5 次，本次登录已结束。请重新登录；稍后仍不行的，请用备用码或联系管理员。"), "warning")
    return redirect(url_for(".sign_in"), 303)


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
