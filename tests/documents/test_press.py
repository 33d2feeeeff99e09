"""The press: the same bytes as in this process, and what never ends is stopped while the next paper is printed."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from vouchers.documents.pdf import pdf_from_html
from vouchers.documents.press import MOST_HTML, PaperFailed, Press

SHEETS = ("layouts/letter.css",)
ROWS = "<tr><td>一行</td><td>¥1,234.56</td></tr>"


def paper(body: str) -> str:
    return f'<html lang="zh-CN"><head><title>样张</title></head><body>{body}</body></html>'


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    press = Press()
    press.warm_up(SHEETS)
    yield press
    press.stop()


def test_a_paper_is_the_same_wherever_it_is_printed(press: Press) -> None:
    html = paper("<h1>渝中区算力券</h1>")

    assert press.printed(html, sheets=SHEETS) == pdf_from_html(html, sheets=SHEETS)


def test_what_a_paper_may_not_fetch_stops_the_paper_and_not_the_press(press: Press) -> None:
    for address in ("file:///etc/passwd", "http://127.0.0.1:9/x", "asset:../secret_key"):
        with pytest.raises(PaperFailed, match="may not fetch"):
            press.printed(paper(f"<img src='{address}'>"), sheets=SHEETS)

    assert press.printed(paper("<p>下一张</p>"), sheets=SHEETS).startswith(b"%PDF-")


def test_a_paper_that_takes_too_long_is_stopped_and_the_next_one_printed() -> None:
    press = Press(most_seconds=20)
    press.warm_up(SHEETS)
    press._most_seconds = 0.5
    begun = time.monotonic()

    with pytest.raises(PaperFailed, match="too long"):
        press.printed(paper(f"<table>{ROWS * 10_000}</table>"), sheets=SHEETS)

    assert time.monotonic() - begun < 5
    press._most_seconds = 20
    assert press.printed(paper("<p>下一张</p>"), sheets=SHEETS).startswith(b"%PDF-")
    press.stop()


def test_a_paper_of_endless_text_is_not_even_begun(press: Press) -> None:
    with pytest.raises(PaperFailed, match="too large"):
        press.printed(paper("字" * MOST_HTML), sheets=SHEETS)


def test_a_child_that_died_is_replaced(press: Press) -> None:
    press.printed(paper("<p>一</p>"), sheets=SHEETS)
    assert press._child is not None
    press._child.kill()
    press._child.wait()

    assert press.printed(paper("<p>二</p>"), sheets=SHEETS).startswith(b"%PDF-")


def test_a_process_that_serves_pages_has_no_typesetter_in_its_memory() -> None:
    code = (
        "import sys, vouchers.factory as factory; from pkgutil import resolve_name;"
        "[resolve_name(one) for names in (factory.BLUEPRINTS, factory.COMMANDS, factory.JOB_KINDS) for one in names];"
        "print([one for one in ('weasyprint', 'fontTools', 'docx', 'ibis', 'duckdb', 'pygal') if one in sys.modules])"
    )

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603

    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("depth", [30, 1_200])
def test_a_paper_nested_without_end_hurts_nobody_but_itself(press: Press, depth: int) -> None:
    """F02"""
    nested = paper("<div>" * depth + "底" + "</div>" * depth)
    try:
        done = press.printed(nested, sheets=SHEETS)
    except PaperFailed:
        done = b""

    assert done.startswith(b"%PDF-") is (depth < 1_000)
    assert press.printed(paper("<p>下一张</p>"), sheets=SHEETS).startswith(b"%PDF-")
