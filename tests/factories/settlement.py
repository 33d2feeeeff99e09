"""Money that is due, people of the finance bureau, and batches at every stage."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.factories.accounts import Somebody, make_office, make_user
from tests.factories.redemption import EARLY, Stage
from tests.worlds import kept
from vouchers.accounts.states import OfficeKind, Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.ledger.services import documents as ledger
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind
from vouchers.policy.models import Scheme
from vouchers.settlement import queries, services
from vouchers.settlement.models import Batch
from vouchers.settlement.rules.bank_file import ANSWER_HEADS, AnswerRow, Encoding, Outcome
from vouchers.settlement.services import NewBatch, Signature

LAYERS = ("city", "district")


@dataclass(frozen=True)
class Bureau:
    """Maker and checker of the finance bureau."""

    maker: Somebody = field(default_factory=lambda: make_user(Role.FINANCE_MAKER, at=EARLY, name="钱制单"))
    checker: Somebody = field(default_factory=lambda: make_user(Role.FINANCE_CHECKER, at=EARLY, name="孙复核"))

    @property
    def making(self) -> Actor:
        """The maker as services know them."""
        return self.maker.actor(Role.FINANCE_MAKER)

    @property
    def checking(self) -> Actor:
        """The checker as services know them."""
        return self.checker.actor(Role.FINANCE_CHECKER)


@kept
def make_indicators(
    stage: Stage, bureau: Bureau, *, amount: int = 100_000_000, year: int = 2026, layers: tuple[str, ...] = LAYERS
) -> None:
    """A checked 指标文 per layer, each with its own paying body; opens its own transactions."""
    for layer in layers:
        office_id = make_office(f"{layer}财政局", OfficeKind.FINANCE, at=EARLY)
        new = NewDocument(
            DocumentKind.INDICATOR,
            stage.scheme_id,
            layer,
            f"财预〔{year}〕{layer} 号",
            amount,
            paying_office_id=office_id,
            fiscal_year=year,
        )
        with transaction():
            document = ledger.record_document(new, actor=bureau.making, at=EARLY)
            public_id, version = document.public_id, document.version
        with transaction():
            ledger.check_document(public_id, actor=bureau.checking, at=EARLY, seen_version=version)


def scheme_of(stage: Stage) -> str:
    """The public id of the stage's scheme."""
    found = db.session.get(Scheme, stage.scheme_id)
    assert found is not None
    return found.public_id


@kept
def open_batch(stage: Stage, bureau: Bureau, *, at: datetime, year: int = 2026) -> Batch:
    """A batch of everything that is due."""
    scheme = scheme_of(stage)
    with transaction():
        return services.make_batch(NewBatch(scheme, year), actor=bureau.making, at=at)


@kept
def locked_batch(stage: Stage, bureau: Bureau, *, at: datetime) -> Batch:
    """A batch that waits for the checker."""
    public_id = open_batch(stage, bureau, at=at).public_id
    with transaction():
        return services.lock(public_id, actor=bureau.making, at=at)


@kept
def approved_batch(stage: Stage, bureau: Bureau, *, at: datetime) -> Batch:
    """A batch with two signatures."""
    batch = locked_batch(stage, bureau, at=at)
    public_id, signature = batch.public_id, Signature(batch.version, batch.total)
    with transaction():
        return services.approve(public_id, signature, actor=bureau.checking, at=at)


@kept
def sent_batch(stage: Stage, bureau: Bureau, *, at: datetime) -> Batch:
    """A batch whose file went to the bank."""
    public_id = approved_batch(stage, bureau, at=at).public_id
    with transaction():
        services.release(public_id, actor=bureau.checking, at=at)
    with transaction():
        services.export_file(public_id, Encoding.UTF8, actor=bureau.making, at=at)
    return queries.get(public_id)


def answers(batch: Batch, outcome: Outcome = Outcome.PAID, *, reference: str = "YH") -> list[AnswerRow]:
    """The same answer of the bank for every line."""
    return [
        AnswerRow(place, number, outcome, f"{reference}{place}", "" if outcome is Outcome.PAID else "账号户名不符")
        for place, (number, _) in enumerate(queries.numbered(batch), start=2)
    ]


def answer_file(rows: list[AnswerRow]) -> bytes:
    """Answers as the bank's CSV file."""
    lines = [",".join(ANSWER_HEADS)]
    lines += [f"{row.number},{row.outcome.value if row.outcome else ''},{row.reference},{row.reason}" for row in rows]
    return "\r\n".join(lines).encode("gbk")
