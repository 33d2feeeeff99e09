"""An award is withdrawn before it is paid, by two people: money, quotas and invoices are as if it had not been made."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.factories import archetypes
from tests.factories.accounts import make_user, sign_in
from tests.factories.applications import make_applicant, make_window
from tests.factories.archetypes import Story, begin, loaded, paid_out
from tests.factories.redemption import add_account
from tests.factories.settlement import sent_batch
from tests.pages import PageClient
from tests.subsidies.test_services import FACTS, add_invoice, applied, invoice
from vouchers.accounts.states import Role
from vouchers.applications import queries as applications
from vouchers.audit import queries as audit
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance import verify as vouchers_verify
from vouchers.issuance.states import VoucherState
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger import support
from vouchers.ledger.states import AccountKind
from vouchers.parties import queries as parties
from vouchers.parties.services import declare_conflict
from vouchers.redemption import services as redemption
from vouchers.redemption import verify as claims_verify
from vouchers.redemption.states import ClaimState
from vouchers.settlement import queries as settlement
from vouchers.subsidies import queries, services, verify
from vouchers.subsidies.services import ReversalAnswer

WHY = "发票对应的服务没有交付，依据方案第五条"
SUBSIDY = 15_000_000


@pytest.fixture
def story(app: Flask, noon: datetime, clock: Path) -> Story:
    return begin(app, loaded("fengtai"), at=noon)


@pytest.fixture
def applicant(story: Story, noon: datetime) -> Actor:
    return make_applicant(1, at=noon)


def awarded(story: Story, applicant: Actor, *, at: datetime) -> queries.Subsidy:
    case = applied(story, applicant, at=at)
    archetypes.approved(story, case, at=at, until=at)
    with transaction():
        return services.award(case, actor=story.ground.officer("decider"), at=at)


def propose(story: Story, claim: queries.Subsidy, *, at: datetime, officer: str = "first") -> None:
    with transaction():
        services.propose_reversal(claim.public_id, WHY, actor=story.ground.officer(officer), at=at)


def decide(
    story: Story, claim: queries.Subsidy, *, at: datetime, confirms: bool = True, officer: str = "decider"
) -> None:
    with transaction():
        answer = ReversalAnswer(confirms, "材料已核对，同意所提理由")
        services.decide_reversal(claim.public_id, answer, actor=story.ground.officer(officer), at=at)


def drawn(applicant: Actor) -> int:
    """What is drawn of all quotas of an organisation."""
    party = parties.organisation(applicant.organisation_id or 0).public_id
    statement = text("SELECT coalesce(sum(balance), 0) FROM ledger_accounts WHERE kind = 'drawn' AND party = :party")
    return int(db.session.scalar(statement, {"party": party}) or 0)


def problems() -> list[tuple[str, str, str]]:
    return [*verify.findings(), *vouchers_verify.findings(), *claims_verify.findings()]


def codes(refused: pytest.ExceptionInfo[RuleViolation]) -> list[str]:
    return [finding.code for finding in refused.value.findings]


@pytest.mark.database
def test_withdrawn_by_two_it_is_owed_no_more_and_everything_is_back(
    story: Story, applicant: Actor, noon: datetime
) -> None:
    before = story.left(), drawn(applicant)
    claim = awarded(story, applicant, at=noon)
    assert story.left() == before[0] - SUBSIDY

    propose(story, claim, at=noon)
    assert story.owed(applicant.organisation_id or 0) == SUBSIDY  # a proposal moves nothing
    decide(story, claim, at=noon)

    voucher = vouchers.get(claim.voucher.public_id)
    figures = vouchers.figures(voucher)
    assert (claim.state, voucher.state) == (ClaimState.REVERSED, VoucherState.ANNULLED)
    assert (story.left(), drawn(applicant)) == before
    assert story.owed(applicant.organisation_id or 0) == 0
    assert (figures.left, figures.held, figures.redeemed, figures.returned) == (0, 0, 0, SUBSIDY)
    assert all(row.invoice.allocated == 0 for row in queries.invoices_of(voucher.application_id))
    party = parties.organisation(applicant.organisation_id or 0).public_id
    assert support.years_supported(story.ground.scheme_id, "compute", party, but_for=2000) == 0
    acts = [event.act for event in audit.history_of("claim", claim.public_id)]
    assert acts == ["claim.award", "claim.propose_reversal", "claim.confirm_reversal", "claim.reverse"]
    story.prove()


def test_its_invoices_bear_another_case_afterwards(story: Story, applicant: Actor, noon: datetime) -> None:
    file = invoice(applicant)
    case = applied(story, applicant, at=noon, file=file)
    archetypes.approved(story, case, at=noon, until=noon)
    with transaction():
        claim = services.award(case, actor=story.ground.officer("decider"), at=noon)
    window = make_window(story.ground, at=noon).public_id
    other = archetypes.drafted(story, applicant, FACTS, at=noon, window=window)
    with pytest.raises(RuleViolation, match="没有可以计入的金额"):
        add_invoice(other, applicant, file, at=noon)

    propose(story, claim, at=noon)
    decide(story, claim, at=noon)

    add_invoice(other, applicant, file, at=noon)


def test_whoever_is_tied_neither_awards_nor_withdraws(story: Story, applicant: Actor, noon: datetime) -> None:
    """B06."""
    decider, first = story.ground.officer("decider"), story.ground.officer("first")
    case = applied(story, applicant, at=noon)
    archetypes.approved(story, case, at=noon, until=noon)

    def refusal(officer: Actor, act: Callable[[], object]) -> list[str]:
        """What an officer is told who says in the same breath that they are tied; nothing of it stays."""

        def tied() -> None:
            with transaction():
                declare_conflict(applicant.organisation_id or 0, reason="亲属任职", actor=officer, at=noon)
                act()

        with pytest.raises(RuleViolation) as refused:
            tied()
        return codes(refused)

    awarding = refusal(decider, lambda: services.award(case, actor=decider, at=noon))
    with transaction():
        claim = services.award(case, actor=decider, at=noon)
        paper = claim.public_id
    proposing = refusal(first, lambda: services.propose_reversal(paper, WHY, actor=first, at=noon))
    propose(story, claim, at=noon)
    answer = ReversalAnswer(confirms=True, reason=WHY)
    deciding = refusal(decider, lambda: services.decide_reversal(paper, answer, actor=decider, at=noon))

    assert [awarding, proposing, deciding] == [["own-organisation"]] * 3


def test_nobody_decides_on_what_they_proposed(story: Story, applicant: Actor, noon: datetime) -> None:
    claim = awarded(story, applicant, at=noon)
    with pytest.raises(RuleViolation) as refused:  # who decided the case examines nothing of it
        propose(story, claim, at=noon, officer="decider")
    assert codes(refused) == ["duty-held"]
    propose(story, claim, at=noon)

    with pytest.raises(RuleViolation) as alone:
        decide(story, claim, at=noon, officer="first")
    assert codes(alone) == ["duty-held"]

    assert claim.state is ClaimState.APPROVED
    same = "UPDATE award_reversals SET state = 'confirmed', decided_by_id = proposed_by_id"
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(text(same))


def test_refused_it_stands_and_is_paid(story: Story, applicant: Actor, noon: datetime) -> None:
    claim = awarded(story, applicant, at=noon)
    with transaction():
        add_account(applicant.organisation_id or 0, actor=applicant)
    propose(story, claim, at=noon)
    waiting = settlement.plan_for(story.ground.scheme_id, 2026, on=noon.date())
    assert waiting.lines == ()
    assert "提出了撤销核定" in waiting.left_out[0].why.text

    decide(story, claim, at=noon, confirms=False)
    paid_out(story, at=noon)

    assert story.paid(applicant.organisation_id or 0) == SUBSIDY
    assert problems() == []


def test_what_is_being_paid_or_was_paid_is_not_withdrawn(story: Story, applicant: Actor, noon: datetime) -> None:
    claim = awarded(story, applicant, at=noon)
    with transaction():
        add_account(applicant.organisation_id or 0, actor=applicant)
    sent_batch(story.money, story.bureau, at=noon)
    with pytest.raises(RuleViolation) as paying:
        propose(story, claim, at=noon)
    assert codes(paying) == ["reversal.paying"]
    db.session.rollback()


def test_one_proposal_waits_at_a_time_and_nothing_is_withdrawn_twice(
    story: Story, applicant: Actor, noon: datetime
) -> None:
    claim = awarded(story, applicant, at=noon)
    with pytest.raises(Conflict):
        decide(story, claim, at=noon)
    propose(story, claim, at=noon)
    with pytest.raises(RuleViolation) as twice:
        propose(story, claim, at=noon)
    assert codes(twice) == ["reversal.open"]
    decide(story, claim, at=noon)

    with pytest.raises(Conflict):
        propose(story, claim, at=noon)


def test_a_red_letter_that_waited_is_taken_off_when_the_award_is_withdrawn(
    story: Story, applicant: Actor, noon: datetime
) -> None:
    file = invoice(applicant)
    case = applied(story, applicant, at=noon, file=file)
    archetypes.approved(story, case, at=noon, until=noon)
    with transaction():
        claim = services.award(case, actor=story.ground.officer("decider"), at=noon)
        red = archetypes.red_letter_of(file, on=noon.date())
        redemption.record_red_letter(red, actor=story.ground.officer("acceptor"), at=noon)

    propose(story, claim, at=noon)
    decide(story, claim, at=noon)

    assert [row.invoice.eligible for row in queries.invoices_of(applications.get(case).id)] == [0]
    assert problems() == []


def test_verify_finds_an_award_that_one_person_withdrew(story: Story, applicant: Actor, noon: datetime) -> None:
    awarded(story, applicant, at=noon)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE vouchers SET state = 'annulled'"))
    db.session.rollback()

    assert [sentence for _, _, sentence in verify.findings()] == ["撤销核定的补助、款项和两人的决定不一致"]


def test_the_statement_of_the_month_takes_it_back(story: Story, applicant: Actor, noon: datetime) -> None:
    claim = awarded(story, applicant, at=noon)
    propose(story, claim, at=noon)
    decide(story, claim, at=noon)

    payee = parties.organisation(applicant.organisation_id or 0)
    statement = settlement.statement_of(payee, "2026-03")

    assert ([award.amount for award in statement.awards], statement.awarded) == ([SUBSIDY, -SUBSIDY], 0)


def test_two_officers_withdraw_it_on_its_pages_and_the_firm_reads_why(
    client: PageClient, story: Story, applicant: Actor, noon: datetime
) -> None:
    claim = awarded(story, applicant, at=noon)
    voucher, mine = f"/office/vouchers/{claim.voucher.public_id}", f"/office/subsidies/{claim.public_id}/reversal"
    sign_in(client, make_user(Role.REVIEWER, at=noon, name="钱审核"))
    assert "提出撤销核定" in client.get(voucher).get_data(as_text=True)
    client.get(mine)
    assert client.submit({"reason": "短"}, form=mine).status_code == 422
    client.get(mine)
    assert client.submit({"reason": WHY}, form=mine).location == voucher
    assert "待第二人决定" in client.get(voucher).get_data(as_text=True)
    case = claim.voucher.application.public_id
    assert voucher in client.get(f"/office/cases/{case}").get_data(as_text=True)
    waiting = client.get("/office/subsidies/awarded?reversal=proposed").get_data(as_text=True)
    assert "提出了撤销核定" in waiting
    assert claim.number not in client.get("/office/subsidies/awarded?reversal=confirmed").get_data(as_text=True)

    second = PageClient(story.app)
    sign_in(second, make_user(Role.DECIDER, at=noon, name="周审定"))
    assert "待决定是否撤销核定的直接补助" in second.get("/office/").get_data(as_text=True)
    second.get(f"{mine}/answer")
    assert second.submit({"confirms": "yes", "reason": "材料已核对，同意"}, form=f"{mine}/answer").status_code == 303
    after = second.get(voucher).get_data(as_text=True)
    assert "由周审定同意撤销" in after
    assert "补助已撤销" in after

    firm = PageClient(story.app)
    sign_in(firm, make_user(Role.REPRESENTATIVE, at=noon, organisation_id=applicant.organisation_id))
    told = firm.get(f"/enterprise/vouchers/{claim.voucher.public_id}").get_data(as_text=True)
    assert "直接补助，核定已撤销" in told
    assert WHY in told
    assert "周审定" not in told
    assert ledger.balance_of(AccountKind.VOUCHER, claim.voucher.public_id) == 0
