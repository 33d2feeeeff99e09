"""Reading lists of candidates: the office's lists, one list, and what waits for an enterprise's answer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from vouchers.applications import queries as applications
from vouchers.applications.models import Application
from vouchers.applications.queries import CaseKey, SeenFact
from vouchers.candidates.models import Candidate, CandidateList
from vouchers.candidates.states import CandidateState, ListState
from vouchers.db.base import db
from vouchers.db.filters import contains, one_of
from vouchers.db.lists import ListSpec, Page, page_of
from vouchers.enterprises.models import Enterprise
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import BEIJING
from vouchers.kernel.errors import NotFound
from vouchers.parties.models import Organisation
from vouchers.policy import queries as policy
from vouchers.policy.explanation import of_plan
from vouchers.policy.models import SchemeVersion, Window
from vouchers.policy.reach import check_reach, reaches_scheme
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.results import Decision, Result
from vouchers.policy.states import WindowState

_PORTION = 400
Case = Application
"""The case that a confirmation makes, by its name for the services here."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list among others, with how many on it qualify and how many confirmed."""

    public_id: str
    title: str
    window: str
    state: ListState
    as_of: date
    expires_on: date
    eligible: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A line of a list; `reasons` are keys of rules or names of facts."""

    public_id: str
    row: int
    uscc: str
    name: str
    result: str
    amount: int | None
    reasons: list[str]
    state: CandidateState


CANDIDATE_ROWS = ListSpec(
    key=Candidate.id,
    sorts={"row": Candidate.row, "name": Candidate.name},
    default="row",
    filters={
        "q": contains(Candidate.name, Candidate.uscc),
        "result": one_of(Candidate.result, Result),
        "state": one_of(Candidate.state, CandidateState),
    },
)


def lists(actor: Actor, *, on: date) -> list[ListRow]:
    """The lists within the officer's reach, newest first."""
    eligible = func.count(Candidate.id).filter(Candidate.result == Result.ELIGIBLE.value)
    confirmed = func.count(Candidate.id).filter(Candidate.state == CandidateState.CONFIRMED)
    statement = (
        select(
            CandidateList.public_id,
            CandidateList.title,
            Window.title,
            CandidateList.state,
            CandidateList.as_of,
            CandidateList.expires_on,
            eligible,
            confirmed,
        )
        .join(Window, Window.id == CandidateList.window_id)
        .outerjoin(Candidate, Candidate.list_id == CandidateList.id)
        .where(reaches_scheme(Window.scheme_id, actor, on=on))
        .group_by(CandidateList.id, Window.title)
        .order_by(CandidateList.id.desc())
    )
    return [ListRow(*row) for row in db.session.execute(statement)]


def get(public_id: str, actor: Actor, *, on: date) -> CandidateList:
    """A list within the officer's reach."""
    statement = select(CandidateList).options(joinedload(CandidateList.window).joinedload(Window.scheme))
    found = db.session.scalar(statement.where(CandidateList.public_id == public_id))
    if found is None:
        raise NotFound(f"list {public_id}")
    check_reach(found.window.scheme, actor, on=on)
    return found


def lock(public_id: str) -> CandidateList:
    """A list, read anew and held until the commit."""
    statement = select(CandidateList).where(CandidateList.public_id == public_id)
    found = db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound(f"list {public_id}")
    return found


def rows_of(list_id: int, arguments: Mapping[str, str]) -> Page[CandidateRow]:
    """The candidates of a list, in the order of the register."""
    statement = select(
        Candidate.public_id,
        Candidate.row,
        Candidate.uscc,
        Candidate.name,
        Candidate.result,
        Candidate.amount,
        Candidate.reasons,
        Candidate.state,
    ).where(Candidate.list_id == list_id)
    return page_of(db.session(), statement, spec=CANDIDATE_ROWS, arguments=arguments, shape=CandidateRow)


def tallies(list_id: int) -> tuple[dict[str, int], dict[CandidateState, int], int]:
    """How many on a list per result and per state, and the sum in fen of those who qualify."""
    own = Candidate.list_id == list_id
    results = select(Candidate.result, func.count()).where(own).group_by(Candidate.result)
    states = select(Candidate.state, func.count()).where(own).group_by(Candidate.state)
    total = select(func.coalesce(func.sum(Candidate.amount), 0)).where(own, Candidate.result == Result.ELIGIBLE.value)
    return (
        {row[0]: row[1] for row in db.session.execute(results)},
        {row[0]: row[1] for row in db.session.execute(states)},
        int(db.session.scalar(total) or 0),
    )


def qualifying(list_id: int) -> list[str]:
    """The numbers of those on a list who qualify for something."""
    statement = select(Candidate.uscc).where(
        Candidate.list_id == list_id, Candidate.result == Result.ELIGIBLE.value, Candidate.amount > 0
    )
    return list(db.session.scalars(statement))


def candidate(public_id: str, actor: Actor, *, on: date) -> Candidate:
    """A candidate on a list within the officer's reach."""
    found = db.session.scalar(select(Candidate).where(Candidate.public_id == public_id))
    if found is None:
        raise NotFound(f"candidate {public_id}")
    check_reach(found.list.window.scheme, actor, on=on)
    return found


def own(public_id: str, organisation_id: int | None) -> Candidate:
    """A candidate that is this organisation, by its USCC, on a list that was released; any other looks like none."""
    return _found(db.session.scalar(_own(organisation_id).where(Candidate.public_id == public_id)), public_id)


def lock_own(public_id: str, organisation_id: int | None) -> Candidate:
    """The same, read anew and held until the commit."""
    statement = _own(organisation_id).where(Candidate.public_id == public_id)
    held = statement.with_for_update(of=Candidate).execution_options(populate_existing=True)
    return _found(db.session.scalar(held), public_id)


def offers_to(organisation_id: int) -> list[Candidate]:
    """What waits for this organisation's answer while its window is open, also from before it had an account."""
    statement = _own(organisation_id).join(Window, Window.id == CandidateList.window_id)
    waiting = (Candidate.state == CandidateState.OFFERED, Window.state == WindowState.OPEN)
    return list(db.session.scalars(statement.where(*waiting).order_by(Candidate.id)))


def kind_name(candidate: Candidate) -> str:
    """What may be had, by its name in the pack."""
    window = candidate.list.window
    return policy.pack(window.scheme_version).kind(window.voucher_kind).name


def decision_of(candidate: Candidate) -> Decision:
    """The answer of the rules as it was computed for the list, made again from the facts it kept."""
    version = candidate.list.window.scheme_version
    compiled = policy.compiled(version)
    raw = {**candidate.facts, **candidate.beside}
    facts = {name: compiled.vocabulary[name].read(value) for name, value in raw.items()}
    day = candidate.list.decided_on
    if day is None:
        raise NotFound("the list is not computed yet")
    return decide(compiled, candidate.list.window.voucher_kind, facts, on=day)


def register_of(candidate: Candidate) -> dict[str, Any]:
    """What an application takes over from the register: the facts, the register's name and its day."""
    found = candidate.list
    return {
        "facts": dict(candidate.facts),
        "register": f"{found.source}（{found.as_of}）",
        "at": day_of(found).isoformat(),
        "candidate": candidate.public_id,
    }


def day_of(found: CandidateList) -> datetime:
    """The instant from which a register's values count as known: the end of its day, in Beijing."""
    return datetime.combine(found.as_of, time.max, tzinfo=BEIJING)


def windows(actor: Actor, *, on: date) -> list[Window]:
    """Open windows of kinds that are matched automatically, within the officer's reach."""
    statement = (
        select(Window)
        .options(joinedload(Window.scheme), joinedload(Window.scheme_version))
        .where(Window.state == WindowState.OPEN, reaches_scheme(Window.scheme_id, actor, on=on))
        .order_by(Window.id.desc())
    )
    return [one for one in db.session.scalars(statement) if is_automatic(one)]


def is_automatic(window: Window) -> bool:
    """Whether the pack wants the cases of a window found by the authority."""
    intake = policy.pack(window.scheme_version).process.intake(window.voucher_kind)
    return intake is not None and intake.track == "automatic"


def enterprises_by_uscc(numbers: Collection[str]) -> dict[str, Enterprise]:
    """The registered enterprises among these numbers."""
    wanted, found = sorted(numbers), {}
    for start in range(0, len(wanted), _PORTION):
        statement = select(Enterprise).join(Organisation).where(Organisation.uscc.in_(wanted[start : start + _PORTION]))
        found.update({str(one.organisation.uscc): one for one in db.session.scalars(statement)})
    return found


def known_of(enterprise: Enterprise | None, version: SchemeVersion, case: CaseKey, *, on: date) -> dict[str, SeenFact]:
    """What the rules may look at for an enterprise on a register, whether or not it has an account."""
    if enterprise is None:
        return applications.facts_of_stranger(version, case, on=on)
    return applications.known_facts(enterprise, version, case, answers={}, on=on)


def reason_words(compiled: CompiledPack, row: CandidateRow) -> str:
    """Why a candidate does not qualify yet, in the words of the pack."""
    rules = {rule.id: rule.say for rule in compiled.pack.rules()}
    words = compiled.vocabulary
    told = [rules.get(key) or (words[key].label if key in words else key) for key in row.reasons]
    return str(_("；")).join(of_plan(compiled.pack, one) for one in told)


def due_lists(on: date, most: int) -> list[str]:
    """Released lists whose last day to answer has passed."""
    statement = select(CandidateList.public_id).where(
        CandidateList.state == ListState.RELEASED, CandidateList.expires_on < on
    )
    return list(db.session.scalars(statement.order_by(CandidateList.id).limit(most)))


def _own(organisation_id: int | None) -> Any:
    number = select(Organisation.uscc).where(Organisation.id == organisation_id).scalar_subquery()
    return (
        select(Candidate)
        .join(CandidateList, CandidateList.id == Candidate.list_id)
        .where(Candidate.uscc == number, Candidate.state != CandidateState.FOUND)
    )


def _found(candidate: Candidate | None, public_id: str) -> Candidate:
    if candidate is None:
        raise NotFound(f"candidate {public_id}")
    return candidate
