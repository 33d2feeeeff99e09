"""授权: the role the product runs under gets the least rights; the owner of the tables runs this and the migrations."""

import click
from flask.cli import with_appcontext
from sqlalchemy import Connection

from vouchers.audit.services import Subject, record
from vouchers.db import grants
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.kernel.clock import now


@click.command("grant-app", help="PostgreSQL：由表的所有者执行，给应用角色 ROLE 最少的权限；升级后自动补授。")
@click.argument("role")
@with_appcontext
def grant_app(role: str) -> None:
    """Give a role what the product needs and nothing besides."""
    with transaction() as session:
        connection = session.connection()
        if problem := _unfit(connection, role):
            raise click.ClickException(problem)
        count = grants.grant(connection, role)
        record("database.grant", Subject("database_role", role), actor=command("grant-app"), at=now())
    click.echo(f"已给 {role} 授予 {count} 项权限：账本和留痕只能查询和新增。服务的 DATABASE_URL 改用这个角色")


def _unfit(connection: Connection, role: str) -> str:
    """Why the rights cannot be given, as a sentence with its mend."""
    if connection.dialect.name != "postgresql":
        return "SQLite 没有角色：账本和留痕由触发器保护。只有 DATABASE_URL 是 postgresql:// 时才需要授权"
    own = str(grants.standing(connection).role)
    if not grants.is_master(connection, own):
        return f"{own} 不是表的所有者，不能授权：请用执行 flask db upgrade 的角色（DATABASE_URL）再执行一次"
    match grants.is_master(connection, role):
        case None:
            return f"没有角色 {role}：请先在数据库里建立，例如 CREATE ROLE \"{role}\" LOGIN PASSWORD '…'"
        case True:
            return f"{role} 拥有这些表（或是超级用户、所有者的成员），限制不了它：请另建一个普通角色"
    return ""
