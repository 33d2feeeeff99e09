"""What machines and the system administrator see of the installation."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text, update

from tests.factories.accounts import make_user, sign_in
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.jobs import queries as jobs
from vouchers.jobs import services
from vouchers.jobs.models import Job
from vouchers.jobs.states import JobState
from vouchers.operation.readiness import readiness

KEY = "a-key-of-the-monitor-0123"


def _dead_job(at: datetime) -> None:
    with transaction():
        services.enqueue("certificate", "PZ01-2026-00001", payload={}, at=at)
        db.session.execute(update(Job).values(state=JobState.DEAD, attempts=5, last_error="no font"))


def test_a_process_that_answers_is_alive(app: Flask) -> None:
    answer = app.test_client().get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


@pytest.mark.database
@pytest.mark.usefixtures("clock")
def test_a_process_is_ready_when_all_it_needs_is_there(app: Flask) -> None:
    answer = app.test_client().get("/readyz")

    assert answer.status_code == 200, answer.json
    assert answer.json
    assert set(answer.json["checks"].values()) == {True}


@pytest.mark.database
def test_what_is_missing_is_named(app: Flask, noon: datetime, tmp_path: Path) -> None:
    settings = replace(app.config["SETTINGS"], instance=tmp_path / "gone")
    migrations = app.extensions["migrate"].directory
    with transaction():
        services.enqueue("mail", "1", payload={}, at=noon - timedelta(hours=1))

    checks = readiness(settings, migrations, at=noon)

    assert checks == {"database": True, "migrations": True, "storage": False, "queue": False}


@pytest.mark.owner
@pytest.mark.database
@pytest.mark.usefixtures("clock")
def test_a_process_is_not_ready_while_a_table_is_missing_under_the_newest_revision(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE stored_answers RENAME TO stored_answers_away"))
    try:
        answer = app.test_client().get("/readyz")
    finally:
        with db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE stored_answers_away RENAME TO stored_answers"))

    assert answer.status_code == 503
    assert answer.json
    assert [name for name, is_there in answer.json["checks"].items() if not is_there] == ["migrations"]


def test_figures_are_for_this_machine_or_whoever_has_the_key(app: Flask) -> None:
    client = app.test_client()
    client.get("/healthz")

    from_here = client.get("/metrics")
    through_a_proxy = client.get("/metrics", headers={"X-Forwarded-For": "198.51.100.7"})
    from_afar = client.get("/metrics", environ_base={"REMOTE_ADDR": "198.51.100.7"})
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, metrics_key=KEY)
    try:
        with_key = client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})
        without = client.get("/metrics")
    finally:
        app.config["SETTINGS"] = before

    assert [one.status_code for one in (from_here, through_a_proxy, from_afar, with_key, without)] == [
        200,
        404,
        404,
        200,
        404,
    ]
    assert 'vouchers_requests_total{method="GET",page="operation_public.is_alive",status="200"}' in from_here.text
    assert "vouchers_database_up 1.0" in from_here.text


@pytest.mark.usefixtures("app")
def test_waiting_work_is_counted(noon: datetime) -> None:
    _dead_job(noon)
    with transaction():
        services.enqueue("mail", "2", payload={}, at=noon - timedelta(minutes=3))

    assert jobs.counts() == {JobState.QUEUED: 1, JobState.RUNNING: 0, JobState.DEAD: 1}
    assert jobs.waiting_since(at=noon) == noon - timedelta(minutes=3)


@pytest.mark.usefixtures("clock")
def test_the_administrator_sees_what_failed_and_has_it_tried_again(client: PageClient, noon: datetime) -> None:
    _dead_job(noon)
    sign_in(client, make_user(Role.SYSTEM_ADMIN, at=noon))

    client.get("/office/operation/")
    assert client.page
    overview = client.page.text
    client.get("/office/operation/jobs?state=dead")
    listed = client.page.text
    client.submit(form="/office/operation/jobs/retry")

    assert "有 1 项后台任务多次失败" in overview
    assert "no font" in listed
    db.session.rollback()
    assert db.session.query(Job.state, Job.attempts).one() == (JobState.QUEUED, 0)
    assert db.session.query(AuditEvent).filter_by(act="retry_job").one().subject_id == "certificate:PZ01-2026-00001"


@pytest.mark.usefixtures("clock")
def test_secrets_are_not_shown_among_the_settings(client: PageClient, app: Flask, noon: datetime) -> None:
    before = app.config["SETTINGS"]
    sources = {**before.sources, "METRICS_KEY": "environment"}
    app.config["SETTINGS"] = replace(before, metrics_key=KEY, sources=sources)
    try:
        sign_in(client, make_user(Role.SYSTEM_ADMIN, at=noon))
        client.get("/office/operation/")
    finally:
        app.config["SETTINGS"] = before

    assert client.page
    assert "METRICS_KEY" in client.page.text
    assert KEY not in client.page.text
