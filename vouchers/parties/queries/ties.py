"""关联关系: how two organisations hang together, by holders, by the people who act for them, by accounts."""

from collections import deque
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import BindParameter, ColumnElement, bindparam, exists, or_, select

from vouchers.accounts.models import Person
from vouchers.db.base import db
from vouchers.db.writing import send
from vouchers.parties.models import BankAccount, Conflict, ControlLink, Mandate, Organisation
from vouchers.parties.queries.organisations import organisation
from vouchers.parties.states import MandateKind, Tie

_FURTHEST = 6  # links in a chain of holdings; recorded chains end long before

Node = tuple[str, int]
_OF_PERSON: BindParameter[int] = bindparam("person_id")
_MAY_BE_TIED = select(
    or_(
        exists().where(Mandate.person_id == _OF_PERSON),
        exists().where(ControlLink.holder_person_id == _OF_PERSON),
        exists().where(Conflict.person_id == _OF_PERSON),
    )
)


def relation_between(org_a: int, org_b: int, *, on: date) -> list[str]:
    """The names on the way from one organisation to the other when they are related on this day; else nothing.

    Related are two that share an account or somebody who acts for both, and those joined by holdings, of any share:
    how much makes a tie is for the scheme to say, the path shows it. An agency acts for many and ties nobody.
    """
    first, last = organisation(org_a).name, organisation(org_b).name
    if org_a == org_b:
        return [first, last]
    between = _shared_person(org_a, org_b, on=on) or _shared_account(org_a, org_b, on=on)
    if between:
        return [first, between, last]
    path = _holding_path(("organisation", org_a), ("organisation", org_b), on=on)
    return [_name(node) for node in path]


def may_be_tied(person_id: int) -> bool:
    """Whether a person has, or ever had, anything that could tie them to some organisation; most officers have not."""
    return bool(send(_MAY_BE_TIED, {"person_id": person_id}).scalar_one())


def ties_of_person(person_id: int, organisation_id: int, *, on: date, former_days: int) -> list[Tie]:
    """What ties a person to an organisation on a day: acting for it now or lately, holding it, a link, their own word.

    `former_days` is how long after leaving one still counts; the authority sets it, here it has no value of its own.
    """
    now, before = _organisations_of(person_id, on=on, since=on), set[int]()
    if former_days:
        before = _organisations_of(person_id, on=on, since=on - timedelta(days=former_days)) - now
    ties = [Tie.MEMBER] if organisation_id in now else [Tie.FORMER] if organisation_id in before else []
    if _holding_path(("person", person_id), ("organisation", organisation_id), on=on):
        ties.append(Tie.HOLDER)
    others = sorted((now | before) - {organisation_id})
    if not ties and any(relation_between(one, organisation_id, on=on) for one in others):
        ties.append(Tie.LINKED)
    own = (Conflict.person_id == person_id, Conflict.organisation_id == organisation_id)
    if db.session.scalar(select(Conflict.id).where(*own)) is not None:
        ties.append(Tie.DECLARED)
    return ties


def _organisations_of(person_id: int, *, on: date, since: date) -> set[int]:
    """The organisations a person acts for on a day, or acted for on some day since another."""
    statement = select(Mandate.organisation_id).where(
        Mandate.person_id == person_id,
        Mandate.valid_from <= on,
        or_(Mandate.valid_until.is_(None), Mandate.valid_until >= since),
    )
    return set(db.session.scalars(statement))


def controller_of(organisation_id: int, *, on: date) -> str:
    """The public id of who controls an organisation in the end: a person, another organisation, or itself."""
    own, seen = organisation(organisation_id), {organisation_id}
    while True:
        link = db.session.scalar(
            select(ControlLink)
            .where(ControlLink.organisation_id == own.id, ControlLink.is_controller.is_(True), *_link_holds(on))
            .order_by(ControlLink.share_bp.desc(), ControlLink.id)
            .limit(1)
        )
        if link is None or link.holder_organisation_id in seen:
            return own.public_id
        if link.holder_organisation_id is None:
            person = db.session.scalar(select(Person.public_id).where(Person.id == link.holder_person_id))
            return person or own.public_id
        seen.add(link.holder_organisation_id)
        own = organisation(link.holder_organisation_id)


def _shared_person(org_a: int, org_b: int, *, on: date) -> str:
    shared = _people(org_a, on=on) & _people(org_b, on=on)
    return _name(("person", min(shared))) if shared else ""


def _people(organisation_id: int, *, on: date) -> set[int]:
    statement = select(Mandate.person_id).where(
        Mandate.organisation_id == organisation_id,
        Mandate.kind != MandateKind.AGENCY,
        Mandate.valid_from <= on,
        or_(Mandate.valid_until.is_(None), Mandate.valid_until >= on),
    )
    return set(db.session.scalars(statement))


def _shared_account(org_a: int, org_b: int, *, on: date) -> str:
    numbers = select(BankAccount.number_index).where(BankAccount.organisation_id == org_b, *_account_holds(on))
    tail = db.session.scalar(
        select(BankAccount.number_tail).where(
            BankAccount.organisation_id == org_a, BankAccount.number_index.in_(numbers), *_account_holds(on)
        )
    )
    return f"尾号 {tail} 的账户" if tail else ""


def _holding_path(start: Node, goal: Node, *, on: date) -> list[Node]:
    """The shortest chain of holdings between two organisations, in either direction."""
    came: dict[Node, Node] = {}
    waiting: deque[tuple[Node, int]] = deque([(start, 0)])
    while waiting:
        node, far = waiting.popleft()
        if node == goal:
            return _way_back(start, goal, came)
        if far < _FURTHEST:
            for other in _joined(node, on=on):
                if other != start and other not in came:
                    came[other] = node
                    waiting.append((other, far + 1))
    return []


def _way_back(start: Node, goal: Node, came: dict[Node, Node]) -> list[Node]:
    path = [goal]
    while path[-1] != start:
        path.append(came[path[-1]])
    return path[::-1]


def _joined(node: Node, *, on: date) -> Iterator[Node]:
    kind, key = node
    holder = ControlLink.holder_person_id if kind == "person" else ControlLink.holder_organisation_id
    mine = holder == key if kind == "person" else or_(holder == key, ControlLink.organisation_id == key)
    for link in db.session.scalars(select(ControlLink).where(mine, *_link_holds(on)).order_by(ControlLink.id)):
        yield ("organisation", link.organisation_id)
        if link.holder_person_id is not None:
            yield ("person", link.holder_person_id)
        if link.holder_organisation_id is not None:
            yield ("organisation", link.holder_organisation_id)


def _name(node: Node) -> str:
    kind, key = node
    statement = select(Person.name).where(Person.id == key)
    if kind == "organisation":
        statement = select(Organisation.name).where(Organisation.id == key)
    return db.session.scalar(statement) or ""


def _link_holds(on: date) -> tuple[ColumnElement[bool], ...]:
    return ControlLink.valid_from <= on, or_(ControlLink.valid_until.is_(None), ControlLink.valid_until >= on)


def _account_holds(on: date) -> tuple[ColumnElement[bool], ...]:
    return BankAccount.valid_from <= on, or_(BankAccount.valid_until.is_(None), BankAccount.valid_until >= on)
