"""After a restore nothing is paid until one person compared with the bank and another confirmed it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import sign_in
from tests.factories.redemption import approved_claim, make_stage
from tests.factories.settlement import Bureau, approved_batch, make_indicators
from tests.pages import PageClient
from vouchers.audit.models import AuditEvent
from vouchers.audit.queries import restoration_under_way
from vouchers.audit.services import begin_restoration
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.settlement import services
from vouchers.settlement.models import BankComparison
from vouchers.settlement.rules.bank_file import Encoding
from vouchers.settlement.services import NewComparison

FOUND = NewComparison("重庆银行 3 月 18 日支付清单", 2, 5_000_000, "逐笔核对，与系统一致。")
RECORD = "/office/after-restore/record"
VALUES = {"source": FOUND.source, "payments": "2", "total": "50000.00", "outcome": FOUND.outcome}


@pytest.fixture
def bureau(app: Flask, clock: Path, noon: datetime) -> Bureau:
    return Bureau()


@pytest.fixture
def restored(bureau: Bureau, noon: datetime) -> Callable[[], None]:
    def restore() -> None:
        with transaction():
            begin_restoration(noon, 7, actor=command("backup restore"), at=noon)

    return restore


def test_no_batch_is_released_or_exported_until_the_bank_was_compared(
    bureau: Bureau, restored: Callable[[], None], noon: datetime
) -> None:
    stage = make_stage()
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = approved_batch(stage, bureau, at=noon).public_id
    restored()

    with pytest.raises(RuleViolation, match="恢复后对账"), transaction():
        services.release(batch, actor=bureau.checking, at=noon)
    compare(bureau, noon)
    with transaction():
        services.release(batch, actor=bureau.checking, at=noon)
    restored()
    with pytest.raises(RuleViolation, match="恢复后对账"), transaction():
        services.export_file(batch, Encoding.UTF8, actor=bureau.making, at=noon)
    compare(bureau, noon)
    with transaction():
        assert services.export_file(batch, Encoding.UTF8, actor=bureau.making, at=noon).content


def compare(bureau: Bureau, at: datetime) -> None:
    with transaction():
        public_id = services.record_comparison(FOUND, actor=bureau.making, at=at).public_id
    with transaction():
        services.confirm_comparison(public_id, FOUND.total, actor=bureau.checking, at=at)


def test_the_same_person_does_not_confirm_nor_anybody_with_another_total(
    bureau: Bureau, restored: Callable[[], None], noon: datetime
) -> None:
    restored()
    with transaction():
        public_id = services.record_comparison(FOUND, actor=bureau.making, at=noon).public_id

    with pytest.raises(RuleViolation, match="不能自己确认"), transaction():
        services.confirm_comparison(public_id, FOUND.total, actor=bureau.making, at=noon)
    with pytest.raises(RuleViolation, match="与登记的不一致"), transaction():
        services.confirm_comparison(public_id, FOUND.total + 1, actor=bureau.checking, at=noon)
    with pytest.raises(Conflict), transaction():
        services.record_comparison(FOUND, actor=bureau.checking, at=noon)
    assert restoration_under_way() is not None


def test_nothing_is_compared_when_nothing_was_restored(bureau: Bureau, noon: datetime) -> None:
    with pytest.raises(Conflict), transaction():
        services.record_comparison(FOUND, actor=bureau.making, at=noon)


def test_maker_and_checker_compare_through_their_pages(
    app: Flask, client: PageClient, bureau: Bureau, restored: Callable[[], None]
) -> None:
    checker = PageClient(app)
    sign_in(client, bureau.maker)
    sign_in(checker, bureau.checker)
    client.get("/office/after-restore/")
    assert client.page is not None
    assert "没有恢复过数据" in client.page.text
    restored()
    client.get("/office/batches/")
    assert "/office/after-restore/" in client.page.links()

    client.get(RECORD)
    assert client.submit({**VALUES, "outcome": ""}, form=RECORD).status_code == 422
    assert client.submit(VALUES, form=RECORD).status_code == 303
    back = to_confirm(checker).replace("/confirm", "/return")
    checker.get(back)
    assert checker.submit({"reason": "清单缺少下午的支付。"}, form=back).status_code == 303
    client.get(RECORD)
    client.submit(VALUES, form=RECORD)
    confirm = to_confirm(checker)
    checker.get(confirm)
    assert checker.submit({"total": "1.00"}, form=confirm).status_code == 422
    assert checker.submit({"total": "50000.00"}, form=confirm).status_code == 303

    assert restoration_under_way() is None
    assert checker.get("/office/after-restore/").status_code == 200
    assert checker.page is not None
    assert "对账已确认" in checker.page.text
    states = db.session.scalars(select(BankComparison.state).order_by(BankComparison.id)).all()
    assert [state.value for state in states] == ["returned", "confirmed"]
    about = AuditEvent.subject_type.in_(("restoration", "comparison"))
    acts = db.session.scalars(select(AuditEvent.act).where(about).order_by(AuditEvent.seq)).all()
    assert acts == ["backup.restore", *(f"comparison.{act}" for act in ("record", "return", "record", "confirm"))]


def to_confirm(checker: PageClient) -> str:
    """Where the checker confirms what waits."""
    checker.get("/office/after-restore/")
    assert checker.page is not None
    return next(link for link in checker.page.links() if link.endswith("/confirm"))
