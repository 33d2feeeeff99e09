"""What the three pages of 交接 have in common."""

from datetime import date

from vouchers.accounts.guards import current_actor
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.parties import queries, services
from vouchers.parties.forms import HandOverForm
from vouchers.parties.queries import Member


def member(public_id: str, organisation_id: int, *, on: date) -> Member:
    """Who is to be replaced; somebody of another organisation looks like nobody."""
    found = next((one for one in queries.members_of(organisation_id, on=on) if one.public_id == public_id), None)
    if found is None:
        raise NotFound(f"mandate {public_id}")
    return found


def handed_over(leaving: Member, form: HandOverForm, organisation_id: int) -> str:
    """The first password of who takes over; empty when the rules refuse, as the form then says."""
    try:
        new = form.to_hand_over()
        with transaction():
            actor = current_actor()
            return services.hand_over(organisation_id, leaving.public_id, new, actor=actor, at=now())
    except RuleViolation as violation:
        form.report(violation.findings)
        return ""
