"""What may have changed since the award is asked again at issue, redemption and payment where the pack says so."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.redemption import Stage, approved_claim, make_stage
from vouchers.applications import queries as applications
from vouchers.applications.models import Submission
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import command
from vouchers.parties import queries as party
from vouchers.parties import services as parties
from vouchers.parties.states import FactSource
from vouchers.policy.pack.phases import Phase
from vouchers.redemption import queries as redemption
from vouchers.redemption.invoices.checks import Level
from vouchers.redemption.services.examining import examine
from vouchers.redemption.services.paying import not_payable

REGISTER = command("register")
LATER = ("issue", "redemption", "payment")
RENAMED = "  - {id: same-name, say: 申领后没有更名, provenance: local, at: [AT], when: {is_renamed: false}}\n"
SHIPPED = {
    "    at: [application, redemption]\n    when: {operating_status": "    at: [AT]\n    when: {operating_status",
    "    at: [application]\n    when:\n      any:": "    at: [AT]\n    when:\n      any:",
    "    at: [application]\n    when: {not: {dishonesty": "    at: [AT]\n    when: {not: {dishonesty",
    "\napplicants:\n": f"\napplicants:\n{RENAMED}",
}
"""Four rules of the shipped pack, and where they say when they are asked; the one on the name is added."""


def asked_at(phase: str) -> tuple[tuple[str, str], ...]:
    """The shipped pack with the four rules asked at the application and at one phase after it."""
    return tuple((old, new.replace("AT", f"application, {phase}")) for old, new in SHIPPED.items())


def told(holder: int, name: str, value: object, at: datetime) -> None:
    parties.record_fact(holder, name, value, source=FactSource.REGISTER, actor=REGISTER, at=at)


def struck_off(holder: int, at: datetime, *, undone: bool) -> None:
    told(holder, "operating_status", "operating" if undone else "cancelled", at)


def moved(holder: int, at: datetime, *, undone: bool) -> None:
    for name in ("registered_in", "operates_in"):
        told(holder, name, "重庆市渝中区" if undone else "重庆市江北区", at)


def dishonest(holder: int, at: datetime, *, undone: bool) -> None:
    told(holder, "dishonesty", [] if undone else ["2026-02-01"], at)


def renamed(holder: int, at: datetime, *, undone: bool) -> None:
    organisation = party.organisation(holder)
    (name,) = party.names_of(organisation) - {organisation.name} if undone else {"重庆改名科技有限公司"}
    parties.rename(holder, name, actor=REGISTER, at=at)


HAPPENED: Mapping[str, Callable[..., None]] = {
    "in-operation": struck_off,
    "in-the-district": moved,
    "clean-record": dishonest,
    "same-name": renamed,
}


def stopped(claim_id: str, noon: datetime) -> dict[str, set[str]]:
    """By phase, the rules that say no now, by what issue, claims and batches ask themselves."""
    db.session.rollback()
    claim, on = redemption.get(claim_id), noon.date()
    case = claim.voucher.application
    return {
        "issue": {one.code.removeprefix("again.") for one in applications.asked_again(case, Phase.ISSUE, on=on)},
        "redemption": {
            one.code.removeprefix("rule.")
            for one in examine(claim, on=on).checks
            if one.level is Level.RED and one.code.startswith("rule.")
        },
        "payment": {one.code.removeprefix("again.") for one in not_payable(claim, on=on)},
    }


@pytest.mark.parametrize("phase", LATER)
def test_what_changed_since_stops_where_the_pack_asks_it_again_and_nowhere_else(
    app: Flask, noon: datetime, phase: str
) -> None:
    stage = make_stage(changes=asked_at(phase))
    claim = approved_claim(stage, at=noon).public_id
    holder = confirmed(stage, at=noon)
    nothing: dict[str, set[str]] = {one: set() for one in LATER}
    assert stopped(claim, noon) == nothing

    for minute, (rule, happen) in enumerate(HAPPENED.items()):
        with transaction():
            happen(holder, noon + timedelta(minutes=2 * minute + 1), undone=False)
        assert stopped(claim, noon) == {**nothing, phase: {rule}}
        with transaction():
            happen(holder, noon + timedelta(minutes=2 * minute + 2), undone=True)

    assert stopped(claim, noon) == nothing


def confirmed(stage: Stage, *, at: datetime) -> int:
    """A snapshot under the name of today, as the application was confirmed with; the holder's organisation."""
    voucher = db.session.scalars(select(Voucher).where(Voucher.public_id == stage.voucher)).one()
    organisation, case = voucher.enterprise.organisation, voucher.application
    with transaction():
        snapshot = {"enterprise": {"name": organisation.name}}
        db.session.add(
            Submission(
                application_id=case.id,
                revision=1,
                snapshot=snapshot,
                hash="0" * 64,
                confirmed_by="林知远",
                confirmed_person_id=stage.enterprise.person_id or 0,
                at=at,
            )
        )
        record("test.confirm", Subject("application", case.public_id), actor=REGISTER, at=at)
    return int(organisation.id)
