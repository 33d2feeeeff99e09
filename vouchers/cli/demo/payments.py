"""Payments: a batch with one refused line, its follow-up, and a batch that waits for the checker."""

from datetime import datetime

from vouchers.cli.demo.timeline import Story
from vouchers.cli.demo.world import World
from vouchers.kernel.clock import beijing_date
from vouchers.parties import services as parties
from vouchers.parties.services import NewBankAccount
from vouchers.policy import queries as policy
from vouchers.settlement import queries, services
from vouchers.settlement.rules.bank_file import AnswerRow, Encoding, Outcome
from vouchers.settlement.services import NewBatch, Signature

_REFUSED_PAYEE, _REFUSED_LAYER = "lvyuan", "city"
_WHY = "联行号与开户行不符"


def first_batch(world: World) -> Story:
    """A batch goes to the bank; one line comes back and is paid by a follow-up with the mended account."""
    yield (at := world.days.at(112, "10:00"))
    batch = services.make_batch(_new(world, at), actor=world.actors["zhidan"], at=at)
    public_id = batch.public_id
    yield from _signed_and_sent(world, public_id, 112)
    yield (at := world.days.at(107, "10:00"))
    services.import_result(public_id, _answers(world, public_id), content=b"", actor=world.actors["zhidan"], at=at)
    yield (at := world.days.at(106, "10:00"))
    services.close(public_id, actor=world.actors["zhidan"], at=at)
    yield (at := world.days.at(105, "15:00"))
    _mend_account(world, at)
    yield (at := world.days.at(103, "10:00"))
    year = beijing_date(at).year
    follow_up = services.follow_up(public_id, year, actor=world.actors["zhidan"], at=at).public_id
    yield from _signed_and_sent(world, follow_up, 103)
    yield (at := world.days.at(98, "10:00"))
    services.import_result(follow_up, _all_paid(follow_up), content=b"", actor=world.actors["zhidan"], at=at)
    yield (at := world.days.at(97, "10:00"))
    services.close(follow_up, actor=world.actors["zhidan"], at=at)


def waiting_batch(world: World) -> Story:
    """A batch that its maker has locked; the checker is to type the total from their own copy."""
    yield (at := world.days.at(2, "10:00"))
    batch = services.make_batch(_new(world, at), actor=world.actors["zhidan"], at=at)
    yield (at := world.days.at(2, "10:30"))
    services.lock(batch.public_id, actor=world.actors["zhidan"], at=at)


def _new(world: World, at: datetime) -> NewBatch:
    scheme = policy.get_version(world.version).scheme.public_id
    return NewBatch(scheme, beijing_date(at).year)


def _signed_and_sent(world: World, public_id: str, ago: int) -> Story:
    maker, checker = world.actors["zhidan"], world.actors["fuhe"]
    yield (at := world.days.at(ago, "11:00"))
    services.lock(public_id, actor=maker, at=at)
    yield (at := world.days.at(ago - 1, "10:00"))
    batch = queries.get(public_id)
    services.approve(public_id, Signature(batch.version, batch.total), actor=checker, at=at)
    yield (at := world.days.at(ago - 1, "15:00"))
    services.release(public_id, actor=checker, at=at)
    yield (at := world.days.at(ago - 1, "15:30"))
    services.export_file(public_id, Encoding.UTF8, actor=maker, at=at)


def _answers(world: World, public_id: str) -> list[AnswerRow]:
    payee = world.organisations[_REFUSED_PAYEE]
    refused = {
        number
        for number, attempt in queries.numbered(queries.get(public_id))
        if (attempt.line.payee_id, attempt.line.layer) == (payee, _REFUSED_LAYER)
    }
    return [
        AnswerRow(row.place, row.number, Outcome.REFUSED, "", _WHY) if row.number in refused else row
        for row in _all_paid(public_id)
    ]


def _all_paid(public_id: str) -> list[AnswerRow]:
    numbers = (number for number, _ in queries.numbered(queries.get(public_id)))
    return [
        AnswerRow(place, number, Outcome.PAID, f"YZ{number.replace('-', '')}", "")
        for place, number in enumerate(numbers, start=2)
    ]


def _mend_account(world: World, at: datetime) -> None:
    account = NewBankAccount(
        "重庆示例绿源智算有限公司",
        "示例银行重庆渝中支行",
        "6200000000000000938",
        beijing_date(at),
        bank_code="313653000036",
    )
    parties.add_bank_account(world.organisations[_REFUSED_PAYEE], account, actor=world.actors[_REFUSED_PAYEE], at=at)
