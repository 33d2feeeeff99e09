import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vouchers.files.rules import DOCUMENT_KINDS, IMPORT_KINDS, MOST_BYTES, Upload, clean_name, inspect, kind_of
from vouchers.files.states import FileKind

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
XML = '<?xml version="1.0" encoding="UTF-8"?><EInvoice/>'


def archive(*names: str) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return packed.getvalue()


def codes(name: str, content: bytes, allowed: frozenset[FileKind] = DOCUMENT_KINDS) -> list[str]:
    return [finding.code for finding in inspect(Upload(name, content), allowed).findings]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("合同.pdf", PDF, FileKind.PDF),
        ("发票.ofd", archive("OFD.xml", "Doc_0/Document.xml"), FileKind.OFD),
        ("发票.XML", XML.encode(), FileKind.XML),
        ("发票.xml", b"\xef\xbb\xbf" + XML.encode(), FileKind.XML),
        ("发票.xml", XML.encode("utf-16"), FileKind.XML),
        ("照片.png", PNG, FileKind.PNG),
        ("照片.JPEG", b"\xff\xd8\xff\xe0" + bytes(40), FileKind.JPEG),
    ],
)
def test_honest_files_are_known_by_their_bytes(name: str, content: bytes, kind: FileKind) -> None:
    inspection = inspect(Upload(name, content), DOCUMENT_KINDS)

    assert (inspection.kind, inspection.findings) == (kind, ())


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("程序.pdf", b"MZ\x90\x00", "file.kind"),
        ("页面.pdf", b"<html><script>alert(1)</script>", "file.kind"),
        ("图.svg", b"<svg onload=alert(1)>", "file.kind"),
        ("图.eps", b"%!PS-Adobe-3.0 EPSF", "file.kind"),
        ("旧.doc", b"\xd0\xcf\x11\xe0", "file.kind"),
        ("包.ofd", archive("readme.txt"), "file.kind"),
        ("宏.xlsx", archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "file.kind"),
        ("发票.png", PDF, "file.suffix"),
        ("发票", PDF, "file.suffix"),
        ("发票.exe.pdf", PDF, "file.double_suffix"),
        ("发票.pdf", b"%PDF-1.7 <html><script>x</script>\n%%EOF", "file.polyglot"),
        ("发票.pdf", PDF + archive("evil.jar"), "file.polyglot"),
        ("图.png", PNG + archive("evil.jar"), "file.polyglot"),
        ("图.png", PNG + b"<script>x</script>", "file.polyglot"),
        ("页.xml", b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "file.polyglot"),
        ("空.pdf", b"", "file.empty"),
        ("大.pdf", PDF + bytes(MOST_BYTES), "file.too_large"),
    ],
)
def test_dishonest_files_are_refused(name: str, content: bytes, code: str) -> None:
    assert code in codes(name, content)


def test_a_workbook_is_taken_for_imports_only() -> None:
    workbook = archive("[Content_Types].xml", "xl/workbook.xml")

    assert codes("名单.xlsx", workbook) == ["file.kind"]
    assert codes("名单.xlsx", workbook, IMPORT_KINDS) == []


def test_a_refusal_says_what_is_wanted() -> None:
    [finding] = inspect(Upload("a.zip", b"PK\x03\x04"), frozenset({FileKind.XML}), field="invoice").findings

    assert finding.text == "文件“a.zip”的内容不是可接受的格式，请上传 XML 文件。"
    assert finding.field == "invoice"


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\x.pdf ", "x.pdf"),
        ("发票\u202efdp.exe.pdf", "发票fdp.exe.pdf"),
        ("CON.pdf", "文件_CON.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ('a"; rm.pdf', "a__ rm.pdf"),
        ("", "文件"),
        ("....", "文件"),
    ],
)
def test_names_are_cleaned(given_name: str, shown: str) -> None:
    assert clean_name(given_name) == shown


@settings(deadline=None)
@given(st.text(max_size=400))
def test_a_cleaned_name_is_harmless_and_stays_so(name: str) -> None:
    cleaned = clean_name(name)

    assert 0 < len(cleaned) <= 120
    assert not set(cleaned) & set('/\\:<>"|?*\x00\n\r')
    assert cleaned.isprintable()


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(content: bytes) -> None:
    kind_of(content)
    inspect(Upload("x.pdf", content), DOCUMENT_KINDS)
