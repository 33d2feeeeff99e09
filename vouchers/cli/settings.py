"""设置: every setting, its value and where it came from; secrets are masked."""

import json

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.engine import make_url

from vouchers.config import Settings

SECRET = frozenset(
    {"SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATA_KEY", "SIGNING_KEY", "SMTP_URL", "SMS_URL", "OIDC_CLIENT_SECRET"}
)
ATTRIBUTES = {"APP_ENV": "environment"}


@click.command("settings", help="列出全部设置及其来源；密钥只显示是否已设。")
@click.option("--json", "as_json", is_flag=True, help="机器可读的输出。")
@with_appcontext
def settings(*, as_json: bool) -> None:
    """Print all settings."""
    found: Settings = current_app.config["SETTINGS"]
    rows = [{"name": name, "value": shown(found, name), "source": source} for name, source in found.sources.items()]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        click.echo(f"{row['name']:<{width}}  {row['value']}  （{row['source']}）")


def shown(settings: Settings, name: str) -> str:
    """A value as it may be shown on a screen."""
    value = getattr(settings, ATTRIBUTES.get(name, name.lower()))
    if name in SECRET:
        return "已设" if value else "未设"
    if name == "DATABASE_URL":
        return make_url(value).render_as_string(hide_password=True)
    if isinstance(value, frozenset):
        return "、".join(sorted(value))
    return "" if value is None else str(value)
