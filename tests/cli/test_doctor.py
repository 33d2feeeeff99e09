"""Doctor finds what is wrong with an installation, one named thing at a time."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from vouchers.audit.services import Subject, record
from vouchers.cli.doctor import doctor
from vouchers.config import Environment, Settings
from vouchers.db.base import db
from vouchers.db.soundness import MOST_JOURNAL
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.operation.checks import Check, Level, examine

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@pytest.fixture
def settings(app: Flask) -> Settings:
    found = app.config["SETTINGS"]
    assert isinstance(found, Settings)
    return found


@pytest.fixture
def keys(settings: Settings) -> Iterator[Path]:
    path = settings.instance / "secret_key"
    path.write_text("x")
    path.chmod(0o600)
    yield path
    path.unlink()


def findings(settings: Settings, at: datetime) -> dict[str, Check]:
    return {c.name: c for c in examine(settings, MIGRATIONS, at=at) if c.level is Level.FINDING}


def test_a_fresh_installation_has_no_findings(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(doctor, ["--json"])

    report = json.loads(answer.output)
    assert [check for check in report["checks"] if check["level"] == "finding"] == []
    assert report["ok"] is True
    assert answer.exit_code == 0
    assert {"Python", "SQLite", "PRAGMA", "迁移", "凭证字体", "磁盘", "时钟"} <= {c["name"] for c in report["checks"]}


@pytest.mark.parametrize(("size", "level"), [(MOST_JOURNAL, Level.GOOD), (MOST_JOURNAL + 1, Level.NOTE)])
def test_a_journal_that_a_long_reader_keeps_from_being_emptied_is_told(
    app: Flask, settings: Settings, noon: datetime, size: int, level: Level
) -> None:
    db.session.rollback()
    journal = Path(f"{db.engine.url.database}-wal")
    before = journal.stat().st_size if journal.exists() else None
    try:
        with journal.open("ab") as file:
            file.truncate(size)  # zeros behind the last frame are no frames

        (found,) = (check for check in examine(settings, MIGRATIONS, at=noon) if check.name == "日志文件")
    finally:
        db.session.remove()
        db.engine.dispose()
        if before is not None and journal.exists():
            os.truncate(journal, before)

    assert found.level is level
    assert ("超过 64 MiB" in found.message) == (level is Level.NOTE)


@pytest.mark.owner
@pytest.mark.database("postgresql")
def test_a_server_that_may_lose_commits_is_found(app: Flask, settings: Settings, noon: datetime) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(f'ALTER DATABASE "{db.engine.url.database}" SET synchronous_commit = off'))
    db.engine.dispose()

    found = findings(settings, noon)["PostgreSQL 设置"]

    assert "synchronous_commit 应为 on，现为 off" in found.message
    assert app.test_cli_runner().invoke(doctor).exit_code == 1


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_can_read_is_found(settings: Settings, keys: Path, noon: datetime, mode: int) -> None:
    keys.chmod(mode)

    assert "chmod 600" in findings(settings, noon)["secret_key"].message


def test_a_database_behind_the_code_is_found(settings: Settings, noon: datetime) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))

    assert "flask db upgrade" in findings(settings, noon)["迁移"].message


def test_a_clock_behind_the_newest_event_is_found(settings: Settings, actor: Actor, noon: datetime) -> None:
    with transaction():
        record("test.act", Subject("test", "1"), actor=actor, at=noon)

    assert "请校准本机时钟" in findings(settings, noon - timedelta(hours=1))["时钟"].message
    assert "时钟" not in findings(settings, noon)


def test_a_year_beyond_the_published_calendar_is_found(settings: Settings) -> None:
    assert "2099" in findings(settings, datetime(2099, 1, 1, tzinfo=UTC))["工作日历"].message


def test_sample_values_are_found_in_production(settings: Settings, noon: datetime) -> None:
    production = replace(settings, environment=Environment.PRODUCTION, sources={"AUTHORITY": "default"})

    assert {"ALLOW_HTTP", "AUTHORITY"} <= findings(production, noon).keys()


@pytest.mark.parametrize("proxies", [0, 1])
def test_https_without_a_proxy_that_is_trusted_is_found_in_production(
    settings: Settings, noon: datetime, proxies: int
) -> None:
    production = replace(settings, environment=Environment.PRODUCTION, public_url="https://suanli.example.gov.cn")

    found = findings(replace(production, trusted_proxies=proxies), noon)

    assert ("TRUSTED_PROXIES" in found) == (proxies == 0)


def test_one_broken_check_does_not_hide_the_others(settings: Settings, noon: datetime, tmp_path: Path) -> None:
    nowhere = replace(settings, instance=tmp_path / "nowhere")

    checks = list(examine(nowhere, MIGRATIONS, at=noon))

    assert {c.name for c in checks if c.value == "未能检查"} == {"完好", "权限", "磁盘"}
    assert "时钟" in {c.name for c in checks}
