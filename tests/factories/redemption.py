"""A voucher with an order in service, ready to be redeemed, and claims on it at every stage."""

import io
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

from sqlalchemy import select

from tests.factories import enterprises, providers
from tests.factories.accounts import Somebody, make_office, make_user
from tests.factories.parties import pdf_bytes, received_pdf
from tests.worlds import kept
from vouchers.accounts.states import OfficeKind, Role
from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.services import Received
from vouchers.files.states import FileKind
from vouchers.files.store import current_store
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import VoucherState
from vouchers.kernel.actor import Actor, command
from vouchers.kernel.identifiers import new_voucher_code
from vouchers.kernel.periods import DateRange
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move, Pot
from vouchers.ledger.states import TransferKind
from vouchers.orders import services as orders
from vouchers.orders.models import Order
from vouchers.orders.services import NewOrder, NewUsage
from vouchers.orders.states import OrderState, Side
from vouchers.parties import services as parties
from vouchers.parties.services import NewBankAccount
from vouchers.policy.loader import load_text
from vouchers.policy.models import Scheme, SchemeVersion, Window
from vouchers.policy.states import VersionState, WindowState
from vouchers.providers.models import Offering
from vouchers.providers.services import OfferingTerms
from vouchers.providers.states import Unit
from vouchers.redemption import services
from vouchers.redemption.invoices.bureau_xml import parse
from vouchers.redemption.invoices.invoice import Party, from_plain
from vouchers.redemption.invoices.specimen import Specimen, SpecimenLine, bureau_xml
from vouchers.redemption.models import Claim
from vouchers.redemption.services import Approval, Delivery, InvoiceFile, NewClaim, Proof, Verification

MAKER = command("test")
EARLY = datetime(2026, 1, 5, 2, tzinfo=UTC)
FEBRUARY = DateRange(date(2026, 2, 1), date(2026, 2, 28))
FACE, HOLD = 6_000_000, 5_000_000
NET = 10_000_000
CARD_HOURS = 8_000_000  # in thousandths
PACK = Path(__file__).parents[2] / "seeds" / "policies" / "yuzhong-2025.yaml"
_numbers = count(1)


@dataclass(frozen=True)
class Stage:
    """Everything a claim needs, by id, so that threads may read it anew."""

    scheme_id: int
    office_id: int
    voucher: str
    order: str
    buyer: Party
    seller: Party
    provider: Actor
    enterprise: Actor
    provider_organisation_id: int

    @property
    def pot(self) -> Pot:
        """Where the money of its vouchers stands."""
        return Pot(self.scheme_id, "compute")


@kept
def make_stage(
    *,
    hold: int = HOLD,
    changes: tuple[tuple[str, str], ...] = (),
    accounts: bool = True,
    metered: bool = True,
    entry: OfferingTerms | None = None,
    quantity: int = CARD_HOURS,
) -> Stage:
    """An active voucher of 60,000 yuan and an order served in February; opens its own transactions.

    `changes` replaces texts in the pack before it is loaded; the order is for so many parts of the entry's unit.
    """
    n = next(_numbers)
    office_id = make_office("渝中区大数据局", OfficeKind.LEAD, at=EARLY)
    enterprise = enterprises.enterprise_with_profile(n, at=EARLY)
    provider = providers.admitted_provider(500 + n, at=EARLY)
    offering = providers.listed(provider, entry or providers.terms(), at=EARLY)
    buyer, seller = enterprises.own_actor(enterprise), providers.own_actor(provider)
    with transaction():
        version = _version(office_id, changes)
        voucher = _voucher(enterprise.enterprise.id, enterprise.user_id, version, n=n)
        _fund(voucher, version.scheme_id, enterprise.enterprise.organisation.public_id)
        if accounts:
            add_account(provider.provider.organisation_id, actor=MAKER)
    order = served_order(
        voucher.public_id, offering, hold=hold, buyer=buyer, seller=seller, metered=metered, quantity=quantity
    )
    holder, payee = enterprise.enterprise.organisation, provider.provider.organisation
    return Stage(
        scheme_id=version.scheme_id,
        office_id=office_id,
        voucher=voucher.public_id,
        order=order,
        buyer=Party(holder.uscc or "", holder.name),
        seller=Party(payee.uscc or "", payee.name),
        provider=seller,
        enterprise=buyer,
        provider_organisation_id=payee.id,
    )


@kept
def make_stage_beside(stage: Stage, *, changes: tuple[tuple[str, str], ...] = ()) -> Stage:
    """The same buyer and seller under the same contract, with a voucher and an order of another office's scheme."""
    n = next(_numbers)
    office_id = make_office("南岸区大数据局", OfficeKind.LEAD, at=EARLY)
    usual = db.session.scalars(select(Order).where(Order.public_id == stage.order)).one()
    offering, holder = usual.offering, usual.enterprise
    user_id, party = usual.voucher.application.handler_user_id, holder.organisation.public_id
    with transaction():
        version = _version(office_id, changes)
        voucher = _voucher(holder.id, user_id, version, n=n)
        _fund(voucher, version.scheme_id, party)
    order = served_order(voucher.public_id, offering, hold=HOLD, buyer=stage.enterprise, seller=stage.provider)
    return replace(stage, scheme_id=version.scheme_id, office_id=office_id, voucher=voucher.public_id, order=order)


def add_account(
    organisation_id: int, *, actor: Actor, number: str = "6222020200112233445", at: datetime = EARLY
) -> None:
    """A bank account to be paid to; inside a transaction."""
    account = NewBankAccount("渝中测试算力有限公司", "中国工商银行渝中支行", number, date(2026, 1, 1), "102653000011")
    parties.add_bank_account(organisation_id, account, actor=actor, at=at)


def invoice_file(stage: Stage, *, net: int = NET, tax: int | None = None, **changes: object) -> InvoiceFile:
    """An honest invoice of the stage's seller to its buyer; lines, days and parties may be changed."""
    lines = (SpecimenLine("*信息技术服务*智能算力租赁服务", net, net * 6 // 100 if tax is None else tax),)
    usual = Specimen(next(_numbers), date(2026, 3, 5), stage.seller, stage.buyer, lines)
    content = bureau_xml(replace(usual, **changes))  # type: ignore[arg-type]
    stored = Received(current_store().put(content), len(content), FileKind.XML, "发票.xml")
    return InvoiceFile(stored, from_plain(parse(content)))  # our own specimen needs no sandbox


def new_claim(stage: Stage, *, amount: int = HOLD, **changes: object) -> NewClaim:
    """A claim on all of February, complete; arguments only for what the test is about."""
    invoice = changes.pop("invoice", None) or invoice_file(stage)
    assert isinstance(invoice, InvoiceFile)
    own = invoice.paper.total - amount
    usual = NewClaim(
        order=stage.order,
        amount=amount,
        service=FEBRUARY,
        invoice=invoice,
        delivery=Delivery(received_pdf("交付确认单.pdf"), date(2026, 3, 2)),
        proofs=(Proof(received_pdf("银行回单.pdf"), date(2026, 3, 6), own, "20260306001"),) if own > 0 else (),
        reductions={"coupons": 0, "gifts": 0, "refunds": 0},
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def as_typed(stage: Stage, **changes: object) -> dict[str, object]:
    """A complete claim as its form takes it; changes are of the invoice."""
    file = invoice_file(stage, **changes)  # type: ignore[arg-type]
    xml = current_store().read(file.received.sha256)
    return {
        "amount": "50000",
        "service_from": "2026-02-01",
        "service_until": "2026-02-28",
        "invoice": (io.BytesIO(xml), "发票.xml"),
        "delivery": (io.BytesIO(pdf_bytes()), "交付确认.pdf"),
        "delivery_on": "2026-03-02",
        "proof": (io.BytesIO(pdf_bytes() + b"%2\n%%EOF\n"), "回单.pdf"),
        "proof_amount": "56000",
        "proof_on": "2026-03-06",
    }


@kept
def checked_claim(stage: Stage, *, at: datetime, **changes: object) -> Claim:
    """A claim that was handed in and passed the automatic checks; opens its own transaction."""
    with transaction():
        return services.submit_claim(new_claim(stage, **changes), actor=stage.provider, at=at)  # type: ignore[arg-type]


@kept
def verified_claim(stage: Stage, *, at: datetime, verifier: Somebody | None = None, **changes: object) -> Claim:
    """A claim that a reviewer verified."""
    claim = checked_claim(stage, at=at, **changes)
    person = verifier or make_user(Role.REVIEWER, at=EARLY)
    with transaction():
        found = Verification(claim.version, "已在电子税务局查验，结果一致")
        return services.verify_claim(claim.public_id, found, actor=person.actor(Role.REVIEWER), at=at)


@kept
def approved_claim(stage: Stage, *, at: datetime, approver: Somebody | None = None, **changes: object) -> Claim:
    """A claim that waits to be paid."""
    claim = verified_claim(stage, at=at, **changes)  # type: ignore[arg-type]
    person = approver or make_user(Role.DECIDER, at=EARLY, name="周审定")
    with transaction():
        approval = Approval(claim.version, claim.amount)
        return services.approve_claim(claim.public_id, approval, actor=person.actor(Role.DECIDER), at=at)


def _version(office_id: int, changes: tuple[tuple[str, str], ...]) -> SchemeVersion:
    text = PACK.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    found = load_text(text, str(PACK))
    assert found.pack is not None, found.findings
    n = next(_numbers)
    scheme = Scheme(office_id=office_id, pack_id=f"{found.pack.id}-{n}", title=found.pack.title, created_at=EARLY)
    db.session.add(scheme)
    db.session.flush()
    version = SchemeVersion(
        scheme=scheme,
        number=1,
        state=VersionState.PUBLISHED,
        source=text,
        content=found.data,
        content_hash=found.digest,
        effective_from=date(2025, 1, 1),
        published_at=EARLY,
        created_at=EARLY,
    )
    db.session.add(version)
    db.session.flush()
    audit.record("policy.publish", Subject("scheme_version", version.public_id), actor=MAKER, at=EARLY)
    return version


def _voucher(enterprise_id: int, user_id: int, version: SchemeVersion, *, n: int) -> Voucher:
    window = Window(
        scheme_id=version.scheme_id,
        scheme_version_id=version.id,
        voucher_kind="compute",
        title="第一批",
        opens_at=EARLY,
        closes_at=datetime(2026, 12, 31, tzinfo=UTC),
        state=WindowState.OPEN,
        created_at=EARLY,
    )
    db.session.add(window)
    db.session.flush()
    application = Application(
        number=f"SQ-{n}",
        enterprise_id=enterprise_id,
        scheme_version_id=version.id,
        window_id=window.id,
        voucher_kind="compute",
        state=ApplicationState.ISSUED,
        requested=FACE,
        computed=FACE,
        approved=FACE,
        tier="growth",
        handler_user_id=user_id,
        answers={"field": "health", "planned_net": "200000.00", "other_support_contract": "0.00"},
        created_at=EARLY,
    )
    db.session.add(application)
    db.session.flush()
    voucher = Voucher(
        number=f"SLQ-{n}",
        code=new_voucher_code(),
        application_id=application.id,
        enterprise_id=enterprise_id,
        scheme_version_id=version.id,
        voucher_kind="compute",
        tier="growth",
        face=FACE,
        state=VoucherState.ACTIVE,
        valid_from=date(2026, 1, 5),
        valid_until=date(2026, 7, 4),
        issued_at=EARLY,
        created_at=EARLY,
    )
    db.session.add(voucher)
    db.session.flush()
    audit.record("voucher.issue", Subject("voucher", voucher.public_id), actor=MAKER, at=EARLY)
    return voucher


def _fund(voucher: Voucher, scheme_id: int, party: str) -> None:
    pot = Pot(scheme_id, "compute")
    moves = []
    for layer in ("city", "district"):
        rest = pot.voucher(layer, voucher=voucher.public_id, party=party)
        key, part = f"{voucher.public_id}:{layer}", FACE // 2
        moves += [
            Move(TransferKind.APPROPRIATE, pot.grant(layer), pot.envelope(layer), FACE, f"grant:{key}"),
            Move(TransferKind.ISSUE, pot.envelope(layer), rest, part, f"issue:{key}"),
        ]
    ledger.post(moves, actor=MAKER, at=EARLY)


@kept
def served_order(  # noqa: PLR0913  what differs between orders of tests, all of it optional
    voucher: str,
    offering: Offering,
    *,
    hold: int,
    buyer: Actor,
    seller: Actor,
    metered: bool = True,
    at: datetime = EARLY,
    quantity: int = CARD_HOURS,
    net: int = NET,
) -> str:
    """An order that was served in February, the whole quantity recorded and confirmed; opens its own transactions."""
    tax = net * 6 // 100
    terms = NewOrder(
        voucher=voucher,
        offering=offering.public_id,
        contract_number="LT-2026-017",
        contract_signed_on=date(2026, 1, 6),
        contract_file_id=None,
        quantity=quantity,
        tax_rate_bp=600,
        net=net,
        tax=tax,
        gross=net + tax,
        hold=hold,
        service_from=FEBRUARY.first,
        service_until=date(2026, 4, 30),
    )
    with transaction():
        order = orders.propose(terms, side=Side.PROVIDER, actor=seller, at=at)
        if order.state is OrderState.PROPOSED:  # a pack that wants no order before use has registered it already
            orders.confirm(order.public_id, side=Side.ENTERPRISE, actor=buyer, at=at)
    if not metered:
        return order.public_id
    with transaction():
        green = 6200 if offering.unit is Unit.CARD_HOUR else None
        usage = NewUsage(FEBRUARY.first, date(2026, 2, 28), quantity, green)
        march = datetime(2026, 3, 1, 4, tzinfo=UTC)
        statement = orders.record_usage(order.public_id, usage, actor=seller, at=march)
        orders.confirm_usage(statement.public_id, actor=buyer, at=march)
    return order.public_id
