"""Specimen papers: small PDFs that say what they stand for and that they are specimens."""

from vouchers.files.rules import Upload
from vouchers.files.services import Received, lay_down

_MARK = "样例，仅供演示，不具效力"
_PAGE = "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
_FONT = (
    "5 0 obj<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>endobj\n"
    "6 0 obj<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000"
    "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/FontDescriptor 7 0 R>>endobj\n"
    "7 0 obj<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0"
    "/Ascent 880/Descent -120/CapHeight 880/StemV 93>>endobj\n"
)


def paper(name: str, *lines: str) -> Received:
    """A received one-page PDF of this name with these lines, marked as a specimen."""
    return lay_down(Upload(f"{name}.pdf", pdf(name, *lines)))


def pdf(title: str, *lines: str) -> bytes:
    """A one-page PDF by hand: a heading, lines of text, and the mark of a specimen.

    >>> pdf("营业执照", "示例公司")[:8], pdf("a") == pdf("a")
    (b'%PDF-1.4', True)
    """
    texts = [(20, 780, title), *((11, 740 - 20 * n, line) for n, line in enumerate(lines)), (14, 60, _MARK)]
    drawn = "".join(f"BT /F1 {size} Tf 60 {y} Td <{_hex(text)}> Tj ET\n" for size, y, text in texts)
    page = (
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        "/Resources<</Font<</F1 5 0 R>>>>>>endobj\n"
    )
    content = f"4 0 obj<</Length {len(drawn)}>>stream\n{drawn}endstream endobj\n"
    return _with_table(f"%PDF-1.4\n{_PAGE}{page}{content}{_FONT}")


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex()


def _with_table(body: str) -> bytes:
    """The body with its table of objects, as readers expect it."""
    starts = [body.index(f"\n{number} 0 obj") + 1 for number in range(1, 8)]
    rows = "".join(f"{start:010d} 00000 n \n" for start in starts)
    table = f"xref\n0 8\n0000000000 65535 f \n{rows}trailer<</Size 8/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n"
    return (body + table).encode("ascii")
