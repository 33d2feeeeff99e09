"""Loading: all stories in one transaction, and what is told of them afterwards."""

import json
import os
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from vouchers.accounts import queries as accounts
from vouchers.accounts.demonstration import FILE
from vouchers.accounts.models import User
from vouchers.applications import queries as applications
from vouchers.cli.demo import (
    bulk,
    cases,
    cast,
    daily,
    deals,
    ground,
    members,
    payments,
    plans,
    redeeming,
    rewards,
    trade,
)
from vouchers.cli.demo.timeline import Days, Story, days_before, play
from vouchers.cli.demo.world import World, actor_named
from vouchers.config import Settings
from vouchers.db.base import db
from vouchers.issuance.models import Voucher
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.money import decimal_yuan
from vouchers.ledger import queries as ledger
from vouchers.ledger.rules import Pot
from vouchers.ledger.services.documents import NewDocument, check_document, record_document
from vouchers.ledger.states import DocumentKind
from vouchers.policy import queries as policy

_LAST_DAY = date(2027, 12, 20)  # the scheme ends with 2027: a later installation looks back on its last days


def is_loaded() -> bool:
    """Whether the demonstration is there already."""
    first = cast.parts("staff")[0]["sign_in"]
    return db.session.scalar(select(User.id).where(User.sign_in == first)) is not None


def is_in_the_way() -> bool:
    """Whether somebody else's scheme stands where the demonstration's would."""
    return policy.scheme_of_pack(ground.PACK) is not None


def tell(at: datetime) -> World:
    """Play every story up to an instant; call it inside a transaction."""
    world = World(_days(at), min(beijing_date(at), _LAST_DAY))
    play(_stories(world))
    return world


def write_accounts(settings: Settings) -> None:
    """Leave the sign-ins where the sign-in page of a development installation finds them."""
    path = settings.instance / FILE
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({"accounts": cast.sign_ins()}, file, ensure_ascii=False, indent=2)
    part.replace(path)


def summary() -> dict[str, Any]:
    """What a script needs to sign in and to go on: accounts, keys, vouchers with what is left on them."""
    vouchers = db.session.scalars(select(Voucher).order_by(Voucher.id).limit(100)).all()
    left = ledger.voucher_balances([voucher.public_id for voucher in vouchers])
    return {
        "accounts": cast.sign_ins(),
        "api_keys": [],
        "vouchers": [
            {
                "code": voucher.code,
                "balance": decimal_yuan(left[voucher.public_id]),
                "enterprise": voucher.enterprise.organisation.name,
            }
            for voucher in vouchers
        ],
    }


def bulk_ground(seed: int, numbers: range, *, at: datetime) -> bulk.Ground:
    """Where these enterprises apply, with envelopes that bear their vouchers, recorded and checked by two people."""
    scheme = policy.scheme_of_pack(ground.PACK)
    window = next(one for one in policy.open_windows(at) if scheme and one.kind == bulk.KIND)
    pot, layers = Pot(scheme.id if scheme else 0, window.kind), tuple(ground.INDICATORS)
    maker, checker = (actor_named(sign_in, beijing_date(at)) for sign_in in ("zhidan", "fuhe"))
    share = bulk.issued_among(numbers, seed) * bulk.FACE // len(layers)
    for layer in layers if share else ():
        number = f"批量示例{seed}-{numbers.start}（演示）"
        new = NewDocument(DocumentKind.ENVELOPE, pot.scheme_id, layer, number, share, voucher_kind=pot.voucher_kind)
        document = record_document(new, actor=maker, at=at)
        check_document(document.public_id, actor=checker, at=at, seen_version=document.version)
    handler = accounts.user_named(cast.parts("enterprises")[0]["sign_in"])
    return bulk.Ground(applications.window(window.public_id), pot, layers, handler, seed)


def _days(at: datetime) -> Days:
    return days_before(min(beijing_date(at), _LAST_DAY + timedelta(days=1)), policy.work_calendar())


def _stories(world: World) -> list[Story]:
    providers = cast.parts("providers")
    return [
        ground.offices_and_staff(world),
        ground.passwords_renewed(world),
        ground.role_proposed(world),
        ground.scheme_in_force(world),
        ground.budgets(world),
        *(members.admitted_provider(world, part) for part in providers if part["offerings"]),
        *(members.provider_in_review(world, part) for part in providers if not part["offerings"]),
        *(members.enterprise(world, part) for part in cast.parts("enterprises")),
        *(cases.case(world, plan) for plan in plans.PLANS),
        *(cases.notice(world, opened, group) for opened, group in plans.NOTICES),
        cases.mended(world, plans.MENDED),
        cases.objection(world, plans.OBJECTED, 2),
        *_trade(world),
        *_rewards(world),
        daily.sweeps(world),
    ]


def _rewards(world: World) -> list[Story]:
    told = rewards.Scheme()
    return [rewards.scheme(world, told), *(rewards.reward(world, plan) for plan in rewards.REWARDS)]


def _trade(world: World) -> list[Story]:
    world.buyers = {plan.key: plan.enterprise for plan in plans.PLANS}
    issued = [(plan, deals.ISSUED.get(plan.key[:3])) for plan in plans.PLANS if plan.until == "approve"]
    return [
        *(trade.issue(world, plan, ago) for plan, ago in issued if ago),
        trade.freeze(world, *deals.FROZEN),
        trade.void(world, *deals.VOIDED),
        *(trade.order(world, plan) for plan in deals.ORDERS),
        *(redeeming.claim(world, plan) for plan in deals.CLAIMS),
        payments.first_batch(world),
        payments.waiting_batch(world),
    ]
