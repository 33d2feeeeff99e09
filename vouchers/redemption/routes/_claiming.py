"""What both sides do alike when they hand a claim in: what is suggested, what was asked, and what is pressed."""

from datetime import date

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor
from vouchers.accounts.pressing import Done, Work, press_once
from vouchers.files.intake import take_in
from vouchers.files.rules import DOCUMENT_KINDS, INVOICE_KINDS, Upload
from vouchers.files.services import Received
from vouchers.files.states import FileKind
from vouchers.issuance.models import Voucher
from vouchers.kernel.clock import now
from vouchers.kernel.periods import DateRange
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.orders.models import Order
from vouchers.policy import queries as policy
from vouchers.policy.pack.model import PolicyPack
from vouchers.redemption import services
from vouchers.redemption.forms import ClaimForm, claim_form
from vouchers.redemption.invoices.reading import read_invoice
from vouchers.redemption.models import Claim
from vouchers.redemption.services import Delivery, InvoiceFile, NewClaim, Proof
from vouchers.web.arrival import arrived_at
from vouchers.web.fields import DayField
from vouchers.web.forms import PressForm


def _suggested(order: Order) -> dict[str, object]:
    """The form as an order suggests it: what it holds, and the days whose usage is confirmed."""
    confirmed = [usage for usage in order.usage if usage.confirmed_at is not None]
    return {
        "amount": ledger.balance_of(AccountKind.HELD, order.public_id),
        "service_from": min((usage.period_from for usage in confirmed), default=order.service_from),
        "service_until": max((usage.period_until for usage in confirmed), default=order.service_until),
        "coupons": 0,
        "gifts": 0,
        "refunds": 0,
    }


def _as_asked(claim: Claim) -> dict[str, object]:
    """The form as the claim stands."""
    reductions = {name: claim.declared.get(name, 0) for name in ("coupons", "gifts", "refunds")}
    days = {"service_from": claim.service_from, "service_until": claim.service_until}
    return {"amount": claim.amount, "base": claim.base, **days, **reductions}


def first_form(order: Order) -> ClaimForm:
    """The form for a claim on an order, with what the order suggests."""
    voucher = order.voucher
    return claim_form(_pack(voucher), voucher.voucher_kind, seen_version=order.version, **_suggested(order))


def form_again(claim: Claim) -> ClaimForm:
    """The form for changing a claim, as it stands."""
    voucher = claim.voucher
    return claim_form(_pack(voucher), voucher.voucher_kind, seen_version=claim.version, **_as_asked(claim))


def _pack(voucher: Voucher) -> PolicyPack:
    return policy.pack(voucher.scheme_version)


def drafted(form: ClaimForm, order_id: str) -> Work:
    """Draft a claim of what the form asks; its files are read before anything is held."""
    new, at, actor = asked(form, order_id), now(), current_actor()
    return lambda: _done(services.draft_claim(new, actor=actor, at=at))


def revised(form: ClaimForm, claim: Claim) -> Work:
    """Change a draft to what the form asks."""
    public_id, seen = claim.public_id, form.seen_version.data
    new, at, actor = asked(form, claim.order.public_id), now(), current_actor()
    return lambda: _done(services.revise_claim(public_id, new, actor=actor, at=at, seen_version=seen))


def submitted(form: PressForm, public_id: str) -> ResponseReturnValue | None:
    """Hand a draft in; nothing where the page is to be shown again with what was found."""
    at, actor = arrived_at(), current_actor()

    def submit() -> Done:
        return _done(services.submit_draft(public_id, actor=actor, at=at, seen_version=form.seen_version.data))

    return press_once(form, "claim.submit", submit, words=_("已提交核销，等待审核人员核验。核验前可以撤回。"))


def withdrawn(form: PressForm, public_id: str) -> ResponseReturnValue | None:
    """Take a claim back; nothing where the page is to be shown again with what was found."""
    at, actor = now(), current_actor()

    def withdraw() -> Done:
        return _done(services.withdraw_claim(public_id, actor=actor, at=at, seen_version=form.seen_version.data))

    return press_once(form, "claim.withdraw", withdraw, words=_("已撤回，占用已退回订单。"))


def _done(claim: Claim) -> Done:
    return Done(url_for(".show_claim", public_id=claim.public_id), [claim], ["amount", "approved"])


def asked(form: ClaimForm, order_id: str) -> NewClaim:
    """What the form asks, its files taken in and read."""
    return NewClaim(
        order=order_id,
        amount=form.amount.data or 0,
        base=form.base.data,
        service=DateRange(_day(form.service_from), _day(form.service_until)),
        invoice=_invoice(form.upload("invoice")),
        delivery=_delivery(form),
        proofs=_proofs(form),
        reductions=form.reductions,
        papers=_papers(form),
    )


def _invoice(upload: Upload | None) -> InvoiceFile | None:
    if upload is None:
        return None
    return InvoiceFile(take_in(upload, INVOICE_KINDS, field="invoice"), read_invoice(upload.content))


def _delivery(form: ClaimForm) -> Delivery | None:
    upload = form.upload("delivery")
    if upload is None:
        return None
    return Delivery(take_in(upload, DOCUMENT_KINDS, field="delivery"), _day(form.delivery_on))


def _proofs(form: ClaimForm) -> tuple[Proof, ...]:
    upload = form.upload("proof")
    if upload is None:
        return ()
    received = take_in(upload, DOCUMENT_KINDS, field="proof")
    amount, reference = form.proof_amount.data or 0, form.proof_reference.data or ""
    return (Proof(received, _day(form.proof_on), amount, reference),)


def _papers(form: ClaimForm) -> dict[str, Received]:
    chosen = {name: (rule, form.upload(name)) for name, rule in form.further.items()}
    return {
        rule.id: take_in(upload, frozenset(map(FileKind, rule.formats)), field=name)
        for name, (rule, upload) in chosen.items()
        if upload is not None
    }


def _day(field: DayField) -> date:
    if field.data is None:
        raise ValueError("the form makes sure of the day")
    return field.data
