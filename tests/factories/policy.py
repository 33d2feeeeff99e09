"""Schemes in force and open windows, made through the real acts."""

from datetime import date, datetime, timedelta
from pathlib import Path

from tests.factories.accounts import Somebody, make_user
from tests.policy.packs import PACK
from tests.worlds import kept
from vouchers.accounts.permissions import ROLES
from vouchers.accounts.states import Role
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.policy import fairness, queries, services
from vouchers.policy.fairness import Answer, Assessment
from vouchers.policy.models import SchemeVersion, Window
from vouchers.policy.services import NewWindow, Signing
from vouchers.policy.states import Conclusion, VersionState

FOR_EVER = date(2999, 12, 31)
REVIEWED = Signing(answer="没有看到原文之处已向主管部门核实。", is_trial=True)
ANSWER = Answer("《公平竞争审查条例》（示例条款）", "资金由本区财政承担，限定本区企业。")


@kept
def policy_officer(*, at: datetime, name: str = "陈策") -> tuple[Somebody, Actor]:
    """A policy officer of the lead office, and the same as an actor."""
    somebody = make_user(Role.POLICY_OFFICER, at=at, name=name)
    return somebody, somebody.actor(Role.POLICY_OFFICER, frozenset(map(str, ROLES[Role.POLICY_OFFICER])))


@kept
def draft(actor: Actor, *, at: datetime, text: str = "") -> str:
    """A draft of the shipped pack; its public id."""
    assert actor.office_id is not None
    content = text or PACK.read_text(encoding="utf-8")
    with transaction():
        version = services.import_pack(content, PACK.name, office_id=actor.office_id, actor=actor, at=at)
        return version.public_id


def assessment(public_id: str, conclusion: Conclusion = Conclusion.MEETS) -> Assessment:
    """A review that answers every pointed item of a version."""
    version = queries.get_version(public_id)
    count = len(fairness.pointed_in(services.load(version.source, version.scheme.pack_id)))
    return Assessment((ANSWER,) * count, conclusion, "已逐条审查，可以出台。")


@kept
def published(drafter: Actor, signer: Actor, *, at: datetime, text: str = "") -> str:
    """A version in force, by two people; its public id."""
    public_id = draft(drafter, at=at, text=text)
    with transaction():
        services.check_version(public_id, actor=drafter, at=at)
        services.review_fairness(public_id, assessment(public_id), actor=drafter, at=at)
        services.sign_version(public_id, REVIEWED, actor=signer, at=at)
        services.publish_version(public_id, actor=signer, at=at)
    return public_id


@kept
def window(version: str | SchemeVersion, actor: Actor, *, at: datetime, kind: str = "compute") -> Window:
    """An open window of thirty days from now."""
    public_id = version if isinstance(version, str) else version.public_id
    new = NewWindow(public_id, kind, "2026年第一批", at - timedelta(hours=1), at + timedelta(days=30))
    with transaction():
        return services.open_window(new, actor=actor, at=at)


@kept
def in_force_whatever_it_says(
    drafter: Actor, signer: Actor, *, at: datetime, file: Path, until: date = FOR_EVER
) -> str:
    """A shipped pack as a version in force at all times, past the gate of publication; its public id.

    Pages must show every rule shape, those too that the product does not carry out yet.
    """
    assert drafter.office_id is not None
    text = file.read_text(encoding="utf-8")
    with transaction():
        version = services.import_pack(text, file.name, office_id=drafter.office_id, actor=drafter, at=at)
        version.state, version.published_at = VersionState.PUBLISHED, at
        version.signed_by_id = signer.person_id
        version.effective_from, version.effective_until = date(2000, 1, 1), until
        return version.public_id
