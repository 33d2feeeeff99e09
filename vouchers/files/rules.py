"""What may be kept: kinds known by their first bytes, sizes, and names that can be shown and saved safely."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

from vouchers.accounts.rules import Limit
from vouchers.files.states import LABELS, FileKind
from vouchers.kernel.findings import Finding

MOST_BYTES = 20 * 2**20
MOST_NAME = 120
_MEBIBYTE = 2**20
_KIBIBYTE = 2**10
_HEAD = 4096


DAMAGED = Finding("files.damaged", "这份原件与入库时的摘要不一致，已停止提供。", way="请联系系统管理员从备份恢复。")
MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.OFD: "application/ofd",
    FileKind.XML: "application/xml",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.CSV: "text/csv",
}
SUFFIXES = {
    FileKind.PDF: ("pdf",),
    FileKind.OFD: ("ofd",),
    FileKind.XML: ("xml",),
    FileKind.XLSX: ("xlsx",),
    FileKind.PNG: ("png",),
    FileKind.JPEG: ("jpg", "jpeg"),
    FileKind.CSV: ("csv",),
}
DOCUMENT_KINDS = frozenset({FileKind.PDF, FileKind.OFD, FileKind.XML, FileKind.PNG, FileKind.JPEG})
IMPORT_KINDS = frozenset({FileKind.XLSX})
INVOICE_KINDS = frozenset({FileKind.XML})

_FIRST_BYTES = (
    (b"%PDF-", FileKind.PDF),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"\xff\xd8\xff", FileKind.JPEG),
)
_ZIP = b"PK\x03\x04"
_ARCHIVE_END = b"PK\x05\x06"
_COMMENT = 66_000  # an archive may carry so many bytes of comment behind its end
_XML_STARTS = tuple(
    start.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be") for start in ("<?xml", "<EInvoice")
)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_PROGRAM = re.compile(
    r"\.(exe|bat|cmd|com|scr|pif|msi|jar|js|vbs|ps1|sh|py|php|phtml|jsp|aspx?|cgi|pl|x?html?|svg|hta|lnk|dll|apk)\.",
    re.IGNORECASE,
)
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)
_UNSAFE = re.compile(r'[<>:"|?*;\x00-\x1f\x7f]')
_ACTIVE = re.compile(rb"<\s*(?:html|script|svg|iframe|body|!doctype\s+html)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quota:
    """How much one sender may hand in within a window; counted in files, or in kibibytes begun."""

    limit: Limit
    message: str
    in_kibibytes: bool = False

    def amount(self, size: int) -> int:
        """What a file of this size takes of it."""
        return -(-size // _KIBIBYTE) if self.in_kibibytes else 1


QUOTAS = (
    Quota(Limit("uploads-1h", 60, timedelta(hours=1)), "一小时内已上传 60 个文件，到了上限"),
    Quota(Limit("files-1d", 200, timedelta(days=1)), "今天已上传 200 个文件，到了上限"),
    Quota(Limit("kib-1d", 2 * 2**20, timedelta(days=1)), "今天上传的文件合计将超过 2 GB 的上限", in_kibibytes=True),
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was handed in: the name it claims and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an upload turned out to be; `kind` is None when it is refused."""

    kind: FileKind | None
    name: str
    findings: tuple[Finding, ...]


def inspect(upload: Upload, allowed: frozenset[FileKind], *, field: str = "") -> Inspection:
    """Check size, kind by bytes, and name; every reason to refuse at once."""
    name = clean_name(upload.name)
    kind = kind_of(upload.content)
    findings = [*_size_findings(upload.content, field), *_kind_findings(name, kind, allowed=allowed, field=field)]
    if kind is not None and is_polyglot(upload.content, kind):
        findings.append(
            Finding(
                "file.polyglot",
                "文件“{name}”里混有网页或压缩包等其他内容",
                {"name": name},
                "，请从原系统重新导出后上传。",
                field=field,
            )
        )
    return Inspection(None if findings else kind, name, tuple(findings))


def kind_of(content: bytes) -> FileKind | None:
    """The kind that the bytes themselves show; None for anything not on the list.

    >>> kind_of(b"%PDF-1.7 ..."), kind_of(b"MZ")
    (<FileKind.PDF: 'pdf'>, None)
    """
    for first, kind in _FIRST_BYTES:
        if content.startswith(first):
            return kind
    if content.startswith(_ZIP):
        return _packed_kind(content)
    start = content[:64]
    for mark in _MARKS:
        start = start.removeprefix(mark)
    return FileKind.XML if start.lstrip().startswith(_XML_STARTS) else None


def is_polyglot(content: bytes, kind: FileKind) -> bool:
    """Whether other content hides in the file: a page in its head or tail, or an archive behind its end."""
    if _ACTIVE.search(content[:_HEAD]) or _ACTIVE.search(content[-_HEAD:]):
        return True
    if kind is FileKind.PDF:
        return _ARCHIVE_END in content[max(0, content.rfind(b"%%EOF")) :]
    return kind in {FileKind.PNG, FileKind.JPEG} and _ARCHIVE_END in content[-_COMMENT:]


def clean_name(name: str) -> str:
    r"""A name that can be shown and saved: no path, no control or direction marks, no device, not too long.

    >>> clean_name("../../发票\u202e.xml "), clean_name("C:\\tmp\\con.pdf")
    ('发票.xml', '文件_con.pdf')
    """
    text = unicodedata.normalize("NFKC", name).replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(c for c in text if unicodedata.category(c)[0] != "C")
    cleaned = re.sub(r"\s+", " ", _UNSAFE.sub("_", visible)).strip(" .")
    stem, dot, suffix = cleaned.rpartition(".")
    if not dot:
        stem, suffix = cleaned, ""
    if not stem or _DEVICES.match(stem.split(".")[0]):
        stem = f"文件_{stem}" if stem else "文件"
    return f"{stem[: MOST_NAME - len(suffix) - 1]}{dot}{suffix}"


def quota_finding(quota: Quota, *, field: str = "") -> Finding:
    """Why an upload is one too many, and when to come again."""
    way = "，请一小时后再传。" if quota.limit.window <= timedelta(hours=1) else "，请明天再传，或联系业务主管部门。"
    return Finding("file.quota", quota.message, way=way, field=field)


def _size_findings(content: bytes, field: str) -> list[Finding]:
    if not content:
        return [Finding("file.empty", "文件是空的", way="，请重新选择文件。", field=field)]
    if len(content) > MOST_BYTES:
        params: dict[str, str | int] = {"size": f"{len(content) / _MEBIBYTE:.1f}", "most": MOST_BYTES // _MEBIBYTE}
        message = "文件大小 {size} MB，超过 {most} MB 的上限"
        return [Finding("file.too_large", message, params, "，请压缩图片或分成几份上传。", field=field)]
    return []


def _kind_findings(name: str, kind: FileKind | None, *, allowed: frozenset[FileKind], field: str) -> list[Finding]:
    wanted = "、".join(LABELS[k] for k in FileKind if k in allowed)
    way = "，请上传 {wanted} 文件。"
    if kind is None or kind not in allowed:
        message = "文件“{name}”的内容不是可接受的格式" if kind is None else "这里不接收 {kind} 文件“{name}”"
        params = {"name": name, "wanted": wanted, "kind": LABELS[kind] if kind else ""}
        return [Finding("file.kind", message, params, way, field=field)]
    if name.lower().rpartition(".")[2] not in SUFFIXES[kind]:
        params = {"name": name, "kind": LABELS[kind], "suffix": SUFFIXES[kind][0]}
        message = "文件“{name}”的扩展名与内容不符：内容是 {kind}"
        return [Finding("file.suffix", message, params, "，请把扩展名改为 .{suffix} 后上传。", field=field)]
    if _PROGRAM.search(name):
        message = "文件名“{name}”有两个扩展名"
        return [Finding("file.double_suffix", message, {"name": name}, "，请去掉多余的扩展名后上传。", field=field)]
    return []


def _packed_kind(content: bytes) -> FileKind | None:
    """The kind of a ZIP by the name of its members; nothing is unpacked here."""
    if b"OFD.xml" in content:
        return FileKind.OFD
    is_workbook = b"[Content_Types].xml" in content and b"xl/workbook.xml" in content
    return FileKind.XLSX if is_workbook and b"vbaProject.bin" not in content else None
