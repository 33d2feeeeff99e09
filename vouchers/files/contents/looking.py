"""The look into a file before it is kept: refused with a reason, or the bytes to keep."""

import base64
from collections.abc import Mapping
from dataclasses import replace

from vouchers.files import sandbox
from vouchers.files.states import FileKind
from vouchers.kernel.errors import RuleViolation

_LOOKS: Mapping[FileKind, str] = {
    FileKind.PDF: "vouchers.files.contents.pdf:look",
    FileKind.XML: "vouchers.files.contents.xml_tree:look",
    FileKind.OFD: "vouchers.files.contents.packed:look_at_ofd",
    FileKind.XLSX: "vouchers.files.contents.packed:look_at_workbook",
    FileKind.PNG: "vouchers.files.contents.pictures:redraw",
    FileKind.JPEG: "vouchers.files.contents.pictures:redraw",
}


def looked_through(content: bytes, kind: FileKind, *, field: str) -> bytes:
    """The bytes to keep: as they came, but pictures drawn anew without what hides in them. In a child process."""
    try:
        redrawn = sandbox.run(_LOOKS[kind], content)
    except RuleViolation as violation:
        raise RuleViolation([replace(finding, field=field) for finding in violation.findings]) from None
    return base64.b64decode(redrawn) if redrawn else content
