"""Caps of every shape hold when vouchers are issued: counted, per period, chosen by condition; the ledger proves it."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask

from tests.factories.accounts import MAKER
from tests.factories.applications import Ground, make_applicant, make_draft, make_ground, make_window
from tests.factories.enterprises import enterprise
from tests.factories.issuance import issue, make_case, make_held
from tests.factories.orders import make_confirmed, make_deal
from tests.policy.packs import with_cap
from tests.races import together
from vouchers.applications import queries as applications
from vouchers.applications.models import Application
from vouchers.applications.services import preview
from vouchers.applications.states import ApplicationState
from vouchers.audit import queries as audit
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.enterprises.services import Registered
from vouchers.issuance import queries, services
from vouchers.issuance.models import Voucher
from vouchers.kernel.actor import job
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger import verify
from vouchers.ledger.rules import Cap
from vouchers.ledger.states import AccountKind
from vouchers.ledger.support import years_supported
from vouchers.orders import services as orders
from vouchers.orders.states import Side

pytestmark = pytest.mark.database

SOME = 300_000
MONTH, QUARTER, YEAR = timedelta(days=31), timedelta(days=92), timedelta(days=366)
BY_SIZE = {"match": [{"when": {"size_class": {"is": "small"}}, "then": "3000 元"}], "otherwise": "6000 元"}


def extra(voucher: Voucher) -> Cap:
    """The quota of the further cap on which a voucher drew."""
    (found,) = [cap for cap in queries.caps_drawn(voucher) if cap.key == "extra"]
    return found


def seen(case: Application, at: datetime, fact: str = "counted:extra") -> object:
    """What the rules are told of the quota."""
    return applications.seen_facts(case, on=beijing_date(at))[fact].value


def refused(ground: Ground, case: Application, at: datetime) -> list[str]:
    with pytest.raises(RuleViolation) as found:
        issue(ground, case, at=at)
    return [finding.code for finding in found.value.findings]


def of_size(ground: Ground, applicant: Registered, size: str, *, at: datetime, amount: int = SOME) -> Application:
    """An approved case whose decision saw this size class."""
    case = make_case(ground, applicant, at=at, amount=amount)
    with transaction():
        case.decision = {"facts": {"size_class": size}}
        db.session.flush()
        audit_note(case, at)
    return case


def end(case: Application, at: datetime) -> None:
    """End a case, so that its enterprise may have another in the window."""
    with transaction():
        case.state = ApplicationState.WITHDRAWN
        db.session.flush()
        audit_note(case, at)


def audit_note(case: Application, at: datetime) -> None:
    record("test.size", Subject("application", case.public_id), actor=MAKER, at=at)


def test_a_second_claim_is_refused_where_one_is_allowed(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=with_cap(count=1, counting="claims")), enterprise(at=noon)
    first = make_case(ground, applicant, at=noon, amount=SOME)
    assert seen(first, noon) == 0
    cap = extra(issue(ground, first, at=noon))

    second = make_case(ground, applicant, at=noon, amount=SOME)

    assert seen(second, noon) == 1
    assert refused(ground, second, noon) == ["count_short"]
    assert (ledger.balance(cap.account(AccountKind.DRAWN)), ledger.balance(cap.account(AccountKind.QUOTA))) == (1, 0)
    assert cap.account(AccountKind.DRAWN).unit == "claims"
    assert list(verify.findings()) == []


def test_of_two_at_the_same_moment_one_gets_the_last_claim(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=with_cap(count=2, counting="claims")), enterprise(at=noon)
    cap = extra(issue(ground, make_case(ground, applicant, at=noon, amount=SOME), at=noon))
    grounds = [ground, *(replace(ground, window=make_window(ground, at=noon).public_id) for _ in range(5))]
    cases = [make_case(one, applicant, at=noon, amount=SOME).public_id for one in grounds]
    decider = ground.officer("decider")
    db.session.rollback()

    def press(public_id: str) -> str:
        with transaction():
            return services.issue(public_id, actor=decider, at=noon).number

    results = together(app, [lambda one=one: press(one) for one in cases])  # type: ignore[misc]
    db.session.rollback()

    assert sum(isinstance(one, str) for one in results) == 1, results
    assert {finding.code for one in results if isinstance(one, RuleViolation) for finding in one.findings} == {
        "count_short"
    }
    assert (ledger.balance(cap.account(AccountKind.DRAWN)), ledger.balance(cap.account(AccountKind.QUOTA))) == (2, 0)
    assert list(verify.findings()) == []


def test_a_year_of_support_counts_once_and_a_further_year_is_refused(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=with_cap(count=1, counting="years")), enterprise(at=noon)
    vouchers = [issue(ground, make_case(ground, applicant, at=noon, amount=SOME), at=noon) for _ in range(2)]
    cap = extra(vouchers[1])

    third = make_case(ground, applicant, at=noon, amount=SOME)

    assert (seen(third, noon), seen(third, noon + YEAR)) == (0, 1)
    assert ledger.balance(cap.account(AccountKind.DRAWN)) == 1
    assert ledger.balance(cap.uses(AccountKind.DRAWN)) == 2
    assert refused(ground, third, noon + YEAR) == ["count_short"]
    assert list(verify.findings()) == []


@pytest.mark.parametrize("counting", ["claims", "years"])
def test_what_was_counted_comes_back_when_nothing_was_used(app: Flask, noon: datetime, counting: str) -> None:
    ground, applicant = make_ground(at=noon, loaded=with_cap(count=2, counting=counting)), enterprise(at=noon)
    cap = extra(issue(ground, make_case(ground, applicant, at=noon, amount=SOME), at=noon))
    later = noon + timedelta(days=3)
    issue(ground, make_case(ground, applicant, at=later, amount=SOME), at=later)
    left = []

    for day in (noon + timedelta(days=185), noon + timedelta(days=200)):
        with transaction():
            services.expire_due(actor=job("daily"), at=day)
        left.append(ledger.balance(cap.account(AccountKind.DRAWN)))

    assert left[-1] == 0
    assert ledger.balance(cap.account(AccountKind.QUOTA)) == 2
    assert list(verify.findings()) == []


def test_a_voucher_that_is_partly_in_use_stays_counted_until_all_of_it_has_come_back(
    app: Flask, noon: datetime
) -> None:
    ground = make_ground(at=noon, loaded=with_cap(count=1, counting="claims"))
    deal = make_deal(at=noon, held=make_held(at=noon, ground=ground))
    order, late = make_confirmed(deal, at=noon), noon + timedelta(days=200)
    cap = extra(queries.get(deal.voucher))
    with transaction():
        services.expire_due(actor=job("daily"), at=late)
    in_use = ledger.balance(cap.account(AccountKind.DRAWN))

    with transaction():
        orders.cancel(order, "没有使用", side=Side.PROVIDER, actor=deal.seller, at=late)

    assert (in_use, ledger.balance(cap.account(AccountKind.DRAWN))) == (1, 0)


@pytest.mark.parametrize(("per", "later"), [("month", MONTH), ("quarter", QUARTER), ("calendar-year", YEAR)])
def test_a_period_has_a_quota_of_its_own(app: Flask, noon: datetime, per: str, later: timedelta) -> None:
    ground, applicant = make_ground(at=noon, loaded=with_cap(limit="3000 元", per=per)), enterprise(at=noon)
    cap = extra(issue(ground, make_case(ground, applicant, at=noon, amount=SOME), at=noon))

    second = make_case(ground, applicant, at=noon, amount=SOME)

    assert refused(ground, second, noon) == ["quota_short"]
    assert (seen(second, noon, "granted:extra"), seen(second, noon + later, "granted:extra")) == ("3000.00", "0.00")
    following = extra(issue(ground, second, at=noon + later))
    assert (following.period, following.party) != (cap.period, cap.party)
    assert following.party == cap.party
    assert list(verify.findings()) == []


def test_a_moving_period_looks_back_from_the_day(app: Flask, noon: datetime) -> None:
    loaded = with_cap(limit="5000 元", per="rolling", span="2 months")
    ground, applicant = make_ground(at=noon, loaded=loaded), enterprise(at=noon)
    cap = extra(issue(ground, make_case(ground, applicant, at=noon, amount=SOME), at=noon))  # on 18 March
    later, last, free = (noon + timedelta(days=days) for days in (30, 60, 61))  # 17 April, 17 and 18 May
    issue(ground, make_case(ground, applicant, at=later, amount=SOME // 3), at=later)

    third = make_case(ground, applicant, at=last, amount=SOME)

    assert (seen(third, last, "granted:extra"), seen(third, free, "granted:extra")) == ("4000.00", "1000.00")
    assert refused(ground, third, last) == ["quota_short"]
    issue(ground, third, at=free)
    assert ledger.balance(cap.account(AccountKind.DRAWN)) == 0
    assert ledger.balance(cap.account(AccountKind.QUOTA)) == 500_000 - SOME - SOME // 3
    assert list(verify.findings()) == []


def test_contracts_in_a_moving_period_stand_by_the_last_day_they_were_drawn_for(app: Flask, noon: datetime) -> None:
    loaded = with_cap(count=1, counting="contracts", per="rolling", span="2 months")
    ground, applicant = make_ground(at=noon, loaded=loaded), enterprise(at=noon)

    def case_of(number: str, days: int) -> Application:
        at = noon + timedelta(days=days)
        apart = replace(ground, window=make_window(ground, at=noon).public_id)  # one case of a kind waits in each
        return of_contract(make_case(apart, applicant, at=at, amount=SOME), number, at)

    def given(number: str, days: int) -> Voucher:
        return issue(ground, case_of(number, days), at=noon + timedelta(days=days))

    def count(number: str, days: int) -> object:
        return seen(case_of(number, days), noon + timedelta(days=days))

    def void(voucher: Voucher, days: int) -> None:
        with transaction():
            services.void(
                voucher.public_id, "放弃", actor=ground.officer("decider"), at=noon + timedelta(days=days),
                seen_version=voucher.version,
            )  # fmt: skip

    first, again = given("A1", 0), given("A1", 30)  # 18 March, 17 April
    assert (count("A1", 40), count("B2", 40), count("B2", 61), count("B2", 91)) == (0, 1, 1, 0)
    assert refused(ground, case_of("B2", 61), noon + timedelta(days=61)) == ["count_short"]
    assert list(verify.findings()) == []
    void(again, 41)  # from now on the first day stands again
    assert (count("B2", 41), count("B2", 61)) == (1, 0)
    third = given("A1", 42)
    void(first, 43)  # the later one holds the count
    assert (count("B2", 61), list(verify.findings())) == (1, [])
    void(third, 44)
    assert count("B2", 44) == 0
    given("B2", 45)
    assert given("C3", 140).face == SOME
    assert list(verify.findings()) == []


def test_what_comes_back_does_not_stand_by_a_day_that_the_moving_period_has_left(app: Flask, noon: datetime) -> None:
    loaded = with_cap(count=2, counting="contracts", per="rolling", span="2 months")
    ground, applicant = make_ground(at=noon, loaded=loaded), enterprise(at=noon)

    def given(number: str, days: int) -> Voucher:
        at = noon + timedelta(days=days)
        apart = replace(ground, window=make_window(ground, at=noon).public_id)
        return issue(ground, of_contract(make_case(apart, applicant, at=at, amount=SOME), number, at), at=at)

    given("A1", 0)
    given("B2", 0)
    again = given("A1", 50)
    given("C3", 70)  # the first day, by which B2 stands, is left behind
    with transaction():
        seen, at = again.version, noon + timedelta(days=71)
        services.void(again.public_id, "放弃", actor=ground.officer("decider"), at=at, seen_version=seen)

    assert list(verify.findings()) == []


def of_contract(case: Application, number: str, at: datetime) -> Application:
    named = {"contract_number": number, "contract_seller": "91350100M000100Y43"}
    with transaction():
        case.answers, case.decision = named, {"facts": {"size_class": "small", **named}}
        db.session.flush()
        audit_note(case, at)
    return case


def test_what_a_moving_period_left_behind_does_not_come_back_twice(app: Flask, noon: datetime) -> None:
    loaded = with_cap(limit="5000 元", per="rolling", span="2 months")
    ground, applicant = make_ground(at=noon, loaded=loaded), enterprise(at=noon)
    cap = extra(issue(ground, make_case(ground, applicant, at=noon, amount=SOME), at=noon))
    later = noon + timedelta(days=100)
    issue(ground, make_case(ground, applicant, at=later, amount=SOME), at=later)

    for days in (185, 300):
        with transaction():
            services.expire_due(actor=job("daily"), at=noon + timedelta(days=days))

    assert (
        ledger.balance(cap.account(AccountKind.QUOTA)) == 500_000 == -ledger.balance(cap.account(AccountKind.ALLOWANCE))
    )
    assert list(verify.findings()) == []


def test_a_window_has_a_quota_of_its_own(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=with_cap(limit="3000 元", per="window")), enterprise(at=noon)
    issue(ground, make_case(ground, applicant, at=noon, amount=SOME), at=noon)
    other = replace(ground, window=make_window(ground, at=noon).public_id)

    elsewhere, again = (make_case(one, applicant, at=noon, amount=SOME) for one in (other, ground))

    assert seen(again, noon, "granted:extra") == "3000.00"
    assert refused(ground, again, noon) == ["quota_short"]
    assert seen(elsewhere, noon, "granted:extra") == "0.00"
    assert issue(ground, elsewhere, at=noon).face == SOME


def test_a_project_is_the_case_itself(app: Flask, noon: datetime) -> None:
    ground, applicant = make_ground(at=noon, loaded=with_cap(limit="3000 元", over="project")), enterprise(at=noon)
    first = issue(ground, make_case(ground, applicant, at=noon, amount=SOME), at=noon)

    second = make_case(ground, applicant, at=noon, amount=SOME)

    assert seen(second, noon, "granted:extra") == "0.00"
    assert extra(issue(ground, second, at=noon)).party != extra(first).party


def test_a_higher_class_raises_the_quota_by_an_event_and_a_lower_one_takes_nothing_back(
    app: Flask, noon: datetime
) -> None:
    ground, applicant = make_ground(at=noon, loaded=with_cap(limit=BY_SIZE)), enterprise(at=noon)
    cap = extra(issue(ground, of_size(ground, applicant, "small", at=noon), at=noon))
    party = cap.account(AccountKind.QUOTA).party
    assert refused(ground, of_size(ground, applicant, "small", at=noon), noon) == ["quota_short"]
    grown = replace(ground, window=make_window(ground, at=noon).public_id)

    issue(ground, of_size(grown, applicant, "medium", at=noon, amount=SOME // 2), at=noon)

    assert ledger.balance(cap.account(AccountKind.ALLOWANCE)) == -2 * SOME
    (event,) = [one for one in audit.history_of("quota", party) if one.act == "quota.raise"]
    assert (event.before, event.after, event.details["cap"]) == (str(SOME), str(2 * SOME), "extra")
    shrunk = replace(ground, window=make_window(ground, at=noon).public_id)
    issue(ground, of_size(shrunk, applicant, "small", at=noon, amount=SOME // 2), at=noon)
    assert ledger.balance(cap.account(AccountKind.ALLOWANCE)) == -2 * SOME
    assert ledger.balance(cap.account(AccountKind.QUOTA)) == 0
    assert len([one for one in audit.history_of("quota", party) if one.act == "quota.raise"]) == 1
    assert list(verify.findings()) == []


def test_a_limit_may_be_a_share_of_an_amount(app: Flask, noon: datetime) -> None:
    loaded = with_cap(limit={"share": "50%", "of": "revenue"})
    ground, applicant = make_ground(at=noon, loaded=loaded), enterprise(at=noon)
    case = of_size(ground, applicant, "small", at=noon)
    with transaction():
        case.decision = {"facts": {"revenue": "6000.00"}}
        audit_note(case, noon)

    cap = extra(issue(ground, case, at=noon))

    assert ledger.balance(cap.account(AccountKind.ALLOWANCE)) == -SOME
    assert ledger.balance(cap.account(AccountKind.QUOTA)) == 0


def test_whom_no_row_gives_anything_draws_nothing(app: Flask, noon: datetime) -> None:
    loaded = with_cap(limit={**BY_SIZE, "otherwise": "none"})
    ground, applicant = make_ground(at=noon, loaded=loaded), enterprise(at=noon)

    assert refused(ground, of_size(ground, applicant, "large", at=noon), noon) == ["quota_short"]


def test_the_years_in_which_a_party_was_supported_are_read_off_the_ledger(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon)
    held = make_held(at=noon, ground=ground)
    party = queries.get(held.voucher).enterprise.organisation.public_id
    of = partial(years_supported, ground.scheme_id, "compute", party)

    assert (of(but_for=2026), of(but_for=2027)) == (0, 1)
    assert years_supported(ground.scheme_id, "model", party, but_for=2027) == 0

    with transaction():
        services.void(held.voucher, "企业放弃", actor=ground.officer("second_decider"), at=noon)
    assert of(but_for=2027) == 0


def test_a_contract_that_applications_name_counts_however_its_number_is_typed(app: Flask, noon: datetime) -> None:
    loaded = with_cap(over="contract", count=1, counting="claims")
    ground, applicant = make_ground(at=noon, loaded=loaded), enterprise(at=noon)

    def naming(number: str) -> Application:
        case = make_case(ground, applicant, at=noon, amount=SOME)
        named = {"contract_number": number, "contract_seller": "91350100M000100Y43"}
        with transaction():
            case.answers, case.decision = named, {"facts": {"size_class": "small", **named}}
            db.session.flush()
            audit_note(case, noon)
        return case

    first = naming("HT-2026-01")
    assert seen(first, noon) == 0
    issue(ground, first, at=noon)

    again = naming("ht 2026 01")
    assert seen(again, noon) == 1
    assert refused(ground, again, noon) == ["count_short"]
    end(again, noon)
    other = naming("HT-2026-02")
    assert seen(other, noon) == 0
    issue(ground, other, at=noon)
    assert list(verify.findings()) == []


def test_an_application_must_name_the_contract_that_a_cap_counts(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=with_cap(over="contract", count=1, counting="claims"))
    draft = make_draft(ground, make_applicant(at=noon), at=noon)

    found = {(one.code, one.field) for one in preview(draft, at=noon).findings}

    assert {("fact-missing", "contract_number"), ("fact-missing", "contract_seller")} <= found


def test_contracts_of_an_applicant_are_counted_once_each(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=with_cap(over="applicant", count=1, counting="contracts"))
    applicant = enterprise(at=noon)
    for number, code in (("A1", []), ("a 1", []), ("B2", ["count_short"])):
        case = make_case(ground, applicant, at=noon, amount=SOME)
        named = {"contract_number": number, "contract_seller": "91350100M000100Y43"}
        with transaction():
            case.answers, case.decision = named, {"facts": {"size_class": "small", **named}}
            db.session.flush()
            audit_note(case, noon)
        if code:
            assert refused(ground, case, noon) == code
        else:
            issue(ground, case, at=noon)
    assert list(verify.findings()) == []
