"""Vouchers are issued, frozen, ended; the money moves by layer and nothing is lost."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories.applications import make_ground
from tests.factories.enterprises import enterprise
from tests.factories.issuance import FACE, envelope, issue, make_case, make_held, parts
from tests.policy.packs import edited
from tests.races import together
from vouchers.accounts.states import Role
from vouchers.applications import queries as applications
from vouchers.applications.states import ApplicationState
from vouchers.audit import queries as audit
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries, services, verify
from vouchers.issuance.states import VoucherState
from vouchers.jobs.models import Job
from vouchers.kernel.actor import Actor, job
from vouchers.kernel.errors import Conflict, NotPermitted, RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.messages import queries as messages
from vouchers.parties.services import declare_conflict

pytestmark = pytest.mark.database

Act = Callable[..., None]
HALF_YEAR = timedelta(days=200)


def test_issue_moves_the_face_from_each_layer_by_its_share(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, granted=5_000_000)
    case = make_case(ground, enterprise(at=noon), at=noon)

    voucher = issue(ground, case, at=noon)

    assert ledger.balances_by_layer(AccountKind.VOUCHER, voucher.public_id) == {
        "city": 1_500_001,
        "district": 1_500_000,
    }
    assert envelope(ground) == {"city": 3_499_999, "district": 3_500_000}
    assert (voucher.state, voucher.face) == (VoucherState.ACTIVE, FACE)
    assert applications.get(case.public_id).state is ApplicationState.ISSUED
    acts = [event.act for event in audit.history_of("voucher", voucher.public_id)]
    assert acts == ["voucher.issue", "voucher.activate"]
    assert list(verify.findings()) == []


def test_issue_draws_the_quota_of_applicant_and_controller(app: Flask, noon: datetime) -> None:
    held = make_held(at=noon)
    voucher = queries.get(held.voucher)

    drawn = {cap.key: cap for cap in queries.caps_drawn(voucher)}

    assert set(drawn) == {"cap-applicant-year", "cap-controller-year"}
    assert ledger.balance(drawn["cap-applicant-year"].account(AccountKind.DRAWN)) == FACE
    assert ledger.balance(drawn["cap-applicant-year"].account(AccountKind.QUOTA)) == 50_000_000 - FACE


def test_issue_orders_the_certificate_once(app: Flask, noon: datetime) -> None:
    held = make_held(at=noon)

    [asked] = db.session.query(Job).filter_by(kind=services.CERTIFICATE_JOB)

    assert asked.payload == {"voucher": held.voucher}


def test_an_envelope_that_is_short_stops_the_issue_and_leaves_no_trace(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, granted=1_500_000)  # one fen short in the city's layer
    case = make_case(ground, enterprise(at=noon), at=noon)

    with pytest.raises(RuleViolation) as refused:
        issue(ground, case, at=noon)

    assert [f.code for f in refused.value.findings] == ["envelope_short"]
    assert envelope(ground) == {"city": 1_500_000, "district": 1_500_000}
    assert applications.get(case.public_id).state is ApplicationState.APPROVED
    assert queries.of_application(case.id) is None


def test_a_quota_that_is_used_up_stops_the_issue(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon)
    applicant = enterprise(at=noon)
    issue(ground, make_case(ground, applicant, at=noon, amount=30_000_000), at=noon)
    second = make_case(ground, applicant, at=noon, amount=20_000_001)

    with pytest.raises(RuleViolation) as refused:
        issue(ground, second, at=noon)

    assert [f.code for f in refused.value.findings] == ["quota_short"]
    assert "¥200,000.00" in refused.value.findings[0].text


def test_a_case_is_issued_once(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon)
    case = make_case(ground, enterprise(at=noon), at=noon).public_id
    decider = ground.officer("decider")

    def press() -> str:
        with transaction():
            return services.issue(case, actor=decider, at=noon).public_id

    results = together(app, [press, press])
    db.session.rollback()

    assert sorted(isinstance(one, Conflict) for one in results) == [False, True]
    assert sum(envelope(ground).values()) == 200_000_000 - FACE


def test_whoever_examined_a_case_does_not_issue_it(app: Flask, actor: Actor, noon: datetime) -> None:
    ground = make_ground(at=noon)
    case = make_case(ground, enterprise(at=noon), at=noon)
    with pytest.raises(NotPermitted), transaction():
        services.issue(case.public_id, actor=job("anything"), at=noon)

    assert applications.get(case.public_id).state is ApplicationState.APPROVED


def test_all_or_none_are_issued_together(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, granted=2_000_000)
    cases = [make_case(ground, enterprise(n, at=noon), at=noon).public_id for n in (1, 2)]

    with pytest.raises(RuleViolation), transaction():
        services.issue_all(cases, actor=ground.officer("decider"), at=noon)

    assert {applications.get(one).state for one in cases} == {ApplicationState.APPROVED}
    assert envelope(ground) == {"city": 2_000_000, "district": 2_000_000}


def test_twenty_issues_at_once_give_twenty_numbers_and_codes(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon)
    applicant = enterprise(at=noon)
    first = make_case(ground, applicant, at=noon, amount=100_000)
    cases = [first, *(make_case(ground, enterprise(n, at=noon), at=noon, amount=100_000) for n in range(2, 21))]
    ids, decider = [case.public_id for case in cases], ground.officer("decider")

    def press(public_id: str) -> str:
        with transaction():
            return services.issue(public_id, actor=decider, at=noon).number

    numbers = together(app, [lambda one=one: press(one) for one in ids])  # type: ignore[misc]
    db.session.rollback()

    assert sorted(map(str, numbers)) == [f"SLQ01-2026-{n:05d}" for n in range(1, 21)]
    codes = {voucher.code for voucher in (queries.of_application(case.id) for case in cases) if voucher}
    assert len(codes) == 20
    assert sum(envelope(ground).values()) == 200_000_000 - 20 * 100_000


def test_expiry_returns_everything_and_the_quota(app: Flask, noon: datetime) -> None:
    held = make_held(at=noon)
    last = queries.get(held.voucher).valid_until
    drawn = queries.caps_drawn(queries.get(held.voucher))

    with transaction():
        swept = services.expire_due(actor=job("daily"), at=noon + HALF_YEAR)
    with transaction():
        again = services.expire_due(actor=job("daily"), at=noon + HALF_YEAR)

    assert (swept, again) == (1, 0)
    assert last.isoformat() == "2026-09-17"
    assert queries.get(held.voucher).state is VoucherState.EXPIRED
    assert envelope(held.ground) == {"city": 100_000_000, "district": 100_000_000}
    assert parts(held.voucher) == (0, 0, 0, FACE)
    assert {ledger.balance(cap.account(AccountKind.DRAWN)) for cap in drawn} == {0}
    assert list(verify.findings()) == []


def test_the_holder_is_told_thirty_fourteen_and_three_days_before_the_end_once_each(app: Flask, noon: datetime) -> None:
    held = make_held(at=noon)
    last = queries.get(held.voucher).valid_until
    told: dict[int, int] = {}

    for before in (31, 30, 29, 20, 14, 13, 4, 3, 0):
        day = noon + ((last - timedelta(days=before)) - noon.date())
        told[before] = warn(day)

    assert {before for before, count in told.items() if count} == {30, 14, 3}
    inbox = messages.inbox_of(held.holder, {}).rows
    assert [one.params["days"] for one in inbox if one.code == "voucher_warn"] == [4, 15, 31]
    assert [event.act for event in audit.history_of("voucher", held.voucher)].count("voucher.warn") == 3
    assert warn(noon + HALF_YEAR) == 0


def test_a_holder_who_missed_the_earlier_reminders_gets_the_nearest_alone(app: Flask, noon: datetime) -> None:
    held = make_held(at=noon)
    last = queries.get(held.voucher).valid_until

    warn(noon + ((last - timedelta(days=2)) - noon.date()))

    assert [one.params["days"] for one in messages.inbox_of(held.holder, {}).rows if one.code == "voucher_warn"] == [3]


def warn(at: datetime) -> int:
    """The daily sweep, until nothing is left; how many were told."""
    count = 0
    while True:
        with transaction():
            found = services.warn_due(actor=job("daily"), at=at)
        if not found:
            return count
        count += found


def test_a_voucher_lives_through_its_last_day_in_beijing(app: Flask, noon: datetime) -> None:
    held = make_held(at=noon)
    last_evening = datetime.fromisoformat("2026-09-17T23:59:59+08:00")

    with transaction():
        early = services.expire_due(actor=job("daily"), at=last_evening)
    with transaction():
        late = services.expire_due(actor=job("daily"), at=last_evening + timedelta(seconds=1))

    assert (early, late) == (0, 1)
    assert queries.get(held.voucher).state is VoucherState.EXPIRED


def test_void_returns_what_is_left_with_a_reason(app: Flask, noon: datetime) -> None:
    held = make_held(at=noon)

    with transaction():
        services.void(held.voucher, "申报材料不实", actor=held.ground.officer("decider"), at=noon)

    voucher = queries.get(held.voucher)
    assert (voucher.state, voucher.reason) == (VoucherState.VOID, "申报材料不实")
    assert parts(held.voucher) == (0, 0, 0, FACE)


def test_a_frozen_voucher_is_unfrozen_with_all_its_money(app: Flask, noon: datetime) -> None:
    held = make_held(at=noon)
    officer = held.ground.officer("decider")
    with transaction():
        services.freeze(held.voucher, "核查关联交易", actor=officer, at=noon)
    frozen = queries.get(held.voucher).state

    with transaction():
        services.unfreeze(held.voucher, "核查无误", actor=officer, at=noon)

    assert frozen is VoucherState.FROZEN
    assert queries.get(held.voucher).state is VoucherState.ACTIVE
    assert parts(held.voucher) == (FACE, 0, 0, 0)


@pytest.mark.parametrize("act", [services.freeze, services.unfreeze, services.void])
def test_nobody_tied_to_the_holder_stops_or_ends_their_voucher(app: Flask, noon: datetime, act: Act) -> None:
    held = make_held(at=noon)
    officer = held.ground.officer("decider")
    if act is services.unfreeze:
        with transaction():
            services.freeze(held.voucher, "核查", actor=officer, at=noon)
    before = queries.get(held.voucher).state
    with transaction():
        declare_conflict(
            queries.get(held.voucher).enterprise.organisation_id, reason="亲属任职", actor=officer, at=noon
        )

    with pytest.raises(RuleViolation) as refused, transaction():
        act(held.voucher, "核查", actor=officer, at=noon)

    assert [one.code for one in refused.value.findings] == ["own-organisation"]
    assert queries.get(held.voucher).state is before


def test_an_act_on_a_stale_page_is_refused(app: Flask, noon: datetime) -> None:
    held = make_held(at=noon)
    officer, seen = held.ground.officer("decider"), queries.get(held.voucher).version
    with transaction():
        services.freeze(held.voucher, "核查", actor=officer, at=noon, seen_version=seen)

    with pytest.raises(Conflict), transaction():
        services.void(held.voucher, "作废", actor=officer, at=noon, seen_version=seen)

    assert queries.get(held.voucher).state is VoucherState.FROZEN


def test_movements_add_up_to_the_balance(app: Flask, noon: datetime) -> None:
    held = make_held(at=noon)

    [issued] = queries.movements(queries.get(held.voucher))

    assert (issued.fen, issued.balance, issued.kind) == (FACE, FACE, "发券")


def test_dry_run_names_the_layer_that_is_short(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon, granted=2_000_000)
    cases = [make_case(ground, enterprise(n, at=noon), at=noon) for n in (1, 2)]
    decider = ground.officers["decider"].actor(Role.DECIDER)

    found = queries.dry_run([case.public_id for case in cases], decider, on=noon.date())

    assert found.total == 2 * FACE
    assert [(one.layer, one.needed, one.left, one.is_short) for one in found.layers] == [
        ("市级", 3_000_002, -1_000_002, True),
        ("区级", 3_000_000, -1_000_000, True),
    ]


def test_verify_tells_a_voucher_whose_money_is_gone(app: Flask, noon: datetime) -> None:
    held = make_held(at=noon)
    with transaction():
        voucher = queries.lock(held.voucher)
        voucher.state = VoucherState.EXPIRED
        record("test.break", Subject("voucher", held.voucher), actor=held.holder, at=noon)

    [found] = verify.findings()

    assert found[0] == "INV-07"
    assert "没有退回" in found[2]


def test_a_kind_with_shares_of_its_own_is_paid_by_them_and_the_odd_fen_goes_where_the_pack_says(
    app: Flask, noon: datetime
) -> None:
    own = {
        "id": "own-shares",
        "say": "算力券由市级承担三成",
        "provenance": "local",
        "kinds": ["compute"],
        "remainder": "last",
        "layers": [
            {"id": "city", "name": "市级", "share": "30%"},
            {"id": "district", "name": "区级", "share": "70%"},
        ],
    }
    loaded = edited("  rounding:\n", f"  funding_by_kind: [{json.dumps(own, ensure_ascii=False)}]\n  rounding:\n")
    assert not loaded.not_yet, loaded.not_yet
    ground = make_ground(at=noon, loaded=loaded, granted=10_000_000)
    before = envelope(ground)

    make_held(at=noon, ground=ground, amount=1_000_001)

    after = envelope(ground)
    assert {layer: before[layer] - after[layer] for layer in after} == {"city": 300_000, "district": 700_001}
