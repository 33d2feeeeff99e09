"""Finance sees, counts and adds up what the schemes of its appointment pay, and nothing of others."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.accounts import Somebody, appoint_too, make_office, make_user, sign_in
from tests.factories.redemption import EARLY, HOLD, Stage, approved_claim, make_stage
from tests.factories.settlement import Bureau, make_indicators, open_batch
from tests.pages import PageClient
from vouchers.accounts.states import OfficeKind, Role
from vouchers.audit.services import begin_restoration
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, command
from vouchers.kernel.errors import NotPermitted
from vouchers.ledger import overview
from vouchers.parties import queries as parties
from vouchers.policy import queries as policy
from vouchers.policy.reach import covers_every_scheme
from vouchers.settlement import queries, services
from vouchers.settlement.services import NewComparison

pytestmark = pytest.mark.database
FOUND = NewComparison("银行支付清单", 0, 0, "一致")


@pytest.fixture
def stages(app: Flask, clock: Path, noon: datetime) -> tuple[Stage, Stage]:
    """Two schemes that owe, each with indicators; the first has a batch."""
    bureau, both = Bureau(), (make_stage(), make_stage())
    for stage in both:
        approved_claim(stage, at=noon)
        make_indicators(stage, bureau)
    open_batch(both[0], bureau, at=noon)
    return both


def finance(stage: Stage, role: Role = Role.FINANCE_MAKER) -> Actor:
    """Somebody of a finance bureau whose appointment names the scheme of this stage."""
    return appointed(make_user(None, at=EARLY), stage, role)


def appointed(somebody: Somebody, stage: Stage, role: Role = Role.FINANCE_MAKER) -> Actor:
    """The same for a person who is there already."""
    office = make_office("市财政局支付处", OfficeKind.FINANCE, at=EARLY)
    pack_id = policy.scheme_by_key(stage.scheme_id).pack_id
    return appoint_too(somebody, role, at=EARLY, office_id=office, schemes=(pack_id,))


def test_batches_documents_money_and_payees_are_those_of_the_own_schemes(
    stages: tuple[Stage, Stage], noon: datetime
) -> None:
    on = noon.date()
    first, second = (finance(stage) for stage in stages)
    looks: list[Callable[[Actor], list[object]]] = [
        lambda actor: list(queries.list_batches({}, actor, on=on).rows),
        lambda actor: list(overview.documents(actor, {}, on=on).rows),
        lambda actor: list(overview.pots(actor, on=on)),
        lambda actor: list(overview.cash(actor, on=on)),
        lambda actor: list(overview.cash_places(actor, on=on)),
        lambda actor: list(queries.payees(actor, on=on)),
    ]

    seen = [([repr(one) for one in look(first)], [repr(one) for one in look(second)]) for look in looks]

    assert seen[0][1] == []
    assert seen[0][0]
    for own, others in seen[1:]:
        assert own
        assert others
        assert not set(own) & set(others)
    assert [key for key, _ in queries.schemes_with_dues(second, on=on)] == [
        policy.scheme_by_key(stages[1].scheme_id).public_id
    ]


def test_a_statement_leaves_out_what_other_schemes_paid(stages: tuple[Stage, Stage], noon: datetime) -> None:
    payee = parties.organisation(stages[0].provider_organisation_id)
    month, on = f"{noon:%Y-%m}", noon.date()

    whole = queries.statement_of(payee, month)
    own, none = (queries.statement_of(payee, month, seen_by=(finance(stage), on)) for stage in stages)

    assert (whole.awarded, own.awarded, none.awarded) == (HOLD, HOLD, 0)


def test_what_a_batch_would_pay_is_shown_of_own_schemes_only(
    client: PageClient, stages: tuple[Stage, Stage], noon: datetime
) -> None:
    own, other = (policy.scheme_by_key(stage.scheme_id).public_id for stage in stages)
    [number] = [row.number for row in queries.list_batches({}, finance(stages[0]), on=noon.date()).rows]
    somebody = make_user(None, at=EARLY)
    appointed(somebody, stages[1])
    sign_in(client, somebody)

    offered = client.get("/office/batches/new", query_string={"scheme": own}).get_data(as_text=True)
    listed, found, nothing = (
        client.get("/office/batches/", query_string=query).get_data(as_text=True)
        for query in ({}, {"q": number}, {"q": "没有这个词"})
    )

    assert f'value="{other}"' in offered
    assert f'value="{own}"' not in offered
    assert number not in listed
    assert found.replace(number, "没有这个词").count("<tr") == nothing.count("<tr")


def test_only_whoever_covers_every_scheme_compares_with_the_bank(stages: tuple[Stage, Stage], noon: datetime) -> None:
    maker, checker = finance(stages[0]), finance(stages[0], Role.FINANCE_CHECKER)
    at = noon + timedelta(hours=1)
    with transaction():
        begin_restoration(noon, 7, actor=command("backup restore"), at=at)

    with pytest.raises(NotPermitted), transaction():
        services.record_comparison(FOUND, actor=maker, at=at)
    whole = Bureau()
    with transaction():
        recorded = services.record_comparison(FOUND, actor=whole.making, at=at).public_id
    with pytest.raises(NotPermitted), transaction():
        services.confirm_comparison(recorded, 0, actor=checker, at=at)

    assert not covers_every_scheme(maker, on=noon.date())
    assert covers_every_scheme(whole.making, on=noon.date())
