"""`flask policy check|evaluate|facts|publish|list`."""

import json
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app

from vouchers.accounts import queries as accounts
from vouchers.accounts.models import User
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, ActorKind
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import DomainError
from vouchers.kernel.errors import told as told_refusal
from vouchers.policy import fairness, queries, services
from vouchers.policy.commands.reading import (
    finding_line,
    kind_named,
    pack_file,
    pack_text,
    policy,
    read_given,
    ready_pack,
    refuse,
)
from vouchers.policy.explanation import told
from vouchers.policy.fairness import Answer, Assessment
from vouchers.policy.loader import LoadedPack, load_pack
from vouchers.policy.models import SchemeVersion
from vouchers.policy.mutation.trying import Trial, survivor_findings, try_mutants
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.reading import read_document
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import SUPPLIER_LABELS, FactType
from vouchers.policy.rules.vocabulary import VOCABULARY
from vouchers.policy.services import Signing
from vouchers.policy.states import LABELS, Conclusion

_FIRST_YEAR = 2000


@policy.command("check", help="检查政策包（文件或编号）；有错误时退出码为 1。", with_appcontext=False)
@click.argument("packs", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="机器可读的输出。")
@click.option("--mutants", is_flag=True, help="把每条规则逐处改动一点，看示例能否发现；有发现不了的，退出码为 1。")
def check(packs: tuple[str, ...], *, as_json: bool, mutants: bool) -> None:
    """Findings with file, line, rule and a way to mend."""
    loaded = [load_pack(pack_file(pack)) for pack in packs]
    trials = [_tried(one) for one in loaded] if mutants else []
    loaded = [one for one, _ in trials] or loaded
    found = [finding for one in loaded for finding in one.findings]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], ensure_ascii=False, indent=2))
    else:
        for one in loaded:
            _show_check(one)
        for one, trial in trials:
            _show_trial(one, trial)
    survived = any(trial and trial.survivors for _, trial in trials)
    raise SystemExit(1 if survived or any(one.errors for one in loaded) else 0)


@policy.command("evaluate", help="按一组事实试算一个决定。", with_appcontext=False)
@click.argument("pack")
@click.option("--facts", "facts_file", type=click.File(encoding="utf-8"), required=True, help="事实的 JSON 文件。")
@click.option("--kind", default="", help="券种；不写就用第一种。")
@click.option("--phase", type=click.Choice([phase.value for phase in Phase]), default="application", show_default=True)
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="按哪一天判断；不写就是今天。")
@click.option("--json", "as_json", is_flag=True, help="机器可读的输出。")
def evaluate(pack: str, **options: Any) -> None:
    """One decision as JSON or text."""
    compiled = ready_pack(pack)[1]
    facts = read_given(options["facts_file"].read(), compiled.vocabulary)
    kind = kind_named(compiled, options["kind"])
    day: date = options["on"].date() if options["on"] else today()
    if day.year < _FIRST_YEAR:
        raise click.BadParameter(f"--on 从 {_FIRST_YEAR} 年起")
    decision = decide(compiled, kind, facts, on=day, phase=Phase(options["phase"]))
    if options["as_json"]:
        click.echo(json.dumps(decision.as_dict(), ensure_ascii=False, indent=2))
        return
    for line in told(compiled, decision):
        click.echo(line)


@policy.command("facts", help="列出事实词汇表；写明政策包时只列它用到的。", with_appcontext=False)
@click.argument("pack", required=False)
@click.option("--json", "as_json", is_flag=True, help="机器可读的输出。")
def facts(pack: str | None, *, as_json: bool) -> None:
    """The vocabulary, or the facts that one pack reads."""
    words = list(VOCABULARY.values())
    if pack:
        loaded = load_pack(pack_file(pack))
        if loaded.compiled is None:
            refuse(loaded.errors)
        read = {name for plan in loaded.compiled.plans.values() for name in plan.facts}
        words = [word for name, word in loaded.compiled.vocabulary.items() if name in read]
    if as_json:
        click.echo(json.dumps([_word(word) for word in words], ensure_ascii=False, indent=2))
        return
    for word in words:
        options = f"（{'、'.join(word.options)}）" if word.options else ""
        click.echo(
            f"{word.name}\t{word.kind.value}{options}\t{word.label}\t{SUPPLIER_LABELS[word.supplier]}\t{word.document}"
        )


@policy.command("publish", help="导入、检查、签署并发布一个政策包；起草和签署须是两个人的账号。")
@click.argument("pack")
@click.option("--office", "office", required=True, help="方案所属机构的名称。")
@click.option("--drafted-by", required=True, help="起草人的登录名。")
@click.option("--signed-by", required=True, help="签署人的登录名。")
@click.option("--document-number", default="", help="实施细则文号。")
@click.option("--answer", default="", help="对检查提示的说明；没有提示时不用写。")
@click.option("--fair-article", default="", help="公平竞争审查依据的条款，各处相同。")
@click.option("--fair-competition", default="", help="公平竞争审查意见，也作各处的理由；由起草人登记、签署人复核。")
def publish(pack: str, **given: str) -> None:
    """Bring a pack in force by two named people."""
    file, at = pack_file(pack), now()
    try:
        with transaction():
            office_id = accounts.office_named(given["office"]).id
            drafter, signer = _person(given["drafted_by"]), _person(given["signed_by"])
            version = services.import_pack(pack_text(file), file.name, office_id=office_id, actor=drafter, at=at)
            services.check_version(version.public_id, actor=drafter, at=at)
            if given["fair_competition"]:
                _review(version, Answer(given["fair_article"], given["fair_competition"]), actor=drafter, at=at)
            signing = Signing(given["document_number"], given["answer"], current_app.config["SETTINGS"].is_trial)
            services.sign_version(version.public_id, signing, actor=signer, at=at)
            services.publish_version(version.public_id, actor=signer, at=at)
    except DomainError as refusal:
        raise click.ClickException(told_refusal(refusal)) from None
    click.echo(f"已发布 {version.scheme.title} 第 {version.number} 版，内容摘要 {version.content_hash[:16]}")


@policy.command("list", help="列出方案及其版本。")
@click.option("--json", "as_json", is_flag=True, help="机器可读的输出。")
def list_schemes(*, as_json: bool) -> None:
    """Every scheme with its newest version."""
    rows = queries.schemes()
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(f"{row.pack_id}\t{row.title}\t第 {row.number} 版\t{LABELS[row.state]}\t受理窗口 {row.open_windows}")


def _review(version: SchemeVersion, answer: Answer, *, actor: Actor, at: datetime) -> None:
    """One answer for every pointed item, as one line of a command can give it; pages ask for each."""
    count = len(fairness.pointed_in(services.load(version.source, version.scheme.pack_id)))
    assessment = Assessment((answer,) * count, Conclusion.MEETS, answer.reason)
    services.review_fairness(version.public_id, assessment, actor=actor, at=at)


def _person(sign_in: str) -> Actor:
    user = db.session.get_one(User, accounts.user_named(sign_in))
    return Actor(ActorKind.COMMAND, user.person.name, role="command", user_id=user.id, person_id=user.person_id)


def _show_check(one: LoadedPack) -> None:
    for finding in one.findings:
        click.echo(finding_line(finding))
    if one.errors:
        click.echo(f"{one.file}：{len(one.errors)} 处错误，{len(one.warnings)} 处提示，不能发布")
    elif one.not_yet:
        click.echo(f"{one.file}：可以测算；{len(one.not_yet)} 处系统还不能执行，不能发布；{len(one.warnings)} 处提示")
    else:
        click.echo(f"{one.file}：可以发布，{len(one.warnings)} 处提示，内容摘要 {one.digest[:16]}")


def _tried(one: LoadedPack) -> tuple[LoadedPack, Trial | None]:
    """The pack with its surviving mutants among the findings; none are made while it has errors."""
    if one.compiled is None or one.errors:
        return one, None
    trial = try_mutants(one.compiled, one.data)
    document = read_document(pack_text(Path(one.file)), one.file)
    return replace(one, findings=(*one.findings, *survivor_findings(document, trial))), trial


def _show_trial(one: LoadedPack, trial: Trial | None) -> None:
    if trial is None:
        click.echo(f"{one.file}：有错误，没有做改动检验")
        return
    for mutant in trial.equal:
        click.echo(f"{one.file}：{mutant.told}，不改变任何结论（在规则的每条界线上和界线旁取值，结论都相同）")
    told = f"{len(trial.survivors)} 处发现不了" if trial.survivors else "没有发现不了的"
    click.echo(f"{one.file}：改动 {trial.made} 处，示例发现 {trial.caught} 处，{len(trial.equal)} 处不改变结论，{told}")


def _word(word: FactType) -> dict[str, object]:
    return {
        "name": word.name,
        "type": word.kind.value,
        "label": word.label,
        "unit": word.unit,
        "supplied_by": word.supplier.value,
        "document": word.document,
        "options": dict(word.options) if word.options else None,
    }
