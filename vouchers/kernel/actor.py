"""Who acts: what services receive instead of a signed-in user."""

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    """What kind of hand an act was done by."""

    USER = "user"
    API_KEY = "api_key"
    JOB = "job"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Actor:
    """A hand that acts. `person_id` is the natural person behind a user; jobs and commands have none."""

    kind: ActorKind
    name: str
    role: str = ""
    user_id: int | None = None
    person_id: int | None = None
    office_id: int | None = None
    organisation_id: int | None = None
    permissions: frozenset[str] = field(default_factory=frozenset)
    request_id: str = ""
    address: str = ""

    def may(self, permission: str) -> bool:
        """Whether the actor holds this permission.

        >>> Actor(ActorKind.USER, "王", permissions=frozenset({"case:accept"})).may("case:accept")
        True
        """
        return permission in self.permissions


def job(name: str) -> Actor:
    """A background job as an actor."""
    return Actor(ActorKind.JOB, name, role="job")


def command(name: str) -> Actor:
    """A command-line act as an actor."""
    return Actor(ActorKind.COMMAND, name, role="command")
