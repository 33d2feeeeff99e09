"""`flask policy reference|diff|guide`: what helps to write a pack and to tell it to others."""

import json

import click

from vouchers.kernel.errors import NotFound
from vouchers.policy import queries
from vouchers.policy.commands.reading import pack_file, pack_text, policy, refuse
from vouchers.policy.comparing.telling import Side, plain, told
from vouchers.policy.pack.reading import read_document
from vouchers.policy.reference import reference as written_reference
from vouchers.policy.states import LABELS


@policy.command("reference", help="按程序里的模型写出政策包参考（Markdown）。", with_appcontext=False)
def reference() -> None:
    """Every key with its type, meaning and example."""
    click.echo(written_reference(), nl=False)


@policy.command("diff", help="逐条比较两个版本；每个写文件、编号，或“编号@版本号”（数据库里的版本）。")
@click.argument("before")
@click.argument("after")
@click.option("--json", "as_json", is_flag=True, help="机器可读的输出。")
def diff(before: str, after: str, *, as_json: bool) -> None:
    """Rule by rule: added, removed, changed, reordered; and that no submitted application is touched."""
    sides = _side(before), _side(after)
    if as_json:
        click.echo(json.dumps(plain(*sides), ensure_ascii=False, indent=2))
        return
    for line in told(*sides):
        click.echo(line)


def _side(named: str) -> Side:
    """A version to compare: of the database, or a file, which may have findings as long as it can be read."""
    pack_id, at, number = named.rpartition("@")
    if at and number.isdigit():
        try:
            version = queries.numbered_version(pack_id, int(number))
        except NotFound:
            raise click.BadParameter(f"数据库里没有 {pack_id} 第 {number} 版") from None
        return Side(f"{version.scheme.title}，第 {number} 版（{LABELS[version.state]}）", version.content)
    file = pack_file(named)
    document = read_document(pack_text(file), str(file))
    if not isinstance(document.data, dict):
        refuse(document.findings)
    return Side(f"{document.data.get('title', '')}（{file}）", document.data)
