"""The pack's examples of what goes around a decision: papers, fast tracks, admission, allocation."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.allocation import Allocation
from vouchers.policy.pack.conditions import Path
from vouchers.policy.pack.model import Case, PolicyPack
from vouchers.policy.pack.process import AdmissionCase
from vouchers.policy.pack.queues import QueueCase
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.pack.values import read_yuan
from vouchers.policy.rules.allocating import Candidate, allocate
from vouchers.policy.rules.eligibility import PASS
from vouchers.policy.rules.facts import Facts, read_facts
from vouchers.policy.rules.procedure import documents_asked, fast_track, requirements_met
from vouchers.policy.rules.results import in_unit
from vouchers.policy.rules.vocabulary import vocabulary_of

_START = datetime(2026, 1, 1, tzinfo=UTC)  # any: only the order of arrival counts
_STANDS_BY = "reserve"


class Difference(NamedTuple):
    """An example that comes out otherwise than stated, or what is wrong with it: where, and in words."""

    at: Path
    told: str
    mend: str = "请核对规则和示例，两者以文件依据为准"


Words = tuple[str, str | None, str]
"""What is compared, what the example states (None: nothing), and what was found."""


def check_examples(context: Context) -> Iterator[PackFinding]:
    """A finding for each example of admission or allocation that does not come out as stated."""
    for one in differences(context.pack):
        yield context.document.finding(one.at, "failing-case", one.told, mend=one.mend)


def differences(pack: PolicyPack) -> Iterator[Difference]:
    """Every example of admission and allocation that comes out otherwise."""
    for position, case in enumerate(pack.admission.cases):
        yield from _of_admission(pack, ("admission", "cases", position), case)
    for position, queue in enumerate(pack.queues):
        yield from _of_queue(pack, ("queues", position), queue)


def procedure_of(pack: PolicyPack, case: Case, facts: Facts) -> Iterator[Words]:
    """The papers and the stages left out that a case states, beside what the pack says."""
    kind, on, _ = pack.case_given(case)
    if case.then.documents is not None:
        yield _papers(pack, case.at, case.then.documents, kind=kind, facts=facts, on=on)
    if case.then.skips is not None:
        track = fast_track(pack, kind, facts, on)
        found = {} if track is None else dict.fromkeys(track.skips, track.made_good_within)
        yield "快速通道", _listed(case.then.skips), _listed(found)


def _papers(pack: PolicyPack, at: str, stated: Mapping[str, str], **asked: object) -> Words:
    rules = documents_asked(pack, at, **asked)  # type: ignore[arg-type]  # kind, facts and on, as they came
    found = {rule.id: "required" if rule.required else "optional" for rule in rules}
    return "材料", _listed(stated), _listed(found)


def _listed(pairs: Mapping[str, object]) -> str:
    return "，".join(f"{key} {value}" for key, value in sorted(pairs.items()))


def _of_admission(pack: PolicyPack, place: Path, case: AdmissionCase) -> Iterator[Difference]:
    facts, unfit = read_facts(case.given, vocabulary_of(pack))
    yield from (Difference((*place, "given", one.field), one.text, "请核对事实的名称和写法") for one in unfit)
    if unfit:
        return
    on = case.day or (pack.example.day if pack.example else pack.effective.first)
    then = case.then
    words: list[Words] = []
    if then.refused_by is not None:
        unmet = [rule.id for rule, _, outcome in requirements_met(pack, facts, on) if outcome is not PASS]
        words.append(("不符合的入库条件", "、".join(sorted(then.refused_by)), "、".join(sorted(unmet))))
    if then.documents is not None:
        words.append(_papers(pack, "admission", then.documents, kind="", facts=facts, on=on))
    yield from _compared(place, case.say, words)


def _of_queue(pack: PolicyPack, place: Path, case: QueueCase) -> Iterator[Difference]:
    kind = case.kind or pack.kinds[0].id
    rule = next((rule for rule in pack.allocation if kind in rule.kinds), None)
    if rule is None or not rule.at_once:
        yield Difference((*place, "kind"), f"券种“{kind}”随到随办，没有成批的分配", "请去掉这个示例")
        return
    if rule.seed is not None and not case.seed:
        yield Difference((*place, "seed"), "这种分配要抽签，示例没有写种子", "请写 seed")
        return
    try:
        stated = {
            key: word if word in {_STANDS_BY, "none"} else in_unit(read_yuan(word), "")
            for key, word in case.then.items()
        }
    except ValueError as error:
        yield Difference((*place, "then"), f"“then”不合用：{error}", "请写金额、reserve（候补）或 none（不给）")
        return
    yield from _compared(place, case.say, [("分配", _listed(stated), _listed(_allotted(rule, case)))])


def _allotted(rule: Allocation, case: QueueCase) -> dict[str, str]:
    came = [
        Candidate(one.id, one.amount, _START + timedelta(minutes=place), one.score)
        for place, one in enumerate(case.queue)
    ]
    found = allocate(rule, came, case.budget, seed=case.seed, taken=case.taken)
    return {
        one.key: in_unit(one.amount, "") if one.amount else (_STANDS_BY if one.reason == _STANDS_BY else "none")
        for one in found
    }


def _compared(place: Path, say: str, words: list[Words]) -> Iterator[Difference]:
    for word, stated, found in words:
        if stated is not None and stated != found:
            yield Difference((*place, "then"), f"示例“{say}”的{word}应为 {stated or '无'}，算出 {found or '无'}")
