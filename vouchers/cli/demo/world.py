"""What the stories share while they are told: who acts, and what was made so far, by the names of the cast."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from vouchers.accounts import queries
from vouchers.accounts.models import User
from vouchers.accounts.permissions import ROLES
from vouchers.cli.demo.timeline import Days
from vouchers.db.base import db
from vouchers.kernel.actor import Actor, ActorKind, command, job

LOADER = command("flask demo load")
DAILY = job("daily")
VISITOR = Actor(ActorKind.USER, "访客", role="visitor")


@dataclass(slots=True)
class World:
    """The state of the telling. Keys are those of the cast; values are public ids unless said otherwise."""

    days: Days
    today: date
    actors: dict[str, Actor] = field(default_factory=dict)  # by sign-in
    offices: dict[str, int] = field(default_factory=dict)  # numeric ids
    organisations: dict[str, int] = field(default_factory=dict)  # numeric ids
    scheme_id: int = 0
    version: str = ""
    windows: dict[tuple[int, str], str] = field(default_factory=dict)  # by round and voucher kind
    offerings: dict[str, str] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    vouchers: dict[str, str] = field(default_factory=dict)
    buyers: dict[str, str] = field(default_factory=dict)  # keys of enterprises, by case
    orders: dict[str, str] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    batches: dict[str, str] = field(default_factory=dict)
    invoices: int = 0

    def know(self, sign_in: str, on: date) -> None:
        """Remember somebody as services know them when they act."""
        self.actors[sign_in] = actor_named(sign_in, on)


def actor_named(sign_in: str, on: date) -> Actor:
    """Somebody as services know them, by the first appointment that holds on a day."""
    user = db.session.execute(select(User).where(User.sign_in == sign_in)).scalar_one()
    post = queries.posts_of(user.id, on=on)[0]
    return Actor(
        ActorKind.USER,
        user.person.name,
        role=post.role.value,
        user_id=user.id,
        person_id=user.person_id,
        office_id=post.office_id,
        organisation_id=post.organisation_id,
        permissions=frozenset(ROLES[post.role]),
    )
