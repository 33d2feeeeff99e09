"""A random life of vouchers over the real services, held against the plain books after every step."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.factories.redemption import FACE, FEBRUARY, HOLD
from tests.factories.settlement import answers
from tests.invariants.books import Books
from tests.invariants.verifying import broken
from tests.invariants.world import BEGIN, World, evidence, last_day, ledger_figures, next_day
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import services as issuance
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import DomainError
from vouchers.kernel.periods import DateRange
from vouchers.orders import services as orders
from vouchers.orders.services import NewOrder, NewUsage
from vouchers.orders.states import Side
from vouchers.policy.models import Scheme
from vouchers.redemption import queries as claim_queries
from vouchers.redemption import services as redemption
from vouchers.redemption.services import Approval, Verification
from vouchers.redemption.states import ClaimState
from vouchers.settlement import queries as settlement_queries
from vouchers.settlement import services as settlement
from vouchers.settlement.rules.bank_file import Encoding, Outcome
from vouchers.settlement.services import NewBatch, Signature

YUAN = 100
STEPS = "steps"  # each followed by every invariant
SHARES = st.integers(1, 100)
PLACES = st.integers(0, 99)


class Life(RuleBasedStateMachine):
    """Whatever people do in whatever order, the ledger says what the books say, and every invariant holds."""

    world: World
    put_back: Callable[[], None]
    done: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        db.session.remove()
        self.put_back()
        self.at = BEGIN
        stage = self.world.stage
        self.cases = dict(enumerate(self.world.cases, start=1))
        self.vouchers = {stage.voucher: 0}  # whose buyer is at which place
        self.orders = {stage.order: FEBRUARY}
        self.claims: list[str] = []
        self.batches: list[str] = []
        figures = ledger_figures()
        envelope, indicator = figures["envelope"], figures["indicator"]
        assert isinstance(envelope, int)
        assert isinstance(indicator, int)
        self.books = Books(envelope + FACE, indicator)
        self.books.issue(stage.voucher, FACE, last_day(stage.voucher))
        self.books.hold(stage.voucher, stage.order, HOLD)

    def teardown(self) -> None:
        """At the end of a life whatever is owed is paid."""
        if self.books.payable:
            self.pay(set())
            self.the_ledger_says_what_the_books_say()
        db.session.remove()

    @property
    def today(self) -> date:
        return beijing_date(self.at)

    @precondition(lambda self: self.cases)
    @rule()
    def issue(self) -> None:
        place, case = next(iter(self.cases.items()))
        may_be = self.books.envelope >= FACE
        voucher = self.attempt(lambda: self._issue(case))
        assert bool(voucher) == may_be
        if voucher:
            del self.cases[place]
            self.vouchers[voucher] = place
            self.books.issue(voucher, FACE, last_day(voucher))

    @rule(place=PLACES, share=SHARES)
    def order(self, place: int, share: int) -> None:
        voucher = pick(list(self.vouchers), place)
        amount = max(YUAN, self.books.voucher[voucher] * share // 100 // YUAN * YUAN)
        order = self.attempt(lambda: self._agree(voucher, amount))
        if order:
            self.orders[order] = DateRange(self.today, self.today)
            self.books.hold(voucher, order, amount)

    @rule(place=PLACES, beyond=st.integers(1, 10**7))
    def order_more_than_is_left(self, place: int, beyond: int) -> None:
        voucher = pick(list(self.vouchers), place)

        assert not self.attempt(lambda: self._agree(voucher, self.books.voucher[voucher] + beyond))

    @rule(place=PLACES, share=SHARES)
    def claim(self, place: int, share: int) -> None:
        order = pick(list(self.orders), place)
        amount = max(YUAN, self.books.held.get(order, 0) * share // 100 // YUAN * YUAN)
        claim = self.attempt(lambda: self._claim(order, amount))
        if claim:
            self.claims.append(claim)
            self.books.claim(order, claim, amount)

    @rule(place=PLACES)
    def claim_more_than_is_held(self, place: int) -> None:
        order = pick(list(self.orders), place)

        assert not self.attempt(lambda: self._claim(order, self.books.held.get(order, 0) + YUAN))

    @precondition(lambda self: self.claims)
    @rule(place=PLACES, share=SHARES)
    def approve(self, place: int, share: int) -> None:
        claim = pick(self.claims, place)
        asked = self.books.held.get(claim, 0)
        amount = max(1, asked * share // 100)
        if self.attempt(lambda: self._approve(claim, amount)):
            self.books.approve(claim, amount, self.today)

    @precondition(lambda self: self.claims)
    @rule(place=PLACES, act=st.sampled_from(["reject", "send_back", "withdraw"]))
    def turn_down(self, place: int, act: str) -> None:
        claim = pick(self.claims, place)
        was_taken = self._state(claim) in {ClaimState.SUBMITTED, ClaimState.CHECKED}
        if self.attempt(lambda: self._turn_down(claim, act), name=act) and was_taken:
            self.books.give_back(claim, self.today)

    @rule(place=PLACES, act=st.sampled_from(["complete", "cancel"]))
    def end_order(self, place: int, act: str) -> None:
        order = pick(list(self.orders), place)
        if self.attempt(lambda: self._end(order, act), name=act):
            self.books.end_order(order, self.today)

    @rule(days=st.sampled_from([1, 20, 60]))
    def let_days_pass(self, days: int) -> None:
        self.at = next_day(self.at, days)
        with transaction():
            issuance.expire_due(actor=self.world.decider, at=self.at)
        self.books.expire(self.today)

    @precondition(lambda self: self.books.payable)
    @rule(refused=st.sets(st.integers(0, 3)))
    def pay(self, refused: set[int]) -> None:
        scheme = db.session.get_one(Scheme, self.world.stage.scheme_id).public_id
        new = NewBatch(scheme, self.today.year)
        self._settle(lambda: settlement.make_batch(new, actor=self.world.bureau.making, at=self.at).public_id, refused)

    @precondition(lambda self: self.batches)
    @rule(place=PLACES, refused=st.sets(st.integers(0, 3)))
    def follow_up(self, place: int, refused: set[int]) -> None:
        batch = pick(self.batches, place)
        making = self.world.bureau.making
        self._settle(lambda: settlement.follow_up(batch, self.today.year, actor=making, at=self.at).public_id, refused)

    @precondition(lambda self: self.batches)
    @rule(place=PLACES)
    def pay_again(self, place: int) -> None:
        batch = pick(self.batches, place)
        checking = self.world.bureau.checking

        assert not self.attempt(lambda: settlement.release(batch, actor=checking, at=self.at).public_id)

    @invariant()
    def the_ledger_says_what_the_books_say(self) -> None:
        db.session.rollback()
        assert ledger_figures() == self.books.figures()

    @invariant()
    def every_invariant_holds(self) -> None:
        self.done[STEPS] += 1
        assert broken() == []

    def attempt(self, act: Callable[[], str], *, name: str = "") -> str:
        """Do an act in a transaction of its own; empty when it was refused, and then nothing may have changed."""
        before = ledger_figures()
        try:
            with transaction():
                found = act()
        except DomainError:
            db.session.rollback()
            assert ledger_figures() == before
            return ""
        self.done[name or act.__qualname__.split(".")[1]] += 1
        return found

    def _issue(self, case: str) -> str:
        return issuance.issue(case, actor=self.world.decider, at=self.at).public_id

    def _agree(self, voucher: str, hold: int) -> str:
        buyer, seller = self.world.buyers[self.vouchers[voucher]].actor, self.world.stage.provider
        net, day = 2 * hold, self.today
        gross = net + net * 6 // 100
        hours = gross * 1000 // 1450 + 1
        terms = NewOrder(
            voucher, self.world.offering, "HT", day, None, hours, 600, net, gross - net, gross, hold, day, day
        )
        order = orders.propose(terms, side=Side.PROVIDER, actor=seller, at=self.at).public_id
        orders.confirm(order, side=Side.ENTERPRISE, actor=buyer, at=self.at)
        usage = orders.record_usage(order, NewUsage(day, day, hours, 6200), actor=seller, at=self.at)
        orders.confirm_usage(usage.public_id, actor=buyer, at=self.at)
        return order

    def _claim(self, order: str, amount: int) -> str:
        buyer = self.world.buyers[self.vouchers[self.books.voucher_of[order]]]
        new = evidence(
            buyer, self.world.stage.seller, order=order, amount=amount, service=self.orders[order], on=self.today
        )
        return redemption.submit_claim(new, actor=self.world.stage.provider, at=self.at).public_id

    def _approve(self, claim: str, amount: int) -> str:
        verification = Verification(claim_queries.get(claim).version, "已查验，一致")
        redemption.verify_claim(claim, verification, actor=self.world.reviewer, at=self.at)
        approval = Approval(claim_queries.get(claim).version, amount, "按实际用量核减")
        return redemption.approve_claim(claim, approval, actor=self.world.decider, at=self.at).public_id

    def _turn_down(self, claim: str, act: str) -> str:
        if act == "withdraw":
            return redemption.withdraw_claim(claim, actor=self.world.stage.provider, at=self.at).public_id
        turn = redemption.reject_claim if act == "reject" else redemption.send_back
        return turn(claim, "材料与查验结果不一致", actor=self.world.reviewer, at=self.at).public_id

    def _end(self, order: str, act: str) -> str:
        seller, side = self.world.stage.provider, Side.PROVIDER
        if act == "complete":
            return orders.complete(order, side=side, actor=seller, at=self.at).public_id
        return orders.cancel(order, "双方商定", side=side, actor=seller, at=self.at).public_id

    def _settle(self, make: Callable[[], str], refused: set[int]) -> None:
        batch = self.attempt(make, name="make_batch")
        if not batch:
            return
        self._release(batch)
        found = settlement_queries.get(batch)
        self.books.release(found.total)
        told = answers(found, reference=f"YH{batch}")
        told = [
            replace(row, outcome=Outcome.REFUSED, reason="户名不符") if n in refused else row
            for n, row in enumerate(told)
        ]
        by_number = dict(settlement_queries.numbered(found))
        owed = sum(by_number[row.number].line.amount for row in told if row.outcome is Outcome.REFUSED)
        for _ in range(2):  # the same file twice: the second time changes nothing
            with transaction():
                settlement.import_result(
                    batch, told, content=batch.encode(), actor=self.world.bureau.making, at=self.at
                )
        self.books.refuse(owed) if owed else None
        self.batches.append(batch)
        self.done["refused line" if owed else "paid in full"] += 1

    def _release(self, batch: str) -> None:
        making, checking = self.world.bureau.making, self.world.bureau.checking
        with transaction():
            settlement.lock(batch, actor=making, at=self.at)
        with transaction():
            found = settlement_queries.get(batch)
            settlement.approve(batch, Signature(found.version, found.total), actor=checking, at=self.at)
        with transaction():
            settlement.release(batch, actor=checking, at=self.at)
        with transaction():
            settlement.export_file(batch, Encoding.UTF8, actor=making, at=self.at)

    def _state(self, claim: str) -> ClaimState:
        db.session.rollback()
        return claim_queries.get(claim).state


def pick(things: list[str], place: int) -> str:
    """One of them, by a number of any size."""
    return things[place % len(things)]
