"""Originals, handed out to those who may read them."""

from flask import Blueprint, Response

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.files import queries
from vouchers.files.rules import DAMAGED, MEDIA_TYPES
from vouchers.files.store import DamagedFile
from vouchers.kernel.errors import RuleViolation
from vouchers.web.downloads import file_download

bp = Blueprint("files", __name__, url_prefix="/files")


@bp.get("/<public_id>")
@requires(Permission.ACCOUNT_SELF)
def download(public_id: str) -> Response:
    """An original as it was handed in: saved, never shown or run."""
    stored = queries.get_readable(public_id, current_actor())
    try:
        content = queries.content_of(stored)
    except DamagedFile:
        raise RuleViolation([DAMAGED]) from None
    return file_download(content, stored.name, media_type=MEDIA_TYPES[stored.kind])
