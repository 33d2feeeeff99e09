"""Archives that documents are made of (OFD, XLSX): what lies in them is counted, never unpacked to disk. Sandboxed."""

import stat
import zipfile
import zlib
from io import BytesIO

from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding

MOST_ENTRIES = 2_000
MOST_UNPACKED = 100 * 2**20
MOST_RATIO = 200
_SLACK = 2**20  # so much may be packed as tightly as it likes
_LOCAL_HEAD = 30
_ARCHIVE_END, _END_SIZE = b"PK\x05\x06", 22
_CHUNK = 2**18
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_HEAD = 64 * 2**10
_INNER = (b"PK\x03\x04", b"MZ", b"\x7fELF", b"Rar!", b"7z\xbc\xaf")
_PROGRAMS = (
    ".exe",
    ".dll",
    ".js",
    ".vbs",
    ".bat",
    ".cmd",
    ".jar",
    ".sh",
    ".ps1",
    ".html",
    ".htm",
    ".svg",
    ".zip",
    ".bin",
)
_AGAIN = "，请从原系统重新导出后上传。"


def look_at_ofd(content: bytes) -> None:
    """Refuse an archive that is not an honest OFD."""
    _look(content, {"OFD.xml"})


def look_at_workbook(content: bytes) -> None:
    """Refuse an archive that is not an honest workbook without programs."""
    _look(content, {"[Content_Types].xml", "xl/workbook.xml"})


def _look(content: bytes, wanted: set[str]) -> None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise _refused("packed.many", "文件里打包的内容太多")
            for entry in entries:
                _check_entry(entry)
            if len({entry.filename.casefold() for entry in entries}) != len(entries):
                raise _refused("packed.twice", "文件里有重名的内容")
            _check_places(entries, archive.start_dir)
            if not wanted <= {entry.filename for entry in entries}:
                raise _refused("packed.missing", "文件缺少这种格式必有的部分")
            _read_all(archive, entries)
            if content[: len(_INNER[0])] != _INNER[0] or content.rfind(_ARCHIVE_END) + _END_SIZE + len(
                archive.comment
            ) != len(content):
                raise _refused("packed.around", "文件前后带有别的内容")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        raise _refused("packed.broken", "文件不完整或结构有误") from None


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name, mode = entry.filename, entry.external_attr >> 16
    is_outside = name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name
    if is_outside or "\\" in name or not name.isprintable():
        raise _refused("packed.outside", "文件里有指向别处的路径")
    if stat.S_ISLNK(mode) or entry.flag_bits & 1 or entry.compress_type not in _METHODS:
        raise _refused("packed.kind", "文件里有加密的内容或链接")
    if name.lower().endswith(_PROGRAMS):
        raise _refused("packed.program", "文件里混有程序、网页或压缩包")


def _check_places(entries: list[zipfile.ZipInfo], directory: int) -> None:
    """No two entries share bytes: overlapping ones make a small file unpack without end."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [entry.header_offset + _LOCAL_HEAD + len(entry.orig_filename) + entry.compress_size for entry in ordered]
    nexts = [*(entry.header_offset for entry in ordered[1:]), directory]
    if any(end > following for end, following in zip(ends, nexts, strict=True)):
        raise _refused("packed.overlap", "文件里的内容互相重叠")


def _read_all(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Read every entry to its end and count what comes out, whatever the directory says; checksums are compared."""
    total, packed = 0, 0
    for entry in entries:
        packed += entry.compress_size
        with archive.open(entry) as inner:
            head = inner.read(_HEAD)
            if head.startswith(_INNER):
                raise _refused("packed.program", "文件里混有程序、网页或压缩包")
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise _refused("packed.doctype", "文件里的 XML 带有文档类型声明（DOCTYPE）")
            total += len(head)
            while chunk := inner.read(_CHUNK):
                total += len(chunk)
                if total > MOST_UNPACKED or total > packed * MOST_RATIO + _SLACK:
                    raise _refused("packed.large", "文件展开后太大")


def _refused(code: str, message: str) -> RuleViolation:
    return RuleViolation([Finding(code, message, way=_AGAIN)])
