"""Claims as pages show them: the paper, the checks by colour, the amount with its grounds, what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from vouchers.accounts.guards import current_actor
from vouchers.documents.chinese import amount_in_words
from vouchers.files.models import StoredFile
from vouchers.kernel.money import parse_yuan
from vouchers.policy import queries as policy
from vouchers.policy.explanation import of_plan
from vouchers.redemption import queries
from vouchers.redemption.invoices.checks import Level
from vouchers.redemption.models import Claim
from vouchers.redemption.rules.outcomes import ClaimCheck, from_plain
from vouchers.redemption.rules.papers import further_papers
from vouchers.redemption.services.examining import available_for, deadline_of, terms_of
from vouchers.redemption.states import CLAIMS, LABELS, UNDER_WAY, ClaimState
from vouchers.web.filters import moment
from vouchers.web.wording import worded

_LEVELS = {Level.RED: "bad", Level.AMBER: "warn", Level.GREEN: "ok"}
_ORDER = {Level.RED: 0, Level.AMBER: 1, Level.GREEN: 2}
TAGS = {
    ClaimState.DRAFT: "wait",
    ClaimState.SUBMITTED: "info",
    ClaimState.CHECKED: "info",
    ClaimState.VERIFIED: "info",
    ClaimState.APPROVED: "ok",
    ClaimState.BATCHED: "ok",
    ClaimState.PAID: "ok",
    ClaimState.RETURNED: "warn",
    ClaimState.REJECTED: "bad",
    ClaimState.WITHDRAWN: "wait",
    ClaimState.REVERSED: "bad",
}
_UNDECIDED = (ClaimState.DRAFT, ClaimState.RETURNED, *UNDER_WAY)
_NEXT = {
    ClaimState.SUBMITTED: _l("自动核对后由审核人员核验，再由另一人核定，然后列入兑付。"),
    ClaimState.CHECKED: _l("等待审核人员核验，再由另一人核定，然后列入兑付。"),
    ClaimState.VERIFIED: _l("已核验，等待另一人核定，然后列入兑付。"),
    ClaimState.APPROVED: _l("已核定，款项记为应付；由财政列入兑付批次后付到收款账户。"),
    ClaimState.BATCHED: _l("已列入兑付批次，付到收款账户后这里写“已兑付”。"),
    ClaimState.PAID: _l("款项已付到收款账户。"),
    ClaimState.REJECTED: _l("这笔不再办理；占用、额度和发票金额都已退回。"),
    ClaimState.WITHDRAWN: _l("这笔已经撤回，占用、额度和发票金额都已退回。"),
    ClaimState.REVERSED: _l("这笔核定已经冲正。"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A claim with everything its page needs."""

    claim: Claim
    tag: str
    state: str
    lead: str  # what comes next, for whoever waits for it
    actions: tuple[str, ...]
    paper: dict[str, Any]
    checks: list[dict[str, str]]
    reds: int
    calc: list[dict[str, Any]]
    own_share: int
    deadline: object
    past: list[dict[str, Any]]
    taken_back: int
    overdrawn: int
    papers: list[tuple[str, StoredFile]]  # those that the pack asks for beside, by name
    readable: frozenset[int]  # files this reader may open; the other side's papers are theirs


def shown(claim: Claim) -> Shown:
    """The claim as its page shows it."""
    checks = [from_plain(plain) for plain in claim.checks]
    return Shown(
        claim=claim,
        tag=TAGS[claim.state],
        state=_(LABELS[claim.state]),
        lead=_next(claim),
        actions=CLAIMS.actions_in(claim.state),
        paper=paper(claim),
        checks=items(checks),
        reds=sum(check.level is Level.RED for check in checks),
        calc=calc(claim),
        own_share=max(0, claim.invoice.gross - (claim.approved or claim.amount)),
        deadline=deadline_of(claim),
        past=past(claim),
        taken_back=sum(one.gross for one in queries.red_letters_of(claim.invoice_id, claim.invoice.key)),
        overdrawn=queries.red_pending(claim.invoice_id),
        papers=further_papers_of(claim),
        readable=_readable(claim),
    )


def further_papers_of(claim: Claim) -> list[tuple[str, StoredFile]]:
    """The papers that the pack asks for beside, by name, in its order."""
    pack, given = policy.pack(claim.voucher.scheme_version), claim.papers_now
    asked = further_papers(pack, claim.voucher.voucher_kind)
    return [(of_plan(pack, rule.name), given[rule.id]) for rule in asked if rule.id in given]


def _readable(claim: Claim) -> frozenset[int]:
    own = current_actor().organisation_id
    files = [claim.invoice.file, *(one.file for one in claim.proofs), *(one.file for one in claim.deliveries)]
    files += [one.file for one in claim.papers]
    return frozenset(file.id for file in files if own is None or file.owner_organisation_id == own)


def items(checks: Sequence[ClaimCheck]) -> list[dict[str, str]]:
    """Checks for the macro of findings: red first, green last."""
    return [
        {
            "level": _LEVELS[check.level],
            "text": worded(check.message, check.params),
            "word": {"bad": _("不一致"), "warn": _("请核对"), "ok": _("一致")}[_LEVELS[check.level]],
            "clause": check.clause,
            "fix": worded(check.way, check.params).lstrip("，. ") if check.way else "",
            "fix_lead": _("怎么办："),
        }
        for check in sorted(checks, key=lambda check: _ORDER[check.level])
    ]


def paper(claim: Claim) -> dict[str, Any]:
    """The invoice for its macro."""
    invoice = claim.invoice
    return {
        "title": _("电子发票"),
        "number": invoice.key,
        "issued_on": invoice.issued_on,
        "read_from": "XML" if invoice.dialect == "bureau-xml" else invoice.dialect,
        "buyer_name": invoice.buyer_name,
        "buyer_uscc": invoice.buyer_uscc,
        "seller_name": invoice.seller_name,
        "seller_uscc": invoice.seller_uscc,
        "lines": [
            {
                "name": line.name,
                "note": _("税率 %(rate)s", rate=percent(line.tax_rate)) if line.tax_rate else "",
                "fen": line.net,
                "is_counted": line.counts,
            }
            for line in invoice.lines
        ],
        "net": invoice.net,
        "tax": invoice.tax,
        "gross": invoice.gross,
        "words": amount_in_words(invoice.gross),
    }


def calc(claim: Claim) -> list[dict[str, Any]]:
    """The amount with its grounds: what counts, what the rules allow, what the order holds."""
    measure = _("不含税") if terms_of(claim).invoice_amount == "net" else _("含税")
    rows: list[dict[str, Any]] = [{"name": _("计入的发票金额"), "how": measure, "fen": claim.base}]
    most = ((claim.decision or {}).get("amount") or {}).get("maximum")
    if most is not None or claim.state in _UNDECIDED:
        rows.append({"group": _("不得超过")})
    if most is not None:
        rows.append({"name": _("按规则计算"), "fen": parse_yuan(most)})
    if claim.state in _UNDECIDED:  # afterwards what the order holds is nothing this amount was measured by
        rows.append({"name": _("订单占用余额"), "fen": available_for(claim)})
    rows.append({"name": _("本次申请"), "fen": claim.amount, "kind": "total" if claim.approved is None else "sub"})
    if claim.approved is not None:
        rows.append({"name": _("核定"), "fen": claim.approved, "kind": "total"})
    return rows


def _next(claim: Claim) -> str:
    """What comes next of a claim; one that is a draft waits for who makes it."""
    return str(_NEXT.get(claim.state) or _("提交后由审核人员核验，再由另一人核定，然后列入兑付。"))


def past(claim: Claim) -> list[dict[str, Any]]:
    """What happened, for the timeline."""
    names = {f"claim.{one.action}": one.label for one in CLAIMS.transitions}
    names |= {"claim.draft": "起草", "claim.revise": "修改"}
    return [
        {"name": _(names.get(event.act, event.act)), "at": moment(event.at), "note": event.reason, "state": "past"}
        for event in queries.history(claim)
    ]


def percent(rate: str) -> str:
    """A tax rate as people read it; words such as 免税 stay.

    >>> percent("0.06"), percent("0.005"), percent("免税")
    ('6%', '0.5%', '免税')
    """
    try:
        hundredths = Decimal(rate) * 100
    except InvalidOperation:
        return rate
    return f"{hundredths.normalize():f}%"
