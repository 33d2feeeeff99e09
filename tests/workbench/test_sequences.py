"""T6: programs of the audit administrator read the trail and the ledger on from a number, all of it, once."""

from datetime import datetime
from itertools import pairwise

import pytest

from tests.factories import ledger as factory
from tests.factories.accounts import make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.audit import queries as audit
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
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
    sign_in(client, make_user(Role.AUDIT_ADMIN, at=noon))

    rows = client.get("/api/v1/ledger").get_json()["rows"]
    rest = client.get(f"/api/v1/ledger?after_seq={rows[0]['seq']}").get_json()["rows"]

    assert rest == rows[1:]
    assert (rows[-1]["kind"], rows[-1]["amount"], rows[-1]["unit"]) == ("issue", "25.50", "CNY")
    assert rows[-1]["debit"] != rows[-1]["credit"]


@pytest.mark.parametrize("given", ["", "x", "-1", "1.5", "9" * 19, "１", "1 OR 1=1"])
def test_what_is_no_number_is_refused(client: PageClient, noon: datetime, given: str) -> None:
    sign_in(client, make_user(Role.AUDIT_ADMIN, at=noon))

    assert client.get("/api/v1/ledger", query_string={"after_seq": given}).status_code == 400
