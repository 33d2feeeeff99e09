"""Originals, handed out to those who may read them."""

from flask import Blueprint, Response

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.noting import note_reading
from vouchers.accounts.permissions import Permission
from vouchers.audit.services import Subject
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
    actor = current_actor()
    stored = queries.get_readable(public_id, actor)
    try:
        content = queries.content_of(stored)
    except DamagedFile:
        raise RuleViolation([DAMAGED]) from None
    name, kind, owner = stored.name, stored.kind, stored.owner_organisation_id
    if owner is None or owner != actor.organisation_id:
        note_reading(Subject("file", public_id), owner=owner)
    return file_download(content, name, media_type=MEDIA_TYPES[kind])
