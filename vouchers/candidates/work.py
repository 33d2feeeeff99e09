"""The job that reads a register and decides on each enterprise of it: outside of any lock, then written at once."""

from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import lazy_gettext as _l

from vouchers.applications import queries as applications
from vouchers.applications.queries import CaseKey
from vouchers.candidates import queries, services
from vouchers.candidates.models import CandidateList
from vouchers.candidates.reading import Contents, Row, read
from vouchers.candidates.services import COMPUTE_JOB, Computed
from vouchers.candidates.states import ListState
from vouchers.enterprises.models import Enterprise
from vouchers.files.store import current_store
from vouchers.jobs.registry import JobKind, Payload
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date, now
from vouchers.policy import queries as policy
from vouchers.policy.rules.decision import decide


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is wrong in a register, or what came out for each of its enterprises, and the day that was decided on."""

    contents: Contents
    computed: tuple[Computed, ...]
    on: date


def prepare(payload: Payload) -> Prepared | None:
    """Read the register and decide on each row; nothing when that was done before. Reads only."""
    found = queries.lock(payload["list"])
    if found.state is not ListState.READING:
        return None
    window, on = found.window, beijing_date(now())
    compiled = policy.compiled(window.scheme_version)
    contents = read(current_store().read(found.file.sha256), compiled, window.voucher_kind)
    known = queries.enterprises_by_uscc([one.uscc for one in contents.rows])
    computed = tuple(decided(found, row, known.get(row.uscc), on=on) for row in contents.rows)
    return Prepared(contents, computed, on)


def decided(found: CandidateList, row: Row, enterprise: Enterprise | None, *, on: date) -> Computed:
    """What the rules answer to one enterprise of a register on a day."""
    window = found.window
    compiled, kind = policy.compiled(window.scheme_version), window.voucher_kind
    kept = {"facts": row.facts, "register": found.source, "at": queries.day_of(found).isoformat()}
    case = CaseKey(kind, window.id, register=applications.register_facts(kept))
    seen = queries.known_of(enterprise, window.scheme_version, case, on=on)
    decision = decide(compiled, kind, applications.typed(seen, compiled), on=on)
    beside = {name: value for name, value in decision.facts.items() if name not in seen or not seen[name].register}
    return Computed(row.row, row.uscc, row.name, decision, row.facts, beside)


def _finish(payload: Payload, prepared: Prepared | None, *, actor: Actor, at: datetime) -> None:
    if prepared is None:
        return
    if prepared.contents.is_good:
        outcome = services.Outcome(prepared.computed, prepared.contents.findings, prepared.on)
        services.keep_computed(payload["list"], outcome, actor=actor, at=at)
    else:
        services.refuse_register(payload["list"], prepared.contents.findings, actor=actor, at=at)


COMPUTE = JobKind(COMPUTE_JOB, _finish, prepare=prepare, label=_l("计算免申即享名单"))
