"""The tax bureau's XML of a 数电票 (root `EInvoice`). Runs in the sandbox: plain values out."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from vouchers.files.contents.xml_tree import Node, read_tree
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.identifiers import normalise
from vouchers.kernel.money import MOST_FEN
from vouchers.redemption.invoices.invoice import Dialect, Invoice, Line, Party, to_plain

_BASIC = "EInvoiceData/BasicInformation"
_TOTAL = f"{_BASIC}/TotalTax-includedAmount"  # with a hyphen; a line's total is written without
_LINES = "EInvoiceData/IssuItemInformation"  # the bureau's own spelling
_SUPERVISION = "TaxSupervisionInfo"
_RED = "EInvoiceData/SpecificInformation/RedEInvoice"
_AMOUNT = re.compile(r"^-?\d{1,13}(\.\d{1,13})?$", re.ASCII)
_DAY = re.compile(r"^(\d{4})[-/年.]?(\d{1,2})[-/月.]?(\d{1,2})(?!\d)", re.ASCII)
_NO_TAX = frozenset({"", "*", "**", "***", "免税", "不征税"})
_MOST_TEXT = 300
_MOST_REMARK = 4_000


class _Gaps:
    """What is missing or unreadable, gathered so that all of it is said at once."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def note(self, code: str, message: str, params: Mapping[str, str | int]) -> None:
        way = "，请从电子税务局或开票平台重新下载原文件后上传。"
        self.findings.append(Finding(code, message, params, way, field="invoice"))


def parse(content: bytes) -> dict[str, Any]:
    """The invoice in plain values; raises RuleViolation with everything that is missing."""
    root = read_tree(content)
    if root.name != "EInvoice":
        message = "XML 的根元素是 {name}，不是数电票"
        way = "，请上传电子税务局或开票平台下载的数电票 XML 文件。"
        raise RuleViolation(
            [Finding("invoice.unknown_dialect", message, {"name": root.name[:40]}, way, field="invoice")]
        )
    gaps = _Gaps()
    invoice = _invoice(root, gaps)
    if invoice is None or gaps.findings:
        raise RuleViolation(gaps.findings)
    return to_plain(invoice)


def _invoice(root: Node, gaps: _Gaps) -> Invoice | None:
    header_number = normalise(root.value("Header/EIid"))
    number = normalise(root.value(f"{_SUPERVISION}/InvoiceNumber")) or header_number
    if not number:
        gaps.note("invoice.no_number", "文件里没有发票号码", {})
    total = _amount(root.value(_TOTAL), "价税合计", gaps)
    issued_on = _issued_on(root, gaps)
    seller = _party(root, "Seller", "销售方", gaps)
    buyer = _party(root, "Buyer", "购买方", gaps)
    if issued_on is None:
        return None
    original = root.value(f"{_RED}/OriginalInvoiceCode") or root.value(f"{_RED}/OriginalInvoiceNumber")
    return Invoice(
        dialect=Dialect.BUREAU_XML,
        number=number,
        second_number=header_number,
        issued_on=issued_on,
        seller=seller,
        buyer=buyer,
        lines=tuple(_line(node, place, gaps) for place, node in enumerate(root.all(_LINES), start=1)),
        amount=_amount(root.value(f"{_BASIC}/TotalAmWithoutTax"), "合计金额", gaps),
        tax=_tax(root.value(f"{_BASIC}/TotalTaxAm"), "合计税额", gaps),
        total=total,
        total_in_words=_text(root.value(f"{_TOTAL}InChinese")),
        kind=_text(root.value("Header/InherentLabel/GeneralOrSpecialVAT/LabelName")),
        is_red=total < 0 or bool(root.all(_RED)) or _is_marked_red(root),
        original_number=normalise(original)[:_MOST_TEXT],
        remark=root.value("EInvoiceData/AdditionalInformation/Remark")[:_MOST_REMARK],
    )


def _is_marked_red(root: Node) -> bool:
    return root.value("Header/InherentLabel/InIssuType/LabelCode").upper() == "N"


def _party(root: Node, side: str, label: str, gaps: _Gaps) -> Party:
    path = f"EInvoiceData/{side}Information/{side}"
    name = _text(root.value(f"{path}Name"))
    if not name:
        gaps.note("invoice.no_party", "文件里没有{label}名称", {"label": label})
    return Party(normalise(root.value(f"{path}IdNum"))[:_MOST_TEXT], name)


def _line(node: Node, place: int, gaps: _Gaps) -> Line:
    label = f"第 {place} 行"
    return Line(
        name=_text(node.value("ItemName")),
        amount=_amount(node.value("Amount"), f"{label}金额", gaps),
        tax=_tax(node.value("ComTaxAm"), f"{label}税额", gaps),
        tax_class=_text(node.value("TaxClassificationCode")),
        quantity=_text(node.value("Quantity")),
        unit=_text(node.value("MeaUnits")),
        unit_price=_text(node.value("UnPrice")),
        tax_rate=_text(node.value("TaxRate")),
    )


def _issued_on(root: Node, gaps: _Gaps) -> date | None:
    text = root.value(f"{_SUPERVISION}/IssueTime") or root.value(f"{_BASIC}/RequestTime")
    if not text:
        gaps.note("invoice.no_date", "文件里没有开票日期", {})
        return None
    found = _DAY.match(text)
    try:
        if found:
            return date(*(int(part) for part in found.groups()))
    except ValueError:
        pass  # a day that no month has
    gaps.note("invoice.bad_date", "开票日期“{text}”不是日期", {"text": text[:40]})
    return None


def _tax(text: str, label: str, gaps: _Gaps) -> int:
    """Tax in fen; an exempt item has asterisks in its place."""
    return 0 if text in _NO_TAX else _amount(text, label, gaps)


def _amount(text: str, label: str, gaps: _Gaps) -> int:
    """Fen from yuan with a sign; further decimals must be zeros."""
    if not text:
        gaps.note("invoice.no_amount", "文件里没有{label}", {"label": label})
        return 0
    fen = Decimal(text) * 100 if _AMOUNT.fullmatch(text) else None
    if fen is None or fen != fen.to_integral_value() or abs(fen) > MOST_FEN:
        gaps.note("invoice.bad_amount", "{label}“{text}”不是两位小数的金额", {"label": label, "text": text[:40]})
        return 0
    return int(fen)


def _text(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:_MOST_TEXT]
