"""Uploads made to harm: none is kept, none costs more than it may, nobody is called, nothing is left behind."""

import io
import json
import resource
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdf
import pytest
from PIL import Image

from tests.hostile import SIEGE
from tests.hostile.corpus import HONEST_PDF, Bad, all_files, lzw_zeros, metadata, pdf_of, stream
from vouchers.documents.pdf import pdf_from_html
from vouchers.files.contents.looking import looked_through
from vouchers.files.rules import DOCUMENT_KINDS, IMPORT_KINDS, Upload, clean_name, inspect
from vouchers.kernel.errors import RuleViolation
from vouchers.redemption.invoices.specimen import Specimen, SpecimenLine, bureau_xml

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "siege-files.json"
ALL_KINDS = DOCUMENT_KINDS | IMPORT_KINDS
MOST_CPU, MOST_MEMORY = 5.0, 512 * 1024  # seconds; kilobytes
EVERY = 1 if SIEGE else 6


def kept(name: str, content: bytes) -> bytes | None:
    """What would be stored of an upload; None when it is refused, with at least one sentence that says why."""
    inspection = inspect(Upload(name, content), ALL_KINDS, field="file")
    findings, found = inspection.findings, None
    if inspection.kind is not None:
        try:
            found = looked_through(content, inspection.kind, field="file")
        except RuleViolation as violation:
            findings = violation.findings
    assert (found is None) == bool(findings)
    assert all(finding.text and finding.field == "file" for finding in findings)
    return found


def test_no_malicious_file_is_kept_and_none_costs_too_much(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with listening() as (canary, calls):
        corpus = all_files(canary)
        threads = threading.active_count()
        accepted, costs = [], []
        for bad in corpus[::EVERY]:
            before, begun = _children(), time.monotonic()
            if kept(bad.name, bad.content) is not None:
                accepted.append(bad.what)
            costs.append((_children() - before, time.monotonic() - begun, bad.what))

    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert len(corpus) >= 300
    assert len({bad.what for bad in corpus}) == len(corpus)
    assert not accepted
    assert not calls
    assert max(costs)[0] <= MOST_CPU + 0.5, max(costs)
    assert memory <= MOST_MEMORY or not SIEGE  # beside other tests it may be another test's child that is this large
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() <= threads
    if SIEGE:
        _note(corpus, costs, memory)


def test_what_nobody_here_unpacks_harms_nobody() -> None:
    """E07: entities in the metadata of a PDF, and 175 MiB of LZW in a picture: neither read nor fetched."""
    with listening() as (canary, calls):
        papers = [pdf_of(metadata(canary)), pdf_of(stream(b"/Subtype/Image/Filter/LZWDecode", lzw_zeros(25)))]
        before = _children()
        for paper in papers:
            assert kept("合同.pdf", paper) == paper
        cost = _children() - before

    assert cost < MOST_CPU
    assert not calls


@pytest.mark.parametrize("kind", ["utf-8", "gb18030", "utf-16"])
def test_an_honest_invoice_is_kept_as_it_is(kind: str) -> None:
    text = _invoice().decode().replace("UTF-8", kind)

    assert kept("发票.xml", text.encode(kind)) == text.encode(kind)


def test_honest_papers_are_kept_as_they_are() -> None:
    drawn = pdf_from_html(
        "<html lang=zh><body><p>存档 <a href='https://example.org/'>链接</a></p></body></html>", sheets=()
    )

    for content in (HONEST_PDF, drawn, _with_data(drawn), _compressed(drawn)):
        assert kept("合同.pdf", content) == content


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", "jpg"), ("PNG", "png")])
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "CMYK", "RGBA", "1"])
def test_a_picture_is_kept_upright_without_what_hides_in_it(kind: str, suffix: str, mode: str) -> None:
    if (kind, mode) in {("PNG", "CMYK"), ("JPEG", "RGBA"), ("JPEG", "P")}:
        mode = "RGB"
    picture, exif, out = Image.effect_noise((60, 30), 50).convert(mode), Image.Exif(), io.BytesIO()
    exif[0x0112], exif[0x010E], exif[0x013B] = 6, "机密说明", "张三"
    exif.get_ifd(0x8825)[1] = "N"
    picture.save(out, kind, exif=exif)
    given = out.getvalue() + b"secret behind the end"

    content = kept(f"照片.{suffix}", given)

    assert content is not None
    with Image.open(io.BytesIO(content)) as again:
        assert again.size == (30, 60)
        assert dict(again.getexif()) == {}
        assert set(again.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for hidden in (b"secret", b"Exif", "机密".encode(), "张三".encode()):
        assert hidden not in content


HOSTILE_NAMES = (
    *(
        "../../etc/passwd.pdf",
        "..\\..\\x.pdf",
        "/etc/x.pdf",
        "C:\\x.pdf",
        "a\x00.pdf",
        "a\r\nX: y.pdf",
        "CON.pdf",
        "nul.pdf",
    ),
    *("a" * 300 + ".pdf", "發" * 300 + ".pdf", " .pdf", ".pdf", "...pdf", "a.pdf ", "a.pdf.", "\u202efdp.exe.pdf"),
    *(
        'a";x="b.pdf',
        "<b>.pdf",
        "a|b?.pdf",
        "💣" * 100 + ".pdf",
        "\ud800.pdf",
        "a\u2028b.pdf",
        "%00.pdf",
        "~root.pdf",
        "-rf.pdf",
    ),
)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_shown_name_is_one_short_harmless_line(name: str) -> None:
    shown = clean_name(name)

    assert 0 < len(shown) <= 120
    assert shown.isprintable()
    assert not set(shown) & set('/\\<>:"|?*;')
    assert not shown.startswith((".", " "))
    assert shown.split(".")[0].lower() not in {"con", "nul", "prn", "aux"}
    shown.encode()


def test_a_parser_in_the_child_cannot_call_anybody() -> None:
    from vouchers.files import sandbox  # noqa: PLC0415

    with listening() as (canary, calls), pytest.raises(RuleViolation):
        sandbox.run("tests.files.hostile:call_home", canary.rpartition(":")[2].encode())

    assert not calls


@contextmanager
def listening() -> Iterator[tuple[str, list[object]]]:
    """An address on loopback, and whoever called it."""
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as canary:
        listener = threading.Thread(target=_take, args=(canary, calls), daemon=True)
        listener.start()
        yield f"http://127.0.0.1:{canary.getsockname()[1]}", calls
        canary.shutdown(socket.SHUT_RDWR)
        listener.join(5)


def _take(canary: socket.socket, calls: list[object]) -> None:
    while True:
        try:
            line, caller = canary.accept()
        except OSError:
            return
        line.close()
        calls.append(caller)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _invoice() -> bytes:
    from datetime import date  # noqa: PLC0415

    from vouchers.redemption.invoices.invoice import Party  # noqa: PLC0415

    seller, buyer = Party("91350100M000100Y43", "甲公司"), Party("91500103MAYAN0001A", "乙公司")
    return bureau_xml(Specimen(1, date(2026, 3, 1), seller, buyer, (SpecimenLine("算力", 10_000, 600),)))


def _with_data(paper: bytes) -> bytes:
    """A PDF as electronic vouchers come: with their data attached as XML."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper))
    writer.add_attachment("inv_ord_issuer.xml", b'<?xml version="1.0"?><xbrl/>')
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _compressed(paper: bytes) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper))
    for page in writer.pages:
        page.compress_content_streams()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _note(corpus: list[Bad], costs: list[tuple[float, float, str]], memory: int) -> None:
    cpu = sorted(cost[0] for cost in costs)
    figures = {
        "files": len(corpus),
        "accepted": 0,
        "calls_out": 0,
        "child_cpu_seconds": {"median": round(cpu[len(cpu) // 2], 3), "worst": round(cpu[-1], 3), "on": max(costs)[2]},
        "child_memory_mib_worst": round(memory / 1024, 1),
        "limits": {"cpu_seconds": MOST_CPU, "memory_mib": MOST_MEMORY // 1024},
    }
    RESULTS.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
