"""A window that the pack keeps to a list: who stands on it applies, who does not is told why."""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from tests.factories.applications import make_applicant, make_draft, make_ground
from tests.factories.enterprises import PASSWORD
from tests.pages import PageClient
from tests.policy.packs import PACK
from vouchers.applications import queries, services
from vouchers.applications.services import NewDraft
from vouchers.applications.states import ApplicationState as S
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, command
from vouchers.kernel.errors import RuleViolation
from vouchers.parties.services import rename
from vouchers.policy.loader import LoadedPack, load_text

LIST = """lists:
  - id: first-movers
    say: 首批试点单位
    provenance: local
    items:
      first: 渝中测试科技1有限公司
"""
INTAKE = """  intakes:
    - id: for-the-listed
      say: 首批只受理名单内单位
      kinds: [compute]
      opens: yearly
      whitelist: first-movers
      track: reviewed
      provenance: local
  notice:
"""


@pytest.fixture(scope="module")
def kept() -> LoadedPack:
    """The shipped pack with its compute windows kept to one name."""
    text = PACK.read_text(encoding="utf-8").replace("lists:\n", LIST, 1).replace("  notice:\n", INTAKE, 1)
    return load_text(text, "pack.yaml", beside=PACK.parent)


def renamed(applicant: Actor, name: str, at: datetime) -> None:
    assert applicant.organisation_id is not None
    with transaction():
        rename(applicant.organisation_id, name, actor=command("register"), at=at)


def test_the_pack_is_carried_out_whole(kept: LoadedPack) -> None:
    assert [finding.message for finding in kept.not_yet] == []


@pytest.mark.database
def test_a_unit_that_is_not_on_the_list_starts_nothing(app: Flask, kept: LoadedPack, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=kept)
    stranger = make_applicant(2, at=noon)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.start(NewDraft(ground.window), actor=stranger, at=noon)

    [finding] = refused.value.findings
    assert finding.code == "not-on-the-list"
    assert finding.text.startswith("这个窗口只受理名单“首批试点单位”内的单位。")
    assert finding.clause


@pytest.mark.database
def test_a_listed_unit_applies_also_under_its_new_name(app: Flask, kept: LoadedPack, noon: datetime) -> None:
    ground = make_ground(at=noon, loaded=kept)
    applicant = make_applicant(1, at=noon)
    renamed(applicant, "渝中新名科技有限公司", noon)

    draft = make_draft(ground, applicant, at=noon)
    with transaction():
        services.hand_over(draft.public_id, seen_version=draft.version, actor=applicant, at=noon)

    assert queries.get(draft.public_id).state is S.TO_CONFIRM


@pytest.mark.parametrize("page", ["/enterprise/eligibility", "/enterprise/windows/{window}"])
def test_the_pages_say_so_before_anything_is_typed(
    client: PageClient, clock: Any, kept: LoadedPack, noon: datetime, page: str
) -> None:
    ground = make_ground(at=noon, loaded=kept)
    make_applicant(2, at=noon)
    client.get("/sign-in")
    client.submit({"sign_in": "qiye2", "password": PASSWORD}, form="/sign-in")

    client.get(page.format(window=ground.window))

    assert client.page is not None
    assert "这个窗口只受理名单“首批试点单位”内的单位。" in client.page.text
