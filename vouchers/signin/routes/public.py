"""Ways in beside name and password: by a link, a recovery code, the identity provider; and the very first account."""

from datetime import datetime

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts import queries as accounts
from vouchers.accounts import rules as sign_in_rules
from vouchers.accounts.cookies import carry, this_way
from vouchers.accounts.guards import current_actor, current_presence, public
from vouchers.accounts.queries import Presence
from vouchers.accounts.services import NewPassword, open_session
from vouchers.accounts.states import SignInMethod
from vouchers.accounts.trying import count_tries, try_within
from vouchers.config import PasswordProfile, Settings
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.signin import queries, rules, services
from vouchers.signin.errands import Errand, ProviderError
from vouchers.signin.forms import AskLinkForm, CodeForm, InvitationForm, NewPasswordForm, RecoveryForm, SetUpForm
from vouchers.signin.services import Identity
from vouchers.web.display import own_address
from vouchers.web.forms import sentence
from vouchers.web.wording import said

bp = Blueprint("signin_public", __name__)

_WAITING = "waiting_identity"


@bp.route("/forgotten", methods=["GET", "POST"])
@public
def ask_link() -> ResponseReturnValue:
    """忘记密码: the same answer whether or not anybody has this name."""
    form, is_sent = AskLinkForm(), False
    if form.validate_on_submit():
        actor, at = current_actor(), now()
        name = form.sign_in.data.lower()
        count_tries([(rules.ASK_NAME, name), (rules.ASK_ADDRESS, actor.address)], at=at)
        with transaction():
            services.ask_for_password_link(name, actor=actor, at=at)
        is_sent = True
    return render_template("signin/public/ask_link.html", form=form, is_sent=is_sent), form.status


@bp.route("/reset-password", methods=["GET", "POST"])
@public
def enter_code() -> ResponseReturnValue:
    """输入重置码: the way to the page for a new password for whoever was handed a code."""
    form = CodeForm()
    if form.validate_on_submit():
        return redirect(url_for(".set_password", token=rules.plain(form.code.data) or "-"), 303)
    return render_template("signin/public/enter_code.html", form=form), form.status


@bp.route("/reset-password/<token>", methods=["GET", "POST"])
@public
def set_password(token: str) -> ResponseReturnValue:
    """设置新密码: by link or code; afterwards one signs in as always, second step included."""
    form = NewPasswordForm()
    is_good = queries.opens_password(token, at=now())
    if is_good and form.validate_on_submit() and form.is_typed_alike():
        new = NewPassword(form.new_password.data, _needs_classes(), (_settings().site_name, _settings().authority))
        try:
            with transaction():
                services.set_password_by_link(token, new, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
            is_good = rules.LINK_DEAD not in violation.findings
        else:
            carry("")
            flash(_("新密码已设好，所有设备都已退出。请用新密码登录。"), "success")
            return redirect(url_for("accounts_public.sign_in"), 303)
    if not is_good:
        _end_lapsed_links()
    status = form.status if is_good else 410
    return render_template("signin/public/set_password.html", form=form, token=token, is_good=is_good), status


@bp.route("/second-factor/recovery-code", methods=["GET", "POST"])
@public
def use_recovery_code() -> ResponseReturnValue:
    """备用码: the second step without the phone."""
    presence = _somebody()
    form = RecoveryForm()
    if form.validate_on_submit():
        tries = [(limit, f"user {presence.user_id}") for limit in sign_in_rules.FACTOR_LIMITS]
        actor, at, code = current_actor(), now(), form.code.data
        token = try_within(
            tries, lambda: services.use_recovery_code(presence.session_id, code, actor=actor, at=at), at=at
        )
        if token:
            carry(token)
            left = queries.codes_left(presence.user_id)
            flash(_("已用备用码登录，还剩 %(n)s 个。手机丢了的，请在“我的账号”更换动态口令。", n=left), "warning")
            return redirect(own_address(form.next.data) or url_for("accounts_public.start"), 303)
        if not accounts.is_open(presence.session_id):
            carry("")
            flash(_("连续输错 5 次，本次登录已结束。请重新登录。"), "warning")
            return redirect(url_for("accounts_public.sign_in"), 303)
        form.complain(_("备用码不对或已用过。每个码只能用一次，请换一个再试。"))
    form.next.data = own_address(form.next.data or request.args.get("next", ""))
    return render_template("signin/public/use_recovery_code.html", form=form), form.status


@bp.get("/sign-in/provider")
@public
def provider_start() -> ResponseReturnValue:
    """On the way to the identity provider; a link, not a form, for a form may lead to our own pages only."""
    from vouchers.signin import provider  # noqa: PLC0415  loaded by whoever goes there

    _need_provider()
    try:
        return provider.send_off(Errand(is_linking=False, next=own_address(request.args.get("next"))))
    except ProviderError as error:
        return _no_way(error)


@bp.get("/sign-in/provider/callback")
@public
def provider_callback() -> ResponseReturnValue:
    """Back from the identity provider: signed in, linked, or told that nobody here is known by this identity."""
    from vouchers.signin import provider  # noqa: PLC0415  loaded by whoever goes there

    _need_provider()
    try:
        errand, identity = provider.take_back()
    except ProviderError as error:
        return _no_way(error)
    if errand.is_linking:
        return _link(identity)
    found = queries.found_by(identity.issuer, identity.subject)
    if found is None:
        session[_WAITING] = [identity.issuer, identity.subject, identity.name, now().isoformat()]
        return redirect(url_for(".unknown_identity"), 303)
    if found.is_stopped:
        return _no_way(ProviderError(_("您的账号已停用。请联系本单位的系统管理员。")))
    _let_in(found.user_id, has_factor=identity.has_factor and found.by_owner)
    return redirect(own_address(errand.next) or url_for("accounts_public.start"), 303)


@bp.route("/sign-in/provider/unknown", methods=["GET", "POST"])
@public
def unknown_identity() -> ResponseReturnValue:
    """尚未关联: no account is made silently; what the reader can do, and the box for an administrator's code."""
    _need_provider()
    identity = _waiting()
    if identity is None:
        return redirect(url_for("accounts_public.sign_in"), 303)
    form = InvitationForm()
    if form.validate_on_submit():
        actor, at, code = current_actor(), now(), form.code.data
        tries = [(rules.CODE_LIMIT, f"address {actor.address}")]
        try:
            user_id = try_within(tries, lambda: services.accept_invitation(code, identity, actor=actor, at=at), at=at)
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            if user_id is not None:
                _let_in(user_id, has_factor=False)
                flash(_("已关联。以后可以直接用%(name)s登录。", name=said(_settings().oidc_name)), "success")
                return redirect(url_for("accounts_public.start"), 303)
            form.report([rules.CODE_WRONG])
            _end_lapsed_links()
    page = "signin/public/unknown_identity.html"
    return render_template(page, form=form, identity=identity, provider=said(_settings().oidc_name)), form.status


@bp.get("/signed-out")
@public
def signed_out() -> ResponseReturnValue:
    """已退出: here; and the way to sign out at the provider too, where others on this computer would still get in."""
    from vouchers.signin import provider  # noqa: PLC0415  loaded by whoever goes there

    _need_provider()
    name = said(_settings().oidc_name)
    return render_template("signin/public/signed_out.html", provider=name, way_out=provider.way_out())


@bp.route("/set-up", methods=["GET", "POST"])
@public
def set_up() -> ResponseReturnValue:
    """首次设置: while nobody has an account, and only with the code from the console."""
    if accounts.has_accounts():
        raise NotFound("the installation is set up")
    form = SetUpForm()
    if form.validate_on_submit() and form.is_typed_alike():
        actor, at = current_actor(), now()
        count_tries([(rules.CODE_LIMIT, "set-up")], at=at)
        try:
            with transaction():
                user_id = services.set_up(
                    form.code.data, form.to_first(needs_classes=_needs_classes()), actor=actor, at=at
                )
        except RuleViolation as violation:
            form.report(violation.findings)
            _end_lapsed_links()
        else:
            _let_in(user_id, has_factor=False, method=SignInMethod.PASSWORD)
            return redirect(url_for("accounts_public.start"), 303)
    return render_template("signin/public/set_up.html", form=form), form.status


def _link(identity: Identity) -> ResponseReturnValue:
    """Link to the account of whoever is signed in, whose password is fresh; by_owner, since they proved themselves."""
    presence = current_presence()
    if presence is None or presence.needs_factor or not sign_in_rules.is_fresh(presence.proven_at, at=now()):
        return _no_way(ProviderError(_("关联没有完成：您的登录已过期。请先登录，再到“我的账号”关联。")))
    try:
        with transaction():
            services.link_identity(presence.user_id, identity, by_owner=True, actor=current_actor(), at=now())
    except RuleViolation as violation:
        flash(sentence(violation.findings[0]), "error")
    else:
        flash(_("已关联。以后可以直接用%(name)s登录。", name=said(_settings().oidc_name)), "success")
    return redirect(url_for("signin_account.account"), 303)


def _let_in(user_id: int, *, has_factor: bool, method: SignInMethod = SignInMethod.PROVIDER) -> None:
    with transaction():
        way = this_way(method, has_factor=has_factor)
        carry(open_session(user_id, way, actor=current_actor(), at=now()))


def _end_lapsed_links() -> None:
    with transaction():
        services.end_lapsed_links(now())


def _waiting() -> Identity | None:
    """The identity that came back a moment ago and that nobody here knows."""
    kept = session.get(_WAITING)
    if not kept or not rules.still_waits(datetime.fromisoformat(kept[3]), at=now()):
        return None
    return Identity(kept[0], kept[1], kept[2])


def _no_way(error: ProviderError) -> ResponseReturnValue:
    flash(str(error), "error")
    return redirect(url_for("accounts_public.sign_in" if current_presence() is None else "signin_account.account"), 303)


def _need_provider() -> None:
    if not _settings().has_provider:
        abort(404)


def _somebody() -> Presence:
    presence = current_presence()
    if presence is None:
        abort(redirect(url_for("accounts_public.sign_in"), 303))
    return presence


def _needs_classes() -> bool:
    return _settings().password_profile is PasswordProfile.DENGBAO


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
