"""Decisions about providers: what admission asks, what an offering must say, what compute costs per PFLOPS-hour."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from vouchers.kernel.findings import Finding
from vouchers.kernel.money import Rounding, RoundingMode, round_fen
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.rules.compiled import clause_of
from vouchers.policy.rules.eligibility import Outcome, facts_of
from vouchers.policy.rules.facts import Facts, FactType
from vouchers.policy.rules.procedure import documents_asked, requirements_met
from vouchers.providers.states import LABELS, OfferingKind, Precision, Unit
from vouchers.providers.units import SOLD_BY

GFLOPS_PER_PFLOPS = 10**6
WHOLE_BP = 10_000
MOST_PRICE = 10**9  # 一千万元 per unit: beyond it somebody mistook the unit
_SHOWN = Rounding(1, RoundingMode.HALF_UP)  # for comparing on a page only; nothing is paid by this figure


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that a pack asks of a provider at admission."""

    id: str
    name: str
    say: str
    required: bool
    proves: tuple[str, ...]
    formats: tuple[str, ...]
    clause: str
    provenance: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition of admission, as far as what is known meets it."""

    id: str
    say: str
    clause: str
    provenance: str
    facts: tuple[FactType, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class OfferingTerms:
    """What a catalogue entry says: price in fen per unit.

    Of card-hours the card, its precision, GFLOPS per card, and the green share in basis points as well.
    """

    kind: OfferingKind
    name: str
    price: int
    region: str
    unit: Unit = Unit.CARD_HOUR
    card: str | None = None
    precision: Precision | None = None
    gflops_per_card: int | None = None
    green_share_bp: int | None = None
    description: str = ""


def price_per_pflops_hour(price: int, gflops_per_card: int | None) -> int | None:
    """Fen per PFLOPS-hour of a card with this price per card-hour, rounded for showing; None without a card.

    >>> price_per_pflops_hour(1450, 312_000)  # ¥14.50 per hour of 0.312 PFLOPS
    4647
    """
    if gflops_per_card is None:
        return None
    return round_fen(Fraction(price * GFLOPS_PER_PFLOPS, gflops_per_card), _SHOWN)


def kinds_text(kinds: Iterable[OfferingKind]) -> str:
    """Kinds as an admission keeps them.

    >>> kinds_text([OfferingKind.MODEL, OfferingKind.COMPUTE])
    'compute model'
    """
    chosen = set(kinds)
    return " ".join(kind.value for kind in OfferingKind if kind in chosen)


def kinds_of(text: str) -> frozenset[OfferingKind]:
    """The kinds that an admission names.

    >>> sorted(kinds_of("compute model"))
    [<OfferingKind.COMPUTE: 'compute'>, <OfferingKind.MODEL: 'model'>]
    """
    return frozenset(OfferingKind(word) for word in text.split())


def papers_of(packs: Iterable[PolicyPack], facts: Facts, on: date) -> tuple[Paper, ...]:
    """The documents that these packs ask of a provider at admission, by what is known on a day, each once."""
    found: dict[str, Paper] = {}
    for pack in packs:
        for rule in documents_asked(pack, "admission", kind="", facts=facts, on=on):
            if rule.of == "provider":
                clause, provenance = clause_of(pack, rule), rule.provenance.value
                paper = Paper(
                    rule.id, rule.name, rule.say, rule.required, rule.proves, rule.formats, clause, provenance
                )
                found.setdefault(rule.id, paper)
    return tuple(found.values())


def requirements_of(packs: Iterable[PolicyPack], facts: Facts, on: date) -> tuple[Requirement, ...]:
    """The conditions of admission of these packs, asked of what is known on a day."""
    found: dict[str, Requirement] = {}
    for pack in packs:
        for rule, condition, outcome in requirements_met(pack, facts, on):
            clause, provenance = clause_of(pack, rule), rule.provenance.value
            requirement = Requirement(rule.id, rule.say, clause, provenance, facts_of(condition), outcome)
            found.setdefault(rule.id, requirement)
    return tuple(found.values())


def apply_findings(
    requirements: Iterable[Requirement], papers: Iterable[Paper], held: Mapping[str, date | None], *, on: date
) -> list[Finding]:
    """Every gap of an admission application at once: papers missing or lapsed, conditions not met or not answered."""
    found = []
    for paper in papers:
        until = held.get(paper.id)
        if paper.required and paper.id not in held:
            message = "缺少“{name}”。"
            found.append(Finding("paper-missing", message, {"name": paper.name}, "请上传后再提交。", paper.clause))
        elif until is not None and until < on:
            params = {"name": paper.name, "until": until.isoformat()}
            message = "“{name}”已于 {until} 到期。"
            found.append(Finding("paper-lapsed", message, params, "请上传有效的材料。", paper.clause))
    return [*found, *requirement_findings(requirements)]


def requirement_findings(requirements: Iterable[Requirement]) -> list[Finding]:
    """The conditions that stand in the way, each with how to mend it."""
    found = []
    for requirement in requirements:
        if requirement.outcome is Outcome.FAIL:
            message, way = "不符合“{say}”。", "具备条件后再提交。"
        elif requirement.outcome is Outcome.UNKNOWN:
            message, way = "还没有说明是否{say}。", "请在“条件说明”中填写。"
        else:
            continue
        params = {"say": requirement.say}
        found.append(Finding(f"requirement-{requirement.id}", message, params, way, requirement.clause))
    return found


def admission_findings(kinds: Sequence[OfferingKind], valid_from: date, valid_until: date | None) -> list[Finding]:
    """Why an admission cannot be entered like this."""
    found = []
    if not kinds:
        found.append(Finding("kinds-missing", "没有选择服务类别。", way="请至少选一类。", field="kinds"))
    if valid_until is not None and valid_until < valid_from:
        message = "有效期的最后一天早于第一天。"
        found.append(Finding("days-order", message, way="请核对日期。", field="valid_until"))
    return found


def offering_findings(terms: OfferingTerms, admitted: frozenset[OfferingKind]) -> list[Finding]:
    """Why an offering cannot be listed like this."""
    found = []
    kind, unit = LABELS[terms.kind], LABELS[terms.unit]
    if terms.kind not in admitted:
        params = {"kind": kind, "kinds": "、".join(LABELS[one] for one in sorted(admitted)) or "无"}
        message = "入库的服务类别是{kinds}，不含“{kind}”。"
        found.append(Finding("kind-not-admitted", message, params, "请先向主管部门申请增加类别。", field="kind"))
    if terms.unit not in SOLD_BY[terms.kind]:
        params = {"kind": kind, "unit": unit, "units": "、".join(LABELS[one] for one in SOLD_BY[terms.kind])}
        found.append(Finding("unit", "“{kind}”不按{unit}计价。", params, "请改为{units}。", field="unit"))
    if not 0 < terms.price <= MOST_PRICE:
        way = "请填写每{unit}的含税价。"
        message = "价格须大于 0，且不超过一千万元。"
        found.append(Finding("price-range", message, {"unit": unit}, way, field="price"))
    return [*found, *(_card_findings(terms) if terms.unit is Unit.CARD_HOUR else _cardless_findings(terms))]


def _card_findings(terms: OfferingTerms) -> Iterator[Finding]:
    stated = {
        "card": (terms.card, "加速卡"),
        "precision": (terms.precision, "精度"),
        "gflops": (terms.gflops_per_card, "单卡算力"),
        "green_share": (terms.green_share_bp, "绿电占比"),
    }
    for field, (value, label) in stated.items():
        if value is None:
            message = "按卡时计价的服务要写明{label}。"
            yield Finding(f"{field}-missing", message, {"label": label}, "请填写这一栏。", field=field)
    if terms.gflops_per_card is not None and terms.gflops_per_card <= 0:
        way = "请按所选精度的标称算力填写。"
        yield Finding("speed-zero", "单卡算力须大于 0。", way=way, field="gflops")
    if terms.green_share_bp is not None and not 0 <= terms.green_share_bp <= WHOLE_BP:
        way = "请核对绿证或绿电交易凭证。"
        yield Finding("green-share", "绿电占比应在 0 到 100% 之间。", way=way, field="green_share")


def _cardless_findings(terms: OfferingTerms) -> Iterator[Finding]:
    """Nothing of a card is said of what is not sold by the card-hour."""
    stated = (terms.card, terms.precision, terms.gflops_per_card, terms.green_share_bp)
    if any(value is not None for value in stated):
        message = "按{unit}计价的服务没有加速卡、精度、单卡算力和绿电占比。"
        way = "请清空这几栏，或改为按卡时计价。"
        yield Finding("card-of-no-card", message, {"unit": LABELS[terms.unit]}, way, field="unit")
