import socket
import threading
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from jinja2 import UndefinedError
from weasyprint.urls import FatalURLFetchingError

from vouchers.documents.filling import fill
from vouchers.documents.fonts import fonts_state, missing_characters
from vouchers.documents.pdf import pdf_from_html
from vouchers.documents.qr import qr_png

SHEETS = ("layouts/letter.css",)


def paper(body: str) -> str:
    return f'<html lang="zh-CN"><head><title>样张</title></head><body>{body}</body></html>'


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)


def test_the_same_paper_gives_the_same_bytes() -> None:
    html = paper("<h1>渝中区算力券</h1><img src='asset:qr.png'>")
    assets = {"qr.png": qr_png("https://example.org/verify/1")}

    first, second = (pdf_from_html(html, sheets=SHEETS, assets=assets) for _ in range(2))

    assert first == second


def test_chinese_text_can_be_read_back() -> None:
    pdf = pdf_from_html(paper("<p>重庆市渝中区 镕喆堃犇赟 㐂 ¥1,234.56</p>"), sheets=SHEETS)

    assert "渝中区 镕喆堃犇赟 㐂 ¥1,234.56" in text_of(pdf)


def test_papers_are_written_for_archives() -> None:
    pdf = pdf_from_html(paper("<p>存档</p>"), sheets=SHEETS)

    assert b"pdfaid" in _metadata_of(pdf)
    assert pypdf.PdfReader(BytesIO(pdf)).attachments == {}


def _metadata_of(pdf: bytes) -> bytes:
    stream = pypdf.PdfReader(BytesIO(pdf)).root_object["/Metadata"].get_object()
    assert isinstance(stream, pypdf.generic.StreamObject)
    return stream.get_data()


def test_long_papers_break_into_pages() -> None:
    pdf = pdf_from_html(paper("<p>一段话</p>" * 120), sheets=SHEETS)

    assert len(pypdf.PdfReader(BytesIO(pdf)).pages) > 1


@pytest.mark.parametrize(
    "markup",
    [
        "<img src='file:///etc/passwd'>",
        "<img src='http://127.0.0.1:{port}/x.png'>",
        "<link rel=stylesheet href='http://127.0.0.1:{port}/x.css'>",
        "<style>@import url(http://127.0.0.1:{port}/x.css);</style>",
        "<style>p {{ background: url(http://127.0.0.1:{port}/x.png) }}</style><p>x</p>",
        "<link rel=attachment href='file:///etc/hostname'>",
        "<img src='data:image/svg+xml,<svg/>'>",
        "<img src='asset:../secret_key'>",
    ],
)
def test_a_paper_reaches_neither_network_nor_files(markup: str) -> None:
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.2)
        listener = threading.Thread(target=_count_calls, args=(canary, calls))
        listener.start()

        with pytest.raises(FatalURLFetchingError):
            pdf_from_html(paper(markup.format(port=canary.getsockname()[1])), sheets=SHEETS)
        listener.join()

    assert calls == []


def _count_calls(canary: socket.socket, calls: list[object]) -> None:
    try:
        calls.append(canary.accept())
    except TimeoutError:
        return


def test_a_template_escapes_values_and_refuses_missing_ones() -> None:
    with pytest.raises(UndefinedError):
        fill("certificates/print/certificate.html", {})


def test_the_state_of_fonts_names_a_problem_or_none() -> None:
    state = fonts_state()

    assert state.files
    assert state.is_good == (state.is_static_truetype and state.has_subsetter)


def test_without_the_static_font_papers_fall_back_and_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("vouchers.documents.fonts._folders", lambda: (tmp_path,))

    state = fonts_state()

    assert not state.is_static_truetype
    assert state.problem


def test_characters_that_no_font_draws_are_named() -> None:
    assert missing_characters("重庆 镕喆\ue123公司\ue123") == "\ue123"
