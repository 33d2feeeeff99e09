"""B11, INV-38: what belongs to others shows in no list, search, count or export, whatever is asked for."""

import pytest
from sqlalchemy import select

from tests.access.addresses import family_of
from tests.access.test_matrix import path_of, permission_of, rules_of
from tests.access.world import SEATS, World, seat_of
from vouchers.accounts.permissions import RELATIONS, ROLES, Relation
from vouchers.accounts.rules import BODIES
from vouchers.accounts.states import Role
from vouchers.applications.models import Application
from vouchers.db.base import db
from vouchers.enterprises.models import Enterprise
from vouchers.issuance.models import Voucher
from vouchers.ledger.models import FinanceDocument
from vouchers.orders.models import Order
from vouchers.providers.models import Provider
from vouchers.redemption.models import Claim, Invoice
from vouchers.settlement.models import Batch

STRANGERS = ("qiye2", "lvyuan")
PAYING = ("待复核的财政文件", "待列入批次的核销", "退票、待重新支付的明细", "待复核的兑付批次")
OFFICERS = (Role.POLICY_OFFICER, Role.ADMISSION_OFFICER, Role.REVIEWER, Role.DECIDER, Role.OVERSEER, *BODIES)


@pytest.mark.parametrize("sign_in", STRANGERS)
def test_strangers_find_no_word_of_others_wherever_they_look(world: World, sign_in: str) -> None:
    own = seat_of(sign_in)
    words = _words() - _words(own.organisation_id)

    assert len(words) > 30
    assert not _found(world, sign_in, own.role, words)


@pytest.mark.parametrize("role", OFFICERS)
def test_officers_find_no_word_of_other_schemes_wherever_they_look(world: World, role: Role) -> None:
    assert not _found(world, f"elsewhere-{role.value}", role, _words() | _papers_of_finance())


@pytest.mark.parametrize("role", sorted(BODIES))
def test_finance_does_find_the_words_of_its_own_schemes(world: World, role: Role) -> None:
    """Else the search for words of others would prove nothing."""
    assert _found(world, SEATS[role], role, _papers_of_finance())


@pytest.mark.parametrize("role", OFFICERS)
def test_work_of_other_schemes_is_not_even_counted(world: World, role: Role) -> None:
    ours = world.ask(SEATS[role], "GET", "/office/").get_data(as_text=True)
    theirs = world.ask(f"elsewhere-{role.value}", "GET", "/office/").get_data(as_text=True)

    for words in (
        "待受理的申请",
        "待核验的核销",
        "待核定的核销",
        "已批复、待发券",
        "待会议审定",
        "待处理的异议",
        *PAYING,
    ):
        assert words not in theirs
    assert "待" in ours


def test_search_for_a_strangers_number_finds_as_little_as_a_search_for_nothing(world: World) -> None:
    number = next(iter(sorted(_words(seat_of("qiye").organisation_id))))
    asked = [world.ask("qiye2", "GET", "/enterprise/orders/", query_string={"q": q}) for q in (number, "没有这个词")]

    there, nothing = (answer.get_data(as_text=True).replace(number, "没有这个词") for answer in asked)
    assert [answer.status_code for answer in asked] == [200, 200]
    assert there.count("<tr") == nothing.count("<tr")


def _found(world: World, sign_in: str, role: Role, words: set[str]) -> list[str]:
    """Where words of others show: on every page without an argument, as it is and searched for one of the words."""
    wanted, leaks = min(words), []
    for path in _pages(world, role):
        for query in ({}, {"q": wanted}, {"where": "all", "state": ""}):
            answer = world.ask(sign_in, "GET", path, query_string=query)
            text = answer.get_data(as_text=True) if str(answer.mimetype).startswith("text/") else ""
            shown = {word for word in words if word in text and word not in query.values()}
            leaks += [f"{path} {query}: {sorted(shown)[:3]}"] if shown and answer.status_code == 200 else []
    return leaks


def _pages(world: World, role: Role) -> list[str]:
    """Every page this role may open that names no thing, and the exports."""
    found = []
    for rule in rules_of(world.app):
        permission, family = permission_of(world.app, rule), family_of(rule) if rule.arguments else None
        is_open = permission is None or (permission in ROLES[role] and RELATIONS[permission] is not Relation.ALL)
        names_nothing = not rule.arguments or (family is not None and family.fixed >= rule.arguments)
        if is_open and names_nothing and "GET" in (rule.methods or set()) and rule.endpoint != "static":
            arguments = next(iter(family.found(seat_of(SEATS[role]))), {}) if family else {}
            found.append(path_of(world.app, rule, arguments) if rule.arguments <= set(arguments) else "")
    return [path for path in found if path]


def _papers_of_finance() -> set[str]:
    """Numbers of batches and finance documents."""
    columns = (Batch.number, FinanceDocument.number)
    return {word for column in columns for word in db.session.scalars(select(column))}


def _words(organisation_id: int | None = None) -> set[str]:
    """Numbers and codes that only the people they belong to and the office may see; of one organisation, or of all."""
    buyers, sellers = select(Enterprise.id), select(Provider.id)
    if organisation_id is not None:
        buyers = buyers.where(Enterprise.organisation_id == organisation_id)
        sellers = sellers.where(Provider.organisation_id == organisation_id)
    orders = Order.enterprise_id.in_(buyers) | Order.provider_id.in_(sellers)
    vouchers = Voucher.enterprise_id.in_(buyers) | Voucher.id.in_(select(Order.voucher_id).where(orders))
    statements = (
        select(Application.number).where(Application.enterprise_id.in_(buyers)),
        select(Voucher.number).where(vouchers),
        select(Voucher.code).where(vouchers),
        select(Order.number).where(orders),
        select(Claim.number).where(Claim.order_id.in_(select(Order.id).where(orders))),
        select(Invoice.key).where(
            Invoice.id.in_(select(Claim.invoice_id).where(Claim.order_id.in_(select(Order.id).where(orders))))
        ),
    )
    return {word for statement in statements for word in db.session.scalars(statement) if word}
