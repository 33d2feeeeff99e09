"""Approved cases that wait for their voucher, and what issuing them would take from each envelope."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import joinedload

from vouchers.applications import queries as applications
from vouchers.applications import rules as application_rules
from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.db.base import db
from vouchers.db.filters import at_least_fen, at_most_fen, contains
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.enterprises.models import Enterprise
from vouchers.issuance import rules
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.findings import Finding
from vouchers.ledger import queries as ledger
from vouchers.ledger.rules import Pot
from vouchers.parties.models import Organisation
from vouchers.policy import queries as policy
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.policy.pack.phases import Phase

MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Issuable:
    """A case that is ready."""

    public_id: str
    number: str
    holder: str
    scheme: str
    kind: str
    approval_number: str
    amount: int
    units: int | None = None  # of a voucher in kind, and of what
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that does not meet what its pack asks again at the issue, and why."""

    case: Issuable
    why: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class LayerNeed:
    """What one layer of one scheme and kind must give, and what its envelope has; amounts in fen."""

    scheme: str
    kind: str
    layer: str
    needed: int
    available: int

    @property
    def left(self) -> int:
        """What the envelope would have afterwards; below zero when it falls short."""
        return self.available - self.needed

    @property
    def is_short(self) -> bool:
        """Whether the envelope does not suffice."""
        return self.left < 0


@dataclass(frozen=True, slots=True)
class DryRun:
    """What issuing these cases would come to."""

    cases: Sequence[Issuable]
    layers: Sequence[LayerNeed]
    stopped: Sequence[Waiting] = ()

    @property
    def total(self) -> int:
        """The sum of the face values."""
        return sum(case.amount for case in self.cases)

    @property
    def is_short(self) -> bool:
        """Whether any envelope does not suffice."""
        return any(layer.is_short for layer in self.layers)


_APPROVED = func.coalesce(Application.approved, 0)
WAITING_LIST = ListSpec(
    key=Application.id,
    sorts={"since": Application.id, "number": Application.number, "holder": Organisation.name, "amount": _APPROVED},
    default="since",
    filters={
        "q": contains(Application.number, Application.approval_number, Organisation.name, Scheme.title),
        "least": at_least_fen(_APPROVED),
        "most": at_most_fen(_APPROVED),
    },
    size=MOST_AT_ONCE,  # a page is what one act takes
)


def issuable(arguments: Mapping[str, str], actor: Actor, *, on: date, directly: bool = False) -> Page[Issuable]:
    """The cases that this officer may issue, those that came first on top.

    `directly`: those that are paid without a voucher instead.
    """
    statement = _ready(actor, on=on, directly=directly)
    return page_of(db.session(), statement, spec=WAITING_LIST, arguments=arguments, shape=_row)


def dry_run(public_ids: Collection[str], actor: Actor, *, on: date, directly: bool = False) -> DryRun:
    """What issuing these cases would take from each layer, cases that are no longer ready left out."""
    chosen = _ready(actor, on=on, directly=directly).where(Application.public_id.in_(public_ids)).limit(MOST_AT_ONCE)
    asked = [(one, not_issuable(one, on=on)) for one in db.session.scalars(chosen)]
    cases = [one for one, why in asked if not why]
    groups: dict[tuple[int, str], list[Application]] = {}
    for case in cases:
        groups.setdefault((case.scheme_version.scheme_id, case.voucher_kind), []).append(case)
    needs = [need for group in groups.values() for need in _needs(group)]
    stopped = [Waiting(_row(one), why) for one, why in asked if why]
    return DryRun([_row(one) for one in cases], needs, stopped)


def not_issuable(application: Application, *, on: date) -> list[Finding]:
    """Why an approved case gets no voucher on a day: what its pack asks again, and what its voucher would be."""
    rule = policy.pack(application.scheme_version).voucher_rule(application.voucher_kind)
    found = rules.object_findings(rule, application.approved or 0, on=on, window=last_day_of(application))
    return [*applications.asked_again(application, Phase.ISSUE, on=on), *found]


def last_day_of(application: Application) -> date:
    """The last day of the window in which a case was applied for."""
    return beijing_date(application.window.closes_at - timedelta(microseconds=1))


def _needs(group: Sequence[Application]) -> list[LayerNeed]:
    version, kind = group[0].scheme_version, group[0].voucher_kind
    funding, pot = policy.pack(version).amount.funding_of(kind), Pot(version.scheme_id, kind)
    amounts = [case.approved or 0 for case in group]
    needed = application_rules.requires_whole_layers(amounts, funding)
    return [
        LayerNeed(
            scheme=version.scheme.title,
            kind=applications.kind_name(group[0]),
            layer=layer.name,
            needed=needed[layer.id],
            available=ledger.balance(pot.envelope(layer.id)),
        )
        for layer in funding.layers
    ]


def _ready(actor: Actor, *, on: date, directly: bool) -> Select[Application]:
    return (
        select(Application)
        .join(SchemeVersion, SchemeVersion.id == Application.scheme_version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .join(Enterprise, Enterprise.id == Application.enterprise_id)
        .join(Organisation, Organisation.id == Enterprise.organisation_id)
        .options(
            joinedload(Application.scheme_version).joinedload(SchemeVersion.scheme),
            joinedload(Application.enterprise).joinedload(Enterprise.organisation),
        )
        .where(
            Application.state == ApplicationState.APPROVED, policy.covered_by(actor, on=on), paid_directly(yes=directly)
        )
        .order_by(Application.id)
    )


def paid_directly(*, yes: bool) -> ColumnElement[bool]:
    """That a case is of a kind that its own version pays directly, or not: versions and kinds that wait are few."""
    waiting = select(SchemeVersion, Application.voucher_kind).join(
        Application, Application.scheme_version_id == SchemeVersion.id
    )
    found = db.session.execute(waiting.where(Application.state == ApplicationState.APPROVED).distinct()).all()
    direct = [(version.id, kind) for version, kind in found if policy.pack(version).pays_directly(kind)]
    of = tuple_(Application.scheme_version_id, Application.voucher_kind)
    return of.in_(direct) if yes else of.not_in(direct)


def _row(case: Application) -> Issuable:
    measure = applications.measure_of(case)
    return Issuable(
        public_id=case.public_id,
        number=case.number,
        holder=case.enterprise.organisation.name,
        scheme=case.scheme_version.scheme.title,
        kind=applications.kind_name(case),
        approval_number=case.approval_number,
        amount=case.approved or 0,
        units=measure.units(case.approved or 0),
        unit=measure.unit,
    )
