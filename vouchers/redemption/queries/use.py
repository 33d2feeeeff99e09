"""What of invoices, usage and contracts is used up by other claims, and what each still bears."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from fractions import Fraction

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from vouchers.db.base import db
from vouchers.db.writing import hold
from vouchers.files.models import StoredFile
from vouchers.issuance.models import Voucher
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound
from vouchers.kernel.periods import DateRange
from vouchers.ledger import queries as ledger
from vouchers.ledger.models import Transfer
from vouchers.ledger.states import TransferKind
from vouchers.orders import queries as orders
from vouchers.orders.models import Order, UsageStatement
from vouchers.policy import queries as policy
from vouchers.policy.models import SchemeVersion
from vouchers.policy.pack.values import Unit
from vouchers.providers.units import price_of_part, recorded
from vouchers.redemption.models import Allocation, Claim, DeliveryConfirmation, Invoice, InvoiceLine, PaymentProof
from vouchers.redemption.rules.allocating import Room
from vouchers.redemption.rules.measures import Counted, usage_value
from vouchers.redemption.rules.parting import PROVIDER
from vouchers.redemption.rules.sides import BOTH, BUYER, COUNTED, side_of
from vouchers.redemption.states import GRANTED, UNDER_WAY

_invoices = Invoice.__table__.c
_HOLD_INVOICE = select(_invoices.id).where(_invoices.id == bindparam("invoice_id")).with_for_update()


def invoice_by_key(key: str) -> Invoice | None:
    """The invoice on record under a number."""
    return db.session.scalar(select(Invoice).where(Invoice.key == key))


def lock_invoice(invoice_id: int) -> Invoice:
    """An invoice, held until the act ends, with what is allocated of it by now."""
    found = db.session.get(Invoice, invoice_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(f"invoice {invoice_id}")
    return found


def hold_invoice(invoice_id: int) -> None:
    """Hold an invoice until the act ends, for acts that need nothing of it but that nobody else uses it meanwhile."""
    hold(_HOLD_INVOICE, {"invoice_id": invoice_id})


def side_of_claim(claim: Claim) -> str:
    """On whose side a claim uses its invoices."""
    return side_of(policy.pack(claim.voucher.scheme_version), claim.voucher.voucher_kind)


def use_of_invoice(invoice_id: int, *, side: str, but_for: int | None) -> int:
    """What other claims use of an invoice on a side (the most of both), over all schemes and years, in fen."""
    own = Allocation.invoice_id == invoice_id
    return max(_allocated(and_(own, _counts_for(one)), but_for) for one in COUNTED[side])


def order_use(order_id: int, *, but_for: int | None) -> int:
    """What other claims used of a contract, in fen."""
    return _allocated(Allocation.order_id == order_id, but_for)


def support_elsewhere(order: Order) -> int:
    """What other schemes pay or are asked to pay on the same contract, in fen: claims under way count as asked."""
    own = order.voucher.scheme_version.scheme_id
    statement = (
        select(func.coalesce(func.sum(func.coalesce(Claim.approved, Claim.amount)), 0))
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .where(
            Claim.order_id.in_(orders.of_contract(order)),
            Claim.state.in_((*UNDER_WAY, *GRANTED)),
            SchemeVersion.scheme_id != own,
        )
    )
    return int(db.session.scalar(statement) or 0)


def line_rooms(invoice: Invoice, measure: str, *, side: str) -> list[Room]:
    """What each line that counts still bears on a side."""
    own = Allocation.invoice_id == invoice.id
    used = [_by_key(Allocation.invoice_line_id, and_(own, _counts_for(one))) for one in COUNTED[side]]
    return [
        Room(line.id, counted(line).measured(measure) - max(one.get(line.id, 0) for one in used))
        for line in invoice.lines
        if line.counts
    ]


def usage_rooms(order: Order, service: DateRange, *, share: Fraction) -> list[Room]:
    """What each confirmed statement of the service period still bears at the agreed price."""
    return [Room(usage.id, left) for usage, _, left in _borne(order, service, share=share)]


def part_price(order: Order) -> Fraction:
    """The agreed price in fen for one part of the unit."""
    return price_of_part(order.unit_price, order.offering.unit)


def quantities_covered(order: Order, service: DateRange, base: int, *, share: Fraction) -> dict[Unit, int]:
    """What a pack may count of what a claim on `base` fen rests on: of the confirmed statements that still bear it.

    These are the statements that the claim's evidence will be laid on, in their order, so that none counts twice.
    """
    left, quantity, pflops = base, 0, 0
    for usage, worth, room in _borne(order, service, share=share):
        part = min(left, max(0, room))
        if worth:
            quantity += usage.quantity * part // worth
            pflops += (usage.pflops_millihours or 0) * part // worth
        left -= part
    return recorded(order.offering.unit, quantity, pflops)


def files_used_before(claim: Claim) -> bool:
    """Whether proof or delivery of this claim were handed in, byte for byte, with another one."""
    own = [proof.file.sha256 for proof in claim.proofs] + [paper.file.sha256 for paper in claim.deliveries]
    for table in (PaymentProof, DeliveryConfirmation):
        statement = (
            select(table.id).join(StoredFile).where(StoredFile.sha256.in_(own), table.claim_id != claim.id).limit(1)
        )
        if own and db.session.scalar(statement) is not None:
            return True
    return False


def held_on(voucher_id: int) -> int:
    """What orders and claims under way hold of a voucher, in fen."""
    claims = select(Claim.public_id).where(Claim.voucher_id == voucher_id)
    orders = select(Order.public_id).where(Order.voucher_id == voucher_id)
    return ledger.held_by(claims.union_all(orders))


def payees_of(claim: Claim) -> list[int]:
    """The organisations a claim pays, by key: one, or both sides."""
    rule = policy.pack(claim.voucher.scheme_version).payee_rule(claim.voucher.voucher_kind)
    return [claim.payee_id] if rule.split is None else [claim.payee_id, claim.provider.organisation_id]


def approved_parts(claims: Sequence[Claim], layers: Collection[str]) -> dict[str, list[tuple[str, int, int]]]:
    """What approval made payable, as the ledger has it: per claim the layer, the payee by key, and the amount."""
    places = _redeemed_keys(claims, layers)
    found: dict[str, list[tuple[str, int, int]]] = {}
    for chunk in _chunks(sorted(places)):
        statement = select(Transfer.key, Transfer.amount).where(
            Transfer.kind == TransferKind.REDEEM, Transfer.key.in_(chunk)
        )
        for key, amount in db.session.execute(statement):
            public_id, layer, payee = places[key]
            found.setdefault(public_id, []).append((layer, payee, amount))
    return found


def approval_days(claims: Sequence[Claim], layers: Collection[str]) -> dict[str, date]:
    """On which day (Beijing) each claim was approved: when the ledger made it payable."""
    places = _redeemed_keys(claims, layers)
    return {
        places[row.key][0]: beijing_date(row.at)
        for chunk in _chunks(sorted(places))
        for row in db.session.execute(
            select(Transfer.key, Transfer.at).where(Transfer.kind == TransferKind.REDEEM, Transfer.key.in_(chunk))
        )
    }


def act_of_award(claim: Claim) -> str:
    """The act by which a claim that pays one became payable; NotFound when it never did."""
    layers = policy.pack(claim.voucher.scheme_version).amount.funding_of(claim.voucher.voucher_kind).layers
    keys = [f"redeem:{claim.public_id}:{layer.id}" for layer in layers]
    found = db.session.scalar(select(Transfer.act_id).where(Transfer.key.in_(keys)).limit(1))
    if found is None:
        raise NotFound(f"award {claim.number}")
    return found


def _redeemed_keys(claims: Sequence[Claim], layers: Collection[str]) -> dict[str, tuple[str, str, int]]:
    """The key of each movement by which a claim may have become payable: the claim, the layer, the payee."""
    return {
        f"redeem:{claim.public_id}:{layer}{end}": (claim.public_id, layer, payee)
        for claim in claims
        for layer in layers
        for payee, end in zip(payees_of(claim), ("", f":{PROVIDER}"), strict=False)
    }


def counted(line: InvoiceLine) -> Counted:
    """A line on record as rules read it."""
    return Counted(line.position, line.name, line.net, line.gross, line.counts)


def _borne(order: Order, service: DateRange, *, share: Fraction) -> list[tuple[UsageStatement, int, int]]:
    """Each confirmed statement of the service period, what it is worth at the agreed price, and what it still bears."""
    used, price = _by_key(Allocation.usage_id, Allocation.order_id == order.id), part_price(order)
    return [
        (usage, worth, worth - used.get(usage.id, 0))
        for usage in _confirmed(order, service)
        for worth in (usage_value(usage.quantity, price, share=share),)
    ]


def _confirmed(order: Order, service: DateRange) -> Sequence[UsageStatement]:
    statement = select(UsageStatement).where(
        UsageStatement.order_id == order.id,
        UsageStatement.confirmed_at.is_not(None),
        UsageStatement.period_from >= service.first,
        or_(UsageStatement.period_until <= (service.last or service.first)),
    )
    return db.session.scalars(statement.order_by(UsageStatement.period_from)).all()


def _counts_for(side: str) -> ColumnElement[bool]:
    """The rows that count on the side of the buyer or of the seller."""
    return or_(Allocation.side.is_(None), Allocation.side == BOTH) if side == BUYER else Allocation.side.is_not(None)


def _allocated(where: object, but_for: int | None) -> int:
    statement = select(func.coalesce(func.sum(Allocation.amount), 0)).where(where)  # type: ignore[arg-type]
    if but_for is not None:
        statement = statement.where(Allocation.claim_id != but_for)
    return int(db.session.scalar(statement) or 0)


def _by_key(column: object, where: object) -> dict[int, int]:
    statement = select(column, func.sum(Allocation.amount)).where(where).group_by(column)  # type: ignore[call-overload]
    return {int(key): int(total) for key, total in db.session.execute(statement) if key is not None}


def _chunks(keys: list[str], size: int = 500) -> Iterable[list[str]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))
