"""Whether the cases of a pack catch each mutant of it; who survives, and which case is missing."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from vouchers.policy.checks.cases import agrees
from vouchers.policy.explanation.words import shown_amount
from vouchers.policy.loader import pack_of
from vouchers.policy.mutation.around import holds, is_same, missing, section_of
from vouchers.policy.mutation.making import Mutant, mutants
from vouchers.policy.mutation.probes import Probe, answer, told_apart
from vouchers.policy.pack.conditions import Path
from vouchers.policy.pack.model import Case
from vouchers.policy.pack.phases import Phase
from vouchers.policy.pack.reading import Document, PackFinding
from vouchers.policy.rules.compiled import CompiledPack, compile_pack
from vouchers.policy.rules.facts import Facts, read_facts
from vouchers.policy.rules.results import RESULT_LABELS

_PHASES = {
    Phase.APPLICATION: "申领",
    Phase.ISSUE: "发券",
    Phase.REDEMPTION: "核销",
    Phase.PAYMENT: "兑付",
}


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no case noticed: where, what was changed, and a case that would have noticed."""

    path: Path
    told: str
    missing: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of all mutants of a pack. `equal` are those that decide alike wherever either pack turns."""

    made: int
    caught: int
    equal: tuple[Mutant, ...]
    survivors: tuple[Survivor, ...]


def survivor_findings(document: Document, trial: Trial) -> Iterator[PackFinding]:
    """Each survivor as a finding at its place; the way to mend it is the missing case."""
    for one in trial.survivors:
        message = f"示例发现不了这处改动：{one.told}"
        yield document.finding(one.path, "surviving-mutant", message, mend=one.missing, warning=True)


class _Tried(NamedTuple):
    """A case with its facts read once."""

    case: Case
    probe: Probe


def try_mutants(pack: CompiledPack, data: Any, *, within: Path = ()) -> Trial:
    """Every mutant of a pack, or of the part of it at a path, decided by the cases of the pack."""
    tried = list(_read(pack))
    cases = tuple(tried)
    made = [one for one in mutants(data, pack.vocabulary) if one.path[: len(within)] == within]
    escaped = [(mutant, found) for mutant in made if (found := _escaped(mutant, tried)) is not None]
    on = pack.pack.case_given(pack.pack.cases[0])[1]
    seeds = [one.probe for one in _seeds(pack, list(cases))]
    equal, survivors = [], []
    for mutant, changed in escaped:
        section = section_of(mutant.path)
        if section is not None and not is_same(pack.pack, changed.pack, on):
            survivors.append(Survivor(mutant.path, mutant.told, missing(section)))
            continue
        probe = None if changed.pack == pack.pack else told_apart(pack, changed, seeds)
        if probe is None:
            equal.append(mutant)
        else:
            survivors.append(Survivor(mutant.path, mutant.told, _missing(pack, changed, probe)))
    return Trial(len(made), len(made) - len(escaped), tuple(equal), tuple(survivors))


def _read(pack: CompiledPack) -> Iterator[_Tried]:
    for case in pack.pack.cases:
        kind, on, given = pack.pack.case_given(case)
        facts, _ = read_facts(given, pack.vocabulary)
        yield _Tried(case, Probe(kind, Phase(case.at), on, facts, case.say, ()))


def _escaped(mutant: Mutant, tried: list[_Tried]) -> CompiledPack | None:
    """The mutant ready to decide, where every case still comes out as stated; None where it was caught.

    Who catches one is asked first of the next, which mostly changes the same rule.
    """
    with suppress(ValueError):  # what the loader refuses is caught
        pack = pack_of(mutant.data)
        if section_of(mutant.path) is not None:
            is_unseen = holds(pack, ((one.case, one.probe.facts) for one in tried))
            return compile_pack(pack, "") if is_unseen else None
        changed = compile_pack(pack, "")
        for place, one in enumerate(tried):
            if not agrees(changed, one.case, one.probe.facts):
                tried.insert(0, tried.pop(place))
                return None
        return changed
    return None


def _seeds(pack: CompiledPack, tried: list[_Tried]) -> Iterator[_Tried]:
    """The cases, each completed from the others, at every kind and phase that they speak of."""
    common: dict[str, Any] = {}
    for one in reversed(tried):
        common.update(one.probe.facts)
    yield from tried
    for kind in pack.pack.kinds:
        for phase in Phase:
            alike = [one for one in tried if (one.probe.kind, one.probe.phase) == (kind.id, phase)] or tried[:1]
            for one in alike:
                facts: Facts = {**common, **one.probe.facts}
                yield one._replace(probe=one.probe._replace(kind=kind.id, phase=phase, facts=facts))


def _missing(pack: CompiledPack, changed: CompiledPack, probe: Probe) -> str:
    values = [
        f"{pack.vocabulary[name].label}为 {pack.vocabulary[name].shown(probe.facts[name])}"
        if name in probe.facts
        else f"不给{pack.vocabulary[name].label}"
        for name in probe.changed
    ]
    like = f"与“{probe.near}”相同" + ("".join(f"，{one}" for one in values) if values else "")
    place = f"{pack.pack.kind(probe.kind).name}、{_PHASES[probe.phase]}"
    return f"缺少示例（{place}）：{like}；按规则{_told(pack, probe)}，改动后{_told(changed, probe)}"


def _told(pack: CompiledPack, probe: Probe) -> str:
    found = answer(pack, probe)
    words = [RESULT_LABELS[found.result]]
    if found.refused:
        words.append(f"拒绝理由 {'、'.join(sorted(found.refused))}")
    else:
        unit = pack.pack.kind(probe.kind).unit or ""
        words.append("未算出" if found.maximum is None else shown_amount(found.maximum, unit))
    words += [f"由 {found.binding} 决定"] * bool(found.binding)
    return "，".join(words)
