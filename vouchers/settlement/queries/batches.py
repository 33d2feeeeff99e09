"""Finding batches and what stands in them."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from vouchers.accounts.models import Office
from vouchers.applications.models import Application
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.columns import blind_index
from vouchers.db.filters import contains, one_of, since, until
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.enterprises.models import Enterprise
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound
from vouchers.ledger.models import Transfer
from vouchers.policy.keys import VersionKey
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.policy.reach import reaches_scheme
from vouchers.redemption.models import Claim
from vouchers.settlement.models import Batch, PaymentAttempt, PaymentItem, PaymentLine
from vouchers.settlement.queries.dues import layer_name
from vouchers.settlement.rules.bank_file import PaymentRow, line_number
from vouchers.settlement.rules.signing import SignedLine
from vouchers.settlement.states import AttemptState, BatchState


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One line of the list of batches."""

    public_id: str
    number: str
    scheme: str
    fiscal_year: int
    state: BatchState
    total: int
    line_count: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LineRow:
    """One payment line as a batch's page shows it."""

    number: str
    attempt: str
    payee: str
    paying_office: str
    layer: str
    amount: int
    account: str
    bank: str
    state: AttemptState
    indicator: str
    reference: str
    reason: str
    claims: tuple[tuple[str, str], ...]


_SPEC = ListSpec(
    key=Batch.id,
    sorts={"created": Batch.created_at, "number": Batch.number, "total": Batch.total},
    default="-created",
    filters={
        "q": contains(Batch.number, Scheme.title),
        "state": one_of(Batch.state, BatchState),
        "from": since(Batch.created_at),
        "to": until(Batch.created_at),
    },
)


def get(public_id: str) -> Batch:
    """A batch."""
    return _found(db.session.scalar(select(Batch).where(Batch.public_id == public_id)))


def lock(public_id: str) -> Batch:
    """A batch, held until the act ends."""
    statement = select(Batch).where(Batch.public_id == public_id).with_for_update(of=Batch)
    return _found(db.session.scalar(statement.execution_options(populate_existing=True)))


def list_batches(arguments: Mapping[str, str], actor: Actor, *, on: date) -> Page[BatchRow]:
    """All batches within reach, the newest first."""
    columns = (
        Batch.public_id,
        Batch.number,
        Scheme.title,
        Batch.fiscal_year,
        Batch.state,
        Batch.total,
        Batch.line_count,
        Batch.created_at,
    )
    statement = select(*columns).join(Scheme, Scheme.id == Batch.scheme_id)
    statement = statement.where(reaches_scheme(Batch.scheme_id, actor, on=on))
    return page_of(db.session(), statement, spec=_SPEC, arguments=arguments, shape=BatchRow)


def attempts_of(batch: Batch) -> Sequence[PaymentAttempt]:
    """The attempts of a batch in the order of their numbers, with lines and payees."""
    statement = (
        select(PaymentAttempt)
        .where(PaymentAttempt.batch_id == batch.id)
        .options(
            joinedload(PaymentAttempt.line).joinedload(PaymentLine.payee),
            joinedload(PaymentAttempt.line).joinedload(PaymentLine.paying_office),
            joinedload(PaymentAttempt.line).selectinload(PaymentLine.items).joinedload(PaymentItem.claim),
            joinedload(PaymentAttempt.indicator),
        )
        .order_by(PaymentAttempt.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(statement).unique().all()


def numbered(batch: Batch) -> list[tuple[str, PaymentAttempt]]:
    """The attempts of a batch with their numbers."""
    return [(line_number(batch.number, n), attempt) for n, attempt in enumerate(attempts_of(batch), start=1)]


def line_rows(batch: Batch) -> list[LineRow]:
    """The lines of a batch for its page."""
    return [_line_row(number, attempt) for number, attempt in numbered(batch)]


def channels_in(batch: Batch) -> list[str]:
    """Through which channels a batch pays; each has a payment file of its own. Empty names bank accounts."""
    return sorted({attempt.line.channel for attempt in batch.attempts})


def payment_rows(batch: Batch, channel: str) -> list[PaymentRow]:
    """The rows of the payment file of one channel, numbered as in the batch."""
    return [
        PaymentRow(
            number=number,
            payee=attempt.line.account_name,
            bank=attempt.line.bank,
            bank_code=attempt.line.bank_code,
            account=attempt.line.account_number,
            amount=attempt.line.amount,
            purpose=f"算力券兑付 {number}",
        )
        for number, attempt in numbered(batch)
        if attempt.line.channel == channel
    ]


def signed_lines(batch: Batch) -> list[SignedLine]:
    """What two people sign, line by line."""
    return [
        SignedLine(
            line=attempt.line.public_id,
            payee=attempt.line.payee.public_id,
            layer=attempt.line.layer,
            office_id=attempt.line.paying_office_id,
            indicator_id=attempt.indicator_id or 0,
            amount=attempt.line.amount,
            account_name=attempt.line.account_name,
            bank=attempt.line.bank,
            bank_code=attempt.line.bank_code,
            account=blind_index(attempt.line.account_number),
        )
        for attempt in attempts_of(batch)
    ]


def cases_of(line_ids: Collection[int]) -> list[str]:
    """The cases that these lines pay: public ids of the applications behind the vouchers."""
    statement = (
        select(Application.public_id)
        .join(Voucher, Voucher.application_id == Application.id)
        .join(Claim, Claim.voucher_id == Voucher.id)
        .join(PaymentItem, PaymentItem.claim_id == Claim.id)
        .where(PaymentItem.line_id.in_(line_ids))
        .distinct()
        .order_by(Application.public_id)
    )
    return list(db.session.scalars(statement))


def sides_of(line_ids: Collection[int]) -> list[int]:
    """The organisations with a stake in these lines: those they pay, and those whose vouchers they redeem."""
    payees = select(PaymentLine.payee_id).where(PaymentLine.id.in_(line_ids))
    holders = _vouchers_of(line_ids, Enterprise.organisation_id).join(
        Enterprise, Enterprise.id == Voucher.enterprise_id
    )
    return sorted({*db.session.scalars(payees), *db.session.scalars(holders)})


def versions_of(line_ids: Collection[int]) -> list[VersionKey]:
    """The texts of schemes under which these lines are paid."""
    texts = _vouchers_of(line_ids, SchemeVersion.id, SchemeVersion.content_hash)
    found = texts.join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id).distinct()
    return [VersionKey(*row) for row in db.session.execute(found)]


def _vouchers_of(line_ids: Collection[int], *columns: Any) -> Select[Any]:
    """Something about each voucher that these lines pay."""
    statement = select(*columns).select_from(Voucher).join(Claim, Claim.voucher_id == Voucher.id)
    return statement.join(PaymentItem, PaymentItem.claim_id == Claim.id).where(PaymentItem.line_id.in_(line_ids))


def is_used_reference(reference: str) -> bool:
    """Whether a bank reference stands under an attempt already."""
    return db.session.scalar(select(PaymentAttempt.id).where(PaymentAttempt.bank_reference == reference)) is not None


def transfer_ids(keys: Collection[str]) -> dict[str, int]:
    """The transfers under these keys."""
    statement = select(Transfer.key, Transfer.id).where(Transfer.key.in_(keys))
    return {row.key: row.id for row in db.session.execute(statement)}


def office_of(office_id: int) -> Office:
    """A paying body."""
    found = db.session.get(Office, office_id)
    if found is None:
        raise NotFound(f"office {office_id}")
    return found


def history(batch: Batch) -> Sequence[AuditEvent]:
    """What happened to a batch, oldest first."""
    statement = select(AuditEvent).where(AuditEvent.subject_type == "batch", AuditEvent.subject_id == batch.public_id)
    return db.session.scalars(statement.order_by(AuditEvent.seq)).all()


def imported_at(batch: Batch, content: bytes) -> datetime | None:
    """When this very answer file was taken in first; None when it was not."""
    own = hashlib.sha256(content).hexdigest()
    imports = (event for event in history(batch) if event.act == "batch.import_result")
    return next((event.at for event in imports if event.details.get("sha256") == own), None)


def _line_row(number: str, attempt: PaymentAttempt) -> LineRow:
    line = attempt.line
    return LineRow(
        number=number,
        attempt=attempt.public_id,
        payee=line.payee.name,
        paying_office=line.paying_office.name,
        layer=layer_name(line.scheme_id, line.layer),
        amount=line.amount,
        account=line.account_tail,
        bank=line.bank,
        state=attempt.state,
        indicator=attempt.indicator.number if attempt.indicator else "",
        reference=attempt.bank_reference or "",
        reason=attempt.reason,
        claims=tuple((item.claim.public_id, item.claim.number) for item in line.items),
    )


def _found(batch: Batch | None) -> Batch:
    if batch is None:
        raise NotFound("no such batch")
    return batch
