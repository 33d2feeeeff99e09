"""Heads are signed, kept and shown; the chain is compared with every one of them, and says since when it has none."""

import json
import stat
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from tests.factories.accounts import make_office, make_user
from tests.factories.redemption import approved_claim, make_stage
from tests.factories.settlement import Bureau, approved_batch, make_indicators
from tests.pages import PageClient
from vouchers import config
from vouchers.accounts.states import Role
from vouchers.audit import heads
from vouchers.audit.queries import head as newest
from vouchers.config import Settings
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.jobs import worker
from vouchers.kernel.actor import command
from vouchers.kernel.errors import SettingsError
from vouchers.messages.models import Message
from vouchers.settlement import services
from vouchers.workbench import anchoring


@pytest.fixture
def settings(app: Flask) -> Settings:
    (Path(app.instance_path) / heads.KEY_FILE).unlink(missing_ok=True)
    found: Settings = app.config["SETTINGS"]
    return found


def verify(app: Flask, *more: str) -> tuple[int, dict[str, Any]]:
    result = app.test_cli_runner().invoke(args=["audit", "verify", "--json", *more])
    return result.exit_code, json.loads(result.output)


def test_an_exported_head_is_signed_by_a_key_that_only_its_owner_reads(
    app: Flask, settings: Settings, noon: datetime, tmp_path: Path
) -> None:
    make_office(at=noon)
    file = tmp_path / "head.json"

    app.test_cli_runner().invoke(args=["audit", "export-head", str(file)])

    head = heads.read(json.loads(file.read_text()))
    assert (head.seq, head.hash) == newest()
    assert heads.is_signed(head, public_key=heads.public_key(settings))
    assert stat.S_IMODE((settings.instance / heads.KEY_FILE).stat().st_mode) == 0o600
    assert verify(app, "--head", str(file))[0] == 0


def test_a_head_that_was_altered_or_signed_by_somebody_else_is_told(
    app: Flask, settings: Settings, noon: datetime, tmp_path: Path
) -> None:
    make_office(at=noon)
    file = tmp_path / "head.json"
    app.test_cli_runner().invoke(args=["audit", "export-head", str(file)])
    genuine = json.loads(file.read_text())

    for change in ({"hash": "f" * 64}, {"at": "2020-01-01T00:00:00+00:00"}, {"seq": 2}, {"signature": "00"}):
        file.write_text(json.dumps({**genuine, **change}))
        code, report = verify(app, "--head", str(file))
        assert (code, report["findings"][0]["invariant"]) == (1, "INV-49"), change
    file.write_text(json.dumps(genuine))
    assert verify(app, "--head", str(file), "--key", "ab" * 32)[0] == 1
    file.write_text(json.dumps({"seq": 1}))
    assert verify(app, "--head", str(file))[1]["findings"][0]["invariant"] == "INV-49"


def test_a_chain_that_ends_before_a_kept_head_has_lost_its_end(
    app: Flask, settings: Settings, noon: datetime, tmp_path: Path
) -> None:
    make_office(at=noon)
    file = tmp_path / "head.json"
    file.write_text(heads.sign(5, "ab" * 32, settings, at=noon).text)

    code, report = verify(app, "--head", str(file))

    told = "链只到第 1 条，链头是第 5 条：末尾被删去，或数据恢复自更早的备份"
    assert (code, report["findings"]) == (1, [{"invariant": "INV-48", "row": "audit_events 5", "message": told}])


def test_verify_says_since_when_the_chain_is_not_anchored(app: Flask, settings: Settings, noon: datetime) -> None:
    make_office(at=noon)
    assert verify(app)[1]["anchored"] is None
    with transaction():
        assert anchoring.sign_daily(actor=command("test"), at=noon) == 1
    make_office("财政局", at=noon)

    assert verify(app)[1]["anchored"] == {"seq": 1, "at": noon.isoformat(), "after": 1}
    assert "其后 1 条尚未锚定" in app.test_cli_runner().invoke(args=["audit", "verify"]).output


def test_the_head_is_signed_once_a_day_and_sent_to_the_audit_administrators(
    app: Flask, settings: Settings, noon: datetime
) -> None:
    admin = make_user(Role.AUDIT_ADMIN, at=noon)

    for at in (noon, noon + timedelta(hours=1), noon + timedelta(days=1)):
        worker.run_daily(app, at=at)

    assert len(anchoring.newest_heads()) == 1  # nothing happened since: the file of the same event is written anew
    sent = db.session.scalars(select(Message).where(Message.code == "audit_head")).all()
    assert [one.user_id for one in sent] == [admin.user_id] * 2
    assert sent[0].params["hash"] == newest()[1]


def test_every_released_batch_is_followed_by_a_signed_head(
    app: Flask, settings: Settings, noon: datetime, client: PageClient
) -> None:
    stage, bureau = make_stage(), Bureau()
    approved_claim(stage, at=noon)
    make_indicators(stage, bureau)
    batch = approved_batch(stage, bureau, at=noon)
    with transaction():
        services.release(batch.public_id, actor=bureau.checking, at=noon)
    released = newest()

    worker.run_due(app, at=noon)

    assert [(head.seq, head.hash) for head in anchoring.newest_heads()] == [released]
    assert client.get("/audit-heads").status_code == 200
    assert client.page is not None
    assert released[1] in client.page.text
    answer = client.get(f"/audit-heads/{released[0]}.json")
    assert json.loads(answer.get_data())["hash"] == released[1]
    assert client.get("/audit-heads/999999.json").status_code == 404


def test_a_signing_key_from_the_environment_is_used_and_a_bad_one_stops_the_start(
    tmp_path: Path, noon: datetime
) -> None:
    given = config.load({"APP_ENV": "test", "SIGNING_KEY": "ab" * 32}, tmp_path)

    head = heads.sign(1, "0" * 64, given, at=noon)

    assert heads.is_signed(head, public_key=heads.public_key(given))
    assert not (tmp_path / heads.KEY_FILE).exists()
    for wrong in ("abc", "zz" * 32, "ab" * 31):
        with pytest.raises(SettingsError, match="SIGNING_KEY"):
            config.load({"APP_ENV": "test", "SIGNING_KEY": wrong}, tmp_path)


def test_a_key_file_that_others_may_read_is_not_used(settings: Settings, noon: datetime) -> None:
    heads.sign(1, "0" * 64, settings, at=noon)
    (settings.instance / heads.KEY_FILE).chmod(0o640)

    with pytest.raises(SettingsError, match="chmod 600"):
        heads.sign(1, "0" * 64, settings, at=noon)


@pytest.mark.database
def test_a_head_that_is_signed_while_the_chain_is_walked_is_no_loss(
    app: Flask, settings: Settings, noon: datetime
) -> None:
    make_office(at=noon)
    signed: list[heads.Head] = []

    def meanwhile() -> None:
        with app.app_context():
            make_office("后来的单位", at=noon)
            signed.append(heads.sign(*newest(), settings, at=noon))
            heads.keep(signed[0], settings)

    other = threading.Thread(target=meanwhile)

    def look(*said: Any) -> None:
        if other.ident is None and "audit_events" in said[2]:
            other.start()
            other.join()

    event.listen(db.engine, "after_cursor_execute", look)
    code, report = verify(app)
    event.remove(db.engine, "after_cursor_execute", look)

    assert report["findings"] == []
    assert code == 0
    assert signed[0].seq > report["checked"]["audit_events"]
    assert verify(app)[1]["anchored"]["seq"] == signed[0].seq
