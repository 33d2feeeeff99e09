from dataclasses import replace
from datetime import date
from io import BytesIO

import pypdf
import pypdfium2  # type: ignore[import-untyped]  # no stubs exist
import pytest
import zxingcpp

from vouchers.certificates.paper import CertificatePaper, render_certificate, undrawable
from vouchers.documents.pdf import pdf_from_html

PAPER = CertificatePaper(
    number="YZSLQ-2026-000318-7",
    code="ABCD-EFGH-JKMN",
    issuing_office="重庆市渝中区大数据发展局",
    holder="重庆澜图智能科技有限公司",
    uscc="91350100M000100Y43",
    kind="算力券",
    tier="第三档",
    face_value=514_000_00,
    valid_from=date(2026, 3, 2),
    valid_until=date(2026, 12, 31),
    document_number="渝中数发〔2026〕12 号",
    window="2026 年度第一批",
    clause_source="《实施细则》第九条",
    clause_quote="按照不超过合同金额百分之四十给予支持。",
    pack="yuzhong-2025，第 1 版",
    pack_hash="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    issued_on=date(2026, 3, 2),
    verify_url="https://suanli.example.gov.cn/verify/YZSLQ-2026-000318-7",
    contact="业务咨询：0000-00000000",
    terms=(("用途", "向入库服务商租用智能算力"), ("使用方式", "可分次使用；不可转让")),
    head="第 1204 条　3b9d52c1 7f08e4a6　2026年3月1日签署",
)


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages]


def test_everything_stands_on_one_page() -> None:
    [page] = pages_of(render_certificate(PAPER, pdf_from_html))

    for text in (
        "YZSLQ-2026-000318-7",
        "ABCD-EFGH-JKMN",
        "重庆澜图智能科技有限公司",
        "伍拾壹万肆仟元整",
        "¥514,000.00",
    ):
        assert text in page
    for text in (
        "2026年3月2日至2026年12月31日",
        "按照不超过合同金额百分之四十给予支持。",
        "渝中数发〔2026〕12 号",
        PAPER.digest[:8],
        "3b9d52c1 7f08e4a6",
    ):
        assert text in page


def test_the_same_certificate_gives_the_same_bytes() -> None:
    assert render_certificate(PAPER, pdf_from_html) == render_certificate(PAPER, pdf_from_html)


def test_the_code_on_paper_leads_to_the_public_check() -> None:
    pdf = pypdfium2.PdfDocument(render_certificate(PAPER, pdf_from_html))
    picture = pdf[0].render(scale=3).to_pil()

    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [PAPER.verify_url]


def test_any_changed_fact_changes_the_digest() -> None:
    changed = [
        replace(PAPER, face_value=1),
        replace(PAPER, valid_until=date(2027, 1, 1)),
        replace(PAPER, holder="别家"),
    ]

    assert len({PAPER.digest, *(paper.digest for paper in changed)}) == 4


def test_markup_in_a_name_is_printed_as_text() -> None:
    paper = replace(PAPER, holder="<b>甲</b><img src=http://127.0.0.1/x>公司")

    [page] = pages_of(render_certificate(paper, pdf_from_html))

    assert "<b>甲</b><img src=http://127.0.0.1/x>公司" in page.replace("\n", "")


def test_long_names_and_clauses_still_make_one_page() -> None:
    paper = replace(
        PAPER, holder="重庆" + "镕喆堃犇赟䶮㛃" * 8, clause_quote="给予支持。" * 400, face_value=9_876_543_210_12
    )

    [page] = pages_of(render_certificate(paper, pdf_from_html))

    assert "……" in page
    assert "䶮㛃" in page


def test_a_demonstration_is_marked_as_such() -> None:
    [page] = pages_of(render_certificate(replace(PAPER, mark="演示，不具效力"), pdf_from_html))

    assert "演示，不具效力" in page


def test_a_certificate_that_cannot_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        render_certificate(replace(PAPER, holder="甲" * 900), pdf_from_html)


def test_characters_without_a_shape_are_named_before_issue() -> None:
    assert undrawable(PAPER) == ""
    assert undrawable(replace(PAPER, holder="甲\ue001公司")) == "\ue001"
