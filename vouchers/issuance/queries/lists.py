"""Vouchers in lists: the office's, and an owner's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select

from vouchers.db.base import db
from vouchers.db.filters import at_least_fen, at_most_fen, contains, from_day, one_of, to_day
from vouchers.db.lists import ListSpec, Page, Source, export_of, page_of
from vouchers.enterprises.models import Enterprise
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import OF_SUBSIDIES, VoucherState
from vouchers.kernel.actor import Actor
from vouchers.ledger.models import LedgerAccount
from vouchers.ledger.states import AccountKind
from vouchers.parties.models import Organisation
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.policy.reach import reaches_version


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """One voucher in a list; `left` in fen."""

    public_id: str
    number: str
    holder: str
    scheme: str
    tier: str
    face: int
    left: int
    state: VoucherState
    valid_from: date
    valid_until: date
    units: int | None = None  # of a voucher in kind, and of what
    unit: str | None = None

    @property
    def is_subsidy(self) -> bool:
        """Whether it stands in the place of a voucher and was never to be spent: its days say nothing."""
        return self.state in OF_SUBSIDIES


_LEFT = (
    select(func.coalesce(func.sum(LedgerAccount.balance), 0))
    .where(LedgerAccount.kind == AccountKind.VOUCHER, LedgerAccount.subject == Voucher.public_id)
    .correlate(Voucher)
    .scalar_subquery()
)

VOUCHER_LIST = ListSpec(
    key=Voucher.id,
    sorts={
        "number": Voucher.number,
        "holder": Organisation.name,
        "face": Voucher.face,
        "issued": Voucher.issued_at,
        "until": Voucher.valid_until,
    },
    default="-issued",
    filters={
        "q": contains(Voucher.number, Voucher.code, Organisation.name),
        "state": one_of(Voucher.state, VoucherState),
        "from": from_day(Voucher.valid_until),
        "to": to_day(Voucher.valid_until),
        "least": at_least_fen(Voucher.face),
        "most": at_most_fen(Voucher.face),
    },
    sources={
        "q": (
            Source(Voucher.id, (Voucher.number, Voucher.code)),
            Source(
                Organisation.id,
                (Organisation.name,),
                leads=select(Voucher.id).join(Enterprise, Enterprise.id == Voucher.enterprise_id),
                through=Enterprise.organisation_id,
            ),
        )
    },
)


def list_vouchers(arguments: Mapping[str, str], actor: Actor, *, on: date) -> Page[VoucherRow]:
    """The office's list of vouchers, of the schemes within reach."""
    statement = _rows().where(reaches_version(Voucher.scheme_version_id, actor, on=on))
    return page_of(db.session(), statement, spec=VOUCHER_LIST, arguments=arguments, shape=VoucherRow)


def export_vouchers(arguments: Mapping[str, str], actor: Actor, *, on: date) -> Iterator[VoucherRow]:
    """Every row of the same list."""
    statement = _rows().where(reaches_version(Voucher.scheme_version_id, actor, on=on))
    return export_of(db.session(), statement, spec=VOUCHER_LIST, arguments=arguments, shape=VoucherRow)


def list_own(organisation_id: int | None) -> list[VoucherRow]:
    """The vouchers of an organisation, those that end first on top."""
    statement = _rows().where(Enterprise.organisation_id == organisation_id)
    rows = db.session.execute(statement.order_by(Voucher.valid_until.desc(), Voucher.id.desc()))
    return [VoucherRow(*row) for row in rows]


def _rows() -> Select[str, str, str, str, str, int, int, VoucherState, date, date, int | None, str | None]:
    return (
        select(
            Voucher.public_id,
            Voucher.number,
            Organisation.name,
            Scheme.title,
            Voucher.tier,
            Voucher.face,
            _LEFT,
            Voucher.state,
            Voucher.valid_from,
            Voucher.valid_until,
            Voucher.units,
            Voucher.unit,
        )
        .join(Enterprise, Enterprise.id == Voucher.enterprise_id)
        .join(Organisation, Organisation.id == Enterprise.organisation_id)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
    )
