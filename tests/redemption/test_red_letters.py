"""Red-letter invoices: on record against their original, whose use falls; what was asked beyond that is stopped."""

from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from tests.factories.accounts import make_user, sign_in
from tests.factories.redemption import (
    EARLY,
    HOLD,
    NET,
    Stage,
    approved_claim,
    checked_claim,
    invoice_file,
    make_stage,
    new_claim,
    verified_claim,
)
from tests.factories.settlement import Bureau, locked_batch, make_indicators, scheme_of
from tests.pages import PageClient
from tests.races import together
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.store import current_store
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.ledger import queries as ledger
from vouchers.ledger.states import AccountKind
from vouchers.redemption import queries, services, verify
from vouchers.redemption.invoices.specimen import SpecimenLine
from vouchers.redemption.models import RedLetter
from vouchers.redemption.services import Approval, InvoiceFile, Verification
from vouchers.redemption.states import ClaimState
from vouchers.settlement import queries as batches
from vouchers.settlement import services as settlement
from vouchers.settlement.services import NewBatch

pytestmark = pytest.mark.database
MANY = 201


@pytest.fixture
def stage(app: Flask) -> Stage:
    return make_stage()


def red_file(stage: Stage, original: str, *, net: int = NET, **changes: object) -> InvoiceFile:
    """What takes back so much of an invoice."""
    lines = (SpecimenLine("*信息技术服务*智能算力租赁服务", -net, -(net * 6 // 100)),)
    usual: dict[str, object] = {"lines": lines, "original_number": original, "issued_on": date(2026, 3, 10)}
    return invoice_file(stage, **{**usual, **changes})  # type: ignore[arg-type]


def record(stage: Stage, file: InvoiceFile, at: datetime, actor: Actor | None = None) -> RedLetter:
    with transaction():
        return services.record_red_letter(file, actor=actor or stage.provider, at=at)


def refused_codes(stage: Stage, file: InvoiceFile, at: datetime) -> list[str]:
    with pytest.raises(RuleViolation) as refused:
        record(stage, file, at)
    return [finding.code for finding in refused.value.findings]


def test_an_invoice_that_was_taken_back_is_claimed_on_no_more(stage: Stage, noon: datetime) -> None:
    blue = invoice_file(stage)
    with transaction():
        claim = services.draft_claim(new_claim(stage, invoice=blue), actor=stage.provider, at=noon).public_id
    before = queries.get(claim).invoice.eligible

    letter = record(stage, red_file(stage, blue.paper.number), noon)

    assert (before, letter.reduction, letter.applied) == (NET, NET, NET)
    assert queries.get(claim).invoice.eligible == 0
    with pytest.raises(RuleViolation), transaction():
        services.submit_draft(claim, actor=stage.provider, at=noon)


def test_a_part_that_was_taken_back_leaves_the_rest(stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon, amount=100_000, base=200_000)
    public_id, key = claim.public_id, claim.invoice.key

    letter = record(stage, red_file(stage, key, net=NET // 2), noon)

    assert (letter.reduction, letter.applied) == (NET // 2, NET // 2)
    assert queries.get(public_id).invoice.eligible == NET // 2
    assert queries.red_pending(queries.get(public_id).invoice_id) == 0
    verify_it(public_id, noon)


def test_a_claim_beyond_what_is_left_is_stopped_until_it_lets_go(stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon)
    public_id, key, invoice_id = claim.public_id, claim.invoice.key, claim.invoice_id

    letter = record(stage, red_file(stage, key), noon)

    assert (letter.reduction, letter.applied, queries.red_pending(invoice_id)) == (NET, 0, NET)
    with pytest.raises(RuleViolation) as refused:
        verify_it(public_id, noon)
    assert refused.value.findings[0].code == "claim.red_letter"
    who = reviewer()
    with transaction():
        services.send_back(public_id, "发票已红冲", actor=who, at=noon)
    assert queries.get(public_id).invoice.eligible == 0
    assert queries.red_pending(invoice_id) == 0
    assert ledger.balance_of(AccountKind.HELD, stage.order) == HOLD
    assert list(verify.findings()) == []


def test_a_verified_claim_is_not_approved_on_an_invoice_taken_back(stage: Stage, noon: datetime) -> None:
    claim = verified_claim(stage, at=noon)
    public_id, approval, key = claim.public_id, Approval(claim.version, claim.amount), claim.invoice.key
    decider = make_user(Role.DECIDER, at=EARLY).actor(Role.DECIDER)
    record(stage, red_file(stage, key), noon)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.approve_claim(public_id, approval, actor=decider, at=noon)

    assert refused.value.findings[0].code == "claim.red_letter"
    with transaction():
        services.refuse_claim(public_id, "发票已红冲", actor=decider, at=noon)
    assert queries.get(public_id).state is ClaimState.REJECTED


def test_what_is_due_on_an_invoice_taken_back_is_not_paid(stage: Stage, noon: datetime) -> None:
    bureau = Bureau()
    claim = approved_claim(stage, at=noon)
    key = claim.invoice.key
    make_indicators(stage, bureau)
    batch = locked_batch(stage, bureau, at=noon).public_id
    record(stage, red_file(stage, key), noon)

    signature = settlement.Signature(batches.get(batch).version, batches.get(batch).total)
    with pytest.raises(RuleViolation) as refused, transaction():
        settlement.approve(batch, signature, actor=bureau.checking, at=noon)
    assert refused.value.findings[0].code == "settlement.red_letter"

    with transaction():
        settlement.reopen(batch, "发票已红冲", actor=bureau.checking, at=noon)
        for one in batches.attempts_of(batches.get(batch)):
            settlement.drop_line(batch, one.public_id, actor=bureau.making, at=noon)
    scheme = scheme_of(stage)
    with pytest.raises(RuleViolation) as nothing, transaction():
        settlement.make_batch(NewBatch(scheme, 2026), actor=bureau.making, at=noon)
    assert "settlement.red_letter" in [finding.code for finding in nothing.value.findings]


def test_a_red_letter_that_came_first_waits_for_its_original(stage: Stage, noon: datetime) -> None:
    blue = invoice_file(stage)
    letter = record(stage, red_file(stage, blue.paper.number, net=NET // 4), noon)
    assert letter.invoice_id is None

    with transaction():
        draft = services.draft_claim(new_claim(stage, invoice=blue), actor=stage.provider, at=noon)

    assert draft.invoice.eligible == NET - NET // 4
    assert queries.red_letters_of(draft.invoice_id, blue.paper.number)[0].applied == NET // 4


def test_what_does_not_fit_its_original_is_refused(stage: Stage, noon: datetime) -> None:
    claim = checked_claim(stage, at=noon)
    key = claim.invoice.key
    other = make_stage()

    assert refused_codes(stage, invoice_file(stage), noon) == ["red.not_red"]
    assert refused_codes(stage, red_file(stage, ""), noon) == ["red.no_original"]
    assert refused_codes(stage, red_file(stage, key, seller=other.seller), noon) == ["red.seller"]
    assert refused_codes(stage, red_file(stage, key, buyer=other.buyer), noon) == ["red.parties"]
    assert refused_codes(stage, red_file(stage, key, issued_on=date(2026, 3, 1)), noon) == ["red.date"]
    assert refused_codes(stage, red_file(stage, key, net=NET + 1), noon) == ["red.too_much"]
    half = red_file(stage, key, net=NET // 2)
    record(stage, half, noon)
    assert refused_codes(stage, half, noon) == ["red.known"]
    assert refused_codes(stage, red_file(stage, key, net=NET // 2 + 100), noon) == ["red.too_much"]
    assert record(stage, red_file(stage, key, net=NET // 2), noon).reduction == NET // 2


def test_a_red_letter_on_record_is_not_changed(stage: Stage, noon: datetime) -> None:
    record(stage, red_file(stage, "26502000000000000001"), noon)

    with pytest.raises(DBAPIError):
        db.session.execute(text("UPDATE red_letters SET gross = 1, net = 1, tax = 0"))
    db.session.rollback()
    with pytest.raises(DBAPIError):
        db.session.execute(text("DELETE FROM red_letters"))


def test_taken_back_and_handed_in_at_once_never_uses_more_than_is_left(
    app: Flask, stage: Stage, noon: datetime
) -> None:
    blue = invoice_file(stage)
    with transaction():
        claim = services.draft_claim(new_claim(stage, invoice=blue), actor=stage.provider, at=noon).public_id
    red = red_file(stage, blue.paper.number)

    def submit() -> str:
        with transaction():
            return services.submit_draft(claim, actor=stage.provider, at=noon).public_id

    def take_back() -> str:
        return record(stage, red, noon).public_id

    together(app, [submit, take_back])

    db.session.rollback()
    invoice = queries.get(claim).invoice
    is_taken = queries.get(claim).state is ClaimState.CHECKED
    assert invoice.eligible == (NET if is_taken else 0)
    assert queries.red_pending(invoice.id) == (NET if is_taken else 0)
    assert list(verify.findings()) == []


def test_an_officer_records_what_a_provider_showed_and_the_claim_says_so(
    app: Flask, clock: Path, stage: Stage, noon: datetime
) -> None:
    claim = checked_claim(stage, at=noon)
    public_id, key = claim.public_id, claim.invoice.key
    content = read(red_file(stage, key))
    officer = PageClient(app)
    sign_in(officer, make_user(Role.REVIEWER, at=EARLY))

    officer.get("/office/claims/red-letters")
    answer = officer.submit({"invoice": (BytesIO(content), "红字.xml")}, form="/office/claims/red-letters")
    assert answer.status_code == 303
    officer.get("/office/claims/red-letters")
    assert officer.page
    assert "核销合计已超出，有关核销暂停" in officer.page.text
    officer.get(f"/office/claims/{public_id}")
    assert "发票已被红字冲减" in officer.page.text

    officer.get("/office/claims/red-letters")
    again = officer.submit({"invoice": (BytesIO(content), "红字.xml")}, form="/office/claims/red-letters")
    assert again.status_code == 422


def test_no_red_letter_is_left_out_however_many_there_are(
    app: Flask, stage: Stage, noon: datetime, clock: Path
) -> None:
    first = record(stage, red_file(stage, "26317000000000000001"), noon)
    copies(first, MANY)
    for role, organisation_id, here in (
        (Role.REVIEWER, None, "/office/claims/red-letters"),
        (Role.PROVIDER_OPERATOR, stage.provider_organisation_id, "/provider/red-letters"),
    ):
        reader = PageClient(app)
        sign_in(reader, make_user(role, at=EARLY, organisation_id=organisation_id))
        whole = reader.get(here).get_data(as_text=True)
        last = reader.get(f"{here}?sort=-number").get_data(as_text=True)

        assert f"共 {MANY + 1} 张" in whole
        assert "下一页" in whole
        assert f"COPY-{MANY - 1:03}" in last
        assert "COPY-000" not in last
        assert "共 1 张" in reader.get(f"{here}?q=copy-007").get_data(as_text=True)
        assert "没有符合条件的红字发票" in reader.get(f"{here}?q=none").get_data(as_text=True)


def copies(letter: RedLetter, number: int) -> None:
    """As many further rows like the one: a list looks at rows and not at what led to them."""
    table = RedLetter.__table__
    with db.engine.begin() as connection:
        row = connection.execute(select(table).where(table.c.id == letter.id)).mappings().one()
        same = {name: value for name, value in row.items() if name != "id"}
        rows = [{**same, "public_id": f"copy-{n}", "key": f"COPY-{n:03}"} for n in range(number)]
        connection.execute(insert(RedLetter), rows)


def read(file: InvoiceFile) -> bytes:
    return current_store().read(file.received.sha256)


def reviewer() -> Actor:
    return make_user(Role.REVIEWER, at=EARLY).actor(Role.REVIEWER)


def verify_it(public_id: str, at: datetime) -> None:
    who = reviewer()
    with transaction():
        found = Verification(queries.get(public_id).version, "查验一致")
        services.verify_claim(public_id, found, actor=who, at=at)
