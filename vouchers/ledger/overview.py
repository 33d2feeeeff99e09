"""What finance sees at a glance: schemes with their envelopes and indicators side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from vouchers.accounts.models import Office
from vouchers.accounts.states import OfficeKind
from vouchers.db.base import db
from vouchers.db.filters import contains, one_of
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.kernel.actor import Actor
from vouchers.ledger import queries
from vouchers.ledger.models import FinanceDocument
from vouchers.ledger.queries import IndicatorTotals, PotTotals
from vouchers.ledger.states import DocumentKind, DocumentState
from vouchers.policy import force
from vouchers.policy import queries as policy
from vouchers.policy.models import Scheme
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.reach import reaches_scheme
from vouchers.web.wording import said

DOCUMENTS = ListSpec(
    key=FinanceDocument.id,
    sorts={"recorded": FinanceDocument.created_at, "number": FinanceDocument.number},
    default="-recorded",
    filters={
        "q": contains(FinanceDocument.number),
        "kind": one_of(FinanceDocument.kind, DocumentKind),
        "state": one_of(FinanceDocument.state, DocumentState),
    },
)


@dataclass(frozen=True, slots=True)
class Pots:
    """The commitments of one scheme and kind over its layers, by name, with their sum. Amounts in fen."""

    title: str
    kind: str
    layers: Sequence[tuple[str, PotTotals]]
    granted: int
    available: int
    promised: int
    owed: int
    paid: int


@dataclass(frozen=True, slots=True)
class Cash:
    """One 指标文 with the name of its layer, in fen."""

    title: str
    layer: str
    totals: IndicatorTotals

    @property
    def granted(self) -> int:
        """What the document and its amendments come to."""
        return self.totals.unspent + self.totals.spent


@dataclass(frozen=True, slots=True)
class Gap:
    """Commitments of a layer that no indicator covers, in fen."""

    title: str
    layer_name: str
    committed: int
    unspent: int


def documents(actor: Actor, arguments: Mapping[str, str], *, on: date) -> Page[FinanceDocument]:
    """A page of the finance documents within reach, newest first."""
    reached = select(FinanceDocument).where(reaches_scheme(FinanceDocument.scheme_id, actor, on=on))
    return page_of(db.session(), reached, spec=DOCUMENTS, arguments=arguments, shape=lambda document: document)


def waiting_documents(actor: Actor, *, on: date) -> Sequence[FinanceDocument]:
    """All finance documents within reach that wait for the second person, newest first."""
    reached = (FinanceDocument.state == DocumentState.RECORDED, reaches_scheme(FinanceDocument.scheme_id, actor, on=on))
    return db.session.scalars(select(FinanceDocument).where(*reached).order_by(FinanceDocument.id.desc())).all()


def pots(actor: Actor, *, on: date) -> list[Pots]:
    """Envelopes of every scheme within reach and kind."""
    schemes = _schemes(actor, on)
    grouped: dict[tuple[int, str], list[PotTotals]] = {}
    for total in queries.pot_totals():
        if total.scheme_id not in schemes:
            continue
        grouped.setdefault((total.scheme_id, total.voucher_kind), []).append(total)
    return [_pots(schemes[scheme_id], kind, totals) for (scheme_id, kind), totals in grouped.items()]


def cash(actor: Actor, *, on: date) -> list[Cash]:
    """Indicators of every scheme within reach."""
    schemes = _schemes(actor, on)
    return [
        Cash(
            schemes[one.document.scheme_id].title, layer_name(schemes[one.document.scheme_id], one.document.layer), one
        )
        for one in queries.indicator_totals()
        if one.document.scheme_id in schemes
    ]


def gaps(actor: Actor, *, on: date) -> list[Gap]:
    """Layers within reach that have promised or owe more than their indicators allow to be paid."""
    schemes = _schemes(actor, on)
    return [
        Gap(schemes[one.scheme_id].title, layer_name(schemes[one.scheme_id], one.layer), one.committed, one.unspent)
        for one in queries.uncovered()
        if one.scheme_id in schemes
    ]


def places(actor: Actor, *, on: date) -> list[tuple[str, str]]:
    """Where an envelope can be recorded: `scheme|kind|layer` and its words."""
    return [
        (f"{scheme.id}|{kind.id}|{layer.id}", " · ".join(map(said, (scheme.title, kind.name, layer.name))))
        for scheme, pack in _packs(actor, on)
        for kind in pack.kinds
        for layer in pack.amount.funding_of(kind.id).layers
    ]


def cash_places(actor: Actor, *, on: date) -> list[tuple[str, str]]:
    """Where an indicator can be recorded: `scheme|layer` and its words."""
    return [
        (f"{scheme.id}|{layer.id}", f"{said(scheme.title)} · {said(layer.name)}")
        for scheme, pack in _packs(actor, on)
        for layer in pack.amount.layers()
    ]


def paying_offices() -> list[tuple[str, str]]:
    """Finance bureaux that can pay."""
    statement = select(Office).where(Office.kind == OfficeKind.FINANCE).order_by(Office.id)
    return [(str(office.id), office.name) for office in db.session.scalars(statement)]


def layer_name(scheme: Scheme, layer: str) -> str:
    """What the pack calls a funding layer."""
    pack = _pack_of(scheme)
    names = {one.id: one.name for one in pack.amount.layers()} if pack else {}
    return names.get(layer, layer)


def kind_name(scheme: Scheme, kind: str) -> str:
    """What the pack calls a voucher kind."""
    pack = _pack_of(scheme)
    names = {one.id: one.name for one in pack.kinds} if pack else {}
    return names.get(kind, kind)


def _packs(actor: Actor, on: date) -> list[tuple[Scheme, PolicyPack]]:
    found = ((scheme, _pack_of(scheme)) for scheme in _schemes(actor, on).values())
    return [(scheme, pack) for scheme, pack in found if pack is not None]


def _pack_of(scheme: Scheme) -> PolicyPack | None:
    version = force.latest_text(scheme.id)
    return policy.pack(version) if version else None


def _schemes(actor: Actor, on: date) -> dict[int, Scheme]:
    within = select(Scheme).where(policy.covered_by(actor, on=on)).order_by(Scheme.id)
    return {scheme.id: scheme for scheme in db.session.scalars(within)}


def _pots(scheme: Scheme, kind: str, totals: Sequence[PotTotals]) -> Pots:
    return Pots(
        title=scheme.title,
        kind=kind_name(scheme, kind),
        layers=[(layer_name(scheme, total.layer), total) for total in totals],
        granted=sum(total.granted for total in totals),
        available=sum(total.available for total in totals),
        promised=sum(total.vouchers + total.held for total in totals),
        owed=sum(total.payable for total in totals),
        paid=sum(total.paid for total in totals),
    )
