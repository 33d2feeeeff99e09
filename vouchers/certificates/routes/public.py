"""凭证验真: anybody checks a certificate by QR code, number, code or file, and learns whether it holds."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from vouchers.accounts import services as accounts
from vouchers.accounts.guards import current_actor, public
from vouchers.accounts.rules import Limit
from vouchers.certificates import queries, rules
from vouchers.certificates.forms import FileForm, VerifyForm
from vouchers.certificates.queries import Checked
from vouchers.certificates.states import LABELS, Standing
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound

bp = Blueprint("certificates_public", __name__, url_prefix="/verify")

CHECK_LIMIT = Limit("verify", 60, timedelta(minutes=1))
_TONES = {
    Standing.VALID: "ok",
    Standing.NOT_YET: "wait",
    Standing.USED_UP: "info",
    Standing.EXPIRED: "wait",
    Standing.FROZEN: "warn",
    Standing.VOID: "bad",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page says: the certificate that was found, and whether a file is it, to the byte."""

    found: Checked | None
    matches: bool | None = None
    hint: str = ""  # what is likely wrong with what was typed

    @property
    def tone(self) -> str:
        """The tag's level for the standing."""
        return _TONES[self.found.standing] if self.found else "bad"


@bp.route("/", methods=["GET", "POST"], strict_slashes=False)
@public
def verify() -> ResponseReturnValue:
    """凭证验真: by what is typed, by the file, or by both."""
    form, answer = VerifyForm(), None
    if form.validate_on_submit():
        _count()
        answer = _looked_up(form)
    return render_template("certificates/public/verify.html", form=form, answer=answer, labels=LABELS), form.status


@bp.route("/<token>", methods=["GET", "POST"])
@public
def show_certificate(token: str) -> ResponseReturnValue:
    """The certificate behind a QR code; with a file, whether the file is it."""
    _count()
    found = queries.verify(token, on=today())
    form = FileForm()
    answer = Answer(found)
    if form.validate_on_submit() and form.file.data:
        answer = Answer(found, matches=_is_the_paper(form.file.content(), found))
    page = render_template("certificates/public/show_certificate.html", form=form, answer=answer, labels=LABELS)
    return page, form.status


def _looked_up(form: VerifyForm) -> Answer | None:
    if not form.number.data and not form.file.data:
        form.complain(_("请填写凭证编号或券码，或选择凭证文件。"))
        return None
    content = form.file.content()
    try:
        if not form.number.data:
            return Answer(queries.verify_bytes(content, on=today()), matches=True)
        found = queries.verify_typed(form.number.data, on=today())
    except NotFound:
        return Answer(None, matches=False if content else None, hint=rules.misread(form.number.data or ""))
    return Answer(found, matches=_is_the_paper(content, found) if content else None)


def _is_the_paper(content: bytes, found: Checked) -> bool:
    try:
        return queries.verify_bytes(content, on=today()).token == found.token
    except NotFound:
        return False


def _count() -> None:
    """Count one look per address, so that numbers cannot be tried out one after the other."""
    with transaction():
        wait = accounts.count_try(CHECK_LIMIT, f"address {current_actor().address}", at=now())
    if wait:
        raise TooManyRequests(retry_after=wait)
