"""`flask policy replay`: past cases decided by another version."""

import json
from collections.abc import Iterator
from dataclasses import asdict

import click

from vouchers.applications.queries.past import past_cases
from vouchers.kernel.money import decimal_yuan, format_yuan
from vouchers.policy.commands.reading import policy, ready_pack
from vouchers.policy.comparing.replaying import EFFECT_LABELS, Budget, Effect, Replayed, budgets, replayed, total
from vouchers.policy.rules.compiled import CompiledPack

_AS_SUBMITTED = "提交时的结果"
_MOST_SHOWN = 200


@policy.command("replay", help="用一个版本重算已提交的申请：谁增加、谁减少、谁不能判断，预算差多少。只读。")
@click.argument("pack")
@click.option("--against", default="", help="对照的版本（文件、编号或“编号@版本号”）；不写就与提交时的结果比。")
@click.option("--json", "as_json", is_flag=True, help="机器可读的输出。")
def replay(pack: str, against: str, *, as_json: bool) -> None:
    """Frozen cases under a version beside what they were given, or beside another version. Reads only."""
    name, version = ready_pack(pack)
    other_name, other = ready_pack(against) if against else (_AS_SUBMITTED, None)
    cases = [replayed(case, version, other) for case in past_cases(version.pack.id)]
    if as_json:
        click.echo(json.dumps(_plain(name, other_name, cases), ensure_ascii=False, indent=2))
        return
    click.echo(f"按“{name}”重算 {len(cases)} 件已提交的申请，对照：{other_name}")
    for line in _told(cases, version):
        click.echo(line)


def _told(cases: list[Replayed], version: CompiledPack) -> Iterator[str]:
    if not cases:
        yield f"没有 {version.pack.id} 的已提交申请"
        return
    yield "，".join(f"{word} {_count(cases, effect)} 件" for effect, word in EFFECT_LABELS.items())
    names = {kind.id: kind.name for kind in version.pack.kinds}
    found = budgets(cases)
    for kind, budget in found.items():
        yield f"{names.get(kind, kind)}：{_effect(budget)}"
    yield f"合计：{_effect(total(found))}"
    for effect in (Effect.GAINS, Effect.LOSES, Effect.UNDECIDED):
        mine = [one for one in cases if one.effect is effect]
        if mine:
            yield f"\n{EFFECT_LABELS[effect]}："
            yield from (_line(one, version) for one in mine[:_MOST_SHOWN])
            yield from [f"  另有 {len(mine) - _MOST_SHOWN} 件，用 --json 看全部"] * (len(mine) > _MOST_SHOWN)


def _line(one: Replayed, version: CompiledPack) -> str:
    if one.effect is Effect.UNDECIDED:
        return f"  {one.number}  缺少：{'、'.join(one.missing)}"
    rules = (version.pack.rule(rule) for rule in one.refused_by)
    why = "；".join(rule.say for rule in rules if rule)
    return f"  {one.number}  {_effect(Budget(one.before, one.after))}" + (f"  不符合：{why}" if why else "")


def _effect(budget: Budget) -> str:
    sign = "+" if budget.more >= 0 else "−"
    return f"{format_yuan(budget.before)} → {format_yuan(budget.after)}（{sign}{format_yuan(abs(budget.more))}）"


def _plain(name: str, other: str, cases: list[Replayed]) -> dict[str, object]:
    found = budgets(cases)
    return {
        "version": name,
        "against": other,
        "cases": len(cases),
        "effects": {effect.value: _count(cases, effect) for effect in Effect},
        "budget": {kind: _plain_budget(budget) for kind, budget in found.items()},
        "total": _plain_budget(total(found)),
        "changed": [
            {**asdict(one), "before": decimal_yuan(one.before), "after": decimal_yuan(one.after)}
            for one in cases
            if one.effect is not Effect.SAME
        ],
    }


def _plain_budget(budget: Budget) -> dict[str, str]:
    sign = "-" if budget.more < 0 else ""
    return {
        "before": decimal_yuan(budget.before),
        "after": decimal_yuan(budget.after),
        "more": f"{sign}{decimal_yuan(abs(budget.more))}",
    }


def _count(cases: list[Replayed], effect: Effect) -> int:
    return sum(one.effect is effect for one in cases)
