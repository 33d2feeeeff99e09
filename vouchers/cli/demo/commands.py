"""`flask demo load | clear`: a first look at the product, in development only."""

import json
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from vouchers.cli.demo import cast, loading
from vouchers.config import Environment, Settings
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now
from vouchers.kernel.errors import DomainError

demo = AppGroup("demo", help="演示数据：装入，清除。只用于开发和测试环境。")


@demo.command("load", help="装入演示：每个岗位一个账号，每种状态的案件、券、订单和核销。再次执行不改变任何数据。")
@click.option("--json", "as_json", is_flag=True, help="输出账号和券码的 JSON。")
def load(*, as_json: bool) -> None:
    """Load the demonstration once."""
    settings = _settings()
    if not loading.is_loaded():
        if loading.is_in_the_way():
            raise click.ClickException("库里已有同名方案，不能再装入演示：请用一个空的数据库，例如另设 INSTANCE_PATH。")
        try:
            with transaction():
                loading.tell(now())
        except DomainError as refusal:
            raise click.ClickException(f"演示没有装入，数据库没有改变：{refusal}") from None
    loading.write_accounts(settings)
    summary = loading.summary()
    click.echo(json.dumps(summary, ensure_ascii=False) if as_json else _sentences(summary))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    if settings.environment is Environment.PRODUCTION:
        raise click.ClickException(
            "正式环境不装入演示数据：演示账号的密码是公开的。请在开发环境（APP_ENV=development）使用。"
        )
    return settings


def _sentences(summary: dict[str, Any]) -> str:
    names = "、".join(str(account["sign_in"]) for account in summary["accounts"])
    return f"演示已就绪：{len(summary['vouchers'])} 张券。登录名 {names}；密码都是 {cast.password()}"
