"""服务目录: what admitted providers offer, at which price."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, String, cast, exists, func, literal, select, type_coerce

from vouchers.db.base import db
from vouchers.db.filters import MalformedList, at_most_fen, contains, equals, one_of
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.kernel.errors import NotFound
from vouchers.parties.models import Organisation
from vouchers.providers import rules
from vouchers.providers.models import Admission, Offering, OfferingPrice, Provider
from vouchers.providers.queries.admission import admission_holds
from vouchers.providers.states import OfferingKind, OfferingState, Precision, Unit
from vouchers.providers.units import price_of_part


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One entry of the catalogue, as everybody may compare it: the price in fen per unit."""

    public_id: str
    name: str
    kind: OfferingKind
    unit: Unit
    card: str | None
    precision: Precision | None
    gflops_per_card: int | None
    price: int
    region: str
    green_share_bp: int | None
    provider_public_id: str
    provider_name: str

    @property
    def price_per_pflops_hour(self) -> int | None:
        """Fen per PFLOPS-hour, for comparing; None of what has no card."""
        return rules.price_per_pflops_hour(self.price, self.gflops_per_card)

    @property
    def comparison(self) -> Fraction:
        """Fen by which entries of a unit compare: per PFLOPS-hour, else per part of the unit."""
        per_pflops = self.price_per_pflops_hour
        return price_of_part(self.price, self.unit) if per_pflops is None else Fraction(per_pflops)


_BEHIND_ALL = rules.MOST_PRICE * rules.GFLOPS_PER_PFLOPS + 1
_PER_PFLOPS = func.coalesce(
    cast(type_coerce(Offering.price, BigInteger) * rules.GFLOPS_PER_PFLOPS // Offering.gflops_per_card, BigInteger),
    literal(_BEHIND_ALL, BigInteger),
)
_COLUMNS = (
    Offering.public_id,
    Offering.name,
    Offering.kind,
    Offering.unit,
    Offering.card,
    Offering.precision,
    Offering.gflops_per_card,
    Offering.price,
    Offering.region,
    Offering.green_share_bp,
    Provider.public_id,
    Organisation.name,
)


def at_least_percent(column: Any) -> Any:
    """The column of basis points is at least this percentage."""

    def condition(text: str) -> ColumnElement[bool]:
        try:
            basis_points = int(Decimal(text) * 100)
        except (InvalidOperation, ValueError, OverflowError):
            basis_points = -1
        if not 0 <= basis_points <= rules.WHOLE_BP:
            raise MalformedList("绿电占比应为 0 到 100 之间的数")
        return column >= basis_points  # type: ignore[no-any-return]

    return condition


CATALOGUE = ListSpec(
    key=Offering.id,
    sorts={
        "price": Offering.price,
        "pflops": _PER_PFLOPS,
        "green": func.coalesce(Offering.green_share_bp, 0),
        "card": func.coalesce(Offering.card, ""),
        "region": Offering.region,
    },
    default="pflops",
    filters={
        "q": contains(Offering.name, Offering.card, Organisation.name),
        "kind": one_of(Offering.kind, OfferingKind),
        "unit": one_of(Offering.unit, Unit),
        "precision": one_of(Offering.precision, Precision),
        "region": equals(Offering.region),
        "green": at_least_percent(Offering.green_share_bp),
        "most": at_most_fen(Offering.price),
    },
)


def offering(public_id: str) -> Offering:
    """An entry by its public id, listed or withdrawn."""
    return _found(db.session.scalar(select(Offering).where(Offering.public_id == public_id)), public_id)


def offering_own(public_id: str, provider_id: int) -> Offering:
    """An entry of this provider; a stranger's looks like none."""
    own = (Offering.public_id == public_id, Offering.provider_id == provider_id)
    return _found(db.session.scalar(select(Offering).where(*own)), public_id)


def lock_own_offering(public_id: str, provider_id: int) -> Offering:
    """An entry of this provider, held until the commit."""
    own = (Offering.public_id == public_id, Offering.provider_id == provider_id)
    statement = select(Offering).where(*own).with_for_update().execution_options(populate_existing=True)
    return _found(db.session.scalar(statement), public_id)


def offerings_own(provider_id: int) -> list[Offering]:
    """All entries of a provider, the newest first."""
    statement = select(Offering).where(Offering.provider_id == provider_id).order_by(Offering.id.desc())
    return list(db.session.scalars(statement))


def listed_offerings(kind: OfferingKind | str, *, on: date | None = None) -> list[CatalogueRow]:
    """The entries of one kind that can be ordered, the cheapest first: card-hours by PFLOPS-hour, then by part."""
    statement = _listed(on).where(Offering.kind == OfferingKind(kind)).order_by(_PER_PFLOPS, Offering.id)
    rows = [CatalogueRow(*row) for row in db.session.execute(statement)]
    return sorted(rows, key=lambda row: (row.gflops_per_card is None, row.comparison))


def offerings_of(provider_id: int, *, on: date | None = None) -> list[CatalogueRow]:
    """The entries of one provider that can be ordered."""
    statement = _listed(on).where(Provider.id == provider_id).order_by(_PER_PFLOPS, Offering.id)
    return [CatalogueRow(*row) for row in db.session.execute(statement)]


def is_available(entry: Offering, *, on: date) -> bool:
    """Whether an entry can be ordered on a day."""
    return db.session.execute(_listed(on).where(Offering.id == entry.id)).one_or_none() is not None


def catalogue_page(arguments: Mapping[str, str], *, on: date) -> Page[CatalogueRow]:
    """The public catalogue as its filters ask for it."""
    return page_of(db.session(), _listed(on), spec=CATALOGUE, arguments=arguments, shape=CatalogueRow)


def catalogue_regions() -> list[str]:
    """The regions that any listed entry names."""
    statement = select(Offering.region).where(Offering.state == OfferingState.LISTED).distinct()
    return sorted(db.session.scalars(statement))


def price_history(offering_id: int) -> list[OfferingPrice]:
    """What an entry cost since when, the newest first."""
    statement = select(OfferingPrice).where(OfferingPrice.offering_id == offering_id)
    return list(db.session.scalars(statement.order_by(OfferingPrice.since.desc())))


def _listed(on: date | None) -> Select[*tuple[Any, ...]]:
    named = literal(" ") + Admission.kinds + literal(" ")
    is_admitted = exists(
        select(Admission.id).where(
            Admission.provider_id == Provider.id,
            *admission_holds(on),
            named.like(literal("% ") + type_coerce(Offering.kind, String) + literal(" %")),
        )
    )
    return (
        select(*_COLUMNS)
        .join(Provider, Provider.id == Offering.provider_id)
        .join(Organisation, Organisation.id == Provider.organisation_id)
        .where(Offering.state == OfferingState.LISTED, is_admitted)
    )


def _found(entry: Offering | None, key: str) -> Offering:
    if entry is None:
        raise NotFound(f"offering {key}")
    return entry
