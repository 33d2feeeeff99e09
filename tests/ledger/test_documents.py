"""Finance documents at the services: what is kept, what event is left, which accounts the money moves between."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import ledger as factory
from tests.factories.accounts import Somebody, appoint_too, make_office, make_user
from vouchers.accounts.states import OfficeKind, Role
from vouchers.audit import queries as audit
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, NotFound, NotPermitted, RuleViolation
from vouchers.ledger import queries, verify
from vouchers.ledger.models import FinanceDocument, LedgerAccount, Transfer
from vouchers.ledger.rules import SAME_PERSON, Pot
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind, DocumentState, TransferKind

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("app")]


@pytest.fixture
def pot(app: Flask, noon: datetime) -> Pot:
    return factory.make_pot(at=noon)


@pytest.fixture
def recorder(app: Flask, noon: datetime) -> Somebody:
    return make_user(Role.FINANCE_MAKER, at=noon, name="李丽")


@pytest.fixture
def maker(recorder: Somebody) -> Actor:
    return recorder.actor(Role.FINANCE_MAKER)


@pytest.fixture
def checker(app: Flask, noon: datetime) -> Actor:
    return make_user(Role.FINANCE_CHECKER, at=noon, name="赵强").actor(Role.FINANCE_CHECKER)


@pytest.fixture
def payer(app: Flask, noon: datetime) -> int:
    return make_office("重庆市财政局", OfficeKind.FINANCE, at=noon)


def envelope(pot: Pot, amount: int = 500, number: str = "渝数发〔2026〕1号") -> NewDocument:
    return NewDocument(DocumentKind.ENVELOPE, pot.scheme_id, "city", number, amount, voucher_kind="compute")


def indicator(pot: Pot, payer: int, amount: int = 900, amends: int | None = None) -> NewDocument:
    return NewDocument(
        DocumentKind.INDICATOR,
        pot.scheme_id,
        "city",
        "渝财预〔2026〕7号",
        amount,
        paying_office_id=payer,
        fiscal_year=2026,
        project_code="P-1",
        subject_code="S-2",
        amends_id=amends,
    )


def record(new: NewDocument, actor: Actor, at: datetime) -> FinanceDocument:
    with transaction():
        return documents.record_document(new, actor=actor, at=at)


def check(document: FinanceDocument, actor: Actor, at: datetime) -> FinanceDocument:
    with transaction():
        return documents.check_document(document.public_id, actor=actor, at=at, seen_version=document.version)


def moved() -> list[tuple[TransferKind, str, str, int, str, str]]:
    """Every movement: kind, accounts by name, amount, key, reason."""
    names = {row.id: row.name for row in db.session.execute(select(LedgerAccount.id, LedgerAccount.name))}
    rows = db.session.scalars(select(Transfer).order_by(Transfer.id))
    return [(row.kind, names[row.debit_id], names[row.credit_id], row.amount, row.key, row.reason) for row in rows]


def test_what_is_recorded_is_kept_and_counts_for_nothing_yet(
    pot: Pot, maker: Actor, payer: int, noon: datetime
) -> None:
    new = indicator(pot, payer)

    kept = queries.get_document(record(new, maker, noon).public_id)

    assert (kept.state, kept.version, kept.created_at) == (DocumentState.RECORDED, 1, noon)
    assert (kept.recorded_by_id, kept.checked_by_id, kept.checked_at) == (maker.person_id, None, None)
    assert {name: getattr(kept, name) for name in new.__slots__} == {name: getattr(new, name) for name in new.__slots__}
    assert moved() == []
    (event,) = audit.history_of("finance_document", kept.public_id)
    assert (event.act, event.at, event.before, event.after) == ("document.record", noon, "", "recorded")
    assert event.actor_name == maker.name
    assert event.details == {"number": "渝财预〔2026〕7号", "amount": 900, "kind": "indicator", "layer": "city"}


@pytest.mark.parametrize(("amount", "amends", "code"), [(0, None, "zero"), (-1, None, "no_original")])
def test_a_document_that_cannot_stand_is_not_recorded(
    pot: Pot, maker: Actor, payer: int, noon: datetime, amount: int, amends: int | None, code: str
) -> None:
    with pytest.raises(RuleViolation) as refused:
        record(indicator(pot, payer, amount, amends), maker, noon)

    assert [finding.code for finding in refused.value.findings] == [code]
    assert db.session.scalars(select(FinanceDocument)).all() == []


def test_documents_are_signed_by_persons(pot: Pot, maker: Actor, noon: datetime) -> None:
    with pytest.raises(NotPermitted, match=r"^finance documents are signed by persons$"):
        record(envelope(pot), replace(maker, person_id=None), noon)


def test_an_envelope_moves_from_the_grant_and_a_reduction_back(
    pot: Pot, maker: Actor, checker: Actor, noon: datetime
) -> None:
    more, less = record(envelope(pot, 500), maker, noon), record(envelope(pot, -200, "渝数发〔2026〕9号"), maker, noon)

    for document in (more, less):
        check(document, checker, noon)

    grant, rest = pot.grant("city").name, pot.envelope("city").name
    assert moved() == [
        (TransferKind.APPROPRIATE, grant, rest, 500, f"document:{more.public_id}", "渝数发〔2026〕1号"),
        (TransferKind.REDUCE_ENVELOPE, rest, grant, 200, f"document:{less.public_id}", "渝数发〔2026〕9号"),
    ]
    assert queries.balance(pot.envelope("city")) == 300
    assert list(verify.findings()) == []


def test_an_indicator_moves_from_the_treasury_and_what_amends_it_goes_to_its_own_account(
    pot: Pot, maker: Actor, checker: Actor, payer: int, noon: datetime
) -> None:
    first = check(record(indicator(pot, payer), maker, noon), checker, noon)
    more = check(record(indicator(pot, payer, 50, amends=first.id), maker, noon), checker, noon)
    less = check(record(indicator(pot, payer, -300, amends=first.id), maker, noon), checker, noon)

    source, rest = queries.treasury_of(first).name, queries.indicator_of(first).name
    assert [one[:5] for one in moved()] == [
        (TransferKind.ALLOT, source, rest, 900, f"document:{first.public_id}"),
        (TransferKind.ALLOT, source, rest, 50, f"document:{more.public_id}"),
        (TransferKind.CUT, rest, source, 300, f"document:{less.public_id}"),
    ]
    assert queries.balance(queries.indicator_of(first)) == 650


def test_a_check_says_who_and_when_and_leaves_its_event(pot: Pot, maker: Actor, checker: Actor, noon: datetime) -> None:
    document = record(envelope(pot), maker, noon)

    checked = check(document, checker, noon)

    db.session.refresh(checked)
    assert (checked.state, checked.version) == (DocumentState.CHECKED, 2)
    assert (checked.checked_by_id, checked.checked_at, checked.reason) == (checker.person_id, noon, "")
    event = audit.history_of("finance_document", document.public_id)[-1]
    assert (event.act, event.at, event.before, event.after) == ("document.check", noon, "recorded", "checked")
    assert (event.actor_name, event.reason) == (checker.name, "")


def test_a_document_that_is_sent_back_says_why_and_moves_nothing(
    pot: Pot, maker: Actor, checker: Actor, noon: datetime
) -> None:
    document = record(envelope(pot), maker, noon)

    with transaction():
        documents.refuse_document(document.public_id, "文号有误", actor=checker, at=noon, seen_version=1)

    kept = queries.get_document(document.public_id)
    assert (kept.state, kept.reason, kept.version) == (DocumentState.REFUSED, "文号有误", 2)
    assert (kept.checked_by_id, kept.checked_at) == (checker.person_id, noon)
    assert moved() == []
    event = audit.history_of("finance_document", document.public_id)[-1]
    assert (event.act, event.after, event.reason) == ("document.refuse", "refused", "文号有误")
    with pytest.raises(Conflict):
        check(kept, checker, noon)
    assert list(verify.findings()) == []


@pytest.mark.parametrize("decide", [documents.check_document, partial(documents.refuse_document, reason="x")])
def test_nobody_checks_or_sends_back_what_they_recorded(
    pot: Pot, recorder: Somebody, maker: Actor, noon: datetime, decide: Callable[..., FinanceDocument]
) -> None:
    """By whatever post the same person comes."""
    document, other_post = record(envelope(pot), maker, noon), appoint_too(recorder, Role.FINANCE_CHECKER, at=noon)

    with pytest.raises(RuleViolation) as refused, transaction():
        decide(document.public_id, actor=other_post, at=noon, seen_version=1)

    assert refused.value.findings == (SAME_PERSON,)
    assert queries.get_document(document.public_id).state is DocumentState.RECORDED


def test_a_document_that_changed_meanwhile_is_not_decided(
    pot: Pot, maker: Actor, checker: Actor, noon: datetime
) -> None:
    document = record(envelope(pot), maker, noon)

    with pytest.raises(Conflict, match=r"^the document changed since the page was shown$"), transaction():
        documents.refuse_document(document.public_id, "x", actor=checker, at=noon, seen_version=2)

    assert queries.get_document(document.public_id).state is DocumentState.RECORDED


def test_who_covers_other_schemes_neither_records_nor_checks(pot: Pot, maker: Actor, noon: datetime) -> None:
    other = make_user(None, at=noon, name="孙别")
    office = make_office("渝北区财政局", OfficeKind.FINANCE, at=noon)
    stranger = appoint_too(other, Role.FINANCE_CHECKER, at=noon, office_id=office, schemes=("elsewhere",))
    document = record(envelope(pot), maker, noon)

    with pytest.raises(NotPermitted):
        record(envelope(pot), stranger, noon)
    with pytest.raises(NotPermitted):
        check(document, stranger, noon)

    assert [event.act for event in db.session.scalars(select(AuditEvent)).all()].count("document.record") == 1


@pytest.mark.parametrize("look", [queries.get_document, queries.lock_document])
def test_a_document_that_is_not_there_is_not_found(look: Callable[[str], FinanceDocument]) -> None:
    with pytest.raises(NotFound, match=r"^no such finance document$"):
        look("x")
    with pytest.raises(NotFound, match=r"^no such finance document$"):
        queries.document(7)
