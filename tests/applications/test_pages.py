"""An enterprise applies by hand: looks, fills in, uploads, confirms, watches."""

import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.accounts import sign_in as sign_in_as
from tests.factories.applications import Ground, make_applicant, make_draft, make_ground, make_submitted
from tests.factories.enterprises import PASSWORD
from tests.factories.parties import pdf_bytes
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.applications import queries, tasklist
from vouchers.applications.rules import AskedDocument
from vouchers.applications.states import ApplicationState as S
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.models import StoredFile
from vouchers.files.states import ArchiveClass, FileKind
from vouchers.review import services as review
from vouchers.review.services import Correction


@pytest.fixture
def ground(app: Flask, clock: Path, noon: datetime) -> Ground:
    return make_ground(at=noon)


def sign_in(client: PageClient, name: str) -> None:
    client.get("/sign-in")
    answer = client.submit({"sign_in": name, "password": PASSWORD}, form="/sign-in")
    assert answer.status_code == 303, client.page and client.page.text


def upload(client: PageClient, address: str, name: str) -> None:
    client.get(address)
    answer = client.submit({"file": (BytesIO(pdf_bytes() + name.encode()), f"{name}.pdf")}, form=address)
    assert answer.status_code == 303, client.page and client.page.text


def test_an_enterprise_applies_from_the_first_look_to_the_receipt(
    client: PageClient, ground: Ground, noon: datetime
) -> None:
    make_applicant(at=noon)
    sign_in(client, "qiye1")

    client.get("/enterprise/eligibility")
    assert client.page
    assert "算力券" in client.page.text
    assert client.get(f"/enterprise/windows/{ground.window}").status_code == 200
    case = client.submit(form=f"/enterprise/windows/{ground.window}").location
    client.get(f"{case}/sections/need")
    assert client.submit({"fact_planned_net": "80000"}, form=f"{case}/sections/need").status_code == 303
    client.get(f"{case}/sections/support")
    client.submit({"fact_other_support_contract": "0"}, form=f"{case}/sections/support")
    for paper in ("licence", "size-proof", "need-statement"):
        upload(client, f"{case}/documents/{paper}", paper)
    client.get(case)
    assert "¥30,000.00" in client.page.text
    client.get(f"{case}/submit")
    assert client.submit(form=f"{case}/submit").status_code == 303
    client.get(case)

    assert "待受理" in client.page.text
    assert client.get(f"{case}/receipt").status_code == 200
    assert "qiye1" not in client.page.text


def test_a_stranger_gets_not_found_on_every_page_of_a_case(client: PageClient, ground: Ground, noon: datetime) -> None:
    case = make_submitted(ground, make_applicant(at=noon), at=noon).public_id
    make_applicant(2, at=noon)
    sign_in(client, "qiye2")
    pages = ["", "/sections/need", "/documents/licence", "/submit", "/withdraw", "/receipt"]

    answers = [client.get(f"/enterprise/applications/{case}{page}").status_code for page in pages]

    client.get("/enterprise/applications")
    assert answers == [404] * len(pages)
    assert client.page
    assert case not in " ".join(client.page.links())


def test_in_a_correction_only_what_was_named_is_open(client: PageClient, ground: Ground, noon: datetime) -> None:
    case = make_submitted(ground, make_applicant(at=noon), at=noon)
    with transaction():
        ask = Correction(("planned_net",), "预计服务费用与需求说明不一致。", case.version)
        review.ask_correction(case.public_id, ask, actor=ground.officer("acceptor"), at=noon)
    address = f"/enterprise/applications/{case.public_id}"
    sign_in(client, "qiye1")

    client.get(address)
    assert client.page
    shown, links = client.page.text, client.page.links()
    client.get(f"{address}/sections/need")
    old = client.page.text
    client.submit({"fact_planned_net": "60000"}, form=f"{address}/sections/need")
    client.get(f"{address}/submit")
    client.submit(form=f"{address}/submit")

    assert "预计服务费用与需求说明不一致" in shown
    assert f"{address}/sections/need" in links
    assert not [link for link in links if "/documents/" in link or link.endswith("/sections/organisation")]
    assert "上次提交：¥80,000.00" in old
    db.session.rollback()
    back = queries.get(case.public_id)
    assert (back.state, back.computed) == (S.SUBMITTED, 2_700_000)


def test_a_handler_hands_over_and_the_representative_confirms(
    app: Flask, client: PageClient, ground: Ground, noon: datetime
) -> None:
    representative = make_applicant(at=noon)
    handler = make_user(Role.HANDLER, at=noon, organisation_id=representative.organisation_id)
    draft = make_draft(ground, representative, at=noon).public_id
    address = f"/enterprise/applications/{draft}/submit"
    sign_in_as(client, handler)

    client.get(address)
    client.submit(form=address)
    client.get(address)
    assert client.page
    told = client.page.text
    db.session.rollback()
    between = queries.get(draft).state
    other = PageClient(app)
    sign_in(other, "qiye1")
    other.get(address)
    other.submit(form=address)

    db.session.rollback()
    assert between is S.TO_CONFIRM
    assert "须由法定代表人或持有授权委托书的人登录后在本页确认" in told
    assert queries.get(draft).state is S.SUBMITTED


def test_a_second_tab_does_not_overwrite_the_first(client: PageClient, ground: Ground, noon: datetime) -> None:
    case = make_draft(ground, make_applicant(at=noon), at=noon).public_id
    address = f"/enterprise/applications/{case}/sections/need"
    sign_in(client, "qiye1")
    client.get(address)
    assert client.page
    stale = client.page

    first = client.submit({"fact_planned_net": "60000"}, form=address).status_code
    client.page = stale
    second = client.submit({"fact_planned_net": "70000"}, form=address).status_code
    told, saved = client.page.text, queries.get(case).answers["planned_net"]
    third = client.submit(form=address).status_code

    assert (first, second, third) == (303, 409, 303)
    assert "另一人已先保存了修改" in told
    assert "现在保存的是：60000.00" in told
    assert (saved, queries.get(case).answers["planned_net"]) == ("60000.00", "70000.00")


def test_wrong_values_are_told_beside_their_fields(client: PageClient, ground: Ground, noon: datetime) -> None:
    case = make_draft(ground, make_applicant(at=noon), at=noon).public_id
    address = f"/enterprise/applications/{case}/sections/need"
    sign_in(client, "qiye1")

    client.get(address)
    answer = client.submit({"fact_planned_net": "8万", "fact_green_share": "很多"}, form=address)

    assert answer.status_code == 422
    assert client.page
    assert "错误：有" in client.page.text


def test_a_withdrawn_application_is_over(client: PageClient, ground: Ground, noon: datetime) -> None:
    case = make_submitted(ground, make_applicant(at=noon), at=noon).public_id
    address = f"/enterprise/applications/{case}/withdraw"
    sign_in(client, "qiye1")

    client.get(address)
    client.submit({"reason": "资料有变"}, form=address)
    client.get(address)
    again = client.submit(form=address).status_code

    db.session.rollback()
    assert queries.get(case).state is S.WITHDRAWN
    assert again == 409


def test_owner_and_office_download_the_receipt_of_what_was_confirmed(
    app: Flask, client: PageClient, ground: Ground, noon: datetime
) -> None:
    case = make_submitted(ground, make_applicant(at=noon), at=noon)
    address = f"/enterprise/applications/{case.public_id}/receipt"
    last = queries.last_submission(case)
    assert last
    digest, number = last.hash, case.number
    sign_in(client, "qiye1")
    officer, stranger = PageClient(app), PageClient(app)
    sign_in_as(officer, ground.officers["first"])
    make_applicant(2, at=noon)
    sign_in(stranger, "qiye2")

    client.get(address)
    assert client.page
    assert f"{address}.pdf" in client.page.links()
    paper = client.get(f"{address}.pdf")

    assert paper.mimetype == "application/pdf"
    assert paper.headers["Content-Disposition"].startswith("attachment")
    text = "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(paper.data)).pages).replace("\n", "")
    assert digest in text
    assert "span" not in text
    assert number in text
    assert "计划采购" in text or "80,000" in text
    assert officer.get(f"/office/cases/{case.public_id}/receipt.pdf").data == paper.data
    assert stranger.get(f"{address}.pdf").status_code == 404


def test_a_draft_shows_no_amount_in_the_list_that_its_page_contradicts(
    client: PageClient, ground: Ground, noon: datetime
) -> None:
    make_draft(ground, make_applicant(at=noon), at=noon)
    sign_in(client, "qiye1")

    listed = client.get("/enterprise/applications").get_data(as_text=True)

    assert 'data-label="可申领（元）" class="v-r">—<' in listed


def test_a_wrong_kind_of_file_is_told_the_kinds_of_this_paper(
    client: PageClient, ground: Ground, noon: datetime
) -> None:
    case = make_draft(ground, make_applicant(at=noon), at=noon).public_id
    address = f"/enterprise/applications/{case}/documents/licence"
    sign_in(client, "qiye1")
    client.get(address)

    answer = client.submit({"file": (BytesIO("营业执照".encode()), "营业执照.docx")}, form=address)

    assert answer.status_code == 422
    assert client.page
    assert "请上传 PDF、OFD、PNG 图片、JPEG 图片 文件" in client.page.text
    assert client.page.text.count("本地设定") == 1


@pytest.mark.parametrize(("typed", "status"), [("0.6", 422), ("1", 422), ("60", 303), ("0.6%", 303), ("60.5", 303)])
def test_a_share_that_may_be_meant_otherwise_is_asked_about(
    client: PageClient, ground: Ground, noon: datetime, typed: str, status: int
) -> None:
    case = make_draft(ground, make_applicant(at=noon), at=noon).public_id
    address = f"/enterprise/applications/{case}/sections/need"
    sign_in(client, "qiye1")
    client.get(address)

    assert client.submit({"fact_green_share": typed}, form=address).status_code == status


def test_what_the_system_made_is_not_offered_as_a_paper_handed_in() -> None:
    kept = {"kind": FileKind.PDF, "uploaded_at": datetime(2026, 3, 16, 4, tzinfo=UTC)}
    licence = StoredFile(public_id="a", name="营业执照.pdf", sha256="1", archive_class=ArchiveClass.CASE, **kept)
    ours = StoredFile(public_id="b", name="凭证.pdf", sha256="2", archive_class=ArchiveClass.CERTIFICATE, **kept)
    paper = AskedDocument("licence", "营业执照", "", "", is_required=True, formats=("pdf",), proves=())

    assert tasklist.papers_for_reuse(paper, [licence, ours]) == [("a", "营业执照.pdf（2026-03-16）")]


def test_a_cap_of_a_tier_that_is_not_known_yet_is_not_told_as_nothing(
    client: PageClient, ground: Ground, noon: datetime
) -> None:
    make_applicant(at=noon)
    sign_in(client, "qiye1")

    client.get(f"/enterprise/windows/{ground.window}")

    assert client.page
    text = re.sub(r"\s+", " ", client.page.text)
    assert "入门级" in text  # the cap by tiers
    assert "现在没有适用的数额 —" in text
    assert "未触及 ¥0.00" not in text


def test_in_a_correction_what_nobody_changed_yet_is_not_done(
    client: PageClient, ground: Ground, noon: datetime, clock: Path
) -> None:
    case = make_submitted(ground, make_applicant(at=noon), at=noon)
    with transaction():
        ask = Correction(("planned_net", "licence"), "费用不一致，执照看不清。", case.version)
        review.ask_correction(case.public_id, ask, actor=ground.officer("acceptor"), at=noon)
    clock.write_text("2026-03-18T05:00:00+00:00")
    address = f"/enterprise/applications/{case.public_id}"
    sign_in(client, "qiye1")

    client.get(address)
    assert client.page
    before = client.page.text
    client.get(f"{address}/sections/need")
    client.submit({"fact_planned_net": "60000"}, form=f"{address}/sections/need")
    upload(client, f"{address}/documents/licence", "营业执照（清晰）")
    client.get(address)
    after = client.page.text

    assert "还没有改动：预计服务费用（不含税）" in before
    assert "还没有更换" in before
    assert "还有 2 项没有改动" in before
    assert "（含当日）以前修改" in before
    assert not [words for words in ("还没有改动", "还没有更换", "项没有改动") if words in after]
