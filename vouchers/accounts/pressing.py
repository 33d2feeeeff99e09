"""A press on a money form: done once however often it is sent, told, and led on from."""

from collections.abc import Callable

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from vouchers.accounts import idempotency
from vouchers.accounts.guards import this_request
from vouchers.accounts.idempotency import Answer
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now
from vouchers.kernel.errors import RuleViolation
from vouchers.web.forms import MoneyForm


def press_once(
    form: MoneyForm, operation: str, work: Callable[[], str], *, words: str = ""
) -> ResponseReturnValue | None:
    """Do what was pressed, once under the form's key, and go on to the address that `work` gives.

    None when nothing was sent, or it was not well formed, or the rules refused it; then the form says why. What `work`
    reads of the form it reads late, when the form is known to be well formed.
    """
    if not form.validate_on_submit():
        return None
    try:
        return do_once(form, operation, work, words=words)
    except RuleViolation as violation:
        form.report(violation.findings)
        return None


def do_once(form: MoneyForm, operation: str, work: Callable[[], str], *, words: str = "") -> ResponseReturnValue:
    """The same for a form that was checked already, by a page that reports refusals itself."""
    with transaction():
        asked = this_request(operation, form.idempotency_key.data)
        answer = idempotency.once(asked, lambda: Answer(work()), at=now())
    if words:
        flash(words, "success")
    return redirect(answer.location, answer.status)
