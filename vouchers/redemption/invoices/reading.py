"""The door to invoices: bytes in, an invoice or findings out; each dialect is a parser run in the sandbox."""

from collections.abc import Mapping

from vouchers.files import sandbox
from vouchers.files.contents.xml_tree import MOST_BYTES
from vouchers.files.rules import kind_of
from vouchers.files.states import LABELS, FileKind
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.redemption.invoices.invoice import Invoice, from_plain

PARSERS: Mapping[FileKind, str] = {FileKind.XML: "vouchers.redemption.invoices.bureau_xml:parse"}


def read_invoice(content: bytes) -> Invoice:
    """What the invoice in these bytes says; raises RuleViolation when it cannot be read."""
    kind = kind_of(content)
    if kind is None or kind not in PARSERS:
        what = LABELS[kind] if kind else "未知格式"
        raise _refused("invoice.kind", "这份文件是{what}，不能自动读取发票内容", what=what)
    if len(content) > MOST_BYTES:
        raise _refused("xml.too_large", "发票文件超过 {most} MB", most=MOST_BYTES // 2**20)
    return from_plain(sandbox.run(PARSERS[kind], content))


def _refused(code: str, message: str, **params: str | int) -> RuleViolation:
    way = "，请上传电子税务局或开票平台下载的数电票 XML 文件。"
    return RuleViolation([Finding(code, message, params, way, field="invoice")])
