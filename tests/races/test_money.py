"""Vouchers under fire: numbers, yearly caps, ending beside spending, and readers who add everything up meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

from sqlalchemy import func, select, union_all

from tests.factories.accounts import MAKER, make_user
from tests.factories.applications import Ground, grant, make_window, take_back
from tests.factories.crowd import Crowd, make_crowd
from tests.factories.enterprises import enterprise
from tests.factories.issuance import make_case, parts
from tests.factories.redemption import EARLY, approved_claim, make_stage, verified_claim
from tests.factories.redemption import FACE as STAGE_FACE
from tests.factories.settlement import Bureau, approved_batch, make_indicators
from tests.races.claims import drafts
from tests.races.conftest import IS_FULL, NOON, Siege
from tests.races.harness import Visitor, counts
from vouchers.accounts.states import Role
from vouchers.applications import queries as applications
from vouchers.applications.states import ApplicationState
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import VoucherState
from vouchers.kernel.money import decimal_yuan
from vouchers.ledger.models import LedgerAccount
from vouchers.ledger.states import AccountKind as Kind

ISSUED_AT_ONCE = 200 if IS_FULL else 12
READERS_CLAIMS = 20 if IS_FULL else 8
FACE, YEARLY_CAP = 3_000_000, 50_000_000
COMMITMENTS = (Kind.GRANT, Kind.ENVELOPE, Kind.VOUCHER, Kind.HELD, Kind.PAYABLE, Kind.PAID)
SMALL = {"facts": {"size_class": "small"}}

_applicants = count(3_000)


def issue_shot(officer: Visitor, case: str, amount: int) -> bytes:
    return officer.shot("/office/vouchers/issue", {"case": case, "seen_total": amount})


def opened(siege: Siege) -> Visitor:
    officer = siege.visitor(make_user(Role.DECIDER, at=NOON, name="周审定"))
    officer.get("/office/vouchers/issue")
    return officer


def test_vouchers_issued_at_once_have_numbers_without_gaps(siege: Siege, ground: Ground, rounds: int) -> None:
    officer, handler = opened(siege), make_user(Role.HANDLER, at=NOON)
    for _ in range(min(rounds, 20)):
        grant(ground, ISSUED_AT_ONCE * FACE // 2, at=NOON)
        crowd = Crowd(
            ground.window,
            handler.user_id,
            states=(ApplicationState.APPROVED,),
            amount=FACE,
            approved=FACE,
            decision=SMALL,
        )
        cases = make_crowd(crowd, ISSUED_AT_ONCE, at=NOON)
        before = numbers()

        replies = siege.fire([issue_shot(officer, case, FACE) for case in cases])

        assert counts(replies) == {303: ISSUED_AT_ONCE}
        new = sorted(set(numbers()) - set(before))
        assert len(new) == ISSUED_AT_ONCE
        serials = [int(number.rpartition("-")[2]) for number in new]
        assert serials == list(range(serials[0], serials[0] + ISSUED_AT_ONCE))


def test_a_yearly_cap_is_shared_by_two_vouchers_and_two_officers(siege: Siege, ground: Ground, rounds: int) -> None:
    officers = [opened(siege) for _ in range(2)]
    amount, second = YEARLY_CAP // 5 * 3, make_window(ground, at=NOON)
    for _ in range(rounds):
        grant(ground, YEARLY_CAP, at=NOON)
        applicant = enterprise(next(_applicants), at=NOON)
        grounds = [ground, replace(ground, window=second.public_id)]
        cases = [make_case(one, applicant, at=NOON, amount=amount).public_id for one in grounds]

        replies = siege.fire([issue_shot(officer, case, amount) for officer, case in zip(officers, cases, strict=True)])

        assert counts(replies) == {303: 1, 422: 1}
        assert granted_to(applicant.enterprise.id) == amount
        take_back(ground, YEARLY_CAP - amount // 2, at=NOON)  # other races count on an empty envelope
        give_up(cases[[reply.status for reply in replies].index(422)])


def test_spending_beside_voiding_leaves_every_fen_in_one_place(siege: Siege, rounds: int) -> None:
    decider = siege.visitor(make_user(Role.DECIDER, at=EARLY, name="周审定"))
    for _ in range(rounds):
        stage = make_stage(hold=4_800_000)
        seller = siege.visitor(
            make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id)
        )
        claims = drafts(stage, 6, amount=1_600_000, net=3_333_333, at=NOON)
        seller.get(claims[0].path)
        path = f"/office/vouchers/{stage.voucher}/void"
        form = decider.form(path)
        end = decider.shot(path, {"seen_version": form.values["seen_version"][0], "reason": "企业已注销，作废"})

        shots = [seller.shot(f"{one.path}/submit", {"seen_version": one.version}) for one in claims]
        replies = siege.fire([*shots[:3], end, *shots[3:]])

        db.session.rollback()
        assert set(counts(replies)) <= {303, 409, 422}
        assert replies[3].status == 303
        assert queries.get(stage.voucher).state is VoucherState.VOID
        assert sum(parts(stage.voucher)) == STAGE_FACE


def test_readers_find_the_books_balanced_at_every_moment(siege: Siege, rounds: int) -> None:
    for _ in range(rounds):
        stage = make_stage(hold=4_800_000)
        seller = siege.visitor(
            make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id)
        )
        claims = drafts(stage, READERS_CLAIMS, amount=240_000, net=500_000, at=NOON)
        seller.get(claims[0].path)

        with reading(siege) as seen:
            replies = siege.fire([seller.shot(f"{one.path}/submit", {"seen_version": one.version}) for one in claims])

        assert counts(replies) == {303: READERS_CLAIMS}
        assert len(seen) > 3
        assert {total for total in seen if total} == set()


def test_readers_find_the_books_balanced_beside_approval_issue_and_release(
    siege: Siege, ground: Ground, rounds: int
) -> None:
    """Three kinds of movement, each of two books or layers, while somebody adds up; G14."""
    bureau = Bureau()
    decider, checker = opened(siege), siege.visitor(bureau.checker)
    for _ in range(rounds):
        claims = [verified_claim(make_stage(), at=NOON) for _ in range(3)]
        due = make_stage()
        make_indicators(due, bureau)
        approved_claim(due, at=NOON)
        batch = approved_batch(due, bureau, at=NOON)
        grant(ground, FACE // 2, at=NOON)
        case = make_case(ground, enterprise(next(_applicants), at=NOON), at=NOON, amount=FACE)
        checker.get(f"/office/batches/{batch.public_id}/release")
        shots = [
            checker.shot(f"/office/batches/{batch.public_id}/release", {"seen_version": batch.version}),
            issue_shot(decider, case.public_id, FACE),
            *(
                decider.shot(
                    f"/office/claims/{one.public_id}/approve",
                    {"seen_version": one.version, "amount": decimal_yuan(one.amount)},
                )
                for one in claims
            ),
        ]

        with reading(siege) as seen:
            replies = siege.fire(shots)

        assert counts(replies) == {303: len(shots)}
        assert len(seen) > 3
        assert {total for total in seen if total} == set()


@contextmanager
def reading(siege: Siege) -> Iterator[list[int]]:
    """Somebody who adds up all accounts, and each scheme, kind and layer, again and again; a snapshot each time."""
    seen: list[int] = []
    stop = threading.Event()
    whole = select(func.sum(LedgerAccount.balance)).group_by(LedgerAccount.unit)
    pots = (
        select(func.sum(LedgerAccount.balance))
        .where(LedgerAccount.kind.in_(COMMITMENTS))
        .group_by(LedgerAccount.scheme_id, LedgerAccount.voucher_kind, LedgerAccount.layer)
    )
    sums = union_all(whole, pots)

    def read() -> None:
        with siege.app.app_context():
            while not stop.is_set():
                totals = [int(total) for total in db.session.scalars(sums)]
                db.session.rollback()
                seen.append(sum(map(abs, totals)))
                stop.wait(0.005)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        stop.set()
        reader.join(timeout=30)


def give_up(case: str) -> None:
    """Let go of what is still promised to a case."""
    with transaction():
        applications.lock(case).state = ApplicationState.REJECTED
        record("test.give_up", Subject("application", case), actor=MAKER, at=NOON)


def numbers() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Voucher.number)))


def granted_to(enterprise_id: int) -> int:
    db.session.rollback()
    issued = select(func.coalesce(func.sum(Voucher.face), 0)).where(Voucher.enterprise_id == enterprise_id)
    return int(db.session.scalar(issued) or 0)
