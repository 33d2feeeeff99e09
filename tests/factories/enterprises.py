"""Applicants for tests."""

from dataclasses import replace
from datetime import datetime

from tests.factories.parties import valid_uscc
from tests.worlds import kept
from vouchers.db.transaction import transaction
from vouchers.enterprises import services
from vouchers.enterprises.services import Declaration, Registered, Registration
from vouchers.kernel.actor import Actor, ActorKind

PASSWORD = "Shan-Gao-Shui-Chang-9"
PROFILE: dict[str, object] = {
    "legal_form": "enterprise",
    "operating_status": "operating",
    "founded_on": "2021-05-20",
    "registered_in": "重庆市渝中区",
    "operates_in": "重庆市渝中区",
    "industry": "I65",
    "headcount": 46,
    "revenue": "12800000.00",
    "assets": "9600000.00",
    "field": "health",
    "honours": ["高新技术企业"],
    "dishonesty": [],
    "penalties": [],
    "safety_accidents": [],
}


def registration(number: int = 1, **changes: object) -> Registration:
    """A complete registration as its legal representative would type it."""
    new = Registration(
        name=f"渝中测试科技{number}有限公司",
        uscc=valid_uscc(number),
        person_name="林知远",
        phone=f"138{number:08d}",
        sign_in=f"qiye{number}",
        password=PASSWORD,
    )
    return replace(new, **changes)  # type: ignore[arg-type]


@kept
def enterprise(number: int = 1, *, at: datetime, **changes: object) -> Registered:
    """A registered applicant with an account; opens its own transaction."""
    with transaction():
        return services.register(registration(number, **changes), actor=VISITOR, at=at)


@kept
def enterprise_with_profile(number: int = 1, *, at: datetime, **facts: object) -> Registered:
    """A registered applicant whose profile is filled: a small software company of the district."""
    registered = enterprise(number, at=at)
    with transaction():
        values = {**PROFILE, **facts}
        services.declare(registered.enterprise.organisation_id, Declaration(values), actor=own_actor(registered), at=at)
    return registered


def own_actor(registered: Registered) -> Actor:
    """The representative of an applicant as services know them."""
    return Actor(
        ActorKind.USER,
        "林知远",
        role="representative",
        user_id=registered.user_id,
        person_id=registered.person_id,
        organisation_id=registered.enterprise.organisation_id,
    )


VISITOR = Actor(ActorKind.USER, "访客", role="visitor")
