"""Originals, handed out to those who may read them."""

from flask import Blueprint, Response

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.files import queries
from vouchers.files.rules import MEDIA_TYPES
from vouchers.web.security import FILE_POLICY

bp = Blueprint("files", __name__, url_prefix="/files")


@bp.get("/<public_id>")
@requires(Permission.ACCOUNT_SELF)
def download(public_id: str) -> Response:
    """An original as it was handed in: saved, never shown or run."""
    stored = queries.get_readable(public_id, current_actor())
    answer = Response(queries.content_of(stored), mimetype=MEDIA_TYPES[stored.kind])
    answer.headers.set("Content-Disposition", "attachment", filename=stored.name)
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
