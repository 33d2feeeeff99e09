"""账本和留痕的序列: read on from a number, as JSON."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.kernel.clock import today
from vouchers.workbench import sequences

bp = Blueprint("workbench_sequences", __name__, url_prefix="/api/v1")
_MOST_DIGITS = 18  # of a number that both databases hold


@bp.get("/audit")
@requires(Permission.AUDIT_READ)
def read_audit() -> ResponseReturnValue:
    """留痕, after a number."""
    return _portion(sequences.events_after)


@bp.get("/ledger")
@requires(Permission.FINANCE_READ)
def read_ledger() -> ResponseReturnValue:
    """分录, after a number."""
    return _portion(partial(sequences.transfers_after, actor=current_actor(), on=today()))


def _portion(read: Callable[[int], list[dict[str, Any]]]) -> ResponseReturnValue:
    given = request.args.get("after_seq", "0")
    if not (given.isascii() and given.isdigit() and len(given) <= _MOST_DIGITS):
        raise BadRequest("after_seq is a whole number")
    rows = read(int(given))
    following = rows[-1]["seq"] if len(rows) == sequences.PORTION else None
    return jsonify({"rows": rows, "next_after_seq": following})
