"""What the pages of 放宽上限 offer: the acts on the case screen, and the caps that may be lifted."""

from flask import url_for
from flask_babel import gettext as _

from vouchers.accounts.permissions import Permission
from vouchers.applications import queries as applications
from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.kernel.actor import Actor
from vouchers.policy.explanation import of_plan
from vouchers.policy.rules.lifting import liftable


def cap_choices(application: Application) -> list[tuple[str, str]]:
    """The soft caps that may be lifted for a case: id and words."""
    stored, compiled = applications.decision_of(application), applications.compiled_of(application)
    if stored is None:
        return []
    facts = {name: compiled.vocabulary[name].read(value) for name, value in stored.facts.items()}
    says = {cap.id: of_plan(compiled.pack, cap.say) for cap in compiled.pack.amount.caps}
    return [(cap, says[cap]) for cap in liftable(compiled, application.voucher_kind, facts, stored.on)]


def lift_acts(application: Application, actor: Actor) -> list[tuple[str, str]]:
    """What an officer may do about lifting a cap now: words and address."""
    if application.state is not ApplicationState.IN_STAGE:
        return []
    public_id, waits = application.public_id, applications.open_lift(application) is not None
    if waits:
        to_decide = [(_("决定是否放宽"), url_for("review_office.answer_lift", public_id=public_id))]
        return to_decide if actor.may(Permission.CASE_DECIDE) else []
    asks = application.requested > application.computed and bool(cap_choices(application))
    to_propose = [(_("提出放宽上限"), url_for("review_office.propose_lift", public_id=public_id))]
    return to_propose if asks and actor.may(Permission.CASE_EXAMINE) else []
