"""Markup, template code and style in every text that people write: shown as text on pages, in files and on paper."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import fields, replace
from html import escape
from pathlib import Path
from typing import Any

import pypdf
import pytest
from sqlalchemy import String, Text, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from tests.certificates.test_paper import PAPER
from tests.hostile.crowd import VISITOR, Crowd
from tests.hostile.test_files import listening
from tests.hostile.test_sending import OWN
from tests.hostile.walk import Walk
from tests.pages import read_page
from vouchers.certificates.paper import render_certificate
from vouchers.db.base import Base, db
from vouchers.documents.pdf import pdf_from_html

MARK = "<b id=x9>\"'{{7*7}}{%x%}%(n)s{0.__class__}${y}</b>"
WRITTEN = escape(MARK)
_UNTOUCHED = frozenset({"audit_events", "sign_in_sessions", "jobs"})


@pytest.fixture
def marked(crowd: Crowd) -> Iterator[set[str]]:
    """The demonstration with the mark behind every text in Chinese that the tables let be changed; put back after."""
    file = Path(str(make_url(crowd.app.config["SETTINGS"].database_url).database))
    with crowd.app.app_context():
        db.session.remove()
        db.engine.dispose()
    shutil.copyfile(file, file.with_suffix(".kept"))
    with crowd.app.app_context():
        changed = {f"{table}.{column}" for table, column in _mark_texts()}
        db.session.remove()
        db.engine.dispose()
    yield changed
    with crowd.app.app_context():
        db.session.remove()
        db.engine.dispose()
    for part in ("-wal", "-shm"):
        file.with_name(file.name + part).unlink(missing_ok=True)
    shutil.copyfile(file.with_suffix(".kept"), file)


def test_what_people_wrote_is_shown_as_text_everywhere(walked: Walk, crowd: Crowd, marked: set[str]) -> None:
    addresses = [(role, one) for by_role in walked.examples.values() for role, one in by_role.items()]
    answers = [(f"{role} {address}", crowd.get(role, address)) for role, address in addresses]

    assert len(marked) > 20, marked
    assert not [where for where, answer in answers if answer.status_code >= 500]
    pages = [(where, answer.text) for where, answer in answers if answer.mimetype == "text/html"]
    assert not [where for where, page in pages if "<b id=x9>" in page]
    assert (
        len([where for where, page in pages if WRITTEN.replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page])
        > 40
    )
    sheets = [answer.get_data() for _, answer in answers if answer.mimetype == "text/csv"]
    assert any(MARK.replace('"', '""').encode() in sheet for sheet in sheets)


def test_a_workbook_holds_markup_as_text(walked: Walk, crowd: Crowd, marked: set[str]) -> None:
    role = next(iter(walked.examples["issuance_office.export_vouchers"]))

    answer = crowd.get(role, "/office/vouchers/export.xlsx")

    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<b id=x9>" not in sheet
    assert "&lt;b id=x9&gt;" in sheet
    assert "<f>" not in sheet


def test_what_is_typed_into_any_form_comes_back_as_text(walked: Walk, crowd: Crowd) -> None:
    """Every form that pages offer, each text field of it filled with markup; most are refused and shown again."""
    back, raw, faults = 0, [], []
    for endpoint, by_role in walked.examples.items():
        role, address = next(iter(by_role.items()))
        if role != VISITOR and endpoint.startswith("accounts_"):
            continue  # one's own password and sessions: the others still need them
        reply = crowd.get(role, address)
        if reply.mimetype != "text/html" or b'method="post"' not in reply.data:
            continue
        page = read_page(reply.text, path=address, headers=dict(reply.headers))
        for form in page.forms:
            typed = {e.get("name") for e in page.tree.iter() if _is_text(e.tag, e.get("type"))}
            filled = dict.fromkeys(form.names & {str(name) for name in typed}, MARK)
            if form.method != "post" or not filled:
                continue
            answer = crowd.browser(role).post(form.action, data={**form.values, **filled}, headers=OWN, buffered=True)
            back += escape("<b id=x9>") in answer.text
            if "<b id=x9>" in answer.text:
                raw.append(f"{role} {form.action}")
            if answer.status_code >= 500:
                faults.append(f"{role} {form.action}")

    assert not raw
    assert not faults
    assert back > 15


MARKUP = (
    "<img src={canary}/i>",
    "<style>@import '{canary}/c'</style>",
    "<link rel=attachment href={canary}/a>",
    "<p style='background:url({canary}/b)'>",
    "<object data={canary}/o>",
    "{{{{7*7}}}}{{% x %}}",
)


def test_markup_on_a_certificate_is_ink() -> None:
    """Every text of the paper, one after the other another markup: nobody is called, nothing is attached."""
    texts = [
        one.name for one in fields(PAPER) if isinstance(getattr(PAPER, one.name), str) and one.name != "verify_url"
    ]
    with listening() as (canary, calls):
        short = canary.removeprefix("http:")
        marks = [mark.format(canary=short) for mark in MARKUP]
        for turn in range(2):
            hostile: dict[str, Any] = {name: marks[(place + turn * 3) % len(marks)] for place, name in enumerate(texts)}
            hostile |= {"tier": "<b>", "kind": "<i>", "document_number": "<u>", "window": "{{7*7}}"}
            paper = replace(PAPER, **hostile, terms=((marks[0], marks[1]), (marks[2], marks[5])))
            document = pypdf.PdfReader(io.BytesIO(render_certificate(paper, pdf_from_html)))
            printed = "".join(page.extract_text() for page in document.pages).replace("\n", "")
            assert "<img" in printed
            assert "{{7*7}}" in printed
            assert "49" not in printed.replace(paper.digest, "").split("内容摘要")[0].replace(PAPER.pack_hash[:16], "")
            assert document.attachments == {}
            assert b"/EmbeddedFile" not in render_certificate(paper, pdf_from_html)

    assert calls == []


def _mark_texts() -> Iterator[tuple[str, str]]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns if table.name not in _UNTOUCHED else ():
            if type(column.type) not in {String, Text} or column.name.endswith(("_key", "_hash", "code")):
                continue
            found = db.session.scalars(select(column).where(column.is_not(None))).all()
            if not any("\u4e00" <= character <= "\u9fff" for one in found for character in str(one)[:20]):
                continue
            try:
                with db.session.begin_nested():
                    db.session.execute(update(table).values({column.name: column + MARK}))
            except DatabaseError:
                continue  # rows of memory: nobody can write there, whatever they wish to write
            yield table.name, column.name
    db.session.commit()


def _is_text(tag: object, kind: str | None) -> bool:
    return tag == "textarea" or (tag == "input" and kind in {None, "text", "tel", "search", "email"})
