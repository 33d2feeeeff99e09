"""Flask without what each request would do again for nothing."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer


class Sessions(SecureCookieSessionInterface):
    """Flask's small sessions; what signs them is put together once for each set of keys, not at each request."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], URLSafeTimedSerializer | None] = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What reads and signs the sessions of these keys."""
        keys = (*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key)
        if keys not in self._made:
            self._made[keys] = super().get_signing_serializer(app)
        return self._made[keys]


class Application(Flask):
    """Flask whose views and hooks are plain functions: it need not look a dozen times a request for others."""

    session_interface = Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func
