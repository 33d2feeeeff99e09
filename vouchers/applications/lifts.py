"""放宽上限 in words: the same sentences for the applicant, the office and whoever audits."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from vouchers.applications import queries
from vouchers.applications.models import Application, CapLift
from vouchers.applications.states import LiftState
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.money import format_yuan
from vouchers.policy.explanation import of_plan
from vouchers.policy.pack.model import PolicyPack

_ONE_MORE = {
    "claims": _l("次数多计一次。"),
    "contracts": _l("合同多计一份，同一合同的其他申请不必再放宽。"),
    "years": _l("年度多计一个，同一年度的其他申请不必再放宽。"),
}
"""What a lift of a cap on how often lets in."""


def lift_lines(application: Application) -> list[str]:
    """What was asked above a soft cap, and every lift of one: which cap, up to what, who said so and why."""
    asked = []
    submission = queries.last_submission(application)
    if submission is not None and submission.snapshot.get("lift_reason"):
        reason = submission.snapshot["lift_reason"]
        amount = format_yuan(submission.snapshot["requested"])
        asked = [_("申请 %(amount)s，超过可以放宽的上限。申请理由：%(reason)s", amount=amount, reason=reason)]
    pack = queries.compiled_of(application).pack
    return asked + [_line(lift, pack) for lift in queries.lifts_of(application)]


def _line(lift: CapLift, pack: PolicyPack) -> str:
    """One lift in a sentence."""
    cap = next((one for one in pack.amount.caps if one.id == lift.cap), None)
    values = {
        "cap": of_plan(pack, cap.say) if cap else lift.cap,
        "amount": format_yuan(lift.amount),
        "proposer": lift.proposed_by,
        "reason": lift.reason,
        "proposed": beijing_date(lift.proposed_at).isoformat(),
        "decider": lift.decided_by,
        "answer": lift.answer,
        "decided": beijing_date(lift.decided_at).isoformat() if lift.decided_at else "",
    }
    proposal = _("“%(cap)s”：%(proposed)s 由%(proposer)s提出放宽，本件最高 %(amount)s，理由：%(reason)s", **values)
    answers = {
        LiftState.PROPOSED: _("。待第二人决定。"),
        LiftState.GRANTED: _("。%(decided)s 由%(decider)s同意放宽，意见：%(answer)s。", **values),
        LiftState.REFUSED: _("。%(decided)s 由%(decider)s不同意放宽，意见：%(answer)s。", **values),
    }
    more = _ONE_MORE.get(cap.counting or "") if cap and lift.state is not LiftState.REFUSED else None
    return f"{proposal}{answers[lift.state]}{more or ''}"
