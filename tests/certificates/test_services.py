"""A certificate is made once, kept to the byte, and checked by anybody."""

import json
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pypdf
import pypdfium2  # type: ignore[import-untyped]  # no stubs exist
import pytest
import zxingcpp
from flask import Flask

from tests.factories.issuance import Held, make_held
from tests.pages import PageClient
from tests.races import together
from vouchers.audit import heads
from vouchers.audit import queries as audit
from vouchers.certificates import queries, services, verify
from vouchers.certificates.models import Certificate
from vouchers.certificates.states import Standing
from vouchers.certificates.work import render
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files import queries as files
from vouchers.files.store import current_store
from vouchers.issuance import queries as vouchers
from vouchers.issuance import services as issuance
from vouchers.jobs.worker import run_due
from vouchers.kernel.actor import Actor, job
from vouchers.kernel.errors import NotFound

DAY = date(2026, 3, 18)


@pytest.fixture
def held(app: Flask, noon: datetime) -> Held:
    return make_held(at=noon)


def made(app: Flask, held: Held, at: datetime) -> Certificate:
    run_due(app, at=at)
    db.session.rollback()  # the jobs had a session of their own
    certificate = queries.of_voucher(vouchers.get(held.voucher).id)
    assert certificate is not None
    return certificate


def paper(certificate: Certificate) -> bytes:
    assert certificate.file is not None
    return files.content_of(certificate.file)


@pytest.mark.database
def test_issuing_leads_to_one_paper_with_number_code_and_amount(app: Flask, held: Held, noon: datetime) -> None:
    certificate = made(app, held, noon)

    [page] = [one.extract_text() for one in pypdf.PdfReader(BytesIO(paper(certificate))).pages]
    assert certificate.number == "PZ01-2026-00001"
    for text in (
        certificate.number,
        "叁万元零壹分",
        "¥30,000.01",
        "渝中测试科技1有限公司",
        "渝中数〔2026〕12号",
        "入门级",
    ):
        assert text in page
    acts = [event.act for event in audit.history_of("certificate", certificate.public_id)]
    assert acts == ["certificate.order", "certificate.make"]
    assert list(verify.findings()) == []


def test_the_qr_code_leads_to_the_public_check(app: Flask, held: Held, noon: datetime) -> None:
    certificate = made(app, held, noon)

    picture = pypdfium2.PdfDocument(paper(certificate))[0].render(scale=3).to_pil()

    [code] = zxingcpp.read_barcodes(picture)
    assert code.text == f"http://localhost/verify/{certificate.token}"
    assert len(certificate.token) == 24


def test_the_paper_says_how_far_the_chain_was_signed_when_it_was_made(app: Flask, held: Held, noon: datetime) -> None:
    settings, seq, own_hash = app.config["SETTINGS"], *audit.head()
    heads.keep(heads.sign(seq, own_hash, settings, at=noon), settings)

    [page] = [one.extract_text() for one in pypdf.PdfReader(BytesIO(paper(made(app, held, noon)))).pages]

    assert f"第 {seq} 条" in page
    assert f"{own_hash[:8]} {own_hash[8:16]}" in page
    assert "2026年3月18日签署" in page


def test_a_second_order_or_rendering_changes_nothing(app: Flask, held: Held, noon: datetime) -> None:
    first = made(app, held, noon)
    before = (first.number, first.token, first.sha256)
    later = noon + timedelta(days=1)

    with transaction():
        services.order(held.voucher, actor=job("again"), at=later)
    again = render({"voucher": held.voucher})
    run_due(app, at=later)
    db.session.rollback()

    after = queries.of_voucher(vouchers.get(held.voucher).id)
    assert again is None
    assert after is not None
    assert (after.number, after.token, after.sha256) == before


@pytest.mark.database
def test_two_orders_at_once_make_one_certificate(app: Flask, held: Held, noon: datetime) -> None:
    def ask() -> str:
        with transaction():
            return services.order(held.voucher, actor=job("x"), at=noon).number

    numbers = together(app, [ask, ask])

    assert numbers == ["PZ01-2026-00001"] * 2


def test_a_paper_kept_twice_is_the_first_one(app: Flask, held: Held, actor: Actor, noon: datetime) -> None:
    with transaction():
        services.order(held.voucher, actor=actor, at=noon)
    drawn = render({"voucher": held.voucher})
    assert drawn is not None
    for _ in range(2):
        with transaction():
            services.keep_paper(held.voucher, drawn, actor=actor, at=noon)

    certificate = queries.lock_of_voucher(held.voucher)

    assert certificate.sha256 == drawn.sha256
    assert len(files.list_own(vouchers.get(held.voucher).enterprise.organisation_id)) == 1


def test_the_same_bytes_match_and_an_altered_byte_does_not(app: Flask, held: Held, noon: datetime) -> None:
    content = paper(made(app, held, noon))
    altered = content[:-1] + bytes([content[-1] ^ 1])

    found = queries.verify_bytes(content, on=DAY)

    assert found.standing is Standing.VALID
    with pytest.raises(NotFound):
        queries.verify_bytes(altered, on=DAY)


def test_the_check_follows_the_voucher(app: Flask, held: Held, noon: datetime) -> None:
    token = made(app, held, noon).token
    officer = held.ground.officer("decider")
    seen = [queries.verify(token, on=DAY - timedelta(days=1)), queries.verify(token, on=DAY)]
    with transaction():
        issuance.freeze(held.voucher, "核查", actor=officer, at=noon)
    seen.append(queries.verify(token, on=DAY))
    seen.append(queries.verify(token, on=date(2026, 9, 18)))
    with transaction():
        issuance.void(held.voucher, "作废", actor=officer, at=noon)
    seen.append(queries.verify(token, on=DAY))

    assert [one.standing for one in seen] == [
        Standing.NOT_YET,
        Standing.VALID,
        Standing.FROZEN,
        Standing.EXPIRED,
        Standing.VOID,
    ]


def test_number_and_code_are_found_however_they_are_typed(app: Flask, held: Held, noon: datetime) -> None:
    certificate = made(app, held, noon)
    code = vouchers.get(held.voucher).code

    found = [
        queries.verify_typed(text, on=DAY)
        for text in ("pz 01 2026 00001", f"{code[:4]}-{code[4:8]} {code[8:]}".lower())
    ]

    assert {one.token for one in found} == {certificate.token}
    with pytest.raises(NotFound):
        queries.verify_typed("PZ01-2026-00002", on=DAY)


def test_verify_names_a_paper_whose_bytes_were_changed(app: Flask, held: Held, noon: datetime) -> None:
    certificate = made(app, held, noon)
    path = current_store().path(certificate.sha256)
    path.write_bytes(path.read_bytes() + b"x")

    [found] = verify.findings()

    assert found[:2] == ("INV-53", "certificates/PZ01-2026-00001")


@pytest.mark.usefixtures("clock")
def test_the_command_tells_the_paper_from_a_changed_one(app: Flask, held: Held, noon: datetime, tmp_path: Path) -> None:
    right, wrong = tmp_path / "right.pdf", tmp_path / "wrong.pdf"
    content = paper(made(app, held, noon))
    right.write_bytes(content)
    wrong.write_bytes(content + b" ")
    runner = app.test_cli_runner()

    good = runner.invoke(args=["certificate", "verify", str(right), "--json"])
    bad = runner.invoke(args=["certificate", "verify", str(wrong)])

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert json.loads(good.output)["number"] == "PZ01-2026-00001"
    assert "都不一致" in bad.output


@pytest.mark.usefixtures("clock")
def test_anybody_checks_by_number_and_learns_nothing_else(
    app: Flask, client: PageClient, held: Held, noon: datetime
) -> None:
    made(app, held, noon)
    client.get("/verify")

    answer = client.submit({"number": "PZ01-2026-00001"}, form="/verify/")

    assert client.page is not None
    assert answer.status_code == 200
    for text in ("有效", "算力券", "渝中测试科技1有限公司", "2026-03-18"):
        assert text in client.page.text
    for private in ("30,000.01", vouchers.get(held.voucher).code, held.holder.name):
        assert private not in client.page.text


@pytest.mark.usefixtures("clock")
def test_the_page_of_a_qr_code_compares_a_file(app: Flask, client: PageClient, held: Held, noon: datetime) -> None:
    certificate = made(app, held, noon)
    content, page = paper(certificate), f"/verify/{certificate.token}"

    client.get(page)
    client.submit({"file": (BytesIO(content), "凭证.pdf")}, form=page)
    same = client.page.text if client.page else ""
    client.submit({"file": (BytesIO(content[:-2] + b"!!"), "凭证.pdf")}, form=page)
    changed = client.page.text if client.page else ""

    assert "文件一致。" in same
    assert "文件不一致。" in changed


@pytest.mark.usefixtures("clock")
def test_the_public_form_says_what_is_missing_or_unknown(app: Flask, client: PageClient) -> None:
    client.get("/verify")
    empty = client.submit(form="/verify/")
    client.submit({"number": "PZ01-2026-09999"}, form="/verify/")
    unknown = client.page.text if client.page else ""
    client.submit({"file": (BytesIO(b"%PDF-1.7"), "x.pdf")}, form="/verify/")
    stranger = client.page.text if client.page else ""

    assert empty.status_code == 422
    assert "没有找到这份凭证" in unknown
    assert "文件不一致" in stranger
    assert client.get("/verify/no-such-token").status_code == 404


@pytest.mark.usefixtures("clock")
def test_numbers_cannot_be_tried_out_by_the_hundred(app: Flask, client: PageClient) -> None:
    answers = [client.get("/verify/guess").status_code for _ in range(61)]

    assert set(answers[:60]) == {404}
    assert answers[60] == 429


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("ABCDEFGHJKMN", "券码校验位不符"),
        ("PZ01-2026-0001", "凭证编号应像 PZ01-2026-00042"),
        ("PZ01-2026-99999", "请核对编号或券码是否抄写正确"),
    ],
)
def test_a_misread_number_is_told_what_looks_wrong(app: Flask, client: PageClient, typed: str, told: str) -> None:
    client.get("/verify/")

    client.submit({"number": typed}, form="/verify/")

    assert client.page is not None
    assert told in client.page.text
