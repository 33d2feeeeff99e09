"""Commands of accounts: `flask user create|reset`, `flask access`."""

import json
from collections.abc import Iterator
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from vouchers.accounts import queries, services
from vouchers.accounts.permissions import holders, is_own
from vouchers.accounts.services import NewAppointment, NewUser, PersonDetails
from vouchers.accounts.states import OfficeKind, Role
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.kernel.clock import beijing_date, now
from vouchers.kernel.errors import DomainError, told

users = AppGroup("user", help="账号：开立，重置密码。")
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@users.command(
    "create", help="开立账号并给一个任职；已有系统管理员和安全管理员时，任职须由安全管理员确认。初始密码只显示这一次。"
)
@click.argument("sign_in")
@click.option("--name", required=True, help="姓名。")
@click.option("--phone", required=True, help="手机号，用来识别自然人。")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="角色。")
@click.option("--office", required=True, help="机构名称；没有就新设。")
@click.option("--kind", type=click.Choice([k.value for k in OfficeKind]), default="lead", show_default=True)
@click.option("--region", default="", help="机构所在区划。")
def create(**given: str) -> None:
    """Open an account for a member of an office; once there are administrators, its role waits for one of them."""
    actor, at = command("flask user create"), now()
    try:
        with transaction():
            office_id = services.open_office(
                given["office"], OfficeKind(given["kind"]), region=given["region"], parent_id=None, actor=actor, at=at
            )
            person = PersonDetails(given["name"], phone=given["phone"])
            user_id, password = services.create_user(NewUser(given["sign_in"], person), actor=actor, at=at)
            appointment = NewAppointment(user_id, Role(given["role"]), beijing_date(at), office_id=office_id)
            waits = queries.is_governed(on=beijing_date(at))
            (services.propose_appointment if waits else services.appoint)(appointment, actor=actor, at=at)
    except DomainError as refusal:
        raise click.ClickException(told(refusal)) from None
    click.echo(f"登录名 {given['sign_in']}  初始密码 {password}（首次登录须修改）")
    if waits:
        click.echo("任职已提议，须由安全管理员登录后在“任职提议”里确认才生效。")


@users.command("reset", help="重置密码；新的初始密码只显示这一次。加 --factor 同时解除动态口令。")
@click.argument("sign_in")
@click.option("--factor", "with_factor", is_flag=True, help="同时解除动态口令（没有第二位管理员可以确认时用）。")
def reset(sign_in: str, *, with_factor: bool) -> None:
    """Give a new first password to somebody who lost theirs; whoever stands at the console may free the factor too."""
    actor, at = command("flask user reset"), now()
    try:
        user_id = queries.user_named(sign_in)
        with transaction():
            password = services.reset_password(user_id, reason="", actor=actor, at=at)
            if with_factor:
                services.unbind_second_factor(user_id, reason="", actor=actor, at=at)
    except DomainError as refusal:
        raise click.ClickException(told(refusal)) from None
    click.echo(f"登录名 {sign_in}  初始密码 {password}（首次登录须修改）")


@click.command("access", help="列出每个地址：方法、谁可用、是否可重复提交。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
@with_appcontext
def access(*, as_json: bool) -> None:
    """Every route, and who may use it."""
    rows = sorted(_routes(), key=lambda row: (row["rule"], row["methods"]))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        who, mark = ",".join(row["who"]), "可重复" if row["idempotent"] else ""
        click.echo("\t".join([",".join(row["methods"]), row["rule"], row["endpoint"], row["relation"], mark, who]))


def _routes() -> Iterator[dict[str, Any]]:
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        permission = getattr(view, "required_permission", None)
        yield {
            "methods": methods,
            "rule": rule.rule,
            "endpoint": rule.endpoint,
            "permission": str(permission or "public"),
            "who": [role.value for role in holders(permission)] if permission else ["public"],
            "relation": "own" if permission and is_own(permission) else "any",
            "idempotent": bool(getattr(view, "is_idempotent", not _WRITES & set(methods))),
        }
