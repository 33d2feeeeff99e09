"""Guards of pages: every route carries one mark, a permission or `public`, or the application does not start."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, abort, current_app, flash, g, has_request_context, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import UserMixin, current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException

from vouchers.accounts import queries
from vouchers.accounts.idempotency import Asked
from vouchers.accounts.permissions import ROLES, Permission
from vouchers.accounts.queries import Presence
from vouchers.accounts.rules import is_fresh, password_is_due
from vouchers.accounts.states import LABELS, Role, SignInMethod
from vouchers.config import Environment, PasswordProfile, Settings
from vouchers.kernel.actor import Actor, ActorKind
from vouchers.kernel.canonical import digest
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotPermitted
from vouchers.web.addresses import other_address
from vouchers.web.display import referring_page
from vouchers.web.errors import problem, wants_json
from vouchers.web.forms import sent_fields

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[P, ResponseReturnValue]

_AUDIENCES: dict[str, str] = {role.value: "office" for role in Role} | {
    Role.HANDLER: "enterprise",
    Role.REPRESENTATIVE: "enterprise",
    Role.PROVIDER_OPERATOR: "provider",
    Role.PROVIDER_FINANCE: "provider",
}
_HOMES = {
    "office": "workbench_office.home",
    "enterprise": "workbench_enterprise.home",
    "provider": "workbench_provider.home",
}
_NOT_CONTENT = frozenset({"csrf_token", "idempotency_key"})
_UNMARKED_BY_FLASK = frozenset({"static"})


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """Who is signed in, as Flask-Login hands them on."""

    def __init__(self, presence: Presence, *, is_elsewhere: bool = False) -> None:
        self.presence = presence
        self.is_elsewhere = is_elsewhere  # every appointment they hold belongs to the other address


class UnmarkedRouteError(RuntimeError):
    """Routes without a mark: nobody said who may use them."""


def requires(permission: Permission) -> Callable[[Callable[P, ResponseReturnValue]], View[P]]:
    """Let only those in who hold this permission by the appointment they use."""

    def mark(view: Callable[P, ResponseReturnValue]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            way = way_in()
            if way is not None:
                return way
            if not current_actor().may(permission):
                abort(403)
            g.enforced = permission
            return view(*args, **kwargs)

        guarded.required_permission = permission  # type: ignore[attr-defined]
        return guarded

    return mark


def freshly_proven(view: Callable[P, ResponseReturnValue]) -> View[P]:
    """Ask for the second factor again when it was shown more than ten minutes ago; stands below `requires`.

    Put it on the page that shows the form as well as on the one that takes it: then nothing typed is lost. Afterwards
    the reader is back on the page with the button; nothing is done until they press it.
    """

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        presence = current_presence()
        if presence is None or is_fresh(presence.factor_at, at=now()):
            return view(*args, **kwargs)
        if wants_json():
            return problem(403, code="factor-needed")
        flash(_("这一步需要再次输入动态口令。通过后回到原来的页面，再办理一次。"), "info")
        return redirect(url_for("accounts_public.second_factor", again="1", next=_page_of_act()), 303)

    return proven


def password_proven(view: Callable[P, ResponseReturnValue]) -> View[P]:
    """Ask for the password again when it was typed more than ten minutes ago, before the ways to sign in change."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        presence = current_presence()
        if presence is None or is_fresh(presence.proven_at, at=now()):
            return view(*args, **kwargs)
        flash(_("这一步改变登录方式，需要再次输入密码。"), "info")
        return redirect(url_for("accounts_public.prove_password", next=_page_of_act()), 303)

    return proven


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Let everybody in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def repeatable(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a money form that answers the same key twice with its first answer; `flask access` shows it."""
    view.is_idempotent = True  # type: ignore[attr-defined]
    return view


def must_choose_password(presence: Presence) -> bool:
    """Whether only the page to choose a new password is open; whoever came by the provider did not use theirs."""
    if presence.method is SignInMethod.PROVIDER:
        return False
    settings: Settings = current_app.config["SETTINGS"]
    is_staff = any(post.office_id is not None for post in presence.posts)
    is_real = settings.environment is not Environment.DEVELOPMENT
    expires = is_staff and is_real and settings.password_profile is PasswordProfile.DENGBAO
    return password_is_due(presence.password_set_at, at=now(), expires=expires)


def current_presence() -> Presence | None:
    """Who is signed in on this request."""
    return current_user.presence if has_request_context() and current_user.is_authenticated else None


def current_actor() -> Actor:
    """The hand behind this request, as services know it; a visitor when nobody is signed in."""
    presence = current_presence()
    kept: tuple[Presence | None, str, Actor] | None = g.get("actor")
    request_id = str(g.get("request_id", ""))
    if kept is None or kept[0] is not presence or kept[1] != request_id:
        kept = g.actor = (presence, request_id, _actor_of(presence, request_id, request.remote_addr or ""))
    return kept[2]


def _actor_of(presence: Presence | None, request_id: str, address: str) -> Actor:
    if presence is None:
        return Actor(ActorKind.USER, "访客", role="visitor", request_id=request_id, address=address)
    post = presence.post
    is_through = not presence.needs_factor and not must_choose_password(presence)
    return Actor(
        kind=ActorKind.USER,
        name=presence.name,
        role=post.role.value if post else "",
        user_id=presence.user_id,
        person_id=presence.person_id,
        office_id=post.office_id if post else None,
        organisation_id=post.organisation_id if post else None,
        permissions=frozenset(ROLES[post.role]) if post and is_through else frozenset(),
        request_id=request_id,
        address=address,
    )


def this_request(operation: str, key: str) -> Asked:
    """What is asked of a money form, for `idempotency.once`: the same press gives the same fingerprint."""
    fields = sorted((name, sorted(values)) for name, values in sent_fields().lists() if name not in _NOT_CONTENT)
    files = sorted((name, _file_digest(upload)) for name, upload in request.files.items(multi=True))
    content = {"method": request.method, "path": request.path, "fields": fields, "files": files}
    return Asked(f"user:{current_actor().user_id}", operation, key=key, fingerprint=digest(content))


def confirm_standing(_: Session) -> None:
    """Last look before a commit: session, account and appointment still hold, whatever happened meanwhile."""
    permission = g.get("enforced") if has_request_context() else None
    presence = current_presence()
    if permission is None or permission is Permission.ACCOUNT_SELF or presence is None:
        return
    if not queries.still_stands(presence, on=today()):
        raise NotPermitted("the session, the account or the appointment ended meanwhile")


def refuse_unmarked_routes(app: Flask) -> None:
    """Stop the start when a rule says neither who may use it nor that everybody may."""
    unmarked = sorted(
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in _UNMARKED_BY_FLASK and not _is_marked(app.view_functions[rule.endpoint])
    )
    if unmarked:
        raise UnmarkedRouteError(f"mark these with @requires(…) or @public: {', '.join(unmarked)}")


def reader_audience() -> str:
    """Whose pages the reader uses: office, enterprise, provider or public."""
    return _AUDIENCES.get(current_actor().role, "public")


def home_address() -> str:
    """The first page of the reader."""
    endpoint = _HOMES.get(reader_audience(), "")
    return url_for(endpoint) if endpoint in current_app.view_functions else "/"


def way_in() -> ResponseReturnValue | None:
    """Where somebody goes who is not through with signing in; None when they are."""
    way = _way_in()
    if way is not None and wants_json():
        return problem(401, code="sign-in-needed" if current_presence() is None else "sign-in-unfinished")
    return way


def _way_in() -> ResponseReturnValue | None:
    onward = request.full_path.rstrip("?") if request.method == "GET" else None
    if current_presence() is None:
        flash(_("请先登录。"), "info")
    elif current_user.is_elsewhere:
        return redirect(f"{other_address(request, current_app.config['SETTINGS'])}/sign-in", 303)
    step = _next_step()
    return redirect(url_for(step, next=onward), 303) if step else None


def _next_step() -> str:
    """The page on the way in that somebody has not passed yet; empty when they are through."""
    presence = current_presence()
    if presence is None:
        return "accounts_public.sign_in"
    if presence.needs_factor:
        return "accounts_public.second_factor"
    if must_choose_password(presence):
        return "accounts_public.change_password"
    return "accounts_public.choose_post" if presence.post is None and presence.posts else ""


def role_label(role: str) -> str:
    """The Chinese word for a role, in the reader's language."""
    return str(_(LABELS[Role(role)]))


def _page_of_act() -> str:
    """The page that holds the button: this one, or where the press came from; empty when neither can be opened."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    pages = [referring_page(), request.path]
    return next((page for page in pages if page and _can_be_opened(page)), "")


def _can_be_opened(page: str) -> bool:
    try:
        current_app.url_map.bind(request.host).match(page.partition("?")[0], method="GET")
    except HTTPException:
        return False
    return True


def opens_for_reader(endpoint: str) -> bool:
    """Whether there is such a page, and no right that it asks for is missing; a visitor is asked to sign in there."""
    view = current_app.view_functions.get(endpoint)
    asked = getattr(view, "required_permission", None)
    return view is not None and (asked is None or current_presence() is None or current_actor().may(asked))


def _file_digest(upload: FileStorage) -> str:
    upload.stream.seek(0)  # whoever looked at it before may have read it to the end
    found = hashlib.file_digest(upload.stream, "sha256").hexdigest()  # type: ignore[arg-type]
    upload.stream.seek(0)
    return found


def _is_marked(view: object) -> bool:
    return hasattr(view, "required_permission") != bool(getattr(view, "is_public", False))
