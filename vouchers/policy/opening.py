"""The pack that a command names: by path or by id; or its findings, and the command ends with 1."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import click

from vouchers.policy.loader import load_pack
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.facts import FactType, FactValue, read_facts
from vouchers.policy.services import PACKS

_MARKS = {"error": "错误", "warning": "提示", "not-yet": "待建"}


def pack_file(pack: str) -> Path:
    """The file of a pack given by path or by id."""
    path = Path(pack)
    named = PACKS / f"{pack}.yaml"
    if path.is_file() or not named.is_file():
        return path
    return named


def open_pack(pack: str) -> CompiledPack:
    """A pack ready to decide."""
    loaded = load_pack(pack_file(pack))
    if loaded.compiled is None or loaded.errors:
        refuse(loaded.errors)
    return loaded.compiled


def kind_named(compiled: CompiledPack, kind: str) -> str:
    """A voucher kind of the pack; the first where none is named."""
    known = [one.id for one in compiled.pack.kinds]
    if kind and kind not in known:
        raise click.BadParameter(f"没有券种“{kind}”，可选：{'、'.join(known)}")
    return kind or known[0]


def read_given(text: str, vocabulary: Mapping[str, FactType]) -> dict[str, FactValue]:
    """Typed facts from the JSON text of a file; what does not fit is told, and the command ends with 2."""
    facts, findings = read_facts(plain_facts(text), vocabulary)
    if findings:
        for finding in findings:
            click.echo(finding.text, err=True)
        raise SystemExit(2)
    return facts


def plain_facts(text: str) -> dict[str, object]:
    """Facts as JSON has them, whether bare or under the key facts."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"事实文件不是 JSON：{error}") from None
    if isinstance(raw, dict) and isinstance(raw.get("facts"), dict):
        raw = raw["facts"]
    if not isinstance(raw, dict):
        raise click.BadParameter("事实文件应是 {事实: 值}")
    return raw


def refuse(findings: tuple[PackFinding, ...]) -> NoReturn:
    """Tell why a pack cannot be used, and end."""
    for finding in findings:
        click.echo(finding_line(finding), err=True)
    raise SystemExit(1)


def finding_line(finding: PackFinding) -> str:
    """A finding on one line."""
    rule = f" {finding.rule}" if finding.rule else ""
    return f"{finding.file}:{finding.line}:{rule} {_MARKS[finding.level]} {finding.message}。{finding.mend}"
