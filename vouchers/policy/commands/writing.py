"""`flask policy reference|diff|guide`: what helps to write a pack and to tell it to others."""

import json
from pathlib import Path

import click

from vouchers.policy.commands.reading import (
    pack_file,
    pack_text,
    policy,
    ready_pack,
    refuse,
    stored_version,
    version_name,
)
from vouchers.policy.comparing.telling import Side, plain, told
from vouchers.policy.guide.applying import applying_guide
from vouchers.policy.guide.page import as_html
from vouchers.policy.guide.service import service_guide
from vouchers.policy.pack.reading import read_document
from vouchers.policy.reference import reference as written_reference


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
    version = stored_version(named)
    if version is not None:
        return Side(version_name(version), version.content)
    file = pack_file(named)
    document = read_document(pack_text(file), str(file))
    if not isinstance(document.data, dict):
        refuse(document.findings)
    return Side(f"{document.data.get('title', '')}（{file}）", document.data)


@policy.command("guide", help="由政策包生成申报指南和办事指南（HTML、DOCX）；也可以写“编号@版本号”。")
@click.argument("pack")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="放在哪个目录。")
@click.option("--format", "form", type=click.Choice(["html", "docx", "both"]), default="both", show_default=True)
def guide(pack: str, folder: Path, form: str) -> None:
    """Both guides, from the pack alone."""
    from vouchers.policy.guide.document import as_docx  # noqa: PLC0415  no other command and no page needs the library

    _, compiled = ready_pack(pack)
    folder.mkdir(parents=True, exist_ok=True)
    for one in (applying_guide(compiled), service_guide(compiled)):
        for ending in ("html", "docx") if form == "both" else (form,):
            path = folder / f"{compiled.pack.id}-{one.name}.{ending}"
            path.write_bytes(as_docx(one) if ending == "docx" else as_html(one).encode())
            click.echo(f"已写出 {path}")
