"""The terms of objections as the pack states them: until when, answered by when; where it is silent, said so."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories.accounts import sign_in
from tests.factories.applications import Ground, make_applicant, make_ground
from tests.factories.notices import make_noticed
from tests.pages import PageClient
from tests.policy.packs import edited
from vouchers.audit import queries as audit
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, ActorKind
from vouchers.kernel.errors import RuleViolation
from vouchers.notices import queries
from vouchers.notices.services import NewObjection, Resolution, lodge_objection, resolve

VISITOR = Actor(ActorKind.USER, "访客", role="visitor")
STATED = edited(
    "  notice:\n    id: public-notice\n",
    """  objection:
    id: objection-terms
    say: 公示之日起 3 个工作日内提出，5 个工作日内答复
    lodge_within: 3
    answer_within: 5
    provenance: local
  notice:
    id: public-notice
""",
)
LAST, LATE, DUE = timedelta(days=5), timedelta(days=6), timedelta(days=7)  # noon is a Wednesday


def noticed(loaded: Any, noon: datetime) -> tuple[Ground, str]:
    """A case on notice; the public id of its entry."""
    ground = make_ground(at=noon, loaded=loaded)
    make_noticed(ground, make_applicant(at=noon), at=noon)
    [entry] = queries.entries_of(queries.get(queries.published({}).rows[0].public_id).id)
    return ground, entry.public_id


def lodged(entry: str, at: datetime) -> str:
    with transaction():
        return lodge_objection(NewObjection(entry, "没有实际经营场所"), actor=VISITOR, at=at).public_id


@pytest.mark.database
def test_an_objection_is_taken_on_the_last_day_of_the_packs_term_and_not_after(app: Flask, noon: datetime) -> None:
    _, entry = noticed(STATED, noon)

    with pytest.raises(RuleViolation, match="按本方案，异议应在 2026-03-23 前") as refused:
        lodged(entry, noon + LATE)

    assert refused.value.findings[0].clause
    assert lodged(entry, noon + LAST)


@pytest.mark.database
def test_where_the_pack_is_silent_the_notice_is_the_term(app: Flask, noon: datetime) -> None:
    _, entry = noticed(None, noon)

    assert lodged(entry, noon + LATE)


@pytest.mark.database
def test_a_late_answer_is_taken_and_said_to_be_late(app: Flask, noon: datetime) -> None:
    ground, entry = noticed(STATED, noon)
    objection = lodged(entry, noon)

    with transaction():
        version = queries.get_objection(objection).version
        answer = Resolution(upholds=False, text="经实地核实", seen_version=version)
        resolve(objection, answer, actor=ground.officer("acceptor"), at=noon + DUE + timedelta(days=1))

    lodge, settle = audit.history_of("objection", objection)
    assert lodge.details["due"] == "2026-03-25"
    assert settle.details == {"due": "2026-03-25", "late": True}


@pytest.mark.parametrize(
    ("loaded", "lodging", "answering"),
    [
        (STATED, "提出期限：2026-03-23（含当日）。", "答复期限：2026-03-25（含当日）。"),
        (None, "本地设定：方案没有规定异议期限", "本地设定：方案没有规定答复期限"),
    ],
)
def test_the_pages_say_the_terms_and_whose_they_are(
    client: PageClient, clock: Any, noon: datetime, loaded: Any, lodging: str, answering: str
) -> None:
    ground, entry = noticed(loaded, noon)
    client.get(f"/notices/entries/{entry}/object")
    assert client.page is not None
    assert lodging in client.page.text
    objection = lodged(entry, noon)
    sign_in(client, ground.officers["acceptor"])

    client.get(f"/office/objections/{objection}")

    assert client.page is not None
    assert answering in client.page.text
