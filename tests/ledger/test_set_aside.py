"""工作经费 within the fund: set aside by a document of two persons, and no more than the pack allows."""

import json
import re
from datetime import datetime

import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.applications import Ground, make_ground
from tests.factories.issuance import envelope
from tests.policy.packs import edited
from vouchers.accounts.states import Role
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation
from vouchers.ledger import verify
from vouchers.ledger.models import FinanceDocument
from vouchers.ledger.rules import ADMINISTRATION
from vouchers.ledger.services import documents
from vouchers.ledger.services.documents import NewDocument
from vouchers.ledger.states import DocumentKind
from vouchers.policy.loader import LoadedPack

pytestmark = pytest.mark.database

EACH = 100_000_000  # of two layers
MOST = 4_000_000  # two per cent of both


def within() -> LoadedPack:
    rule = {
        "id": "admin",
        "say": "工作经费不超过 2%",
        "provenance": "local",
        "paid_from": "within-the-fund",
        "most": "2%",
    }
    loaded = edited("  rounding:\n", f"  administration: {json.dumps(rule, ensure_ascii=False)}\n  rounding:\n")
    assert not loaded.not_yet, loaded.not_yet
    return loaded


@pytest.fixture
def maker(app: Flask, noon: datetime) -> Actor:
    return make_user(Role.FINANCE_MAKER, at=noon).actor(Role.FINANCE_MAKER)


@pytest.fixture
def checker(app: Flask, noon: datetime) -> Actor:
    return make_user(Role.FINANCE_CHECKER, at=noon).actor(Role.FINANCE_CHECKER)


def recorded(ground: Ground, fen: int, maker: Actor, at: datetime) -> FinanceDocument:
    new = NewDocument(
        DocumentKind.ENVELOPE, ground.scheme_id, "city", "经费", -fen, voucher_kind="compute", purpose=ADMINISTRATION
    )
    with transaction():
        return documents.record_document(new, actor=maker, at=at)


def check(document: FinanceDocument, checker: Actor, at: datetime) -> None:
    with transaction():
        documents.check_document(document.public_id, actor=checker, at=at, seen_version=1)


def test_what_is_set_aside_leaves_the_fund_and_is_held_to_its_share(
    maker: Actor, checker: Actor, noon: datetime
) -> None:
    ground = make_ground(at=noon, loaded=within(), granted=EACH)
    check(recorded(ground, MOST - 1, maker, noon), checker, noon)
    assert envelope(ground)["city"] == EACH - MOST + 1

    with pytest.raises(RuleViolation, match=re.escape("工作经费最多 ¥40,000.00，已留出 ¥39,999.99，再留出 ¥0.02")):
        recorded(ground, 2, maker, noon)
    check(recorded(ground, 1, maker, noon), checker, noon)

    assert envelope(ground) == {"city": EACH - MOST, "district": EACH}
    assert list(verify.findings()) == []


def test_documents_that_wait_count_and_what_was_right_when_recorded_is_asked_again(
    maker: Actor, checker: Actor, noon: datetime
) -> None:
    ground = make_ground(at=noon, loaded=within(), granted=EACH)
    waiting = recorded(ground, MOST, maker, noon)
    with pytest.raises(RuleViolation, match="就超过了"):
        recorded(ground, 1, maker, noon)
    cut = NewDocument(DocumentKind.ENVELOPE, ground.scheme_id, "district", "压减", -EACH, voucher_kind="compute")
    with transaction():
        less = documents.record_document(cut, actor=maker, at=noon)
    check(less, checker, noon)

    with pytest.raises(RuleViolation, match=re.escape("工作经费最多 ¥20,000.00")):
        check(waiting, checker, noon)


def test_nothing_is_set_aside_where_the_pack_pays_administration_outside_the_fund(maker: Actor, noon: datetime) -> None:
    ground = make_ground(at=noon, granted=EACH)

    with pytest.raises(RuleViolation, match="没有写工作经费可以从资金中列支"):
        recorded(ground, 1, maker, noon)
