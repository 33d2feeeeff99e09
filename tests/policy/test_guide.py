"""The guides: both forms say the same, every rule is there with its clause, and nothing is made up."""

import os
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.table import Table as DocxTable
from docx.text.paragraph import Paragraph
from flask import Flask

from tests.pages import Page, read_page
from tests.policy.packs import PACK, changed, compiled
from tests.policy.test_commands import run
from vouchers.policy.guide.applying import applying_guide
from vouchers.policy.guide.blocks import SILENT, Guide, Line, Lines, Table, Text, section, texts
from vouchers.policy.guide.document import as_docx
from vouchers.policy.guide.page import as_html
from vouchers.policy.guide.service import service_guide
from vouchers.policy.loader import load_pack
from vouchers.policy.pack.clauses import Provenance
from vouchers.policy.rules.compiled import CompiledPack

Maker = Callable[[CompiledPack], Guide]
MAKERS = [applying_guide, service_guide]
IS_FULL = os.environ.get("SIEGE") == "full"
EVERY_PACK = sorted(PACK.parent.glob("*.yaml"))
PACKS = EVERY_PACK if IS_FULL else [PACK, *EVERY_PACK[::5]]
SERVICE = ("设定依据", "受理条件", "申请材料", "办理流程", "办理期限", "收费", "咨询方式", "监督和投诉")
APPLYING = (
    "谁可以申领",
    "可以得到多少",
    "算例",
    "申报材料",
    "什么时候申报",
    "怎样申报",
    "审查什么",
    "公示和异议",
    "咨询",
)


def page_of(guide: Guide) -> Page:
    """The page as the page reader reads it; its one style sheet set apart."""
    html = as_html(guide)
    assert html.count("<style>") == 1
    bare = re.sub(r"<style>.*?</style>\n", "", html, flags=re.DOTALL)
    return read_page(bare, path=guide.title, headers={"Content-Security-Policy": "default-src 'none'"})


def words_of_document(body: bytes) -> str:
    """Every word of a document in the order of reading."""
    document = Document(BytesIO(body))
    parts: list[str] = []
    for block in document.iter_inner_content():
        parts += [block.text] if isinstance(block, Paragraph) else _cells(block)
    return "\n".join(parts)


def _cells(table: DocxTable) -> Iterator[str]:
    return (cell.text for row in table.rows for cell in row.cells)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def said_by_document(guide: Guide) -> str:
    """The document's words without what only leads the eye: numbers of lines, labels, brackets of marks."""
    text = re.sub(r"^\d+\.\t", "", words_of_document(as_docx(guide)), flags=re.MULTILINE)
    return squeezed(re.sub(r"^(依据|说明)　|［|］", "", text, flags=re.MULTILINE))


@pytest.mark.parametrize("make", MAKERS, ids=["applying", "service"])
@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_page_and_document_say_word_for_word_the_same(path: Path, make: Maker) -> None:
    pack = load_pack(path).compiled
    assert pack is not None
    guide = make(pack)
    whole = squeezed("".join(texts(guide)))

    assert squeezed(page_of(guide).text) == squeezed(guide.name) + whole
    assert said_by_document(guide) == whole


def test_every_rule_that_concerns_applicants_stands_in_their_guide_with_its_clause_and_mark() -> None:
    pack, text = compiled().pack, squeezed(page_of(applying_guide(compiled())).text)
    concerned = (
        *pack.kinds,
        *pack.applicants,
        *pack.spending,
        *pack.amount.rules()[:-1],
        *pack.voucher,
        *pack.recovery,
    )

    for rule in concerned:
        assert squeezed(rule.say) in text, rule.id
        if rule.cite and rule.cite.quotation:
            quoted = rule.cite.quotation.replace("“", "‘").replace("”", "’")
            assert squeezed(f"{rule.cite.article}：“{quoted}”") in text, rule.id
        if rule.provenance is Provenance.LOCAL:
            assert re.search(re.escape(squeezed(rule.say)) + r"[^“]{0,80}?本地设定", text), rule.id


@pytest.mark.parametrize(("make", "titles"), [(applying_guide, APPLYING), (service_guide, SERVICE)])
def test_a_guide_has_the_sections_that_people_look_for_in_order(make: Maker, titles: tuple[str, ...]) -> None:
    found = [one.title for one in make(compiled()).sections]

    assert [title for title in found if title in titles] == list(titles)


def test_what_the_pack_does_not_say_is_said_not_to_be_said() -> None:
    service = {one.title: one.blocks for one in service_guide(compiled()).sections}
    applying = {one.title: one.blocks for one in applying_guide(compiled()).sections}

    silent = (Text(SILENT, is_quiet=True),)
    assert service["收费"] == service["监督和投诉"] == service["办理方式和地点"] == silent
    assert applying["钱不够时给谁"] == silent
    assert "联系方式：方案未作规定" in page_of(service_guide(compiled())).text
    assert "窗口的起止日期：方案未作规定" in page_of(applying_guide(compiled())).text


def test_what_the_pack_says_takes_the_place_of_the_silence() -> None:
    objection = {
        "id": "objection",
        "say": "公示期内书面提出，10 个工作日内答复",
        "lodge_within": 5,
        "answer_within": 10,
    }
    pack = changed(
        lambda data: (
            data["process"].update(objection={**objection, "provenance": "local"}),
            data["authority"].update(contact="电话 12345"),
        )
    )

    text = page_of(service_guide(pack)).text

    assert "公示期内书面提出，10 个工作日内答复" in text
    assert "联系方式：电话 12345" in text


def test_worked_examples_come_from_the_cases_and_end_in_their_amounts() -> None:
    blocks = next(one.blocks for one in applying_guide(compiled()).sections if one.title == "算例")
    tables = [block for block in blocks if isinstance(block, Table)]

    assert len(tables) == 4
    says = {case.say: case.then.amount for case in compiled().pack.cases}
    for table in tables:
        kind, _, say = table.caption.partition("：")
        assert kind in {"算力券", "模型券"}
        assert says[say]
    assert tables[0].rows[-1] == ("可申领（结果舍去不足 1 元的部分）", "¥25,000.00")
    assert any("（由本项决定）" in row[0] for row in tables[1].rows)


def test_documents_are_named_with_what_they_prove_and_their_formats() -> None:
    blocks = next(one.blocks for one in service_guide(compiled()).sections if one.title == "申请材料")
    table = next(block for block in blocks if isinstance(block, Table))

    assert [row[0] for row in table.rows] == ["营业执照", "企业规模证明", "服务需求说明", "经营场所证明"]
    assert table.rows[0][2:5] == ("登记地、登记状态、行业代码（GB/T 4754-2017）", "必须", "PDF、OFD、PNG、JPEG")
    assert table.rows[3][3] == "视情况"


def test_a_starting_point_warns_and_an_operative_scheme_does_not() -> None:
    operative = changed(lambda data: data.update(status="operative"))

    assert "起步方案" in applying_guide(compiled()).warning
    assert not applying_guide(operative).warning


def test_text_of_a_pack_is_text_and_never_markup() -> None:
    pack = changed(lambda data: data["applicants"][0].update(say="小于 <b>20</b> 人 & 其他"))

    assert "小于 <b>20</b> 人 & 其他" in page_of(applying_guide(pack)).text
    assert "<b>20</b>" not in as_html(applying_guide(pack))
    assert "小于 <b>20</b> 人 & 其他" in words_of_document(as_docx(applying_guide(pack)))


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    html = as_html(applying_guide(compiled()))

    assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import|http", html)
    assert "@media print" in html
    assert "@page" in html


def test_the_same_pack_gives_the_same_page_and_the_same_words() -> None:
    guide = applying_guide(compiled())

    assert as_html(guide) == as_html(applying_guide(compiled()))
    assert Document(BytesIO(as_docx(guide))).core_properties.title == guide.title


def test_an_empty_section_is_never_left_empty() -> None:
    assert section("空", Lines(()), Table(("甲",), ()), None).blocks == (Text(SILENT, is_quiet=True),)
    assert section("有", Lines((Line("一"),))).blocks == (Lines((Line("一"),)),)


def test_the_command_writes_what_it_is_asked_for(app: Flask, tmp_path: Path) -> None:
    both = run(app, "guide", "yuzhong-2025", "--to", str(tmp_path / "both"))
    html = run(app, "guide", str(PACK), "--to", str(tmp_path / "html"), "--format", "html")
    wrong = run(app, "guide", str(tmp_path / "none.yaml"))

    assert (both.exit_code, html.exit_code, wrong.exit_code) == (0, 0, 1)
    names = {f"yuzhong-2025-{name}" for name in ("申报指南", "办事指南")}
    assert {path.name for path in (tmp_path / "both").iterdir()} == {
        f"{n}.{e}" for n in names for e in ("html", "docx")
    }
    assert {path.name for path in (tmp_path / "html").iterdir()} == {f"{name}.html" for name in names}
