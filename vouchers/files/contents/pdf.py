"""PDF: refuse what acts, hides or swells; the text and the picture of a page are left alone. Runs in the sandbox."""

import re
import zlib
from collections.abc import Iterator

from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding

MOST_PAGES = 2_000
MOST_STREAM = 100 * 2**20
MOST_ALL = 2**30
MOST_OBJECTS = 32 * 2**20
MOST_SECTIONS = 1_000
_CHUNK = 2**20
_RATIO = 200
_HEAD = 4_096  # a dictionary before its stream
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"\bstream\r?\n")
_END = b"endstream"
_ACTS = re.compile(rb"/(?:JavaScript|Launch|RichMedia|SubmitForm|ImportData|GoToE|Rendition|XFA)(?![A-Za-z0-9])")
_LOCKED = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_PAGE = re.compile(rb"/Type\s{0,20}/Page(?![A-Za-z0-9])")
_ATTACHED = re.compile(rb"/EF(?![A-Za-z0-9])")
_DEEP = re.compile(rb"(?:\[\s{0,8}){200}|(?:<<\s{0,8}(?:/\w{1,20}\s{0,8})?){200}")
_FLATE = re.compile(rb"/FlateDecode|/Fl(?![A-Za-z])")
_OTHER_FILTER = re.compile(
    rb"/(?:LZWDecode|ASCIIHexDecode|ASCII85Decode|RunLengthDecode|Crypt)|/Predictor\s{0,8}[2-9]|/Predictor\s{0,8}1\d"
)
_PREVIOUS = re.compile(rb"/Prev\s{1,20}(\d{1,12})")
_START = re.compile(rb"startxref\s{1,20}(\d{1,12})")
_XML = re.compile(rb"^(?:\xef\xbb\xbf)?\s{0,100}<\?xml\b")
_AGAIN = "，请打印成普通 PDF 后上传。"


def look(content: bytes) -> None:
    """Refuse a PDF with programs, foreign attachments, a password, or a shape made to choke its reader."""
    outside, streams = _parted(content)
    objects = [outside]
    attachments = swollen = 0
    for head, body in streams:
        if b"/ObjStm" in head:
            objects.append(_objects_in(head, body))
        elif b"/EmbeddedFile" in head:
            attachments += 1
            if not _is_plain_xml(head, body):
                raise _refused("pdf.attachment", "PDF 里带有附件")
        elif _FLATE.search(head):
            swollen += _measured(body)
        if swollen > MOST_ALL:
            raise _refused("pdf.large", "PDF 展开后太大")
    _check_objects(objects, attachments)
    if _ACTS.search(content):
        raise _refused("pdf.active", "PDF 里带有脚本、表单提交或会启动程序的内容")
    _check_sections(content)


def _check_objects(objects: list[bytes], attachments: int) -> None:
    if any(_ACTS.search(part) for part in objects):
        raise _refused("pdf.active", "PDF 里带有脚本、表单提交或会启动程序的内容")
    if any(_LOCKED.search(part) for part in objects):
        raise _refused("pdf.locked", "PDF 加了密码或限制", "，请去掉密码后上传。")
    if sum(len(_ATTACHED.findall(part)) for part in objects) > attachments:
        raise _refused("pdf.attachment", "PDF 里带有附件")
    if sum(len(_PAGE.findall(part)) for part in objects) > MOST_PAGES:
        raise _refused("pdf.pages", "PDF 超过 2000 页", "，请分成几份上传。")
    if any(_DEEP.search(part) for part in objects):
        raise _refused("pdf.deep", "PDF 的结构有误")


def _parted(content: bytes) -> tuple[bytes, Iterator[tuple[bytes, bytes]]]:
    """What stands outside streams, names in plain letters; and each stream behind its dictionary."""
    kept, found, place = [], [], 0
    while begun := _STREAM.search(content, place):
        end = content.find(_END, begun.end())
        end = len(content) if end < 0 else end
        head = content[place : begun.start()]
        kept.append(head)
        found.append((max(place, begun.start() - _HEAD), begun.start(), begun.end(), end))
        place = end
    kept.append(content[place:])
    streams = ((_plain(content[a:b]), content[c:d]) for a, b, c, d in found)
    return _plain(b"\n".join(kept)), streams


def _plain(text: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text) if b"#" in text else text


def _objects_in(head: bytes, body: bytes) -> bytes:
    if _OTHER_FILTER.search(head):
        raise _refused("pdf.hidden", "PDF 的内部结构无法检查")
    if not _FLATE.search(head):
        return _plain(body)
    inflating = zlib.decompressobj()
    try:
        inner = inflating.decompress(body, MOST_OBJECTS)
    except zlib.error:
        raise _refused("pdf.broken", "PDF 不完整或结构有误") from None
    if inflating.unconsumed_tail:
        raise _refused("pdf.large", "PDF 展开后太大")
    return _plain(inner)


def _is_plain_xml(head: bytes, body: bytes) -> bool:
    """Electronic vouchers carry their data as XML beside the page; nothing else may be attached."""
    inner = body if not _FLATE.search(head) else _objects_in(head, body)
    return bool(_XML.match(inner)) and b"<!DOCTYPE" not in inner and b"<!ENTITY" not in inner


def _measured(body: bytes) -> int:
    """How much a stream becomes; what is broken is left to the reader's program."""
    inflating, total, rest = zlib.decompressobj(), 0, body
    while rest:
        try:
            total += len(inflating.decompress(rest, _CHUNK))
        except zlib.error:
            return total
        rest = inflating.unconsumed_tail
        if total > MOST_STREAM and total > len(body) * _RATIO:
            raise _refused("pdf.large", "PDF 展开后太大")
    return total


def _check_sections(content: bytes) -> None:
    """Follow the chain of cross-reference tables: one that leads back to itself never ends."""
    starts = _START.findall(content)
    place, seen = (int(starts[-1]) if starts else -1), set[int]()
    while 0 <= place < len(content):
        if place in seen or len(seen) > MOST_SECTIONS:
            raise _refused("pdf.loop", "PDF 的目录首尾相接，无法读完")
        seen.add(place)
        trailer = content.find(b"startxref", place)
        found = _PREVIOUS.search(content, place, trailer if trailer > 0 else place + _HEAD)
        place = int(found[1]) if found else -1


def _refused(code: str, message: str, way: str = _AGAIN) -> RuleViolation:
    return RuleViolation([Finding(code, message, way=way)])
