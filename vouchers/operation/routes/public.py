"""What machines ask: is the process alive, can it serve, and its figures."""

import hmac

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from vouchers.accounts.guards import public
from vouchers.config import Settings
from vouchers.kernel.clock import now
from vouchers.operation.metrics import REGISTRY
from vouchers.operation.readiness import readiness

bp = Blueprint("operation_public", __name__)

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_FORWARDED = ("Forwarded", "X-Forwarded-For")


@bp.get("/healthz")
@public
def is_alive() -> ResponseReturnValue:
    """The process answers; nothing else is asked."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def is_ready() -> ResponseReturnValue:
    """Database, newest schema, storage and worker are there; 503 names what is not."""
    checks = readiness(_settings(), current_app.extensions["migrate"].directory, at=now())
    is_good = all(checks.values())
    return jsonify(status="ok" if is_good else "unready", checks=checks), 200 if is_good else 503


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Figures for the monitor: to this machine itself, or to whoever has the key; nobody else learns of it."""
    if not _may_collect():
        abort(404)
    return Response(generate_latest(current_app.extensions[REGISTRY]), content_type=CONTENT_TYPE_LATEST)


def _may_collect() -> bool:
    key = _settings().metrics_key
    if key:
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {key}".encode())
    is_forwarded = any(name in request.headers for name in _FORWARDED)
    return request.remote_addr in _LOOPBACK and not is_forwarded


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
