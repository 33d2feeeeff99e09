"""T6: programs of the audit administrator read the trail on from a number, those of finance the ledger, once."""

from datetime import datetime
from itertools import pairwise

import pytest

from tests.factories import ledger as factory
from tests.factories.accounts import appoint_too, make_office, make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts.states import OfficeKind, Role
from vouchers.audit import queries as audit
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.policy.models import Scheme
from vouchers.workbench import sequences

pytestmark = pytest.mark.usefixtures("clock")


@pytest.mark.database
def test_the_trail_is_read_on_in_portions_without_a_gap(client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.AUDIT_ADMIN, at=noon))
    with transaction():
        for number in range(sequences.PORTION):
            record("test.event", Subject("thing", str(number)), actor=command("test"), at=noon, reason="<b>")
    last = audit.head()[0]
    db.session.rollback()

    found, after = [], 0
    for _ in range(3):
        answer = client.get(f"/api/v1/audit?after_seq={after}").get_json()
        found += answer["rows"]
        after = answer["next_after_seq"]
        if after is None:
            break

    assert [one["seq"] for one in found] == list(range(1, last + 1))
    assert all(one["hash"] == two["previous_hash"] for one, two in pairwise(found))
    assert client.get(f"/api/v1/audit?after_seq={last}").get_json() == {"rows": [], "next_after_seq": None}


@pytest.mark.database
def test_the_ledger_is_read_on_from_a_number_with_money_in_yuan(client: PageClient, noon: datetime) -> None:
    pot = factory.make_pot(at=noon, granted=10_000)
    factory.post([factory.issue(pot, "v1", 2_550)], noon)
    sign_in(client, make_user(Role.FINANCE_CHECKER, at=noon))

    rows = client.get("/api/v1/ledger").get_json()["rows"]
    rest = client.get(f"/api/v1/ledger?after_seq={rows[0]['seq']}").get_json()["rows"]

    assert rest == rows[1:]
    assert (rows[-1]["kind"], rows[-1]["amount"], rows[-1]["unit"]) == ("issue", "25.50", "CNY")
    assert rows[-1]["debit"] != rows[-1]["credit"]


def test_the_audit_administrator_sees_acts_and_no_money(client: PageClient, noon: datetime) -> None:
    with transaction():
        record("batch.release", Subject("batch", "b"), actor=command("test"), at=noon, details={"total": 987_654})
    db.session.rollback()
    sign_in(client, make_user(Role.AUDIT_ADMIN, at=noon))

    trail = client.get("/api/v1/audit")

    assert "batch.release" in trail.text
    assert "987654" not in trail.text
    assert client.get("/api/v1/ledger").status_code == 403


def test_movements_of_schemes_out_of_reach_are_not_read(client: PageClient, noon: datetime) -> None:
    mine, other = (factory.make_pot(at=noon, granted=10_000) for _ in range(2))
    for number, pot in enumerate((mine, other)):
        factory.post([factory.issue(pot, f"v{number}", 2_550)], noon)
    key = db.session.get_one(Scheme, mine.scheme_id).pack_id
    narrow = make_user(None, at=noon)
    bureau = make_office("渝中区财政局", OfficeKind.FINANCE, at=noon)
    appoint_too(narrow, Role.FINANCE_CHECKER, at=noon, office_id=bureau, schemes=(key,))
    sign_in(client, narrow)

    rows = client.get("/api/v1/ledger").get_json()["rows"]

    assert [one["kind"] for one in rows] == ["appropriate", "appropriate", "issue"]  # two layers
    assert all(f":{mine.scheme_id}:" in one["debit"] + one["credit"] for one in rows)


@pytest.mark.parametrize("given", ["", "x", "-1", "1.5", "9" * 19, "１", "1 OR 1=1"])
def test_what_is_no_number_is_refused(client: PageClient, noon: datetime, given: str) -> None:
    sign_in(client, make_user(Role.FINANCE_MAKER, at=noon))

    assert client.get("/api/v1/ledger", query_string={"after_seq": given}).status_code == 400
