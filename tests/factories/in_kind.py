"""A voucher for card-hours in its holder's hands, with the Wuhan pack as it ships, and who serves them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from flask import Flask

from tests.factories import archetypes, providers
from tests.factories.applications import make_applicant
from tests.factories.archetypes import Change, Story, at, party_of, settled
from tests.factories.redemption import Stage, add_account, invoice_file
from vouchers.applications import queries as applications
from vouchers.applications import services as cases
from vouchers.applications.services import SavedFacts
from vouchers.db.transaction import transaction
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.orders import services as orders
from vouchers.orders.services import NewOrder, NewUsage
from vouchers.orders.states import Side

KIND = "free-hours"
PRICE = 1_000  # fen: the most that the pack lets a card-hour cost
HOUR = 1_000  # parts
MOST = 2_000  # hours in a year
ALONE: Mapping[str, object] = {"is_one_person_company": True}
_numbers = count(300)


def in_batches(data: dict[str, Any]) -> None:
    """The same pack from January on, its cases taken in one window a year instead of at all times."""
    data["effective"]["from"] = date(2026, 1, 1).isoformat()
    data["process"]["intakes"][0]["opens"] = "yearly"


def reviewed(data: dict[str, Any]) -> None:
    """Every case looked at by people."""
    data["process"]["intakes"][0]["track"] = "reviewed"


@dataclass(frozen=True)
class Hours:
    """A voucher for card-hours, its holder, and a provider who serves them."""

    story: Story
    applicant: Actor
    voucher: str
    seller: Actor
    offering: str

    def terms(self, hours: int, **changes: Any) -> NewOrder:
        """An order for so many hours at eight yuan each, all of it by voucher."""
        gross = changes.pop("gross", hours * 800)
        net = changes.pop("net", gross * 100 // 106)
        usual = {
            "voucher": self.voucher,
            "offering": self.offering,
            "contract_number": "KS-2026-1",
            "contract_signed_on": date(2026, 1, 22),
            "contract_file_id": None,
            "quantity": hours * HOUR,
            "tax_rate_bp": 600,
            "net": net,
            "tax": gross - net,
            "gross": gross,
            "hold": gross,
            "service_from": date(2026, 2, 1),
            "service_until": date(2026, 4, 30),
        }
        return NewOrder(**{**usual, **changes})

    def proposed(self, hours: int, **changes: Any) -> str:
        """The holder's proposal; opens its own transaction."""
        with transaction():
            new = self.terms(hours, **changes)
            return orders.propose(new, side=Side.ENTERPRISE, actor=self.applicant, at=at(1, 22)).public_id

    def confirmed(self, order: str) -> str:
        """The provider's word; opens its own transaction."""
        with transaction():
            return orders.confirm(order, side=Side.PROVIDER, actor=self.seller, at=at(1, 23)).public_id

    def ordered(self, hours: int, **changes: Any) -> str:
        """An order of both sides."""
        return self.confirmed(self.proposed(hours, **changes))

    def used(self, order: str, hours: int) -> None:
        """February's usage, recorded and confirmed; opens its own transactions."""
        with transaction():
            usage = NewUsage(date(2026, 2, 1), date(2026, 2, 28), hours * HOUR, 6200)
            made = orders.record_usage(order, usage, actor=self.seller, at=at(3, 1)).public_id
        with transaction():
            orders.confirm_usage(made, actor=self.applicant, at=at(3, 2))

    def completed(self, order: str) -> None:
        """The end of a served order, by who served it; opens its own transaction."""
        with transaction():
            orders.complete(order, side=Side.PROVIDER, actor=self.seller, at=at(3, 20))


def make_hours(app: Flask, *changes: Change, hours: int = MOST, price: int = 800) -> Hours:
    """A voucher for so many hours, applied for, approved and issued; and a listed offering.

    `changes` are made to the pack before it is loaded.
    """
    story = archetypes.begin(
        app, archetypes.loaded("wuhan-opc", in_batches, reviewed, *changes), at=at(1, 5), kind=KIND
    )
    applicant = make_applicant(1, at=at(1, 5))
    case = asked(story, applicant, hours)
    archetypes.submitted(case, applicant, at=at(1, 6))
    archetypes.approved(story, case, at=at(1, 9), until=at(1, 21))
    with transaction():
        voucher = issuance.issue(case, actor=story.ground.officer("decider"), at=at(1, 21)).public_id
    return with_seller(story, applicant, voucher, price=price)


def with_seller(story: Story, applicant: Actor, voucher: str, *, price: int = 800) -> Hours:
    """An admitted provider with an account and an entry at this price for a voucher."""
    provider = providers.admitted_provider(next(_numbers), at=at(1, 5))
    entry = providers.listed(provider, providers.terms(price=price), at=at(1, 5))
    seller = providers.own_actor(provider)
    with transaction():
        add_account(provider.provider.organisation_id, actor=seller)
    return Hours(story, applicant, voucher, seller, entry.public_id)


def asked(story: Story, applicant: Actor, hours: int | None, *, fen: int = 0) -> str:
    """A draft that asks for so many hours (or for an amount); its public id."""
    case = archetypes.drafted(story, applicant, ALONE, at=at(1, 6))
    with transaction():
        requested = fen if hours is None else hours * PRICE
        saved = SavedFacts({}, applications.get(case).version, requested=requested)
        cases.save_facts(case, saved, actor=applicant, at=at(1, 6))
    return case


def claimed(hours: Hours, order: str, gross: int) -> str:
    """A claim of the provider on an invoice over all that was used, approved by two; its public id."""
    seller = hours.seller.organisation_id or 0
    sides = (party_of(hours.applicant.organisation_id or 0), party_of(seller))
    scheme, net = hours.story.ground.scheme_id, gross * 100 // 106
    stage = Stage(scheme, 0, hours.voucher, order, *sides, hours.seller, hours.applicant, seller)
    file = invoice_file(stage, net=net, tax=gross - net)
    return settled(hours.story, stage, by=hours.seller, amount=gross, at=at(3, 18), invoice=file)
