"""我的账号: where one is signed in, and the ways to sign in that one may change oneself."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import Unauthorized

from vouchers.accounts.cookies import carry
from vouchers.accounts.guards import current_actor, current_presence, password_proven, requires
from vouchers.accounts.permissions import Permission
from vouchers.accounts.queries import Post, Presence, sessions_of
from vouchers.accounts.rules import needs_second_factor
from vouchers.accounts.services import end_other_sessions
from vouchers.accounts.services import end_session as end_one
from vouchers.accounts.states import LABELS
from vouchers.config import Settings
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now
from vouchers.signin import queries, rules, services
from vouchers.signin.errands import Errand, ProviderError
from vouchers.web.display import own_address
from vouchers.web.forms import BaseForm
from vouchers.web.wording import said

bp = Blueprint("signin_account", __name__, url_prefix="/account")


@bp.get("")
@requires(Permission.ACCOUNT_SELF)
def account() -> ResponseReturnValue:
    """我的账号: appointments, ways to sign in, and where one is signed in."""
    presence = _presence()
    sessions = [one for one in sessions_of(presence.user_id, at=now()) if one.is_open]
    return render_template(
        "signin/account/account.html",
        presence=presence,
        sessions=sessions,
        post_label=_post_label(presence.post) if presence.post else "—",
        codes_left=queries.codes_left(presence.user_id),
        needs_factor=needs_second_factor(post.role for post in presence.posts),
        identity=queries.identity_of(presence.user_id),
        provider=said(_settings().oidc_name) if _settings().has_provider else "",
        labels=LABELS,
    )


@bp.get("/sign-ins")
@requires(Permission.ACCOUNT_SELF)
def list_sign_ins() -> ResponseReturnValue:
    """登录记录: the last half year, so that a stranger's sign-in is noticed."""
    sessions = sessions_of(_presence().user_id, at=now())
    return render_template("signin/account/list_sign_ins.html", sessions=sessions, labels=LABELS)


@bp.post("/sessions/<int:session_id>/end")
@requires(Permission.ACCOUNT_SELF)
def end_session(session_id: int) -> ResponseReturnValue:
    """结束登录: sign out another device of one's own."""
    with transaction():
        end_one(session_id, owner=_presence().user_id, actor=current_actor(), at=now())
    flash(_("该设备已退出。"), "success")
    return redirect(url_for(".account"), 303)


@bp.post("/sessions/end-others")
@requires(Permission.ACCOUNT_SELF)
def end_others() -> ResponseReturnValue:
    """退出其他设备: all but this one."""
    with transaction():
        count = end_other_sessions(_presence().session_id, actor=current_actor(), at=now())
    flash(ngettext("已退出其他 %(num)s 台设备。", "已退出其他 %(num)s 台设备。", count), "success")
    return redirect(url_for(".account"), 303)


@bp.route("/recovery-codes", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_SELF)
@password_proven
def make_recovery_codes() -> ResponseReturnValue:
    """备用码: ten new ones, shown on this answer and never again."""
    presence, form, codes = _presence(), BaseForm(), []
    if form.validate_on_submit():
        with transaction():
            codes = services.make_recovery_codes(presence.user_id, actor=current_actor(), at=now())
    return render_template(
        "signin/account/make_recovery_codes.html",
        form=form,
        codes=[rules.grouped(code) for code in codes],
        left=queries.codes_left(presence.user_id),
        presence=presence,
        at=now(),
        next=own_address(request.args.get("next")),
    )


@bp.route("/second-factor/change", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_SELF)
@password_proven
def change_factor() -> ResponseReturnValue:
    """更换动态口令: the old one is off, the new one is bound on the next page."""
    form = BaseForm()
    if form.validate_on_submit():
        with transaction():
            token = services.remove_own_factor(_presence().session_id, actor=current_actor(), at=now())
        carry(token)
        flash(_("原动态口令已解除。请绑定新的。"), "info")
        return redirect(url_for("accounts_public.second_factor", again="1", next=url_for(".account")), 303)
    return render_template("signin/account/change_factor.html", form=form), form.status


@bp.route("/identity", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_SELF)
@password_proven
def change_identity() -> ResponseReturnValue:
    """统一身份认证: link one's identity, or end the link."""
    presence, form = _presence(), BaseForm()
    identity = queries.identity_of(presence.user_id)
    if form.validate_on_submit():
        with transaction():
            services.unlink_identity(presence.user_id, actor=current_actor(), at=now())
        flash(_("关联已解除。"), "success")
        return redirect(url_for(".account"), 303)
    page = "signin/account/change_identity.html"
    return render_template(page, form=form, identity=identity, provider=said(_settings().oidc_name)), form.status


@bp.get("/identity/link")
@requires(Permission.ACCOUNT_SELF)
@password_proven
def link_identity() -> ResponseReturnValue:
    """On the way to the provider, to come back linked."""
    from vouchers.signin import provider  # noqa: PLC0415  loaded by whoever goes there

    if not _settings().has_provider:
        return redirect(url_for(".account"), 303)
    try:
        return provider.send_off(Errand(is_linking=True, next=""))
    except ProviderError as error:
        flash(str(error), "error")
        return redirect(url_for(".account"), 303)


def _post_label(post: Post) -> str:
    return f"{_(LABELS[post.role])} · {post.home}" if post.home else _(LABELS[post.role])


def _presence() -> Presence:
    presence = current_presence()
    if presence is None:
        raise Unauthorized
    return presence


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
