"""The city's identity provider (OpenID Connect): there and back by the code flow with PKCE, state and nonce.

A client of its own for every sign-in: addresses and keys are read anew each time, so that a rotated or withdrawn key
counts at once and a provider that is down is noticed before anybody is sent there.

Imported where somebody goes there: the library is a tenth of the start, and most installations have no provider.
"""

import logging
import unicodedata
from urllib.parse import urlencode

from authlib.integrations.base_client import MismatchingStateError, OAuthError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from flask import current_app, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from joserfc.errors import JoseError
from requests import RequestException

from vouchers.config import Settings
from vouchers.signin.errands import Errand, ProviderError
from vouchers.signin.services import Identity

log = logging.getLogger(__name__)

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Signatures with the provider's own key: neither none nor one made with the secret we share."""

_NAME, _ERRAND = "oidc", "oidc_errand"
_SECONDS = 5
_LEEWAY = 60
_MOST_SUBJECT, _MOST_NAME = 255, 100


def send_off(errand: Errand) -> ResponseReturnValue:
    """On the way to the provider. Only a link leads here: a form may not be sent on to another site."""
    for key in [key for key in session if key.startswith(f"_state_{_NAME}_")]:
        session.pop(key)  # one sign-in at a time in a browser: the cookie stays small
    session[_ERRAND] = {"is_linking": errand.is_linking, "next": errand.next}
    client = _client()
    redirect_uri = settings().public_url + url_for("signin_public.provider_callback")
    try:
        _look_up(client)
        return client.authorize_redirect(redirect_uri)  # type: ignore[no-any-return]
    except (RequestException, OAuthError, RuntimeError, ValueError) as error:
        raise _told(error) from error


def take_back() -> tuple[Errand, Identity]:
    """Back from the provider: who they are, when everything about the answer is right."""
    kept = session.pop(_ERRAND, None) or {"is_linking": False, "next": ""}
    client, wanted = _client(), settings()
    claims_options = {
        "iss": {"essential": True, "value": wanted.oidc_issuer},
        "aud": {"essential": True, "value": wanted.oidc_client_id},
        "sub": {"essential": True},
        "exp": {"essential": True},
    }
    try:
        _look_up(client)
        _check_sender()
        token = client.authorize_access_token(claims_options=claims_options, leeway=_LEEWAY)
        return Errand(kept["is_linking"], kept["next"]), _identity(token.get("userinfo"))
    except (RequestException, OAuthError, JoseError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise _told(error) from error


def way_out() -> str:
    """Where one signs out at the provider too; empty when it offers nothing or does not answer."""
    client, wanted = _client(), settings()
    try:
        address = str(_look_up(client).get("end_session_endpoint") or "")
    except (RequestException, OAuthError, RuntimeError, ValueError):
        return ""
    if not address.startswith(("https://", "http://")):
        return ""
    back = wanted.public_url + url_for("accounts_public.sign_in")
    query = urlencode({"client_id": wanted.oidc_client_id, "post_logout_redirect_uri": back})
    return f"{address}{'&' if '?' in address else '?'}{query}"


def settings() -> Settings:
    """The settings of this installation."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def _client() -> FlaskOAuth2App:
    wanted = settings()
    return FlaskOAuth2App(
        FlaskIntegration(_NAME),
        _NAME,
        client_id=wanted.oidc_client_id,
        client_secret=wanted.oidc_client_secret,
        server_metadata_url=wanted.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "default_timeout": _SECONDS},
    )


def _look_up(client: FlaskOAuth2App) -> dict[str, object]:
    """What the provider says of itself; it must be the one that was configured."""
    metadata: dict[str, object] = client.load_server_metadata()
    if metadata.get("issuer") != settings().oidc_issuer:
        raise ValueError(f"the provider calls itself {metadata.get('issuer')!r}, not as OIDC_ISSUER says")
    metadata["id_token_signing_alg_values_supported"] = ALGORITHMS
    return metadata


def _check_sender() -> None:
    """Where the answer says who sends it (RFC 9207), it is the one we asked."""
    issuer = settings().oidc_issuer
    if request.args.get("iss", issuer) != issuer:
        raise ValueError("the answer names another issuer")


def _identity(claims: dict[str, object] | None) -> Identity:
    if claims is None:
        raise ValueError("the answer holds no id_token")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _MOST_SUBJECT or not subject.isprintable():
        raise ValueError("the subject is no name")
    methods = claims.get("amr") or []
    shown = {str(claims.get("acr", "")), *(map(str, methods) if isinstance(methods, list) else ())}
    name = unicodedata.normalize("NFC", str(claims.get("name") or claims.get("preferred_username") or ""))
    wanted = settings()
    return Identity(
        issuer=wanted.oidc_issuer,
        subject=subject,
        name="".join(c for c in name if c.isprintable())[:_MOST_NAME],
        has_factor=bool(shown & wanted.oidc_factor_values),
    )


def _told(error: Exception) -> ProviderError:
    """The fault in a sentence; what it was exactly stands in the log."""
    log.warning("sign-in at the provider failed: %s: %s", type(error).__name__, error)
    if isinstance(error, MismatchingStateError):
        return ProviderError(_("这次登录已经用过、已经过期，或者不是从本系统开始的。请重新点“登录”。"))
    if isinstance(error, OAuthError) and error.error == "access_denied":
        return ProviderError(_("您在认证平台取消了登录。可以再试，也可以用本系统的登录名和密码。"))
    if isinstance(error, OAuthError):
        return ProviderError(_("认证平台没有认可这次登录。请重新登录；仍不行的，请联系系统管理员。"))
    if isinstance(error, RequestException) or "json" in type(error).__name__.lower():
        return ProviderError(_("认证平台暂时连不上。请稍后再试，或用本系统的登录名和密码登录。"))
    return ProviderError(_("认证平台返回的身份凭据不合规，已拒绝。请重新登录；仍不行的，请联系系统管理员。"))
