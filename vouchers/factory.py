"""The application, put together: settings, database, watcher, pages, commands, jobs; a table of contents."""

import os
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules, resolve_name
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

import vouchers
from vouchers.accounts import guards
from vouchers.accounts.routes import presence, refusals
from vouchers.applications import parts, support
from vouchers.audit import mark, watch
from vouchers.cli.shape import telling
from vouchers.config import Environment, Settings, load
from vouchers.db import fitness
from vouchers.db.base import db, prepare_engine
from vouchers.db.columns import PersonalKeys
from vouchers.db.writing import AFTER_COMMIT, BEFORE_COMMIT
from vouchers.kernel import faults
from vouchers.navigation import add_menu
from vouchers.operation.metrics import add_metrics
from vouchers.policy import beside
from vouchers.policy.english import add_english
from vouchers.web.addresses import part_addresses
from vouchers.web.application import Application
from vouchers.web.logs import add_request_log, write_logs
from vouchers.web.shell import add_shell
from vouchers.web.templates import add_templates

ROOT = Path(__file__).parents[1]
POOL = {  # sixteen threads serve pages, one works off jobs; what people typed is not for the log
    "pool_size": 20,
    "max_overflow": 20,
    "pool_timeout": 10,
    "hide_parameters": True,
}
OVER_THE_LINE = {  # PostgreSQL: a line that is dead is noticed before people give up; in seconds and milliseconds
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}

BLUEPRINTS: tuple[str, ...] = (
    "vouchers.web.routes.public:bp",
    "vouchers.accounts.routes.public:bp",
    "vouchers.accounts.routes.office:bp",
    "vouchers.messages.routes.inbox:bp",
    "vouchers.messages.routes.mail:bp",
    "vouchers.signin.routes.public:bp",
    "vouchers.signin.routes.account:bp",
    "vouchers.signin.routes.office:bp",
    "vouchers.files.routes.download:bp",
    "vouchers.policy.routes.public:bp",
    "vouchers.policy.routes.office:bp",
    "vouchers.policy.routes.drafting:bp",
    "vouchers.policy.routes.weighing:bp",
    "vouchers.policy.routes.simulating:bp",
    "vouchers.applications.routes.replaying:bp",
    "vouchers.ledger.routes.office:bp",
    "vouchers.applications.routes.enterprise:bp",
    "vouchers.applications.routes.office:bp",
    "vouchers.candidates.routes.office:bp",
    "vouchers.candidates.routes.enterprise:bp",
    "vouchers.review.routes.office:bp",
    "vouchers.review.routes.skipped:bp",
    "vouchers.review.routes.scoring:bp",
    "vouchers.review.routes.ranking:bp",
    "vouchers.review.routes.public:bp",
    "vouchers.notices.routes.office:bp",
    "vouchers.notices.routes.public:bp",
    "vouchers.parties.routes.enterprise:bp",
    "vouchers.parties.routes.provider:bp",
    "vouchers.parties.routes.office:bp",
    "vouchers.enterprises.routes.public:bp",
    "vouchers.enterprises.routes.enterprise:bp",
    "vouchers.enterprises.routes.provider:bp",
    "vouchers.enterprises.routes.office:bp",
    "vouchers.providers.routes.public:bp",
    "vouchers.providers.routes.provider:bp",
    "vouchers.providers.routes.office:bp",
    "vouchers.redemption.routes.provider:bp",
    "vouchers.redemption.routes.enterprise:bp",
    "vouchers.redemption.routes.office:bp",
    "vouchers.subsidies.routes.enterprise:bp",
    "vouchers.subsidies.routes.office:bp",
    "vouchers.settlement.routes.provider:bp",
    "vouchers.settlement.routes.office:bp",
    "vouchers.settlement.routes.comparing:bp",
    "vouchers.operation.routes.public:bp",
    "vouchers.operation.routes.office:bp",
    "vouchers.oversight.routes.office:bp",
    "vouchers.workbench.routes.audit:bp",
    "vouchers.workbench.routes.sequences:bp",
    "vouchers.issuance.routes.office:bp",
    "vouchers.issuance.routes.enterprise:bp",
    "vouchers.issuance.routes.claiming:bp",
    "vouchers.orders.routes.enterprise:bp",
    "vouchers.orders.routes.provider:bp",
    "vouchers.orders.routes.office:bp",
    "vouchers.certificates.routes.public:bp",
    "vouchers.workbench.routes.public:bp",
    "vouchers.workbench.routes.office:bp",
    "vouchers.workbench.routes.enterprise:bp",
    "vouchers.workbench.routes.provider:bp",
)
COMMANDS: tuple[str, ...] = (
    "vouchers.accounts.commands:access",
    "vouchers.accounts.commands:users",
    "vouchers.audit.commands:audit",
    "vouchers.jobs.commands:jobs",
    "vouchers.ledger.commands:ledger",
    "vouchers.policy.commands:policy",
    "vouchers.applications.commands:policy",  # the same group, with what reads past cases
    "vouchers.redemption.invoices.commands:invoice",
    "vouchers.certificates.commands:certificate",
    "vouchers.cli.backup.commands:backup",
    "vouchers.cli.demo.commands:demo",
    "vouchers.cli.doctor:doctor",
    "vouchers.cli.faultpoints:faultpoints",
    "vouchers.cli.grants:grant_app",
    "flask_migrate.cli:db",
    "vouchers.cli.serve:prepare",
    "vouchers.cli.serve:serve",
    "vouchers.cli.settings:settings",
)
VERIFIERS: tuple[str, ...] = (  # modules whose findings() `flask ledger verify` collects
    "vouchers.audit.verify",
    "vouchers.accounts.verify",
    "vouchers.jobs.verify",
    "vouchers.files.verify",
    "vouchers.policy.verify",
    "vouchers.ledger.verify",
    "vouchers.applications.verify",
    "vouchers.candidates.verify",
    "vouchers.review.verify",
    "vouchers.issuance.verify",
    "vouchers.orders.verify",
    "vouchers.certificates.verify",
    "vouchers.redemption.verify",
    "vouchers.subsidies.verify",
    "vouchers.settlement.verify",
    "vouchers.operation.verify",
)
JOB_KINDS: tuple[str, ...] = (  # names of vouchers.jobs.registry.JobKind values
    "vouchers.workbench.anchoring:SIGN_HEAD",
    "vouchers.candidates.work:COMPUTE",
    "vouchers.policy.simulating:SIMULATE",
    "vouchers.certificates.work:MAKE",
    "vouchers.certificates.work:RENDER",
    "vouchers.messages.delivery:CONFIRM",
    "vouchers.messages.delivery:MAIL",
)
FREQUENT_SWEEPS: tuple[str, ...] = ("vouchers.messages.delivery:hand_out",)  # before each look for due jobs
VOUCHER_PANELS: tuple[str, ...] = (  # what slices above add to a voucher's page
    "vouchers.orders.panels:on_voucher",
    "vouchers.certificates.panels:on_voucher",
    "vouchers.subsidies.panels:on_voucher",
)
CASE_PARTS: tuple[str, ...] = ("vouchers.subsidies.parts:of_case",)  # what slices above ask of a case
SUPPORT_READERS: tuple[str, ...] = ("vouchers.redemption.queries:support_by_contract",)  # what other schemes pay
WINDOW_USERS: tuple[str, ...] = ("vouchers.applications.queries:has_cases",)  # who knows whether a window was used
DAILY_JOBS: tuple[str, ...] = (
    "vouchers.issuance.services:activate_due",
    "vouchers.issuance.services:expire_due",
    "vouchers.issuance.services:warn_due",
    "vouchers.applications.services:settle_correction_days",
    "vouchers.notices.services:settle_notice_days",
    "vouchers.applications.services:lapse_due",
    "vouchers.candidates.services:end_due",
    "vouchers.review.services:note_overdue",
    "vouchers.review.services:remind_skipped",
    "vouchers.notices.services:end_due",
    "vouchers.settlement.services:remind_due",
    "vouchers.policy.services:supersede_due",
    "vouchers.policy.services:close_due",
    "vouchers.policy.simulating:forget_old",
    "vouchers.accounts.services:forget_old_sessions",
    "vouchers.signin.services:forget_old_links",
    "vouchers.files.services:sweep_orphans",
    "vouchers.workbench.anchoring:sign_daily",
)  # in this order; functions (actor=…, at=…) → how many things were done, called until 0


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings; without any, from the environment and `instance/`."""
    if settings is None:
        settings = load(os.environ, Path(os.environ.get("INSTANCE_PATH", ROOT / "instance")).resolve())
        write_logs(settings)  # of this process; whoever hands settings in keeps the logs as they are
    app = Application(
        "vouchers",
        template_folder=str(ROOT / "templates"),
        instance_path=str(settings.instance.resolve()),
    )
    app.config.from_mapping(_flask_settings(settings))
    add_templates(app)
    PersonalKeys.set(settings.personal_key)
    faults.arm(faults.read(settings.app_fault) if settings.app_fault else None)
    _connect_database(app)
    _seal_transactions()
    part_addresses(app, settings)
    refusals.remember_refusals(app)
    presence.find_sessions(app)  # before the shell's check of form tokens, which belong to a session
    add_shell(app, settings)
    add_menu(app)
    add_english(app)
    add_request_log(app)
    add_metrics(app)
    _plug_in(app)
    guards.refuse_unmarked_routes(app)
    return app


def _flask_settings(settings: Settings) -> dict[str, Any]:
    is_secure = settings.public_url.startswith("https://")
    older = [replace(settings, secret_key=key) for key in settings.secret_key_fallbacks]
    return {
        "SETTINGS": settings,
        "TESTING": settings.environment is Environment.TEST,
        "SECRET_KEY": settings.derived_key("session"),
        "SECRET_KEY_FALLBACKS": [one.derived_key("session") for one in older],
        "WTF_CSRF_SECRET_KEY": [one.derived_key("csrf") for one in (*older, settings)],  # the last one signs
        "SESSION_COOKIE_NAME": "__Host-session" if is_secure else "session",
        "SESSION_COOKIE_SECURE": is_secure,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "TRUSTED_HOSTS": _trusted_hosts(settings),
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": POOL
        if settings.is_sqlite
        else {**POOL, "pool_pre_ping": True, "connect_args": OVER_THE_LINE},
    }


def _trusted_hosts(settings: Settings) -> list[str] | None:
    """In production pages answer only to the public name, and to this machine's own probes."""
    public = urlsplit(settings.public_url).hostname or ""
    office = [urlsplit(settings.office_url).hostname or ""] if settings.office_url else []
    return [public, *office, "localhost", "127.0.0.1"] if settings.environment is Environment.PRODUCTION else None


def _connect_database(app: Flask) -> None:
    for module in iter_modules(vouchers.__path__):
        if module.ispkg and find_spec(f"vouchers.{module.name}.models"):
            import_module(f"vouchers.{module.name}.models")  # all tables, whether or not a page asks for them
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            prepare_engine(engine)
            watch.watch(engine)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)


def _seal_transactions() -> None:
    if watch.seal not in BEFORE_COMMIT:  # one process may make several applications
        BEFORE_COMMIT.extend([guards.confirm_standing, watch.seal])
        AFTER_COMMIT.append(mark.leave)
        fitness.MORE.append(mark.lost)
        watch.forget_undone(db.session.session_factory.class_)


def _plug_in(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    for name in BLUEPRINTS:
        app.register_blueprint(resolve_name(name))
    for name in COMMANDS:
        app.cli.add_command(telling(resolve_name(name)))
    app.extensions["job_kinds"] = {kind.name: kind for kind in map(resolve_name, JOB_KINDS)}
    app.extensions["verifiers"] = VERIFIERS
    app.extensions["voucher_panels"] = tuple(map(resolve_name, VOUCHER_PANELS))
    parts.MAKERS[:] = map(resolve_name, CASE_PARTS)
    support.READERS[:] = map(resolve_name, SUPPORT_READERS)
    beside.USERS[:] = map(resolve_name, WINDOW_USERS)
    app.extensions["frequent_sweeps"] = tuple(map(resolve_name, FREQUENT_SWEEPS))
    app.extensions["daily_jobs"] = tuple(map(resolve_name, DAILY_JOBS))
