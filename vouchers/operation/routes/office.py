"""运行: the installation's health, its settings and its background work, for the system administrator."""

from pathlib import Path

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.config import Settings
from vouchers.db.transaction import transaction
from vouchers.jobs import queries as jobs
from vouchers.jobs import services
from vouchers.jobs.states import LABELS
from vouchers.jobs.worker import DAILY
from vouchers.kernel.clock import now
from vouchers.operation.checks import Level, examine
from vouchers.operation.forms import RetryForm
from vouchers.operation.settings import shown_settings

bp = Blueprint("operation_office", __name__, url_prefix="/office/operation")

TAGS = {Level.GOOD: "ok", Level.NOTE: "info", Level.FINDING: "bad"}
LEVELS = {Level.GOOD: "正常", Level.NOTE: "供了解", Level.FINDING: "须处理"}


@bp.get("/")
@requires(Permission.SYSTEM_OPERATE)
def show_state() -> ResponseReturnValue:
    """运行: what must be mended first, then what waits, then how the installation is set."""
    settings: Settings = current_app.config["SETTINGS"]
    checks = list(examine(settings, Path(current_app.extensions["migrate"].directory), at=now()))
    checks.sort(key=lambda check: list(reversed(Level)).index(check.level))
    return render_template(
        "operation/office/show_state.html",
        checks=checks,
        tags=TAGS,
        levels=LEVELS,
        findings=sum(check.level is Level.FINDING for check in checks),
        counts=jobs.counts(),
        job_labels=LABELS,
        settings=shown_settings(settings),
    )


@bp.get("/jobs")
@requires(Permission.SYSTEM_OPERATE)
def list_jobs() -> ResponseReturnValue:
    """后台任务: certificates, mails and sweeps; what failed for good can be tried again."""
    page = jobs.list_jobs(request.args)
    kinds = {kind.name: kind.label for kind in current_app.extensions["job_kinds"].values()}
    kinds[DAILY] = _l("每日清理")
    states = [(state.value, text) for state, text in LABELS.items()]
    return render_template("operation/office/list_jobs.html", page=page, labels=LABELS, kinds=kinds, states=states)


@bp.post("/jobs/retry")
@requires(Permission.SYSTEM_OPERATE)
def retry_job() -> ResponseReturnValue:
    """Let a failed job be tried again."""
    form = RetryForm()
    if form.validate_on_submit():
        with transaction():
            services.retry(form.job.data, actor=current_actor(), at=now())
        flash(_("已重新排队，几秒后再试。"), "success")
    return redirect(url_for(".list_jobs", state="dead"), 303)
