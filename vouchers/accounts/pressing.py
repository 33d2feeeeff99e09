"""A press on a money form: done once however often it is sent, told, and led on from; a script is answered in JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import flash, jsonify, redirect
from flask.typing import ResponseReturnValue

from vouchers.accounts import idempotency
from vouchers.accounts.guards import this_request
from vouchers.accounts.idempotency import Answer
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.money import decimal_yuan
from vouchers.web.errors import form_problem, wants_json
from vouchers.web.forms import BaseForm


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a press: the page that shows it, the rows it was done to, and which of their columns are amounts."""

    location: str
    things: Sequence[Any]
    amounts: Sequence[str]
    more: Mapping[str, Any] = field(default_factory=dict)  # what the answer says besides


Work = Callable[[], Done]


def press_once(
    form: BaseForm,
    operation: str,
    work: Work,
    *,
    words: str = "",
    page: Callable[[Any], ResponseReturnValue] | None = None,
) -> ResponseReturnValue | None:
    """Do what was pressed, once under the form's key, and go on to where `work` says.

    None when nothing was sent, or it was not well formed, or the rules refused it; then the form says why. A script
    that asks for JSON gets the result, or each of these refusals as a problem document. What `work` reads of the form
    it reads late, when the form is known to be well formed.
    """
    return press_prepared([form], operation, lambda: work, words=words, page=page)


def press_prepared(
    forms: Sequence[BaseForm],
    operation: str,
    prepare: Callable[[], Work],
    *,
    words: str = "",
    page: Callable[[Any], ResponseReturnValue] | None = None,
) -> ResponseReturnValue | None:
    """The same for an act that reads files first: `prepare` runs before the transaction and gives the work.

    The first of the forms carries the key and shows refusals; the others are earlier steps that must hold as well.
    `page` shows the stored answer instead of going on.
    """
    form = forms[0]
    if not form.is_submitted():
        return None
    if sum(not one.validate() for one in forms):  # all of them: everything wrong is told at once
        return form_problem(forms) if wants_json() else None
    try:
        answer = _do_once(form, operation, prepare())
    except RuleViolation as violation:
        if wants_json():
            raise
        form.report(violation.findings)
        return None
    if wants_json():
        return jsonify(answer.body)
    if words:
        flash(words, "success")
    return page(answer.body) if page else redirect(answer.location, answer.status)


def _do_once(form: BaseForm, operation: str, work: Work) -> Answer:
    key = str(form["idempotency_key"].data)
    with transaction() as session:

        def answered() -> Answer:
            done = work()
            session.flush()  # versions as they will stand
            return Answer(done.location, body=_plain(done))

        return idempotency.once(this_request(operation, key), answered, at=now())


def _plain(done: Done) -> dict[str, Any]:
    """What a script is told: id, number, state, version and amounts in yuan; of several things a list."""
    things = [_plain_thing(thing, done.amounts) for thing in done.things]
    shown = things[0] if len(things) == 1 else {"resources": things}
    return {**shown, **done.more, "location": done.location}


def _plain_thing(thing: Any, amounts: Sequence[str]) -> dict[str, Any]:
    fen = {name: getattr(thing, name) for name in amounts}
    return {
        "id": thing.public_id,
        **{name: getattr(thing, name) for name in ("number", "state", "version") if hasattr(thing, name)},
        "amounts": {name: None if amount is None else decimal_yuan(amount) for name, amount in fen.items()},
    }
