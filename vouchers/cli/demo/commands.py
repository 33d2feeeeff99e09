"""`flask demo load | clear`: a first look at the product, in development only."""

import json
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from vouchers.cli.demo import bulk, cast, clearing, loading
from vouchers.config import Environment, Settings
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now
from vouchers.kernel.errors import DomainError

demo = AppGroup("demo", help="演示数据：装入，清除。只用于开发和测试环境。")


@demo.command("load", help="装入演示：每个岗位一个账号，每种状态的案件、券、订单和核销。再次执行不改变任何数据。")
@click.option("--enterprises", default=0, type=click.IntRange(0, 2_000_000), help="另加这么多家批量示例企业，供测量。")
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0, 99), help="批量示例的种子；同一种子结果相同。"
)
@click.option("--json", "as_json", is_flag=True, help="输出账号和券码的 JSON。")
def load(*, enterprises: int, seed: int, as_json: bool) -> None:
    """Load the demonstration once, and bring the bulk up to its number."""
    settings = _settings()
    _load_once()
    _add_bulk(enterprises, seed)
    loading.write_accounts(settings)
    summary = loading.summary()
    click.echo(json.dumps(summary, ensure_ascii=False) if as_json else _sentences(summary))


@demo.command("clear", help="清除演示：把开发环境的整个数据库换成空库。会一并清除演示以外的数据。")
@click.option("--yes", "is_sure", is_flag=True, help="不再询问。")
def clear(*, is_sure: bool) -> None:
    """Put an empty database in the place of the one with the demonstration."""
    settings = _settings()
    if not loading.is_loaded():
        raise click.ClickException("库里没有演示数据，没有清除任何东西。")
    if not is_sure:
        what = clearing.consequence(settings)
        click.confirm(f"账本和留痕只增不删，所以演示不能逐条删除。{what}继续吗", abort=True, err=True)
    click.echo(clearing.clear(settings, at=now()))


def _load_once() -> None:
    if not loading.is_loaded():
        if loading.is_in_the_way():
            raise click.ClickException("库里已有同名方案，不能再装入演示：请用一个空的数据库，例如另设 INSTANCE_PATH。")
        try:
            with transaction():
                loading.tell(now())
        except DomainError as refusal:
            raise click.ClickException(f"演示没有装入，数据库没有改变：{refusal}") from None


def _add_bulk(total: int, seed: int) -> None:
    """Portions in transactions of their own: what was added stays when the command is stopped and run again."""
    have, at = bulk.present(seed), now()
    if have >= total:
        return
    with transaction():
        ground = loading.bulk_ground(seed, range(have, total), at=at)
    for start in range(have, total, bulk.PORTION):
        with transaction():
            bulk.add_portion(ground, range(start, min(start + bulk.PORTION, total)), at=at)


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
