"""Commands of the audit chain: `flask audit verify`, `flask audit export-head`, `flask audit purge`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from vouchers.audit import heads, queries, services
from vouchers.audit.rules import LEAST_KEPT, SECURITY_LOG
from vouchers.audit.verify import Found, findings
from vouchers.config import Settings
from vouchers.db.moment import see_one_moment
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.kernel.clock import BEIJING, now

audit = AppGroup("audit", help="留痕链：校验，签署和导出链头，清理过期的安全日志。")


@audit.command("verify", help="逐条校验留痕链和它担保的各表；有不符时退出码为 1。")
@click.option("--head", "head_file", type=click.Path(exists=True, path_type=Path), help="与另存的链头文件比对。")
@click.option("--key", default="", help="链头应由哪个公钥签署（十六进制）；不给时用本机的签名密钥。")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def verify(*, head_file: Path | None, key: str, as_json: bool) -> None:
    """Walk the chain, compare it with every head at hand, and name each row that does not hold."""
    public_key = key or heads.public_key(_settings())
    kept = list(heads.kept(_settings()))  # before the moment: one that is signed meanwhile names a later event
    see_one_moment()
    own = [found for head in kept for found in _compared(head, public_key)]
    found = [*findings(), *own, *(_given_head(head_file, public_key) if head_file else ())]
    checked, anchored = {"audit_events": queries.count()}, _anchored(kept)
    told = [{"invariant": code, "row": row, "message": message} for code, row, message in found]
    if as_json:
        report = {"ok": not found, "checked": checked, "anchored": anchored, "findings": told}
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        click.echo(f"已校验 {checked['audit_events']} 条留痕")
        click.echo(_anchored_words(anchored))
        for code, row, message in found:
            click.echo(f"{code}\t{row}\t{message}")
    if found:
        raise SystemExit(1)


@audit.command("export-head", help="签署链头并写入文件，另处保存，供以后比对。")
@click.argument("file", type=click.Path(path_type=Path))
def export_head(file: Path) -> None:
    """Sign number and hash of the newest event; the folder of heads gets a copy."""
    seq, own_hash = queries.head()
    head = heads.sign(seq, own_hash, _settings(), at=now())
    heads.keep(head, _settings())
    file.write_text(head.text)
    click.echo(f"链头：第 {seq} 条 {own_hash}（公钥 {head.key[:16]}…）")


@audit.command("purge", help="清理某日之前的登录等安全日志，留下它们在链上的哈希；资金和业务留痕不动。")
@click.option("--before", required=True, type=click.DateTime(["%Y-%m-%d"]), help="这一天（北京时间）零时以前的。")
def purge(*, before: datetime) -> None:
    """Purge security logs that were kept long enough."""
    at, limit = now(), before.replace(tzinfo=BEIJING).astimezone(UTC)
    if limit > at - LEAST_KEPT:
        raise click.ClickException(
            f"安全日志至少在线保留 {LEAST_KEPT.days} 天（网络安全法）："
            f"--before 最晚可为 {(at - LEAST_KEPT).astimezone(BEIJING):%Y-%m-%d}"
        )
    with transaction():
        count = services.purge(limit, SECURITY_LOG, actor=command("audit purge"), at=at)
    click.echo(f"已清理 {count} 条，链仍可逐条校验")


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _given_head(file: Path, public_key: str) -> list[Found]:
    try:
        head = heads.read(json.loads(file.read_text()))
    except ValueError as error:
        return [("INV-49", str(file), f"不是可用的链头文件（{error}）")]
    return _compared(head, public_key)


def _compared(head: heads.Head, public_key: str) -> list[Found]:
    """A chain that was rewritten as a whole still shows it against a head kept elsewhere."""
    row = f"audit_events {head.seq}"
    if not heads.is_signed(head, public_key=public_key):
        return [("INV-49", row, f"第 {head.seq} 条的链头签名不对：链头文件被改动，或不是本系统签署")]
    if queries.hash_at(head.seq) == head.hash:
        return []
    last, _ = queries.last_link()
    if last < head.seq:
        return [("INV-48", row, f"链只到第 {last} 条，链头是第 {head.seq} 条：末尾被删去，或数据恢复自更早的备份")]
    return [("INV-48", row, f"第 {head.seq} 条留痕与另存的链头不符：其前的留痕可能被改写或删去")]


def _anchored(kept: Sequence[heads.Head]) -> dict[str, str | int] | None:
    if not kept:
        return None
    newest = kept[0]
    return {"seq": newest.seq, "at": newest.at, "after": queries.head()[0] - newest.seq}


def _anchored_words(anchored: dict[str, str | int] | None) -> str:
    if anchored is None:
        return "还没有签署过链头：整条链被改写将无法发现，请执行 flask audit export-head 并另处保存"
    at = datetime.fromisoformat(str(anchored["at"])).astimezone(BEIJING)
    return f"签署到第 {anchored['seq']} 条（{at:%Y-%m-%d %H:%M}）；其后 {anchored['after']} 条尚未锚定"
