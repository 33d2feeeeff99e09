"""测算 in the office: a register is worked out as a job, shown with its pictures, and gone afterwards."""

import io
import os
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import sign_in
from tests.factories.policy import draft, policy_officer, published
from tests.pages import PageClient
from tests.policy.packs import PACK
from tests.policy.relational.registers import GOOD, HEADING
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.jobs import worker
from vouchers.kernel.actor import job
from vouchers.kernel.errors import NotPermitted
from vouchers.policy import simulating
from vouchers.policy.models import Simulation
from vouchers.policy.simulating import NewSimulation
from vouchers.policy.states import SimulationState

pytestmark = pytest.mark.usefixtures("clock")

LARGE = "91500103MA5U000002,大型,重庆市渝中区,存续（在营）,无,否,50000.00"
TEXT = "\n".join(
    (
        f"{HEADING},应用领域,同一合同已获其他财政支持,申请日期",
        f"{GOOD},health,0,2026-05-06",
        f"{LARGE},health,0,2026-05-07",
    )
)
CAPS = "granted:cap-applicant-year=0 元\ngranted:cap-controller-year=0 元"


def handed_in(
    client: PageClient, address: str, text: str = TEXT, *, name: str = "r.csv", expect: int = 303, **more: str
) -> str:
    """A register handed in at the page; where its figures will be."""
    client.get(address)
    given = {"register": (io.BytesIO(text.encode()), name), "kind": "compute", "on": "2026-05-06", **more}
    answer = client.submit({"assumed": CAPS, **given}, form=address)
    assert answer.status_code == expect, client.page and client.page.text
    return str(answer.location or "")


def text_of(client: PageClient, address: str) -> str:
    client.get(address)
    assert client.page is not None
    return client.page.text


def registers(app: Flask) -> list[Path]:
    folder = app.config["SETTINGS"].instance / "registers"
    return list(folder.iterdir()) if folder.is_dir() else []


def test_a_register_is_worked_out_shown_and_deleted(app: Flask, client: PageClient, noon: datetime) -> None:
    (somebody, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    first = published(actor, signer, at=noon)
    changed = PACK.read_text(encoding="utf-8").replace('version: "1"', 'version: "2"', 1)
    second = draft(actor, at=noon, text=changed)
    sign_in(client, somebody)

    shown = handed_in(client, f"/office/schemes/versions/{second}/simulations", budget="60000", against=first)
    assert "正在测算" in text_of(client, shown)
    assert len(registers(app)) == 1
    worker.run_due(app, at=noon)

    text = text_of(client, shown)
    assert "27,500.00 元" in text
    assert "2026-05-10" in text
    assert "在哪一条落选" in text
    assert "两版的金额" in text
    assert registers(app) == []
    acts = set(db.session.scalars(select(AuditEvent.act).where(AuditEvent.subject_type == "simulation")))
    assert acts == {"policy.ask_simulation", "policy.simulate"}


def test_who_may_ask_is_judged_today_whatever_day_is_tried(app: Flask, client: PageClient, noon: datetime) -> None:
    somebody, actor = policy_officer(at=noon)  # appointed a month ago
    sign_in(client, somebody)
    address = f"/office/schemes/versions/{draft(actor, at=noon)}/simulations"

    handed_in(client, address, on="2025-06-02")
    worker.run_due(app, at=noon)

    new = NewSimulation("compute", date(2026, 4, 1), "r.csv", TEXT.encode())
    with transaction(), pytest.raises(NotPermitted):
        simulating.ask(address.split("/")[4], new, actor=actor, at=noon - timedelta(days=60))


def test_each_picture_is_a_file_without_script_and_has_its_table(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    somebody, actor = policy_officer(at=noon)
    sign_in(client, somebody)
    shown = handed_in(client, f"/office/schemes/versions/{draft(actor, at=noon)}/simulations")
    worker.run_due(app, at=noon)

    answer = client.get(shown)
    pictures = [part.split('"')[0] for part in answer.text.split('<img src="')[1:]]

    assert len(pictures) >= 2
    assert answer.text.count("<table") >= len(pictures)
    for picture in pictures:
        drawn = client.get(picture)
        assert drawn.mimetype == "image/svg+xml"
        assert drawn.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
        assert drawn.text.startswith("<?xml")
        assert "<rect" in drawn.text
        assert "script" not in drawn.text
    assert client.get(f"{shown}/nothing.svg").status_code == 404
    assert all(hasattr(one, "find_spec") for one in sys.meta_path)


def test_a_register_with_mistakes_gets_its_findings_and_no_figures(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    somebody, actor = policy_officer(at=noon)
    address = f"/office/schemes/versions/{draft(actor, at=noon)}/simulations"
    sign_in(client, somebody)

    faulty = handed_in(client, address, TEXT.replace("微型", "巨型"))
    broken = handed_in(client, address, "PAR1 not really", name="r.parquet")
    dayless = handed_in(client, address, TEXT.replace("申请日期", "备注"), budget="60000")
    worker.run_due(app, at=noon)

    assert "写的是“巨型”" in text_of(client, faulty)
    assert "登记册有误" in text_of(client, broken)
    assert "没有“申请日期”一列" in text_of(client, dayless)
    assert registers(app) == []


def test_what_is_no_register_or_no_fact_is_refused_at_its_field(client: PageClient, noon: datetime) -> None:
    somebody, actor = policy_officer(at=noon)
    address = f"/office/schemes/versions/{draft(actor, at=noon)}/simulations"
    sign_in(client, somebody)

    handed_in(client, address, name="r.xlsx", expect=422)
    assert client.page is not None
    assert "只接受 .csv 和 .parquet" in client.page.text
    handed_in(client, address, expect=422, assumed="granted:cap-aplicant-year=0 元")
    assert "不认识事实" in client.page.text


def test_figures_go_after_a_month_and_a_register_left_behind_after_a_day(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    somebody, actor = policy_officer(at=noon)
    sign_in(client, somebody)
    handed_in(client, f"/office/schemes/versions/{draft(actor, at=noon)}/simulations")
    worker.run_due(app, at=noon)
    left = app.config["SETTINGS"].instance / "registers" / "left.csv"
    left.write_text("x")
    os.utime(left, (noon.timestamp(), noon.timestamp()))

    for days, kept in ((0, 1), (2, 0)):
        with transaction():
            simulating.forget_old(actor=job("sweep"), at=noon + timedelta(days=days))
        assert len(registers(app)) == kept
    assert db.session.scalars(select(Simulation.state)).all() == [SimulationState.DONE]
    with transaction():
        assert simulating.forget_old(actor=job("sweep"), at=noon + timedelta(days=31)) == 1
    assert db.session.scalars(select(Simulation)).all() == []
