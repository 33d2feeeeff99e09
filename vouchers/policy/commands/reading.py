"""The group of commands, and how a pack named on a command line is found and refused."""

from pathlib import Path
from typing import NoReturn

import click
from flask.cli import AppGroup

from vouchers.kernel.errors import NotFound
from vouchers.policy import queries
from vouchers.policy.loader import LoadedPack, load_pack
from vouchers.policy.models import SchemeVersion
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.services import PACKS
from vouchers.policy.states import LABELS

policy = AppGroup("policy", help="政策包：检查、试算、比较、指南、词汇表、发布、列表。")
_MARKS = {"error": "错误", "warning": "提示", "not-yet": "待建"}


def pack_file(pack: str) -> Path:
    """The file of a pack given by path or by id."""
    path = Path(pack)
    named = PACKS / f"{pack}.yaml"
    if path.is_file() or not named.is_file():
        return path
    return named


def pack_text(file: Path) -> str:
    """The text of a file; a usage error when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise click.BadParameter(f"读不出 {file}") from None


def sound_pack(pack: str) -> LoadedPack:
    """A pack without errors; its findings and status 1 otherwise."""
    loaded = load_pack(pack_file(pack))
    if loaded.compiled is None or loaded.errors:
        refuse(loaded.errors)
    return loaded


def stored_version(named: str) -> SchemeVersion | None:
    """The version of the database that `id@number` names; None where a file is meant."""
    pack_id, at, number = named.rpartition("@")
    if not at or not number.isdigit():
        return None
    try:
        return queries.numbered_version(pack_id, int(number))
    except NotFound:
        raise click.BadParameter(f"数据库里没有 {pack_id} 第 {number} 版") from None


def version_name(version: SchemeVersion) -> str:
    """What a version of the database is called."""
    return f"{version.scheme.title}，第 {version.number} 版（{LABELS[version.state]}）"


def ready_pack(named: str) -> tuple[str, CompiledPack]:
    """A version ready to decide, and what to call it: of the database, or a file without errors."""
    version = stored_version(named)
    if version is not None:
        return version_name(version), queries.compiled(version)
    loaded = sound_pack(named)
    if loaded.compiled is None:
        refuse(loaded.errors)
    return f"{loaded.compiled.pack.title}（{loaded.file}）", loaded.compiled


def refuse(findings: tuple[PackFinding, ...]) -> NoReturn:
    """Tell the findings and end with 1."""
    for finding in findings:
        click.echo(finding_line(finding), err=True)
    raise SystemExit(1)


def finding_line(finding: PackFinding) -> str:
    """A finding as one line: file, line, rule, level, message, way to mend."""
    rule = f" {finding.rule}" if finding.rule else ""
    return f"{finding.file}:{finding.line}:{rule} {_MARKS[finding.level]} {finding.message}。{finding.mend}"
