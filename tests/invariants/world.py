"""A small office with a scheme, money, a provider and three applicants, made once and put back before every try."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

from sqlalchemy import func, select

from tests.databases import Ground, PostgresqlGround, SqliteGround, let_go
from tests.factories import enterprises
from tests.factories.accounts import MAKER, make_user
from tests.factories.parties import received_pdf
from tests.factories.redemption import EARLY, FACE, Stage, make_stage
from tests.factories.settlement import Bureau, make_indicators
from vouchers.accounts.states import Role
from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.services import Received
from vouchers.files.states import FileKind
from vouchers.files.store import current_store
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.kernel.periods import DateRange
from vouchers.ledger.models import LedgerAccount
from vouchers.orders.models import Order
from vouchers.redemption.invoices.bureau_xml import parse
from vouchers.redemption.invoices.invoice import Party, from_plain
from vouchers.redemption.invoices.specimen import Specimen, SpecimenLine, bureau_xml
from vouchers.redemption.services import Delivery, InvoiceFile, NewClaim, Proof

BEGIN = datetime(2026, 3, 18, 4, tzinfo=UTC)
_invoices = count(7_000_000)


@dataclass(frozen=True)
class Buyer:
    """An applicant: who acts for it, and how invoices name it."""

    actor: Actor
    party: Party


@dataclass(frozen=True)
class World:
    """Ids and people; rows are read anew."""

    stage: Stage
    bureau: Bureau
    reviewer: Actor
    decider: Actor
    buyers: tuple[Buyer, ...]
    cases: tuple[str, ...]
    offering: str


def make_world() -> World:
    """One voucher issued with an order in service, two cases that wait for theirs; opens its own transactions."""
    stage, bureau = make_stage(), Bureau()
    make_indicators(stage, bureau, amount=10_000_000)
    reviewer = make_user(Role.REVIEWER, at=EARLY).actor(Role.REVIEWER)
    decider = make_user(Role.DECIDER, at=EARLY, name="周审定").actor(Role.DECIDER)
    buyers, cases = [Buyer(stage.enterprise, stage.buyer)], []
    for number in (801, 802):
        applicant = enterprises.enterprise_with_profile(number, at=EARLY)
        organisation = applicant.enterprise.organisation
        buyers.append(Buyer(enterprises.own_actor(applicant), Party(organisation.uscc or "", organisation.name)))
        cases.append(_approved(stage, applicant.enterprise.id, applicant.user_id, number))
    order = db.session.scalars(select(Order)).one()
    return World(stage, bureau, reviewer, decider, tuple(buyers), tuple(cases), order.offering.public_id)


def evidence(buyer: Buyer, seller: Party, *, order: str, amount: int, service: DateRange, on: date) -> NewClaim:
    """An honest claim of half of an invoice."""
    net = 2 * amount
    lines = (SpecimenLine("*信息技术服务*智能算力租赁服务", net, net * 6 // 100),)
    content = bureau_xml(Specimen(next(_invoices), on, seller, buyer.party, lines))
    received = Received(current_store().put(content), len(content), FileKind.XML, "发票.xml")
    paper = from_plain(parse(content))  # our own bytes: no need of the sandbox
    return NewClaim(
        order=order,
        amount=amount,
        service=service,
        invoice=InvoiceFile(received, paper),
        delivery=Delivery(received_pdf("交付确认单.pdf"), on),
        proofs=(Proof(received_pdf("银行回单.pdf"), on, paper.total - amount, f"YH{paper.key}"),),
        reductions={"coupons": 0, "gifts": 0, "refunds": 0},
    )


def ledger_figures() -> Mapping[str, object]:
    """The ledger in the words of the model."""
    rows = db.session.execute(
        select(LedgerAccount.kind, LedgerAccount.subject, func.sum(LedgerAccount.balance))
        .where(LedgerAccount.balance != 0)
        .group_by(LedgerAccount.kind, LedgerAccount.subject)
    ).all()
    found = {(kind.value, subject): int(fen) for kind, subject, fen in rows}
    sums = ("envelope", "payable", "paid", "indicator", "spent")
    return {
        **{name: sum(fen for (kind, _), fen in found.items() if kind == name) for name in sums},
        **{
            name: {subject: fen for (kind, subject), fen in found.items() if kind == name}
            for name in ("voucher", "held")
        },
    }


def last_day(voucher: str) -> date:
    """The last valid day of a voucher."""
    return db.session.scalars(select(Voucher.valid_until).where(Voucher.public_id == voucher)).one()


def next_day(at: datetime, days: int) -> datetime:
    """So many days later, at the same hour."""
    return at + timedelta(days=days)


@contextmanager
def kept(ground: Ground) -> Iterator[Callable[[], None]]:
    """Keep the database as it stands now; calling what is yielded puts it back."""
    db.session.remove()
    let_go(ground.app)
    assert isinstance(ground, SqliteGround | PostgresqlGround)
    before = ground._template
    if isinstance(ground, SqliteGround):
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        let_go(ground.app)
        ground._template = ground._file.with_name("kept.db")
        shutil.copyfile(ground._file, ground._template)
    else:
        ground.let_broom_go()
        ground._template = f"{ground._name}_kept"
        ground._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", ground._template)
        ground._run("CREATE DATABASE {} TEMPLATE {}", ground._template, ground._name)
    try:
        yield ground.remake
    finally:
        if isinstance(ground, PostgresqlGround):
            let_go(ground.app)
            ground._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", ground._template)
        ground._template = before


def _approved(stage: Stage, enterprise_id: int, user_id: int, number: int) -> str:
    usual = db.session.scalars(select(Application)).first()
    assert usual is not None
    with transaction():
        case = Application(
            number=f"SQ-{number}",
            enterprise_id=enterprise_id,
            scheme_version_id=usual.scheme_version_id,
            window_id=usual.window_id,
            voucher_kind="compute",
            state=ApplicationState.APPROVED,
            requested=FACE,
            computed=FACE,
            approved=FACE,
            tier="growth",
            handler_user_id=user_id,
            answers={"field": "health", "planned_net": "200000.00", "other_support_contract": "0.00"},
            decision={"facts": {"size_class": "small"}},
            created_at=EARLY,
        )
        db.session.add(case)
        db.session.flush()
        record("test.approve", Subject("application", case.public_id), actor=MAKER, at=EARLY)
        return case.public_id


def of_order(world: World, order: str, buyer: Buyer) -> Stage:
    """The stage of another order, for factories that want one."""
    return replace(world.stage, order=order, buyer=buyer.party, enterprise=buyer.actor)
