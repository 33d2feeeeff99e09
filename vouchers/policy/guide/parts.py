"""Pieces that both guides use: rules as statements with their clause, documents, steps, examples, contacts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from vouchers.kernel.money import format_yuan
from vouchers.policy.explanation.calculation import calculation, row_of
from vouchers.policy.explanation.words import spoken
from vouchers.policy.guide.blocks import SILENT, Line, Lines, Table, Text
from vouchers.policy.pack.bases import Tier, Tiers
from vouchers.policy.pack.clauses import PROVENANCE_LABELS, Provenance, Rule
from vouchers.policy.pack.model import Case, PolicyPack
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.process import DocumentRule, Process, Stage
from vouchers.policy.pack.vouchers import Kind
from vouchers.policy.rules.compiled import CompiledPack, clause_of
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.facts import SUPPLIER_LABELS, read_facts
from vouchers.policy.rules.results import Decision, Result
from vouchers.policy.wording import value_word

_MOST_EXAMPLES = 2
_STARTING_POINT = (
    "本指南按起步方案整理，供比较和试用。方案还没有实施细则：标为“本地设定”的数和期限，以主管部门印发的细则为准。"
)


def lines(pack: PolicyPack, rules: Iterable[Rule]) -> Lines:
    """Rules as statements."""
    return Lines(tuple(line(pack, rule) for rule in rules))


def line(pack: PolicyPack, rule: Rule) -> Line:
    """A rule as one statement: what it says, for which kinds where not for all, who says so, and where."""
    kinds = getattr(rule, "kinds", None) or ()
    told = len(kinds) in {0, len(pack.kinds)} or all(pack.kind(kind).name in rule.say for kind in kinds)
    only = "" if told else f"（{_names(pack, kinds)}）"
    text = f"{_before(rule)}{rule.say}{_after(rule)}{only}"
    return Line(text, mark_of(rule), _clause(pack, rule), rule.note)


def _before(rule: Rule) -> str:
    return f"{rule.name}：" if isinstance(rule, Kind) else ""


def _after(rule: Rule) -> str:
    """What a rule's sentence leaves to its table: the bounds of tiers."""
    if not isinstance(rule, Tiers):
        return ""
    return "：" + "；".join(f"{row.name} {_bounds(row)}" for row in rule.rows)


def _bounds(row: Tier) -> str:
    start = f"{format_yuan(row.starts)} 起" if row.starts is not None else f"超过 {format_yuan(row.above or 0)}"
    if row.below is not None:
        return f"{start}，不足 {format_yuan(row.below)}"
    return start if row.ends is None else f"{start}，至 {format_yuan(row.ends)}"


def _clause(pack: PolicyPack, rule: Rule) -> str:
    if rule.cite is None:
        return ""
    quoted = rule.cite.quotation.replace("“", "‘").replace("”", "’")
    return f"{clause_of(pack, rule)}：“{quoted}”" if quoted else clause_of(pack, rule)


def mark_of(rule: Rule) -> str:
    """Who decided a rule, in a word; nothing where the document itself says it."""
    return "" if rule.provenance is Provenance.PLAN else PROVENANCE_LABELS[rule.provenance]


def documents(compiled: CompiledPack, at: str, of: str) -> Table:
    """The documents that are asked for at one moment, and what they prove."""
    asked = [one for one in compiled.pack.documents if one.at == at and one.of == of]
    heads = ("材料", "要求", "证明什么", "必须", "格式", "依据")
    return Table(heads, tuple(_document(compiled, one) for one in asked))


def _document(compiled: CompiledPack, one: DocumentRule) -> tuple[str, ...]:
    pack = compiled.pack
    only = f"（{_names(pack, one.kinds)}）" if one.kinds else ""
    proved = "、".join(compiled.vocabulary[name].label for name in one.proves) or "—"
    needed = "必须" if one.required else "视情况"
    formats = "、".join(value_word(DocumentRule, "formats", name) for name in one.formats)
    return (one.name, one.say + only, proved, needed, formats, clause_of(pack, one))


def steps(pack: PolicyPack) -> Table:
    """The way of a case: step, what is done, who does it, in how many working days."""
    process = pack.process
    rows = [("受理", process.acceptance.say, _who(process.acceptance.role, process.acceptance.office))]
    rows += [(stage.name, stage.say, _who(stage.role, stage.office)) for stage in process.stages]
    days = [process.acceptance.working_days, *(stage.working_days for stage in process.stages)]
    rules: list[Rule] = [process.acceptance, *process.stages]
    if process.notice:
        rows.append(("公示", process.notice.say, value_word(Stage, "office", "lead")))
        days.append(process.notice.working_days)
        rules.append(process.notice)
    told = [f"{count} 个工作日" if count else SILENT.rstrip("。") for count in days]
    cells = tuple((*row, day, clause_of(pack, rule)) for row, day, rule in zip(rows, told, rules, strict=True))
    return Table(("步骤", "办什么", "谁办", "期限", "依据"), cells)


def _who(role: str, office: str) -> str:
    return f"{value_word(Stage, 'office', office)} {value_word(Stage, 'role', role)}"


def times(pack: PolicyPack) -> Lines:
    """Until when the scheme holds, how it takes applications, and the periods that it states."""
    first, last = pack.effective.first.isoformat(), pack.effective.last.isoformat()
    stated = [
        Line(f"方案有效期：{first} 至 {last}"),
        Line(f"受理方式：{value_word(Process, 'track', pack.process.track)}"),
    ]
    rules = [line(pack, rule) for rule in pack.process.intakes]
    dated = any(rule.first for rule in pack.process.intakes)
    missing = [] if dated else [Line("窗口的起止日期：方案未作规定")]
    return Lines((*stated, *rules, *missing))


def examples(compiled: CompiledPack) -> Iterator[Text | Table]:
    """Worked examples of every kind, taken from the pack's own cases."""
    for kind in compiled.pack.kinds:
        shown = [one for one in _decided(compiled, kind.id) if one[1].result is Result.ELIGIBLE]
        for case, decision in _different(shown):
            rows = tuple(row_of(row) for row in calculation(compiled, decision) if _tells(row))
            caption, last = f"{kind.name}：{case.say}", frozenset({len(rows) - 1})
            yield Table(("项目", "金额或比例"), rows, caption, has_figures=True, strong=last)


def _tells(row: Mapping[str, Any]) -> bool:
    """Whether a row of a calculation has a part in the result: no heading, and no limit that was not touched."""
    return not row.get("group") and row.get("text") != "—" and row.get("how") not in {spoken("未触及"), spoken("达到")}


def _different(shown: list[tuple[Case, Decision]]) -> list[tuple[Case, Decision]]:
    """The first plain example, and the first in which a cap decides."""
    plain = [one for one in shown if one[1].amount and not one[1].amount.binding_cap][: _MOST_EXAMPLES - 1]
    capped = [one for one in shown if one[1].amount and one[1].amount.binding_cap][:1]
    return [*plain, *capped]


def _decided(compiled: CompiledPack, kind: str) -> Iterator[tuple[Case, Decision]]:
    for case in compiled.pack.cases:
        asked, on, given = compiled.pack.case_given(case)
        if (asked, case.at) == (kind, Phase.APPLICATION):
            facts, _ = read_facts(given, compiled.vocabulary)
            yield case, decide(compiled, kind, facts, on=on)


def examined(compiled: CompiledPack) -> Table:
    """What is looked at: every fact that the rules of an application read, who supplies it and what proves it."""
    names = dict.fromkeys(
        name for kind in compiled.pack.kinds for name in compiled.plan(kind.id, Phase.APPLICATION).facts
    )
    facts = [compiled.vocabulary[name] for name in names if ":" not in name and name != "tier"]
    rows = tuple((fact.label, SUPPLIER_LABELS[fact.supplier], fact.document or "—") for fact in facts)
    return Table(("核对什么", "由谁提供", "凭什么材料"), rows)


def objections(pack: PolicyPack) -> Lines:
    """How to object, as far as the pack says."""
    return lines(pack, [pack.process.objection] if pack.process.objection else [])


def contacts(pack: PolicyPack) -> Lines:
    """Whom to ask."""
    contact = pack.authority.contact or SILENT.rstrip("。")
    return Lines((Line(f"{pack.authority.name}（{pack.authority.region}）"), Line(f"联系方式：{contact}")))


def sources(pack: PolicyPack) -> Table:
    """The documents that the scheme rests on."""
    rows = tuple(
        (one.title, one.issuer, one.issued or "—", one.number or "—", one.note or "—") for one in pack.sources.values()
    )
    return Table(("文件", "发文机关", "印发日期", "文号", "说明"), rows)


def warning(pack: PolicyPack) -> str:
    """What every reader of a starting point must know."""
    return _STARTING_POINT if pack.status == "starting-point" else ""


def foot(compiled: CompiledPack) -> tuple[str, ...]:
    """Which version this was made from."""
    pack = compiled.pack
    return (
        f"由政策包 {pack.id} 第 {pack.version} 版生成，内容摘要 {compiled.digest[:16]}。",
        "没有标记的为规划原文；“据规划推定”写明所据条款；“本地设定”由主管部门决定。",
    )


def _names(pack: PolicyPack, kinds: Iterable[str]) -> str:
    return "、".join(pack.kind(kind).name for kind in kinds)


def named_lists(pack: PolicyPack) -> Lines:
    """Each list with its members by name."""
    listed = [(line(pack, rule), "、".join(rule.items.values())) for rule in pack.lists]
    return Lines(tuple(replace(said, text=f"{said.text}：{members}") for said, members in listed))


def terms(pack: PolicyPack) -> Text | None:
    """All terms added up, where every step states one."""
    process = pack.process
    days = [process.acceptance.working_days, *(stage.working_days for stage in process.stages)]
    days += [process.notice.working_days] if process.notice else []
    stated = [count for count in days if count is not None]
    if len(stated) < len(days):
        return None
    held = "其中公示 " + f"{process.notice.working_days} 个工作日。" if process.notice else ""
    return Text(f"从收到申请到公示期满共 {sum(stated)} 个工作日，补正的时间不计。{held}")
