"""免申即享 and 即领即用 from the first page to the last payment, over the pages that people use."""

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from tests.factories import review
from tests.factories.accounts import make_user
from tests.factories.accounts import sign_in as sign_in_as
from tests.factories.applications import Ground, make_applicant, make_ground
from tests.factories.archetypes import approved, at, begin, loaded, paid_out, submitted
from tests.factories.candidates import automatic, instant, register, released, row
from tests.factories.enterprises import PASSWORD, enterprise, own_actor
from tests.factories.notices import approve, end_notices, make_notice
from tests.factories.parties import valid_uscc
from tests.factories.providers import admitted_provider, offering
from tests.factories.providers import own_actor as provider_actor
from tests.factories.redemption import EARLY, Stage, add_account, approved_claim, served_order
from tests.factories.settlement import Bureau, answers, make_indicators, sent_batch
from tests.journeys.test_direct_subsidy import add_invoice, add_paper
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.applications import queries as applications
from vouchers.applications.states import ApplicationState as S
from vouchers.audit.verify import findings as chain_findings
from vouchers.candidates import services as candidates
from vouchers.candidates.queries import offers_to
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries as vouchers
from vouchers.issuance import services as issuance
from vouchers.issuance.verify import findings as voucher_findings
from vouchers.jobs.worker import run_due
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger.verify import findings as ledger_findings
from vouchers.orders import queries as orders
from vouchers.redemption import queries as claims
from vouchers.redemption.invoices.invoice import Party
from vouchers.redemption.states import ClaimState
from vouchers.settlement import queries as batches
from vouchers.settlement import services as settlement
from vouchers.subsidies import services as subsidies
from vouchers.subsidies.states import PaperKind

HOLD = 2_400_000
MARCH = EARLY.replace(month=3, day=9)


def at_hand(client: PageClient, name: str) -> None:
    client.get("/sign-in")
    assert client.submit({"sign_in": name, "password": PASSWORD}, form="/sign-in").status_code == 303


def spent_and_paid(app: Flask, ground: Ground, voucher: str, holder: Actor) -> None:
    """The voucher serves an order, the provider claims, the bureau pays, and the books agree."""
    provider = admitted_provider(51, at=EARLY)
    seller = provider_actor(provider)
    with transaction():
        add_account(provider.provider.organisation_id, actor=seller)
    order = served_order(voucher, offering(provider, at=EARLY), hold=HOLD, buyer=holder, seller=seller)
    ours, theirs = orders.get(order).enterprise.organisation, orders.get(order).provider.organisation
    stage = Stage(
        ground.scheme_id,
        applications.window(ground.window).scheme.office_id,
        voucher,
        order,
        Party(ours.uscc or "", ours.name),
        Party(theirs.uscc or "", theirs.name),
        seller,
        holder,
        theirs.id,
    )
    bureau = Bureau()
    make_indicators(stage, bureau)
    approved_claim(stage, at=MARCH, amount=HOLD)
    batch = sent_batch(stage, bureau, at=MARCH).public_id
    with transaction():
        rows = answers(batches.get(batch))
        settlement.import_result(batch, rows, content=b"paid", actor=bureau.making, at=MARCH)
    db.session.rollback()

    assert [one.state for one in claims.of_order(orders.get(order).id)] == [ClaimState.PAID]
    paid = [pot.paid for pot in ledger.pot_totals(ground.scheme_id) if pot.voucher_kind == "compute"]
    assert sum(paid) == HOLD
    for found in (ledger_findings, voucher_findings, chain_findings):
        assert list(found()) == []


def list_brought_in(app: Flask, client: PageClient, ground: Ground, start: datetime) -> str:
    """A register uploaded on its page and read by the job; the address of its list."""
    sign_in_as(client, make_user(Role.POLICY_OFFICER, at=start, name="甲"))
    client.get("/office/candidates/upload")
    file = (BytesIO(register([row(1), row(2, operating_status="revoked")])), "登记册.csv")
    today = start.date()
    days = {"as_of": f"{today - timedelta(days=3)}", "expires_on": f"{today + timedelta(days=20)}"}
    told = {"title": "第一批名单", "source": "市统计局数据", "window": ground.window, **days, "file": file}
    address = client.submit(told, form="/office/candidates/upload").location
    run_due(app, at=start)
    client.get(address)
    assert client.page
    assert "须由第二人发布" in client.page.text
    assert "渝中测试科技1有限公司" in client.page.text
    return address


def offer_confirmed(client: PageClient) -> str:
    """The offer found at the portal and confirmed there; the public id of the case."""
    at_hand(client, "qiye1")
    client.get("/enterprise/")
    assert client.page
    assert "您可享受算力券，确认即可" in client.page.text
    [offer] = {link for link in client.page.links() if link.startswith("/enterprise/offers/")}
    client.get(offer)
    assert "您可享受" in client.page.text
    assert "市统计局数据" in client.page.text
    return str(client.submit(form=offer).location.rsplit("/", 1)[1])


def test_an_enterprise_that_did_not_apply_is_paid_for(app: Flask, client: PageClient, clock: Path) -> None:
    """E: a register, two officers, an account opened late, one confirmation; then the pack's way to the payment."""
    start: datetime = EARLY - timedelta(days=40)
    clock.write_text(start.isoformat())
    ground = make_ground(at=start, loaded=automatic())
    address = list_brought_in(app, client, ground, start)
    second = PageClient(app)
    sign_in_as(second, make_user(Role.POLICY_OFFICER, at=start, name="乙"))
    second.get(f"{address}/release")
    assert second.submit(form=f"{address}/release").status_code == 303
    newcomer = own_actor(enterprise(1, at=start))
    case = offer_confirmed(PageClient(app))

    assert applications.get(case).state is S.SUBMITTED
    review.accept(ground, case, at=start)
    review.pass_stage(ground, case, "first", at=start)
    review.pass_stage(ground, case, "second", at=start)
    review.decide(ground, case, at=start)
    make_notice(ground, [case], at=start)
    end_notices(EARLY - timedelta(days=1))
    approve(ground, case, at=EARLY)
    with transaction():
        voucher = issuance.issue(case, actor=ground.officer("decider"), at=EARLY).public_id
    spent_and_paid(app, ground, voucher, newcomer)


def test_a_voucher_is_had_at_once_spent_and_paid(app: Flask, client: PageClient, clock: Path) -> None:
    """D: signed in, filled in, confirmed and issued on one press; then spent and paid like any other."""
    clock.write_text(EARLY.isoformat())
    ground = make_ground(at=EARLY, loaded=instant())
    holder = make_applicant(at=EARLY)
    at_hand(client, "qiye1")
    client.get(f"/enterprise/windows/{ground.window}")
    assert client.page
    assert "即领即用" in client.page.text
    case = client.submit(form=f"/enterprise/windows/{ground.window}").location
    client.get(f"{case}/sections/need")
    client.submit({"fact_planned_net": "80000"}, form=f"{case}/sections/need")
    client.get(f"{case}/sections/support")
    client.submit({"fact_other_support_contract": "0"}, form=f"{case}/sections/support")
    client.get(f"{case}/submit")
    assert "条件全部符合，确认后立即发券" in client.page.text
    voucher = client.submit(form=f"{case}/claim").location
    client.get(voucher)
    assert "已发券，可以下单使用" in client.page.text

    public_id = voucher.rsplit("/", 1)[1]
    assert vouchers.get(public_id).face == 3_000_000
    spent_and_paid(app, ground, public_id, holder)


@pytest.mark.database
def test_a_direct_subsidy_that_was_found_by_a_register_is_paid(app: Flask) -> None:
    """E with the pack of 珠海 as it ships: confirmed from the register, the evidence it asks for added, and paid."""
    story = begin(app, loaded("zhuhai"), at=at(1, 5))
    holder = own_actor(enterprise(1, at=at(1, 5)))
    own = holder.organisation_id or 0
    facts = {"legal_form": "enterprise", "honours": "无", "has_national_project": "否", "paid_gross": "500000.00"}
    line: dict[str, object] = {"uscc": valid_uscc(1), "name": "渝中测试科技1有限公司", **facts}
    released(app, story.ground, register([line], line), at=at(1, 6))
    [offer] = offers_to(own)
    shown = candidates.shown_to(offer, own, at=at(1, 6))
    with pytest.raises(RuleViolation) as refused, transaction():
        candidates.confirm(offer.public_id, seen_hash=shown.hash, actor=holder, at=at(1, 6))
    assert [one.code for one in refused.value.findings] == ["account-missing"]
    with transaction():
        add_account(own, actor=holder)
    with transaction():
        done = candidates.confirm(offer.public_id, seen_hash=shown.hash, actor=holder, at=at(1, 6))
        case, missing = done.application.public_id, {one.code for one in done.missing}

    assert "spending.invoices" in missing
    assert applications.get(case).state is S.DRAFT
    add_invoice(case, holder, 50_000_000)
    for kind, amount in ((PaperKind.CONTRACT, None), (PaperKind.DELIVERY, None), (PaperKind.PAYMENT, 50_000_000)):
        add_paper(case, holder, kind, amount)
    submitted(case, holder, at=at(1, 7))
    approved(story, case, at=at(1, 9), until=at(1, 21))
    with transaction():
        subsidies.award(case, actor=story.ground.officer("decider"), at=at(1, 22))
    assert story.owed(own) == 25_000_000
    paid_out(story, at=at(1, 26))
    assert (story.owed(own), story.paid(own)) == (0, 25_000_000)
    story.prove()
