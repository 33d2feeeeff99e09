"""Every operation that moves money, ready to be pressed on its page: who presses, where, and what is sent."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from flask import Flask
from sqlalchemy import select

from tests.factories import enterprises
from tests.factories.accounts import Somebody, make_user, sign_in
from tests.factories.applications import make_applicant, make_ground
from tests.factories.archetypes import Story, approved, begin, loaded
from tests.factories.issuance import make_case
from tests.factories.parties import pdf_bytes
from tests.factories.redemption import (
    EARLY,
    Stage,
    approved_claim,
    checked_claim,
    invoice_file,
    make_stage,
    verified_claim,
)
from tests.factories.settlement import Bureau, approved_batch, locked_batch, make_indicators, open_batch, scheme_of
from tests.pages import PageClient
from tests.races.claims import draft
from tests.subsidies.test_services import applied
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.store import current_store
from vouchers.kernel.identifiers import new_public_id
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind
from vouchers.orders import services as orders
from vouchers.orders.models import Order
from vouchers.orders.services import NewOrder
from vouchers.orders.states import Side
from vouchers.subsidies import services as subsidies

REASON = "材料不齐，请补充企业签章后再提交"
Typed = Mapping[str, object]
_names = count(1)


@dataclass(frozen=True)
class Press:
    """One press that can be repeated: the browser of who presses, the address, and what is sent each time."""

    browser: PageClient
    path: str
    fields: Typed
    files: Mapping[str, tuple[str, bytes]]
    done: int = 303  # how the page answers what was done

    def send(self) -> tuple[int, str]:
        """Press; the status and where it leads."""
        uploads = {name: (io.BytesIO(content), shown) for name, (shown, content) in self.files.items()}
        answer = self.browser.post(self.path, data={**self.fields, **uploads})
        return answer.status_code, answer.location or ""


Maker = Callable[[Flask, datetime], Press]
MONEY: dict[str, Maker] = {}
PRESSED: dict[str, str] = {}
"""The address each of them presses, by its endpoint."""


def money(endpoint: str) -> Callable[[Maker], Maker]:
    """List an operation under its name, with the address it presses."""

    def listed(make: Maker) -> Maker:
        MONEY[make.__name__], PRESSED[make.__name__] = make, endpoint
        return make

    return listed


def press(
    app: Flask,
    who: Somebody,
    page: str,
    typed: Typed | None = None,
    files: Mapping[str, tuple[str, bytes]] | None = None,
    done: int = 303,
) -> Press:
    """Somebody signed in, with the form that a page offers, filled in."""
    browser = PageClient(app)
    sign_in(browser, who)
    path, _, form = page.partition("#")
    browser.get(path)
    assert browser.page is not None
    action = path.partition("?")[0]
    found = next(one for one in browser.page.forms if one.action.partition("?")[0] == (form or action))
    assert set(typed or {}) <= found.names, found.names
    fields = {**found.values, **(typed or {}), "idempotency_key": new_public_id()}
    return Press(browser, found.action, fields, files or {}, done)


def seller_of(stage: Stage) -> Somebody:
    return make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id, name="许财务")


def operator_of(stage: Stage) -> Somebody:
    return make_user(Role.PROVIDER_OPERATOR, at=EARLY, organisation_id=stage.provider_organisation_id, name="陈运营")


def officer(role: Role) -> Somebody:
    return make_user(role, at=EARLY, name=f"周{next(_names)}")


@money("redemption_provider.new_claim")
def draft_claim(app: Flask, at: datetime) -> Press:
    """With three papers: bytes into the store first, then rows."""
    stage = make_stage()
    xml = current_store().read(invoice_file(stage).received.sha256)
    typed = {
        "amount": "50000",
        "service_from": "2026-02-01",
        "service_until": "2026-02-28",
        "delivery_on": "2026-03-02",
        "proof_amount": "56000",
        "proof_on": "2026-03-06",
    }
    papers = {
        "invoice": ("发票.xml", xml + b" " * next(_names)),
        "delivery": ("交付确认.pdf", pdf_bytes()),
        "proof": ("回单.pdf", pdf_bytes() + b"%2\n%%EOF\n"),
    }
    return press(app, seller_of(stage), f"/provider/claims/new/{stage.order}", typed, papers)


@money("redemption_provider.submit_claim")
def submit_claim(app: Flask, at: datetime) -> Press:
    stage = make_stage()
    found = draft(stage, amount=10_000, paper=invoice_file(stage), at=at)
    return press(app, seller_of(stage), f"{found.path}#{found.path}/submit")


@money("redemption_provider.withdraw_claim")
def withdraw_claim(app: Flask, at: datetime) -> Press:
    stage = make_stage()
    path = f"/provider/claims/{checked_claim(stage, at=at).public_id}"
    return press(app, seller_of(stage), f"{path}#{path}/withdraw")


@money("redemption_office.approve_claim")
def approve_claim(app: Flask, at: datetime) -> Press:
    path = f"/office/claims/{verified_claim(make_stage(), at=at).public_id}/approve"
    return press(app, officer(Role.DECIDER), path)


@money("redemption_office.refuse_claim")
def refuse_claim(app: Flask, at: datetime) -> Press:
    path = f"/office/claims/{verified_claim(make_stage(), at=at).public_id}/refuse"
    return press(app, officer(Role.DECIDER), path, {"reason": REASON})


@money("redemption_office.send_back")
def send_back_claim(app: Flask, at: datetime) -> Press:
    path = f"/office/claims/{checked_claim(make_stage(), at=at).public_id}/send-back"
    return press(app, officer(Role.REVIEWER), path, {"reason": REASON})


@money("redemption_office.reject_claim")
def reject_claim(app: Flask, at: datetime) -> Press:
    path = f"/office/claims/{checked_claim(make_stage(), at=at).public_id}/reject"
    return press(app, officer(Role.REVIEWER), path, {"reason": REASON})


@money("orders_enterprise.confirm_order")
def confirm_order(app: Flask, at: datetime) -> Press:
    """Part of the voucher is held: an order beside the one that is served."""
    stage = make_stage()
    usual = db.session.scalars(select(Order).where(Order.public_id == stage.order)).one()
    same = ("quantity", "tax_rate_bp", "net", "tax", "gross", "service_from", "service_until")
    terms = {name: getattr(usual, name) for name in (*same, "contract_number", "contract_signed_on")}
    offering = usual.offering.public_id
    with transaction():
        new = NewOrder(voucher=stage.voucher, offering=offering, contract_file_id=None, hold=500_000, **terms)
        order = orders.propose(new, side=Side.PROVIDER, actor=stage.provider, at=at).public_id
    organisation_id = stage.enterprise.organisation_id
    who = make_user(Role.REPRESENTATIVE, at=EARLY, organisation_id=organisation_id, name="李代表")
    return press(app, who, f"/enterprise/orders/{order}#/enterprise/orders/{order}/confirm")


@money("orders_provider.cancel_order")
def cancel_order(app: Flask, at: datetime) -> Press:
    """By who served: the one side that may give back what is held for it."""
    stage = make_stage()
    return press(app, operator_of(stage), f"/provider/orders/{stage.order}/cancel", {"reason": REASON})


@money("orders_provider.complete_order")
def complete_order(app: Flask, at: datetime) -> Press:
    stage = make_stage()
    return press(app, operator_of(stage), f"/provider/orders/{stage.order}/complete")


@money("issuance_office.void")
def void_voucher(app: Flask, at: datetime) -> Press:
    return press(app, officer(Role.DECIDER), f"/office/vouchers/{make_stage().voucher}/void", {"reason": REASON})


@money("issuance_office.issue")
def issue_voucher(app: Flask, at: datetime) -> Press:
    ground = make_ground(at=at, granted=10_000_000)
    case = make_case(ground, enterprises.enterprise(next(_names), at=at), at=at).public_id
    return press(app, ground.officers["decider"], f"/office/vouchers/issue?case={case}")


@money("subsidies_office.award")
def award_subsidy(app: Flask, at: datetime) -> Press:
    """A direct subsidy: no voucher, owed to the enterprise at once."""
    _, case = direct_case(app, at)
    return press(app, officer(Role.DECIDER), f"/office/subsidies/award?case={case}")


@money("subsidies_office.answer_reversal")
def withdraw_award(app: Flask, at: datetime) -> Press:
    """All of it goes back the way it came."""
    story, case = direct_case(app, at)
    with transaction():
        claim = subsidies.award(case, actor=story.ground.officer("decider"), at=at).public_id
        subsidies.propose_reversal(claim, REASON, actor=story.ground.officer("first"), at=at)
    page = f"/office/subsidies/{claim}/reversal/answer"
    return press(app, officer(Role.DECIDER), page, {"confirms": "yes", "reason": REASON})


def direct_case(app: Flask, at: datetime) -> tuple[Story, str]:
    """An approved case that is paid without a voucher."""
    story = begin(app, loaded("fengtai"), at=at)
    case = applied(story, make_applicant(next(_names), at=at), at=at)
    approved(story, case, at=at, until=at)
    return story, case


@money("ledger_office.check_document")
def check_document(app: Flask, at: datetime) -> Press:
    stage, bureau = make_stage(), Bureau()
    new = NewDocument(
        DocumentKind.ENVELOPE, stage.scheme_id, "city", "渝财〔2026〕9 号", 1_000_000, voucher_kind="compute"
    )
    with transaction():
        public_id = documents.record_document(new, actor=bureau.making, at=EARLY).public_id
    path = f"/office/finance/documents/{public_id}"
    return press(app, bureau.checker, f"{path}#{path}/check")


@money("settlement_office.make_batch")
def make_batch(app: Flask, at: datetime) -> Press:
    stage, bureau = due(at)
    return press(app, bureau.maker, "/office/batches/new", {"scheme": scheme_of(stage), "fiscal_year": "2026"})


@money("settlement_office.lock_batch")
def lock_batch(app: Flask, at: datetime) -> Press:
    stage, bureau = due(at)
    path = f"/office/batches/{open_batch(stage, bureau, at=at).public_id}"
    return press(app, bureau.maker, f"{path}#{path}/lock")


@money("settlement_office.approve_batch")
def approve_batch(app: Flask, at: datetime) -> Press:
    stage, bureau = due(at)
    batch = locked_batch(stage, bureau, at=at)
    return press(
        app, bureau.checker, f"/office/batches/{batch.public_id}/approve", {"total": f"{batch.total / 100:.2f}"}
    )


@money("settlement_office.release_batch")
def release_batch(app: Flask, at: datetime) -> Press:
    stage, bureau = due(at)
    return press(app, bureau.checker, f"/office/batches/{approved_batch(stage, bureau, at=at).public_id}/release")


def due(at: datetime) -> tuple[Stage, Bureau]:
    """Money that is due, and who pays it."""
    stage, bureau = make_stage(), Bureau()
    approved_claim(stage, at=at)
    make_indicators(stage, bureau)
    return stage, bureau
