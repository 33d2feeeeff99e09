"""首页: open schemes with what is left, how it goes, what is on notice, and what came of it so far."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from vouchers.accounts.guards import public
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound
from vouchers.web.downloads import file_download
from vouchers.workbench import anchoring, front

bp = Blueprint("workbench_public", __name__)


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """首页: what a visitor can do here."""
    at = now()
    return render_template(
        "workbench/public/home.html",
        windows=front.open_windows(at),
        notices=front.open_notices(today()),
        progress=front.progress(),
        at=at,
    )


@bp.get("/audit-heads")
@public
def list_heads() -> ResponseReturnValue:
    """留痕链头: the heads of the audit chain, signed; whoever keeps one can prove that the past was not rewritten."""
    return render_template("workbench/public/list_heads.html", heads=anchoring.newest_heads())


@bp.get("/audit-heads/<int:seq>.json")
@public
def download_head(seq: int) -> ResponseReturnValue:
    """One head as a file to keep."""
    head = next((one for one in anchoring.newest_heads() if one.seq == seq), None)
    if head is None:
        raise NotFound("no such head")
    return file_download(head.text.encode(), f"audit-head-{seq}.json", media_type="application/json")
