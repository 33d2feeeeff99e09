"""How a direct subsidy stands, on the page of the row that stands in the place of a voucher."""

from datetime import date

from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor
from vouchers.accounts.permissions import Permission
from vouchers.issuance.models import Voucher
from vouchers.issuance.panels import Panel, Place, Reader
from vouchers.kernel.clock import beijing_date
from vouchers.redemption.states import ClaimState
from vouchers.subsidies import queries
from vouchers.subsidies.models import AwardReversal
from vouchers.subsidies.queries import Subsidy
from vouchers.subsidies.states import STANDINGS, ReversalState


def on_voucher(voucher: Voucher, reader: Reader, _on: date) -> Panel | None:
    """What was awarded, to whom it is paid, and whether it was; vouchers have no such panel."""
    claim = queries.claim_of(voucher.id) if voucher.is_direct else None
    if claim is None:
        return None
    values = {
        "claim": claim,
        "standing": STANDINGS[claim.state],
        "invoices": queries.invoices_of(voucher.application_id),
        "lines": reversal_lines(claim) if reader is Reader.OFFICE else [],
        "reason": claim.outcome_reason,
        "act": _act(claim) if reader is Reader.OFFICE else "",
    }
    return Panel(Place.MAIN, "subsidies/parts/on_voucher.html", values)


def reversal_lines(claim: Subsidy) -> list[str]:
    """Every proposal to withdraw the award in a sentence: who, when, why, and what the second person said."""
    return [_line(one) for one in queries.reversals_of(claim.id)]


def _act(claim: Subsidy) -> str:
    """The page that the reader may go to next, by its name: to propose a withdrawal, or to decide on one."""
    if claim.state is not ClaimState.APPROVED:
        return ""
    is_open = queries.open_reversal(claim.id) is not None
    needed = Permission.VOUCHER_ISSUE if is_open else Permission.CLAIM_VERIFY
    page = "answer_reversal" if is_open else "propose_reversal"
    return page if current_actor().may(needed) else ""


def _line(one: AwardReversal) -> str:
    values = {
        "proposer": one.proposed_by,
        "reason": one.reason.rstrip("。"),
        "proposed": beijing_date(one.proposed_at).isoformat(),
        "decider": one.decided_by,
        "answer": one.answer.rstrip("。"),
        "decided": beijing_date(one.decided_at).isoformat() if one.decided_at else "",
    }
    proposal = _("%(proposed)s 由%(proposer)s提出撤销核定，理由：%(reason)s", **values)
    answers = {
        ReversalState.PROPOSED: _("。待第二人决定，决定前不列入兑付批次。"),
        ReversalState.CONFIRMED: _("。%(decided)s 由%(decider)s同意撤销，意见：%(answer)s。", **values),
        ReversalState.REFUSED: _("。%(decided)s 由%(decider)s不同意撤销，意见：%(answer)s。", **values),
    }
    return f"{proposal}{answers[one.state]}"
