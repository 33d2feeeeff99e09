"""Foreign XML as a small tree: no document type, no entities, and a bound on bytes, tags, depth and elements."""

import re
from dataclasses import dataclass, field
from io import BytesIO
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding

MOST_BYTES = 10 * 2**20
MOST_DEPTH = 64
MOST_ELEMENTS = 50_000
MOST_TAG = 64 * 1024
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]{0,200}\?>")
_ENCODING = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_CODECS = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii"} | dict.fromkeys(
    ("gbk", "gb2312", "gb18030", "cp936"), "gb18030"
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_WIDE_STARTS = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_PAGES = frozenset(
    {
        "http://www.w3.org/1999/xhtml",
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/2001/XInclude",
        "http://www.w3.org/1999/XSL/Transform",
        "http://www.w3.org/1998/Math/MathML",
    }
)
_MALFORMED = "XML 文件不完整或格式有误"
_TOO_MANY = "XML 文件超过 {most} 个元素，不是数电票原文件"
_AGAIN = "，请从电子税务局或开票平台重新下载原文件后上传。"


@dataclass(slots=True)
class Node:
    """An element: its name, its own text, its children. Attributes are not kept, no dialect needs them."""

    name: str
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    def all(self, path: str) -> list["Node"]:
        """The elements at a path of names such as "Header/EIid"."""
        found = [self]
        for name in path.split("/"):
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def value(self, path: str) -> str:
        """The trimmed text of the first element at a path; empty when there is none."""
        found = self.all(path)
        return found[0].text.strip() if found else ""


def read_tree(content: bytes) -> Node:
    """The root of a document; refuses what is too large, too deep, malformed or declares a document type."""
    if len(content) > MOST_BYTES:
        raise _refused("xml.too_large", "XML 文件超过 {most} MB", most=MOST_BYTES // 2**20)
    text = _DECLARATION.sub("", _decoded(content), count=1)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise _refused("xml.doctype", "XML 文件带有文档类型声明（DOCTYPE），数电票原文件没有")
    if text.count("<") > 3 * MOST_ELEMENTS:  # two tags to an element, and some comments
        raise _refused("xml.too_many", _TOO_MANY, most=MOST_ELEMENTS)
    if any(len(piece) - piece.find("<") > MOST_TAG for piece in text.split(">") if "<" in piece):
        raise _refused("xml.long_tag", "XML 文件中有过长的标签，不是数电票原文件")
    grower = _Grower()
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(grower)
    try:
        parser.parse(BytesIO(text.encode("utf-8", "surrogatepass")))
    except (SAXException, DefusedXmlException, ValueError):
        raise _refused("xml.malformed", _MALFORMED) from None
    if grower.root is None:
        raise _refused("xml.malformed", _MALFORMED)
    return grower.root


def look(content: bytes) -> None:
    """Refuse XML that is not plain data."""
    read_tree(content)


class _Grower(ContentHandler):
    """Grows the tree, and stops as soon as it is too deep or too large."""

    def __init__(self) -> None:
        super().__init__()
        self.root: Node | None = None
        self._open: list[Node] = []
        self._texts: list[list[str]] = []
        self._count = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802  the interface's name
        """Open an element."""
        if any(value in _PAGES for value in attrs.values()):
            raise _refused("xml.page", "XML 文件里混有网页、图形或引用，不是数电票原文件")
        self._count += 1
        if len(self._open) >= MOST_DEPTH:
            raise _refused("xml.too_deep", "XML 文件嵌套超过 {most} 层，不是数电票原文件", most=MOST_DEPTH)
        if self._count > MOST_ELEMENTS:
            raise _refused("xml.too_many", _TOO_MANY, most=MOST_ELEMENTS)
        node = Node(name)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._texts.append([])

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802  the interface's name
        """Close it."""
        self._open.pop().text = "".join(self._texts.pop())

    def processingInstruction(self, target: str, data: str) -> None:  # noqa: ARG002, N802  the interface's name
        """Refuse what tells a browser to fetch a style sheet or to run a program."""
        raise _refused("xml.page", "XML 文件里混有网页、图形或引用，不是数电票原文件")

    def characters(self, content: str) -> None:
        """Gather its text."""
        self._texts[-1].append(content)


def _decoded(content: bytes) -> str:
    codec, body = _codec_of(content)
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        if error.end >= len(body):  # cut in the middle of a character
            raise _refused("xml.malformed", _MALFORMED) from None
        raise _refused("xml.encoding", "XML 文件的内容与其声明的编码不符") from None


def _codec_of(content: bytes) -> tuple[str, bytes]:
    """How the bytes are written: by their mark, by their first character, else as declared; and the bytes behind it."""
    for mark, codec in _MARKS:
        if content.startswith(mark):
            return codec, content.removeprefix(mark)
    for start, codec in _WIDE_STARTS:
        if content.startswith(start):
            return codec, content
    declared = _ENCODING.match(content)
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    if name.startswith("utf-16"):
        return "utf-8", content  # programs that change the encoding often leave the old declaration
    if name not in _CODECS:
        raise _refused("xml.encoding", "XML 文件声明的编码 {name} 不受支持", name=name)
    return _CODECS[name], content


def _refused(code: str, message: str, **params: str | int) -> RuleViolation:
    return RuleViolation([Finding(code, message, params, _AGAIN, field="invoice")])
