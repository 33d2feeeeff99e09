# ruff: noqa: ARG002  Authlib calls these with more than one of them needs
"""A real identity provider on loopback: discovery, code flow with PKCE, signed id_tokens, keys that rotate.

The server side is Authlib's; the few knobs let it answer wrongly in one respect, as a hostile or broken one would.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from flask import Flask, Response, abort, jsonify, redirect, request
from joserfc.jwk import KeySet, OctKey, RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "suanli", "a-secret-shared-with-the-city-0123456789"
PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>市统一身份认证</title></head>
<body><main><h1>市统一身份认证</h1><form method="post"><button>以 {name} 登录</button></form></main></body></html>"""


@dataclass
class Client(ClientMixin):  # type: ignore[misc]  # Authlib ships no types
    """The one client: this product."""

    redirect_uris: set[str] = field(default_factory=set)
    client_id: str = CLIENT_ID

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return next(iter(self.redirect_uris))

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(client_secret, CLIENT_SECRET)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic" and endpoint == "token"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """A code that was handed out, with all it is bound to."""

    text: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    subject: str
    made: float = field(default_factory=time.time)

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(self.made)

    def get_acr(self) -> str:
        return ""

    def get_amr(self) -> list[str]:
        return []


class City:
    """The provider and its knobs."""

    def __init__(self) -> None:
        self.client = Client()
        self.issuer = ""
        self._first = _new_key()
        self.reset()

    def reset(self) -> None:
        """Right in every respect again, with a key of its own."""
        self.subject, self.name = "u-1001", "王明"
        self.algorithm = "RS256"
        self.change: Callable[[dict[str, Any]], None] = lambda _: None
        self.called: str = ""
        self.offers_logout, self.is_down = True, False
        self.codes: dict[str, Code] = {}
        self.asked: list[Mapping[str, str]] = []
        self.key = self.shown = self._first

    def rotate(self) -> None:
        """A new key; the old one is gone from the list."""
        self.key = self.shown = _new_key()

    def app(self) -> Flask:
        """The pages of the provider."""
        app = Flask("city")
        server = AuthorizationServer(app, query_client=self._client, save_token=lambda _token, _request: None)
        server.register_grant(_grant(self), [CodeChallenge(required=True), _open_id(self)])

        @app.before_request
        def fall_over() -> None:
            if self.is_down:
                abort(503)

        @app.get("/.well-known/openid-configuration")
        def configuration() -> Response:
            return jsonify(self._metadata())

        @app.get("/jwks")
        def keys() -> Response:
            return jsonify(KeySet([self.shown]).as_dict(private=False))

        @app.get("/authorize")
        def ask() -> str:
            return PAGE.format(name=self.name)

        @app.post("/authorize")
        def authorize() -> Any:
            self.asked.append(request.args)
            grant = server.get_consent_grant(end_user=self.subject)
            return server.create_authorization_response(grant_user=self.subject, grant=grant)

        @app.post("/token")
        def token() -> Any:
            return server.create_token_response()

        @app.get("/logout")
        def logout() -> Any:
            return redirect(request.args["post_logout_redirect_uri"])

        return app

    def _client(self, client_id: str) -> Client | None:
        return self.client if client_id == CLIENT_ID else None

    def _metadata(self) -> dict[str, Any]:
        offered = {"end_session_endpoint": f"{self.issuer}/logout"} if self.offers_logout else {}
        return offered | {
            "issuer": self.called or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"}, private=True)


def _grant(city: City) -> type:
    class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            asked = request.payload.data
            city.codes[code] = Code(
                code,
                asked["redirect_uri"],
                asked["scope"],
                asked["nonce"],
                asked["code_challenge"],
                asked["code_challenge_method"],
                city.subject,
            )

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return city.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del city.codes[authorization_code.text]

        def authenticate_user(self, authorization_code: Code) -> Code:
            return authorization_code

    return CodeGrant


def _open_id(city: City) -> OpenIDCode:
    class Token(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return any(code.nonce == nonce for code in city.codes.values())

        def resolve_client_private_key(self, client: Client) -> Any:
            return OctKey.import_key(CLIENT_SECRET) if city.algorithm == "HS256" else city.key

        def get_client_algorithm(self, client: Client) -> str:
            return city.algorithm

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            return {"iss": city.issuer, "aud": [client.get_client_id()]}

        def get_encode_header(self, client: Client) -> dict[str, Any]:
            return {"alg": city.algorithm} | ({"kid": city.key.kid} if city.algorithm == "RS256" else {})

        def generate_user_info(self, user: Code, scope: str) -> UserInfo:
            claims = {"sub": user.subject, "name": city.name, "nonce": user.nonce}
            city.change(claims)
            return UserInfo(claims)

        def get_authorization_code_claims(self, authorization_code: Code) -> dict[str, Any]:
            return {}  # all of them stand where a test can change them

    return Token()


@contextmanager
def running_city() -> Iterator[City]:
    """The provider, listening."""
    city = City()
    server = make_server("127.0.0.1", 0, city.app(), threaded=True)
    city.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield city
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
