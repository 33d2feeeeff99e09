"""Settlement through its pages: a maker makes, a checker signs, the bank answers; statements for both sides."""

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories.accounts import code_now, make_user, sign_in
from tests.factories.redemption import EARLY, HOLD, Stage, approved_claim, make_stage
from tests.factories.settlement import (
    Bureau,
    answer_file,
    answers,
    approved_batch,
    locked_batch,
    make_indicators,
    open_batch,
    scheme_of,
    sent_batch,
)
from tests.pages import Page, PageClient
from vouchers.accounts.permissions import ROLES
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.ledger.models import Transfer
from vouchers.messages.models import Message
from vouchers.settlement import queries, services
from vouchers.settlement.rules.bank_file import Encoding, Outcome
from vouchers.settlement.services import Signature
from vouchers.settlement.states import BatchState
from vouchers.workbench.duties import waiting_for


@pytest.fixture
def stage(app: Flask, clock: Path, noon: datetime) -> Stage:
    stage = make_stage()
    approved_claim(stage, at=noon)
    return stage


@pytest.fixture
def bureau(stage: Stage) -> Bureau:
    bureau = Bureau()
    make_indicators(stage, bureau)
    return bureau


def test_the_maker_makes_and_locks_a_batch(client: PageClient, stage: Stage, bureau: Bureau) -> None:
    sign_in(client, bureau.maker)
    client.get("/office/batches/new")
    assert client.page is not None
    assert "¥50,000.00" in client.page.text

    answer = client.submit({"scheme": scheme_of(stage), "fiscal_year": "2026"}, form="/office/batches/new")

    assert answer.status_code == 303, client.page.text
    client.get(answer.location)
    assert client.submit(form=f"{answer.location}/lock").status_code == 303
    assert queries.get(answer.location.rpartition("/")[2]).state is BatchState.LOCKED
    assert client.get("/office/batches/").status_code == 200


def test_the_checker_signs_their_own_total_and_releases(
    client: PageClient, stage: Stage, bureau: Bureau, noon: datetime
) -> None:
    batch = locked_batch(stage, bureau, at=noon).public_id
    sign_in(client, bureau.checker)
    client.get(f"/office/batches/{batch}")
    assert client.page is not None
    assert "50,000.00" not in client.page.text
    client.get(f"/office/batches/{batch}/approve")
    assert client.submit({"total": "49999.99"}, form=f"/office/batches/{batch}/approve").status_code == 422

    answer = client.submit({"total": "50000"}, form=f"/office/batches/{batch}/approve")

    assert answer.status_code == 303, client.page.text
    client.get(f"/office/batches/{batch}/release")
    pressed = [client.submit(form=f"/office/batches/{batch}/release").status_code for _ in range(2)]
    assert pressed == [303, 303]
    assert queries.get(batch).state is BatchState.RELEASED


def test_the_file_goes_out_and_answers_come_in(
    client: PageClient, stage: Stage, bureau: Bureau, noon: datetime
) -> None:
    batch = sent_batch(stage, bureau, at=noon)
    public_id = batch.public_id
    content = answer_file(answers(batch))
    sign_in(client, bureau.maker)
    client.get(f"/office/batches/{public_id}/file")
    file = client.submit({"encoding": "gbk"}, form=f"/office/batches/{public_id}/file")
    assert file.mimetype == "text/csv"
    assert "中国工商银行" in file.get_data().decode("gbk")
    client.get(f"/office/batches/{public_id}/result")

    answer = client.submit({"file": (io.BytesIO(content), "回单.csv")}, form=f"/office/batches/{public_id}/result")

    assert answer.status_code == 200
    assert client.page is not None
    assert "已支付" in client.page.text
    client.get(f"/office/batches/{public_id}")
    assert client.submit(form=f"/office/batches/{public_id}/close").status_code == 303
    assert queries.get(public_id).state is BatchState.CLOSED


def test_the_same_answer_file_again_doubles_nothing_and_the_page_says_so(
    client: PageClient, stage: Stage, bureau: Bureau, noon: datetime
) -> None:
    batch = sent_batch(stage, bureau, at=noon)
    public_id, paid = batch.public_id, batch.total
    content = answer_file(answers(batch))
    sign_in(client, bureau.maker)
    address = f"/office/batches/{public_id}/result"
    client.get(address)
    page: Page | None = client.page
    said: list[str] = []
    for is_new_page in (False, False, True):  # the same press twice, then the same file in a fresh form
        if is_new_page:
            client.get(address)
        else:
            client.page = page
        client.submit({"file": (io.BytesIO(content), "回单.csv")}, form=address)
        said.append(client.page.text if client.page else "")

    assert "共 2 行，登记 2 行" in said[0]
    assert said[1] == said[0], "a repeated press gets the first answer"
    assert "这份文件已在 2026-03-18 12:00 导入过。本次登记 0 行" in said[2]
    assert said[2].count("重复：与已登记的结果相同，未改动") == 2
    kinds = db.session.execute(select(Transfer.kind, func.sum(Transfer.amount)).group_by(Transfer.kind)).all()
    assert {kind: amount for kind, amount in kinds if kind in {"pay", "spend"}} == {"pay": paid, "spend": paid}
    told = select(Message.code).where(Message.code == "payment_made")
    assert len(db.session.scalars(told).all()) == 2
    imports = [
        event.details["changed"] for event in queries.history(queries.get(public_id)) if event.act.endswith("result")
    ]
    assert imports == [2, 0]


def test_a_refused_line_can_be_followed_up(client: PageClient, stage: Stage, bureau: Bureau, noon: datetime) -> None:
    batch = sent_batch(stage, bureau, at=noon)
    public_id = batch.public_id
    content = answer_file(answers(batch, Outcome.REFUSED))
    sign_in(client, bureau.maker)
    client.get(f"/office/batches/{public_id}/result")
    client.submit({"file": (io.BytesIO(content), "回单.csv")}, form=f"/office/batches/{public_id}/result")
    client.get(f"/office/batches/{public_id}/follow-up")

    answer = client.submit(form=f"/office/batches/{public_id}/follow-up")

    assert answer.status_code == 303
    follow = queries.get(answer.location.rpartition("/")[2])
    assert (follow.total, follow.follows_id) == (HOLD, batch.id)


def test_funding_layers_are_called_by_their_names(
    client: PageClient, stage: Stage, bureau: Bureau, noon: datetime
) -> None:
    uncovered = queries.plan_for(stage.scheme_id, 2027, on=noon.date()).left_out
    batch = locked_batch(stage, bureau, at=noon).public_id
    sign_in(client, bureau.maker)

    client.get(f"/office/batches/{batch}")

    assert client.page is not None
    for text in (client.page.text, " ".join(one.why.text for one in uncovered)):
        assert "市级" in text
        assert "区级" in text
        assert "city" not in text.split()


@pytest.mark.parametrize(("act", "typed"), [("approve", {"total": "50000"}), ("release", {})])
def test_a_signature_asks_for_the_factor_again_after_ten_minutes_and_then_goes_on(
    client: PageClient, stage: Stage, bureau: Bureau, clock: Path, noon: datetime, act: str, typed: dict[str, str]
) -> None:
    make = {"approve": locked_batch, "release": approved_batch}[act]
    batch = make(stage, bureau, at=noon).public_id
    page, digest = f"/office/batches/{batch}/{act}", queries.get(batch).lines_hash
    sign_in(client, bureau.checker)
    client.get(page)
    clock.write_text((noon + timedelta(minutes=11)).isoformat())

    late = client.submit(typed, form=page)
    client.get(late.location)
    onward = client.submit({"code": code_now()}, form="/second-factor").location
    client.get(onward)
    answer = client.submit(typed, form=page)

    assert late.location.startswith("/second-factor?again=1")
    assert onward == page
    assert answer.location == f"/office/batches/{batch}"
    signed = queries.get(batch)
    assert (signed.state, signed.lines_hash) == (BatchState(f"{act}d"), digest)


def test_a_maker_may_not_sign(client: PageClient, stage: Stage, bureau: Bureau, noon: datetime) -> None:
    batch = approved_batch(stage, bureau, at=noon).public_id
    sign_in(client, bureau.maker)

    assert client.get(f"/office/batches/{batch}/release").status_code == 403
    assert client.get(f"/office/batches/{batch}/approve").status_code == 403


def test_a_statement_shows_what_was_not_paid_and_why(
    client: PageClient, stage: Stage, bureau: Bureau, noon: datetime
) -> None:
    sent_batch(stage, bureau, at=noon)
    payee = make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id)
    sign_in(client, payee)
    assert client.get("/provider/statements/").status_code == 200

    client.get("/provider/statements/2026-03")

    assert client.page is not None
    assert "¥50,000.00" in client.page.text
    sheet = client.get("/provider/statements/2026-03.csv", buffered=True).get_data(as_text=True)
    assert sheet.startswith("\ufeff")
    assert sheet.count("25000.00") == 2
    assert client.get("/provider/statements/2026-03.xlsx").status_code == 200
    assert client.get("/provider/statements/1999-01").status_code == 404


def test_finance_sees_the_statement_of_every_payee(
    client: PageClient, stage: Stage, bureau: Bureau, noon: datetime
) -> None:
    sent_batch(stage, bureau, at=noon)
    ((payee, _),) = queries.payees(bureau.checking, on=noon.date())
    sign_in(client, bureau.checker)
    client.get("/office/batches/statements")

    answer = client.get(f"/office/batches/statements/{payee}/2026-03")

    assert answer.status_code == 200
    assert client.get(f"/office/batches/statements/{payee}/2026-03.csv", buffered=True).status_code == 200


def test_at_every_step_a_batch_waits_on_the_home_of_exactly_one_hand(
    stage: Stage, bureau: Bureau, noon: datetime
) -> None:
    batch = open_batch(stage, bureau, at=noon).public_id
    steps: list[tuple[str, Callable[[], object]]] = [
        ("编制中、待送审的批次", lambda: services.lock(batch, actor=bureau.making, at=noon)),
        ("待复核的兑付批次", lambda: services.approve(batch, signature(batch), actor=bureau.checking, at=noon)),
        ("已复核、待签发的批次", lambda: services.release(batch, actor=bureau.checking, at=noon)),
        ("已签发、待送银行的批次", lambda: services.export_file(batch, Encoding.UTF8, actor=bureau.making, at=noon)),
        ("已送银行、待导入回单的批次", lambda: paid(batch, bureau, at=noon)),
        ("已对账、待办结的批次", lambda: services.close(batch, actor=bureau.making, at=noon)),
    ]

    told = []
    for _, act in steps:
        told.append(on_the_homes(bureau))
        with transaction():
            act()
    told.append(on_the_homes(bureau))

    assert told == [[name] for name, _ in steps] + [[]]


def paid(batch: str, bureau: Bureau, *, at: datetime) -> None:
    services.import_result(batch, answers(queries.get(batch)), content=b"x", actor=bureau.making, at=at)


def on_the_homes(bureau: Bureau) -> list[str]:
    """The batches that wait for maker or checker, as their homes name them."""
    hands = {Role.FINANCE_MAKER: bureau.maker, Role.FINANCE_CHECKER: bureau.checker}
    homes = [waiting_for(one.actor(role, ROLES[role]), on=date(2026, 3, 18)) for role, one in hands.items()]
    return [one.name for home in homes for one in home if one.name.endswith("批次")]


def signature(batch: str) -> Signature:
    found = queries.get(batch)
    return Signature(found.version, found.total)
