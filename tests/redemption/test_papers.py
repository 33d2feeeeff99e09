"""Papers that a pack asks for with a claim, beside invoice, delivery and own share."""

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from tests.factories.accounts import make_user, sign_in
from tests.factories.parties import pdf_bytes
from tests.factories.redemption import EARLY, MAKER, Stage, as_typed, make_stage, new_claim
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.rules import Upload
from vouchers.files.services import Received, receive
from vouchers.kernel.errors import RuleViolation
from vouchers.redemption import display, queries, services, verify
from vouchers.redemption.models import Claim, ClaimPaper

OWN_SHARE = "  - id: own-share\n    name: 自付部分付款凭证\n"
FURTHER = """  - id: usage-log
    name: 用量明细
    say: 平台导出的逐日用量
    of: provider
    at: redemption
    required: true
    formats: [pdf]
    provenance: local
  - id: large-contract
    name: 大额合同公证书
    say: 合同不含税金额一百万元以上的要公证
    of: enterprise
    at: redemption
    required: true
    when: {contract_net: {at_least: 1000000 元}}
    formats: [pdf]
    provenance: local
  - id: photo
    name: 现场照片
    say: 有的可以附上
    of: provider
    at: redemption
    required: false
    formats: [jpeg]
    provenance: local
"""


@pytest.fixture
def stage(app: Flask) -> Stage:
    return make_stage(changes=((OWN_SHARE, FURTHER + OWN_SHARE),))


def paper(text: str) -> Received:
    return receive(Upload("用量.pdf", pdf_bytes() + f"%{text}\n%%EOF\n".encode()))


def submit(stage: Stage, at: datetime, **papers: Received) -> Claim:
    asked = replace(new_claim(stage), papers={name.replace("_", "-"): one for name, one in papers.items()})
    with transaction():
        return services.submit_claim(asked, actor=stage.provider, at=at)


@pytest.mark.database
def test_a_claim_without_a_paper_that_the_pack_asks_for_is_refused_and_says_which(stage: Stage, noon: datetime) -> None:
    with pytest.raises(RuleViolation) as refused:
        submit(stage, noon)

    (finding,) = refused.value.findings
    assert (finding.code, finding.params["name"]) == ("paper.usage-log", "用量明细")
    assert "上传" in finding.way


@pytest.mark.database
def test_a_claim_with_the_paper_is_checked_and_the_paper_belongs_to_its_evidence(stage: Stage, noon: datetime) -> None:
    claim = submit(stage, noon, usage_log=paper("一月"))
    before = list(verify.findings())
    with transaction():
        db.session.execute(update(ClaimPaper).values(requirement="photo"))
        audit.record("test", Subject("claim", claim.public_id), actor=MAKER, at=noon)

    assert [check["code"] for check in claim.checks if check["code"].startswith("paper.")] == ["paper.usage-log"]
    assert before == []
    assert [invariant for invariant, *_ in verify.findings()] == ["INV-28"]


@pytest.mark.database
def test_a_newer_paper_takes_the_place_of_an_older_one(stage: Stage, noon: datetime) -> None:
    first, second = paper("旧"), paper("新")
    asked = replace(new_claim(stage), papers={"usage-log": first})
    with transaction():
        claim = services.draft_claim(asked, actor=stage.provider, at=noon)
    again = replace(asked, invoice=None, delivery=None, proofs=(), papers={"usage-log": second})
    with transaction():
        claim = services.revise_claim(claim.public_id, again, actor=stage.provider, at=noon)
    with transaction():
        claim = services.submit_draft(claim.public_id, actor=stage.provider, at=noon)

    assert [(name, file.sha256) for name, file in display.further_papers_of(claim)] == [("用量明细", second.sha256)]
    assert len(claim.papers) == 2
    assert list(verify.findings()) == []


def test_a_paper_that_the_pack_does_not_ask_for_is_refused(stage: Stage, noon: datetime) -> None:
    with pytest.raises(RuleViolation) as refused:
        submit(stage, noon, usage_log=paper("一"), lease=paper("二"))

    assert [finding.code for finding in refused.value.findings] == ["claim.paper_unasked"]


def test_a_provider_hands_the_paper_in_on_the_page_and_the_office_opens_it(
    client: PageClient, stage: Stage, clock: Path
) -> None:
    person = make_user(Role.PROVIDER_FINANCE, at=EARLY, organisation_id=stage.provider_organisation_id)
    sign_in(client, person)
    form = f"/provider/claims/new/{stage.order}"
    client.get(form)
    assert client.page is not None
    told = client.page.text

    answer = client.submit(as_typed(stage), form=form)
    client.get(answer.location)
    missing = client.page.text
    revision = f"{answer.location}/revise"
    client.get(revision)
    wrong = client.submit({"paper_0": (io.BytesIO(b"\xff\xd8\xff\xe0" + b"0" * 64), "用量.jpg")}, form=revision)
    refused = (wrong.status_code, client.page.text)
    client.submit({"paper_0": (io.BytesIO(pdf_bytes() + b"%3\n%%EOF\n"), "用量.pdf")}, form=revision)
    client.get(answer.location)

    assert "用量明细" in told
    assert "平台导出的逐日用量" in told
    assert "大额合同公证书" in told
    assert "还缺“用量明细”" in missing
    assert refused[0] == 422
    assert "已提交“用量明细”" in client.page.text
    (file,) = queries.get(answer.location.rsplit("/", 1)[-1]).papers_now.values()
    assert f"/files/{file.public_id}" in client.page.links()
